//! The learner of a judge, the folder that it is saved in, and the frozen judge that comes of it.

use std::path::Path;

use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::network::{ConvolutionalNetwork, PixelNetwork, ROWS_SERVED_GPU, SparseNetwork};
use super::position::Positions;
use super::training::{AnyTraining, Gallery, Progress, Training};
use super::{Config, Form};
use crate::error::{Error, Result};
use crate::model::Device;
use crate::model::checkpoint::{Weights, with_weights};
use crate::model::device::{OnBackend, dispatch};
use crate::model::fused::{Fused, Seen, Trained};
use crate::model::init::initialised;
use crate::model::optim::values;
use crate::reward::calibration::calibration_error;
use crate::reward::folder::{self, Header};
use crate::reward::{Learner, Tell, TrainReport, TrainStep};
use crate::scale::softmax;
use crate::stream::Stream;
use crate::task::image::{LabelledImage, Shape};

const NAME: &str = "pixel_judge";

/// What a judge is, as `config.json` holds it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    judge: Config,
    shape: Shape,
    classes: usize,
}

/// A judge under training.
pub struct PixelJudgeLearner {
    config: Config,
    shape: Shape,
    classes: usize,
    stream: Stream,
    device: Device,
    train: Gallery,
    validation: Gallery,
    training: Box<dyn AnyTraining>,
    log: Vec<TrainStep>,
}

impl PixelJudgeLearner {
    /// An untrained judge of images of this shape and so many classes; its weights, the order of its images and the
    /// pixels that it sees of them come from `stream`.
    pub fn new(config: Config, shape: Shape, classes: usize, stream: Stream, device: Device) -> Result<Self> {
        struct Build<'a>(&'a Config, Shape, usize, &'a Stream);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn AnyTraining>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let Self(config, shape, classes, stream) = self;
                let weights = stream.named("weights");
                Ok(match config.form {
                    Form::Sparse => {
                        let network = SparseNetwork::<B>::zeros(shape, classes, config.width, &device);
                        let network = initialised(network, &weights);
                        Box::new(Training::<B, _>::new(network, config, shape, stream, device))
                    }
                    Form::Convolutional => {
                        let network = ConvolutionalNetwork::<B>::zeros(shape, classes, config.width, &device);
                        let network = initialised(network, &weights);
                        Box::new(Training::<B, _>::new(network, config, shape, stream, device))
                    }
                })
            }
        }
        let training = dispatch(device, Build(&config, shape, classes, &stream))?;
        let (train, validation) = (Gallery::default(), Gallery::default());
        Ok(Self { config, shape, classes, stream, device, train, validation, training, log: Vec::new() })
    }

    /// Takes up images that training is measured on, beside those it has. Without any, it is measured on the training
    /// images.
    pub fn absorb_validation(&mut self, images: Vec<LabelledImage>) {
        self.validation.extend(images);
    }

    /// At most `steps` more updates: [`Learner::train`] in parts, with the same result.
    pub fn train_steps(&mut self, steps: usize, progress: &mut Tell<'_>) -> Result<TrainReport> {
        let wrong = |it: &&LabelledImage| it.image.shape != self.shape || usize::from(it.label) >= self.classes;
        if let Some(image) = self.train.images.iter().chain(&self.validation.images).find(wrong) {
            return Err(Error::Bug(format!("image `{}` is not of the judge's shape and classes", image.name)));
        }
        if self.train.images.is_empty() {
            return Err(Error::Usage("a judge has no images to learn from\n  raise its `images`".into()));
        }
        let hash = self.hash();
        if self.training.held().progress().images != hash {
            self.log.clear();
        }
        let validation = if self.validation.images.is_empty() { &self.train } else { &self.validation };
        let log = &mut self.log;
        self.training.train((&self.train, validation), &hash, steps, &mut |step| {
            log.push(step.clone());
            progress(step);
        })?;
        Ok(self.report(validation))
    }

    /// The share of some images of which the judge's best class is right, each seen through random pixels of its own
    /// from `stream`.
    pub fn accuracy(judge: &PixelJudge, images: &[LabelledImage], stream: &Stream) -> Option<f64> {
        let mut gallery = Gallery::default();
        gallery.extend(images.to_vec());
        let logits = judge.logits(&gallery.seen(judge.pixels(), stream));
        let right = logits.iter().zip(images).filter(|(row, it)| best(row) == usize::from(it.label)).count();
        (!images.is_empty()).then(|| right as f64 / images.len() as f64)
    }

    fn report(&self, validation: &Gallery) -> TrainReport {
        let logits = self.snapshot().logits(&validation.seen(self.config.pixels, &self.stream.named("validation")));
        let p_of = |row: &Vec<f32>| softmax(&row.iter().map(|it| f64::from(*it)).collect::<Vec<_>>());
        let judged: Vec<Vec<f64>> = logits.iter().map(|row| p_of(row).into_iter().map(f64::from).collect()).collect();
        let label = |it: &LabelledImage| (0..self.classes).map(|at| f32::from(at == usize::from(it.label))).collect();
        let labels: Vec<Vec<f32>> = validation.images.iter().map(label).collect();
        let progress = self.training.held().progress();
        TrainReport {
            steps: progress.step,
            step_best: progress.step_best,
            loss: progress.loss_best.unwrap_or(0.0),
            train_examples: self.train.images.len(),
            validation_examples: self.validation.images.len(),
            temperature: 1.0,
            calibration_error: calibration_error(&judged, &labels),
            finished: progress.step >= self.config.steps,
        }
    }

    fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (part, gallery) in [(0, &self.train), (1, &self.validation)] {
            for it in &gallery.images {
                hasher.update(&[part, it.label]).update(&it.image.levels).update(it.name.as_bytes());
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

impl Learner for PixelJudgeLearner {
    type Example = LabelledImage;
    type Snapshot = PixelJudge;

    fn absorb(&mut self, examples: Vec<LabelledImage>) {
        self.train.extend(examples);
    }

    fn train(&mut self, progress: &mut Tell<'_>) -> Result<TrainReport> {
        self.train_steps(usize::MAX, progress)
    }

    fn snapshot(&self) -> PixelJudge {
        PixelJudge::frozen(&self.config, self.shape, self.classes, &self.training.held().best(), self.device)
            .expect("the weights come from a network of the same config on the same device")
    }

    fn save(&self, folder: &Path) -> Result<()> {
        let kind = Kind { judge: self.config.clone(), shape: self.shape, classes: self.classes };
        folder::save(folder, (NAME, &kind, self.stream), self.training.held(), &self.log)
    }

    fn load(folder: &Path, device: Device) -> Result<Self> {
        let header: Header<Kind, Progress> = folder::header(folder, NAME)?;
        let Kind { judge, shape, classes } = header.config;
        let mut learner = Self::new(judge, shape, classes, header.stream, device)?;
        learner.log = folder::resume(folder, learner.training.held_mut(), header.progress)?;
        Ok(learner)
    }
}

/// A frozen judge of images.
pub struct PixelJudge {
    pixels: usize,
    shape: Shape,
    classes: usize,
    serving: Box<dyn Serving>,
}

impl PixelJudge {
    /// A frozen judge from the folder that its learner was saved in.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        let Kind { judge, shape, classes } = folder::header::<Kind, Progress>(folder, NAME)?.config;
        Self::frozen(&judge, shape, classes, &folder::weights(folder)?, device)
    }

    /// Pixels that it is shown of an image.
    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// The shape of the images that it judges.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How many classes it tells apart.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Views of a pass: as many asked for together cost no more than one.
    pub fn rows(&self) -> usize {
        self.serving.rows()
    }

    /// The same judge with other rows to a pass. What it says may differ in the last bits, so nothing that is recorded uses
    /// it: it measures what fixed rows cost.
    pub fn with_rows(mut self, rows: usize) -> Self {
        self.serving.set_rows(rows.max(1));
        self
    }

    /// A logit for each class of each view. A view's logits depend on its pixels alone, bit for bit: it is always one
    /// row of a pass of the same number of rows. Call it outside of rayon.
    pub fn logits(&self, positions: &Positions) -> Vec<Vec<f32>> {
        self.flat_logits(positions).chunks(self.classes).map(<[f32]>::to_vec).collect()
    }

    /// As [`Self::logits`], all views' in one row after another.
    pub fn flat_logits(&self, positions: &Positions) -> Vec<f32> {
        assert!(
            positions.is_empty() || positions.pixels() == self.pixels,
            "a judge sees as many pixels as it learned on"
        );
        self.serving.logits(positions)
    }

    fn frozen(config: &Config, shape: Shape, classes: usize, weights: &Weights, device: Device) -> Result<Self> {
        struct Build<'a>(&'a Config, Shape, usize, &'a Weights);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn Serving>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let Self(config, shape, classes, weights) = self;
                Ok(match config.form {
                    Form::Sparse => {
                        let network = SparseNetwork::<B::InnerBackend>::zeros(shape, classes, config.width, &device);
                        Box::new(Served::new(with_weights(network, weights)?, shape, device))
                    }
                    Form::Convolutional => {
                        let network =
                            ConvolutionalNetwork::<B::InnerBackend>::zeros(shape, classes, config.width, &device);
                        Box::new(Served::new(with_weights(network, weights)?, shape, device))
                    }
                })
            }
        }
        let mut serving = dispatch(device, Build(config, shape, classes, weights))?;
        if device != Device::Cpu {
            serving.set_rows(ROWS_SERVED_GPU);
        }
        Ok(Self { pixels: config.pixels, shape, classes, serving })
    }
}

