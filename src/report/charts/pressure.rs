//! What optimisation pressure does: what the best of n by a proxy is worth.

use std::collections::{BTreeMap, BTreeSet};

use super::measure::measure;
use super::words;
use crate::eval;
use crate::eval::stats::overoptimisation::{BestOfN, distance};
use crate::record::rows::ResultRow;
use crate::report::axis::{Axis, range};
use crate::report::chosen::Chosen;
use crate::report::figure::{Draw, Figure, Key, Panel, Point, Series, Table, cells};

/// The label by which curves are told apart.
pub const CURVE: &str = "curve";
/// The label of the number of candidates.
pub const BEST_OF: &str = "best_of";
/// The metrics of a fitted form.
const PARAMETERS: [&str; 2] = ["alpha", "beta"];
/// Curves whose parameters have room.
const TOLD_MAX: usize = 6;

/// Gold and proxy reward of the best of n candidates against the square root of the divergence that choosing costs,
/// KL = ln n - (n - 1) / n (Gao, Schulman and Hilton 2022), a curve for each arm, level and swept value. Reads the label
/// `best_of`, the metrics `gold`, `gold_fitted` and `proxy`, and the label `level` where there is one.
pub fn best_of(chosen: &Chosen<'_>) -> Option<Figure> {
    let results = told_apart(chosen.results.iter().copied().filter(is_shown).collect());
    if !results.iter().any(|row| row.labels.contains_key(BEST_OF)) {
        return None;
    }
    let told = Chosen::results_alone(chosen.run, results.iter().collect());
    let mut table = Table::new(&["metric", "group", "best_of", "sqrt_kl", "value", "ci_low", "ci_high", "n"]);
    let panels: Vec<Panel> =
        ["gold", "proxy"].into_iter().filter_map(|metric| panel(&told, metric, &mut table)).collect();
    let mut notes = vec!["KL = ln n − (n − 1)/n for the best of n candidates.".to_owned()];
    if panels.iter().flat_map(|panel| &panel.series).any(|series| !series.curve.is_empty()) {
        notes.push("Curves: R(d) = d (α − β d) with d = √KL, fitted up to n = 100 and drawn beyond.".to_owned());
        if panels.iter().flat_map(|panel| &panel.series).any(|it| !it.curve.is_empty() && !it.band.is_empty()) {
            notes.push("Bands: the fits of several seeds; bars at the points: what was measured.".to_owned());
        }
        notes.extend(parameters(&results, &mut table));
    }
    (!panels.is_empty()).then(|| Figure {
        stem: "best-of-n".into(),
        title: "Best of n under pressure: what the proxy promises and what gold says".into(),
        notes,
        panels,
        key: Key::LineEnds,
        table,
    })
}

/// Whether a result is of the best of n candidates, or of the form fitted to it.
pub fn is_shown(row: &&ResultRow) -> bool {
    row.labels.contains_key(BEST_OF) || PARAMETERS.contains(&row.metric.as_str())
}

/// The parameters of every curve, averaged over seeds: as rows of the table, and in words for as many as there is room.
fn parameters(results: &[ResultRow], table: &mut Table) -> Vec<String> {
    let curves = curves(results.iter().filter(|row| row.metric == PARAMETERS[0]));
    let choices = results.iter().filter_map(|row| number(row.labels.get(BEST_OF).map(String::as_str)));
    let widest = choices.map(distance).fold(0.0, f64::max);
    let mut told = Vec::new();
    for curve in &curves {
        let mut of = |metric: &str| -> Option<f64> {
            let rows: Vec<&ResultRow> =
                results.iter().filter(|row| row.metric == metric && row.labels[CURVE] == *curve).collect();
            let found = eval::results::averaged(&rows)?;
            let [low, high] = cells(found.interval);
            let [none, nowhere] = [String::new(), String::new()];
            let facts = [metric.to_owned(), (*curve).to_owned(), none, nowhere, found.value.to_string(), low, high];
            table.row(facts.into_iter().chain([found.n.to_string()]).collect());
            Some(found.value)
        };
        let [alpha, beta] = PARAMETERS.map(&mut of);
        let Some((alpha, beta)) = alpha.zip(beta) else { continue };
        // A peak far beyond what was drawn is a guess of the form's, and not told.
        let peak = BestOfN { alpha, beta }.peak().filter(|d| *d <= widest);
        let most = peak.map_or("no peak within the plot".to_owned(), |d| format!("most at √KL = {d:.2}"));
        told.push(format!("{curve}: α = {alpha:.3}, β = {beta:.3}, {most}"));
    }
    if told.len() > TOLD_MAX {
        told.truncate(TOLD_MAX - 1);
        told.push(format!("… and of {} more curves in the CSV", curves.len() + 1 - TOLD_MAX));
    }
    told
}

/// The curves that rows belong to, in their order.
pub fn curves<'a>(rows: impl Iterator<Item = &'a ResultRow>) -> Vec<&'a str> {
    let mut curves: Vec<&str> = Vec::new();
    for row in rows {
        if !curves.contains(&row.labels[CURVE].as_str()) {
            curves.push(&row.labels[CURVE]);
        }
    }
    curves
}

