//! Arms that choose among pools alone: they judge nothing, and so have no accuracy.

use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::{PoolRow, ResultRow, Version};
use tribunal::report;
use tribunal::report::data::RunData;
use tribunal::report::table::{self, Look};
use tribunal::spec::condition::Condition;

use super::fixtures::*;

const WIDTH: &str = "helpers.proxy.reward.width";

#[test]
fn what_they_chose_is_told_in_place_of_an_accuracy() {
    let folder = empty_folder("report-pools");
    let mut results = learned_results();
    // Another arm at a level that has one already, and an arm of whose pools none was scored.
    let level = ("level", "1".to_owned());
    let other = result("gold", 0.25, 0.04, &[level.clone(), ("best_of", "1".to_owned())]);
    results.push(ResultRow { arm: "other".into(), unscored: [(OutcomeKind::Refused, 2)].into(), ..other });
    let lost = ResultRow { value: None, ci_low: None, ci_high: None, n: 0, ..result("gold", 0.0, 0.0, &[]) };
    results.push(ResultRow { arm: "lost".into(), unscored: [(OutcomeKind::OverBudget, 3)].into(), ..lost });
    write_rows(&folder.join("results.jsonl"), &results);
    write_rows(&folder.join("pools.jsonl"), &[pool("4"), PoolRow { outcome: OutcomeKind::OverBudget, ..pool("4") }]);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    let run = RunData::load(&folder).unwrap();
    insta::assert_snapshot!("pools-alone", table::whole(&run, Look::Plain));
    let page = std::fs::read_to_string(report::write_page(&folder).unwrap()).unwrap();
    assert!(page.contains("The best of n candidates") && !page.contains("<h2>Arms</h2>"));
    assert!(page.contains("1 of 2 pools were not scored"));
    // Beside an arm's accuracy it is not told a second time.
    let whole = RunData::load(&whole_run("report-pools-not-alone")).unwrap();
    assert!(!table::whole(&whole, Look::Plain).contains("chosen by"));
}

#[test]
fn of_many_curves_the_best_of_most_alone_is_told() {
    let folder = empty_folder("report-pools-many");
    let of = |width: u64, n: u64| {
        let labels = [(WIDTH, width.to_string()), ("best_of", n.to_string())];
        result("gold", (width * n) as f64, 0.1, &labels)
    };
    let results: Vec<ResultRow> = (1..8).flat_map(|width| [1, 2, 4].map(|n| of(width, n))).collect();
    write_rows(&folder.join("results.jsonl"), &results);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    let text = table::whole(&RunData::load(&folder).unwrap(), Look::Plain);
    let told = text.lines().filter(|line| line.contains("width")).collect::<Vec<_>>();
    assert!(told.len() == 7 && told[6].contains("28.000"), "{text}");
    assert!(text.contains("the best of fewer is in the CSV"), "{text}");
}

/// A pool of two candidates, of which the arm's score prefers the worse one.
fn pool(width: &str) -> PoolRow {
    let of = &rows_of(&ARMS[2], 1, 1, &[(WIDTH, width.to_owned())], 0.0)[0];
    PoolRow {
        version: Version,
        cell: of.cell.clone(),
        arm: "proxy".into(),
        seed: of.seed,
        split: of.split,
        instance: of.instance.clone(),
        cluster: of.cluster.clone(),
        cluster_scope: of.cluster_scope,
        outcome: OutcomeKind::Scored,
        score: vec![1.0, 2.0],
        gold: vec![1.0, 0.0],
        swept: of.swept.clone(),
        labels: Default::default(),
    }
}

#[test]
fn their_points_are_asked_for_like_any_others() {
    let folder = empty_folder("report-pools-when");
    let of = |width: &str, n: &str, gold: f64| ResultRow {
        arm: "proxy".into(),
        ..result("gold", gold, 0.1, &[(WIDTH, width.to_owned()), ("best_of", n.to_owned())])
    };
    let results = [of("4", "1", 0.5), of("4", "2", 0.0), of("8", "1", 0.5), of("8", "2", 0.25)];
    write_rows(&folder.join("results.jsonl"), &results);
    write_rows(&folder.join("pools.jsonl"), &[pool("4"), pool("8")]);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    let at = |when: &str| {
        let when: Condition = toml::from_str(&format!("\"{WIDTH}\" = {when}")).unwrap();
        RunData::load(&folder).unwrap().at(&when)
    };
    let wide = at("8").unwrap();
    assert_eq!((wide.pools.len(), wide.results.len(), wide.arms), (1, 2, vec!["proxy".to_owned()]));
    assert!(wide.pools[0].swept[WIDTH] == "8" && wide.results.iter().all(|row| row.labels[WIDTH] == "8"));
    for (when, words) in [("9", "`9` is no value of"), ("{ not = [4, 8] }", "no row of these records is at")] {
        let refusal = at(when).map(|_| ()).unwrap_err().to_string();
        assert!(refusal.contains(words), "{when}: {refusal}");
    }
}
