//! What an experiment was expected to show, beside what a run shows: `expected.json` in the experiment's folder.
//!
//! Bits are promised on one type of processor, so everything is compared by ranges: the value of a run with the range
//! that was predicted before the first one, and with the interval that was recorded then.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::data::{RunData, fact};
use super::table::{Look, render};
use crate::error::{Error, Result};
use crate::eval;
use crate::eval::stats::Interval;
use crate::record::rows::{InstanceRow, Labels, ResultRow, Version};

/// The file, beside the experiments that it speaks of.
pub const FILE: &str = "expected.json";

/// What `expected.json` holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The version of the rows that the recorded values were read from.
    pub version: Version,
    /// By the experiment's name.
    pub experiments: BTreeMap<String, Experiment>,
}

/// What one experiment was expected to show.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The seeds of the run that was recorded.
    pub seeds: Vec<u64>,
    /// Each expectation.
    pub expect: Vec<Expectation>,
}

/// One number that was predicted, and what it was.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What is measured: a metric of a table or plot. A difference is one of a metric of verdicts (`accuracy`, `asd`).
    pub metric: String,
    /// The arm.
    pub arm: String,
    /// The arm that it is compared with, instance by instance; the number is then the paired difference.
    #[serde(default)]
    pub less: Option<String>,
    /// What its rows are restricted to: labels of instances, and swept values by dotted path.
    #[serde(default)]
    pub labels: Labels,
    /// The range that was predicted before the first run: lowest and highest.
    pub predicted: (f64, f64),
    /// What a run came to; none before there was one.
    #[serde(default)]
    pub measured: Option<Measured>,
}

/// A number that a run came to.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Lower end of its 95% interval.
    pub ci_low: f64,
    /// Upper end.
    pub ci_high: f64,
    /// Values that it was measured on.
    pub n: u64,
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The value is in the range.
    Yes,
    /// The value is out of the range, and its interval reaches into it.
    Open,
    /// Neither is.
    No,
}

impl Expected {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is not of this form.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|cause| Error::file("read", path, cause))?;
        serde_json::from_str(&text).map_err(|cause| {
            let next = "docs/guides/add-an-experiment.md shows the form";
            Error::Usage(format!("`{}` is no file of expectations: {cause}\n  {next}", path.display()))
        })
    }

    /// Reads the file beside an experiment, where there is one.
    pub fn beside(experiment: &Path) -> Result<Option<Self>> {
        let folder = if experiment.is_dir() { experiment } else { experiment.parent().unwrap_or(Path::new("")) };
        let path: PathBuf = folder.join(FILE);
        if path.is_file() { Self::load(&path).map(Some) } else { Ok(None) }
    }

    /// What was expected of a run, as a table with what it shows; none where nothing was expected of an experiment of
    /// its name.
    pub fn held_against(&self, run: &RunData, look: Look) -> Option<String> {
        let experiment = self.experiments.get(&run.name)?;
        let header = ["expected of", "predicted", "recorded", "this run", "as predicted", "as recorded"];
        let mut rows = Vec::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for expectation in &experiment.expect {
            let found = expectation.found_in(run);
            let predicted = found.map_or("not in this run", |found| word(verdict(found, expectation.predicted)));
            *counts.entry(predicted).or_default() += 1;
            let recorded = expectation.measured.map(|it| (it.ci_low, it.ci_high));
            let again = found.zip(recorded).map_or("", |(found, range)| word(verdict(found, range)));
            let shown = |it: Option<Measured>| it.map_or("—".to_owned(), |it| expectation.shown(it));
            rows.push(vec![
                expectation.name(),
                expectation.range(),
                shown(expectation.measured),
                shown(found),
                predicted.to_owned(),
                again.to_owned(),
            ]);
        }
        let counts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
        let mut text = format!(
            "\nexpected before the first run, and what was recorded then\n{}\nas predicted: {}",
            render(&header, &rows, look),
            counts.join(", ")
        );
        let seeds = run.seeds();
        if seeds != experiment.seeds {
            text += &format!(" (seeds {seeds:?}; those of seeds {:?} were recorded)", experiment.seeds);
        }
        Some(text)
    }
}

