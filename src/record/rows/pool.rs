//! The row of a pool: many candidates for one material, chosen among by what an arm says of them.

use serde::{Deserialize, Serialize};

use super::{ClusterScope, Labels, Version};
use crate::outcome::OutcomeKind;
use crate::task::Split;

/// The candidates of one pool: how an arm scores each, and what each is worth. A row of `pools.jsonl`; what the best of n
/// is worth, and the gaps between ways of choosing, are pure functions of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell.
    pub cell: String,
    /// The arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// What part of the data the pool belongs to.
    pub split: Split,
    /// The pool's instance; with the seed it identifies what arms are paired by.
    pub instance: String,
    /// What intervals are clustered by.
    pub cluster: String,
    /// Whether `cluster` names the same thing under every seed.
    pub cluster_scope: ClusterScope,
    /// What became of the verdict; only a scored one has scores, and only such enter an average.
    #[serde(default = "scored")]
    pub outcome: OutcomeKind,
    /// For every candidate its log-probability under the arm's verdict, in nats.
    pub score: Vec<f64>,
    /// For every candidate what it is worth: the share of its claims that hold.
    pub gold: Vec<f64>,
    /// The swept values of the cell, by dotted path.
    pub swept: Labels,
    /// The facts of the arm.
    pub labels: Labels,
}

/// Rows of earlier versions hold scored pools alone.
fn scored() -> OutcomeKind {
    OutcomeKind::Scored
}
