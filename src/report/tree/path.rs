//! The path that decided a verdict: a reading of the records, not a record (docs/design/0012-viewer.md).

use std::collections::HashMap;

use crate::judgment::Answer;
use crate::outcome::Outcome;
use crate::record::rows::{NodeRow, TreeRow};
use crate::task::Question;

/// The nodes from the root down: at each the part that speaks most for what was answered above it, by its own distribution,
/// as long as one does.
pub fn deciding(tree: &TreeRow) -> Vec<u32> {
    let mut parts: HashMap<u32, Vec<&NodeRow>> = HashMap::new();
    for node in &tree.nodes {
        if let Some(parent) = node.parent {
            parts.entry(parent).or_default().push(node);
        }
    }
    let mut path = Vec::new();
    let mut at = tree.nodes.first();
    while let Some(node) = at {
        path.push(node.id);
        let weighed =
            parts.get(&node.id).into_iter().flatten().filter_map(|part| Some((speaks(tree, part, node)?, *part)));
        // Of equals the first.
        let best = weighed.reduce(|best, next| if next.0 > best.0 { next } else { best });
        at = best.filter(|(weight, _)| *weight > 0.0).map(|(_, part)| part);
    }
    path
}

/// How much a part speaks for what the node above it came to, in `[-1, 1]`; none where either came to no distribution.
fn speaks(tree: &TreeRow, part: &NodeRow, above: &NodeRow) -> Option<f32> {
    let (own, its) = (distribution(part)?, distribution(above)?);
    let holds = |of: &[f32]| Some(of.first()? - of.get(1)?);
    match (tree.question_of(part), tree.question_of(above)) {
        (Some(Question::Claim { .. }), Some(Question::Claim { .. })) => {
            Some(holds(own)? * if holds(its)? >= 0.0 { 1.0 } else { -1.0 })
        }
        (Some(Question::Claim { candidate, .. }), _) => {
            Some(holds(own)? * if usize::from(*candidate) == top(its)? { 1.0 } else { -1.0 })
        }
        _ => {
            let answered = top(its)?;
            let others = own.iter().enumerate().filter(|(option, _)| *option != answered).map(|(_, p)| *p);
            Some(own.get(answered)? - others.fold(f32::MIN, f32::max))
        }
    }
}

pub(super) fn distribution(node: &NodeRow) -> Option<&[f32]> {
    match node.verdict()?.0 {
        Outcome::Scored(Answer::Distribution(values)) => Some(values),
        _ => None,
    }
}

/// The first of the most probable options.
pub(super) fn top(values: &[f32]) -> Option<usize> {
    let most = values.iter().copied().reduce(f32::max)?;
    values.iter().position(|value| *value == most)
}
