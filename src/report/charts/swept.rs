//! A metric against a swept value, a label or the arms, as an experiment asks for it.

use super::fitted::{Fitted, fitted};
use super::measure::{Measured, measure, off_axis};
use super::{axis_words, capital, metric_words, refused, short, stem, words};
use crate::eval::metrics;
use crate::report::axis::Axis;
use crate::report::chosen::Chosen;
use crate::report::data::RunData;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cells};
use crate::report::request::Request;

/// Lines or dots of one colour each that a plot has room for.
const GROUPS_MAX: usize = 12;

/// The accuracy of every arm by the kind of flaw, where the instances know it.
pub fn by_flaw(chosen: &Chosen<'_>) -> Option<Figure> {
    const FLAW: &str = "flaw";
    let is_known = chosen.instances.iter().any(|row| row.labels.contains_key(FLAW));
    is_known.then(|| requested(chosen, &Request::new(FLAW, "accuracy")))
}

/// Where there are more groups than have room in a sweep around a centre, those at the centre of all but x and the group;
/// and what must be said of the others.
fn at_centre<'a>(chosen: &Chosen<'a>, request: &Request, groups: usize) -> Option<(Vec<Measured<'a>>, String)> {
    let run = chosen.run;
    // What is zipped with x moves along it.
    let moves =
        |path: &str| run.zipped.iter().any(|zip| [path, &request.x].iter().all(|it| zip.iter().any(|p| p == it)));
    let asked = |path: &str| path != request.x && path != request.group && !moves(path);
    if groups <= GROUPS_MAX || !run.centre.keys().any(|path| asked(path)) {
        return None;
    }
    let centred = chosen.where_instances(|row| run.is_at_centre_of(&row.swept, asked));
    let measured = measure(&centred, &request.y, &request.x, &request.group);
    let shown = by_group(&measured).len();
    let is_drawn = measured.iter().any(|m| m.x.is_some()) && shown < groups;
    let note = format!(
        "The centre of the sweep ({}) is shown: {shown} of {groups} groups. For others: `tribunal plot` with `--when \
         PATH=VALUE`.",
        run.centre_words(asked)
    );
    is_drawn.then_some((measured, note))
}

/// The name of the files of a request's plot, and its title.
pub fn named(request: &Request) -> (String, String) {
    let name = stem(&[&request.y, "by", short(&request.x)]);
    let name = if request.group == "arm" { name } else { stem(&[&name, short(&request.group)]) };
    let title = format!("{} by {}", capital(metric_words(&request.y).trim_end_matches(", in nats")), words(&request.x));
    (name, title)
}

/// The plot of a request.
pub fn requested(chosen: &Chosen<'_>, request: &Request) -> Figure {
    let mut measured = measure(chosen, &request.y, &request.x, &request.group);
    let (name, title) = named(request);
    if measured.iter().all(|m| m.x.is_none()) {
        let why = format!(
            "nothing to draw: no row has both the metric `{}` and `{}`; x is a swept path, a label of the instances or \
             `arm`, y a metric",
            request.y, request.x
        );
        return refused(name, title, why);
    }
    let centred = at_centre(chosen, request, by_group(&measured).len()).map(|(centred, note)| {
        measured = centred;
        note
    });
    let numeric = measured.iter().filter_map(|m| m.x.as_deref()).all(|x| number_of(x).is_some());
    let (mut figure, fits) = if numeric {
        lines(chosen.run, request, &measured)
    } else {
        (rows(chosen.run, request, &measured), Vec::new())
    };
    if !numeric && request.fit.is_some() {
        figure.notes.push(format!("No curve: {} are names, and a curve takes numbers.", words(&request.x)));
    }
    if [metrics::ASD.name, metrics::JUDGE_SCORE.name].contains(&request.y.as_str()) {
        let floor = metrics::PROBABILITY_FLOOR;
        figure.notes.push(format!("Probabilities below {floor} count as {floor}."));
    }
    let off = off_axis(chosen, &request.x, &request.group).len();
    if off > 0 && centred.is_none() {
        let points = if off == 1 { "one point".to_owned() } else { format!("{off} points") };
        figure.notes.push(format!("Left out: {points} of the sweep off this axis."));
    }
    figure.notes.splice(0..0, centred);
    let table = table_of(&measured, request, &fits);
    (figure.stem, figure.title, figure.table) = (name, title, table);
    figure
}

fn number_of(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite())
}

/// The measurements; where curves were fitted, with the form of each group's curve and its parameters, or why there is none.
fn table_of(measured: &[Measured<'_>], request: &Request, fits: &[(String, Fitted)]) -> Table {
    let own = [request.group.as_str(), &request.x, &request.y, "ci_low", "ci_high", "n"];
    let of_fits = if fits.is_empty() { &[][..] } else { &["fit", "fit_parameters", "fit_refused"] };
    let mut table = Table::new(&[&own[..], of_fits].concat());
    for m in measured {
        let [low, high] = cells(m.interval);
        let x = m.x.clone().unwrap_or_default();
        let mut row = vec![m.group.clone(), x, m.value.to_string(), low, high, m.n.to_string()];
        if !fits.is_empty() {
            let fit = fits.iter().find(|(group, _)| *group == m.group).map(|(_, fit)| fit.cells());
            row.extend(fit.unwrap_or_default());
        }
        table.row(row);
    }
    table
}

/// Measurements by group, in order, those that stand somewhere along x first: the others are levels beside them.
fn by_group<'m, 'a>(measured: &'m [Measured<'a>]) -> Vec<(&'m str, Vec<&'m Measured<'a>>)> {
    let mut groups: Vec<(&str, Vec<&Measured<'_>>)> = Vec::new();
    for m in measured {
        match groups.iter_mut().find(|(name, _)| *name == m.group) {
            Some((_, members)) => members.push(m),
            None => groups.push((&m.group, vec![m])),
        }
    }
    groups.sort_by_key(|(_, members)| members.iter().all(|m| m.x.is_none()));
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
fn lines(run: &RunData, request: &Request, measured: &[Measured<'_>]) -> (Figure, Vec<(String, Fitted)>) {
    let groups = by_group(measured);
    let shown = &groups[..groups.len().min(GROUPS_MAX)];
    let mut xs: Vec<f64> = measured.iter().filter_map(|m| number_of(m.x.as_deref()?)).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let mut panel = Panel::new(
        Axis::swept(&axis_words(&request.x), &xs),
        Axis::linear(&metric_words(&request.y), shown.iter().flat_map(|(_, ms)| ms.iter()).flat_map(|m| ends_of(m))),
    );
    if request.y != "accuracy" {
        panel.guides = chance(&request.y).map(|(at, what)| Guide::AtY(at, what.into())).into_iter().collect();
    }
    let mut notes = left_out(groups.len(), shown.len());
    if xs.len() == 1 {
        notes.push(format!("One value of {} only: points, no line.", axis_words(&request.x)));
    }
    let mut fits = Vec::new();
    for (index, (group, members)) in groups.iter().enumerate() {
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
            let found = fitted(fit, &at, (index < shown.len()).then_some(&mut series));
            if index < shown.len() {
                notes.push(format!("{group}: {}", found.note));
            }
            fits.push(((*group).to_owned(), found));
        }
        if index < shown.len() {
            panel.series.push(series);
        }
    }
    let key = if panel.series.len() > 1 { Key::LineEnds } else { Key::None };
    let (stem, title, table) = (String::new(), String::new(), Table::default());
    (Figure { stem, title, notes, panels: vec![panel], key, table }, fits)
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
