//! How far an arm's evaluator trusts what it is told, fitted on validation instances by what it found out for itself.
//! The truth has no part in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::TREES_MAX;
use crate::budget::Limits;
use crate::cast::{Casting, asks_stream};
use crate::engine::{Cast, Engine};
use crate::error::{Error, Result};
use crate::helper::simulated::{Source, Trust, fit_trust};
use crate::judgment::{Argument, Point, Role, p_holds};
use crate::levels::{Setting, fitted_trust};
use crate::plan::CellSpec;
use crate::strategy::{self, argument_of, rrm};
use crate::task::{Instance, Question, Task};
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
    // Whose trust is given, who has none, or who is told nothing, checks nobody.
    let fits = spec.innermost(Role::Evaluator).is_some_and(|(_, helper)| helper.settings().fits_trust());
    match strategy {
        told if !(fits && told.is_told()) => Ok((Trust::equal(0.0), 0)),
        strategy::Config::Rrm(shape) => in_judgments(spec, *shape, casting, task, checks),
        other => in_arguments(spec, other, casting, task, checks),
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
    let assistant = played(spec, Role::Assistant)?;
    let heard = match (shape.evaluator_at, shape.top) {
        (rrm::Place::Claim, _) => 0..1,
        (_, rrm::Top::Learned) => 1..3,
        (_, rrm::Top::Rule) => 1..2,
    };
    let mut setting = reading_alone(spec, shape, casting, task)?;
    setting.assistant = Some(casting.helper(assistant, &Trust::equal(0.0))?);
    Ok(fitted_trust(&setting, heard, checks))
}

/// The evaluator by itself: so many tokens for each claim, or all of its budget for the whole question.
fn reading_alone<'a>(
    spec: &CellSpec,
    shape: rrm::Config,
    casting: &Casting,
    task: &'a dyn Task,
) -> Result<Setting<'a>> {
    let claim_tokens_max = crate::levels::Config::default().claim_tokens_max;
    Ok(Setting {
        task,
        shape,
        evaluator: casting.helper(played(spec, Role::Evaluator)?, &Trust::equal(0.0))?,
        assistant: None,
        stream: asks_stream(spec.seed),
        label_tokens_max: [None, Some(claim_tokens_max), Some(spec.budget.evaluator_tokens_max)],
    })
}

fn played(spec: &CellSpec, role: Role) -> Result<&String> {
    spec.roles.get(&role).ok_or_else(|| Error::Bug(format!("the plan let through an arm without {role:?}")))
}

/// Trust in each role that argues: what it says of claims, held against what the evaluator found out about them when it
/// read for itself; where nothing is said of claims, the side that is argued for against the evaluator's own verdict.
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
    let strategy = strategy.build();
    let limits = Limits { evaluator_tokens_max: Some(spec.budget.evaluator_tokens_max) };
    let stream = asks_stream(spec.seed);
    let told = Engine { task, strategy: &*strategy, cast: &cast, limits, stream, trees_max: TREES_MAX }.grown(checks);
    // Where something is said of claims, the evaluator reads for each claim, as for the judgments of a tree.
    let is_of_claims = told.iter().flat_map(heard).any(|(_, argument)| !argument.points.is_empty());
    let level = if is_of_claims { 1 } else { 2 };
    let alone = reading_alone(spec, rrm::Config::default(), casting, task)?.grow(level, rrm::Assistance::Alone, checks);
    let mut trust = Trust::equal(0.0);
    for role in [Role::Debater, Role::Adviser, Role::Critic] {
        let pairs: Vec<(f64, f64)> = told.iter().zip(&alone).flat_map(|(told, own)| pairs(told, own, role)).collect();
        trust.by_source.insert(Source { role, about: "argument" }.name(), fit_trust(&pairs));
    }
    let tokens = told.iter().chain(&alone).map(|tree| tree.cost().evaluator_tokens).sum();
    Ok((trust, tokens))
}

/// The arguments at the root that its evaluator heard, with who made them.
fn heard(tree: &Tree) -> impl Iterator<Item = (Role, &Argument)> {
    let exchanges = &tree.node(tree.root()).exchanges;
    let judged = exchanges.iter().filter(|exchange| exchange.role == Role::Evaluator);
    let places: BTreeSet<u32> = judged.flat_map(|it| it.heard.iter().filter_map(|heard| heard.exchange)).collect();
    places.into_iter().filter_map(|place| {
        let exchange = exchanges.get(place as usize)?;
        Some((exchange.role, argument_of(exchange)?))
    })
}

/// What a role said and what the evaluator found by itself: of each claim that a point is about, and for arguments without
/// points of the first option.
fn pairs(told: &Tree, own: &Tree, role: Role) -> Vec<(f64, f64)> {
    let own_p = |key| own.node(key).verdict.as_ref().and_then(|verdict| verdict.distribution());
    let of_claim = |point: &Point| {
        let asked = Question::Claim { candidate: point.candidate, claim: point.claim };
        let child = own.children(own.root()).into_iter().find(|key| own.node(*key).subtask.question == asked)?;
        Some((f64::from(point.p_holds), p_holds(own_p(child)?)))
    };
    let of_side = |argument: &Argument| {
        let conviction = f64::from(argument.conviction);
        let p_first = if argument.side? == 0 { conviction } else { 1.0 - conviction };
        Some((p_first, f64::from(*own_p(own.root())?.first()?)))
    };
    let said = heard(told).filter(|(speaker, _)| *speaker == role);
    let pairs = said.flat_map(|(_, argument)| -> Vec<(f64, f64)> {
        if argument.points.is_empty() {
            return of_side(argument).into_iter().collect();
        }
        argument.points.iter().filter_map(of_claim).collect()
    });
    pairs.filter(|(_, own)| (own - 0.5).abs() > LEAN_MIN).collect()
}
