//! The rows of a run folder: what every file holds, one JSON object a line. Serialising equal rows gives equal bytes,
//! and every finite float reads back as the bits that were written.
//!
//! | file | row |
//! |---|---|
//! | `cells.jsonl` | [`PlannedRow`] |
//! | `results.jsonl` | [`ResultRow`] |
//! | `instances.jsonl` | [`InstanceRow`] |
//! | `cells/ID/trees.jsonl` | [`TreeRow`] |
//! | `judgments.jsonl` | [`JudgmentRow`] |
//! | `preferences.jsonl` | [`PreferenceRow`] |
//! | `arguments.jsonl` | [`ArgumentRow`] |
//! | `pools.jsonl` | [`PoolRow`] |
//! | `leanings.jsonl` | [`LeaningRow`] |
//! | `fits/HASH/training.jsonl` | [`TrainingRow`] |
//! | `timing.jsonl` | [`TimingRow`] |

mod argument;
mod label;
mod leaning;
mod pool;
mod tree;

use std::collections::BTreeMap;

pub use crate::labels::Labels;
pub use argument::{ArgumentRow, PointRow};
pub use label::{ARGUED, BOTH, DEBATER_FALSE, DEBATER_TRUE, FALSE, HOLDS, OPENS, RIGHT, SIDE, TRUE, WRONG};
pub use leaning::LeaningRow;
pub use pool::PoolRow;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::judgment::{Answer, Cost, Quote, Role};
use crate::material::Span;
use crate::outcome::{Outcome, OutcomeKind};
use crate::task::{Question, Split};

pub use tree::{ExchangeRow, MessageRow, NodeRow, ShownRow, TreeRow, VerdictRow};

/// The version of the rows that this program writes, and the only one that it reads.
pub const VERSION: u32 = 2;

/// The field `version` of every row: [`VERSION`] when written, checked when read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            VERSION => Ok(Self),
            other => Err(serde::de::Error::custom(format!(
                "the row has version {other} and this program reads version {VERSION}: run the experiment again with it"
            ))),
        }
    }
}

/// One number about one cell, or about the cells of one arm pooled over seeds. A row of `results.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell; empty where the row pools several.
    pub cell: String,
    /// The arm.
    pub arm: String,
    /// The seed; none where the row pools several.
    pub seed: Option<u64>,
    /// What it was measured on.
    pub split: Split,
    /// What was measured: `accuracy`, `log_loss`, `ece`, `evaluator_tokens`, `error`, `gold`, ...
    pub metric: String,
    /// The measurement; none where it is undefined, never NaN.
    pub value: Option<f64>,
    /// Lower end of the 95% interval, where there is one.
    pub ci_low: Option<f64>,
    /// Upper end of the 95% interval, where there is one.
    pub ci_high: Option<f64>,
    /// How many values it was measured on: scored ones only.
    pub n: u64,
    /// How many were left out, by outcome.
    pub unscored: BTreeMap<OutcomeKind, u64>,
    /// What it is restricted to and where it stands: swept values, flaw kind, level, ...
    pub labels: Labels,
}

/// Whether a cluster's name means the same thing under every seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterScope {
    /// Every seed draws its own clusters (generated worlds): the independent unit is (seed, cluster).
    #[default]
    Seed,
    /// The cluster is the same thing under every seed (a real book): more seeds make no more independent units.
    Run,
}

/// One tested instance of one cell. A row of `instances.jsonl`; every metric on verdicts is a pure function of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceRow {
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
    /// What intervals are clustered by: a twin world, a book.
    pub cluster: String,
    /// Whether `cluster` names the same thing under every seed.
    pub cluster_scope: ClusterScope,
    /// What became of the instance.
    pub outcome: OutcomeKind,
    /// The probability given to the right candidate, in `[0, 1]`; none where there was no verdict.
    pub p_right: Option<f64>,
    /// 1 where the right candidate alone was the most probable, `1 / t` where it tied with `t - 1` others (0.5 for
    /// two), 0 otherwise; none where there was no verdict.
    pub correct: Option<f64>,
    /// The probability of the most probable candidate, in `[0, 1]`: the confidence that calibration compares with
    /// `correct`. None where there was no verdict.
    pub confidence: Option<f64>,
    /// What it cost. `label_tokens` is no share: it is all that was spent on labels for what the arm learned, the same
    /// in every row of a cell.
    pub cost: Cost,
    /// The swept values of the cell, by dotted path.
    pub swept: Labels,
    /// The facts of the instance: `flaw`, `book`, `language`, ...
    pub labels: Labels,
}

