//! Optimisation pressure on a reward model: best of n candidates by its score, and what they are really worth
//! (Gao, Schulman and Hilton 2022, section 2).

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;

use crate::eval::stats::best_of::best_of;
use crate::eval::stats::cluster::{self, clusters_of};
use crate::judgment::Answer;
use crate::outcome::Outcome;
use crate::record::grown::Stamp;
use crate::record::rows::{ResultRow, Version};
use crate::stream::Stream;
use crate::task::{Candidate, ClaimTruth, Drawn, Instance, Truth, Truths};
use crate::tree::Tree;

/// Every candidate of one pool: its proxy score (log-probability under the reward model) and its gold score (the share
/// of its claims that hold), with the cluster that the pool belongs to.
#[derive(Debug)]
pub struct Scored {
    cluster: String,
    proxy_and_gold: Vec<(f64, f64)>,
}

/// One instance a material: `count` candidates, each of as many claims as the usual candidate of that material has,
/// drawn from the claims of all its candidates, true and false, none twice in one candidate.
pub fn pools(drawn: &Drawn, count: usize, stream: &Stream) -> Drawn {
    let mut by_material: BTreeMap<[u8; 16], Vec<&Arc<Instance>>> = BTreeMap::new();
    for instance in &drawn.instances {
        by_material.entry(instance.material.id().0).or_default().push(instance);
    }
    let mut instances = Vec::new();
    let mut truths = Vec::new();
    for of_material in by_material.values() {
        let first = of_material[0];
        let pool = claims_of(of_material, &drawn.truths);
        let size = first.candidates.first().map_or(1, |candidate| candidate.claims.len()).min(pool.len());
        let mut rng = stream.named(&first.id).rng();
        let mut candidates = Vec::with_capacity(count);
        let mut claims = Vec::with_capacity(count);
        for _ in 0..count {
            let mut order: Vec<usize> = (0..pool.len()).collect();
            for at in 0..size {
                let other = rng.random_range(at..order.len());
                order.swap(at, other);
            }
            candidates.push(Candidate { claims: order[..size].iter().map(|at| pool[*at].0.clone()).collect() });
            claims.push(order[..size].iter().map(|at| pool[*at].1.clone()).collect::<Vec<ClaimTruth>>());
        }
        // The truest of the pool, the first of equals.
        let right = (0..count).max_by_key(|at| (holding(&claims[*at]), std::cmp::Reverse(*at))).unwrap_or(0);
        let id = format!("{}*{count}", first.id);
        truths.push((id.clone(), Truth { right, claims }));
        let labels = [("cluster", first.cluster().to_owned())];
        instances.push(Arc::new(Instance {
            id,
            material: first.material.clone(),
            question: first.question.clone(),
            candidates,
            labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }));
    }
    Drawn { instances, truths: Truths::new(truths) }
}

/// The distinct claims that are made of one material, in the order of the instances, with their truth.
fn claims_of(instances: &[&Arc<Instance>], truths: &Truths) -> Vec<(String, ClaimTruth)> {
    let mut pool: Vec<(String, ClaimTruth)> = Vec::new();
    for instance in instances {
        let Some(truth) = truths.of(instance) else { continue };
        for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
            for (text, claim) in candidate.claims.iter().zip(claims) {
                if pool.iter().all(|(known, _)| known != text) {
                    pool.push((text.clone(), claim.clone()));
                }
            }
        }
    }
    pool
}

fn holding(claims: &[ClaimTruth]) -> usize {
    claims.iter().filter(|claim| claim.holds).count()
}

/// The scores of a judged pool; nothing where the tree came to no distribution.
pub fn scored(tree: &Tree, truths: &Truths) -> Option<Scored> {
    let verdict = tree.node(tree.root()).verdict.as_ref()?;
    let Outcome::Scored(Answer::Distribution(p)) = &verdict.outcome else { return None };
    let truth = truths.of(&tree.instance)?;
    let gold = |claims: &Vec<ClaimTruth>| holding(claims) as f64 / claims.len().max(1) as f64;
    let proxy_and_gold = p.iter().zip(&truth.claims).map(|(p, c)| (f64::from(*p).max(1e-30).ln(), gold(c))).collect();
    let cluster = tree.instance.cluster().to_owned();
    Some(Scored { cluster, proxy_and_gold })
}

/// Gold and proxy of the best of n, for n by powers of two, with intervals over clusters. The proxy is given less its
/// mean over the pool, in nats.
pub fn result_rows(stamp: &Stamp, pools: &[Scored]) -> Vec<ResultRow> {
    let count = pools.iter().map(|pool| pool.proxy_and_gold.len()).min().unwrap_or(0);
    let mut rows = Vec::new();
    let mut n = 1;
    while n <= count {
        for (metric, pick) in [("gold", Pick::Gold), ("proxy", Pick::Proxy)] {
            let values = pools.iter().filter_map(|pool| Some((&pool.cluster, picked(&pool.proxy_and_gold, n, pick)?)));
            let clusters = clusters_of(values);
            let interval = cluster::interval(&clusters, Stream::root(stamp.seed).named("best of").named(metric));
            let mut labels = stamp.labels.clone();
            labels.extend(stamp.swept.clone());
            labels.insert("best_of".to_owned(), n.to_string());
            rows.push(ResultRow {
                version: Version,
                cell: stamp.cell.clone(),
                arm: stamp.arm.clone(),
                seed: Some(stamp.seed),
                split: stamp.split,
                metric: metric.to_owned(),
                value: cluster::mean(&clusters),
                ci_low: interval.map(|i| i.low),
                ci_high: interval.map(|i| i.high),
                n: pools.len() as u64,
                unscored: BTreeMap::new(),
                labels,
            });
        }
        n *= 2;
    }
    rows
}

/// What is read off the chosen candidate.
#[derive(Clone, Copy)]
enum Pick {
    Gold,
    Proxy,
}

/// What is read off the best of `n` of a pool, see [`best_of`]; the proxy less its mean.
fn picked(proxy_and_gold: &[(f64, f64)], n: usize, pick: Pick) -> Option<f64> {
    let mean_proxy = proxy_and_gold.iter().map(|s| s.0).sum::<f64>() / proxy_and_gold.len().max(1) as f64;
    let worth = |(proxy, gold): &(f64, f64)| match pick {
        Pick::Gold => (*proxy, *gold),
        Pick::Proxy => (*proxy, *proxy - mean_proxy),
    };
    best_of(&proxy_and_gold.iter().map(worth).collect::<Vec<_>>(), n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_given_less_its_mean() {
        let pool: Vec<(f64, f64)> = (0..10).map(|i| (f64::from(i), f64::from((i * 7) % 10))).collect();
        assert!((picked(&pool, 10, Pick::Proxy).unwrap() - 4.5).abs() < 1e-12);
        assert!((picked(&pool, 10, Pick::Gold).unwrap() - 3.0).abs() < 1e-12, "the tenth has gold 63 mod 10");
        assert!(picked(&pool, 1, Pick::Proxy).unwrap().abs() < 1e-12);
    }
}
