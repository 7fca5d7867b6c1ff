//! Cells: one arm at one point of a sweep under one seed, from instances to rows.

mod judged;
mod pressure;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::budget::Limits;
use crate::cast::{Casting, asks_stream};
use crate::engine::{Cast, Engine};
use crate::error::{Error, Result};
use crate::eval;
use crate::fit::{LABELS_FILE, LabelsFile, TRUST_INSTANCES};
use crate::helper::simulated::Trust;
use crate::judgment::Role;
use crate::levels::{Setting, fitted_trust};
use crate::plan::fits::by_helper;
use crate::plan::{Cell, CellSpec, Fit};
use crate::record::file::RowsFile;
use crate::record::grown::{Stamp, judgment_rows, preference_row, tree_row};
use crate::run::unit::Place;
use crate::spec::MaterialSpec;
use crate::strategy::{self, rrm};
use crate::stream::Stream;
use crate::task::{Instance, Split, Task};

/// Trees in flight at once: enough to fill batches, few enough for memory.
const TREES_MAX: usize = 256;

/// The share of a cell's work that is done before its trees grow, about: drawing its instances and fitting trust.
const TRUST_SHARE: f64 = 0.2;

/// Executes a cell: its rows go into the folder being built.
pub fn execute(cell: &Cell, place: &Place) -> Result<()> {
    let spec = &cell.spec;
    let task = spec.task.build()?;
    let mut drawn = task.draw(Split::Test, spec.instances.test, spec.seed)?;
    if let Some(count) = spec.best_of {
        drawn = pressure::pools(&drawn, count, &Stream::root(spec.seed).named("pools"));
    }
    let checks = task.draw(Split::Validation, spec.instances.validation.min(TRUST_INSTANCES), spec.seed)?;
    let truths = drawn.truths.joined(&checks.truths);
    let snapshots = snapshots(spec, place)?;
    let mut label_tokens = label_tokens(snapshots.values().flatten())?;
    let device = place.execution.device;
    let casting = Casting { helpers: &spec.helpers, seed: spec.seed, truths: &truths, snapshots, device };

    let (trust, tokens) = trust(spec, &casting, &*task, &checks.instances)?;
    label_tokens += tokens;
    let mut cast = Cast::default();
    for (role, name) in &spec.roles {
        cast = cast.with(*role, casting.helper(name, &trust)?);
    }
    let strategy = spec.strategy.build();
    let limits = Limits { evaluator_tokens_max: Some(spec.budget.evaluator_tokens_max) };
    let stream = asks_stream(spec.seed);
    let engine = Engine { task: &*task, strategy: &*strategy, cast: &cast, limits, stream, trees_max: TREES_MAX };

    let shown = match spec.material {
        MaterialSpec::Own => drawn.instances.clone(),
        MaterialSpec::Another => swapped(&drawn.instances)?,
    };
    let stamp = Stamp {
        cell: cell.id.to_string(),
        arm: spec.arm.clone(),
        seed: spec.seed,
        split: Split::Test,
        swept: spec.swept.clone(),
        cluster_scope: spec.task.cluster_scope(),
        labels: spec.labels.clone(),
        helpers: spec.roles.clone(),
    };
    let mut files = Files::create(place)?;
    let mut rows = Vec::new();
    let mut scored = Vec::new();
    let mut failed = None;
    let mut at = 0;
    let growing = place.meter.part(TRUST_SHARE, 1.0);
    engine.grow(&shown, |tree| {
        let own = &drawn.instances[at];
        at += 1;
        growing.at(at, shown.len());
        let right = drawn.truths.of(own).map(|truth| truth.right);
        let written = files.trees.push(&tree_row(&stamp, &tree, right)).and_then(|()| {
            judgment_rows(&stamp, &tree, 1).iter().try_for_each(|row| files.judgments.push(row))?;
            preference_row(&stamp, &tree).iter().try_for_each(|row| files.preferences.push(row))
        });
        if let (Err(error), None) = (written, &failed) {
            failed = Some(error);
        }
        match spec.best_of {
            // Among many candidates there is no one right answer: gold and proxy say what was chosen.
            Some(_) => scored.extend(pressure::scored(&tree, &drawn.truths)),
            None => rows.extend(judged::rows(&stamp, spec, &tree, own, &drawn.truths, label_tokens)),
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    keep_materials(place, &shown)?;
    let mut results = eval::summarise(&rows);
    results.extend(pressure::result_rows(&stamp, &scored));
    files.finish(&rows, &results)
}

/// How far the evaluator trusts what its helpers tell it, fitted on validation instances, with what that cost.
fn trust(spec: &CellSpec, casting: &Casting, task: &dyn Task, checks: &[Arc<Instance>]) -> Result<(Trust, u64)> {
    let strategy::Config::Rrm(shape) = spec.strategy else { return Ok((Trust::equal(1.0), 0)) };
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

/// The folders of the fits that a cell's trained helpers are made from.
fn snapshots(spec: &CellSpec, place: &Place) -> Result<BTreeMap<String, Vec<(u16, PathBuf)>>> {
    let fits = by_helper(spec)?;
    let folder = |fit: Fit| (fit.spec.level, place.fit(&fit.id));
    Ok(fits.into_iter().map(|(name, fits)| (name, fits.into_iter().map(folder).collect())).collect())
}

/// What views point into, each text once.
fn keep_materials(place: &Place, instances: &[Arc<Instance>]) -> Result<()> {
    let mut kept = BTreeSet::new();
    for material in instances.iter().map(|instance| &instance.material) {
        if kept.insert(material.id()) {
            place.run.keep_material(&material.id().hex(), &material.text(material.whole()))?;
        }
    }
    Ok(())
}

/// All that was spent on the labels of what an arm's helpers learned.
fn label_tokens<'a>(fits: impl Iterator<Item = &'a (u16, PathBuf)>) -> Result<u64> {
    let mut total = 0;
    for (_, folder) in fits {
        let path = folder.join(LABELS_FILE);
        let json = std::fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
        let file: LabelsFile = serde_json::from_str(&json).map_err(|cause| Error::file("read", &path, cause))?;
        total += file.cost.label_tokens;
    }
    Ok(total)
}

/// The same questions, each over the material of an instance of another cluster: nothing in it bears on them.
fn swapped(instances: &[Arc<Instance>]) -> Result<Vec<Arc<Instance>>> {
    let cluster = |it: &Instance| it.labels.get("cluster").cloned();
    let count = instances.len();
    (0..count)
        .map(|i| {
            let own = &instances[i];
            let other = (1..count).map(|k| &instances[(i + k) % count]).find(|other| cluster(other) != cluster(own));
            let other = other.ok_or_else(|| {
                Error::Usage(
                    "`material = \"another\"` needs test instances of two clusters\n  raise `instances.test`".into(),
                )
            })?;
            Ok(Arc::new(Instance {
                // Another name, so that no truth of the instance's own material is looked up for this one.
                id: format!("{}@{}", own.id, other.id),
                material: other.material.clone(),
                question: own.question.clone(),
                candidates: own.candidates.clone(),
                labels: own.labels.clone(),
            }))
        })
        .collect()
}

/// The files of a cell.
struct Files {
    trees: RowsFile,
    judgments: RowsFile,
    preferences: RowsFile,
    instances: RowsFile,
    results: RowsFile,
}

impl Files {
    fn create(place: &Place) -> Result<Self> {
        let file = |name: &str| RowsFile::create(&place.build.join(name));
        Ok(Self {
            trees: file("trees.jsonl")?,
            judgments: file("judgments.jsonl")?,
            preferences: file("preferences.jsonl")?,
            instances: file("instances.jsonl")?,
            results: file("results.jsonl")?,
        })
    }

    fn finish(
        mut self,
        instances: &[crate::record::rows::InstanceRow],
        results: &[crate::record::rows::ResultRow],
    ) -> Result<()> {
        instances.iter().try_for_each(|row| self.instances.push(row))?;
        results.iter().try_for_each(|row| self.results.push(row))?;
        for file in [self.trees, self.judgments, self.preferences, self.instances, self.results] {
            file.finish()?;
        }
        Ok(())
    }
}
