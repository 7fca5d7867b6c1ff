//! The recursion of reward modelling (Leike et al. 2018, section 2): the evaluator judges, a model is fitted to its
//! judgments, and the model's judgments assist the evaluator one level up.
//!
//! Level 0: the evaluator judges a claim against passages that it reads whole; a reader is fitted to its replies and
//! quotes. Level 1: it judges a claim of the whole material, with the reader's judgments of the passages and as much raw
//! text as its budget allows; an aggregator is fitted. Level 2: it judges which candidate is right, with level 1's
//! judgments of the claims; the top-level reward model is fitted. Each level learns from clusters of its own, and every
//! label comes from the evaluator: the truth appears nowhere in this file.

mod config;
mod trust;

use std::sync::Arc;

pub use config::{Config, Labels};
pub use trust::fitted as fitted_trust;

use crate::budget::Limits;
use crate::engine::{Cast, Engine};
use crate::helper::Helper;
use crate::judgment::{Answer, Ask, Cost, Places, Reply, Role};
use crate::outcome::Outcome;
use crate::reward::{ReaderExample, TreeExample};
use crate::strategy::rrm::{self, Assistance, Place, Top};
use crate::stream::Stream;
use crate::task::{Instance, Question, Task};
use crate::tree::{NodeKey, Tree};

/// The levels of a recursion over claims: passages, claims, candidates.
pub const LEVELS: u16 = 3;

/// What the trees of the recursion are grown with, whatever the level.
pub struct Setting<'a> {
    /// How material is split and shown.
    pub task: &'a dyn Task,
    /// The shape of the trees.
    pub shape: rrm::Config,
    /// The evaluator.
    pub evaluator: Arc<dyn Helper>,
    /// The judge of the parts; none before there is one.
    pub assistant: Option<Arc<dyn Helper>>,
    /// The root of the asks' streams: a function of the seed alone.
    pub stream: Stream,
    /// Tokens that the evaluator may read for one label, by level; none is as many as there are.
    pub label_tokens_max: [Option<u64>; LEVELS as usize],
}

/// What the evaluator's labels of one level come to.
#[derive(Debug, Default)]
pub struct Labelled {
    /// For level 0.
    pub readings: Vec<ReaderExample>,
    /// For the levels above.
    pub nodes: Vec<TreeExample>,
    /// What they cost: the evaluator's tokens are in `label_tokens`.
    pub cost: Cost,
    /// The trees that hold them.
    pub trees: Vec<Tree>,
}

/// The level at which the evaluator stands in a tree.
pub fn place_of(level: u16) -> Place {
    match level {
        0 => Place::Leaf,
        1 => Place::Claim,
        _ => Place::Root,
    }
}

impl Setting<'_> {
    /// The evaluator's labels of a level on these instances.
    pub fn label(&self, level: u16, labels: Labels, instances: &[Arc<Instance>]) -> Labelled {
        let helped = self.grow(level, Assistance::Tree, instances);
        // What is learned from is the tree below; whose labels, is the question.
        let alone = match labels {
            Labels::Assisted | Labels::Truth => None,
            Labels::Unassisted if level == 0 => None,
            Labels::Unassisted => Some(self.grow(level, Assistance::Alone, instances)),
        };
        let mut labelled = Labelled::default();
        for (i, tree) in helped.iter().enumerate() {
            let judged = alone.as_ref().map_or(tree, |alone| &alone[i]);
            labelled.add(level, tree, judged);
        }
        labelled.trees = alone.unwrap_or(helped);
        labelled
    }

    /// Trees of the assistant's judgments alone, as an arm with these helpers would grow them.
    fn told(&self, instances: &[Arc<Instance>]) -> Vec<Tree> {
        let strategy = rrm::Rrm::new(rrm::Config { evaluator_at: Place::Nowhere, ..self.shape });
        let cast = self.assistant.iter().fold(Cast::default(), |cast, it| cast.with(Role::Assistant, it.clone()));
        let limits = Limits::default();
        let engine =
            Engine { task: self.task, strategy: &strategy, cast: &cast, limits, stream: self.stream, trees_max: 512 };
        engine.grown(instances)
    }

    /// Trees in which the evaluator stands at a level, with the tree's assistance or alone.
    pub fn grow(&self, level: u16, assistance: Assistance, instances: &[Arc<Instance>]) -> Vec<Tree> {
        let config = rrm::Config { evaluator_at: place_of(level), assistance, top: Top::Rule, ..self.shape };
        let strategy = rrm::Rrm::new(config);
        let mut cast = Cast::default().with(Role::Evaluator, self.evaluator.clone());
        if let Some(assistant) = &self.assistant {
            cast = cast.with(Role::Assistant, assistant.clone());
        }
        let mut trees = Vec::with_capacity(instances.len());
        // A tree's limit is what its labels may read together: as many as it has claims at level 1.
        for instance in instances.chunk_by(|a, b| claims_of(a) == claims_of(b)) {
            let labels = if level == 1 { claims_of(&instance[0]) } else { 1 };
            let evaluator_tokens_max = self.label_tokens_max[usize::from(level.min(LEVELS - 1))].map(|t| t * labels);
            let limits = Limits { evaluator_tokens_max };
            let engine = Engine {
                task: self.task,
                strategy: &strategy,
                cast: &cast,
                limits,
                stream: self.stream,
                trees_max: 512,
            };
            trees.extend(engine.grown(instance));
        }
        trees
    }
}

