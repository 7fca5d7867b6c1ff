//! The curve fitted to one line of a plot.

use super::measure::{Measured, aligned};
use crate::eval;
use crate::eval::stats::curve::{self, BEST, Curve, Form};
use crate::eval::stats::overoptimisation::{BestOfN, Reinforced};
use crate::eval::stats::{CONFIDENCE, normal_quantile};
use crate::report::figure::{Draw, Series};

/// Places along x at which a fitted curve is drawn.
const CURVE_STEPS: usize = 60;

/// What came of fitting a curve.
pub struct Fitted {
    /// In words, for the plot.
    pub note: String,
    /// The form and the curve; none where it was refused.
    pub curve: Option<(Form, Curve)>,
}

impl Fitted {
    /// For the table: the form, its parameters with all their digits, why there is none.
    pub fn cells(&self) -> [String; 3] {
        match &self.curve {
            None => [String::new(), String::new(), self.note.clone()],
            Some((form, curve)) => {
                let named: Vec<String> =
                    parameters(curve).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
                [form.name().to_owned(), named.join(" "), String::new()]
            }
        }
    }
}

/// The numbers of a curve by name, as the fields of [`Curve`] are called.
fn parameters(curve: &Curve) -> Vec<(&'static str, f64)> {
    match curve {
        Curve::Power { factor, exponent } => vec![("factor", *factor), ("exponent", *exponent)],
        Curve::OffsetPower { offset, factor, exponent } => {
            vec![("offset", *offset), ("factor", *factor), ("exponent", *exponent)]
        }
        Curve::Logarithm { at_one, per_decade } => vec![("at_one", *at_one), ("per_decade", *per_decade)],
        Curve::ClippedLine(line) => {
            let ends = [("floor", line.floor), ("ceiling", line.ceiling)];
            let line = [("slope", line.slope), ("intercept", line.intercept)];
            line.into_iter().chain(ends.into_iter().filter_map(|(name, end)| Some((name, end?)))).collect()
        }
        Curve::BestOfN { offset, gain: BestOfN { alpha, beta } }
        | Curve::Reinforced { offset, gain: Reinforced { alpha, beta } } => {
            vec![("offset", *offset), ("alpha", *alpha), ("beta", *beta)]
        }
    }
}

/// Fits a curve to measurements in the order of their x; and where a series is to show it, puts it there with its band. The
/// points stay.
pub fn fitted(fit: &str, at: &[(f64, &Measured<'_>)], series: Option<&mut Series>) -> Fitted {
    let z = normal_quantile(0.5 + CONFIDENCE / 2.0);
    let error = |m: &Measured<'_>| m.interval.map(|i| (i.high - i.low) / (2.0 * z));
    let points: Vec<curve::Point> =
        at.iter().map(|(x, m)| curve::Point { x: *x, y: m.value, standard_error: error(m) }).collect();
    let (form, curve, why) = match of_form(fit, &points) {
        Ok(found) => found,
        Err(why) => return Fitted { note: why, curve: None },
    };
    let mut banded = "";
    if let Some(series) = series {
        // By ratios: from the first x above zero, where there is one at zero.
        let low = points.iter().map(|point| point.x).find(|x| *x > 0.0).unwrap_or(1.0);
        let high = points[points.len() - 1].x;
        let steps = (0..=CURVE_STEPS).map(|i| low * (high / low).powf(i as f64 / CURVE_STEPS as f64));
        let grid: Vec<f64> = (points[0].x == 0.0).then_some(0.0).into_iter().chain(steps).collect();
        series.draw = Draw::Dots;
        series.curve = grid.iter().map(|x| (*x, curve.at(*x))).collect();
        let measured: Vec<&Measured<'_>> = at.iter().map(|(_, m)| *m).collect();
        let band = curve::band(form, &points, &aligned(&measured), &grid, eval::bootstrap_stream().named("curve"));
        banded = if band.is_some() { "" } else { ", without a band: too few independent units are known" };
        series.band = grid.iter().zip(band.unwrap_or_default()).map(|(x, i)| (*x, i.low, i.high)).collect();
    }
    Fitted { note: format!("{curve}{why}{banded}"), curve: Some((form, curve)) }
}

/// The curve of the form asked for, or of the one that fits best and how that was told; or why there is none.
fn of_form(fit: &str, points: &[curve::Point]) -> Result<(Form, Curve, String), String> {
    if fit == BEST {
        let tried = curve::choose(points).map_err(|refusal| refusal.to_string())?;
        let best = tried[0];
        let why = match best.held_out {
            Some(off) => format!("off by {off:.3} at the largest x when that is left out"),
            None => "by AIC alone: too few x to leave the largest out".to_owned(),
        };
        return Ok((best.form, best.curve, format!(" (best of {}: {why})", tried.len())));
    }
    let form = Form::named(fit).ok_or_else(|| format!("no curve: `{fit}` is none of {}", curve::names().join(", ")))?;
    curve::fit(form, points).map(|curve| (form, curve, String::new())).map_err(|refusal| refusal.to_string())
}
