//! Comparisons at equal cost: whether two arms read the same, and how they would differ if they did.

use std::collections::BTreeMap;

use super::metrics::{EVALUATOR_TOKENS, Metric};
use super::stats::Interval;
use super::stats::cluster::{Cluster, clusters_of, mean};
use super::{bootstrap_stream, unit_of};
use crate::record::rows::InstanceRow;
use crate::task::Split;

/// Arms whose evaluators read more than this share apart are not at equal cost.
pub const APART_MAX: f64 = 0.05;

/// What the evaluators of two arms read for an instance, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tokens {
    /// The first arm's.
    pub first: f64,
    /// The second's.
    pub second: f64,
}

impl Tokens {
    /// Those of two arms' rows, unscored ones with them; none where one of the two has no row.
    pub fn of(first: &[&InstanceRow], second: &[&InstanceRow]) -> Option<Self> {
        Some(Self { first: read(first)?, second: read(second)? })
    }

    /// The first's for each of the second's; none where the second reads nothing.
    pub fn ratio(&self) -> Option<f64> {
        (self.second > 0.0).then(|| self.first / self.second)
    }

    /// Whether the greater is at most [`APART_MAX`] above the less.
    pub fn is_equal(&self) -> bool {
        self.first.max(self.second) <= (1.0 + APART_MAX) * self.first.min(self.second)
    }
}

/// Evaluator tokens for an instance, on average.
fn read(rows: &[&InstanceRow]) -> Option<f64> {
    EVALUATOR_TOKENS.of(rows).map(|found| found.value)
}

/// How two arms differ where both read the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matched {
    /// What both read: evaluator tokens for an instance, on average.
    pub tokens: f64,
    /// Mean of the first arm's values less the second's there.
    pub difference: f64,
    /// Its 95% interval over independent units. Mean tokens are taken as known.
    pub interval: Option<Interval>,
    /// Instances that were scored at all points that it is made of.
    pub n: u64,
}

impl Matched {
    /// The same with first and second exchanged.
    fn exchanged(self) -> Self {
        let interval = self.interval.map(|it| Interval { low: -it.high, high: -it.low });
        Self { difference: -self.difference, interval, ..self }
    }
}

/// Why there is no difference at matched tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NotReached {
    /// Both arms stand at one budget.
    OneBudget,
    /// The other arm's budgets take it from `low` to `high` tokens and not to `wanted`.
    Outside {
        /// The least that it reads.
        low: f64,
        /// The most.
        high: f64,
        /// What it should read.
        wanted: f64,
    },
    /// No instance was scored at all the points that it takes.
    NothingShared,
}

/// One arm at several budgets: the rows of each.
pub type Budgets<'a> = Vec<Vec<&'a InstanceRow>>;

