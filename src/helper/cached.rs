//! A wrapper that remembers another helper's answers: the same ask is answered once. A failure is never remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde::{Deserialize, Serialize};

use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::helper::{Capabilities, Helper, Settings, Sink, relay};
use crate::judgment::{Answer, Ask, Kind, Quote, Reply};
use crate::outcome::Outcome;

/// Whose answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The helper whose answers are remembered.
    pub of: String,
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        None
    }

    fn build(&self, _name: &str, casting: &Casting, trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(Cached::new(casting.helper(&self.of, trust)?)))
    }

    fn of(&self) -> Option<&str> {
        Some(&self.of)
    }
}

type Memory = Arc<Mutex<HashMap<[u8; 32], Reply>>>;

/// Forwards what it has not heard before.
pub struct Cached {
    inner: Arc<dyn Helper>,
    memory: Memory,
}

impl Cached {
    /// A wrapper of `inner` that remembers nothing yet.
    pub fn new(inner: Arc<dyn Helper>) -> Self {
        Self { inner, memory: Memory::default() }
    }
}

impl Helper for Cached {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let mut unknown: HashMap<u64, [u8; 32]> = HashMap::new();
        let mut forwarded: Vec<Ask> = Vec::new();
        for ask in asks {
            let key = key_of(ask);
            let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
            match known {
                // What was paid was paid at the first answer.
                Some(reply) => {
                    let reply = Reply { model_calls: 0, micro_dollars: 0, ..reply };
                    let _ = sink.send((ask.ticket, Outcome::Scored(reply)));
                }
                None => {
                    unknown.insert(ask.ticket, key);
                    forwarded.push(ask.clone());
                }
            }
        }
        if forwarded.is_empty() {
            return;
        }
        let (inner_sink, replies) = mpsc::channel();
        self.inner.submit(&forwarded, &inner_sink);
        drop(inner_sink);
        let memory = self.memory.clone();
        let remember = move |ticket: u64, outcome: Outcome<Reply>| {
            if let (Outcome::Scored(reply), Some(key)) = (&outcome, unknown.get(&ticket)) {
                memory.lock().unwrap_or_else(PoisonError::into_inner).insert(*key, reply.clone());
            }
            outcome
        };
        relay(self.inner.capabilities().manner, replies, sink, remember);
    }
}

/// The full request: instance and material, question and spans, what is wanted, all that is shown, and the stream,
/// which names the sample.
fn key_of(ask: &Ask) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(ask.instance.id.as_bytes());
    hasher.update(&ask.instance.material.id().0);
    hasher.update(&ask.subtask.question.code());
    let spans = |hasher: &mut blake3::Hasher, spans: &[crate::material::Span]| {
        hasher.update(&(spans.len() as u64).to_le_bytes());
        for span in spans {
            hasher.update(&span.start.to_le_bytes());
            hasher.update(&span.end.to_le_bytes());
        }
    };
    spans(&mut hasher, &ask.subtask.spans);
    spans(&mut hasher, &ask.view.spans);
    hasher.update(format!("{:?} {:?} {:?}", ask.role, ask.wanted, ask.places).as_bytes());
    let quotes = |hasher: &mut blake3::Hasher, quotes: &[Quote]| {
        hasher.update(&(quotes.len() as u64).to_le_bytes());
        for quote in quotes {
            spans(hasher, &[quote.span]);
            hasher.update(&quote.weight.to_le_bytes());
        }
    };
    quotes(&mut hasher, &ask.view.quotes);
    for message in &ask.view.messages {
        hasher.update(&message.question.code());
        hasher.update(&[message.role as u8]);
        hasher.update(&message.depth.to_le_bytes());
        hasher.update(&message.position.to_le_bytes());
        spans(&mut hasher, &message.spans);
        match &message.answer {
            Answer::Distribution(p) => p.iter().for_each(|p| {
                hasher.update(&p.to_le_bytes());
            }),
            Answer::Text(kept) => spans(&mut hasher, kept),
            Answer::Argument(argument) => {
                hasher.update(format!("{argument:?}").as_bytes());
            }
        }
        hasher.update(format!("{:?}", message.by_text).as_bytes());
        // What a judgment rests on is read too: a trained helper weighs it and hands it on.
        quotes(&mut hasher, &message.quotes);
    }
    hasher.update(&ask.stream.uniform().to_le_bytes());
    *hasher.finalize().as_bytes()
}
