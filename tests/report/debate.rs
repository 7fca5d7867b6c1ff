//! Scores, arguments and ratings of a made-up run of debates, as tables, comparisons and plots.

use tribunal::judgment::{Role, Stance};
use tribunal::record::rows::{
    ARGUED, ArgumentRow, BOTH, DEBATER_FALSE, DEBATER_TRUE, FALSE, InstanceRow, OPENS, PointRow, PoolRow, TRUE, Version,
};
use tribunal::report;
use tribunal::report::data::RunData;
use tribunal::report::table::{self, Look};
use tribunal::stream::Stream;

use crate::fixtures::*;

/// Debates between players of a best of 1 and of 16: the more either side searches, the more it wins.
fn debates() -> (Vec<InstanceRow>, Vec<ArgumentRow>) {
    let (mut instances, mut arguments) = (Vec::new(), Vec::new());
    for (name, by_true, by_false, accuracy) in [
        ("even", "best of 1", "best of 1", 0.7),
        ("honest_searches", "best of 16", "best of 1", 0.85),
        ("liar_searches", "best of 1", "best of 16", 0.55),
        ("both_search", "best of 16", "best of 16", 0.72),
    ] {
        let arm = Arm { accuracy, ..arm(name, accuracy, 400, 9_000, 0) };
        let mut rows = rows_of(&arm, 2, 120, &[], 0.0);
        for (at, row) in rows.iter_mut().enumerate() {
            let opens = if at % 2 == 0 { TRUE } else { FALSE };
            let labels = [(ARGUED, BOTH), (DEBATER_TRUE, by_true), (DEBATER_FALSE, by_false), (OPENS, opens)];
            row.labels.extend(labels.map(|(label, value)| (label.to_owned(), value.to_owned())));
            arguments.extend([true, false].map(|right| argument(row, right)));
        }
        instances.extend(rows);
    }
    (instances, arguments)
}

fn argument(row: &InstanceRow, right: bool) -> ArgumentRow {
    let side = u16::from(!right);
    let luck = Stream::root(row.seed).named(&row.instance).index(side.into());
    ArgumentRow {
        version: Version,
        cell: row.cell.clone(),
        arm: row.arm.clone(),
        seed: row.seed,
        split: row.split,
        instance: row.instance.clone(),
        cluster: row.cluster.clone(),
        cluster_scope: row.cluster_scope,
        node: 0,
        exchange: side.into(),
        helper: "reader".into(),
        role: Role::Debater,
        sample: 0,
        stance: Some(Stance::For(side)),
        side: Some(side),
        right: Some(right),
        conviction: 0.9,
        heard: true,
        points: vec![PointRow { candidate: 1 - side, claim: 2, p_holds: 0.2, holds: !right }],
        flaws: 2,
        quotes: 3,
        verified: 2,
        near: u32::from(luck.coin(0.5)),
        unverified: 0,
        bearing: u32::from(right && luck.named("bears").coin(0.6)),
        tokens: 60,
        swept: row.swept.clone(),
        labels: row.labels.clone(),
    }
}

fn run_of(name: &str) -> std::path::PathBuf {
    let folder = empty_folder(name);
    let (instances, mut arguments) = debates();
    arguments.iter_mut().for_each(|row| row.unverified = row.quotes - row.verified - row.near);
    write_rows(&folder.join("instances.jsonl"), &instances);
    write_rows(&folder.join("arguments.jsonl"), &arguments);
    let plots = "[[plots]]\nx = \"arm\"\ny = \"asd\"\n[[plots]]\nx = \"flaw\"\ny = \"judge_score\"\n";
    std::fs::write(folder.join("experiment.toml"), experiment("") + plots).unwrap();
    folder
}

#[test]
fn scores_arguments_and_ratings_stand_beside_accuracy() {
    let run = RunData::load(&run_of("report-debate")).unwrap();
    let text = table::whole(&run, Look::Plain);
    println!("{text}");
    for part in [
        "scores, in nats; probabilities below 0.01 count as 0.01",
        "errors of the 4 arms that read correlate by",
        "arguments that evaluators heard",
        "ratings of debaters, in points of Elo",
        "arguing for the truth is worth",
        "opening is worth",
    ] {
        assert!(text.contains(part), "no \"{part}\" in\n{text}");
    }
    // 240 arguments of each of four arms, less none; two thirds of the quotes are verified.
    assert!(text.lines().any(|l| l.starts_with(" even") && l.contains("480") && l.contains("66.7%")), "{text}");
    // Who searches more argues better, for either side.
    let elo = |player: &str, side: &str| {
        let line = text.lines().find(|l| l.contains(player) && l.contains(side)).unwrap();
        line.split_whitespace().find(|word| word.starts_with(['+', '-'])).unwrap().parse::<f64>().unwrap()
    };
    for side in ["the true side", "the false side"] {
        assert!(elo("best of 16", side) > elo("best of 1 ", side) + 50.0, "{text}");
    }
}

