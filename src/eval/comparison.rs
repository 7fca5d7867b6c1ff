//! Two arms on the same instances: paired differences, with their tests.

use std::collections::{BTreeMap, BTreeSet};

use super::metrics::{self, Metric};
use super::stats::cluster::{self, Cluster};
use super::stats::seeds::{self, SeedSpread};
use super::stats::{self, Interval};
use super::{Unit, bootstrap_stream, unit_of};
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
    /// The p-value of McNemar's exact test, which takes every instance for itself and so ignores units; of accuracy
    /// alone, where either arm has one verdict an instance, right or wrong.
    pub mcnemar: Option<f64>,
    /// The smallest true difference that this many units find with 80% power; none below two of them, or where they
    /// do not differ and so tell nothing of their spread.
    pub detectable: Option<f64>,
    /// The spread of the difference over seeds, apart from that over instances; none below two seeds.
    pub over_seeds: Option<SeedSpread>,
}

impl Comparison {
    /// What it cannot tell less than: its [`Self::detectable`] difference, where the interval does not tell the arms apart
    /// and that is more than [`Metric::telling`]. Such a comparison found nothing because it could not.
    pub fn cannot_tell_less(&self, metric: &Metric) -> Option<f64> {
        let is_apart = self.interval.is_some_and(|interval| !interval.contains(0.0));
        let telling = metric.telling()?;
        self.detectable.filter(|least| !is_apart && *least > telling)
    }
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
    // Of instances with one verdict in either arm those that one alone got right; none where a tie is no such outcome.
    let mut alone = (metric.name == metrics::ACCURACY.name).then_some([0, 0]);
    // In the order of the rows of the first arm, which the sums' last bits depend on.
    let differences: Vec<(u64, Unit<'_>, f64)> = rows_a
        .iter()
        .filter_map(|row| {
            let place = key(row);
            let (own, other) = (a.get(&place)?, b.get(&place)?);
            let difference = metric.value(row)? - other.sum / other.n;
            n += 1;
            won += u64::from(difference > 0.0);
            lost += u64::from(difference < 0.0);
            alone = alone.filter(|_| own.n == 1.0 && other.n == 1.0).and_then(|of| counted(of, difference));
            Some((row.seed, unit_of(row), difference))
        })
        .collect();
    let clusters = cluster::clusters_of(differences.iter().map(|(_, unit, difference)| (*unit, *difference)));
    let stream = bootstrap_stream();
    Some(Comparison {
        difference: cluster::mean(&clusters)?,
        interval: metric.difference_interval(&clusters, stream),
        p: stats::paired::sign_flip(&clusters, stream.named("signs")),
        n,
        won,
        lost,
        mcnemar: alone.map(|[first, second]| stats::paired::mcnemar(first, second)),
        unpaired: a.keys().filter(|k| !b.contains_key(*k)).chain(b.keys().filter(|k| !a.contains_key(*k))).count()
            as u64,
        clusters: clusters.len() as u64,
        detectable: cluster::standard_error(&clusters)
            .filter(|_| !cluster::do_not_differ(&clusters, 1.0))
            .and_then(|error| stats::minimum_detectable_effect(error, clusters.len())),
        over_seeds: over_seeds(&differences),
    })
}

/// What either arm alone got right, with one instance more; none where its difference is no whole verdict.
fn counted([first, second]: [u64; 2], difference: f64) -> Option<[u64; 2]> {
    match difference {
        0.0 => Some([first, second]),
        1.0 => Some([first + 1, second]),
        -1.0 => Some([first, second + 1]),
        _ => None,
    }
}

fn over_seeds(differences: &[(u64, Unit<'_>, f64)]) -> Option<SeedSpread> {
    let mut seeds: BTreeMap<u64, BTreeMap<Unit<'_>, Cluster>> = BTreeMap::new();
    for (seed, unit, difference) in differences {
        let at = seeds.entry(*seed).or_default().entry(*unit).or_default();
        at.add(&Cluster { sum: *difference, n: 1.0 });
    }
    seeds::apart(&seeds.into_values().collect::<Vec<_>>())
}
