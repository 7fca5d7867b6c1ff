//! Works a plan off with child processes, each one fit or cell, the threads divided among them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::{Execution, Progress};
use crate::error::{Error, Result};
use crate::plan::{Id, Plan, Unit};
use crate::record::rows::{TimingRow, Version};
use crate::record::store::{FailedRow, RunFolder};

/// Does all that is not done yet, each after what it needs; what failed, in plan order.
///
/// An error of the environment (a full disk, a missing device) ends the run at once; what is done stays done.
pub(super) fn work_off(
    folder: &RunFolder,
    plan: &Plan,
    execution: &Execution,
    progress: &Progress,
) -> Result<Vec<FailedRow>> {
    let units: Vec<Unit> = plan.units().collect();
    let todo: Vec<Unit> = units.iter().copied().filter(|unit| !folder.is_done(*unit)).collect();
    progress.start(todo.len(), units.len() - todo.len());
    let mut pool = Pool::new(folder, execution, progress, todo);
    let (ended, inbox) = mpsc::channel();
    let worked = pool.work(&ended, &inbox);
    drop(ended);
    pool.stop(&inbox);
    progress.finish();
    worked?;
    Ok(units.iter().filter_map(|unit| pool.failed.iter().find(|row| row.what == unit.id().as_str()).cloned()).collect())
}

/// A child process at work.
struct Running<'a> {
    unit: Unit<'a>,
    threads: usize,
    since: Instant,
    /// The child ends when this closes, so that none outlives its parent, however that dies.
    _alive: ChildStdin,
}

/// How a child process ended.
struct Ended {
    id: Id,
    status: std::io::Result<ExitStatus>,
    error: String,
}

struct Pool<'a> {
    folder: &'a RunFolder,
    execution: &'a Execution,
    progress: &'a Progress,
    waiting: Vec<Unit<'a>>,
    running: Vec<Running<'a>>,
    undone: BTreeSet<Id>,
    failed: Vec<FailedRow>,
}

impl<'a> Pool<'a> {
    fn new(folder: &'a RunFolder, execution: &'a Execution, progress: &'a Progress, todo: Vec<Unit<'a>>) -> Self {
        let undone = todo.iter().map(|unit| unit.id().clone()).collect();
        Self { folder, execution, progress, waiting: todo, running: Vec::new(), undone, failed: Vec::new() }
    }

    fn work(&mut self, ended: &Sender<Ended>, inbox: &Receiver<Ended>) -> Result<()> {
        loop {
            self.give_up_on_the_hopeless();
            self.start_ready(ended)?;
            if self.running.is_empty() {
                return Ok(());
            }
            let end = inbox.recv().map_err(|_| Error::Bug("a child process ended unheard".into()))?;
            self.settle(end)?;
        }
    }

    /// Ends the children that are still at work after an error, and waits for them: none writes on when the run is over.
    fn stop(&mut self, inbox: &Receiver<Ended>) {
        self.running.clear();
        while inbox.recv().is_ok() {}
    }

    /// What needs a failed fit fails with it.
    fn give_up_on_the_hopeless(&mut self) {
        let failed = |id: &Id, rows: &[FailedRow]| rows.iter().any(|row| row.what == id.as_str());
        while let Some(at) =
            self.waiting.iter().position(|unit| unit.needs().iter().any(|need| failed(need, &self.failed)))
        {
            let unit = self.waiting.remove(at);
            self.fail(unit, "it needs a fit that failed".to_owned());
        }
    }

    /// Starts what may start, in plan order, as far as there are threads; what is free is divided among what is ready.
    fn start_ready(&mut self, ended: &Sender<Ended>) -> Result<()> {
        loop {
            let busy: usize = self.running.iter().map(|running| running.threads).sum();
            let free = self.execution.threads.saturating_sub(busy);
            let is_ready = |unit: &Unit| unit.needs().iter().all(|need| !self.undone.contains(need));
            let ready = self.waiting.iter().filter(|unit| is_ready(unit)).count();
            let Some(at) = self.waiting.iter().position(is_ready).filter(|_| free > 0) else { return Ok(()) };
            let unit = self.waiting.remove(at);
            self.start(unit, (free / ready).max(1), ended.clone())?;
        }
    }

    fn start(&mut self, unit: Unit<'a>, threads: usize, ended: Sender<Ended>) -> Result<()> {
        let fails = |cause| Error::Environment(format!("cannot start a child process: {cause}"));
        let mut child = Command::new(std::env::current_exe().map_err(fails)?)
            .arg("cell")
            .arg(self.folder.path())
            .arg(unit.id().as_str())
            .args(["--threads", &threads.to_string(), "--device", &self.execution.device.to_string(), "--attached"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(fails)?;
        let (Some(alive), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(Error::Bug("a child process has no pipes".into()));
        };
        self.running.push(Running { unit, threads, since: Instant::now(), _alive: alive });
        let (id, progress) = (unit.id().clone(), self.progress.clone());
        std::thread::spawn(move || {
            let error = listen(BufReader::new(stderr), &progress);
            let status = child.wait();
            // The parent listens until every child has ended.
            let _ = ended.send(Ended { id, status, error });
        });
        Ok(())
    }

    fn settle(&mut self, end: Ended) -> Result<()> {
        let Some(at) = self.running.iter().position(|running| *running.unit.id() == end.id) else { return Ok(()) };
        let Running { unit, threads, since, .. } = self.running.remove(at);
        let status = end.status.map_err(|cause| Error::Environment(format!("a child process was lost: {cause}")))?;
        match status.code() {
            Some(0) if self.folder.is_done(unit) => {
                self.undone.remove(unit.id());
                self.progress.done(&unit.title(), since.elapsed());
                self.folder.append_timing(&self.timing(unit, threads, since.elapsed()))
            }
            Some(2) => Err(Error::Usage(end.error)),
            Some(3) => Err(Error::Environment(end.error)),
            Some(_) => {
                self.fail(unit, end.error);
                Ok(())
            }
            None => {
                self.fail(unit, format!("its process was killed ({status}): was there enough memory?"));
                Ok(())
            }
        }
    }

    fn fail(&mut self, unit: Unit, error: String) {
        self.progress.failed(&unit.title(), &error);
        let (what, title) = (unit.id().to_string(), unit.title());
        self.failed.push(FailedRow { version: Version, what, title, error });
    }

    fn timing(&self, unit: Unit, threads: usize, wall: Duration) -> TimingRow {
        TimingRow {
            version: Version,
            what: unit.id().to_string(),
            threads: u32::try_from(threads).unwrap_or(u32::MAX),
            device: self.execution.device.to_string(),
            host: host(),
            wall_s: wall.as_secs_f64(),
            tokens_per_s: None,
            micro_dollars: 0,
        }
    }
}

/// Reads what a child says: its one error is kept, anything else is passed on.
fn listen(stderr: impl BufRead, progress: &Progress) -> String {
    let mut error: Vec<String> = Vec::new();
    for line in stderr.lines().map_while(|line| line.ok()) {
        match line.strip_prefix("error: ") {
            Some(first) => error.push(first.to_owned()),
            None if error.is_empty() => progress.say(&line),
            None => error.push(line),
        }
    }
    if error.is_empty() { "it ended without a word".to_owned() } else { error.join("\n") }
}

/// The machine's name, where the system tells it.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "unnamed".to_owned() } else { name.trim().to_owned() }
}
