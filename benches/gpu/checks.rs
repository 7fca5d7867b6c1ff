//! A device's results against the processor's. Inputs are drawn anew each time, by a seed that is told and can be given back;
//! lengths are always the same, since a GPU's kernels are compiled for them.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tribunal::labels::Labels;
use tribunal::model::Device;
use tribunal::model::arithmetic::Precision;
use tribunal::reward::Learner;
use tribunal::reward::pixels::{self, Form, PixelJudge, PixelJudgeLearner, Positions};
use tribunal::reward::scorer::data::{Example, Feedback};
use tribunal::reward::scorer::fit::Fit;
use tribunal::reward::scorer::scored::{BATCH_SIZE, Scorer};
use tribunal::reward::scorer::settings::{Backbone, Schedule, Settings, Shape, TokenKind};
use tribunal::stream::Stream;
use tribunal::task::image;

use super::models::Model;
use super::{Failures, Outcome};

/// How far results may be off in single precision.
const SINGLE: f64 = 1e-3;
/// How far losses may be off in bfloat16, and scores after a training in it.
const BFLOAT16: [f64; 2] = [2e-2, 5e-2];
/// Updates of each training.
const UPDATES: usize = 5;
/// Tokens of a prompt and of each of the two texts that follow it, of the rows of a training.
const LENGTHS: [[usize; 3]; 16] = [
    [3, 40, 21],
    [62, 5, 33],
    [17, 17, 18],
    [50, 60, 59],
    [8, 3, 3],
    [29, 44, 12],
    [35, 9, 51],
    [4, 27, 30],
    [56, 38, 7],
    [20, 62, 45],
    [11, 14, 61],
    [43, 23, 26],
    [6, 55, 10],
    [31, 31, 32],
    [25, 6, 48],
    [60, 62, 62],
];

/// Checks all; each check prints a line, and what does not hold is a failure.
pub fn hold(device: Device, seed: Option<u64>, failures: &mut Failures) {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    let seed = seed.unwrap_or_else(now);
    println!("\nresults on {device} against those on cpu, inputs drawn by --seed {seed}");
    let stream = Stream::root(seed);
    for subject in SUBJECTS {
        let folder = std::env::temp_dir().join(format!("tribunal-gpu-{}-{}", std::process::id(), subject.name));
        let checked = failures.tried(subject.name, || subject.check(device, &folder, &stream.named(subject.name)));
        tell(checked.unwrap_or_default(), failures);
        // Nothing is there if that was what failed.
        let _ = std::fs::remove_dir_all(&folder);
    }
    for form in [Form::Sparse, Form::Convolutional] {
        let checked = failures.tried(&format!("judge of pixels, {form:?}"), || {
            let positions = positions(&stream.named("positions"), 300);
            let on = |device| judge(form, seed, device).map(|judge| judge.flat_logits(&positions));
            let [cpu, other] =
                [on(Device::Cpu)?, on(device)?].map(|it| it.into_iter().map(f64::from).collect::<Vec<_>>());
            Ok(vec![Checked::of(format!("judge of pixels, {form:?}: logits"), largest(&cpu, &other), SINGLE)])
        });
        tell(checked.unwrap_or_default(), failures);
    }
}

/// How far something was off.
struct Checked {
    what: String,
    off: f64,
    within: f64,
}

impl Checked {
    fn of(what: String, off: f64, within: f64) -> Self {
        Self { what, off, within }
    }
}

fn tell(checked: Vec<Checked>, failures: &mut Failures) {
    for Checked { what, off, within } in checked {
        let told = format!("{what:<64} off by {off:.1e}, at most {within:.0e}");
        println!("{told}: {}", if off <= within { "holds" } else { "DOES NOT HOLD" });
        if off > within {
            failures.add(told);
        }
    }
}

/// What is trained and served here and there.
struct Subject {
    name: &'static str,
    built: Built,
}

/// Where its weights come from.
#[derive(Clone, Copy)]
enum Built {
    /// A BERT type, drawn by the training.
    Encoder,
    /// A Llama type, drawn by the training.
    Decoder,
    /// A folder of a known type.
    Folder(Model),
}

/// The smallest first. Those with a folder are two blocks of the shapes that are timed: of the Qwen2 type seven queries share
/// a key.
const SUBJECTS: [Subject; 4] = [
    Subject { name: "encoder", built: Built::Encoder },
    Subject { name: "decoder", built: Built::Decoder },
    Subject { name: "gpt2", built: Built::Folder(Model::GPT2.shortened(2, 997)) },
    Subject { name: "qwen2", built: Built::Folder(Model::QWEN2.shortened(2, 997)) },
];

