//! The training loop: batches in the order of a stream, gradients summed over microbatches, early stopping, a state
//! that resumes bit for bit.

use burn::module::{AutodiffModule, Module};
use burn::optim::GradientsAccumulator;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::calibration::{Calibration, at_temperature, calibration_error, fitted_temperature, with_open_odds};
use super::folder::{Resumes, State, Stepped};
use super::order::Strata;
use super::{Config, Tell, TrainReport, TrainStep};
use crate::error::{Error, Result};
use crate::model::fused::Trained;
use crate::model::optim::{AdamW, learning_rate, values};
use crate::model::{tape, threads};
use crate::stream::Stream;

/// Quiet examples validated on for each that tells.
const QUIET_VALIDATED: usize = 4;
/// Share of the validation loss that has to be gained for training to be worth its time.
const GAIN_MIN: f64 = 2e-3;

/// A network and its examples, prepared on the host.
pub(crate) trait Network<B: Backend>: Module<B> {
    /// An example as features.
    type Prepared;

    /// Rows that it takes in a microbatch.
    fn rows(example: &Self::Prepared) -> usize;

    /// The soft label, as a distribution.
    fn label(example: &Self::Prepared) -> &[f32];

    /// Whether something is said of it: such examples are drawn as often as all others together, however rare.
    fn tells(example: &Self::Prepared) -> bool;

    /// The loss summed over some examples: `[1]`.
    fn loss(&self, examples: &[&Self::Prepared], device: &B::Device) -> Tensor<B, 1>;

    /// The distribution given to each example, in the order of its label.
    fn judged(&self, examples: &[&Self::Prepared], device: &B::Device) -> Vec<Vec<f64>>;
}

/// How far a fit has come: all of its state that is no tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Hash of the examples it is trained on; on others a new schedule starts, from the same weights.
    pub examples: String,
    /// Updates made.
    pub step: usize,
    /// The update after which validation was best.
    pub step_best: usize,
    /// Mean validation loss there; none before the first validation.
    pub loss_best: Option<f64>,
    /// Validations since then.
    pub waited: usize,
    /// Whether training is over.
    pub finished: bool,
    /// Its temperature is fitted when training is over.
    pub calibration: Calibration,
    /// With that calibration, on the validation examples.
    pub calibration_error: f64,
}

