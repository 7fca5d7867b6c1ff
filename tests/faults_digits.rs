//! Wrong experiments about digits give one clear error before any work, as `tests/faults.rs` asks of all.

mod command;

use std::path::Path;

use command::{stderr, tribunal};

const EXPERIMENT: &str = r#"name = "digits"
seed = 1
instances = { train = 0, validation = 0, test = 9 }

[task.digits]
side = 10

[helpers.judge.pixel_judge]
pixels = 4
steps = 30
images = 100

[helpers.player.pixel_debater]
judge = "judge"
rollouts = 5

[helpers.person.simulated]
trust = { fixed = 1.0 }

[arms.debate]
strategy.debate = { turns = 4, points_max = 1, judge_sees = "transcript" }
roles = { debater = "player", evaluator = "judge" }

[budget]
evaluator_tokens_max = 256
"#;

/// The strategy of the experiment's arm.
const DEBATE: &str = r#"strategy.debate = { turns = 4, points_max = 1, judge_sees = "transcript" }"#;

/// The exit code and the error of running an experiment in a folder of its own.
fn run(home: &Path, text: &str) -> (Option<i32>, String) {
    std::fs::write(home.join("experiment.toml"), text).expect("an experiment file");
    let output = tribunal().current_dir(home).args(["run", "."]).output().expect("the command runs");
    (output.status.code(), stderr(&output))
}

#[test]
fn a_wrong_setting_is_refused_before_any_work() {
    for (case, from, to, words) in [
        ("images too small", "side = 10", "side = 2", &["experiment.toml:6", "from 8 to 64"][..]),
        (
            "no folder",
            "side = 10",
            "source = \"no/such/folder\"",
            &["experiment.toml:6", "nothing at `no/such/folder`"],
        ),
        ("a folder of other things", "side = 10", "source = \".\"", &["experiment.toml:6", "no file of .tra"]),
        ("no judge of that name", "judge = \"judge\"", "judge = \"jury\"", &["experiment.toml:14", "no helper `jury`"]),
        ("a judge that is none", "judge = \"judge\"", "judge = \"person\"", &["no judge of images", "pixel_judge"]),
        (
            "more pixels than ink",
            "pixels = 4",
            "pixels = 12",
            &["12 pixels above 0", "some image has 10", "at most 10"],
        ),
        (
            "more pixels than the image has",
            "pixels = 4",
            "pixels = 101",
            &["`judge` is to see 101 pixels", "an image has 100 (10 by 10)", "at most 10"],
        ),
        ("other turns than pixels", "turns = 4", "turns = 6", &["6 turns", "one of 4", "use 4"]),
        ("uneven turns", "turns = 4", "turns = 3", &["3 turns", "even number"]),
        (
            "both at once",
            "turns = 4",
            "turns = 4, order = \"simultaneous\"",
            &["one pixel after another", "sequential"],
        ),
        (
            "a debater that cannot argue",
            "debater = \"player\"",
            "debater = \"judge\"",
            &["arms.debate.roles.debater", "asks for an argument", "it answers: choice"],
        ),
        (
            "a judge that only reads",
            DEBATE,
            "strategy.direct = {}",
            &["shown them by debaters or an adviser", "strategy.debate or strategy.consultancy"],
        ),
        (
            "an adviser of other turns",
            DEBATE,
            "strategy.consultancy = { turns = 6 }",
            &["6 turns", "one of 4", "use 4"],
        ),
        (
            "critics of pixels",
            DEBATE,
            "strategy.critique = {}",
            &["critics of all candidates speak at once", "exactly 4 pixels", "strategy.debate or strategy.consultancy"],
        ),
        (
            "the best of several samples",
            DEBATE,
            "strategy.best_of = { n = [2], of = { consultancy = { turns = 4 } } }",
            &["shown them by debaters or an adviser", "strategy.debate or strategy.consultancy"],
        ),
        ("books for a judge of images", "[task.digits]\nside = 10", "[task.books]", &["judges images", "task.digits"]),
        ("no rollout", "rollouts = 5", "rollouts = 0", &["experiment.toml:15", "from 1 to"]),
    ] {
        let home = tempfile::tempdir().expect("a temporary folder");
        let broken = EXPERIMENT.replacen(from, to, 1);
        assert_ne!(broken, EXPERIMENT, "{case}: nothing was broken");
        let (code, error) = run(home.path(), &broken);
        assert_eq!(code, Some(2), "{case}: {error}");
        assert_eq!(error.matches("error:").count(), 1, "{case}: one error, not\n{error}");
        for word in words {
            assert!(error.contains(word), "{case}: no `{word}` in\n{error}");
        }
        assert!(!home.path().join("runs").exists(), "{case}: a run folder is left");
    }
}

#[test]
fn a_small_debate_is_run_to_its_end_and_its_judge_is_fitted_once() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let (code, error) = run(home.path(), EXPERIMENT);
    assert_eq!(code, Some(0), "{error}");
    let run = home.path().join("runs/digits");
    let fits: Vec<_> = std::fs::read_dir(run.join("fits")).expect("fits").map(|it| it.expect("a fit").path()).collect();
    let [fit] = fits.as_slice() else { panic!("one judge is fitted, not {fits:?}") };
    for file in ["weights.safetensors", "optimizer.safetensors", "training.jsonl", "config.json", "accuracy.json"] {
        assert!(fit.join(file).exists(), "{file}");
    }
    let results = std::fs::read_to_string(run.join("results.jsonl")).expect("results");
    assert!(results.contains("\"metric\":\"images_held\""), "{results}");
    let rows = std::fs::read_to_string(run.join("instances.jsonl")).expect("rows");
    assert_eq!(rows.lines().filter(|row| row.contains("\"outcome\":\"scored\"")).count(), 9, "{rows}");
}
