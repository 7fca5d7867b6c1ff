//! Works a plan off with child processes, each one fit or cell, the threads divided among them.

mod standing;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::{ChildStdin, ExitStatus};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use super::child::{self, Heard};
use super::left::{self, Rest};
use super::{Execution, Progress};
use crate::error::{Error, Result};
use crate::plan::{Id, Plan, Unit, estimate};
use crate::record::rows::{TimingRow, Version};
use crate::record::store::{FailedRow, RunFolder};
use standing::Standing;

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
    let standing = Standing::of(plan, folder);
    progress.stand(&standing.table());
    let mut children = Children::new(folder, execution, progress, todo, standing);
    let (heard, inbox) = mpsc::channel();
    let worked = children.work(&heard, &inbox);
    drop(heard);
    children.stop(&inbox);
    progress.finish();
    worked?;
    Ok(units
        .iter()
        .filter_map(|unit| children.failed.iter().find(|row| row.what == unit.id().as_str()).cloned())
        .collect())
}

/// A child process at work.
struct Running<'a> {
    unit: Unit<'a>,
    threads: usize,
    since: Instant,
    /// How far it has come.
    at: f64,
    /// The child ends when this closes.
    _alive: ChildStdin,
}

/// What was heard, and of which unit's process.
type Message = (Id, Heard);

/// How far a unit that says nothing may be thought to be, by its time alone.
const SILENT_SHARE_MAX: f64 = 0.95;

struct Children<'a> {
    folder: &'a RunFolder,
    execution: &'a Execution,
    progress: &'a Progress,
    waiting: Vec<Unit<'a>>,
    running: Vec<Running<'a>>,
    undone: BTreeSet<Id>,
    failed: Vec<FailedRow>,
    standing: Standing,
    /// Fits and cells to do, and those that are over.
    count: usize,
    over: usize,
    /// The same by the plan's estimate of their work, and how long it took.
    work: f64,
    work_over: f64,
    took: f64,
}

impl<'a> Children<'a> {
    fn new(
        folder: &'a RunFolder,
        execution: &'a Execution,
        progress: &'a Progress,
        todo: Vec<Unit<'a>>,
        standing: Standing,
    ) -> Self {
        let undone = todo.iter().map(|unit| unit.id().clone()).collect();
        let (count, work) = (todo.len(), todo.iter().map(|unit| estimate::work(*unit)).sum());
        Self {
            folder,
            execution,
            progress,
            waiting: todo,
            running: Vec::new(),
            undone,
            failed: Vec::new(),
            standing,
            count,
            over: 0,
            work,
            work_over: 0.0,
            took: 0.0,
        }
    }

    fn work(&mut self, heard: &Sender<Message>, inbox: &Receiver<Message>) -> Result<()> {
        loop {
            self.give_up_on_the_hopeless();
            self.start_ready(heard)?;
            if self.running.is_empty() {
                return Ok(());
            }
            let (id, heard) = inbox.recv().map_err(|_| Error::Bug("a child process ended unheard".into()))?;
            match heard {
                Heard::At(share) => self.note(&id, share),
                Heard::Says(line) => self.progress.say(&line),
                Heard::Ended(status, error) => self.settle(&id, status, error)?,
            }
        }
    }

    /// A unit has come so far.
    fn note(&mut self, id: &Id, share: f64) {
        if let Some(running) = self.running.iter_mut().find(|running| running.unit.id() == id) {
            running.at = share;
            self.show();
        }
    }

    /// A unit is over, done or failed.
    fn end(&mut self, unit: Unit, took: Duration) {
        self.over += 1;
        self.work_over += estimate::work(unit);
        self.took += took.as_secs_f64();
        self.show();
    }