impl Subject {
    fn check(&self, device: Device, folder: &Path, stream: &Stream) -> Outcome<Vec<Checked>> {
        let name = self.name;
        let shape = Shape { width: 128, layers: 2, heads: 4, tokens: TokenKind::Bytes };
        let letters = |stream: &Stream, count: usize| -> String {
            (0..count as u64).map(|at| char::from(b'a' + (stream.index(at).uniform() * 26.0) as u8)).collect()
        };
        let (backbone, rows) = match self.built {
            Built::Encoder => (Backbone::Encoder(shape), rows(stream, letters)),
            Built::Decoder => (Backbone::Decoder(shape), rows(stream, letters)),
            Built::Folder(model) => {
                model.write(folder, &stream.named("weights"))?;
                let words = |stream: &Stream, count: usize| format!(" {}", model.words(stream, count));
                (Backbone::Pretrained(folder.into()), rows(stream, words))
            }
        };
        let on = |device, precision| trained(&backbone, precision, &rows, device);
        let (cpu, cpu_losses) = on(Device::Cpu, Precision::Float32)?;
        let wanted = scores(&cpu, &rows)?;
        let compared = |precision: &str, (scorer, losses): (Scorer, Vec<f64>), [of_losses, of_scores]: [f64; 2]| {
            let off = largest(&wanted, &scores(&scorer, &rows)?);
            Outcome::Ok([
                Checked::of(
                    format!("{name}, {precision}: {UPDATES} losses, relative"),
                    relative(&cpu_losses, &losses),
                    of_losses,
                ),
                Checked::of(format!("{name}, {precision}: scores after {UPDATES} updates"), off, of_scores),
            ])
        };
        let mut checked = Vec::from(compared("float32", on(device, Precision::Float32)?, [SINGLE; 2])?);
        let saved = folder.with_extension("saved");
        cpu.save(&saved)?;
        let served = Scorer::load(&saved, device).map(|served| scores(&served, &rows));
        std::fs::remove_dir_all(&saved)?;
        let off = largest(&wanted, &served??);
        checked.push(Checked::of(format!("{name}, float32: scores of one model"), off, SINGLE));
        if device != Device::Cpu {
            checked.extend(compared("bfloat16", on(device, Precision::Bfloat16)?, BFLOAT16)?);
        }
        Ok(checked)
    }
}

/// Pairs of random texts.
fn rows(stream: &Stream, text: impl Fn(&Stream, usize) -> String) -> Vec<Example> {
    let row = |(at, lengths): (usize, [usize; 3])| {
        let stream = stream.index(at as u64);
        let parts =
            std::array::from_fn(|part| text(&stream.named(["prompt", "chosen", "rejected"][part]), lengths[part]));
        let [prompt, chosen, rejected] = parts;
        Example {
            id: format!("random:{at}"),
            prompt,
            feedback: Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 },
            weight: 1.0,
            labels: Labels::new(),
        }
    };
    LENGTHS.into_iter().enumerate().map(row).collect()
}

/// A reward model after a few updates, and the loss of each.
fn trained(backbone: &Backbone, precision: Precision, rows: &[Example], device: Device) -> Outcome<(Scorer, Vec<f64>)> {
    let schedule = Schedule {
        steps_max: UPDATES,
        epochs: UPDATES as f64,
        learning_rate: 1e-4,
        validations: 1,
        precision,
        ..Schedule::default()
    };
    // One seed always: it gives the order of the rows, and so the shapes.
    let settings = Settings { backbone: backbone.clone(), schedule, seed: 7, ..Settings::default() };
    let mut fit = Fit::new(&settings, rows.to_vec(), rows[..1].to_vec(), device)?;
    fit.train(UPDATES, &mut |_| {})?;
    Ok((fit.snapshot()?, fit.log().iter().map(|update| update.loss).collect()))
}

fn scores(scorer: &Scorer, rows: &[Example]) -> Outcome<Vec<f64>> {
    Ok(scorer.score(rows, BATCH_SIZE)?.rows.into_iter().flat_map(|(_, row)| row.scores).collect())
}

/// A judge of six pixels, untrained.
pub fn judge(form: Form, seed: u64, device: Device) -> Outcome<PixelJudge> {
    // The paper's width, and the usual one on processors.
    let width = if form == Form::Convolutional { 1_024 } else { pixels::Config::default().width };
    let config = pixels::Config { form, width, ..pixels::Config::default() };
    let shape = image::Shape { rows: 28, columns: 28 };
    Ok(PixelJudgeLearner::new(config, shape, 10, Stream::root(seed), device)?.snapshot())
}

/// So many views of six random pixels.
pub fn positions(stream: &Stream, count: u64) -> Positions {
    let mut positions = Positions::new(6);
    for at in 0..count {
        let stream = stream.index(at);
        let place = |k: u16| 130 * k + (stream.named("place").index(u64::from(k)).uniform() * 130.0) as u16;
        let level = |k: u16| 1 + (stream.named("level").index(u64::from(k)).uniform() * 254.0) as u8;
        positions.push(&(0..6).map(|k| (place(k), level(k))).collect::<Vec<_>>());
    }
    positions
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    off(a, b, |a, b| (a - b).abs())
}

fn relative(a: &[f64], b: &[f64]) -> f64 {
    off(a, b, |a, b| (a - b).abs() / a.abs().max(1e-9))
}

/// Infinite where there is not as much of the one as of the other.
fn off(a: &[f64], b: &[f64], of: fn(f64, f64) -> f64) -> f64 {
    if a.len() != b.len() || a.is_empty() {
        return f64::INFINITY;
    }
    a.iter().zip(b).map(|(a, b)| of(*a, *b)).fold(0.0, |most, it| if it > most || it.is_nan() { it } else { most })
}
