//! A tree as a row: its nodes, what was asked at them, and what came of it.

use serde::{Deserialize, Serialize};

use super::{Labels, QuoteRow, SpanRow, Version};
use crate::judgment::{Answer, ByText, Cost, Places, Role, Wanted};
use crate::outcome::Outcome;
use crate::task::{Question, Split, SplitRule};

/// One tree with all that was asked and answered in it. A row of a cell's `trees.jsonl`: by far the largest file, so that
/// nothing stands in it twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TreeRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell.
    pub cell: String,
    /// The arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// What part of the data the instance belongs to.
    pub split: Split,
    /// The instance.
    pub instance: String,
    /// The material that spans point into: 32 hexadecimal characters, a file of `materials/`.
    pub material: String,
    /// The question at the root, in words.
    pub question: String,
    /// The candidates, each as its claims.
    pub candidates: Vec<Vec<String>>,
    /// The index of the right candidate, where known.
    pub right: Option<u16>,
    /// For every candidate, whether each of its claims holds, where known. The evaluation writes it when the tree is grown:
    /// nobody who was asked has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Vec<Vec<bool>>>,
    /// The nodes, each after its parent, the root first.
    pub nodes: Vec<NodeRow>,
    /// What the tree cost: the sum over its nodes.
    pub cost: Cost,
    /// The facts of the instance.
    pub labels: Labels,
}

/// One node of a tree. What it cost is what its exchanges cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRow {
    /// Its identity within the tree; stays when the tree changes.
    pub id: u32,
    /// The parent's identity; none at the root.
    pub parent: Option<u32>,
    /// What it asks, where that is another question than its parent's: see [`TreeRow::question_of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
    /// The material it may look at.
    pub spans: Vec<SpanRow>,
    /// How it was split, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitRule>,
    /// What was asked at it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeRow>,
    /// What it came to, where that is not what its last exchange did, with the same quotes: see [`NodeRow::verdict`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_verdict: Option<VerdictRow>,
}

/// What a node came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictRow {
    /// The answer, or the outcome in its place.
    pub outcome: Outcome<Answer>,
    /// What it rests on, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<QuoteRow>,
}

impl TreeRow {
    /// What a node asks: its own question, or that of the nearest node above which has one.
    pub fn question_of(&self, node: &NodeRow) -> Option<&Question> {
        let mut at = self.node(node.id)?;
        loop {
            match &at.question {
                Some(question) => return Some(question),
                None => at = self.node(at.parent.filter(|above| *above < at.id)?)?,
            }
        }
    }

    /// The node of this identity. Identities are places in preorder, so nodes stand in their order.
    fn node(&self, id: u32) -> Option<&NodeRow> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok().map(|at| &self.nodes[at])
    }

    /// Whether a claim holds; none where that is not known. Rows from before `holds` was written tell it of the right
    /// candidate alone, whose claims all hold.
    pub fn claim_holds(&self, candidate: u16, claim: u16) -> Option<bool> {
        match &self.holds {
            Some(holds) => holds.get(usize::from(candidate))?.get(usize::from(claim)).copied(),
            None => (self.right == Some(candidate)).then_some(true),
        }
    }
}

impl NodeRow {
    /// What it came to, with what that rests on, best first.
    pub fn verdict(&self) -> Option<(&Outcome<Answer>, &[QuoteRow])> {
        match (&self.own_verdict, self.exchanges.last()) {
            (Some(own), _) => Some((&own.outcome, &own.quotes)),
            (None, Some(last)) => Some((&last.outcome, &last.quotes)),
            (None, None) => None,
        }
    }
}

/// One ask and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRow {
    /// Who was asked.
    pub role: Role,
    /// What for.
    pub wanted: Wanted,
    /// Which of several equal asks; the first where it is left out.
    #[serde(default, skip_serializing_if = "is_first")]
    pub sample: u32,
    /// In which places candidates were shown, left out where as the instance has them; all that stands here is in the
    /// instance's own numbers.
    #[serde(default, skip_serializing_if = "Places::are_as_given")]
    pub places: Places,
    /// What was shown; nothing where it is left out.
    #[serde(default, skip_serializing_if = "ShownRow::is_empty")]
    pub shown: ShownRow,
    /// The answer, or the outcome in its place.
    pub outcome: Outcome<Answer>,
    /// The quotes that came with the answer, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<QuoteRow>,
    /// What was quoted by text and not found, and how many quotes are near; left out where all was quoted by place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_text: Option<Box<ByText>>,
    /// What it cost.
    pub cost: Cost,
}

/// What a helper was shown for one ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownRow {
    /// Raw material, in the order shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<SpanRow>,
    /// Quotes, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<QuoteRow>,
    /// Earlier judgments, in the order shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageRow>,
}

impl ShownRow {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn is_first(sample: &u32) -> bool {
    *sample == 0
}

/// A judgment that was shown: `[node, null]` is that node's verdict, `[node, k]` the reply to its exchange `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRow(pub u32, pub Option<u32>);
