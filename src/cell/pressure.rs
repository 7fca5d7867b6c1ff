//! Pools: many candidates for each material, for an arm to choose among. What choosing does is measured in
//! [`crate::eval::pressure`].

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::outcome::OutcomeKind;
use crate::record::grown::Stamp;
use crate::record::rows::{PoolRow, Version};
use crate::stream::Stream;
use crate::task::{Candidate, ClaimTruth, Drawn, Instance, Truth, Truths};
use crate::tree::Tree;

/// One instance a material: `count` candidates, each of as many claims as the usual candidate of that material has,
/// drawn from the claims of all its candidates, true and false, none twice in one candidate. Where candidates are of one claim
/// and there are enough of them, none is drawn twice.
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
        let mut add = |chosen: &[usize]| {
            candidates.push(Candidate { claims: chosen.iter().map(|at| pool[*at].0.clone()).collect() });
            claims.push(chosen.iter().map(|at| pool[*at].1.clone()).collect::<Vec<ClaimTruth>>());
        };
        let mut order: Vec<usize> = (0..pool.len()).collect();
        if size == 1 && pool.len() >= count {
            order.partial_shuffle(&mut rng, count).0.iter().for_each(|at| add(&[*at]));
        } else {
            for _ in 0..count {
                order.sort_unstable();
                for at in 0..size {
                    let other = rng.random_range(at..order.len());
                    order.swap(at, other);
                }
                add(&order[..size]);
            }
        }
        // The worthiest of the pool, the first of equals.
        let worth: Vec<f64> = claims.iter().map(|it| worth(it)).collect();
        let right = (0..count).max_by(|a, b| worth[*a].total_cmp(&worth[*b]).then(b.cmp(a))).unwrap_or(0);
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
    let mut known: HashSet<&str> = HashSet::new();
    for instance in instances {
        let Some(truth) = truths.of(instance) else { continue };
        for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
            for (text, claim) in candidate.claims.iter().zip(claims) {
                if known.insert(text) {
                    pool.push((text.clone(), claim.clone()));
                }
            }
        }
    }
    pool
}

/// The mean worth of some claims: of those that are true or false, the share that is true.
fn worth(claims: &[ClaimTruth]) -> f64 {
    claims.iter().map(ClaimTruth::worth).sum::<f64>() / claims.len().max(1) as f64
}

/// A judged pool as its row; without scores where the tree came to no distribution.
pub fn row(stamp: &Stamp, tree: &Tree, truths: &Truths) -> Option<PoolRow> {
    let said = tree.node(tree.root()).said();
    let truth = truths.of(&tree.instance)?;
    Some(PoolRow {
        version: Version,
        cell: stamp.cell.clone(),
        arm: stamp.arm.clone(),
        seed: stamp.seed,
        split: stamp.split,
        instance: tree.instance.id.clone(),
        cluster: tree.instance.cluster().to_owned(),
        cluster_scope: stamp.cluster_scope,
        outcome: said.err().unwrap_or(OutcomeKind::Scored),
        score: said.map_or_else(|_| Vec::new(), |p| p.iter().map(|p| f64::from(*p).max(1e-30).ln()).collect()),
        gold: truth.claims.iter().map(|claims| worth(claims)).collect(),
        swept: stamp.swept.clone(),
        labels: stamp.labels.clone(),
    })
}
