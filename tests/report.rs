//! A run folder in, tables, plots and a page out: drawn from the records alone.

#[path = "report/again.rs"]
mod again;
#[path = "report/browser.rs"]
mod browser;
#[path = "report/changed.rs"]
mod changed;
#[path = "report/compare.rs"]
mod compare;
#[path = "report/debate.rs"]
mod debate;
#[path = "report/fixtures.rs"]
mod fixtures;
#[path = "report/flaws.rs"]
mod flaws;
#[path = "report/plots.rs"]
mod plots;
#[path = "report/points.rs"]
mod points;
#[path = "report/pools.rs"]
mod pools;
#[path = "report/viewer.rs"]
mod viewer;

use std::path::Path;
use tribunal::outcome::OutcomeKind;
use tribunal::record::rows::{InstanceRow, Labels};
use tribunal::report;
use tribunal::report::data::RunData;
use tribunal::report::table::{self, Look};

use fixtures::*;

#[test]
fn a_run_is_drawn_whole_and_twice_to_the_same_bytes() {
    let folder = whole_run("report-whole");
    let files = report::draw_all(&folder).unwrap();
    let drawn = names(&files);
    for stem in
        ["accuracy", "accuracy-by-flaw", "costs", "accuracy-by-cost", "reliability", "levels", "best-of-n", "training"]
    {
        for ending in ["svg", "png", "csv", "vl.json"] {
            assert!(drawn.contains(&format!("{stem}.{ending}")), "no {stem}.{ending} in {drawn:?}");
        }
    }
    for file in files.iter().filter(|file| file.to_string_lossy().ends_with(".vl.json")) {
        let it: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(it["$schema"], "https://vega.github.io/schema/vega-lite/v5.json", "{}", file.display());
        assert!(it["hconcat"].as_array().is_some_and(|panels| !panels.is_empty()), "{}", file.display());
        assert!(it["title"]["subtitle"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains("seed")));
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
fn the_gap_recovered_stands_in_a_table_and_an_unknown_arm_is_named() {
    let run = RunData::load(&whole_run("report-gap")).unwrap();
    let told = report::gap::table(&run, "direct_search", "oracle").unwrap().text(Look::Plain);
    assert!(told.contains("accuracy gap recovered, from direct_search to oracle"), "{told}");
    let row =
        |arm: &str| told.lines().find(|line| line.trim_start().starts_with(arm)).unwrap_or_else(|| panic!("{told}"));
    assert!(row("rrm").contains('%') && row("rrm").contains('['), "{told}");
    assert!(!told.lines().any(|line| line.trim_start().starts_with("oracle ")), "an end of the gap recovers nothing");
    let same = report::gap::table(&run, "direct_search", "direct_search").unwrap().text(Look::Plain);
    assert!(same.contains("refused: the gap is +0.0 points"), "{same}");
    let wrong = report::gap::table(&run, "direct_serch", "oracle").unwrap_err().to_string();
    assert!(wrong.contains("`direct_serch`") && wrong.contains("did you mean `direct_search`?"), "{wrong}");
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
fn some_points_of_a_sweep_are_drawn_alone() {
    let folder = empty_folder("report-when");
    let mut rows = Vec::new();
    for (width, notice) in [(8, 0.5), (8, 0.9), (32, 0.5), (32, 0.9)] {
        let notice = (NOTICE, notice.to_string());
        rows.extend(rows_of(&ARMS[5], 2, 50, &[(WIDTH, width.to_string()), notice.clone()], 0.0));
        rows.extend(rows_of(&ARMS[3], 2, 50, &[notice], 0.0));
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plot = |when: &str| format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\nwhen = {when}\n");
    let at =
        [format!("{{ \"{NOTICE}\" = 0.9 }}"), format!("{{ \"{NOTICE}\" = 0.5, arm = {{ not = \"direct_search\" }} }}")];
    std::fs::write(folder.join("experiment.toml"), at.each_ref().map(|when| plot(when)).concat()).unwrap();
    report::draw_all(&folder).unwrap();
    let groups = |points: &str| -> Vec<String> {
        let path = folder.join(format!("plots/accuracy-by-width-at-{points}.csv"));
        let mut reader = csv::Reader::from_path(path).unwrap();
        reader.records().map(|row| row.unwrap()).map(|row| format!("{}@{}", &row[0], &row[1])).collect()
    };
    // An arm that does not know the width is one level, and one of 0.9 alone.
    assert_eq!(groups("notice-rate-0-9"), ["rrm@8", "direct_search@", "rrm@32"]);
    assert_eq!(groups("not-direct_search-notice-rate-0-5"), ["rrm@8", "rrm@32"]);
    let svg = std::fs::read_to_string(folder.join("plots/accuracy-by-width-at-notice-rate-0-9.svg")).unwrap();
    assert!(svg.contains("Accuracy by width: notice rate 0.9"), "the title does not say which points");
}

#[test]
fn a_plot_along_one_axis_of_a_star_shows_that_axis() {
    let folder = empty_folder("report-star");
    // Two settings around a centre (32 and 0.7), the error rate zipped with the notice rate; an arm that knows one of them.
    let places = [(8, 0.7), (32, 0.5), (32, 0.7), (32, 0.9), (128, 0.7)];
    let mut rows = Vec::new();
    for (width, notice) in places {
        let error = (NOTICE, notice.to_string());
        let swept = [(WIDTH, width.to_string()), error.clone(), (ERROR, (1.0 - notice).to_string())];
        rows.extend(rows_of(&ARMS[5], 2, 100, &swept, 0.001 * f64::from(width)));
        if width == 32 {
            rows.extend(rows_of(&ARMS[3], 2, 100, &swept[1..], 0.0));
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!(
        "[sweep]\nzip = [[\"{NOTICE}\", \"{ERROR}\"]]\n[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\nfit = \"best\"\n\
         [[plots]]\nx = \"{NOTICE}\"\ny = \"accuracy\"\n"
    );
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    report::draw_all(&folder).unwrap();
    let groups = |stem: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_path(folder.join(format!("plots/{stem}.csv"))).unwrap();
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| format!("{}@{}", &row[0], &row[1])).collect()
    };
    assert_eq!(groups("accuracy-by-width"), ["rrm@8", "rrm@32", "direct_search@", "rrm@128"]);
    let by_notice = ["rrm@0.5", "direct_search@0.5", "rrm@0.7", "direct_search@0.7", "rrm@0.9", "direct_search@0.9"];
    assert_eq!(groups("accuracy-by-notice_rate"), by_notice);
    let svg = std::fs::read_to_string(folder.join("plots/accuracy-by-width.svg")).unwrap();
    assert!(svg.contains("Left out: 4 points of the sweep off this axis."), "two of either arm");
    assert!(svg.contains("by AIC alone: too few x"), "how the form was chosen is not said");
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
        match report::write_page(&folder) {
            Ok(_) => assert!(!rows.is_empty()),
            Err(error) => assert!(rows.is_empty() && error.to_string().contains("has no row"), "{error}"),
        }
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
    let request = report::request::Request::new("flaw", "error");
    let out = empty_folder("report-side-plots");
    assert_eq!(names(&report::draw_requested(&folders, &request, &out).unwrap()).len(), 4);
    assert_eq!(report::load(&[]).unwrap_err().exit_code(), 2);
}

#[test]
fn arms_are_set_against_any_arm_and_an_unknown_one_is_named() {
    let run = RunData::load(&whole_run("report-against")).unwrap();
    let differences = |arm: &str| {
        let baseline = table::Baseline::named(&run, arm).unwrap();
        table::comparisons_with(&run, &baseline, &tribunal::eval::metrics::ACCURACY, Look::Plain).unwrap()
    };
    let told = differences("rrm");
    let named: Vec<&str> =
        told.lines().filter_map(|line| line.split(" − rrm ").next().filter(|it| *it != line)).collect();
    assert_eq!(named.len(), ARMS.len() - 1, "every other arm, and not itself: {told}");
    // What one is ahead by the other is behind by.
    let of = |told: &str, pair: &str| -> f64 {
        let line = told.lines().find(|line| line.contains(pair)).unwrap();
        line.split(pair).nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap()
    };
    assert_eq!(of(&told, "direct_search − rrm"), -of(&differences("direct_search"), "rrm − direct_search"));
    let wrong = table::Baseline::named(&run, "rmr").unwrap_err().to_string();
    assert!(wrong.contains("there is no arm `rmr` to compare with") && wrong.contains("rrm"), "{wrong}");
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
    let drawn = |look| table::arms(&run, look).is_some_and(|it| it.contains('\u{1b}'));
    assert!(drawn(Look::Bold) && !drawn(Look::Ruled));
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
    for report::charts::Drawn { figure, caption } in report::charts::all(&run) {
        let page = report::layout::lay_out(&figure, &caption);
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
