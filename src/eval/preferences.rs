//! What a reward model's scores are worth against labels: every label is a binary one (which of two is better, whether a
//! completion or a step is right), every prediction a logit. Pure functions of rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::stats::calibration::{self, Bin};
use super::stats::cluster::{self, Cluster, clusters_of};
use super::{Measured, bootstrap_stream};
use crate::record::rows::Labels;
use crate::reward::scorer::data::Example;
use crate::reward::scorer::scored::{Scored, predictions};
use crate::scale::sigmoid;

/// Parts that texts are put in by length.
const LENGTH_PARTS: usize = 4;

/// One label and the prediction of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Where the row stands.
    pub id: String,
    /// What intervals are clustered by: the prompt.
    pub cluster: String,
    /// The score in favour, in nats: of the preferred text less the other, or of one text.
    pub logit: f64,
    /// The probability that the label gives it.
    pub label: f64,
    /// Tokens of the text in favour and of the other; equal where there is one text.
    pub tokens: [usize; 2],
    /// Facts of the row: subset, annotator group, ...
    pub labels: Labels,
}

/// How good a reward model is on some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Labels.
    pub n: u64,
    /// See [`accuracy`].
    pub accuracy: Share,
    /// The accuracy of always taking the longer text; none where there is one text.
    pub longer: Option<Share>,
    /// The accuracy of always giving the commoner label: what a judge of single texts must beat.
    pub commoner: Share,
    /// The accuracy of one who knows how each vote falls: 1 where labels are plain.
    pub ceiling: f64,
    /// Mean log loss in nats, at the temperature.
    pub log_loss: f64,
    /// Expected calibration error in `[0, 1]`, at the temperature, over the predicted probability of the likelier side.
    pub ece: f64,
    /// What logits are divided by.
    pub temperature: f64,
    /// Confidence against accuracy, in ten bins.
    pub reliability: Vec<ReliabilityBin>,
    /// Accuracy by fact and its value, where there are several values and not too many.
    pub by_label: BTreeMap<String, BTreeMap<String, Share>>,
    /// Accuracy by quarter of the longest text's tokens, shortest first: the most tokens of the quarter, and its accuracy.
    pub by_length: Vec<(usize, Share)>,
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// In `[0, 1]`.
    pub value: f64,
    /// The 95% interval, clustered by prompt.
    pub interval: Option<(f64, f64)>,
    /// Labels.
    pub n: u64,
}

/// A bin of the reliability curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityBin {
    /// Mean predicted probability of the likelier side.
    pub confidence: f64,
    /// How often that side was the label's.
    pub accuracy: f64,
    /// Labels.
    pub n: u64,
}

/// The labels of scored rows, each by the place of its example, with their predictions.
pub fn judged<'a>(examples: &[Example], rows: impl IntoIterator<Item = (usize, &'a Scored)>) -> Vec<Judged> {
    let of = |(at, row): (usize, &Scored)| {
        let example = &examples[at];
        predictions(example, row).into_iter().map(move |it| Judged {
            id: example.id.clone(),
            cluster: example.prompt.clone(),
            logit: it.logit,
            label: it.label,
            tokens: it.tokens,
            labels: example.labels.clone(),
        })
    };
    rows.into_iter().flat_map(of).collect()
}

/// All of it; none without rows.
pub fn evaluation(rows: &[Judged], temperature: f64) -> Option<Evaluation> {
    let all: Vec<&Judged> = rows.iter().collect();
    let accuracy = accuracy(&all)?;
    let probability = |row: &Judged| sigmoid(row.logit / temperature);
    let bins = calibration::reliability(rows.iter().map(|row| {
        let p = probability(row);
        if p >= 0.5 { (p, row.label) } else { (1.0 - p, 1.0 - row.label) }
    }));
    let log_loss = |row: &Judged| {
        let p = probability(row);
        row.label * calibration::log_loss(p) + (1.0 - row.label) * calibration::log_loss(1.0 - p)
    };
    Some(Evaluation {
        n: rows.len() as u64,
        accuracy,
        longer: longer(&all),
        commoner: commoner(&all)?,
        ceiling: rows.iter().map(|row| row.label.max(1.0 - row.label)).sum::<f64>() / rows.len() as f64,
        log_loss: rows.iter().map(log_loss).sum::<f64>() / rows.len() as f64,
        ece: calibration::expected_error(&bins)?,
        temperature,
        reliability: bins.into_iter().map(ReliabilityBin::from).collect(),
        by_label: by_label(&all),
        by_length: by_length(&all),
    })
}

/// How often the side with the higher score is the label's, a tie of scores being half right. Under a soft label a choice
/// is right to the extent that the label gives it.
pub fn accuracy(rows: &[&Judged]) -> Option<Share> {
    share(rows, |row| agreement(row.logit, row.label))
}

/// The same of a judge that takes the longer text.
fn longer(rows: &[&Judged]) -> Option<Share> {
    if rows.iter().all(|row| row.tokens[0] == row.tokens[1]) {
        return None;
    }
    share(rows, |row| agreement(row.tokens[0] as f64 - row.tokens[1] as f64, row.label))
}

