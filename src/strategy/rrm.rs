//! `rrm`: recursive reward modelling, claim by claim (Leike et al. 2018, section 2).
//!
//! The question is split into the candidates' claims, each claim into the passages that bear on it. An assistant judges
//! each leaf and quotes; judgments climb to the claim, where the assistant judges again from the judgments below; at
//! the top a reward model weighs the claims, and the evaluator judges with that judgment, the quotes and the claims'
//! judgments before it, within its budget. With `evaluator_at` lower than the top the same tree yields the labels that
//! each level's reward model is fitted to.

use serde::{Deserialize, Serialize};

use super::{AskPlan, Child, Item, NodeView, Settings, Size, Step, Strategy, verdict_of_claims};
use crate::judgment::{Answer, Kind, Quote, Role, Verdict, Wanted, added_up, p_holds};
use crate::outcome::Outcome;
use crate::spec::{Fault, within};
use crate::task::{Question, Reading, SplitRule};

/// A quote that weighs less is not worth an evaluator's tokens.
const QUOTE_WEIGHT_MIN: f32 = 0.2;
/// A judgment nearer to one half than this says nothing.
const LEAN_MIN: f64 = 0.02;

/// The shape of the tree, and who stands where.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Layers of splits: 1 splits into claims only, 2 into the passages of each claim, 3 puts parts of the book between.
    pub depth: u16,
    /// Children of a claim at most, and of a part.
    pub fan_out: usize,
    /// Tokens of material read for a claim over all its leaves, at every depth: a leaf's chunk follows from depth and
    /// fan-out.
    pub reads_tokens: usize,
    /// Whether a claim's leaves are found by search or cover the material exhaustively.
    pub cover: Cover,
    /// What judges above the claims.
    pub top: Top,
    /// Where the evaluator is asked.
    pub evaluator_at: Place,
    /// What the evaluator has before it.
    pub assistance: Assistance,
    /// Quotes that a node sends up at most.
    pub quotes_max: u16,
    /// In which order the evaluator hears of the parts, which decides what it never hears of where its budget is small.
    #[serde(skip_serializing_if = "Told::is_by_kind")]
    pub told: Told,
}

/// How a claim finds its leaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cover {
    /// The passages that bear on it most, by BM25.
    Search,
    /// All of the material, in equal parts.
    Exhaustive,
}

/// What judges above the claims.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Top {
    /// The assistant's reward model, fitted to the evaluator's judgments.
    Learned,
    /// A rule: a candidate is as likely as all of its claims together.
    Rule,
}

/// Where the evaluator is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// At the leaves, which it reads whole: labels of level 0.
    Leaf,
    /// At each claim: labels of level 1.
    Claim,
    /// At the root: labels of level 2, and the verdict of every experiment.
    Root,
    /// Nowhere: the helpers' word is the verdict.
    Nowhere,
}

/// What the evaluator has before it where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assistance {
    /// The judgments and quotes of the tree below, then raw material as far as the budget goes.
    Tree,
    /// Raw material alone.
    Alone,
}

/// In which order the evaluator hears of a node's parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// All judgments that lean, the most doubtful first and equal ones in the order of the question; then their quotes. A
    /// budget that ends among equal judgments lets it hear more of the first candidate than of the last.
    #[default]
    ByKind,
    /// Part by part, the most doubtful first and equal ones by turns of the candidates: its judgment, then its quotes.
    ByClaim,
}

impl Told {
    fn is_by_kind(&self) -> bool {
        *self == Self::ByKind
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            depth: 2,
            fan_out: 8,
            reads_tokens: 800,
            cover: Cover::Search,
            top: Top::Learned,
            evaluator_at: Place::Root,
            assistance: Assistance::Tree,
            quotes_max: 4,
            told: Told::ByKind,
        }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Rrm::new(*self))
    }

    fn check(&self) -> Result<(), Fault> {
        within("depth", f64::from(self.depth), 1.0, 16.0)?;
        within("fan_out", self.fan_out as f64, 1.0, 65_536.0)?;
        within("reads_tokens", self.reads_tokens as f64, 1.0, 1e9)
    }

    fn asks_max(&self, size: &Size) -> u64 {
        // One a node, and two more at a root with a reward model on top.
        2 + Size::nodes(size.claims, self.fan_out as u64, self.depth)
    }

    fn is_told(&self) -> bool {
        self.assistance == Assistance::Tree && matches!(self.evaluator_at, Place::Root | Place::Claim)
    }
}

/// See the module.
pub struct Rrm {
    config: Config,
}

