//! What learning shows: errors by level, and training curves.

use super::measure::{Measured, aligned, measure};
use crate::eval::{self, stats::cluster};
use crate::report::axis::{Axis, range};
use crate::report::data::RunData;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cells};

/// Fits whose curves one plot has room for: lines have a colour and no marker.
const FITS_MAX: usize = 7;

/// Points of a curve at most: the loss of single batches is noise that hides the curve.
const CURVE_POINTS_MAX: usize = 30;

/// Error by level, unassisted, assisted by the trained model, and assisted by an oracle; and the ratio of the error at
/// a level to that of the level below. Reads the labels `level` and `assistance` of instances, or of results with the
/// metrics `error` and `error_ratio`.
pub fn levels(run: &RunData) -> Option<Figure> {
    let mut table = Table::new(&["metric", "assistance", "level", "value", "ci_low", "ci_high", "n"]);
    let panels: Vec<Panel> = [("error", "error"), ("error_ratio", "error, as a ratio to the level below")]
        .into_iter()
        .filter_map(|(metric, label)| level_panel(run, metric, label, &mut table))
        .collect();
    (!panels.is_empty()).then(|| Figure {
        stem: "levels".into(),
        title: "Error by level of the recursion".into(),
        notes: vec![
            "A ratio is shown where the intervals of both errors are clear of zero. Below one, a level errs less than the \
             level below it."
                .into(),
        ],
        panels,
        key: Key::Side,
        table,
    })
}

fn level_panel(run: &RunData, metric: &str, label: &str, table: &mut Table) -> Option<Panel> {
    let mut measured = measure(run, metric, "level", "assistance");
    if metric == "error_ratio" && measured.is_empty() {
        measured = ratios(measure(run, "error", "level", "assistance"));
    }
    let order = ["unassisted", "trained", "oracle"];
    let mut panel = Panel::new(Axis::linear("level", []), Axis::linear(label, []));
    let mut levels = Vec::new();
    let mut ends = vec![0.0];
    for m in &measured {
        let Some(level) = m.x.as_deref().and_then(|x| x.parse::<f64>().ok()) else { continue };
        let [low, high] = cells(m.interval);
        let cells = [metric.to_owned(), m.group.clone(), level.to_string(), m.value.to_string(), low, high];
        table.row(cells.into_iter().chain([m.n.to_string()]).collect());
        levels.push(level);
        ends.extend([m.value].into_iter().chain(m.interval.iter().flat_map(|i| [i.low, i.high])));
        let point = Point { x: level, y: m.value, x_interval: None, y_interval: m.interval };
        match panel.series.iter_mut().find(|s| s.name == m.group) {
            Some(series) => series.points.push(point),
            None => panel.series.push(Series {
                name: m.group.clone(),
                style: order.iter().position(|o| *o == m.group).unwrap_or(order.len() + panel.series.len()),
                draw: Draw::Joined,
                points: vec![point],
                ..Series::default()
            }),
        }
    }
    let (low, high) = range(levels.iter().copied())?;
    panel.x = Axis::between("level", low - 0.4, high + 0.4);
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    panel.x.marked = levels;
    let count = panel.series.len();
    for (index, series) in panel.series.iter_mut().enumerate() {
        series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        // Side by side, so that intervals at one level do not hide each other.
        let apart = 0.12 * (index as f64 - (count as f64 - 1.0) / 2.0);
        series.points.iter_mut().for_each(|p| p.x += apart);
    }
    if metric == "error_ratio" {
        ends = vec![1.0];
        let points = || panel.series.iter().flat_map(|s| &s.points);
        ends.extend(points().map(|p| p.y));
        ends.extend(points().filter_map(|p| p.y_interval).flat_map(|i| [i.low, i.high]));
        panel.guides = vec![Guide::AtY(1.0, "no change".into())];
    }
    panel.y = Axis::linear(label, ends);
    Some(panel)
}

/// The ratios of errors at one level to those at the level below with the same assistance, where both are clear of zero.
fn ratios(errors: Vec<Measured<'_>>) -> Vec<Measured<'_>> {
    let level = |m: &Measured<'_>| m.x.as_deref().and_then(|x| x.parse::<i64>().ok());
    let mut found = Vec::new();
    for above in &errors {
        let below = errors
            .iter()
            .find(|b| b.group == above.group && level(b).is_some() && level(b).map(|l| l + 1) == level(above));
        let Some(below) = below else { continue };
        let sides = aligned(&[above, below]);
        if let Some((value, interval)) = cluster::ratio(&sides[0], &sides[1], eval::bootstrap_stream()) {
            found.push(Measured { value, interval: Some(interval), n: above.n.min(below.n), ..above.clone() });
        }
    }
    found
}

/// Training and validation loss of every fit by optimiser step.
pub fn training(run: &RunData) -> Option<Figure> {
    let mut table = Table::new(&["fit", "step", "loss", "validation"]);
    let mut panels = Vec::new();
    for (title, of) in [("loss", 0), ("validation loss", 1)] {
        let mut series = Vec::new();
        for (index, (fit, rows)) in run.trainings.iter().take(FITS_MAX).enumerate() {
            let points: Vec<Point> = rows
                .iter()
                .filter_map(|row| {
                    let y = if of == 0 { Some(row.loss) } else { row.validation }?;
                    Some(Point { x: row.step as f64, y, ..Point::default() })
                })
                .collect();
            let points = smoothed(points);
            if !points.is_empty() {
                let name = fit.chars().take(10).collect();
                series.push(Series { name, style: index, draw: Draw::Joined, points, ..Series::default() });
            }
        }
        if !series.is_empty() {
            let points = || series.iter().flat_map(|s| &s.points);
            let x = Axis::linear("optimiser steps", points().map(|p| p.x));
            let mut panel = Panel::new(x, Axis::linear(title, points().map(|p| p.y)));
            panel.title = title.to_owned();
            panel.series = series;
            panels.push(panel);
        }
    }
    for (fit, rows) in &run.trainings {
        for row in rows {
            let validation = row.validation.map_or_else(String::new, |v| v.to_string());
            table.row(vec![fit.clone(), row.step.to_string(), row.loss.to_string(), validation]);
        }
    }
    let left_out = run.trainings.len().saturating_sub(FITS_MAX);
    let mut notes =
        vec![format!("Long curves are means of {CURVE_POINTS_MAX} stretches of steps; the CSV holds every step.")];
    if left_out > 0 {
        notes.push(format!("{left_out} more fits are in the CSV."));
    }
    (!panels.is_empty()).then(|| Figure {
        stem: "training".into(),
        title: "Training curves".into(),
        notes,
        panels,
        key: Key::Side,
        table,
    })
}

/// The means of consecutive stretches of equal length, where there are more points than a curve can show.
fn smoothed(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= CURVE_POINTS_MAX {
        return points;
    }
    let stretch = points.len().div_ceil(CURVE_POINTS_MAX);
    let mean = |part: &[Point], of: fn(&Point) -> f64| part.iter().map(of).sum::<f64>() / part.len() as f64;
    points
        .chunks(stretch)
        .map(|part| Point { x: mean(part, |p| p.x), y: mean(part, |p| p.y), ..Point::default() })
        .collect()
}
