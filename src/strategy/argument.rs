//! What debate, consultancy and critique share: how a speech is asked for, and how a judge hears it.

use super::{AskPlan, Exchange, Item, NodeView};
use crate::judgment::{Answer, Argument, Role, Stance, Verdict, Wanted};
use crate::outcome::Outcome;
use crate::scale::softmax;
use crate::task::Reading;

/// How long a speech may be, and who gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speech {
    /// The speaker's part.
    pub role: Role,
    /// Points at most.
    pub points_max: u16,
    /// Tokens of its quotes at most.
    pub words_max: u32,
    /// Tokens of material that the speaker may read for it.
    pub reads_tokens: u64,
}

impl Speech {
    /// The ask for a speech by somebody who heard `earlier` exchanges and reads the material itself.
    pub fn ask(&self, stance: Stance, earlier: &[usize], sample: u32) -> AskPlan {
        let Self { role, points_max, words_max, reads_tokens } = *self;
        let mut items = heard(earlier);
        items.push(Item::Reading(Reading::Search));
        AskPlan::new(role, Wanted::Argue { stance, points_max, tokens_max: words_max }, items)
            .reading_at_most(reads_tokens)
            .sampled(sample)
    }
}

/// Earlier replies as they are heard, each with its quotes, in the order in which they were made.
pub fn heard(earlier: &[usize]) -> Vec<Item> {
    earlier.iter().flat_map(|exchange| [Item::Reply(*exchange), Item::QuotesOf(*exchange)]).collect()
}

/// What an exchange argued, where it did.
pub fn argument_of(exchange: &Exchange) -> Option<&Argument> {
    match &exchange.outcome {
        Outcome::Scored(reply) => match &reply.answer {
            Answer::Argument(argument) => Some(argument),
            _ => None,
        },
        _ => None,
    }
}

/// Several verdicts on one question as one: the mean of their log-probabilities. Where one was not reached, what became of
/// it: the mean of the others would be the verdict of another protocol.
pub fn combined(node: &NodeView, verdicts: &[usize]) -> Verdict {
    if let [only] = verdicts {
        return node.verdict_of(*only);
    }
    let mut sums = vec![0.0; usize::from(node.options)];
    for exchange in verdicts {
        let verdict = node.verdict_of(*exchange);
        let Some(p) = verdict.distribution() else { return verdict };
        sums.iter_mut().zip(p).for_each(|(sum, p)| *sum += f64::from(*p).max(1e-12).ln());
    }
    let mean: Vec<f64> = sums.iter().map(|sum| sum / verdicts.len() as f64).collect();
    Verdict::of(Outcome::Scored(Answer::Distribution(softmax(&mean))))
}
