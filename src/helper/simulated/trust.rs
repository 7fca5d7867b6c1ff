//! Trust: how far a source's log-odds move an evaluator, fitted without the truth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judgment::Role;
use crate::scale::{logit, sigmoid};

/// Who speaks, of what kind of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The role of the speaker.
    pub role: Role,
    /// `part` (a claim against a part of the material), `claim` (against all of it), `which` or `argument`.
    pub about: &'static str,
}

/// A slope a source: an evaluator's log-odds move by the slope times the message's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// For sources not listed.
    pub otherwise: f64,
    /// By source, as `role/about`.
    pub by_source: BTreeMap<String, f64>,
}

impl Trust {
    /// The same trust in every source.
    pub fn equal(slope: f64) -> Self {
        Self { otherwise: slope, by_source: BTreeMap::new() }
    }

    /// The slope for a source.
    pub fn of(&self, source: &Source) -> f64 {
        if self.by_source.is_empty() {
            return self.otherwise;
        }
        self.by_source.get(&source.name()).copied().unwrap_or(self.otherwise)
    }
}

impl Source {
    /// The name under which trust in it is kept.
    pub fn name(&self) -> String {
        format!("{:?}/{}", self.role, self.about).to_lowercase()
    }
}

/// The slope that makes a source's probabilities agree best with what the evaluator found out by itself: a logistic
/// regression without intercept of `own` (its own probabilities) on the log-odds of `told`, by Newton's method, with
/// one pseudo-observation pulling towards 0, so that little data gives little trust. Never negative: an adviser that
/// is against the evaluator's own readings is not believed in reverse, it is ignored.
pub fn fit(pairs: &[(f64, f64)]) -> f64 {
    let mut slope = 0.0;
    for _ in 0..50 {
        let (mut gradient, mut curvature) = (-slope, 1.0);
        for (told, own) in pairs {
            let x = logit(*told);
            let p = sigmoid(slope * x);
            gradient += (own - p) * x;
            curvature += p * (1.0 - p) * x * x;
        }
        let step = gradient / curvature;
        slope += step.clamp(-1.0, 1.0);
        if step.abs() < 1e-10 {
            break;
        }
    }
    slope.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calibrated_source_is_believed_and_a_random_one_is_not() {
        // 90 % told, 90 % found: slope 1 (less the pull of one pseudo-observation).
        let calibrated: Vec<(f64, f64)> = (0..1000).map(|i| (0.9, f64::from(u8::from(i % 10 != 0)))).collect();
        assert!((fit(&calibrated) - 1.0).abs() < 0.02, "{}", fit(&calibrated));
        let random: Vec<(f64, f64)> =
            (0..1000).map(|i| (if i % 2 == 0 { 0.9 } else { 0.1 }, f64::from(u8::from(i % 4 < 2)))).collect();
        assert!(fit(&random).abs() < 0.02, "{}", fit(&random));
        let reversed: Vec<(f64, f64)> = calibrated.iter().map(|(t, o)| (1.0 - t, *o)).collect();
        assert_eq!(fit(&reversed), 0.0);
    }

    #[test]
    fn no_data_is_no_trust() {
        assert_eq!(fit(&[]), 0.0);
    }
}
