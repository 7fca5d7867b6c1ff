//! The task `digits`: what does this image show, to a judge who sees a few of its pixels? (Irving et al. 2018, section 3.)
//!
//! An image is a material of three levels (image, row, pixel); a pixel is a span of one byte, and whoever argues reveals
//! pixels by quoting them. Images are generated, or read from MNIST's files or those of the UCI optical digits.

use std::path::Path;
use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::material::Span;
use crate::strategy::Size;
use crate::stream::Stream;
use crate::task::image::{Images, LabelledImage, Shape};
use crate::task::{
    Candidate, ClaimTruth, Drawn, Evidence, Instance, Question, Reading, Says, Settings, Split, SplitRule, Subtask,
    Task, Truth, Truths, shown_whole,
};

pub mod claims;
mod cut;
pub mod files;
pub mod idx;
pub mod optical;
pub mod strokes;

use claims::CLASSES;
use files::Folder;

/// What every instance of this task asks.
pub const QUESTION: &str = "What does the image show?";

/// The settings of the task, as typed under `[task.digits]`; every default stands in [`Config::default`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `generated`, or a folder with MNIST's IDX files or the UCI optical digits.
    pub source: String,
    /// Pixels of a side of a generated image; 8 to 64.
    pub side: u16,
    /// What the two candidates of an instance say.
    pub claims: Claims,
    /// Which of the nine lies on an image are told, where they are named.
    pub lies: Lies,
    /// The order of the candidates.
    pub order: Order,
    /// Instances alike but for their name, and so for the luck of whoever argues in them: the games whose outcomes are
    /// averaged, since the worst of nine noisy searches is worse than each (Irving et al. 2018).
    pub games: usize,
}

/// What the candidates of an instance say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claims {
    /// One digit each, the true one and a lie.
    Precommitted,
    /// The true digit, and that it is another one.
    Open,
}

/// Which lies are told of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lies {
    /// All nine, each in an instance of its own.
    All,
    /// One, drawn by lot.
    One,
}

/// The order of the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Drawn by lot, an instance at a time.
    Drawn,
    /// The true one first: for ablations in which the two sides differ (who moves last, an honest player without a
    /// search), told apart by their candidate's place. No judge may then go by the place.
    TruthFirst,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            source: "generated".to_owned(),
            side: 16,
            claims: Claims::Precommitted,
            lies: Lies::All,
            order: Order::Drawn,
            games: 1,
        }
    }
}

impl Config {
    /// Instances of one image.
    fn instances_an_image(&self) -> usize {
        let lies = match (self.claims, self.lies) {
            (Claims::Precommitted, Lies::All) => CLASSES - 1,
            (Claims::Precommitted, Lies::One) | (Claims::Open, _) => 1,
        };
        lies * self.games
    }
}

impl Settings for Config {
    fn build(&self) -> Result<Box<dyn Task>> {
        Ok(Box::new(Digits::new(self.clone())?))
    }

    fn input(&self) -> Option<&Path> {
        (self.source != "generated").then(|| Path::new(&self.source))
    }

    fn drawn(&self, count: usize) -> usize {
        count.next_multiple_of(self.instances_an_image().max(1))
    }

    fn size(&self) -> Size {
        Size { options: 2, claims: 2, parts: u64::from(self.side) }
    }

    fn shrink(&mut self) {
        self.games = 1;
        self.side = self.side.min(12);
    }

    fn keep_images_alone(&mut self) {
        *self = Self { source: self.source.clone(), side: self.side, ..Self::default() };
    }
}

/// The task, with the images that were read.
#[derive(Debug)]
pub struct Digits {
    config: Config,
    source: Source,
}

/// Where images come from.
#[derive(Debug)]
enum Source {
    Generated,
    Read(Folder),
}

