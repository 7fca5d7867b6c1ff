//! How a reward model is built and trained: one struct a concern, all of it determines the result.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::tokens::OverLong;
use crate::error::{Error, Result};
use crate::model::arithmetic::Precision;
use crate::model::scoring::Pooling;

/// Everything that determines a reward model apart from its data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What reads the text.
    pub backbone: Backbone,
    /// What of it is trained.
    pub tuned: Tuned,
    /// Where the score is read off.
    pub reading: Reading,
    /// What the training makes smaller.
    pub objective: Objective,
    /// The course of training.
    pub schedule: Schedule,
    /// Names every stream: initial weights, the order of the data, the validation share.
    pub seed: u64,
}

/// What reads the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Backbone {
    /// A transformer from scratch that reads both ways (BERT type).
    Encoder(Shape),
    /// A transformer from scratch that reads from left to right (Llama type).
    Decoder(Shape),
    /// A folder in Hugging Face's layout: config.json, model.safetensors, tokenizer.json.
    Pretrained(PathBuf),
}

impl Default for Backbone {
    fn default() -> Self {
        Self::Decoder(Shape::default())
    }
}

/// The size of a transformer from scratch, and its tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shape {
    /// Units of every token.
    pub width: usize,
    /// Blocks; with none, and the mean over tokens, the model is a bag of tokens.
    pub layers: usize,
    /// Attention heads; they divide the width.
    pub heads: usize,
    /// What the text is cut into.
    pub tokens: TokenKind,
}

impl Default for Shape {
    fn default() -> Self {
        Self { width: 128, layers: 2, heads: 4, tokens: TokenKind::default() }
    }
}

/// What a model from scratch cuts text into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenKind {
    /// Every byte is a token.
    Bytes,
    /// Byte-level BPE trained on the training texts, with so many tokens at most.
    Bpe(usize),
}

impl Default for TokenKind {
    fn default() -> Self {
        Self::Bpe(4096)
    }
}

/// What of the model is trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Tuned {
    /// Every weight.
    #[default]
    All,
    /// The score's head alone; the backbone stays as it is.
    Head,
    /// Low-rank adapters beside frozen projections (Hu et al. 2021), and the head.
    Adapters {
        /// Rank of each adapter.
        rank: usize,
        /// An adapter counts `alpha / rank`.
        alpha: f64,
    },
}

/// What is read, and where the score is read off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reading {
    /// Tokens of one text at most.
    pub tokens_max: usize,
    /// What becomes of longer ones.
    pub over_long: OverLong,
    /// Where the score is read off; by default the last token of one that reads from left to right, the pooled first token
    /// of one that reads both ways.
    pub pooling: Option<Pooling>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { tokens_max: 512, over_long: OverLong::Cut, pooling: None }
    }
}

/// What the training makes smaller. Which loss it is follows from the rows: pairs and rankings are compared
/// (Bradley-Terry), rated completions and steps are told right from wrong (logistic).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Objective {
    /// Whether rows' margins are asked for.
    pub margin: Margin,
    /// How labels are taken.
    pub labels: LabelNoise,
    /// Weight of the squared sum of two compared scores: it keeps scores about zero (Eisenstein et al. 2023, section 3).
    pub centring: f64,
    /// Where a rated completion is scored.
    pub verifier: Verifier,
    /// Weight of the language-model loss on the completion's tokens (Cobbe et al. 2021, section 4.2); none with 0.
    pub language: f64,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            margin: Margin::Asked,
            labels: LabelNoise::default(),
            centring: 0.0,
            verifier: Verifier::Last,
            language: 0.0,
        }
    }
}

/// Whether the margin of a row is asked for: the better score must be higher by it (Touvron et al. 2023, equation 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Margin {
    /// It is subtracted from the difference of the scores.
    Asked,
    /// It is passed over.
    Ignored,
}

/// How far labels are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LabelNoise {
    /// As they are.
    #[default]
    Believed,
    /// Moved by this share towards their opposite (Szegedy et al. 2016, section 7): scores stay small.
    Smoothed(f64),
    /// Known to be wrong at this rate, below one half; the loss is corrected so that its mean over the noise is that on
    /// clean labels (Natarajan et al. 2013, lemma 1).
    Corrected(f64),
}

/// Where a rated completion is scored in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verifier {
    /// Once, where the score is read off.
    Last,
    /// At every token of the completion, all with the same label (Cobbe et al. 2021, section 4.2).
    Tokens,
}

/// The course of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Schedule {
    /// Times that every row is seen; parts of one too.
    pub epochs: f64,
    /// Updates at most, whatever the epochs; no limit with 0.
    pub steps_max: usize,
    /// Rows an update.
    pub batch: usize,
    /// Rows run at once; gradients are summed over an update.
    pub microbatch: usize,
    /// Peak of the learning rate.
    pub learning_rate: f64,
    /// Share of the updates in which the rate rises to its peak.
    pub warm_up: f64,
    /// Decay of matrices and tables, in units of the learning rate.
    pub weight_decay: f64,
    /// Largest global norm of a gradient.
    pub norm_max: f64,
    /// Validations, and so checkpoints, over the whole training.
    pub validations: usize,
    /// Validations without a better loss after which training stops; never with 0.
    pub patience: usize,
    /// Share of the prompts kept for validation where no file is given for it.
    pub validation_share: f64,
    /// What is kept in memory for the backward pass.
    pub activations: Activations,
    /// The precision of the products; the weights are in single precision always.
    pub precision: Precision,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            epochs: 1.0,
            steps_max: 0,
            batch: 16,
            microbatch: 16,
            learning_rate: 3e-4,
            warm_up: 0.05,
            weight_decay: 0.01,
            norm_max: 1.0,
            validations: 10,
            patience: 0,
            validation_share: 0.1,
            activations: Activations::Kept,
            precision: Precision::Float32,
        }
    }
}

