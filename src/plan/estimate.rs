//! What a plan will ask for, at most: from its settings alone, before any work.

use std::ops::AddAssign;

use super::{CellSpec, Unit};
use crate::levels::{LEVELS, Labels};
use crate::reward::{self, Reads};
use crate::spec::parts::{HelperSpec, TaskSpec};
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
            let spec = &fit.spec;
            if spec.learner.labels == Labels::Truth {
                return Estimate::default();
            }
            // Each level has a third of the instances; level 0 labels passages, level 1 claims, level 2 candidates.
            let instances = (spec.train as u64).div_ceil(u64::from(LEVELS));
            let claims = claims(&spec.task);
            let below = instances.saturating_mul(nodes(claims, spec.shape.fan_out, spec.shape.depth));
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
                asks: tested.saturating_mul(asks_a_tree(&cell.spec)),
                evaluator_tokens: tested.saturating_mul(cell.spec.budget.evaluator_tokens_max),
                label_tokens: 0,
            }
        }
    }
}

/// Seconds that a reply of a model takes, about, and one that is simulated; and an update of a level's model at the
/// usual width, with the candidates read or not. Of two cores, measured once: they make the progress bar even, no more.
const REPLY_S: f64 = 2e-4;
const SIMULATED_REPLY_S: f64 = 1e-5;
const READER_UPDATE_S: f64 = 1.2e-2;
const AGGREGATOR_UPDATE_S: f64 = 1.4e-3;
const WRITING_UPDATE_S: f64 = 6e-3;
/// Seconds that any process takes to start and to make its instances, about.
const START_S: f64 = 0.1;

/// How much of a run's work a fit or cell is, beside the others: about the seconds that it takes.
pub fn work(unit: Unit) -> f64 {
    let asks = of(unit).asks as f64;
    START_S
        + match unit {
            Unit::Fit(fit) => {
                let (level, learner) = (fit.spec.level, &fit.spec.learner);
                let reply = if level == 0 { SIMULATED_REPLY_S } else { REPLY_S };
                let update = match (level, learner.reads) {
                    (0, _) => READER_UPDATE_S,
                    (_, Reads::Judgments) => AGGREGATOR_UPDATE_S,
                    (_, Reads::Candidate | Reads::Both) => WRITING_UPDATE_S,
                };
                let width = learner.width as f64 / reward::Config::default().width as f64;
                asks * reply + learner.steps_max as f64 * update * width.max(0.5)
            }
            Unit::Cell(cell) => {
                let trained = cell.spec.helpers.values().any(|helper| matches!(helper, HelperSpec::Trained(_)));
                asks * if trained { REPLY_S } else { SIMULATED_REPLY_S }
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
