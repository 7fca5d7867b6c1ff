//! A learner of any model: examples, the fit behind its backend, and the folder it is saved in.

use std::path::Path;

use serde::Serialize;

use super::calibration::Calibration;
use super::folder::{self, Header};
use super::train::{AnyFit, Data, Progress};
use super::{Config, Learner, Tell, TrainReport, TrainStep};
use crate::error::{Error, Result};
use crate::model::Device;
use crate::model::checkpoint::Weights;
use crate::stream::Stream;

/// A model that can be learned: how its examples are prepared, fitted and frozen.
pub trait Model: Sized {
    /// What it is called in `config.json`.
    const NAME: &'static str;
    /// What it learns from.
    type Example: Serialize;
    /// An example as features.
    type Prepared;

    /// The cluster that an example belongs to.
    fn cluster(example: &Self::Example) -> &str;
    /// The examples as features; those that nothing can be learned from are left out.
    fn prepare(examples: &[&Self::Example], config: &Config) -> Vec<Self::Prepared>;
    /// A new fit.
    fn fit(config: &Config, stream: &Stream, device: Device) -> Result<Box<dyn AnyFit<Self::Prepared>>>;
    /// A frozen model with these weights, corrected so.
    fn frozen(config: &Config, weights: &Weights, calibration: Calibration, device: Device) -> Result<Self>;
}

/// A model under training; its snapshots are what helpers hold.
pub struct Learning<M: Model> {
    config: Config,
    stream: Stream,
    device: Device,
    examples: Vec<M::Example>,
    fit: Box<dyn AnyFit<M::Prepared>>,
    log: Vec<TrainStep>,
}

impl<M: Model> Learning<M> {
    /// An untrained learner; its weights, its validation split and the order of its examples come from `stream`.
    pub fn new(config: Config, stream: Stream, device: Device) -> Result<Self> {
        check(&config)?;
        let fit = M::fit(&config, &stream, device)?;
        Ok(Self { config, stream, device, examples: Vec::new(), fit, log: Vec::new() })
    }

    /// At most `steps` more updates: [`Learner::train`] in parts, with the same result.
    pub fn train_steps(&mut self, steps: usize, progress: &mut Tell<'_>) -> Result<TrainReport> {
        let data = self.data()?;
        if self.fit.held().progress().examples != data.hash {
            self.log.clear();
        }
        let log = &mut self.log;
        self.fit.train(&data, &self.config, steps, &mut |step| {
            log.push(step.clone());
            progress(step);
        })
    }

    /// How many examples were absorbed.
    pub fn examples_count(&self) -> usize {
        self.examples.len()
    }

    fn data(&self) -> Result<Data<M::Prepared>> {
        let mut hasher = blake3::Hasher::new();
        for example in &self.examples {
            let row = serde_json::to_vec(example)
                .map_err(|cause| Error::Bug(format!("a training example has no written form: {cause}")))?;
            hasher.update(&row);
        }
        let validates = self.stream.named("validation");
        let (validation, train): (Vec<_>, Vec<_>) = self
            .examples
            .iter()
            .partition(|example| validates.named(M::cluster(example)).coin(self.config.validation_share));
        let (validation, train) =
            if train.is_empty() { (Vec::new(), self.examples.iter().collect()) } else { (validation, train) };
        Ok(Data {
            train: M::prepare(&train, &self.config),
            validation: M::prepare(&validation, &self.config),
            hash: hasher.finalize().to_hex()[..32].to_string(),
        })
    }
}

impl<M: Model> Learner for Learning<M> {
    type Example = M::Example;
    type Snapshot = M;

    fn absorb(&mut self, examples: Vec<M::Example>) {
        self.examples.extend(examples);
    }

    fn train(&mut self, progress: &mut Tell<'_>) -> Result<TrainReport> {
        self.train_steps(usize::MAX, progress)
    }

    fn snapshot(&self) -> M {
        let held = self.fit.held();
        M::frozen(&self.config, &held.best(), held.progress().calibration, self.device)
            .expect("the weights come from a network of the same config on the same device")
    }

    fn save(&self, folder: &Path) -> Result<()> {
        folder::save(folder, (M::NAME, &self.config, self.stream), self.fit.held(), &self.log)
    }

    fn load(folder: &Path, device: Device) -> Result<Self> {
        let header = folder::header(folder, M::NAME)?;
        let mut learner = Self::new(header.config, header.stream, device)?;
        learner.log = folder::resume(folder, learner.fit.held_mut(), header.progress)?;
        Ok(learner)
    }
}

/// A frozen model from the folder of a learner.
pub(crate) fn frozen_from<M: Model>(folder: &Path, device: Device) -> Result<M> {
    let header: Header<Config, Progress> = folder::header(folder, M::NAME)?;
    M::frozen(&header.config, &folder::weights(folder)?, header.progress.calibration, device)
}

fn check(config: &Config) -> Result<()> {
    let wrong = |what: &str| Err(Error::Usage(format!("a trained model's config is wrong: {what}")));
    let positive = [
        ("width", config.width),
        ("steps_max", config.steps_max),
        ("batch", config.batch),
        ("rows_max", config.rows_max),
        ("steps_between_validations", config.steps_between_validations),
        ("patience", config.patience),
    ];
    if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
        return wrong(&format!("`{name}` is 0, give at least 1"));
    }
    for (name, value) in [("learning_rate", config.learning_rate), ("norm_max", config.norm_max)] {
        if !(value.is_finite() && value > 0.0) {
            return wrong(&format!("`{name}` is {value}, give a number above 0"));
        }
    }
    if !(config.weight_decay.is_finite() && config.weight_decay >= 0.0) {
        return wrong(&format!("`weight_decay` is {}, give 0 or more", config.weight_decay));
    }
    if !(0.0..1.0).contains(&config.validation_share) {
        return wrong(&format!("`validation_share` is {}, give a number in [0, 1)", config.validation_share));
    }
    Ok(())
}
