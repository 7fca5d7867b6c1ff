//! Which training runs a cell rests on.

use std::collections::BTreeMap;

use super::{CellSpec, Fit, FitSpec, Id, JudgeFit, LevelFit, RewardFit, inputs};
use crate::error::Error;
use crate::judgment::Role;
use crate::levels;
use crate::reward::scorer::settings::Backbone;
use crate::reward::{pixels, scorer};
use crate::spec::Fault;
use crate::spec::parts::HelperSpec;
use crate::strategy::{self, rrm};

/// The fits of a cell, those of a helper in the order of its levels.
pub(super) fn of(cell: &CellSpec) -> Result<Vec<Fit>, Fault> {
    Ok(by_helper(cell)?.into_iter().flat_map(|(_, fits)| fits).collect())
}

/// For each helper of a cell that was trained, its fits, each after those it needs.
pub fn by_helper(cell: &CellSpec) -> Result<Vec<(String, Vec<Fit>)>, Fault> {
    let mut all = Vec::new();
    for (name, helper) in &cell.helpers {
        let fits = helper.settings().fits(name, cell)?;
        if !fits.is_empty() {
            all.push((name.clone(), fits));
        }
    }
    Ok(all)
}

/// The fits of a helper that learns from the evaluator's judgments: one a level, each after the levels below.
pub fn of_levels(learner: &levels::Config, name: &str, cell: &CellSpec) -> Result<Vec<Fit>, Fault> {
    let evaluator = cell.roles.get(&Role::Evaluator).filter(|evaluator| *evaluator != name).ok_or_else(|| {
        Fault::of(
            "roles",
            format!("helper `{name}` is trained, and no other helper is there whose judgments it learns"),
            "add roles.evaluator: its judgments are the labels",
        )
        .within(&format!("arms.{}", cell.arm))
    })?;
    let mut fits: Vec<Fit> = Vec::new();
    // In a tree of depth 1 a claim has no parts, and its reader is its judge.
    let is_fitted = |level: &u16| *level != 1 || shape(cell).depth > 1;
    for level in learner.levels().filter(is_fitted) {
        let spec = FitSpec::Level(Box::new(LevelFit {
            task: cell.task.clone(),
            inputs: cell.inputs.clone(),
            train: cell.instances.train,
            seed: cell.seed,
            learner: learner.of_level(level),
            shape: shape(cell),
            level,
            evaluator: evaluator.clone(),
            helpers: with_wrapped(cell, evaluator),
        }));
        let needs = fits.iter().map(|fit| fit.id.clone()).collect();
        fits.push(Fit { id: Id::of(&spec), spec, needs });
    }
    Ok(fits)
}

/// The fit of a judge of images. What is asked of the images does not determine it, only where they come from.
pub fn of_judge(judge: &pixels::Config, cell: &CellSpec) -> Vec<Fit> {
    let mut task = cell.task.clone();
    task.settings_mut().keep_images_alone();
    let (inputs, judge) = (cell.inputs.clone(), judge.clone());
    let spec = FitSpec::Judge(Box::new(JudgeFit { task, inputs, seed: cell.seed, judge }));
    vec![Fit { id: Id::of(&spec), spec, needs: Vec::new() }]
}

/// The fit of a reward model on the preferences of a cell's task. The files of a pretrained model determine it too.
pub fn of_reward(model: &scorer::settings::Settings, cell: &CellSpec) -> Result<Vec<Fit>, Fault> {
    let base = match &model.backbone {
        Backbone::Pretrained(folder) => {
            let unread =
                |error: Error| Fault::of("backbone.pretrained", error.to_string(), "give a folder that can be read");
            Some(inputs::hash_of(std::slice::from_ref(folder)).map_err(unread)?)
        }
        Backbone::Encoder(_) | Backbone::Decoder(_) => None,
    };
    let (task, inputs, train) = (cell.task.clone(), cell.inputs.clone(), cell.instances.train);
    let fit = RewardFit { task, inputs, train, seed: cell.seed, model: model.clone(), base };
    let spec = FitSpec::Reward(Box::new(fit));
    Ok(vec![Fit { id: Id::of(&spec), spec, needs: Vec::new() }])
}

/// The shape of the trees that a cell's helpers learn from: that of the first of its strategies that grows such trees, or
/// the usual one where none does.
fn shape(cell: &CellSpec) -> rrm::Config {
    std::iter::once(&cell.strategy).chain(&cell.alternatives).find_map(grown).unwrap_or_default()
}

/// The shape of the trees that a strategy grows and helpers learn from; none where it grows no such tree, and helpers of any
/// training may play. Who stands where at the top makes no other tree below.
pub fn grown(strategy: &strategy::Config) -> Option<rrm::Config> {
    let usual = rrm::Config::default();
    match strategy {
        strategy::Config::Rrm(own) => {
            let (top, evaluator_at, assistance) = (usual.top, usual.evaluator_at, usual.assistance);
            Some(rrm::Config { top, evaluator_at, assistance, ..*own })
        }
        _ => None,
    }
}

/// A helper of a cell and those that it wraps.
fn with_wrapped(cell: &CellSpec, name: &str) -> BTreeMap<String, HelperSpec> {
    let mut helpers = BTreeMap::new();
    let mut next = Some(name);
    while let Some((name, helper)) = next.and_then(|name| cell.helpers.get_key_value(name)) {
        helpers.insert(name.clone(), helper.clone());
        next = helper.settings().of();
    }
    helpers
}
