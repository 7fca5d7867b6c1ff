//! What was trained: the loss of every fit by update, with what its records say of it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::data::rows_in;
use crate::error::{Error, Result};
use crate::record::rows::TrainingRow;

/// The training of one fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The hash that names the fit.
    pub fit: String,
    /// The learner that it made: `level 0`, or the kind of the model.
    pub learner: Option<String>,
    /// The model's width.
    pub width: Option<u64>,
    /// The seed.
    pub seed: Option<u64>,
    /// The loss by update.
    pub rows: Vec<TrainingRow>,
}

impl Training {
    /// In words: `level 0 · width 28 · seed 41`, or the beginning of its hash where its records say nothing.
    pub fn name(&self) -> String {
        let width = self.width.map(|width| format!("width {width}"));
        let seed = self.seed.map(|seed| format!("seed {seed}"));
        let parts: Vec<String> = [self.learner.clone(), width, seed].into_iter().flatten().collect();
        if parts.is_empty() { self.fit.chars().take(10).collect() } else { parts.join(" · ") }
    }
}

/// The first of the judgments that a fit learned from, as far as it names what was trained.
#[derive(Deserialize)]
struct Label {
    arm: String,
    seed: u64,
}

/// The trainings of all fits of a run, by learner, width, seed and hash.
pub(super) fn within(folder: &Path) -> Result<Vec<Training>> {
    let fits = folder.join("fits");
    let Ok(entries) = std::fs::read_dir(&fits) else { return Ok(Vec::new()) };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut trainings = Vec::new();
    for fit in names.filter(|name| !name.starts_with('.')) {
        let place = fits.join(&fit);
        let rows: Vec<TrainingRow> = rows_in(&place.join("training.jsonl"))?;
        if rows.is_empty() {
            continue;
        }
        let (config, label) = (config_in(&place)?, label_in(&place)?);
        let model = || config.get("model").and_then(Value::as_str).map(str::to_owned);
        trainings.push(Training {
            learner: label.as_ref().map(|label| label.arm.clone()).or_else(model),
            width: number_named("width", &config),
            seed: label.map(|label| label.seed),
            fit,
            rows,
        });
    }
    trainings.sort_by(|a, b| {
        let key = |it: &Training| (it.learner.clone(), it.width, it.seed, it.fit.clone());
        key(a).cmp(&key(b))
    });
    Ok(trainings)
}

fn config_in(fit: &Path) -> Result<Value> {
    let path = fit.join("config.json");
    if !path.exists() {
        return Ok(Value::Null);
    }
    let text = std::fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    serde_json::from_str(&text).map_err(|cause| Error::Usage(format!("`{}` cannot be read: {cause}", path.display())))
}

fn label_in(fit: &Path) -> Result<Option<Label>> {
    let path = fit.join("judgments.jsonl");
    if !path.exists() {
        return Ok(None);
    }
    let mut line = String::new();
    let file = File::open(&path).map_err(|cause| Error::file("read", &path, cause))?;
    BufReader::new(file).read_line(&mut line).map_err(|cause| Error::file("read", &path, cause))?;
    if line.trim().is_empty() {
        return Ok(None);
    }
    let read = serde_json::from_str(&line);
    read.map(Some).map_err(|cause| Error::Usage(format!("`{}`, line 1: {cause}", path.display())))
}

/// The first number of that name, however deep it stands: kinds of models hold their width at different places.
fn number_named(name: &str, value: &Value) -> Option<u64> {
    let Value::Object(fields) = value else { return None };
    let own = fields.get(name).and_then(Value::as_u64);
    own.or_else(|| fields.values().find_map(|inner| number_named(name, inner)))
}
