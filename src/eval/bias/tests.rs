use super::*;
use crate::outcome::OutcomeKind;
use crate::record::rows::{ClusterScope, Version};
use crate::task::Split;

/// A tree's levels as rows: what each leans by.
fn tree(instance: usize, delta: f64, audited: f64, leans: &[f64]) -> Vec<LeaningRow> {
    let swept: Labels = [("delta", delta), ("audited", audited)]
        .map(|(name, value)| (format!("helpers.leaning.biased.{name}"), value.to_string()))
        .into();
    let row = |(level, lean): (usize, &f64)| LeaningRow {
        version: Version,
        cell: format!("{delta}/{audited}"),
        arm: "rrm".into(),
        seed: 1,
        split: Split::Test,
        instance: format!("i{instance}"),
        cluster: format!("w{}", instance / 2),
        cluster_scope: ClusterScope::Seed,
        helper: "leaning".into(),
        delta,
        level: level as u16,
        is_root: level + 1 == leans.len(),
        outcome: OutcomeKind::Scored,
        lean: Some(*lean),
        verdicts: 8,
        favours_right: instance.is_multiple_of(2),
        swept: swept.clone(),
        labels: Labels::new(),
    };
    leans.iter().enumerate().map(row).collect()
}

/// What an instance leans by without any bias, at every level.
fn own(instance: usize) -> [f64; 3] {
    let by = |salt: usize| ((instance * salt) % 11) as f64 - 5.0;
    [by(3) / 10.0, by(5) / 4.0, by(7) / 2.0 + 0.1]
}

/// 60 instances without the bias, and with one of `delta` that gains 4 and then a half, less what is audited.
fn run(deltas: &[f64], audits: &[f64]) -> Vec<LeaningRow> {
    let mut rows = Vec::new();
    for delta in deltas {
        for audited in if *delta == 0.0 { &[0.0][..] } else { audits } {
            for instance in 0..60 {
                let put_in = delta * (1.0 - audited);
                let [leaf, claim, root] = own(instance);
                // The root's shift differs by instance, by as much either way.
                let wobble = if instance % 4 < 2 { 0.5 } else { 1.5 };
                rows.extend(tree(
                    instance,
                    *delta,
                    *audited,
                    &[leaf + put_in, claim + 4.0 * put_in, root + 2.0 * wobble * put_in],
                ));
            }
        }
    }
    rows
}

fn value(rows: &[LeaningRow], name: &str, delta: f64) -> Option<f64> {
    find(rows, name, |point| point.delta == delta).map(|found| found.value)
}

#[test]
fn biases_and_gains_by_hand() {
    let rows = run(&[0.0, 0.1, 0.4], &[0.0]);
    for delta in [0.1, 0.4] {
        for (name, wanted) in [
            ("bias_0", delta),
            ("bias_1", 4.0 * delta),
            ("bias_2", 2.0 * delta),
            ("bias_root", 2.0 * delta),
            ("gain_1", 4.0),
            ("gain_2", 0.5),
            ("gain", 2.0),
            ("spread_0", delta),
            ("spread_root", 2.0 * delta * 1.25f64.sqrt()),
            ("spread_gain", 2.0 * 1.25f64.sqrt()),
        ] {
            let found = value(&rows, name, delta).unwrap();
            assert!((found - wanted).abs() < 1e-9, "{name} at {delta}: {found}, not {wanted}");
        }
    }
    let root = find(&rows, "gain", |point| point.delta == 0.1).unwrap();
    let interval = root.interval.unwrap();
    assert!(interval.contains(2.0) && interval.high - interval.low < 1.0 && root.n == 60, "{root:?}");
    assert_eq!(value(&rows, "gain_0", 0.1), None, "there is nothing below the leaves");
    assert_eq!(value(&rows, "bias_7", 0.1), None, "there is no such level");
    assert_eq!(value(&rows, "gain", 0.0), None, "nothing was put in");
    assert_eq!(value(&rows, "beauty", 0.1), None);
}

#[test]
fn what_is_not_paired_and_what_has_no_verdict_takes_no_part() {
    let mut rows = run(&[0.0, 0.1], &[0.0]);
    rows.extend(tree(99, 0.1, 0.0, &[5.0, 5.0, 5.0]));
    for row in rows.iter_mut().filter(|row| row.instance == "i7" && row.delta == 0.0) {
        (row.lean, row.outcome) = (None, OutcomeKind::OverBudget);
    }
    let found = find(&rows, "bias_0", |point| point.delta == 0.1).unwrap();
    assert!(found.n == 59 && (found.value - 0.1).abs() < 1e-9, "{found:?}");
}

#[test]
fn a_gain_over_nothing_is_no_gain() {
    let mut rows = run(&[0.0, 0.1], &[0.0]);
    for row in rows.iter_mut().filter(|row| row.level == 0) {
        row.lean = Some(own(row.instance[1..].parse().unwrap())[0]);
    }
    assert_eq!(value(&rows, "bias_0", 0.1), Some(0.0), "the bias goes in above");
    assert_eq!(value(&rows, "gain_1", 0.1), None);
    assert!(value(&rows, "gain_2", 0.1).is_some() && value(&rows, "gain", 0.1).is_some());
}

#[test]
fn the_fraction_that_brings_the_gain_to_one_lies_between_those_run() {
    let audited = |audits: &[f64], delta: f64| {
        let rows = run(&[0.0, 0.1], audits);
        find(&rows, AUDITED_FOR_UNIT_GAIN, |point| point.delta == delta).map(|found| found.value)
    };
    // The gain is 2 (1 - a).
    for audits in [&[0.0, 1.0][..], &[0.0, 0.25, 0.75], &[0.0, 0.5, 0.9]] {
        assert!((audited(audits, 0.1).unwrap() - 0.5).abs() < 1e-9, "{audits:?}");
    }
    assert_eq!(audited(&[0.0, 0.25], 0.1), None, "not within what was run");
    assert_eq!(audited(&[0.75, 0.9], 0.1), Some(0.75), "the least that was run suffices");
    assert_eq!(audited(&[0.0, 1.0], 0.0), None, "nothing was put in");
}

#[test]
fn the_root_is_right_more_often_where_the_favoured_candidate_is() {
    let leans = [3.0, 1.0, -1.0, 0.0];
    let rows: Vec<LeaningRow> = (0..4).flat_map(|i| tree(i, 0.0, 0.0, &[0.0, leans[i]])).collect();
    // Favoured and right: for it, against it. Favoured and wrong: for it, a tie.
    assert_eq!(points(&rows)[0].right().map(|side| side.map(|it| (it.value, it.n))), [Some((0.5, 2)), Some((0.25, 2))]);
}
