//! Reward models trained on a device, and the same in PyTorch and transformers: same weights, rows, updates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde::Deserialize;
use tribunal::model::Device;
use tribunal::reward::scorer::data;
use tribunal::reward::scorer::fit::Fit;
use tribunal::reward::scorer::settings::{Backbone, Reading, Schedule, Settings};
use tribunal::spec;
use tribunal::stream::Stream;

use super::rates::Rates;
use super::{Args, Size};

/// Updates that are not timed: kernels are compiled and chosen in them.
const WARM: usize = 3;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What a model costs by arithmetic, and what it is trained on.
struct Work {
    /// What the script calls it.
    name: &'static str,
    vocabulary: usize,
    layers: usize,
    /// Units of all heads.
    heads_width: usize,
    /// Weights of all matrices in the blocks.
    matrices: usize,
    /// Pairs of an update, all run at once.
    pairs: usize,
    /// Tokens of a text.
    tokens: usize,
}

/// What a training took, as the script prints it.
#[derive(Clone, Debug, Deserialize)]
struct Took {
    wall_s: f64,
    losses: Vec<f64>,
    memory_mib: f64,
}

/// Trains each model in each precision, here and there, and prints a row for each.
pub fn compared(args: &Args, rates: Option<&Rates>) -> Outcome<()> {
    println!("\ntraining of reward models, {} updates of one batch, the first {WARM} not timed", args.updates);
    for size in &args.models {
        let work = Work::of(*size);
        let folder = std::env::temp_dir().join(format!("tribunal-gpu-{}-{}", std::process::id(), work.name));
        prepare(args, &work, &folder)?;
        for precision in &args.precisions {
            let ours = ours(args, &work, &folder, precision)?;
            let theirs = theirs(args, &work, &folder, precision, &[])?;
            work.tell(precision, "tribunal", &ours, rates);
            work.tell(precision, "pytorch", &theirs, rates);
            if precision == "float32" && args.device != Device::Cpu {
                let tf32 = self::theirs(args, &work, &folder, precision, &["--tf32"])?;
                work.tell(precision, "pytorch, tf32", &tf32, rates);
            }
            println!(
                "{}, {precision}: {:.2} of PyTorch's tokens per second, {:.2} of its memory; losses off by {:.1e} at first, \
                 {:.1e} over all updates",
                work.name,
                theirs.wall_s / ours.wall_s,
                ours.memory_mib / theirs.memory_mib.max(1.0),
                off(&ours.losses[..1], &theirs.losses),
                off(&ours.losses, &theirs.losses),
            );
        }
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

impl Work {
    fn of(size: Size) -> Self {
        let gpt2 = |layers: usize, width: usize| (layers, width, layers * 12 * width * width);
        let qwen2 = |layers: usize, width: usize, keys: usize, inner: usize| {
            (layers, width, layers * (2 * width * (width + keys) + 3 * width * inner))
        };
        let (name, vocabulary, (layers, heads_width, matrices), pairs, tokens) = match size {
            Size::Gpt2 => ("gpt2", 50_257, gpt2(12, 768), 8, 512),
            Size::Qwen2 => ("qwen2", 151_936, qwen2(24, 896, 128, 4_864), 4, 512),
            Size::Tiny => ("gpt2_tiny", 997, gpt2(2, 64), 4, 64),
            Size::TinyQwen2 => ("qwen2_tiny", 997, qwen2(2, 64, 32, 160), 4, 64),
        };
        Self { name, vocabulary, layers, heads_width, matrices, pairs, tokens }
    }

    /// Tokens of an update.
    fn tokens_per_update(&self) -> f64 {
        (2 * self.pairs * self.tokens) as f64
    }

    /// Operations of a token's forward and backward pass: six for each weight of a matrix, and twelve for each unit of the
    /// heads and token that is read (the whole square of scores, as it is computed here).
    fn flops_per_token(&self) -> f64 {
        (6 * self.matrices + 12 * self.layers * self.heads_width * self.tokens) as f64
    }

    fn tell(&self, precision: &str, who: &str, took: &Took, rates: Option<&Rates>) {
        let speed = self.tokens_per_update() / took.wall_s;
        let flops = speed * self.flops_per_token();
        let rate = rates.map(|it| if precision == "bfloat16" { it.bfloat16_flops } else { it.float32_flops });
        let share = rate.map_or(String::new(), |rate| format!(", {:.1}% of the matrix rate", 100.0 * flops / rate));
        println!(
            "{:<10} {precision:<8} {who:<14} {:>9.1} ms an update, {speed:>9.0} tokens/s, {:>6.1} TFLOP/s{share}, {:>6.0} MiB, \
             first loss {:.4}, last {:.4}",
            self.name,
            1e3 * took.wall_s,
            flops / 1e12,
            took.memory_mib,
            took.losses.first().copied().unwrap_or(f64::NAN),
            took.losses.last().copied().unwrap_or(f64::NAN),
        );
    }
}

/// The model's folder, its tokens and its rows. Rows are of words that are one token each.
fn prepare(args: &Args, work: &Work, folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    script(args, &["make", work.name, &folder.display().to_string()])?;
    let end = work.vocabulary - 1;
    let words: serde_json::Map<String, serde_json::Value> =
        (0..end).map(|id| (format!("w{id}"), id.into())).chain([("<|endoftext|>".to_owned(), end.into())]).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null,
        "added_tokens": [{ "id": end, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true }],
        "pre_tokenizer": { "type": "WhitespaceSplit" },
        "model": { "type": "WordLevel", "vocab": words, "unk_token": "w0" },
    });
    std::fs::write(folder.join("tokenizer.json"), tokenizer.to_string())?;
    let words = |stream: &Stream, count: usize| -> String {
        // Not the first: for transformers it is padding.
        let word = |at: usize| format!("w{}", 1 + (stream.index(at as u64).uniform() * (end - 1) as f64) as usize);
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    };
    let row = |at: usize| {
        let stream = Stream::root(11).index(at as u64);
        let half = work.tokens / 2;
        let completion = |name: &str| format!(" {}", words(&stream.named(name), work.tokens - half));
        let [chosen, rejected] = ["chosen", "rejected"].map(completion);
        serde_json::json!({ "prompt": words(&stream.named("prompt"), half), "chosen": chosen, "rejected": rejected })
    };
    let rows: String = (0..work.pairs).map(|at| format!("{}\n", row(at))).collect();
    std::fs::write(rows_of(folder), rows)?;
    Ok(())
}