/// A network behind its backend.
trait Serving: Send + Sync {
    fn logits(&self, positions: &Positions) -> Vec<f32>;
    fn rows(&self) -> usize;
    fn set_rows(&mut self, rows: usize);
}

struct Served<B: Backend, N> {
    network: N,
    /// Views of a pass.
    rows: usize,
    shape: Shape,
    device: B::Device,
}

impl<B: Fused, N: PixelNetwork<B>> Served<B, N> {
    fn new(network: N, shape: Shape, device: B::Device) -> Self {
        Self { network, rows: N::ROWS_SERVED, shape, device }
    }
}

impl<B: Fused, N: PixelNetwork<B> + Sync> Serving for Served<B, N> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn set_rows(&mut self, rows: usize) {
        self.rows = rows;
    }

    fn logits(&self, positions: &Positions) -> Vec<f32> {
        let (rows, count) = (self.rows, positions.len());
        let mut logits = Vec::new();
        for from in (0..count).step_by(rows) {
            let to = count.min(from + rows);
            let (places, shown) = positions.padded(from, to, rows);
            let of_pass =
                values(self.network.forward(Seen { rows, places, values: shown }, self.shape, None, &self.device));
            logits.extend_from_slice(&of_pass[..of_pass.len() / rows * (to - from)]);
        }
        logits
    }
}

/// The class with the highest logit, of equal ones the first.
fn best(logits: &[f32]) -> usize {
    (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b]).then(b.cmp(a))).unwrap_or(0)
}
