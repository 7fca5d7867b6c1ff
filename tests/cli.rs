//! The command line as a user meets it.

mod command;

use std::path::Path;

use command::{assert_same_files, data, files, stderr, stdout, tribunal};

#[test]
fn help_names_every_verb_and_the_exit_codes() {
    let output = tribunal().arg("--help").output().expect("the command runs");
    let help = stdout(&output);
    for word in ["run", "cell", "check", "list", "show", "compare", "plot", "report", "3 environment", "70 a bug"] {
        assert!(help.contains(word), "no `{word}` in\n{help}");
    }
    assert_eq!(tribunal().output().expect("the command runs").status.code(), Some(2), "no verb is wrong usage");
}

#[test]
fn lists_name_what_an_experiment_may() {
    for (what, words) in [
        ("tasks", &["books"][..]),
        ("strategies", &["direct", "rrm", "blind"]),
        ("helpers", &["simulated", "trained", "noisy"]),
        ("experiments", &["experiments/books"]),
    ] {
        let output = tribunal().current_dir(env!("CARGO_MANIFEST_DIR")).args(["list", what]).output().expect("it runs");
        for word in words {
            assert!(stdout(&output).contains(word), "{what}: no `{word}` in\n{}", stdout(&output));
        }
        assert!(!stdout(&output).contains("broken"), "{}", stdout(&output));
    }
}

#[test]
fn a_plan_is_shown_without_a_run() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let check = tribunal().arg("check").arg(data("interrupted.toml")).output().expect("it runs");
    let dry = tribunal()
        .current_dir(home.path())
        .arg("run")
        .arg(data("interrupted.toml"))
        .arg("--dry-run")
        .output()
        .expect("it runs");
    assert!(check.status.success() && dry.status.success(), "{}{}", stderr(&check), stderr(&dry));
    assert_eq!(stdout(&check), stdout(&dry));
    let plan = stdout(&check);
    assert!(plan.starts_with("interrupted: 6 fits and 6 cells, 2 arms, 2 seeds"), "{plan}");
    assert!(plan.contains("cell: tree, seed 12, top rule"), "{plan}");
    assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 0, "nothing is written");
}

#[test]
fn a_run_says_where_it_is_and_running_it_again_does_nothing() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = || {
        let mut command = tribunal();
        command.current_dir(home.path()).arg("run").arg(data("interrupted.toml")).arg("--smoke");
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{}", stderr(&output));
        output
    };
    let first = run();
    assert!(stdout(&first).contains("runs/interrupted-smoke"), "{}", stdout(&first));
    assert!(stderr(&first).contains("[12/12]"), "{}", stderr(&first));
    let folder = home.path().join("runs/interrupted-smoke");
    let before = files(&folder);
    let second = run();
    assert!(stderr(&second).contains("nothing to do: all 12"), "{}", stderr(&second));
    assert_same_files(&before, &folder, "after a second start");
    assert_eq!(stdout(&first), stdout(&second));
    assert_verbs_read(&folder);
}

#[test]
fn a_value_more_in_a_sweep_runs_only_what_is_new() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = |widths: &str, depths: &str| {
        let mut command = tribunal();
        command.current_dir(home.path()).arg("run").arg(data("interrupted.toml")).arg("--set").arg(format!(
            "sweep={{ \"helpers.assistant.trained.width\" = {widths}, \"arms.tree.strategy.rrm.depth\" = {depths}, around = \
             {{ \"helpers.assistant.trained.width\" = 8, \"arms.tree.strategy.rrm.depth\" = 2 }} }}"
        ));
        let output = command.args(["--set", "seeds=1"]).output().expect("it runs");
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let folder = home.path().join("runs/interrupted");
    let done = |sub: &str| -> std::collections::BTreeMap<std::path::PathBuf, std::time::SystemTime> {
        let entries = std::fs::read_dir(folder.join(sub)).expect("a folder").map(|entry| entry.expect("an entry"));
        entries.map(|it| (it.path(), it.metadata().expect("a folder").modified().expect("a time"))).collect()
    };
    run("[8, 16]", "[2]");
    let (cells, fits) = (done("cells"), done("fits"));
    let told = run("[8, 16]", "[1, 2]");
    let (more_cells, more_fits) = (done("cells"), done("fits"));
    assert!(cells.iter().all(|(path, time)| more_cells.get(path) == Some(time)), "a cell was done again");
    assert!(fits.iter().all(|(path, time)| more_fits.get(path) == Some(time)), "a fit was done again");
    assert_eq!(more_cells.len(), cells.len() + 2, "one depth more at the centre, under two tops: {told}");
    assert!(run("[8, 16]", "[1, 2]").contains("nothing to do"), "a third start");
}

