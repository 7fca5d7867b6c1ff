//! The task `books`: is this summary of a whole book true?
//!
//! A book is a material of five levels (book, part, chapter, passage, sentence); an instance asks which of two
//! candidate accounts of it is true in every statement. Books are generated with their truth, or read from files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::material::Span;
use crate::strategy::Size;
use crate::task::passages::search::Indexes;
use crate::task::{Drawn, Instance, Reading, Settings, Split, SplitRule, Subtask, Task, passages};

pub mod flaw;
pub mod generated;
pub mod layout;
pub mod real;

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
    /// Books that each pair of candidates is asked of: 2, both twins, so that no reader of candidates alone can do
    /// better than chance; or 1, drawn by lot, to measure what such a reader would learn.
    pub books_per_pair: usize,
    /// Options of a question on a tale; 2 to 6.
    pub options: usize,
    /// Of real books, the ids of those to test on; where empty, the seed chooses.
    pub test_books: Vec<String>,
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
            books_per_pair: 2,
            options: 2,
            test_books: Vec::new(),
        }
    }
}

impl Settings for Config {
    fn build(&self) -> Result<Box<dyn Task>> {
        Ok(Box::new(Books::new(self.clone())?))
    }

    fn input(&self) -> Option<&Path> {
        (self.source != "generated").then(|| Path::new(&self.source))
    }

    fn size(&self) -> Size {
        let claims = 2 * (self.claims_per_candidate as u64 + 1);
        // A tale's question has as many as are set; two accounts of a book, or two stretches of a novel, are two.
        let options = if self.source == "generated" { 2 } else { self.options as u64 };
        Size { options, claims, parts: (self.tokens as u64 / 1_300).max(1) }
    }

    fn shrink(&mut self) {
        self.tokens = self.tokens.min(5_000);
        self.pairs_per_twin = 1;
    }
}

/// The task, with the books that were read and the search indexes of those in use.
#[derive(Debug)]
pub struct Books {
    config: Config,
    source: Source,
    indexes: Indexes,
}

/// Where books come from.
#[derive(Debug)]
enum Source {
    Generated,
    Read(Vec<real::Book>),
}

impl Books {
    /// The task with these settings, checked; books that are to be read are read.
    ///
    /// # Errors
    /// [`Error::Usage`] where a setting is out of its range or a book cannot be read.
    pub fn new(config: Config) -> Result<Self> {
        if !(1..=2).contains(&config.books_per_pair) {
            let got = config.books_per_pair;
            return Err(Error::Usage(format!("task.books.books_per_pair: {got} is out of range; give 1 or 2")));
        }
        let source = if config.source == "generated" {
            generated::check(&config)?;
            Source::Generated
        } else {
            config.knobs().check()?;
            Source::Read(real::load(Path::new(&config.source))?)
        };
        Ok(Self { config, source, indexes: Indexes::default() })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl Config {
    fn knobs(&self) -> real::Knobs {
        real::Knobs {
            claims_per_candidate: self.claims_per_candidate,
            options: self.options,
            test_books: self.test_books.clone(),
        }
    }
}

impl Task for Books {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        match &self.source {
            Source::Generated => Ok(generated::draw(&self.config, split, count, seed)),
            Source::Read(books) => real::draw(books, split, count, seed, &self.config.knobs()),
        }
    }

    fn clusters(&self, split: Split, count: usize, seed: u64) -> Result<usize> {
        match &self.source {
            Source::Generated => Ok(generated::twins(&self.config, count)),
            Source::Read(_) => Ok(self.draw(split, count, seed)?.clusters()),
        }
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        passages::split(instance, subtask, rule, &self.indexes.of(&instance.material))
    }

    fn reading(&self, instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span> {
        passages::reading(instance, subtask, reading, &self.indexes.of(&instance.material))
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        passages::shown(instance, subtask)
    }
}