impl Rrm {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Tokens of a leaf's material at most, so that all leaves of a claim read `reads_tokens` together.
    fn chunk_tokens(&self) -> usize {
        let leaves = self.config.fan_out.max(1).pow(u32::from(self.config.depth.max(1)) - 1);
        (self.config.reads_tokens / leaves).max(1)
    }

    fn split_of(&self, node: &NodeView) -> Option<Step> {
        let Config { depth, fan_out, cover, evaluator_at, .. } = self.config;
        if node.was_split || node.depth >= depth || !self.needs_below(node) {
            return None;
        }
        let last = node.depth + 1 == depth;
        let rule = match (node.question, cover) {
            (Question::Which, _) => SplitRule::ByClaim,
            (_, Cover::Search) if last => SplitRule::BySearch { fan_out, chunk_tokens: self.chunk_tokens() },
            _ => SplitRule::ByPart { fan_out },
        };
        // The evaluator's tokens go down to where it is asked.
        let passes = match evaluator_at {
            Place::Leaf => true,
            Place::Claim => *node.question == Question::Which,
            Place::Root | Place::Nowhere => false,
        };
        Some(Step::Split { rule, evaluator_share: if passes { 1.0 } else { 0.0 } })
    }

    /// Below a node where the evaluator is asked alone nothing would be read.
    fn needs_below(&self, node: &NodeView) -> bool {
        self.config.assistance == Assistance::Tree || !self.is_evaluators(node)
    }

    fn is_evaluators(&self, node: &NodeView) -> bool {
        match self.config.evaluator_at {
            Place::Root => *node.question == Question::Which,
            Place::Claim => *node.question != Question::Which && node.depth == 1,
            // A claim that could not be split is a leaf of its own.
            Place::Leaf => node.depth == self.config.depth || (node.was_split && node.children.is_empty()),
            Place::Nowhere => false,
        }
    }

    fn root(&self, node: &NodeView) -> Step {
        let judge = self.is_evaluators(node);
        let learned =
            self.config.top == Top::Learned && !node.children.is_empty() && self.config.evaluator_at != Place::Claim;
        let asked = |role| node.exchanges.iter().position(|e| e.role == role);
        let wanted = Wanted::Choice(node.options);
        // A label of level 2 is made before there is a reward model of level 2 to hear.
        if learned && asked(Role::Assistant).is_none() {
            return ask(Role::Assistant, wanted, judgments(node));
        }
        if judge && asked(Role::Evaluator).is_none() {
            return ask(Role::Evaluator, wanted, self.before_the_evaluator(node, asked(Role::Assistant)));
        }
        match asked(Role::Evaluator).or(asked(Role::Assistant)) {
            Some(exchange) => Step::Done(node.verdict_of(exchange)),
            None => Step::Done(verdict_of_claims(node)),
        }
    }

    /// For the evaluator at a node, the most important first: the top's judgment, the judgments of the children that
    /// lean either way and their quotes, then raw material.
    fn before_the_evaluator(&self, node: &NodeView, top: Option<usize>) -> Vec<Item> {
        let mut items = Vec::new();
        if self.config.assistance == Assistance::Tree {
            items.extend(top.map(Item::Reply));
            let leans = |child: &usize| lean(&node.children[*child]) > LEAN_MIN;
            match self.config.told {
                Told::ByKind => {
                    items.extend(in_order_of_doubt(node).into_iter().filter(leans).map(Item::Judgment));
                    items.extend(self.quotes(node));
                }
                Told::ByClaim => {
                    for child in by_turns(node) {
                        items.extend(Some(child).filter(leans).map(Item::Judgment));
                        items.extend(self.quotes_of(node, child).map(|(at, _)| Item::Quote(child, at)));
                    }
                }
            }
        }
        items.push(Item::Reading(Reading::Search));
        items
    }

    /// The quotes of a node's children. Of claims all of the most doubtful first, since one claim decides and needs its
    /// whole evidence; of parts the heaviest first.
    fn quotes(&self, node: &NodeView) -> Vec<Item> {
        let of = |child: usize| self.quotes_of(node, child).map(move |(at, weight)| (child, at, weight));
        let mut quotes: Vec<(usize, usize, f32)> = in_order_of_doubt(node).into_iter().flat_map(of).collect();
        if *node.question != Question::Which {
            quotes.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        }
        quotes.into_iter().map(|(child, at, _)| Item::Quote(child, at)).collect()
    }

