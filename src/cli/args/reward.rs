//! What the commands on plain files of preferences accept.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ExecutionArgs;
use crate::reward::scorer::data::Format;
use crate::reward::scorer::ensemble::Differ;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TrainCommand {
    /// Train a reward model on comparisons, rankings, ratings or steps, or go on with it
    Reward(TrainRewardArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DataArgs {
    /// Files of rows, plain or gz, or folders of them: JSONL with prompt, chosen, rejected; or prompt, completions, ranking
    /// or labels; or prompt, completion, label
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub data: Vec<PathBuf>,
    /// What the files are: jsonl, hh_rlhf, llmbar, pandalm, bigbench_mistake or gsm8k; told by their names by default
    #[arg(long)]
    pub format: Option<Format>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TrainRewardArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// Files to validate on; a share of the prompts of --data by default
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub eval: Vec<PathBuf>,
    /// The folder to train into; the same command goes on where it stopped
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// A pretrained model in Hugging Face's layout; a small transformer from scratch by default. Given several times, the
    /// members of an ensemble take them in turn
    #[arg(long, value_name = "DIR")]
    pub base: Vec<PathBuf>,
    /// Train low-rank adapters of this rank and the head, with alpha twice the rank
    #[arg(long, value_name = "RANK", conflicts_with = "frozen")]
    pub lora: Option<usize>,
    /// Train the head alone
    #[arg(long)]
    pub frozen: bool,
    /// Times that every row is seen
    #[arg(long)]
    pub epochs: Option<f64>,
    /// Rows an update
    #[arg(long, value_name = "ROWS")]
    pub batch_size: Option<usize>,
    /// Rows run at once; gradients are summed over an update
    #[arg(long, value_name = "ROWS")]
    pub microbatch: Option<usize>,
    /// Peak of the learning rate
    #[arg(long, value_name = "RATE")]
    pub learning_rate: Option<f64>,
    /// Tokens of one text at most
    #[arg(long, value_name = "TOKENS")]
    pub tokens_max: Option<usize>,
    /// What becomes of rows with longer texts
    #[arg(long, value_enum)]
    pub over_long: Option<OverLongArg>,
    /// Compute activations again in the backward pass: slower, in a fraction of the memory
    #[arg(long)]
    pub recompute: bool,
    /// The precision of the products; weights are in single precision always, and bfloat16 needs a GPU
    #[arg(long, value_enum)]
    pub precision: Option<PrecisionArg>,
    /// Names every stream of the training
    #[arg(long)]
    pub seed: Option<u64>,
    /// Members of an ensemble, each in a folder of its own
    #[arg(long, default_value = "1")]
    pub members: NonZeroUsize,
    /// How members differ
    #[arg(long, value_enum, default_value = "seed")]
    pub differ: DifferArg,
    /// Any other setting, as in --set objective.centring=0.01 or --set backbone.encoder.width=64; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    #[command(flatten)]
    pub execution: ExecutionArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScoreArgs {
    /// The folder of a trained reward model or ensemble, or a sequence-classification folder in Hugging Face's layout
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
    /// Texts run at once; scores agree within 1e-5 whatever it is
    #[arg(long, default_value = "16", value_name = "TEXTS")]
    pub batch_size: NonZeroUsize,
    /// What an ensemble's variance costs in `penalised`
    #[arg(long, default_value = "0.5", value_name = "WEIGHT")]
    pub penalty: f64,
    #[command(flatten)]
    pub execution: ExecutionArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// The folder of a trained reward model
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// The folder to write, in Hugging Face's layout
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum OverLongArg {
    /// The row is left out, and counted
    Drop,
    /// The text is cut at its beginning, and counted
    Cut,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum PrecisionArg {
    /// Single
    Float32,
    /// Its upper half
    Bfloat16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum DifferArg {
    /// By the seed of their weights and of the order of their rows
    Seed,
    /// By a resample of the prompts too
    Data,
}

impl From<DifferArg> for Differ {
    fn from(arg: DifferArg) -> Self {
        match arg {
            DifferArg::Seed => Self::Seed,
            DifferArg::Data => Self::Data,
        }
    }
}
