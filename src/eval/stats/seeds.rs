//! The spread of a mean over seeds apart from its spread over instances: how much a seed changes what is true of the
//! run, and how much of what seeds differ by is only the instances that each of them was measured on.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Cluster, mean};

/// How the means of several seeds vary, and by what. Variances and errors are in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedSpread {
    /// How many seeds were measured, at least two.
    pub seeds: usize,
    /// The least mean of a seed.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// The variance between seeds beyond what their instances explain. An unbiased estimate, and so below zero about as
    /// often as not where seeds do not matter.
    pub variance: f64,
    /// The standard error of one seed's mean, from the independent units within it: the root of the mean of its square
    /// over seeds.
    pub over_instances: f64,
}

impl SeedSpread {
    /// The standard deviation between seeds beyond what their instances explain: the root of the variance, which is cut
    /// at zero, see [`Self::is_cut`].
    pub fn over_seeds(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }

    /// Whether seeds differ by no more than their instances explain, so that the estimate was zero or below.
    pub fn is_cut(&self) -> bool {
        self.variance <= 0.0
    }
}

/// Takes the two apart, given for every seed its independent units by name. None below two seeds, or where a seed has
/// fewer than two units, so that nothing is known of its error.
///
/// The estimate is that of moments: the variance of the seeds' means, less the mean of the variances that sampling of
/// units gives them (Cochran 1954, Biometrics 10:101; Hedges and Olkin 1985, chapter 9: the one-way random effects).
/// A unit of the same name under several seeds (one book that all of them judge) is the same unit: what it adds to all
/// seeds alike does not set them apart, so only its differences between seeds are subtracted, as in the two-way analysis
/// of variance without replicates (Searle, Casella and McCulloch 1992, chapter 4). With
///
/// `z_sk = sqrt(G_s / (G_s - 1)) (sum_sk - m_s n_sk) / n_s`,
///
/// the part of unit k in the error of seed s's mean m_s (G_s units, n_s values; 0 where k is not under s), that is
/// `variance = Var_s(m_s) - sum_k Var_s(z_sk)`, and either form where units are of one size; `over_instances` is the root
/// of `mean_s sum_k z_sk^2`, which is the mean of [`super::cluster::standard_error`] squared.
pub fn apart<K: Ord>(seeds: &[BTreeMap<K, Cluster>]) -> Option<SeedSpread> {
    if seeds.len() < 2 {
        return None;
    }
    let parts = seeds.iter().map(parts_of).collect::<Option<Vec<(f64, BTreeMap<&K, f64>)>>>()?;
    let means: Vec<f64> = parts.iter().map(|(mean, _)| *mean).collect();
    let units: BTreeSet<&K> = parts.iter().flat_map(|(_, of)| of.keys().copied()).collect();
    let part = |of: &BTreeMap<&K, f64>, unit: &K| of.get(unit).copied().unwrap_or(0.0);
    let by_unit = |unit: &&K| variance(&parts.iter().map(|(_, of)| part(of, unit)).collect::<Vec<_>>());
    let explained: f64 = units.iter().map(by_unit).sum();
    let squares: f64 = parts.iter().flat_map(|(_, of)| of.values()).map(|z| z * z).sum();
    Some(SeedSpread {
        seeds: seeds.len(),
        low: means.iter().copied().fold(f64::INFINITY, f64::min),
        high: means.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        variance: variance(&means) - explained,
        over_instances: (squares / seeds.len() as f64).sqrt(),
    })
}

/// The mean of a seed, and the part of each of its units in the error of that.
fn parts_of<K: Ord>(units: &BTreeMap<K, Cluster>) -> Option<(f64, BTreeMap<&K, f64>)> {
    let clusters: Vec<Cluster> = units.values().copied().collect();
    let mean = mean(&clusters)?;
    let count = clusters.len() as f64;
    if count < 2.0 {
        return None;
    }
    let n: f64 = clusters.iter().map(|c| c.n).sum();
    let small = (count / (count - 1.0)).sqrt();
    let part = |(unit, cluster): (_, &Cluster)| (unit, small * (cluster.sum - mean * cluster.n) / n);
    Some((mean, units.iter().map(part).collect()))
}

