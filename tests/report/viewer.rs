//! The viewer of trees in a report's page: what is packed is what was recorded, and a browser shows it.

use std::io::Read;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use tribunal::record::rows::TreeRow;
use tribunal::report;
use tribunal::report::tree::{Wanted, drawn};
use tribunal::spec::condition::Condition;

use super::browser::{browser, driven, dumped};
use super::fixtures::*;

/// What a model may write to take over a page.
const NASTY: &str = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";
const MATERIAL: &str = "0123456789abcdef0123456789abcdef";
const TEXT: &str = "Änne kept the bell. Nobody rang it. The bell was sold in spring.";

/// One instance in one arm: a part sees the flaw of candidate B, and the judge above it is wrong.
fn tree(cell: &str, instance: &str) -> Value {
    let at = |text: &str| TEXT.find(text).map(|start| json!([start, start + text.len()])).unwrap();
    let sold = at("The bell was sold in spring.");
    let asked = |role: &str, wanted: Value, shown: Value, distribution: Value, quotes: Value| {
        json!({ "role": role, "wanted": wanted, "shown": shown, "outcome": { "scored": { "distribution": distribution } },
                "quotes": quotes, "cost": { "helper_tokens": 9, "asks": 1 } })
    };
    let quotes = json!([[sold[0], sold[1], 0.75]]);
    json!({
        "version": 2, "cell": cell, "arm": "rrm", "seed": 0, "split": "test", "instance": instance, "material": MATERIAL,
        "question": NASTY, "candidates": [["The bell was sold."], ["The bell was kept.", NASTY]], "right": 0,
        "nodes": [
            { "id": 0, "parent": null, "question": "which", "spans": [[0, TEXT.len()]], "exchanges": [
                asked("evaluator", json!({ "choice": 2 }), json!({ "messages": [[1, 0]], "quotes": quotes }), json!([0.4, 0.6]), json!([]))] },
            { "id": 1, "parent": 0, "question": { "claim": { "candidate": 1, "claim": 0 } }, "spans": [sold], "exchanges": [
                asked("assistant", json!("predicate"), json!({ "spans": [sold] }), json!([0.1, 0.8, 0.1]), quotes)] },
            { "id": 2, "parent": 0, "question": { "claim": { "candidate": 1, "claim": 1 } }, "spans": [at("Änne kept the bell.")],
              "exchanges": [asked("assistant", json!("predicate"), json!({}), json!([0.7, 0.2, 0.1]), json!([]))] },
        ],
        "cost": { "helper_tokens": 27, "asks": 3 }, "labels": {}
    })
}

/// A run of one arm and seed, with a tree for each instance.
fn run(name: &str) -> (PathBuf, Vec<String>) {
    let folder = empty_folder(name);
    let rows = rows_of(&ARMS[6], 1, 12, &[], 0.0);
    write_rows(&folder.join("instances.jsonl"), &rows);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    let trees: Vec<Value> = rows.iter().map(|row| tree(&row.cell, &row.instance)).collect();
    let lines = trees.iter().map(Value::to_string).collect::<Vec<_>>();
    lines.iter().for_each(|line| drop(serde_json::from_str::<TreeRow>(line).expect("the test's tree is a tree")));
    write_cell(&folder, &rows, &trees);
    write_rows(&folder.join("cells.jsonl"), &[planned(&rows[0])]);
    std::fs::create_dir_all(folder.join("materials")).unwrap();
    std::fs::write(folder.join("materials").join(format!("{MATERIAL}.txt")), TEXT).unwrap();
    (folder, lines)
}

#[test]
fn a_page_packs_every_tree_and_material_once() {
    let (folder, lines) = run("report-viewer");
    let page = std::fs::read_to_string(report::write_page(&folder).unwrap()).unwrap();
    let packed = unpacked(&page, "trees-0");
    assert_eq!(packed.lines().count(), lines.len());
    for (packed, line) in packed.lines().zip(&lines) {
        let of_node = r#","read_off":{"decided":[0,2],"beside":"wsy","flaws":[[1,0]]}}"#;
        assert_eq!(packed, format!("{{\"row\":{line}{of_node}"), "the row as it was recorded, and what is read off it");
    }
    assert_eq!(unpacked(&page, &format!("material-{MATERIAL}")), TEXT);
    assert_eq!(page.matches(&format!("id=\"material-{MATERIAL}\"")).count(), 1);
    assert!(!page.contains(NASTY), "what a model wrote stands in the page unpacked");
}

