//! One tree as it grows: which nodes can take a step, which wait for a reply.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::budget::Budget;
use crate::engine::Engine;
use crate::engine::view::{Shown, resolve};
use crate::helper::{Manner, Sink};
use crate::judgment::{Ask, Cost, Kind, Places, Reply, Role, Verdict};
use crate::outcome::Outcome;
use crate::strategy::{AskPlan, Child, Exchange, NodeView, Step};
use crate::stream::Stream;
use crate::task::{Instance, Subtask};
use crate::tree::{NodeKey, Tree};

/// A thread's own line to inline helpers.
pub type Line = (Sink, Receiver<(u64, Outcome<Reply>)>);

/// A tree in the engine's hands.
pub struct Growing {
    /// Its place among the instances.
    pub index: usize,
    tree: Tree,
    /// The number drawn for the instance.
    lot: u32,
    /// Nodes that can take a step.
    ready: Vec<NodeKey>,
    /// For each node, by its key: what it may spend, and how many children or replies it waits for.
    states: Vec<State>,
    /// For each ask not yet answered, by its number: the node and the exchange.
    open: Vec<Option<(NodeKey, usize)>>,
    outbox: Vec<Ask>,
}

#[derive(Clone, Copy)]
struct State {
    budget: Budget,
    waiting_for: u32,
}

impl Growing {
    /// A tree about to grow.
    pub fn new(index: usize, instance: Arc<Instance>, engine: &Engine) -> Self {
        let lot = (engine.stream.named("lot").named(&instance.id).uniform() * f64::from(u32::MAX)) as u32;
        let tree = Tree::new(instance);
        let ready = vec![tree.root()];
        let states = vec![State { budget: Budget::of(engine.limits), waiting_for: 0 }];
        Self { index, tree, lot, ready, states, open: Vec::new(), outbox: Vec::new() }
    }

    /// Steps every ready node until the tree is done or all that is left waits for batched or remote replies.
    pub fn advance(&mut self, engine: &Engine, line: &Line) {
        while let Some(key) = self.ready.pop() {
            match self.step(key, engine) {
                Step::Done(verdict) => self.decide(key, verdict),
                Step::Split { rule, evaluator_share } => {
                    let node = self.tree.node(key);
                    let parts = engine.task.split(&self.tree.instance, &node.subtask, &rule);
                    let share = self.states[key.index()].budget.divide(evaluator_share, parts.len());
                    let children = self.tree.split(key, rule, parts);
                    self.states[key.index()].waiting_for = children.len() as u32;
                    self.states.extend(children.iter().map(|_| State { budget: share, waiting_for: 0 }));
                    if children.is_empty() {
                        self.ready.push(key);
                    }
                    // The last pushed is stepped first: push in reverse, so that children grow in reading order.
                    self.ready.extend(children.into_iter().rev());
                }
                Step::Ask(plans) => self.ask(key, &plans, engine, line),
            }
        }
    }

    /// Books a reply; true when the tree can go on.
    pub fn deliver(&mut self, number: u32, outcome: Outcome<Reply>) -> bool {
        // A reply to an ask that is no longer open (a helper answered twice) is dropped.
        let Some((key, exchange)) = self.open.get_mut(number as usize).and_then(Option::take) else { return false };
        self.book(key, exchange, outcome);
        !self.ready.is_empty()
    }

    /// The asks that wait for helpers outside.
    pub fn take_asks(&mut self) -> Vec<Ask> {
        std::mem::take(&mut self.outbox)
    }

    /// Whether the root is decided.
    pub fn is_done(&self) -> bool {
        self.tree.node(self.tree.root()).verdict.is_some()
    }

    /// The grown tree.
    pub fn into_tree(self) -> Tree {
        self.tree
    }

    fn step(&self, key: NodeKey, engine: &Engine) -> Step {
        let node = self.tree.node(key);
        let keys = if node.split.is_some() { self.tree.children(key) } else { Vec::new() };
        let children: Vec<Child> = keys
            .iter()
            .filter_map(|child| {
                let child = self.tree.node(*child);
                child.verdict.as_ref().map(|verdict| Child { question: &child.subtask.question, verdict })
            })
            .collect();
        engine.strategy.step(&NodeView {
            question: &node.subtask.question,
            depth: node.depth,
            options: self.tree.instance.candidates.len() as u16,
            lot: self.lot,
            exchanges: &node.exchanges,
            was_split: node.split.is_some(),
            children: &children,
        })
    }

