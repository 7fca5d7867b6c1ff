//! The metrics of verdicts, for every strategy alike: each a function of one tested instance, averaged over instances,
//! with an interval over independent units. One list, from which results, tables, comparisons and plots are made.

use std::collections::BTreeMap;

use super::stats::cluster::{self, Cluster};
use super::stats::seeds::{self, SeedSpread};
use super::stats::{Interval, calibration};
use super::{Unit, bootstrap_stream, clusters_by, confidences, correct, unit_of};
use crate::record::rows::{ARGUED, InstanceRow, RIGHT, WRONG};
use crate::stream::Stream;

/// Probabilities below this count as this in [`ASD`] and [`JUDGE_SCORE`]: one certain verdict shall not outweigh a
/// hundred others. Both are stated with it wherever they are shown.
pub const PROBABILITY_FLOOR: f64 = 0.01;

/// ln [`PROBABILITY_FLOOR`]: the least judge score, and with its sign changed the greatest agent score difference.
const LOG_FLOOR: f64 = -4.605_170_185_988_091;

/// A metric of verdicts.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name in rows, experiment files and on the command line.
    pub name: &'static str,
    value: Value,
    spread: Spread,
}

/// What is averaged.
#[derive(Clone, Copy, Debug)]
enum Value {
    /// A number of each row that has one.
    Row(fn(&InstanceRow) -> Option<f64>),
    /// Nothing: the calibration error is a number of many rows together.
    Calibration,
}

/// How values are distributed, and so what interval their mean has.
#[derive(Clone, Copy, Debug)]
enum Spread {
    /// Between two ends: where units do not differ, the ends say how far the mean may be off.
    Within(f64, f64),
    /// Skewed, without an upper end: the bias-corrected bootstrap.
    Skewed,
    /// Symmetric enough for Student's interval.
    Symmetric,
    /// No interval is given.
    Unstated,
}

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The measurement.
    pub value: f64,
    /// Its 95% interval over independent units, where there is one.
    pub interval: Option<Interval>,
    /// Rows that it was measured on.
    pub n: u64,
}

/// The share of verdicts that are right, ties by their share, in `[0, 1]`.
pub static ACCURACY: Metric = Metric::within("accuracy", correct, 0.0, 1.0);
/// One less [`ACCURACY`].
pub static ERROR: Metric = Metric::within("error", |row| correct(row).map(|c| 1.0 - c), 0.0, 1.0);
/// The log loss in nats of what the verdict gave to the right candidate, see [`calibration::log_loss`]; 0 is best.
pub static LOG_LOSS: Metric = Metric::new("log_loss", |row| p_right(row).map(calibration::log_loss), Spread::Skewed);
/// The expected calibration error in `[0, 1]`, see [`calibration::expected_error`].
pub static ECE: Metric = Metric { name: "ece", value: Value::Calibration, spread: Spread::Unstated };
/// The agent score difference in nats: E[log p(true) - log p(false)], each p floored at [`PROBABILITY_FLOOR`], so in
/// `[-4.61, 4.61]`. p(false) is all that the verdict did not give to the right candidate: with two candidates, one less
/// p(true). Above zero, arguing for the truth pays more than arguing against it (Sudhir et al. 2025).
pub static ASD: Metric = Metric::within("asd", agent_score_difference, LOG_FLOOR, -LOG_FLOOR);
/// The same by win: P(the true side wins) - P(the false side wins), ties half to either, in `[-1, 1]`.
pub static ASD_BY_WIN: Metric = Metric::within("asd_win", |row| correct(row).map(|c| 2.0 * c - 1.0), -1.0, 1.0);
/// The judge score in nats: E[log p(true)], floored at [`PROBABILITY_FLOOR`], so in `[-4.61, 0]`; an even judge of two
/// has -0.69. The reward of a judge that is paid by the logarithm of what it gave to the truth (Sudhir et al. 2025).
pub static JUDGE_SCORE: Metric = Metric::within("judge_score", |row| p_right(row).map(floored_log), LOG_FLOOR, 0.0);
/// How often the true side wins where somebody argued for it, or nobody for any side, in `[0, 1]`; a tie of two is half
/// a win. Differs from [`ACCURACY`] only where one side alone is argued, and not always the same (consultancy).
pub static TRUE_WINS: Metric = Metric::within(
    "true_wins",
    |row| correct(row).filter(|_| row.labels.get(ARGUED).map(String::as_str) != Some(WRONG)),
    0.0,
    1.0,
);
/// How often a false side wins where somebody argued for it, or nobody for any side, in `[0, 1]`. A debater or adviser
/// whose two rates are equal persuades as well of what is false.
pub static FALSE_WINS: Metric = Metric::within(
    "false_wins",
    |row| correct(row).filter(|_| row.labels.get(ARGUED).map(String::as_str) != Some(RIGHT)).map(|c| 1.0 - c),
    0.0,
    1.0,
);
/// The share of verdicts that lean to no side, in `[0, 1]`.
pub static TIES: Metric =
    Metric::new("ties", |row| correct(row).map(|c| f64::from(c > 0.0 && c < 1.0)), Spread::Unstated);
