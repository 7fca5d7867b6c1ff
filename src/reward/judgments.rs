//! What the aggregator sees of a node: its children's judgments as numbers, and the candidates' claims as words.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::features::cluster_of;
use super::text::{candidate_ids, tokens_of};
use crate::judgment::{Answer, Ask, Judgment, Reply};
use crate::task::{Instance, Question};

/// Numbers of a child, as seen from one option.
pub(crate) const CHILD: usize = 12;
/// Numbers that sum a node's children up, as seen from one option.
pub(crate) const NODE_FACTS: usize = 8;
/// Most children and words that are read: the largest bucket.
pub(crate) const CHILDREN: [usize; 4] = [4, 16, 64, 256];
pub(crate) const WORDS: [usize; 3] = [32, 128, 512];
/// Log-odds beyond this say nothing more.
const LOG_ODDS_MAX: f32 = 5.0;

/// One child's judgment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChildRow {
    /// The candidate whose claim was judged; none where the child chose among the options.
    pub candidate: Option<u16>,
    /// Over `[holds, fails, open]` for a claim, over the options otherwise.
    pub distribution: Vec<f32>,
    /// Depth in the tree, the root 0.
    pub depth: u16,
    /// Position among its siblings.
    pub position: u16,
    /// Weight of its best quote, 0 where it has none.
    pub quote_weight: f32,
}

impl ChildRow {
    /// The row of a judgment; nothing for a text.
    pub fn of(judgment: &Judgment) -> Option<Self> {
        let Answer::Distribution(distribution) = &judgment.answer else { return None };
        let candidate = match judgment.question {
            Question::Claim { candidate, .. } => Some(candidate),
            Question::Which => None,
            Question::Summary { .. } => return None,
        };
        Some(Self {
            candidate,
            distribution: distribution.clone(),
            depth: judgment.depth,
            position: judgment.position,
            quote_weight: judgment.quotes.iter().map(|quote| quote.weight).fold(0.0, f32::max),
        })
    }

    /// How far it says that this option holds: `[holds, fails, open]`.
    fn on(&self, option: u16) -> [f32; 3] {
        match (self.candidate, self.distribution.as_slice()) {
            (Some(_), [holds, fails, open]) => [*holds, *fails, *open],
            (None, options) if options.len() > usize::from(option) => {
                let holds = options[usize::from(option)];
                [holds, 1.0 - holds, 0.0]
            }
            _ => [0.0, 0.0, 1.0],
        }
    }
}

/// What a node asks of its aggregator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Does this candidate's claim hold? Answered over `[holds, fails, open]`.
    Claim(u16),
    /// Which of so many options? Answered over them.
    Which(u16),
}

/// A node's judgments and candidates, as shown to whoever aggregates them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedNode {
    /// What is asked.
    pub kind: NodeKind,
    /// The judgments, in the order shown.
    pub children: Vec<ChildRow>,
    /// The claims of each option; for a claim node that one claim.
    pub candidates: Vec<Vec<String>>,
}

impl JudgedNode {
    /// A node's judgments with what they are about; nothing for a summary, or where the claim is not of the instance.
    pub fn of(instance: &Instance, question: &Question, judgments: &[Arc<Judgment>]) -> Option<Self> {
        let (kind, candidates) = match *question {
            Question::Which => {
                let options = instance.candidates.iter().map(|candidate| candidate.claims.clone()).collect();
                (NodeKind::Which(instance.candidates.len() as u16), options)
            }
            Question::Claim { candidate, claim } => {
                let text = instance.candidates.get(usize::from(candidate))?.claims.get(usize::from(claim))?;
                (NodeKind::Claim(candidate), vec![vec![text.clone()]])
            }
            Question::Summary { .. } => return None,
        };
        let children = judgments.iter().filter_map(|judgment| ChildRow::of(judgment)).collect();
        Some(Self { kind, children, candidates })
    }
}

/// A node as an evaluator judged it: what the aggregator learns from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeExample {
    /// The independent unit it belongs to; validation is split by it.
    pub cluster: String,
    /// What was judged.
    pub node: JudgedNode,
    /// The evaluator's distribution, over the options or over `[holds, fails, open]`.
    pub label: Vec<f32>,
}

impl TreeExample {
    /// The example of a node's judgments and the distribution an evaluator gave it; nothing where they do not match.
    pub fn of(instance: &Instance, question: &Question, judgments: &[Arc<Judgment>], label: &[f32]) -> Option<Self> {
        let node = JudgedNode::of(instance, question, judgments)?;
        let options = match node.kind {
            NodeKind::Claim(_) => 3,
            NodeKind::Which(options) => usize::from(options),
        };
        (label.len() == options).then(|| Self { cluster: cluster_of(instance), node, label: label.to_vec() })
    }

    /// The example of an evaluator's reply to an ask whose messages are the node's judgments.
    pub fn of_reply(ask: &Ask, reply: &Reply) -> Option<Self> {
        let Answer::Distribution(label) = &reply.answer else { return None };
        Self::of(&ask.instance, &ask.subtask.question, &ask.view.messages, label)
    }
}

