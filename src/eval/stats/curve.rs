//! Simple scaling curves: a pure power and a logarithm, with a band from resampled clusters, and a refusal where the
//! points cannot bear one.

use std::fmt;

use super::cluster::{Cluster, RESAMPLES, draw};
use super::{CONFIDENCE, Interval, quantile_of_sorted};
use crate::stream::Stream;

/// The least ratio between the largest and the smallest x that a curve is fitted over: one decade.
pub const SPAN_MIN: f64 = 10.0;

/// The least number of distinct x: two would fit any curve.
pub const POINTS_MIN: usize = 3;

/// The form of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// y = a x^b, fitted by least squares in the logarithms of both.
    Power,
    /// y = a + b log10 x, fitted by least squares: b is the gain for each decade.
    Logarithm,
}

/// A fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Its form.
    pub form: Form,
    /// Factor of the power; y at x = 1 of the logarithm.
    pub a: f64,
    /// Exponent of the power; gain for each decade of the logarithm.
    pub b: f64,
}

/// Why no curve was fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// Fewer than [`POINTS_MIN`] distinct x.
    Points(usize),
    /// x spans less than [`SPAN_MIN`].
    Span(f64),
    /// A logarithm would be taken of a number that is not positive.
    NotPositive,
}

impl Curve {
    /// The curve's value at `x > 0`.
    pub fn at(&self, x: f64) -> f64 {
        match self.form {
            Form::Power => self.a * x.powf(self.b),
            Form::Logarithm => self.a + self.b * x.log10(),
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Power => write!(f, "{:.3} x^{:.3}", self.a, self.b),
            Form::Logarithm => write!(f, "{:.3} {:+.3} log10 x", self.a, self.b),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(n) => write!(f, "no curve: {n} distinct x, and it takes {POINTS_MIN}"),
            Self::Span(span) => write!(f, "no curve: x spans a factor of {span:.1}, and it takes {SPAN_MIN:.0}"),
            Self::NotPositive => write!(f, "no curve: x and, for a power, y must be above zero"),
        }
    }
}

/// The curve of least squares through points `(x, y)`, each x weighing the same; or why there is none.
pub fn fit(form: Form, points: &[(f64, f64)]) -> Result<Curve, Refusal> {
    let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (x, _)| (l.min(*x), h.max(*x)));
    let mut xs: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    if xs.len() < POINTS_MIN {
        return Err(Refusal::Points(xs.len()));
    }
    if low <= 0.0 || (form == Form::Power && points.iter().any(|(_, y)| *y <= 0.0)) {
        return Err(Refusal::NotPositive);
    }
    // The tolerance lets 0.1 to 1, whose quotient is not exactly 10, pass.
    if high / low < SPAN_MIN * (1.0 - 1e-9) {
        return Err(Refusal::Span(high / low));
    }
    let (a, b) = least_squares(points.iter().map(|(x, y)| match form {
        Form::Power => (x.ln(), y.ln()),
        Form::Logarithm => (x.log10(), *y),
    }));
    Ok(match form {
        Form::Power => Curve { form, a: a.exp(), b },
        Form::Logarithm => Curve { form, a, b },
    })
}

/// The 95% band of the curve at each x of `grid`: `at[i]` holds, for the x of `xs[i]`, the values of every independent
/// unit, the same unit at the same place for every x (a default [`Cluster`] where it has none). Whole units are
/// resampled, so what is common to a unit at all x stays common. None where too many resamples bear no curve.
pub fn band(form: Form, xs: &[f64], at: &[Vec<Cluster>], grid: &[f64], stream: Stream) -> Option<Vec<Interval>> {
    let units = at.iter().map(Vec::len).min().filter(|units| *units >= 2)?;
    let mut rng = stream.rng();
    let mut fitted: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); grid.len()];
    for _ in 0..RESAMPLES {
        let drawn: Vec<usize> = (0..units).map(|_| draw(&mut rng, units)).collect();
        let points: Vec<(f64, f64)> = xs
            .iter()
            .zip(at)
            .filter_map(|(x, clusters)| {
                let (sum, n) = drawn.iter().fold((0.0, 0.0), |(s, n), i| (s + clusters[*i].sum, n + clusters[*i].n));
                (n > 0.0).then(|| (*x, sum / n))
            })
            .collect();
        if let Ok(curve) = fit(form, &points) {
            fitted.iter_mut().zip(grid).for_each(|(values, x)| values.push(curve.at(*x)));
        }
    }
    let tail = (1.0 - CONFIDENCE) / 2.0;
    fitted
        .into_iter()
        .map(|mut values| {
            values.sort_by(f64::total_cmp);
            (values.len() * 10 >= RESAMPLES * 9).then_some(())?;
            Some(Interval { low: quantile_of_sorted(&values, tail)?, high: quantile_of_sorted(&values, 1.0 - tail)? })
        })
        .collect()
}