#[test]
fn the_score_difference_is_a_plot_and_a_page_and_a_comparison() {
    let folder = run_of("report-debate-plots");
    let drawn = names(&report::draw_all(&folder).unwrap());
    for file in ["asd-by-arm.svg", "judge_score-by-flaw.csv", "wins.svg", "elo.png"] {
        assert!(drawn.contains(&file.to_owned()), "no {file} in {drawn:?}");
    }
    let svg = std::fs::read_to_string(folder.join("plots/asd-by-arm.svg")).unwrap();
    assert!(svg.contains("agent score difference, in nats") && svg.contains("no difference"));
    crate::assert_readable(&folder);
    // Each met each 240 times, less what was not scored; who searches more is rated higher for either side.
    let rows_of = |file: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(folder.join("plots").join(file)).unwrap().records().map(Result::unwrap).collect()
    };
    let (wins, elo) = (rows_of("wins.csv"), rows_of("elo.csv"));
    assert_eq!((wins.len(), elo.len()), (4, 4), "{wins:?} {elo:?}");
    for row in &wins {
        let games: f64 = row[3].parse().unwrap();
        assert!((230.0..=240.0).contains(&games), "{row:?}");
    }
    let rated = |player: &str, side: &str| -> f64 {
        elo.iter().find(|row| row[0].ends_with(player) && &row[1] == side).unwrap()[2].parse().unwrap()
    };
    for side in ["the true side", "the false side"] {
        assert!(rated("best of 16", side) > rated("best of 1", side) + 50.0, "{elo:?}");
    }
    let page = std::fs::read_to_string(report::write_page(&folder).unwrap()).unwrap();
    assert!(page.contains("Paired differences in agent score difference, in nats"));
    assert!(page.contains("Ratings of debaters"));
    let run = RunData::load(&folder).unwrap();
    let compared = table::comparisons(&run, &tribunal::eval::metrics::ASD).unwrap().text(Look::Plain);
    println!("{compared}");
    assert!(compared.contains("honest_searches − even") && compared.contains("+0."), "{compared}");
}

/// A pool of four candidates: the discriminator orders them by worth, the judge who hears critiques nearly so.
fn pool(arm: &str, of: &InstanceRow) -> PoolRow {
    let score = if arm == "critique" { vec![-3.0, -1.0, -0.5, -2.0] } else { vec![-3.0, -0.2, -0.5, -2.0] };
    PoolRow {
        version: Version,
        cell: format!("{arm}-{}", of.seed),
        arm: arm.into(),
        seed: of.seed,
        split: of.split,
        instance: format!("{}*4", of.instance),
        cluster: of.cluster.clone(),
        cluster_scope: of.cluster_scope,
        outcome: tribunal::outcome::OutcomeKind::Scored,
        score,
        gold: vec![0.0, 1.0, 0.75, 0.25],
        swept: of.swept.clone(),
        labels: of.labels.clone(),
    }
}

#[test]
fn what_critics_find_and_what_they_leave_unsaid_is_shown() {
    let folder = empty_folder("report-critique");
    let alone = rows_of(&Arm { accuracy: 0.55, ..arm("alone", 0.55, 400, 0, 0) }, 2, 120, &[], 0.0);
    let shown = rows_of(&Arm { accuracy: 0.8, ..arm("critique", 0.8, 400, 9_000, 0) }, 2, 120, &[], 0.0);
    let critic = |row: &InstanceRow| ArgumentRow {
        role: Role::Critic,
        stance: Some(Stance::Against(1)),
        side: None,
        unverified: 0,
        near: 0,
        quotes: 2,
        ..argument(row, true)
    };
    write_rows(&folder.join("arguments.jsonl"), &shown.iter().map(critic).collect::<Vec<_>>());
    let pools: Vec<PoolRow> = ["alone", "critique"]
        .iter()
        .flat_map(|arm| alone.iter().map(|row| pool(arm, row)).collect::<Vec<_>>())
        .collect();
    write_rows(&folder.join("pools.jsonl"), &pools);
    write_rows(&folder.join("instances.jsonl"), &[alone, shown].concat());
    let text = table::whole(&RunData::load(&folder).unwrap(), Look::Plain);
    println!("{text}");
    assert!(text.contains("flaws for each that alone finds, paired by instance"), "{text}");
    // G is the mean, 0.5; D finds the best, C the second best: known and not said by a quarter.
    let line = text.lines().find(|l| l.contains("critique; alone") && l.contains("1.000")).unwrap();
    for number in ["0.500", "1.000", "0.750", "+0.50", "+0.25"] {
        assert!(line.contains(number), "no {number} in {line}");
    }
}