/// A node as the network sees it, from one option.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeRow {
    /// One a child, at most the largest bucket.
    pub children: Vec<[f32; CHILD]>,
    /// Sums over the children.
    pub facts: [f32; NODE_FACTS],
    /// The candidate's claims: a word id and a shape each.
    pub words: Vec<(u16, u16)>,
}

/// The rows of a node: one for a claim, one an option otherwise. A row depends on its node alone.
pub(crate) fn rows_of(node: &JudgedNode) -> Vec<NodeRow> {
    let options: Vec<u16> = match node.kind {
        NodeKind::Claim(candidate) => vec![candidate],
        NodeKind::Which(options) => (0..options).collect(),
    };
    let claims = |at: usize| node.candidates.get(at).map_or(&[][..], Vec::as_slice);
    options.iter().enumerate().map(|(at, option)| row(node, *option, claims(at))).collect()
}

/// The row of a candidate's claims alone.
pub(crate) fn candidate_row(claims: &[String]) -> NodeRow {
    let texts: Vec<&str> = claims.iter().map(String::as_str).collect();
    let mut words = candidate_ids(&tokens_of(&texts));
    words.truncate(WORDS[WORDS.len() - 1]);
    NodeRow { words, ..NodeRow::default() }
}

fn row(node: &JudgedNode, option: u16, claims: &[String]) -> NodeRow {
    let shown = &node.children[..node.children.len().min(CHILDREN[CHILDREN.len() - 1])];
    let children = shown.iter().map(|child| child_numbers(child, option, shown.len())).collect();
    NodeRow { children, facts: node_facts(shown, option), ..candidate_row(claims) }
}

fn child_numbers(child: &ChildRow, option: u16, siblings: usize) -> [f32; CHILD] {
    let [holds, fails, open] = child.on(option);
    let own = child.candidate.is_none_or(|candidate| candidate == option);
    let flag = |condition: bool| f32::from(u8::from(condition));
    [
        log_odds([holds, fails, open]) / LOG_ODDS_MAX,
        holds,
        fails,
        open,
        holds.max(fails).max(open),
        f32::from(child.depth.min(8)) / 8.0,
        (f32::from(child.position) / siblings.max(1) as f32).min(1.0),
        child.quote_weight,
        flag(child.quote_weight > 0.0),
        flag(own && child.candidate.is_some()),
        flag(!own),
        flag(child.candidate.is_none()),
    ]
}

/// Of holding against failing; nothing where all is open.
fn log_odds([holds, fails, open]: [f32; 3]) -> f32 {
    let (yes, no) = (holds + 0.5 * open, fails + 0.5 * open);
    ((yes + 1e-4) / (no + 1e-4)).ln().clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX)
}

fn node_facts(children: &[ChildRow], option: u16) -> [f32; NODE_FACTS] {
    let odds = |own: bool| -> Vec<f32> {
        let side = children.iter().filter(|child| child.candidate.is_none_or(|c| c == option) == own);
        side.map(|child| log_odds(child.on(option)) / LOG_ODDS_MAX).collect()
    };
    let (own, other) = (odds(true), odds(false));
    let mean = |odds: &[f32]| odds.iter().sum::<f32>() / odds.len().max(1) as f32;
    let least = |odds: &[f32]| odds.iter().copied().reduce(f32::min).unwrap_or(0.0);
    let most = |odds: &[f32]| odds.iter().copied().reduce(f32::max).unwrap_or(0.0);
    [
        mean(&own),
        least(&own),
        most(&own),
        own.iter().sum::<f32>() / 4.0,
        mean(&other),
        least(&other),
        most(&other),
        children.len().min(64) as f32 / 64.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(candidate: Option<u16>, distribution: &[f32]) -> ChildRow {
        ChildRow { candidate, distribution: distribution.to_vec(), depth: 1, position: 0, quote_weight: 0.5 }
    }

    #[test]
    fn options_see_the_same_children_from_their_own_side() {
        let node = JudgedNode {
            kind: NodeKind::Which(2),
            children: vec![child(Some(0), &[0.9, 0.05, 0.05]), child(Some(1), &[0.1, 0.8, 0.1])],
            candidates: vec![vec!["A met B.".into()], vec!["B met A.".into()]],
        };
        let rows = rows_of(&node);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].children[0][9], rows[0].children[0][10]), (1.0, 0.0));
        assert_eq!((rows[1].children[0][9], rows[1].children[0][10]), (0.0, 1.0));
        assert!(rows[0].facts[0] > 0.0 && rows[1].facts[0] < 0.0);
        assert_eq!(rows[0].facts[0], rows[1].facts[4]);
    }

    #[test]
    fn a_choice_below_speaks_for_each_option() {
        let row = child(None, &[0.7, 0.2, 0.1]);
        assert_eq!(row.on(1), [0.2, 0.8, 0.0]);
        assert_eq!(row.on(9), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn log_odds_are_bounded_and_open_is_zero() {
        assert_eq!(log_odds([0.0, 0.0, 1.0]), 0.0);
        assert_eq!(log_odds([1.0, 0.0, 0.0]), LOG_ODDS_MAX);
        assert!((log_odds([0.2, 0.6, 0.2]) + (0.7f32 / 0.3).ln()).abs() < 1e-3);
    }
}