#[test]
fn the_terminal_marks_the_path_that_decided() {
    let (folder, _) = run("report-viewer-terminal");
    let wanted = Wanted { instance: "world1/0", arm: None, seed: None, when: &Condition::default() };
    let shown = drawn(&folder, &wanted).unwrap();
    let node = |id: &str| shown.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{shown}"));
    assert!(node("#0 ").ends_with('◀') && node("#2 ").ends_with('◀') && !node("#1 ").contains('◀'), "{shown}");
    assert!(shown.contains("◀ the parts that speak most for what was answered above them"), "{shown}");
}

#[test]
fn a_run_without_trees_has_a_page_without_a_viewer() {
    let (folder, _) = run("report-viewer-none");
    std::fs::remove_dir_all(folder.join("cells")).unwrap();
    let page = std::fs::read_to_string(report::write_page(&folder).unwrap()).unwrap();
    assert!(!page.contains("<script") && page.contains("To run it again"));
}

#[test]
fn a_browser_shows_the_tree_the_deciding_path_and_what_was_shown() {
    let Some(browser) = browser() else { return };
    let (folder, _) = run("report-viewer-browser");
    let page = report::write_page(&folder).unwrap();
    let shown = dumped(&browser, &page, "instance=world1/0&seed=0&tree=0&node=1");
    for wanted in [
        "12 of 12 instances",
        // The list marks where a flaw was seen, and where it was lost.
        "sees the flaw",
        "lost here",
        // The node that the address names is open: its claim, what was read, the quote and its weight.
        "does B1 hold?",
        "<pre>The bell was sold in spring.</pre>",
        "“The bell was sold in spring.” (0.75)",
        "holds 0.100, fails 0.800, open 0.100",
    ] {
        assert!(shown.contains(wanted), "`{wanted}` is not shown");
    }
    assert!(shown.contains("class=\"node path\""), "no path is marked");
    let outline = &shown[shown.find("id=\"outline\"").unwrap()..];
    let row = |id: usize| outline.split("<button").find(|row| row.contains(&format!("<b>#{id} </b>"))).unwrap();
    assert!(row(0).contains("path") && row(2).contains("path"), "the second claim of B speaks most for B");
    assert!(!row(1).contains("path"));
    assert!(shown.contains("<title>books</title>"), "a model's text ran");
    assert!(shown.contains("&lt;/script&gt;&lt;script&gt;document.title"), "a model's text is not shown as it is");
}

/// What a reader does with search, filters and keys.
const STEPS: &str = r##"
  type("search", "world1/0");
  type("search", "");
  type("outcome", "wrong");
  type("outcome", "all");
  type("label", "flaw\tFLAW");
  type("label", "");
  for (const key of ["j", "k", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowLeft", "ArrowLeft"]) await press(key);
  log.push(`folded: ${document.querySelectorAll("#outline .node").length} node`);
  await press("/");
  log.push(`at: ${document.activeElement.id}`);
"##;

#[test]
fn a_browser_searches_filters_and_goes_by_keys() {
    let Some(browser) = browser() else { return };
    let (folder, _) = run("report-viewer-keys");
    let rows = rows_of(&ARMS[6], 1, 12, &[], 0.0);
    let flaw = rows[0].labels["flaw"].clone();
    let log = driven(&browser, &report::write_page(&folder).unwrap(), &STEPS.replace("FLAW", &flaw));
    let wrong = rows.iter().filter(|row| row.correct.is_some_and(|correct| correct < 1.0)).count();
    let flawed = rows.iter().filter(|row| row.labels["flaw"] == flaw).count();
    let expected = format!(
        "search world1/0: 1 of 12 instances\n\
         search : 12 of 12 instances\n\
         outcome wrong: {wrong} of 12 instances\n\
         outcome all: 12 of 12 instances\n\
         label flaw {flaw}: {flawed} of 12 instances\n\
         label : 12 of 12 instances\n\
         j: world0/1, node 0\n\
         k: world0/0, node 0\n\
         ArrowRight: world0/0, node 1\n\
         ArrowDown: world0/0, node 2\n\
         ArrowUp: world0/0, node 1\n\
         ArrowLeft: world0/0, node 0\n\
         ArrowLeft: world0/0, node 0\n\
         folded: 1 node\n\
         /: world0/0, node 0\n\
         at: search"
    );
    assert!(0 < wrong && wrong < 12 && 0 < flawed && flawed < 12, "filters must be seen to filter");
    assert_eq!(log, expected);
}

/// The text of a packed piece.
fn unpacked(page: &str, id: &str) -> String {
    let start = page.find(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("no piece `{id}`"));
    let body = &page[start..];
    let packed = &body[body.find('>').unwrap() + 1..body.find('<').unwrap()];
    let mut text = String::new();
    GzDecoder::new(STANDARD.decode(packed).unwrap().as_slice()).read_to_string(&mut text).unwrap();
    text
}
