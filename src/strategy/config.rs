//! Every strategy in one list: what an experiment file may name, and what its settings say of themselves.

use serde::{Deserialize, Serialize};

use super::Strategy;
use super::debate::{Order, Positions};
use crate::spec::Fault;

/// What the settings of a strategy say of themselves, before any work.
pub trait Settings {
    /// The strategy.
    fn build(&self) -> Box<dyn Strategy>;

    /// What is wrong with them.
    fn check(&self) -> Result<(), Fault> {
        Ok(())
    }

    /// Asks of one tree at most.
    fn asks_max(&self, size: &Size) -> u64;

    /// Options of a question at most; none where there may be any number.
    fn options_max(&self) -> Option<u64> {
        None
    }

    /// Whether the evaluator is told anything by others, so that it needs a trust in them.
    fn is_told(&self) -> bool {
        false
    }
}

/// How large the trees of a task may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Options of an instance.
    pub options: u64,
    /// Claims of all candidates of an instance at most.
    pub claims: u64,
    /// Units of one level of a material below one of the level above, about.
    pub parts: u64,
}

impl Size {
    /// Nodes below a root of `width` children, each node of a lower layer having `fan_out` of its own.
    pub fn nodes(width: u64, fan_out: u64, depth: u16) -> u64 {
        let layers = (0..u32::from(depth)).map(|layer| width.saturating_mul(fan_out.saturating_pow(layer)));
        layers.fold(0, u64::saturating_add)
    }
}

macro_rules! strategies {
    ($($(#[$doc:meta])* $kind:ident of $module:ident: $name:literal, $about:literal;)*) => {
        /// A strategy as an experiment file names it: `strategy.rrm = { depth = 2 }`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        pub enum Config {
            $($(#[$doc])* $kind(super::$module::Config),)*
        }

        impl Config {
            /// The names that an experiment file may use, with a line each on what it is.
            pub const KINDS: &'static [(&'static str, &'static str)] = &[$(($name, $about)),*];

            /// The name of the kind.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                }
            }

            fn settings(&self) -> &dyn Settings {
                match self {
                    $(Self::$kind(settings) => settings,)*
                }
            }
        }
    };
}

strategies! {
    /// The candidates alone.
    Blind of blind: "blind", "the assistant sees the candidates and nothing of the material";
    /// The evaluator reads the material itself.
    Direct of direct: "direct", "the evaluator reads the material alone, from the first page or by search";
    /// Two debaters before a judge.
    Debate of debate: "debate", "two debaters argue for one option each before a judge who has not read the material";
    /// One adviser before a judge.
    Consultancy of consultancy: "consultancy", "one adviser argues for one option before a judge, with nobody against it";
    /// A critic before a judge.
    Critique of critique: "critique", "a critic points at the flaws of each candidate, and the judge checks those places";
    /// Another strategy, its arguments the best of n.
    BestOf of best_of: "best_of", "another strategy, each argument in it the best of n samples by a picker's word";
    /// Recursive reward modelling, claim by claim.
    Rrm of rrm: "rrm", "a tree of claims and passages; judgments of the parts are handed up to the evaluator";
    /// Recursive reward modelling over summaries, level by level of the material.
    Summary of summary: "summary", "the evaluator judges from summaries of the parts, made level by level";
}

impl Config {
    /// The strategy itself.
    pub fn build(&self) -> Box<dyn Strategy> {
        self.settings().build()
    }

    /// What is wrong with its settings, with the key below `strategy`.
    pub fn check(&self) -> Result<(), Fault> {
        self.settings().check().map_err(|fault| fault.within(self.kind()))
    }

    /// Asks of one tree at most.
    pub fn asks_max(&self, size: &Size) -> u64 {
        self.settings().asks_max(size)
    }

    /// Refuses a question of so many options where it is made for fewer.
    pub fn check_options(&self, options: u64) -> Result<(), Fault> {
        match self.options_max() {
            Some(most) if options > most => {
                let what = format!("it is made for {most} options, and the question has {options}");
                Err(Fault::of(self.kind(), what, "give a task with fewer, or another strategy"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the evaluator is told anything by others.
    pub fn is_told(&self) -> bool {
        self.settings().is_told()
    }

    pub(super) fn options_max(&self) -> Option<u64> {
        self.settings().options_max()
    }

    /// How many samples an argument for an option is the best of.
    pub fn samples_for(&self, option: u16) -> u16 {
        match self {
            Self::BestOf(sampled) => sampled.samples_for(option),
            _ => 1,
        }
    }

    /// Whether one debater speaks first in all that is debated of a question.
    pub fn has_one_opener(&self) -> bool {
        match self {
            Self::Debate(debate) => {
                let in_turn = debate.order == Order::Sequential && debate.positions == Positions::AsGiven;
                in_turn && debate.narrows.is_empty()
            }
            Self::BestOf(sampled) => sampled.of.has_one_opener(),
            _ => false,
        }
    }
}
