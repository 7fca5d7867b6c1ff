//! Whether the records of a run are what its cells left: nothing is drawn from rows that were changed afterwards.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::data::RunData;
use crate::error::{Error, Result};
use crate::eval;
use crate::record::rows::{Labels, PlannedRow, ResultRow};

/// The files at the top of a run folder that reports read, each its cells' rows in the order of the plan.
const REBUILT: [&str; 5] = ["results.jsonl", "instances.jsonl", "arguments.jsonl", "pools.jsonl", "leanings.jsonl"];

/// Bytes that are compared at once.
const CHUNK_BYTES: usize = 1 << 16;

/// What a cell's accuracy may differ by from the mean of its rows: it was summed in another order.
const TOLERANCE: f64 = 1e-9;

/// Refuses records that were changed: files at the top that are not what the cells recorded, and results that do not follow
/// from their instances. A run whose cells were not kept has nothing to be held against.
pub(super) fn check(run: &RunData, done: &[PlannedRow]) -> Result<()> {
    if !done.is_empty() {
        for name in REBUILT {
            let parts = done.iter().map(|row| run.folder.join("cells").join(&row.cell).join(name));
            same(&run.folder.join(name), &parts.filter(|part| part.exists()).collect::<Vec<_>>())?;
        }
    }
    follows(run, done)
}

/// That a file is its parts, byte for byte.
fn same(whole: &Path, parts: &[PathBuf]) -> Result<()> {
    if !whole.exists() {
        return Ok(());
    }
    let open = |path: &Path| File::open(path).map_err(|cause| Error::file("read", path, cause));
    let mut file = BufReader::with_capacity(CHUNK_BYTES, open(whole)?);
    let (mut line, mut chunk) = (1, vec![0; CHUNK_BYTES]);
    for part in parts {
        let mut part_file = open(part)?;
        loop {
            let count = part_file.read(&mut chunk).map_err(|cause| Error::file("read", part, cause))?;
            if count == 0 {
                break;
            }
            let mut left = &chunk[..count];
            while !left.is_empty() {
                let here = file.fill_buf().map_err(|cause| Error::file("read", whole, cause))?;
                let both = here.len().min(left.len());
                let equal = here.iter().zip(left).take_while(|(a, b)| a == b).count();
                line += left[..equal].iter().filter(|byte| **byte == b'\n').count();
                if both == 0 || equal < both {
                    return Err(changed(whole, line, part));
                }
                file.consume(both);
                left = &left[both..];
            }
        }
    }
    let more = file.fill_buf().map_err(|cause| Error::file("read", whole, cause))?;
    if more.is_empty() { Ok(()) } else { Err(changed(whole, line, whole)) }
}

fn changed(whole: &Path, line: usize, part: &Path) -> Error {
    let what = if whole == part {
        "is a row that no cell recorded".to_owned()
    } else {
        format!("is not what `{}` has", part.display())
    };
    Error::Usage(format!(
        "`{}`, line {line}: this {what}; one of both was changed after the run\n  remove the file at the top and run the \
         experiment again with `tribunal run`, which rebuilds it from the cells",
        whole.display()
    ))
}

/// That every cell's accuracy is the mean over its tested instances.
fn follows(run: &RunData, done: &[PlannedRow]) -> Result<()> {
    let mut found: HashMap<&str, (f64, u64)> = HashMap::new();
    for row in &run.instances {
        let sum = found.entry(&row.cell).or_default();
        if let Some(correct) = eval::correct(row) {
            *sum = (sum.0 + correct, sum.1 + 1);
        }
    }
    let swept: HashMap<&str, &Labels> = done.iter().map(|planned| (planned.cell.as_str(), &planned.swept)).collect();
    let said = |row: &&ResultRow| {
        swept.get(row.cell.as_str()).is_some_and(|swept| eval::results::is_whole_accuracy(row, swept))
    };
    for row in run.results.iter().filter(said) {
        let Some((sum, n)) = found.get(row.cell.as_str()) else { continue };
        let mean = (*n > 0).then(|| sum / *n as f64);
        let agree = match (mean, row.value) {
            (Some(mean), Some(value)) => (mean - value).abs() <= TOLERANCE,
            (None, None) => true,
            _ => false,
        };
        if !agree || *n != row.n {
            let shown = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
            return Err(Error::Usage(format!(
                "cell `{}` of `{}`: its results say accuracy {} over {}, and its instances come to {} over {n}; one of both \
                 was changed after the run\n  remove the cell's folder and run the experiment again with `tribunal run`",
                row.cell,
                run.folder.display(),
                shown(row.value),
                row.n,
                shown(mean),
            )));
        }
    }
    Ok(())
}
