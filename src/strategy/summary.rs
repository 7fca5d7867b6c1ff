//! `summary`: recursive reward modelling over summaries (Wu et al. 2021, section 2): helpers summarise passages, then
//! chapters, then parts, and the evaluator judges the candidates from the summaries of the top level.
//!
//! A leaf is summarised from its text, a higher node from its children's summaries. The summariser sees the candidates
//! only with `query_focused`.

use serde::{Deserialize, Serialize};

use super::{AskPlan, Item, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Kind, Role, Wanted};
use crate::spec::{Fault, within};
use crate::task::{Question, Reading, SplitRule};

/// The shape of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Layers of splits: 1 summarises chapters (or parts) from their text, 2 their passages first.
    pub depth: u16,
    /// Whether the summariser sees the candidates.
    pub query_focused: bool,
    /// Tokens of one summary at most, at every level.
    pub summary_tokens_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { depth: 2, query_focused: false, summary_tokens_max: 40 }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Summary::new(*self))
    }

    fn check(&self) -> Result<(), Fault> {
        within("depth", f64::from(self.depth), 1.0, 16.0)?;
        within("summary_tokens_max", f64::from(self.summary_tokens_max), 1.0, 1e9)
    }

    fn asks_max(&self, size: &Size) -> u64 {
        1 + Size::nodes(size.parts, size.parts, self.depth)
    }
}

/// See the module.
pub struct Summary {
    config: Config,
}

impl Summary {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }
}

impl Strategy for Summary {
    fn step(&self, node: &NodeView) -> Step {
        if !node.was_split && node.depth < self.config.depth {
            let rule = SplitRule::BySummary { query_focused: self.config.query_focused };
            return Step::Split { rule, evaluator_share: 0.0 };
        }
        if !node.exchanges.is_empty() {
            return Step::Done(node.verdict_of(0));
        }
        let items = if node.children.is_empty() {
            vec![Item::Reading(Reading::First)]
        } else {
            (0..node.children.len()).map(Item::Text).collect()
        };
        let (role, wanted) = match node.question {
            Question::Which => (Role::Evaluator, Wanted::Choice(node.options)),
            _ => (Role::Summariser, Wanted::Text { tokens_max: self.config.summary_tokens_max }),
        };
        Step::Ask(vec![AskPlan::new(role, wanted, items)])
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        vec![(Role::Summariser, Kind::Text), (Role::Evaluator, Kind::Choice)]
    }
}