    /// Shows how far all is, and how long the rest takes at the pace of what was seen.
    fn show(&self) {
        let told: Vec<&Running> = self.running.iter().filter(|running| running.at > 0.0).collect();
        let done = self.work_over + told.iter().map(|it| it.at * estimate::work(it.unit)).sum::<f64>();
        let took = self.took + told.iter().map(|it| it.since.elapsed().as_secs_f64()).sum::<f64>();
        let pace = left::pace(done, took);
        let rest = |running: &Running<'a>| {
            let work = estimate::work(running.unit);
            let elapsed = running.since.elapsed().as_secs_f64() * pace / work;
            Rest { unit: running.unit, work: work * (1.0 - running.at.max(elapsed.min(SILENT_SHARE_MAX))) }
        };
        let running: Vec<Rest> = self.running.iter().map(rest).collect();
        let waiting: Vec<Rest> =
            self.waiting.iter().map(|unit| Rest { unit: *unit, work: estimate::work(*unit) }).collect();
        let left = left::span(&running, &waiting, self.execution.threads) / pace;
        self.progress.at(done / self.work, Duration::try_from_secs_f64(left).unwrap_or_default());
    }

    /// Ends the children that are still at work after an error, and waits for them: none writes on when the run is over.
    fn stop(&mut self, inbox: &Receiver<Message>) {
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
            self.fail(unit, Duration::ZERO, "it needs a fit that failed".to_owned());
        }
    }

    /// Starts what may start, in plan order, as far as there are threads; what is free is divided among what is ready.
    fn start_ready(&mut self, heard: &Sender<Message>) -> Result<()> {
        loop {
            let busy: usize = self.running.iter().map(|running| running.threads).sum();
            let free = self.execution.threads.saturating_sub(busy);
            let is_ready = |unit: &Unit| unit.needs().iter().all(|need| !self.undone.contains(need));
            let ready = self.waiting.iter().filter(|unit| is_ready(unit)).count();
            let Some(at) = self.waiting.iter().position(is_ready).filter(|_| free > 0) else { return Ok(()) };
            let unit = self.waiting.remove(at);
            self.start(unit, (free / ready).max(1), heard.clone())?;
        }
    }

    fn start(&mut self, unit: Unit<'a>, threads: usize, heard: Sender<Message>) -> Result<()> {
        let (threads_given, device) = (threads.to_string(), self.execution.device.to_string());
        let options = ["--threads", &threads_given, "--device", &device, "--attached"].map(OsStr::new);
        let arguments = [&["cell".as_ref(), self.folder.path().as_os_str(), unit.id().as_str().as_ref()], &options[..]];
        let id = unit.id().clone();
        // The parent listens until every child has ended.
        let alive = child::start(&arguments.concat(), move |what| drop(heard.send((id.clone(), what))))?;
        self.running.push(Running { unit, threads, since: Instant::now(), at: 0.0, _alive: alive });
        self.show();
        Ok(())
    }

    fn settle(&mut self, id: &Id, status: std::io::Result<ExitStatus>, error: String) -> Result<()> {
        let Some(at) = self.running.iter().position(|running| running.unit.id() == id) else { return Ok(()) };
        let Running { unit, threads, since, .. } = self.running.remove(at);
        let status = status.map_err(|cause| Error::Environment(format!("a child process was lost: {cause}")))?;
        match status.code() {
            Some(0) if self.folder.is_done(unit) => {
                self.undone.remove(unit.id());
                self.end(unit, since.elapsed());
                self.progress.done((self.over, self.count), &unit.title(), since.elapsed());
                if let Unit::Cell(cell) = unit {
                    self.standing.take(cell, self.folder);
                    self.progress.stand(&self.standing.table());
                }
                self.folder.append_timing(&self.timing(unit, threads, since.elapsed()))
            }
            Some(2) => Err(Error::Usage(error)),
            Some(3) => Err(Error::Environment(error)),
            Some(_) => {
                self.fail(unit, since.elapsed(), error);
                Ok(())
            }
            None => {
                self.fail(
                    unit,
                    since.elapsed(),
                    format!("its process was killed ({status}): was there enough memory?"),
                );
                Ok(())
            }
        }
    }

    fn fail(&mut self, unit: Unit, took: Duration, error: String) {
        self.end(unit, took);
        self.progress.failed((self.over, self.count), &unit.title(), &error);
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

/// The machine's name, where the system tells it.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "unnamed".to_owned() } else { name.trim().to_owned() }
}
