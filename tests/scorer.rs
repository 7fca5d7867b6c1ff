//! The commands on plain files, as a user runs them: train, stop, go on, score, export, and what is refused.

mod command;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use command::{stderr, tribunal};
use serde_json::{Value, json};

fn rows(folder: &Path, name: &str, count: usize) -> PathBuf {
    let row = |at: usize| {
        let filler = "so ".repeat(at % 5);
        format!(
            r#"{{"prompt": "q{at}", "chosen": " {filler}yes", "rejected": " no {filler}{at}", "subset": "s{}"}}"#,
            at % 2
        )
    };
    let path = folder.join(name);
    fs::write(&path, (0..count).map(|at| row(at) + "\n").collect::<String>()).unwrap();
    path
}

/// A small model, so that a training takes a second or two.
fn train(data: &Path, out: &Path, more: &[&str]) -> std::process::Command {
    let mut command = tribunal();
    command.args(["train", "reward", "--threads", "2", "--data"]).arg(data).arg("--out").arg(out);
    let small = "backbone.decoder={ width = 16, layers = 2, heads = 2, tokens = \"bytes\" }";
    command.args(["--set", small, "--tokens-max", "48", "--epochs", "6", "--batch-size", "4"]);
    command.args(["--learning-rate", "0.01", "--set", "schedule.validations=12"]).args(more);
    command
}

fn done(command: &mut std::process::Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

fn refused(command: &mut std::process::Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    stderr(&output)
}

fn score(model: &Path, data: &Path, batch_size: &str) -> (Vec<Value>, String) {
    let mut command = tribunal();
    command.args(["score", "--batch-size", batch_size, "--model"]).arg(model).arg("--data").arg(data);
    let output = done(&mut command);
    let rows = String::from_utf8(output.stdout.clone()).unwrap();
    (rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), stderr(&output))
}

const FILES: [&str; 7] = [
    "weights.safetensors",
    "training.jsonl",
    "evaluation.json",
    "reward.json",
    "training.json",
    "tokenizer.json",
    "events.out.tfevents.0.tribunal",
];

