//! Reward models trained on a device, and the same in PyTorch and transformers: same weights, rows, updates.
//!
//! Each training is a process of its own, ours and theirs: none holds memory beside another, and one that fails takes no other
//! with it. What a process prints last is one line of JSON; it then waits until its input ends, so that its memory is measured
//! from outside, for both in the same way.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tribunal::model::Device;
use tribunal::reward::scorer::data;
use tribunal::reward::scorer::fit::Fit;
use tribunal::reward::scorer::settings::{Backbone, Reading, Schedule, Settings};
use tribunal::spec;
use tribunal::stream::Stream;

use super::models::{Kind, Model};
use super::rates::{Rates, in_tflops};
use super::{Args, Failures, Outcome, Size};

/// Updates that are not timed: kernels are compiled and chosen in them.
const WARM: usize = 3;
/// The least updates of a training: the last is not timed either.
pub const UPDATES_MIN: i64 = WARM as i64 + 2;

/// A model, and what it is trained on.
struct Work {
    /// What its rows are called by.
    name: &'static str,
    model: Model,
    /// Pairs of an update, all run at once.
    pairs: usize,
    /// Tokens of a text.
    tokens: usize,
}

/// What a training took, as its process prints it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Took {
    wall_s: f64,
    losses: Vec<f64>,
    /// Of the whole process at its end, less what others held before; none where a device does not tell it.
    #[serde(default)]
    memory_mib: Option<f64>,
}

/// Trains each model in each precision, here and there, and prints a row for each as soon as it is there.
pub fn compared(args: &Args, rates: Rates, failures: &mut Failures) {
    println!(
        "\ntraining of reward models, {} updates of one batch, the first {WARM} and the last not timed",
        args.updates
    );
    for size in &args.models {
        let work = Work::of(*size);
        let folder = std::env::temp_dir().join(format!("tribunal-gpu-{}-{}", std::process::id(), work.name));
        if failures.tried(&format!("{}, its folder", work.name), || work.prepare(&folder)).is_some() {
            args.precisions.iter().for_each(|precision| work.compare(args, &folder, precision, rates, failures));
        }
        failures.tried("removing what was made", || Ok(std::fs::remove_dir_all(&folder)?));
    }
}

