//! What a report reads of a run's folder: results, tested instances, trainings, and the experiment as it was resolved.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::audit;
use super::chosen::Chosen;
use super::request::Request;
use super::trainings::{self, Training};
use crate::error::{Error, Result};
use crate::record::rows::{ArgumentRow, InstanceRow, Labels, LeaningRow, PlannedRow, PoolRow, ResultRow};
use crate::task::Split;

/// The part of a resolved experiment that a report shows; what else it holds is left alone.
#[derive(Clone, Debug, Default, Deserialize)]
struct Experiment {
    #[serde(default)]
    name: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    prediction: String,
    #[serde(default)]
    plots: Vec<Request>,
    #[serde(default)]
    arms: BTreeMap<String, toml::Value>,
    #[serde(default)]
    sweep: Sweep,
}

/// What a report must know of a sweep that its rows do not say.
#[derive(Clone, Debug, Default, Deserialize)]
struct Sweep {
    #[serde(default)]
    zip: Vec<Vec<String>>,
    #[serde(default)]
    around: BTreeMap<String, toml::Value>,
}

impl Sweep {
    /// The centre, its values as they stand on rows.
    fn centre(&self) -> Labels {
        let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.around.iter().map(|(path, value)| (path.clone(), text(value))).collect()
    }
}

/// The records of one run.
#[derive(Clone, Debug)]
pub struct RunData {
    /// Its folder.
    pub folder: PathBuf,
    /// The experiment's name.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// What its author expected.
    pub prediction: String,
    /// The plots that it asks for.
    pub requests: Vec<Request>,
    /// Swept paths that move together.
    pub zipped: Vec<Vec<String>>,
    /// The values around which settings are varied one at a time, by swept path; empty where none are.
    pub centre: Labels,
    /// The arms in the order of their first rows.
    pub arms: Vec<String>,
    /// The arms that never see the material: what they know, leaks.
    pub blind_arms: BTreeSet<String>,
    /// The arms that are given another instance's material: they must be at chance.
    pub misled_arms: BTreeSet<String>,
    /// The tested instances.
    pub instances: Vec<InstanceRow>,
    /// The arguments about them.
    pub arguments: Vec<ArgumentRow>,
    /// The pools of candidates that arms chose among.
    pub pools: Vec<PoolRow>,
    /// How far verdicts lean towards the candidate that a biased helper favours.
    pub leanings: Vec<LeaningRow>,
    /// The results, in the order of the file.
    pub results: Vec<ResultRow>,
    /// The trainings, by level, width and seed.
    pub trainings: Vec<Training>,
    /// How many cells the run consists of; 0 where nothing lists them.
    pub cells: usize,
    /// Those of them that are not done, or were removed.
    pub missing: Vec<PlannedRow>,
    /// The lines of `failed.jsonl`: cells and fits that failed.
    pub failed: Vec<String>,
}

impl RunData {
    /// Reads a run's folder. Results or instances must be there; whatever else is missing is empty.
    pub fn load(folder: &Path) -> Result<Self> {
        let instances_path = folder.join("instances.jsonl");
        let results_path = folder.join("results.jsonl");
        if !instances_path.exists() && !results_path.exists() {
            return Err(Error::Usage(format!(
                "no `instances.jsonl` and no `results.jsonl` in `{}`: it is no run, or no cell of it has finished; \
                 run the experiment (again) with `tribunal run` first",
                folder.display()
            )));
        }
        let experiment = experiment_in(folder)?;
        let instances = tested_in(&instances_path)?;
        let results: Vec<ResultRow> = rows_in(&results_path)?;
        let mut arms: Vec<String> = Vec::new();
        for arm in instances.iter().map(|r| &r.arm).chain(results.iter().map(|r| &r.arm)) {
            if arms.last() != Some(arm) && !arms.contains(arm) {
                arms.push(arm.clone());
            }
        }
        let is_blind = |arm: &&String| match experiment.arms.get(*arm).and_then(|a| a.get("strategy")) {
            Some(strategy) => strategy.get("blind").is_some() || strategy.as_str() == Some("blind"),
            None => arm.as_str() == "blind",
        };
        let folder_name = || folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let is_misled = |arm: &&String| {
            let material = experiment.arms.get(*arm).and_then(|a| a.get("material"));
            material.and_then(toml::Value::as_str) == Some("another")
        };
        let planned: Vec<PlannedRow> = rows_in(&folder.join("cells.jsonl"))?;
        let is_done = |row: &PlannedRow| folder.join("cells").join(&row.cell).is_dir();
        let (done, missing): (Vec<_>, Vec<_>) = planned.into_iter().partition(is_done);
        let run = Self {
            folder: folder.to_owned(),
            name: if experiment.name.is_empty() { folder_name() } else { experiment.name },
            question: experiment.question,
            prediction: experiment.prediction,
            requests: experiment.plots,
            centre: experiment.sweep.centre(),
            zipped: experiment.sweep.zip,
            blind_arms: arms.iter().filter(is_blind).cloned().collect(),
            misled_arms: arms.iter().filter(is_misled).cloned().collect(),
            arms,
            instances,
            arguments: rows_in(&folder.join("arguments.jsonl"))?,
            pools: rows_in(&folder.join("pools.jsonl"))?,
            leanings: rows_in(&folder.join("leanings.jsonl"))?,
            results,
            trainings: trainings::within(folder)?,
            cells: done.len() + missing.len(),
            missing,
            failed: lines_of(&folder.join("failed.jsonl"))?,
        };
        audit::check(&run, &done)?;
        Ok(run)
    }

