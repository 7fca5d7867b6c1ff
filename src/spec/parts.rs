//! The kinds of task and helper that an experiment names, each in one line. What a kind's settings say of themselves
//! stands in its own file; this one only lists them, and the compiler keeps it whole.

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::helper::{
    self, biased, cached, noisy, oracle, pixel_debater, pixel_judge, reward, reward_ensemble, simulated,
};
use crate::levels;
use crate::task::{self, Task, books, derivation, digits, preferences};

macro_rules! kinds {
    ($(#[$about:meta])* $name:ident: $settings:path {
        $($(#[$doc:meta])* $kind:ident($config:ty): $key:literal, $line:literal;)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$doc])* $kind($config),)*
        }

        impl $name {
            /// The names that an experiment file may use, with a line each on what it is.
            pub const KINDS: &'static [(&'static str, &'static str)] = &[$(($key, $line)),*];

            /// The name of the kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $key,)*
                }
            }

            /// What its settings say of themselves.
            pub fn settings(&self) -> &dyn $settings {
                match self {
                    $(Self::$kind(settings) => settings,)*
                }
            }

            /// Its settings, to be changed.
            pub fn settings_mut(&mut self) -> &mut dyn $settings {
                match self {
                    $(Self::$kind(settings) => settings,)*
                }
            }
        }
    };
}

kinds! {
    /// A task with its settings.
    TaskSpec: task::Settings {
        /// Summaries of long books.
        Books(books::Config): "books", "which of two summaries is true of a long book, generated or real";
        /// Long derivations with one false step.
        Derivation(derivation::Config): "derivation", "which of two long derivations makes no false step: obfuscated arguments";
        /// Images of digits.
        Digits(digits::Config): "digits", "what an image shows, to a judge of a few pixels: generated, MNIST or optical";
        /// Rows of preference files.
        Preferences(preferences::Config): "preferences", "which completion of a prompt people prefer: rows of preference files";
    }
}

kinds! {
    /// A helper with its settings.
    HelperSpec: helper::Settings {
        /// A simulated reader who misses and errs at stated rates.
        Simulated(simulated::Config): "simulated", "a reader who misses and errs at stated rates";
        /// The snapshot of a learner, trained on the evaluator's judgments.
        Trained(levels::Config): "trained", "a model trained on the evaluator's judgments";
        /// Hears the root's truth.
        Oracle(oracle::Config): "oracle", "hears the truth, whatever is in view";
        /// Judges images by a few of their pixels.
        PixelJudge(pixel_judge::Config): "pixel_judge", "a network that says what an image shows by a few of its pixels";
        /// Reveals pixels of an image.
        PixelDebater(pixel_debater::Config): "pixel_debater", "reveals pixels of an image, by tree search before its judge";
        /// Scores completions.
        Reward(reward::Config): "reward", "a reward model trained on preferences, which chooses by its scores";
        /// Scores completions by several models.
        RewardEnsemble(reward_ensemble::Config): "reward_ensemble", "several such models, and what they say together: mean, worst case, less their variance";
        /// Another helper whose answers are flipped at a rate.
        Noisy(noisy::Config): "noisy", "another helper whose answers are flipped at a rate";
        /// Another helper whose answers lean towards a candidate.
        Biased(biased::Config): "biased", "another helper whose answers lean towards a candidate, true or not";
        /// Another helper whose answers are remembered.
        Cached(cached::Config): "cached", "another helper whose answers are remembered";
    }
}

impl TaskSpec {
    /// The task, or what is wrong with its settings, with the key below `task`.
    pub fn check(&self) -> Result<Box<dyn Task>, Fault> {
        self.settings().check().map_err(|fault| fault.within(self.kind()))
    }
}

impl HelperSpec {
    /// What is wrong with its settings, with the key below the helper's name.
    pub fn check(&self) -> Result<(), Fault> {
        self.settings().check().map_err(|fault| fault.within(self.kind()))
    }
}
