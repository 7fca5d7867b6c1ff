//! One file of rows, one JSON object a line: the one row writer.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};

/// A file of rows as it is written.
pub struct RowsFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl RowsFile {
    /// A new, empty file.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|cause| Error::file("create", path, cause))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 18, file) })
    }

    /// Adds a row.
    pub fn push(&mut self, row: &impl Serialize) -> Result<()> {
        let fault = |cause: std::io::Error| Error::file("write", &self.path, cause);
        serde_json::to_writer(&mut self.file, row).map_err(|cause| fault(cause.into()))?;
        self.file.write_all(b"\n").map_err(fault)
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(|cause| Error::file("write", &self.path, cause))
    }
}

/// Writes all rows to a new file.
pub fn write_rows<T: Serialize>(path: &Path, rows: impl Iterator<Item = T>) -> Result<()> {
    let mut file = RowsFile::create(path)?;
    for row in rows {
        file.push(&row)?;
    }
    file.finish()
}