impl Labelled {
    /// Takes a tree's labels up: what was read below from `tree`, what the evaluator said of it from `judged`.
    fn add(&mut self, level: u16, tree: &Tree, judged: &Tree) {
        let depth = tree.preorder().into_iter().map(|key| tree.node(key).depth).max().unwrap_or(0);
        let spent = judged.cost();
        self.cost.label_tokens += spent.evaluator_tokens;
        self.cost.helper_tokens += tree.cost().helper_tokens;
        self.cost.asks += spent.asks;
        for (key, said) in tree.preorder().into_iter().filter_map(|key| Some((key, twin_of(tree, key, judged)?))) {
            let node = tree.node(key);
            let stands_here = match place_of(level) {
                Place::Leaf => node.depth == depth && node.split.is_none(),
                Place::Claim => node.depth == 1,
                _ => node.depth == 0,
            };
            if !stands_here {
                continue;
            }
            let Some((exchange, reply)) = reply_of(judged, said, Role::Evaluator) else { continue };
            if level == 0 {
                let ask = Ask {
                    ticket: 0,
                    instance: tree.instance.clone(),
                    subtask: node.subtask.clone(),
                    role: Role::Evaluator,
                    wanted: exchange.wanted,
                    view: exchange.view.clone(),
                    stream: Stream::root(0),
                    places: Places::AsGiven,
                };
                self.readings.extend(ReaderExample::of(&ask, reply));
            } else if let Answer::Distribution(label) = &reply.answer {
                let below: Vec<_> =
                    tree.children(key).into_iter().filter_map(|c| tree.judgment(c)).map(Arc::new).collect();
                self.nodes.extend(TreeExample::of(&tree.instance, &node.subtask.question, &below, label));
            }
        }
    }
}

fn claims_of(instance: &Instance) -> u64 {
    instance.candidates.iter().map(|candidate| candidate.claims.len() as u64).sum()
}

/// The node of another tree of the same instance that asks the same of the same material.
pub(crate) fn twin_of(tree: &Tree, key: NodeKey, other: &Tree) -> Option<NodeKey> {
    let mut path = vec![key];
    while let Some(parent) = tree.parent(path[path.len() - 1]) {
        path.push(parent);
    }
    let mut at = other.root();
    for step in path.iter().rev().skip(1) {
        at = *other.children(at).get(usize::from(tree.node(*step).position))?;
    }
    (other.node(at).subtask == tree.node(key).subtask).then_some(at)
}

/// What a role replied at a node, with the exchange, where it answered.
pub(crate) fn reply_of(tree: &Tree, key: NodeKey, role: Role) -> Option<(&crate::strategy::Exchange, &Reply)> {
    tree.node(key).exchanges.iter().filter(|exchange| exchange.role == role).find_map(|exchange| {
        match &exchange.outcome {
            Outcome::Scored(reply) => Some((exchange, reply)),
            _ => None,
        }
    })
}

/// The instances that a level learns from: every level has clusters of its own, dealt out in the order of the draw.
pub fn fold(instances: &[Arc<Instance>], level: u16) -> Vec<Arc<Instance>> {
    let mut clusters: Vec<&str> = Vec::new();
    let mut chosen = Vec::new();
    for instance in instances {
        let cluster = instance.cluster();
        let at = clusters.iter().position(|c| *c == cluster).unwrap_or_else(|| {
            clusters.push(cluster);
            clusters.len() - 1
        });
        if at % usize::from(LEVELS) == usize::from(level) {
            chosen.push(instance.clone());
        }
    }
    chosen
}

/// The question that a level's judgments answer: what trust in them is kept under.
pub fn is_of_level(question: &Question, depth: u16, level: u16) -> bool {
    match level {
        0 => depth > 1,
        1 => depth == 1 && *question != Question::Which,
        _ => *question == Question::Which,
    }
}
