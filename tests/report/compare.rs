//! What a comparison says beside the difference: what seeds change, what is at equal cost, what it could not have seen,
//! and in what else the compared runs differ.

use std::path::Path;

use tribunal::eval::metrics::ACCURACY;
use tribunal::judgment::Cost;
use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::InstanceRow;
use tribunal::report::data::RunData;
use tribunal::report::table::{self, Baseline, Look};
use tribunal::report::{self, equal_cost, spread};

use crate::fixtures::*;

const BUDGET: &str = "budget.evaluator_tokens_max";

/// The run of a folder that holds these rows.
fn run_of(name: &str, rows: &[InstanceRow]) -> RunData {
    let folder = empty_folder(name);
    write_rows(&folder.join("instances.jsonl"), rows);
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    RunData::load(&folder).unwrap()
}

/// 40 instances in 20 clusters, so many of them right from the first on, for each of which so many tokens are read.
fn right(arm: &str, count: usize, tokens: u64, swept: &[(&str, String)]) -> Vec<InstanceRow> {
    let mut rows = rows_of(&ARMS[8], 1, 40, swept, 0.0);
    for (at, row) in rows.iter_mut().enumerate() {
        row.arm = arm.into();
        row.cell = format!("{arm}-{swept:?}");
        row.outcome = OutcomeKind::Scored;
        row.correct = Some(f64::from(at < count));
        row.p_right = Some(if at < count { 0.9 } else { 0.1 });
        row.confidence = Some(0.9);
        row.cost = Cost { evaluator_tokens: tokens, ..Cost::default() };
    }
    rows
}

/// The cells of the line of a plain table that begins with a name.
fn line<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let line = table.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_else(|| panic!("{table}"));
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn the_spread_over_seeds_stands_beside_that_over_instances() {
    // Two seeds of 40 instances in 20 clusters of two: 30 and 20 right, whole clusters. Means 75% and 50%, whose variance is
    // 312.5 points squared; squared errors (5/20 15/20 and 1/4) / 19, in points 98.68 and 131.58, whose mean is 115.13.
    let mut rows = Vec::new();
    for (seed, count) in [(0, 30), (1, 20)] {
        rows.extend(right("search", count, 100, &[]).into_iter().map(|row| InstanceRow { seed, ..row }));
        rows.extend(right("tree", count + 8, 100, &[]).into_iter().map(|row| InstanceRow { seed, ..row }));
    }
    let run = run_of("compare-seeds", &rows);
    let told = table::whole(&run, Look::Plain);
    assert!(told.contains("spread of accuracy over seeds and over instances, in points"), "{told}");
    let spread_of_arms = spread::arms(&run).unwrap().text(Look::Plain);
    assert_eq!(line(&spread_of_arms, "search"), ["search", "2", "50.0 to 75.0", "14.0", "10.7"]);
    // Both seeds gain 20 points: what seeds change for both arms alike is not in the difference.
    let pairs = spread::differences(&run, &Baseline::all(&run, &[]).unwrap()).unwrap().text(Look::Plain);
    let pair = line(&pairs, "tree − search");
    assert_eq!(pair[..4], ["tree − search", "2", "20.0 to 20.0", "0.0 (cut)"], "{pairs}");
    assert!(pairs.contains("cut at zero where they explain all"), "{pairs}");
    assert!(!told.contains("one seed:"), "{told}");
}

#[test]
fn of_one_seed_nothing_is_known_and_that_is_said() {
    let run = run_of("compare-one-seed", &[right("search", 20, 100, &[]), right("tree", 28, 100, &[])].concat());
    let told = table::whole(&run, Look::Plain);
    assert!(told.contains("one seed: nothing is known of the spread over seeds"), "{told}");
    assert!(!told.contains("over instances") && spread::arms(&run).is_none(), "{told}");
    let page = std::fs::read_to_string(report::write_page(&run.folder).unwrap()).unwrap();
    assert!(page.contains("one seed: nothing is known of the spread over seeds"));
}

