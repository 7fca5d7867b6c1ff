use super::stats::Interval;
use super::*;
use crate::judgment::Cost;
use crate::task::Split;

pub(super) fn row(arm: &str, seed: u64, instance: usize, correct: Option<f64>) -> InstanceRow {
    InstanceRow {
        version: Version,
        cell: format!("{arm}-{seed}"),
        arm: arm.into(),
        seed,
        split: Split::Test,
        instance: format!("i{instance}"),
        cluster: format!("w{}", instance / 2),
        cluster_scope: ClusterScope::Seed,
        outcome: if correct.is_some() { OutcomeKind::Scored } else { OutcomeKind::OverBudget },
        p_right: correct.map(|c| if c == 0.5 { 0.5 } else { 0.2 + 0.6 * c }),
        correct,
        confidence: correct.map(|c| if c == 0.5 { 0.5 } else { 0.8 }),
        cost: Cost { evaluator_tokens: 100 + instance as u64, asks: 2, ..Cost::default() },
        swept: Labels::new(),
        labels: Labels::from([("flaw".into(), if instance.is_multiple_of(2) { "entity" } else { "order" }.into())]),
    }
}

fn find<'a>(results: &'a [ResultRow], metric: &str, flaw: Option<&str>) -> &'a ResultRow {
    let wanted = flaw.map(str::to_owned);
    results.iter().find(|r| r.metric == metric && r.labels.get("flaw").cloned() == wanted).unwrap()
}

#[test]
fn a_summary_by_hand() {
    let scores = [Some(1.0), Some(0.0), Some(1.0), Some(0.5), None, Some(1.0)];
    let rows: Vec<InstanceRow> = scores.iter().enumerate().map(|(i, s)| row("tree", 1, i, *s)).collect();
    let results = summarise(&rows);
    let overall = find(&results, "accuracy", None);
    assert_eq!((overall.value, overall.n), (Some(0.7), 5));
    assert_eq!(overall.unscored, BTreeMap::from([(OutcomeKind::OverBudget, 1)]));
    assert!(overall.ci_low.unwrap() < 0.7 && overall.ci_high.unwrap() > 0.7);
    assert_eq!(find(&results, "accuracy", Some("entity")).value, Some(1.0));
    assert_eq!(find(&results, "accuracy", Some("order")).value, Some(0.5));
    assert_eq!(find(&results, "ties", None).value, Some(0.2));
    assert_eq!(find(&results, "evaluator_tokens", None).value, Some(102.5));
    assert_eq!(find(&results, "evaluator_tokens", None).n, 6, "what was not scored was paid for");
    let log_loss = find(&results, "log_loss", None).value.unwrap();
    let by_hand = -(3.0 * 0.8f64.ln() + 0.2f64.ln() + 0.5f64.ln()) / 5.0;
    assert!((log_loss - by_hand).abs() < 1e-12);
    // Four at confidence 0.8 with three right, one at 0.5 with half right.
    assert!((find(&results, "ece", None).value.unwrap() - 0.8 * 0.05).abs() < 1e-12);
}

#[test]
fn a_cells_results_do_not_depend_on_other_cells() {
    let alone: Vec<InstanceRow> = (0..60).map(|i| row("tree", 1, i, Some(f64::from(i % 3 > 0)))).collect();
    let mut with_others: Vec<InstanceRow> = (0..60).map(|i| row("direct", 1, i, Some(0.0))).collect();
    with_others.extend(alone.clone());
    let own = |results: Vec<ResultRow>| results.into_iter().filter(|r| r.arm == "tree").collect::<Vec<_>>();
    assert_eq!(own(summarise(&alone)), own(summarise(&with_others)));
}

#[test]
fn nothing_scored_is_undefined_and_never_nan() {
    let rows: Vec<InstanceRow> = (0..3).map(|i| row("tree", 1, i, None)).collect();
    for result in summarise(&rows).iter().filter(|r| !r.metric.contains("tokens")) {
        if ["accuracy", "log_loss", "ece", "ties"].contains(&result.metric.as_str()) {
            assert_eq!((result.value, result.ci_low, result.n), (None, None, 0), "{}", result.metric);
        }
    }
    assert!(summarise(&[]).is_empty());
}

