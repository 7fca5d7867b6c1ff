//! Labelled preferences as files have them: one [`Example`] a row, whatever the file's own form.

mod adapters;
mod files;
mod rows;
mod votes;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use votes::voted;

use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::spec::nearest;

/// One labelled row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Where it stands, as FILE:LINE.
    pub id: String,
    /// What the completions complete; empty where there is none.
    pub prompt: String,
    /// What is said of which completions.
    pub feedback: Feedback,
    /// What it counts in a loss, above 0.
    pub weight: f64,
    /// Facts of the row: subset, annotator, source, ...
    pub labels: Labels,
}

/// What is said of which completions.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// Which of two is better.
    Pair {
        /// The better one, as far as the label goes.
        chosen: String,
        /// The other.
        rejected: String,
        /// By how much its score should be higher, in nats; 0 where nothing is said.
        margin: f64,
        /// The probability that `chosen` is the better one: 1 for a plain label.
        preference: f64,
    },
    /// Completions of one prompt by rank.
    Ranking {
        /// The completions, at least two.
        completions: Vec<String>,
        /// Their ranks; lower is better, equal is a tie.
        ranks: Vec<f64>,
    },
    /// A completion in steps.
    Steps {
        /// The steps in order.
        steps: Vec<String>,
        /// The probability that each is right; none where nothing is known.
        labels: Vec<Option<f64>>,
    },
    /// One completion.
    Rated {
        /// The completion.
        completion: String,
        /// The probability that it is right.
        label: f64,
    },
}

/// What files hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// What can be learned from, in order.
    pub examples: Vec<Example>,
    /// Rows of published files that tell nothing apart, as ties and empty or equal answers: they are passed over.
    pub passed_over: usize,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Rows as described in `docs/guides/train-a-reward-model.md`.
    Jsonl,
    /// Bai et al. 2022: dialogues, chosen and rejected.
    HhRlhf,
    /// Zeng et al. 2024: an instruction, two outputs, which follows it.
    LlmBar,
    /// Wang et al. 2024: an instruction, two responses, three annotators' votes.
    PandaLm,
    /// Tyen et al. 2024: traces of steps, the first mistake marked.
    BigbenchMistake,
    /// Cobbe et al. 2021: model solutions, each right or wrong.
    Gsm8k,
}

impl Format {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 6] = [
        ("jsonl", Self::Jsonl),
        ("hh_rlhf", Self::HhRlhf),
        ("llmbar", Self::LlmBar),
        ("pandalm", Self::PandaLm),
        ("bigbench_mistake", Self::BigbenchMistake),
        ("gsm8k", Self::Gsm8k),
    ];

    /// By the names of the file and of its folders, in small or large letters, with dashes or underscores; JSONL where none of
    /// them is known.
    pub fn of(path: &Path) -> Self {
        let plain = |part: &std::ffi::OsStr| part.to_string_lossy().to_lowercase().replace('-', "_");
        let names: Vec<String> = path.iter().map(plain).collect();
        let known = Self::ALL[1..].iter().find(|(name, _)| names.iter().any(|part| part == name));
        known.map_or(Self::Jsonl, |(_, format)| *format)
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, format)| *format).ok_or_else(|| {
            let next = nearest(name, Self::ALL.iter().map(|(known, _)| *known));
            Error::Usage(format!("there is no format `{name}`\n  {next}"))
        })
    }
}

/// Reads the rows of files and of folders of files, plain or gz, in the order of the names.
///
/// # Errors
/// [`Error::Usage`] for the first row that is not what it should be, with its file, line and field;
/// [`Error::Environment`] for a file that cannot be read.
pub fn read(paths: &[PathBuf], format: Option<Format>) -> Result<Rows> {
    read_for(Need::Labels, paths, format)
}

/// The same for rows that are only to be scored: completions without labels are taken too, as a ranking of which nothing is
/// known.
///
/// # Errors
/// As [`read`].
pub fn read_to_score(paths: &[PathBuf], format: Option<Format>) -> Result<Rows> {
    read_for(Need::Texts, paths, format)
}

/// What a row must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Something is said of its completions.
    Labels,
    /// Completions.
    Texts,
}

fn read_for(need: Need, paths: &[PathBuf], format: Option<Format>) -> Result<Rows> {
    let (mut examples, mut passed_over) = (Vec::new(), 0);
    for path in paths {
        for file in files::below(path)? {
            let format = format.unwrap_or_else(|| Format::of(&file));
            let found = files::rows(&file, format)?;
            let before = examples.len();
            for (line, value) in found {
                let place = files::Place { file: &file, line };
                let found = match format {
                    Format::Jsonl => vec![rows::example(&place, &value, need)?],
                    _ => adapters::examples(format, &place, &value)?,
                };
                passed_over += usize::from(found.is_empty());
                examples.extend(found);
            }
            if examples.len() == before && path == &file {
                return Err(Error::Usage(format!(
                    "`{}` has no row that can be used\n  give a file with rows, or say what it is (--format)",
                    file.display()
                )));
            }
        }
    }
    if examples.is_empty() {
        return Err(Error::Usage("no row was found in any file\n  name files with rows (--data)".into()));
    }
    Ok(Rows { examples, passed_over })
}

/// How many rows of each kind there are, in a line.
pub fn summary(rows: &Rows) -> String {
    let examples = &rows.examples;
    let kind = |feedback: &Feedback| match feedback {
        Feedback::Pair { .. } => 0,
        Feedback::Ranking { .. } => 1,
        Feedback::Steps { .. } => 2,
        Feedback::Rated { .. } => 3,
    };
    let mut text = format!("{} rows", examples.len());
    for (at, name) in ["pairs", "rankings", "solutions in steps", "rated completions"].iter().enumerate() {
        let count = examples.iter().filter(|example| kind(&example.feedback) == at).count();
        if count > 0 {
            let _ = write!(text, "; {count} {name}");
        }
    }
    if rows.passed_over > 0 {
        let _ = write!(text, "; {} passed over that tell nothing apart", rows.passed_over);
    }
    text
}

#[cfg(test)]
mod tests;
