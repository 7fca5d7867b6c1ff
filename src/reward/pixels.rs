//! A judge of images that sees a few of their pixels (Irving et al. 2018, section 3): the bounded evaluator of a debate
//! about what an image shows.
//!
//! It is fitted to the classes of training images, each seen through exactly so many random pixels above 0, and then
//! frozen. Its labels are the truth of the training split (`docs/design/0005-digits.md` says why): it stands for a judge
//! who knows what digits look like, and is to find out what this image shows.

mod learner;
mod network;
mod position;
mod training;

use serde::{Deserialize, Serialize};

pub use learner::{PixelJudge, PixelJudgeLearner};
pub use position::Positions;

/// How a judge is built and trained. All of it determines the fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Pixels that it sees: exactly so many, in training and ever after.
    pub pixels: usize,
    /// The form of the network.
    pub form: Form,
    /// Units of every hidden layer of the sparse form; of the dense layer of the convolutional one (the paper: 1024).
    pub width: usize,
    /// Updates.
    pub steps: usize,
    /// Images an update, each seen through pixels drawn anew.
    pub batch: usize,
    /// The learning rate of Adam, at its peak.
    pub learning_rate: f64,
    /// The course of the learning rate.
    pub course: Course,
    /// Training images at most.
    pub images: usize,
}

/// The form of a judge's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Two hidden layers, the first a sum over the pixels seen: for processors.
    Sparse,
    /// The paper's: 5x5 convolutions of 32 and 64 channels, each halved by a maximum, a dense layer of which 0.4 is
    /// dropped in training.
    Convolutional,
}

/// The course of a learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// The same throughout, as in the paper.
    Constant,
    /// Warmed up, then a half cosine down to a hundredth.
    Cosine,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            pixels: 6,
            form: Form::Sparse,
            width: 128,
            steps: 8_000,
            batch: 128,
            learning_rate: 2e-3,
            course: Course::Cosine,
            images: 20_000,
        }
    }
}
