//! Which training runs a cell rests on.

use std::collections::BTreeMap;

use super::{CellSpec, Fit, FitSpec, Id};
use crate::judgment::Role;
use crate::levels::LEVELS;
use crate::spec::Fault;
use crate::spec::parts::HelperSpec;
use crate::strategy::{self, rrm};

/// The fits of a cell: for each trained helper that has a part in it, one a level, each after the level below.
pub(super) fn of(cell: &CellSpec) -> Result<Vec<Fit>, Fault> {
    let mut fits = Vec::new();
    for (name, helper) in &cell.helpers {
        let HelperSpec::Trained(learner) = helper else { continue };
        let evaluator = cell.roles.get(&Role::Evaluator).filter(|evaluator| *evaluator != name).ok_or_else(|| {
            Fault::of(
                "roles",
                format!("helper `{name}` is trained, and no other helper is there whose judgments it learns"),
                "add roles.evaluator: its judgments are the labels",
            )
            .within(&format!("arms.{}", cell.arm))
        })?;
        let mut below: Vec<Id> = Vec::new();
        for level in 0..LEVELS {
            let spec = FitSpec {
                task: cell.task.clone(),
                inputs: cell.inputs.clone(),
                instances: cell.instances,
                seed: cell.seed,
                learner: learner.of_level(level),
                shape: shape(&cell.strategy),
                level,
                evaluator: evaluator.clone(),
                helpers: with_wrapped(cell, evaluator),
                budget: cell.budget,
            };
            let id = Id::of(&spec);
            fits.push(Fit { id: id.clone(), spec, needs: below.clone() });
            below.push(id);
        }
    }
    Ok(fits)
}

/// The shape of the trees that a cell's helpers learn from: its own, or the usual one where it grows no tree. Who stands
/// where at the top makes no other tree below.
fn shape(strategy: &strategy::Config) -> rrm::Config {
    let usual = rrm::Config::default();
    match strategy {
        strategy::Config::Rrm(own) => {
            rrm::Config { top: usual.top, evaluator_at: usual.evaluator_at, assistance: usual.assistance, ..*own }
        }
        _ => usual,
    }
}

/// A helper of a cell and those that it wraps.
fn with_wrapped(cell: &CellSpec, name: &str) -> BTreeMap<String, HelperSpec> {
    let mut helpers = BTreeMap::new();
    let mut next = Some(name);
    while let Some((name, helper)) = next.and_then(|name| cell.helpers.get_key_value(name)) {
        helpers.insert(name.clone(), helper.clone());
        next = helper.of();
    }
    helpers
}
