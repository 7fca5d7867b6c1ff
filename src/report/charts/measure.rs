//! Measurements of groups of rows at values of something: from tested instances where they know it, else from results.

use std::collections::{BTreeMap, BTreeSet};

use crate::eval::stats::Interval;
use crate::eval::stats::cluster::Cluster;
use crate::eval::{self, Metric, Unit, bias, metrics};
use crate::record::rows::{InstanceRow, Labels, ResultRow};
use crate::report::chosen::Chosen;
use crate::report::data::fact;

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

/// Measurements of `metric` at each value of `x`, apart for each value of `group` and of whatever else the rows vary, in
/// their order.
pub fn measure<'a>(chosen: &Chosen<'a>, metric: &str, x: &str, group: &str) -> Vec<Measured<'a>> {
    let known = |row: &&InstanceRow| fact(x, &row.arm, &row.swept, &row.labels).is_some();
    match metrics::named(metric) {
        Some(metric) if chosen.instances.iter().any(known) => from_instances(chosen, metric, x, group),
        None if bias::Asked::named(metric).is_some() => from_leanings(chosen, metric, x, group),
        _ => from_results(chosen, metric, x, group),
    }
}

/// What a bias became, at the points where there is one.
fn from_leanings<'a>(chosen: &Chosen<'a>, metric: &str, x: &str, group: &str) -> Vec<Measured<'a>> {
    // Of all of the run's: what is chosen may be held against what is not.
    let is_shown = |it: &bias::Point<'_>| it.delta != 0.0 && chosen.has(it.arm, it.swept);
    let points: Vec<bias::Point<'_>> = bias::points(&chosen.run.leanings).into_iter().filter(is_shown).collect();
    let values = |path: &str| points.iter().map(|point| point.swept.get(path)).collect::<BTreeSet<_>>().len();
    let others: BTreeSet<&str> = points.iter().flat_map(|point| point.swept.keys()).map(String::as_str).collect();
    let others: Vec<&str> = others.into_iter().filter(|it| *it != x && *it != group && values(it) > 1).collect();
    let measured = |point: &bias::Point<'_>| {
        let eval::Measured { value, interval, n } = point.measured(bias::Asked::named(metric)?)?;
        let of = |key: &str| fact(key, point.arm, point.swept, point.labels).map(str::to_owned);
        let own = of(group).unwrap_or_else(|| point.arm.to_owned());
        let rest =
            others.iter().filter_map(|path| point.swept.get(*path).map(|v| format!(" · {} {v}", super::words(path))));
        let group = std::iter::once(own).chain(rest).collect();
        Some(Measured { group, x: of(x), value, interval, n, units: BTreeMap::new() })
    };
    points.iter().filter_map(measured).collect()
}

fn from_instances<'a>(chosen: &Chosen<'a>, metric: &Metric, x: &str, group: &str) -> Vec<Measured<'a>> {
    let off = off_axis(chosen, x, group);
    let moving = moving_with(chosen, x);
    let is_on = |row: &&InstanceRow| off.is_empty() || !off.contains(&place(row, x, group, &moving));
    let rows: Vec<&'a InstanceRow> = chosen.instances.iter().copied().filter(is_on).collect();
    let others: Vec<String> = eval::varied(rows.iter().copied())
        .into_iter()
        .filter(|(path, _)| path != x && path != group && !moving.contains(path.as_str()))
        .filter(|(_, values)| values.len() > 1)
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

/// A group and the values of all that is varied but x and what moves with it.
type Place = (String, Labels);

fn place(row: &InstanceRow, x: &str, group: &str, moving: &BTreeSet<&str>) -> Place {
    let own = fact(group, &row.arm, &row.swept, &row.labels).unwrap_or(&row.arm).to_owned();
    let is_other = |path: &str| path != x && path != group && !moving.contains(path);
    let others = row.swept.iter().filter(|(path, _)| is_other(path));
    (own, others.map(|(path, value)| (path.clone(), value.clone())).collect())
}

/// What is zipped with x and has one value at each of its values: it tells no points apart.
fn moving_with<'a>(chosen: &Chosen<'a>, x: &str) -> BTreeSet<&'a str> {
    let zipped = chosen.run.zipped.iter().filter(|zip| zip.iter().any(|path| path == x)).flatten();
    let is_told_by_x = |path: &&String| {
        let pairs: BTreeSet<(&String, Option<&String>)> =
            chosen.cells().filter_map(|row| Some((row.swept.get(x)?, row.swept.get(*path)))).collect();
        let at: BTreeSet<&String> = pairs.iter().map(|pair| pair.0).collect();
        at.len() == pairs.len()
    };
    zipped.filter(|path| *path != x).filter(is_told_by_x).map(String::as_str).collect()
}

/// Where a sweep varies one setting at a time, the places at which x stands still: each would be a lone point beside the
/// line of its group, or one more level of a group that does not know x.
pub fn off_axis(chosen: &Chosen<'_>, x: &str, group: &str) -> BTreeSet<Place> {
    let moving = moving_with(chosen, x);
    let mut at: BTreeMap<Place, BTreeSet<&str>> = BTreeMap::new();
    for row in chosen.cells() {
        at.entry(place(row, x, group, &moving)).or_default().extend(row.swept.get(x).map(String::as_str));
    }
    let lines: Vec<&Place> = at.iter().filter(|(_, values)| values.len() > 1).map(|(place, _)| place).collect();
    let is_lone =
        |place: &Place, values: &BTreeSet<&str>| values.len() == 1 && lines.iter().any(|(own, _)| *own == place.0);
    if !at.iter().any(|(place, values)| is_lone(place, values)) {
        return BTreeSet::new();
    }
    let agree = |a: &Labels, b: &Labels| a.iter().all(|(path, value)| b.get(path).is_none_or(|other| other == value));
    let is_elsewhere = |place: &Place| !lines.iter().any(|(_, line)| agree(line, &place.1));
    at.iter()
        .filter(|(place, values)| is_lone(place, values) || (values.is_empty() && is_elsewhere(place)))
        .map(|(place, _)| place.clone())
        .collect()
}

/// See [`eval::results::averaged`].
fn from_results<'a>(chosen: &Chosen<'a>, metric: &str, x: &str, group: &str) -> Vec<Measured<'a>> {
    let none = Labels::new();
    let of = |key: &str, row: &ResultRow| fact(key, &row.arm, &none, &row.labels).map(str::to_owned);
    let is_known = |row: &&ResultRow| row.metric == metric && of(x, row).is_some();
    let known: Vec<&ResultRow> = chosen.results.iter().copied().filter(is_known).collect();
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
