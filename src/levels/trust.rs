//! How far an evaluator trusts each source: fitted on what both judged, the source from the tree and the evaluator by
//! its own reading. The truth has no part in it.

use std::sync::Arc;

use super::{Setting, is_of_level, reply_of, twin_of};
use crate::helper::simulated::{Source, Trust, fit_trust};
use crate::judgment::{Answer, Role, p_holds};
use crate::strategy::rrm::Assistance;
use crate::task::{Instance, Question};

/// Own judgments nearer to one half than this are left out: an evaluator that found nothing can check nobody.
const LEAN_MIN: f64 = 0.05;

/// The trust in the assistant's judgments below a level (and at it, for the top), and the evaluator tokens that the
/// checks cost.
pub fn fitted(setting: &Setting, levels: std::ops::Range<u16>, instances: &[Arc<Instance>]) -> (Trust, u64) {
    let mut trust = Trust::equal(0.0);
    let mut label_tokens = 0;
    // One tree holds the assistant's word at every level: at the leaves, at the claims and, with a learned top, above.
    let told = setting.told(instances);
    for level in levels {
        let own = setting.grow(level, Assistance::Alone, instances);
        let mut pairs = Vec::new();
        let mut name = None;
        for (told, own) in told.iter().zip(&own) {
            label_tokens += own.cost().evaluator_tokens;
            for key in told.preorder() {
                let node = told.node(key);
                let question = &node.subtask.question;
                if !is_of_level(question, node.depth, level) {
                    continue;
                }
                let (Some(message), Some(twin)) = (told.judgment(key), twin_of(told, key, own)) else { continue };
                let Some((_, reply)) = reply_of(own, twin, Role::Evaluator) else { continue };
                name = Some(Source::of(&message).name());
                if let (Some(told), Some(own)) = (lean(question, &message.answer), lean(question, &reply.answer))
                    && (own - 0.5).abs() > LEAN_MIN
                {
                    pairs.push((told, own));
                }
            }
        }
        if let Some(name) = name {
            trust.by_source.insert(name, fit_trust(&pairs));
        }
    }
    (trust, label_tokens)
}

/// The probability that a judgment leans on: that the claim holds, or that the first candidate is right.
fn lean(question: &Question, answer: &Answer) -> Option<f64> {
    match (question, answer) {
        (Question::Which, Answer::Distribution(p)) => p.first().map(|p| f64::from(*p)),
        (_, Answer::Distribution(p)) => Some(p_holds(p)),
        (_, Answer::Text(_) | Answer::Argument(_)) => None,
    }
}
