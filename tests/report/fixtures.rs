//! A run folder made up of rows whose answers are known.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tribunal::judgment::Cost;
use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::{ClusterScope, InstanceRow, Labels, PlannedRow, ResultRow, TrainingRow, Version};
use tribunal::stream::Stream;
use tribunal::task::Split;

pub const WIDTH: &str = "helpers.assistant.trained.width";
pub const NOTICE: &str = "helpers.person.simulated.notice_rate";
pub const ERROR: &str = "helpers.person.simulated.error_rate";
pub const FLAWS: [&str; 7] = ["entity", "order", "negation", "number", "fabricated", "omitted", "misleading"];

pub fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent_at_first = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn write_rows<T: Serialize>(path: &Path, rows: &[T]) {
    let text: String = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What one simulated arm does: how often it is right, and what it costs.
pub struct Arm {
    pub name: &'static str,
    pub accuracy: f64,
    pub evaluator_tokens: u64,
    pub helper_tokens: u64,
    pub label_tokens: u64,
}

pub const ARMS: [Arm; 9] = [
    arm("blind", 0.505, 0, 0, 0),
    arm("wrong_book", 0.5, 498, 0, 0),
    arm("direct_first_pages", 0.52, 512, 0, 0),
    arm("direct_search", 0.64, 503, 0, 0),
    arm("direct_trained", 0.67, 503, 9_800, 1_850_000),
    arm("rrm", 0.78, 508, 52_400, 1_850_000),
    arm("tree_rule", 0.71, 0, 52_400, 1_100_000),
    arm("oracle_tree", 0.93, 220, 51_000, 0),
    arm("oracle", 0.97, 14, 0, 0),
];

pub const fn arm(name: &'static str, accuracy: f64, evaluator: u64, helper: u64, label: u64) -> Arm {
    Arm { name, accuracy, evaluator_tokens: evaluator, helper_tokens: helper, label_tokens: label }
}

pub fn rows_of(arm: &Arm, seeds: u64, instances: usize, swept: &[(&str, String)], gain: f64) -> Vec<InstanceRow> {
    let root = Stream::root(11);
    let mut rows = Vec::new();
    for seed in 0..seeds {
        for i in 0..instances {
            let own = root.index(seed).index(i as u64);
            let flaw = FLAWS[i / 2 % FLAWS.len()];
            let rate = (arm.accuracy + gain - if flaw == "misleading" && arm.name != "oracle" { 0.08 } else { 0.0 })
                .min(0.995);
            let luck = own.named("luck").uniform();
            let confidence = 0.5 + 0.5 * own.named("confidence").uniform() * (2.0 * rate - 1.0).max(0.05);
            let correct = if arm.name == "blind" && i % 50 == 0 { 0.5 } else { f64::from(luck < rate) };
            let confidence = if correct == 0.5 { 0.5 } else { confidence };
            let lost = own.named("lost").coin(0.004);
            rows.push(InstanceRow {
                version: Version,
                cell: format!("{}-{seed}-{swept:?}", arm.name),
                arm: arm.name.into(),
                seed,
                split: Split::Test,
                instance: format!("world{}/{}", i / 2, i % 2),
                cluster: format!("world{}", i / 2),
                cluster_scope: ClusterScope::Seed,
                outcome: if lost { OutcomeKind::OverBudget } else { OutcomeKind::Scored },
                p_right: (!lost).then_some(if correct >= 0.5 { confidence } else { 1.0 - confidence }),
                correct: (!lost).then_some(correct),
                confidence: (!lost).then_some(confidence),
                cost: Cost {
                    evaluator_tokens: arm
                        .evaluator_tokens
                        .saturating_sub(own.named("tokens").bytes(b"e").uniform().mul_add(30.0, 0.0) as u64),
                    helper_tokens: arm.helper_tokens,
                    label_tokens: arm.label_tokens,
                    asks: 3,
                    ..Cost::default()
                },
                swept: swept.iter().map(|(path, value)| ((*path).to_owned(), value.clone())).collect(),
                labels: Labels::from([("flaw".into(), flaw.into()), ("book".into(), format!("b{i}"))]),
            });
        }
    }
    rows
}

/// The cell of a row, as the plan lists it.
pub fn planned(row: &InstanceRow) -> PlannedRow {
    let (cell, arm, swept) = (row.cell.clone(), row.arm.clone(), row.swept.clone());
    PlannedRow { version: Version, cell, arm, seed: row.seed, swept }
}

/// What a cell leaves that the viewer reads: its instances and its trees.
pub fn write_cell(folder: &Path, rows: &[InstanceRow], trees: &[serde_json::Value]) {
    let cell = folder.join("cells").join(&rows[0].cell);
    write_rows(&cell.join("instances.jsonl"), rows);
    write_rows(&cell.join("trees.jsonl"), trees);
}

pub fn result(metric: &str, value: f64, half: f64, labels: &[(&str, String)]) -> ResultRow {
    ResultRow {
        version: Version,
        cell: "c".into(),
        arm: "rrm".into(),
        seed: Some(0),
        split: Split::Test,
        metric: metric.into(),
        value: Some(value),
        ci_low: Some(value - half),
        ci_high: Some(value + half),
        n: 400,
        unscored: BTreeMap::new(),
        labels: labels.iter().map(|(name, v)| ((*name).to_owned(), v.clone())).collect(),
    }
}

/// Errors by level, and gold and proxy of the best of n.
pub fn learned_results() -> Vec<ResultRow> {
    let mut results = Vec::new();
    for (level, errors) in [(0, [0.12, 0.12, 0.12]), (1, [0.27, 0.17, 0.13]), (2, [0.41, 0.24, 0.14])] {
        for (assistance, error) in ["unassisted", "trained", "oracle"].into_iter().zip(errors) {
            let labels = [("level", level.to_string()), ("assistance", assistance.to_owned())];
            results.push(result("error", error, 0.02, &labels));
        }
        if level > 0 {
            let labels = [("level", level.to_string()), ("assistance", "trained".to_owned())];
            results.push(result("error_ratio", 1.6 - 0.15 * f64::from(level), 0.3, &labels));
        }
    }
    for level in [1, 2] {
        for n in [1u32, 2, 4, 8, 16, 32, 64, 128, 256] {
            let d = (f64::from(n).ln() - (f64::from(n) - 1.0) / f64::from(n)).max(0.0).sqrt();
            let labels = [("best_of", n.to_string()), ("level", level.to_string())];
            results.push(result("gold", d * (0.6 - 0.18 * f64::from(level) * d / 1.5), 0.04, &labels));
            results.push(result("proxy", 0.62 * d * f64::from(level).sqrt(), 0.02, &labels));
        }
    }
    results
}

pub fn training() -> Vec<TrainingRow> {
    (0..200u64)
        .map(|step| TrainingRow {
            version: Version,
            step,
            loss: 0.69 * (-(step as f64) / 90.0).exp() + 0.1 + 0.02 * Stream::root(step).uniform(),
            validation: step.is_multiple_of(20).then(|| 0.6 * (-(step as f64) / 80.0).exp() + 0.18),
        })
        .collect()
}

pub fn experiment(extra: &str) -> String {
    format!(
        "name = \"books\"\nquestion = \"Does a judge <helped> by a tree of judgments beat one that reads alone & bored?\"\n\
         prediction = \"By ten points.\"\nseed = 0\nseeds = 5\n[arms.blind.strategy.blind]\n[arms.wrong_book]\nmaterial = \"another\"\n{extra}"
    )
}

pub fn whole_run(name: &str) -> PathBuf {
    let folder = empty_folder(name);
    let rows: Vec<InstanceRow> = ARMS.iter().flat_map(|a| rows_of(a, 5, 400, &[], 0.0)).collect();
    write_rows(&folder.join("instances.jsonl"), &rows);
    write_rows(&folder.join("results.jsonl"), &learned_results());
    write_rows(&folder.join("fits/0123456789abcdef/training.jsonl"), &training());
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    folder
}

pub fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect()
}
