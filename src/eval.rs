//! Evaluation: metrics as pure functions of [`InstanceRow`]s, with intervals over independent units.

pub mod stats;

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::OutcomeKind;
use crate::record::rows::{ClusterScope, InstanceRow, Labels, ResultRow, Version};
use crate::stream::Stream;
use stats::cluster::{self, Cluster};
use stats::{Interval, calibration};

/// A label with more values than this (a title, an author) is not broken down by.
pub const LABEL_VALUES_MAX: usize = 16;

/// The independent unit that a row belongs to: its cluster, apart for each seed where seeds redraw clusters.
pub type Unit<'a> = (Option<u64>, &'a str);

/// The independent unit of a row.
pub fn unit_of(row: &InstanceRow) -> Unit<'_> {
    let seed = match row.cluster_scope {
        ClusterScope::Seed => Some(row.seed),
        ClusterScope::Run => None,
    };
    (seed, &row.cluster)
}

/// The results of every cell, in the order in which cells first appear: accuracy, over all and by each label; log
/// loss; calibration error; the share of ties; and the mean of every cost column. A cell's results depend on its own
/// rows alone.
pub fn summarise(rows: &[InstanceRow]) -> Vec<ResultRow> {
    let groups = grouped(rows.iter(), |row| (row.cell.clone(), row.split));
    groups.iter().flat_map(|group| results_of(group, Some(&group[0].cell))).collect()
}

/// The same results with the seeds of an arm pooled, one group for each arm, split and set of swept values.
pub fn summarise_over_seeds(rows: &[InstanceRow]) -> Vec<ResultRow> {
    let groups = grouped(rows.iter(), |row| (row.arm.clone(), row.split, row.swept.clone()));
    groups.iter().flat_map(|group| results_of(group, None)).collect()
}

/// How two arms differ on the instances that both scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Mean of the first arm's `correct` less the second's, in `[-1, 1]`.
    pub difference: f64,
    /// Its 95% interval over independent units; none below two of them.
    pub interval: Option<Interval>,
    /// The p-value of the sign-flip test over independent units.
    pub p: f64,
    /// Instances that both scored, paired by seed, instance and swept values.
    pub n: u64,
    /// Instances that only one of them scored: left out.
    pub unpaired: u64,
    /// Independent units.
    pub clusters: u64,
    /// The p-value of McNemar's exact test, where every unit is one instance and none is a tie.
    pub mcnemar: Option<f64>,
    /// The smallest true difference that this many units find with 80% power; none below two of them, or where they
    /// do not differ and so tell nothing of their spread.
    pub detectable: Option<f64>,
}

/// The paired comparison of the rows of two arms; none where no instance is scored in both. Where both stand at several
/// points of a sweep, points pair up by the swept paths that both know; a second arm that stands at several points for
/// one of the first is averaged over them.
pub fn paired(rows_a: &[&InstanceRow], rows_b: &[&InstanceRow]) -> Option<Comparison> {
    let paths =
        |rows: &[&InstanceRow]| -> BTreeSet<String> { rows.iter().flat_map(|row| row.swept.keys().cloned()).collect() };
    let (paths_a, paths_b) = (paths(rows_a), paths(rows_b));
    let key = |row: &InstanceRow| {
        let shared = |path: &str| paths_a.contains(path) && paths_b.contains(path);
        let swept: Vec<String> =
            row.swept.iter().filter(|(path, _)| shared(path)).map(|(_, value)| value.clone()).collect();
        (row.seed, row.split, row.instance.clone(), swept)
    };
    let scored = |rows: &[&InstanceRow]| -> BTreeMap<_, Cluster> {
        let mut scores: BTreeMap<_, Cluster> = BTreeMap::new();
        for (row, score) in rows.iter().filter_map(|row| Some((row, correct(row)?))) {
            let at = scores.entry(key(row)).or_default();
            at.add(&Cluster { sum: score, n: 1.0 });
        }
        scores
    };
    let (a, b) = (scored(rows_a), scored(rows_b));
    let mut n = 0;
    // In the order of the rows of the first arm, which the sums' last bits depend on.
    let differences = rows_a.iter().filter_map(|row| {
        let other = b.get(&key(row))?;
        let difference = correct(row)? - other.sum / other.n;
        n += 1;
        Some((unit_of(row), difference))
    });
    let clusters = cluster::clusters_of(differences);
    let stream = bootstrap_stream();
    Some(Comparison {
        difference: cluster::mean(&clusters)?,
        interval: difference_interval(&clusters, stream),
        p: stats::paired::sign_flip(&clusters, stream.named("signs")),
        n,
        mcnemar: mcnemar(&clusters),
        unpaired: a.keys().filter(|k| !b.contains_key(*k)).chain(b.keys().filter(|k| !a.contains_key(*k))).count()
            as u64,
        clusters: clusters.len() as u64,
        detectable: cluster::standard_error(&clusters)
            .filter(|error| *error > 0.0)
            .and_then(|error| stats::minimum_detectable_effect(error, clusters.len())),
    })
}

fn mcnemar(clusters: &[Cluster]) -> Option<f64> {
    let each_alone = clusters.iter().all(|c| c.n == 1.0 && [-1.0, 0.0, 1.0].contains(&c.sum));
    let count = |sum: f64| clusters.iter().filter(|c| c.sum == sum).count() as u64;
    each_alone.then(|| stats::paired::mcnemar(count(1.0), count(-1.0)))
}

