//! Files that are there whole or not at all, also after a crash: written aside, flushed, renamed.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::build::{HIDDEN_PREFIX, hold};
use crate::error::{Error, Result};

/// Writes a file's whole content.
pub(super) fn write(place: &Path, content: &[u8]) -> Result<()> {
    write_with(place, |file| file.write_all(content).map_err(|cause| Error::file("write", place, cause)))
}

/// Writes a file's whole content as `fill` produces it.
pub(super) fn write_with(place: &Path, fill: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let fails = |cause: std::io::Error| Error::file("write", place, cause);
    // The hidden file vanishes with this guard if anything fails; a killed process leaves it to `sweep_stale`.
    let mut aside = tempfile::Builder::new();
    let mut aside = aside.prefix(HIDDEN_PREFIX).permissions(readable()).tempfile_in(folder).map_err(fails)?;
    hold(aside.as_file()).map_err(fails)?;
    fill(aside.as_file_mut())?;
    aside.as_file().sync_all().map_err(fails)?;
    aside.persist(place).map_err(|e| fails(e.error))?;
    sync_folder(folder).map_err(fails)
}

/// Removes a file, if it is there.
pub(super) fn remove(place: &Path) -> Result<()> {
    match std::fs::remove_file(place) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::file("remove", place, cause)),
        _ => Ok(()),
    }
}

/// Makes the names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Temporary files are private by default; records are for others to read.
fn readable() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o644)
}