/// One training in this process.
pub fn alone(args: &Args, folder: &Path) -> Outcome<()> {
    let (Some(size), Some(precision)) = (args.models.first(), args.precisions.first()) else {
        return Err("a training alone is of one model in one precision".into());
    };
    println!("{}", serde_json::to_string(&Work::of(*size).train(args, folder, precision)?)?);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

impl Work {
    fn of(size: Size) -> Self {
        let (name, model, pairs, tokens) = match size {
            Size::Gpt2 => ("gpt2", Model::GPT2, 8, 512),
            Size::Qwen2 => ("qwen2", Model::QWEN2, 4, 512),
            Size::Tiny => ("tiny", Model::tiny(Kind::Gpt2), 4, 64),
            Size::TinyQwen2 => ("tiny-qwen2", Model::tiny(Kind::Qwen2), 4, 64),
        };
        Self { name, model, pairs, tokens }
    }

    /// The model's folder and its rows.
    fn prepare(&self, folder: &Path) -> Outcome<()> {
        self.model.write(folder, &Stream::root(7))?;
        let row = |at: usize| {
            let stream = Stream::root(11).index(at as u64);
            let half = self.tokens / 2;
            let completion = |name: &str| format!(" {}", self.model.words(&stream.named(name), self.tokens - half));
            let [chosen, rejected] = ["chosen", "rejected"].map(completion);
            let prompt = self.model.words(&stream.named("prompt"), half);
            serde_json::json!({ "prompt": prompt, "chosen": chosen, "rejected": rejected })
        };
        let rows: String = (0..self.pairs).map(|at| format!("{}\n", row(at))).collect();
        Ok(std::fs::write(rows_of(folder), rows)?)
    }

    fn compare(&self, args: &Args, folder: &Path, precision: &str, rates: Rates, failures: &mut Failures) {
        let mut tried = |who: &str, command: Command| {
            let took = failures.tried(&format!("{}, {precision}, {who}", self.name), || ran(args.device, command))?;
            self.tell(precision, who, &took, rates);
            Some(took)
        };
        let ours = tried("tribunal", self.ours(args, folder, precision));
        let theirs = tried("pytorch", self.theirs(args, folder, precision, &[]));
        if precision == "float32" && args.device != Device::Cpu {
            tried("pytorch, tf32", self.theirs(args, folder, precision, &["--tf32"]));
        }
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            let memory = ours.memory_mib.zip(theirs.memory_mib).map(|(ours, theirs)| ours / theirs);
            println!(
                "{}, {precision}: {:.2} of PyTorch's tokens per second{}; losses off by {:.1e} at first, \
                 {:.1e} over all updates",
                self.name,
                theirs.wall_s / ours.wall_s,
                memory.map_or(String::new(), |share| format!(", {share:.2} of its memory")),
                off(&ours.losses[..1], &theirs.losses),
                off(&ours.losses, &theirs.losses),
            );
        }
    }

    /// This program, to train here.
    fn ours(&self, args: &Args, folder: &Path, precision: &str) -> Command {
        // It was started from there, so it is there.
        let mut command = Command::new(std::env::current_exe().unwrap_or_default());
        command.arg("--alone").arg(folder).args(["--models", self.name, "--precisions", precision]);
        command.args(["--device", &args.device.to_string(), "--updates", &args.updates.to_string()]);
        command
    }

    /// The script, to train there.
    fn theirs(&self, args: &Args, folder: &Path, precision: &str, more: &[&str]) -> Command {
        let mut command = Command::new(&args.python);
        command.arg(&args.script).arg("train").arg(folder).arg(rows_of(folder)).args(["--precision", precision]);
        command.args(["--device", &args.device.to_string(), "--updates", &args.updates.to_string()]);
        command.args(["--warm", &WARM.to_string()]).args(more);
        command
    }

    fn train(&self, args: &Args, folder: &Path, precision: &str) -> Outcome<Took> {
        let schedule = Schedule {
            epochs: f64::from(args.updates),
            batch: self.pairs,
            microbatch: self.pairs,
            learning_rate: 1e-5,
            validations: 1,
            ..Schedule::default()
        };
        let reading = Reading { tokens_max: self.tokens, ..Reading::default() };
        let settings =
            Settings { backbone: Backbone::Pretrained(folder.into()), reading, schedule, ..Settings::default() };
        let settings: Settings = spec::replaced(&settings, &[format!("schedule.precision={precision}")])?;
        let rows = data::read(&[rows_of(folder)], None)?.examples;
        let begun = Instant::now();
        let mut fit = Fit::new(&settings, rows.clone(), rows[..1].to_vec(), args.device)?;
        eprintln!("{}, {precision}: ready after {:.1} s", self.name, begun.elapsed().as_secs_f64());
        let mut walls = Vec::new();
        for _ in 0..args.updates {
            let begun = Instant::now();
            fit.train(1, &mut |_| {})?;
            walls.push(begun.elapsed().as_secs_f64());
            // The first ones compile: minutes on a machine that has no kernels yet.
            eprintln!("{}, {precision}: update {} took {:.3} s", self.name, walls.len(), begun.elapsed().as_secs_f64());
        }
        // The last update is validated on one row, so it is not timed.
        walls.pop();
        let mut kept = walls.split_off(WARM);
        kept.sort_by(f64::total_cmp);
        let losses = fit.log().iter().map(|update| update.loss).collect();
        Ok(Took { wall_s: kept[kept.len() / 2], losses, memory_mib: None })
    }

    /// Tokens of an update.
    fn tokens_per_update(&self) -> f64 {
        (2 * self.pairs * self.tokens) as f64
    }

    /// Operations of a token's forward and backward pass: six for each weight of a matrix, and twelve for each unit of the
    /// heads and token that is read (the whole square of scores, as it is computed here).
    fn flops_per_token(&self) -> f64 {
        (6 * self.model.matrices() + 12 * self.model.layers * self.model.width * self.tokens) as f64
    }

    fn tell(&self, precision: &str, who: &str, took: &Took, rates: Rates) {
        let speed = self.tokens_per_update() / took.wall_s;
        let flops = speed * self.flops_per_token();
        let told = |rate: f64| format!(", {:.1}% of the matrix rate", 100.0 * flops / rate);
        let losses = match (took.losses.first(), took.losses.last()) {
            (Some(first), Some(last)) => format!(", first loss {first:.4}, last {last:.4}"),
            _ => String::from(", no loss told"),
        };
        println!(
            "{:<10} {precision:<8} {who:<14} {:>9.1} ms an update, {speed:>9.0} tokens/s, {}{}{}{losses}",
            self.name,
            1e3 * took.wall_s,
            in_tflops(flops),
            rates.of(precision).map_or(String::new(), told),
            took.memory_mib.map_or(String::new(), |memory| format!(", {memory:>6.0} MiB")),
        );
    }
}

fn rows_of(folder: &Path) -> PathBuf {
    folder.join("rows.jsonl")
}

/// Runs a training's process to its line, and measures the memory that it holds by then.
fn ran(device: Device, mut command: Command) -> Outcome<Took> {
    let free_mib = || (device != Device::Cpu).then(|| device.memory_free_bytes().map(|bytes| (bytes >> 20) as f64));
    let before = free_mib().flatten();
    let mut child = in_order(&mut command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let printed = BufReader::new(child.stdout.take().ok_or("a process has no output")?);
    let took = printed.lines().map_while(Result::ok).find_map(|line| serde_json::from_str::<Took>(&line).ok());
    let after = free_mib().flatten();
    drop(child.stdin.take());
    let status = child.wait()?;
    let mut took = took.filter(|_| status.success()).ok_or(format!("{command:?} ended with {status}: see above"))?;
    took.memory_mib = before.zip(after).map(|(before, after)| before - after);
    Ok(took)
}

/// With cards counted as `nvidia-smi` counts them.
pub fn in_order(command: &mut Command) -> &mut Command {
    command.env("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
}

/// The largest difference, relative.
fn off(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / b.abs()).fold(0.0, f64::max)
}
