//! What of a tree is judged against the truth: its root, or the nodes where the evaluator stands.

use crate::judgment::{Cost, p_holds};
use crate::record::grown::{Stamp, instance_row};
use crate::record::rows::{FALSE, HOLDS, InstanceRow, TRUE};
use crate::strategy::{self, rrm};
use crate::task::{Instance, Question, Says, Truths};
use crate::tree::{NodeKey, Tree};

/// The rows of a tree: one for its root, or where the evaluator stands below the root one for each of its nodes.
pub fn rows(
    stamp: &Stamp,
    strategy: &strategy::Config,
    tree: &Tree,
    own: &Instance,
    truths: &Truths,
    label_tokens: u64,
) -> Vec<InstanceRow> {
    let Some(truth) = truths.of(own) else { return Vec::new() };
    let place = match strategy {
        strategy::Config::Rrm(config) => config.evaluator_at,
        _ => rrm::Place::Root,
    };
    let judged: Vec<NodeKey> = match place {
        rrm::Place::Root | rrm::Place::Nowhere => vec![tree.root()],
        rrm::Place::Claim => tree.children(tree.root()),
        rrm::Place::Leaf => tree.preorder().into_iter().filter(|k| tree.node(*k).split.is_none()).collect(),
    };
    let whole_tree = matches!(place, rrm::Place::Root | rrm::Place::Nowhere);
    let mut rows = Vec::with_capacity(judged.len());
    for (at, key) in judged.into_iter().enumerate() {
        let node = tree.node(key);
        let said = node.said().map(<[f32]>::to_vec);
        let mut labels = tree.instance.labels.clone();
        let (distribution, right) = match &node.subtask.question {
            Question::Which => (said, truth.right),
            Question::Claim { candidate, claim } => {
                let Some(claim) = truth.claims.get(usize::from(*candidate)).and_then(|c| c.get(usize::from(*claim)))
                else {
                    continue;
                };
                if place == rrm::Place::Leaf {
                    let right = match claim.says_in(&node.subtask.spans) {
                        Says::Supports => 0,
                        Says::Refutes => 1,
                        Says::Open => 2,
                    };
                    (said, right)
                } else {
                    // Over the whole material a claim holds or fails: what is left open counts half for each.
                    let even = said.map(|p| vec![p_holds(&p) as f32, 1.0 - p_holds(&p) as f32]);
                    labels.insert(HOLDS.to_owned(), if claim.holds { TRUE } else { FALSE }.to_owned());
                    (even, usize::from(!claim.holds))
                }
            }
            Question::Summary { .. } => continue,
        };
        let mut id = own.id.clone();
        let mut cost = Cost { label_tokens, ..tree.cost() };
        if !whole_tree {
            id = format!("{id}#{at}");
            labels.insert("question".to_owned(), node.subtask.question.render());
            cost = Cost { label_tokens, ..Cost::default() };
            node.exchanges.iter().for_each(|exchange| cost += exchange.cost);
        }
        rows.push(instance_row(stamp, tree, (id, labels), distribution.as_deref().map_err(|kind| *kind), right, cost));
    }
    rows
}
