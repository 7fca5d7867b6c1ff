//! The rule that makes a verdict of the claims' verdicts, for strategies with nobody above them.

use super::NodeView;
use crate::judgment::{Answer, Verdict, p_holds};
use crate::outcome::Outcome;
use crate::scale::softmax;
use crate::task::Question;

/// Over the options: a candidate's score is the sum of its claims' log-probabilities; a claim without a verdict counts
/// as open.
pub(super) fn verdict_of_claims(node: &NodeView) -> Verdict {
    let mut scores = vec![0.0; usize::from(node.options)];
    for child in node.children {
        if let Question::Claim { candidate, .. } = child.question {
            let p = child.verdict.distribution().map_or(0.5, p_holds);
            if let Some(score) = scores.get_mut(usize::from(*candidate)) {
                *score += p.max(1e-3).ln();
            }
        }
    }
    Verdict::of(Outcome::Scored(Answer::Distribution(softmax(&scores))))
}
