//! The task `books`: is this summary of a whole book true?
//!
//! A book is a material of five levels (book, part, chapter, passage, sentence); an instance asks which of two
//! candidate accounts of it is true in every statement. Books are generated with their truth, or read from files.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::material::Span;
use crate::task::{Drawn, Instance, Reading, Split, SplitRule, Subtask, Task};

pub mod cut;
pub mod flaw;
pub mod generated;
pub mod layout;
pub mod real;
pub mod search;

use search::Indexes;

/// What every instance of this task asks.
pub const QUESTION: &str = "Which of these accounts of the book is true in every statement?";

/// The settings of the task, as typed under `[task.books]`; every default stands in [`Config::default`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `generated`, or a path to real books.
    pub source: String,
    /// Tokens in a generated book, about; 5,000 to 1,000,000.
    pub tokens: usize,
    /// Chapters of a generated book; one for every 1,300 tokens where unset.
    pub chapters: Option<usize>,
    /// Pairs of candidates drawn from one pair of twin worlds; fewer give more independent clusters.
    pub pairs_per_twin: usize,
    /// Claims in a candidate, about: one more or fewer is drawn as often.
    pub claims_per_candidate: usize,
    /// Tokens in a passage, about; 20 to 1,000.
    pub passage_tokens: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            source: "generated".to_owned(),
            tokens: 20_000,
            chapters: None,
            pairs_per_twin: 4,
            claims_per_candidate: 4,
            passage_tokens: 80,
        }
    }
}

/// The task, with the search indexes of the books in use.
#[derive(Debug)]
pub struct Books {
    config: Config,
    indexes: Indexes,
}

impl Books {
    /// The task with these settings, checked.
    ///
    /// # Errors
    /// [`Error::Usage`] where a setting is out of its range.
    pub fn new(config: Config) -> Result<Self> {
        if config.source != "generated" {
            let source = &config.source;
            return Err(Error::Usage(format!("task.books.source: `{source}` is neither `generated` nor a path")));
        }
        generated::check(&config)?;
        Ok(Self { config, indexes: Indexes::default() })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Task for Books {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        Ok(generated::draw(&self.config, split, count, seed))
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        cut::split(instance, subtask, rule, &self.indexes.of(&instance.material))
    }

    fn reading(&self, instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span> {
        cut::reading(instance, subtask, reading, &self.indexes.of(&instance.material))
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        cut::shown(instance, subtask)
    }
}
