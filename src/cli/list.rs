//! `list`: what there is to choose from.

use std::path::Path;

use super::args::{ListArgs, Listed};
use super::print;
use crate::error::{Error, Result};
use crate::spec::Spec;
use crate::spec::parts::{HelperSpec, TaskSpec};
use crate::strategy;

/// Where experiments are looked for.
const EXPERIMENTS: &str = "experiments";

/// Prints names, one a line, each with what it is.
pub(super) fn list(args: &ListArgs) -> Result<()> {
    match args.what {
        Listed::Tasks => lines(TaskSpec::KINDS.iter().copied()),
        Listed::Strategies => lines(strategy::Config::KINDS.iter().copied()),
        Listed::Helpers => lines(HelperSpec::KINDS.iter().copied()),
        Listed::Experiments => {
            let found = experiments(Path::new(EXPERIMENTS))?;
            lines(found.iter().map(|(path, what)| (path.as_str(), what.as_str())))
        }
    }
}

fn lines<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<()> {
    entries.into_iter().try_for_each(|(name, what)| print(&format!("{name:<24} {what}\n")))
}

/// The experiments in a folder, sorted, each with its question or with what is wrong with it.
fn experiments(folder: &Path) -> Result<Vec<(String, String)>> {
    let entries = std::fs::read_dir(folder).map_err(|cause| {
        Error::Usage(format!(
            "there is no folder `{}` here: {cause}\n  go to the folder that holds it, or name an experiment's path",
            folder.display()
        ))
    })?;
    let mut found: Vec<(String, String)> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.join("experiment.toml").is_file())
        .map(|path| {
            let what = match Spec::load(&path, &[]) {
                Ok(typed) => typed.spec.question,
                Err(error) => format!("broken: {}", error.to_string().lines().next().unwrap_or_default()),
            };
            (path.display().to_string(), what)
        })
        .collect();
    found.sort();
    Ok(found)
}
