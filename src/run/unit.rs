//! One fit or cell, done by one process: what `tribunal cell` executes, here or on a cluster. Idempotent.

use std::path::{Path, PathBuf};

use super::Execution;
use super::meter::Meter;
use crate::error::{Error, Result};
use crate::plan::{Id, Unit};
use crate::record::store::{Published, RunFolder};
use crate::{cell, fit};

/// Where a fit or cell is built, what it may read, and how it is executed.
#[derive(Debug)]
pub struct Place<'a> {
    /// The run folder.
    pub run: &'a RunFolder,
    /// The hidden folder to put files in.
    pub build: &'a Path,
    /// Threads and device: nothing here changes a result.
    pub execution: &'a Execution,
    /// Who waits for it hears here how far it has come.
    pub meter: &'a Meter,
}

impl Place<'_> {
    /// Where a fit that this one needs is.
    pub fn fit(&self, id: &Id) -> PathBuf {
        self.run.fit(id)
    }
}

/// What became of a fit or cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was done now.
    Now,
    /// It was there already.
    Before,
}

/// Executes the fit or cell of that name in a run folder.
pub fn execute(run: &Path, id: &str, execution: &Execution, meter: &Meter) -> Result<Done> {
    let (folder, plan) = RunFolder::existing(run)?;
    let unit = plan.unit(id).ok_or_else(|| {
        let next = "`tribunal check` on its experiment.toml lists those it has";
        Error::Usage(format!("the run in `{}` has no fit or cell `{id}`\n  {next}", run.display()))
    })?;
    if folder.is_done(unit) {
        return Ok(Done::Before);
    }
    needs_are_there(&folder, unit)?;
    let building = folder.build(unit)?;
    let place = Place { run: &folder, build: building.path(), execution, meter };
    work(unit, &place)?;
    Ok(match building.publish()? {
        Published::First => Done::Now,
        Published::Already => Done::Before,
    })
}

fn work(unit: Unit, place: &Place) -> Result<()> {
    match unit {
        Unit::Fit(fit) => fit::execute(fit, place),
        Unit::Cell(cell) => cell::execute(cell, place),
    }
}

fn needs_are_there(folder: &RunFolder, unit: Unit) -> Result<()> {
    match unit.needs().iter().find(|need| !folder.fit(need).is_dir()) {
        None => Ok(()),
        Some(need) => {
            let next = format!("run `tribunal cell {} {need}` first", folder.path().display());
            Err(Error::Usage(format!("`{}` needs the fit `{need}`, which is not done\n  {next}", unit.id())))
        }
    }
}