#[test]
fn arms_at_several_budgets_are_compared_where_both_read_the_same() {
    let mut rows = Vec::new();
    for (budget, alone, tree) in [(128, (20, 100), (26, 96)), (512, (36, 400), (30, 200)), (1024, (38, 900), (39, 990))]
    {
        let swept = [(BUDGET, budget.to_string())];
        rows.extend(right("alone", alone.0, alone.1, &swept));
        rows.extend(right("tree", tree.0, tree.1, &swept));
    }
    rows.extend(right("cheap", 30, 400, &[]));
    let run = run_of("compare-budgets", &rows);
    let told = equal_cost::table(&run, &Baseline::all(&run, &[]).unwrap()).unwrap().text(Look::Plain);
    let cells = |budget: u32| line(&told, &format!("tree · evaluator_tokens_max {budget} −"))[1..].to_vec();
    let at_128 = cells(128);
    assert_eq!(at_128[..3], ["96, 100", "0.96", "at equal cost"], "{told}");
    // 96 tokens are below all that `alone` reads; but the tree reaches its 100, an eighteenth of the way from 26 to 30 right.
    let share = (100.0f64 / 96.0).ln() / (200.0f64 / 96.0).ln();
    let wanted = 100.0 * ((26.0 + 4.0 * share) - 20.0) / 40.0;
    assert!(at_128[3].starts_with(&format!("{wanted:+.1} [")) && at_128[3].ends_with("] at 100"), "{told}");
    let at_512 = cells(512);
    assert_eq!(at_512[..3], ["200, 400", "0.50", "not at equal cost"], "{told}");
    // Half of the way from 20 to 36 in the logarithm of tokens is 28, and the tree has 30 of 40: 5 points.
    assert!(at_512[3].starts_with("+5.0 [") && at_512[3].ends_with("] at 200"), "{told}");
    let at_1024 = cells(1024);
    assert_eq!(at_1024[..3], ["990, 900", "1.10", "not at equal cost"], "{told}");
    // 900 tokens are within what the tree's budgets come to.
    assert!(at_1024[3].ends_with("] at 900"), "{told}");
    assert!(told.contains("never beyond them"), "{told}");
}

#[test]
fn what_no_budget_reaches_is_said_and_not_extrapolated() {
    let mut rows = Vec::new();
    for (budget, tokens) in [(128, 100), (512, 400)] {
        rows.extend(right("alone", 20, tokens, &[(BUDGET, budget.to_string())]));
        rows.extend(right("tree", 30, 10 * tokens, &[(BUDGET, budget.to_string())]));
    }
    let run = run_of("compare-not-reached", &rows);
    let told = equal_cost::table(&run, &Baseline::all(&run, &[]).unwrap()).unwrap().text(Look::Plain);
    let cells = line(&told, "tree · evaluator_tokens_max 512 −");
    assert_eq!(cells[4], "not reached: 4,000 lies outside 100 to 400", "{told}");
    let one = run_of("compare-one-budget", &[right("alone", 20, 100, &[]), right("tree", 30, 300, &[])].concat());
    let told = equal_cost::table(&one, &Baseline::all(&one, &[]).unwrap()).unwrap().text(Look::Plain);
    let cells = line(&told, "tree − alone");
    assert_eq!(cells[1..], ["300, 100", "3.00", "not at equal cost", "not reached: one budget of either"], "{told}");
}

#[test]
fn a_comparison_that_could_not_see_says_so() {
    // Five instances more and four fewer, in eight clusters of twenty: one of 40 to the good, give or take eight points.
    let mut tree = right("tree", 20, 100, &[]);
    for at in [21, 22, 24, 25, 27] {
        tree[at].correct = Some(1.0);
    }
    for at in [1, 3, 5, 6] {
        tree[at].correct = Some(0.0);
    }
    let run = run_of("compare-underpowered", &[right("search", 20, 100, &[]), tree].concat());
    let baseline = Baseline::named(&run, "search").unwrap();
    let told = table::comparisons_with(&run, &baseline, &ACCURACY, Look::Plain).unwrap();
    let cells = line(&told, "tree − search");
    assert!(cells[1].starts_with("+2.5 ["), "{told}");
    // McNemar's exact test of 5 against 4: whatever else happened, as many would differ.
    assert_eq!(cells[4..6], ["1.000", "5, 4"], "{told}");
    let least: f64 =
        cells[8].strip_prefix("cannot tell less than ").unwrap_or_else(|| panic!("{told}")).parse().unwrap();
    assert!((15.0..30.0).contains(&least), "{told}");
    assert!(told.contains("a true 5.0 would be missed") && told.contains("ignores clusters"), "{told}");
    // Told apart: what it can tell is a number alone. Ties are no outcomes for McNemar.
    let mut best = right("tree", 38, 100, &[]);
    best[39].correct = Some(0.5);
    let run = run_of("compare-powered", &[right("search", 20, 100, &[]), best].concat());
    let told =
        table::comparisons_with(&run, &Baseline::named(&run, "search").unwrap(), &ACCURACY, Look::Plain).unwrap();
    let cells = line(&told, "tree − search");
    assert!(cells[4] == "—" && cells[8].parse::<f64>().is_ok(), "{told}");
}

