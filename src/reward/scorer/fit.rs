//! A reward model under training: its examples as tokens, its state, the folder that it is saved in and goes on from.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::batch::{Batches, Group};
use super::data::Example;
use super::scored::Scorer;
use super::settings::{Activations, Backbone, Settings, Tuned};
use super::start::Start;
use super::tokens::{EncodedExamples, OverLong, encode_all};
use super::training::{AnyTraining, Build, Course, Groups, Update};
use crate::error::{Error, Result};
use crate::model::Device;
use crate::model::arithmetic::Arithmetic;
use crate::model::device::dispatch;
use crate::model::hugging_face;
use crate::model::transformer::Family;
use crate::reward::folder;
use crate::stream::Stream;

/// What the folder's `config.json` calls this.
const NAME: &str = "scorer";

/// What a fit is a function of, beside its device: the settings and the hash of all examples and weights it begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The settings.
    pub settings: Settings,
    /// The hash of the examples, in their order, and of the weights to begin with.
    pub inputs: String,
}

/// What became of the examples on their way to tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Trained on.
    pub train: usize,
    /// Validated on.
    pub validation: usize,
    /// Left out for their length, or since a cut left the same of both completions, or nothing of which anything is known.
    pub dropped: usize,
    /// Texts that were cut, those among them of which nothing is known any more.
    pub cut: usize,
}

/// A reward model under training.
pub struct Fit {
    identity: Identity,
    stream: Stream,
    start: Start,
    groups: Groups,
    /// What training is stopped on, for its calibration.
    held: Vec<Example>,
    taken: Taken,
    training: Box<dyn AnyTraining>,
    log: Vec<Update>,
    device: Device,
    steps_max: usize,
}

impl Fit {
    /// A training from its first step. Without examples to validate on, a share of the prompts is kept for it.
    pub fn new(settings: &Settings, train: Vec<Example>, validation: Vec<Example>, device: Device) -> Result<Self> {
        settings.check()?;
        settings.schedule.precision.check(device)?;
        let stream = Stream::root(settings.seed).named("reward model");
        let inputs_read = hash_of(&train, &validation)?;
        let (train, held) = if validation.is_empty() {
            parted(train, settings.schedule.validation_share, &stream)
        } else {
            (train, validation)
        };
        if train.is_empty() {
            return Err(Error::Usage("there is nothing to train on: no row is left; give more rows".into()));
        }
        let start = Start::of(settings, &train, &stream)?;
        let inputs = inputs_of(&inputs_read, &start);
        let encode = |examples: &[Example]| -> Result<(Vec<Group>, EncodedCounts)> {
            let reading = settings.reading;
            let encoded = encode_all(examples, &start.tokenizer, start.frame(), reading.tokens_max, reading.over_long)?;
            Ok(grouped(examples, encoded, settings))
        };
        let (train_groups, train_counts) = encode(&train)?;
        let (validation_groups, validation_counts) = encode(&held)?;
        let taken = Taken {
            train: train_groups.len(),
            validation: validation_groups.len(),
            dropped: train_counts.0 + validation_counts.0,
            cut: train_counts.1 + validation_counts.1,
        };
        if train_groups.is_empty() {
            return Err(Error::Usage(format!(
                "there is nothing to train on: all {} rows are longer than {} tokens{}",
                train.len(),
                settings.reading.tokens_max,
                match settings.reading.over_long {
                    OverLong::Drop => "\n  raise `reading.tokens_max` (--tokens-max), or cut them (--over-long cut)",
                    OverLong::Cut =>
                        ", and cut to that nothing is left of which anything is known\n  raise `reading.tokens_max` (--tokens-max)",
                }
            )));
        }
        let groups = Groups { train: train_groups, validation: validation_groups };
        let steps_max = steps_max(settings, groups.train.len());
        if let Some(free_bytes) = device.memory_free_bytes() {
            check_memory(settings, &start, &groups, free_bytes)?;
        }
        let arithmetic = Arithmetic::on(device, settings.schedule.precision);
        let build = Build { settings, steps_max, arithmetic, network: &start };
        let training = dispatch(device, build)?;
        let identity = Identity { settings: settings.clone(), inputs };
        let log = Vec::new();
        Ok(Self { identity, stream, start, groups, held, taken, training, log, device, steps_max })
    }

