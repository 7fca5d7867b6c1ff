//! The plots of a run: which there are, and the numbers on them.

mod arms;
mod learned;
mod measure;
pub mod nested;
mod pressure;
mod ranking;
mod swept;

use super::data::{Request, RunData};
use super::figure::Figure;

/// Every plot that the records of a run bear: those that every run has, then those that it asks for, in its order. A
/// request that cannot be drawn gives a figure that says why.
pub fn all(run: &RunData) -> Vec<Figure> {
    let mut figures: Vec<Figure> = [
        arms::accuracy(run),
        swept::by_label(run, "flaw"),
        arms::costs(run),
        arms::equal_cost(run),
        arms::reliability(run),
        learned::levels(run),
        pressure::best_of(run),
        learned::training(run),
    ]
    .into_iter()
    .flatten()
    .collect();
    for request in &run.requests {
        let figure = requested(run, request);
        if !figures.iter().any(|known| known.stem == figure.stem) {
            figures.push(figure);
        }
    }
    figures
}

/// The plot of a request: a map where its y is swept, else its metric against its x.
pub fn requested(run: &RunData, request: &Request) -> Figure {
    ranking::requested(run, request).unwrap_or_else(|| swept::requested(run, request))
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
fn words(name: &str) -> String {
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
