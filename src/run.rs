//! THE MAIN PATH: an experiment becomes a plan, the plan's fits and cells are worked off by child processes into the
//! run folder, and the folder's rows become tables and plots.

mod child;
mod children;
mod left;
pub mod meter;
mod progress;
pub mod unit;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::Device;
use crate::plan::Plan;
use crate::record::store::{FailedRow, RunFolder};
use crate::report;
use crate::spec::{Spec, Typed};

pub use progress::Progress;

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct Request {
    /// An experiment's file or folder.
    pub experiment: PathBuf,
    /// What is laid over it, as `a.b=value`.
    pub settings: Vec<String>,
    /// As written, or shrunk to seconds.
    pub size: Size,
    /// The run folder; `runs/NAME` where none is given.
    pub out: Option<PathBuf>,
}

/// How much of an experiment is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As written.
    Full,
    /// Shrunk to seconds.
    Smoke,
}

/// How a run is executed: nothing here changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Threads of all child processes together, at least 1.
    pub threads: usize,
    /// Where models are trained and served.
    pub device: Device,
}

/// Runs an experiment to its end, or continues it; the run folder it is in.
pub fn run(request: &Request, execution: &Execution, progress: &Progress) -> Result<PathBuf> {
    let plan = plan(request)?;
    child::check_device(execution.device)?;
    let folder = RunFolder::open(&out(request, &plan), &plan)?;
    let failed = children::work_off(&folder, &plan, execution, progress)?;
    folder.rebuild(&plan)?;
    folder.note_failed(&failed)?;
    report::draw_all(folder.path())?;
    all_done(&failed, &folder)?;
    Ok(folder.path().to_owned())
}

/// The plan of a request: everything that can be checked is checked by now.
pub fn plan(request: &Request) -> Result<Plan> {
    let mut typed: Typed = Spec::load(&request.experiment, &request.settings)?;
    if request.size == Size::Smoke {
        typed.spec.shrink();
    }
    Plan::of(&typed)
}

/// The run folder of a request.
pub fn out(request: &Request, plan: &Plan) -> PathBuf {
    request.out.clone().unwrap_or_else(|| Path::new("runs").join(&plan.spec.name))
}

fn all_done(failed: &[FailedRow], folder: &RunFolder) -> Result<()> {
    let Some(first) = failed.first() else { return Ok(()) };
    Err(Error::CellsFailed(format!(
        "{} of the run's fits and cells failed, the first ({}): {}\n  \
         all are listed in `{}/failed.jsonl`; the same command tries them again",
        failed.len(),
        first.title,
        first.error,
        folder.path().display()
    )))
}
