//! Strategies: pure rules that grow a tree and reach a verdict. View of a node in, next step out.

mod argument;
pub mod best_of;
pub mod blind;
mod claims;
mod config;
pub mod consultancy;
pub mod critique;
pub mod debate;
pub mod direct;
pub mod rrm;
pub mod summary;

pub use argument::argument_of;
use claims::verdict_of_claims;
pub use config::{Config, Settings, Size};

use crate::judgment::{Cost, Kind, Places, Reply, Role, Verdict, View, Wanted};
use crate::outcome::Outcome;
use crate::task::{Question, Reading, SplitRule};
use crate::tree::NodeKey;

/// A rule that grows a tree. It does no I/O, holds no randomness, and knows neither the task nor who plays a role.
pub trait Strategy: Send + Sync {
    /// The next step of a node. Called again after every step until it is [`Step::Done`].
    fn step(&self, node: &NodeView) -> Step;

    /// What each role must be able to answer; checked by the plan.
    fn needs(&self) -> Vec<(Role, Kind)>;
}

/// What a strategy sees of a node.
#[derive(Debug)]
pub struct NodeView<'a> {
    /// What the node asks.
    pub question: &'a Question,
    /// Its depth, the root 0.
    pub depth: u16,
    /// How many options the instance has.
    pub options: u16,
    /// A number drawn for the instance from a stream of its own, the same at every node and in every arm: a strategy
    /// draws none itself.
    pub lot: u32,
    /// What was asked at this node so far, and answered.
    pub exchanges: &'a [Exchange],
    /// Whether the node was split; with no child, it could not be split further.
    pub was_split: bool,
    /// The children's questions and verdicts, in order; complete when the node is stepped after a split.
    pub children: &'a [Child<'a>],
}

/// A child as its parent's strategy sees it.
#[derive(Clone, Copy, Debug)]
pub struct Child<'a> {
    /// What the child asked.
    pub question: &'a Question,
    /// What it came to.
    pub verdict: &'a Verdict,
}

/// One ask and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Who was asked.
    pub role: Role,
    /// What for.
    pub wanted: Wanted,
    /// Which of several equal asks.
    pub sample: u32,
    /// In which places candidates were shown; all that stands here is in the tree's own numbers.
    pub places: Places,
    /// Exactly what was shown.
    pub view: View,
    /// Where each judgment in the view comes from.
    pub heard: Vec<Heard>,
    /// What it cost.
    pub cost: Cost,
    /// The reply, or the outcome in its place.
    pub outcome: Outcome<Reply>,
}

/// Where a judgment that was shown comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The node that it is about.
    pub node: NodeKey,
    /// The exchange at that node, or none for the node's verdict.
    pub exchange: Option<u32>,
}

/// What a strategy wants done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Split the node into children by this rule, once. Of what is left of the node's evaluator tokens the children
    /// get `evaluator_share` (0 to 1) in equal parts, so that no two nodes ever race for the same tokens.
    Split {
        /// How.
        rule: SplitRule,
        /// The share of the node's evaluator tokens that its children may spend.
        evaluator_share: f64,
    },
    /// Ask these, all at once.
    Ask(Vec<AskPlan>),
    /// The node is decided.
    Done(Verdict),
}

/// An ask as a strategy plans it; the engine resolves its items into a view, within the budget of the role.
#[derive(Clone, Debug, PartialEq)]
pub struct AskPlan {
    /// Who is asked.
    pub role: Role,
    /// What for.
    pub wanted: Wanted,
    /// What is shown, in order of importance: an item that no longer fits the budget is left out, with all after it.
    pub items: Vec<Item>,
    /// Tokens of raw material shown at most, whoever is asked: how widely a helper may search.
    pub reads_tokens_max: Option<u64>,
    /// Tells repeated asks apart: equal samples are equal replies.
    pub sample: u32,
    /// In which places candidates are shown.
    pub places: Places,
}

impl AskPlan {
    /// The first sample of an ask, with no limit but the budget to what it shows.
    pub fn new(role: Role, wanted: Wanted, items: Vec<Item>) -> Self {
        Self { role, wanted, items, reads_tokens_max: None, sample: 0, places: Places::AsGiven }
    }

    /// The same ask with at most so many tokens of raw material.
    pub fn reading_at_most(self, tokens: u64) -> Self {
        Self { reads_tokens_max: Some(tokens), ..self }
    }

    /// Another sample of the same ask.
    pub fn sampled(self, sample: u32) -> Self {
        Self { sample, ..self }
    }
}

/// Something that a view may hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The node's material, passage by passage in this order, as far as the budget goes.
    Reading(Reading),
    /// The judgment of a child, by position.
    Judgment(usize),
    /// One quote of a child's verdict, both by position.
    Quote(usize, usize),
    /// The text that a child came to (a summary), by position.
    Text(usize),
    /// The reply to an earlier ask at this node, by position.
    Reply(usize),
    /// The quotes of the reply to an earlier ask at this node, by position.
    QuotesOf(usize),
    /// The passages that hold those quotes, to be read where they stand.
    PassagesOf(usize),
}

impl NodeView<'_> {
    /// The verdict that an earlier exchange amounts to: its answer, or its outcome.
    pub fn verdict_of(&self, exchange: usize) -> Verdict {
        match self.exchanges.get(exchange).map(|e| &e.outcome) {
            Some(Outcome::Scored(reply)) => {
                Verdict { outcome: Outcome::Scored(reply.answer.clone()), quotes: reply.quotes.clone() }
            }
            Some(other) => Verdict::of(other.clone().map(|reply| reply.answer)),
            None => Verdict::of(Outcome::Failed("the node was decided before anything was asked".into())),
        }
    }
}
