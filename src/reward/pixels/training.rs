//! How a judge is trained: batches in the order of a stream, pixels drawn anew for every batch, a state that resumes bit
//! for bit.

use burn::module::AutodiffModule;
use burn::tensor::activation::log_softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::network::PixelNetwork;
use super::position::{Positions, random_pixels};
use super::{Config, Course};
use crate::error::{Error, Result};
use crate::model::fused::{Fused, Seen, Trained};
use crate::model::init::kept;
use crate::model::optim::{AdamW, learning_rate, values};
use crate::model::{tape, threads};
use crate::reward::folder::{self, Resumes, State};
use crate::reward::order::Order;
use crate::reward::{Tell, TrainStep};
use crate::stream::Stream;
use crate::task::image::{LabelledImage, Shape};

/// Validations of a training.
const VALIDATIONS: usize = 10;

/// Images with the places of their pixels above 0.
#[derive(Default)]
pub struct Gallery {
    pub(super) images: Vec<LabelledImage>,
    inked: Vec<Vec<u16>>,
}

impl Gallery {
    pub(super) fn extend(&mut self, images: Vec<LabelledImage>) {
        self.inked.extend(images.iter().map(|it| it.image.inked().map(|place| place as u16).collect::<Vec<u16>>()));
        self.images.extend(images);
    }

    /// Each image seen through random pixels of its own.
    pub(super) fn seen(&self, pixels: usize, stream: &Stream) -> Positions {
        let mut positions = Positions::new(pixels);
        for (image, inked) in self.images.iter().zip(&self.inked) {
            positions.push(&random_pixels(&image.image, inked, pixels, &stream.named(&image.name)));
        }
        positions
    }
}

/// How far a training has come: all of its state that is no tensor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Hash of the images it is trained on; on others it starts again, from the same weights.
    pub images: String,
    /// Updates made.
    pub step: usize,
    /// The update after which the validation loss was least.
    pub step_best: usize,
    /// Mean validation loss there; none before the first validation.
    pub loss_best: Option<f64>,
}

