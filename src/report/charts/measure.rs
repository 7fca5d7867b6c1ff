//! Measurements of groups of rows at values of something: from tested instances where they know it, else from results.

use std::collections::{BTreeMap, BTreeSet};

use crate::eval::stats::Interval;
use crate::eval::stats::cluster::Cluster;
use crate::eval::{self, Metric, Unit, metrics};
use crate::record::rows::{InstanceRow, Labels, ResultRow};
use crate::report::data::RunData;

/// One measurement.
#[derive(Clone, Debug)]
pub struct Measured<'a> {
    /// What it belongs to.
    pub group: String,
    /// What it stands at; none where its rows know no such thing.
    pub x: Option<String>,
    /// The measurement.
    pub value: f64,
    /// Its 95% interval.
    pub interval: Option<Interval>,
    /// Values that it was measured on.
    pub n: u64,
    /// The values by independent unit; empty where only results are known.
    pub units: BTreeMap<Unit<'a>, Cluster>,
}

/// The values of every unit in each of several measurements, the same unit at the same place; a default [`Cluster`]
/// where a measurement knows nothing of a unit.
pub fn aligned(measured: &[&Measured<'_>]) -> Vec<Vec<Cluster>> {
    let all: BTreeSet<&Unit<'_>> = measured.iter().flat_map(|m| m.units.keys()).collect();
    let of = |m: &&Measured<'_>| all.iter().map(|unit| m.units.get(*unit).copied().unwrap_or_default()).collect();
    measured.iter().map(of).collect()
}

/// The fact `key` of a row: its arm, a swept value, or a label.
fn fact<'a>(key: &str, arm: &'a str, swept: &'a Labels, labels: &'a Labels) -> Option<&'a str> {
    match key {
        "arm" => Some(arm),
        _ => swept.get(key).or_else(|| labels.get(key)).map(String::as_str),
    }
}

/// Measurements of `metric` at each value of `x`, apart for each value of `group` and of whatever else the run varies,
/// in the order of the rows.
pub fn measure<'a>(run: &'a RunData, metric: &str, x: &str, group: &str) -> Vec<Measured<'a>> {
    let known = |row: &&InstanceRow| fact(x, &row.arm, &row.swept, &row.labels).is_some();
    match metrics::named(metric) {
        Some(metric) if run.instances.iter().any(|row| known(&row)) => from_instances(run, metric, x, group),
        _ => from_results(run, metric, x, group),
    }
}

fn from_instances<'a>(run: &'a RunData, metric: &Metric, x: &str, group: &str) -> Vec<Measured<'a>> {
    let off = off_axis(run, x, group);
    let is_on = |row: &&InstanceRow| off.is_empty() || !off.contains(&place(row, x, group));
    let rows: Vec<&InstanceRow> = run.instances.iter().filter(is_on).collect();
    let others: Vec<String> = eval::varied(rows.iter().copied())
        .into_iter()
        .filter(|(path, values)| path != x && path != group && (off.is_empty() || values.len() > 1))
        .map(|(path, _)| path)
        .collect();
    let key = |row: &InstanceRow| -> (String, Option<String>) {
        let own = fact(group, &row.arm, &row.swept, &row.labels).unwrap_or(&row.arm);
        let rest =
            others.iter().filter_map(|path| row.swept.get(path).map(|v| format!(" · {} {v}", super::words(path))));
        let name = std::iter::once(own.to_owned()).chain(rest).collect();
        (name, fact(x, &row.arm, &row.swept, &row.labels).map(str::to_owned))
    };
    eval::grouped(rows, key)
        .into_iter()
        .filter_map(|rows| {
            let (group, x) = key(rows[0]);
            let eval::Measured { value, interval, n } = metric.of(&rows)?;
            Some(Measured { group, x, value, interval, n, units: metric.units(&rows) })
        })
        .collect()
}

/// A group and the values of all that is varied but x.
type Place = (String, Labels);

fn place(row: &InstanceRow, x: &str, group: &str) -> Place {
    let own = fact(group, &row.arm, &row.swept, &row.labels).unwrap_or(&row.arm).to_owned();
    let others = row.swept.iter().filter(|(path, _)| path.as_str() != x && path.as_str() != group);
    (own, others.map(|(path, value)| (path.clone(), value.clone())).collect())
}

/// Where a sweep varies one setting at a time, the places at which x stands still: each would be a lone point beside the
/// line of its group.
pub fn off_axis(run: &RunData, x: &str, group: &str) -> BTreeSet<Place> {
    let mut at: BTreeMap<Place, BTreeSet<&str>> = BTreeMap::new();
    let mut before: Option<&InstanceRow> = None;
    for row in &run.instances {
        // Rows of one cell follow one another.
        let is_seen = before.is_some_and(|it| it.cell == row.cell);
        before = Some(row);
        if let (false, Some(value)) = (is_seen, row.swept.get(x)) {
            at.entry(place(row, x, group)).or_default().insert(value);
        }
    }
    let lines: BTreeSet<&str> =
        at.iter().filter(|(_, values)| values.len() > 1).map(|((own, _), _)| own.as_str()).collect();
    let is_off = |((own, _), values): &(&Place, &BTreeSet<&str>)| values.len() == 1 && lines.contains(own.as_str());
    at.iter().filter(is_off).map(|(place, _)| place.clone()).collect()
}

/// See [`eval::results::averaged`].
fn from_results<'a>(run: &'a RunData, metric: &str, x: &str, group: &str) -> Vec<Measured<'a>> {
    let none = Labels::new();
    let of = |key: &str, row: &'a ResultRow| fact(key, &row.arm, &none, &row.labels).map(str::to_owned);
    let known: Vec<&ResultRow> =
        run.results.iter().filter(|row| row.metric == metric && of(x, row).is_some()).collect();
    let mut groups: Vec<((String, String), Vec<&ResultRow>)> = Vec::new();
    for row in eval::results::least_broken_down(&known, |name| name == x || name == group) {
        let Some(at) = of(x, row) else { continue };
        let key = (of(group, row).unwrap_or_else(|| row.arm.clone()), at);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    let measured = |((group, x), rows): ((String, String), Vec<&ResultRow>)| {
        let eval::Measured { value, interval, n } = eval::results::averaged(&rows)?;
        Some(Measured { group, x: Some(x), value, interval, n, units: BTreeMap::new() })
    };
    groups.into_iter().filter_map(measured).collect()
}
