//! The plots of a run: which there are, and the numbers on them.

mod arms;
mod learned;
mod measure;
pub mod nested;
mod pressure;
mod ranking;
mod rated;
mod swept;

use std::collections::BTreeSet;

use super::data::RunData;
use super::figure::Figure;
use super::request::{Request, refuse_unknown, swept_of_results};
use crate::error::{Error, Result};
use crate::eval::bias::Asked;
use crate::eval::metrics;
use crate::eval::stats::curve;
use crate::spec::nearest;

/// Every plot that the records of a run bear: those that every run has, then those that it asks for, in its order. A
/// request that cannot be drawn gives a figure that says why.
pub fn all(run: &RunData) -> Vec<Figure> {
    let mut figures: Vec<Figure> = [
        arms::accuracy(run),
        swept::by_label(run, "flaw"),
        arms::costs(run),
        arms::equal_cost(run),
        arms::reliability(run),
        rated::wins(run),
        rated::elo(run),
        learned::levels(run),
        pressure::best_of(run),
        learned::training(run),
    ]
    .into_iter()
    .flatten()
    .collect();
    for request in &run.requests {
        let mut figure = requested(run, request);
        let taken = |stem: &str| figures.iter().find(|known| known.stem == stem);
        if taken(&figure.stem).is_some_and(|known| known.table == figure.table && known.notes == figure.notes) {
            continue;
        }
        // Names say the last part of a path and no curve, so two requests may come to one.
        let own = figure.stem.clone();
        figure.stem = (1..)
            .map(|at| if at == 1 { own.clone() } else { stem(&[&own, &at.to_string()]) })
            .find(|stem| taken(stem).is_none())
            .unwrap_or(own);
        figures.push(figure);
    }
    figures
}

/// Refuses a request for what no row knows.
///
/// # Errors
/// [`Error::Usage`] with the nearest name that some row knows.
pub fn check(run: &RunData, request: &Request) -> Result<()> {
    let swept: BTreeSet<&str> = run.instances.iter().flat_map(|row| row.swept.keys()).map(String::as_str).collect();
    let labels = run.instances.iter().map(|row| &row.labels).chain(run.results.iter().map(|row| &row.labels));
    let facts: BTreeSet<&str> = labels.flat_map(|labels| labels.keys()).map(String::as_str).chain(["arm"]).collect();
    let facts: BTreeSet<&str> = facts.union(&swept).copied().collect();
    let measured = metrics::ALL.iter().map(|metric| metric.name).chain([metrics::ERROR.name]);
    let metrics: BTreeSet<&str> = measured.chain(run.results.iter().map(|row| row.metric.as_str())).collect();
    // What a bias became goes by more names than can be listed: one for each level.
    let of_bias = (!run.leanings.is_empty() && Asked::named(&request.y).is_some()).then_some(request.y.as_str());
    let of_y: BTreeSet<&str> = metrics.union(&swept).copied().chain(of_bias).collect();
    let is_map = swept.contains(request.y.as_str());
    let asked = [
        ("y", "is no metric of these records and no swept path", &request.y, &of_y),
        ("x", "is no swept path and no label of these records, and not `arm`", &request.x, &facts),
        ("group", "is no swept path and no label of these records, and not `arm`", &request.group, &facts),
    ];
    let unknown =
        asked.into_iter().find(|(key, _, name, known)| !(known.contains(name.as_str()) || *key == "group" && is_map));
    if let Some((key, what, name, known)) = unknown {
        return Err(Error::Usage(format!("{key} `{name}` {what}\n  {}", nearest(name, known.iter().copied()))));
    }
    let of_results = swept_of_results(run);
    let tested = run.instances.iter().map(|row| (row.arm.as_str(), &row.swept));
    let leaning = run.leanings.iter().map(|row| (row.arm.as_str(), &row.swept));
    let others = || of_results.iter().map(|(arm, swept)| (arm.as_str(), swept));
    refuse_unknown(&request.when, || tested.clone().chain(leaning.clone()).chain(others()))?;
    if request.chosen(run).is_some_and(|chosen| chosen.is_empty()) {
        let next = "loosen it: `tribunal show` lists the points of the sweep";
        return Err(Error::Usage(format!("when: no row of these records is at {}\n  {next}", request.points())));
    }
    match request.fit.as_deref().filter(|fit| !curve::names().contains(fit)) {
        Some(fit) => Err(Error::Usage(format!("fit `{fit}` is no curve\n  {}", nearest(fit, curve::names())))),
        None => Ok(()),
    }
}

/// The plot of a request: a map where its y is swept, else its metric against its x, of the points that it is about.
pub fn requested(run: &RunData, request: &Request) -> Figure {
    let chosen = request.chosen(run);
    let run = chosen.as_ref().unwrap_or(run);
    let figure = ranking::requested(run, request).unwrap_or_else(|| swept::requested(run, request));
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