    /// At most `steps` more updates; whether training is over then.
    pub fn train(&mut self, steps: usize, tell: &mut dyn FnMut(&Update)) -> Result<bool> {
        let validation = if self.groups.validation.is_empty() { &self.groups.train } else { &self.groups.validation };
        let mut order = Batches::new(&self.groups.train, self.identity.settings.schedule.batch, &self.stream);
        for _ in 0..steps {
            if self.course().finished {
                break;
            }
            let update = self.training.update(&mut order, validation)?;
            tell(&update);
            self.log.push(update);
        }
        Ok(self.course().finished)
    }

    /// Updates until the next checkpoint is due: one after every validation.
    pub fn steps_between_checkpoints(&self) -> usize {
        self.steps_max.div_ceil(self.identity.settings.schedule.validations).max(1)
    }

    /// How far it has come.
    pub fn course(&self) -> &Course {
        self.training.held().progress()
    }

    /// Updates of the whole schedule.
    pub fn steps_max(&self) -> usize {
        self.steps_max
    }

    /// What became of the examples.
    pub fn taken(&self) -> Taken {
        self.taken
    }

    /// All updates so far.
    pub fn log(&self) -> &[Update] {
        &self.log
    }

    /// What it is a function of.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The examples that training is stopped on.
    pub fn held_examples(&self) -> &[Example] {
        &self.held
    }

    /// The model that validated best, frozen, its temperature fitted on the validation examples.
    pub fn snapshot(&self) -> Result<Scorer> {
        let weights = self.start.plain(&self.training.held().best())?;
        let scorer = Scorer::of(&self.start, self.identity.settings.reading, weights, self.device)?;
        scorer.calibrated(&self.held)
    }

    /// Writes the adapters of the best weights in PEFT's layout, where there are any beside a pretrained model that has a
    /// place for them.
    pub fn save_adapters(&self, folder: &Path) -> Result<()> {
        let settings = &self.identity.settings;
        let (Tuned::Adapters { rank, alpha }, Backbone::Pretrained(base)) = (settings.tuned, &settings.backbone) else {
            return Ok(());
        };
        let architecture = &self.start.architecture;
        if architecture.family == Family::Gpt2 {
            return Ok(());
        }
        hugging_face::export_adapters(folder, base, architecture, (rank, alpha), &self.training.held().best())
    }

    /// Writes all that it goes on from into a folder.
    pub fn save(&self, folder: &Path) -> Result<()> {
        folder::save(folder, (NAME, &self.identity, self.stream), self.training.held(), &self.log)
    }

    /// Takes up where a fit of the same identity was saved: what follows is bit for bit what would have followed there.
    pub fn resume(&mut self, folder: &Path) -> Result<()> {
        let header = folder::header::<Identity, Course>(folder, NAME)?;
        if header.config != self.identity {
            let what =
                if header.config.settings != self.identity.settings { "settings" } else { "data or base weights" };
            return Err(Error::Usage(format!(
                "`{}` holds a training with other {what}\n  go on with the same ones, or choose another folder (--out)",
                folder.display()
            )));
        }
        self.log = folder::resume(folder, self.training.held_mut(), header.progress)?;
        Ok(())
    }
}

type EncodedCounts = (usize, usize);

fn grouped(examples: &[Example], encoded: EncodedExamples, settings: &Settings) -> (Vec<Group>, EncodedCounts) {
    let group = |(at, texts): (usize, _)| Group::of(&examples[at], texts, &settings.objective);
    let all = encoded.examples.len();
    let groups: Vec<Group> = encoded.examples.into_iter().map(group).filter(Group::tells).collect();
    let dropped = encoded.dropped + all - groups.len();
    (groups, (dropped, encoded.cut))
}

