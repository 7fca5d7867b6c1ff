//! How well probabilities agree with what happens.

/// Bins of the calibration error and of the reliability curve.
pub const BINS: usize = 10;

/// Probabilities below this count as this in a log loss, so that one certain error is no infinity: at most 13.8 nats.
pub const PROBABILITY_MIN: f64 = 1e-6;

/// One bin of a reliability curve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Mean confidence, in `[0, 1]`.
    pub confidence: f64,
    /// Mean of what happened, in `[0, 1]`.
    pub accuracy: f64,
    /// How many values.
    pub n: u64,
}

/// The bins of equal width over `[0, 1]` that hold anything, from (confidence, correct) pairs.
pub fn reliability(pairs: impl IntoIterator<Item = (f64, f64)>) -> Vec<Bin> {
    let mut bins = [Bin::default(); BINS];
    for (confidence, correct) in pairs {
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.confidence += confidence;
        bin.accuracy += correct;
        bin.n += 1;
    }
    bins.into_iter()
        .filter(|bin| bin.n > 0)
        .map(|bin| Bin { confidence: bin.confidence / bin.n as f64, accuracy: bin.accuracy / bin.n as f64, n: bin.n })
        .collect()
}

/// Expected calibration error of bins: the mean of |accuracy - confidence| weighted by size, in `[0, 1]` (Guo et al.
/// 2017, equation 3). None without values.
pub fn expected_error(bins: &[Bin]) -> Option<f64> {
    let n: u64 = bins.iter().map(|bin| bin.n).sum();
    let gaps: f64 = bins.iter().map(|bin| bin.n as f64 * (bin.accuracy - bin.confidence).abs()).sum();
    (n > 0).then(|| gaps / n as f64)
}

/// The log loss in nats of the probability given to what was right, see [`PROBABILITY_MIN`].
pub fn log_loss(p_right: f64) -> f64 {
    -p_right.clamp(PROBABILITY_MIN, 1.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bins_by_hand() {
        // Two of three at 0.9 come true, one of one at 0.6: (3 |2/3 - 0.9| + |1 - 0.6|) / 4.
        let bins = reliability([(0.9, 1.0), (0.9, 1.0), (0.9, 0.0), (0.6, 1.0)]);
        assert_eq!(bins.len(), 2);
        assert!((expected_error(&bins).unwrap() - (0.7 + 0.4) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn ends_of_the_range_have_bins() {
        let bins = reliability([(0.0, 0.0), (1.0, 1.0)]);
        assert_eq!(bins.iter().map(|b| b.n).sum::<u64>(), 2);
        assert_eq!(expected_error(&bins), Some(0.0));
        assert_eq!(expected_error(&[]), None);
    }

    #[test]
    fn a_certain_error_is_finite() {
        assert_eq!(log_loss(1.0), 0.0);
        assert!((log_loss(0.5) - std::f64::consts::LN_2).abs() < 1e-12);
        assert!((log_loss(0.0) - 13.8155).abs() < 1e-4);
    }
}
