use super::*;
use crate::eval::pressure::tests::pool;
use crate::eval::tests::row;
use crate::stream::Stream;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn finding(at: usize, flaws: f64, found: f64, named: f64) -> Finding<'static> {
    Finding { unit: (None, NAMES[at]), item: (1, NAMES[at]), flaws, found, named }
}

#[test]
fn flaws_found_and_false_by_hand() {
    let with = [finding(0, 2.0, 2.0, 3.0), finding(1, 1.0, 1.0, 1.0), finding(2, 1.0, 0.0, 1.0)];
    let without = [finding(0, 2.0, 1.0, 1.0), finding(1, 1.0, 1.0, 2.0), finding(3, 1.0, 1.0, 1.0)];
    assert_eq!(found(&with).unwrap().value, 3.0 / 4.0);
    assert_eq!(false_flaws(&with).unwrap().value, 2.0 / 5.0);
    // Items a and b are in both: 3 against 2.
    let ratio = found_ratio(&with, &without).unwrap();
    assert!((ratio.value - 1.5).abs() < 1e-12, "{ratio:?}");
    assert!(ratio.interval.unwrap().contains(1.5));
}

#[test]
fn where_nothing_is_found_without_assistance_there_is_no_ratio() {
    let (with, without) = ([finding(0, 1.0, 1.0, 1.0)], [finding(0, 1.0, 0.0, 0.0)]);
    assert_eq!(found_ratio(&with, &without), None);
    assert_eq!(found_ratio(&with, &[finding(1, 1.0, 1.0, 1.0)]), None, "no item is in both");
    assert_eq!(false_flaws(&without), None, "nothing was named");
    assert_eq!(found(&[]), None);
}

#[test]
fn the_ratios_interval_holds_the_truth_as_often_as_it_says() {
    let root = Stream::root(77);
    let names: Vec<String> = (0..120).map(|i| format!("i{i}")).collect();
    let simulations = 300;
    let held = (0..simulations)
        .filter(|simulation| {
            let stream = root.index(*simulation);
            // An item that is found without assistance is found with it, and half of the rest are too: 0.6 to 0.4 + 0.3.
            let finding = |i: usize, assisted: f64| {
                let own = stream.index(i as u64);
                let found = own.named("hard").uniform() < 0.4 || own.named("luck").uniform() < assisted;
                let found = f64::from(found);
                Finding { unit: (None, &names[i]), item: (1, &names[i]), flaws: 1.0, found, named: found }
            };
            let with: Vec<Finding<'_>> = (0..120).map(|i| finding(i, 0.5)).collect();
            let without: Vec<Finding<'_>> = (0..120).map(|i| finding(i, 0.0)).collect();
            found_ratio(&with, &without).and_then(|r| r.interval).is_some_and(|i| i.contains(1.75))
        })
        .count();
    let rate = held as f64 / simulations as f64;
    println!("the 95% interval of the ratio held the truth {:.1}% of the time", 100.0 * rate);
    assert!((0.91..0.99).contains(&rate), "{rate}");
}

#[test]
fn verdicts_name_flaws_too() {
    let claim = |node: usize, holds: &str, correct: f64| {
        let mut row = row("claims", 1, 0, Some(correct));
        row.instance = format!("i0#{node}");
        row.labels.insert(HOLDS.into(), holds.into());
        row
    };
    // Of two false claims one is judged false; of two true ones one is; one tie.
    let claims =
        [claim(0, FALSE, 1.0), claim(1, FALSE, 0.0), claim(2, TRUE, 0.0), claim(3, TRUE, 1.0), claim(4, FALSE, 0.5)];
    let found = findings_of_verdicts(&claims.iter().collect::<Vec<_>>());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].item, found[0].flaws, found[0].found, found[0].named), ((1, "i0"), 3.0, 1.0, 2.0));
    let pairs = [row("direct", 1, 0, Some(1.0)), row("direct", 1, 1, Some(0.0)), row("direct", 1, 2, None)];
    let found = findings_of_verdicts(&pairs.iter().collect::<Vec<_>>());
    let numbers: Vec<_> = found.iter().map(|f| (f.flaws, f.found, f.named)).collect();
    assert_eq!(numbers, [(1.0, 1.0, 1.0), (1.0, 0.0, 1.0)]);
}

fn candidates(
    discriminator: impl Fn(usize, f64) -> f64,
    critique: impl Fn(usize, f64) -> f64,
) -> Vec<Candidate<'static>> {
    let gold = |item: usize, i: usize| ((item * 5 + i * 3) % 8) as f64 / 8.0;
    (0..6)
        .flat_map(|item| (0..8).map(move |i| (item, i)))
        .map(|(item, i)| {
            let gold = gold(item, i);
            let (unit, item) = ((None, NAMES[item]), (1, NAMES[item]));
            Candidate { unit, item, gold, discriminator: discriminator(i, gold), critique: critique(i, gold) }
        })
        .collect()
}

#[test]
fn one_who_knows_and_does_not_say_has_a_gap() {
    // The discriminator knows the gold; critiques say nothing, so the judge cannot tell candidates apart.
    let found = gaps(&candidates(|_, gold| gold, |_, _| 0.5), 8).unwrap();
    assert_eq!((found.n, found.items), (8, 6));
    // Eight candidates of gold 0/8 to 7/8: the mean is 7/16, the best 7/8.
    for (estimate, wanted) in [
        (found.generator, 7.0 / 16.0),
        (found.discriminator, 7.0 / 8.0),
        (found.critique, 7.0 / 16.0),
        (found.gd, 7.0 / 16.0),
        (found.cd, 7.0 / 16.0),
        (found.gc, 0.0),
    ] {
        assert!((estimate.value - wanted).abs() < 1e-12, "{found:?}");
    }
}

#[test]
fn among_one_there_is_nothing_to_choose_and_among_too_few_no_number() {
    let all = candidates(|_, gold| gold, |i, _| i as f64);
    let one = gaps(&all, 1).unwrap();
    assert!(one.gd.value.abs() < 1e-12 && one.cd.value.abs() < 1e-12 && one.gc.value.abs() < 1e-12);
    assert_eq!(gaps(&all, 9), None);
    assert_eq!(gaps(&[], 1), None);
    // What all say of candidates rises with n where the score is worth something.
    let rising: Vec<f64> = [1, 2, 4, 8].iter().map(|n| gaps(&all, *n).unwrap().gd.value).collect();
    assert!(rising.windows(2).all(|w| w[0] < w[1]), "{rising:?}");
}

#[test]
fn candidates_come_from_pools_that_both_arms_scored() {
    let gold = || vec![0.0, 1.0, 0.5, 0.25];
    let alone: Vec<_> = (0..3).map(|i| pool("alone", i, vec![0.1, 0.9, 0.5, 0.3], gold())).collect();
    let shown: Vec<_> = (1..4).map(|i| pool("shown", i, vec![0.9, 0.1, 0.5, 0.3], gold())).collect();
    let all = candidates_of(&alone.iter().collect::<Vec<_>>(), &shown.iter().collect::<Vec<_>>());
    assert_eq!(all.len(), 8, "two pools of four");
    let found = gaps(&all, 4).unwrap();
    assert_eq!((found.items, found.discriminator.value, found.critique.value), (2, 1.0, 0.0));
    assert_eq!(found.gc.value, -0.4375, "critiques that mislead do worse than none");
}