/// The interval of a mean of differences, within `[-1, 1]`. Where units do not differ from one another, resampling
/// would claim certainty; [`cluster::alike`] says how many more of either sign so many of them leave room for.
fn difference_interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    if cluster::standard_error(clusters) == Some(0.0) {
        let (mean, reach) = (cluster::mean(clusters)?, cluster::alike(clusters.len())?);
        return Some(Interval { low: mean - reach * (mean + 1.0), high: mean + reach * (1.0 - mean) });
    }
    Some(cluster::interval(clusters, stream)?.within(-1.0, 1.0))
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
    let clusters = clusters_by(rows, correct);
    let interval = cluster::proportion_interval(&clusters, bootstrap_stream());
    (cluster::mean(&clusters), interval, count(&clusters))
}

/// The clusters of a value of rows, those without the value left out.
pub(crate) fn clusters_by(rows: &[&InstanceRow], value: impl Fn(&InstanceRow) -> Option<f64>) -> Vec<Cluster> {
    cluster::clusters_of(rows.iter().filter_map(|row| Some((unit_of(row), value(row)?))))
}

fn count(clusters: &[Cluster]) -> u64 {
    clusters.iter().map(|c| c.n).sum::<f64>() as u64
}

/// Every resampling starts from this stream, so that equal rows give equal intervals wherever they are computed.
pub(crate) fn bootstrap_stream() -> Stream {
    Stream::root(0).named("eval/bootstrap")
}

/// All results of one group of rows (never empty).
fn results_of(group: &[&InstanceRow], cell: Option<&str>) -> Vec<ResultRow> {
    let blank = blank_result(group, cell);
    let mut results = vec![accuracy_result(group, &blank)];
    for (name, value) in labels_of(group) {
        let part: Vec<&InstanceRow> = group.iter().copied().filter(|r| r.labels.get(&name) == Some(&value)).collect();
        let mut labels = blank.labels.clone();
        labels.insert(name, value);
        results.push(accuracy_result(&part, &ResultRow { labels, ..blank.clone() }));
    }
    let log_losses =
        clusters_by(group, |row| row.p_right.filter(|_| correct(row).is_some()).map(calibration::log_loss));
    results.push(mean_result(
        "log_loss",
        &log_losses,
        cluster::skewed_interval(&log_losses, bootstrap_stream()),
        &blank,
    ));
    results.push(calibration_result(group, &blank));
    let ties = clusters_by(group, |row| correct(row).map(|c| f64::from(c > 0.0 && c < 1.0)));
    results.push(mean_result("ties", &ties, None, &blank));
    for (metric, column) in COSTS {
        // What was not scored was paid for all the same.
        let costs = clusters_by(group, |row| Some(column(row) as f64));
        results.push(mean_result(metric, &costs, cluster::student(&costs), &blank));
    }
    results
}

/// A cost column: the name of its metric, and how to read it.
pub type CostColumn = (&'static str, fn(&InstanceRow) -> u64);

/// The cost columns.
pub const COSTS: [CostColumn; 6] = [
    ("evaluator_tokens", |row| row.cost.evaluator_tokens),
    ("helper_tokens", |row| row.cost.helper_tokens),
    ("label_tokens", |row| row.cost.label_tokens),
    ("asks", |row| row.cost.asks),
    ("model_calls", |row| row.cost.model_calls),
    ("micro_dollars", |row| row.cost.micro_dollars),
];

/// A result row of this group without a measurement.
fn blank_result(group: &[&InstanceRow], cell: Option<&str>) -> ResultRow {
    let first = group[0];
    ResultRow {
        version: Version,
        cell: cell.unwrap_or_default().to_owned(),
        arm: first.arm.clone(),
        seed: cell.map(|_| first.seed),
        split: first.split,
        metric: String::new(),
        value: None,
        ci_low: None,
        ci_high: None,
        n: 0,
        unscored: unscored(group),
        labels: first.swept.clone(),
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

fn accuracy_result(rows: &[&InstanceRow], blank: &ResultRow) -> ResultRow {
    let (value, interval, n) = accuracy(rows);
    ResultRow {
        metric: "accuracy".into(),
        value,
        ci_low: interval.map(|i| i.low),
        ci_high: interval.map(|i| i.high),
        n,
        unscored: unscored(rows),
        ..blank.clone()
    }
}

fn mean_result(metric: &str, clusters: &[Cluster], interval: Option<Interval>, blank: &ResultRow) -> ResultRow {
    ResultRow {
        metric: metric.into(),
        value: cluster::mean(clusters),
        ci_low: interval.map(|i| i.low),
        ci_high: interval.map(|i| i.high),
        n: count(clusters),
        ..blank.clone()
    }
}

fn calibration_result(group: &[&InstanceRow], blank: &ResultRow) -> ResultRow {
    let bins = calibration::reliability(confidences(group));
    ResultRow {
        metric: "ece".into(),
        value: calibration::expected_error(&bins),
        n: bins.iter().map(|bin| bin.n).sum(),
        ..blank.clone()
    }
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
pub fn varied(rows: &[InstanceRow]) -> Vec<(String, Vec<String>)> {
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
