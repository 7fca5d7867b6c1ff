//! A bias of known size from the experiment file to the tables: what goes in is found at the leaves, multiplied where it is added
//! up, and gone where all is audited.

mod command;

use std::collections::BTreeMap;

use command::{data, stderr, stdout, tribunal};
use tribunal::eval::bias;
use tribunal::record::rows::{InstanceRow, LeaningRow};
use tribunal::report::data::rows_in;

#[test]
fn a_bias_is_followed_from_the_leaves_to_the_root() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = tribunal().current_dir(home.path()).arg("run").arg(data("leaning.toml")).output().expect("it runs");
    assert!(output.status.success(), "{}", stderr(&output));
    let run = home.path().join("runs/leaning");
    let leanings: Vec<LeaningRow> = rows_in(&run.join("leanings.jsonl")).expect("rows");
    assert!(leanings.iter().all(|row| row.arm != "honest"), "nobody leans there");

    let at = |arm: &str, at: &str, audited: &str, name: &str| {
        let found = bias::find(&leanings, name, |point| {
            let is = |key: &str, value: &str| point.swept[&format!("helpers.leaning.biased.{key}")] == value;
            point.arm == arm && point.delta > 0.0 && is("at", at) && is("audited", audited)
        });
        found.map(|found| found.value)
    };
    let close = |found: Option<f64>, wanted: f64| (found.expect("a value") - wanted).abs() < 1e-3;
    // Each claim believes half of what its four parts say.
    assert!(close(at("tree", "leaves", "0.0", "bias_0"), 0.1));
    assert!(close(at("tree", "leaves", "0.0", "gain_1"), 2.0), "{:?}", at("tree", "leaves", "0.0", "gain_1"));
    assert!(at("tree", "leaves", "0.0", "gain").expect("a gain") > 1.0);
    assert!(close(at("tree", "above", "0.0", "bias_0"), 0.0));
    assert!(close(at("tree", "above", "0.0", "bias_1"), 0.1));
    assert_eq!(at("tree", "above", "0.0", "gain_1"), None, "nothing came from below");
    for level in ["bias_0", "bias_1", "bias_root", "spread_root"] {
        assert_eq!(at("tree", "leaves", "1.0", level), Some(0.0), "{level}: all is audited");
    }
    assert!(close(at("debate", "leaves", "0.0", "bias_0"), 0.1));
    assert!(at("debate", "leaves", "0.0", "gain").expect("a gain") > 0.0);
    assert_eq!(at("debate", "above", "0.0", "bias_root"), Some(0.0), "speeches rest on nobody's judgment");

    // A helper that leans by nothing is the one that it wraps.
    let rows: Vec<InstanceRow> = rows_in(&run.join("instances.jsonl")).expect("rows");
    let said = |arm: &str| -> BTreeMap<String, Option<f64>> {
        let is_plain = |row: &&InstanceRow| {
            row.arm == arm && row.swept.get("helpers.leaning.biased.delta").is_none_or(|delta| delta == "0.0")
        };
        rows.iter().filter(is_plain).map(|row| (row.instance.clone(), row.p_right)).collect()
    };
    assert!(said("tree").len() == 16 && said("tree") == said("honest"));
    let calls = |audited: &str| -> u64 {
        let is_meant = |row: &&InstanceRow| {
            row.arm == "debate" && row.swept.get("helpers.leaning.biased.audited").is_some_and(|it| it == audited)
        };
        rows.iter().filter(is_meant).map(|row| row.cost.model_calls).sum()
    };
    assert!(calls("0.0") == 0 && calls("1.0") > 0, "an audit is paid for");

    let told = stdout(&output);
    for words in ["what a bias becomes", "0.10 → 0.20", "right where favoured is"] {
        assert!(told.contains(words), "no `{words}` in\n{told}");
    }
}