fn rows_of(folder: &Path) -> PathBuf {
    folder.join("rows.jsonl")
}

fn ours(args: &Args, work: &Work, folder: &Path, precision: &str) -> Outcome<Took> {
    let schedule = Schedule {
        epochs: args.updates as f64,
        batch: work.pairs,
        microbatch: work.pairs,
        learning_rate: 1e-5,
        validations: 1,
        ..Schedule::default()
    };
    let reading = Reading { tokens_max: work.tokens, ..Reading::default() };
    let settings = Settings { backbone: Backbone::Pretrained(folder.into()), reading, schedule, ..Settings::default() };
    let settings: Settings = spec::replaced(&settings, &[format!("schedule.precision={precision}")])?;
    let rows = data::read(&[rows_of(folder)], None)?.examples;
    let begun = Instant::now();
    let mut fit = Fit::new(&settings, rows.clone(), rows[..1].to_vec(), args.device)?;
    eprintln!("{}, {precision}: ready after {:.1} s", work.name, begun.elapsed().as_secs_f64());
    let mut walls = Vec::new();
    // The last update is validated on one row, so it is not timed.
    for _ in 0..args.updates {
        let begun = Instant::now();
        fit.train(1, &mut |_| {})?;
        walls.push(begun.elapsed().as_secs_f64());
        // The first ones compile: minutes on a machine that has no kernels yet.
        eprintln!("{}, {precision}: update {} took {:.3} s", work.name, walls.len(), begun.elapsed().as_secs_f64());
    }
    let mut kept: Vec<f64> = walls[WARM.min(walls.len() - 1)..walls.len() - 1].to_vec();
    kept.sort_by(f64::total_cmp);
    let wall_s = kept.get(kept.len() / 2).copied().ok_or("give at least 5 updates")?;
    let memory_mib = if args.device == Device::Cpu { 0.0 } else { memory_mib()? };
    Ok(Took { wall_s, losses: fit.log().iter().map(|update| update.loss).collect(), memory_mib })
}

fn theirs(args: &Args, _work: &Work, folder: &Path, precision: &str, more: &[&str]) -> Outcome<Took> {
    let (folder, rows) = (folder.display().to_string(), rows_of(folder).display().to_string());
    let (updates, warm) = (args.updates.to_string(), WARM.to_string());
    let fixed = ["train", &folder, &rows, "--precision", precision, "--updates", &updates, "--warm", &warm];
    let told = script(args, &[&fixed[..], more].concat())?;
    Ok(serde_json::from_str(told.lines().last().unwrap_or_default())?)
}

fn script(args: &Args, arguments: &[&str]) -> Outcome<String> {
    let out = Command::new(&args.python).arg(&args.script).args(arguments).output()?;
    if !out.status.success() {
        return Err(format!("{} {arguments:?}: {}", args.script.display(), String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(String::from_utf8(out.stdout)?)
}

/// Memory in use on the card, of all its users.
fn memory_mib() -> Outcome<f64> {
    let query = ["--query-gpu=memory.used", "--format=csv,noheader,nounits", "--id=0"];
    let out = Command::new("nvidia-smi").args(query).output()?;
    Ok(String::from_utf8(out.stdout)?.trim().parse()?)
}

/// The largest difference, relative.
fn off(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / b.abs()).fold(0.0, f64::max)
}
