//! Plots say what is drawn and what is left out: captions of the rows drawn, players of every point, fits in the table,
//! requests that no row can meet.

use std::path::Path;

use tribunal::record::rows::{DEBATER_FALSE, DEBATER_TRUE, InstanceRow};
use tribunal::report;
use tribunal::report::charts::Drawn;
use tribunal::report::data::RunData;
use tribunal::report::figure::{Draw, Figure};

use super::fixtures::*;

const BUDGET: &str = "budget.evaluator_tokens_max";

/// Who argues for the truth, and who against it: each side of either has met one side of the other.
const PAIRS: [(&str, &str); 3] = [("keen", "slow"), ("slow", "keen"), ("keen", "keen")];

fn drawn(folder: &Path) -> Vec<Drawn> {
    report::charts::all(&RunData::load(folder).unwrap())
}

fn figure(folder: &Path, stem: &str) -> Figure {
    let all = drawn(folder);
    let stems: Vec<String> = all.iter().map(|it| it.figure.stem.clone()).collect();
    all.into_iter().map(|it| it.figure).find(|it| it.stem == stem).unwrap_or_else(|| panic!("no {stem} in {stems:?}"))
}

fn notes(figure: &Figure) -> String {
    figure.notes.join("\n")
}

/// The column of that name.
fn column<'a>(figure: &'a Figure, name: &str) -> Vec<&'a str> {
    let at =
        figure.table.header.iter().position(|it| it == name).unwrap_or_else(|| panic!("{:?}", figure.table.header));
    figure.table.rows.iter().map(|row| row[at].as_str()).collect()
}

