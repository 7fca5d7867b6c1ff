//! What a plan will ask for, at most: from its settings alone, before any work.

use std::ops::AddAssign;

use super::{CellSpec, FitSpec, LevelFit, RewardFit, Unit};
use crate::fit::TRUST_INSTANCES;
use crate::helper::Settings;
use crate::judgment::Role;
use crate::levels::{self, LEVELS, Labels};
use crate::reward::{self, Reads};
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
            let FitSpec::Level(spec) = &fit.spec else { return Estimate::default() };
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
            let tested = cell.spec.task.settings().drawn(cell.spec.instances.test) as u64;
            Estimate {
                asks: tested.saturating_mul(cell.spec.strategy.asks_max(&cell.spec.task.settings().size())),
                evaluator_tokens: tested.saturating_mul(cell.spec.budget.evaluator_tokens_max),
                label_tokens: label_tokens(&cell.spec),
            }
        }
    }
}

/// What an arm's evaluator reads on validation instances at most: to check those whom it hears, and to choose among
/// strategies.
fn label_tokens(cell: &CellSpec) -> u64 {
    let read = cell.budget.evaluator_tokens_max;
    let checked = cell.validated().min(TRUST_INSTANCES) as u64;
    let claims = cell.task.settings().size().claims.saturating_mul(levels::Config::default().claim_tokens_max);
    let fits = cell.innermost(Role::Evaluator).is_some_and(|(_, helper)| helper.settings().fits_trust());
    let strategies = || std::iter::once(&cell.strategy).chain(&cell.alternatives);
    let told = strategies().filter(|strategy| fits && strategy.is_told()).count() as u64;
    let chosen_among = if cell.alternatives.is_empty() { 0 } else { strategies().count() as u64 };
    let checks = told.saturating_mul(checked).saturating_mul(read.saturating_add(claims));
    checks.saturating_add(chosen_among.saturating_mul(cell.validated() as u64).saturating_mul(read))
}

/// Seconds that an update of a level's model takes at the usual width, with the candidates read or not, and one of a
/// judge of images. Of two cores, measured once: they make the progress bar even, no more.
const READER_UPDATE_S: f64 = 1.2e-2;
const AGGREGATOR_UPDATE_S: f64 = 1.4e-3;
const WRITING_UPDATE_S: f64 = 6e-3;
const JUDGE_UPDATE_S: f64 = 4e-3;
const REWARD_ROW_S: f64 = 2e-2;
/// Seconds that any process takes to start and to make its instances, about.
const START_S: f64 = 0.1;

/// How much of a run's work a fit or cell is, beside the others: about the seconds that it takes.
pub fn work(unit: Unit) -> f64 {
    let asks = of(unit).asks as f64;
    START_S
        + match unit {
            Unit::Fit(fit) => match &fit.spec {
                FitSpec::Level(spec) => level_work(spec, asks),
                FitSpec::Judge(spec) => spec.judge.steps as f64 * JUDGE_UPDATE_S,
                FitSpec::Reward(spec) => reward_work(spec),
            },
            // The slowest to answer is taken to answer everything.
            Unit::Cell(cell) => {
                asks * cell.spec.helpers.values().map(|helper| helper.settings().reply_s()).fold(0.0, f64::max)
            }
        }
}

/// By the rows that are read, whatever reads them.
fn reward_work(spec: &RewardFit) -> f64 {
    let schedule = &spec.model.schedule;
    let rows = spec.train as f64 * schedule.epochs;
    let rows = if schedule.steps_max == 0 { rows } else { rows.min(schedule.steps_max as f64 * schedule.batch as f64) };
    rows * REWARD_ROW_S
}

fn level_work(spec: &LevelFit, asks: f64) -> f64 {
    let (level, learner) = (spec.level, &spec.learner);
    // At the lowest level nobody but the evaluator answers yet.
    let reply_s = if level == 0 { 0.0 } else { learner.reply_s() };
    let update = match (level, learner.reads) {
        (0, _) => READER_UPDATE_S,
        (_, Reads::Judgments) => AGGREGATOR_UPDATE_S,
        (_, Reads::Candidate | Reads::Both) => WRITING_UPDATE_S,
    };
    let width = learner.width as f64 / reward::Config::default().width as f64;
    asks * reply_s + learner.steps_max as f64 * update * width.max(0.5)
}
