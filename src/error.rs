//! Errors that a researcher can act on: what, where, and what to do next; each with its exit code.

use std::fmt::Display;
use std::path::Path;

/// Everything that can go wrong, by who can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line, the experiment file or the data it names is wrong (exit code 2).
    #[error("{0}")]
    Usage(String),
    /// A device, key, file or disk is missing or full (exit code 3).
    #[error("{0}")]
    Environment(String),
    /// The run finished, and some cells failed (exit code 1).
    #[error("{0}")]
    CellsFailed(String),
    /// A promise of the program to itself was broken (exit code 70).
    #[error("{0}\nthis is a bug in tribunal: please report it with the command and the experiment file")]
    Bug(String),
}

/// The result of anything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The process's exit code for this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::CellsFailed(_) => 1,
            Self::Usage(_) => 2,
            Self::Environment(_) => 3,
            Self::Bug(_) => 70,
        }
    }

    /// A file operation that failed: what was attempted, where, and the system's reason.
    pub fn file(what: &str, path: &Path, cause: impl Display) -> Self {
        Self::Environment(format!("cannot {what} `{}`: {cause}", path.display()))
    }
}
