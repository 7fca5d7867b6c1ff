//! What the best of few and of many candidates is worth by gold, of arms that choose among pools and judge nothing else: they
//! have no accuracy.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::number;
use super::charts::measure::{Measured, measure};
use super::charts::pressure::{BEST_OF, CURVE, curves, is_shown, told_apart};
use super::chosen::Chosen;
use super::data::RunData;
use super::scores::Titled;
use super::table::counted;
use crate::outcome::OutcomeKind;
use crate::record::rows::ResultRow;

/// Curves of which more than the best of most candidates is told.
const TOLD_MAX: usize = 6;

/// Gold and proxy of the best of one candidate, of all, and of as many as lie midway between by powers of two, a row for each
/// number and each arm, level and swept value; and the pools that were not scored.
pub fn table(run: &RunData) -> Option<Titled> {
    let judging: BTreeSet<&str> = run.instances.iter().map(|row| row.arm.as_str()).collect();
    // Of pools of which none was scored there is a result without a value, and without a number of candidates.
    let is_of_pools = |row: &&ResultRow| is_shown(row) || row.metric == "gold";
    let results = run.results.iter().filter(is_of_pools).filter(|row| !judging.contains(row.arm.as_str()));
    let results = told_apart(results.collect());
    let chosen = Chosen::results_alone(run, results.iter().collect());
    let measured = ["gold", "proxy"].map(|metric| measure(&chosen, metric, BEST_OF, CURVE));
    let curves = curves(results.iter());
    let choices = if curves.len() > TOLD_MAX { Choices::Most } else { Choices::OneToMost };
    let rows: Vec<Vec<String>> =
        curves.iter().flat_map(|curve| rows(curve, &measured, choices, &unscored(curve, &results))).collect();
    let mut notes =
        vec!["intervals: Student's over cells (seeds, folds) where a row is of several, else over clusters".to_owned()];
    notes.extend((choices == Choices::Most).then(|| "the best of fewer is in the CSV of the plot".to_owned()));
    (!rows.is_empty()).then(|| Titled {
        title: "the best of n candidates by an arm's scores: what it is worth by gold, and how far its score, in nats, is above the \
                mean (proxy)"
            .to_owned(),
        header: vec!["chosen by", "best of", "gold [95% interval]", "proxy [95% interval]", "pools", "unscored"],
        rows,
        notes,
    })
}

/// Numbers of candidates that are told of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choices {
    OneToMost,
    Most,
}

/// The pools of a curve that were not scored. Every result of a cell knows them all.
fn unscored(curve: &str, results: &[ResultRow]) -> BTreeMap<OutcomeKind, u64> {
    let of_curve = results.iter().filter(|row| row.metric == "gold" && row.labels[CURVE] == curve);
    let by_cell: BTreeMap<&str, &ResultRow> = of_curve.map(|row| (row.cell.as_str(), row)).collect();
    let mut all = BTreeMap::new();
    for (kind, count) in by_cell.values().flat_map(|row| &row.unscored) {
        *all.entry(*kind).or_default() += count;
    }
    all
}

fn rows(
    curve: &str,
    [gold, proxy]: &[Vec<Measured<'_>>; 2],
    choices: Choices,
    unscored: &BTreeMap<OutcomeKind, u64>,
) -> Vec<Vec<String>> {
    let none = || "—".to_owned();
    let of = |from: &[Measured<'_>], n: u64| {
        let at = |m: &&Measured<'_>| m.group == curve && m.x.as_deref() == Some(n.to_string().as_str());
        from.iter().find(at).map(|m| (in_words(m), m.n))
    };
    let known: BTreeSet<u64> =
        gold.iter().filter(|m| m.group == curve).filter_map(|m| m.x.as_deref()?.parse().ok()).collect();
    let known: Vec<u64> = known.into_iter().collect();
    let Some(most) = known.last() else {
        return vec![vec![curve.to_owned(), none(), none(), none(), "0".to_owned(), counted(unscored)]];
    };
    let told = match choices {
        Choices::Most => BTreeSet::from([*most]),
        // They are powers of two, so that the one in the middle is the middle by powers.
        Choices::OneToMost => BTreeSet::from([known[0], known[(known.len() - 1) / 2], *most]),
    };
    let row = |n: u64| {
        let (gold, pools) = of(gold, n)?;
        let proxy = of(proxy, n).map_or_else(none, |(words, _)| words);
        Some(vec![curve.to_owned(), number(n as f64), gold, proxy, number(pools as f64), counted(unscored)])
    };
    told.into_iter().filter_map(row).collect()
}

fn in_words(m: &Measured<'_>) -> String {
    let interval = m.interval.map_or("[—]".to_owned(), |i| format!("[{}, {}]", told(i.low), told(i.high)));
    format!("{} {interval}", told(m.value))
}

/// To three digits, and no zero below zero: the proxy of a single candidate is the mean but for rounding.
fn told(value: f64) -> String {
    format!("{:.3}", (1e3 * value).round() / 1e3 + 0.0)
}
