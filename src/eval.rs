//! Evaluation: metrics as pure functions of [`InstanceRow`]s, with intervals over independent units.

pub mod arguments;
pub mod bias;
pub mod checkers;
mod comparison;
pub mod critique;
pub mod equal_cost;
pub mod gap;
pub mod images;
pub mod metrics;
pub mod nested;
pub mod preferences;
pub mod pressure;
pub mod ratings;
pub mod results;
pub mod stats;

use std::collections::{BTreeMap, BTreeSet};

pub use comparison::{Comparison, paired, paired_by};
pub use metrics::{Measured, Metric};

use crate::outcome::OutcomeKind;
use crate::record::rows::{ClusterScope, InstanceRow, Labels, ResultRow, Version};
use crate::stream::Stream;
use crate::task::Split;
use stats::Interval;
use stats::cluster::{self, Cluster};

/// A label with more values than this (a title, an author) is not broken down by.
pub const LABEL_VALUES_MAX: usize = 16;

/// The independent unit that a row belongs to: its cluster, apart for each seed where seeds redraw clusters.
pub type Unit<'a> = (Option<u64>, &'a str);

/// The independent unit of a row.
pub fn unit_of(row: &InstanceRow) -> Unit<'_> {
    unit(row.seed, row.cluster_scope, &row.cluster)
}

/// The independent unit that a cluster is under a seed.
pub fn unit(seed: u64, scope: ClusterScope, cluster: &str) -> Unit<'_> {
    match scope {
        ClusterScope::Seed => (Some(seed), cluster),
        ClusterScope::Run => (None, cluster),
    }
}

/// The results of every cell, in the order in which cells first appear: every metric of [`metrics::ALL`], accuracy also
/// by each label. A cell's results depend on its own rows alone.
pub fn summarise(rows: &[InstanceRow]) -> Vec<ResultRow> {
    let groups = grouped(rows.iter(), |row| (row.cell.clone(), row.split));
    groups.iter().flat_map(|group| results_of(group, Some(&group[0].cell))).collect()
}

/// The same results with the seeds of an arm pooled, one group for each arm, split and set of swept values.
pub fn summarise_over_seeds(rows: &[InstanceRow]) -> Vec<ResultRow> {
    let groups = grouped(rows.iter(), |row| (row.arm.clone(), row.split, row.swept.clone()));
    groups.iter().flat_map(|group| results_of(group, None)).collect()
}

/// Rows by key, groups and rows in the order of the input.
pub(crate) fn grouped<'a, K: Ord>(
    rows: impl IntoIterator<Item = &'a InstanceRow>,
    key: impl Fn(&InstanceRow) -> K,
) -> Vec<Vec<&'a InstanceRow>> {
    let mut place: BTreeMap<K, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&InstanceRow>> = Vec::new();
    for row in rows {
        let next = groups.len();
        let at = *place.entry(key(row)).or_insert(next);
        if at == next {
            groups.push(Vec::new());
        }
        groups[at].push(row);
    }
    groups
}

/// The 0, 1 or share of a tie that a row scored; none where its outcome is another.
pub fn correct(row: &InstanceRow) -> Option<f64> {
    row.correct.filter(|_| row.outcome == OutcomeKind::Scored)
}

/// The accuracy of rows, with its interval and number of scored rows.
pub fn accuracy(rows: &[&InstanceRow]) -> (Option<f64>, Option<Interval>, u64) {
    let measured = metrics::ACCURACY.of(rows);
    (measured.map(|m| m.value), measured.and_then(|m| m.interval), measured.map_or(0, |m| m.n))
}

/// The clusters of a value of rows, those without the value left out.
pub(crate) fn clusters_by(rows: &[&InstanceRow], value: impl Fn(&InstanceRow) -> Option<f64>) -> Vec<Cluster> {
    cluster::clusters_of(rows.iter().filter_map(|row| Some((unit_of(row), value(row)?))))
}

/// Every resampling starts from this stream, so that equal rows give equal intervals wherever they are computed.
pub(crate) fn bootstrap_stream() -> Stream {
    Stream::root(0).named("eval/bootstrap")
}

