//! Means of values that come in clusters: only clusters are independent, so only they are resampled or counted.

use std::collections::BTreeMap;

use rand::Rng;

use super::{CONFIDENCE, Interval, quantile_of_sorted, resample, t_quantile, wilson};
use crate::stream::Stream;

/// Below this many clusters a percentile bootstrap covers too little (82% of the time with 5), so Student's interval
/// takes its place.
pub const BOOTSTRAP_CLUSTERS_MIN: usize = 20;

/// Resamples of every bootstrap.
pub const RESAMPLES: usize = 2_000;

/// The values of one cluster, as their sum and number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cluster {
    /// Sum of the values.
    pub sum: f64,
    /// How many there are.
    pub n: f64,
}

impl Cluster {
    /// Takes the values of another in.
    pub fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.n += other.n;
    }
}

/// The sums of values by the cluster that each belongs to, in the order of the clusters' keys.
pub fn clusters_of<K: Ord>(values: impl IntoIterator<Item = (K, f64)>) -> Vec<Cluster> {
    let mut clusters: BTreeMap<K, Cluster> = BTreeMap::new();
    for (key, value) in values {
        let cluster = clusters.entry(key).or_default();
        cluster.add(&Cluster { sum: value, n: 1.0 });
    }
    clusters.into_values().collect()
}

/// The mean over all values of all clusters; none without values.
pub fn mean(clusters: &[Cluster]) -> Option<f64> {
    let n: f64 = clusters.iter().map(|c| c.n).sum();
    (n > 0.0).then(|| clusters.iter().map(|c| c.sum).sum::<f64>() / n)
}

/// The standard error of [`mean`] with clusters as the independent units. None below two clusters.
///
/// sqrt(G / (G - 1) sum_g (s_g - m n_g)^2) / n, the linearised ratio (Cameron and Miller 2015, section II; Miller 2024,
/// equation 4, with the small-sample factor). For clusters of one size it is the standard error of the cluster means.
pub fn standard_error(clusters: &[Cluster]) -> Option<f64> {
    let mean = mean(clusters)?;
    let units = clusters.len() as f64;
    if units < 2.0 {
        return None;
    }
    let n: f64 = clusters.iter().map(|c| c.n).sum();
    let squares: f64 = clusters.iter().map(|c| (c.sum - mean * c.n).powi(2)).sum();
    Some((units / (units - 1.0) * squares).sqrt() / n)
}

/// The 95% interval of [`mean`]: the percentile bootstrap over clusters from [`BOOTSTRAP_CLUSTERS_MIN`] on, Student's
/// below. None below two clusters, and where clusters do not differ.
pub fn interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    if clusters.len() < BOOTSTRAP_CLUSTERS_MIN { student(clusters) } else { percentile(clusters, RESAMPLES, stream) }
        .and_then(Interval::with_width)
}

/// As [`interval`], with the bias-corrected bootstrap: for skewed values such as log losses.
pub fn skewed_interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    if clusters.len() < BOOTSTRAP_CLUSTERS_MIN {
        student(clusters)
    } else {
        bias_corrected(clusters, RESAMPLES, stream)
    }
    .and_then(Interval::with_width)
}

/// The interval of a mean of values in `[0, 1]`, such as an accuracy, see [`bounded_interval`].
pub fn proportion_interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    bounded_interval(clusters, 0.0, 1.0, stream)
}

/// The interval of a mean of values in `[low, high]`: as [`interval`], cut to these ends. Where clusters do not differ at
/// all, resampling would claim certainty; [`alike`] says what so many of them bear. None without values, or where one
/// cluster holds different values.
pub fn bounded_interval(clusters: &[Cluster], low: f64, high: f64, stream: Stream) -> Option<Interval> {
    let mean = mean(clusters)?;
    let all_or_nothing = mean == low || mean == high;
    if all_or_nothing || do_not_differ(clusters, high - low) {
        let reach = alike(clusters.len())?;
        return Some(Interval { low: mean - reach * (mean - low), high: mean + reach * (high - mean) });
    }
    Some(interval(clusters, stream)?.within(low, high))
}

/// Whether at least two clusters have equal means, but for the last bits of values in a range so wide.
pub fn do_not_differ(clusters: &[Cluster], range: f64) -> bool {
    standard_error(clusters).is_some_and(|error| error <= 1e-12 * range)
}

/// The largest share of clusters that may differ from the rest where none of `count` does: the upper end of Wilson's
/// interval for none of so many.
pub fn alike(count: usize) -> Option<f64> {
    Some(wilson(0.0, count as f64)?.high)
}

