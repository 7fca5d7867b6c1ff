//! The task `preferences`: which completion of a prompt do people prefer? Rows of preference files, read as they are.
//!
//! The material is the prompt, each candidate one completion. The truth is what the file's annotators preferred: people's
//! word, and no more than that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

pub mod gold;
pub mod tastes;

use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::material::{Level, Material, Span};
use crate::reward::scorer::data::{self, Example, Feedback, Format};
use crate::strategy::Size;
use crate::stream::Stream;
use crate::task::{
    Candidate, ClaimTruth, Drawn, Evidence, Instance, Question, Reading, Says, Settings, Split, SplitRule, Subtask,
    Task, Truth, Truths, disputed, shown_whole,
};

/// What every instance of this task asks.
pub const QUESTION: &str = "Which completion of this prompt is better?";

/// Prompts are parted into so many folds: one is tested on, one validated on, the others are trained on.
const FOLDS: usize = 6;

/// The settings of the task, as typed under `[task.preferences]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder that the paths below are seen from; or `tastes`: simulated annotators; or `gold`: a gold reward to optimise
    /// proxies against.
    pub source: PathBuf,
    /// Files or folders whose rows are trained and validated on.
    pub train: Vec<PathBuf>,
    /// Files or folders whose rows are tested on, and on nothing else; where there are none, a share of the prompts of
    /// `train`.
    pub test: Vec<PathBuf>,
    /// What the files are; told by their names by default.
    pub format: Option<Format>,
    /// Whose votes label the rows of `train`, by the facts that hold them, as PandaLM's `annotator1`; all by default.
    pub train_votes: Vec<String>,
    /// The same of test rows.
    pub test_votes: Vec<String>,
    /// Which sixth of the prompts is held out for the test, from 0 to 5.
    pub fold: usize,
    /// The simulated annotators, where they are the source.
    pub tastes: tastes::Config,
    /// The gold reward, where that is the source.
    pub gold: gold::Config,
}

/// The sources that are generated.
const TASTES: &str = "tastes";
const GOLD: &str = "gold";

impl Settings for Config {
    fn build(&self) -> Result<Box<dyn Task>> {
        Ok(Box::new(Preferences::new(self)?))
    }

    fn input(&self) -> Option<&Path> {
        (!self.is_generated()).then_some(&*self.source)
    }

    fn inputs(&self) -> Vec<PathBuf> {
        if self.is_generated() {
            return Vec::new();
        }
        self.train.iter().chain(&self.test).map(|path| self.source.join(path)).collect()
    }

    fn size(&self) -> Size {
        let options = match self.generated() {
            Some(Generated::Tastes(tastes)) => tastes.completions as u64,
            Some(Generated::Gold(gold)) => gold.candidates as u64,
            None => 4,
        };
        Size { options, claims: options, parts: 1 }
    }

    fn shrink(&mut self) {
        self.gold.candidates = self.gold.candidates.min(16);
    }
}

impl Config {
    fn is_generated(&self) -> bool {
        self.generated().is_some()
    }

    fn generated(&self) -> Option<Generated> {
        match self.source.to_str() {
            Some(TASTES) => Some(Generated::Tastes(self.tastes)),
            Some(GOLD) => Some(Generated::Gold(self.gold)),
            _ => None,
        }
    }
}

/// Where labelled preferences come from: what a reward model of a cell is fitted on.
pub trait Labelled {
    /// At most `count` rows of a split: those that instances of this seed are about come first.
    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<Example>;
}

/// The task, its files read.
#[derive(Debug)]
pub enum Preferences {
    /// Rows of files, parted by prompt.
    Read(Parts),
    /// Rows that are made anew for every seed.
    Generated(Generated),
}

/// How rows are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Generated {
    /// By simulated annotators.
    Tastes(tastes::Config),
    /// By a gold reward.
    Gold(gold::Config),
}

impl Generated {
    fn check(&self) -> Result<()> {
        let (name, checked) = match self {
            Self::Tastes(tastes) => (TASTES, tastes.check()),
            Self::Gold(gold) => (GOLD, gold.check()),
        };
        checked.map_err(|(key, what, next)| wrong(&format!("{name}.{key}"), &what, &next))
    }

    fn rows(&self, split: Split, count: usize, seed: u64) -> Vec<Example> {
        match self {
            Self::Tastes(tastes) => tastes::rows(tastes, split, count, seed),
            Self::Gold(gold) => gold::rows(gold, split, count, seed),
        }
    }
}

