//! What a GPU gives: its results against the processor's, its own rates, and the training of reward models on it beside
//! PyTorch and transformers on the same card.
//!
//! `cargo bench --features cuda --bench gpu`, or the binary that `cargo bench --features cuda --no-run` builds, carried to a
//! machine with a card: it needs the driver and the CUDA toolkit's headers, and for the comparison a Python with PyTorch and
//! transformers beside `benches/gpu/pytorch.py`. `--device cpu --models tiny` runs the same on a processor, to see that it runs.

mod checks;
mod rates;
mod training;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tribunal::model::Device;

/// Checks and measures a device.
#[derive(Parser)]
struct Args {
    /// What is checked and measured
    #[arg(long, default_value = "cuda")]
    device: Device,
    /// The parts to run, all by default
    #[arg(long, value_enum, num_args = 1.., default_values_t = [Part::Rates, Part::Checks, Part::Training])]
    parts: Vec<Part>,
    /// The models that are trained
    #[arg(long, value_enum, num_args = 1.., default_values_t = [Size::Gpt2, Size::Qwen2])]
    models: Vec<Size>,
    /// The precisions they are trained in
    #[arg(long, num_args = 1.., default_values_t = [String::from("bfloat16"), String::from("float32")])]
    precisions: Vec<String>,
    /// Updates of a training; the first three are not timed
    #[arg(long, default_value_t = 10)]
    updates: usize,
    /// The Python with PyTorch and transformers
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The script that makes and trains the same models there
    #[arg(long, default_value = "benches/gpu/pytorch.py")]
    script: PathBuf,
    /// What cargo passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The device's own rates of products and of copies.
    Rates,
    /// Its results against the processor's.
    Checks,
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

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all checks hold.
fn run(args: &Args) -> Result<bool, Box<dyn std::error::Error>> {
    args.device.open()?;
    let mut hold = true;
    let mut rates = None;
    if args.parts.contains(&Part::Rates) {
        rates = Some(rates::measured(args.device)?);
        rates::judged(args.device)?;
    }
    if args.parts.contains(&Part::Training) {
        training::compared(args, rates.as_ref())?;
    }
    if args.parts.contains(&Part::Checks) {
        hold = checks::hold(args.device)?;
    }
    Ok(hold)
}
