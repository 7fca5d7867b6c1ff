//! Reading files: text checked and decoded, with errors that say what, where and what to do.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// The text of a file, decompressed where its name ends in `.gz`, a byte order mark removed.
///
/// # Errors
/// [`Error::Usage`] where the file is missing, empty, binary (a NUL byte) or not UTF-8;
/// [`Error::Environment`] where the system cannot read it.
pub fn text_of(path: &Path) -> Result<String> {
    let text = utf8(bytes_of(path)?, path)?;
    let text = text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text);
    if text.trim().is_empty() {
        return usage(path, "is empty; give a file with text, or remove it from the folder");
    }
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(path).map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => missing(path),
        _ => Error::file("read", path, cause),
    })?;
    if path.extension().is_none_or(|e| e != "gz") {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    match MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        Err(cause) => {
            usage(path, &format!("is named .gz and does not decompress ({cause}); copy it again or rename it"))
        }
    }
}

fn utf8(bytes: Vec<u8>, path: &Path) -> Result<String> {
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        return usage(
            path,
            &format!("is binary (a NUL byte at byte {at}); give plain text or chapters.jsonl in UTF-8"),
        );
    }
    String::from_utf8(bytes).or_else(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        usage(path, &format!("is not UTF-8 at line {line}, byte {at}; convert it, for instance with `iconv -t UTF-8`"))
    })
}

/// The error of a path that is not there.
pub fn missing(path: &Path) -> Error {
    Error::Usage(format!(
        "no file or folder at `{}`; set `task.books.source` to \"generated\", a .txt file, a chapters.jsonl, or a folder \
         of them",
        path.display()
    ))
}

/// A usage error about one path.
pub fn usage<T>(path: &Path, what: &str) -> Result<T> {
    Err(Error::Usage(format!("`{}` {what}", path.display())))
}

/// What a folder holds, sorted by name.
///
/// # Errors
/// [`Error::Environment`] where the system cannot list it.
pub fn entries_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = std::fs::read_dir(folder).map_err(|cause| Error::file("list", folder, cause))?;
    let mut entries = Vec::new();
    for entry in listing {
        entries.push(entry.map_err(|cause| Error::file("list", folder, cause))?.path());
    }
    entries.sort();
    Ok(entries)
}

/// The kind of a file by its name, `.gz` aside: the last extension in lower case.
pub fn kind_of(path: &Path) -> String {
    let name = plain_name(path);
    name.rsplit_once('.').map(|(_, kind)| kind.to_lowercase()).unwrap_or_default()
}

/// The name of a file without its extension and without `.gz`.
pub fn stem_of(path: &Path) -> String {
    let name = plain_name(path);
    name.rsplit_once('.').map_or(name.clone(), |(stem, _)| stem.to_string())
}

fn plain_name(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".gz").map(str::to_string).unwrap_or(name)
}
