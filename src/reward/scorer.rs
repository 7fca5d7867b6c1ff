//! The reward model as a trainer of its own: any transformer, from scratch or pretrained, that scores a completion of a
//! prompt; trained on comparisons, rankings, ratings or steps; resumed bit for bit; served so that a score depends on its
//! text alone.
//!
//! Data become [`data::Example`]s, tokens, and batches whose targets are all of three kinds (`objective`): scores
//! compared, scores told right from wrong, words foretold. [`job::train`] drives a [`fit::Fit`] into a folder, whose
//! [`scored::Scorer`] is what helpers and `tribunal score` hold.

mod batch;
pub mod data;
pub mod ensemble;
pub mod fit;
pub mod job;
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
