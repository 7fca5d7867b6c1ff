//! Models in Hugging Face's layout: config.json, model.safetensors (or shards with an index), and what they come with.
//!
//! [`load`] reads a folder as an [`Architecture`] and weights by module path, [`export`] writes one that
//! `AutoModelForSequenceClassification` reads, [`export_adapters`] one that PEFT reads. What is not supported is refused by
//! its name: a model that runs otherwise than its authors meant would be worse than none.

mod adapters;
mod config;
mod files;
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

pub(crate) use adapters::export_adapters;

use super::checkpoint::Weights;
use super::scoring::Pooling;
use super::transformer::{Architecture, Embeddings, Family};
use crate::error::{Error, Result};
use names::Layout;

/// A model as its folder has it.
pub(crate) struct Pretrained {
    /// How it is built.
    pub architecture: Architecture,
    /// By module path of a [`super::scoring::ScoreNetwork`]; of the head and the pooler what the folder has.
    pub weights: Weights,
    /// The head that it has.
    pub head: Head,
}

/// Whether a folder's model scores texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// It gives one score, read off there.
    Score(Pooling),
    /// It has none.
    None,
}

impl Head {
    /// Where the score is read off, if there is one.
    pub fn pooling(self) -> Option<Pooling> {
        match self {
            Self::Score(pooling) => Some(pooling),
            Self::None => None,
        }
    }
}

/// Reads a folder.
///
/// # Errors
/// [`Error::Usage`] for a folder that holds no model of a kind that is known, and for tensors that are missing, left over,
/// of another shape or of another type than floats, by name; [`Error::Environment`] for files that cannot be read.
pub(crate) fn load(folder: &Path) -> Result<Pretrained> {
    let mut architecture = config::read(folder)?;
    let mut found = files::read(folder)?;
    let mut weights = Weights::new();
    if let Some(name) = names::language(&architecture) {
        match found.remove(&name.theirs) {
            Some(array) => name.take(folder, array, &mut weights)?,
            // A classifier's folder has no such matrix, and needs none.
            None => architecture.embeddings = Embeddings::Tied,
        }
    }
    let layout = Layout::of(&architecture);
    let prefix = names::prefix(&architecture, &found);
    let mut missing = Vec::new();
    for name in layout.backbone() {
        match found.remove(&format!("{prefix}{}", name.theirs)) {
            Some(array) => name.take(folder, array, &mut weights)?,
            None => missing.push(format!("{prefix}{}", name.theirs)),
        }
    }
    if !missing.is_empty() {
        return Err(wrong(folder, &format!("lacks {}", listed(&missing)), "take all files of the model"));
    }
    let head = head(folder, &architecture, &layout, &prefix, &mut found, &mut weights)?;
    names::drop_harmless(&architecture, &mut found);
    if !found.is_empty() {
        let names: Vec<String> = found.keys().cloned().collect();
        let next = "this is a model of another kind than its config.json says";
        return Err(wrong(folder, &format!("has tensors that no part of it uses: {}", listed(&names)), next));
    }
    Ok(Pretrained { architecture, weights, head })
}

/// Takes up a head for one score. Heads for several classes are no scores.
fn head(
    folder: &Path,
    architecture: &Architecture,
    layout: &Layout,
    prefix: &str,
    found: &mut BTreeMap<String, files::Array>,
    weights: &mut Weights,
) -> Result<Head> {
    let names = layout.head(prefix);
    let score = &names[0];
    let is_score = found.get(&score.theirs).is_some_and(|array| array.shape.first() == Some(&1));
    for name in &names {
        let is_pooler = name.ours.starts_with("pooler");
        match found.remove(&name.theirs) {
            Some(array) if is_score || is_pooler => name.take(folder, array, weights)?,
            _ => {}
        }
    }
    let complete = names.iter().all(|name| weights.contains_key(&name.ours));
    Ok(match (is_score && complete, architecture.family) {
        (false, _) => Head::None,
        (true, Family::Bert) => Head::Score(Pooling::First),
        (true, _) => Head::Score(Pooling::Last),
    })
}

/// Writes a sequence-classification folder: config.json, model.safetensors, tokenizer.json, tokenizer_config.json.
///
/// # Errors
/// [`Error::Usage`] where no class of transformers reads the score off where this model does.
pub(crate) fn export(
    folder: &Path,
    architecture: &Architecture,
    pooling: Pooling,
    weights: &Weights,
    tokenizer: &Tokens<'_>,
) -> Result<()> {
    let fits = match architecture.family {
        Family::Bert => pooling == Pooling::First,
        _ => pooling == Pooling::Last,
    };
    if !fits {
        return Err(Error::Usage(format!(
            "a model that reads its score off `{pooling:?}` has no class in transformers\n  train one with \
             `reading.pooling` left to its default, or score with `tribunal score`"
        )));
    }
    let layout = Layout::of(architecture);
    let prefix = names::own_prefix(architecture);
    let mut arrays = BTreeMap::new();
    let of_backbone = layout.backbone().into_iter().map(|name| name.below(prefix));
    for name in of_backbone.chain(layout.head(prefix)) {
        name.give(weights, &mut arrays)?;
    }
    fs::create_dir_all(folder).map_err(|cause| Error::file("create the folder", folder, cause))?;
    files::write(&folder.join("model.safetensors"), &arrays)?;
    write_json(&folder.join("config.json"), &config::written(architecture, tokenizer.padding))?;
    write(&folder.join("tokenizer.json"), tokenizer.json)?;
    let about = json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": tokenizer.padding_token,
        "eos_token": tokenizer.ending_token,
    });
    write_json(&folder.join("tokenizer_config.json"), &about)
}

/// The tokenizer that a model is exported with.
pub(crate) struct Tokens<'a> {
    /// What tokenizer.json holds.
    pub json: &'a str,
    /// The token that pads.
    pub padding: u32,
    /// The same as text.
    pub padding_token: &'a str,
    /// The token that every text of the model ends with, if any does.
    pub ending_token: Option<&'a str>,
}

fn write_json(path: &Path, value: &Value) -> Result<()> {
    write(path, &format!("{value:#}\n"))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|cause| Error::file("write", path, cause))
}

/// The error of a folder.
fn wrong(folder: &Path, what: &str, next: &str) -> Error {
    Error::Usage(format!("the model in `{}` {what}\n  {next}", folder.display()))
}

/// Some names, the first few of many.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
