//! `blind`: the candidates alone, no material. What a verdict owes to the way candidates are written.
//!
//! Asks the assistant which candidate is right and shows it nothing. With a reward model that reads candidates alone
//! it measures the leak of a task: 50% where there is none.

use serde::{Deserialize, Serialize};

use super::{AskPlan, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Kind, Role, Wanted};

/// Nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Blind::new(*self))
    }

    fn asks_max(&self, _: &Size) -> u64 {
        1
    }
}

/// See the module.
pub struct Blind;

impl Blind {
    /// The strategy.
    pub fn new(_: Config) -> Self {
        Self
    }
}

impl Strategy for Blind {
    fn step(&self, node: &NodeView) -> Step {
        if node.exchanges.is_empty() {
            let wanted = Wanted::Choice(node.options);
            return Step::Ask(vec![AskPlan::new(Role::Assistant, wanted, Vec::new())]);
        }
        Step::Done(node.verdict_of(0))
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        vec![(Role::Assistant, Kind::Choice)]
    }
}
