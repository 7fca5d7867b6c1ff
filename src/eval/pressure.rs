//! What optimisation pressure does: the best of n candidates by an arm's score, and what it is really worth (Gao,
//! Schulman and Hilton 2022, section 2).

use std::collections::BTreeMap;

use super::stats::best_of::best_of;
use super::stats::cluster::{self, Cluster, clusters_of};
use super::stats::overoptimisation::{BestOfN, distance};
use super::stats::resample::{Estimate, estimates};
use super::{bootstrap_stream, result_row};
use crate::outcome::OutcomeKind;
use crate::record::rows::{PoolRow, ResultRow};

/// The largest n that the form of overoptimisation is fitted on; larger ones test it.
pub const FITTED_MAX: usize = 100;

/// The results of one cell's pools: gold and proxy of the best of n, for n by powers of two, with intervals over
/// clusters. The proxy is the score less its mean over the pool, in nats. Where there is more than [`FITTED_MAX`] to choose
/// among, the form of [`BestOfN`] is fitted up to there: its `alpha` and `beta`, the gold that it foretells for every n
/// (`gold_fitted`), and how far off that is beyond on average (`beyond_rmse`).
pub fn summarise(pools: &[PoolRow]) -> Vec<ResultRow> {
    let Some(first) = pools.first() else { return Vec::new() };
    let mut unscored = BTreeMap::new();
    for pool in pools.iter().filter(|pool| pool.outcome != OutcomeKind::Scored) {
        *unscored.entry(pool.outcome).or_default() += 1;
    }
    let pools: Vec<&PoolRow> = pools.iter().filter(|pool| pool.outcome == OutcomeKind::Scored).collect();
    let count = pools.iter().map(|pool| pool.score.len()).min().unwrap_or(0);
    let mut labels = first.labels.clone();
    labels.extend(first.swept.clone());
    let blank = super::blank(Some((&first.cell, first.seed)), &first.arm, first.split, labels);
    let blank = ResultRow { unscored, ..blank };
    if pools.is_empty() {
        return vec![result_row(&blank, "gold", None, None, 0)];
    }
    let mut rows = Vec::new();
    for n in std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|n| *n <= count) {
        for (metric, pick) in [("gold", Pick::Gold), ("proxy", Pick::Proxy)] {
            let values = pools.iter().filter_map(|pool| Some((&pool.cluster, picked(pool, n, pick)?)));
            let clusters = clusters_of(values);
            let is_share = matches!(pick, Pick::Gold) && pools.iter().all(|it| it.gold.iter().all(is_in_unit));
            let interval = if is_share {
                cluster::proportion_interval(&clusters, bootstrap_stream())
            } else {
                cluster::interval(&clusters, bootstrap_stream())
            };
            let mut blank = blank.clone();
            blank.labels.insert("best_of".to_owned(), n.to_string());
            rows.push(result_row(&blank, metric, cluster::mean(&clusters), interval, pools.len() as u64));
        }
    }
    rows.extend(form_rows(&blank, &pools, count));
    rows
}

fn form_rows(blank: &ResultRow, pools: &[&PoolRow], count: usize) -> Vec<ResultRow> {
    let ns: Vec<usize> = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|n| *n <= count).collect();
    if ns.last().is_none_or(|last| *last <= FITTED_MAX) {
        return Vec::new();
    }
    // By n, the gold of every cluster: weighted as whole clusters, the same for every n.
    let at: Vec<Vec<Cluster>> = ns
        .iter()
        .map(|n| clusters_of(pools.iter().filter_map(|pool| Some((&pool.cluster, picked(pool, *n, Pick::Gold)?)))))
        .collect();
    let fitted = |weights: &[f64]| -> Option<[f64; 3]> {
        let mean = |clusters: &Vec<Cluster>| {
            let (sum, n) = weights.iter().zip(clusters).fold((0.0, 0.0), |(s, n), (w, c)| (s + w * c.sum, n + w * c.n));
            (n > 0.0).then(|| sum / n)
        };
        let gold = at.iter().map(mean).collect::<Option<Vec<f64>>>()?;
        let gained = ns.iter().zip(&gold).map(|(n, it)| (*n, distance(*n as f64), it - gold[0]));
        let near: Vec<(f64, f64)> = gained.clone().filter(|it| it.0 <= FITTED_MAX).map(|it| (it.1, it.2)).collect();
        let form = BestOfN::fitted(&near)?;
        let beyond: Vec<f64> =
            gained.filter(|it| it.0 > FITTED_MAX).map(|(_, d, gained)| (gained - form.at(d)).powi(2)).collect();
        Some([form.alpha, form.beta, (beyond.iter().sum::<f64>() / beyond.len() as f64).sqrt()])
    };
    let each = |weights: &[f64]| fitted(weights).map_or(vec![None; 3], |found| found.map(Some).to_vec());
    let found: Option<Vec<Estimate>> = estimates(at[0].len(), bootstrap_stream(), each).into_iter().collect();
    let Some([alpha, beta, beyond]) = found.as_deref() else { return Vec::new() };
    // A root of squares is never below zero.
    let beyond = Estimate { interval: beyond.interval.map(|it| it.within(0.0, f64::INFINITY)), ..*beyond };
    let named = [("alpha", *alpha), ("beta", *beta), ("beyond_rmse", beyond)];
    let row =
        |(metric, it): (&str, Estimate)| result_row(blank, metric, Some(it.value), it.interval, pools.len() as u64);
    let mut rows: Vec<ResultRow> = named.into_iter().map(row).collect();
    let form = BestOfN { alpha: alpha.value, beta: beta.value };
    let base = cluster::mean(&at[0]).unwrap_or(0.0);
    for n in &ns {
        let mut blank = blank.clone();
        blank.labels.insert("best_of".to_owned(), n.to_string());
        let value = base + form.at(distance(*n as f64));
        rows.push(result_row(&blank, "gold_fitted", Some(value), None, pools.len() as u64));
    }
    rows
}

