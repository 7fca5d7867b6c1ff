//! A map of the paired difference between two arms over a grid of two swept values: where the ranking reverses.

use super::{refused, short, stem, words};
use crate::eval::stats::paired::holm;
use crate::eval::{self, Comparison};
use crate::record::rows::InstanceRow;
use crate::report::axis::Axis;
use crate::report::chosen::Chosen;
use crate::report::figure::{Figure, Key, Panel, Table, Tile, cell, cells};
use crate::report::request::Request;

/// How often a sign may stand anywhere on a map of arms that do not differ.
const ERROR_RATE: f64 = 0.05;

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
    let at: Vec<(usize, usize)> = (0..rows.len()).flat_map(|y| (0..columns.len()).map(move |x| (x, y))).collect();
    let compared = at.into_iter().filter_map(|(x, y)| {
        let here = |arm: &str| -> Vec<&InstanceRow> {
            let at = |r: &&InstanceRow, path: &str, value: &String| r.swept.get(path).is_none_or(|v| v == value);
            let is_here = |r: &&InstanceRow| at(r, &request.x, &columns[x]) && at(r, &request.y, &rows[y]);
            chosen.instances.iter().copied().filter(|r| r.arm == arm).filter(is_here).collect()
        };
        eval::paired(&here(first), &here(second)).map(|found| (x, y, found))
    });
    let compared: Vec<(usize, usize, Comparison)> = compared.collect();
    // All tiles of a map are one family: of many that do not differ some would seem to.
    let together = holm(&compared.iter().map(|(_, _, found)| found.p).collect::<Vec<_>>());
    let header = ["difference", "ci_low", "ci_high", "p", "p_holm", "n", "clusters", "detectable"];
    let mut table = Table::new(&[&[request.x.as_str(), request.y.as_str()][..], &header].concat());
    let mut tiles = Vec::new();
    for ((x, y, found), p_holm) in compared.iter().zip(together) {
        let [low, high] = cells(found.interval);
        table.row(vec![
            columns[*x].clone(),
            rows[*y].clone(),
            found.difference.to_string(),
            low,
            high,
            found.p.to_string(),
            p_holm.to_string(),
            found.n.to_string(),
            found.clusters.to_string(),
            cell(found.detectable),
        ]);
        let sign = if p_holm > ERROR_RATE {
            ""
        } else if found.difference > 0.0 {
            " ▲"
        } else {
            " ▼"
        };
        let text = format!("{:+.1}{sign}", 100.0 * found.difference);
        tiles.push(Tile { x: *x, y: *y, value: found.difference, text });
    }
    if tiles.is_empty() {
        let why = format!("no point of the grid has instances scored by both `{first}` and `{second}`");
        return Some(refused(stem, title, why));
    }
    let mut panel = Panel::new(Axis::names(&words(&request.x), columns), Axis::names(&words(&request.y), rows));
    panel.tiles = tiles;
    let note = format!(
        "Paired difference in accuracy, {first} less {second}, in points. ▲ {first} is ahead, ▼ {second} is ahead, by a \
         sign-flip test over clusters at 5% with Holm's correction over the {} tiles; no sign: not told apart.",
        compared.len()
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