#[test]
fn seeds_of_redrawn_worlds_are_more_units_and_seeds_of_one_book_are_not() {
    let rows = |scope| -> Vec<InstanceRow> {
        (0..5)
            .flat_map(|seed| (0..8).map(move |i| row("tree", seed, i, Some(f64::from((i / 2) % 2 == 0)))))
            .map(|r| InstanceRow { cluster_scope: scope, ..r })
            .collect()
    };
    let width = |scope| {
        let pooled = summarise_over_seeds(&rows(scope));
        assert_eq!(pooled[0].seed, None);
        assert_eq!(pooled[0].n, 40);
        pooled[0].ci_high.unwrap() - pooled[0].ci_low.unwrap()
    };
    assert!(width(ClusterScope::Run) > 1.9 * width(ClusterScope::Seed));
}

#[test]
fn a_paired_comparison_by_hand() {
    let a: Vec<InstanceRow> = (0..8).map(|i| row("tree", 1, i, Some(1.0))).collect();
    let mut b: Vec<InstanceRow> = (0..8).map(|i| row("direct", 1, i, Some(f64::from(i >= 4)))).collect();
    b[7] = row("direct", 1, 7, None);
    let found = paired(&of_arm(&a, "tree"), &of_arm(&b, "direct")).unwrap();
    assert_eq!((found.n, found.unpaired, found.clusters), (7, 1, 4));
    assert!((found.difference - 4.0 / 7.0).abs() < 1e-12);
    // Two clusters differ, both one way: 2 of 4 sign assignments. Four instances do: 2 of 16.
    assert_eq!(found.p, 0.5);
    assert!((found.mcnemar.unwrap() - 0.125).abs() < 1e-12, "{found:?}");
    assert!(found.interval.unwrap().contains(found.difference));
    let reversed = paired(&of_arm(&b, "direct"), &of_arm(&a, "tree")).unwrap();
    assert!((reversed.difference + found.difference).abs() < 1e-12 && reversed.p == found.p);
}

#[test]
fn mcnemars_test_is_of_one_right_or_wrong_verdict_an_instance() {
    let of = |scores: [f64; 4]| -> Vec<InstanceRow> {
        scores.iter().enumerate().map(|(i, score)| row("any", 1, i, Some(*score))).collect()
    };
    let found = |metric: &Metric, a: &[InstanceRow], b: &[InstanceRow]| {
        paired_by(metric, &of_arm(a, "any"), &of_arm(b, "any")).unwrap().mcnemar
    };
    let (a, b) = (of([1.0, 1.0, 0.0, 1.0]), of([0.0, 0.0, 1.0, 1.0]));
    assert_eq!(found(&metrics::ACCURACY, &a, &b), Some(stats::paired::mcnemar(2, 1)));
    assert_eq!(
        found(&metrics::ACCURACY, &of([0.5, 1.0, 0.0, 1.0]), &b),
        None,
        "a tie against an outcome is half of one"
    );
    assert_eq!(found(&metrics::ACCURACY, &[a.clone(), a.clone()].concat(), &b), None, "two verdicts an instance");
    assert_eq!(found(&metrics::ASD, &a, &b), None, "a score is no outcome");
}

#[test]
fn what_could_not_be_told_is_known() {
    let first: Vec<InstanceRow> = (0..80).map(|i| row("first", 1, i, Some(f64::from(i % 4 < 2)))).collect();
    let rest = |seen: usize| -> Vec<InstanceRow> {
        (0..80).map(|i| row("rest", 1, i, Some(f64::from(if i < seen { i % 4 >= 2 } else { i % 4 < 2 })))).collect()
    };
    let compared = |seen| paired(&of_arm(&first, "first"), &of_arm(&rest(seen), "rest")).unwrap();
    // Of 40 clusters all, or only two, differ by as much one way as the other.
    let (rough, fine) = (compared(80), compared(4));
    assert_eq!((rough.difference, fine.difference), (0.0, 0.0));
    assert_eq!(rough.cannot_tell_less(&metrics::ACCURACY), rough.detectable);
    assert!(rough.detectable.unwrap() > 0.4, "one whole cluster's difference in forty: {rough:?}");
    // Two of forty, one whole difference each: an error of 3.6 points.
    assert!(fine.cannot_tell_less(&metrics::ACCURACY).is_some_and(|least| (0.08..0.13).contains(&least)), "{fine:?}");
    let sure = Comparison { detectable: Some(0.04), ..fine.clone() };
    assert_eq!(sure.cannot_tell_less(&metrics::ACCURACY), None, "a true difference of 5 points would have been seen");
    let apart = Comparison { interval: Some(Interval { low: 0.01, high: 0.2 }), ..fine };
    assert_eq!(apart.cannot_tell_less(&metrics::ACCURACY), None, "what was told apart was told");
    assert_eq!(metrics::ACCURACY.telling(), Some(0.05));
    assert_eq!(metrics::EVALUATOR_TOKENS.telling(), None);
}