/// The variance of values, of which there are at least two.
fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;

    /// The values of seeds, the units of each called by seed and place.
    fn of_their_own(seeds: &[&[f64]]) -> Vec<BTreeMap<(usize, usize), Cluster>> {
        let of = |(seed, values): (usize, &&[f64])| {
            values.iter().enumerate().map(|(at, v)| ((seed, at), Cluster { sum: *v, n: 1.0 })).collect()
        };
        seeds.iter().enumerate().map(of).collect()
    }

    /// The same with the same units under every seed.
    fn shared(seeds: &[&[f64]]) -> Vec<BTreeMap<usize, Cluster>> {
        let of = |values: &&[f64]| values.iter().enumerate().map(|(at, v)| (at, Cluster { sum: *v, n: 1.0 })).collect();
        seeds.iter().map(of).collect()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn two_seeds_by_hand() {
        // Means 1/2 and 1, whose variance is 1/8; squared errors (1/3) / 4 and 0, whose mean is 1/24.
        let found = apart(&of_their_own(&[&[1.0, 1.0, 0.0, 0.0], &[1.0, 1.0, 1.0, 1.0]])).unwrap();
        assert_eq!((found.seeds, found.low, found.high), (2, 0.5, 1.0));
        close(found.variance, 1.0 / 8.0 - 1.0 / 24.0);
        close(found.over_seeds(), (1.0f64 / 12.0).sqrt());
        close(found.over_instances, (1.0f64 / 24.0).sqrt());
        assert!(!found.is_cut());
    }

    #[test]
    fn what_instances_explain_is_cut_at_zero() {
        // Means 1/2 and 3/4, whose variance is 1/32; squared errors 1/12 and 1/16, whose mean is more.
        let found = apart(&of_their_own(&[&[1.0, 1.0, 0.0, 0.0], &[1.0, 1.0, 1.0, 0.0]])).unwrap();
        close(found.variance, 1.0 / 32.0 - (1.0 / 12.0 + 1.0 / 16.0) / 2.0);
        assert!(found.is_cut() && found.over_seeds() == 0.0);
    }

    #[test]
    fn units_under_every_seed_are_a_two_way_analysis_of_variance() {
        // The same values; the seeds differ in one unit of four alone: differences 0, 0, -1, 0 of variance 1/4, so the
        // mean square of the residuals is 1/8, and a quarter of it is the variance of the means, 1/32.
        let values: [&[f64]; 2] = [&[1.0, 1.0, 0.0, 0.0], &[1.0, 1.0, 1.0, 0.0]];
        let found = apart(&shared(&values)).unwrap();
        close(found.variance, 0.0);
        close(found.over_instances, apart(&of_their_own(&values)).unwrap().over_instances);
        // Where every unit gains alike, all of the difference is the seed's.
        let all = apart(&shared(&[&[0.1, 0.5, 0.9], &[0.2, 0.6, 1.0]])).unwrap();
        close(all.variance, 0.1 * 0.1 / 2.0);
    }

    #[test]
    fn one_seed_and_one_unit_tell_nothing() {
        assert_eq!(apart(&of_their_own(&[&[1.0, 0.0]])), None);
        assert_eq!(apart(&of_their_own(&[&[1.0, 0.0], &[1.0]])), None);
        assert_eq!(apart(&of_their_own(&[&[1.0, 0.0], &[]])), None);
    }

    /// The mean variance between seeds that is found in runs of five seeds with `units` each of one to three right or
    /// wrong instances; a seed is right more often than another by a standard deviation `between`.
    fn found_on_average(between: f64, runs: u64, units: u64, key: fn(u64, u64) -> (u64, u64)) -> f64 {
        let root = Stream::root(12);
        let normal = |stream: Stream| {
            let (a, b) = (stream.named("a").uniform(), stream.named("b").uniform());
            (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        let run = |run: u64| {
            let stream = root.index(run);
            let seed = |seed: u64| {
                let shift = between * normal(stream.named("seed").index(seed));
                let unit = |unit: u64| {
                    let name = key(seed, unit);
                    let own = stream.index(name.0).index(name.1);
                    let ease = 0.5 * (own.named("ease").uniform() - 0.5);
                    let n = 1 + (3.0 * own.named("n").uniform()) as u64;
                    let lot = |i: u64| stream.named("lot").index(seed).index(unit).index(i).uniform();
                    let sum = (0..n).filter(|i| lot(*i) < 0.6 + ease + shift).count() as f64;
                    (name, Cluster { sum, n: n as f64 })
                };
                (0..units).map(unit).collect()
            };
            apart(&(0..5).map(seed).collect::<Vec<_>>()).unwrap().variance
        };
        (0..runs).map(run).sum::<f64>() / runs as f64
    }

    #[test]
    fn a_known_spread_over_seeds_is_found_and_none_where_there_is_none() {
        fn own(seed: u64, unit: u64) -> (u64, u64) {
            (seed, unit)
        }
        fn same(_seed: u64, unit: u64) -> (u64, u64) {
            (9, unit)
        }
        for key in [own, same] {
            // 0.05 squared is 25 in ten thousand; the means of one seed err by some 0.04.
            let found = 1e4 * found_on_average(0.05, 400, 100, key);
            println!("a variance of 25 between seeds is found as {found:.1} on average");
            assert!((20.0..30.0).contains(&found), "{found}");
            let none = 1e4 * found_on_average(0.0, 400, 100, key);
            println!("a variance of 0 between seeds is found as {none:.2} on average");
            assert!(none.abs() < 1.5, "{none}");
        }
    }
}
