//! Running the command as a user does, and looking at what it leaves.
#![allow(dead_code, reason = "each test file uses its own part of this")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The command, with nothing of the caller's terminal in it.
pub fn tribunal() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
    command.env_remove("RUST_LOG").env("NO_COLOR", "1");
    command
}

/// A file of `tests/data`.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// What a command wrote to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a command wrote to stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file below a run folder with its bytes, but for the one that is exempt from byte equality.
pub fn files(run: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![run.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the run") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path != run.join("timing.jsonl") {
                let name = path.strip_prefix(run).expect("below the run").to_owned();
                found.insert(name, std::fs::read(&path).expect("a file of the run"));
            }
        }
    }
    found
}

/// Fails with the names of the files that differ.
pub fn assert_same_files(expected: &BTreeMap<PathBuf, Vec<u8>>, run: &Path, when: &str) {
    assert_same(expected, &files(run), when);
}

/// Fails with the names of the files that differ.
pub fn assert_same(expected: &BTreeMap<PathBuf, Vec<u8>>, found: &BTreeMap<PathBuf, Vec<u8>>, when: &str) {
    let names: BTreeSet<&PathBuf> = expected.keys().chain(found.keys()).collect();
    let length = |files: &BTreeMap<PathBuf, Vec<u8>>, name: &PathBuf| files.get(name).map(Vec::len);
    let differing: Vec<_> = names
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name))
        .map(|name| (name, length(expected, name), length(found, name)))
        .collect();
    assert!(differing.is_empty(), "{when}: these files differ (name, expected length, found length): {differing:?}");
}
