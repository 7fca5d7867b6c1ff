//! Reports: tables, plots and one page, drawn from the records of a run and from nothing else.

mod audit;
pub mod axis;
pub mod bias;
pub mod charts;
pub mod chosen;
pub mod data;
pub mod equal_cost;
pub mod expected;
pub mod figure;
pub mod gap;
pub mod html;
pub mod layout;
pub mod page;
pub mod palette;
pub mod part;
pub mod plot;
pub mod pressure;
pub mod request;
pub mod scores;
pub mod spread;
pub mod table;
pub mod trainings;
pub mod tree;
mod trees;
pub mod unlike;
pub mod vega;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::record::store;
use data::RunData;
use request::Request;

/// Draws every plot of a run into its folder `plots/`, each as SVG, PNG, Vega-Lite and CSV: those that every run has, and those
/// that its experiment asks for. Gives the files written, in a fixed order.
pub fn draw_all(run_dir: &Path) -> Result<Vec<PathBuf>> {
    let run = RunData::load(run_dir)?;
    let folder = run_dir.join("plots");
    let mut written = Vec::new();
    for drawn in charts::all(&run) {
        written.extend(plot::write(&drawn.figure, &drawn.caption, &folder)?);
    }
    Ok(written)
}

/// Reads a run of which something is to be shown.
///
/// # Errors
/// Beside those of [`RunData::load`], [`Error::Usage`] where no instance was tested: there is nothing to show.
pub fn load_one(run_dir: &Path) -> Result<RunData> {
    let run = RunData::load(run_dir)?;
    if run.instances.is_empty() && run.results.is_empty() && run.pools.is_empty() {
        let failed = if run.failed.is_empty() { "" } else { "; `failed.jsonl` in it says why cells failed" };
        return Err(Error::Usage(format!(
            "the run in `{}` has no row: no cell of it has finished{failed}\n  run the experiment (again) with `tribunal run`",
            run_dir.display()
        )));
    }
    Ok(run)
}

/// Reads one run, or several side by side, each arm then under its run's name.
pub fn load(run_dirs: &[PathBuf]) -> Result<RunData> {
    let mut runs = run_dirs.iter().map(|dir| load_one(dir)).collect::<Result<Vec<_>>>()?;
    match runs.len() {
        0 => Err(Error::Usage("no run is named: give the folder of one".into())),
        1 => Ok(runs.remove(0)),
        _ => Ok(RunData::merged(runs)),
    }
}

/// Draws the plot of a request from one run or several into a folder. Gives the files written.
pub fn draw_requested(run_dirs: &[PathBuf], request: &Request, folder: &Path) -> Result<Vec<PathBuf>> {
    let run = load(run_dirs)?;
    charts::check(&run, request)?;
    let drawn = charts::requested(&run, request);
    plot::write(&drawn.figure, &drawn.caption, folder)
}

/// Writes `report.html` into the run's folder: one page that needs no other file.
pub fn write_page(run_dir: &Path) -> Result<PathBuf> {
    let run = load_one(run_dir)?;
    let path = run_dir.join("report.html");
    store::write_streamed(&path, |out| html::write(&run, out))?;
    Ok(path)
}

/// Text as HTML and SVG show it as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
