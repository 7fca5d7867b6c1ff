//! How far an arm's evaluator trusts what it is told, fitted on validation instances by what it found out for itself.
//! The truth has no part in it.

use std::sync::Arc;

use crate::budget::Limits;
use crate::cast::{Casting, asks_stream};
use crate::engine::{Cast, Engine};
use crate::error::Result;
use crate::helper::simulated::{Source, Trust, fit_trust};
use crate::judgment::{Answer, Role};
use crate::levels::{Setting, fitted_trust};
use crate::outcome::Outcome;
use crate::plan::CellSpec;
use crate::strategy::{self, Strategy, direct, rrm};
use crate::task::{Instance, Task};
use crate::tree::Tree;

/// Own verdicts nearer to one half than this are left out: an evaluator that found nothing can check nobody.
const LEAN_MIN: f64 = 0.05;

/// The trust of a cell's evaluator under a strategy, and the evaluator tokens that the checks cost.
pub(super) fn of(
    spec: &CellSpec,
    strategy: &strategy::Config,
    casting: &Casting,
    task: &dyn Task,
    checks: &[Arc<Instance>],
) -> Result<(Trust, u64)> {
    match strategy {
        strategy::Config::Rrm(shape) => in_judgments(spec, *shape, casting, task, checks),
        other if other.is_told() => in_arguments(spec, other, casting, task, checks),
        _ => Ok((Trust::equal(1.0), 0)),
    }
}

/// Trust in the judgments of a tree, level by level.
fn in_judgments(
    spec: &CellSpec,
    shape: rrm::Config,
    casting: &Casting,
    task: &dyn Task,
    checks: &[Arc<Instance>],
) -> Result<(Trust, u64)> {
    let (Some(evaluator), Some(assistant)) = (spec.roles.get(&Role::Evaluator), spec.roles.get(&Role::Assistant))
    else {
        return Ok((Trust::equal(1.0), 0));
    };
    let heard = match (shape.evaluator_at, shape.assistance) {
        (rrm::Place::Nowhere | rrm::Place::Leaf, _) | (_, rrm::Assistance::Alone) => return Ok((Trust::equal(0.0), 0)),
        (rrm::Place::Claim, _) => 0..1,
        (rrm::Place::Root, _) if shape.top == rrm::Top::Learned => 1..3,
        (rrm::Place::Root, _) => 1..2,
    };
    let nobody = Trust::equal(0.0);
    let setting = Setting {
        task,
        shape,
        evaluator: casting.helper(evaluator, &nobody)?,
        assistant: Some(casting.helper(assistant, &nobody)?),
        stream: asks_stream(spec.seed),
        label_tokens_max: [
            None,
            Some(crate::levels::Config::default().claim_tokens_max),
            Some(spec.budget.evaluator_tokens_max),
        ],
    };
    Ok(fitted_trust(&setting, heard, checks))
}

/// Trust in each role that argues: what it says of the question, held against the evaluator's own verdict after reading
/// by itself within the same budget.
fn in_arguments(
    spec: &CellSpec,
    strategy: &strategy::Config,
    casting: &Casting,
    task: &dyn Task,
    checks: &[Arc<Instance>],
) -> Result<(Trust, u64)> {
    let mut cast = Cast::default();
    for (role, name) in &spec.roles {
        cast = cast.with(*role, casting.helper(name, &Trust::equal(0.0))?);
    }
    let limits = Limits { evaluator_tokens_max: Some(spec.budget.evaluator_tokens_max) };
    let grow = |strategy: &dyn Strategy| {
        let engine =
            Engine { task, strategy, cast: &cast, limits, stream: asks_stream(spec.seed), trees_max: super::TREES_MAX };
        let mut trees = Vec::with_capacity(checks.len());
        engine.grow(checks, |tree| trees.push(tree));
        trees
    };
    let told = grow(&*strategy.build());
    let alone = grow(&direct::Direct::new(direct::Config::default()));
    let mut trust = Trust::equal(0.0);
    for role in [Role::Debater, Role::Adviser, Role::Critic] {
        let pairs: Vec<(f64, f64)> = told.iter().zip(&alone).flat_map(|(told, own)| pairs(told, own, role)).collect();
        trust.by_source.insert(Source { role, about: "argument" }.name(), fit_trust(&pairs));
    }
    let tokens = told.iter().chain(&alone).map(|tree| tree.cost().evaluator_tokens).sum();
    Ok((trust, tokens))
}

/// For each argument of a role at the root: the probability that it claims for the first option, and the evaluator's own.
fn pairs(told: &Tree, own: &Tree, role: Role) -> Vec<(f64, f64)> {
    let own = own.node(own.root()).verdict.as_ref().and_then(|verdict| verdict.distribution()).and_then(|p| p.first());
    let Some(own) = own.map(|p| f64::from(*p)).filter(|own| (own - 0.5).abs() > LEAN_MIN) else { return Vec::new() };
    let exchanges = told.node(told.root()).exchanges.iter().filter(|exchange| exchange.role == role);
    let said = exchanges.filter_map(|exchange| match &exchange.outcome {
        Outcome::Scored(reply) => first_option(&reply.answer),
        _ => None,
    });
    said.map(|said| (said, own)).collect()
}

/// The probability of the first of two options that an argument amounts to.
fn first_option(answer: &Answer) -> Option<f64> {
    let Answer::Argument(argument) = answer else { return None };
    let (option, p) = match (argument.side, argument.points.first()) {
        (Some(side), _) => (side, argument.conviction),
        // A fault found in a candidate speaks for the other.
        (None, Some(point)) => (point.candidate, point.p_holds),
        (None, None) => return None,
    };
    Some(f64::from(if option == 0 { p } else { 1.0 - p }))
}
