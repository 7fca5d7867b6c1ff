//! Asks on their way to helpers that batch or answer from afar, and the replies on their way back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::engine::Cast;
use crate::helper::{Manner, Sink};
use crate::judgment::{Ask, Reply, Role};
use crate::outcome::Outcome;

/// Whether part-full batches may go out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// More trees can be started: wait for full batches.
    Fill,
    /// Nothing else can be done: send what there is, and wait for who is late.
    Flush,
}

/// One queue a role that is not played inline.
pub struct Queues {
    queues: BTreeMap<Role, Queue>,
    sink: Sink,
    replies: Receiver<(u64, Outcome<Reply>)>,
}

struct Queue {
    manner: Manner,
    waiting: VecDeque<Ask>,
    in_flight: BTreeSet<u64>,
}

impl Queues {
    /// Empty queues for a cast.
    pub fn new(cast: &Cast) -> Self {
        let (sink, replies) = mpsc::channel();
        let queues = cast
            .players()
            .map(|(role, player)| (role, player.manner))
            .filter(|(_, manner)| *manner != Manner::Inline)
            .map(|(role, manner)| (role, Queue { manner, waiting: VecDeque::new(), in_flight: BTreeSet::new() }))
            .collect();
        Self { queues, sink, replies }
    }

    /// Takes asks in.
    pub fn push(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            if let Some(queue) = self.queues.get_mut(&ask.role) {
                queue.waiting.push_back(ask);
            }
        }
    }

    /// Sends what should go out now and returns the replies that have come, waiting only when nothing else can be
    /// done.
    pub fn serve(&mut self, cast: &Cast, patience: Patience) -> Vec<(u64, Outcome<Reply>)> {
        // Remote helpers first, so that they work while a batch is computed here.
        for (role, queue) in &mut self.queues {
            if let Manner::Remote { in_flight_max, .. } = queue.manner {
                let count = in_flight_max.saturating_sub(queue.in_flight.len()).min(queue.waiting.len());
                submit(cast, *role, queue, count, &self.sink);
            }
        }
        // The fullest batch goes out; a part-full one only when no full one is there and nothing else can be done.
        let fullest = self
            .queues
            .iter_mut()
            .filter_map(|(role, queue)| match queue.manner {
                Manner::Batched { batch_max } if !queue.waiting.is_empty() => {
                    let full = queue.waiting.len() >= batch_max;
                    Some((full, queue.waiting.len(), *role, batch_max.max(1)))
                }
                _ => None,
            })
            .max_by_key(|(full, len, role, _)| (*full, *len, std::cmp::Reverse(*role)));
        let mut sent_batch = false;
        if let Some((full, len, role, batch_max)) = fullest
            && (full || patience == Patience::Flush)
            && let Some(queue) = self.queues.get_mut(&role)
        {
            // All full batches at once, so that the helper may lay them out as it likes.
            let count = if full { len - len % batch_max } else { len };
            submit(cast, role, queue, count, &self.sink);
            sent_batch = true;
        }
        let mut replies: Vec<_> = self.replies.try_iter().collect();
        if replies.is_empty() && patience == Patience::Flush && !sent_batch {
            replies = self.wait();
        }
        for (ticket, _) in &replies {
            for queue in self.queues.values_mut() {
                queue.in_flight.remove(ticket);
            }
        }
        if sent_batch {
            replies.extend(self.unanswered_batches());
        }
        replies
    }

    /// Waits for a late reply, and counts as failed what a remote helper has kept for too long.
    fn wait(&mut self) -> Vec<(u64, Outcome<Reply>)> {
        let wait_ms = self.queues.values().filter(|q| !q.in_flight.is_empty()).map(|q| match q.manner {
            Manner::Remote { wait_ms_max, .. } => wait_ms_max,
            _ => 0,
        });
        let Some(wait_ms) = wait_ms.max() else { return Vec::new() };
        match self.replies.recv_timeout(Duration::from_millis(wait_ms)) {
            Ok(first) => std::iter::once(first).chain(self.replies.try_iter()).collect(),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self
                .queues
                .values_mut()
                .flat_map(|queue| std::mem::take(&mut queue.in_flight))
                .map(|ticket| (ticket, Outcome::Failed(format!("no reply within {wait_ms} ms"))))
                .collect(),
        }
    }

    /// What an in-process helper was asked and returned without answering.
    fn unanswered_batches(&mut self) -> Vec<(u64, Outcome<Reply>)> {
        self.queues
            .values_mut()
            .filter(|queue| matches!(queue.manner, Manner::Batched { .. }))
            .flat_map(|queue| std::mem::take(&mut queue.in_flight))
            .map(|ticket| (ticket, Outcome::Failed("a batching helper returned without a reply".into())))
            .collect()
    }
}

fn submit(cast: &Cast, role: Role, queue: &mut Queue, count: usize, sink: &Sink) {
    if count == 0 {
        return;
    }
    let asks: Vec<Ask> = queue.waiting.drain(..count).collect();
    queue.in_flight.extend(asks.iter().map(|ask| ask.ticket));
    if let Some(player) = cast.player(role) {
        player.helper.submit(&asks, sink);
    }
}
