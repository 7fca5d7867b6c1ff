//! A map of the paired difference between two arms over a grid of two swept values: where the ranking reverses.

use super::{refused, short, stem, words};
use crate::eval;
use crate::record::rows::InstanceRow;
use crate::report::axis::Axis;
use crate::report::chosen::Chosen;
use crate::report::figure::{Figure, Key, Panel, Table, Tile, cell, cells};
use crate::report::request::Request;

/// The map of a request whose y is a swept path; none where it is a metric.
pub fn requested(chosen: &Chosen<'_>, request: &Request) -> Option<Figure> {
    let varied = eval::varied(chosen.instances.iter().copied());
    let values_of = |path: &str| varied.iter().find(|(known, _)| known == path).map(|(_, values)| ordered(values));
    let rows = values_of(&request.y)?;
    let stem = stem(&["ranking", &request.group, short(&request.x), short(&request.y)]);
    let title = format!("Where the ranking reverses: {}", request.group);
    let Some((first, second)) = request.group.split_once(" - ") else {
        let why = format!("group `{}` names no two arms: a map takes `first - second`", request.group);
        return Some(refused(stem, title, why));
    };
    let Some(columns) = values_of(&request.x) else {
        return Some(refused(stem, title, format!("x `{}` is not swept in this run", request.x)));
    };
    let (first, second) = (first.trim(), second.trim());
    let mut tiles = Vec::new();
    let mut table = Table::new(&[&request.x, &request.y, "difference", "ci_low", "ci_high", "p", "n", "clusters"]);
    for (y, row) in rows.iter().enumerate() {
        for (x, column) in columns.iter().enumerate() {
            let here = |arm: &str| -> Vec<&InstanceRow> {
                let at = |r: &&InstanceRow, path: &str, value: &String| r.swept.get(path).is_none_or(|v| v == value);
                let rows = chosen.instances.iter().copied();
                rows.filter(|r| r.arm == arm && at(r, &request.x, column) && at(r, &request.y, row)).collect()
            };
            let Some(found) = eval::paired(&here(first), &here(second)) else { continue };
            let [low, high] = cells(found.interval);
            table.row(vec![
                column.clone(),
                row.clone(),
                found.difference.to_string(),
                low,
                high,
                cell(Some(found.p)),
                found.n.to_string(),
                found.clusters.to_string(),
            ]);
            let clear = found.interval.is_some_and(|i| !i.contains(0.0));
            let sign = if clear { if found.difference > 0.0 { " ▲" } else { " ▼" } } else { "" };
            let text = format!("{:+.1}{sign}", 100.0 * found.difference);
            tiles.push(Tile { x, y, value: found.difference, text });
        }
    }
    if tiles.is_empty() {
        let why = format!("no point of the grid has instances scored by both `{first}` and `{second}`");
        return Some(refused(stem, title, why));
    }
    let mut panel = Panel::new(Axis::names(&words(&request.x), columns), Axis::names(&words(&request.y), rows));
    panel.tiles = tiles;
    let note = format!(
        "Paired difference in accuracy, {first} less {second}, in points. ▲ {first} is ahead, ▼ {second} is ahead, the \
         95% interval clear of zero; no sign: not told apart."
    );
    Some(Figure { stem, title, notes: vec![note], panels: vec![panel], key: Key::None, table })
}

/// Values by size where all are numbers, else as they came.
fn ordered(values: &[String]) -> Vec<String> {
    let mut values = values.to_vec();
    if values.iter().all(|v| v.parse::<f64>().is_ok_and(f64::is_finite)) {
        let size = |text: &String| text.parse().unwrap_or(0.0f64);
        values.sort_by(|a, b| size(a).total_cmp(&size(b)));
    }
    values
}