/// Tokens shown to the evaluator for an instance.
pub static EVALUATOR_TOKENS: Metric = Metric::cost("evaluator_tokens", |row| Some(row.cost.evaluator_tokens as f64));
/// Tokens shown to other helpers for an instance.
pub static HELPER_TOKENS: Metric = Metric::cost("helper_tokens", |row| Some(row.cost.helper_tokens as f64));
/// Evaluator tokens spent on labels of all that an arm learned.
pub static LABEL_TOKENS: Metric = Metric::cost("label_tokens", |row| Some(row.cost.label_tokens as f64));
/// Asks made for an instance.
pub static ASKS: Metric = Metric::cost("asks", |row| Some(row.cost.asks as f64));
/// Calls of models made for an instance.
pub static MODEL_CALLS: Metric = Metric::cost("model_calls", |row| Some(row.cost.model_calls as f64));
/// Money for an instance, in millionths of a dollar.
pub static MICRO_DOLLARS: Metric = Metric::cost("micro_dollars", |row| Some(row.cost.micro_dollars as f64));

/// The metrics that every cell's results hold, in their order.
pub static ALL: [&Metric; 15] = [
    &ACCURACY,
    &LOG_LOSS,
    &ECE,
    &ASD,
    &ASD_BY_WIN,
    &JUDGE_SCORE,
    &TRUE_WINS,
    &FALSE_WINS,
    &TIES,
    &EVALUATOR_TOKENS,
    &HELPER_TOKENS,
    &LABEL_TOKENS,
    &ASKS,
    &MODEL_CALLS,
    &MICRO_DOLLARS,
];

/// The metric of that name.
pub fn named(name: &str) -> Option<&'static Metric> {
    ALL.into_iter().chain([&ERROR]).find(|metric| metric.name == name)
}

fn p_right(row: &InstanceRow) -> Option<f64> {
    row.p_right.filter(|_| correct(row).is_some())
}

fn floored_log(p: f64) -> f64 {
    p.clamp(PROBABILITY_FLOOR, 1.0).ln()
}

fn agent_score_difference(row: &InstanceRow) -> Option<f64> {
    p_right(row).map(|p| floored_log(p) - floored_log(1.0 - p))
}

impl Metric {
    const fn new(name: &'static str, value: fn(&InstanceRow) -> Option<f64>, spread: Spread) -> Self {
        Self { name, value: Value::Row(value), spread }
    }

    const fn within(name: &'static str, value: fn(&InstanceRow) -> Option<f64>, low: f64, high: f64) -> Self {
        Self::new(name, value, Spread::Within(low, high))
    }

    /// What was not scored was paid for all the same, so costs are those of every row.
    const fn cost(name: &'static str, value: fn(&InstanceRow) -> Option<f64>) -> Self {
        Self::new(name, value, Spread::Symmetric)
    }

    /// The value of one row; none where it has none, or the metric is no mean of such values.
    pub fn value(&self, row: &InstanceRow) -> Option<f64> {
        match self.value {
            Value::Row(of) => of(row),
            Value::Calibration => None,
        }
    }

