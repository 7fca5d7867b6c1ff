//! The training loop: updates in the order of a stream, validation, early stopping, a state that resumes bit for bit.

use crate::model::fused::Trained;
use burn::module::AutodiffModule;
use burn::optim::GradientsAccumulator;
use serde::{Deserialize, Serialize};

use super::batch::{Batches, Group, Microbatch};
use super::settings::{Schedule, Settings};
use super::step::Backward;
use crate::error::{Error, Result};
use crate::model::arithmetic::Arithmetic;
use crate::model::device::OnBackend;
use crate::model::optim::{AdamW, warmed_and_cooled};
use crate::model::scoring::ScoreNetwork;
use crate::reward::folder::{Broken, Resumes, State, Stepped};

/// One update, as `training.jsonl` tells of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    /// Its number, from 1.
    pub step: usize,
    /// Updates of the whole schedule.
    pub steps_max: usize,
    /// Mean loss of its rows, in nats.
    pub loss: f64,
    /// The gradient's global norm before clipping.
    pub norm: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// Tokens of its texts, without padding.
    pub tokens: usize,
    /// Mean validation loss after it, where it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
}

/// How far a training has come: all of its state that is no tensor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// Updates made.
    pub step: usize,
    /// The update after which the validation loss was least.
    pub step_best: usize,
    /// Mean validation loss there; none before the first validation.
    pub loss_best: Option<f64>,
    /// Validations since then.
    pub waited: usize,
    /// Whether training is over.
    pub finished: bool,
}

impl Stepped for Course {
    fn step(&self) -> usize {
        self.step
    }
}

/// What is trained on, and what training is stopped on.
pub(super) struct Groups {
    pub train: Vec<Group>,
    pub validation: Vec<Group>,
}

/// A training behind its backend.
pub(super) trait AnyTraining {
    /// One more update, and the validation that is due after it.
    fn update(&mut self, order: &mut Batches<'_>, validation: &[Group]) -> Result<Update>;
    /// All that it goes on from.
    fn held(&self) -> &dyn Resumes<Course>;
    /// The same, to take up a saved state.
    fn held_mut(&mut self) -> &mut dyn Resumes<Course>;
}

/// Builds a training of a network with these weights on a backend.
pub(super) struct Build<'a, F> {
    pub settings: &'a Settings,
    pub steps_max: usize,
    pub arithmetic: Arithmetic,
    /// The network to begin with, on the backend at hand.
    pub network: &'a F,
}

/// Makes a network on any backend.
pub(super) trait MakesNetwork {
    fn network<B: Trained>(&self, device: &B::Device) -> Result<ScoreNetwork<B>>;
}

impl<F: MakesNetwork> OnBackend for Build<'_, F> {
    type Out = Box<dyn AnyTraining>;

    fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
        let schedule = self.settings.schedule;
        let network = self.network.network::<B>(&device)?;
        let optimiser = AdamW::new(schedule.weight_decay, Some(schedule.norm_max));
        let backward = Backward {
            tuned: self.settings.tuned,
            activations: schedule.activations,
            arithmetic: self.arithmetic,
            centring: self.settings.objective.centring,
        };
        let state = State::new(network, optimiser, device);
        Ok(Box::new(Training::<B> { state, schedule, backward, steps_max: self.steps_max }))
    }
}

struct Training<B: Trained> {
    state: State<B, ScoreNetwork<B>, Course>,
    schedule: Schedule,
    backward: Backward,
    steps_max: usize,
}

impl<B: Trained> AnyTraining for Training<B> {
    fn update(&mut self, order: &mut Batches<'_>, validation: &[Group]) -> Result<Update> {
        let step = self.state.progress.step;
        let groups = order.at(step);
        let weight: f64 = groups.iter().map(|group| group.weight).sum();
        let mut sum = GradientsAccumulator::new();
        let mut loss = 0.0;
        for part in groups.chunks(self.schedule.microbatch) {
            loss += self.backward.add(&self.state.network, (part, weight), &self.state.device, &mut sum);
        }
        let learning_rate = warmed_and_cooled(self.schedule.learning_rate, step, self.steps_max, self.schedule.warm_up);
        let norm = self.state.update(loss, sum.grads(), learning_rate);
        let norm = norm.map_err(|why| broken(step + 1, why, &groups, learning_rate))?;
        self.state.progress.step += 1;
        let tokens = groups.iter().flat_map(|group| &group.texts).map(|text| text.ids.len()).sum();
        let validation = self.validation_is_due().then(|| self.validate(validation)).transpose()?;
        Ok(Update { step: step + 1, steps_max: self.steps_max, loss, norm, learning_rate, tokens, validation })
    }

    fn held(&self) -> &dyn Resumes<Course> {
        &self.state
    }

    fn held_mut(&mut self) -> &mut dyn Resumes<Course> {
        &mut self.state
    }
}

impl<B: Trained> Training<B> {
    /// Validations are spread evenly over the schedule; the last is at its end.
    fn validation_is_due(&self) -> bool {
        let passed = |step: usize| step * self.schedule.validations / self.steps_max;
        passed(self.state.progress.step) > passed(self.state.progress.step - 1)
    }

    /// The mean validation loss; keeps the network if it is the best so far, and ends training if none was for long.
    fn validate(&mut self, validation: &[Group]) -> Result<f64> {
        let loss = self.mean_loss(validation);
        if !loss.is_finite() {
            return Err(Error::Usage(format!(
                "the validation loss is {loss} after update {}\n  lower `schedule.learning_rate` ({})",
                self.state.progress.step, self.schedule.learning_rate
            )));
        }
        let progress = &mut self.state.progress;
        if progress.loss_best.is_none_or(|best| loss < best) {
            (progress.loss_best, progress.step_best, progress.waited) = (Some(loss), progress.step, 0);
            self.state.best = self.state.network.clone();
        } else {
            progress.waited += 1;
        }
        let out_of_patience = self.schedule.patience > 0 && progress.waited >= self.schedule.patience;
        progress.finished = out_of_patience || progress.step >= self.steps_max;
        Ok(loss)
    }

    fn mean_loss(&self, groups: &[Group]) -> f64 {
        let network = self.state.network.valid();
        let mut sorted: Vec<&Group> = groups.iter().collect();
        sorted.sort_by_key(|group| std::cmp::Reverse(group.length()));
        let weight: f64 = groups.iter().map(|group| group.weight).sum();
        let of = |part: &[&Group]| self.backward.loss_of(&network, &Microbatch::of(part, weight), &self.state.device);
        sorted.chunks(self.schedule.microbatch).map(of).sum()
    }
}

fn broken(step: usize, why: Broken, groups: &[&Group], learning_rate: f64) -> Error {
    let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    Error::Usage(format!(
        "training broke at update {step}: {why}, on the rows {}\n  \
         look at these rows, or lower `schedule.learning_rate` (the rate was {learning_rate})",
        ids.join(", ")
    ))
}
