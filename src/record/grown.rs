//! Grown trees as rows: a node's id is its place in preorder, so rows do not depend on the order of growth.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::rows::{
    ExchangeRow, InstanceRow, JudgmentRow, Labels, MessageRow, NodeRow, PreferenceRow, ShownRow, TreeRow, VerdictRow,
    Version,
};
use crate::judgment::{Cost, Role};
use crate::outcome::{Outcome, OutcomeKind};
use crate::record::rows::ClusterScope;
use crate::scale::logit;
use crate::strategy::Exchange;
use crate::task::Split;
use crate::tree::{NodeKey, Tree};

/// What every row of a cell begins with.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The cell or fit.
    pub cell: String,
    /// The arm, or the learner.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// What part of the data was judged.
    pub split: Split,
    /// The swept values, by dotted path.
    pub swept: Labels,
    /// Whether a cluster means the same thing under every seed.
    pub cluster_scope: ClusterScope,
    /// Facts of the arm, for the rows.
    pub labels: Labels,
    /// The names of the helpers, by role.
    pub helpers: BTreeMap<Role, String>,
}

/// A tree as its row. Which of its claims hold is left to the evaluation to add.
pub fn tree_row(stamp: &Stamp, tree: &Tree, right: Option<usize>) -> TreeRow {
    let order = tree.preorder();
    let ids: HashMap<NodeKey, u32> = order.iter().enumerate().map(|(id, key)| (*key, id as u32)).collect();
    let nodes = order
        .iter()
        .map(|key| {
            let node = tree.node(*key);
            let parent = tree.parent(*key);
            let question = &node.subtask.question;
            let exchanges: Vec<ExchangeRow> =
                node.exchanges.iter().map(|exchange| exchange_row(exchange, &ids)).collect();
            let verdict = VerdictRow {
                outcome: match &node.verdict {
                    Some(verdict) => verdict.outcome.clone(),
                    None => Outcome::Failed("the node was never decided".into()),
                },
                quotes: node.verdict.iter().flat_map(|v| &v.quotes).map(|quote| (*quote).into()).collect(),
            };
            let as_last = |last: &ExchangeRow| last.outcome == verdict.outcome && last.quotes == verdict.quotes;
            let is_last = exchanges.last().is_some_and(as_last);
            NodeRow {
                id: ids[key],
                parent: parent.map(|parent| ids[&parent]),
                question: parent
                    .is_none_or(|parent| tree.node(parent).subtask.question != *question)
                    .then(|| question.clone()),
                spans: node.subtask.spans.iter().map(|span| (*span).into()).collect(),
                split: node.split.clone(),
                exchanges,
                own_verdict: (!is_last).then_some(verdict),
            }
        })
        .collect();
    TreeRow {
        version: Version,
        cell: stamp.cell.clone(),
        arm: stamp.arm.clone(),
        seed: stamp.seed,
        split: stamp.split,
        instance: tree.instance.id.clone(),
        material: tree.instance.material.id().hex(),
        question: tree.instance.question.clone(),
        candidates: tree.instance.candidates.iter().map(|candidate| candidate.claims.clone()).collect(),
        right: right.map(|right| right as u16),
        holds: None,
        nodes,
        cost: tree.cost(),
        labels: tree.instance.labels.clone(),
    }
}

fn exchange_row(exchange: &Exchange, ids: &HashMap<NodeKey, u32>) -> ExchangeRow {
    let (outcome, quotes) = match &exchange.outcome {
        Outcome::Scored(reply) => (Outcome::Scored(reply.answer.clone()), &reply.quotes[..]),
        other => (other.clone().map(|reply| reply.answer), &[][..]),
    };
    ExchangeRow {
        role: exchange.role,
        wanted: exchange.wanted,
        sample: exchange.sample,
        places: exchange.places,
        shown: ShownRow {
            spans: exchange.view.spans.iter().map(|span| (*span).into()).collect(),
            quotes: exchange.view.quotes.iter().map(|quote| (*quote).into()).collect(),
            messages: exchange.heard.iter().map(|heard| MessageRow(ids[&heard.node], heard.exchange)).collect(),
        },
        outcome,
        quotes: quotes.iter().map(|quote| (*quote).into()).collect(),
        by_text: exchange.outcome.scored().and_then(|reply| reply.by_text.clone()),
        cost: exchange.cost,
    }
}