/// The verbs that read a run show what is in it.
fn assert_verbs_read(folder: &Path) {
    let verb = |args: &[&str]| {
        let output = tribunal().arg(args[0]).arg(folder).args(&args[1..]).output().expect("it runs");
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let rows = String::from_utf8(files(folder)[Path::new("instances.jsonl")].clone()).expect("rows");
    let row: serde_json::Value = serde_json::from_str(rows.lines().last().expect("a row")).expect("JSON");
    let instance = row["instance"].as_str().expect("an instance");
    for (args, words) in [
        (&["show"][..], &["search", "tree", "accuracy"][..]),
        (&["show", "--instance", instance], &[instance, "#0 which candidate is right?", "├─ #1", "evaluator says"]),
        (&["show", "--instance", instance, "--arm", "search"], &["arm search", "#0 which candidate is right?"]),
        (&["compare"], &["search", "tree", "difference"]),
        (&["plot", "--x", "flaw", "--group", "arm"], &["accuracy-by-flaw.svg", ".png", ".csv", ".vl.json"]),
        (&["report"], &["report.html"]),
    ] {
        let (code, out, error) = verb(args);
        assert_eq!(code, Some(0), "{args:?}: {error}");
        for word in words {
            assert!(out.contains(word), "{args:?}: no `{word}` in\n{out}");
        }
    }
    assert_sets_against(&verb);
    assert_narrows(&verb);
    let (code, _, error) = verb(&["show", "--instance", "nobody"]);
    assert!(code == Some(2) && error.contains("no tree of instance `nobody`"), "{error}");
}

/// What a verb on a run folder came to: its exit code, and what it wrote to stdout and stderr.
type Verb<'a> = dyn Fn(&[&str]) -> (Option<i32>, String, String) + 'a;

/// `--against` names whom the paired differences are taken from: an arm, a point of one, several, and no other.
fn assert_sets_against(verb: &Verb) {
    // The names of the pairs whose differences a table shows, in order.
    let pairs = |out: &str| -> Vec<String> {
        let lines = out.lines().map(str::trim).filter(|line| line.contains(" − ") && line.contains('['));
        lines.map(|line| line.split("  ").next().unwrap_or_default().to_owned()).collect()
    };
    for name in ["show", "compare"] {
        let of = |args: &[&str]| {
            let (code, out, error) = verb(&[&[name], args].concat());
            assert_eq!(code, Some(0), "{name} {args:?}: {error}");
            let mut found = pairs(&out);
            // Several tables of `compare` hold the same pairs.
            let mut known = std::collections::BTreeSet::new();
            found.retain(|pair| known.insert(pair.clone()));
            found
        };
        let usual = ["tree · top learned − search", "tree · top rule − search"];
        assert_eq!(of(&[]), usual, "{name}");
        assert_eq!(of(&["--against", "search"]), usual, "{name}");
        let tree = ["search − tree"];
        assert_eq!(of(&["--against", "tree"]), tree, "{name}: an arm at the points that match");
        // Other values of what is swept match no row of a point.
        let rule = ["search − tree · top rule"];
        assert_eq!(of(&["--against", "tree · top rule"]), rule, "{name}: one point");
        let both = of(&["--against", "search", "--against", "tree · top rule"]);
        assert!(usual.iter().chain(&rule).all(|pair| both.contains(&(*pair).to_owned())), "{name}: {both:?}");
        let (code, _, error) = verb(&[name, "--against", "serach"]);
        assert!(code == Some(2) && error.contains("no arm `serach`"), "{name}: {error}");
        assert!(error.contains("did you mean `search`?"), "{name}: {error}");
    }
    let (code, _, error) = verb(&["show", "--against", "search", "--instance", "any"]);
    assert!(code == Some(2) && error.contains("cannot be used with"), "a tree has nothing to be set against: {error}");
}

/// `--when` tells of some points alone, `--by` of each value of a label.
fn assert_narrows(verb: &Verb) {
    for name in ["show", "compare"] {
        let of = |args: &[&str]| {
            let (code, out, error) = verb(&[&[name], args].concat());
            assert_eq!(code, Some(0), "{name} {args:?}: {error}");
            out
        };
        let rule = of(&["--when", "arms.tree.strategy.rrm.top=rule"]);
        assert!(rule.contains("tree · top rule − search") && !rule.contains("top learned"), "{name}: {rule}");
        let alone = of(&["--when", "arm=search"]);
        assert!(alone.contains("search") && !alone.contains("tree"), "{name}: {alone}");
        // Each difference is one of as many as the table shows: by itself nothing is corrected.
        let p_values = |out: &str| -> Vec<Vec<String>> {
            let of_pairs = out.lines().filter(|line| line.contains(" − ") && line.contains("rule"));
            of_pairs
                .map(|line| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect())
                .collect()
        };
        let found = &p_values(&rule)[0];
        assert_eq!(found[2], found[3], "{name}: p, and the same with Holm's correction: {rule}");

        let by = of(&["--by", "flaw"]);
        assert!(by.contains("accuracy by flaw") && by.contains("clusters"), "{name}: {by}");
        assert!(by.contains("tree · top rule − search · "), "{name}: {by}");
        for (args, words) in [
            (&["--by", "flow"][..], &["`flow` is no label", "did you mean `flaw`?"][..]),
            (&["--when", "arm=serach"], &["`serach` is no value of `arm`", "did you mean `search`?"]),
            (&["--when", "arm={ not = [\"search\", \"tree\"] }"], &["no row of these records is at", "loosen it"]),
            (
                &["--when", "arms.tree.strategy.rrm.tpo=rule"],
                &["is no swept path", "did you mean `arms.tree.strategy.rrm.top`?"],
            ),
        ] {
            let (code, _, error) = verb(&[&[name], args].concat());
            assert_eq!(code, Some(2), "{name} {args:?}");
            assert!(words.iter().all(|word| error.contains(word)), "{name} {args:?}: {error}");
        }
    }
}

#[test]
fn a_cell_by_itself_is_what_a_run_does_with_it() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let (whole, apart) = (home.path().join("whole"), home.path().join("apart"));
    let mut command = tribunal();
    command.arg("run").arg(data("interrupted.toml")).args(["--smoke", "--out"]).arg(&whole);
    assert!(command.output().expect("it runs").status.success());
    copy(&whole, &apart);
    let place = |sub: &str, at: usize| {
        let mut names: Vec<_> =
            std::fs::read_dir(apart.join(sub)).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        names.sort();
        names[at].clone()
    };
    for cell in [place("cells", 0), place("cells", 3)] {
        std::fs::remove_dir_all(&cell).expect("a cell");
        let id = cell.file_name().expect("a name");
        for _twice in 0..2 {
            let output = tribunal().arg("cell").arg(&apart).arg(id).output().expect("it runs");
            assert!(output.status.success(), "{}", stderr(&output));
        }
    }
    assert_same_files(&files(&whole), &apart, "after two cells were done by themselves");
    let output = tribunal().arg("cell").arg(&apart).arg("0123").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no fit or cell `0123`"), "{}", stderr(&output));
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let place = to.join(name);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        std::fs::write(place, bytes).expect("a file");
    }
}

