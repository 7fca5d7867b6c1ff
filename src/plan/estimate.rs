//! What a plan will ask for, at most: from its settings alone, before any work.

use std::ops::AddAssign;

use super::Unit;
use crate::levels::{LEVELS, Labels};
use crate::strategy::Size;

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
            let spec = &fit.spec;
            if spec.learner.labels == Labels::Truth {
                return Estimate::default();
            }
            // Each level has a third of the instances; level 0 labels passages, level 1 claims, level 2 candidates.
            let instances = (spec.train as u64).div_ceil(u64::from(LEVELS));
            let claims = spec.task.settings().size().claims;
            let below = instances.saturating_mul(Size::nodes(claims, spec.shape.fan_out as u64, spec.shape.depth));
            let labels = match spec.level {
                0 => below.min((spec.learner.leaf_instances_max as u64).saturating_mul(below / instances.max(1))),
                1 => instances.saturating_mul(claims),
                _ => instances,
            };
            let tokens = match spec.level {
                0 => spec.shape.reads_tokens as u64,
                1 => spec.learner.claim_tokens_max,
                _ => spec.learner.root_tokens_max,
            };
            Estimate {
                asks: if spec.level == 0 { labels } else { labels.saturating_add(below) },
                evaluator_tokens: 0,
                label_tokens: labels.saturating_mul(tokens),
            }
        }
        Unit::Cell(cell) => {
            let tested = cell.spec.instances.test as u64;
            Estimate {
                asks: tested.saturating_mul(cell.spec.strategy.asks_max(&cell.spec.task.settings().size())),
                evaluator_tokens: tested.saturating_mul(cell.spec.budget.evaluator_tokens_max),
                label_tokens: 0,
            }
        }
    }
}