/// The judgments of the root and of the nodes below it: the rest stands in the tree's own row.
pub fn judgment_rows(stamp: &Stamp, tree: &Tree, depth_max: u16) -> Vec<JudgmentRow> {
    let mut rows = Vec::new();
    for (id, key) in tree.preorder().into_iter().enumerate() {
        let node = tree.node(key);
        if node.depth > depth_max {
            continue;
        }
        for exchange in &node.exchanges {
            let (outcome, quotes) = match &exchange.outcome {
                Outcome::Scored(reply) => (Outcome::Scored(reply.answer.clone()), &reply.quotes[..]),
                other => (other.clone().map(|reply| reply.answer), &[][..]),
            };
            rows.push(JudgmentRow {
                version: Version,
                cell: stamp.cell.clone(),
                arm: stamp.arm.clone(),
                seed: stamp.seed,
                split: stamp.split,
                instance: tree.instance.id.clone(),
                node: id as u32,
                depth: node.depth,
                position: node.position,
                helper: stamp.helpers.get(&exchange.role).cloned().unwrap_or_default(),
                role: exchange.role,
                sample: exchange.sample,
                question: node.subtask.question.clone(),
                spans: node.subtask.spans.iter().map(|span| (*span).into()).collect(),
                outcome,
                quotes: quotes.iter().map(|quote| (*quote).into()).collect(),
                cost: exchange.cost,
                labels: tree.instance.labels.clone(),
            });
        }
    }
    rows
}

/// One tested question as its row: an instance's root, or a node that the evaluator judged.
pub fn instance_row(
    stamp: &Stamp,
    tree: &Tree,
    (id, mut labels): (String, Labels),
    distribution: Result<&[f32], OutcomeKind>,
    right: usize,
    cost: Cost,
) -> InstanceRow {
    let marks = distribution.ok().and_then(|p| InstanceRow::marks(p, right));
    let outcome = match distribution {
        Err(kind) => kind,
        Ok(_) if marks.is_none() => OutcomeKind::Unparsable,
        Ok(_) => OutcomeKind::Scored,
    };
    labels.extend(stamp.labels.clone());
    InstanceRow {
        version: Version,
        cell: stamp.cell.clone(),
        arm: stamp.arm.clone(),
        seed: stamp.seed,
        split: stamp.split,
        instance: id,
        cluster: tree.instance.cluster().to_owned(),
        cluster_scope: stamp.cluster_scope,
        outcome,
        p_right: marks.map(|m| m.0),
        correct: marks.map(|m| m.1),
        confidence: marks.map(|m| m.2),
        cost,
        swept: stamp.swept.clone(),
        labels,
    }
}

/// A tree's verdict over two candidates as a preference; none where there is no verdict or no lean.
pub fn preference_row(stamp: &Stamp, tree: &Tree) -> Option<PreferenceRow> {
    let node = tree.node(tree.root());
    let [first, second] = node.verdict.as_ref()?.distribution()? else { return None };
    let [a, b] = &tree.instance.candidates[..] else { return None };
    let (chosen, rejected, p) = if first >= second { (a, b, *first) } else { (b, a, *second) };
    Some(PreferenceRow {
        version: Version,
        id: format!("{}/{}", stamp.cell, tree.instance.id),
        prompt: tree.instance.question.clone(),
        chosen: chosen.claims.join(" "),
        rejected: rejected.claims.join(" "),
        margin: logit(f64::from(p)),
        source: format!(
            "{}/{}",
            stamp.arm,
            node.exchanges.last().map_or("rule".into(), |e| format!("{:?}", e.role).to_lowercase())
        ),
    })
}
