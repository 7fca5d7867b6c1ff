//! The command that a page gives to run it again: it works as it stands, and gives the same cells and rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tribunal::record::rows::TreeRow;

/// A sweep with a condition, on two tasks, with an arm that is not run on one of them.
const EXPERIMENT: &str = r#"
name = "whole"
seed = 5
seeds = 2
instances = { validation = 8, test = 8 }
question = "Is <this> run again?"

[tasks.short.derivation]
steps = 2

[tasks.long.derivation]
steps = 3

[budget]
evaluator_tokens_max = 512

[helpers.person.simulated]
notice_rate = 0.9

[arms.direct]
strategy.direct = {}
roles = { evaluator = "person" }

[arms.first]
strategy.direct = { reads = "first" }
roles = { evaluator = "person" }
when = { task = "short" }

[sweep]
"helpers.person.simulated.error_rate" = [0.05, 0.1, 0.2]
"helpers.person.simulated.error_fixed_share" = { values = [0.0, 0.5], when = { "helpers.person.simulated.error_rate" = 0.2 } }
"#;

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn tribunal(home: &Path, args: &[&str]) -> Output {
    done(Command::new(env!("CARGO_BIN_EXE_tribunal")).args(args).current_dir(home))
}

/// The ids that a plan lists, in its order.
fn ids(plan: &Output) -> Vec<String> {
    let text = String::from_utf8(plan.stdout.clone()).unwrap();
    let is_id = |word: &&str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    text.lines().filter_map(|line| line.split_whitespace().next().filter(is_id)).map(str::to_owned).collect()
}

/// Every file of a run with its bytes, but for those exempt from byte equality and what a report writes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for path in std::fs::read_dir(&at).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match path.is_dir() {
                true => folders.push(path),
                false if ["timing.jsonl", "report.html"].contains(&name.as_str()) => {}
                false => {
                    drop(found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()))
                }
            }
        }
    }
    found
}

#[test]
fn the_command_on_the_page_runs_the_same_cells_to_the_same_rows() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    // A file of another name than the experiment's, settings from the command line, a shrunk run, and a folder with a space.
    std::fs::write(home.join("sibling.toml"), EXPERIMENT).unwrap();
    let typed = ["sibling.toml", "--smoke", "--set", "helpers.person.simulated.notice_rate=0.8"];
    let run = "my runs/whole";
    tribunal(home, &[&["run"], &typed[..], &["--out", run]].concat());
    tribunal(home, &["report", run]);
    let page = std::fs::read_to_string(home.join(run).join("report.html")).unwrap();
    let (_, rest) = page.split_once("<h2>To run it again</h2>\n<pre>").unwrap();
    let command = rest.split("</pre>").next().unwrap().replace("&#39;", "'");
    assert_eq!(command, "tribunal run 'my runs/whole/experiment.toml' --out 'my runs/whole-again'");

    let check = ids(&tribunal(home, &[&["check"], &typed[..]].concat()));
    assert!(check.len() > 10, "{check:?}");
    assert_eq!(ids(&tribunal(home, &["check", "my runs/whole/experiment.toml"])), check);

    let program = format!("'{}'", env!("CARGO_BIN_EXE_tribunal"));
    done(Command::new("sh").args(["-c", &command.replacen("tribunal", &program, 1)]).current_dir(home));
    let (first, again) = (files(&home.join(run)), files(&home.join("my runs/whole-again")));
    let differing: Vec<_> =
        first.keys().chain(again.keys()).filter(|name| first.get(*name) != again.get(*name)).collect();
    assert!(differing.is_empty() && first.len() > 20, "{differing:?}");
}

#[test]
fn recorded_trees_say_which_claims_hold() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("whole.toml"), EXPERIMENT).unwrap();
    tribunal(home.path(), &["run", "whole.toml", "--smoke", "--out", "run"]);
    let trees = files(&home.path().join("run"));
    let trees: Vec<&Vec<u8>> = trees.iter().filter(|(path, _)| path.ends_with("trees.jsonl")).map(|it| it.1).collect();
    let rows = trees.iter().flat_map(|file| std::str::from_utf8(file).unwrap().lines());
    let mut count = 0;
    for row in rows.map(|line| serde_json::from_str::<TreeRow>(line).unwrap()) {
        let (holds, right) = (row.holds.as_ref().unwrap(), usize::from(row.right.unwrap()));
        let claims: Vec<usize> = row.candidates.iter().map(Vec::len).collect();
        assert_eq!(holds.iter().map(Vec::len).collect::<Vec<_>>(), claims, "{}", row.instance);
        for (candidate, holds) in holds.iter().enumerate() {
            assert_eq!(holds.iter().all(|it| *it), candidate == right, "{}: {holds:?}", row.instance);
        }
        count += 1;
    }
    assert!(count > 50, "{count}");
}
