//! The reward model, first form: a reader that judges a claim against a text, and a learned aggregation of judgments.
//!
//! Labels come from evaluators' replies only. The reader (level 0) gives each sentence what it says of a claim and
//! whether it bears on it, and pools them into the judgment of a view. The aggregator (levels 1 and up) reads a node's
//! judgments, the candidates, or both. Nothing outside `model`, `reward` and `helper::trained` sees a backend.

mod aggregator;
mod batch;
pub mod calibration;
mod features;
mod folder;
mod judgments;
mod lately;
mod learner;
mod loss;
mod order;
pub mod pixels;
mod reader;
pub mod scorer;
mod text;
mod train;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use aggregator::{Aggregator, AggregatorLearner};
pub use features::{ReaderExample, ViewText};
pub use judgments::{ChildRow, JudgedNode, NodeKind, TreeExample};
pub use reader::{Reader, ReaderLearner, SentenceScore, ViewScore};

use crate::error::Result;
use crate::model::Device;

/// Is told of every update, by whichever thread makes it.
pub type Tell<'a> = dyn FnMut(TrainStep) + Send + 'a;

/// What learns in a round: it takes up examples, trains, and gives out frozen snapshots of itself.
pub trait Learner: Sized {
    /// What it learns from.
    type Example;
    /// The frozen model that a helper holds.
    type Snapshot;

    /// Takes up examples, beside those it has.
    fn absorb(&mut self, examples: Vec<Self::Example>);

    /// Trains to the end of its schedule or until validation stops it; continues where it was loaded or stopped.
    fn train(&mut self, progress: &mut Tell<'_>) -> Result<TrainReport>;

    /// The best model so far, frozen.
    fn snapshot(&self) -> Self::Snapshot;

    /// Writes `weights.safetensors`, `optimizer.safetensors`, `config.json` and `training.jsonl` into a folder.
    fn save(&self, folder: &Path) -> Result<()>;

    /// Reads a learner back, without its examples: absorb the same ones to go on training bit for bit.
    fn load(folder: &Path, device: Device) -> Result<Self>;
}

/// How a reward model is built and trained. All of it determines the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Units of every hidden layer: the size of the model.
    pub width: usize,
    /// What the aggregator reads.
    pub reads: Reads,
    /// Updates at most.
    pub steps_max: usize,
    /// Examples (views, trees) an update.
    pub batch: usize,
    /// Rows (sentences, options) run through the network at once; gradients are summed over an update.
    pub rows_max: usize,
    /// Peak of the learning rate.
    pub learning_rate: f64,
    /// Decay of matrices and tables, in units of the learning rate.
    pub weight_decay: f64,
    /// Largest global norm of a gradient.
    pub norm_max: f64,
    /// Updates from one validation to the next.
    pub steps_between_validations: usize,
    /// Validations without a better loss after which training stops, once as many examples were seen as there are.
    pub patience: usize,
    /// Share of the clusters that training is stopped on.
    pub validation_share: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            width: 32,
            reads: Reads::Judgments,
            steps_max: 1200,
            batch: 32,
            rows_max: 128,
            learning_rate: 3e-3,
            weight_decay: 0.01,
            norm_max: 1.0,
            steps_between_validations: 60,
            patience: 5,
            validation_share: 0.15,
        }
    }
}

/// What an aggregator reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reads {
    /// The texts of the candidate's claims and nothing else: what a policy can be optimised against, and the blind arm.
    Candidate,
    /// The judgments of the node's children and nothing else.
    #[default]
    Judgments,
    /// Both.
    Both,
}

/// One update, as told while training and written to `training.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainStep {
    /// Updates made, this one included.
    pub step: usize,
    /// Updates at most.
    pub steps_max: usize,
    /// Mean loss of its examples.
    pub loss: f64,
    /// Global norm of the gradient, before clipping.
    pub norm: f64,
    /// Mean loss of the validation examples, where this update was followed by a validation.
    pub validation: Option<f64>,
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// Updates made in all.
    pub steps: usize,
    /// The update after which validation was best: what the snapshot holds.
    pub step_best: usize,
    /// Mean validation loss there.
    pub loss: f64,
    /// Examples trained on.
    pub train_examples: usize,
    /// Examples validated on; they are the training examples where there was no second cluster.
    pub validation_examples: usize,
    /// The temperature fitted on the validation examples.
    pub temperature: f64,
    /// Expected calibration error on the validation examples with that temperature, ten bins.
    pub calibration_error: f64,
    /// Whether training is over: its schedule ran out, or validation stopped it.
    pub finished: bool,
}
