//! A wrapper that turns a share of another helper's answers into their opposite.

use std::sync::{Arc, mpsc};

use serde::{Deserialize, Serialize};

use crate::helper::{Capabilities, Helper, Sink, relay};
use crate::judgment::{Answer, Ask, Reply};
use crate::outcome::Outcome;

/// Whose answers, and how many of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The helper whose answers are turned.
    pub of: String,
    /// The probability that an answer is turned, in `[0, 1]`.
    pub flip_rate: f64,
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
        let turned: std::collections::BTreeSet<u64> =
            asks.iter().filter(|ask| ask.stream.named("noise").coin(self.flip_rate)).map(|ask| ask.ticket).collect();
        let (inner_sink, replies) = mpsc::channel();
        self.inner.submit(asks, &inner_sink);
        drop(inner_sink);
        let turn = move |ticket: u64, outcome: Outcome<Reply>| {
            if turned.contains(&ticket) { outcome.map(turned_round) } else { outcome }
        };
        relay(self.inner.capabilities().manner, replies, sink, turn);
    }
}

/// The opposite answer: of a distribution the probabilities in reverse order of the options, of a predicate holds and
/// fails exchanged. A text or a quote has no opposite and stays.
fn turned_round(mut reply: Reply) -> Reply {
    if let Answer::Distribution(p) = &mut reply.answer {
        match p.len() {
            3 => p.swap(0, 1),
            _ => p.reverse(),
        }
    }
    reply
}
