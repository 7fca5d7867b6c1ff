//! Tribunal: a research framework for recursive reward modelling.
//!
//! The stages, in the order of the data: a [`spec`] says what is compared; [`task`] yields instances of
//! [`material`]; the engine grows trees by a [`strategy`], asking each [`helper`]; [`judgment`]s climb the tree;
//! [`record`]s keep what happened.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod budget;
pub mod cast;
pub mod cell;
pub mod cli;
pub mod engine;
pub mod error;
pub mod eval;
pub mod fit;
pub mod helper;
pub mod judgment;
pub mod labels;
pub mod levels;
pub mod material;
pub mod model;
pub mod numerals;
pub mod outcome;
pub mod plan;
pub mod record;
pub mod report;
pub mod reward;
pub mod run;
pub mod scale;
pub mod spec;
pub mod strategy;
pub mod stream;
pub mod task;
pub mod tree;