#[test]
fn killed_at_any_moment_training_ends_in_the_same_files() {
    let home = tempfile::tempdir().unwrap();
    let data = rows(home.path(), "pairs.jsonl", 60);
    let whole = home.path().join("whole");
    let since = Instant::now();
    done(&mut train(&data, &whole, &[]));
    let took = since.elapsed();
    let out = home.path().join("killed");
    for part in 1..6 {
        let mut child = train(&data, &out, &[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(took.mul_f64(0.2 * f64::from(part)).max(Duration::from_millis(100)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    done(&mut train(&data, &out, &[]));
    for file in FILES {
        assert!(fs::read(whole.join(file)).unwrap() == fs::read(out.join(file)).unwrap(), "{file} differs");
    }
    let again = done(&mut train(&data, &out, &[]));
    assert!(stderr(&again).contains("nothing to do"), "{}", stderr(&again));
}

#[test]
fn a_trained_model_scores_rows_the_same_at_any_batch_size() {
    let home = tempfile::tempdir().unwrap();
    let data = rows(home.path(), "pairs.jsonl", 60);
    let held = rows(home.path(), "held.jsonl", 21);
    let model = home.path().join("rm");
    let trained = stderr(&done(&mut train(&data, &model, &["--eval", held.to_str().unwrap()])));
    assert!(trained.contains("60 rows to train on, 21 to validate on"), "{trained}");
    let (at_16, summary) = score(&model, &held, "16");
    assert_eq!(at_16.len(), 21);
    assert!(summary.contains("accuracy") && summary.contains("subset s0") && summary.contains("ECE"), "{summary}");
    for batch_size in ["1", "2", "3"] {
        let (found, _) = score(&model, &held, batch_size);
        for (a, b) in found.iter().zip(&at_16) {
            let of = |row: &Value, at: usize| row["scores"][at].as_f64().unwrap();
            assert!((0..2).all(|at| (of(a, at) - of(b, at)).abs() < 1e-5), "{a} {b}");
        }
    }
    assert!(
        model
            .read_dir()
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_string_lossy().starts_with("events.out.tfevents") })
    );
}

#[test]
fn an_exported_model_scores_as_the_one_it_was() {
    let home = tempfile::tempdir().unwrap();
    let data = rows(home.path(), "pairs.jsonl", 24);
    let (model, folder) = (home.path().join("rm"), home.path().join("hf"));
    done(&mut train(&data, &model, &[]));
    done(tribunal().args(["export", "--model"]).arg(&model).arg("--out").arg(&folder));
    let scores = |model: &Path| score(model, &data, "4").0.iter().map(|row| row["scores"].clone()).collect::<Vec<_>>();
    assert_eq!(scores(&folder), scores(&model), "the temperature is no part of a class of transformers");
    // Who loads it must end texts as it was trained to read them.
    let told: Value = serde_json::from_slice(&fs::read(folder.join("tokenizer_config.json")).unwrap()).unwrap();
    assert_eq!((&told["eos_token"], &told["pad_token"]), (&json!("<|endoftext|>"), &json!("<|padding|>")));
}

#[test]
fn members_of_an_ensemble_score_together() {
    let home = tempfile::tempdir().unwrap();
    let data = rows(home.path(), "pairs.jsonl", 24);
    let model = home.path().join("rm");
    done(&mut train(&data, &model, &["--members", "2", "--differ", "data"]));
    let (found, _) = score(&model, &data, "4");
    let of = |member: usize| score(&model.join(format!("member-{member}")), &data, "4").0;
    let scores = |rows: &[Value]| rows.iter().map(|row| row["scores"][0].as_f64().unwrap()).collect::<Vec<f64>>();
    let (all, one, two) = (scores(&found), scores(&of(0)), scores(&of(1)));
    assert_ne!(one, two);
    for at in 0..all.len() {
        assert!((all[at] - (one[at] + two[at]) / 2.0).abs() < 1e-9);
        let together = &found[at]["together"][0];
        assert!((together["worst"].as_f64().unwrap() - one[at].min(two[at])).abs() < 1e-9);
        assert!(together["penalised"].as_f64().unwrap() <= together["mean"].as_f64().unwrap());
    }
    let ensemble =
        refused(tribunal().args(["export", "--model"]).arg(&model).arg("--out").arg(home.path().join("hf")), 2);
    assert!(ensemble.contains("holds an ensemble"), "{ensemble}");
}

#[test]
fn what_is_wrong_is_said_before_work() {
    let home = tempfile::tempdir().unwrap();
    let data = rows(home.path(), "pairs.jsonl", 12);
    let out = home.path().join("rm");
    let no_row = home.path().join("bad.jsonl");
    fs::write(&no_row, "{\"prompt\": \"p\", \"chosen\": \"a\"}\n").unwrap();
    let error = refused(&mut train(&no_row, &out, &[]), 2);
    assert!(error.contains("line 1") && error.contains("`rejected` is missing"), "{error}");
    let error = refused(&mut train(&data, &out, &["--set", "schedule.batsh=3"]), 2);
    assert!(error.contains("batsh") && error.contains("batch"), "{error}");
    let error = refused(&mut train(&data, &out, &["--set", "objective.labels={ corrected = 0.6 }"]), 2);
    assert!(error.contains("objective.labels"), "{error}");
    let error = refused(&mut train(&data, &out, &["--set", "backbone.pretrained=\"nowhere\""]), 2);
    assert!(error.contains("no model at `nowhere`"), "{error}");
    let error = refused(&mut train(&data, &out, &["--set", "backbone.pretrained=\"tests/data/scorer/bert\""]), 2);
    assert!(error.contains("16 positions"), "{error}");
    assert!(!out.exists(), "nothing was begun");
    let full = home.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("thesis.txt"), "mine").unwrap();
    let error = refused(&mut train(&data, &full, &[]), 2);
    assert!(error.contains("other things in it"), "{error}");
    done(&mut train(&data, &out, &["--seed", "1"]));
    let error = refused(&mut train(&data, &out, &["--seed", "2"]), 2);
    assert!(error.contains("other settings"), "{error}");
    let error = refused(tribunal().args(["score", "--model", "tests/data/scorer", "--data"]).arg(&data), 2);
    assert!(error.contains("there is no model"), "{error}");
}

#[test]
fn a_reward_model_is_a_helper_of_an_experiment() {
    let home = tempfile::tempdir().unwrap();
    let run = |name: &str, threads: &str| {
        let out = home.path().join(name);
        done(tribunal().arg("run").arg(command::data("tastes.toml")).args(["--threads", threads, "--out"]).arg(&out));
        fs::read_to_string(out.join("results.jsonl")).unwrap()
    };
    let results = run("one", "1");
    assert_eq!(results, run("two", "2"), "whatever the number of threads");
    let rows: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is = |row: &&Value, arm: &str| {
        row["arm"] == arm && row["metric"] == "accuracy" && row["labels"].as_object().unwrap().is_empty()
    };
    let of = |arm: &str| {
        let values: Vec<f64> = rows.iter().filter(|row| is(row, arm)).filter_map(|row| row["value"].as_f64()).collect();
        assert_eq!(values.len(), 2, "{arm}: one a seed");
        values.iter().sum::<f64>() / 2.0
    };
    assert!(of("scorer") > 0.6, "of three completions the scorer takes the best {} of the time", of("scorer"));
    assert!(of("person") > 0.7, "{}", of("person"));
    let refusal =
        refused(tribunal().arg("check").arg(command::data("tastes.toml")).args(["--set", "instances.train=0"]), 2);
    assert!(refusal.contains("instances.train"), "{refusal}");
    let refusal = refused(
        tribunal().arg("check").arg(command::data("chosen.toml")).args([
            "--set",
            "helpers.scorer.reward.seed=1",
            "--set",
            "arms.first.roles.evaluator=scorer",
        ]),
        2,
    );
    assert!(refusal.contains("learns from preferences, and the task has none"), "{refusal}");
}