/// Where a number stands to a range.
pub fn verdict(found: Measured, (low, high): (f64, f64)) -> Verdict {
    match (low..=high).contains(&found.value) {
        true => Verdict::Yes,
        false if found.ci_low <= high && found.ci_high >= low => Verdict::Open,
        false => Verdict::No,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "yes",
        Verdict::Open => "open",
        Verdict::No => "no",
    }
}

impl Expectation {
    /// The number in a run's records; none where the run has none such.
    pub fn found_in(&self, run: &RunData) -> Option<Measured> {
        let rows = rows_of(run, &self.arm, |row| self.is_of(&row.arm, &row.swept, &row.labels));
        if let Some(less) = &self.less {
            let metric = eval::metrics::named(&self.metric)?;
            // A setting that the other arm does not use does not tell its rows apart.
            let fits_too = |row: &InstanceRow| {
                self.labels.iter().all(|(name, value)| {
                    fact(name, &row.arm, &row.swept, &row.labels).is_none_or(|own| own == value.as_str())
                })
            };
            let found = eval::paired_by(metric, &rows, &rows_of(run, less, fits_too))?;
            return Some(Measured::new(found.difference, found.interval, found.n));
        }
        let is_meant =
            |point: &eval::bias::Point<'_>| point.arm == self.arm && self.is_of(point.arm, point.swept, point.labels);
        if let Some(found) = eval::bias::find(&run.leanings, &self.metric, is_meant) {
            return Some(Measured::new(found.value, found.interval, found.n));
        }
        match eval::metrics::named(&self.metric).and_then(|metric| metric.of(&rows)) {
            Some(found) => Some(Measured::new(found.value, found.interval, found.n)),
            None => self.among_results(run),
        }
    }

    /// Metrics that tested instances do not bear (gold and proxy of best of n, arguments): over the cells' results.
    fn among_results(&self, run: &RunData) -> Option<Measured> {
        let is_meant = |row: &&ResultRow| {
            row.arm == self.arm && row.metric == self.metric && self.is_of(&row.arm, &row.labels, &row.labels)
        };
        let meant: Vec<&ResultRow> = run.results.iter().filter(is_meant).collect();
        let whole = eval::results::least_broken_down(&meant, |name| self.labels.contains_key(name));
        let found = eval::results::averaged(&whole)?;
        Some(Measured::new(found.value, found.interval, found.n))
    }

    /// Whether a row has every fact that is asked for.
    fn is_of(&self, arm: &str, swept: &Labels, labels: &Labels) -> bool {
        self.labels.iter().all(|(name, value)| fact(name, arm, swept, labels) == Some(value.as_str()))
    }

    fn name(&self) -> String {
        let less = self.less.iter().map(|less| format!(" − {less}"));
        let labels = self.labels.iter().map(|(name, value)| format!(", {name} {value}"));
        format!("{} of {}{}", self.metric, self.arm, less.chain(labels).collect::<String>())
    }

    fn range(&self) -> String {
        format!("{} to {}", self.number(self.predicted.0), self.number(self.predicted.1))
    }

    fn shown(&self, it: Measured) -> String {
        format!("{} [{}, {}]", self.number(it.value), self.number(it.ci_low), self.number(it.ci_high))
    }

    /// Shares as the other tables show them.
    fn number(&self, value: f64) -> String {
        match (self.metric.as_str(), &self.less) {
            ("accuracy" | "error", None) => format!("{:.1}%", 100.0 * value),
            ("accuracy" | "error", Some(_)) => format!("{:+.1}", 100.0 * value),
            (_, Some(_)) => format!("{value:+.3}"),
            _ if value.abs() >= 100.0 => format!("{value:.0}"),
            _ => format!("{value:.3}"),
        }
    }
}

fn rows_of<'a>(run: &'a RunData, arm: &str, fits: impl Fn(&InstanceRow) -> bool) -> Vec<&'a InstanceRow> {
    run.instances.iter().filter(|row| row.arm == arm && fits(row)).collect()
}

impl Measured {
    /// Without an interval the number itself is one.
    fn new(value: f64, interval: Option<Interval>, n: u64) -> Self {
        let (ci_low, ci_high) = interval.map_or((value, value), |interval| (interval.low, interval.high));
        Self { value, ci_low, ci_high, n }
    }
}
