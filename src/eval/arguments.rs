//! What was argued before the evaluator: quotes, tokens, flaws named, as pure functions of [`ArgumentRow`]s.
//!
//! Only arguments that the evaluator was shown count: what a best of n did not choose is in the rows, not in these
//! numbers. Each is given over all and apart for the side that was argued (label [`SIDE`]). What the evaluator itself
//! lists as flaws is counted by itself.

use std::collections::BTreeMap;

use super::stats::cluster::{self, Cluster};
use super::stats::resample::Estimate;
use super::{bootstrap_stream, critique, result_row, unit};
use crate::judgment::Role;
use crate::record::rows::{ArgumentRow, RIGHT, ResultRow, SIDE, WRONG};

/// A number of arguments.
#[derive(Clone, Copy, Debug)]
pub struct Statistic {
    /// Its name in results.
    pub name: &'static str,
    value: Value,
}

/// How a number comes from rows.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// The mean of a count over arguments.
    Mean(fn(&ArgumentRow) -> f64),
    /// The sum of one count over the sum of another, a share in `[0, 1]`.
    Share(fn(&ArgumentRow) -> Cluster),
    /// A share of what all arguments about an instance name.
    Named(fn(&[critique::Finding<'_>]) -> Option<Estimate>),
}

/// Every statistic, in the order of the results.
pub static ALL: [Statistic; 9] = [
    // Quotes for each argument.
    Statistic { name: "quotes", value: Value::Mean(|row| f64::from(row.quotes)) },
    // Of the quotes: word for word in the material, nearly so, not at all; see `Found`.
    Statistic { name: "quotes_verified", value: Value::Share(|row| of_quotes(row, row.verified)) },
    Statistic { name: "quotes_near", value: Value::Share(|row| of_quotes(row, row.near)) },
    Statistic { name: "quotes_unverified", value: Value::Share(|row| of_quotes(row, row.unverified)) },
    // Of the quotes: those that touch the evidence of a false claim.
    Statistic { name: "quotes_bearing", value: Value::Share(|row| of_quotes(row, row.bearing)) },
    // Tokens of an argument as the judge is shown it.
    Statistic { name: "argument_tokens", value: Value::Mean(|row| row.tokens as f64) },
    // Of the points: those in which what is said of the claim is so.
    Statistic { name: "points_right", value: Value::Share(points_right) },
    // Of the flaws of an instance: those that some argument names.
    Statistic { name: "flaws_found", value: Value::Named(critique::found) },
    // Of what is named as a flaw: what is none.
    Statistic { name: "false_flaws", value: Value::Named(critique::false_flaws) },
];

fn of_quotes(row: &ArgumentRow, count: u32) -> Cluster {
    Cluster { sum: f64::from(count), n: f64::from(row.quotes) }
}

fn points_right(row: &ArgumentRow) -> Cluster {
    let right = row.points.iter().filter(|point| point.is_right()).count();
    Cluster { sum: right as f64, n: row.points.len() as f64 }
}

impl Statistic {
    /// Its value on arguments that were heard, with its 95% interval over independent units; none where it is undefined.
    pub fn of(&self, heard: &[&ArgumentRow]) -> Option<Estimate> {
        let value = match self.value {
            Value::Named(of) => return of(&critique::findings_of_arguments(heard)),
            Value::Mean(value) => return measured(heard, |row| Cluster { sum: value(row), n: 1.0 }, cluster::interval),
            Value::Share(value) => value,
        };
        measured(heard, value, cluster::proportion_interval)
    }

    fn result(&self, rows: &[&ArgumentRow], blank: &ResultRow) -> ResultRow {
        let found = self.of(rows);
        let (value, interval) = (found.map(|f| f.value), found.and_then(|f| f.interval));
        result_row(blank, self.name, value, interval, rows.len() as u64)
    }
}

fn measured(
    rows: &[&ArgumentRow],
    value: impl Fn(&ArgumentRow) -> Cluster,
    interval: fn(&[Cluster], crate::stream::Stream) -> Option<super::stats::Interval>,
) -> Option<Estimate> {
    let mut units: BTreeMap<super::Unit<'_>, Cluster> = BTreeMap::new();
    for row in rows {
        units.entry(unit(row.seed, row.cluster_scope, &row.cluster)).or_default().add(&value(row));
    }
    let clusters: Vec<Cluster> = units.into_values().filter(|c| c.n > 0.0).collect();
    Some(Estimate { value: cluster::mean(&clusters)?, interval: interval(&clusters, bootstrap_stream()) })
}

/// What the evaluator's own list of flaws is worth: of the flaws of an instance those that it finds, and of what it lists
/// as flaws what is none.
pub static JUDGED: [Statistic; 2] = [
    Statistic { name: "judge_flaws_found", value: Value::Named(critique::found) },
    Statistic { name: "judge_false_flaws", value: Value::Named(critique::false_flaws) },
];

/// The arguments of others that the evaluator was shown.
pub fn heard<'a>(rows: impl IntoIterator<Item = &'a ArgumentRow>) -> Vec<&'a ArgumentRow> {
    rows.into_iter().filter(|row| row.heard && row.role != Role::Evaluator).collect()
}

/// The flaws that the evaluator itself lists.
pub fn judged<'a>(rows: impl IntoIterator<Item = &'a ArgumentRow>) -> Vec<&'a ArgumentRow> {
    rows.into_iter().filter(|row| row.role == Role::Evaluator).collect()
}

