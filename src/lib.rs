//! Tribunal: a research framework for recursive reward modelling.
//!
//! The stages, in the order of the data: [`task`] yields instances of [`material`]; the engine grows trees by a
//! [`strategy`], asking each [`helper`]; [`judgment`]s climb the tree.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod error;
pub mod eval;
pub mod helper;
pub mod judgment;
pub mod material;
pub mod outcome;
pub mod record;
pub mod report;
pub mod strategy;
pub mod stream;
pub mod task;
