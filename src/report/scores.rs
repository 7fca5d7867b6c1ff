//! What stands beside accuracy: scores of sides and judge, arguments, ratings, how alike arms err. All from rows.

use super::axis::number;
use super::data::RunData;
use super::table::{Look, percent, point_name, points, render};
use crate::eval::stats::bradley_terry::Refusal;
use crate::eval::stats::resample::Estimate;
use crate::eval::{Metric, arguments, checkers, critique, metrics, ratings};
use crate::judgment::Role;
use crate::record::rows::{ArgumentRow, InstanceRow};

/// Points of a sweep at which the error correlation of arms is shown.
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
    [scores(run), argued(run), rated(run)].into_iter().flatten().collect()
}

/// Agent score difference, judge score, wins of either side and calibration, of every arm at every point of the sweep.
pub fn scores(run: &RunData) -> Option<Titled> {
    let rows: Vec<Vec<String>> = points(run).into_iter().map(|rows| score_cells(&rows)).collect();
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
    let mut at: Vec<(&InstanceRow, Vec<Vec<&InstanceRow>>)> = Vec::new();
    for rows in points(run).into_iter().filter(sees) {
        match at.iter_mut().find(|(first, _)| first.swept == rows[0].swept) {
            Some((_, arms)) => arms.push(rows),
            None => at.push((rows[0], vec![rows])),
        }
    }
    let line = |(first, arms): (&InstanceRow, Vec<Vec<&InstanceRow>>)| {
        let found = checkers::error_matrix(&arms)?.correlation();
        let (mean, effective) = (signed(Some(found.mean?)), found.effective()?);
        let ends = effective.interval.map_or("[—]".into(), |i| format!("[{:.2}, {:.2}]", i.low, i.high));
        let swept = point_name(first).split_once(" · ").map_or(String::new(), |(_, swept)| format!(" at {swept}"));
        Some(format!(
            "errors of the {} arms that read correlate by {mean}{swept}: worth {:.2} {ends} independent checkers",
            arms.len(),
            effective.value
        ))
    };
    at.into_iter().take(POINTS_MAX).filter_map(line).collect()
}

/// Quotes, tokens and flaws of the arguments that evaluators heard, of every arm at every point of the sweep.
pub fn argued(run: &RunData) -> Option<Titled> {
    let mut arms: Vec<Vec<&ArgumentRow>> = Vec::new();
    for row in run.arguments.iter().filter(|row| row.heard) {
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
        let swept = rows[0].swept.iter().map(|(path, v)| format!("{} {v}", path.rsplit('.').next().unwrap_or(path)));
        let swept: Vec<String> = swept.collect();
        let found = statistic("flaws_found", rows);
        vec![
            if swept.is_empty() { rows[0].arm.clone() } else { format!("{} · {}", rows[0].arm, swept.join(", ")) },
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

/// For every arm with a critic: flaws that its verdicts find for each that the first arm that reads finds.
fn flaws_by_assistance(run: &RunData) -> Vec<String> {
    let criticised = |arm: &str| run.arguments.iter().any(|row| row.arm == arm && row.role == Role::Critic);
    let of = |arm: &str| run.instances.iter().filter(|row| row.arm == arm).collect::<Vec<_>>();
    let alone = run
        .arms
        .iter()
        .find(|arm| !criticised(arm) && !run.blind_arms.contains(*arm) && !run.misled_arms.contains(*arm));
    let Some(alone) = alone else { return Vec::new() };
    let without = of(alone);
    let without = critique::findings_of_verdicts(&without);
    let line = |arm: &String| {
        let with = of(arm);
        let found = critique::found_ratio(&critique::findings_of_verdicts(&with), &without)?;
        let ends = found.interval.map_or("[—]".into(), |i| format!("[{:.2}, {:.2}]", i.low, i.high));
        Some(format!("{arm} finds {:.2} {ends} flaws for each that {alone} finds, paired by instance", found.value))
    };
    run.arms.iter().filter(|arm| criticised(arm)).filter_map(line).collect()
}

/// Ratings of debaters by role, where rows name who argued for which side.
pub fn rated(run: &RunData) -> Option<Titled> {
    let rows: Vec<&InstanceRow> = run.instances.iter().collect();
    let games = ratings::games_of(&rows);
    let elo = |estimate: Estimate| {
        let ends = estimate.interval.map_or("[—]".into(), |i| format!("[{:+.0}, {:+.0}]", i.low, i.high));
        format!("{:+.0} {ends}", estimate.value)
    };
    let mut titled = Titled {
        title: "ratings of debaters, in points of Elo, apart for either side; 0 is the mean of all".into(),
        header: vec!["debater", "argues for", "Elo [95% interval]", "games"],
        rows: Vec::new(),
        notes: Vec::new(),
    };
    match ratings::ratings(&games) {
        Err(Refusal::Games) => return None,
        Err(refusal) => titled.notes.push(refusal.to_string()),
        Ok(found) => {
            for rating in &found.ratings {
                let side = if rating.side == ratings::Side::True { "the true side" } else { "the false side" };
                let games = number(rating.games as f64);
                titled.rows.push(vec![rating.player.clone(), side.into(), elo(rating.elo), games]);
            }
            for (player, overall) in &found.overall {
                titled.rows.push(vec![player.clone(), "either, on average".into(), elo(*overall), String::new()]);
            }
            let notes = [("arguing for the truth is worth", found.truth), ("opening is worth", found.opening)];
            let said = notes.into_iter().filter_map(|(what, points)| Some(format!("{what} {} points", elo(points?))));
            titled.notes.extend(said);
        }
    }
    Some(titled)
}
