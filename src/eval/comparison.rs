//! Two arms on the same instances: paired differences, with their tests.

use std::collections::{BTreeMap, BTreeSet};

use super::metrics::{self, Metric};
use super::stats::cluster::{self, Cluster};
use super::stats::{self, Interval};
use super::{bootstrap_stream, unit_of};
use crate::record::rows::InstanceRow;

/// How two arms differ on the instances that both scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Mean of the first arm's values less the second's, in the unit of the metric; of accuracy in `[-1, 1]`.
    pub difference: f64,
    /// Its 95% interval over independent units; none below two of them.
    pub interval: Option<Interval>,
    /// The p-value of the sign-flip test over independent units.
    pub p: f64,
    /// Instances that both scored, paired by seed, instance and swept values.
    pub n: u64,
    /// Instances on which the first arm has more of the metric.
    pub won: u64,
    /// Instances on which it has less.
    pub lost: u64,
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

/// The paired comparison of two arms by accuracy, see [`paired_by`].
pub fn paired(rows_a: &[&InstanceRow], rows_b: &[&InstanceRow]) -> Option<Comparison> {
    paired_by(&metrics::ACCURACY, rows_a, rows_b)
}

/// The paired comparison of the rows of two arms by a metric that is a mean over instances; none where no instance has
/// a value in both. Where both stand at several points of a sweep, points pair up by the swept paths that both know; a
/// second arm that stands at several points for one of the first is averaged over them.
pub fn paired_by(metric: &Metric, rows_a: &[&InstanceRow], rows_b: &[&InstanceRow]) -> Option<Comparison> {
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
        for (row, score) in rows.iter().filter_map(|row| Some((row, metric.value(row)?))) {
            let at = scores.entry(key(row)).or_default();
            at.add(&Cluster { sum: score, n: 1.0 });
        }
        scores
    };
    let (a, b) = (scored(rows_a), scored(rows_b));
    let (mut n, mut won, mut lost) = (0, 0, 0);
    // In the order of the rows of the first arm, which the sums' last bits depend on.
    let differences = rows_a.iter().filter_map(|row| {
        let other = b.get(&key(row))?;
        let difference = metric.value(row)? - other.sum / other.n;
        n += 1;
        won += u64::from(difference > 0.0);
        lost += u64::from(difference < 0.0);
        Some((unit_of(row), difference))
    });
    let clusters = cluster::clusters_of(differences);
    let stream = bootstrap_stream();
    Some(Comparison {
        difference: cluster::mean(&clusters)?,
        interval: metric.difference_interval(&clusters, stream),
        p: stats::paired::sign_flip(&clusters, stream.named("signs")),
        n,
        won,
        lost,
        mcnemar: mcnemar(&clusters),
        unpaired: a.keys().filter(|k| !b.contains_key(*k)).chain(b.keys().filter(|k| !a.contains_key(*k))).count()
            as u64,
        clusters: clusters.len() as u64,
        detectable: cluster::standard_error(&clusters)
            .filter(|_| !cluster::do_not_differ(&clusters, 1.0))
            .and_then(|error| stats::minimum_detectable_effect(error, clusters.len())),
    })
}

fn mcnemar(clusters: &[Cluster]) -> Option<f64> {
    let each_alone = clusters.iter().all(|c| c.n == 1.0 && [-1.0, 0.0, 1.0].contains(&c.sum));
    let count = |sum: f64| clusters.iter().filter(|c| c.sum == sum).count() as u64;
    each_alone.then(|| stats::paired::mcnemar(count(1.0), count(-1.0)))
}