/// The results of one cell's arguments: every statistic, over all and for each side. Nothing where nobody argued.
pub fn summarise(rows: &[ArgumentRow]) -> Vec<ResultRow> {
    let (heard, judged) = (heard(rows), judged(rows));
    let Some(first) = heard.first().or(judged.first()) else { return Vec::new() };
    let blank = super::blank(Some((&first.cell, first.seed)), &first.arm, first.split, first.swept.clone());
    let mut results = Vec::new();
    for side in [None, Some((RIGHT, true)), Some((WRONG, false))] {
        let part: Vec<&ArgumentRow> =
            heard.iter().copied().filter(|row| side.is_none_or(|(_, right)| row.right == Some(right))).collect();
        if part.is_empty() {
            continue;
        }
        let mut blank = blank.clone();
        blank.labels.extend(side.map(|(name, _)| (SIDE.to_owned(), name.to_owned())));
        results.extend(ALL.iter().map(|statistic| statistic.result(&part, &blank)));
    }
    results.extend(JUDGED.iter().filter(|_| !judged.is_empty()).map(|statistic| statistic.result(&judged, &blank)));
    results
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgment::Stance;
    use crate::record::rows::Version;
    use crate::record::rows::{ClusterScope, Labels, PointRow};
    use crate::task::Split;

    fn argument(instance: usize, right: bool) -> ArgumentRow {
        ArgumentRow {
            version: Version,
            cell: "c".into(),
            arm: "debate".into(),
            seed: 1,
            split: Split::Test,
            instance: format!("i{instance}"),
            cluster: format!("w{instance}"),
            cluster_scope: ClusterScope::Seed,
            node: 0,
            exchange: u32::from(!right),
            helper: "debater".into(),
            role: Role::Debater,
            sample: 0,
            stance: Some(Stance::For(u16::from(!right))),
            side: Some(u16::from(!right)),
            right: Some(right),
            conviction: 0.9,
            heard: true,
            // Both call the other's claim false.
            points: vec![PointRow { candidate: u16::from(right), claim: 0, p_holds: 0.1, holds: !right }],
            flaws: 1,
            quotes: 2,
            verified: 2,
            near: 0,
            unverified: 0,
            bearing: u32::from(right),
            tokens: 40,
            swept: Labels::new(),
            labels: Labels::new(),
        }
    }

    fn value(results: &[ResultRow], metric: &str, side: Option<&str>) -> Option<f64> {
        let wanted = side.map(str::to_owned);
        results.iter().find(|r| r.metric == metric && r.labels.get(SIDE).cloned() == wanted).unwrap().value
    }

    #[test]
    fn statistics_of_quotes_by_hand() {
        let mut rows: Vec<ArgumentRow> = (0..4).flat_map(|i| [argument(i, true), argument(i, false)]).collect();
        (rows[1].quotes, rows[1].verified, rows[1].near, rows[1].unverified) = (6, 1, 2, 3);
        // What nobody heard counts nowhere.
        rows.push(ArgumentRow { heard: false, quotes: 90, sample: 1, ..argument(0, true) });
        let results = summarise(&rows);
        assert_eq!(value(&results, "quotes", None), Some(20.0 / 8.0));
        assert_eq!(value(&results, "quotes", Some(RIGHT)), Some(2.0));
        assert_eq!(value(&results, "quotes_verified", None), Some(15.0 / 20.0));
        assert_eq!(value(&results, "quotes_near", None), Some(2.0 / 20.0));
        assert_eq!(value(&results, "quotes_unverified", Some(WRONG)), Some(3.0 / 12.0));
        assert_eq!(value(&results, "quotes_bearing", Some(RIGHT)), Some(0.5));
        assert_eq!(value(&results, "argument_tokens", None), Some(40.0));
        assert_eq!(value(&results, "points_right", Some(RIGHT)), Some(1.0));
        assert_eq!(value(&results, "points_right", Some(WRONG)), Some(0.0));
        assert_eq!(value(&results, "flaws_found", None), Some(1.0));
        assert_eq!(
            value(&results, "false_flaws", None),
            Some(0.5),
            "each instance: one flaw named and one that is none"
        );
        let quotes = results.iter().find(|r| r.metric == "quotes").unwrap();
        assert!(quotes.ci_low.unwrap() < 2.5 && quotes.ci_high.unwrap() > 2.5 && quotes.n == 8, "{quotes:?}");
    }

    #[test]
    fn what_the_judge_lists_is_counted_by_itself() {
        let list = |i: usize| ArgumentRow {
            role: Role::Evaluator,
            stance: None,
            side: None,
            right: None,
            ..argument(i, true)
        };
        let mut rows = vec![list(0), list(1), argument(0, false)];
        rows[1].points.clear();
        let results = summarise(&rows);
        assert_eq!(value(&results, "judge_flaws_found", None), Some(0.5));
        assert_eq!(value(&results, "judge_false_flaws", None), Some(0.0));
        assert_eq!(value(&results, "flaws_found", None), Some(0.0), "the debater of the wrong side names none");
        assert!(summarise(&rows[..2]).iter().all(|r| r.metric.starts_with("judge")));
    }

    #[test]
    fn shares_of_nothing_are_undefined() {
        let rows = [ArgumentRow { quotes: 0, verified: 0, points: vec![], ..argument(0, true) }];
        let results = summarise(&rows);
        assert_eq!(value(&results, "quotes", None), Some(0.0));
        for metric in ["quotes_verified", "points_right", "false_flaws"] {
            assert_eq!(value(&results, metric, None), None, "{metric}");
        }
        assert!(summarise(&[]).is_empty());
        assert!(summarise(&[ArgumentRow { heard: false, ..argument(0, true) }]).is_empty());
    }
}
