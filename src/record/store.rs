//! The run folder: what is done is what exists.
//!
//! A cell or fit is built in a hidden folder beside its place, flushed, and published by one rename; a second finisher
//! discards its own. The files at the top are the cells' rows in plan order, rebuilt from them. Nothing that is there
//! ever changes, apart from `timing.jsonl`.

mod build;
mod durable;
mod manifest;
mod rebuild;

use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

pub(crate) use build::sweep_stale;
pub use build::{Building, Published};
pub use manifest::Manifest;

use crate::error::{Error, Result};
use crate::plan::{Cell, Id, Plan, Unit};
use crate::record::rows::{PlannedRow, TimingRow, Version};
use crate::spec::Spec;

/// The resolved experiment, beside the manifest.
const EXPERIMENT: &str = "experiment.toml";
/// The cells that the run consists of, done or not.
const PLANNED: &str = "cells.jsonl";
/// Durations and money: appended, and the only file exempt from byte equality.
const TIMING: &str = "timing.jsonl";
/// What failed in the last run, if anything did.
const FAILED: &str = "failed.jsonl";

/// The folders in it.
const PARTS: [&str; 3] = ["cells", "fits", "materials"];

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// A cell or fit that failed in the last run. A row of `failed.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedRow {
    /// See [`Version`].
    pub version: Version,
    /// The cell or fit.
    pub what: String,
    /// What it is, in words.
    pub title: String,
    /// Why it failed.
    pub error: String,
}

impl RunFolder {
    /// Opens the folder for a plan, making or continuing it: the manifest comes first, then the resolved experiment.
    /// What processes that died have left half built is removed.
    pub fn open(path: &Path, plan: &Plan) -> Result<Self> {
        let folder = Self { path: path.to_owned() };
        let wanted = Manifest::of(plan);
        let found = Manifest::read(path)?;
        match &found {
            Some(found) => found.may_continue_as(&wanted, path)?,
            None => folder.refuse_foreign()?,
        }
        make_folder(path)?;
        if found.as_ref() != Some(&wanted) {
            // The rows at the top are those of the plan in the manifest, so they go before it changes.
            folder.forget_rebuilt()?;
            durable::write(&path.join(manifest::FILE), wanted.to_json()?.as_bytes())?;
        }
        for sub in PARTS {
            make_folder(&path.join(sub))?;
        }
        let experiment = plan.spec.to_toml()?;
        if std::fs::read_to_string(path.join(EXPERIMENT)).ok().as_deref() != Some(&experiment) {
            durable::write(&path.join(EXPERIMENT), experiment.as_bytes())?;
        }
        let planned: Result<Vec<String>> = plan.cells.iter().map(|cell| json_line(&planned(cell))).collect();
        let planned = planned?.concat();
        if std::fs::read_to_string(path.join(PLANNED)).ok().as_deref() != Some(&planned) {
            durable::write(&path.join(PLANNED), planned.as_bytes())?;
        }
        folder.sweep()?;
        Ok(folder)
    }