/// The difference of two arms where both read the same, each given by its rows at all of its budgets and by the place
/// among these at which it is compared: the second arm moved to what the first reads there, or where its budgets do not
/// reach that, the first moved to what the second reads.
///
/// The arm that is moved is interpolated between the two of its budgets beside that, linearly in the logarithm of tokens, and
/// instance by instance, so the difference is paired as every other. It is never extrapolated.
///
/// # Errors
/// [`NotReached`], of the second arm where neither can be moved.
pub fn at_matched_tokens(
    metric: &Metric,
    (first, at_first): (&Budgets<'_>, usize),
    (second, at_second): (&Budgets<'_>, usize),
) -> Result<Matched, NotReached> {
    match moved(metric, &first[at_first], second) {
        Ok(found) => Ok(found),
        Err(why) => match moved(metric, &second[at_second], first) {
            Ok(found) => Ok(found.exchanged()),
            Err(other) if why == NotReached::OneBudget => Err(other),
            Err(_) => Err(why),
        },
    }
}

/// The difference of an arm that stays from one that is moved to what the first reads.
fn moved(metric: &Metric, stays: &[&InstanceRow], moves: &Budgets<'_>) -> Result<Matched, NotReached> {
    let wanted = read(stays).ok_or(NotReached::NothingShared)?;
    // Nothing read has no logarithm.
    let mut points: Vec<(f64, &Vec<&InstanceRow>)> =
        moves.iter().filter_map(|rows| Some((read(rows).filter(|tokens| *tokens > 0.0)?, rows))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    if points.len() < 2 {
        return Err(NotReached::OneBudget);
    }
    let (low, high) = (points[0].0, points[points.len() - 1].0);
    let beside = points.windows(2).find(|pair| pair[0].0 <= wanted && wanted <= pair[1].0);
    let Some([below, above]) = beside else { return Err(NotReached::Outside { low, high, wanted }) };
    let width = (above.0 / below.0).ln();
    let share = if width > 0.0 { (wanted / below.0).ln() / width } else { 0.0 };
    let [lower, upper] = [below, above].map(|(_, rows)| by_instance(metric, rows));
    let differences: Vec<_> = stays
        .iter()
        .filter_map(|row| {
            let key = (row.seed, row.split, row.instance.as_str());
            let between = (1.0 - share) * lower.get(&key)? + share * upper.get(&key)?;
            Some((unit_of(row), metric.value(row)? - between))
        })
        .collect();
    let n = differences.len() as u64;
    let clusters = clusters_of(differences);
    let difference = mean(&clusters).ok_or(NotReached::NothingShared)?;
    Ok(Matched { tokens: wanted, difference, interval: metric.difference_interval(&clusters, bootstrap_stream()), n })
}

/// The metric by seed, split and instance; the mean where there are several rows of one.
fn by_instance<'a>(metric: &Metric, rows: &[&'a InstanceRow]) -> BTreeMap<(u64, Split, &'a str), f64> {
    let mut values: BTreeMap<_, Cluster> = BTreeMap::new();
    for (row, value) in rows.iter().filter_map(|row| Some((row, metric.value(row)?))) {
        let at = values.entry((row.seed, row.split, row.instance.as_str())).or_default();
        at.add(&Cluster { sum: value, n: 1.0 });
    }
    values.into_iter().map(|(key, of)| (key, of.sum / of.n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::metrics::ACCURACY;
    use crate::eval::{paired, tests::row};
    use crate::judgment::Cost;

    /// An arm that is right on the first so many of 40 instances, and reads so many tokens for each.
    fn arm(name: &str, right: usize, tokens: u64) -> Vec<InstanceRow> {
        let at = |i| InstanceRow {
            cost: Cost { evaluator_tokens: tokens, ..Cost::default() },
            ..row(name, 1, i, Some(f64::from(i < right)))
        };
        (0..40).map(at).collect()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn arms_a_twentieth_apart_are_at_equal_cost_and_no_more() {
        let equal = |first, second| Tokens { first, second }.is_equal();
        assert!(equal(500.0, 500.0) && equal(500.0, 525.0) && equal(525.0, 500.0) && equal(0.0, 0.0));
        assert!(!equal(500.0, 526.0) && !equal(526.0, 500.0) && !equal(0.0, 1.0));
        let (a, b) = (arm("a", 9, 300), arm("b", 9, 200));
        let (a, b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
        assert_eq!(Tokens::of(&a, &b).unwrap().ratio(), Some(1.5));
        assert_eq!(Tokens { first: 3.0, second: 0.0 }.ratio(), None);
        assert_eq!(Tokens::of(&a, &[]), None);
    }

    #[test]
    fn an_arm_between_two_budgets_is_interpolated_in_the_logarithm_of_tokens() {
        // 20 of 40 right with 100 tokens and 36 with 400: with 200, half of the way in logarithms, 28. Against 30, that
        // is 2 of 40 to the good.
        let first = arm("tree", 30, 200);
        let second = [arm("alone", 36, 400), arm("alone", 20, 100)];
        let first: Budgets<'_> = vec![first.iter().collect()];
        let second: Budgets<'_> = second.iter().map(|rows| rows.iter().collect()).collect();
        let found = at_matched_tokens(&ACCURACY, (&first, 0), (&second, 0)).unwrap();
        close(found.difference, 0.05);
        assert_eq!((found.tokens, found.n), (200.0, 40));
        let interval = found.interval.unwrap();
        assert!(interval.low < 0.0 && interval.high > 0.1, "half of what the tree gains is not certain: {interval:?}");
        // The other way round the second stays where it is, at 200 tokens, and the first is moved there.
        let turned = at_matched_tokens(&ACCURACY, (&second, 1), (&first, 0)).unwrap();
        close(turned.difference, -0.05);
        close(turned.interval.unwrap().low, -interval.high);
    }

    #[test]
    fn at_a_budget_that_is_there_it_is_the_paired_difference() {
        let (first, low, high) = (arm("tree", 30, 400), arm("alone", 20, 100), arm("alone", 33, 400));
        let first: Budgets<'_> = vec![first.iter().collect()];
        let second: Budgets<'_> = vec![low.iter().collect(), high.iter().collect()];
        let found = at_matched_tokens(&ACCURACY, (&first, 0), (&second, 0)).unwrap();
        let plain = paired(&first[0], &second[1]).unwrap();
        close(found.difference, plain.difference);
        let (ours, plain) = (found.interval.unwrap(), plain.interval.unwrap());
        assert!((ours.low - plain.low).abs() < 1e-12 && (ours.high - plain.high).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_extrapolated() {
        let of = |name: &str, budgets: &[u64]| -> Vec<Vec<InstanceRow>> {
            budgets.iter().map(|tokens| arm(name, 20, *tokens)).collect()
        };
        let found = |first: &[u64], second: &[u64]| {
            let [first, second] = [of("tree", first), of("alone", second)];
            let [first, second] = [&first, &second].map(|rows| rows.iter().map(|of| of.iter().collect()).collect());
            at_matched_tokens(&ACCURACY, (&first, 0), (&second, 0))
        };
        assert_eq!(found(&[99], &[100, 400]), Err(NotReached::Outside { low: 100.0, high: 400.0, wanted: 99.0 }));
        assert_eq!(found(&[401, 500], &[100]), Err(NotReached::Outside { low: 401.0, high: 500.0, wanted: 100.0 }));
        assert_eq!(found(&[200], &[200]), Err(NotReached::OneBudget));
        assert_eq!(found(&[50], &[0, 400]), Err(NotReached::OneBudget), "nothing read is no place in a logarithm");
        // The second does not reach 500 tokens, but the first reaches what the second reads.
        let first_moved = found(&[500, 90], &[100, 400]).unwrap();
        assert_eq!(first_moved.tokens, 100.0);
    }
}
