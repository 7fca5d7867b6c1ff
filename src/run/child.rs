//! Child processes of this program: how they are started, what they say, how they end.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};

use super::meter::share_of;
use crate::error::{Error, Result};
use crate::model::Device;

/// What is heard of a child process.
#[derive(Debug)]
pub(super) enum Heard {
    /// It has come so far, as a share of its work.
    At(f64),
    /// A line for whoever watches.
    Says(String),
    /// It ended, with its one error or an empty text.
    Ended(std::io::Result<ExitStatus>, String),
}

/// Starts this program with some arguments, and listens to it. It ends when what is returned is dropped, so that no
/// child outlives its parent, however that dies.
pub(super) fn start(arguments: &[&OsStr], hear: impl Fn(Heard) + Clone + Send + 'static) -> Result<ChildStdin> {
    let mut child = this_program(arguments)?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot_start)?;
    let (Some(alive), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Error::Bug("a child process has no pipes".into()));
    };
    let hear_shares = hear.clone();
    std::thread::spawn(move || {
        let lines = BufReader::new(stdout).lines().map_while(|line| line.ok());
        lines.filter_map(|line| share_of(&line)).for_each(|share| hear_shares(Heard::At(share)));
    });
    std::thread::spawn(move || {
        let error = error_among(BufReader::new(stderr).lines().map_while(|line| line.ok()), |line| {
            hear(Heard::Says(line));
        });
        hear(Heard::Ended(child.wait(), error));
    });
    Ok(alive)
}

/// Whether a device can be opened, found out in a process of its own: what a driver takes hold of when it is opened, it
/// holds until its process ends.
pub(super) fn check_device(device: Device) -> Result<()> {
    if device == Device::Cpu {
        return Ok(());
    }
    let output = this_program(&["device".as_ref(), device.to_string().as_ref()])?
        .stdin(Stdio::null())
        .output()
        .map_err(cannot_start)?;
    if output.status.success() {
        return Ok(());
    }
    let said = error_among(String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned), drop);
    Err(match output.status.code() {
        Some(2) => Error::Usage(said),
        Some(3) => Error::Environment(said),
        _ => Error::Environment(format!(
            "device `{device}` cannot be opened: the process that tried ended with {}: {said}\n  use `--device cpu`",
            output.status
        )),
    })
}

/// The one error among the lines that a process wrote to stderr, without its mark; other lines before it are passed on.
fn error_among(lines: impl Iterator<Item = String>, pass_on: impl Fn(String)) -> String {
    let mut error: Vec<String> = Vec::new();
    for line in lines {
        match line.strip_prefix("error: ") {
            Some(first) => error.push(first.to_owned()),
            None if error.is_empty() => pass_on(line),
            None => error.push(line),
        }
    }
    if error.is_empty() { "it ended without a word".to_owned() } else { error.join("\n") }
}

fn this_program(arguments: &[&OsStr]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe().map_err(cannot_start)?);
    command.args(arguments);
    Ok(command)
}

fn cannot_start(cause: std::io::Error) -> Error {
    Error::Environment(format!("cannot start a child process: {cause}\n  free memory or processes, and run it again"))
}
