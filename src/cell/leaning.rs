//! How far a tree's verdicts lean towards the candidate that a biased helper favours: a row for every level.

use std::collections::BTreeMap;

use crate::helper::Lean;
use crate::judgment::{Role, p_holds};
use crate::outcome::OutcomeKind;
use crate::plan::CellSpec;
use crate::record::grown::Stamp;
use crate::record::rows::{LeaningRow, Version};
use crate::strategy::{self, argument_of};
use crate::task::{Instance, Question, Truths};
use crate::tree::Tree;

/// Probabilities are kept this far from 0 and 1: what single-precision verdicts bear.
const P_MIN: f64 = 1e-7;

/// The log-odds said of the favoured candidate and of the others, by how many verdicts.
#[derive(Default)]
struct Said {
    favoured: (f64, u32),
    others: (f64, u32),
}

impl Said {
    fn of(&mut self, is_favoured: bool, log_odds: f64) {
        let side = if is_favoured { &mut self.favoured } else { &mut self.others };
        side.0 += log_odds;
        side.1 += 1;
    }

    fn lean(&self) -> Option<f64> {
        let mean = |(sum, n): (f64, u32)| (n > 0).then(|| sum / f64::from(n));
        Some(mean(self.favoured)? - mean(self.others)?)
    }
}

/// The rows of a tree, from its leaves up; none where no helper leans, or the truth is not known.
pub(super) fn rows(stamp: &Stamp, spec: &CellSpec, tree: &Tree, own: &Instance, truths: &Truths) -> Vec<LeaningRow> {
    let (Some((helper, lean)), Some(truth)) = (leaning(spec), truths.of(own)) else { return Vec::new() };
    let top = match &spec.strategy {
        strategy::Config::Rrm(shape) => shape.depth,
        _ => 1,
    };
    let mut levels: BTreeMap<u16, Said> = (0..=top).map(|level| (level, Said::default())).collect();
    for key in tree.preorder() {
        let node = tree.node(key);
        let level = levels.entry(top.saturating_sub(node.depth)).or_default();
        match (&node.subtask.question, node.verdict.as_ref().and_then(|verdict| verdict.distribution())) {
            (Question::Claim { candidate, .. }, Some(p)) => level.of(*candidate == lean.toward, log_odds(p_holds(p))),
            (Question::Which, Some(p)) if node.depth == 0 => {
                // Of two options the difference is the log-odds of the favoured one.
                for (option, p) in p.iter().enumerate() {
                    level.of(option == usize::from(lean.toward), f64::from(*p).max(P_MIN).ln());
                }
            }
            _ => {}
        }
        let leaves = levels.entry(0).or_default();
        for argument in node.exchanges.iter().filter(|it| it.role != Role::Evaluator).filter_map(argument_of) {
            for point in &argument.points {
                leaves.of(point.candidate == lean.toward, log_odds(f64::from(point.p_holds)));
            }
        }
    }
    let outcome = tree.node(tree.root()).said().err().unwrap_or(OutcomeKind::Scored);
    let row = |(level, said): (u16, Said)| LeaningRow {
        version: Version,
        cell: stamp.cell.clone(),
        arm: stamp.arm.clone(),
        seed: stamp.seed,
        split: stamp.split,
        instance: own.id.clone(),
        cluster: own.cluster().to_owned(),
        cluster_scope: stamp.cluster_scope,
        helper: helper.to_owned(),
        delta: lean.delta,
        level,
        is_root: level == top,
        outcome,
        lean: said.lean().filter(|_| outcome == OutcomeKind::Scored),
        verdicts: said.favoured.1 + said.others.1,
        favours_right: usize::from(lean.toward) == truth.right,
        swept: stamp.swept.clone(),
        labels: stamp.labels.clone(),
    };
    levels.into_iter().map(row).collect()
}

/// The helper of a cell that leans, where one does: the plan lets no arm through in which two do.
fn leaning(spec: &CellSpec) -> Option<(&str, Lean)> {
    spec.helpers.iter().find_map(|(name, helper)| Some((name.as_str(), helper.settings().leans()?)))
}

fn log_odds(p: f64) -> f64 {
    let p = p.clamp(P_MIN, 1.0 - P_MIN);
    (p / (1.0 - p)).ln()
}
