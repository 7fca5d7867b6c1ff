//! Simulated annotators with private tastes: each ranks completions by what all agree on, by the taste of the group that it
//! belongs to, and by its own.
//!
//! A completion is some words, each with qualities that are fixed for a seed. Utilities are linear in them, so that how far
//! annotators agree is set, and a model that knew all would be right as often as the noise allows (InstructGPT's labelers
//! agree with one another 72.6% of the time; Ouyang et al. 2022, section 3.4).

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::record::rows::Labels;
use crate::reward::scorer::data::{Example, Feedback};
use crate::stream::Stream;
use crate::task::Split;

/// Words that completions are made of, and qualities that each has.
const WORDS: usize = 60;
const QUALITIES: usize = 8;
/// Words of a completion.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=8;

/// The settings, as typed under `[task.preferences.tastes]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Annotators of the training rows; as many others are tested on.
    pub annotators: usize,
    /// Groups that annotators belong to in turn.
    pub groups: usize,
    /// Completions that one annotator ranks for one prompt; 2 to 9.
    pub completions: usize,
    /// The weight of an annotator's group in its utility, where what all agree on weighs 1.
    pub group_taste: f64,
    /// The weight of its own taste.
    pub own_taste: f64,
    /// What training rows are.
    pub form: Form,
    /// Whether prompts name the annotator's group.
    pub groups_are: GroupsAre,
}

/// What training rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// All completions of a prompt in one row: all of its pairs in one batch, each completion read once.
    Rankings,
    /// Each pair a row of its own, shuffled among all others: a completion comes again and again in an epoch.
    Pairs,
}

/// Whether prompts name the annotator's group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupsAre {
    /// They do: a model may learn each group's taste.
    Named,
    /// They do not: a model learns the taste of the average annotator.
    Hidden,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            annotators: 12,
            groups: 3,
            completions: 4,
            group_taste: 0.7,
            own_taste: 0.7,
            form: Form::Rankings,
            groups_are: GroupsAre::Hidden,
        }
    }
}

impl Config {
    /// What is wrong with it: the setting, what, and what to do.
    pub(super) fn check(&self) -> Result<(), (&'static str, String, String)> {
        let wrong = |key, value: String, next: &str| Err((key, format!("{value} is out of range"), next.to_owned()));
        if !(2..=9).contains(&self.completions) {
            return wrong("completions", self.completions.to_string(), "give a number from 2 to 9");
        }
        if self.groups == 0 || self.annotators < self.groups {
            return wrong("groups", self.groups.to_string(), "give at least 1, and no more than annotators");
        }
        for (key, value) in [("group_taste", self.group_taste), ("own_taste", self.own_taste)] {
            if !(0.0..=100.0).contains(&value) {
                return wrong(key, value.to_string(), "give a number from 0 to 100");
            }
        }
        Ok(())
    }
}

/// The rows of the first `count` prompts of a split, of which pairs have several each. Training and validation rows are of the known annotators, on prompts of their own; of
/// test rows every second one is, and the others are of annotators that no training row is of.
pub(super) fn rows(config: &Config, split: Split, count: usize, seed: u64) -> Vec<Example> {
    let world = World::of(seed);
    let stream = Stream::root(seed).named("tastes").named(split.name());
    let forms = if split == Split::Test { Form::Rankings } else { config.form };
    (0..count).flat_map(|at| world.ranked(config, split, at, forms, &stream.index(at as u64))).collect()
}

/// What every word is like, and what all annotators agree on.
struct World {
    words: Vec<[f64; QUALITIES]>,
    shared: [f64; QUALITIES],
    stream: Stream,
}

impl World {
    fn of(seed: u64) -> Self {
        let stream = Stream::root(seed).named("tastes").named("world");
        let words = (0..WORDS).map(|word| normals(&stream.named("words").index(word as u64))).collect();
        Self { words, shared: normals(&stream.named("shared")), stream }
    }

    /// What an annotator of this number likes.
    fn taste(&self, config: &Config, annotator: usize) -> [f64; QUALITIES] {
        let group = normals(&self.stream.named("group").index((annotator % config.groups) as u64));
        let own = normals(&self.stream.named("annotator").index(annotator as u64));
        let of = |at: usize| self.shared[at] + config.group_taste * group[at] + config.own_taste * own[at];
        std::array::from_fn(of)
    }

