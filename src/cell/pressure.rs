//! Pools: many candidates for each material, for an arm to choose among. What choosing does is measured in
//! [`crate::eval::pressure`].

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;

use crate::judgment::Answer;
use crate::outcome::{Outcome, OutcomeKind};
use crate::record::grown::Stamp;
use crate::record::rows::{PoolRow, Version};
use crate::stream::Stream;
use crate::task::{Candidate, ClaimTruth, Drawn, Instance, Truth, Truths};
use crate::tree::Tree;

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

/// A judged pool as its row; without scores where the tree came to no distribution.
pub fn row(stamp: &Stamp, tree: &Tree, truths: &Truths) -> Option<PoolRow> {
    let said = match tree.node(tree.root()).verdict.as_ref().map(|verdict| &verdict.outcome) {
        Some(Outcome::Scored(Answer::Distribution(p))) => Ok(p),
        Some(Outcome::Scored(Answer::Text(_) | Answer::Argument(_))) => Err(OutcomeKind::Unparsable),
        Some(other) => Err(other.kind()),
        None => Err(OutcomeKind::Failed),
    };
    let truth = truths.of(&tree.instance)?;
    let gold = |claims: &Vec<ClaimTruth>| holding(claims) as f64 / claims.len().max(1) as f64;
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
        gold: truth.claims.iter().map(gold).collect(),
        swept: stamp.swept.clone(),
        labels: stamp.labels.clone(),
    })
}
