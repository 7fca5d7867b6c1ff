//! The row of an argument: what was said for a side, measured against the truth.

use serde::{Deserialize, Serialize};

use super::{ClusterScope, Labels, Version};
use crate::judgment::{Role, Stance};
use crate::task::Split;

/// One argument made in a tree, or the judge's own list of flaws, and how it stands to the truth. A row of
/// `arguments.jsonl`; every metric on arguments is a pure function of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArgumentRow {
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
    /// The instance; with the seed it identifies what arms are paired by.
    pub instance: String,
    /// What intervals are clustered by.
    pub cluster: String,
    /// Whether `cluster` names the same thing under every seed.
    pub cluster_scope: ClusterScope,
    /// The tree's node at which it was made.
    pub node: u32,
    /// Its place among the node's exchanges.
    pub exchange: u32,
    /// The name of the helper that spoke.
    pub helper: String,
    /// The part that it played.
    pub role: Role,
    /// Which of several equal asks: of a best of n, those that are not [`Self::heard`] were not chosen.
    pub sample: u32,
    /// What it was asked to argue for; none where the judge itself lists the flaws that it finds.
    pub stance: Option<Stance>,
    /// The option that it speaks for; none where it only finds fault.
    pub side: Option<u16>,
    /// Whether that side is the right one, or what it finds fault with a wrong one; none where it chose no side.
    pub right: Option<bool>,
    /// How sure the speaker says it is, in `[0.5, 1]`.
    pub conviction: f32,
    /// Whether the evaluator was shown it, or made it.
    pub heard: bool,
    /// The points, the weightiest first.
    pub points: Vec<PointRow>,
    /// False claims of all candidates: the flaws there were to find.
    pub flaws: u32,
    /// Quotes made, each in one of the next three.
    pub quotes: u32,
    /// Quotes that are spans of the material, word for word.
    pub verified: u32,
    /// Quotes that the material has but for case, spaces, punctuation and misspellings.
    pub near: u32,
    /// Quotes that the material does not have.
    pub unverified: u32,
    /// Quotes that touch the evidence of a false claim.
    pub bearing: u32,
    /// Tokens of the argument as a judge is shown it: its line and the text of its quotes.
    pub tokens: u64,
    /// The swept values of the cell, by dotted path.
    pub swept: Labels,
    /// The facts of the instance and of the arm.
    pub labels: Labels,
}

/// One point of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointRow {
    /// The claim's candidate.
    pub candidate: u16,
    /// The claim's place in its candidate.
    pub claim: u16,
    /// The probability that the claim holds, as the speaker has it.
    pub p_holds: f32,
    /// Whether the claim is true.
    pub holds: bool,
}

impl PointRow {
    /// Whether the speaker calls the claim false: it points at a flaw.
    pub fn is_flaw_named(&self) -> bool {
        self.p_holds < 0.5
    }

    /// Whether what the speaker says of the claim is so; a probability of one half says nothing and is not.
    pub fn is_right(&self) -> bool {
        if self.holds { self.p_holds > 0.5 } else { self.p_holds < 0.5 }
    }
}
