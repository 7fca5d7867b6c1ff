//! The files at the top of a run folder: the cells' rows in plan order, streamed, written aside and renamed.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::durable;
use crate::error::{Error, Result};

/// What only some arms leave: arguments, pools of candidates, what a bias became. There only where a cell has it.
const SOME: [&str; 3] = ["arguments.jsonl", "pools.jsonl", "leanings.jsonl"];

/// What of a cell's folder is rebuilt at the top. Its trees are not: they are most of the bytes, and are read one at a
/// time.
pub(super) const FILES: [&str; 7] =
    ["results.jsonl", "instances.jsonl", SOME[0], SOME[1], SOME[2], "judgments.jsonl", "preferences.jsonl"];

/// Rebuilds every file from the cells' folders in the order given.
pub(super) fn files(run: &Path, cells: &[PathBuf]) -> Result<()> {
    FILES.iter().try_for_each(|name| {
        let place = run.join(name);
        let parts: Vec<PathBuf> = cells.iter().map(|cell| cell.join(name)).filter(|part| part.exists()).collect();
        if SOME.contains(name) && parts.is_empty() { durable::remove(&place) } else { file(&place, &parts) }
    })
}

fn file(place: &Path, parts: &[PathBuf]) -> Result<()> {
    if is_whole(place, parts) {
        return Ok(());
    }
    durable::write_with(place, |file| {
        parts.iter().try_for_each(|part| {
            let copied = File::open(part).and_then(|mut part| std::io::copy(&mut part, file));
            copied.map(drop).map_err(|cause| Error::file("copy", part, cause))
        })
    })
}

/// Whether the file holds its parts already. Published parts never change, and a change of the plan removes the file,
/// so the lengths tell.
fn is_whole(place: &Path, parts: &[PathBuf]) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|file| file.len());
    let parts: std::io::Result<u64> = parts.iter().map(|part| length(part)).sum();
    matches!((length(place), parts), (Ok(whole), Ok(parts)) if whole == parts)
}
