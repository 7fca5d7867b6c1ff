//! A wrapper that turns a share of another helper's answers into their opposite.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use serde::{Deserialize, Serialize};

use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::helper::{Capabilities, Helper, Settings, Sink, relay};
use crate::judgment::{Answer, Ask, Kind, Reply};
use crate::outcome::Outcome;
use crate::spec::{Fault, within};

/// Whose answers, and how many of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The helper whose answers are turned.
    pub of: String,
    /// The probability that an answer is turned, in `[0, 1]`.
    pub flip_rate: f64,
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        None
    }

    fn build(&self, _name: &str, casting: &Casting, trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(Noisy::new(casting.helper(&self.of, trust)?, self.flip_rate)))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("flip_rate", self.flip_rate, 0.0, 1.0)
    }

    fn of(&self) -> Option<&str> {
        Some(&self.of)
    }
}

/// Forwards each ask and turns the answer round with a probability drawn from the ask's own stream.
pub struct Noisy {
    inner: Arc<dyn Helper>,
    flip_rate: f64,
}

impl Noisy {
    /// A wrapper of `inner`.
    pub fn new(inner: Arc<dyn Helper>, flip_rate: f64) -> Self {
        Self { inner, flip_rate }
    }
}

impl Helper for Noisy {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let turned: BTreeMap<u64, Kind> = asks
            .iter()
            .filter(|ask| ask.stream.named("noise").coin(self.flip_rate))
            .map(|ask| (ask.ticket, ask.wanted.kind()))
            .collect();
        let (inner_sink, replies) = mpsc::channel();
        self.inner.submit(asks, &inner_sink);
        drop(inner_sink);
        let turn = move |ticket: u64, outcome: Outcome<Reply>| match turned.get(&ticket) {
            Some(kind) => outcome.map(|reply| turned_round(reply, *kind)),
            None => outcome,
        };
        relay(self.inner.capabilities().manner, replies, sink, turn);
    }
}

/// The opposite answer: of a distribution the probabilities in reverse order of the options, of a predicate holds and
/// fails exchanged. A text or a quote has no opposite and stays.
fn turned_round(mut reply: Reply, kind: Kind) -> Reply {
    if let Answer::Distribution(p) = &mut reply.answer {
        match kind {
            Kind::Predicate if p.len() > 1 => p.swap(0, 1),
            _ => p.reverse(),
        }
    }
    reply
}
