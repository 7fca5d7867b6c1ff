//! The command line: parse, dispatch, print one error, exit code. Data goes to stdout, progress and logs to stderr.

mod args;
mod check;
mod list;
mod nested;
mod records;
mod reward;
mod run;

use std::io::{ErrorKind, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;

use crate::error::{Error, Result};
use args::{Command, TrainCommand, Tribunal};

/// The exit code of a bug.
const BUG: u8 = 70;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let tribunal = Tribunal::parse();
    log();
    panic::set_hook(Box::new(report_bug));
    match panic::catch_unwind(AssertUnwindSafe(|| dispatch(tribunal.command))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
        Err(_) => ExitCode::from(BUG),
    }
}

fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::Cell(args) => run::cell(&args),
        Command::Check(args) => check::check(&args),
        Command::List(args) => list::list(&args),
        Command::Show(args) => records::show(&args),
        Command::Compare(args) => records::compare(&args),
        Command::Plot(args) => records::plot(&args),
        Command::Report(args) => records::report(&args),
        Command::Nested(args) => nested::nested(&args),
        Command::Train(TrainCommand::Reward(args)) => reward::train(&args),
        Command::Score(args) => reward::score(&args),
        Command::Export(args) => reward::export(&args),
        Command::Device(args) => run::device(&args),
    }
}

/// Writes data to stdout. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Environment(format!("cannot write to standard output: {cause}")))
        }
        _ => Ok(()),
    }
}

/// Logs that `RUST_LOG` asks for.
fn log() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // A second start in one process keeps the first one's subscriber.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(!plain).try_init();
}

fn report_bug(panicked: &panic::PanicHookInfo) {
    let what = panicked.payload_as_str().unwrap_or("a panic without words");
    let place = panicked.location().map(|place| format!(" at {place}")).unwrap_or_default();
    eprintln!("error: {}", Error::Bug(format!("{what}{place}")));
}
