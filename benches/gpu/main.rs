//! What a GPU gives: its results against the processor's, its own rates, and the training of reward models on it beside
//! PyTorch and transformers on the same card.
//!
//! `cargo bench --features cuda --bench gpu`, or the binary that `cargo bench --features cuda --no-run` builds, carried to a
//! machine with a card: it needs the driver and the CUDA toolkit's headers, and for the comparison a Python with PyTorch and
//! transformers beside `benches/gpu/pytorch.py`. `--device cpu --models tiny tiny-qwen2` runs the same on a processor, to see
//! that it runs.
//!
//! Time on a card is dear: what is checked comes first, each number is printed as soon as it is there, what fails stops nothing
//! else, and all that failed is said again at the end, with a failing exit status.

mod checks;
mod models;
mod rates;
mod training;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tribunal::model::Device;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How cubecl keeps compiled kernels, and what it found fastest.
const KEPT: &str = include_str!("../../cubecl.toml");

/// Checks and measures a device.
#[derive(Parser)]
struct Args {
    /// What is checked and measured
    #[arg(long, default_value = "cuda")]
    device: Device,
    /// The parts to run, all by default
    #[arg(long, value_enum, num_args = 1.., default_values_t = [Part::Checks, Part::Rates, Part::Training])]
    parts: Vec<Part>,
    /// What the inputs of the checks are drawn by; by default the time
    #[arg(long)]
    seed: Option<u64>,
    /// The models that are trained
    #[arg(long, value_enum, num_args = 1.., default_values_t = [Size::Gpt2, Size::Qwen2])]
    models: Vec<Size>,
    /// The precisions they are trained in
    #[arg(long, num_args = 1.., default_values_t = [String::from("bfloat16"), String::from("float32")])]
    precisions: Vec<String>,
    /// Updates of a training; the first three and the last are not timed
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(training::UPDATES_MIN..))]
    updates: u16,
    /// The Python with PyTorch and transformers
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The script that trains the same models there
    #[arg(long, default_value = "benches/gpu/pytorch.py")]
    script: PathBuf,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
    /// A training alone, in a process of its own: the folder of its model
    #[arg(long, hide = true)]
    alone: Option<PathBuf>,
}

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The device's results against the processor's.
    Checks,
    /// Its own rates of products and of copies.
    Rates,
    /// Reward models trained on it.
    Training,
}

/// The model that is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Size {
    /// GPT-2 small: 124 million weights.
    Gpt2,
    /// The shape of Qwen2-0.5B: 494 million weights.
    Qwen2,
    /// A GPT-2 type in which everything is small.
    Tiny,
    /// The same of the Qwen2 type.
    TinyQwen2,
}

/// What has failed so far.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    /// Does some work that nothing else waits for; a failure is told at once, and kept.
    fn tried<T>(&mut self, what: &str, work: impl FnOnce() -> Outcome<T>) -> Option<T> {
        let failure = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Ok(done)) => return Some(done),
            Ok(Err(error)) => error.to_string(),
            // What it was is on stderr.
            Err(_) => "it panicked".to_owned(),
        };
        self.add(format!("{what}: {failure}"));
        None
    }

    fn add(&mut self, failure: String) {
        eprintln!("FAILED: {failure}");
        self.0.push(failure);
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(folder) = &args.alone {
        return told(training::alone(&args, folder).map(|()| Vec::new()));
    }
    told(run(&args))
}

fn told(failures: Outcome<Vec<String>>) -> ExitCode {
    let failures = failures.unwrap_or_else(|error| vec![error.to_string()]);
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("\n{} failed:", failures.len());
    failures.iter().for_each(|failure| eprintln!("  {failure}"));
    ExitCode::FAILURE
}

/// All that failed.
fn run(args: &Args) -> Outcome<Vec<String>> {
    keep_kernels()?;
    args.device.open()?;
    let mut failures = Failures::default();
    if args.parts.contains(&Part::Checks) {
        checks::hold(args.device, args.seed, &mut failures);
    }
    let measured = args.parts.contains(&Part::Rates).then(|| rates::measured(args, &mut failures));
    if args.parts.contains(&Part::Training) {
        training::compared(args, measured.unwrap_or_default(), &mut failures);
    }
    Ok(failures.0)
}

/// cubecl looks for its settings in the current folder and above: in the package they are there, beside a carried binary
/// they are laid down.
fn keep_kernels() -> Outcome<()> {
    let here = std::env::current_dir()?;
    let names = ["cubecl.toml", "CubeCL.toml", "burn.toml", "Burn.toml"];
    let is_there = here.ancestors().any(|folder| names.iter().any(|name| folder.join(name).is_file()));
    if !is_there {
        std::fs::write(here.join(names[0]), KEPT)?;
        eprintln!("wrote {}: what is compiled will be kept", here.join(names[0]).display());
    }
    Ok(())
}
