//! `direct`: the evaluator reads the material itself, as far as its budget goes, and judges. The baseline.
//!
//! One ask. It reads from the first page, or the passages that a search for the candidates' claims returns.

use serde::{Deserialize, Serialize};

use super::{AskPlan, Item, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Kind, Role, Wanted};
use crate::task::Reading;

/// How it reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The order of reading.
    pub reads: Reading,
}

impl Default for Config {
    fn default() -> Self {
        Self { reads: Reading::Search }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Direct::new(*self))
    }

    fn asks_max(&self, _: &Size) -> u64 {
        1
    }
}

/// See the module.
pub struct Direct {
    config: Config,
}

impl Direct {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }
}

impl Strategy for Direct {
    fn step(&self, node: &NodeView) -> Step {
        if node.exchanges.is_empty() {
            let items = vec![Item::Reading(self.config.reads)];
            let wanted = Wanted::Choice(node.options);
            return Step::Ask(vec![AskPlan::new(Role::Evaluator, wanted, items)]);
        }
        Step::Done(node.verdict_of(0))
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        vec![(Role::Evaluator, Kind::Choice)]
    }
}
