//! The engine: grows many trees at once by a strategy, and is the only caller of helpers.
//!
//! A work-list without barriers: every tree advances as far as it can, asks to inline helpers are answered where the
//! tree is grown, asks to batching helpers wait for a full batch (or for nothing else to do), asks to remote helpers
//! stream. A tree's growth depends on its own replies alone, so scheduling never changes a result.

mod grow;
mod queue;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, mpsc};

use rayon::prelude::*;

use crate::budget::Limits;
use crate::helper::{Helper, Manner};
use crate::judgment::Role;
use crate::strategy::Strategy;
use crate::stream::Stream;
use crate::task::{Instance, Task};
use crate::tree::Tree;
use grow::Growing;
use queue::Queues;

/// Who plays which role, and how each likes to be asked.
#[derive(Clone, Default)]
pub struct Cast(BTreeMap<Role, Player>);

/// A helper in a role.
#[derive(Clone)]
pub struct Player {
    /// Who answers.
    pub helper: Arc<dyn Helper>,
    /// How it is asked; read once.
    pub manner: Manner,
}

impl Cast {
    /// The same cast with a role filled.
    pub fn with(mut self, role: Role, helper: Arc<dyn Helper>) -> Self {
        let manner = helper.capabilities().manner;
        self.0.insert(role, Player { helper, manner });
        self
    }

    /// Who plays a role.
    pub fn player(&self, role: Role) -> Option<&Player> {
        self.0.get(&role)
    }

    /// The roles filled, in order.
    pub fn players(&self) -> impl Iterator<Item = (Role, &Player)> {
        self.0.iter().map(|(role, player)| (*role, player))
    }
}

/// Everything that the growth of a tree depends on, apart from its instance.
pub struct Engine<'a> {
    /// How material is split and shown.
    pub task: &'a dyn Task,
    /// How trees grow.
    pub strategy: &'a dyn Strategy,
    /// Who answers.
    pub cast: &'a Cast,
    /// What a tree may spend.
    pub limits: Limits,
    /// The root of the asks' streams: a function of the seed alone, so that every arm meets the same luck.
    pub stream: Stream,
    /// Trees grown at once: bounds memory, never a result.
    pub trees_max: usize,
}

impl Engine<'_> {
    /// The trees of all instances, in their order.
    pub fn grown(&self, instances: &[Arc<Instance>]) -> Vec<Tree> {
        let mut trees = Vec::with_capacity(instances.len());
        self.grow(instances, |tree| trees.push(tree));
        trees
    }

    /// Grows a tree for each instance and hands them over in the order of the instances.
    pub fn grow(&self, instances: &[Arc<Instance>], mut done: impl FnMut(Tree)) {
        let mut waiting = instances.iter().enumerate();
        let mut runnable: Vec<Growing> = Vec::new();
        let mut blocked: BTreeMap<usize, Growing> = BTreeMap::new();
        let mut finished: BTreeMap<usize, Tree> = BTreeMap::new();
        let mut next_out = 0;
        let mut queues = Queues::new(self.cast);
        loop {
            let room = self.trees_max.max(1).saturating_sub(runnable.len() + blocked.len());
            runnable.extend(waiting.by_ref().take(room).map(|(index, it)| Growing::new(index, it.clone(), self)));

            runnable
                .par_iter_mut()
                .with_min_len(4)
                .for_each_init(mpsc::channel, |line, growing| growing.advance(self, line));
            for mut growing in runnable.drain(..) {
                queues.push(growing.take_asks());
                if growing.is_done() {
                    finished.insert(growing.index, growing.into_tree());
                } else {
                    blocked.insert(growing.index, growing);
                }
            }
            while let Some(tree) = finished.remove(&next_out) {
                done(tree);
                next_out += 1;
            }
            if blocked.is_empty() && waiting.len() == 0 {
                return;
            }
            // With nothing new to start, part-full batches go out and late replies are waited for.
            let patience = if waiting.len() == 0 || blocked.len() >= self.trees_max {
                queue::Patience::Flush
            } else {
                queue::Patience::Fill
            };
            // All replies are booked before a tree moves on: several may be for one tree.
            let mut woken = BTreeSet::new();
            for (ticket, outcome) in queues.serve(self.cast, patience) {
                let index = (ticket >> 32) as usize;
                if let Some(growing) = blocked.get_mut(&index)
                    && growing.deliver(ticket as u32, outcome)
                {
                    woken.insert(index);
                }
            }
            runnable.extend(woken.iter().filter_map(|index| blocked.remove(index)));
        }
    }
}
