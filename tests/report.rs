//! A run folder in, tables, plots and a page out: drawn from the records alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tribunal::judgment::Cost;
use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::{ClusterScope, InstanceRow, Labels, ResultRow, TrainingRow, Version};
use tribunal::report;
use tribunal::report::data::RunData;
use tribunal::report::table::{self, Look};
use tribunal::stream::Stream;
use tribunal::task::Split;

const WIDTH: &str = "helpers.assistant.trained.width";
const NOTICE: &str = "helpers.person.simulated.notice_rate";
const ERROR: &str = "helpers.person.simulated.error_rate";
const FLAWS: [&str; 7] = ["entity", "order", "negation", "number", "fabricated", "omitted", "misleading"];

/// A folder of its own, empty, under the build's folder: it stays for whoever wants to look at the plots.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _absent_at_first = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write_rows<T: Serialize>(path: &Path, rows: &[T]) {
    let text: String = rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What one simulated arm does: how often it is right, and what it costs.
struct Arm {
    name: &'static str,
    accuracy: f64,
    evaluator_tokens: u64,
    helper_tokens: u64,
    label_tokens: u64,
}

const ARMS: [Arm; 9] = [
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

const fn arm(name: &'static str, accuracy: f64, evaluator: u64, helper: u64, label: u64) -> Arm {
    Arm { name, accuracy, evaluator_tokens: evaluator, helper_tokens: helper, label_tokens: label }
}

fn rows_of(arm: &Arm, seeds: u64, instances: usize, swept: &[(&str, String)], gain: f64) -> Vec<InstanceRow> {
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

fn result(metric: &str, value: f64, half: f64, labels: &[(&str, String)]) -> ResultRow {
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
fn learned_results() -> Vec<ResultRow> {
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

fn training() -> Vec<TrainingRow> {
    (0..200u64)
        .map(|step| TrainingRow {
            version: Version,
            step,
            loss: 0.69 * (-(step as f64) / 90.0).exp() + 0.1 + 0.02 * Stream::root(step).uniform(),
            validation: step.is_multiple_of(20).then(|| 0.6 * (-(step as f64) / 80.0).exp() + 0.18),
        })
        .collect()
}

fn experiment(extra: &str) -> String {
    format!(
        "name = \"books\"\nquestion = \"Does a judge <helped> by a tree of judgments beat one that reads alone & bored?\"\n\
         prediction = \"By ten points.\"\nseed = 0\nseeds = 5\n[arms.blind.strategy.blind]\n[arms.wrong_book]\nmaterial = \"another\"\n{extra}"
    )
}

fn whole_run(name: &str) -> PathBuf {
    let folder = empty_folder(name);
    let rows: Vec<InstanceRow> = ARMS.iter().flat_map(|a| rows_of(a, 5, 400, &[], 0.0)).collect();
    write_rows(&folder.join("instances.jsonl"), &rows);
    write_rows(&folder.join("results.jsonl"), &learned_results());
    write_rows(&folder.join("fits/0123456789abcdef/training.jsonl"), &training());
    std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    folder
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_run_is_drawn_whole_and_twice_to_the_same_bytes() {
    let folder = whole_run("report-whole");
    let files = report::draw_all(&folder).unwrap();
    let drawn = names(&files);
    for stem in
        ["accuracy", "accuracy-by-flaw", "costs", "accuracy-by-cost", "reliability", "levels", "best-of-n", "training"]
    {
        for ending in ["svg", "png", "csv"] {
            assert!(drawn.contains(&format!("{stem}.{ending}")), "no {stem}.{ending} in {drawn:?}");
        }
    }
    let bytes: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    assert_eq!(report::draw_all(&folder).unwrap(), files);
    assert!(files.iter().zip(&bytes).all(|(f, old)| &std::fs::read(f).unwrap() == old));
    let left: Vec<_> = std::fs::read_dir(folder.join("plots")).unwrap().flatten().collect();
    assert_eq!(left.len(), files.len(), "temporary files are left: {left:?}");
}

#[test]
fn the_table_behind_a_plot_holds_its_numbers() {
    let folder = whole_run("report-csv");
    report::draw_all(&folder).unwrap();
    let run = RunData::load(&folder).unwrap();
    let mut reader = csv::Reader::from_path(folder.join("plots/accuracy.csv")).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    assert_eq!(rows.len(), ARMS.len());
    for (row, arm) in rows.iter().zip(&run.arms) {
        assert_eq!(&row[0], arm);
        let (value, interval, n) = tribunal::eval::accuracy(&tribunal::eval::of_arm(&run.instances, arm));
        assert_eq!(row[1].parse::<f64>().unwrap(), value.unwrap());
        assert_eq!(row[2].parse::<f64>().unwrap(), interval.unwrap().low);
        assert_eq!(row[4].parse::<u64>().unwrap(), n);
    }
}

#[test]
fn sweeps_are_drawn_as_asked() {
    let folder = empty_folder("report-sweep");
    let mut rows = Vec::new();
    for (i, width) in [8, 32, 64, 128].into_iter().enumerate() {
        let swept = [(WIDTH, width.to_string())];
        rows.extend(rows_of(&ARMS[5], 5, 200, &swept, 0.04 * i as f64 - 0.1));
        rows.extend(rows_of(&ARMS[6], 5, 200, &swept, 0.02 * i as f64 - 0.1));
    }
    rows.extend(rows_of(&ARMS[3], 5, 200, &[], 0.0));
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!(
        "[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\n\
         [[plots]]\nx = \"{WIDTH}\"\ny = \"error\"\nfit = \"power\"\n\
         [[plots]]\nx = \"flaw\"\ny = \"log_loss\"\n\
         [[plots]]\nx = \"no.such.path\"\ny = \"accuracy\"\n"
    );
    std::fs::write(folder.join("experiment.toml"), experiment("") + &plots).unwrap();
    let drawn = names(&report::draw_all(&folder).unwrap());
    for file in ["accuracy-by-width.svg", "error-by-width.png", "log_loss-by-flaw.csv", "accuracy-by-path.svg"] {
        assert!(drawn.contains(&file.to_owned()), "no {file} in {drawn:?}");
    }
    let svg = std::fs::read_to_string(folder.join("plots/error-by-width.svg")).unwrap();
    assert!(svg.contains("rrm: ") && svg.contains("x^-"), "the fitted power is not written");
    let refused = std::fs::read_to_string(folder.join("plots/accuracy-by-path.svg")).unwrap();
    assert!(refused.contains("nothing to draw"), "a request that cannot be drawn does not say so");
}

#[test]
fn a_curve_over_less_than_a_decade_is_refused_on_the_plot() {
    let folder = empty_folder("report-narrow");
    let rows: Vec<InstanceRow> =
        [16, 32, 64].iter().flat_map(|w: &i32| rows_of(&ARMS[5], 2, 100, &[(WIDTH, w.to_string())], 0.0)).collect();
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\nfit = \"power\"\n");
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    report::draw_all(&folder).unwrap();
    let svg = std::fs::read_to_string(folder.join("plots/accuracy-by-width.svg")).unwrap();
    assert!(svg.contains("no curve: x spans a factor of 4.0"), "no refusal on the plot");
    assert!(svg.matches("<circle").count() >= 3, "the points are gone");
}

#[test]
fn the_ranking_over_a_grid_is_a_map() {
    let folder = empty_folder("report-ranking");
    let mut rows = Vec::new();
    for (i, notice) in [0.5, 0.7, 0.9, 1.0].into_iter().enumerate() {
        for (k, error) in [0.0, 0.05, 0.1, 0.2].into_iter().enumerate() {
            let swept = [(NOTICE, notice.to_string()), (ERROR, error.to_string())];
            rows.extend(rows_of(&ARMS[5], 2, 200, &swept, 0.05 * i as f64 - 0.07 * k as f64));
            rows.extend(rows_of(&ARMS[3], 2, 200, &swept, 0.08 * i as f64 - 0.02 * k as f64));
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!("[[plots]]\nx = \"{NOTICE}\"\ny = \"{ERROR}\"\ngroup = \"rrm - direct_search\"\n");
    std::fs::write(folder.join("experiment.toml"), experiment("") + &plots).unwrap();
    let drawn = names(&report::draw_all(&folder).unwrap());
    assert!(drawn.contains(&"ranking-rrm-direct_search-notice_rate-error_rate.png".to_owned()), "{drawn:?}");
    let csv =
        std::fs::read_to_string(folder.join("plots/ranking-rrm-direct_search-notice_rate-error_rate.csv")).unwrap();
    assert_eq!(csv.lines().count(), 17);
}

#[test]
fn little_or_nothing_is_drawn_without_a_panic() {
    let folder = empty_folder("report-little");
    let unscored = InstanceRow {
        outcome: OutcomeKind::Failed,
        p_right: None,
        correct: None,
        confidence: None,
        ..rows_of(&ARMS[5], 1, 1, &[(WIDTH, "8".into())], 0.0)[0].clone()
    };
    let plots = format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\nfit = \"power\"\n");
    std::fs::write(folder.join("experiment.toml"), experiment("") + &plots).unwrap();
    for rows in [vec![], vec![unscored], rows_of(&ARMS[5], 1, 1, &[(WIDTH, "8".into())], 0.0)] {
        write_rows(&folder.join("instances.jsonl"), &rows);
        report::draw_all(&folder).unwrap();
        report::write_page(&folder).unwrap();
        table::whole(&RunData::load(&folder).unwrap(), Look::Plain);
    }
}

#[test]
fn the_ratio_of_errors_comes_from_instances_that_know_their_level() {
    let folder = empty_folder("report-levels");
    let mut rows = Vec::new();
    for (level, accuracy) in [("1", 0.8), ("2", 0.6)] {
        let one = Arm { accuracy, ..arm(if level == "1" { "low" } else { "high" }, accuracy, 9, 9, 9) };
        for mut row in rows_of(&one, 2, 400, &[], 0.0) {
            row.labels = Labels::from([("level".into(), level.into()), ("assistance".into(), "trained".into())]);
            rows.push(row);
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    report::draw_all(&folder).unwrap();
    let csv = std::fs::read_to_string(folder.join("plots/levels.csv")).unwrap();
    let ratio: Vec<&str> = csv.lines().find(|l| l.starts_with("error_ratio,trained,2")).unwrap().split(',').collect();
    let number = |i: usize| ratio[i].parse::<f64>().unwrap();
    assert!(number(4) < number(3) && number(3) < number(5), "{ratio:?}");
    assert!((1.5..2.5).contains(&number(3)), "0.4 over 0.2, less noise: {ratio:?}");
}

#[test]
fn a_folder_that_is_no_run_and_a_row_that_is_no_row_say_so() {
    let folder = empty_folder("report-none");
    let nothing = report::draw_all(&folder).unwrap_err();
    assert_eq!(nothing.exit_code(), 2);
    assert!(nothing.to_string().contains("tribunal run"), "{nothing}");
    std::fs::write(folder.join("results.jsonl"), "{}\n").unwrap();
    let broken = report::draw_all(&folder).unwrap_err().to_string();
    assert!(broken.contains("results.jsonl`, line 1"), "{broken}");
}

#[test]
fn two_runs_stand_side_by_side() {
    let folders = ["report-side-a", "report-side-b"].map(empty_folder);
    for (folder, arm) in folders.iter().zip([&ARMS[3], &ARMS[5]]) {
        write_rows(&folder.join("instances.jsonl"), &rows_of(arm, 3, 100, &[], 0.0));
        std::fs::write(folder.join("experiment.toml"), experiment("")).unwrap();
    }
    let run = report::load(&folders).unwrap();
    assert_eq!(run.arms.len(), 2);
    let text = table::whole(&run, Look::Plain);
    assert!(text.contains("report-side-b/rrm −") && text.contains("report-side-a/direct_search"), "{text}");
    let request = report::data::Request { x: "flaw".into(), y: "error".into(), group: "arm".into(), fit: None };
    let out = empty_folder("report-side-plots");
    assert_eq!(names(&report::draw_requested(&folders, &request, &out).unwrap()).len(), 3);
    assert_eq!(report::load(&[]).unwrap_err().exit_code(), 2);
}

#[test]
fn the_table_reads_plainly_when_piped() {
    let run = RunData::load(&whole_run("report-table")).unwrap();
    let text = table::whole(&run, Look::Plain);
    println!("{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('│'), "{text}");
    assert!(
        text.lines().any(|l| l.contains("rrm") && l.contains("508") | l.contains("49") && l.contains("over budget"))
    );
    assert!(text.contains("leak: blind is right"), "{text}");
    assert!(text.contains("ties"), "{text}");
    assert!(text.contains("rrm − direct_first_pages"), "{text}");
    assert!(table::arms(&run, Look::Bold).contains('\u{1b}'));
    assert!(!table::arms(&run, Look::Ruled).contains('\u{1b}'));
}

#[test]
fn the_page_stands_alone_and_escapes_what_it_shows() {
    let folder = whole_run("report-page");
    let page = std::fs::read_to_string(report::write_page(&folder).unwrap()).unwrap();
    assert!(page.contains("a judge &lt;helped&gt; by") && page.contains("alone &amp; bored"));
    assert!(!page.contains("<helped>"));
    for outside in ["src=\"http", "href=\"http", "<script", "@import", "url("] {
        assert!(!page.contains(outside), "the page reaches outside by {outside}");
    }
    assert!(page.matches("<svg").count() >= 8);
    assert!(page.contains("By ten points.") && page.contains("To run it again"));
}

/// Every text of every plot lies on its page, and none over another.
fn assert_readable(folder: &Path) {
    let run = RunData::load(folder).unwrap();
    for figure in report::charts::all(&run) {
        let page = report::layout::lay_out(&figure, &run.caption());
        let boxes: Vec<_> = page.marks.iter().filter_map(|m| Some((m, report::page::Page::covered(m)?))).collect();
        for (i, (mark, ((x0, y0), (x1, y1)))) in boxes.iter().enumerate() {
            let inside = *x0 >= 0.0 && *y0 >= 0.0 && *x1 <= page.width && *y1 <= page.height;
            assert!(inside, "{}: {mark:?} leaves the page of {} x {}", figure.stem, page.width, page.height);
            for (other, ((u0, v0), (u1, v1))) in &boxes[i + 1..] {
                let apart = x1 <= u0 || u1 <= x0 || y1 <= v0 || v1 <= y0;
                assert!(apart, "{}: {mark:?} lies over {other:?}", figure.stem);
            }
        }
    }
}

#[test]
fn no_text_is_clipped_or_overprinted() {
    assert_readable(&whole_run("report-readable"));
    let folder = empty_folder("report-crowded");
    let long =
        "helpers.an_assistant_with_a_very_long_name_that_nobody_should_have_chosen.trained.reading_of_the_judgments";
    let values = ["candidate_only", "judgments_of_the_children", "both_of_them_at_once_and_more_than_fits", "1"];
    let mut rows = Vec::new();
    for value in values {
        for (i, arm) in ARMS.iter().enumerate() {
            let swept = [(long, value.to_owned()), (WIDTH, (1 + i % 3).to_string())];
            rows.extend(rows_of(arm, 3, 20, &swept, 0.0));
        }
    }
    for row in &mut rows {
        row.arm = format!("{}_under_a_name_much_longer_than_any_margin", row.arm);
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    write_rows(&folder.join("results.jsonl"), &learned_results());
    let fits = ["power", "logarithm"];
    let plots: String = [WIDTH, long, "flaw", "arm"]
        .iter()
        .flat_map(|x| ["accuracy", "evaluator_tokens"].map(|y| (x, y)))
        .zip(fits.iter().cycle())
        .map(|((x, y), fit)| format!("[[plots]]\nx = \"{x}\"\ny = \"{y}\"\nfit = \"{fit}\"\n"))
        .chain([format!("[[plots]]\nx = \"{long}\"\ny = \"{WIDTH}\"\ngroup = \"rrm_under_a_name_much_longer_than_any_margin - oracle_under_a_name_much_longer_than_any_margin\"\n")])
        .collect();
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    report::draw_all(&folder).unwrap();
    assert_readable(&folder);
}