/// Student's interval with one degree of freedom fewer than clusters.
pub fn student(clusters: &[Cluster]) -> Option<Interval> {
    let half = t_quantile(0.5 + CONFIDENCE / 2.0, clusters.len().checked_sub(1)?) * standard_error(clusters)?;
    let mean = mean(clusters)?;
    Some(Interval { low: mean - half, high: mean + half })
}

/// The percentile bootstrap over clusters (Efron and Tibshirani 1993, chapter 13).
pub fn percentile(clusters: &[Cluster], resamples: usize, stream: Stream) -> Option<Interval> {
    let means = resampled_means(clusters, resamples, stream)?;
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some(Interval { low: quantile_of_sorted(&means, tail)?, high: quantile_of_sorted(&means, 1.0 - tail)? })
}

/// The bias-corrected and accelerated bootstrap over clusters (Efron and Tibshirani 1993, equations 14.10 to 14.15),
/// better than [`percentile`] for skewed values such as log losses. Where the correction is undefined (all means
/// equal) it is the percentile interval.
pub fn bias_corrected(clusters: &[Cluster], resamples: usize, stream: Stream) -> Option<Interval> {
    use statrs::distribution::{ContinuousCDF, Normal};
    let centre = mean(clusters)?;
    let means = resampled_means(clusters, resamples, stream)?;
    let below = means.iter().filter(|m| **m < centre).count() as f64;
    let equal = means.iter().filter(|m| **m == centre).count() as f64;
    let share = (below + 0.5 * equal) / means.len() as f64;
    let normal = Normal::standard();
    let (bias, acceleration) = (normal.inverse_cdf(share), acceleration(clusters)?);
    let end = |p: f64| {
        let z = bias + normal.inverse_cdf(p);
        let moved = normal.cdf(bias + z / (1.0 - acceleration * z));
        quantile_of_sorted(&means, if moved.is_finite() { moved } else { p })
    };
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some(Interval { low: end(tail)?, high: end(1.0 - tail)? })
}

/// The ratio of two means with its 95% interval, such as of the errors at two levels. The same unit stands at the same
/// place in both (a default [`Cluster`] where it has no values), and whole units are resampled, so what both share is
/// not counted twice. None where either mean is not clear of zero: a ratio says nothing there; nor where it never differs.
pub fn ratio(above: &[Cluster], below: &[Cluster], stream: Stream) -> Option<(f64, Interval)> {
    let clear = |side: &[Cluster]| {
        let known: Vec<Cluster> = side.iter().copied().filter(|c| c.n > 0.0).collect();
        Some(interval(&known, stream)?.low > 0.0)
    };
    if !clear(above)? || !clear(below)? || above.len().min(below.len()) < BOOTSTRAP_CLUSTERS_MIN {
        return None;
    }
    let found = resample::of_means(&[above, below], stream, |means| (means[1] > 0.0).then(|| means[0] / means[1]))?;
    Some((found.value, found.interval?))
}

/// The skewness of the jackknife over clusters (Efron and Tibshirani 1993, equation 14.15).
fn acceleration(clusters: &[Cluster]) -> Option<f64> {
    let (sum, n) = clusters.iter().fold((0.0, 0.0), |(s, n), c| (s + c.sum, n + c.n));
    let left_out: Vec<f64> =
        clusters.iter().map(|c| if n > c.n { (sum - c.sum) / (n - c.n) } else { sum / n }).collect();
    let centre = left_out.iter().sum::<f64>() / left_out.len() as f64;
    let squares: f64 = left_out.iter().map(|m| (centre - m).powi(2)).sum();
    let cubes: f64 = left_out.iter().map(|m| (centre - m).powi(3)).sum();
    Some(if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 })
}

/// Means of clusters drawn with replacement, sorted.
fn resampled_means(clusters: &[Cluster], resamples: usize, stream: Stream) -> Option<Vec<f64>> {
    if clusters.len() < 2 || mean(clusters).is_none() || resamples == 0 {
        return None;
    }
    let mut rng = stream.rng();
    let mut means: Vec<f64> = (0..resamples)
        .map(|_| {
            let mut drawn = Cluster::default();
            for _ in 0..clusters.len() {
                drawn.add(&clusters[draw(&mut rng, clusters.len())]);
            }
            drawn.sum / drawn.n
        })
        .collect();
    means.sort_by(f64::total_cmp);
    Some(means)
}

/// A uniform index below `n` (Lemire's multiplication; the bias is below n / 2^32).
pub(crate) fn draw(rng: &mut impl Rng, n: usize) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

#[cfg(test)]
mod tests;
