//! Fits: one training run, from labels to weights: a level's from the evaluator's judgments, a judge's from the truth of
//! the training split.

pub mod job;
mod judge;
mod reward;

use serde::{Deserialize, Serialize};

use crate::cast::{Casting, asks_stream, fit_stream, snapshot};
use crate::error::{Error, Result};
use crate::helper::simulated::Trust;
use crate::judgment::{Cost, Role};
use crate::levels::{self, Labelled, Labels, Setting, fitted_trust};
use crate::plan::{Fit, FitSpec, Id, LevelFit};
use crate::record::file::write_rows;
use crate::record::grown::{Stamp, judgment_rows};
use crate::reward::{AggregatorLearner, Learner, ReaderLearner, TrainReport, TrainStep, TreeExample};
use crate::run::unit::Place;
use crate::stream::Stream;
use crate::task::{Drawn, Question, Split};

/// Instances on which an evaluator checks its sources before it hears them: training instances of a level's fold, or
/// validation instances of a cell.
pub const TRUST_INSTANCES: usize = 40;

/// The share of a fit's work that its labels are, about.
const LABELS_SHARE: f64 = 0.2;

/// What a fit cost and came to; `labels.json` in its folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelsFile {
    /// The file's version.
    pub version: u32,
    /// Labels that the level was trained on.
    pub labels: usize,
    /// What they cost, the checks of sources included.
    pub cost: Cost,
    /// How far the evaluator trusted each source while labelling.
    pub trust: Trust,
    /// How training ended.
    pub report: TrainReport,
}

/// The file in a fit's folder that says what its labels cost.
pub const LABELS_FILE: &str = "labels.json";

/// Executes a fit: its files go into the folder being built.
pub fn execute(fit: &Fit, place: &Place) -> Result<()> {
    let stream = fit_stream(&fit.spec);
    match &fit.spec {
        FitSpec::Level(spec) => level(spec, fit, place, stream),
        FitSpec::Judge(spec) => judge::execute(spec, place, stream),
        FitSpec::Reward(spec) => reward::execute(spec, place),
    }
}

/// A level of the recursion.
fn level(spec: &LevelFit, fit: &Fit, place: &Place, stream: Stream) -> Result<()> {
    let task = spec.task.settings().build()?;
    let drawn = task.draw(Split::Train, spec.train, spec.seed)?;
    if spec.learner.labels == Labels::Truth {
        let labelled = labelled_by_truth(&drawn);
        return finish(spec, place, labelled, Trust::default(), stream);
    }
    let labelling = place.meter.part(0.0, LABELS_SHARE);
    labelling.at(1, 3);
    let fits: Vec<(u16, _)> = (0..).zip(fit.needs.iter().map(|id| place.fit(id))).collect();
    let casting = Casting {
        helpers: &spec.helpers,
        seed: spec.seed,
        truths: &drawn.truths,
        snapshots: Default::default(),
        device: place.execution.device,
    };
    let assistant = if fits.is_empty() { None } else { Some(snapshot(&fits, place.execution.device)?) };
    let mut setting = Setting {
        task: &*task,
        shape: spec.shape,
        evaluator: casting.helper(&spec.evaluator, &Trust::equal(0.0))?,
        assistant: assistant.map(|it| std::sync::Arc::new(it) as _),
        stream: asks_stream(spec.seed),
        label_tokens_max: [None, Some(spec.learner.claim_tokens_max), Some(spec.learner.root_tokens_max)],
    };
    let mut instances = levels::fold(&drawn.instances, spec.level);
    if spec.level == 0 {
        instances.truncate(spec.learner.leaf_instances_max);
    }
    let mut trust = Trust::default();
    let mut checks = 0;
    if spec.level > 0 {
        // The evaluator hears the level below it, so that is what it checks.
        let checked = &instances[..instances.len().min(TRUST_INSTANCES)];
        (trust, checks) = fitted_trust(&setting, spec.level - 1..spec.level, checked);
        setting.evaluator = casting.helper(&spec.evaluator, &trust)?;
    }
    labelling.at(2, 3);
    let mut labelled = setting.label(spec.level, spec.learner.labels, &instances);
    labelled.cost.label_tokens += checks;
    record_labels(&fit.id, spec, place, &labelled)?;
    finish(spec, place, labelled, trust, stream)
}

/// The right candidates themselves: what the leak model of the blind arm learns from, and nothing else does.
fn labelled_by_truth(drawn: &Drawn) -> Labelled {
    let mut labelled = Labelled::default();
    for instance in &drawn.instances {
        let Some(truth) = drawn.truths.of(instance) else { continue };
        let label: Vec<f32> =
            (0..instance.candidates.len()).map(|i| if i == truth.right { 1.0 } else { 0.0 }).collect();
        labelled.nodes.extend(TreeExample::of(instance, &Question::Which, &[], &label));
    }
    labelled
}

/// Trains on the labels and writes down what they cost.
fn finish(spec: &LevelFit, place: &Place, labelled: Labelled, trust: Trust, stream: Stream) -> Result<()> {
    let labels = labelled.readings.len() + labelled.nodes.len();
    if labels == 0 {
        return Err(Error::Usage(format!(
            "level {} has no labels: {} training instances leave it none\n  raise `instances.train`",
            spec.level, spec.train
        )));
    }
    let cost = labelled.cost;
    let report = train(spec, place, labelled, stream)?;
    write_labels(place, &LabelsFile { version: crate::record::rows::VERSION, labels, cost, trust, report })
}

fn write_labels(place: &Place, file: &LabelsFile) -> Result<()> {
    let path = place.build.join(LABELS_FILE);
    let json = serde_json::to_string_pretty(file).map_err(|e| Error::Bug(format!("no JSON of labels: {e}")))?;
    std::fs::write(&path, json + "\n").map_err(|cause| Error::file("write", &path, cause))
}

fn train(spec: &LevelFit, place: &Place, labelled: Labelled, stream: Stream) -> Result<TrainReport> {
    let config = spec.learner.model(spec.level);
    let training = place.meter.part(LABELS_SHARE, 1.0);
    let mut tell = |step: TrainStep| training.at(step.step, step.steps_max);
    if spec.level == 0 {
        let mut learner = ReaderLearner::new(config, stream, place.execution.device)?;
        learner.absorb(labelled.readings);
        let report = learner.train(&mut tell)?;
        learner.save(place.build)?;
        return Ok(report);
    }
    let mut learner = AggregatorLearner::new(config, stream, place.execution.device)?;
    learner.absorb(labelled.nodes);
    let report = learner.train(&mut tell)?;
    learner.save(place.build)?;
    Ok(report)
}

fn record_labels(id: &Id, spec: &LevelFit, place: &Place, labelled: &Labelled) -> Result<()> {
    let stamp = Stamp {
        cell: id.to_string(),
        arm: format!("level {}", spec.level),
        seed: spec.seed,
        split: Split::Train,
        swept: Default::default(),
        cluster_scope: spec.task.settings().cluster_scope(),
        labels: Default::default(),
        helpers: [(Role::Evaluator, spec.evaluator.clone())].into(),
    };
    let rows = labelled.trees.iter().flat_map(|tree| judgment_rows(&stamp, tree, spec.shape.depth));
    write_rows(&place.build.join("judgments.jsonl"), rows.filter(|row| row.role == Role::Evaluator))
}