    /// Several runs side by side: their arms and requests together, each arm under its run's name.
    pub fn merged(runs: Vec<Self>) -> Self {
        let name_of = |run: &Self| {
            let shared = runs.iter().filter(|other| other.name == run.name).count() > 1;
            if shared { run.folder.display().to_string() } else { run.name.clone() }
        };
        let names: Vec<String> = runs.iter().map(name_of).collect();
        let mut merged = Self {
            folder: PathBuf::new(),
            name: names.join(" and "),
            question: String::new(),
            prediction: String::new(),
            requests: Vec::new(),
            zipped: Vec::new(),
            centre: Labels::new(),
            arms: Vec::new(),
            blind_arms: BTreeSet::new(),
            misled_arms: BTreeSet::new(),
            instances: Vec::new(),
            arguments: Vec::new(),
            pools: Vec::new(),
            leanings: Vec::new(),
            results: Vec::new(),
            trainings: Vec::new(),
            cells: 0,
            missing: Vec::new(),
            failed: Vec::new(),
        };
        for (run, name) in runs.into_iter().zip(names) {
            let full = |arm: String| format!("{name}/{arm}");
            merged.requests.extend(run.requests);
            merged.zipped.extend(run.zipped);
            merged.arms.extend(run.arms.into_iter().map(full));
            merged.blind_arms.extend(run.blind_arms.into_iter().map(full));
            merged.misled_arms.extend(run.misled_arms.into_iter().map(full));
            merged.instances.extend(run.instances.into_iter().map(|row| InstanceRow { arm: full(row.arm), ..row }));
            merged.arguments.extend(run.arguments.into_iter().map(|row| ArgumentRow { arm: full(row.arm), ..row }));
            merged.pools.extend(run.pools.into_iter().map(|row| PoolRow { arm: full(row.arm), ..row }));
            merged.leanings.extend(run.leanings.into_iter().map(|row| LeaningRow { arm: full(row.arm), ..row }));
            merged.results.extend(run.results.into_iter().map(|row| ResultRow { arm: full(row.arm), ..row }));
            merged.trainings.extend(run.trainings.into_iter().map(|it| Training { fit: full(it.fit), ..it }));
            merged.cells += run.cells;
            merged.missing.extend(run.missing.into_iter().map(|row| PlannedRow { arm: full(row.arm), ..row }));
            merged.failed.extend(run.failed);
        }
        merged
    }

    /// The place of an arm among the colours and markers: the same in every plot of the run.
    pub fn style_of(&self, arm: &str) -> usize {
        self.arms.iter().position(|a| a == arm).unwrap_or(self.arms.len())
    }

    /// The seeds, ascending.
    pub fn seeds(&self) -> Vec<u64> {
        let seeds = self.instances.iter().map(|r| r.seed).chain(self.results.iter().filter_map(|r| r.seed));
        seeds.collect::<BTreeSet<u64>>().into_iter().collect()
    }

    /// Run, seeds, instances and clusters of all that the run tested.
    pub fn caption(&self) -> String {
        Chosen::all(self).caption()
    }
}

/// The fact `key` of a row: its arm, a swept value, or a label.
pub(super) fn fact<'a>(key: &str, arm: &'a str, swept: &'a Labels, labels: &'a Labels) -> Option<&'a str> {
    match key {
        "arm" => Some(arm),
        _ => swept.get(key).or_else(|| labels.get(key)).map(String::as_str),
    }
}

fn experiment_in(folder: &Path) -> Result<Experiment> {
    let path = folder.join("experiment.toml");
    if !path.exists() {
        return Ok(Experiment::default());
    }
    let text = std::fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    toml::from_str(&text).map_err(|cause| Error::Usage(format!("`{}` cannot be read: {cause}", path.display())))
}

/// The rows of tested instances, which share the facts that many of them have in common: a million rows fit in memory.
fn tested_in(path: &Path) -> Result<Vec<InstanceRow>> {
    let mut known: HashSet<Labels> = HashSet::new();
    let mut shared = |labels: Labels| match known.get(&labels) {
        Some(same) => same.clone(),
        None => {
            known.insert(labels.clone());
            labels
        }
    };
    let mut rows = Vec::new();
    each_row_in(path, |row: InstanceRow| {
        if row.split == Split::Test {
            rows.push(InstanceRow { swept: shared(row.swept), labels: shared(row.labels), ..row });
        }
    })?;
    Ok(rows)
}

/// The rows of a JSONL file; none where there is no file. A row that cannot be read is an error with its line.
pub fn rows_in<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    each_row_in(path, |row| rows.push(row))?;
    Ok(rows)
}

fn each_row_in<T: DeserializeOwned>(path: &Path, mut take: impl FnMut(T)) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let fails = |cause| Error::file("read", path, cause);
    let mut file = BufReader::new(File::open(path).map_err(fails)?);
    let mut line = String::new();
    for number in 1.. {
        line.clear();
        if file.read_line(&mut line).map_err(fails)? == 0 {
            break;
        }
        if !line.trim().is_empty() {
            take(serde_json::from_str(&line).map_err(|cause| broken(path, number, &cause))?);
        }
    }
    Ok(())
}

fn broken(path: &Path, line: usize, cause: &serde_json::Error) -> Error {
    let next = if cause.is_eof() {
        "\n  the file ends in the middle of a row: remove it (or the cell's folder that it is in) and run the experiment again \
         with `tribunal run`, which makes it anew"
    } else {
        ""
    };
    Error::Usage(format!("`{}`, line {line}: {cause}{next}", path.display()))
}

fn lines_of(path: &Path) -> Result<Vec<String>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).map_err(|cause| Error::file("read", path, cause))?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}