    /// The quotes of a child that are worth their tokens: place and weight.
    fn quotes_of<'a>(&self, node: &NodeView<'a>, child: usize) -> impl Iterator<Item = (usize, f32)> + use<'a> {
        let quotes = node.children[child].verdict.quotes.iter().enumerate();
        let heavy = quotes.filter(|(_, quote)| quote.weight >= QUOTE_WEIGHT_MIN);
        heavy.take(usize::from(self.config.quotes_max)).map(|(at, quote)| (at, quote.weight))
    }

    fn claim(&self, node: &NodeView) -> Step {
        if !node.exchanges.is_empty() {
            let mut verdict = node.verdict_of(0);
            if node.was_split {
                add_quotes(&mut verdict, node.children, usize::from(self.config.quotes_max));
            }
            return Step::Done(verdict);
        }
        if self.is_evaluators(node) {
            if node.children.is_empty() {
                return self.read(Role::Evaluator);
            }
            return ask(Role::Evaluator, Wanted::Predicate, self.before_the_evaluator(node, None));
        }
        if node.was_split && !node.children.is_empty() && self.config.evaluator_at == Place::Leaf {
            let parts = node.children.iter().filter_map(|child| child.verdict.distribution());
            return Step::Done(Verdict::of(Outcome::Scored(Answer::Distribution(added_up(parts)))));
        }
        if node.was_split && !node.children.is_empty() {
            let mut items = judgments(node);
            items.extend(self.quotes(node));
            return ask(Role::Assistant, Wanted::Predicate, items);
        }
        self.read(Role::Assistant)
    }

    /// A leaf, read whole. In a tree of depth 1 a claim is its own leaf, with all of the material: it is read as far as
    /// its leaves would be, so that every depth reads the same number of tokens of a claim.
    fn read(&self, role: Role) -> Step {
        let plan = AskPlan::new(role, Wanted::Predicate, vec![Item::Reading(Reading::Search)]);
        let is_leaf = role == Role::Assistant || self.config.evaluator_at == Place::Leaf;
        if self.config.depth == 1 && self.config.cover == Cover::Search && is_leaf {
            return Step::Ask(vec![plan.reading_at_most(self.config.reads_tokens as u64)]);
        }
        Step::Ask(vec![plan])
    }
}

impl Strategy for Rrm {
    fn step(&self, node: &NodeView) -> Step {
        if let Some(split) = self.split_of(node) {
            return split;
        }
        match node.question {
            Question::Which => self.root(node),
            _ => self.claim(node),
        }
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let mut needs = vec![(Role::Assistant, Kind::Predicate)];
        if self.config.top == Top::Learned {
            needs.push((Role::Assistant, Kind::Choice));
        }
        match self.config.evaluator_at {
            Place::Root => needs.push((Role::Evaluator, Kind::Choice)),
            Place::Claim | Place::Leaf => needs.push((Role::Evaluator, Kind::Predicate)),
            Place::Nowhere => {}
        }
        needs
    }
}

fn ask(role: Role, wanted: Wanted, items: Vec<Item>) -> Step {
    Step::Ask(vec![AskPlan::new(role, wanted, items)])
}

fn judgments(node: &NodeView) -> Vec<Item> {
    (0..node.children.len()).map(Item::Judgment).collect()
}

/// The children's positions, the most doubtful first: a candidate falls by one of its claims.
fn in_order_of_doubt(node: &NodeView) -> Vec<usize> {
    let mut order: Vec<usize> = (0..node.children.len()).collect();
    order.sort_by(|a, b| holds(node, *a).total_cmp(&holds(node, *b)).then(a.cmp(b)));
    order
}

/// The same, with equal doubts by turns: the first claim of each candidate, then the second of each.
fn by_turns(node: &NodeView) -> Vec<usize> {
    let turn = |at: usize| match node.children[at].question {
        Question::Claim { candidate, claim } => (*claim, *candidate),
        _ => (0, 0),
    };
    let mut order = in_order_of_doubt(node);
    order.sort_by(|a, b| holds(node, *a).total_cmp(&holds(node, *b)).then(turn(*a).cmp(&turn(*b))));
    order
}

/// What a child makes of its question.
fn holds(node: &NodeView, child: usize) -> f64 {
    node.children[child].verdict.distribution().map_or(0.5, p_holds)
}

/// How far a child's judgment is from one half.
fn lean(child: &Child) -> f64 {
    (child.verdict.distribution().map_or(0.5, p_holds) - 0.5).abs()
}

/// Adds the children's quotes, the heaviest first, to a verdict's own.
fn add_quotes(verdict: &mut Verdict, children: &[Child], count_max: usize) {
    let mut below: Vec<Quote> = children.iter().flat_map(|child| child.verdict.quotes.iter().copied()).collect();
    below.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.span.cmp(&b.span)));
    for quote in below {
        if verdict.quotes.len() < count_max && verdict.quotes.iter().all(|q| q.span != quote.span) {
            verdict.quotes.push(quote);
        }
    }
}