impl Digits {
    /// The task with these settings, checked; files that are to be read are read.
    ///
    /// # Errors
    /// [`Error::Usage`] where a setting is out of its range or a file is not what it should be.
    pub fn new(config: Config) -> Result<Self> {
        let within = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            let next = format!("give a number from {low} to {high}");
            Err(Error::Usage(format!("task.digits.{name}: {value} is out of range; {next}")))
        };
        within("side", usize::from(config.side), 8, 64)?;
        within("games", config.games, 1, 99)?;
        let source = match config.source.as_str() {
            "generated" => Source::Generated,
            folder => {
                let read = Folder::read(Path::new(folder));
                let read = read.map_err(|(what, next)| Error::Usage(format!("task.digits.source: {what}; {next}")))?;
                Source::Read(read)
            }
        };
        Ok(Self { config, source })
    }

    fn asked(&self, drawn: &LabelledImage, seed: u64) -> Vec<(Arc<Instance>, Truth)> {
        let stream = Stream::root(seed).named("digits").named("asked").named(&drawn.name);
        let material = Arc::new(drawn.image.material());
        let evidence: Vec<Span> = drawn.image.inked().map(|at| material.smallest()[at]).collect();
        let others = (0..CLASSES as u8).filter(|digit| *digit != drawn.label);
        let lies: Vec<Option<u8>> = match (self.config.claims, self.config.lies) {
            (Claims::Open, _) => vec![None],
            (Claims::Precommitted, Lies::All) => others.map(Some).collect(),
            (Claims::Precommitted, Lies::One) => {
                let mut all: Vec<u8> = others.collect();
                all.shuffle(&mut stream.named("lie").rng());
                vec![all.first().copied()]
            }
        };
        let mut asked = Vec::new();
        for lie in lies {
            let told = lie.map_or("open".to_owned(), |lie| lie.to_string());
            for game in 0..self.config.games {
                let id = format!("{}-{told}-{game}", drawn.name);
                // Every game of a lie has the same order, so that they differ in luck alone.
                let is_first =
                    self.config.order == Order::TruthFirst || stream.named("order").named(&told).rng().random();
                let truthful = (claims::shows(drawn.label), true);
                let lying = (lie.map_or_else(|| claims::shows_another_than(drawn.label), claims::shows), false);
                let pair = if is_first { [truthful, lying] } else { [lying, truthful] };
                let truth = Truth {
                    right: usize::from(!is_first),
                    claims: pair.iter().map(|(_, holds)| vec![shown_by(&evidence, *holds)]).collect(),
                };
                let labels = [
                    ("cluster", drawn.name.clone()),
                    ("image", drawn.name.clone()),
                    ("digit", drawn.label.to_string()),
                    ("lie", told.clone()),
                    ("game", game.to_string()),
                ];
                let instance = Instance {
                    id,
                    material: material.clone(),
                    question: QUESTION.to_owned(),
                    candidates: pair.into_iter().map(|(candidate, _)| candidate).collect(),
                    labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                };
                asked.push((Arc::new(instance), truth));
            }
        }
        asked
    }
}

/// The truth of a claim: all of the ink shows it, and no less is known to.
fn shown_by(ink: &[Span], holds: bool) -> ClaimTruth {
    let says = if holds { Says::Supports } else { Says::Refutes };
    ClaimTruth::new(holds, vec![Evidence { spans: ink.to_vec(), says, rank: 0 }])
}

impl Task for Digits {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        let drawn = self.labelled(split, self.clusters(split, count, seed)?, seed);
        let asked: Vec<Vec<(Arc<Instance>, Truth)>> = drawn.par_iter().map(|image| self.asked(image, seed)).collect();
        let (instances, truths): (Vec<_>, Vec<_>) =
            asked.into_iter().flatten().map(|(it, truth)| (it.clone(), (it.id.clone(), truth))).unzip();
        Ok(Drawn { instances, truths: Truths::new(truths) })
    }

    fn clusters(&self, split: Split, count: usize, _seed: u64) -> Result<usize> {
        let images = count.div_ceil(self.config.instances_an_image());
        match &self.source {
            Source::Read(folder) if folder.count(split) < images => Err(Error::Usage(format!(
                "task.digits.source: {count} instances of the {split:?} split need {images} images, and it has {}; ask for \
                 fewer instances",
                folder.count(split)
            ))),
            _ => Ok(images),
        }
    }

    fn images(&self) -> Option<&dyn Images> {
        Some(self)
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        cut::split(instance, subtask, rule)
    }

    fn reading(&self, instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span> {
        cut::reading(instance, subtask, reading)
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        let said = |candidate: &Candidate| candidate.claims.join(" ");
        match subtask.question {
            Question::Which => shown_whole(instance),
            Question::Claim { candidate, .. } => {
                instance.candidates.get(usize::from(candidate)).map_or(String::new(), said)
            }
            Question::Summary { .. } => "Which pixels of this part of the image have ink?".to_owned(),
        }
    }
}

impl Images for Digits {
    fn shape(&self) -> Shape {
        match &self.source {
            Source::Generated => Shape { rows: self.config.side, columns: self.config.side },
            Source::Read(folder) => folder.shape,
        }
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn inked_min(&self) -> usize {
        match &self.source {
            Source::Generated => strokes::INKED_MIN,
            Source::Read(folder) => folder.inked_min,
        }
    }

    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<LabelledImage> {
        match &self.source {
            Source::Generated => {
                let side = self.config.side;
                (0..count).into_par_iter().map(|number| strokes::draw(side, split, seed, number)).collect()
            }
            Source::Read(folder) => folder.draw(split, count, seed),
        }
    }
}
