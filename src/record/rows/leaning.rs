//! The row of a leaning: how far the verdicts at one level of a tree speak for the candidate that a helper favours.

use serde::{Deserialize, Serialize};

use super::{ClusterScope, Labels, Version};
use crate::outcome::OutcomeKind;
use crate::task::Split;

/// One level of one tree, in a cell with a helper that leans. A row of `leanings.jsonl`; what a bias becomes on its way up is
/// a pure function of these (`src/eval/bias.rs`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaningRow {
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
    /// The helper that leans.
    pub helper: String,
    /// What it adds to the log-odds of what it says of the favoured candidate, in nats.
    pub delta: f64,
    /// The level, 0 at the leaves: of a tree its height above them; of arguments 0 are their points, 1 the judge's verdict.
    pub level: u16,
    /// Whether it is the root's.
    pub is_root: bool,
    /// What became of the root's verdict; only of a scored one is anything measured.
    pub outcome: OutcomeKind,
    /// The mean log-odds of what is said of the favoured candidate less that of the others, in nats; none where nothing is
    /// said of one of these.
    pub lean: Option<f64>,
    /// Verdicts or points that it is the mean of.
    pub verdicts: u32,
    /// Whether the favoured candidate is the right one.
    pub favours_right: bool,
    /// The swept values of the cell, by dotted path.
    pub swept: Labels,
    /// The facts of the arm.
    pub labels: Labels,
}
