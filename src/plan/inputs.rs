//! The files that a task reads, as part of what identifies a result: a book that changes is another experiment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::spec::Spec;

/// The hashes of what was read so far: a sweep comes by the same files at every point.
#[derive(Default)]
pub(super) struct Hashes(BTreeMap<Vec<PathBuf>, String>);

impl Hashes {
    /// The hash of the names and contents of the files and folders that the task reads, where it reads any.
    pub fn of(&mut self, spec: &Spec) -> Result<Option<String>> {
        let inputs = spec.task.settings().inputs();
        if inputs.is_empty() {
            return Ok(None);
        }
        if let Some(known) = self.0.get(&inputs) {
            return Ok(Some(known.clone()));
        }
        let hash = hash_of(&inputs)?;
        Ok(Some(self.0.entry(inputs).or_insert(hash).clone()))
    }
}

/// The hash of the names and contents of some files and folders.
pub(super) fn hash_of(inputs: &[PathBuf]) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    for input in inputs {
        for file in files(input)? {
            let content = std::fs::read(&file).map_err(|cause| Error::file("read", &file, cause))?;
            let name = file.strip_prefix(input).unwrap_or(&file);
            hasher.update(name.as_os_str().as_encoded_bytes()).update(&[0]).update(blake3::hash(&content).as_bytes());
        }
    }
    Ok(hasher.finalize().to_hex()[..32].to_owned())
}

/// All files below a path, sorted; hidden ones are not data.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|cause| Error::file("list", &folder, cause))?;
        for entry in entries {
            let path = entry.map_err(|cause| Error::file("list", &folder, cause))?.path();
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            match (hidden, path.is_dir()) {
                (true, _) => {}
                (false, true) => folders.push(path),
                (false, false) => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}
