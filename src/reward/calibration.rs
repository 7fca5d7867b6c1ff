//! Calibration: the expected calibration error, and one temperature fitted on validation labels.

use serde::{Deserialize, Serialize};

/// What a frozen model's distributions are corrected by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The odds of an open claim among the examples over those among the examples drawn: training draws claims that
    /// something is said of more often than they come. One where nothing was drawn more often.
    pub open_odds: f64,
    /// Fitted on validation labels, after that.
    pub temperature: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { open_odds: 1.0, temperature: 1.0 }
    }
}

impl Calibration {
    /// The distribution over `[holds, fails, open]` of claims as they come.
    pub fn of_claim(&self, probabilities: &[f64]) -> Vec<f64> {
        at_temperature(&with_open_odds(probabilities, self.open_odds), self.temperature)
    }
}

/// Probabilities over `[holds, fails, open]` where the odds of open are `open_odds` times what they were taken for
/// (Bayes' rule for a changed prior); any other distribution where that is one.
pub fn with_open_odds(probabilities: &[f64], open_odds: f64) -> Vec<f64> {
    let moved = probabilities.iter().enumerate().map(|(i, p)| if i == 2 { p * open_odds } else { *p });
    let moved: Vec<f64> = moved.collect();
    let total: f64 = moved.iter().sum();
    moved.iter().map(|p| p / total).collect()
}

/// Bins of confidence of [`calibration_error`].
pub const BINS: usize = 10;

/// The probabilities at a temperature: `p^(1/T)`, normalised (Guo et al. 2017, equation 9, on log probabilities).
pub fn at_temperature(probabilities: &[f64], temperature: f64) -> Vec<f64> {
    let raised: Vec<f64> = probabilities.iter().map(|p| p.max(1e-12).powf(1.0 / temperature)).collect();
    let total: f64 = raised.iter().sum();
    raised.iter().map(|value| value / total).collect()
}

/// Expected calibration error in `[0, 1]` (Guo et al. 2017, equation 3) over ten equal bins of confidence. Against a
/// soft label, the chosen option is right to the extent that the label gives it weight.
pub fn calibration_error(predictions: &[Vec<f64>], labels: &[Vec<f32>]) -> f64 {
    let mut bins = [(0.0f64, 0.0f64, 0usize); BINS];
    for (prediction, label) in predictions.iter().zip(labels) {
        let Some((choice, confidence)) = prediction.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))
        else {
            continue;
        };
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += confidence;
        bin.1 += f64::from(label.get(choice).copied().unwrap_or(0.0));
        bin.2 += 1;
    }
    let count: usize = bins.iter().map(|bin| bin.2).sum();
    if count == 0 {
        return 0.0;
    }
    bins.iter().map(|(confidence, right, _)| (confidence - right).abs()).sum::<f64>() / count as f64
}

/// The temperature in `[0.05, 20]` with the least cross-entropy on these labels, by golden-section search over its
/// logarithm: the loss is convex in the inverse temperature, so it has one valley. One where there is nothing to fit.
pub fn fitted_temperature(predictions: &[Vec<f64>], labels: &[Vec<f32>]) -> f64 {
    if predictions.is_empty() {
        return 1.0;
    }
    let loss = |log_temperature: f64| -> f64 {
        let entropy = |(prediction, label): (&Vec<f64>, &Vec<f32>)| -> f64 {
            let softened = at_temperature(prediction, log_temperature.exp());
            softened.iter().zip(label).map(|(p, y)| -f64::from(*y) * p.max(1e-12).ln()).sum()
        };
        predictions.iter().zip(labels).map(entropy).sum()
    };
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (0.05f64.ln(), 20f64.ln());
    for _ in 0..40 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if loss(left) <= loss(right) {
            high = right;
        } else {
            low = left;
        }
    }
    ((low + high) / 2.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_of_known_bins() {
        // Confidence 0.8, right half of the time: off by 0.3. Confidence 0.6, right always: off by 0.4.
        let predictions = vec![vec![0.8, 0.2], vec![0.2, 0.8], vec![0.6, 0.4], vec![0.6, 0.4]];
        let labels = vec![vec![1.0, 0.0], vec![1.0, 0.0], vec![1.0, 0.0], vec![1.0, 0.0]];
        assert!((calibration_error(&predictions, &labels) - (0.5 * 0.3 + 0.5 * 0.4)).abs() < 1e-9);
        assert_eq!(calibration_error(&[], &[]), 0.0);
    }

    #[test]
    fn the_temperature_that_made_the_labels_is_found() {
        let predictions: Vec<Vec<f64>> =
            (1..20).map(|i| vec![f64::from(i) / 20.0, 1.0 - f64::from(i) / 20.0]).collect();
        let labels: Vec<Vec<f32>> =
            predictions.iter().map(|p| at_temperature(p, 2.5).iter().map(|v| *v as f32).collect()).collect();
        assert!((fitted_temperature(&predictions, &labels) - 2.5).abs() < 1e-3);
        assert_eq!(fitted_temperature(&[], &[]), 1.0);
    }

    #[test]
    fn open_odds_are_multiplied() {
        let moved = with_open_odds(&[0.4, 0.1, 0.5], 4.0);
        assert!((moved[2] / (1.0 - moved[2]) - 4.0).abs() < 1e-12 && (moved[0] / moved[1] - 4.0).abs() < 1e-12);
        assert_eq!(Calibration::default().of_claim(&[0.25, 0.25, 0.5]), [0.25, 0.25, 0.5]);
    }

    #[test]
    fn a_temperature_keeps_the_order() {
        let soft = at_temperature(&[0.7, 0.2, 0.1], 3.0);
        assert!(soft[0] > soft[1] && soft[1] > soft[2] && soft[0] < 0.7);
        assert!((soft.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