impl Progress {
    fn new(examples: String) -> Self {
        Self {
            examples,
            step: 0,
            step_best: 0,
            loss_best: None,
            waited: 0,
            finished: false,
            calibration: Calibration::default(),
            calibration_error: 0.0,
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new(String::new())
    }
}

/// Prepared examples, split by cluster, with the hash of them all.
pub struct Data<P> {
    /// What is trained on.
    pub train: Vec<P>,
    /// What training is stopped on.
    pub validation: Vec<P>,
    /// Hash of the examples.
    pub hash: String,
}

/// A fit behind its backend: what a learner drives.
pub trait AnyFit<P>: Send {
    /// At most `steps` more updates.
    fn train(&mut self, data: &Data<P>, config: &Config, steps: usize, tell: &mut Tell<'_>) -> Result<TrainReport>;
    /// All that it goes on from.
    fn held(&self) -> &dyn Resumes<Progress>;
    /// The same, to take up a saved state.
    fn held_mut(&mut self) -> &mut dyn Resumes<Progress>;
}

/// A network under training.
pub(crate) struct Fit<B: Trained, N> {
    state: State<B, N, Progress>,
    stream: Stream,
}

impl<B: Trained, N: Clone> Fit<B, N> {
    pub fn new(network: N, config: &Config, stream: &Stream, device: B::Device) -> Self {
        let optimiser = AdamW::new(config.weight_decay, Some(config.norm_max));
        Self { state: State::new(network, optimiser, device), stream: *stream }
    }
}

impl Stepped for Progress {
    fn step(&self) -> usize {
        self.step
    }
}

impl<B, N, P> AnyFit<P> for Fit<B, N>
where
    B: Trained,
    P: Sync,
    N: Network<B, Prepared = P> + AutodiffModule<B> + Clone,
    N::InnerModule: Network<B::InnerBackend, Prepared = P>,
{
    fn train(&mut self, data: &Data<P>, config: &Config, steps: usize, tell: &mut Tell<'_>) -> Result<TrainReport> {
        if data.train.is_empty() {
            return Err(Error::Usage(
                "nothing to train on: no example with a sentence or a child was absorbed; give the evaluator more \
                 training instances"
                    .into(),
            ));
        }
        if self.state.progress.examples != data.hash {
            self.state.progress = Progress::new(data.hash.clone());
            self.state.optimiser = AdamW::new(config.weight_decay, Some(config.norm_max));
        }
        threads::inside::<B, _>(|| self.updates(data, config, steps, tell))?;
        Ok(TrainReport {
            steps: self.state.progress.step,
            step_best: self.state.progress.step_best,
            loss: self.state.progress.loss_best.unwrap_or(0.0),
            train_examples: data.train.len(),
            validation_examples: validation(data).len(),
            temperature: self.state.progress.calibration.temperature,
            calibration_error: self.state.progress.calibration_error,
            finished: self.state.progress.finished,
        })
    }

    fn held(&self) -> &dyn Resumes<Progress> {
        &self.state
    }

    fn held_mut(&mut self) -> &mut dyn Resumes<Progress> {
        &mut self.state
    }
}

impl<B, N, P> Fit<B, N>
where
    B: Trained,
    N: Network<B, Prepared = P> + AutodiffModule<B> + Clone,
    N::InnerModule: Network<B::InnerBackend, Prepared = P>,
{
    /// At most `steps` updates, fewer where training ends before.
    fn updates(&mut self, data: &Data<P>, config: &Config, steps: usize, tell: &mut Tell<'_>) -> Result<()> {
        let strata = Strata::of(&data.train, N::tells);
        self.state.progress.calibration.open_odds = strata.quiet_odds();
        let last = self.state.progress.step.saturating_add(steps).min(config.steps_max);
        let mut order = strata.order(&self.stream);
        while self.state.progress.step < last && !self.state.progress.finished {
            let at = self.state.progress.step;
            let batch: Vec<usize> = (at * config.batch..(at + 1) * config.batch).map(|k| order.at(k)).collect();
            let mut step = self.update(data, config, &batch)?;
            let validates = (at + 1).is_multiple_of(config.steps_between_validations) || at + 1 == config.steps_max;
            if validates {
                step.validation = Some(self.validate(data, config)?);
            }
            tell(step);
            if self.state.progress.finished {
                self.calibrate(data, config);
            }
        }
        Ok(())
    }

    /// One update on the examples at these places.
    fn update(&mut self, data: &Data<P>, config: &Config, batch: &[usize]) -> Result<TrainStep> {
        let step = self.state.progress.step;
        let examples: Vec<&P> = batch.iter().map(|at| &data.train[*at]).collect();
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        for part in microbatches::<B, N>(&examples, config.rows_max) {
            let part = &examples[part];
            let mean = |network: &N| network.loss(part, &self.state.device) / batch.len() as f64;
            let (part_loss, gradients) = tape::gradients(&self.state.network, mean);
            loss += f64::from(values(part_loss)[0]);
            sum.accumulate(&self.state.network, gradients);
        }
        let rate = learning_rate(config.learning_rate, step, config.steps_max);
        let norm = self.state.update(loss, sum.grads(), rate).map_err(|why| {
            Error::Usage(format!(
                "training broke at update {}: {why}, on the training examples {batch:?}; lower `learning_rate` ({})",
                step + 1,
                config.learning_rate
            ))
        })?;
        self.state.progress.step += 1;
        Ok(TrainStep { step: step + 1, steps_max: config.steps_max, loss, norm, validation: None })
    }

    /// The mean validation loss; keeps the network if it is the best so far, and ends training if none was for long.
    fn validate(&mut self, data: &Data<P>, config: &Config) -> Result<f64> {
        let network = self.state.network.valid();
        let strata = Strata::of(validation(data), N::tells);
        let mean = |stratum: &[usize]| -> f64 {
            let examples: Vec<&P> = stratum.iter().map(|at| &validation(data)[*at]).collect();
            let parts = microbatches::<B::InnerBackend, N::InnerModule>(&examples, config.rows_max);
            let losses = parts.into_iter().map(|part| values(network.loss(&examples[part], &self.state.device))[0]);
            losses.map(f64::from).sum::<f64>() / examples.len() as f64
        };
        // As training weighs them; of the quiet ones no more than tell as much.
        let quiet = &strata.quiet[..strata.quiet.len().min(QUIET_VALIDATED * strata.telling.len())];
        let loss = if quiet.is_empty() { mean(&strata.telling) } else { 0.5 * (mean(&strata.telling) + mean(quiet)) };
        if !loss.is_finite() {
            return Err(Error::Usage(format!(
                "the validation loss is {loss} after update {}; lower `learning_rate` ({})",
                self.state.progress.step, config.learning_rate
            )));
        }
        let progress = &mut self.state.progress;
        let gains = progress.loss_best.is_none_or(|best| loss < best * (1.0 - GAIN_MIN));
        progress.waited = if gains { 0 } else { progress.waited + 1 };
        if progress.loss_best.is_none_or(|best| loss < best) {
            (progress.loss_best, progress.step_best) = (Some(loss), progress.step);
            self.state.best = self.state.network.clone();
        }
        // Over many examples that tell nothing yet, patience runs out before most of them were seen.
        let passed = progress.step * config.batch >= data.train.len();
        progress.finished = passed && progress.waited >= config.patience || progress.step >= config.steps_max;
        Ok(loss)
    }

    /// Fits the temperature of the best network and measures its calibration, both on the validation examples.
    fn calibrate(&mut self, data: &Data<P>, config: &Config) {
        let network = self.state.best.valid();
        let examples: Vec<&P> = validation(data).iter().collect();
        let parts = microbatches::<B::InnerBackend, N::InnerModule>(&examples, config.rows_max);
        let judged: Vec<Vec<f64>> =
            parts.into_iter().flat_map(|part| network.judged(&examples[part], &self.state.device)).collect();
        let labels: Vec<Vec<f32>> = examples.iter().map(|example| N::label(example).to_vec()).collect();
        let open_odds = self.state.progress.calibration.open_odds;
        let judged: Vec<Vec<f64>> = judged.iter().map(|p| with_open_odds(p, open_odds)).collect();
        let temperature = fitted_temperature(&judged, &labels);
        let calibrated: Vec<Vec<f64>> = judged.iter().map(|p| at_temperature(p, temperature)).collect();
        self.state.progress.calibration.temperature = temperature;
        self.state.progress.calibration_error = calibration_error(&calibrated, &labels);
    }
}

/// The examples that training is stopped on: the training ones where there was only one cluster.
fn validation<P>(data: &Data<P>) -> &[P] {
    if data.validation.is_empty() { &data.train } else { &data.validation }
}

/// Consecutive runs of examples with at most `rows_max` rows, and at least one example, each.
fn microbatches<B: Backend, N: Network<B>>(examples: &[&N::Prepared], rows_max: usize) -> Vec<std::ops::Range<usize>> {
    let mut parts: Vec<std::ops::Range<usize>> = Vec::new();
    let mut rows = 0;
    for (at, example) in examples.iter().enumerate() {
        let more = N::rows(example);
        match parts.last_mut().filter(|_| rows + more <= rows_max) {
            Some(part) => part.end = at + 1,
            None => {
                parts.push(at..at + 1);
                rows = 0;
            }
        }
        rows += more;
    }
    parts
}
