//! Tests of paired differences: the same instances under two arms.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::cluster::Cluster;
use crate::stream::Stream;

/// Up to this many differing clusters every assignment of signs is tried; above it, a sample of them is.
pub const ENUMERATED_MAX: usize = 16;

/// Signs drawn where there are too many clusters to try all.
pub const DRAWN: u32 = 9_999;

/// The two-sided p-value of the sign-flip test: how often clusters' sums of differences with random signs add up to
/// as much as those observed, whatever their distribution (Fisher 1935, section 21). Exact up to [`ENUMERATED_MAX`]
/// clusters that differ at all, else from [`DRAWN`] draws, the observed one counted in. 1 where nothing differs.
pub fn sign_flip(differences: &[Cluster], stream: Stream) -> f64 {
    // A cluster without a difference adds the same under both signs, so it takes no part.
    let sums: Vec<f64> = differences.iter().map(|c| c.sum).filter(|s| *s != 0.0).collect();
    let observed = sums.iter().sum::<f64>().abs();
    // Sums of halves and thirds in another order differ in the last bits.
    let reached = |total: f64| total.abs() >= observed - 1e-9 * (1.0 + observed);
    if sums.len() <= ENUMERATED_MAX {
        let all = 1u32 << sums.len();
        let hits = (0..all).filter(|signs| reached(signed_total(&sums, |i| signs >> i & 1 == 1))).count();
        return hits as f64 / f64::from(all);
    }
    let mut rng = stream.rng();
    let hits = (0..DRAWN).filter(|_| reached(drawn_total(&sums, &mut rng))).count();
    (1 + hits) as f64 / f64::from(1 + DRAWN)
}

fn signed_total(sums: &[f64], negative: impl Fn(usize) -> bool) -> f64 {
    sums.iter().enumerate().map(|(i, s)| if negative(i) { -s } else { *s }).sum()
}

/// The total under signs drawn at random, 32 from one word.
fn drawn_total(sums: &[f64], rng: &mut impl rand::Rng) -> f64 {
    let mut total = 0.0;
    for few in sums.chunks(32) {
        let signs = rng.next_u32();
        total += signed_total(few, |i| signs >> i & 1 == 1);
    }
    total
}

/// The exact two-sided p-value of McNemar's test: `a_only` instances right under the first arm alone, `b_only` under
/// the second alone; the rest says nothing (McNemar 1947; the exact form is a sign test). For independent instances:
/// where they come in clusters, [`sign_flip`] is the test.
pub fn mcnemar(a_only: u64, b_only: u64) -> f64 {
    let discordant = a_only + b_only;
    if discordant == 0 {
        return 1.0;
    }
    let half = Binomial::new(0.5, discordant).expect("a probability of one half makes a distribution");
    (2.0 * half.cdf(a_only.min(b_only))).min(1.0)
}

/// The p-values that several tests have together: each as large as the level at which Holm's procedure (1979) would reject it,
/// so that the chance of any false rejection among all of them is at most that level.
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    order.sort_by(|a, b| ps[*a].total_cmp(&ps[*b]));
    let mut corrected = vec![0.0; ps.len()];
    let mut least: f64 = 0.0;
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max((ps.len() - rank) as f64 * ps[at]).min(1.0);
        corrected[at] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    #[test]
    fn holms_values_by_hand() {
        let near = |found: Vec<f64>, wanted: &[f64]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        };
        // 0.01 x 4, 0.02 x 3, then 0.03 x 2 and 0.04 x 1, which may not fall below what comes before.
        near(super::holm(&[0.04, 0.01, 0.03, 0.02]), &[0.06, 0.04, 0.06, 0.06]);
        near(super::holm(&[0.5, 0.9]), &[1.0, 1.0]);
        near(super::holm(&[0.2]), &[0.2]);
        assert!(super::holm(&[]).is_empty());
    }

    use super::*;

    fn each_its_own(values: &[f64]) -> Vec<Cluster> {
        values.iter().map(|v| Cluster { sum: *v, n: 1.0 }).collect()
    }

    #[test]
    fn darwins_maize_as_fisher_did_it() {
        // Fisher 1935, The Design of Experiments, section 21: crossed less self-fertilised plants in eighths of an
        // inch; 863 of 32,768 sign assignments reach the observed 314 on one side.
        let eighths = [49., -67., 8., 16., 6., 23., 28., 41., 14., 29., 56., 24., 75., 60., -48.];
        let p = sign_flip(&each_its_own(&eighths), Stream::root(0));
        assert_eq!(p, 2.0 * 863.0 / 32_768.0);
    }

    #[test]
    fn many_clusters_are_drawn_and_close_to_exact() {
        let sixteen: Vec<f64> = (0..16).map(|i| f64::from(i) - 4.5).collect();
        let exact = sign_flip(&each_its_own(&sixteen), Stream::root(0));
        // A seventeenth difference of almost nothing leaves the distribution as it was and forces the draws.
        let mut seventeen = sixteen;
        seventeen.push(1e-12);
        let drawn = sign_flip(&each_its_own(&seventeen), Stream::root(0));
        assert!((exact - drawn).abs() < 0.015, "exact {exact}, drawn {drawn}");
        assert_eq!(drawn, sign_flip(&each_its_own(&seventeen), Stream::root(0)));
    }

    #[test]
    fn eight_books_can_at_best_reach_this() {
        // All eight signs equal: 2 of 2^8 assignments.
        assert_eq!(sign_flip(&each_its_own(&[0.1; 8]), Stream::root(0)), 2.0 / 256.0);
    }

    #[test]
    fn nothing_differs() {
        assert_eq!(sign_flip(&each_its_own(&[0.0; 40]), Stream::root(0)), 1.0);
        assert_eq!(sign_flip(&[], Stream::root(0)), 1.0);
        assert_eq!(mcnemar(0, 0), 1.0);
    }

    #[test]
    fn mcnemar_by_hand() {
        // Binomial sums: 2 (C(10,0) + C(10,1)) / 2^10, and 2 (1 + 5) / 2^5 for 1 against 4.
        assert!((mcnemar(1, 9) - 22.0 / 1024.0).abs() < 1e-12);
        assert!((mcnemar(4, 1) - 12.0 / 32.0).abs() < 1e-12);
        assert_eq!(mcnemar(3, 3), 1.0);
    }

    #[test]
    fn under_no_difference_one_in_twenty_is_significant() {
        let root = Stream::root(5);
        let simulations = 2_000;
        let found = (0..simulations)
            .filter(|i| {
                let stream = root.index(*i);
                let values: Vec<f64> = (0..10).map(|k| stream.index(k).uniform() - 0.5).collect();
                sign_flip(&each_its_own(&values), stream) <= 0.05
            })
            .count();
        let rate = found as f64 / simulations as f64;
        assert!((0.035..0.065).contains(&rate), "{rate}");
    }
}
