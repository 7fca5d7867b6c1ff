//! What became of a flaw that a leaf saw, in a tree of three levels: on the page, where a key follows it, and in the terminal.

use std::path::PathBuf;

use serde_json::{Value, json};
use tribunal::record::rows::TreeRow;
use tribunal::report;
use tribunal::report::tree::{Wanted, drawn};
use tribunal::spec::condition::Condition;

use super::browser::{browser, driven};
use super::fixtures::*;

/// A tree over two candidates, the first right. Of the second, claim B1 does not hold: its first leaf sees that, the claim above
/// says that it holds, and the root is wrong. The path that decided leads by claim B2.
fn tree(cell: &str, instance: &str, leaves: u32) -> Value {
    let second = 2 + leaves;
    let node = |id: u32, parent: Option<u32>, question: Option<Value>, distribution: Value| -> Value {
        let verdict = json!({ "outcome": { "scored": { "distribution": distribution } } });
        let mut node = json!({ "id": id, "parent": parent, "spans": [[0, 9]], "own_verdict": verdict });
        question.into_iter().for_each(|question| node["question"] = question);
        node
    };
    let claim = |claim: u32| Some(json!({ "claim": { "candidate": 1, "claim": claim } }));
    let mut nodes = vec![node(0, None, Some(json!("which")), json!([0.3, 0.7]))];
    nodes.push(node(1, Some(0), claim(0), json!([0.7, 0.2, 0.1])));
    nodes.push(node(2, Some(1), None, json!([0.1, 0.8, 0.1])));
    nodes.extend((3..second).map(|id| node(id, Some(1), None, json!([0.1, 0.1, 0.8]))));
    nodes.push(node(second, Some(0), claim(1), json!([0.9, 0.05, 0.05])));
    nodes.extend((0..leaves).map(|at| node(second + 1 + at, Some(second), None, json!([0.8, 0.1, 0.1]))));
    let row = json!({
        "version": 2, "cell": cell, "arm": "rrm", "seed": 0, "split": "test", "instance": instance, "material": "absent",
        "question": "Which?", "candidates": [["a"], ["b", "c"]], "right": 0, "holds": [[true], [false, true]], "nodes": nodes,
        "cost": {}, "labels": {}
    });
    serde_json::from_value::<TreeRow>(row.clone()).expect("a tree");
    row
}

/// A run of two instances: a small tree, and one of more nodes than are shown open.
fn run(name: &str) -> PathBuf {
    let folder = empty_folder(name);
    let rows = rows_of(&ARMS[5], 1, 2, &[], 0.0);
    write_rows(&folder.join("instances.jsonl"), &rows);
    write_rows(&folder.join("cells.jsonl"), &[planned(&rows[0])]);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    let trees = [tree(&rows[0].cell, &rows[0].instance, 2), tree(&rows[1].cell, &rows[1].instance, 200)];
    write_cell(&folder, &rows, &trees);
    folder
}

const STEPS: &str = r##"
  const rows = () => [...document.querySelectorAll("#outline .node")];
  const row = (id) => rows().find((own) => own.querySelector("b").textContent === `#${id} `);
  const told = (id) => log.push(row(id) ? row(id).textContent : `#${id} is not shown`);
  log.push(text("followed"));
  [0, 1, 2, 4].forEach(told);
  await press("f");
  log.push(text("followed"));
  log.push(rows().filter((own) => own.classList.contains("followed")).map((own) => own.querySelector("b").textContent).join(""));
  await press("f");
  log.push(text("followed"));
  await press("f");
  await press("j");
  log.push(`${rows().length} nodes are shown`);
  told(2);
  document.getElementById("follow").click();
  await settled();
  told(2);
  await press("f");
  log.push(text("followed"));
  type("outcome", "lost");
"##;

#[test]
fn a_browser_follows_a_flaw_from_the_leaf_that_saw_it_to_the_node_that_lost_it() {
    let Some(browser) = browser() else { return };
    let page = report::write_page(&run("report-flaws")).unwrap();
    let expected = "\
seen by parts: 1, lost above them: 1
✗#0 which is right? → A 0.300, B 0.700 wrong
✗#1 does B1 hold? → holds 0.700, fails 0.200, open 0.100 misses the flaw lost here
✓#2 does B1 hold? → holds 0.100, fails 0.800, open 0.100 sees the flaw
✓#4 does B2 hold? → holds 0.900, fails 0.050, open 0.050 rightly
f: world0/0, node 2
1 of 1: seen by #2, lost at #1; step 1 of 2
#1 #2 
f: world0/0, node 1
1 of 1: seen by #2, lost at #1; step 2 of 2
f: world0/0, node 2
j: world0/1, node 0
203 nodes are shown
#2 is not shown
✓#2 does B1 hold? → holds 0.100, fails 0.800, open 0.100 sees the flaw
f: world0/1, node 1
1 of 1: seen by #2, lost at #1; step 2 of 2
outcome lost: 2 of 2 instances";
    assert_eq!(driven(&browser, &page, STEPS), expected);
}

#[test]
fn the_terminal_says_the_same_of_it() {
    let folder = run("report-flaws-terminal");
    let wanted = Wanted { instance: "world0/0", arm: None, seed: None, when: &Condition::default() };
    let shown = drawn(&folder, &wanted).unwrap();
    let node =
        |id: u32| shown.lines().find(|line| line.contains(&format!("#{id} "))).unwrap_or_else(|| panic!("{shown}"));
    for (id, words) in [
        (0, "(wrong) ◀"),
        (1, "(misses the flaw, lost here)"),
        (2, "(sees the flaw)"),
        (3, "(open)"),
        (4, "(rightly) ◀"),
    ] {
        assert!(node(id).ends_with(words), "{}", node(id));
    }
    assert!(shown.contains("\nthe flaw that #2 saw was lost at #1\n"), "{shown}");
}
