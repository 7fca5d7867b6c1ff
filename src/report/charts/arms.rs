//! What every run has: accuracy, costs and reliability by arm.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::name_of;
use crate::eval::{self, metrics, stats::calibration};
use crate::record::rows::{InstanceRow, Labels};
use crate::report::axis::{Axis, Scale, number};
use crate::report::chosen::Chosen;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cell, cells};
use crate::report::table::percent;

/// More points of a sweep than this have no room as rows of one plot.
const ROWS_MAX: usize = 40;

/// More arms than this make a reliability plot unreadable.
const LINES_MAX: usize = 8;

/// The rows of each arm at each point of the sweep, with their name.
pub(super) fn by_arm<'a>(chosen: &Chosen<'a>) -> Vec<(String, Vec<&'a InstanceRow>)> {
    let groups = eval::grouped(chosen.instances.iter().copied(), |row| (row.arm.clone(), row.swept.clone()));
    groups.into_iter().map(|rows| (name_of(rows[0]), rows)).collect()
}

/// Which points have room, see [`RunData::with_room`](crate::report::data::RunData::with_room).
fn with_room(chosen: &Chosen<'_>, groups: &[(String, Vec<&InstanceRow>)], most: usize) -> (Vec<usize>, Vec<String>) {
    let points: Vec<&Labels> = groups.iter().map(|(_, rows)| &rows[0].swept).collect();
    let (shown, note) = chosen.run.with_room(&points, most);
    (shown, note.into_iter().collect())
}

/// What the points shown are called: by their arm alone where they are some of all and each arm is there once, since then
/// what they share is said above them.
fn names(groups: &[(String, Vec<&InstanceRow>)], shown: &[usize]) -> Vec<String> {
    let arms: BTreeSet<&String> = shown.iter().map(|i| &groups[*i].1[0].arm).collect();
    let are_told = shown.len() < groups.len() && arms.len() == shown.len();
    shown.iter().map(|i| if are_told { groups[*i].1[0].arm.clone() } else { groups[*i].0.clone() }).collect()
}

/// Accuracy by arm with intervals.
pub fn accuracy(chosen: &Chosen<'_>) -> Option<Figure> {
    let groups = by_arm(chosen);
    if groups.is_empty() {
        return None;
    }
    let (shown, mut notes) = with_room(chosen, &groups, ROWS_MAX);
    let measured: Vec<_> = groups.par_iter().map(|(_, rows)| eval::accuracy(rows)).collect();
    let mut table = Table::new(&["arm", "accuracy", "ci_low", "ci_high", "n", "clusters"]);
    for ((name, rows), (value, interval, n)) in groups.iter().zip(&measured) {
        let clusters = eval::clusters_by(rows, eval::correct).len();
        let [low, high] = cells(*interval);
        table.row(vec![name.clone(), cell(*value), low, high, n.to_string(), clusters.to_string()]);
    }
    let mut series = Vec::new();
    let mut values = vec![0.5];
    for (row, index) in shown.iter().enumerate() {
        let ((name, rows), (value, interval, _)) = (&groups[*index], measured[*index]);
        let Some(value) = value else { continue };
        values.extend([Some(value), interval.map(|i| i.low), interval.map(|i| i.high)].into_iter().flatten());
        let point = Point { x: value, y: row as f64, x_interval: interval, y_interval: None };
        let style = chosen.run.style_of(&rows[0].arm);
        series.push(Series { name: name.clone(), style, points: vec![point], ..Series::default() });
    }
    let mut x = Axis::linear("accuracy on test instances", values);
    if let Scale::Linear { low, high } = &mut x.scale {
        (*low, *high) = (low.max(0.0), high.min(1.0));
    }
    let mut panel = Panel::new(x, Axis::names("", names(&groups, &shown)));
    panel.series = series;
    panel.row_texts = shown.iter().map(|i| percent(measured[*i].0, measured[*i].1)).collect();
    panel.guides = vec![Guide::AtX(0.5, "one half".into())];
    let is_tie = |row: &&&InstanceRow| eval::correct(row).is_some_and(|c| c > 0.0 && c < 1.0);
    let ties = shown.iter().flat_map(|i| &groups[*i].1).filter(is_tie).count();
    if ties > 0 {
        notes.push(format!("{} ties count as their share (a half for two).", number(ties as f64)));
    }
    let (stem, title) = ("accuracy".to_owned(), "Accuracy by arm".to_owned());
    Some(Figure { stem, title, notes, panels: vec![panel], key: Key::None, table })
}

