//! The task `digits` with its judge and its debater: files and their faults, training that resumes, play that is equal
//! for any neighbours.

#[path = "digits/debater.rs"]
mod of_debater;
#[path = "digits/files.rs"]
mod of_files;
#[path = "digits/judge.rs"]
mod of_judge;
mod support;

use tribunal::task::Settings;
use tribunal::task::digits::{self, Digits};

/// The task of a folder, or why there is none.
fn task_of(folder: &std::path::Path) -> Result<Digits, String> {
    let source = folder.to_str().expect("a path that is text").to_owned();
    Digits::new(digits::Config { source, ..Default::default() }).map_err(|error| error.to_string())
}

#[test]
fn settings_out_of_range_are_refused_with_their_range() {
    for (config, words) in [
        (digits::Config { side: 4, ..Default::default() }, ["task.digits.side: 4", "from 8 to 64"]),
        (digits::Config { games: 0, ..Default::default() }, ["task.digits.games: 0", "from 1 to 99"]),
    ] {
        let error = config.build().err().expect("a refusal").to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}