/// The rows with the name of their curve: what differs between them of arm, level and swept values.
pub fn told_apart(rows: Vec<&ResultRow>) -> Vec<ResultRow> {
    let arms: BTreeSet<&str> = rows.iter().map(|row| row.arm.as_str()).collect();
    // Of several runs, or trees, the same level may stand for more than one arm.
    let mut of_levels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        if let Some(level) = row.labels.get("level") {
            of_levels.entry(level).or_default().insert(&row.arm);
        }
    }
    let swept: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| row.labels.keys())
        .map(String::as_str)
        .filter(|key| key.contains('.'))
        .filter(|key| rows.iter().map(|row| row.labels.get(*key)).collect::<BTreeSet<_>>().len() > 1)
        .collect();
    let name = |row: &ResultRow| {
        let level = row.labels.get("level").map(|level| format!("level {level}"));
        let arm = match row.labels.get("level") {
            Some(level) => of_levels[level.as_str()].len() > 1,
            None => arms.len() > 1 || (swept.is_empty() && of_levels.is_empty()),
        };
        let arm = arm.then(|| row.arm.clone());
        let values = swept.iter().filter_map(|key| row.labels.get(*key).map(|value| format!("{} {value}", words(key))));
        level.into_iter().chain(arm).chain(values).collect::<Vec<_>>().join(", ")
    };
    let labelled = |row: &&ResultRow| {
        let mut labels = row.labels.clone();
        labels.insert(CURVE.to_owned(), name(row));
        ResultRow { labels, ..(*row).clone() }
    };
    rows.iter().map(labelled).collect()
}

fn panel(chosen: &Chosen<'_>, metric: &str, table: &mut Table) -> Option<Panel> {
    let mut panel = Panel::new(Axis::linear("√KL, in √nats", []), Axis::linear(metric, []));
    for m in measure(chosen, metric, BEST_OF, CURVE) {
        let Some(n) = number(m.x.as_deref()) else { continue };
        let x = distance(n);
        let [low, high] = cells(m.interval);
        let facts = [metric.to_owned(), m.group.clone(), n.to_string(), x.to_string(), m.value.to_string(), low, high];
        table.row(facts.into_iter().chain([m.n.to_string()]).collect());
        let point = Point { x, y: m.value, x_interval: None, y_interval: m.interval };
        match panel.series.iter_mut().find(|s| s.name == m.group) {
            Some(series) => series.points.push(point),
            None => {
                let (name, style) = (m.group.clone(), panel.series.len());
                panel.series.push(Series { name, style, draw: Draw::Joined, points: vec![point], ..Series::default() });
            }
        }
    }
    for m in measure(chosen, &format!("{metric}_fitted"), BEST_OF, CURVE) {
        let series = panel.series.iter_mut().find(|s| s.name == m.group);
        if let (Some(n), Some(series)) = (number(m.x.as_deref()), series) {
            series.curve.push((distance(n), m.value));
            // The interval over the seeds' own fits.
            series.band.extend(m.interval.map(|i| (distance(n), i.low, i.high)));
        }
    }
    for series in &mut panel.series {
        series.points.sort_by(|a, b| a.x.total_cmp(&b.x));
        series.curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        series.band.sort_by(|a, b| a.0.total_cmp(&b.0));
        if !series.curve.is_empty() {
            series.draw = Draw::Dots;
        } else {
            series.band = series.points.iter().filter_map(|p| p.y_interval.map(|i| (p.x, i.low, i.high))).collect();
        }
    }
    let points = || panel.series.iter().flat_map(|s| &s.points);
    let ends = points().flat_map(|p| [Some(p.y), p.y_interval.map(|i| i.low), p.y_interval.map(|i| i.high)]).flatten();
    let curves = panel.series.iter().flat_map(|s| &s.curve).map(|(_, y)| *y);
    let (low, high) = range(ends.chain(curves))?;
    let widest = points().map(|p| p.x).fold(0.0, f64::max);
    panel.y = Axis::linear(metric, [low, high]);
    panel.x = Axis::between("√KL, in √nats", -0.03 * widest.max(1.0), 1.03 * widest.max(0.1));
    Some(panel)
}

fn number(x: Option<&str>) -> Option<f64> {
    x.and_then(|x| x.parse::<f64>().ok()).filter(|n| *n >= 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::rows::{Labels, Version};
    use crate::task::Split;

    fn row(arm: &str, labels: &[(&str, &str)]) -> ResultRow {
        let labels: Labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ResultRow {
            version: Version,
            cell: "c".into(),
            arm: arm.into(),
            seed: Some(1),
            split: Split::Test,
            metric: "gold".into(),
            value: Some(0.5),
            ci_low: None,
            ci_high: None,
            n: 1,
            unscored: Default::default(),
            labels,
        }
    }

    #[test]
    fn curves_are_named_by_what_differs() {
        let names = |rows: &[ResultRow]| -> Vec<String> {
            told_apart(rows.iter().collect()).iter().map(|row| row.labels[CURVE].clone()).collect()
        };
        assert_eq!(names(&[row("a", &[]), row("b", &[])]), ["a", "b"]);
        assert_eq!(names(&[row("a", &[("level", "1")]), row("b", &[("level", "2")])]), ["level 1", "level 2"]);
        let widths = [row("a", &[("x.y.width", "4")]), row("a", &[("x.y.width", "8")])];
        assert_eq!(names(&widths), ["width 4", "width 8"]);
        let both = [row("a", &[("x.noise", "0")]), row("b", &[("x.noise", "0.25")])];
        assert_eq!(names(&both), ["a, noise 0", "b, noise 0.25"]);
    }
}