#[test]
fn the_spread_over_seeds_is_of_the_difference_too() {
    // Either arm is right on half in one seed and on all in the other, so they do not differ in any seed.
    let rows = |arm: &str| -> Vec<InstanceRow> {
        (0..2)
            .flat_map(|seed| (0..8).map(move |i| (seed, i)))
            .map(|(seed, i)| row(arm, seed, i, Some(f64::from(seed == 1 || i < 4))))
            .collect()
    };
    let (a, b) = (rows("tree"), rows("direct"));
    let of_arm_alone = metrics::ACCURACY.over_seeds(&of_arm(&a, "tree")).unwrap();
    // Means 1/2 and 1; four clusters of two, all or nothing: squared errors 1/12 and 0.
    assert!((of_arm_alone.variance - (1.0 / 8.0 - 1.0 / 24.0)).abs() < 1e-12, "{of_arm_alone:?}");
    let difference = paired(&of_arm(&a, "tree"), &of_arm(&b, "direct")).unwrap().over_seeds.unwrap();
    assert_eq!((difference.variance, difference.over_instances), (0.0, 0.0));
    assert_eq!(metrics::ACCURACY.over_seeds(&of_arm(&a[..8], "tree")), None, "one seed");
}

#[test]
fn equal_arms_are_not_certainly_equal() {
    let a: Vec<InstanceRow> = (0..80).map(|i| row("tree", 1, i, Some(1.0))).collect();
    let rows = of_arm(&a, "tree");
    let found = paired(&rows, &rows).unwrap();
    assert_eq!((found.difference, found.p), (0.0, 1.0));
    let interval = found.interval.unwrap();
    assert!(interval.low < -0.05 && interval.high > 0.05, "{interval:?}");
    assert_eq!(found.detectable, None);
    assert_eq!(paired(&rows, &[]), None);
    // All one way by one half: the interval holds it, and more on both sides.
    let halves: Vec<InstanceRow> = (0..80).map(|i| row("even", 1, i, Some(0.5))).collect();
    let interval = paired(&rows, &of_arm(&halves, "even")).unwrap().interval.unwrap();
    assert!(interval.low < 0.45 && interval.high > 0.52 && interval.high < 1.0, "{interval:?}");
}

#[test]
fn pairing_beats_comparing_apart() {
    // Both arms share the luck of every cluster; one is a little better everywhere.
    let stream = Stream::root(4);
    let rows = |arm: &str, gain: f64| -> Vec<InstanceRow> {
        (0..200).map(|i| row(arm, 1, i, Some(f64::from(stream.index(i as u64).uniform() < 0.6 + gain)))).collect()
    };
    let (a, b) = (rows("tree", 0.08), rows("direct", 0.0));
    let comparison = paired(&of_arm(&a, "tree"), &of_arm(&b, "direct")).unwrap();
    let apart = metrics::ACCURACY.of(&of_arm(&a, "tree")).unwrap().interval;
    let half = |i: Interval| (i.high - i.low) / 2.0;
    assert!(half(comparison.interval.unwrap()) < 0.7 * half(apart.unwrap()));
}

#[test]
fn what_varies_is_found_in_order() {
    let swept = |value: &str| Labels::from([("helpers.a.width".into(), value.into())]);
    let rows: Vec<InstanceRow> =
        ["8", "32", "8"].iter().map(|v| InstanceRow { swept: swept(v), ..row("tree", 1, 0, Some(1.0)) }).collect();
    assert_eq!(varied(&rows), [("helpers.a.width".to_owned(), vec!["8".to_owned(), "32".to_owned()])]);
}