    /// The measurement on rows; none where none of them has a value.
    pub fn of(&self, rows: &[&InstanceRow]) -> Option<Measured> {
        if let Value::Calibration = self.value {
            let bins = calibration::reliability(confidences(rows));
            let value = calibration::expected_error(&bins)?;
            return Some(Measured { value, interval: None, n: bins.iter().map(|bin| bin.n).sum() });
        }
        let clusters = clusters_by(rows, |row| self.value(row));
        Some(Measured {
            value: cluster::mean(&clusters)?,
            interval: self.interval(&clusters, bootstrap_stream()),
            n: clusters.iter().map(|c| c.n).sum::<f64>() as u64,
        })
    }

    /// The values of rows by independent unit.
    pub fn units<'a>(&self, rows: &[&'a InstanceRow]) -> BTreeMap<Unit<'a>, Cluster> {
        let mut units: BTreeMap<Unit<'a>, Cluster> = BTreeMap::new();
        for (unit, value) in rows.iter().filter_map(|row| Some((unit_of(row), self.value(row)?))) {
            units.entry(unit).or_default().add(&Cluster { sum: value, n: 1.0 });
        }
        units
    }

    /// The spread of the metric over the seeds of rows, apart from that over their instances; none below two seeds, see
    /// [`seeds::apart`].
    pub fn over_seeds(&self, rows: &[&InstanceRow]) -> Option<SeedSpread> {
        let mut seeds: BTreeMap<u64, Vec<&InstanceRow>> = BTreeMap::new();
        rows.iter().for_each(|row| seeds.entry(row.seed).or_default().push(row));
        seeds::apart(&seeds.values().map(|rows| self.units(rows)).collect::<Vec<_>>())
    }

    /// The least difference that a comparison must be able to tell to be worth something, a twentieth of the metric's range:
    /// 5 points of accuracy, 0.46 nats of [`ASD`]. None for a metric without a range.
    pub fn telling(&self) -> Option<f64> {
        match self.spread {
            Spread::Within(low, high) => Some((high - low) / 20.0),
            _ => None,
        }
    }

    fn interval(&self, clusters: &[Cluster], stream: Stream) -> Option<Interval> {
        match self.spread {
            Spread::Within(low, high) => cluster::bounded_interval(clusters, low, high, stream),
            Spread::Skewed => cluster::skewed_interval(clusters, stream),
            Spread::Symmetric => cluster::student(clusters),
            Spread::Unstated => None,
        }
    }

    /// The interval of a mean of paired differences of this metric; none below two units.
    pub(super) fn difference_interval(&self, clusters: &[Cluster], stream: Stream) -> Option<Interval> {
        if clusters.len() < 2 {
            return None;
        }
        match self.spread {
            Spread::Within(low, high) => cluster::bounded_interval(clusters, low - high, high - low, stream),
            _ => cluster::interval(clusters, stream),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::stats::cluster::BOOTSTRAP_CLUSTERS_MIN;
    use crate::eval::tests::row;

    fn said(instance: usize, p: f64) -> InstanceRow {
        let correct = if p == 0.5 { 0.5 } else { f64::from(p > 0.5) };
        InstanceRow { p_right: Some(p), confidence: Some(p.max(1.0 - p)), ..row("debate", 1, instance, Some(correct)) }
    }

    fn of(metric: &Metric, rows: &[InstanceRow]) -> Option<f64> {
        metric.of(&rows.iter().collect::<Vec<_>>()).map(|measured| measured.value)
    }

    #[test]
    fn scores_of_sides_by_hand() {
        let rows: Vec<InstanceRow> = [0.8, 0.6, 0.5, 0.1].iter().enumerate().map(|(i, p)| said(i, *p)).collect();
        let close = |metric: &Metric, wanted: f64| {
            let found = of(metric, &rows).unwrap();
            assert!((found - wanted).abs() < 1e-12, "{}: {found}, not {wanted}", metric.name);
        };
        // Log-odds: ln 4 + ln 1.5 + 0 - ln 9, over four.
        close(&ASD, (4.0f64.ln() + 1.5f64.ln() - 9.0f64.ln()) / 4.0);
        close(&JUDGE_SCORE, (0.8f64.ln() + 0.6f64.ln() + 0.5f64.ln() + 0.1f64.ln()) / 4.0);
        close(&TRUE_WINS, 2.5 / 4.0);
        close(&FALSE_WINS, 1.5 / 4.0);
        close(&ASD_BY_WIN, 1.0 / 4.0);
    }

    #[test]
    fn the_floor_bounds_what_one_certain_verdict_weighs() {
        assert!((LOG_FLOOR - PROBABILITY_FLOOR.ln()).abs() < 1e-15);
        assert_eq!(ASD.value(&said(0, 1.0)), Some(-PROBABILITY_FLOOR.ln()));
        assert_eq!(ASD.value(&said(0, 0.0)), Some(PROBABILITY_FLOOR.ln()));
        assert_eq!(JUDGE_SCORE.value(&said(0, 0.0)), Some(PROBABILITY_FLOOR.ln()));
        assert_eq!(JUDGE_SCORE.value(&said(0, 1.0)), Some(0.0));
    }

    #[test]
    fn an_adviser_who_persuades_of_anything_has_equal_rates_and_no_difference() {
        // Argues right and wrong by turns, and is believed nine times of ten either way.
        let rows: Vec<InstanceRow> = (0..40)
            .map(|i| {
                let (argued, p) = if i % 2 == 0 { (RIGHT, 0.9) } else { (WRONG, 0.1) };
                let mut row = said(i, if i < 36 { p } else { 1.0 - p });
                row.labels.insert(ARGUED.into(), argued.into());
                row
            })
            .collect();
        assert_eq!(of(&TRUE_WINS, &rows), Some(0.9));
        assert_eq!(of(&FALSE_WINS, &rows), Some(0.9));
        assert_eq!(of(&ACCURACY, &rows), Some(0.5));
        assert!(of(&ASD, &rows).unwrap().abs() < 1e-12);
    }

    #[test]
    fn what_was_not_scored_enters_no_score_and_every_cost() {
        let rows = [row("debate", 1, 0, None)];
        for metric in ALL {
            let is_cost = matches!(metric.spread, Spread::Symmetric);
            assert_eq!(of(metric, &rows).is_some(), is_cost, "{}", metric.name);
        }
        assert!(named("asd").is_some() && named("error").is_some() && named("beauty").is_none());
    }

    #[test]
    fn equal_scores_are_not_certainty_and_intervals_stay_within_reach() {
        let rows: Vec<InstanceRow> = (0..60).map(|i| said(i, 0.8)).collect();
        let interval = ASD.of(&rows.iter().collect::<Vec<_>>()).unwrap().interval.unwrap();
        assert!(interval.low < 1.0 && interval.high > 1.5 && interval.high < 4.6, "{interval:?}");
    }

    #[test]
    fn the_interval_of_the_difference_holds_the_truth_as_often_as_it_says() {
        // Verdicts of two sure and one unsure kind; instances of a cluster are alike. The true mean is known.
        let kinds = [0.97, 0.7, 0.03];
        let truth: f64 = kinds.iter().map(|p| floored_log(*p) - floored_log(1.0 - *p)).sum::<f64>() / 3.0;
        let root = Stream::root(41);
        let simulations = 400;
        let held = (0..simulations)
            .filter(|simulation| {
                let stream = root.index(*simulation);
                let kind = |cluster: usize, i: usize| {
                    let own = stream.index(cluster as u64);
                    let drawn = if own.named("alike").coin(0.5) { own } else { own.index(i as u64) };
                    kinds[(drawn.named("kind").uniform() * 3.0) as usize]
                };
                let rows: Vec<InstanceRow> =
                    (0..2 * (BOOTSTRAP_CLUSTERS_MIN + 20)).map(|i| said(i, kind(i / 2, i % 2))).collect();
                ASD.of(&rows.iter().collect::<Vec<_>>()).unwrap().interval.unwrap().contains(truth)
            })
            .count();
        let rate = held as f64 / simulations as f64;
        println!("the 95% interval of the agent score difference held the truth {:.1}% of the time", 100.0 * rate);
        assert!((0.91..0.98).contains(&rate), "{rate}");
    }
}
