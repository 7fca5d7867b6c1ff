//! Fits: one training run, from labels to weights.
//!
//! What is written here are the settings alone: nothing is trained.

use crate::error::{Error, Result};
use crate::plan::{Fit, Plan};
use crate::run::unit::Place;

/// Executes a fit: its files go into the folder being built.
pub fn execute(_plan: &Plan, fit: &Fit, place: &Place) -> Result<()> {
    let path = place.build.join("config.json");
    let json = serde_json::to_string_pretty(&fit.spec).map_err(|e| Error::Bug(format!("no JSON of a fit: {e}")))?;
    std::fs::write(&path, json + "\n").map_err(|cause| Error::file("write", &path, cause))
}
