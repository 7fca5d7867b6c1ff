//! How alike several checkers err, and how many independent ones they are worth.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::Interval;
use super::resample::{Estimate, estimates};
use crate::stream::Stream;

/// The error correlation of several checkers.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorCorrelation {
    /// Pearson's correlation of the errors of every two checkers (of 0 and 1: phi), in `[-1, 1]`; none where either
    /// always errs alike, as one that never errs.
    pub pairwise: Array2<Option<f64>>,
    /// Mean over the pairs that have one; none where no pair has.
    pub mean: Option<Estimate>,
    /// Checkers.
    pub checkers: usize,
}

impl ErrorCorrelation {
    /// The effective number of checkers, see [`effective`], with the interval that follows from that of the mean
    /// correlation.
    pub fn effective(&self) -> Option<Estimate> {
        let mean = self.mean?;
        let value = effective(self.checkers, mean.value)?;
        // The more correlated, the fewer: ends change places.
        let ends = mean.interval.and_then(|i| effective(self.checkers, i.high).zip(effective(self.checkers, i.low)));
        Some(Estimate { value, interval: ends.map(|(low, high)| Interval { low, high }) })
    }
}

/// m / (1 + (m - 1) rho): how many independent checkers would have a mean error as variable as that of m whose errors
/// correlate by rho on average; from 1 (they err as one) over m (independent) to more where they make up for one another.
/// None where rho is so far below zero that their errors cancel (Kish 1965, the design effect).
pub fn effective(checkers: usize, rho: f64) -> Option<f64> {
    let m = checkers as f64;
    let inflation = 1.0 + (m - 1.0) * rho;
    (checkers > 0 && inflation > 1e-9).then(|| m / inflation)
}

/// The correlation of `errors` (instances x checkers, each in `[0, 1]`), where row `i` belongs to the independent unit
/// `units[i]`, a number below `units_count`: whole units are resampled.
pub fn error_correlation(
    errors: ArrayView2<'_, f64>,
    units: &[usize],
    units_count: usize,
    stream: Stream,
) -> ErrorCorrelation {
    let checkers = errors.ncols();
    let moments = moments(errors, units, units_count);
    let mean = |weights: &[f64]| {
        let total = Array1::from_vec(weights.to_vec()).dot(&moments);
        let pairs = pairwise(total.view(), checkers);
        let known: Vec<f64> = pairs.iter().flatten().copied().collect();
        vec![(!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)]
    };
    let whole = moments.sum_axis(ndarray::Axis(0));
    let pairs = pairwise(whole.view(), checkers);
    let mut matrix = Array2::from_elem((checkers, checkers), None);
    for ((a, b), rho) in pairs_of(checkers).zip(pairs) {
        matrix[[a, b]] = rho;
        matrix[[b, a]] = rho;
    }
    ErrorCorrelation { pairwise: matrix, mean: estimates(units_count, stream, mean).remove(0), checkers }
}

/// Every two checkers, the first below the second.
fn pairs_of(checkers: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..checkers).flat_map(move |a| (a + 1..checkers).map(move |b| (a, b)))
}

/// For each unit a row: how many instances, the sum of each checker's errors, of their squares, and of the products of
/// every two. Sums of units are all that a correlation needs, so a resample is one product with their weights.
fn moments(errors: ArrayView2<'_, f64>, units: &[usize], units_count: usize) -> Array2<f64> {
    let checkers = errors.ncols();
    let mut moments = Array2::zeros((units_count, 1 + 2 * checkers + checkers * checkers.saturating_sub(1) / 2));
    for (row, unit) in errors.rows().into_iter().zip(units) {
        let mut of_unit = moments.row_mut(*unit);
        of_unit[0] += 1.0;
        for (checker, error) in row.iter().enumerate() {
            of_unit[1 + checker] += error;
            of_unit[1 + checkers + checker] += error * error;
        }
        for (at, (a, b)) in pairs_of(checkers).enumerate() {
            of_unit[1 + 2 * checkers + at] += row[a] * row[b];
        }
    }
    moments
}

