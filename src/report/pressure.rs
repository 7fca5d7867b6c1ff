//! What the best of few and of many candidates is worth by gold, of arms that choose among pools and judge nothing else: they
//! have no accuracy.

use std::collections::BTreeSet;

use super::axis::number;
use super::charts::measure::{Measured, measure};
use super::charts::pressure::{BEST_OF, CURVE, is_shown, told_apart};
use super::chosen::Chosen;
use super::data::RunData;
use super::scores::Titled;
use crate::record::rows::ResultRow;

/// Gold and proxy of the best of one candidate, of all, and of as many as lie midway between by powers of two, a row for each
/// number and each arm, level and swept value.
pub fn table(run: &RunData) -> Option<Titled> {
    let judging: BTreeSet<&str> = run.instances.iter().map(|row| row.arm.as_str()).collect();
    let results = run.results.iter().filter(is_shown).filter(|row| !judging.contains(row.arm.as_str()));
    let results = told_apart(results.collect());
    let chosen = Chosen::results_alone(run, results.iter().collect());
    let [gold, proxy] = ["gold", "proxy"].map(|metric| measure(&chosen, metric, BEST_OF, CURVE));
    let rows: Vec<Vec<String>> = curves(&results).into_iter().flat_map(|curve| rows(curve, &gold, &proxy)).collect();
    (!rows.is_empty()).then(|| Titled {
        title:
            "the best of n candidates by an arm's scores: what it is worth by gold, and how far its score, in nats, is above the \
                mean (proxy)"
                .to_owned(),
        header: vec!["chosen by", "best of", "gold [95% interval]", "proxy [95% interval]", "pools"],
        rows,
        notes: Vec::new(),
    })
}

fn curves(results: &[ResultRow]) -> Vec<&str> {
    let mut curves: Vec<&str> = Vec::new();
    for curve in results.iter().filter_map(|row| row.labels.get(CURVE)) {
        if !curves.contains(&curve.as_str()) {
            curves.push(curve);
        }
    }
    curves
}

fn rows(curve: &str, gold: &[Measured<'_>], proxy: &[Measured<'_>]) -> Vec<Vec<String>> {
    let of = |from: &[Measured<'_>], n: u64| {
        let at = |m: &&Measured<'_>| m.group == curve && m.x.as_deref() == Some(n.to_string().as_str());
        from.iter().find(at).map(|m| (in_words(m), m.n))
    };
    let choices: BTreeSet<u64> =
        gold.iter().filter(|m| m.group == curve).filter_map(|m| m.x.as_deref()?.parse().ok()).collect();
    let choices: Vec<u64> = choices.into_iter().collect();
    // They are powers of two, so that the one in the middle is the middle by powers.
    let told: BTreeSet<u64> = [choices.first(), choices.get((choices.len().max(1) - 1) / 2), choices.last()]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let row = |n: u64| {
        let (gold, pools) = of(gold, n)?;
        let proxy = of(proxy, n).map_or("—".to_owned(), |(words, _)| words);
        Some(vec![curve.to_owned(), number(n as f64), gold, proxy, number(pools as f64)])
    };
    told.into_iter().filter_map(row).collect()
}

fn in_words(m: &Measured<'_>) -> String {
    let interval = m.interval.map_or("[—]".to_owned(), |i| format!("[{:.3}, {:.3}]", i.low, i.high));
    format!("{:.3} {interval}", m.value)
}
