//! What stands beside accuracy: its spread over seeds, scores of sides and judge, arguments, ratings, how alike arms err. All from rows.

use rayon::prelude::*;

use super::axis::number;
use super::bias;
use super::data::RunData;
use super::pressure;
use super::spread;
use super::table::{Look, named_point, percent, point_name, points, render};
use crate::eval::stats::bradley_terry::Refusal;
use crate::eval::stats::resample::Estimate;
use crate::eval::{self, Metric, arguments, checkers, critique, metrics, ratings};
use crate::judgment::Role;
use crate::record::rows::{ArgumentRow, InstanceRow, Labels, PoolRow};

/// Points of a sweep at which what takes a table of its own is shown.
const POINTS_MAX: usize = 6;

/// A table of the report: what it holds, its header and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Titled {
    /// What it holds, with units.
    pub title: String,
    /// The header.
    pub header: Vec<&'static str>,
    /// The cells; the first of a row is its name.
    pub rows: Vec<Vec<String>>,
    /// What must be said of it.
    pub notes: Vec<String>,
}

impl Titled {
    /// The table as text.
    pub fn text(&self, look: Look) -> String {
        let table = render(&self.header, &self.rows, look);
        let parts = [format!("\n{}", self.title), table].into_iter().filter(|part| !part.is_empty());
        parts.chain(self.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
    }
}

/// Everything beside accuracy that the rows bear.
pub fn all(run: &RunData) -> Vec<Titled> {
    [spread::arms(run), scores(run), argued(run), gaps(run), pressure::table(run), rated(run), bias::table(run)]
        .into_iter()
        .flatten()
        .collect()
}

/// Agent score difference, judge score, wins of either side and calibration, of every arm at every point of the sweep.
pub fn scores(run: &RunData) -> Option<Titled> {
    let rows: Vec<Vec<String>> = points(run).into_par_iter().map(|rows| score_cells(&rows)).collect();
    let floor = metrics::PROBABILITY_FLOOR;
    (!rows.is_empty()).then(|| Titled {
        title: format!("scores, in nats; probabilities below {floor} count as {floor}"),
        header: vec![
            "arm",
            "agent score difference",
            "the same by win",
            "judge score",
            "true side wins",
            "false side wins",
            "ECE",
        ],
        rows,
        notes: error_correlations(run),
    })
}

fn score_cells(rows: &[&InstanceRow]) -> Vec<String> {
    let of = |metric: &Metric| metric.of(rows);
    let with_interval = |metric: &Metric| {
        let estimate = of(metric).map(|m| Estimate { value: m.value, interval: m.interval });
        signed(estimate)
    };
    let share = |metric: &Metric| of(metric).map_or("—".into(), |m| format!("{:.1}%", 100.0 * m.value));
    vec![
        point_name(rows[0]),
        with_interval(&metrics::ASD),
        with_interval(&metrics::ASD_BY_WIN),
        with_interval(&metrics::JUDGE_SCORE),
        share(&metrics::TRUE_WINS),
        share(&metrics::FALSE_WINS),
        of(&metrics::ECE).map_or("—".into(), |m| format!("{:.3}", m.value)),
    ]
}

/// A number with its sign and its interval, to two digits.
fn signed(estimate: Option<Estimate>) -> String {
    let Some(Estimate { value, interval }) = estimate else { return "—".into() };
    let interval = interval.map_or("[—]".into(), |i| format!("[{:+.2}, {:+.2}]", i.low, i.high));
    format!("{value:+.2} {interval}")
}

/// How alike the arms err that see their own material, a line for each point of the sweep.
fn error_correlations(run: &RunData) -> Vec<String> {
    let sees = |rows: &Vec<&InstanceRow>| {
        let arm = &rows[0].arm;
        !run.blind_arms.contains(arm) && !run.misled_arms.contains(arm)
    };
    // Arms that stand at the nodes of trees judged other questions than those that stand at the top.
    let place = |row: &InstanceRow| (row.swept.clone(), row.labels.contains_key("question"));
    let mut at: Vec<(&InstanceRow, Vec<Vec<&InstanceRow>>)> = Vec::new();
    for rows in points(run).into_iter().filter(sees) {
        match at.iter_mut().find(|(first, _)| place(first) == place(rows[0])) {
            Some((_, arms)) => arms.push(rows),
            None => at.push((rows[0], vec![rows])),
        }
    }
    let line = |(first, arms): (&InstanceRow, Vec<Vec<&InstanceRow>>)| {
        let matrix = checkers::error_matrix(&arms)?;
        let found = matrix.correlation();
        let left_out = match matrix.incomplete {
            0 => String::new(),
            some => format!(", {some} left out that one of them did not score"),
        };
        let (mean, effective) = (signed(Some(found.mean?)), found.effective()?);
        let ends = effective.interval.map_or("[—]".into(), |i| format!("[{:.2}, {:.2}]", i.low, i.high));
        let swept = point_name(first).split_once(" · ").map_or(String::new(), |(_, swept)| format!(" at {swept}"));
        Some(format!(
            "errors of the {} arms that read correlate by {mean}{swept}: worth {:.2} {ends} independent checkers \
             (n {}{left_out})",
            arms.len(),
            effective.value,
            matrix.errors.nrows()
        ))
    };
    at.into_iter().take(POINTS_MAX).filter_map(line).collect()
}

/// Quotes, tokens and flaws of the arguments that evaluators heard, of every arm at every point of the sweep.
pub fn argued(run: &RunData) -> Option<Titled> {
    let mut arms: Vec<Vec<&ArgumentRow>> = Vec::new();
    for row in arguments::heard(&run.arguments) {
        match arms.iter_mut().find(|rows| (&rows[0].arm, &rows[0].swept) == (&row.arm, &row.swept)) {
            Some(rows) => rows.push(row),
            None => arms.push(vec![row]),
        }
    }
    let statistic = |name: &str, rows: &[&ArgumentRow]| {
        arguments::ALL.iter().find(|statistic| statistic.name == name).and_then(|statistic| statistic.of(rows))
    };
    let share = |name: &str, rows: &[&ArgumentRow]| {
        statistic(name, rows).map_or("—".into(), |found| format!("{:.1}%", 100.0 * found.value))
    };
    let count = |name: &str, rows: &[&ArgumentRow]| {
        statistic(name, rows).map_or("—".into(), |found| number((found.value * 10.0).round() / 10.0))
    };
    let cells = |rows: &Vec<&ArgumentRow>| {
        let found = statistic("flaws_found", rows);
        vec![
            named_point(&rows[0].arm, &rows[0].swept),
            number(rows.len() as f64),
            count("quotes", rows),
            share("quotes_verified", rows),
            share("quotes_near", rows),
            share("quotes_unverified", rows),
            share("quotes_bearing", rows),
            count("argument_tokens", rows),
            percent(found.map(|f| f.value), found.and_then(|f| f.interval)),
            share("false_flaws", rows),
        ]
    };
    (!arms.is_empty()).then(|| Titled {
        title: "arguments that evaluators heard; bearing: on the evidence of a false claim".into(),
        header: vec![
            "arm",
            "arguments",
            "quotes each",
            "verified",
            "near",
            "unverified",
            "bearing",
            "tokens each",
            "flaws found",
            "false flaws",
        ],
        rows: arms.iter().map(cells).collect(),
        notes: flaws_by_assistance(run),
    })
}

fn has_critic(run: &RunData, arm: &str) -> bool {
    run.arguments.iter().any(|row| row.arm == arm && row.role == Role::Critic)
}

/// For every arm with a critic, at each point of the sweep: flaws found for each that the first arm without a critic finds
/// that judges in the same way, by the judge's own list of flaws, or where it lists none by its verdicts.
fn flaws_by_assistance(run: &RunData) -> Vec<String> {
    let points = points(run);
    let at = |first: &InstanceRow, row: &&ArgumentRow| (&row.arm, &row.swept) == (&first.arm, &first.swept);
    let lists = |rows: &[&InstanceRow]| arguments::judged(run.arguments.iter().filter(|row| at(rows[0], row)));
    let reads = |arm: &String| !has_critic(run, arm) && !run.blind_arms.contains(arm) && !run.misled_arms.contains(arm);
    let line = |rows: &Vec<&InstanceRow>| {
        let listed = lists(rows);
        let alike = |other: &&Vec<&InstanceRow>| {
            reads(&other[0].arm)
                && is_compatible(&other[0].swept, &rows[0].swept)
                && lists(other).is_empty() == listed.is_empty()
        };
        let alone = points.iter().find(alike)?;
        let (with, without) = if listed.is_empty() {
            (critique::findings_of_verdicts(rows), critique::findings_of_verdicts(alone))
        } else {
            (critique::findings_of_arguments(&listed), critique::findings_of_arguments(&lists(alone)))
        };
        let ratio = critique::found_ratio(&with, &without)?;
        let ends = ratio.interval.map_or("[—]".into(), |i| format!("[{:.2}, {:.2}]", i.low, i.high));
        let false_flaws = [&with, &without].map(|found| {
            let rate = critique::false_flaws(found);
            percent(rate.map(|r| r.value), rate.and_then(|r| r.interval))
        });
        Some(format!(
            "{} finds {:.2} {ends} flaws for each that {} finds, paired by instance; of what it names {} is no flaw, \
             against {}",
            point_name(rows[0]),
            ratio.value,
            point_name(alone[0]),
            false_flaws[0],
            false_flaws[1]
        ))
    };
    points.iter().filter(|rows| has_critic(run, &rows[0].arm)).filter_map(line).take(POINTS_MAX).collect()
}

/// Whether two points of a sweep agree on all that both know.
fn is_compatible(a: &Labels, b: &Labels) -> bool {
    a.iter().all(|(path, value)| b.get(path).is_none_or(|other| other == value))
}

/// Generator, discriminator and critique gaps, of every arm with a critic that chose among pools against the first that
/// chose among the same without one, at the best of 1, 4, 16 and 64.
pub fn gaps(run: &RunData) -> Option<Titled> {
    let mut places: Vec<&PoolRow> = Vec::new();
    for pool in &run.pools {
        if !places.iter().any(|known| (&known.arm, &known.swept) == (&pool.arm, &pool.swept)) {
            places.push(pool);
        }
    }
    let sees = |arm: &String| !run.blind_arms.contains(arm) && !run.misled_arms.contains(arm);
    let alone = &places.iter().find(|place| !has_critic(run, &place.arm) && sees(&place.arm))?.arm;
    let mut rows = Vec::new();
    for place in places.iter().filter(|place| has_critic(run, &place.arm)) {
        // Of several points that would do, the first: what two of them say of one pool is not one number.
        let one = places.iter().find(|other| other.arm == *alone && is_compatible(&other.swept, &place.swept));
        let fits = |pool: &&PoolRow| one.is_some_and(|one| one.swept == pool.swept);
        let shown: Vec<&PoolRow> =
            run.pools.iter().filter(|pool| (&pool.arm, &pool.swept) == (&place.arm, &place.swept)).collect();
        let alone_there: Vec<&PoolRow> = run.pools.iter().filter(|pool| pool.arm == *alone).filter(fits).collect();
        let candidates = critique::candidates_of(&alone_there, &shown);
        for found in [1, 4, 16, 64].into_iter().filter_map(|n| critique::gaps(&candidates, n)) {
            let plain = [found.generator, found.discriminator, found.critique].map(|g| format!("{:.3}", g.value));
            let gaps = [found.gd, found.cd, found.gc].map(|gap| signed(Some(gap)));
            let point = named_point(&place.arm, &place.swept);
            let name = [format!("{point}; {alone}"), number(found.n as f64), number(found.items as f64)];
            rows.push(name.into_iter().chain(plain).chain(gaps).collect());
        }
    }
    (!rows.is_empty()).then(|| Titled {
        title: "gaps between generating (G), telling (D) and saying (C), in shares of claims that hold".into(),
        header: vec![
            "critiques, discriminator",
            "best of",
            "pools",
            "G",
            "D",
            "C",
            "GD = D − G",
            "CD = D − C",
            "GC = C − G",
        ],
        rows,
        notes: Vec::new(),
    })
}

/// Ratings of debaters by role, where rows name who argued for which side: apart for every point of the sweep, and without
/// arms that do not see their own material.
pub fn rated(run: &RunData) -> Option<Titled> {
    let mut titled = Titled {
        title: "ratings of debaters, in points of Elo, apart for either side; 0 is the mean of all".into(),
        header: vec!["debater", "argues for", "Elo [95% interval]", "games"],
        rows: Vec::new(),
        notes: Vec::new(),
    };
    let debated = debated(run);
    for rows in debated.iter().take(POINTS_MAX) {
        rate(rows, &mut titled);
    }
    if debated.len() > POINTS_MAX {
        let count = debated.len();
        titled.notes.push(format!("{POINTS_MAX} of {count} points of the sweep with games; `plots/elo.csv` has all"));
    }
    (!titled.rows.is_empty() || !titled.notes.is_empty()).then_some(titled)
}

/// The rows of arms that see their own material, apart for every point of the sweep at which there are games.
pub(super) fn debated(run: &RunData) -> Vec<Vec<&InstanceRow>> {
    let sees = |row: &&InstanceRow| !run.blind_arms.contains(&row.arm) && !run.misled_arms.contains(&row.arm);
    let mut points = eval::grouped(run.instances.iter().filter(sees), |row| row.swept.clone());
    points.retain(|rows| !ratings::games_of(rows).is_empty());
    points
}

fn rate(rows: &[&InstanceRow], titled: &mut Titled) {
    let swept = &rows[0].swept;
    let elo = |estimate: Estimate| {
        let ends = estimate.interval.map_or("[—]".into(), |i| format!("[{:+.0}, {:+.0}]", i.low, i.high));
        format!("{:+.0} {ends}", estimate.value)
    };
    let place = named_point("", swept).trim_start_matches(" · ").to_owned();
    let at = if place.is_empty() { String::new() } else { format!(" at {place}") };
    match ratings::ratings(&ratings::games_of(rows)) {
        Err(Refusal::Games) => {}
        Err(refusal) => titled.notes.push(format!("{refusal}{at}")),
        Ok(found) => {
            for rating in &found.ratings {
                let (player, side) = (named_point(&rating.player, swept), rating.side.name());
                titled.rows.push(vec![player, side.into(), elo(rating.elo), number(rating.games as f64)]);
            }
            for (player, overall) in &found.overall {
                let player = named_point(player, swept);
                titled.rows.push(vec![player, "either, on average".into(), elo(*overall), String::new()]);
            }
            let notes = [("arguing for the truth is worth", found.true_side), ("opening is worth", found.opening)];
            let said =
                notes.into_iter().filter_map(|(what, points)| Some(format!("{what} {} points{at}", elo(points?))));
            titled.notes.extend(said);
        }
    }
}
