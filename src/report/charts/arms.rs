//! What every run has: accuracy, costs and reliability by arm.

use super::words;
use crate::eval::{self, metrics, stats::calibration};
use crate::record::rows::InstanceRow;
use crate::report::axis::{Axis, Scale, number};
use crate::report::data::RunData;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cell, cells};
use crate::report::table::percent;

/// More points of a sweep than this have no room as rows of one plot.
const ROWS_MAX: usize = 40;

/// More arms than this make a reliability plot unreadable.
const LINES_MAX: usize = 8;

/// The rows of each arm at each point of the sweep, with their name.
fn by_arm(run: &RunData) -> Vec<(String, Vec<&InstanceRow>)> {
    let groups = eval::grouped(&run.instances, |row| (row.arm.clone(), row.swept.clone()));
    groups.into_iter().map(|rows| (name_of(rows[0]), rows)).collect()
}

/// An arm with its swept values.
pub(super) fn name_of(row: &InstanceRow) -> String {
    let swept = row.swept.iter().map(|(path, value)| format!(" · {} {value}", words(path)));
    std::iter::once(row.arm.clone()).chain(swept).collect()
}

/// Accuracy by arm with intervals.
pub fn accuracy(run: &RunData) -> Option<Figure> {
    let groups = by_arm(run);
    if groups.is_empty() {
        return None;
    }
    let (stem, title) = ("accuracy".to_owned(), "Accuracy by arm".to_owned());
    if groups.len() > ROWS_MAX {
        let why = format!(
            "{} points of the sweep have no room in one plot; ask for a plot against a swept value",
            groups.len()
        );
        return Some(super::refused(stem, title, why));
    }
    let mut table = Table::new(&["arm", "accuracy", "ci_low", "ci_high", "n", "clusters"]);
    let mut series = Vec::new();
    let mut texts = Vec::new();
    let mut values = vec![0.5];
    let mut ties = 0;
    for (index, (name, rows)) in groups.iter().enumerate() {
        let (value, interval, n) = eval::accuracy(rows);
        let clusters = eval::clusters_by(rows, eval::correct).len();
        let [low, high] = cells(interval);
        table.row(vec![name.clone(), cell(value), low, high, n.to_string(), clusters.to_string()]);
        texts.push(percent(value, interval));
        ties += rows.iter().filter(|r| eval::correct(r).is_some_and(|c| c > 0.0 && c < 1.0)).count();
        let Some(value) = value else { continue };
        values.extend([Some(value), interval.map(|i| i.low), interval.map(|i| i.high)].into_iter().flatten());
        let point = Point { x: value, y: index as f64, x_interval: interval, y_interval: None };
        series.push(Series {
            name: name.clone(),
            style: run.style_of(&rows[0].arm),
            points: vec![point],
            ..Series::default()
        });
    }
    let mut x = Axis::linear("accuracy on test instances", values);
    if let Scale::Linear { low, high } = &mut x.scale {
        (*low, *high) = (low.max(0.0), high.min(1.0));
    }
    let mut panel = Panel::new(x, Axis::names("", groups.iter().map(|(name, _)| name.clone()).collect()));
    panel.series = series;
    panel.row_texts = texts;
    panel.guides = vec![Guide::AtX(0.5, "one half".into())];
    let notes = if ties > 0 {
        vec![format!("{} ties count as their share (a half for two).", number(ties as f64))]
    } else {
        vec![]
    };
    Some(Figure { stem, title, notes, panels: vec![panel], key: Key::None, table })
}

/// What an instance costs by arm, a panel for each column: columns are never added.
pub fn costs(run: &RunData) -> Option<Figure> {
    let groups = by_arm(run);
    if groups.is_empty() || groups.len() > ROWS_MAX {
        return None;
    }
    let columns = [
        (&metrics::EVALUATOR_TOKENS, "evaluator tokens per instance"),
        (&metrics::HELPER_TOKENS, "helper tokens per instance"),
        (&metrics::LABEL_TOKENS, "label tokens, once"),
    ];
    let names: Vec<String> = groups.iter().map(|(name, _)| name.clone()).collect();
    let mut table = Table::new(&["arm", "column", "mean", "ci_low", "ci_high", "n"]);
    let panels = columns
        .iter()
        .map(|(metric, label)| {
            let measured: Vec<_> = groups.iter().map(|(_, rows)| metric.of(rows)).collect();
            let most = measured.iter().flatten().map(|m| m.value).fold(0.0, f64::max);
            let x = Axis::between("", 0.0, if most > 0.0 { 1.05 * most } else { 1.0 });
            let mut panel = Panel::new(x, Axis::names("", names.clone()));
            panel.title = (*label).to_owned();
            for (index, ((name, rows), found)) in groups.iter().zip(&measured).enumerate() {
                let Some(eval::Measured { value, interval, n }) = *found else { continue };
                let [low, high] = cells(interval);
                table.row(vec![name.clone(), metric.name.to_owned(), value.to_string(), low, high, n.to_string()]);
                panel.row_texts.push(number(value.round()));
                panel.series.push(Series {
                    name: name.clone(),
                    style: run.style_of(&rows[0].arm),
                    draw: Draw::Bars,
                    points: vec![Point { x: value, y: index as f64, ..Point::default() }],
                    ..Series::default()
                });
            }
            panel
        })
        .collect();
    Some(Figure {
        stem: "costs".into(),
        title: "What a verdict costs".into(),
        notes: vec![
            "Tokens shown to the evaluator and to other helpers for one test instance, and the evaluator tokens spent on \
             training labels in all."
                .into(),
        ],
        panels,
        key: Key::None,
        table,
    })
}

