//! The fit of a reward model: the preferences of the training split are its labels, no evaluator is asked.

use super::job::{self, Event, Job};
use super::{LabelsFile, write_labels};
use crate::error::{Error, Result};
use crate::helper::simulated::Trust;
use crate::judgment::Cost;
use crate::plan::RewardFit;
use crate::record::rows::VERSION;
use crate::reward::TrainReport;
use crate::run::unit::Place;
use crate::task::Split;

/// Rows of the validation split at most, as a share of the training rows.
const VALIDATED: f64 = 0.25;

/// Executes the fit: its files go into the folder being built.
pub(super) fn execute(spec: &RewardFit, place: &Place) -> Result<()> {
    let task = spec.task.settings().build()?;
    let rows = task
        .preferences()
        .ok_or_else(|| Error::Bug("the plan let through a reward model without preferences".into()))?;
    let train = rows.labelled(Split::Train, spec.train, spec.seed);
    let validated = ((spec.train as f64 * VALIDATED) as usize).max(1);
    let validation = rows.labelled(Split::Validation, validated, spec.seed);
    let labels = train.len();
    let mut settings = spec.model.clone();
    settings.seed = settings.seed.wrapping_add(spec.seed);
    let (out, device) = (place.build.to_owned(), place.execution.device);
    let job = Job { settings, train, validation, out, device };
    let training = place.meter.part(0.0, 1.0);
    let trained = job::train(job, &mut |event| {
        if let Event::Updated(update) = event {
            training.at(update.step, update.steps_max);
        }
    })?;
    let report = TrainReport {
        steps: trained.course.step,
        step_best: trained.course.step_best,
        loss: trained.course.loss_best.unwrap_or(0.0),
        train_examples: trained.taken.train,
        validation_examples: trained.taken.validation,
        temperature: trained.evaluation.as_ref().map_or(1.0, |it| it.temperature),
        calibration_error: trained.evaluation.as_ref().map_or(0.0, |it| it.ece),
        finished: true,
    };
    let (cost, trust) = (Cost::default(), Trust::default());
    write_labels(place, &LabelsFile { version: VERSION, labels, cost, trust, report })
}
