//! What the settings of a task say of themselves, before any work.

use std::path::{Path, PathBuf};

use super::Task;
use crate::error::Result;
use crate::record::rows::ClusterScope;
use crate::spec::Fault;
use crate::strategy::Size;

/// The settings of a task, as an experiment file gives them.
pub trait Settings {
    /// The task itself, its files read.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] where a setting is out of its range or a file is not what it should be, in the
    /// form `task.KIND.KEY: what; what to do next`.
    fn build(&self) -> Result<Box<dyn Task>>;

    /// The file or folder that instances are made from, where the task reads one.
    fn input(&self) -> Option<&Path>;

    /// All files and folders that determine its instances: what is hashed.
    fn inputs(&self) -> Vec<PathBuf> {
        self.input().map(Path::to_owned).into_iter().collect()
    }

    /// How many instances a draw of at least so many has: what comes whole, such as all lies on an image, comes whole.
    fn drawn(&self, count: usize) -> usize {
        count
    }

    /// How large its trees may get.
    fn size(&self) -> Size;

    /// Makes the task small enough for seconds.
    fn shrink(&mut self);

    /// Sets what is asked of the images to its default, and keeps where they come from: what determines a judge that is
    /// fitted on them. Nothing changes where the task has no images.
    fn keep_images_alone(&mut self) {}

    /// Whether a cluster means the same thing under every seed: what is read does, what is generated does not.
    fn cluster_scope(&self) -> ClusterScope {
        if self.input().is_some() { ClusterScope::Run } else { ClusterScope::Seed }
    }

    /// The task, or what is wrong with the settings. What is to be read is read here, so that a bad file is refused
    /// before any work.
    fn check(&self) -> std::result::Result<Box<dyn Task>, Fault> {
        if let Some(path) = self.input()
            && !path.exists()
        {
            let next = "give a path that exists, seen from the current folder, or \"generated\"";
            return Err(Fault::of("source", format!("there is nothing at `{}`", path.display()), next));
        }
        self.build().map_err(|error| fault(&error.to_string()))
    }
}

/// The fault in a task's own words, `task.KIND.KEY: what; next`, with the key and the advice told apart.
pub fn fault(message: &str) -> Fault {
    let (what, next) = message.split_once("; ").unwrap_or((message, "mend the task's settings"));
    let keyed =
        what.strip_prefix("task.").and_then(|rest| rest.split_once('.')).and_then(|(_, it)| it.split_once(": "));
    match keyed {
        Some((key, what)) => Fault::of(key, what, next),
        None => Fault::new(what).next(next),
    }
}
