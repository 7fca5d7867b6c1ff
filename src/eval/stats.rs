//! Intervals, tests and effect sizes over independent units. Nothing here knows arms, tasks or files.

pub mod best_of;
pub mod bradley_terry;
pub mod calibration;
pub mod cluster;
pub mod correlation;
pub mod curve;
pub mod linear;
pub mod nested;
pub mod overoptimisation;
pub mod paired;
pub mod power;
pub mod resample;
pub mod seeds;

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of every interval of the program.
pub const CONFIDENCE: f64 = 0.95;

/// An interval, `low <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies within it, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// None for one without width, but for the last bits: units that do not differ tell nothing of their spread, and a
    /// number must not look certain for it.
    pub fn with_width(self) -> Option<Self> {
        (self.high - self.low > 1e-12 * (1.0 + self.high.abs())).then_some(self)
    }

    /// The same interval cut to `[low, high]`.
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { low: self.low.clamp(low, high), high: self.high.clamp(low, high) }
    }
}

/// Wilson's score interval for a proportion of `n` independent trials, `successes` in `[0, n]` (ties may count half).
/// None without trials. Wilson 1927; Newcombe 1998, method 3.
pub fn wilson(successes: f64, n: f64) -> Option<Interval> {
    if n <= 0.0 {
        return None;
    }
    let p = (successes / n).clamp(0.0, 1.0);
    let z = normal_quantile(0.5 + CONFIDENCE / 2.0);
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Some(Interval { low: (centre - half) / scale, high: (centre + half) / scale }.within(0.0, 1.0))
}

/// Student's interval for the mean of independent values. None below two values.
pub fn t_interval(values: &[f64]) -> Option<Interval> {
    let degrees = values.len().checked_sub(1).filter(|d| *d > 0)?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / degrees as f64;
    let half = t_quantile(0.5 + CONFIDENCE / 2.0, degrees) * (variance / n).sqrt();
    Some(Interval { low: mean - half, high: mean + half })
}

/// The smallest true difference that a two-sided 5% test of `units` independent units finds with 80% power, given the
/// standard error: (t(0.975) + t(0.8)) standard errors, 2.80 for many units. Bloom 1995.
pub fn minimum_detectable_effect(standard_error: f64, units: usize) -> Option<f64> {
    let degrees = units.checked_sub(1).filter(|d| *d > 0)?;
    Some((t_quantile(0.975, degrees) + t_quantile(0.8, degrees)) * standard_error)
}

/// The quantile of the standard normal distribution, `p` in `(0, 1)`.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// The quantile of Student's distribution, `p` in `(0, 1)`, at least one degree of freedom.
pub fn t_quantile(p: f64, degrees: usize) -> f64 {
    // Beyond this many degrees the two agree to four digits, and the normal one is exact and fast.
    if degrees > 10_000 {
        return normal_quantile(p);
    }
    StudentsT::new(0.0, 1.0, degrees.max(1) as f64)
        .expect("a scale of one and a positive number of degrees make a distribution")
        .inverse_cdf(p)
}

/// The `q`-quantile of sorted values, linear between order statistics (Hyndman and Fan 1996, type 7).
pub(crate) fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = place.ceil() as usize;
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn wilson_as_in_newcombe() {
        // Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
        for (x, n, low, high) in [
            (81.0, 263.0, 0.2553, 0.3662),
            (15.0, 148.0, 0.0624, 0.1605),
            (0.0, 20.0, 0.0000, 0.1611),
            (1.0, 29.0, 0.0061, 0.1718),
        ] {
            let interval = wilson(x, n).unwrap();
            close(interval.low, low, 6e-5);
            close(interval.high, high, 6e-5);
        }
        assert_eq!(wilson(0.0, 0.0), None);
    }

    #[test]
    fn t_interval_of_students_sleep_data() {
        // Student 1908, Biometrika 6:1, hours of sleep gained; the interval as R 4 prints it for the paired t test.
        let gained = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4];
        let interval = t_interval(&gained).unwrap();
        close(interval.low, 0.700_114_2, 1e-6);
        close(interval.high, 2.459_885_8, 1e-6);
        assert_eq!(t_interval(&[1.0]), None);
    }

    #[test]
    fn quantiles_as_in_tables() {
        // Fisher and Yates, table III: t(0.975) at 4 and 30 degrees; the normal's 97.5% point.
        close(t_quantile(0.975, 4), 2.776, 5e-4);
        close(t_quantile(0.975, 30), 2.042, 5e-4);
        close(normal_quantile(0.975), 1.959_964, 1e-6);
        // Bloom 1995: 2.8 standard errors for 80% power at 5%, two-sided.
        close(minimum_detectable_effect(1.0, 100_000).unwrap(), 2.8016, 1e-4);
    }

    #[test]
    fn quantiles_between_order_statistics() {
        assert_eq!(quantile_of_sorted(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
        assert_eq!(quantile_of_sorted(&[], 0.5), None);
    }
}
