//! A trained reward model as it is served: it scores texts, and a score depends on its text alone.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::thread;

use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::batch::padded;
use super::data::{Example, Feedback};
use super::settings::Reading;
use super::start::{Start, frame_of};
use super::tokens::{Encoded, Tokenizer, encode_all};
use crate::error::{Error, Result};
use crate::model::Device;
use crate::model::arithmetic::{Arithmetic, Precision};
use crate::model::checkpoint::{self, Weights, with_weights};
use crate::model::device::{OnBackend, dispatch};
use crate::model::fused::{Fused, Trained};
use crate::model::hugging_face;
use crate::model::optim::values;
use crate::model::scoring::{Pooling, ScoreNetwork};
use crate::model::transformer::{Architecture, Layout, Padding, TokenBatch};
use crate::reward::calibration::fitted_temperature;
use crate::scale::sigmoid;

/// The file that says what a folder holds; written last, so that a folder with it is whole.
pub const ABOUT: &str = "reward.json";
const WEIGHTS: &str = "weights.safetensors";
const VERSION: u32 = 1;

/// Texts run at once where nothing else is asked for.
pub const BATCH_SIZE: usize = 16;

/// What a folder with a trained reward model says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The file's version.
    pub version: u32,
    /// How the network is built.
    pub architecture: Architecture,
    /// Where the score is read off.
    pub pooling: Pooling,
    /// How texts are read.
    pub reading: Reading,
    /// What differences of scores are divided by before they are probabilities.
    pub temperature: f64,
}

/// A trained reward model, frozen.
pub struct Scorer {
    about: About,
    tokenizer: Tokenizer,
    weights: Weights,
    serving: Box<dyn Serving>,
}

/// The scores of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scored {
    /// Where the row stands.
    pub id: String,
    /// A score in nats for each completion: of a pair the chosen, then the rejected one. For steps, one for each step
    /// that was read.
    pub scores: Vec<f64>,
    /// Of a pair: that the chosen one is better. Of a rated completion: that it is right. Of steps: that all are.
    pub probability: Option<f64>,
    /// Tokens of each completion's text.
    pub tokens: Vec<usize>,
}

/// Rows with their scores, and what was left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoredRows {
    /// By the place of their example.
    pub rows: Vec<(usize, Scored)>,
    /// Rows left out for their length.
    pub dropped: usize,
    /// Texts that were cut.
    pub cut: usize,
}

impl Scorer {
    pub(super) fn of(start: &Start, reading: Reading, weights: Weights, device: Device) -> Result<Self> {
        let about = About {
            version: VERSION,
            architecture: start.architecture.clone(),
            pooling: start.pooling,
            reading,
            temperature: 1.0,
        };
        Self::build(about, start.tokenizer.clone(), weights, device)
    }

    fn build(about: About, tokenizer: Tokenizer, weights: Weights, device: Device) -> Result<Self> {
        let arithmetic = Arithmetic::on(device, Precision::Float32);
        let serving = dispatch(device, Build { about: &about, weights: &weights, arithmetic })?;
        Ok(Self { about, tokenizer, weights, serving })
    }

