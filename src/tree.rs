//! Trees of subtasks over petgraph: one root, children in order, every exchange and verdict on its node.

use std::fmt::Write as _;
use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::judgment::{Answer, Cost, Judgment, Reply, Role, Verdict};
use crate::material::Span;
use crate::outcome::{Outcome, OutcomeKind};
use crate::strategy::Exchange;
use crate::task::{Instance, Question, SplitRule, Subtask};

/// The tree grown for one instance. Nodes are named by their place ([`Tree::preorder`]), which does not depend on
/// the order in which they were grown.
#[derive(Debug)]
pub struct Tree {
    /// What the tree is about.
    pub instance: Arc<Instance>,
    graph: DiGraph<Node, ()>,
    root: NodeIndex,
}

/// One subtask, what was asked of it, and what it came to.
#[derive(Debug)]
pub struct Node {
    /// What it asks, of which material.
    pub subtask: Arc<Subtask>,
    /// Distance from the root.
    pub depth: u16,
    /// Place among its siblings.
    pub position: u16,
    /// How it was split, once it was; a node that could not be split further has a rule and no children.
    pub split: Option<SplitRule>,
    /// What was asked at this node, in the order of asking.
    pub exchanges: Vec<Exchange>,
    /// What it came to, once decided.
    pub verdict: Option<Verdict>,
}

/// A node's place in the engine's hands.
pub type NodeKey = NodeIndex;

impl Tree {
    /// A tree with its root alone: the instance's question about the whole material.
    pub fn new(instance: Arc<Instance>) -> Self {
        let subtask = Subtask { question: Question::Which, spans: vec![instance.material.whole()] };
        let mut graph = DiGraph::new();
        let root = graph.add_node(Node::new(subtask, 0, 0));
        Self { instance, graph, root }
    }

    /// The root.
    pub fn root(&self) -> NodeKey {
        self.root
    }

    /// A node.
    pub fn node(&self, key: NodeKey) -> &Node {
        &self.graph[key]
    }

    /// A node, to be written to by the engine.
    pub fn node_mut(&mut self, key: NodeKey) -> &mut Node {
        &mut self.graph[key]
    }

    /// How many nodes it has.
    pub fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Never: a tree has a root.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Hangs the parts of a node below it, in order, and marks it as split.
    ///
    /// # Panics
    /// If the node was split before, or a part's material lies outside the node's: the task's rule is wrong.
    pub fn split(&mut self, key: NodeKey, rule: SplitRule, parts: Vec<Subtask>) -> Vec<NodeKey> {
        let node = &mut self.graph[key];
        assert!(node.split.is_none(), "a node is split once");
        node.split = Some(rule);
        let (depth, parent) = (node.depth + 1, node.subtask.clone());
        let mut children = Vec::with_capacity(parts.len());
        for (position, part) in parts.into_iter().enumerate() {
            assert!(lies_within(&part.spans, &parent.spans), "a child's material must lie within its parent's");
            let child = self.graph.add_node(Node::new(part, depth, position as u16));
            self.graph.add_edge(key, child, ());
            children.push(child);
        }
        children
    }

    /// A node's children, in order.
    pub fn children(&self, key: NodeKey) -> Vec<NodeKey> {
        // petgraph lists the newest edge first.
        let mut children: Vec<NodeKey> = self.graph.neighbors_directed(key, Direction::Outgoing).collect();
        children.reverse();
        children
    }

    /// A node's parent; none for the root.
    pub fn parent(&self, key: NodeKey) -> Option<NodeKey> {
        self.graph.neighbors_directed(key, Direction::Incoming).next()
    }

    /// All nodes, each before its children and those in order: a node's index here is its id in the records.
    pub fn preorder(&self) -> Vec<NodeKey> {
        let mut order = Vec::with_capacity(self.len());
        let mut stack = vec![self.root];
        while let Some(key) = stack.pop() {
            order.push(key);
            stack.extend(self.graph.neighbors_directed(key, Direction::Outgoing));
        }
        order
    }

    /// The verdict of a node as a judgment for whoever reads it above.
    pub fn judgment(&self, key: NodeKey) -> Option<Judgment> {
        let node = &self.graph[key];
        let verdict = node.verdict.as_ref()?;
        let Outcome::Scored(answer) = &verdict.outcome else { return None };
        Some(Judgment {
            role: node.exchanges.last().map_or(Role::Assistant, |exchange| exchange.role),
            question: node.subtask.question.clone(),
            spans: node.subtask.spans.clone(),
            depth: node.depth,
            position: node.position,
            answer: answer.clone(),
            quotes: verdict.quotes.clone(),
            by_text: None,
        })
    }

    /// What the whole tree cost.
    pub fn cost(&self) -> Cost {
        let mut total = Cost::default();
        for node in self.graph.node_weights() {
            for exchange in &node.exchanges {
                total += exchange.cost;
            }
        }
        total
    }