#[test]
fn a_device_that_is_no_device_is_wrong_usage() {
    let output = tribunal()
        .arg("run")
        .arg(data("interrupted.toml"))
        .args(["--device", "gpu", "--dry-run"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cuda"), "{}", stderr(&output));
}

#[test]
fn an_arm_with_alternatives_takes_the_one_that_validation_favours() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let output = tribunal().current_dir(home.path()).arg("run").arg(data("chosen.toml")).output().expect("it runs");
    assert!(output.status.success(), "{}", stderr(&output));
    let rows = std::fs::read_to_string(home.path().join("runs/chosen/instances.jsonl")).expect("rows");
    let of = |arm: &str| -> Vec<serde_json::Value> {
        let rows = rows.lines().map(|line| serde_json::from_str(line).expect("a row"));
        rows.filter(|row: &serde_json::Value| row["arm"] == arm).collect()
    };
    let verdicts = |arm: &str| -> Vec<String> { of(arm).iter().map(|row| row["p_right"].to_string()).collect() };
    // With a fifth of the book read, a search finds more than the first pages hold.
    assert_ne!(verdicts("search"), verdicts("first"));
    assert_eq!(verdicts("best"), verdicts("search"));
    let best = &of("best")[0];
    assert_eq!(best["labels"]["chosen"], r#"{"direct":{"reads":"search"}}"#);
    let read = best["cost"]["label_tokens"].as_u64().expect("a cost");
    assert!(read > 24 * 1024, "what both read to be compared is label cost, not {read}");
}