    /// Reads the folder of a trained reward model, or a sequence-classification folder in Hugging Face's layout.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        if !folder.join(ABOUT).is_file() {
            return Self::foreign(folder, device);
        }
        let path = folder.join(ABOUT);
        let text = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
        let about: About = serde_json::from_str(&text).map_err(|cause| Error::file("understand", &path, cause))?;
        if about.version != VERSION {
            let cause = format!("it has version {}, this program reads version {VERSION}", about.version);
            return Err(Error::file("use", &path, cause));
        }
        let tokenizer = Tokenizer::load(folder)?;
        tokenizer.fits(about.architecture.vocabulary)?;
        Self::build(about, tokenizer, checkpoint::read(&folder.join(WEIGHTS))?, device)
    }

    /// A classifier that others trained: what it has no head for cannot score.
    fn foreign(folder: &Path, device: Device) -> Result<Self> {
        if folder.join("checkpoints").is_dir() {
            return Err(Error::Usage(format!(
                "`{}` holds a training that is not over\n  go on with it by the same `tribunal train reward` command",
                folder.display()
            )));
        }
        let pretrained = hugging_face::load(folder)?;
        let Some(pooling) = pretrained.head.pooling() else {
            return Err(Error::Usage(format!(
                "`{}` is a model without a head for one score\n  train one on it: tribunal train reward --base {} ...",
                folder.display(),
                folder.display()
            )));
        };
        let tokenizer = Tokenizer::load(folder)?;
        tokenizer.fits(pretrained.architecture.vocabulary)?;
        let tokens_max = pretrained.architecture.positions_max.min(Reading::default().tokens_max);
        let reading = Reading { tokens_max, ..Reading::default() };
        let architecture = pretrained.architecture;
        let about = About { version: VERSION, architecture, pooling, reading, temperature: 1.0 };
        Self::build(about, tokenizer, pretrained.weights, device)
    }

    /// Writes it into a folder: `weights.safetensors`, `tokenizer.json`, and [`ABOUT`] last.
    pub fn save(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|cause| Error::file("create the folder", folder, cause))?;
        checkpoint::write(&folder.join(WEIGHTS), &self.weights)?;
        self.tokenizer.save(folder)?;
        let json = serde_json::to_string_pretty(&self.about)
            .map_err(|cause| Error::Bug(format!("a reward model has no written form: {cause}")))?;
        let (path, aside) = (folder.join(ABOUT), folder.join(format!(".{ABOUT}")));
        fs::write(&aside, json + "\n")
            .and_then(|()| fs::rename(&aside, &path))
            .map_err(|cause| Error::file("write", &path, cause))
    }

    /// Writes it as a sequence-classification folder in Hugging Face's layout.
    pub fn export(&self, folder: &Path) -> Result<()> {
        let (json, (padding, padding_token)) = (self.tokenizer.json()?, self.tokenizer.padding());
        let ending = self.tokenizer.ending().filter(|_| self.about.pooling == Pooling::Last);
        let tokens = hugging_face::Tokens {
            json: &json,
            padding,
            padding_token: &padding_token,
            ending_token: ending.as_deref(),
        };
        hugging_face::export(folder, &self.about.architecture, self.about.pooling, &self.weights, &tokens)
    }

    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The same with the temperature that fits these labels best.
    pub fn calibrated(mut self, examples: &[Example]) -> Result<Self> {
        let scored = self.score(examples, BATCH_SIZE)?;
        let rows: Vec<Prediction> = scored.rows.iter().flat_map(|(at, row)| predictions(&examples[*at], row)).collect();
        let sides = |row: &Prediction| vec![sigmoid(row.logit), 1.0 - sigmoid(row.logit)];
        let told: Vec<Vec<f64>> = rows.iter().map(sides).collect();
        let labels: Vec<Vec<f32>> = rows.iter().map(|row| vec![row.label as f32, (1.0 - row.label) as f32]).collect();
        self.about.temperature = fitted_temperature(&told, &labels);
        Ok(self)
    }

    /// Scores rows, `batch_size` texts at once, always in batches of one shape for each length: a score is the same bit for
    /// bit whatever stands beside its text, and within 1e-5 for any batch size.
    pub fn score(&self, examples: &[Example], batch_size: usize) -> Result<ScoredRows> {
        let reading = self.about.reading;
        let frame = frame_of(&self.about.architecture);
        let encoded = encode_all(examples, &self.tokenizer, frame, reading.tokens_max, reading.over_long)?;
        let texts: Vec<(&Encoded, ReadAt)> = encoded
            .examples
            .iter()
            .flat_map(|(at, texts)| {
                let steps = matches!(examples[*at].feedback, Feedback::Steps { .. });
                texts.iter().map(move |text| (text, if steps { ReadAt::Steps } else { ReadAt::Whole }))
            })
            .collect();
        // Pools hold a text many times; its score is the same each time.
        let mut known: HashMap<(&[u32], ReadAt), usize> = HashMap::new();
        let mut each: Vec<(&Encoded, ReadAt)> = Vec::new();
        let places: Vec<usize> = texts
            .iter()
            .map(|(text, at)| {
                *known.entry((&text.ids, *at)).or_insert_with(|| {
                    each.push((text, *at));
                    each.len() - 1
                })
            })
            .collect();
        let scores = self.serving.scores(&each, batch_size);
        let mut found = places.into_iter().map(|place| scores[place].clone());
        let mut rows = Vec::with_capacity(encoded.examples.len());
        for (at, texts) in &encoded.examples {
            let scores: Vec<f64> = found.by_ref().take(texts.len()).flatten().map(f64::from).collect();
            let id = examples[*at].id.clone();
            if let Some(score) = scores.iter().find(|score| !score.is_finite()) {
                return Err(Error::Usage(format!(
                    "the model scores row {id} {score}: its weights are broken, train again"
                )));
            }
            let tokens = texts.iter().map(|text| text.ids.len()).collect();
            let probability = self.probability(&examples[*at].feedback, &scores);
            rows.push((*at, Scored { id, scores, probability, tokens }));
        }
        Ok(ScoredRows { rows, dropped: encoded.dropped, cut: encoded.cut })
    }

    fn probability(&self, feedback: &Feedback, scores: &[f64]) -> Option<f64> {
        let of = |logit: f64| sigmoid(logit / self.about.temperature);
        match feedback {
            Feedback::Pair { .. } => Some(of(scores[0] - scores[1])),
            Feedback::Rated { .. } => Some(of(scores[0])),
            // The product of the steps' (Lightman et al. 2023, section 2.6).
            Feedback::Steps { .. } => Some(scores.iter().map(|score| of(*score)).product()),
            Feedback::Ranking { .. } => None,
        }
    }
}

