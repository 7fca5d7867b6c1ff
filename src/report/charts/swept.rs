//! A metric against a swept value, a label or the arms, as an experiment asks for it.

use super::measure::{Measured, aligned, measure, off_axis};
use super::{capital, metric_words, refused, short, stem, words};
use crate::eval::stats::curve::{self, BEST, Curve, Form};
use crate::eval::stats::{CONFIDENCE, normal_quantile};
use crate::eval::{self, metrics};
use crate::report::axis::Axis;
use crate::report::data::RunData;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cells};
use crate::report::request::Request;

/// Lines or dots of one colour each that a plot has room for.
const GROUPS_MAX: usize = 12;

/// Places along x at which a fitted curve is drawn.
const CURVE_STEPS: usize = 60;

/// The accuracy of every arm by the values of a label, where the instances carry it and the arms, each at each point of
/// the sweep, have room.
pub fn by_label(run: &RunData, label: &str) -> Option<Figure> {
    let points = eval::grouped(&run.instances, |row| (row.arm.clone(), row.swept.clone())).len();
    let known = run.instances.iter().any(|row| row.labels.contains_key(label));
    (known && points <= GROUPS_MAX).then(|| requested(run, &Request::new(label, "accuracy")))
}

/// The plot of a request.
pub fn requested(run: &RunData, request: &Request) -> Figure {
    let measured = measure(run, &request.y, &request.x, &request.group);
    let name = stem(&[&request.y, "by", short(&request.x)]);
    let name = if request.group == "arm" { name } else { stem(&[&name, short(&request.group)]) };
    let title = format!("{} by {}", capital(metric_words(&request.y).trim_end_matches(", in nats")), words(&request.x));
    if measured.iter().all(|m| m.x.is_none()) {
        let why = format!(
            "nothing to draw: no row has both the metric `{}` and `{}`; x is a swept path, a label of the instances or \
             `arm`, y a metric",
            request.y, request.x
        );
        return refused(name, title, why);
    }
    let table = table_of(&measured, request);
    let numeric = measured.iter().filter_map(|m| m.x.as_deref()).all(|x| number_of(x).is_some());
    let mut figure = if numeric { lines(run, request, &measured) } else { rows(run, request, &measured) };
    if !numeric && request.fit.is_some() {
        figure.notes.push(format!("No curve: {} are names, and a curve takes numbers.", words(&request.x)));
    }
    if [metrics::ASD.name, metrics::JUDGE_SCORE.name].contains(&request.y.as_str()) {
        let floor = metrics::PROBABILITY_FLOOR;
        figure.notes.push(format!("Probabilities below {floor} count as {floor}."));
    }
    let off = off_axis(run, &request.x, &request.group).len();
    if off > 0 {
        let points = if off == 1 { "one point".to_owned() } else { format!("{off} points") };
        figure.notes.push(format!("Left out: {points} of the sweep off this axis."));
    }
    (figure.stem, figure.title, figure.table) = (name, title, table);
    figure
}

