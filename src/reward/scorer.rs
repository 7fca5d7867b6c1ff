//! The reward model as a trainer of its own: any transformer, from scratch or pretrained, that scores a completion of a
//! prompt; trained on comparisons, rankings, ratings or steps; resumed bit for bit; served so that a score depends on its
//! text alone.
//!
//! Data become [`data::Example`]s, tokens, and batches whose targets are all of three kinds (`objective`): scores
//! compared, scores told right from wrong, words foretold. A [`fit::Fit`] is a training, its
//! snapshot a [`scored::Scorer`], which helpers and `tribunal score` hold; [`crate::fit::job`] drives one into a folder.

mod batch;
pub mod data;
pub mod ensemble;
pub mod fit;
mod objective;
pub mod scored;
pub mod settings;
mod start;
mod step;
pub mod tokens;
mod training;

pub use training::{Course, Update};

#[cfg(test)]
mod tests;