/// A training behind its backend and the form of its network.
pub trait AnyTraining: Send {
    /// At most `steps` more updates on these images.
    fn train(&mut self, data: (&Gallery, &Gallery), hash: &str, steps: usize, tell: &mut Tell<'_>) -> Result<()>;
    /// All that it goes on from.
    fn held(&self) -> &dyn Resumes<Progress>;
    /// The same, to take up a saved state.
    fn held_mut(&mut self) -> &mut dyn Resumes<Progress>;
}

/// A network under training.
pub(super) struct Training<B: Trained, N> {
    state: State<B, N, Progress>,
    config: Config,
    shape: Shape,
    stream: Stream,
}

impl<B: Trained, N: Clone> Training<B, N> {
    pub fn new(network: N, config: &Config, shape: Shape, stream: &Stream, device: B::Device) -> Self {
        Self { state: State::new(network, adam(), device), config: config.clone(), shape, stream: *stream }
    }
}

/// Adam itself: nothing decays, and no gradient is clipped.
fn adam<B: Fused>() -> AdamW<B> {
    AdamW::new(0.0, None)
}

impl folder::Stepped for Progress {
    fn step(&self) -> usize {
        self.step
    }
}

impl<B, N> AnyTraining for Training<B, N>
where
    B: Trained,
    N: PixelNetwork<B> + AutodiffModule<B>,
    N::InnerModule: PixelNetwork<B::InnerBackend>,
{
    fn train(
        &mut self,
        (train, validation): (&Gallery, &Gallery),
        hash: &str,
        steps: usize,
        tell: &mut Tell<'_>,
    ) -> Result<()> {
        if self.state.progress.images != hash {
            self.state.progress = Progress { images: hash.to_owned(), ..Progress::default() };
            self.state.optimiser = adam();
        }
        threads::inside::<B, _>(|| self.updates(train, validation, steps, tell))
    }

    fn held(&self) -> &dyn Resumes<Progress> {
        &self.state
    }

    fn held_mut(&mut self) -> &mut dyn Resumes<Progress> {
        &mut self.state
    }
}

impl<B, N> Training<B, N>
where
    B: Trained,
    N: PixelNetwork<B> + AutodiffModule<B>,
    N::InnerModule: PixelNetwork<B::InnerBackend>,
{
    /// At most `steps` updates, with the validations that are due.
    fn updates(&mut self, train: &Gallery, validation: &Gallery, steps: usize, tell: &mut Tell<'_>) -> Result<()> {
        let mut order = Order::new(&self.stream.named("order"), train.images.len());
        let until = self.state.progress.step.saturating_add(steps).min(self.config.steps);
        while self.state.progress.step < until {
            let first = self.state.progress.step * self.config.batch;
            let batch: Vec<usize> = (first..first + self.config.batch).map(|k| order.at(k)).collect();
            let mut told = self.update(train, &batch)?;
            let every = (self.config.steps / VALIDATIONS).max(1);
            if self.state.progress.step.is_multiple_of(every) || self.state.progress.step == self.config.steps {
                told.validation = Some(self.validate(validation)?);
            }
            tell(told);
        }
        Ok(())
    }

    /// One update on the images at these places.
    fn update(&mut self, train: &Gallery, batch: &[usize]) -> Result<TrainStep> {
        let step = self.state.progress.step;
        let stream = self.stream.named("pixels").index(step as u64);
        let mut seen = Positions::new(self.config.pixels);
        for (at, place) in batch.iter().enumerate() {
            let (image, inked) = (&train.images[*place], &train.inked[*place]);
            seen.push(&random_pixels(&image.image, inked, self.config.pixels, &stream.index(at as u64)));
        }
        let labels: Vec<u8> = batch.iter().map(|place| train.images[*place].label).collect();
        let kept = self.state.network.dropped().map(|(width, share)| {
            let stream = self.stream.named("dropped").index(step as u64);
            let mask = kept(&stream, batch.len() * width, share);
            Tensor::<B, 2>::from_data(TensorData::new(mask, [batch.len(), width]), &self.state.device)
        });
        let (places, values_seen) = seen.padded(0, batch.len(), batch.len());
        let views = Seen { rows: batch.len(), places, values: values_seen };
        let (loss, gradients) = tape::gradients(&self.state.network, |network: &N| {
            let logits = network.forward(views, self.shape, kept, &self.state.device);
            cross_entropy(logits, &labels, &self.state.device)
        });
        let loss = f64::from(values(loss)[0]);
        let rate = match self.config.course {
            Course::Constant => self.config.learning_rate,
            Course::Cosine => learning_rate(self.config.learning_rate, step, self.config.steps),
        };
        let norm = self.state.update(loss, gradients, rate).map_err(|why| {
            Error::Usage(format!(
                "training a judge broke at update {}: {why}; lower `learning_rate` ({})",
                step + 1,
                self.config.learning_rate
            ))
        })?;
        self.state.progress.step += 1;
        Ok(TrainStep { step: step + 1, steps_max: self.config.steps, loss, norm, validation: None })
    }

    /// The mean validation loss; keeps the network if it is the best so far.
    fn validate(&mut self, validation: &Gallery) -> Result<f64> {
        let seen = validation.seen(self.config.pixels, &self.stream.named("validation"));
        let network = self.state.network.valid();
        let rows = N::InnerModule::ROWS_SERVED;
        let mut sum = 0.0;
        for (from, images) in (0..).step_by(rows).zip(validation.images.chunks(rows)) {
            let (places, shown) = seen.padded(from, from + images.len(), images.len());
            let views = Seen { rows: images.len(), places, values: shown };
            let logits = network.forward(views, self.shape, None, &self.state.device);
            let labels: Vec<u8> = images.iter().map(|it| it.label).collect();
            let loss = cross_entropy(logits, &labels, &self.state.device);
            sum += f64::from(values(loss)[0]) * images.len() as f64;
        }
        let loss = sum / validation.images.len() as f64;
        if !loss.is_finite() {
            let (step, rate) = (self.state.progress.step, self.config.learning_rate);
            let what =
                format!("the judge's validation loss is {loss} after update {step}; lower `learning_rate` ({rate})");
            return Err(Error::Usage(what));
        }
        if self.state.progress.loss_best.is_none_or(|best| loss < best) {
            (self.state.progress.loss_best, self.state.progress.step_best) = (Some(loss), self.state.progress.step);
            self.state.best = self.state.network.clone();
        }
        Ok(loss)
    }
}

/// The mean over the rows of minus the log probability of each one's class: `[1]`.
fn cross_entropy<B: Backend>(logits: Tensor<B, 2>, labels: &[u8], device: &B::Device) -> Tensor<B, 1> {
    let [rows, classes] = logits.dims();
    let mut chosen = vec![0f32; rows * classes];
    labels.iter().enumerate().for_each(|(row, label)| chosen[row * classes + usize::from(*label)] = 1.0);
    let chosen = Tensor::from_data(TensorData::new(chosen, [rows, classes]), device);
    (log_softmax(logits, 1) * chosen).sum_dim(1).sum().neg() / rows as f64
}
