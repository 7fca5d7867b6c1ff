//! Records that are not what the run left: each is one error that says what, where and what to do, and no plot hides it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const EXPERIMENT: &str = r#"
name = "small"
seed = 3
seeds = 2
instances = { validation = 8, test = 12 }
question = "which?"

[task.derivation]
steps = 2

[budget]
evaluator_tokens_max = 512

[helpers.person.simulated]
notice_rate = 0.9
error_rate = 0.05

[arms.first]
strategy.direct = { reads = "first" }
roles = { evaluator = "person" }

[arms.search]
strategy.direct = { reads = "search" }
roles = { evaluator = "person" }
"#;

fn tribunal(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).args(args).current_dir(folder).output().unwrap()
}

/// A finished run in a folder of its own.
fn finished() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.toml"), EXPERIMENT).unwrap();
    let run = tribunal(folder.path(), &["run", "small.toml", "--out", "run"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    folder
}

fn edited(path: &Path, change: impl FnOnce(String) -> String) {
    fs::write(path, change(fs::read_to_string(path).unwrap())).unwrap();
}

/// The cells of the run, in the order of the plan.
fn cells(run: &Path) -> Vec<String> {
    let rows = fs::read_to_string(run.join("cells.jsonl")).unwrap();
    let cell = |row: &str| serde_json::from_str::<serde_json::Value>(row).unwrap()["cell"].as_str().unwrap().to_owned();
    rows.lines().map(cell).collect()
}

/// What each command says of the run's folder after a change to it.
fn told(folder: &Path) -> Vec<(bool, String)> {
    let plot = ["plot", "run", "--x", "arm", "--y", "accuracy", "--out", "drawn"];
    let commands: [&[&str]; 4] = [&["show", "run"], &["compare", "run"], &plot, &["report", "run"]];
    let said = |args: &[&str]| {
        let output = tribunal(folder, args);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (output.status.success(), text)
    };
    commands.into_iter().map(said).collect()
}

#[test]
fn a_changed_record_is_one_error_with_its_place_and_what_to_do() {
    /// A change to a run's folder.
    type Change = fn(&Path);
    let cases: [(&str, Change, &[&str]); 7] = [
        (
            "a row of another schema version",
            |run| edited(&run.join("instances.jsonl"), |rows| rows.replacen("\"version\":2", "\"version\":1", 1)),
            &["instances.jsonl`, line 1", "version 1", "run the experiment again"],
        ),
        (
            "a last line that was cut",
            |run| edited(&run.join("instances.jsonl"), |rows| rows[..rows.len() - 20].to_owned()),
            &["instances.jsonl`, line 48", "ends in the middle of a row", "tribunal run"],
        ),
        (
            "an edited row at the top",
            |run| edited(&run.join("instances.jsonl"), |rows| rows.replacen("\"asks\":1", "\"asks\":2", 1)),
            &["instances.jsonl`, line 1", "changed after the run", "rebuilds it"],
        ),
        (
            "a row more than the cells have",
            |run| {
                edited(&run.join("instances.jsonl"), |rows| {
                    let last = rows.lines().last().unwrap().to_owned();
                    format!("{rows}{last}\n")
                });
            },
            &["instances.jsonl`, line 49", "no cell recorded"],
        ),
        (
            "an edited row in a cell and at the top",
            |run| {
                let cell = run.join("cells").join(&cells(run)[0]).join("instances.jsonl");
                for file in [run.join("instances.jsonl"), cell] {
                    edited(&file, |rows| {
                        let (from, to) = if rows.contains("\"correct\":0.0") {
                            ("\"correct\":0.0", "\"correct\":1.0")
                        } else {
                            ("\"correct\":1.0", "\"correct\":0.0")
                        };
                        rows.replacen(from, to, 1)
                    });
                }
            },
            &["its results say accuracy", "its instances come to", "over 12"],
        ),
        (
            "results that are gone but for their name",
            |run| {
                for file in ["instances.jsonl", "results.jsonl"] {
                    fs::write(run.join(file), "").unwrap();
                }
                fs::remove_dir_all(run.join("cells")).unwrap();
            },
            &["has no row", "tribunal run"],
        ),
        (
            "no records at all",
            |run| ["instances.jsonl", "results.jsonl"].iter().for_each(|file| fs::remove_file(run.join(file)).unwrap()),
            &["no `instances.jsonl`", "tribunal run"],
        ),
    ];
    for (what, change, words) in cases {
        let folder = finished();
        change(&folder.path().join("run"));
        for (succeeded, text) in told(folder.path()) {
            assert!(!succeeded && text.starts_with("error: "), "{what}: {text}");
            assert!(words.iter().all(|word| text.contains(word)), "{what}: {words:?} not in\n{text}");
        }
        assert!(!folder.path().join("drawn").exists() && !folder.path().join("run/report.html").exists(), "{what}");
    }
}

#[test]
fn a_missing_cell_is_named_in_every_table_plot_and_page_and_made_again() {
    let folder = finished();
    let run = folder.path().join("run");
    let before = fs::read_to_string(run.join("instances.jsonl")).unwrap();
    fs::remove_dir_all(run.join("cells").join(&cells(&run)[1])).unwrap();
    // Without its rows at the top too: as after a run that was stopped before this cell.
    edited(&run.join("instances.jsonl"), |rows| {
        rows.lines().filter(|row| !row.contains(&cells(&run)[1])).fold(String::new(), |all, row| all + row + "\n")
    });
    edited(&run.join("results.jsonl"), |rows| {
        rows.lines().filter(|row| !row.contains(&cells(&run)[1])).fold(String::new(), |all, row| all + row + "\n")
    });
    let all = told(folder.path());
    assert!(all.iter().all(|(succeeded, _)| *succeeded), "{all:?}");
    let table =
        "1 of 4 cells are missing, and everything here is of the others: first, seed 4; run the experiment again";
    assert!(all[0].1.contains(table) && all[1].1.contains(table), "{all:?}");
    let plot = fs::read_to_string(folder.path().join("drawn/accuracy-by-arm.svg")).unwrap();
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(plot.contains("1 of 4 cells are missing") && page.contains("1 of 4 cells are missing"));
    assert!(tribunal(folder.path(), &["run", "small.toml", "--out", "run"]).status.success());
    assert_eq!(fs::read_to_string(run.join("instances.jsonl")).unwrap(), before);
    assert!(!told(folder.path())[0].1.contains("missing"));
}

#[test]
fn what_no_row_knows_is_refused_with_the_nearest_name() {
    let folder = finished();
    for (args, words) in [
        (["arm", "acuracy", "arm", "power"], ["y `acuracy`", "did you mean `accuracy`?"]),
        (["flw_at", "accuracy", "arm", "power"], ["x `flw_at`", "did you mean `flaw_at`?"]),
        (["arm", "accuracy", "amr", "power"], ["group `amr`", "did you mean `arm`?"]),
        (["arm", "accuracy", "arm", "pwer"], ["fit `pwer`", "did you mean `power`?"]),
    ] {
        let [x, y, group, fit] = args;
        let args = ["plot", "run", "--x", x, "--y", y, "--group", group, "--fit", fit, "--out", "drawn"];
        let output = tribunal(folder.path(), &args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?} not in\n{text}");
        assert!(!folder.path().join("drawn").exists());
    }
    for (when, words) in [
        ("arm=fist", ["`fist` is no value of `arm`", "did you mean `first`?"]),
        ("amr=first", ["`amr` is no swept path", "did you mean `arm`?"]),
        ("first", ["there is no `=`", "write --when PATH=VALUE"]),
    ] {
        let output = tribunal(folder.path(), &["plot", "run", "--when", when, "--out", "drawn"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{words:?} not in\n{text}");
        assert!(!folder.path().join("drawn").exists());
    }
    assert!(tribunal(folder.path(), &["plot", "run", "--when", "arm=first", "--out", "drawn"]).status.success());
    assert!(folder.path().join("drawn/accuracy-by-arm-at-first.svg").exists());
}