/// One label of a row and the prediction of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The score in favour, in nats: of the preferred text less the other, or of one text.
    pub logit: f64,
    /// The probability that the label gives it.
    pub label: f64,
    /// Tokens of the text in favour and of the other; equal where there is one text.
    pub tokens: [usize; 2],
}

/// Every label of a scored row with its prediction: of a ranking one for each pair that is no tie, of steps one for each
/// with a label.
pub fn predictions(example: &Example, row: &Scored) -> Vec<Prediction> {
    let one = |logit: f64, label: f64, tokens: [usize; 2]| Prediction { logit, label, tokens };
    let tokens = |at: usize| row.tokens.get(at).copied().unwrap_or(0);
    match &example.feedback {
        Feedback::Pair { preference, .. } => {
            vec![one(row.scores[0] - row.scores[1], *preference, [tokens(0), tokens(1)])]
        }
        Feedback::Rated { label, .. } => vec![one(row.scores[0], *label, [tokens(0); 2])],
        Feedback::Steps { labels, .. } => {
            let skipped = labels.len() - row.scores.len().min(labels.len());
            let known = labels[skipped..].iter().zip(&row.scores);
            known.filter_map(|(label, score)| Some(one(*score, (*label)?, [tokens(0); 2]))).collect()
        }
        Feedback::Ranking { ranks, .. } => {
            let places = || 0..ranks.len();
            let pairs = places().flat_map(|a| places().filter(move |b| ranks[a] < ranks[*b]).map(move |b| (a, b)));
            pairs.map(|(a, b)| one(row.scores[a] - row.scores[b], 1.0, [tokens(a), tokens(b)])).collect()
        }
    }
}

/// Where of a text a score is read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ReadAt {
    Whole,
    Steps,
}

