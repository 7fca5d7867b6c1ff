//! The task `preferences`: which completion of a prompt do people prefer? Rows of preference files, read as they are.
//!
//! The material is the prompt, each candidate one completion. The truth is what the file's annotators preferred: people's
//! word, and no more than that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::material::{Level, Material, Span};
use crate::reward::scorer::data::{self, Example, Feedback, Format};
use crate::strategy::Size;
use crate::stream::Stream;
use crate::task::{
    Candidate, ClaimTruth, Drawn, Instance, Question, Reading, Settings, Split, SplitRule, Subtask, Task, Truth,
    Truths, disputed,
};

/// What every instance of this task asks.
pub const QUESTION: &str = "Which completion of this prompt is better?";

/// Shares of the prompts of one file that are trained on, and that are trained or validated on.
const TRAINED: f64 = 0.7;
const HELD_FROM: f64 = 0.85;

/// The settings of the task, as typed under `[task.preferences]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder that the paths below are seen from.
    pub source: PathBuf,
    /// Files or folders whose rows are trained and validated on.
    pub train: Vec<PathBuf>,
    /// Files or folders whose rows are tested on, and on nothing else; where there are none, a share of the prompts of
    /// `train`.
    pub test: Vec<PathBuf>,
    /// What the files are; told by their names by default.
    pub format: Option<Format>,
}

impl Settings for Config {
    fn build(&self) -> Result<Box<dyn Task>> {
        Ok(Box::new(Preferences::new(self)?))
    }

    fn input(&self) -> Option<&Path> {
        Some(&self.source)
    }

    fn inputs(&self) -> Vec<PathBuf> {
        self.train.iter().chain(&self.test).map(|path| self.source.join(path)).collect()
    }

    fn size(&self) -> Size {
        Size { options: 2, claims: 2, parts: 1 }
    }

    fn shrink(&mut self) {}
}

/// Where labelled preferences come from: what a reward model of a cell is fitted on.
pub trait Labelled {
    /// At most `count` rows of a split: those that instances of this seed are about come first.
    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<Example>;
}

/// The task, its files read.
#[derive(Debug)]
pub struct Preferences {
    train: Vec<Example>,
    validation: Vec<Example>,
    test: Vec<Example>,
}

