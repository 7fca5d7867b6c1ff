//! The oracle: hears the root's truth. The upper end of every comparison.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::helper::{Capabilities, Helper, Manner, Settings, Sink};
use crate::judgment::{Answer, Ask, Kind, Reply, Wanted};
use crate::outcome::Outcome;
use crate::task::{Question, Truths};

/// Nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Predicate, Kind::Choice])
    }

    fn build(&self, _name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(Oracle::new(casting.truths.clone())))
    }
}

/// Answers with the truth, whatever is in view.
pub struct Oracle {
    truths: Truths,
}

impl Oracle {
    /// An oracle of these truths.
    pub fn new(truths: Truths) -> Self {
        Self { truths }
    }

    fn reply(&self, ask: &Ask) -> Outcome<Reply> {
        let Some(truth) = self.truths.of(&ask.instance) else {
            return Outcome::Refused("the truth of this instance is not known".into());
        };
        let distribution = match (&ask.subtask.question, ask.wanted) {
            (Question::Which, Wanted::Choice(options)) => {
                let right = |place: u16| usize::from(ask.as_drawn(place)) == truth.right;
                (0..options).map(|place| if right(place) { 1.0 } else { 0.0 }).collect()
            }
            (Question::Claim { candidate, claim }, Wanted::Predicate) => {
                let claim =
                    truth.claims.get(usize::from(ask.as_drawn(*candidate))).and_then(|c| c.get(usize::from(*claim)));
                match claim {
                    Some(claim) if claim.holds => vec![1.0, 0.0, 0.0],
                    Some(_) => vec![0.0, 1.0, 0.0],
                    None => return Outcome::Refused("there is no such claim".into()),
                }
            }
            _ => return Outcome::Refused("an oracle answers which candidate is right and which claims hold".into()),
        };
        let answer = Answer::Distribution(distribution);
        Outcome::Scored(Reply { answer, quotes: Vec::new(), by_text: None, model_calls: 0, micro_dollars: 0 })
    }
}

impl Helper for Oracle {
    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![Kind::Predicate, Kind::Choice], manner: Manner::Inline }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        for ask in asks {
            let _ = sink.send((ask.ticket, self.reply(ask)));
        }
    }
}