/// What is kept in memory for the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activations {
    /// Everything that the forward pass made.
    Kept,
    /// The input of every block; the rest is computed again (Chen et al. 2016): about a third slower, a fraction of the memory.
    Recomputed,
}

impl Settings {
    /// Refuses what cannot be trained, by the name of the setting.
    pub fn check(&self) -> Result<()> {
        self.backbone.check()?;
        self.objective.check()?;
        self.schedule.check()?;
        if self.reading.tokens_max < 8 {
            return wrong("reading.tokens_max", self.reading.tokens_max, "give at least 8");
        }
        match self.tuned {
            Tuned::Adapters { rank: 0, .. } => wrong("tuned.adapters.rank", 0, "give at least 1"),
            Tuned::Adapters { alpha, .. } if !(alpha.is_finite() && alpha > 0.0) => {
                wrong("tuned.adapters.alpha", alpha, "give a number above 0")
            }
            _ => Ok(()),
        }
    }
}

impl Backbone {
    fn check(&self) -> Result<()> {
        let (Self::Encoder(shape) | Self::Decoder(shape)) = self else { return Ok(()) };
        if shape.width == 0 || shape.heads == 0 || !shape.width.is_multiple_of(2 * shape.heads) {
            let what = format!("{} with {} heads", shape.width, shape.heads);
            return wrong("backbone.width", what, "give a width that twice the number of heads divides");
        }
        match shape.tokens {
            TokenKind::Bpe(vocabulary) if vocabulary < 300 => {
                wrong("backbone.tokens.bpe", vocabulary, "give at least 300: the bytes alone are 256")
            }
            _ => Ok(()),
        }
    }
}

impl Objective {
    fn check(&self) -> Result<()> {
        for (name, value) in [("objective.centring", self.centring), ("objective.language", self.language)] {
            if !(value.is_finite() && value >= 0.0) {
                return wrong(name, value, "give 0 or more");
            }
        }
        match self.labels {
            LabelNoise::Smoothed(rate) | LabelNoise::Corrected(rate) if !(0.0..0.5).contains(&rate) => {
                wrong("objective.labels", rate, "give a rate in [0, 0.5)")
            }
            _ => Ok(()),
        }
    }
}

impl Schedule {
    fn check(&self) -> Result<()> {
        let counts = [("batch", self.batch), ("microbatch", self.microbatch), ("validations", self.validations)];
        if let Some((name, _)) = counts.iter().find(|(_, value)| *value == 0) {
            return wrong(&format!("schedule.{name}"), 0, "give at least 1");
        }
        let above_zero = [("epochs", self.epochs), ("learning_rate", self.learning_rate), ("norm_max", self.norm_max)];
        if let Some((name, value)) = above_zero.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            return wrong(&format!("schedule.{name}"), value, "give a number above 0");
        }
        let shares = [("warm_up", self.warm_up), ("validation_share", self.validation_share)];
        if let Some((name, value)) = shares.iter().find(|(_, value)| !(0.0..1.0).contains(value)) {
            return wrong(&format!("schedule.{name}"), value, "give a number in [0, 1)");
        }
        if !(self.weight_decay.is_finite() && self.weight_decay >= 0.0) {
            return wrong("schedule.weight_decay", self.weight_decay, "give 0 or more");
        }
        Ok(())
    }
}

fn wrong(name: &str, value: impl std::fmt::Display, next: &str) -> Result<()> {
    Err(Error::Usage(format!("a reward model's setting is wrong: `{name}` is {value}, {next}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_trained_is_refused_by_name() {
        let with = |change: &dyn Fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().map_err(|error| error.to_string())
        };
        assert!(with(&|_| {}).is_ok());
        type Change = fn(&mut Settings);
        let wrong: [(Change, &str); 7] = [
            (|s| s.schedule.batch = 0, "schedule.batch"),
            (|s| s.schedule.learning_rate = f64::NAN, "schedule.learning_rate"),
            (|s| s.schedule.validation_share = 1.0, "schedule.validation_share"),
            (|s| s.objective.labels = LabelNoise::Corrected(0.5), "objective.labels"),
            (|s| s.objective.centring = -1.0, "objective.centring"),
            (|s| s.tuned = Tuned::Adapters { rank: 0, alpha: 16.0 }, "tuned.adapters.rank"),
            (|s| s.backbone = Backbone::Encoder(Shape { heads: 3, ..Shape::default() }), "backbone.width"),
        ];
        for (change, name) in wrong {
            assert!(with(&change).unwrap_err().contains(name), "{name}");
        }
    }
}
