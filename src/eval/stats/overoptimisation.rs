//! What optimisation against a proxy does to the gold reward, as Gao, Schulman and Hilton (2022, section 3.1) have it, with
//! `d = sqrt(KL)`: `R(d) = d (alpha - beta d)` for the best of n, `R(d) = d (alpha - beta ln d)` for reinforcement learning.

use std::collections::BTreeSet;

use super::linear::least_squares;

/// The square root of the divergence, in nats, between the best of `n` and a single draw: `KL = ln n - (n - 1) / n`
/// (Stiennon et al. 2020, appendix G.3).
pub fn distance(n: f64) -> f64 {
    (n.ln() - (n - 1.0) / n).max(0.0).sqrt()
}

/// `R(d) = d (alpha - beta d)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BestOfN {
    /// What the first step away gains.
    pub alpha: f64,
    /// By how much each further one gains less.
    pub beta: f64,
}

impl BestOfN {
    /// What alpha and beta are multiplied by, at a distance.
    pub const TERMS: [fn(f64) -> f64; 2] = [|d| d, |d| -d * d];

    /// The form of least squares through `(d, R)`; none with fewer than three distances above 0, which would fit anything.
    pub fn fitted(points: &[(f64, f64)]) -> Option<Self> {
        let apart: BTreeSet<u64> = points.iter().filter(|(d, _)| *d > 0.0).map(|(d, _)| d.to_bits()).collect();
        let rows = points.iter().map(|(d, r)| (Self::TERMS.map(|term| term(*d)), *r, 1.0));
        let [alpha, beta] = if apart.len() < 3 { None } else { least_squares(rows) }?;
        Some(Self { alpha, beta })
    }

    /// The gold reward at a distance, less that of a single draw.
    pub fn at(&self, d: f64) -> f64 {
        d * (self.alpha - self.beta * d)
    }

    /// The distance beyond which more optimisation loses; none where it never does.
    pub fn peak(&self) -> Option<f64> {
        (self.alpha > 0.0 && self.beta > 0.0).then(|| self.alpha / (2.0 * self.beta))
    }
}

/// `R(d) = d (alpha - beta ln d)`, with `R(0) = 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reinforced {
    /// What the first step away gains.
    pub alpha: f64,
    /// By how much each e-fold of the distance gains less.
    pub beta: f64,
}

impl Reinforced {
    /// What alpha and beta are multiplied by, at a distance; at none the limit of `d ln d`, which is nothing.
    pub const TERMS: [fn(f64) -> f64; 2] = [|d| d, |d| if d > 0.0 { -d * d.ln() } else { 0.0 }];

    /// The gold reward at a distance, less that of the policy that training began with.
    pub fn at(&self, d: f64) -> f64 {
        if d > 0.0 { d * (self.alpha - self.beta * d.ln()) } else { 0.0 }
    }

    /// The distance beyond which more optimisation loses, `exp(alpha / beta - 1)`; none where it never does.
    pub fn peak(&self) -> Option<f64> {
        (self.beta > 0.0).then(|| (self.alpha / self.beta - 1.0).exp()).filter(|d| d.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_the_paper() {
        // The best of 1,000 is 5.9 nats away, of 60,000 10.0 nats.
        assert!((distance(1_000.0).powi(2) - 5.9).abs() < 0.02 && (distance(60_000.0).powi(2) - 10.0).abs() < 0.01);
        assert_eq!(distance(1.0), 0.0);
    }

    #[test]
    fn an_exact_form_comes_back_with_its_peak() {
        let form = BestOfN { alpha: 1.2, beta: 0.25 };
        let points: Vec<(f64, f64)> = (0..8).map(|k| distance(f64::from(1 << k))).map(|d| (d, form.at(d))).collect();
        let found = BestOfN::fitted(&points).unwrap();
        assert!((found.alpha - 1.2).abs() < 1e-9 && (found.beta - 0.25).abs() < 1e-9, "{found:?}");
        assert!((found.peak().unwrap() - 2.4).abs() < 1e-8);
        assert_eq!(BestOfN { alpha: 1.0, beta: -0.1 }.peak(), None);
        assert_eq!(BestOfN::fitted(&points[..3]), None, "two distances above 0");
    }

    #[test]
    fn the_form_of_reinforcement_learning_has_its_peak() {
        let form = Reinforced { alpha: 1.0, beta: 0.4 };
        let peak = form.peak().unwrap();
        // R at the peak is beta times the distance there.
        assert!((peak - 1.5f64.exp()).abs() < 1e-7 && (form.at(peak) - 0.4 * peak).abs() < 1e-7);
        assert!(form.at(peak) > form.at(0.99 * peak) && form.at(peak) > form.at(1.01 * peak));
        assert_eq!((form.at(0.0), Reinforced { alpha: 1.0, beta: 0.0 }.peak()), (0.0, None));
    }

    #[test]
    fn normal_errors_of_a_normal_proxy_lose_nothing() {
        // Gold and error are normal with the same variance: the best of n gains half of what its proxy does, for every n
        // (Gao et al. 2022, section 4.1: regressional Goodhart).
        use crate::eval::stats::best_of::best_of;
        use crate::stream::Stream;
        use rand::RngExt;
        let mut rng = Stream::root(4).rng();
        let mut normal = || {
            let (a, b): (f64, f64) = (rng.random(), rng.random());
            (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        let pools: Vec<Vec<(f64, f64)>> = (0..100)
            .map(|_| {
                let drawn = (0..4_096).map(|_| (normal(), normal()));
                drawn.map(|(gold, error)| (gold + error, gold)).collect()
            })
            .collect();
        let of = |n: usize, worth: fn(&(f64, f64)) -> f64| {
            let each = pools
                .iter()
                .filter_map(|pool| best_of(&pool.iter().map(|it| (it.0, worth(it))).collect::<Vec<_>>(), n));
            each.sum::<f64>() / pools.len() as f64
        };
        let gold: Vec<f64> = (0..=10).map(|k| of(1 << k, |it| it.1)).collect();
        assert!(gold.windows(2).all(|pair| pair[1] > pair[0]), "{gold:?}");
        let (gold, proxy) = (of(256, |it| it.1), of(256, |it| it.0));
        assert!((gold / proxy - 0.5).abs() < 0.05, "{gold} of {proxy}");
    }
}