impl Preferences {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error::Usage`] where a file is not what it should be, or its rows compare nothing.
    pub fn new(config: &Config) -> Result<Self> {
        if config.train.is_empty() {
            return Err(wrong("train", "no file is named", "name files or folders below `source`"));
        }
        let read = |paths: &[PathBuf]| -> Result<Vec<Example>> {
            let paths: Vec<PathBuf> = paths.iter().map(|path| config.source.join(path)).collect();
            let rows = data::read(&paths, config.format)?;
            match rows.iter().find(|row| !compares(row)) {
                None => Ok(rows),
                Some(row) => {
                    let what = format!("row {} compares no completions", row.id);
                    Err(wrong("train", &what, "give pairs or rankings; `tribunal train reward` takes the others"))
                }
            }
        };
        let own = read(&config.train)?;
        let apart = if config.test.is_empty() { None } else { Some(read(&config.test)?) };
        let mut task = Self { train: Vec::new(), validation: Vec::new(), test: apart.clone().unwrap_or_default() };
        for row in own {
            match place(&row.prompt) {
                at if at < TRAINED => task.train.push(row),
                at if at < HELD_FROM => task.validation.push(row),
                _ if apart.is_none() => task.test.push(row),
                _ => task.train.push(row),
            }
        }
        task.test.retain(|row| right(row).is_some());
        Ok(task)
    }

    fn of(&self, split: Split) -> &[Example] {
        match split {
            Split::Train => &self.train,
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }
}

fn wrong(key: &str, what: &str, next: &str) -> Error {
    Error::Usage(format!("task.preferences.{key}: {what}; {next}"))
}

/// Where in `[0, 1)` a prompt falls: the same for every seed, so that no prompt is trained on under one and tested under
/// another.
fn place(prompt: &str) -> f64 {
    Stream::root(0).named("preferences").named(prompt).uniform()
}

fn compares(row: &Example) -> bool {
    matches!(row.feedback, Feedback::Pair { .. } | Feedback::Ranking { .. })
}

/// The completions of a row.
fn completions(row: &Example) -> Vec<&str> {
    match &row.feedback {
        Feedback::Pair { chosen, rejected, .. } => vec![chosen, rejected],
        Feedback::Ranking { completions, .. } => completions.iter().map(String::as_str).collect(),
        Feedback::Steps { .. } | Feedback::Rated { .. } => Vec::new(),
    }
}

/// The completion that is preferred, where one is.
fn right(row: &Example) -> Option<usize> {
    match &row.feedback {
        Feedback::Pair { preference, .. } if *preference == 0.5 => None,
        Feedback::Pair { preference, .. } => Some(usize::from(*preference < 0.5)),
        Feedback::Ranking { ranks, .. } => {
            let best = ranks.iter().copied().fold(f64::INFINITY, f64::min);
            let mut first = (0..ranks.len()).filter(|at| ranks[*at] == best);
            let only = first.next()?;
            first.next().is_none().then_some(only)
        }
        Feedback::Steps { .. } | Feedback::Rated { .. } => None,
    }
}

/// The prompt as material: a line break ends it, so that an empty prompt is a text too.
fn material(prompt: &str) -> Material {
    let text = format!("{prompt}\n");
    let whole = Span::new(0, text.len());
    Material::new(vec![Arc::from(text)], vec![Level { name: "prompt", units: vec![whole], titles: Vec::new() }])
}

/// The prompt of an instance, as far as a view shows it.
pub fn prompt_shown(instance: &Instance, spans: &[Span]) -> String {
    let text: String = spans.iter().map(|span| instance.material.text(*span)).collect();
    text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
}

/// An instance and its truth, the completions in an order drawn by lot.
fn asked(row: &Example, seed: u64) -> Option<(Arc<Instance>, Truth)> {
    let right = right(row)?;
    let completions = completions(row);
    let mut order: Vec<usize> = (0..completions.len()).collect();
    order.shuffle(&mut Stream::root(seed).named("preferences").named("order").named(&row.id).rng());
    let candidates = order.iter().map(|at| Candidate { claims: vec![completions[*at].to_owned()] }).collect();
    let claims = order.iter().map(|at| vec![ClaimTruth { holds: *at == right, evidence: Vec::new() }]).collect();
    let mut labels: BTreeMap<String, String> = row.labels.clone();
    labels.insert("cluster".to_owned(), blake3::hash(row.prompt.as_bytes()).to_hex()[..16].to_owned());
    let instance = Instance {
        id: row.id.clone(),
        material: Arc::new(material(&row.prompt)),
        question: QUESTION.to_owned(),
        candidates,
        labels,
    };
    let right = order.iter().position(|at| *at == right)?;
    Some((Arc::new(instance), Truth { right, claims }))
}

impl Labelled for Preferences {
    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<Example> {
        let mut rows: Vec<&Example> = self.of(split).iter().collect();
        rows.shuffle(&mut Stream::root(seed).named("preferences").named("rows").named(split.name()).rng());
        rows.into_iter().take(count).cloned().collect()
    }
}

impl Task for Preferences {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        let has = self.of(split).len();
        if count > has {
            return Err(wrong(
                "source",
                &format!("{count} instances of the {} split are asked for, and the files have {has}", split.name()),
                "ask for fewer",
            ));
        }
        let asked = self.labelled(split, count, seed).into_iter().filter_map(|row| asked(&row, seed));
        let (instances, truths): (Vec<_>, Vec<_>) =
            asked.map(|(it, truth)| (it.clone(), (it.id.clone(), truth))).unzip();
        Ok(Drawn { instances, truths: Truths::new(truths) })
    }

    fn preferences(&self) -> Option<&dyn Labelled> {
        Some(self)
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        let by_claim = || -> Vec<Subtask> {
            let claims = (0..instance.candidates.len() as u16).map(|candidate| Question::Claim { candidate, claim: 0 });
            claims.map(|question| Subtask { question, spans: subtask.spans.clone() }).collect()
        };
        match (rule, &subtask.question) {
            (SplitRule::ByClaim, Question::Which) => by_claim(),
            (SplitRule::Disputed { claims }, Question::Which) => disputed(by_claim(), claims),
            // A prompt is read whole.
            _ => Vec::new(),
        }
    }

    fn reading(&self, _: &Instance, subtask: &Subtask, _: Reading) -> Vec<Span> {
        subtask.spans.clone()
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        let said = |candidate: &Candidate| candidate.claims.join(" ");
        match subtask.question {
            Question::Which => {
                let candidates = instance.candidates.iter().zip('A'..).map(|(it, at)| format!("{at}. {}", said(it)));
                format!("{}\n{}", instance.question, candidates.collect::<Vec<_>>().join("\n"))
            }
            Question::Claim { candidate, .. } => {
                instance.candidates.get(usize::from(candidate)).map_or(String::new(), said)
            }
            Question::Summary { .. } => "What does this prompt ask for?".to_owned(),
        }
    }
}