    /// Makes the asks of a step: inline helpers answer here, the others through the outbox.
    fn ask(&mut self, key: NodeKey, plans: &[AskPlan], engine: &Engine, line: &Line) {
        assert!(!plans.is_empty(), "a strategy asked nothing: it would be stepped for ever");
        self.states[key.index()].waiting_for += plans.len() as u32;
        let mut inline: Vec<(usize, Ask)> = Vec::new();
        // Most nodes are asked once: room for more would be most of a tree's memory.
        self.tree.node_mut(key).exchanges.reserve_exact(plans.len());
        // Asks of one role share what is left evenly. What one leaves no other takes: so it does not matter which comes first.
        let before = self.states[key.index()].budget;
        let asked = |role| plans.iter().filter(|it| it.role == role).count() as u64;
        let share = |role| before.left(role).map(|left| left / asked(role));
        for plan in plans {
            let shown = resolve(&self.tree, key, plan, engine.task, share(plan.role));
            let budget = &mut self.states[key.index()].budget;
            let exchange = self.tree.node(key).exchanges.len();
            let (view, heard, tokens, affordable) = match shown {
                Shown::Fits { view, heard, tokens } => (view, heard, tokens, budget.reserve(plan.role, tokens).is_ok()),
                Shown::TooLong => (Default::default(), Vec::new(), 0, false),
            };
            let cost = if affordable { cost_of(plan.role, tokens) } else { Cost::default() };
            let subtask = self.tree.node(key).subtask.clone();
            let stream = stream_of(&engine.stream, &self.tree.instance, &subtask, plan);
            self.tree.node_mut(key).exchanges.push(Exchange {
                role: plan.role,
                wanted: plan.wanted,
                sample: plan.sample,
                places: plan.places,
                view: view.clone(),
                heard,
                cost,
                outcome: Outcome::Failed("no reply came".into()),
            });
            if !affordable {
                self.book(key, exchange, Outcome::OverBudget);
                continue;
            }
            let ticket = ((self.index as u64) << 32) | self.open.len() as u64;
            let instance = self.tree.instance.clone();
            let AskPlan { role, wanted, places, .. } = *plan;
            let ask = Ask { ticket, instance, subtask, role, wanted, view, stream, places: Places::AsGiven };
            let ask = ask.shown_in(places);
            match engine.cast.player(role).map(|player| player.manner) {
                None => self.book(key, exchange, Outcome::Failed(format!("nobody plays {role:?}"))),
                Some(Manner::Inline) => inline.push((exchange, ask)),
                Some(_) => {
                    self.open.push(Some((key, exchange)));
                    self.outbox.push(ask);
                }
            }
        }
        for (exchange, ask) in inline {
            let outcome = answer_now(engine, &ask, line);
            self.book(key, exchange, outcome);
        }
    }

    fn book(&mut self, key: NodeKey, exchange: usize, outcome: Outcome<Reply>) {
        let made = &self.tree.node(key).exchanges[exchange];
        let back = |reply: Reply| reply.turned_back(made.places, made.wanted, self.tree.instance.candidates.len());
        let outcome = outcome.map(|reply| back(reply).looked_up(&self.tree.instance.material));
        let state = &mut self.states[key.index()];
        let at = &mut self.tree.node_mut(key).exchanges[exchange];
        state.budget.settle(at.role, at.cost.evaluator_tokens);
        if let Outcome::Scored(reply) = &outcome {
            at.cost.model_calls += u64::from(reply.model_calls);
            at.cost.micro_dollars += reply.micro_dollars;
        }
        at.outcome = outcome;
        state.waiting_for -= 1;
        if state.waiting_for == 0 {
            self.ready.push(key);
        }
    }

    fn decide(&mut self, key: NodeKey, verdict: Verdict) {
        self.tree.node_mut(key).verdict = Some(verdict);
        if let Some(parent) = self.tree.parent(key) {
            let state = &mut self.states[parent.index()];
            state.waiting_for -= 1;
            if state.waiting_for == 0 {
                self.ready.push(parent);
            }
        }
    }
}

/// Asks an inline helper, which answers before it returns.
fn answer_now(engine: &Engine, ask: &Ask, (sink, replies): &Line) -> Outcome<Reply> {
    if let Some(player) = engine.cast.player(ask.role) {
        player.helper.submit(std::slice::from_ref(ask), sink);
    }
    let mut answer = Outcome::Failed("an inline helper returned without a reply".into());
    for (ticket, outcome) in replies.try_iter() {
        if ticket == ask.ticket {
            answer = outcome;
        }
    }
    answer
}

fn cost_of(role: Role, tokens: u64) -> Cost {
    let (evaluator_tokens, helper_tokens) = if role == Role::Evaluator { (tokens, 0) } else { (0, tokens) };
    Cost { evaluator_tokens, helper_tokens, asks: 1, ..Cost::default() }
}

/// The stream of an ask, named by instance, subtask content, role and sample under the seed's root: not by arm, node
/// or order. Whoever argues knows in every speech what it noticed in another: there the subtask names nothing.
fn stream_of(root: &Stream, instance: &Instance, subtask: &Subtask, plan: &AskPlan) -> Stream {
    let mut name = Vec::with_capacity(64 + instance.id.len() + 8 * subtask.spans.len());
    name.extend_from_slice(instance.id.as_bytes());
    name.push(0);
    let argues = plan.wanted.kind() == Kind::Argument;
    if !argues {
        name.extend_from_slice(&subtask.question.code());
    }
    name.extend_from_slice(&[plan.role as u8, plan.wanted.kind() as u8]);
    name.extend_from_slice(&plan.sample.to_le_bytes());
    for span in subtask.spans.iter().filter(|_| !argues) {
        name.extend_from_slice(&span.start.to_le_bytes());
        name.extend_from_slice(&span.end.to_le_bytes());
    }
    root.bytes(&name)
}
