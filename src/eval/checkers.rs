//! Several checkers of the same instances: how alike they err, and so how many independent ones they are worth.
//!
//! A checker is whatever judged: an arm, a helper, an arm that stands at the nodes of trees. What all of them judged is
//! a matrix of errors, instances x checkers.

use std::collections::{BTreeMap, BTreeSet};

use ndarray::Array2;

use super::stats::correlation::{ErrorCorrelation, error_correlation};
use super::{Unit, bootstrap_stream, metrics, unit_of};
use crate::record::rows::InstanceRow;
use crate::task::Split;

/// The errors of several checkers on what all of them judged.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorMatrix {
    /// Instances x checkers; 1 where wrong, 0 where right, the share of a tie that was missed.
    pub errors: Array2<f64>,
    /// For each instance the number of its independent unit.
    pub units: Vec<usize>,
    /// Independent units.
    pub units_count: usize,
    /// Instances that some of them did not score: left out.
    pub incomplete: u64,
}

/// The matrix of errors of checkers, each given by its rows; instances are paired by seed, split and name, and where a
/// checker has several rows of one instance (samples, points of a sweep) the first counts. None below two checkers, or
/// where no instance is scored by all.
pub fn error_matrix(checkers: &[Vec<&InstanceRow>]) -> Option<ErrorMatrix> {
    type Key<'a> = (Unit<'a>, u64, Split, &'a str);
    let mut instances: BTreeMap<Key<'_>, Vec<Option<f64>>> = BTreeMap::new();
    for (checker, rows) in checkers.iter().enumerate() {
        for (row, error) in rows.iter().filter_map(|row| Some((row, metrics::ERROR.value(row)?))) {
            let key = (unit_of(row), row.seed, row.split, row.instance.as_str());
            let errors = instances.entry(key).or_insert_with(|| vec![None; checkers.len()]);
            errors[checker].get_or_insert(error);
        }
    }
    let total = instances.len();
    let complete: Vec<(Unit<'_>, Vec<f64>)> = instances
        .into_iter()
        .filter_map(|((unit, ..), errors)| Some((unit, errors.into_iter().collect::<Option<Vec<f64>>>()?)))
        .collect();
    if checkers.len() < 2 || complete.is_empty() {
        return None;
    }
    let names: BTreeSet<Unit<'_>> = complete.iter().map(|(unit, _)| *unit).collect();
    let number: BTreeMap<Unit<'_>, usize> = names.iter().enumerate().map(|(at, unit)| (*unit, at)).collect();
    Some(ErrorMatrix {
        errors: Array2::from_shape_fn((complete.len(), checkers.len()), |(instance, checker)| {
            complete[instance].1[checker]
        }),
        units: complete.iter().map(|(unit, _)| number[unit]).collect(),
        units_count: names.len(),
        incomplete: (total - complete.len()) as u64,
    })
}

impl ErrorMatrix {
    /// How the checkers' errors correlate, with the interval over independent units.
    pub fn correlation(&self) -> ErrorCorrelation {
        error_correlation(self.errors.view(), &self.units, self.units_count, bootstrap_stream())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::row;
    use crate::stream::Stream;

    #[test]
    fn what_all_judged_is_a_matrix() {
        let of = |arm: &str, scores: &[Option<f64>]| -> Vec<InstanceRow> {
            scores.iter().enumerate().map(|(i, score)| row(arm, 1, i, *score)).collect()
        };
        let a = of("a", &[Some(1.0), Some(0.0), Some(0.5), None]);
        let b = of("b", &[Some(0.0), Some(1.0), Some(1.0), Some(1.0), Some(1.0)]);
        let matrix = error_matrix(&[a.iter().collect(), b.iter().collect()]).unwrap();
        assert_eq!(matrix.errors, ndarray::array![[0.0, 1.0], [1.0, 0.0], [0.5, 0.0]]);
        assert_eq!((&matrix.units[..], matrix.units_count, matrix.incomplete), (&[0, 0, 1][..], 2, 2));
        assert_eq!(error_matrix(&[a.iter().collect()]), None);
        assert_eq!(error_matrix(&[a.iter().collect(), vec![]]), None);
    }

    #[test]
    fn two_readings_by_one_eye_are_one_checker() {
        let root = Stream::root(6);
        let of = |arm: &str, blur: &str| -> Vec<InstanceRow> {
            let right = |i: usize| root.named(blur).index(i as u64).coin(0.7);
            (0..400).map(|i| row(arm, 1, i, Some(f64::from(right(i))))).collect()
        };
        let (a, b, c) = (of("a", "same"), of("b", "same"), of("c", "other"));
        let effective = |one: &[InstanceRow], other: &[InstanceRow]| {
            let matrix = error_matrix(&[one.iter().collect(), other.iter().collect()]).unwrap();
            matrix.correlation().effective().unwrap()
        };
        assert!((effective(&a, &b).value - 1.0).abs() < 1e-9);
        let apart = effective(&a, &c);
        assert!(apart.interval.unwrap().contains(2.0) && apart.value > 1.7, "{apart:?}");
    }
}
