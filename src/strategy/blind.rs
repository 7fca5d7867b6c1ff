//! `blind`: the candidates alone, no material. What a verdict owes to the way candidates are written.
//!
//! Asks the assistant which candidate is right, or whether each of their claims holds, and shows it nothing. With a reward
//! model that reads candidates alone it measures the leak of a task: 50% where there is none.

use serde::{Deserialize, Serialize};

use super::{AskPlan, NodeView, Settings, Size, Step, Strategy, verdict_of_claims};
use crate::judgment::{Kind, Role, Wanted};
use crate::task::{Question, SplitRule};

/// What it asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Of what it asks.
    #[serde(skip_serializing_if = "Asks::is_usual")]
    pub asks: Asks,
}

/// Of what the assistant is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// Of the candidates as wholes.
    #[default]
    Candidates,
    /// Of each claim; a candidate is as likely as all of its claims together.
    Claims,
}

impl Asks {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Blind::new(*self))
    }

    fn asks_max(&self, size: &Size) -> u64 {
        match self.asks {
            Asks::Candidates => 1,
            Asks::Claims => size.claims,
        }
    }
}

/// See the module.
pub struct Blind {
    config: Config,
}

impl Blind {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }
}

impl Strategy for Blind {
    fn step(&self, node: &NodeView) -> Step {
        let of_claims = self.config.asks == Asks::Claims && *node.question == Question::Which;
        match (of_claims, node.was_split, node.exchanges.is_empty()) {
            (true, false, _) => Step::Split { rule: SplitRule::ByClaim, evaluator_share: 0.0 },
            (true, true, _) => Step::Done(verdict_of_claims(node)),
            (false, _, true) => {
                let wanted = match node.question {
                    Question::Which => Wanted::Choice(node.options),
                    _ => Wanted::Predicate,
                };
                Step::Ask(vec![AskPlan::new(Role::Assistant, wanted, Vec::new())])
            }
            (false, _, false) => Step::Done(node.verdict_of(0)),
        }
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let kind = match self.config.asks {
            Asks::Candidates => Kind::Choice,
            Asks::Claims => Kind::Predicate,
        };
        vec![(Role::Assistant, kind)]
    }
}