/// Intercept and slope of the line of least squares; x must not all be equal.
fn least_squares(points: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let n = points.clone().count() as f64;
    let (sum_x, sum_y) = points.clone().fold((0.0, 0.0), |(sx, sy), (x, y)| (sx + x, sy + y));
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let (xx, xy) =
        points.fold((0.0, 0.0), |(xx, xy), (x, y)| (xx + (x - mean_x).powi(2), xy + (x - mean_x) * (y - mean_y)));
    let slope = xy / xx;
    (mean_y - slope * mean_x, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_power_and_an_exact_logarithm_come_back() {
        let xs = [1.0, 4.0, 32.0, 100.0];
        let power = fit(Form::Power, &xs.map(|x: f64| (x, 0.4 * x.powf(-0.3)))).unwrap();
        assert!((power.a - 0.4).abs() < 1e-12 && (power.b + 0.3).abs() < 1e-12, "{power}");
        let logarithm = fit(Form::Logarithm, &xs.map(|x: f64| (x, 0.6 + 0.05 * x.log10()))).unwrap();
        assert!((logarithm.a - 0.6).abs() < 1e-12 && (logarithm.b - 0.05).abs() < 1e-12, "{logarithm}");
        assert!((logarithm.at(10.0) - 0.65).abs() < 1e-12);
    }

    #[test]
    fn less_than_a_decade_is_refused_and_says_so() {
        let narrow = fit(Form::Power, &[(8.0, 0.1), (16.0, 0.2), (64.0, 0.3)]).unwrap_err();
        assert_eq!(narrow, Refusal::Span(8.0));
        assert_eq!(narrow.to_string(), "no curve: x spans a factor of 8.0, and it takes 10");
        assert_eq!(fit(Form::Power, &[(1.0, 0.1), (100.0, 0.2)]), Err(Refusal::Points(2)));
        assert_eq!(fit(Form::Power, &[(1.0, 0.1), (10.0, 0.0), (100.0, 0.2)]), Err(Refusal::NotPositive));
        assert_eq!(fit(Form::Logarithm, &[(0.0, 0.1), (1.0, 0.1), (10.0, 0.0)]), Err(Refusal::NotPositive));
        assert!(fit(Form::Logarithm, &[(0.1, 0.1), (0.3, 0.1), (1.0, 0.0)]).is_ok());
        assert_eq!(fit(Form::Power, &[]), Err(Refusal::Points(0)));
    }

    #[test]
    fn the_band_holds_the_curve_and_narrows_with_units() {
        let xs = [1.0f64, 10.0, 100.0];
        let units = |count: u64| -> Vec<Vec<Cluster>> {
            let root = Stream::root(2);
            xs.iter()
                .enumerate()
                .map(|(i, x)| {
                    let mean = 0.5 + 0.1 * x.log10();
                    (0..count)
                        .map(|u| Cluster { sum: mean + root.index(u).index(i as u64).uniform() - 0.5, n: 1.0 })
                        .collect()
                })
                .collect()
        };
        let width = |count| {
            let band = band(Form::Logarithm, &xs, &units(count), &[10.0], Stream::root(9)).unwrap();
            assert!(band[0].contains(0.6), "{band:?}");
            band[0].high - band[0].low
        };
        assert!(width(400) < 0.5 * width(40));
        assert_eq!(band(Form::Logarithm, &xs, &units(1), &[10.0], Stream::root(9)), None);
    }
}
