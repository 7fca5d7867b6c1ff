//! Files of rows: plain or gz, one object a line or one array of objects.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::Format;
use crate::error::{Error, Result};

/// What gz files begin with.
const GZ_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What files with rows are called, before any `.gz`.
const ENDINGS: [&str; 3] = [".jsonl", ".json", ".ndjson"];

/// Where a row stands.
pub(super) struct Place<'a> {
    pub file: &'a Path,
    pub line: usize,
}

impl Place<'_> {
    /// The file with the folder that it is in, which tells files of one name apart, and the line.
    pub fn id(&self) -> String {
        let named = |path: &Path| path.file_name().map(|name| name.display().to_string());
        let parts = [self.file.parent().and_then(named), named(self.file)];
        let name: Vec<String> = parts.into_iter().flatten().collect();
        format!("{}:{}", name.join("/"), self.line)
    }

    /// The error of a row.
    pub fn wrong(&self, what: &str, next: &str) -> Error {
        Error::Usage(format!("`{}`, line {}: {what}\n  {next}", self.file.display(), self.line))
    }
}

/// The file itself, or the files with rows in a folder and those in it, by name.
pub(super) fn below(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.exists() {
        return Err(Error::Usage(format!(
            "there is nothing at `{}`\n  name a file or folder of rows that exists, seen from the current folder",
            path.display()
        )));
    }
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(path, &mut found)?;
    found.sort();
    if found.is_empty() {
        return Err(Error::Usage(format!(
            "the folder `{}` has no .jsonl or .json file, plain or gz\n  name the files themselves",
            path.display()
        )));
    }
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|cause| Error::file("list", folder, cause))?;
    for entry in entries.flatten() {
        let (path, is_hidden) = (entry.path(), entry.file_name().to_string_lossy().starts_with('.'));
        // What a link leads to is not followed, so that no circle is walked.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !is_hidden {
            collect(&path, found)?;
        } else if holds_rows(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn holds_rows(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    path.is_file() && !name.starts_with('.') && ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// The rows of a file with their lines; of an array, with their places from 1.
pub(super) fn rows(file: &Path, format: Format) -> Result<Vec<(usize, Value)>> {
    let text = text(file)?;
    // Some editors put a mark before the first letter.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let is_array = text.trim_start().starts_with('[');
    if is_array && format != Format::Jsonl {
        let all: Vec<Value> = serde_json::from_str(text).map_err(|cause| not_json(file, cause.line(), &cause))?;
        return Ok((1..).zip(all).collect());
    }
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| Ok((at, serde_json::from_str(line).map_err(|cause| not_json(file, at, &cause))?))).collect()
}

fn not_json(file: &Path, line: usize, cause: &serde_json::Error) -> Error {
    let next = "write one JSON object a line";
    Place { file, line }.wrong(&format!("no JSON: {cause}"), next)
}

/// The text of a file, unpacked where it is packed, whatever its name.
fn text(file: &Path) -> Result<String> {
    let bytes = fs::read(file).map_err(|cause| Error::file("read", file, cause))?;
    let mut text = String::new();
    let read = if bytes.starts_with(&GZ_MAGIC) {
        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text)
    } else {
        bytes.as_slice().read_to_string(&mut text)
    };
    read.map_err(|cause| {
        let what = if bytes.starts_with(&GZ_MAGIC) { "is no whole gz file of UTF-8 text" } else { "is no UTF-8 text" };
        Error::Usage(format!("`{}` {what}: {cause}\n  fetch or save it again", file.display()))
    })?;
    Ok(text)
}
