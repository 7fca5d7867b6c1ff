//! Accuracy against what a verdict costs: equal-cost curves.

use std::collections::BTreeSet;

use super::arms::by_arm;
use super::words;
use crate::eval::{self, metrics};
use crate::record::rows::{InstanceRow, Labels};
use crate::report::axis::Axis;
use crate::report::chosen::Chosen;
use crate::report::figure::{Draw, Figure, Guide, Key, Panel, Point, Series, Table, cells};

/// Curves that a plot has room for.
const CURVES_MAX: usize = 12;

/// What begins the paths of settings that say what may be spent.
const BUDGET: &str = "budget.";

/// The points of one arm at one value of all settings but those along which its curve runs.
struct Curve<'a> {
    arm: &'a str,
    others: Labels,
    points: Vec<Point>,
}

/// Accuracy against what a verdict costs its evaluator. A curve is one arm at one value of whatever else is swept, its
/// points joined along the budget, or along the one setting that is swept. Drawn where costs differ.
pub fn equal_cost(chosen: &Chosen<'_>) -> Option<Figure> {
    let mut table = Table::new(&["arm", "evaluator_tokens", "accuracy", "ci_low", "ci_high", "n"]);
    let along = along(chosen);
    let mut curves: Vec<Curve<'_>> = Vec::new();
    for (name, rows) in by_arm(chosen) {
        let Some(x) = metrics::EVALUATOR_TOKENS.of(&rows).map(|m| m.value) else { continue };
        let (Some(y), interval, n) = eval::accuracy(&rows) else { continue };
        let [low, high] = cells(interval);
        table.row(vec![name, x.to_string(), y.to_string(), low, high, n.to_string()]);
        let first: &InstanceRow = rows[0];
        let others = first.swept.iter().filter(|(path, _)| !along.contains(path.as_str()));
        let others: Labels = others.map(|(path, value)| (path.clone(), value.clone())).collect();
        let point = Point { x, y, x_interval: None, y_interval: interval };
        match curves.iter_mut().find(|it| it.arm == first.arm && it.others == others) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve { arm: &first.arm, others, points: vec![point] }),
        }
    }
    let (shown, note) = shown(chosen, &curves, &along);
    let series: Vec<Series> = shown.iter().enumerate().map(|(at, i)| line(chosen, &curves, &shown, at, *i)).collect();
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
    let joined = along.iter().map(|path| words(path)).collect::<Vec<_>>().join(" and ");
    let is_joined = panel.series.iter().any(|series| series.points.len() > 1);
    let joined = is_joined.then(|| format!("A curve is one arm, its points joined along {joined}."));
    Some(Figure {
        stem: "accuracy-by-cost".into(),
        title: "Accuracy against what the evaluator reads".into(),
        notes: joined.into_iter().chain(note).collect(),
        panels: vec![panel],
        key: Key::LineEnds,
        table,
    })
}

/// The settings along which points are joined: those of the budget, else the one that is swept; none where there are
/// several, since points that differ in more than one thing are no curve.
fn along<'a>(chosen: &Chosen<'a>) -> BTreeSet<&'a str> {
    let mut values: Vec<(&'a str, BTreeSet<&'a str>)> = Vec::new();
    for (path, value) in chosen.cells().flat_map(|row| &row.swept) {
        match values.iter_mut().find(|(known, _)| known == path) {
            Some((_, known)) => drop(known.insert(value)),
            None => values.push((path, BTreeSet::from([value.as_str()]))),
        }
    }
    let varied: BTreeSet<&str> = values.iter().filter(|(_, values)| values.len() > 1).map(|(path, _)| *path).collect();
    let of_budget: BTreeSet<&str> = varied.iter().copied().filter(|path| path.starts_with(BUDGET)).collect();
    match (of_budget.len(), varied.len()) {
        (0, 1) => varied,
        _ => of_budget,
    }
}

/// Which curves are drawn: those at the centre of the sweep where there is one, since what is varied around it has plots of
/// its own; and what must be said of the rest.
fn shown(chosen: &Chosen<'_>, curves: &[Curve<'_>], along: &BTreeSet<&str>) -> (Vec<usize>, Option<String>) {
    let run = chosen.run;
    let at_centre: Vec<usize> = (0..curves.len()).filter(|i| run.is_at_centre(&curves[*i].others)).collect();
    let shown: Vec<usize> = at_centre.iter().copied().take(CURVES_MAX).collect();
    let what = if at_centre.len() < curves.len() {
        format!("At the centre of the sweep ({})", run.centre_words(|path| !along.contains(path)))
    } else {
        "The first".to_owned()
    };
    let note = format!("{what}: {} of {} curves; the CSV holds all points.", shown.len(), curves.len());
    let is_partial = shown.len() < curves.len();
    (shown, is_partial.then_some(note))
}

/// A curve as it is drawn: in its arm's style, or in one of its own where several of an arm are shown, and then with what
/// tells them apart.
fn line(chosen: &Chosen<'_>, curves: &[Curve<'_>], shown: &[usize], at: usize, index: usize) -> Series {
    let Curve { arm, others, points } = &curves[index];
    let beside: Vec<&Labels> = shown.iter().filter(|i| curves[**i].arm == *arm).map(|i| &curves[*i].others).collect();
    let differs = |path: &str| beside.iter().any(|labels| labels.get(path) != others.get(path));
    let told = others.iter().filter(|(path, _)| differs(path)).map(|(path, v)| format!(" · {} {v}", words(path)));
    let arms: BTreeSet<&str> = shown.iter().map(|i| curves[*i].arm).collect();
    let mut points = points.clone();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    Series {
        name: std::iter::once((*arm).to_owned()).chain(told).collect(),
        style: if arms.len() == shown.len() { chosen.run.style_of(arm) } else { at },
        draw: Draw::Joined,
        points,
        ..Series::default()
    }
}