/// Prompts are kept whole: the same prompt is never on both sides.
fn parted(examples: Vec<Example>, share: f64, stream: &Stream) -> (Vec<Example>, Vec<Example>) {
    let validates = stream.named("validation");
    let (held, train): (Vec<Example>, Vec<Example>) =
        examples.into_iter().partition(|example| validates.named(&example.prompt).coin(share));
    if train.is_empty() { (held, Vec::new()) } else { (train, held) }
}

fn steps_max(settings: &Settings, groups: usize) -> usize {
    let schedule = settings.schedule;
    let in_epoch = groups.div_ceil(schedule.batch);
    let steps = ((in_epoch as f64 * schedule.epochs).round() as usize).max(1);
    if schedule.steps_max == 0 { steps } else { steps.min(schedule.steps_max) }
}

fn hash_of(train: &[Example], validation: &[Example]) -> Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    for part in [train, validation] {
        for example in part {
            let row = serde_json::to_vec(example)
                .map_err(|cause| Error::Bug(format!("a training example has no written form: {cause}")))?;
            hasher.update(&row);
        }
        hasher.update(b"\n");
    }
    Ok(hasher)
}

fn inputs_of(read: &blake3::Hasher, start: &Start) -> String {
    let mut hasher = read.clone();
    for (path, (dims, values)) in &start.weights {
        hasher.update(path.as_bytes());
        dims.iter().for_each(|dim| {
            hasher.update(&(*dim as u64).to_le_bytes());
        });
        for part in values.chunks(1 << 16) {
            let bytes: Vec<u8> = part.iter().flat_map(|value| value.to_le_bytes()).collect();
            hasher.update(&bytes);
        }
    }
    hasher.finalize().to_hex()[..32].to_string()
}

/// Refuses before work what cannot fit: an allocation that fails would end the process without a word. On an H200 trainings of
/// 124 and 494 million weights held 0.97 and 1.05 times what is reckoned here (float32; 0.90 and 0.91 in bfloat16), so what just
/// fits by it may not.
fn check_memory(settings: &Settings, start: &Start, groups: &Groups, free_bytes: u64) -> Result<()> {
    let architecture = &start.architecture;
    let mut sizes: Vec<usize> =
        groups.train.iter().map(|group| group.texts.len() * super::batch::padded(group.length())).collect();
    sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
    let longest = groups.train.iter().map(Group::length).max().unwrap_or(0);
    let tokens: usize = sizes.iter().take(settings.schedule.microbatch).sum();
    // Values that a block keeps for each token: about 16 of the width, 4 of the inner width, 3 of the scores of a head.
    let of_block =
        16 * architecture.width + 4 * architecture.inner + 3 * architecture.heads * super::batch::padded(longest);
    let blocks = match settings.schedule.activations {
        Activations::Kept => architecture.layers,
        Activations::Recomputed => 1,
    };
    let activations = 4 * tokens * (of_block * blocks + architecture.width * architecture.layers);
    let parameters: usize = start.weights.values().map(|(_, values)| values.len()).sum();
    // Weights, gradients, both moments, the best weights, and what they are checkpointed from.
    let wanted = activations + 4 * parameters * 7;
    if wanted as u64 <= free_bytes {
        return Ok(());
    }
    let gib = |bytes: f64| bytes / (1u64 << 30) as f64;
    Err(Error::Environment(format!(
        "training would take about {:.1} GiB of memory and {:.1} are free\n  lower `schedule.microbatch` (--microbatch, \
         now {}), `reading.tokens_max` (--tokens-max, now {}) or the model's size, or recompute activations (--recompute)",
        gib(wanted as f64),
        gib(free_bytes as f64),
        settings.schedule.microbatch,
        settings.reading.tokens_max
    )))
}