    /// An existing run folder with the plan that it holds.
    pub fn existing(path: &Path) -> Result<(Self, Plan)> {
        if Manifest::read(path)?.is_none() {
            let next = "name a folder that `tribunal run` made";
            return Err(Error::Usage(format!("there is no run at `{}`\n  {next}", path.display())));
        }
        let plan = Plan::again(&Spec::load(&path.join(EXPERIMENT), &[])?)?;
        Ok((Self { path: path.to_owned() }, plan))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a cell or fit is, once it is done.
    pub fn place(&self, unit: Unit) -> PathBuf {
        match unit {
            Unit::Fit(fit) => self.fit(&fit.id),
            Unit::Cell(cell) => self.path.join("cells").join(cell.id.as_str()),
        }
    }

    /// Where a fit is, once it is done.
    pub fn fit(&self, id: &Id) -> PathBuf {
        self.path.join("fits").join(id.as_str())
    }

    /// Whether a cell or fit is done.
    pub fn is_done(&self, unit: Unit) -> bool {
        self.place(unit).is_dir()
    }

    /// A hidden folder to build a cell or fit in.
    pub fn build(&self, unit: Unit) -> Result<Building> {
        Building::beside(&self.place(unit))
    }

    /// Keeps a material's text under its content hash; a text that is there already stays.
    pub fn keep_material(&self, hex: &str, text: &str) -> Result<()> {
        let place = self.path.join("materials").join(format!("{hex}.txt"));
        if place.exists() { Ok(()) } else { durable::write(&place, text.as_bytes()) }
    }

    /// Rebuilds the files at the top from the cells that are done, in plan order; files that hold their rows already
    /// are left alone.
    pub fn rebuild(&self, plan: &Plan) -> Result<()> {
        let done: Vec<PathBuf> =
            plan.cells.iter().map(|cell| self.place(Unit::Cell(cell))).filter(|place| place.is_dir()).collect();
        // Once more: a process that was dying when the run was opened is dead by now.
        self.sweep()?;
        rebuild::files(&self.path, &done)
    }

    /// Writes down what failed, in plan order; the file goes when nothing did.
    pub fn note_failed(&self, failed: &[FailedRow]) -> Result<()> {
        let place = self.path.join(FAILED);
        if failed.is_empty() {
            return durable::remove(&place);
        }
        let rows: Result<Vec<String>> = failed.iter().map(json_line).collect();
        durable::write(&place, rows?.concat().as_bytes())
    }

    /// Appends a row to `timing.jsonl`, after ending a line that a process left broken when it died.
    pub fn append_timing(&self, row: &TimingRow) -> Result<()> {
        let place = self.path.join(TIMING);
        let line = json_line(row)?;
        let append = || -> std::io::Result<()> {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).read(true).open(&place)?;
            let mut last = [b'\n'];
            if file.metadata()?.len() > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            let mend = if last == [b'\n'] { "" } else { "\n" };
            file.write_all(format!("{mend}{line}").as_bytes())
        };
        append().map_err(|cause| Error::file("append to", &place, cause))
    }

    /// A folder with other things in it is no place for a run.
    fn refuse_foreign(&self) -> Result<()> {
        let path = self.path.display();
        if self.path.exists() && !self.path.is_dir() {
            let next = "name another folder with --out";
            return Err(Error::Environment(format!("`{path}` is a file, and a run needs a folder\n  {next}")));
        }
        let Ok(mut entries) = std::fs::read_dir(&self.path) else { return Ok(()) };
        let is_ours = |name: &std::ffi::OsStr| build::is_hidden(name) || PARTS.iter().any(|part| name == *part);
        match entries.find_map(|entry| entry.ok().map(|e| e.file_name()).filter(|name| !is_ours(name))) {
            Some(name) => Err(Error::Usage(format!(
                "`{path}` holds `{}` and no {}, so it is no run folder\n  name an empty or new folder with --out",
                name.display(),
                manifest::FILE
            ))),
            None => Ok(()),
        }
    }

    /// Removes what processes that died have left half built.
    fn sweep(&self) -> Result<()> {
        ["", "plots"].iter().chain(&PARTS).try_for_each(|sub| build::sweep_stale(&self.path.join(sub)))
    }

    fn forget_rebuilt(&self) -> Result<()> {
        rebuild::FILES.iter().try_for_each(|name| durable::remove(&self.path.join(name)))
    }
}

/// Writes a file so that it is there whole or not at all.
pub fn write_whole(place: &Path, content: &[u8]) -> Result<()> {
    durable::write(place, content)
}

/// Writes a file as `fill` produces it, piece by piece, so that it is there whole or not at all.
pub fn write_streamed(place: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    durable::write_with(place, |file| {
        let mut buffered = BufWriter::with_capacity(1 << 18, file);
        fill(&mut buffered)?;
        buffered.flush().map_err(|cause| Error::file("write", place, cause))
    })
}

fn planned(cell: &Cell) -> PlannedRow {
    PlannedRow {
        version: Version,
        cell: cell.id.to_string(),
        arm: cell.spec.arm.clone(),
        seed: cell.spec.seed,
        swept: cell.spec.swept.clone(),
    }
}

fn make_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|cause| Error::file("make the folder", path, cause))
}

/// A row as one line.
fn json_line(row: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string(row).map_err(|e| Error::Bug(format!("a row cannot be written as JSON: {e}")))?;
    Ok(json + "\n")
}

#[cfg(test)]
mod tests;
