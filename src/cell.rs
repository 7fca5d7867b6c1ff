//! Cells: one arm at one point of a sweep under one seed, from instances to rows.
//!
//! The rows here are drawn from the cell's stream alone, in the shape of real ones.

use std::collections::BTreeMap;
use std::io::Write;

use crate::error::{Error, Result};
use crate::judgment::Cost;
use crate::outcome::OutcomeKind;
use crate::plan::{Cell, Plan};
use crate::record::rows::{ClusterScope, InstanceRow, ResultRow, Version};
use crate::run::unit::Place;
use crate::stream::Stream;
use crate::task::Split;

/// Executes a cell: its rows go into the folder being built.
pub fn execute(_plan: &Plan, cell: &Cell, place: &Place) -> Result<()> {
    let stream = Stream::root(cell.spec.seed).named(cell.id.as_str());
    let rows: Vec<InstanceRow> = (0..cell.spec.instances.test).map(|i| row(cell, stream.index(i as u64), i)).collect();
    write(place, "instances.jsonl", &rows)?;
    write(place, "results.jsonl", &[accuracy(cell, &rows)])
}

fn row(cell: &Cell, stream: Stream, index: usize) -> InstanceRow {
    // A little work, so that a run can be interrupted while it is at it.
    let worked = (0..2_000u64).fold(stream, |stream, step| stream.index(step));
    let p_right = worked.uniform();
    InstanceRow {
        version: Version,
        cell: cell.id.to_string(),
        arm: cell.spec.arm.clone(),
        seed: cell.spec.seed,
        split: Split::Test,
        instance: format!("test-{index}"),
        cluster: format!("twin-{}", index / 4),
        cluster_scope: ClusterScope::Seed,
        outcome: OutcomeKind::Scored,
        p_right: Some(p_right),
        correct: Some(if p_right > 0.5 { 1.0 } else { 0.0 }),
        confidence: Some(p_right.max(1.0 - p_right)),
        cost: Cost { evaluator_tokens: cell.spec.budget.evaluator_tokens_max, asks: 1, ..Cost::default() },
        swept: cell.spec.swept.clone(),
        labels: BTreeMap::new(),
    }
}

fn accuracy(cell: &Cell, rows: &[InstanceRow]) -> ResultRow {
    let right: f64 = rows.iter().filter_map(|row| row.correct).sum();
    ResultRow {
        version: Version,
        cell: cell.id.to_string(),
        arm: cell.spec.arm.clone(),
        seed: Some(cell.spec.seed),
        split: Split::Test,
        metric: "accuracy".to_owned(),
        value: Some(right / rows.len() as f64),
        ci_low: None,
        ci_high: None,
        n: rows.len() as u64,
        unscored: BTreeMap::new(),
        labels: cell.spec.swept.clone(),
    }
}

fn write<T: serde::Serialize>(place: &Place, name: &str, rows: &[T]) -> Result<()> {
    let path = place.build.join(name);
    let fill = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
        for row in rows {
            serde_json::to_writer(&mut file, row)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    };
    fill().map_err(|cause| Error::file("write", &path, cause))
}
