//! The plots of a run: which there are, and the numbers on them.

mod arms;
mod cost;
mod fitted;
mod known;
mod learned;
pub mod measure;
pub mod nested;
pub mod pressure;
mod ranking;
mod rated;
mod swept;

use super::chosen::Chosen;
use super::data::RunData;
use super::figure::Figure;
use super::request::Request;
use super::scores;
use crate::error::Result;
use crate::record::rows::{InstanceRow, ResultRow};
use known::Known;

/// A plot with the line below it: what run, seeds and instances it is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The plot.
    pub figure: Figure,
    /// The line below it.
    pub caption: String,
}

/// Every plot that the records of a run bear: those that every run has, then those that it asks for, in its order. A
/// request that cannot be drawn gives a figure that says why.
pub fn all(run: &RunData) -> Vec<Drawn> {
    let whole = Chosen::all(run);
    let caption = whole.caption();
    let mut drawn = Vec::new();
    let mut add = |chosen: &Chosen<'_>, caption: &str, charts: &[fn(&Chosen<'_>) -> Option<Figure>]| {
        let figures = charts.iter().filter_map(|chart| chart(chosen));
        drawn.extend(figures.map(|figure| Drawn { figure, caption: caption.to_owned() }));
    };
    add(&whole, &caption, &[arms::accuracy, swept::by_flaw, arms::costs, cost::equal_cost, arms::reliability]);
    let games = argued(run);
    add(&games, &games.caption(), &[rated::wins, rated::elo]);
    add(&whole, &caption, &[learned::levels]);
    let pools = pools(&whole);
    add(&pools, &pools.caption(), &[pressure::best_of]);
    add(&whole, &caption, &[learned::training]);
    let known = if run.requests.is_empty() { Known::default() } else { Known::of(run) };
    for request in &run.requests {
        let mut one = match known.check(run, request) {
            Ok(()) if request.when.is_empty() => of_request(&whole, request, caption.clone()),
            Ok(()) => requested(run, request),
            Err(fault) => unknown(request, &fault.to_string(), caption.clone()),
        };
        let taken = |stem: &str| drawn.iter().find(|it| it.figure.stem == stem);
        let is_same = |it: &Drawn| it.figure.table == one.figure.table && it.figure.notes == one.figure.notes;
        if taken(&one.figure.stem).is_some_and(is_same) {
            continue;
        }
        // Names say the last part of a path and no curve, so two requests may come to one.
        let own = one.figure.stem.clone();
        one.figure.stem = (1..)
            .map(|at| if at == 1 { own.clone() } else { stem(&[&own, &at.to_string()]) })
            .find(|stem| taken(stem).is_none())
            .unwrap_or(own);
        drawn.push(one);
    }
    drawn
}

/// The rows of games.
fn argued(run: &RunData) -> Chosen<'_> {
    Chosen::instances_alone(run, scores::debated(run).into_iter().flatten().collect())
}

/// What was measured on pools of candidates, where arms chose among any.
fn pools<'a>(whole: &Chosen<'a>) -> Chosen<'a> {
    let is_of = |row: &&ResultRow| pressure::is_shown(row);
    Chosen::results_alone(whole.run, whole.results.iter().copied().filter(is_of).collect())
}

/// Refuses a request for what no row knows.
///
/// # Errors
/// [`Error::Usage`](crate::error::Error::Usage) with the nearest name that some row knows.
pub fn check(run: &RunData, request: &Request) -> Result<()> {
    Known::of(run).check(run, request)
}

/// The plot of a request: a map where its y is swept, else its metric against its x, of the points that it is about.
pub fn requested(run: &RunData, request: &Request) -> Drawn {
    let chosen = if request.when.is_empty() { Chosen::all(run) } else { Chosen::by(run, request) };
    let caption = chosen.caption();
    of_request(&chosen, request, caption)
}

fn of_request(chosen: &Chosen<'_>, request: &Request, caption: String) -> Drawn {
    let figure = ranking::requested(chosen, request).unwrap_or_else(|| swept::requested(chosen, request));
    Drawn { figure: at_points(figure, request), caption }
}

/// What stands in the place of a plot of what no row knows.
fn unknown(request: &Request, why: &str, caption: String) -> Drawn {
    let (stem, title) = swept::named(request);
    let figure = refused(stem, title, format!("nothing to draw: {why}"));
    Drawn { figure: at_points(figure, request), caption }
}

/// The figure under the name and title of the points that the request is about, where they are not all.
fn at_points(figure: Figure, request: &Request) -> Figure {
    let points = request.points();
    if points.is_empty() {
        return figure;
    }
    Figure { stem: stem(&[&figure.stem, "at", &points]), title: format!("{}: {points}", figure.title), ..figure }
}

/// Bytes of a file's name at most, without its ending.
const STEM_LENGTH_MAX: usize = 120;

/// A name for files: letters, digits and single dashes.
fn stem(parts: &[&str]) -> String {
    let mut out = String::new();
    for c in parts.join("-").chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' => out.push(c.to_ascii_lowercase()),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    let out = out.trim_matches('-');
    if out.len() <= STEM_LENGTH_MAX {
        return out.to_owned();
    }
    // Names of files have limits; the hash keeps two long ones apart.
    let kept: String = out.chars().take(STEM_LENGTH_MAX / 4).collect();
    format!("{kept}-{}", &blake3::hash(out.as_bytes()).to_hex()[..8])
}

/// The last part of a dotted path, which is what a plot has room for.
fn short(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A swept path in words, with whom it is a setting of: `width of assistant`.
fn axis_words(path: &str) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    match parts.as_slice() {
        ["helpers" | "arms", owner, .., key] => format!("{} of {owner}", key.replace('_', " ")),
        _ => words(path),
    }
}

/// An arm with its swept values.
fn name_of(row: &InstanceRow) -> String {
    let swept = row.swept.iter().map(|(path, value)| format!(" · {} {value}", words(path)));
    std::iter::once(row.arm.clone()).chain(swept).collect()
}

/// A metric, path or label in words.
pub(super) fn words(name: &str) -> String {
    short(name).replace('_', " ")
}

/// A metric in words, with its unit where the name does not say it.
fn metric_words(name: &str) -> String {
    match name {
        "asd" => "agent score difference, in nats".into(),
        "asd_win" => "agent score difference by win".into(),
        "judge_score" => "judge score, in nats".into(),
        "gain" => "gain from end to end".into(),
        "bias_root" | "spread_root" => format!("{} of the root, in nats", name.trim_end_matches("_root")),
        "true_wins" | "false_wins" => format!("share that the {} side wins", name.trim_end_matches("_wins")),
        name => words(name),
    }
}

/// The same text with its first letter a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A figure that says why there is nothing to see.
fn refused(stem: String, title: String, why: String) -> Figure {
    Figure {
        stem,
        title,
        notes: vec![why.clone()],
        panels: vec![],
        key: super::figure::Key::None,
        table: super::figure::Table { header: vec!["refused".into()], rows: vec![vec![why]] },
    }
}
