//! What is published, what is discarded, and what of the dead is removed.

use super::*;
use crate::record::rows;

const EXPERIMENT_TEXT: &str = r#"
name = "small"
seed = 1
instances = { test = 4 }
task.books = {}
helpers.person.simulated = {}
arms.first = { strategy.direct.reads = "first", roles.evaluator = "person" }
arms.search = { strategy.direct.reads = "search", roles.evaluator = "person" }
budget.evaluator_tokens_max = 64
"#;

fn plan(settings: &[&str]) -> Plan {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, EXPERIMENT_TEXT).expect("an experiment");
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    Plan::of(&Spec::load(&file, &settings).expect("a spec")).expect("a plan")
}

fn finish(run: &RunFolder, unit: Unit, text: &str) -> Published {
    let building = run.build(unit).expect("a hidden folder");
    std::fs::write(building.path().join("results.jsonl"), text).expect("rows");
    building.publish().expect("a publication")
}

fn top(run: &RunFolder) -> String {
    std::fs::read_to_string(run.path().join("results.jsonl")).expect("rebuilt rows")
}

fn hidden(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| build::is_hidden(name)).map(|name| name.display().to_string()).collect()
}

#[test]
fn rows_are_rebuilt_in_plan_order_whatever_was_done_first() {
    let plan = plan(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(&home.path().join("run"), &plan).expect("a run folder");
    let units: Vec<Unit> = plan.units().collect();
    assert_eq!(finish(&run, units[1], "second\n"), Published::First);
    run.rebuild(&plan).expect("rebuilt");
    assert_eq!(top(&run), "second\n");
    finish(&run, units[0], "first\n");
    run.rebuild(&plan).expect("rebuilt");
    assert_eq!(top(&run), "first\nsecond\n");
    assert!(hidden(run.path()).is_empty() && hidden(&run.path().join("cells")).is_empty());
}

#[test]
fn arguments_are_rebuilt_where_somebody_argued_and_nowhere_else() {
    let (home, plan) = (tempfile::tempdir().expect("a folder"), plan(&[]));
    let run = RunFolder::open(home.path(), &plan).expect("a run");
    let [first, second] = [Unit::Cell(&plan.cells[0]), Unit::Cell(&plan.cells[1])];
    finish(&run, first, "first\n");
    run.rebuild(&plan).expect("rebuilt");
    assert!(!home.path().join("arguments.jsonl").exists());
    let building = run.build(second).expect("a hidden folder");
    std::fs::write(building.path().join("arguments.jsonl"), "said\n").expect("rows");
    building.publish().expect("published");
    run.rebuild(&plan).expect("rebuilt");
    assert_eq!(std::fs::read_to_string(home.path().join("arguments.jsonl")).expect("rows"), "said\n");
}

#[test]
fn a_second_finisher_discards_its_own() {
    let plan = plan(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(home.path(), &plan).expect("a run folder");
    let unit = Unit::Cell(&plan.cells[0]);
    let late = run.build(unit).expect("a hidden folder");
    std::fs::write(late.path().join("results.jsonl"), "late\n").expect("rows");
    assert_eq!(finish(&run, unit, "early\n"), Published::First);
    assert_eq!(late.publish().expect("a publication"), Published::Already);
    let rows = std::fs::read_to_string(run.place(unit).join("results.jsonl")).expect("rows");
    assert_eq!(rows, "early\n");
    assert!(hidden(&run.path().join("cells")).is_empty());
}

#[test]
fn the_dead_are_swept_and_the_living_are_not() {
    let plan = plan(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(home.path(), &plan).expect("a run folder");
    let living = run.build(Unit::Cell(&plan.cells[0])).expect("a hidden folder");
    let dead = run.path().join("cells").join(".tmp-0123-dead");
    std::fs::create_dir(&dead).expect("a dead one's folder");
    std::fs::write(dead.join("trees.jsonl"), "half").expect("half a row");
    std::fs::write(run.path().join(".tmp-file"), "half").expect("half a file");
    RunFolder::open(home.path(), &plan).expect("opened again");
    assert!(!dead.exists() && hidden(run.path()).is_empty());
    assert!(living.path().is_dir());
}

#[test]
fn another_plan_keeps_the_cells_that_both_have() {
    let before = plan(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(home.path(), &before).expect("a run folder");
    before.units().for_each(|unit| {
        finish(&run, unit, &format!("{}\n", unit.title()));
    });
    run.rebuild(&before).expect("rebuilt");
    let after = plan(&["seeds=2"]);
    let run = RunFolder::open(home.path(), &after).expect("opened again");
    assert!(!run.path().join("results.jsonl").exists(), "rows of another plan do not stay");
    assert_eq!(after.units().filter(|unit| run.is_done(*unit)).count(), 2);
    let (again, read) = RunFolder::existing(run.path()).expect("an existing run");
    assert_eq!((again.path(), &read), (run.path(), &after));
}

#[test]
fn results_of_two_programs_are_not_mixed() {
    let plan = plan(&[]);
    let home = tempfile::tempdir().expect("a temporary folder");
    RunFolder::open(home.path(), &plan).expect("a run folder");
    let place = home.path().join("manifest.json");
    let text = std::fs::read_to_string(&place).expect("a manifest");
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    std::fs::write(&place, text.replacen(&version, "\"0.0.1\"", 1)).expect("a manifest");
    let refused = RunFolder::open(home.path(), &plan).expect_err("another version");
    assert_eq!(refused.exit_code(), 3);
    assert!(refused.to_string().contains("another version of tribunal: `0.0.1`"), "{refused}");
}

#[test]
fn a_folder_of_other_things_is_left_alone() {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(home.path().join("thesis.tex"), "x").expect("a file");
    let refused = RunFolder::open(home.path(), &plan(&[])).expect_err("no run folder");
    assert!(refused.to_string().contains("thesis.tex"), "{refused}");
    assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 1);
}

#[test]
fn a_broken_line_of_timing_is_ended_before_the_next() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(home.path(), &plan(&[])).expect("a run folder");
    std::fs::write(home.path().join("timing.jsonl"), "{\"version\":1,\"wha").expect("half a line");
    let row = TimingRow {
        version: rows::Version,
        what: "run".into(),
        threads: 1,
        device: "cpu".into(),
        host: "here".into(),
        wall_s: 1.0,
        tokens_per_s: None,
        micro_dollars: 0,
    };
    run.append_timing(&row).expect("a row");
    run.append_timing(&row).expect("a row");
    let text = std::fs::read_to_string(home.path().join("timing.jsonl")).expect("rows");
    let whole = text.lines().filter(|line| serde_json::from_str::<TimingRow>(line).is_ok()).count();
    assert_eq!((text.lines().count(), whole), (3, 2));
}
