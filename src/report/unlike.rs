//! What two runs differ in beside their arms: what a comparison of them should be read with.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};

/// The parts of an experiment that an arm's results depend on, whatever the arm.
const SHARED: [(&str, &str); 4] = [
    ("task", "the task's settings"),
    ("tasks", "the settings of several tasks"),
    ("instances", "how many instances"),
    ("budget", "the budget"),
];

/// What is read of a run's manifest.
#[derive(Deserialize)]
struct Manifest {
    seeds: Vec<u64>,
    crate_version: String,
    cpu: String,
}

/// One line for everything in which a run differs from the first, beside its arms.
///
/// # Errors
/// [`Error::Environment`] for a run's file that cannot be read or understood.
pub fn warnings(run_dirs: &[PathBuf]) -> Result<Vec<String>> {
    let runs = run_dirs.iter().map(|dir| read(dir)).collect::<Result<Vec<_>>>()?;
    let mut lines = Vec::new();
    for (dir, (manifest, experiment)) in run_dirs.iter().zip(&runs).skip(1) {
        let (first, first_experiment) = &runs[0];
        let mut differs = Vec::new();
        for (key, what) in SHARED {
            if experiment.get(key) != first_experiment.get(key) {
                differs.push(what.to_owned());
            }
        }
        if manifest.seeds != first.seeds {
            differs.push(format!("seeds ({:?}, not {:?})", manifest.seeds, first.seeds));
        }
        if manifest.crate_version != first.crate_version {
            differs.push(format!("the program's version ({}, not {})", manifest.crate_version, first.crate_version));
        }
        if manifest.cpu != first.cpu {
            differs.push(format!("the processor ({}, not {})", manifest.cpu, first.cpu));
        }
        if !differs.is_empty() {
            let (name, other) = (dir.display(), run_dirs[0].display());
            lines.push(format!("warning: `{name}` differs from `{other}` in more than arms: {}", differs.join("; ")));
        }
    }
    Ok(lines)
}

fn read(dir: &Path) -> Result<(Manifest, toml::Table)> {
    let text = |name: &str| {
        let path = dir.join(name);
        fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))
    };
    let manifest = serde_json::from_str(&text("manifest.json")?)
        .map_err(|cause| Error::file("understand", &dir.join("manifest.json"), cause))?;
    let experiment = text("experiment.toml")?
        .parse()
        .map_err(|cause| Error::file("understand", &dir.join("experiment.toml"), cause))?;
    Ok((manifest, experiment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seeds: &str, experiment: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let manifest = format!(r#"{{"seeds": {seeds}, "crate_version": "0.1.0", "cpu": "x86_64"}}"#);
        fs::write(dir.path().join("manifest.json"), manifest).unwrap();
        fs::write(dir.path().join("experiment.toml"), experiment).unwrap();
        dir
    }

    #[test]
    fn what_differs_beside_arms_is_named() {
        let base = "[task.books]\nchapters = 3\n[budget]\nevaluator_tokens_max = 64\n[arms.a]\n";
        let of = |other: &tempfile::TempDir| {
            let first = run("[1, 2]", base);
            warnings(&[first.path().to_owned(), other.path().to_owned()]).unwrap()
        };
        assert!(of(&run("[1, 2]", &base.replace("arms.a", "arms.b"))).is_empty(), "arms are what is compared");
        let lines = of(&run("[3]", &base.replace("chapters = 3", "chapters = 4")));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("the task's settings; seeds ([3], not [1, 2])"), "{lines:?}");
        assert!(of(&run("[1, 2]", &base.replace("64", "65")))[0].ends_with("the budget"));
        assert!(of(&run("[1, 2]", &(base.to_owned() + "[instances]\ntest = 8\n")))[0].ends_with("how many instances"));
        let of_several = base.to_owned() + "[tasks.short.books]\nchapters = 3\n[tasks.long.books]\nchapters = 9\n";
        assert!(of(&run("[1, 2]", &of_several))[0].ends_with("the settings of several tasks"));
    }

    #[test]
    fn another_version_and_another_processor_are_named() {
        let (first, other) = (run("[1]", "[arms.a]\n"), run("[1]", "[arms.a]\n"));
        let manifest = r#"{"seeds": [1], "crate_version": "0.2.0", "cpu": "aarch64"}"#;
        fs::write(other.path().join("manifest.json"), manifest).unwrap();
        let lines = warnings(&[first.path().to_owned(), other.path().to_owned()]).unwrap();
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].ends_with("the program's version (0.2.0, not 0.1.0); the processor (aarch64, not x86_64)"),
            "{lines:?}"
        );
        assert!(lines[0].contains(&other.path().display().to_string()), "{lines:?}");
    }

    #[test]
    fn a_run_without_its_manifest_is_an_error_with_its_path() {
        let first = run("[1]", "[arms.a]\n");
        fs::remove_file(first.path().join("manifest.json")).unwrap();
        let error = warnings(&[first.path().to_owned()]).unwrap_err();
        assert!(error.exit_code() == 3 && error.to_string().contains("manifest.json"), "{error}");
    }
}
