//! Which training runs a cell rests on.

use std::collections::BTreeMap;

use super::{CellSpec, Fit, FitSpec, Id};
use crate::judgment::Role;
use crate::spec::Fault;
use crate::spec::parts::HelperSpec;

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
        let mut below: Option<Id> = None;
        for level in 0..learner.levels {
            let spec = FitSpec {
                task: cell.task.clone(),
                inputs: cell.inputs.clone(),
                instances: cell.instances,
                seed: cell.seed,
                learner: learner.clone(),
                level,
                evaluator: evaluator.clone(),
                helpers: with_wrapped(cell, evaluator),
                budget: cell.budget,
            };
            let id = Id::of(&spec);
            fits.push(Fit { id: id.clone(), spec, needs: below.replace(id).into_iter().collect() });
        }
    }
    Ok(fits)
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
