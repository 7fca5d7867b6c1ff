//! A gold reward that proxies are trained on and optimised against (Gao, Schulman and Hilton 2022; Coste et al. 2023), in the
//! small: texts of a few words, each word with qualities, and a reward of what the words of a text are like together.
//!
//! Training rows compare two texts by the gold reward, some of the labels flipped. A test prompt offers many texts to choose
//! among, each worth its gold reward: what a proxy's best of n is really worth can be told for every n.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::tastes::normal;
use crate::record::rows::Labels;
use crate::reward::scorer::data::{Example, Feedback};
use crate::stream::Stream;
use crate::task::Split;

/// Words that texts are made of, and qualities that each has.
const WORDS: usize = 200;
const QUALITIES: usize = 16;
/// Words of a text.
const LENGTH: usize = 8;
/// Units of the network that the gold reward is, and the deviation of their weights: so steep that most units are bent.
const UNITS: usize = 32;
const STEEPNESS: f64 = 0.5;
/// Texts by which the reward is given a mean of 0 and a variance of 1.
const SCALED_BY: usize = 4_096;
/// Texts of a test prompt at most.
pub(super) const CANDIDATES_MAX: usize = 50_000;

/// The settings, as typed under `[task.preferences.gold]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What the reward is of a text's qualities.
    pub form: Form,
    /// Standard deviation of a part of the reward that no text shows, where what texts show has one of 1.
    pub hidden: f64,
    /// Share of the training labels that are flipped, below one half.
    pub noise: f64,
    /// Texts of a test prompt.
    pub candidates: usize,
}

/// What the gold reward is of a text's qualities, which are the sums of its words'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A network of one hidden layer with random weights.
    Network,
    /// Linear: with a hidden part this is the control, in which proxy and error are both normal.
    Linear,
}

impl Default for Config {
    fn default() -> Self {
        Self { form: Form::Network, hidden: 0.0, noise: 0.0, candidates: 1_024 }
    }
}

impl Config {
    /// What is wrong with it: the setting, what, and what to do.
    pub(super) fn check(&self) -> Result<(), (&'static str, String, String)> {
        let wrong = |key, value: String, next: String| Err((key, format!("{value} is out of range"), next));
        if !(2..=CANDIDATES_MAX).contains(&self.candidates) {
            return wrong(
                "candidates",
                self.candidates.to_string(),
                format!("give a number from 2 to {CANDIDATES_MAX}"),
            );
        }
        if !(0.0..0.5).contains(&self.noise) {
            return wrong("noise", self.noise.to_string(), "give a rate in [0, 0.5)".to_owned());
        }
        if !(0.0..=100.0).contains(&self.hidden) {
            return wrong("hidden", self.hidden.to_string(), "give a number from 0 to 100".to_owned());
        }
        Ok(())
    }
}

/// The rows of the first `count` prompts of a split: pairs, and to test rankings of all candidates.
pub(super) fn rows(config: &Config, split: Split, count: usize, seed: u64) -> Vec<Example> {
    let gold = Gold::of(config, seed);
    let stream = Stream::root(seed).named("gold").named(split.name());
    (0..count).map(|at| gold.row(config, split, at, &stream.index(at as u64))).collect()
}

/// The gold reward of a seed.
pub(super) struct Gold {
    form: Form,
    hidden: f64,
    words: Vec<[f64; QUALITIES]>,
    units: Vec<[f64; QUALITIES]>,
    /// What every unit adds, the first of a linear reward alone.
    outputs: Vec<f64>,
    mean: f64,
    deviation: f64,
    stream: Stream,
}

impl Gold {
    pub fn of(config: &Config, seed: u64) -> Self {
        let stream = Stream::root(seed).named("gold").named("world");
        let vectors = |name: &str, count: usize| -> Vec<[f64; QUALITIES]> {
            let of = |at: usize| {
                let mut rng = stream.named(name).index(at as u64).rng();
                std::array::from_fn(|_| normal(&mut rng))
            };
            (0..count).map(of).collect()
        };
        let mut rng = stream.named("outputs").rng();
        let mut gold = Self {
            form: config.form,
            hidden: config.hidden,
            words: vectors("words", WORDS),
            units: vectors("units", UNITS),
            outputs: (0..UNITS).map(|_| normal(&mut rng)).collect(),
            mean: 0.0,
            deviation: 1.0,
            stream,
        };
        let mut rng = stream.named("scale").rng();
        let drawn: Vec<f64> = (0..SCALED_BY).map(|_| gold.shown(&words(&mut rng))).collect();
        gold.mean = drawn.iter().sum::<f64>() / SCALED_BY as f64;
        gold.deviation = (drawn.iter().map(|it| (it - gold.mean).powi(2)).sum::<f64>() / SCALED_BY as f64).sqrt();
        gold
    }

    /// What a text is worth: the mean over texts is 0, the variance of what texts show 1.
    pub fn worth(&self, text: &str) -> f64 {
        let of = |word: &str| word.strip_prefix('w').and_then(|id| id.parse::<usize>().ok());
        let words: Vec<usize> = text.split_whitespace().filter_map(of).filter(|id| *id < WORDS).collect();
        let shown = (self.shown(&words) - self.mean) / self.deviation;
        shown + self.hidden * normal(&mut self.stream.named("hidden").named(text).rng())
    }

