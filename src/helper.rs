//! Helpers: whoever answers asks. One method, capabilities checked before a run, wrappers that forward one ask to one.

pub mod biased;
pub mod cached;
pub mod noisy;
pub mod oracle;
pub mod pixel_debater;
pub mod pixel_judge;
pub mod reward;
pub mod reward_ensemble;
mod settings;
pub mod simulated;
pub mod trained;

use std::sync::mpsc::{Receiver, Sender};

pub use settings::{Lean, Part, Settings};

use crate::judgment::{Ask, Kind, Reply};
use crate::outcome::Outcome;

/// Where replies go, in any order; each carries its ask's ticket.
pub type Sink = Sender<(u64, Outcome<Reply>)>;

/// A helper: typed questions in, distributions out. A reply is a function of the ask alone.
pub trait Helper: Send + Sync {
    /// What it can answer, and how it likes to be asked.
    fn capabilities(&self) -> Capabilities;

    /// Answers each ask into the sink exactly once. An in-process helper has done so when this returns; a remote one
    /// (`in_flight_max` set) streams its replies in afterwards.
    fn submit(&self, asks: &[Ask], sink: &Sink);
}

/// What a helper can answer, and how the engine should ask it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The kinds of ask it answers.
    pub kinds: Vec<Kind>,
    /// How it wants its asks.
    pub manner: Manner,
}

/// How the engine hands a helper its asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Cheap and thread-safe: asked at once, by whichever thread grows the tree.
    Inline,
    /// Wants full batches of this many asks, outside of any rayon task.
    Batched {
        /// Asks in one submission at most.
        batch_max: usize,
    },
    /// Answers later and out of order; at most this many asks are in flight.
    Remote {
        /// Asks in flight at most.
        in_flight_max: usize,
        /// How long the engine waits for any reply before it counts what is in flight as failed.
        wait_ms_max: u64,
    },
}

impl Manner {
    /// Asks that keep such a helper at work.
    pub fn wanted(self) -> usize {
        match self {
            Self::Inline => 1,
            Self::Batched { batch_max } => batch_max,
            Self::Remote { in_flight_max, .. } => in_flight_max,
        }
    }
}

/// Passes an inner helper's replies on, changed: at once where it has answered, from a thread of its own where its
/// replies come later.
fn relay(
    manner: Manner,
    replies: Receiver<(u64, Outcome<Reply>)>,
    sink: &Sink,
    change: impl Fn(u64, Outcome<Reply>) -> Outcome<Reply> + Send + 'static,
) {
    let sink = sink.clone();
    let pass = move || {
        for (ticket, outcome) in replies {
            // A closed sink means that nobody wants the replies any more.
            if sink.send((ticket, change(ticket, outcome))).is_err() {
                return;
            }
        }
    };
    match manner {
        Manner::Remote { .. } => drop(std::thread::spawn(pass)),
        Manner::Inline | Manner::Batched { .. } => pass(),
    }
}