    /// The tree as text: a line a node with its question, its verdict and its cost, indented by depth.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (id, key) in self.preorder().into_iter().enumerate() {
            let node = &self.graph[key];
            let indent = "  ".repeat(usize::from(node.depth));
            let asked: Vec<String> =
                node.exchanges.iter().map(|e| format!("{:?}:{:?}", e.role, e.wanted.kind()).to_lowercase()).collect();
            let verdict = node.verdict.as_ref().map_or("undecided".into(), Verdict::render);
            let spans = &node.subtask.spans;
            let bytes = match (spans.first(), spans.last()) {
                (Some(first), Some(last)) => format!("{}..{}", first.start, last.end),
                _ => "nothing".into(),
            };
            let _ = writeln!(
                text,
                "{indent}#{id} {} [{bytes}] ({}) -> {verdict}",
                node.subtask.question.render(),
                asked.join(", ")
            );
        }
        text
    }
}

impl Node {
    /// The reply to an ask at this node, by its place among the exchanges, where it was answered.
    pub fn reply(&self, exchange: usize) -> Option<&Reply> {
        match &self.exchanges.get(exchange)?.outcome {
            Outcome::Scored(reply) => Some(reply),
            _ => None,
        }
    }

    /// The distribution that the node's verdict is, or which outcome it has instead: a text is none that can be scored, and
    /// a node that nobody decided has failed.
    ///
    /// # Errors
    /// The outcome, never [`OutcomeKind::Scored`].
    pub fn said(&self) -> Result<&[f32], OutcomeKind> {
        match self.verdict.as_ref().map(|verdict| &verdict.outcome) {
            Some(Outcome::Scored(Answer::Distribution(p))) => Ok(p),
            Some(Outcome::Scored(Answer::Text(_) | Answer::Argument(_))) => Err(OutcomeKind::Unparsable),
            Some(other) => Err(other.kind()),
            None => Err(OutcomeKind::Failed),
        }
    }

    fn new(subtask: Subtask, depth: u16, position: u16) -> Self {
        let subtask = Arc::new(subtask);
        Self { subtask, depth, position, split: None, exchanges: Vec::new(), verdict: None }
    }
}

/// Whether every span of `parts` lies in one span of `whole`.
fn lies_within(parts: &[Span], whole: &[Span]) -> bool {
    parts.iter().all(|part| whole.iter().any(|span| span.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{Level, Material};

    fn instance() -> Arc<Instance> {
        let level = Level { name: "book", units: vec![Span::new(0, 8)], titles: vec![] };
        Arc::new(Instance {
            id: "i".into(),
            material: Arc::new(Material::new(vec!["one two.".into()], vec![level])),
            question: "which?".into(),
            candidates: Vec::new(),
            labels: Default::default(),
        })
    }

    fn claim(claim: u16, spans: Vec<Span>) -> Subtask {
        Subtask { question: Question::Claim { candidate: 0, claim }, spans }
    }

    #[test]
    fn what_a_node_says_is_a_distribution_or_why_there_is_none() {
        let said = |verdict: Option<Outcome<Answer>>| {
            let mut node = Node::new(claim(0, Vec::new()), 0, 0);
            node.verdict = verdict.map(Verdict::of);
            node.said().map(<[f32]>::to_vec)
        };
        for (verdict, expected) in [
            (Some(Outcome::Scored(Answer::Distribution(vec![0.25, 0.75]))), Ok(vec![0.25, 0.75])),
            (Some(Outcome::Scored(Answer::Text(Vec::new()))), Err(OutcomeKind::Unparsable)),
            (Some(Outcome::Unparsable("?".into())), Err(OutcomeKind::Unparsable)),
            (Some(Outcome::Refused("no".into())), Err(OutcomeKind::Refused)),
            (Some(Outcome::OverBudget), Err(OutcomeKind::OverBudget)),
            (Some(Outcome::Failed("broke".into())), Err(OutcomeKind::Failed)),
            (None, Err(OutcomeKind::Failed)),
        ] {
            assert_eq!(said(verdict.clone()), expected, "{verdict:?}");
        }
    }

    #[test]
    fn nodes_are_named_by_place_whatever_the_order_of_growth() {
        let grow = |first: usize| {
            let mut tree = Tree::new(instance());
            let whole = vec![Span::new(0, 8)];
            let kids =
                tree.split(tree.root(), SplitRule::ByClaim, vec![claim(0, whole.clone()), claim(1, whole.clone())]);
            for at in [first, 1 - first] {
                tree.split(kids[at], SplitRule::ByClaim, vec![claim(at as u16, vec![Span::new(0, 4)])]);
            }
            tree.render()
        };
        assert_eq!(grow(0), grow(1));
        insta::assert_snapshot!(grow(0), @r"
        #0 which [0..8] () -> undecided
          #1 claim 0.0 [0..8] () -> undecided
            #2 claim 0.0 [0..4] () -> undecided
          #3 claim 0.1 [0..8] () -> undecided
            #4 claim 0.1 [0..4] () -> undecided
        ");
    }

    #[test]
    #[should_panic(expected = "within its parent's")]
    fn a_child_outside_its_parent_is_refused() {
        let mut tree = Tree::new(instance());
        let kids = tree.split(tree.root(), SplitRule::ByClaim, vec![claim(0, vec![Span::new(0, 4)])]);
        tree.split(kids[0], SplitRule::ByClaim, vec![claim(0, vec![Span::new(2, 6)])]);
    }
}