/// What is read off the chosen candidate.
#[derive(Clone, Copy)]
enum Pick {
    Gold,
    Proxy,
}

/// A share, and no reward.
fn is_in_unit(gold: &f64) -> bool {
    (0.0..=1.0).contains(gold)
}

/// What is read off the best of `n` of a pool, see [`best_of`]; the proxy less its mean.
fn picked(pool: &PoolRow, n: usize, pick: Pick) -> Option<f64> {
    let mean_score = pool.score.iter().sum::<f64>() / pool.score.len().max(1) as f64;
    let worth = |(score, gold): (&f64, &f64)| match pick {
        Pick::Gold => (*score, *gold),
        Pick::Proxy => (*score, *score - mean_score),
    };
    best_of(&pool.score.iter().zip(&pool.gold).map(worth).collect::<Vec<_>>(), n)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::record::rows::Version;
    use crate::record::rows::{ClusterScope, Labels};
    use crate::stream::Stream;
    use crate::task::Split;

    pub(in crate::eval) fn pool(arm: &str, instance: usize, score: Vec<f64>, gold: Vec<f64>) -> PoolRow {
        PoolRow {
            version: Version,
            cell: "c".into(),
            arm: arm.into(),
            seed: 1,
            split: Split::Test,
            instance: format!("i{instance}"),
            cluster: format!("w{instance}"),
            cluster_scope: ClusterScope::Seed,
            outcome: OutcomeKind::Scored,
            score,
            gold,
            swept: Labels::new(),
            labels: Labels::new(),
        }
    }

    #[test]
    fn gold_and_proxy_by_powers_of_two() {
        let pools: Vec<PoolRow> = (0..3)
            .map(|i| {
                let score = (0..10).map(f64::from).collect();
                pool("learned", i, score, (0..10).map(|k| f64::from((k * 7) % 10)).collect())
            })
            .collect();
        let rows = summarise(&pools);
        let value = |metric: &str, n: &str| {
            rows.iter().find(|r| r.metric == metric && r.labels["best_of"] == n).and_then(|r| r.value).unwrap()
        };
        assert_eq!(rows.len(), 8, "gold and proxy of the best of 1, 2, 4 and 8");
        assert!((value("gold", "1") - 4.5).abs() < 1e-12 && value("proxy", "1").abs() < 1e-12);
        assert!(value("proxy", "8") > value("proxy", "4"));
        assert!((picked(&pools[0], 10, Pick::Proxy).unwrap() - 4.5).abs() < 1e-12);
        assert!((picked(&pools[0], 10, Pick::Gold).unwrap() - 3.0).abs() < 1e-12, "the tenth has gold 63 mod 10");
        assert!(summarise(&[]).is_empty());
        let mut lost = pool("learned", 9, Vec::new(), vec![0.0; 10]);
        lost.outcome = OutcomeKind::OverBudget;
        let with_lost = summarise(&[pools.clone(), vec![lost.clone()]].concat());
        assert_eq!(with_lost.len(), 8, "a pool without a verdict takes no part in any average");
        assert!(with_lost.iter().all(|row| row.n == 3 && row.unscored[&OutcomeKind::OverBudget] == 1));
        let none = summarise(&[lost]);
        assert_eq!((none.len(), none[0].value, none[0].n), (1, None, 0));
    }

    /// `alpha` and `beta` of pools, each a cluster of its own, whose gold rises by a slope and falls by a bend.
    fn form_of(pools: &[[f64; 2]]) -> [ResultRow; 2] {
        let gold =
            |[slope, bend]: [f64; 2]| (0..130).map(f64::from).map(|k| slope * k - bend * k * k / 130.0).collect();
        let of = |(at, it): (usize, &[f64; 2])| pool("learned", at, (0..130).map(f64::from).collect(), gold(*it));
        let rows = summarise(&pools.iter().enumerate().map(of).collect::<Vec<_>>());
        ["alpha", "beta"].map(|metric| rows.iter().find(|row| row.metric == metric).cloned().unwrap())
    }

    #[test]
    fn the_form_of_few_clusters_has_intervals_that_hold_the_truth() {
        // Both are linear in gold, so their truth is what the mean slope and bend have.
        let truth = form_of(&[[1.5, 0.5]]).map(|row| row.value.unwrap());
        for clusters in [5, 8] {
            let (runs, root) = (400, Stream::root(31).index(clusters));
            let mut held = [0; 2];
            for run in 0..runs {
                let own = |cluster: u64| root.index(run).index(cluster);
                let drawn =
                    |cluster| [1.0 + own(cluster).named("slope").uniform(), own(cluster).named("bend").uniform()];
                let found = form_of(&(0..clusters).map(drawn).collect::<Vec<_>>());
                for (held, (row, truth)) in held.iter_mut().zip(found.iter().zip(truth)) {
                    *held += u32::from(row.ci_low.unwrap() <= truth && truth <= row.ci_high.unwrap());
                }
            }
            let rates = held.map(|it| f64::from(it) / runs as f64);
            println!("{clusters} clusters: alpha and beta lay within their intervals {rates:?} of the time");
            assert!(rates.iter().all(|rate| (0.92..0.98).contains(rate)), "{clusters} clusters: {rates:?}");
        }
    }

    #[test]
    fn one_cluster_has_a_form_without_an_interval() {
        let rows = form_of(&[[1.5, 0.5]]);
        assert!(rows.iter().all(|row| row.value.is_some() && row.ci_low.is_none() && row.ci_high.is_none()));
    }
}