    fn shown(&self, words: &[usize]) -> f64 {
        let mut sums = [0.0; QUALITIES];
        for word in words {
            sums.iter_mut().zip(self.words[*word]).for_each(|(sum, quality)| *sum += quality);
        }
        // Every quality of a text has a variance of 1.
        let scale = (LENGTH as f64).powf(-0.5);
        let by = |unit: &[f64; QUALITIES]| scale * unit.iter().zip(sums).map(|(weight, sum)| weight * sum).sum::<f64>();
        match self.form {
            Form::Linear => by(&self.units[0]),
            Form::Network => {
                self.units.iter().zip(&self.outputs).map(|(unit, output)| output * (STEEPNESS * by(unit)).tanh()).sum()
            }
        }
    }

    fn row(&self, config: &Config, split: Split, at: usize, stream: &Stream) -> Example {
        let mut rng = stream.rng();
        let count = if split == Split::Test { config.candidates } else { 2 };
        let mut known = std::collections::HashSet::with_capacity(count);
        let mut texts = Vec::with_capacity(count);
        while texts.len() < count {
            let text: String = words(&mut rng).iter().map(|word| format!(" w{word}")).collect();
            if known.insert(text.clone()) {
                texts.push(text);
            }
        }
        let worths: Vec<f64> = texts.iter().map(|text| self.worth(text)).collect();
        let feedback = if split == Split::Test {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by(|a, b| worths[*b].total_cmp(&worths[*a]));
            let mut ranks = vec![0.0; count];
            order.iter().enumerate().for_each(|(rank, place)| ranks[*place] = rank as f64 + 1.0);
            Feedback::Ranking { completions: texts, ranks }
        } else {
            let is_flipped = rng.random::<f64>() < config.noise;
            if (worths[0] < worths[1]) != is_flipped {
                texts.swap(0, 1);
            }
            let [chosen, rejected] = [texts[0].clone(), texts[1].clone()];
            Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 }
        };
        let prompt = format!("p{}:", (stream.named("prompt").uniform() * 1e9) as u64);
        Example { id: format!("{}-{at}", split.name()), prompt, feedback, weight: 1.0, labels: Labels::new() }
    }
}

fn words(rng: &mut impl rand::Rng) -> Vec<usize> {
    (0..LENGTH).map(|_| rng.random_range(0..WORDS)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worth_has_a_mean_of_0_and_a_variance_of_1() {
        for form in [Form::Network, Form::Linear] {
            let gold = Gold::of(&Config { form, ..Config::default() }, 3);
            let mut rng = Stream::root(9).rng();
            let text = |words: Vec<usize>| words.iter().map(|word| format!(" w{word}")).collect::<String>();
            let drawn: Vec<f64> = (0..4_000).map(|_| gold.worth(&text(words(&mut rng)))).collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let variance = drawn.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
            assert!(mean.abs() < 0.06 && (variance - 1.0).abs() < 0.08, "{form:?}: {mean} {variance}");
        }
    }

    #[test]
    fn labels_follow_the_gold_but_for_the_noise() {
        let of = |noise: f64| {
            let config = Config { noise, ..Config::default() };
            let gold = Gold::of(&config, 5);
            let rows = rows(&config, Split::Train, 2_000, 5);
            let right = |row: &&Example| match &row.feedback {
                Feedback::Pair { chosen, rejected, .. } => gold.worth(chosen) > gold.worth(rejected),
                _ => false,
            };
            rows.iter().filter(right).count() as f64 / rows.len() as f64
        };
        assert_eq!(of(0.0), 1.0);
        assert!((of(0.25) - 0.75).abs() < 0.03, "{}", of(0.25));
    }

    #[test]
    fn a_hidden_part_is_of_the_text_and_in_no_word() {
        let gold = Gold::of(&Config { form: Form::Linear, hidden: 1.0, ..Config::default() }, 5);
        let text = " w1 w2 w3 w4 w5 w6 w7 w8";
        assert_eq!(gold.worth(text), gold.worth(text));
        let turned = " w8 w7 w6 w5 w4 w3 w2 w1";
        assert!((gold.worth(text) - gold.worth(turned)).abs() > 1e-3, "the same words in another order");
    }

    #[test]
    fn a_test_prompt_ranks_all_candidates_by_their_worth() {
        let config = Config { candidates: 50, ..Config::default() };
        let rows = rows(&config, Split::Test, 2, 5);
        let gold = Gold::of(&config, 5);
        let Feedback::Ranking { completions, ranks } = &rows[1].feedback else { panic!("no ranking") };
        assert_eq!(completions.len(), 50);
        let best = (0..50).max_by(|a, b| gold.worth(&completions[*a]).total_cmp(&gold.worth(&completions[*b])));
        assert_eq!(ranks[best.unwrap()], 1.0);
    }
}
