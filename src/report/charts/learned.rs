//! What learning shows: errors by level, and training curves.

use super::measure::{Measured, aligned, measure};
use crate::eval::{self, stats::cluster};
use crate::report::axis::{Axis, range};
use crate::report::chosen::Chosen;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cell, cells};
use crate::report::trainings::Training;

/// Fits whose curves one plot has room for.
const FITS_MAX: usize = 12;

/// Points of a curve at most: the loss of single batches is noise that hides the curve.
const CURVE_POINTS_MAX: usize = 16;

/// Error by level, unassisted, assisted by the trained model, and assisted by an oracle; and the ratio of the error at
/// a level to that of the level below. Reads the labels `level` and `assistance` of instances, or of results with the
/// metrics `error` and `error_ratio`.
pub fn levels(chosen: &Chosen<'_>) -> Option<Figure> {
    let mut table = Table::new(&["metric", "assistance", "level", "value", "ci_low", "ci_high", "n"]);
    let panels: Vec<Panel> = [("error", "error"), ("error_ratio", "error, as a ratio to the level below")]
        .into_iter()
        .filter_map(|(metric, label)| level_panel(chosen, metric, label, &mut table))
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
        key: Key::LineEnds,
        table,
    })
}

fn level_panel(chosen: &Chosen<'_>, metric: &str, label: &str, table: &mut Table) -> Option<Panel> {
    let mut measured = measure(chosen, metric, "level", "assistance");
    if metric == "error_ratio" && measured.is_empty() {
        measured = ratios(measure(chosen, "error", "level", "assistance"));
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

/// Training and validation loss by optimiser step: of every learner at every width one fit, that of the lowest seed.
pub fn training(chosen: &Chosen<'_>) -> Option<Figure> {
    let trainings = &chosen.run.trainings;
    let shown = one_of_each(trainings);
    let panel = |title: &str, of: &dyn Fn(&Training) -> Vec<Point>| {
        let line = |(style, it): (usize, &&Training)| {
            Some(Series { name: it.name(), style, draw: Draw::Joined, points: of(it), ..Series::default() })
                .filter(|series| !series.points.is_empty())
        };
        let series: Vec<Series> = shown.iter().enumerate().filter_map(line).collect();
        let points = || series.iter().flat_map(|s| &s.points);
        let x = Axis::linear("optimiser steps", points().map(|p| p.x));
        // By ratios where losses span a decade: one bad start would press all others together.
        let mut y = Axis::swept(title, &points().map(|p| p.y).collect::<Vec<_>>());
        y.marked.clear();
        let mut panel = Panel::new(x, y);
        panel.title = title.to_owned();
        panel.series = series;
        (!panel.series.is_empty()).then_some(panel)
    };
    let point = |step: u64, y: f64| Point { x: step as f64, y, ..Point::default() };
    let loss = |it: &Training| smoothed(it.rows.iter().map(|row| point(row.step, row.loss)).collect());
    let validation =
        |it: &Training| smoothed(it.rows.iter().filter_map(|row| Some(point(row.step, row.validation?))).collect());
    let panels: Vec<Panel> =
        [panel("loss", &loss), panel("validation loss", &validation)].into_iter().flatten().collect();
    let mut table = Table::new(&["fit", "learner", "width", "seed", "step", "loss", "validation"]);
    let text = |number: Option<u64>| number.map_or_else(String::new, |it| it.to_string());
    for it in trainings {
        for row in &it.rows {
            let facts = [it.fit.clone(), it.learner.clone().unwrap_or_default(), text(it.width), text(it.seed)];
            let of_step = [row.step.to_string(), row.loss.to_string(), cell(row.validation)];
            table.row(facts.into_iter().chain(of_step).collect());
        }
    }
    let mut notes =
        vec![format!("Long curves are means of {CURVE_POINTS_MAX} stretches of steps; the CSV holds every step.")];
    if shown.len() < trainings.len() {
        notes.push(format!(
            "{} of {} fits, at most one for each learner and width, of the lowest seed; the CSV holds all.",
            shown.len(),
            trainings.len()
        ));
    }
    let title = "Training curves".into();
    (!panels.is_empty()).then_some(Figure { stem: "training".into(), title, notes, panels, key: Key::LineEnds, table })
}

/// Of fits that differ in the seed alone, or in what their records do not say, the first; as many as have room.
fn one_of_each(trainings: &[Training]) -> Vec<&Training> {
    let mut shown: Vec<&Training> = Vec::new();
    for it in trainings {
        let is_like =
            |other: &&Training| it.learner.is_some() && (&it.learner, it.width) == (&other.learner, other.width);
        if shown.len() < FITS_MAX && !shown.iter().any(is_like) {
            shown.push(it);
        }
    }
    shown
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