/// The correlation of every two checkers from the sums of their moments, in the order of [`pairs_of`].
fn pairwise(total: ArrayView1<'_, f64>, checkers: usize) -> Vec<Option<f64>> {
    let n = total[0];
    let mean = |checker: usize| total[1 + checker] / n;
    let variance = |checker: usize| total[1 + checkers + checker] / n - mean(checker).powi(2);
    let correlation = |(at, (a, b)): (usize, (usize, usize))| {
        let spread = variance(a) * variance(b);
        let together = total[1 + 2 * checkers + at] / n - mean(a) * mean(b);
        // Below this a checker's errors are all alike but for the last bits.
        (n > 0.0 && variance(a) > 1e-12 && variance(b) > 1e-12).then(|| (together / spread.sqrt()).clamp(-1.0, 1.0))
    };
    pairs_of(checkers).enumerate().map(correlation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// Errors of `checkers` at rate one half, of which a share rho is common to all: then every two correlate by rho.
    fn shared(instances: usize, checkers: usize, rho: f64, stream: Stream) -> Array2<f64> {
        Array2::from_shape_fn((instances, checkers), |(instance, checker)| {
            let own = stream.index(instance as u64);
            let alone = own.index(checker as u64);
            let common = alone.named("shared").coin(rho.sqrt());
            f64::from(if common { own.named("common").coin(0.5) } else { alone.coin(0.5) })
        })
    }

    fn of(errors: &Array2<f64>, stream: Stream) -> ErrorCorrelation {
        let units: Vec<usize> = (0..errors.nrows()).collect();
        error_correlation(errors.view(), &units, units.len(), stream)
    }

    #[test]
    fn phi_by_hand() {
        // 2x2 counts 3, 1 / 1, 3: (3 * 3 - 1 * 1) / sqrt(4 * 4 * 4 * 4) = 1/2.
        let a = [1., 1., 1., 1., 0., 0., 0., 0.];
        let b = [1., 1., 1., 0., 1., 0., 0., 0.];
        let errors = Array2::from_shape_fn((8, 2), |(i, c)| if c == 0 { a[i] } else { b[i] });
        let found = of(&errors, Stream::root(0));
        assert!((found.mean.unwrap().value - 0.5).abs() < 1e-12);
        // Two checkers that correlate by one half are worth 2 / 1.5.
        assert!((found.effective().unwrap().value - 4.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_effective_number_from_one_to_more_than_there_are() {
        assert_eq!(effective(5, 1.0), Some(1.0));
        assert_eq!(effective(5, 0.0), Some(5.0));
        assert!(effective(2, -0.5).unwrap() > 2.0);
        assert_eq!(effective(2, -1.0), None, "the errors of the two cancel");
        assert_eq!(effective(0, 0.3), None);
    }

    #[test]
    fn one_who_never_errs_correlates_with_nobody() {
        let errors = array![[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]];
        let found = of(&errors, Stream::root(0));
        assert_eq!(found.pairwise[[0, 1]], None);
        assert!(found.pairwise[[0, 2]].is_some() && found.pairwise[[2, 0]] == found.pairwise[[0, 2]]);
        let silent = of(&Array2::zeros((6, 2)), Stream::root(0));
        assert_eq!((silent.mean, silent.effective()), (None, None));
    }

    #[test]
    fn copies_are_one_checker_and_repeated_instances_no_more_units() {
        let errors = shared(60, 2, 0.3, Stream::root(2));
        let once = of(&errors, Stream::root(1)).mean.unwrap();
        let units: Vec<usize> = (0..240).map(|i| i / 4).collect();
        let often = Array2::from_shape_fn((240, 2), |(i, c)| errors[[i / 4, c]]);
        let again = error_correlation(often.view(), &units, 60, Stream::root(1)).mean.unwrap();
        let (a, b) = (once.interval.unwrap(), again.interval.unwrap());
        assert!((a.low - b.low).abs() < 1e-9 && (a.high - b.high).abs() < 1e-9, "{a:?} {b:?}");
        let twice = Array2::from_shape_fn((60, 2), |(i, _)| errors[[i, 0]]);
        assert!((of(&twice, Stream::root(1)).effective().unwrap().value - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        let root = Stream::root(8);
        for (instances, low, high) in [(12, 0.88, 0.99), (80, 0.91, 0.98)] {
            let simulations = 300;
            let held = (0..simulations)
                .filter(|simulation| {
                    let stream = root.index(instances as u64).index(*simulation);
                    let found = of(&shared(instances, 3, 0.4, stream), stream.named("bootstrap"));
                    found.mean.and_then(|m| m.interval).is_some_and(|i| i.contains(0.4))
                })
                .count();
            let rate = held as f64 / simulations as f64;
            println!(
                "{instances} instances: the interval of the correlation held the truth {:.1}% of the time",
                100.0 * rate
            );
            assert!((low..=high).contains(&rate), "{instances}: {rate}");
        }
    }
}
