//! What a plan will ask for, at most: from its settings alone, before any work.

use std::ops::AddAssign;

use super::{CellSpec, Unit};
use crate::spec::parts::TaskSpec;
use crate::strategy;

/// Upper bounds on what a fit or cell takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Asks of any helper.
    pub asks: u64,
    /// Tokens shown to the evaluator on test instances.
    pub evaluator_tokens: u64,
    /// Evaluator tokens spent on training labels.
    pub label_tokens: u64,
}

impl AddAssign for Estimate {
    fn add_assign(&mut self, other: Self) {
        self.asks = self.asks.saturating_add(other.asks);
        self.evaluator_tokens = self.evaluator_tokens.saturating_add(other.evaluator_tokens);
        self.label_tokens = self.label_tokens.saturating_add(other.label_tokens);
    }
}

/// The bounds for one fit or cell.
pub fn of(unit: Unit) -> Estimate {
    match unit {
        Unit::Fit(fit) => {
            let labelled = (fit.spec.instances.train + fit.spec.instances.validation) as u64;
            Estimate {
                asks: labelled,
                evaluator_tokens: 0,
                label_tokens: labelled.saturating_mul(fit.spec.budget.evaluator_tokens_max),
            }
        }
        Unit::Cell(cell) => {
            let tested = cell.spec.instances.test as u64;
            Estimate {
                asks: tested.saturating_mul(asks_a_tree(&cell.spec)),
                evaluator_tokens: tested.saturating_mul(cell.spec.budget.evaluator_tokens_max),
                label_tokens: 0,
            }
        }
    }
}

/// Asks of one tree at most: one a node, and one more at a root with a reward model on top.
fn asks_a_tree(cell: &CellSpec) -> u64 {
    match &cell.strategy {
        strategy::Config::Blind(_) | strategy::Config::Direct(_) => 1,
        strategy::Config::Rrm(rrm) => 2 + nodes(claims(&cell.task), rrm.fan_out, rrm.depth),
        strategy::Config::Summary(summary) => 1 + nodes(parts(&cell.task), parts(&cell.task) as usize, summary.depth),
    }
}

/// Nodes below a root of `width` children, each node of a lower layer having `fan_out` of its own.
fn nodes(width: u64, fan_out: usize, depth: u16) -> u64 {
    let layers = (0..u32::from(depth)).map(|layer| width.saturating_mul((fan_out as u64).saturating_pow(layer)));
    layers.fold(0, u64::saturating_add)
}

/// Claims of both candidates of an instance at most.
fn claims(task: &TaskSpec) -> u64 {
    let TaskSpec::Books(books) = task;
    2 * (books.claims_per_candidate as u64 + 1)
}

/// Units of one level of a material below one of the level above, about.
fn parts(task: &TaskSpec) -> u64 {
    let TaskSpec::Books(books) = task;
    (books.tokens as u64 / 1_300).max(1)
}
