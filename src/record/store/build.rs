//! Hidden folders that cells and fits are built in, and the rename that publishes them.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::durable::sync_folder;
use crate::error::{Error, Result};

/// What the name of everything half built starts with.
pub(super) const HIDDEN_PREFIX: &str = ".tmp-";

/// A folder being built. Dropped unpublished it is removed; its owner killed, the next start removes it.
#[derive(Debug)]
pub struct Building {
    hidden: PathBuf,
    place: PathBuf,
    /// Held as long as this lives: see [`hold`].
    _lock: File,
}

/// What became of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is there now.
    First,
    /// Another process had published the same before; ours is discarded.
    Already,
}

impl Building {
    /// A new hidden folder beside `place`.
    pub(crate) fn beside(place: &Path) -> Result<Self> {
        let parent = place.parent().unwrap_or(Path::new("."));
        let name = place.file_name().unwrap_or_default().display();
        let prefix = format!("{HIDDEN_PREFIX}{name}-");
        let make = || -> std::io::Result<Self> {
            loop {
                let hidden = tempfile::Builder::new().prefix(&prefix).disable_cleanup(true).tempdir_in(parent)?.keep();
                std::fs::set_permissions(&hidden, open_to_readers())?;
                let lock = File::open(&hidden)?;
                hold(&lock)?;
                // Between making and locking, another start may have taken it for a dead one's and removed it.
                if hidden.is_dir() {
                    return Ok(Self { hidden, place: place.to_owned(), _lock: lock });
                }
            }
        };
        make().map_err(|cause| Error::file("make a folder in", parent, cause))
    }

    /// Where to put the files.
    pub fn path(&self) -> &Path {
        &self.hidden
    }

    /// Makes what was built last through a crash, and publishes it whole.
    pub fn publish(self) -> Result<Published> {
        let publish = || -> std::io::Result<Published> {
            sync_all(&self.hidden)?;
            let published = match std::fs::rename(&self.hidden, &self.place) {
                Ok(()) => Published::First,
                Err(cause) if matches!(cause.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
                    Published::Already
                }
                Err(cause) => return Err(cause),
            };
            sync_folder(self.place.parent().unwrap_or(Path::new(".")))?;
            Ok(published)
        };
        publish().map_err(|cause| Error::file("publish", &self.place, cause))
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        // Nothing is there after a publication. What cannot be removed now, the next start removes.
        let _ = std::fs::remove_dir_all(&self.hidden);
    }
}

/// Locks something hidden for as long as its owner lives: the system lets go when it dies, and so others tell the
/// dead from the living, by process and machine. A disk that knows no locks is not refused: there nothing is swept.
pub(super) fn hold(hidden: &File) -> std::io::Result<()> {
    match hidden.lock() {
        Err(cause) if cause.kind() != ErrorKind::Unsupported => Err(cause),
        _ => Ok(()),
    }
}

/// Flushes every file below a folder, and the folders.
fn sync_all(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// Whether a name is one of something half built.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(HIDDEN_PREFIX.as_bytes())
}

/// Removes what dead processes have left half built in a folder. What a living process holds stays.
pub(crate) fn sweep_stale(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let entries = std::fs::read_dir(folder).map_err(|cause| Error::file("list", folder, cause))?;
    for entry in entries {
        let entry = entry.map_err(|cause| Error::file("list", folder, cause))?;
        if is_hidden(&entry.file_name()) {
            remove_if_dead(&entry.path()).map_err(|cause| Error::file("remove", &entry.path(), cause))?;
        }
    }
    Ok(())
}

fn remove_if_dead(path: &Path) -> std::io::Result<()> {
    let lock = match File::open(path) {
        Ok(lock) => lock,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(cause),
    };
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => return Ok(()),
    }
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

/// Temporary folders are private by default; records are for others to read.
fn open_to_readers() -> std::fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    std::fs::Permissions::from_mode(0o755)
}