    fn ranked(&self, config: &Config, split: Split, at: usize, form: Form, stream: &Stream) -> Vec<Example> {
        let mut rng = stream.rng();
        let known = split != Split::Test || at.is_multiple_of(2);
        let annotator = rng.random_range(0..config.annotators) + if known { 0 } else { config.annotators };
        let taste = self.taste(config, annotator);
        let mut completions: Vec<String> = Vec::with_capacity(config.completions);
        let mut utilities: Vec<f64> = Vec::with_capacity(config.completions);
        while completions.len() < config.completions {
            let words: Vec<usize> = (0..rng.random_range(LENGTHS)).map(|_| rng.random_range(0..WORDS)).collect();
            let text: String = words.iter().map(|word| format!(" w{word}")).collect();
            if completions.contains(&text) {
                continue;
            }
            let liked = words.iter().map(|word| (0..QUALITIES).map(|q| self.words[*word][q] * taste[q]).sum::<f64>());
            utilities.push(liked.sum::<f64>() / words.len() as f64);
            completions.push(text);
        }
        let ranks: Vec<f64> =
            utilities.iter().map(|own| utilities.iter().filter(|other| *other > own).count() as f64 + 1.0).collect();
        let group = annotator % config.groups;
        let name = (stream.named("prompt").uniform() * 1e8) as u64;
        let asked = match config.groups_are {
            GroupsAre::Named => format!("g{group} p{name}:"),
            GroupsAre::Hidden => format!("p{name}:"),
        };
        let facts = [("annotator", if known { "known" } else { "held out" }.to_owned()), ("group", group.to_string())];
        let labels: Labels = facts.map(|(name, value)| (name.to_owned(), value)).into();
        let row = |part: String, feedback: Feedback| Example {
            id: format!("{}-{at}{part}", split.name()),
            prompt: asked.clone(),
            feedback,
            weight: 1.0,
            labels: labels.clone(),
        };
        match form {
            Form::Rankings => vec![row(String::new(), Feedback::Ranking { completions, ranks })],
            Form::Pairs => {
                let places = || 0..completions.len();
                let pairs = places().flat_map(|a| places().filter(move |b| *b != a).map(move |b| (a, b)));
                let better = pairs.filter(|(a, b)| ranks[*a] < ranks[*b]);
                let pair = |(a, b): (usize, usize)| {
                    let (chosen, rejected) = (completions[a].clone(), completions[b].clone());
                    row(format!("-{a}{b}"), Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 })
                };
                better.map(pair).collect()
            }
        }
    }
}

/// Standard normal values.
fn normals(stream: &Stream) -> [f64; QUALITIES] {
    let mut rng = stream.rng();
    std::array::from_fn(|_| normal(&mut rng))
}

/// A standard normal value (Box and Muller 1958).
pub(super) fn normal(rng: &mut impl rand::Rng) -> f64 {
    let (a, b): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(config: &Config, split: Split, count: usize) -> Vec<Example> {
        rows(config, split, count, 5)
    }

    #[test]
    fn pairs_are_the_rankings_taken_apart() {
        let rankings = of(&Config::default(), Split::Train, 3);
        let pairs = of(&Config { form: Form::Pairs, ..Config::default() }, Split::Train, 3);
        assert_eq!((rankings.len(), pairs.len()), (3, 18));
        let Feedback::Ranking { completions, ranks } = &rankings[1].feedback else { panic!("no ranking") };
        for pair in &pairs[6..12] {
            let Feedback::Pair { chosen, rejected, .. } = &pair.feedback else { panic!("no pair") };
            let rank = |text: &String| ranks[completions.iter().position(|it| it == text).unwrap()];
            assert!(rank(chosen) < rank(rejected));
            assert_eq!(pair.prompt, rankings[1].prompt);
        }
    }

    #[test]
    fn half_of_the_test_is_of_annotators_that_nobody_trained_on() {
        let config = Config { groups_are: GroupsAre::Named, ..Config::default() };
        let test = of(&config, Split::Test, 40);
        let held_out = test.iter().filter(|row| row.labels["annotator"] == "held out").count();
        assert_eq!(held_out, 20);
        assert!(of(&config, Split::Train, 40).iter().all(|row| row.labels["annotator"] == "known"));
        assert!(test.iter().all(|row| row.prompt.starts_with(&format!("g{}", row.labels["group"]))));
    }

    #[test]
    fn without_tastes_all_annotators_agree() {
        let config = Config { group_taste: 0.0, own_taste: 0.0, ..Config::default() };
        let world = World::of(5);
        assert_eq!(world.taste(&config, 0), world.taste(&config, 7));
        assert_ne!(world.taste(&Config::default(), 0), world.taste(&Config::default(), 3), "one group, two tastes");
        assert!(Config { completions: 1, ..config }.check().is_err());
    }
}