impl InstanceRow {
    /// The fields that follow from a verdict's distribution and the right candidate's index: `p_right`, `correct` and
    /// `confidence`, in this order. None where the distribution is empty or `right` is not one of its options.
    pub fn marks(distribution: &[f32], right: usize) -> Option<(f64, f64, f64)> {
        let p_right = *distribution.get(right)?;
        let top = distribution.iter().copied().fold(f32::MIN, f32::max);
        let tied = distribution.iter().filter(|p| **p == top).count();
        let correct = if p_right == top { 1.0 / tied as f64 } else { 0.0 };
        Some((f64::from(p_right).clamp(0.0, 1.0), correct, f64::from(top).clamp(0.0, 1.0)))
    }
}

/// One cell that a run consists of, done or not. A row of `cells.jsonl`, which stands in the order of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell: a folder of `cells/` once it is done.
    pub cell: String,
    /// The arm.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// The swept values of the cell, by dotted path.
    pub swept: Labels,
}

/// A span as `[start, end]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRow(pub u32, pub u32);

impl From<Span> for SpanRow {
    fn from(span: Span) -> Self {
        Self(span.start, span.end)
    }
}

impl From<SpanRow> for Span {
    fn from(row: SpanRow) -> Self {
        Self { start: row.0, end: row.1 }
    }
}

/// A quote as `[start, end, weight]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuoteRow(pub u32, pub u32, pub f32);

impl From<Quote> for QuoteRow {
    fn from(quote: Quote) -> Self {
        Self(quote.span.start, quote.span.end, quote.weight)
    }
}

impl From<QuoteRow> for Quote {
    fn from(row: QuoteRow) -> Self {
        Self { span: Span { start: row.0, end: row.1 }, weight: row.2 }
    }
}

/// One judgment with where it comes from: what learners absorb. A row of `judgments.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgmentRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell or fit that it was made in.
    pub cell: String,
    /// The arm, or the learner that it is a label for.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// What part of the data the instance belongs to.
    pub split: Split,
    /// The instance.
    pub instance: String,
    /// The tree's node.
    pub node: u32,
    /// The node's depth, the root 0.
    pub depth: u16,
    /// The node's position among its siblings.
    pub position: u16,
    /// The name of the helper that judged.
    pub helper: String,
    /// The part that it played.
    pub role: Role,
    /// Which of several equal asks.
    pub sample: u32,
    /// What was judged.
    pub question: Question,
    /// The material judged.
    pub spans: Vec<SpanRow>,
    /// The judgment, or the outcome in its place.
    pub outcome: Outcome<Answer>,
    /// What it rests on, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes: Vec<QuoteRow>,
    /// What it cost.
    pub cost: Cost,
    /// Swept values, level and the facts of the instance.
    pub labels: Labels,
}

/// One preference between two candidates. A row of `preferences.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreferenceRow {
    /// See [`Version`].
    pub version: Version,
    /// Unique within the file.
    pub id: String,
    /// What both answer.
    pub prompt: String,
    /// The preferred one.
    pub chosen: String,
    /// The other one.
    pub rejected: String,
    /// The log-odds that `chosen` is the better one; 0 is no preference.
    pub margin: f64,
    /// Who preferred: arm and role, or the truth.
    pub source: String,
}

/// One update of a training. A row of `fits/HASH/training.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRow {
    /// See [`Version`].
    #[serde(default)]
    pub version: Version,
    /// Updates made, this one included.
    pub step: u64,
    /// Mean loss of the update's examples, in nats.
    pub loss: f64,
    /// Mean loss of the validation examples, where this update was followed by a validation.
    #[serde(default)]
    pub validation: Option<f64>,
}

/// How long something took and what was really paid. A row of `timing.jsonl`, the only file exempt from byte equality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimingRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell or fit; `run` for the whole.
    pub what: String,
    /// Threads it was given.
    pub threads: u32,
    /// The device that learned and inferred: `cpu`, `cuda:0`.
    pub device: String,
    /// The machine's name.
    pub host: String,
    /// Wall time in seconds.
    pub wall_s: f64,
    /// Tokens shown to helpers for each second of wall time, where any were shown.
    pub tokens_per_s: Option<f64>,
    /// Money really paid, in millionths of a dollar.
    pub micro_dollars: u64,
}

#[cfg(test)]
mod tests;
