//! The fit of a judge of images: no evaluator is asked, the classes of training images are its labels.

use serde::{Deserialize, Serialize};

use super::{LabelsFile, write_labels};
use crate::error::{Error, Result};
use crate::eval::stats::wilson;
use crate::helper::simulated::Trust;
use crate::judgment::Cost;
use crate::plan::JudgeFit;
use crate::record::rows::VERSION;
use crate::reward::Learner;
use crate::reward::pixels::PixelJudgeLearner;
use crate::run::unit::Place;
use crate::stream::Stream;
use crate::task::Split;

/// Validation images at most.
const VALIDATED: usize = 4_000;

/// The file in a judge's folder that says how often it is right of all classes.
const ACCURACY_FILE: &str = "accuracy.json";

/// How often a judge's best class is right, of validation images each seen through random pixels above 0: what Irving et
/// al. (2018) report as 59.4% of ten classes for six pixels of MNIST and 48.2% for four.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccuracyFile {
    /// The file's version.
    pub version: u32,
    /// Pixels seen of each.
    pub pixels: usize,
    /// Classes told apart.
    pub classes: usize,
    /// Validation images.
    pub n: usize,
    /// The share that is right.
    pub accuracy: f64,
    /// The low end of its 95% interval (Wilson).
    pub ci_low: f64,
    /// The high end.
    pub ci_high: f64,
}

/// Executes the fit: its files go into the folder being built.
pub(super) fn execute(spec: &JudgeFit, place: &Place, stream: Stream) -> Result<()> {
    let task = spec.task.settings().build()?;
    let images =
        task.images().ok_or_else(|| Error::Bug("the plan let through a judge of images without any".into()))?;
    let train = images.labelled(Split::Train, spec.judge.images, spec.seed);
    let validation = images.labelled(Split::Validation, VALIDATED.min(spec.judge.images), spec.seed);
    let (shape, classes, device) = (images.shape(), images.classes(), place.execution.device);
    let mut learner = PixelJudgeLearner::new(spec.judge.clone(), shape, classes, stream, device)?;
    let labels = train.len();
    learner.absorb(train);
    learner.absorb_validation(validation.clone());
    let report = learner.train(&mut |_| {})?;
    learner.save(place.build)?;
    // Other pixels than those by which the best update was chosen.
    let accuracy = PixelJudgeLearner::accuracy(&learner.snapshot(), &validation, &stream.named("accuracy"));
    let accuracy = accuracy.ok_or_else(|| {
        Error::Usage("there is no image to validate a judge on\n  give a folder with more images".into())
    })?;
    let n = validation.len();
    let interval = wilson(accuracy * n as f64, n as f64);
    let file = AccuracyFile {
        version: VERSION,
        pixels: spec.judge.pixels,
        classes,
        n,
        accuracy,
        ci_low: interval.map_or(0.0, |it| it.low),
        ci_high: interval.map_or(1.0, |it| it.high),
    };
    let json = serde_json::to_string_pretty(&file).map_err(|e| Error::Bug(format!("no JSON of an accuracy: {e}")))?;
    let path = place.build.join(ACCURACY_FILE);
    std::fs::write(&path, json + "\n").map_err(|cause| Error::file("write", &path, cause))?;
    write_labels(
        place,
        &LabelsFile { version: VERSION, labels, cost: Cost::default(), trust: Trust::default(), report },
    )
}
