//! Intervals of any statistic of independent units: whole units are drawn, however many numbers each of them holds.

use super::cluster::{BOOTSTRAP_CLUSTERS_MIN, Cluster, RESAMPLES, draw};
use super::{CONFIDENCE, Interval, quantile_of_sorted, t_quantile};
use crate::stream::Stream;

/// A statistic with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Its value on all units.
    pub value: f64,
    /// Its 95% interval over units; none below two of them, where they do not differ, or where too many resamples leave it
    /// undefined.
    pub interval: Option<Interval>,
}

/// Resamples in a hundred that must bear a statistic for it to have an interval.
const DEFINED_MIN: usize = 90;

/// The statistics of `units` independent units, each with its 95% interval; none where it is undefined on all of them.
///
/// `statistics` gets the weight of every unit (how often it was drawn; 1 each for the value itself) and gives as many
/// values each time, an undefined one as none. From [`BOOTSTRAP_CLUSTERS_MIN`] units on the interval is that of the
/// percentile bootstrap; below, Student's with the jackknife's standard error, sqrt((G - 1) / G sum_g (t_g - mean t)^2)
/// with t_g the statistic without unit g (Efron and Tibshirani 1993, chapters 11 and 13).
pub fn estimates(
    units: usize,
    stream: Stream,
    statistics: impl Fn(&[f64]) -> Vec<Option<f64>>,
) -> Vec<Option<Estimate>> {
    let values = statistics(&vec![1.0; units]);
    let intervals: Vec<Option<Interval>> = if units < 2 {
        vec![None; values.len()]
    } else if units < BOOTSTRAP_CLUSTERS_MIN {
        jackknife(units, &values, &statistics)
    } else {
        bootstrap(units, values.len(), stream, &statistics)
    };
    let estimate = |(value, interval): (Option<f64>, Option<Interval>)| {
        Some(Estimate { value: value?, interval: interval.and_then(Interval::with_width) })
    };
    values.into_iter().zip(intervals).map(estimate).collect()
}

/// A statistic of the means of several measurements of the same units, such as their ratio: `sides[s][u]` holds the
/// values of unit `u` in measurement `s`, a default [`Cluster`] where there are none. None where it is undefined.
pub fn of_means(sides: &[&[Cluster]], stream: Stream, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
    let units = sides.iter().map(|side| side.len()).min()?;
    let value = |weights: &[f64]| statistic(&weighted_means(sides, weights)?);
    estimates(units, stream, |weights| vec![value(weights)]).remove(0)
}

fn weighted_means(sides: &[&[Cluster]], weights: &[f64]) -> Option<Vec<f64>> {
    let mean = |side: &&[Cluster]| {
        let (sum, n) = weights.iter().zip(*side).fold((0.0, 0.0), |(s, n), (w, c)| (s + w * c.sum, n + w * c.n));
        (n > 0.0).then(|| sum / n)
    };
    sides.iter().map(mean).collect()
}

fn bootstrap(
    units: usize,
    count: usize,
    stream: Stream,
    statistics: impl Fn(&[f64]) -> Vec<Option<f64>>,
) -> Vec<Option<Interval>> {
    let mut rng = stream.rng();
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); count];
    let mut weights = vec![0.0; units];
    for _ in 0..RESAMPLES {
        weights.fill(0.0);
        (0..units).for_each(|_| weights[draw(&mut rng, units)] += 1.0);
        drawn.iter_mut().zip(statistics(&weights)).for_each(|(values, value)| values.extend(value));
    }
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let ends = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        (100 * values.len() >= DEFINED_MIN * RESAMPLES).then_some(())?;
        Some(Interval { low: quantile_of_sorted(&values, tail)?, high: quantile_of_sorted(&values, 1.0 - tail)? })
    };
    drawn.into_iter().map(ends).collect()
}

fn jackknife(
    units: usize,
    values: &[Option<f64>],
    statistics: impl Fn(&[f64]) -> Vec<Option<f64>>,
) -> Vec<Option<Interval>> {
    let without = |unit: usize| {
        let mut weights = vec![1.0; units];
        weights[unit] = 0.0;
        statistics(&weights)
    };
    let left_out: Vec<Vec<Option<f64>>> = (0..units).map(without).collect();
    let t = t_quantile(0.5 + CONFIDENCE / 2.0, units - 1);
    let interval = |at: usize, value: f64| {
        let of: Vec<f64> = left_out.iter().map(|values| values[at]).collect::<Option<_>>()?;
        let n = units as f64;
        let centre = of.iter().sum::<f64>() / n;
        let squares: f64 = of.iter().map(|v| (v - centre).powi(2)).sum();
        let half = t * ((n - 1.0) / n * squares).sqrt();
        Some(Interval { low: value - half, high: value + half })
    };
    values.iter().enumerate().map(|(at, value)| interval(at, (*value)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::stats::{cluster, t_interval};

    fn one_each(values: &[f64]) -> Vec<Cluster> {
        values.iter().map(|v| Cluster { sum: *v, n: 1.0 }).collect()
    }

    #[test]
    fn the_mean_of_few_units_has_students_interval() {
        let values = [0.2, 0.9, 0.4, 0.7];
        let found = of_means(&[&one_each(&values)], Stream::root(0), |means| Some(means[0])).unwrap();
        let (ours, plain) = (found.interval.unwrap(), t_interval(&values).unwrap());
        assert!((ours.low - plain.low).abs() < 1e-12 && (ours.high - plain.high).abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_many_units_has_the_percentile_bootstraps_interval() {
        let clusters = one_each(&(0..40).map(|i| f64::from(i % 7)).collect::<Vec<_>>());
        let found = of_means(&[&clusters], Stream::root(3), |means| Some(means[0])).unwrap();
        let plain = cluster::interval(&clusters, Stream::root(3)).unwrap();
        let ours = found.interval.unwrap();
        assert!((ours.low - plain.low).abs() < 1e-12 && (ours.high - plain.high).abs() < 1e-12);
    }

    #[test]
    fn what_both_sides_share_cancels() {
        let side = one_each(&(1..40).map(f64::from).collect::<Vec<_>>());
        let ratio = |means: &[f64]| (means[1] != 0.0).then(|| means[0] / means[1]);
        let found = of_means(&[&side, &side], Stream::root(1), ratio).unwrap();
        assert_eq!(
            found,
            Estimate { value: 1.0, interval: None },
            "a ratio that never differs tells nothing of its spread"
        );
    }

    #[test]
    fn what_is_undefined_is_none() {
        let (some, none) = (one_each(&[1.0; 30]), one_each(&[0.0; 30]));
        let ratio = |means: &[f64]| (means[1] > 0.0).then(|| means[0] / means[1]);
        assert_eq!(of_means(&[&some, &none], Stream::root(1), ratio), None);
        assert_eq!(of_means(&[&[], &[]], Stream::root(1), ratio), None);
        // One unit of thirty holds all of the lower side: every third resample or so misses it.
        let mut rare = none;
        rare[4].sum = 1.0;
        let found = of_means(&[&some, &rare], Stream::root(1), ratio).unwrap();
        assert!((found.value - 30.0).abs() < 1e-9 && found.interval.is_none(), "{found:?}");
        let one = of_means(&[&some[..1], &some[..1]], Stream::root(1), ratio).unwrap();
        assert_eq!(one, Estimate { value: 1.0, interval: None });
    }
}
