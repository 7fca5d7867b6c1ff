//! Results of cells as measurements: for metrics that the rows beneath them do not bear (best of n, arguments, images).

use super::Measured;
use super::metrics::ACCURACY;
use super::stats::{Interval, t_interval};
use crate::record::rows::{Labels, ResultRow};
use crate::task::Split;

/// Of results with a value, those that their arm breaks down by the fewest labels beside `asked` ones: results of a part
/// (one side's arguments, one kind of flaw) never stand for the whole.
pub fn least_broken_down<'a>(results: &[&'a ResultRow], asked: impl Fn(&str) -> bool) -> Vec<&'a ResultRow> {
    let further = |row: &ResultRow| row.labels.keys().filter(|name| !asked(name)).count();
    let known = || results.iter().copied().filter(|row| row.value.is_some());
    let least = |arm: &str| known().filter(|row| row.arm == arm).map(further).min();
    known().filter(|row| Some(further(row)) == least(&row.arm)).collect()
}

/// Results with equal facts as one: of several cells the mean, with Student's interval over them; of one its own.
pub fn averaged(results: &[&ResultRow]) -> Option<Measured> {
    let values: Vec<f64> = results.iter().filter_map(|row| row.value).collect();
    let first = results.first()?;
    let own = first.ci_low.zip(first.ci_high).map(|(low, high)| Interval { low, high });
    (!values.is_empty()).then(|| Measured {
        value: values.iter().sum::<f64>() / values.len() as f64,
        interval: if results.len() > 1 { t_interval(&values) } else { own },
        n: results.iter().map(|row| row.n).sum(),
    })
}

/// Whether a result is a cell's accuracy over all of its tested instances: it knows nothing but what is swept.
pub fn is_whole_accuracy(row: &ResultRow, swept: &Labels) -> bool {
    row.metric == ACCURACY.name && row.split == Split::Test && row.labels == *swept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::rows::Version;

    fn result(arm: &str, value: f64, labels: &[(&str, &str)]) -> ResultRow {
        let labels: Labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let ends = (Some(value - 0.1), Some(value + 0.1));
        let blank = super::super::blank(Some(("c", 1)), arm, Split::Test, labels);
        ResultRow {
            version: Version,
            metric: "m".into(),
            value: Some(value),
            ci_low: ends.0,
            ci_high: ends.1,
            n: 5,
            ..blank
        }
    }

    #[test]
    fn a_part_never_stands_for_the_whole() {
        let rows = [
            result("a", 0.5, &[("turns", "1")]),
            result("a", 0.9, &[("turns", "1"), ("side", "right")]),
            result("b", 0.2, &[("turns", "1"), ("best_of", "4")]),
        ];
        let all: Vec<&ResultRow> = rows.iter().collect();
        let values = |asked: &[&str]| {
            let found = least_broken_down(&all, |name| asked.contains(&name));
            found.iter().filter_map(|row| row.value).collect::<Vec<f64>>()
        };
        assert_eq!(values(&["best_of"]), [0.5, 0.2]);
        assert_eq!(values(&["best_of", "side"]), [0.5, 0.9, 0.2], "where the side is asked for, it is no further one");
    }

    #[test]
    fn one_result_keeps_its_own_interval_and_several_are_averaged() {
        let (a, b) = (result("a", 0.4, &[]), result("a", 0.6, &[]));
        let own = averaged(&[&a]).unwrap();
        assert_eq!((own.value, own.interval.map(|i| (i.low, i.high)), own.n), (0.4, Some((0.4 - 0.1, 0.4 + 0.1)), 5));
        let both = averaged(&[&a, &b]).unwrap();
        assert!((both.value - 0.5).abs() < 1e-12 && both.n == 10);
        assert_eq!(both.interval, t_interval(&[0.4, 0.6]));
        assert!(averaged(&[]).is_none());
    }
}
