//! The files at the top of a run folder: the cells' rows in plan order, streamed, written aside and renamed.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::durable;
use crate::error::Result;

/// What of a cell's folder is rebuilt at the top. Its trees are not: they are most of the bytes, and are read one at a
/// time.
pub(super) const FILES: [&str; 4] = ["results.jsonl", "instances.jsonl", "judgments.jsonl", "preferences.jsonl"];

/// Rebuilds every file from the cells' folders in the order given.
pub(super) fn files(run: &Path, cells: &[PathBuf]) -> Result<()> {
    FILES.iter().try_for_each(|name| file(&run.join(name), cells.iter().map(|cell| cell.join(name)).collect()))
}

fn file(place: &Path, mut parts: Vec<PathBuf>) -> Result<()> {
    parts.retain(|part| part.exists());
    if is_whole(place, &parts) {
        return Ok(());
    }
    durable::write_with(place, |file| {
        for part in &parts {
            std::io::copy(&mut File::open(part)?, file)?;
        }
        Ok(())
    })
}

/// Whether the file holds its parts already. Published parts never change, and a change of the plan removes the file,
/// so the lengths tell.
fn is_whole(place: &Path, parts: &[PathBuf]) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|file| file.len());
    let parts: std::io::Result<u64> = parts.iter().map(|part| length(part)).sum();
    matches!((length(place), parts), (Ok(whole), Ok(parts)) if whole == parts)
}