/// What an instance costs by arm, a panel for each column: columns are never added.
pub fn costs(chosen: &Chosen<'_>) -> Option<Figure> {
    let groups = by_arm(chosen);
    if groups.is_empty() {
        return None;
    }
    let columns = [
        (&metrics::EVALUATOR_TOKENS, "evaluator tokens per instance"),
        (&metrics::HELPER_TOKENS, "helper tokens per instance"),
        (&metrics::LABEL_TOKENS, "label tokens, once"),
    ];
    let (shown, mut notes) = with_room(chosen, &groups, ROWS_MAX);
    notes.push(
        "Tokens shown to the evaluator and to other helpers for one test instance, and the evaluator tokens spent on \
         training labels in all."
            .into(),
    );
    let names = names(&groups, &shown);
    let mut table = Table::new(&["arm", "column", "mean", "ci_low", "ci_high", "n"]);
    let mut panels = Vec::new();
    for (metric, label) in columns {
        let measured: Vec<_> = groups.par_iter().map(|(_, rows)| metric.of(rows)).collect();
        for ((name, _), found) in groups.iter().zip(&measured) {
            let Some(eval::Measured { value, interval, n }) = *found else { continue };
            let [low, high] = cells(interval);
            table.row(vec![name.clone(), metric.name.to_owned(), value.to_string(), low, high, n.to_string()]);
        }
        let of_shown = || shown.iter().map(|i| measured[*i].as_ref().map(|m| m.value));
        let most = of_shown().flatten().fold(0.0, f64::max);
        let x = Axis::between("", 0.0, if most > 0.0 { 1.05 * most } else { 1.0 });
        let mut panel = Panel::new(x, Axis::names("", names.clone()));
        panel.title = label.to_owned();
        for (row, value) in of_shown().enumerate() {
            panel.row_texts.push(value.map_or_else(String::new, |value| number(value.round())));
            let Some(x) = value else { continue };
            panel.series.push(Series {
                name: names[row].clone(),
                style: chosen.run.style_of(&groups[shown[row]].1[0].arm),
                draw: Draw::Bars,
                points: vec![Point { x, y: row as f64, ..Point::default() }],
                ..Series::default()
            });
        }
        panels.push(panel);
    }
    let title = "What a verdict costs".into();
    Some(Figure { stem: "costs".into(), title, notes, panels, key: Key::None, table })
}

/// Confidence against what happened, in ten bins of equal width.
pub fn reliability(chosen: &Chosen<'_>) -> Option<Figure> {
    let groups = by_arm(chosen);
    let (shown, notes) = with_room(chosen, &groups, LINES_MAX);
    let mut panel = Panel::new(
        Axis::between("confidence of the verdict", 0.0, 1.0),
        Axis::between("share of verdicts that are right", 0.0, 1.0),
    );
    panel.guides = vec![Guide::Diagonal];
    let mut table = Table::new(&["arm", "confidence", "accuracy", "n"]);
    let names = names(&groups, &shown);
    for (index, (name, rows)) in groups.iter().enumerate() {
        let bins = calibration::reliability(eval::confidences(rows));
        for bin in &bins {
            table.row(vec![name.clone(), bin.confidence.to_string(), bin.accuracy.to_string(), bin.n.to_string()]);
        }
        if let Some(error) = calibration::expected_error(&bins)
            && let Some(place) = shown.iter().position(|i| *i == index)
        {
            panel.series.push(Series {
                name: format!("{} (ECE {error:.3})", names[place]),
                style: style_among(chosen, &groups, &shown, index),
                draw: Draw::Joined,
                points: bins.iter().map(|b| Point { x: b.confidence, y: b.accuracy, ..Point::default() }).collect(),
                ..Series::default()
            });
        }
    }
    if panel.series.is_empty() {
        return None;
    }
    // Two options put every confidence at one half or above.
    if panel.series.iter().flat_map(|s| &s.points).all(|p| p.x >= 0.5) {
        panel.x = Axis::between("confidence of the verdict", 0.5, 1.0);
    }
    Some(Figure {
        stem: "reliability".into(),
        title: "Reliability: how often a verdict of some confidence is right".into(),
        notes,
        panels: vec![panel],
        key: Key::LineEnds,
        table,
    })
}

/// The place of a group among the colours: its arm's, or its own where several of one arm are shown.
fn style_among(chosen: &Chosen<'_>, groups: &[(String, Vec<&InstanceRow>)], shown: &[usize], index: usize) -> usize {
    let arm = |index: usize| &groups[index].1[0].arm;
    let arms: BTreeSet<&String> = shown.iter().map(|i| arm(*i)).collect();
    let own = shown.iter().position(|i| *i == index).unwrap_or(index);
    if arms.len() == shown.len() { chosen.run.style_of(arm(index)) } else { own }
}
