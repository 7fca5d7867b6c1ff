//! Trees at the points of a sweep: one per arm and point on the page, arms that disagree, and each to be had in the terminal.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::{InstanceRow, TreeRow};
use tribunal::report;

use super::browser::{browser, driven};
use super::fixtures::*;

const TASK: &str = "task";

/// A tree of one node, which is right or wrong.
fn tree(row: &InstanceRow) -> Value {
    let distribution = if row.correct == Some(1.0) { [0.75, 0.25] } else { [0.25, 0.75] };
    let verdict = json!({ "outcome": { "scored": { "distribution": distribution } } });
    let tree = json!({
        "version": 2, "cell": row.cell, "arm": row.arm, "seed": row.seed, "split": "test", "instance": row.instance,
        "material": "absent", "question": "Which?", "candidates": [["a"], ["b"]], "right": 0,
        "nodes": [{ "id": 0, "parent": null, "question": "which", "spans": [[0, 9]], "own_verdict": verdict }],
        "cost": {}, "labels": {}
    });
    serde_json::from_value::<TreeRow>(tree.clone()).expect("a tree");
    tree
}

/// An arm, its swept values, and which of two instances it gets right.
type Cell<'a> = (&'a str, &'a [(&'a str, &'a str)], [bool; 2]);

/// A run whose cells are these, each an arm at a point with whether its two instances are right.
fn run(name: &str, cells: &[Cell<'_>]) -> PathBuf {
    let folder = empty_folder(name);
    let (mut all, mut plan) = (Vec::new(), Vec::new());
    for (at, (arm, swept, right)) in cells.iter().enumerate() {
        let known = ARMS.iter().find(|known| known.name == *arm).expect("an arm of the fixtures");
        let swept: Vec<(&str, String)> = swept.iter().map(|(path, value)| (*path, (*value).to_owned())).collect();
        let rows: Vec<InstanceRow> = rows_of(known, 1, 2, &swept, 0.0)
            .into_iter()
            .zip(right)
            .map(|(row, right)| {
                let (correct, p_right) = if *right { (1.0, 0.75) } else { (0.0, 0.25) };
                let cell = format!("cell{at}");
                InstanceRow {
                    cell,
                    outcome: OutcomeKind::Scored,
                    correct: Some(correct),
                    p_right: Some(p_right),
                    ..row
                }
            })
            .collect();
        let trees: Vec<Value> = rows.iter().map(tree).collect();
        write_cell(&folder, &rows, &trees);
        plan.push(planned(&rows[0]));
        all.extend(rows);
    }
    write_rows(&folder.join("instances.jsonl"), &all);
    write_rows(&folder.join("cells.jsonl"), &plan);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    folder
}

const STEPS: &str = r##"
  const tabs = () => log.push([...document.querySelectorAll("#tabs button")].map((tab) => `${tab.textContent}${tab.getAttribute("aria-selected") === "true" ? " *" : ""}`).join(" | "));
  const listed = () => log.push([...document.querySelectorAll(".instance")].map((row) => row.firstChild.textContent + row.querySelector("small").textContent.split(";")[0]).join(" | "));
  type("outcome", "all");
  listed();
  tabs();
  await press("]");
  tabs();
  log.push(text("outline"));
  type("outcome", "unlike");
  listed();
"##;

#[test]
fn a_browser_shows_a_tree_for_each_arm_and_finds_where_they_disagree() {
    let Some(browser) = browser() else { return };
    let cells: [Cell<'_>; 2] = [("rrm", &[], [true, true]), ("tree_rule", &[], [true, false])];
    let page = report::write_page(&run("report-points-arms", &cells)).unwrap();
    let expected = "\
outcome all: 2 of 2 instances
world0/0 seed 0 | world0/1 seed 0
✓ rrm * | ✓ tree_rule
]: world0/0, node 0
✓ rrm | ✓ tree_rule *
✓#0 which is right? → A 0.750, B 0.250 right
outcome unlike: 1 of 2 instances
world0/1 seed 0";
    assert_eq!(driven(&browser, &page, STEPS), expected);
}

#[test]
fn instances_of_two_tasks_that_are_called_alike_are_two_and_points_of_one_arm_do_not_disagree() {
    let Some(browser) = browser() else { return };
    let (books, digits) = ((TASK, "books"), (TASK, "digits"));
    // Each arm is right on books and wrong on digits, at one width or the other.
    let cells: [Cell<'_>; 5] = [
        ("rrm", &[books, (WIDTH, "8")], [true, true]),
        ("rrm", &[books, (WIDTH, "32")], [true, false]),
        ("tree_rule", &[books, (WIDTH, "8")], [true, true]),
        ("rrm", &[digits, (WIDTH, "8")], [false, false]),
        ("tree_rule", &[digits, (WIDTH, "8")], [false, true]),
    ];
    let page = report::write_page(&run("report-points-tasks", &cells)).unwrap();
    let expected = "\
outcome all: 4 of 4 instances
world0/0 seed 0, task books | world0/1 seed 0, task books | world0/0 seed 0, task digits | world0/1 seed 0, task digits
✓ rrm · width 8, task books * | ✓ rrm · width 32, task books | ✓ tree_rule · width 8, task books
]: world0/0, node 0
✓ rrm · width 8, task books | ✓ rrm · width 32, task books * | ✓ tree_rule · width 8, task books
✓#0 which is right? → A 0.750, B 0.250 right
outcome unlike: 1 of 4 instances
world0/1 seed 0, task digits";
    assert_eq!(driven(&browser, &page, STEPS), expected);
}

#[test]
fn every_tree_of_an_instance_can_be_reached_by_the_line_that_names_it() {
    const VOTES: &str = "task.preferences.test_votes";
    let cells: [Cell<'_>; 5] = [
        ("rrm", &[(WIDTH, "8")], [true, true]),
        ("rrm", &[(WIDTH, "32")], [true, true]),
        ("rrm", &[(VOTES, r#"["first", "second"]"#)], [true, true]),
        ("rrm", &[(VOTES, "it's")], [true, true]),
        ("direct_search", &[], [true, true]),
    ];
    let folder = run("report-points-terminal", &cells);
    let show = |more: &str| {
        let program = env!("CARGO_BIN_EXE_tribunal");
        let command = format!("'{program}' show '{}' --instance world0/0 {more}", folder.display());
        let output = Command::new("sh").args(["-c", &command]).output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (_, first) = show("");
    assert!(first.contains("arm rrm · width 8, seed 0, cell cell0"), "{first}");
    let (_, others) = first.split_once("other trees of this instance:\n").unwrap_or_else(|| panic!("{first}"));
    let others: Vec<&str> = others.lines().map(str::trim).collect();
    assert_eq!(others[0], format!("--arm rrm --seed 0 --when {WIDTH}=32"));
    assert_eq!(others[3], "--arm direct_search --seed 0");
    for (at, line) in others.iter().enumerate() {
        let (_, shown) = show(line);
        assert!(shown.contains(&format!("cell cell{}:", at + 1)), "{line}\n{shown}");
    }
    for (wrong, why) in [
        (format!("--when {WIDTH}=9"), "`9` is no value of `helpers.assistant.trained.width`"),
        ("--when helpers.assistant.trained.widht=8".to_owned(), "did you mean `helpers.assistant.trained.width`"),
        ("--when width".to_owned(), "there is no `=`"),
    ] {
        let (code, said) = show(&wrong);
        assert!(code == Some(2) && said.contains(why), "{wrong}\n{said}");
    }
}