/// All results of one group of rows (never empty).
fn results_of(group: &[&InstanceRow], cell: Option<&str>) -> Vec<ResultRow> {
    let blank = blank_result(group, cell);
    let mut results = Vec::new();
    for metric in metrics::ALL {
        results.push(result(metric, group, &blank));
        if metric.name == metrics::ACCURACY.name {
            for (name, value) in labels_of(group) {
                let part: Vec<&InstanceRow> =
                    group.iter().copied().filter(|r| r.labels.get(&name) == Some(&value)).collect();
                let mut labels = blank.labels.clone();
                labels.insert(name, value);
                results.push(result(metric, &part, &ResultRow { labels, unscored: unscored(&part), ..blank.clone() }));
            }
        }
    }
    if let Some(held) = images::held(group) {
        results.push(result_row(&blank, images::HELD, Some(held.value), held.interval, held.n));
    }
    results
}

/// What a metric is on rows, as a row.
fn result(metric: &Metric, rows: &[&InstanceRow], blank: &ResultRow) -> ResultRow {
    let measured = metric.of(rows);
    let (value, interval) = (measured.map(|m| m.value), measured.and_then(|m| m.interval));
    result_row(blank, metric.name, value, interval, measured.map_or(0, |m| m.n))
}

/// A blank row filled with a measurement.
fn result_row(blank: &ResultRow, metric: &str, value: Option<f64>, interval: Option<Interval>, n: u64) -> ResultRow {
    ResultRow {
        metric: metric.to_owned(),
        value,
        ci_low: interval.map(|i| i.low),
        ci_high: interval.map(|i| i.high),
        n,
        ..blank.clone()
    }
}

/// A result row of this group without a measurement.
fn blank_result(group: &[&InstanceRow], cell: Option<&str>) -> ResultRow {
    let first = group[0];
    let blank = blank(cell.map(|cell| (cell, first.seed)), &first.arm, first.split, first.swept.clone());
    ResultRow { unscored: unscored(group), ..blank }
}

/// A result row without a measurement, of one cell and its seed or of all that an arm has.
fn blank(cell: Option<(&str, u64)>, arm: &str, split: Split, labels: Labels) -> ResultRow {
    ResultRow {
        version: Version,
        cell: cell.map(|(cell, _)| cell.to_owned()).unwrap_or_default(),
        arm: arm.to_owned(),
        seed: cell.map(|(_, seed)| seed),
        split,
        metric: String::new(),
        value: None,
        ci_low: None,
        ci_high: None,
        n: 0,
        unscored: BTreeMap::new(),
        labels,
    }
}

/// How many rows have each outcome that is no score.
pub fn unscored(rows: &[&InstanceRow]) -> BTreeMap<OutcomeKind, u64> {
    let mut counts = BTreeMap::new();
    for row in rows.iter().filter(|row| row.outcome != OutcomeKind::Scored) {
        *counts.entry(row.outcome).or_default() += 1;
    }
    counts
}

/// The labels that a group is broken down by, each with each of its values, sorted.
fn labels_of(group: &[&InstanceRow]) -> Vec<(String, String)> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in group.iter().flat_map(|row: &&InstanceRow| &row.labels) {
        values.entry(name).or_default().insert(value);
    }
    values
        .into_iter()
        .filter(|(name, values)| !name.starts_with("cluster") && values.len() <= LABEL_VALUES_MAX)
        .flat_map(|(name, values)| values.into_iter().map(|value| (name.to_owned(), value.to_owned())))
        .collect()
}

/// The (confidence, correct) pairs of the scored rows.
pub fn confidences<'a>(rows: &'a [&InstanceRow]) -> impl Iterator<Item = (f64, f64)> + 'a {
    rows.iter().filter_map(|row| Some((row.confidence?, correct(row)?)))
}

/// The rows of `arm`, in order.
pub fn of_arm<'a>(rows: &'a [InstanceRow], arm: &str) -> Vec<&'a InstanceRow> {
    rows.iter().filter(|row| row.arm == arm).collect()
}

/// The swept values by dotted path that differ between rows, each with its values in the order of their first
/// appearance: what a run varies.
pub fn varied<'a>(rows: impl IntoIterator<Item = &'a InstanceRow>) -> Vec<(String, Vec<String>)> {
    let mut paths: Vec<(String, Vec<String>)> = Vec::new();
    let swept = |row: &InstanceRow| -> Labels { row.swept.clone() };
    let mut seen: Option<Labels> = None;
    for row in rows {
        // Rows of one cell follow one another with equal values.
        if seen.as_ref() == Some(&row.swept) {
            continue;
        }
        for (path, value) in &row.swept {
            match paths.iter_mut().find(|(known, _)| known == path) {
                Some((_, values)) if values.contains(value) => {}
                Some((_, values)) => values.push(value.clone()),
                None => paths.push((path.clone(), vec![value.clone()])),
            }
        }
        seen = Some(swept(row));
    }
    paths
}

#[cfg(test)]
mod tests;