/// A network that scores texts, behind its backend.
trait Serving: Send + Sync {
    /// For each text its score, or one for each of its steps.
    fn scores(&self, texts: &[(&Encoded, ReadAt)], batch_size: usize) -> Vec<Vec<f32>>;
}

struct Served<B: Backend> {
    network: ScoreNetwork<B>,
    /// Of every batch, but for its size.
    layout: Layout,
    device: B::Device,
}

impl<B: Fused> Serving for Served<B> {
    fn scores(&self, texts: &[(&Encoded, ReadAt)], batch_size: usize) -> Vec<Vec<f32>> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        let length = |at: &usize| padded(texts[*at].0.ids.len());
        order.sort_by_key(|at| (texts[*at].1 == ReadAt::Steps, length(at)));
        let same = order.chunk_by(|a, b| texts[*a].1 == texts[*b].1 && length(a) == length(b));
        let batches: Vec<&[usize]> = same.flat_map(|same| same.chunks(batch_size)).collect();
        // What is no product goes through one thread, so as many batches run side by side as a training has parts. Each is
        // computed as it would be alone.
        let lanes = if rayon::current_num_threads() == 1 { 1 } else { self.layout.arithmetic.parts() };
        let lanes = lanes.min(batches.len()).max(1);
        let lane = |first: usize| {
            let (network, layout, device) = (self.network.clone(), self.layout, &self.device);
            let batches = &batches;
            move || -> Vec<(usize, Vec<f32>)> {
                let own = batches.iter().skip(first).step_by(lanes);
                own.flat_map(|batch| {
                    batch_scores(&network, texts, batch, Layout { rows: batch_size, ..layout }, device)
                })
                .collect()
            }
        };
        let found: Vec<(usize, Vec<f32>)> = thread::scope(|scope| {
            let others: Vec<_> = (1..lanes).map(|first| scope.spawn(lane(first))).collect();
            let mut found = lane(0)();
            for other in others {
                found.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            found
        });
        let mut scores = vec![Vec::new(); texts.len()];
        found.into_iter().for_each(|(at, own)| scores[at] = own);
        scores
    }
}

/// The scores of a batch of texts of one padded length that are all read at the same place.
fn batch_scores<B: Fused>(
    network: &ScoreNetwork<B>,
    texts: &[(&Encoded, ReadAt)],
    batch: &[usize],
    layout: Layout,
    device: &B::Device,
) -> Vec<(usize, Vec<f32>)> {
    let rows: Vec<&[u32]> = batch.iter().map(|at| texts[*at].0.ids.as_slice()).collect();
    let length = padded(rows[0].len());
    let tokens = TokenBatch::of(&rows, &Layout { length, ..layout }, device);
    match texts[batch[0]].1 {
        ReadAt::Whole => {
            let found = values(network.scores(&tokens));
            batch.iter().zip(found).map(|(at, score)| (*at, vec![score])).collect()
        }
        ReadAt::Steps => {
            let found = values(network.token_scores(network.backbone.hidden(&tokens)));
            let of_row = |(row, at): (usize, &usize)| {
                let ends = texts[*at].0.part_ends.iter();
                (*at, ends.map(|end| found[row * length + end]).collect())
            };
            batch.iter().enumerate().map(of_row).collect()
        }
    }
}

struct Build<'a> {
    about: &'a About,
    weights: &'a Weights,
    arithmetic: Arithmetic,
}

impl OnBackend for Build<'_> {
    type Out = Box<dyn Serving>;

    fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
        let network = ScoreNetwork::<B::InnerBackend>::zeros(&self.about.architecture, self.about.pooling, &device);
        let layout = Layout {
            length: 0,
            rows: 0,
            padding: Padding::Right,
            sight: self.about.architecture.sight(),
            arithmetic: self.arithmetic,
        };
        Ok(Box::new(Served::<B::InnerBackend> { network: with_weights(network, self.weights)?, layout, device }))
    }
}
