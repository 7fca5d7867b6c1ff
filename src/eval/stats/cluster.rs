//! Means of values that come in clusters: only clusters are independent, so only they are resampled or counted.

use std::collections::BTreeMap;

use rand::Rng;

use super::{CONFIDENCE, Interval, quantile_of_sorted, t_quantile, wilson};
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
/// below. None below two clusters.
pub fn interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    if clusters.len() < BOOTSTRAP_CLUSTERS_MIN { student(clusters) } else { percentile(clusters, RESAMPLES, stream) }
}

/// As [`interval`], with the bias-corrected bootstrap: for skewed values such as log losses.
pub fn skewed_interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    if clusters.len() < BOOTSTRAP_CLUSTERS_MIN {
        student(clusters)
    } else {
        bias_corrected(clusters, RESAMPLES, stream)
    }
}

/// The interval of a mean of values in `[0, 1]`, such as an accuracy: as [`interval`], cut to `[0, 1]`. Where clusters
/// do not differ at all, resampling would claim certainty; [`alike`] says what so many of them bear. None without
/// values, or where one cluster holds different values.
pub fn proportion_interval(clusters: &[Cluster], stream: Stream) -> Option<Interval> {
    let mean = mean(clusters)?;
    let all_or_nothing = mean == 0.0 || mean == 1.0;
    if all_or_nothing || standard_error(clusters) == Some(0.0) {
        let reach = alike(clusters.len())?;
        return Some(Interval { low: mean - reach * mean, high: mean + reach * (1.0 - mean) });
    }
    Some(interval(clusters, stream)?.within(0.0, 1.0))
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
/// not counted twice. None where either mean is not clear of zero: a ratio says nothing there.
pub fn ratio(above: &[Cluster], below: &[Cluster], stream: Stream) -> Option<(f64, Interval)> {
    let clear = |side: &[Cluster]| {
        let known: Vec<Cluster> = side.iter().copied().filter(|c| c.n > 0.0).collect();
        Some(interval(&known, stream)?.low > 0.0)
    };
    let units = above.len().min(below.len());
    if !clear(above)? || !clear(below)? || units < BOOTSTRAP_CLUSTERS_MIN {
        return None;
    }
    let mut rng = stream.rng();
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let (mut top, mut bottom) = (Cluster::default(), Cluster::default());
            for _ in 0..units {
                let unit = draw(&mut rng, units);
                top.add(&above[unit]);
                bottom.add(&below[unit]);
            }
            (top.n > 0.0 && bottom.sum > 0.0).then(|| (top.sum / top.n) / (bottom.sum / bottom.n))
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let ends = Interval { low: quantile_of_sorted(&ratios, tail)?, high: quantile_of_sorted(&ratios, 1.0 - tail)? };
    Some((mean(above)? / mean(below)?, ends))
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