/// Confidence against what happened, in ten bins of equal width.
pub fn reliability(run: &RunData) -> Option<Figure> {
    let groups = by_arm(run);
    let mut panel = Panel::new(
        Axis::between("confidence of the verdict", 0.0, 1.0),
        Axis::between("share of verdicts that are right", 0.0, 1.0),
    );
    panel.guides = vec![Guide::Diagonal];
    let mut table = Table::new(&["arm", "confidence", "accuracy", "n"]);
    for (name, rows) in &groups {
        let bins = calibration::reliability(eval::confidences(rows));
        for bin in &bins {
            table.row(vec![name.clone(), bin.confidence.to_string(), bin.accuracy.to_string(), bin.n.to_string()]);
        }
        if let Some(error) = calibration::expected_error(&bins)
            && panel.series.len() < LINES_MAX
        {
            panel.series.push(Series {
                name: format!("{name} (ECE {error:.3})"),
                style: run.style_of(&rows[0].arm),
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
    let shown = panel.series.len();
    let notes = if groups.len() > shown {
        vec![format!("{shown} of {} arms are shown; the CSV holds all.", groups.len())]
    } else {
        vec![]
    };
    Some(Figure {
        stem: "reliability".into(),
        title: "Reliability: how often a verdict of some confidence is right".into(),
        notes,
        panels: vec![panel],
        key: Key::Side,
        table,
    })
}

/// Accuracy against what a verdict costs its evaluator: the points of one arm's sweep joined. Drawn where costs differ.
pub fn equal_cost(run: &RunData) -> Option<Figure> {
    let mut table = Table::new(&["arm", "evaluator_tokens", "accuracy", "ci_low", "ci_high", "n"]);
    let mut series: Vec<Series> = Vec::new();
    for (name, rows) in by_arm(run) {
        let Some(cost) = metrics::EVALUATOR_TOKENS.of(&rows).map(|m| m.value) else { continue };
        let (Some(value), interval, n) = eval::accuracy(&rows) else { continue };
        let [low, high] = cells(interval);
        table.row(vec![name, cost.to_string(), value.to_string(), low, high, n.to_string()]);
        let point = Point { x: cost, y: value, x_interval: None, y_interval: interval };
        match series.iter_mut().find(|s| s.name == rows[0].arm) {
            Some(known) => known.points.push(point),
            None => series.push(Series {
                name: rows[0].arm.clone(),
                style: run.style_of(&rows[0].arm),
                draw: Draw::Joined,
                points: vec![point],
                ..Series::default()
            }),
        }
    }
    series.iter_mut().for_each(|s| s.points.sort_by(|a, b| a.x.total_cmp(&b.x)));
    let points = || series.iter().flat_map(|s| &s.points);
    let costs: Vec<f64> = points().map(|p| p.x).collect();
    if costs.iter().all(|c| *c == costs[0]) {
        return None;
    }
    let mut x = Axis::swept("evaluator tokens per instance", &costs);
    x.marked.clear();
    let ends = points().flat_map(|p| [Some(p.y), p.y_interval.map(|i| i.low), p.y_interval.map(|i| i.high)]).flatten();
    let mut panel = Panel::new(x, Axis::linear("accuracy", ends.collect::<Vec<_>>()));
    panel.guides = vec![Guide::AtY(0.5, "one half".into())];
    panel.series = series;
    Some(Figure {
        stem: "accuracy-by-cost".into(),
        title: "Accuracy against what the evaluator reads".into(),
        notes: vec![],
        panels: vec![panel],
        key: Key::Side,
        table,
    })
}
