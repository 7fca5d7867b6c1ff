//! Cells: one arm at one point of a sweep under one seed, from instances to rows.

mod argued;
mod judged;
mod leaning;
mod pressure;
mod ready;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::budget::Limits;
use crate::cast::{Casting, asks_stream};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::eval;
use crate::fit::{LABELS_FILE, LabelsFile};
use crate::plan::fits::by_helper;
use crate::plan::{Cell, CellSpec, Fit};
use crate::record::file::{RowsFile, write_rows};
use crate::record::grown::{Stamp, judgment_rows, preference_row, tree_row};
use crate::record::rows::{InstanceRow, ResultRow, TreeRow};
use crate::run::unit::Place;
use crate::spec::MaterialSpec;
use crate::stream::Stream;
use crate::task::{Instance, Split, Truth};

/// Trees in flight at once, unless a helper wants larger batches: enough to fill most, few enough for memory.
const TREES_MAX: usize = 256;

/// The share of a cell's work that is done before its trees grow, about: drawing its instances and fitting trust.
const TRUST_SHARE: f64 = 0.2;

/// Executes a cell: its rows go into the folder being built.
pub fn execute(cell: &Cell, place: &Place) -> Result<()> {
    let spec = &cell.spec;
    let task = spec.task.settings().build()?;
    let mut drawn = task.draw(Split::Test, spec.instances.test, spec.seed)?;
    if let Some(count) = spec.best_of {
        drawn = pressure::pools(&drawn, count, &Stream::root(spec.seed).named("pools"));
    }
    let checks = task.draw(Split::Validation, spec.validated(), spec.seed)?;
    let truths = drawn.truths.joined(&checks.truths);
    let snapshots = snapshots(spec, place)?;
    let mut label_tokens = label_tokens(snapshots.values().flatten())?;
    let device = place.execution.device;
    let casting = Casting { helpers: &spec.helpers, seed: spec.seed, truths: &truths, snapshots, device };

    let mut stamp = Stamp {
        cell: cell.id.to_string(),
        arm: spec.arm.clone(),
        seed: spec.seed,
        split: Split::Test,
        swept: spec.swept.clone(),
        cluster_scope: spec.task.settings().cluster_scope(),
        labels: spec.labels.clone(),
        helpers: spec.roles.clone(),
    };
    let arm = ready::ready(&mut stamp, spec, &casting, &*task, &checks)?;
    label_tokens += arm.label_tokens;
    let strategy = arm.strategy.build();
    let limits = Limits { evaluator_tokens_max: Some(spec.budget.evaluator_tokens_max) };
    let stream = asks_stream(spec.seed);
    let trees_max = arm.cast.players().map(|(_, player)| player.manner.wanted()).fold(TREES_MAX, usize::max);
    let engine = Engine { task: &*task, strategy: &*strategy, cast: &arm.cast, limits, stream, trees_max };

    let shown = match spec.material {
        MaterialSpec::Own => drawn.instances.clone(),
        MaterialSpec::Another => swapped(&drawn.instances)?,
    };
    let mut files = Files::create(place)?;
    let mut rows = Vec::new();
    let mut arguments = Vec::new();
    let mut pools = Vec::new();
    let mut leanings = Vec::new();
    let mut failed = None;
    let mut at = 0;
    let growing = place.meter.part(TRUST_SHARE, 1.0);
    engine.grow(&shown, |tree| {
        let own = &drawn.instances[at];
        at += 1;
        growing.at(at, shown.len());
        let truth = drawn.truths.of(own);
        let row = TreeRow { holds: truth.map(held), ..tree_row(&stamp, &tree, truth.map(|truth| truth.right)) };
        let written = files.trees.push(&row).and_then(|()| {
            judgment_rows(&stamp, &tree, 1).iter().try_for_each(|row| files.judgments.push(row))?;
            preference_row(&stamp, &tree).iter().try_for_each(|row| files.preferences.push(row))
        });
        if let (Err(error), None) = (written, &failed) {
            failed = Some(error);
        }
        let argued = argued::rows(&stamp, &tree, own, &drawn.truths);
        match spec.best_of {
            // Among many candidates there is no one right answer: gold and proxy say what was chosen.
            Some(_) => pools.extend(pressure::row(&stamp, &tree, &drawn.truths)),
            None => {
                let sides = argued::labels(&stamp, &arm.strategy, &argued);
                let judged = judged::rows(&stamp, &arm.strategy, &tree, own, &drawn.truths, label_tokens);
                rows.extend(judged.into_iter().map(|mut row| {
                    row.labels.extend(sides.clone());
                    row
                }));
            }
        }
        arguments.extend(argued);
        leanings.extend(leaning::rows(&stamp, spec, &tree, own, &drawn.truths));
    });
    if let Some(error) = failed {
        return Err(error);
    }
    keep_materials(place, &shown)?;
    let mut results = eval::summarise(&rows);
    results.extend(eval::arguments::summarise(&arguments));
    results.extend(eval::pressure::summarise(&pools));
    if !arguments.is_empty() {
        write_rows(&place.build.join("arguments.jsonl"), arguments.iter())?;
    }
    if !pools.is_empty() {
        write_rows(&place.build.join("pools.jsonl"), pools.iter())?;
    }
    if !leanings.is_empty() {
        write_rows(&place.build.join("leanings.jsonl"), leanings.iter())?;
    }
    files.finish(&rows, &results)
}

/// The folders of the fits that a cell's trained helpers are made from.
fn snapshots(spec: &CellSpec, place: &Place) -> Result<BTreeMap<String, Vec<(u16, PathBuf)>>> {
    let fits = by_helper(spec)?;
    let folder = |fit: Fit| (fit.spec.level(), place.fit(&fit.id));
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

/// For every candidate, whether each of its claims holds.
fn held(truth: &Truth) -> Vec<Vec<bool>> {
    truth.claims.iter().map(|claims| claims.iter().map(|claim| claim.holds).collect()).collect()
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

    fn finish(mut self, instances: &[InstanceRow], results: &[ResultRow]) -> Result<()> {
        instances.iter().try_for_each(|row| self.instances.push(row))?;
        results.iter().try_for_each(|row| self.results.push(row))?;
        for file in [self.trees, self.judgments, self.preferences, self.instances, self.results] {
            file.finish()?;
        }
        Ok(())
    }
}