/// Widths by budgets around a centre (width 32, budget 512), all of them for one arm and one axis at a time for another.
fn star(folder: &Path, more: &str) {
    let mut rows = Vec::new();
    for width in [8, 32, 128] {
        for budget in [256, 512, 1024] {
            let swept = [(WIDTH, width.to_string()), (BUDGET, budget.to_string())];
            let gain = 0.0002 * f64::from(budget) + 0.0003 * f64::from(width);
            let costly = |arm: &Arm| Arm { evaluator_tokens: budget as u64, ..arm_of(arm) };
            rows.extend(rows_of(&costly(&ARMS[5]), 3, 40, &swept, gain));
            if width == 32 || budget == 512 {
                rows.extend(rows_of(&costly(&ARMS[6]), 3, 40, &swept, gain));
            }
            if width == 8 {
                rows.extend(rows_of(&costly(&ARMS[3]), 3, 40, &swept[1..], gain));
            }
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let around = format!("[sweep.around]\n\"{WIDTH}\" = 32\n\"{BUDGET}\" = 512\n");
    std::fs::write(folder.join("experiment.toml"), around + more).unwrap();
}

fn arm_of(other: &Arm) -> Arm {
    arm(other.name, other.accuracy, other.evaluator_tokens, other.helper_tokens, other.label_tokens)
}

#[test]
fn the_caption_counts_what_is_drawn() {
    let folder = empty_folder("plots-caption");
    // At width 8 two seeds of 30 instances, at width 32 five of 50.
    let mut rows = rows_of(&ARMS[5], 2, 30, &[(WIDTH, "8".into())], 0.0);
    rows.extend(rows_of(&ARMS[5], 5, 50, &[(WIDTH, "32".into())], 0.0));
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots: String = ["", "when = { \"WIDTH\" = 8 }\n"]
        .map(|when| format!("[[plots]]\nx = \"flaw\"\ny = \"error\"\n{}", when.replace("WIDTH", WIDTH)))
        .concat();
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    let all = drawn(&folder);
    let caption = |stem: &str| &all.iter().find(|it| it.figure.stem == stem).unwrap().caption;
    assert!(caption("error-by-flaw").contains("5 seeds (0, 1, 2, 3, 4) · n = 250 test instances in 125 clusters"));
    let some = caption("error-by-flaw-at-width-8");
    assert!(some.contains("2 seeds (0, 1) · n = 60 test instances in 30 clusters"), "{some}");
    report::draw_all(&folder).unwrap();
    let svg = std::fs::read_to_string(folder.join("plots/error-by-flaw-at-width-8.svg")).unwrap();
    assert!(svg.contains("n = 60 test instances"), "the plot shows the caption of the whole run");
}

/// The same instances, each argued by one of some pairs of players in turn.
fn as_games(mut rows: Vec<InstanceRow>) -> Vec<InstanceRow> {
    for (i, row) in rows.iter_mut().enumerate() {
        let (by_true, by_false) = PAIRS[i % PAIRS.len()];
        row.labels.insert(DEBATER_TRUE.into(), by_true.into());
        row.labels.insert(DEBATER_FALSE.into(), by_false.into());
    }
    rows
}

#[test]
fn every_player_is_rated_wherever_there_are_games() {
    let folder = empty_folder("plots-elo");
    let mut rows: Vec<InstanceRow> = Vec::new();
    // Eight points without a game before and between those with games: none of them takes the place of one with games.
    for point in 0..16 {
        let swept = [(WIDTH, point.to_string())];
        let own = rows_of(&ARMS[5], 2, 60, &swept, 0.0);
        rows.extend(if point % 2 == 1 { as_games(own) } else { own });
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let elo = figure(&folder, "elo");
    let players: std::collections::BTreeSet<&str> = column(&elo, "debater").into_iter().collect();
    let wanted = (0..16).filter(|point| point % 2 == 1).flat_map(|point| [("keen", point), ("slow", point)]);
    let said = |(name, point): (&str, i32)| format!("{name} · width {point}");
    assert_eq!(players.len(), 16, "{players:?}");
    assert!(wanted.map(said).all(|name| players.contains(name.as_str())), "{players:?}");
    let table = report::scores::rated(&RunData::load(&folder).unwrap()).unwrap();
    assert!(table.notes.iter().any(|note| note.contains("6 of 8 points")), "{:?}", table.notes);
    let caption = drawn(&folder).into_iter().find(|it| it.figure.stem == "elo").unwrap().caption;
    assert!(caption.contains("n = 120 test instances"), "{caption}");
}

#[test]
fn players_without_room_are_said_and_in_the_table() {
    let folder = empty_folder("plots-players");
    let mut rows: Vec<InstanceRow> = Vec::new();
    for point in 0..25 {
        rows.extend(as_games(rows_of(&ARMS[5], 1, 24, &[(WIDTH, point.to_string())], -0.2)));
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let elo = figure(&folder, "elo");
    assert!(notes(&elo).contains("The first 40 of 50 debaters are shown; the CSV holds all."), "{}", notes(&elo));
    let players: std::collections::BTreeSet<&str> = column(&elo, "debater").into_iter().collect();
    assert_eq!(players.len(), 50);
}

#[test]
fn a_request_that_no_row_can_meet_says_so_on_the_plot() {
    let folder = empty_folder("plots-unknown");
    write_rows(&folder.join("instances.jsonl"), &rows_of(&ARMS[5], 2, 40, &[(WIDTH, "8".into())], 0.0));
    let plots = "[[plots]]\nx = \"flaw\"\ny = \"acuracy\"\n\
                 [[plots]]\nx = \"arm\"\ny = \"error\"\ngroup = \"flw\"\n\
                 [[plots]]\nx = \"arm\"\ny = \"log_loss\"\nwhen = { arm = \"rmr\" }\n";
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    for (stem, said) in [
        ("acuracy-by-flaw", ["y `acuracy` is no metric", "did you mean `accuracy`?"]),
        ("error-by-arm-flw", ["group `flw` is no swept path and no label", "did you mean `flaw`?"]),
        ("log_loss-by-arm-at-rmr", ["is no value of `arm`", "rrm"]),
    ] {
        let it = figure(&folder, stem);
        assert!(it.panels.is_empty() && said.iter().all(|part| notes(&it).contains(part)), "{stem}: {}", notes(&it));
        assert_eq!(it.table.header, ["refused"]);
    }
}

#[test]
fn every_fit_is_on_the_plot_and_its_parameters_are_in_the_table() {
    let folder = empty_folder("plots-fits");
    let mut rows = Vec::new();
    for (i, width) in [8, 32, 64, 128].into_iter().enumerate() {
        for notice in 1..=14 {
            let swept = [(WIDTH, width.to_string()), (NOTICE, notice.to_string())];
            rows.extend(rows_of(&ARMS[5], 1, 40, &swept, 0.03 * i as f64 - 0.2));
        }
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\nfit = \"logarithm\"\n");
    std::fs::write(folder.join("experiment.toml"), plots).unwrap();
    let it = figure(&folder, "accuracy-by-width");
    let told = it.notes.iter().filter(|note| note.contains("log10 x")).count();
    assert_eq!(told, 12, "a line for every curve that is drawn: {}", notes(&it));
    let page = report::layout::lay_out(&it, "");
    let shown = format!("{:?}", page.marks);
    assert_eq!(shown.matches("log10 x").count(), 12, "lines were cut off");
    let (groups, forms) = (column(&it, "arm"), column(&it, "fit"));
    let fitted: std::collections::BTreeSet<&str> = groups.into_iter().collect();
    assert_eq!(fitted.len(), 14, "groups without room are in the table");
    assert!(forms.iter().all(|form| *form == "logarithm"), "{forms:?}");
    for parameters in column(&it, "fit_parameters") {
        let numbers: Vec<f64> =
            parameters.split(' ').map(|it| it.split_once('=').unwrap().1.parse().unwrap()).collect();
        assert_eq!(numbers.len(), 2, "{parameters}");
        assert!(parameters.starts_with("at_one=") && parameters.contains(" per_decade="), "{parameters}");
    }
}

#[test]
fn curves_of_equal_cost_run_along_the_budget_alone() {
    let folder = empty_folder("plots-cost");
    star(&folder, "");
    let it = figure(&folder, "accuracy-by-cost");
    let curves: Vec<(&str, usize)> =
        it.panels[0].series.iter().map(|series| (series.name.as_str(), series.points.len())).collect();
    // At the centre, every arm is one curve through the three budgets; no width stands above another.
    assert_eq!(curves, [("direct_search", 3), ("rrm", 3), ("tree_rule", 3)]);
    let rises = |points: &[report::figure::Point]| points.windows(2).all(|pair| pair[1].x - pair[0].x > 100.0);
    assert!(it.panels[0].series.iter().all(|series| series.draw == Draw::Joined && rises(&series.points)));
    let said = "At the centre of the sweep (width 32): 3 of 7 curves; the CSV holds all points.";
    assert!(notes(&it).contains(said), "{}", notes(&it));
    assert_eq!(it.table.rows.len(), 9 + 5 + 3, "all points are in the table");
}

#[test]
fn a_large_sweep_leaves_out_and_says_so() {
    let folder = empty_folder("plots-large");
    let mut rows = Vec::new();
    for notice in 0..60 {
        rows.extend(rows_of(&ARMS[5], 1, 20, &[(NOTICE, notice.to_string())], 0.0));
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let first = "The first are shown: 40 of 60 points; the CSV holds all";
    for stem in ["accuracy", "costs"] {
        let it = figure(&folder, stem);
        assert!(notes(&it).contains(first), "{stem}: {}", notes(&it));
        let points: std::collections::BTreeSet<&str> = column(&it, "arm").into_iter().collect();
        assert_eq!(points.len(), 60, "{stem}");
    }
    let flaws = figure(&folder, "accuracy-by-flaw");
    assert!(notes(&flaws).contains("The first 12 of 60 groups; the CSV holds all."), "{}", notes(&flaws));
    // Around a centre, the centre.
    std::fs::write(folder.join("experiment.toml"), format!("[sweep.around]\n\"{NOTICE}\" = 7\n")).unwrap();
    let accuracy = figure(&folder, "accuracy");
    assert_eq!(accuracy.panels[0].series.len(), 1);
    assert!(notes(&accuracy).contains("The centre of the sweep (notice rate 7) is shown: 1 of 60 points"));
    let flaws = figure(&folder, "accuracy-by-flaw");
    assert!(notes(&flaws).contains("The centre of the sweep (notice rate 7) is shown: 1 of 60 groups"));
}

#[test]
fn a_line_along_x_is_drawn_before_levels_that_do_not_know_it() {
    let folder = empty_folder("plots-levels");
    let mut rows = Vec::new();
    // Twenty levels of arms that know another setting alone come before the two points of the line.
    for notice in 0..20 {
        rows.extend(rows_of(&ARMS[3], 1, 20, &[(NOTICE, notice.to_string())], 0.0));
    }
    for width in [8, 32] {
        rows.extend(rows_of(&ARMS[5], 1, 20, &[(WIDTH, width.to_string())], 0.0));
    }
    write_rows(&folder.join("instances.jsonl"), &rows);
    let plots = format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\n");
    std::fs::write(folder.join("experiment.toml"), &plots).unwrap();
    let it = figure(&folder, "accuracy-by-width");
    assert_eq!((it.panels[0].series[0].name.as_str(), it.panels[0].series[0].points.len()), ("rrm", 2));
    assert!(notes(&it).contains("The first 12 of 21 groups; the CSV holds all."), "{}", notes(&it));
    // Around a centre, the levels are those at the centre.
    let around = format!("[sweep.around]\n\"{NOTICE}\" = 7\n\"{WIDTH}\" = 8\n{plots}");
    std::fs::write(folder.join("experiment.toml"), around).unwrap();
    let it = figure(&folder, "accuracy-by-width");
    assert_eq!(it.panels[0].series.len(), 2);
    assert!(notes(&it).contains("The centre of the sweep (notice rate 7) is shown: 2 of 21 groups."), "{}", notes(&it));
}

#[test]
fn trainings_are_named_by_what_was_trained() {
    let folder = empty_folder("plots-training");
    write_rows(&folder.join("instances.jsonl"), &rows_of(&ARMS[5], 2, 20, &[], 0.0));
    for (hash, level, width, seed) in
        [("f0", 1, 8, 2), ("b1", 0, 128, 1), ("c2", 0, 8, 2), ("d3", 0, 8, 1), ("a4", 1, 8, 1)]
    {
        let fit = folder.join("fits").join(hash);
        write_rows(&fit.join("training.jsonl"), &training());
        let config = format!("{{\"model\":\"reader\",\"config\":{{\"width\":{width},\"batch\":32}}}}");
        std::fs::write(fit.join("config.json"), config).unwrap();
        let label = serde_json::json!({ "arm": format!("level {level}"), "seed": seed });
        write_rows(&fit.join("judgments.jsonl"), &[label]);
    }
    let it = figure(&folder, "training");
    let names: Vec<&str> = it.panels[0].series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["level 0 · width 8 · seed 1", "level 0 · width 128 · seed 1", "level 1 · width 8 · seed 1"]);
    assert!(notes(&it).contains("3 of 5 fits"), "{}", notes(&it));
    let fits: std::collections::BTreeSet<&str> = column(&it, "fit").into_iter().collect();
    assert_eq!(fits.len(), 5, "the table holds every fit");
}

#[test]
fn axes_are_in_words_and_the_table_keeps_the_path() {
    let folder = empty_folder("plots-words");
    star(&folder, &format!("[[plots]]\nx = \"{WIDTH}\"\ny = \"accuracy\"\n"));
    let it = figure(&folder, "accuracy-by-width");
    assert_eq!(it.panels[0].x.label, "width of assistant");
    assert_eq!(it.table.header[1], WIDTH);
}
