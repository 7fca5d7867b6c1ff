//! What the command line accepts, and its help.

mod reward;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::Device;
use crate::run::{Execution, Request, Size};
pub(super) use reward::{DataArgs, ExportArgs, ScoreArgs, TrainCommand, TrainRewardArgs};

/// Recursive reward modelling and debate: describe an experiment in one file, run it, read the report.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 finished with failed cells, 2 wrong usage or experiment file, \
    3 environment (device, key, file, disk), 70 a bug."
)]
pub(super) struct Tribunal {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment, or continue it; running it again does nothing more
    Run(RunArgs),
    /// Do one cell or fit of a run: what parallel processes and cluster jobs execute
    Cell(CellArgs),
    /// Check everything that can be checked without running, and show the plan
    Check(CheckArgs),
    /// List what there is to choose from
    List(ListArgs),
    /// Show a run's tables, or one of its trees with its exchanges and costs
    Show(ShowArgs),
    /// Set the arms of one run or several side by side: paired differences with intervals, over seeds and at equal cost
    Compare(CompareArgs),
    /// Draw a plot of one run or several: SVG, PNG, the CSV behind them and a Vega-Lite file
    Plot(PlotArgs),
    /// Write a run's report: one HTML page that needs no other file
    Report(ReportArgs),
    /// Show what nested oversight comes to under fits from general to domain Elo, and draw it
    Nested(NestedArgs),
    /// Train a model on plain files, without an experiment
    #[command(subcommand)]
    Train(TrainCommand),
    /// Score the rows of plain files with a trained reward model: JSONL on standard output, a summary on standard error
    Score(ScoreArgs),
    /// Write a trained reward model as a folder that other tools load
    Export(ExportArgs),
    /// Open a device and close it again
    #[command(hide = true)]
    Device(DeviceArgs),
}

#[derive(Debug, Args)]
pub(super) struct ExperimentArgs {
    /// The experiment's folder, or its file
    pub experiment: PathBuf,
    /// Set a key of the experiment file, as in --set helpers.person.simulated.notice_rate=0.8; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Shrink the experiment to seconds: few instances, two seeds, small books, few steps
    #[arg(long)]
    pub smoke: bool,
}

impl ExperimentArgs {
    /// The request that these arguments make, its folder left to the experiment's name.
    pub fn request(&self) -> Request {
        Request {
            experiment: self.experiment.clone(),
            settings: self.settings.clone(),
            size: if self.smoke { Size::Smoke } else { Size::Full },
            out: None,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ExecutionArgs {
    /// Where models are trained and served: cpu, cuda or cuda:N
    #[arg(long, default_value = "cpu")]
    device: Device,
    /// Threads of all processes together; every core by default
    #[arg(long)]
    threads: Option<NonZeroUsize>,
}

impl ExecutionArgs {
    /// How to execute; nothing here changes a result.
    pub fn execution(&self) -> Execution {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Execution { threads: self.threads.map_or_else(cores, NonZeroUsize::get), device: self.device }
    }
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// The run folder; runs/NAME by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct CellArgs {
    /// The run folder
    pub run: PathBuf,
    /// The cell or fit, as `tribunal check` lists it
    pub id: String,
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Stop when standard input closes: the parent has died
    #[arg(long, hide = true)]
    pub attached: bool,
}

#[derive(Debug, Args)]
pub(super) struct DeviceArgs {
    /// Which: cpu, cuda or cuda:N
    pub device: Device,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Of what
    pub what: Listed,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The run folder
    pub run: PathBuf,
    /// Hold the run against the expectations in this file, an experiment's expected.json
    #[arg(long, value_name = "FILE", conflicts_with = "instance")]
    pub expected: Option<PathBuf>,
    /// The arm that every other is set against, or one point of it as tables name it; may be given several times. The first
    /// arm that sees its own material by default
    #[arg(long, value_name = "ARM", conflicts_with = "instance")]
    pub against: Vec<String>,
    /// Draw the tree of this instance
    #[arg(long, value_name = "ID")]
    pub instance: Option<String>,
    /// The arm whose tree it is; the largest tree by default
    #[arg(long, requires = "instance")]
    pub arm: Option<String>,
    /// The seed that the instance was drawn under
    #[arg(long, requires = "instance")]
    pub seed: Option<u64>,
    /// Tell of these points of the sweep alone, as in --when helpers.reader.simulated.error_rate=0.1 or --when 'arm=["rrm",
    /// "debate"]'; of a tree, the point that it was grown at. May be repeated, and all must hold
    #[arg(long = "when", value_name = "PATH=VALUE", conflicts_with = "expected")]
    pub when: Vec<String>,
    /// Tell accuracy and differences for each value of this label of the instances
    #[arg(long, value_name = "LABEL", conflicts_with_all = ["instance", "expected"])]
    pub by: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Run folders
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// The arm that every other is set against, or one point of it as tables name it; may be given several times. The first
    /// arm that sees its own material by default
    #[arg(long, value_name = "ARM")]
    pub against: Vec<String>,
    /// Compare these points of the sweep alone, as in --when budget.evaluator_tokens_max=512 or --when 'arm=["rrm", "debate"]': p-values
    /// are corrected for the number of differences that are shown. May be repeated, and all must hold
    #[arg(long = "when", value_name = "PATH=VALUE")]
    pub when: Vec<String>,
    /// Tell accuracy and differences for each value of this label of the instances
    #[arg(long, value_name = "LABEL", conflicts_with = "gap")]
    pub by: Option<String>,
    /// Two arms, weak and strong: shows how much of the gap between them every other arm recovers
    #[arg(long, value_names = ["FLOOR", "CEILING"], num_args = 2)]
    pub gap: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct PlotArgs {
    /// Run folders
    #[arg(required = true)]
    pub runs: Vec<PathBuf>,
    /// What to draw against: a swept setting, a label of the instances or `arm`
    #[arg(long, default_value = "arm")]
    pub x: String,
    /// The metric to draw: accuracy, asd, judge_score, log_loss, ece, ... or any other of results.jsonl
    #[arg(long, default_value = "accuracy")]
    pub y: String,
    /// What tells lines apart: `arm`, a swept setting or a label
    #[arg(long, default_value = "arm")]
    pub group: String,
    /// The curve to fit: power, offset_power, logarithm, clipped_line, or best, which chooses among these; against numbers of
    /// candidates best_of_n, against divergences reinforced
    #[arg(long)]
    pub fit: Option<String>,
    /// Draw these points of the sweep alone, as in --when budget.evaluator_tokens_max=512 or --when 'arm=["rrm", "debate"]'; may be
    /// repeated, and all must hold
    #[arg(long = "when", value_name = "PATH=VALUE")]
    pub when: Vec<String>,
    /// Where the files go; the first run's `plots/` by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The run folder
    pub run: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct NestedArgs {
    /// A file of fits, as in experiments/nested_oversight/fits
    pub fits: PathBuf,
    /// Where the plot goes, as SVG, PNG, CSV and Vega-Lite; `runs/nested_oversight` by default
    #[arg(long, value_name = "DIR", default_value = "runs/nested_oversight")]
    pub out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Listed {
    /// Domains that instances come from
    Tasks,
    /// Rules that grow trees
    Strategies,
    /// Whoever can be asked
    Helpers,
    /// Experiments in `experiments/`
    Experiments,
}