/// The rows of every split.
#[derive(Debug, Default)]
pub struct Parts {
    train: Vec<Example>,
    validation: Vec<Example>,
    test: Vec<Example>,
}

impl Preferences {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error::Usage`] where a setting is out of its range, a file is not what it should be, or its rows compare nothing.
    pub fn new(config: &Config) -> Result<Self> {
        if let Some(generated) = config.generated() {
            generated.check()?;
            return Ok(Self::Generated(generated));
        }
        if config.train.is_empty() {
            return Err(wrong("train", "no file is named", "name files or folders below `source`"));
        }
        if config.fold >= FOLDS {
            return Err(wrong("fold", &format!("{} is out of range", config.fold), "give a number from 0 to 5"));
        }
        let read = |paths: &[PathBuf]| -> Result<Vec<Example>> {
            let paths: Vec<PathBuf> = paths.iter().map(|path| config.source.join(path)).collect();
            let rows = data::read(&paths, config.format)?.examples;
            match rows.iter().find(|row| matches!(row.feedback, Feedback::Steps { .. })) {
                None => Ok(rows),
                Some(row) => {
                    let what = format!("row {} has steps, which are no completions to choose among", row.id);
                    Err(wrong("train", &what, "give pairs, rankings or ratings; `tribunal train reward` takes steps"))
                }
            }
        };
        let own = read(&config.train)?;
        let apart = if config.test.is_empty() { None } else { Some(read(&config.test)?) };
        let mut parts = Parts { test: apart.clone().unwrap_or_default(), ..Parts::default() };
        for row in own {
            match (fold(&row.prompt) + FOLDS - config.fold) % FOLDS {
                0 if apart.is_none() => parts.test.push(row),
                1 => parts.validation.push(row),
                _ => parts.train.push(row),
            }
        }
        let voted = |rows: Vec<Example>, votes: &[String]| {
            if votes.is_empty() { Ok(rows) } else { data::voted(rows, votes) }
        };
        parts.train = voted(parts.train, &config.train_votes)?;
        parts.validation = voted(parts.validation, &config.train_votes)?;
        parts.test = together(voted(parts.test, &config.test_votes)?);
        // A pair of which nobody knows the better one has no right answer.
        parts.test.retain(|row| !matches!(row.feedback, Feedback::Pair { .. }) || best(row).len() == 1);
        Ok(Self::Read(parts))
    }
}

/// Rows that rate single completions of one prompt as one row with all of them: what can be chosen among.
fn together(rows: Vec<Example>) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let Feedback::Rated { completion, label } = row.feedback else {
            found.push(row);
            continue;
        };
        // Ranks are lower for the better.
        let rank = 1.0 - label;
        if let Some(known) = places.get(&row.prompt).map(|at| &mut found[*at].feedback) {
            if let Feedback::Ranking { completions, ranks } = known {
                completions.push(completion);
                ranks.push(rank);
            }
            continue;
        }
        places.insert(row.prompt.clone(), found.len());
        let feedback = Feedback::Ranking { completions: vec![completion], ranks: vec![rank] };
        found.push(Example { feedback, labels: Labels::new(), ..row });
    }
    found
}

fn wrong(key: &str, what: &str, next: &str) -> Error {
    Error::Usage(format!("task.preferences.{key}: {what}; {next}"))
}

/// The fold of a prompt: the same for every seed, so that no prompt is trained on under one and tested under another.
fn fold(prompt: &str) -> usize {
    let place = Stream::root(0).named("preferences").named(prompt).uniform();
    ((place * FOLDS as f64) as usize).min(FOLDS - 1)
}

/// The completions of a row.
fn completions(row: &Example) -> Vec<&str> {
    match &row.feedback {
        Feedback::Pair { chosen, rejected, .. } => vec![chosen, rejected],
        Feedback::Ranking { completions, .. } => completions.iter().map(String::as_str).collect(),
        Feedback::Steps { .. } | Feedback::Rated { .. } => Vec::new(),
    }
}

/// The completions that are as good as any.
fn best(row: &Example) -> Vec<usize> {
    match &row.feedback {
        Feedback::Pair { preference, .. } if *preference == 0.5 => vec![0, 1],
        Feedback::Pair { preference, .. } => vec![usize::from(*preference < 0.5)],
        Feedback::Ranking { ranks, .. } => {
            let best = ranks.iter().copied().fold(f64::INFINITY, f64::min);
            (0..ranks.len()).filter(|at| ranks[*at] == best).collect()
        }
        Feedback::Steps { .. } | Feedback::Rated { .. } => Vec::new(),
    }
}

/// The completions that are right: of ratings all that were called so, of comparisons the best.
fn right(row: &Example) -> Vec<usize> {
    match &row.feedback {
        Feedback::Ranking { ranks, .. } if ranks.iter().all(|rank| (0.0..=1.0).contains(rank)) => {
            (0..ranks.len()).filter(|at| ranks[*at] < 0.5).collect()
        }
        _ => best(row),
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

/// An instance and its truth, the completions in an order drawn by lot. What has no best completion, or none that is
/// right, can be chosen among all the same: of a pool, what is chosen is right or wrong.
fn asked(row: &Example, seed: u64) -> (Arc<Instance>, Truth) {
    let (best, right) = (best(row), right(row));
    let completions = completions(row);
    let mut order: Vec<usize> = (0..completions.len()).collect();
    order.shuffle(&mut Stream::root(seed).named("preferences").named("order").named(&row.id).rng());
    let candidates = order.iter().map(|at| Candidate { claims: vec![completions[*at].to_owned()] }).collect();
    let material = Arc::new(material(&row.prompt));
    // Who has read the prompt knows what people would prefer; no less of it says anything.
    let whole = vec![material.whole()];
    let holds = |at: &usize| {
        let holds = right.contains(at);
        let says = if holds { Says::Supports } else { Says::Refutes };
        ClaimTruth::new(holds, vec![Evidence { spans: whole.clone(), says, rank: 0 }])
    };
    let claims = order.iter().map(|at| vec![holds(at)]).collect();
    let mut labels = row.labels.clone();
    labels.insert("cluster".to_owned(), blake3::hash(row.prompt.as_bytes()).to_hex()[..16].to_owned());
    let instance = Instance { id: row.id.clone(), material, question: QUESTION.to_owned(), candidates, labels };
    let right = order.iter().position(|at| best.contains(at)).unwrap_or(0);
    (Arc::new(instance), Truth { right, claims })
}

impl Labelled for Preferences {
    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<Example> {
        let parts = match self {
            Self::Generated(generated) => return generated.rows(split, count, seed),
            Self::Read(parts) => parts,
        };
        let mut rows: Vec<&Example> = parts.of(split).iter().collect();
        rows.shuffle(&mut Stream::root(seed).named("preferences").named("rows").named(split.name()).rng());
        rows.into_iter().take(count).cloned().collect()
    }
}

impl Parts {
    fn of(&self, split: Split) -> &[Example] {
        match split {
            Split::Train => &self.train,
            Split::Validation => &self.validation,
            Split::Test => &self.test,
        }
    }
}

impl Task for Preferences {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        if let Self::Read(parts) = self
            && count > parts.of(split).len()
        {
            let has = parts.of(split).len();
            let what =
                format!("{count} instances of the {} split are asked for, and the files have {has}", split.name());
            return Err(wrong("source", &what, "ask for fewer"));
        }
        // Where completions can be chosen among; of what is only trained on, single ratings cannot.
        let rows = self.labelled(split, count, seed).into_iter().filter(|row| completions(row).len() > 1);
        let gold = match self {
            Self::Generated(Generated::Gold(config)) => Some(gold::Gold::of(config, seed)),
            _ => None,
        };
        let worth = |(instance, mut truth): (Arc<Instance>, Truth)| {
            if let Some(gold) = &gold {
                let texts = instance.candidates.iter().flat_map(|it| &it.claims);
                truth.claims.iter_mut().flatten().zip(texts).for_each(|(it, text)| it.worth = Some(gold.worth(text)));
            }
            (instance.clone(), (instance.id.clone(), truth))
        };
        let (instances, truths): (Vec<_>, Vec<_>) = rows.map(|row| worth(asked(&row, seed))).unzip();
        Ok(Drawn { instances, truths: Truths::new(truths) })
    }

    fn clusters(&self, split: Split, count: usize, seed: u64) -> Result<usize> {
        match self {
            // A generated prompt is a cluster of its own.
            Self::Generated(_) => Ok(count),
            Self::Read(_) => Ok(self.draw(split, count, seed)?.clusters()),
        }
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
            Question::Which => shown_whole(instance),
            Question::Claim { candidate, .. } => {
                instance.candidates.get(usize::from(candidate)).map_or(String::new(), said)
            }
            Question::Summary { .. } => "What does this prompt ask for?".to_owned(),
        }
    }
}
