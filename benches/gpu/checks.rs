//! A device's results against the processor's, on random inputs drawn anew each time.

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

/// How far results may be off: in single precision, and in bfloat16.
const WITHIN: [f64; 2] = [1e-3, 2e-2];
/// Updates of each training.
const UPDATES: usize = 5;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Checks all and prints a line for each; whether all hold.
pub fn hold(device: Device) -> Outcome<bool> {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos() as u64;
    println!("\nresults on {device} against those on cpu, inputs drawn by {seed}");
    let stream = Stream::root(seed);
    let mut hold = true;
    let mut tell = |what: &str, off: f64, within: f64| {
        let holds = off <= within;
        hold &= holds;
        println!(
            "{:<64} off by {off:.1e}, at most {within:.0e}: {}",
            what,
            if holds { "holds" } else { "DOES NOT HOLD" }
        );
    };
    for (name, backbone) in backbones() {
        let rows = rows(&stream.named(name));
        let on = |device, precision| trained(&backbone, precision, &rows, seed, device);
        let (cpu, cpu_losses) = on(Device::Cpu, Precision::Float32)?;
        let wanted = scores(&cpu, &rows)?;
        let (same, losses) = on(device, Precision::Float32)?;
        tell(&format!("{name}, float32: {UPDATES} losses, relative"), relative(&cpu_losses, &losses), WITHIN[0]);
        tell(
            &format!("{name}, float32: scores after {UPDATES} updates"),
            largest(&wanted, &scores(&same, &rows)?),
            WITHIN[0],
        );
        let folder = std::env::temp_dir().join(format!("tribunal-gpu-{}-{name}", std::process::id()));
        cpu.save(&folder)?;
        let served = Scorer::load(&folder, device)?;
        std::fs::remove_dir_all(&folder)?;
        tell(&format!("{name}, float32: scores of one model"), largest(&wanted, &scores(&served, &rows)?), WITHIN[0]);
        if device != Device::Cpu {
            let (_, losses) = on(device, Precision::Bfloat16)?;
            tell(&format!("{name}, bfloat16: {UPDATES} losses, relative"), relative(&cpu_losses, &losses), WITHIN[1]);
        }
    }
    for form in [Form::Sparse, Form::Convolutional] {
        let positions = positions(&stream.named("positions"), 300);
        let on = |device| judge(form, seed, device).map(|judge| judge.flat_logits(&positions));
        let [cpu, other] = [on(Device::Cpu)?, on(device)?].map(|it| it.into_iter().map(f64::from).collect::<Vec<_>>());
        tell(&format!("judge of pixels, {form:?}: logits"), largest(&cpu, &other), WITHIN[0]);
    }
    Ok(hold)
}

fn backbones() -> [(&'static str, Backbone); 2] {
    let shape = Shape { width: 128, layers: 2, heads: 4, tokens: TokenKind::Bytes };
    [("encoder", Backbone::Encoder(shape.clone())), ("decoder", Backbone::Decoder(shape))]
}

/// Pairs of random letters, of many lengths.
fn rows(stream: &Stream) -> Vec<Example> {
    let text = |stream: &Stream| -> String {
        let letters = 3 + (stream.named("length").uniform() * 60.0) as u64;
        (0..letters).map(|at| char::from(b'a' + (stream.index(at).uniform() * 26.0) as u8)).collect()
    };
    let row = |at: u64| {
        let stream = stream.index(at);
        let [prompt, chosen, rejected] = ["prompt", "chosen", "rejected"].map(|part| text(&stream.named(part)));
        Example {
            id: format!("random:{at}"),
            prompt,
            feedback: Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 },
            weight: 1.0,
            labels: Labels::new(),
        }
    };
    (0..16).map(row).collect()
}

/// A reward model after a few updates, and the loss of each.
fn trained(
    backbone: &Backbone,
    precision: Precision,
    rows: &[Example],
    seed: u64,
    device: Device,
) -> Outcome<(Scorer, Vec<f64>)> {
    let schedule = Schedule {
        steps_max: UPDATES,
        epochs: UPDATES as f64,
        learning_rate: 1e-4,
        validations: 1,
        precision,
        ..Schedule::default()
    };
    let settings = Settings { backbone: backbone.clone(), schedule, seed, ..Settings::default() };
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
