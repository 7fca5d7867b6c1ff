//! What experiments were expected to show: the files beside them, and how a run is held against them.

mod command;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use command::{data, stderr, stdout, tribunal};
use tribunal::report::expected::{Expected, FILE, Measured, Verdict, verdict};
use tribunal::spec::Spec;

fn experiments() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments")
}

/// The entries of a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}

/// The experiments of a folder, by name.
fn specs_in(folder: &Path) -> BTreeMap<String, Spec> {
    let files = entries(folder).into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "toml"));
    let specs = files.map(|file| Spec::load(&file, &[]).expect("an experiment").spec);
    specs.map(|spec| (spec.name.clone(), spec)).collect()
}

/// Why an experiment's prediction is in no `expected.json`. Whatever it says, the README beside it has the verdict.
#[derive(Clone, Copy, Debug)]
enum Unrecorded {
    /// A probe: nothing was predicted.
    Nothing,
    /// It says in what order things come, or which way, or how they compare between points of a sweep: no range of a number.
    Order,
    /// It names ranges, and they are held against a run in the README alone, so far.
    ReadmeAlone,
    /// It takes data that is not in the repository, or more than two cores: the README beside it has what was run of it.
    Beyond,
}

/// Every experiment with a prediction that no `expected.json` holds.
const UNRECORDED: &[(&str, Unrecorded)] = &[
    ("annotators", Unrecorded::ReadmeAlone),
    ("annotators_pandalm", Unrecorded::Beyond),
    ("bias_gain-fixed", Unrecorded::Nothing),
    ("bias_gain-tiny", Unrecorded::Nothing),
    ("books-budget", Unrecorded::Order),
    ("books-depth", Unrecorded::Order),
    ("books-grid", Unrecorded::Order),
    ("books-grid-trained", Unrecorded::ReadmeAlone),
    ("books-levels", Unrecorded::Order),
    ("books-novels", Unrecorded::Beyond),
    ("books-pressure", Unrecorded::Order),
    ("books-simulated", Unrecorded::ReadmeAlone),
    ("books-tales", Unrecorded::Beyond),
    ("books-width", Unrecorded::Order),
    ("debate_mnist4_paper", Unrecorded::Beyond),
    ("debate_mnist6_paper", Unrecorded::Beyond),
    ("debate_mnist_rollouts", Unrecorded::Order),
    ("debate_vs_rrm-gaps", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-grid", Unrecorded::Order),
    ("debate_vs_rrm-helper_tokens", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-misquotes", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-novels", Unrecorded::Beyond),
    ("debate_vs_rrm-novels-pressure", Unrecorded::Beyond),
    ("debate_vs_rrm-novels-trust", Unrecorded::Beyond),
    ("debate_vs_rrm-pressure", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-protocols", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-shapes", Unrecorded::ReadmeAlone),
    ("debate_vs_rrm-strong", Unrecorded::Order),
    ("debate_vs_rrm-tales", Unrecorded::Beyond),
    ("debate_vs_rrm-tales-pressure", Unrecorded::Beyond),
    ("debate_vs_rrm-weak", Unrecorded::ReadmeAlone),
    ("obfuscation-sound", Unrecorded::ReadmeAlone),
    ("overoptimisation", Unrecorded::ReadmeAlone),
    ("overoptimisation_books", Unrecorded::ReadmeAlone),
    ("overoptimisation_ensembles", Unrecorded::ReadmeAlone),
    ("preference-harmless", Unrecorded::ReadmeAlone),
];

#[test]
fn every_prediction_is_recorded_or_on_a_list_that_says_why_not() {
    let mut unrecorded = BTreeMap::from_iter(UNRECORDED.iter().copied());
    assert_eq!(unrecorded.len(), UNRECORDED.len(), "an experiment is listed twice");
    for folder in entries(&experiments()).into_iter().filter(|path| path.is_dir()) {
        let recorded = folder.join(FILE);
        let expected = recorded.is_file().then(|| Expected::load(&recorded).expect("a file of expectations"));
        for (name, spec) in specs_in(&folder).into_iter().filter(|(_, spec)| !spec.prediction.is_empty()) {
            let is_recorded = expected.as_ref().is_some_and(|it| it.experiments.contains_key(&name));
            let why = unrecorded.remove(name.as_str());
            assert!(!(is_recorded && why.is_some()), "{name} is recorded: take it off the list ({why:?})");
            assert!(
                is_recorded || why.is_some(),
                "{name} predicts `{}`: add it to {FILE} of its folder, or say here why not",
                spec.prediction
            );
        }
    }
    assert!(unrecorded.is_empty(), "no experiment of that name predicts anything: {unrecorded:?}");
}

#[test]
fn what_is_expected_is_of_experiments_and_arms_that_are_there() {
    let mut read = 0;
    for folder in entries(&experiments()).into_iter().filter(|path| path.join(FILE).is_file()) {
        let expected = Expected::load(&folder.join(FILE)).expect("a file of expectations");
        let specs = specs_in(&folder);
        for (name, experiment) in &expected.experiments {
            let spec = specs.get(name).unwrap_or_else(|| panic!("{}: no experiment `{name}`", folder.display()));
            let seeds: Vec<u64> = (0..u64::from(spec.seeds)).map(|k| spec.seed + k).collect();
            assert_eq!(experiment.seeds, seeds, "{name}: recorded under other seeds");
            for it in &experiment.expect {
                let arms = std::iter::once(&it.arm).chain(&it.less);
                arms.for_each(|arm| assert!(spec.arms.get(arm).is_some(), "{name}: no arm `{arm}`"));
                assert!(it.predicted.0 <= it.predicted.1, "{name}: {it:?}");
                let ordered = |m: Measured| m.ci_low <= m.value && m.value <= m.ci_high && m.n > 0;
                assert!(it.measured.is_none_or(ordered), "{name}: {it:?}");
                read += 1;
            }
        }
    }
    assert!(read > 0, "no experiment says what is expected of it");
}

#[test]
fn a_value_out_of_a_range_is_told_from_one_that_may_be_in_it() {
    let found = |value, ci_low, ci_high| Measured { value, ci_low, ci_high, n: 10 };
    for (it, expected) in [
        (found(0.07, 0.0, 0.2), Verdict::Yes),
        (found(0.12, 0.08, 0.2), Verdict::Open),
        (found(0.12, 0.11, 0.2), Verdict::No),
        (found(0.01, 0.0, 0.04), Verdict::No),
    ] {
        assert_eq!(verdict(it, (0.05, 0.10)), expected, "{it:?}");
    }
}

#[test]
fn a_run_ends_with_what_became_of_its_expectations() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let text = std::fs::read_to_string(data("interrupted.toml")).expect("an experiment");
    std::fs::write(home.path().join("experiment.toml"), text).expect("an experiment");
    let run = || tribunal().current_dir(home.path()).args(["run", ".", "--smoke"]).output().expect("it runs");

    std::fs::write(home.path().join(FILE), "{").expect("a file");
    let broken = run();
    assert_eq!(broken.status.code(), Some(2), "{}", stderr(&broken));
    assert!(stderr(&broken).contains("no file of expectations") && !home.path().join("runs").exists());

    let expectation =
        |predicted: &str| format!(r#"{{ "metric": "accuracy", "arm": "search", "predicted": {predicted} }}"#);
    let recorded = r#"{ "metric": "asks", "arm": "search", "predicted": [2, 3],
        "measured": { "value": 0.9, "ci_low": 0.5, "ci_high": 1, "n": 14 } }"#;
    let absent = r#"{ "metric": "accuracy", "arm": "nobody", "less": "search", "predicted": [0, 1] }"#;
    let all = [expectation("[0, 1]"), expectation("[2, 3]"), recorded.to_owned(), absent.to_owned()].join(", ");
    let of_run = format!(r#""interrupted-smoke": {{ "seeds": [1], "expect": [{all}] }}"#);
    std::fs::write(home.path().join(FILE), format!(r#"{{ "version": 2, "experiments": {{ {of_run} }} }}"#))
        .expect("a file");
    let output = run();
    let told = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    for words in ["accuracy of search", "0.0% to 100.0%", "2 no", "1 not in this run", "1 yes", "those of seeds [1]"] {
        assert!(told.contains(words), "no `{words}` in\n{told}");
    }
    let of_asks = told.lines().find(|line| line.contains("asks of search")).expect("a line of the asks");
    assert!(of_asks.trim_end().ends_with("no          yes"), "{of_asks}");

    let show = |file: &str| {
        let run = home.path().join("runs/interrupted-smoke");
        tribunal().current_dir(home.path()).arg("show").arg(run).args(["--expected", file]).output().expect("it runs")
    };
    assert!(stdout(&show(FILE)).contains("asks of search"));
    let other = experiments().join("books").join(FILE);
    let nothing = stdout(&show(&other.to_string_lossy()));
    assert!(nothing.contains("nothing is expected of an experiment `interrupted-smoke`"), "{nothing}");
}