fn commoner(rows: &[&Judged]) -> Option<Share> {
    let mean = rows.iter().map(|row| row.label).sum::<f64>() / rows.len() as f64;
    share(rows, |row| if mean >= 0.5 { row.label } else { 1.0 - row.label })
}

fn agreement(logit: f64, label: f64) -> f64 {
    match logit.partial_cmp(&0.0) {
        Some(std::cmp::Ordering::Greater) => label,
        Some(std::cmp::Ordering::Less) => 1.0 - label,
        _ => 0.5,
    }
}

fn share(rows: &[&Judged], value: impl Fn(&Judged) -> f64) -> Option<Share> {
    let clusters: Vec<Cluster> = clusters_of(rows.iter().map(|row| (&row.cluster, value(row))));
    let interval = cluster::proportion_interval(&clusters, bootstrap_stream());
    let interval = interval.map(|it| (it.low, it.high));
    Some(Share { value: cluster::mean(&clusters)?, interval, n: rows.len() as u64 })
}

fn by_label(rows: &[&Judged]) -> BTreeMap<String, BTreeMap<String, Share>> {
    let mut parts: BTreeMap<String, BTreeMap<String, Vec<&Judged>>> = BTreeMap::new();
    for row in rows {
        for (name, value) in &row.labels {
            parts.entry(name.clone()).or_default().entry(value.clone()).or_default().push(row);
        }
    }
    // A fact that differs from row to row, such as a number of the row, tells parts apart that nobody asked for.
    let tells = |values: &BTreeMap<String, Vec<&Judged>>| values.len() > 1 && values.len() <= 20;
    let shares = |values: BTreeMap<String, Vec<&Judged>>| {
        values.into_iter().filter_map(|(value, rows)| Some((value, accuracy(&rows)?))).collect()
    };
    parts.into_iter().filter(|(_, values)| tells(values)).map(|(name, values)| (name, shares(values))).collect()
}

fn by_length(rows: &[&Judged]) -> Vec<(usize, Share)> {
    let longest = |row: &Judged| row.tokens[0].max(row.tokens[1]);
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|row| longest(row));
    let part = sorted.len().div_ceil(LENGTH_PARTS).max(1);
    sorted.chunks(part).filter_map(|rows| Some((longest(rows[rows.len() - 1]), accuracy(rows)?))).collect()
}

impl From<Bin> for ReliabilityBin {
    fn from(bin: Bin) -> Self {
        Self { confidence: bin.confidence, accuracy: bin.accuracy, n: bin.n }
    }
}

impl From<Share> for Measured {
    fn from(share: Share) -> Self {
        let interval = share.interval.map(|(low, high)| super::stats::Interval { low, high });
        Self { value: share.value, interval, n: share.n }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(at: usize, logit: f64, label: f64, tokens: [usize; 2]) -> Judged {
        let subset = if at.is_multiple_of(2) { "even" } else { "odd" };
        let labels = [("subset", subset.to_owned()), ("row", at.to_string())];
        Judged {
            id: format!("f:{at}"),
            cluster: format!("p{}", at / 2),
            logit,
            label,
            tokens,
            labels: labels.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }

    #[test]
    fn four_rows_by_hand() {
        let rows = [
            judged(0, 2.0, 1.0, [10, 5]),
            judged(1, -1.0, 1.0, [10, 20]),
            judged(2, 0.0, 1.0, [7, 7]),
            judged(3, 1.0, 0.75, [30, 5]),
        ];
        let found = evaluation(&rows, 1.0).unwrap();
        assert!((found.accuracy.value - (1.0 + 0.0 + 0.5 + 0.75) / 4.0).abs() < 1e-12);
        assert!((found.longer.unwrap().value - (1.0 + 0.0 + 0.5 + 0.75) / 4.0).abs() < 1e-12);
        assert!((found.ceiling - (3.0 + 0.75) / 4.0).abs() < 1e-12);
        assert!((found.commoner.value - (3.0 + 0.75) / 4.0).abs() < 1e-12);
        let loss = [0.126_928, 1.313_262, std::f64::consts::LN_2, 0.75 * 0.313_262 + 0.25 * 1.313_262];
        assert!((found.log_loss - loss.iter().sum::<f64>() / 4.0).abs() < 1e-5);
        assert_eq!(found.by_label.keys().collect::<Vec<_>>(), ["row", "subset"]);
        assert_eq!(found.by_label["subset"]["even"].value, 0.75);
        assert_eq!(found.by_length.iter().map(|(tokens, _)| *tokens).collect::<Vec<_>>(), [7, 10, 20, 30]);
        assert!(evaluation(&[], 1.0).is_none());
    }

    #[test]
    fn a_temperature_moves_confidence_and_no_choice() {
        let rows: Vec<Judged> = (0..40).map(|at| judged(at, 4.0, f64::from(at % 4 != 0), [1, 1])).collect();
        let [sharp, soft] = [1.0, 4.0].map(|temperature| evaluation(&rows, temperature).unwrap());
        assert_eq!(sharp.accuracy, soft.accuracy);
        assert!(soft.ece < sharp.ece && soft.log_loss < sharp.log_loss);
        assert!(sharp.longer.is_none(), "one text has no longer one");
    }
}