#[test]
fn a_map_marks_what_survives_correction_over_its_tiles() {
    let folder = empty_folder("compare-map");
    let mut rows = Vec::new();
    for (x, notice) in [0.5, 0.7, 0.9, 1.0].into_iter().enumerate() {
        for (y, error) in [0.0, 0.05, 0.1, 0.2].into_iter().enumerate() {
            let swept = [(NOTICE, notice.to_string()), (ERROR, error.to_string())];
            // Whole clusters of two: six of them more are 2 in 64 by chance, and far ahead in one tile alone.
            let gain = if (x, y) == (0, 0) { 20 } else { 12 };
            rows.extend(right("tree", 20 + gain, 100, &swept));
            rows.extend(right("search", 20, 100, &swept));
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plot = format!("[[plots]]\nx = \"{NOTICE}\"\ny = \"{ERROR}\"\ngroup = \"tree - search\"\n");
    std::fs::write(folder.join("experiment.toml"), experiment("") + &plot).unwrap();
    report::draw_all(&folder).unwrap();
    let stem = folder.join("plots/ranking-tree-search-notice_rate-error_rate");
    let mut reader = csv::Reader::from_path(stem.with_extension("csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let of = |row: &csv::StringRecord, name: &str| -> f64 {
        row[header.iter().position(|column| column == name).unwrap()].parse().unwrap()
    };
    let table: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    assert_eq!(table.len(), 16);
    // Ten clusters one way: 2 in 1,024, times 16. Six: 2 in 64, times 15 and no more than 1.
    assert_eq!((of(&table[0], "p"), of(&table[0], "p_holm")), (2.0 / 1024.0, 32.0 / 1024.0));
    for row in &table[1..] {
        assert_eq!((of(row, "p"), of(row, "p_holm")), (2.0 / 64.0, 30.0 / 64.0));
        assert!(of(row, "ci_low") > 0.0 && of(row, "detectable") > 0.2, "each by itself is clear of zero: {row:?}");
    }
    let svg = std::fs::read_to_string(stem.with_extension("svg")).unwrap();
    assert_eq!(svg.matches("+50.0 ▲").count(), 1, "the one that is far ahead");
    assert_eq!(svg.matches("+30.0 ▲").count(), 0, "one of sixteen that are each ahead by chance in 1 of 32");
    assert!(svg.contains("correction"), "the note says what a sign is");
}

/// A run folder as `compare` reads it, of one arm, with so many test instances as its experiment says.
fn recorded(name: &str, arm: &str, version: &str, instances: usize) -> std::path::PathBuf {
    let folder = empty_folder(name);
    write_rows(&folder.join("instances.jsonl"), &right(arm, 20, 100, &[]));
    let text = format!("{}\n[instances]\ntest = {instances}\n[tasks.plain.books]\nchapters = 3\n", experiment(""));
    std::fs::write(folder.join("experiment.toml"), text).unwrap();
    let manifest = format!(r#"{{"seeds": [0], "crate_version": "{version}", "cpu": "x86_64"}}"#);
    std::fs::write(folder.join("manifest.json"), manifest).unwrap();
    folder
}

#[test]
fn the_command_warns_of_what_differs_beside_arms_and_shows_every_table() {
    let compared = |folders: &[&Path]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tribunal"));
        let output = command.env("NO_COLOR", "1").arg("compare").args(folders).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let first = recorded("compare-cli-a", "search", "0.1.0", 40);
    let alike = compared(&[&first, &recorded("compare-cli-b", "tree", "0.1.0", 40)]);
    assert!(!alike.contains("warning"), "{alike}");
    for words in
        ["paired differences in accuracy", "accuracy at equal cost", "one seed: nothing is known", "at equal cost"]
    {
        assert!(alike.contains(words), "no `{words}` in\n{alike}");
    }
    let other = recorded("compare-cli-c", "tree", "0.2.0", 80);
    let text = std::fs::read_to_string(other.join("experiment.toml")).unwrap();
    std::fs::write(other.join("experiment.toml"), text.replace("chapters = 3", "chapters = 4")).unwrap();
    let unlike = compared(&[&first, &other]);
    let warning = unlike.lines().find(|line| line.starts_with("warning: ")).unwrap_or_else(|| panic!("{unlike}"));
    for words in ["the settings of several tasks", "how many instances", "the program's version (0.2.0, not 0.1.0)"] {
        assert!(warning.contains(words), "no `{words}` in {warning}");
    }
}