fn number_of(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

fn table_of(measured: &[Measured<'_>], request: &Request) -> Table {
    let mut table = Table::new(&[&request.group, &request.x, &request.y, "ci_low", "ci_high", "n"]);
    for m in measured {
        let [low, high] = cells(m.interval);
        let x = m.x.clone().unwrap_or_default();
        table.row(vec![m.group.clone(), x, m.value.to_string(), low, high, m.n.to_string()]);
    }
    table
}

/// Measurements by group, in order; those that stand nowhere along x apart.
fn by_group<'m, 'a>(measured: &'m [Measured<'a>]) -> Vec<(&'m str, Vec<&'m Measured<'a>>)> {
    let mut groups: Vec<(&str, Vec<&Measured<'_>>)> = Vec::new();
    for m in measured {
        match groups.iter_mut().find(|(name, _)| *name == m.group) {
            Some((_, members)) => members.push(m),
            None => groups.push((&m.group, vec![m])),
        }
    }
    groups
}

/// Each group's place among the colours: its arm's where groups are arms.
fn style(run: &RunData, request: &Request, index: usize, group: &str) -> usize {
    if request.group == "arm" && run.arms.iter().any(|arm| arm == group) { run.style_of(group) } else { index }
}

/// What a judge comes to who cannot tell the sides apart, and a gain that neither damps nor amplifies, with their names.
fn chance(metric: &str) -> Option<(f64, &'static str)> {
    match metric {
        "accuracy" => Some((0.5, "one half")),
        "gain" => Some((1.0, "neutral")),
        "asd" | "asd_win" => Some((0.0, "no difference")),
        _ => None,
    }
}

/// Names along the vertical axis, a marker for each group.
fn rows(run: &RunData, request: &Request, measured: &[Measured<'_>]) -> Figure {
    let mut names: Vec<&str> = Vec::new();
    for x in measured.iter().filter_map(|m| m.x.as_deref()) {
        if !names.contains(&x) {
            names.push(x);
        }
    }
    if request.x != "arm" {
        names.sort_unstable();
    }
    let groups = by_group(measured);
    let shown = &groups[..groups.len().min(GROUPS_MAX)];
    let ends = shown.iter().flat_map(|(_, ms)| ms.iter()).flat_map(|m| ends_of(m));
    let mut panel = Panel::new(
        Axis::linear(&metric_words(&request.y), ends),
        Axis::names("", names.iter().map(|n| (*n).to_owned()).collect()),
    );
    panel.guides = chance(&request.y).map(|(at, what)| Guide::AtX(at, what.into())).into_iter().collect();
    for (index, (group, members)) in shown.iter().enumerate() {
        // Markers of one row stand below one another, so that intervals do not hide each other.
        let apart = if shown.len() > 1 && request.x != request.group {
            0.7 * (index as f64 / (shown.len() - 1) as f64 - 0.5)
        } else {
            0.0
        };
        let points = members.iter().filter_map(|m| {
            let row = names.iter().position(|name| Some(*name) == m.x.as_deref())?;
            Some(Point { x: m.value, y: row as f64 + apart, x_interval: m.interval, y_interval: None })
        });
        panel.series.push(Series {
            name: (*group).to_owned(),
            style: style(run, request, index, group),
            points: points.collect(),
            ..Series::default()
        });
    }
    let notes = left_out(groups.len(), shown.len());
    let key = if shown.len() > 1 && request.x != request.group { Key::Side } else { Key::None };
    Figure { stem: String::new(), title: String::new(), notes, panels: vec![panel], key, table: Table::default() }
}

/// Numbers along the horizontal axis, a line with its band for each group.
fn lines(run: &RunData, request: &Request, measured: &[Measured<'_>]) -> Figure {
    let groups = by_group(measured);
    let shown = &groups[..groups.len().min(GROUPS_MAX)];
    let mut xs: Vec<f64> = measured.iter().filter_map(|m| number_of(m.x.as_deref()?)).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let mut panel = Panel::new(
        Axis::swept(&request.x, &xs),
        Axis::linear(&metric_words(&request.y), shown.iter().flat_map(|(_, ms)| ms.iter()).flat_map(|m| ends_of(m))),
    );
    if request.y != "accuracy" {
        panel.guides = chance(&request.y).map(|(at, what)| Guide::AtY(at, what.into())).into_iter().collect();
    }
    let mut notes = left_out(groups.len(), shown.len());
    if xs.len() == 1 {
        notes.push(format!("One value of {} only: points, no line.", request.x));
    }
    for (index, (group, members)) in shown.iter().enumerate() {
        let mut at: Vec<(f64, &Measured<'_>)> =
            members.iter().filter_map(|m| Some((number_of(m.x.as_deref()?)?, *m))).collect();
        at.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut series = line_of(&at);
        series.style = style(run, request, index, group);
        series.name = (*group).to_owned();
        if let ([], Some(flat)) = (&at[..], members.first()) {
            // An arm that does not use the setting is one level, for all of its values.
            series = flat_line(flat, &xs, series);
        } else if let Some(fit) = &request.fit {
            notes.push(format!("{group}: {}", fitted(fit, &at, &mut series)));
        }
        panel.series.push(series);
    }
    let key = if panel.series.len() > 1 { Key::LineEnds } else { Key::None };
    Figure { stem: String::new(), title: String::new(), notes, panels: vec![panel], key, table: Table::default() }
}

fn left_out(groups: usize, shown: usize) -> Vec<String> {
    if groups > shown { vec![format!("The first {shown} of {groups} groups; the CSV holds all.")] } else { vec![] }
}

fn ends_of(m: &Measured<'_>) -> impl Iterator<Item = f64> {
    [Some(m.value), m.interval.map(|i| i.low), m.interval.map(|i| i.high)].into_iter().flatten()
}

fn line_of(at: &[(f64, &Measured<'_>)]) -> Series {
    Series {
        draw: Draw::Joined,
        points: at.iter().map(|(x, m)| Point { x: *x, y: m.value, x_interval: None, y_interval: m.interval }).collect(),
        band: at.iter().filter_map(|(x, m)| m.interval.map(|i| (*x, i.low, i.high))).collect(),
        ..Series::default()
    }
}

fn flat_line(m: &Measured<'_>, xs: &[f64], series: Series) -> Series {
    let ends = [xs.first().copied().unwrap_or(0.0), xs.last().copied().unwrap_or(0.0)];
    Series {
        draw: Draw::Line,
        points: ends.map(|x| Point { x, y: m.value, ..Point::default() }).to_vec(),
        band: m.interval.map_or_else(Vec::new, |i| ends.map(|x| (x, i.low, i.high)).to_vec()),
        ..series
    }
}

/// Puts a fitted curve and its band on a series, and says what was fitted or why nothing was; the points stay.
fn fitted(fit: &str, at: &[(f64, &Measured<'_>)], series: &mut Series) -> String {
    let z = normal_quantile(0.5 + CONFIDENCE / 2.0);
    let error = |m: &Measured<'_>| m.interval.map(|i| (i.high - i.low) / (2.0 * z));
    let points: Vec<curve::Point> =
        at.iter().map(|(x, m)| curve::Point { x: *x, y: m.value, standard_error: error(m) }).collect();
    let (form, curve, why) = match of_form(fit, &points) {
        Ok(found) => found,
        Err(why) => return why,
    };
    // By ratios: from the first x above zero, where there is one at zero.
    let low = points.iter().map(|point| point.x).find(|x| *x > 0.0).unwrap_or(1.0);
    let high = points[points.len() - 1].x;
    let steps = (0..=CURVE_STEPS).map(|i| low * (high / low).powf(i as f64 / CURVE_STEPS as f64));
    let grid: Vec<f64> = (points[0].x == 0.0).then_some(0.0).into_iter().chain(steps).collect();
    series.draw = Draw::Dots;
    series.curve = grid.iter().map(|x| (*x, curve.at(*x))).collect();
    let measured: Vec<&Measured<'_>> = at.iter().map(|(_, m)| *m).collect();
    let band = curve::band(form, &points, &aligned(&measured), &grid, eval::bootstrap_stream().named("curve"));
    let banded = if band.is_some() { "" } else { ", without a band: too few independent units are known" };
    series.band = grid.iter().zip(band.unwrap_or_default()).map(|(x, i)| (*x, i.low, i.high)).collect();
    format!("{curve}{why}{banded}")
}

/// The curve of the form asked for, or of the one that fits best and how that was told; or why there is none.
fn of_form(fit: &str, points: &[curve::Point]) -> Result<(Form, Curve, String), String> {
    if fit == BEST {
        let tried = curve::choose(points).map_err(|refusal| refusal.to_string())?;
        let best = tried[0];
        let why = match best.held_out {
            Some(off) => format!("off by {off:.3} at the largest x when that is left out"),
            None => "by AIC alone: too few x to leave the largest out".to_owned(),
        };
        return Ok((best.form, best.curve, format!(" (best of {}: {why})", tried.len())));
    }
    let form = Form::named(fit).ok_or_else(|| format!("no curve: `{fit}` is none of {}", curve::names().join(", ")))?;
    curve::fit(form, points).map(|curve| (form, curve, String::new())).map_err(|refusal| refusal.to_string())
}
