//! Scaling curves (a pure power, a power with an offset, a logarithm, a clipped line) and those of overoptimisation, by weighted
//! least squares from many starts, with a band from resampled clusters; which of them fits; and a refusal where the points
//! cannot bear one.

pub mod clipped;
mod form;

use std::fmt;
use std::ops::{Bound, RangeBounds as _};

pub use form::{Curve, Form};

use super::Interval;
use super::cluster::Cluster;
use super::linear::{least_squares, refined};
use super::overoptimisation::{BestOfN, Reinforced, distance};
use super::resample::estimates;
use crate::stream::Stream;
use clipped::ClippedLine;

/// The least ratio between the largest and the smallest x that a curve is fitted over: one decade.
pub const SPAN_MIN: f64 = 10.0;

/// The least number of distinct x: two would fit any curve. One of more parameters needs one more than it has.
pub const POINTS_MIN: usize = 3;

/// Exponents that a power is started at, from `-EXPONENT_MAX` to `EXPONENT_MAX`, and how many of them are refined.
const STARTS: usize = 41;
const REFINED: usize = 5;
const EXPONENT_MAX: f64 = 4.0;

/// What asks for the form that fits best, in place of a form's name: see [`choose`].
pub const BEST: &str = "best";

/// What may be asked for.
pub fn names() -> Vec<&'static str> {
    Form::ALL.iter().map(|form| form.name()).chain([BEST]).collect()
}

/// A point that a curve is fitted to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The scale.
    pub x: f64,
    /// What was measured.
    pub y: f64,
    /// The standard error of that, where it is known. Points count by its square where all know theirs, else alike.
    pub standard_error: Option<f64>,
}

/// Why no curve was fitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// So many distinct x, and how many it takes.
    Points(usize, usize),
    /// x spans less than [`SPAN_MIN`].
    Span(f64),
    /// A point lies where the form has no value: see [`Form`].
    NotPositive,
    /// No curve of this form comes near the points.
    NoFit,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Points(1, needed) => write!(f, "no curve: one point to fit, and it takes {needed} at different x"),
            Self::Points(n, needed) => write!(f, "no curve: {n} distinct x, and it takes {needed}"),
            Self::Span(span) => write!(f, "no curve: x spans a factor of {span:.1}, and it takes {SPAN_MIN:.0}"),
            Self::NotPositive => {
                let rest = "for `best_of_n` one or more, for `reinforced` not below zero, and for a power y above zero";
                write!(f, "no curve: x must be above zero, {rest}")
            }
            Self::NoFit => write!(f, "no curve: none of this form comes near the points"),
        }
    }
}

/// The curve of least squares through points, or why there is none.
pub fn fit(form: Form, points: &[Point]) -> Result<Curve, Refusal> {
    let xs = distinct(points);
    let needed = POINTS_MIN.max(form.parameters() + 1);
    if xs.len() < needed {
        return Err(Refusal::Points(xs.len(), needed));
    }
    let is_within = |x: f64| (form.begins(), Bound::Unbounded).contains(&x);
    if !is_within(xs[0]) || (form == Form::Power && points.iter().any(|point| point.y <= 0.0)) {
        return Err(Refusal::NotPositive);
    }
    let low = xs.iter().copied().find(|x| *x > 0.0).unwrap_or(1.0);
    let high = xs[xs.len() - 1];
    // The tolerance lets 0.1 to 1, whose quotient is not exactly 10, pass.
    if high / low < SPAN_MIN * (1.0 - 1e-9) {
        return Err(Refusal::Span(high / low));
    }
    unrefused(form, points).ok_or(Refusal::NoFit)
}

fn distinct(points: &[Point]) -> Vec<f64> {
    let mut xs: Vec<f64> = points.iter().map(|point| point.x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    xs
}

/// The weight of each point: by its standard error where all know theirs.
fn weights(points: &[Point]) -> Vec<f64> {
    let known: Option<Vec<f64>> =
        points.iter().map(|point| point.standard_error.filter(|error| *error > 0.0).map(|e| e.powi(-2))).collect();
    known.unwrap_or_else(|| vec![1.0; points.len()])
}

fn unrefused(form: Form, points: &[Point]) -> Option<Curve> {
    let weights = weights(points);
    let weighted = || points.iter().zip(&weights).map(|(point, weight)| (point.x, point.y, *weight));
    match form {
        Form::Logarithm => {
            let [at_one, per_decade] = least_squares(weighted().map(|(x, y, w)| ([1.0, x.log10()], y, w)))?;
            Some(Curve::Logarithm { at_one, per_decade })
        }
        Form::ClippedLine => {
            let mut in_logs: Vec<(f64, f64, f64)> = weighted().map(|(x, y, w)| (x.log10(), y, w)).collect();
            in_logs.sort_by(|a, b| a.0.total_cmp(&b.0));
            ClippedLine::fitted(&in_logs, |loss, parameters| aic(points, loss, parameters)).map(Curve::ClippedLine)
        }
        Form::BestOfN => {
            let row = |d: f64| [1.0, BestOfN::TERMS[0](d), BestOfN::TERMS[1](d)];
            let [offset, alpha, beta] = least_squares(weighted().map(|(x, y, w)| (row(distance(x)), y, w)))?;
            Some(Curve::BestOfN { offset, gain: BestOfN { alpha, beta } })
        }
        Form::Reinforced => {
            let row = |d: f64| [1.0, Reinforced::TERMS[0](d), Reinforced::TERMS[1](d)];
            let [offset, alpha, beta] = least_squares(weighted().map(|(x, y, w)| (row(x.sqrt()), y, w)))?;
            Some(Curve::Reinforced { offset, gain: Reinforced { alpha, beta } })
        }
        Form::Power | Form::OffsetPower => {
            // About the middle of the scales: there factor and exponent are least entangled.
            let middle = (points.iter().map(|point| point.x.ln()).sum::<f64>() / points.len() as f64).exp();
            let scaled: Vec<(f64, f64, f64)> = weighted().map(|(x, y, w)| (x / middle, y, w)).collect();
            let curve = if form == Form::Power { power(&scaled) } else { offset_power(&scaled) }?;
            Some(match curve {
                Curve::Power { factor, exponent } => Curve::Power { factor: factor * middle.powf(-exponent), exponent },
                Curve::OffsetPower { offset, factor, exponent } => {
                    Curve::OffsetPower { offset, factor: factor * middle.powf(-exponent), exponent }
                }
                other => other,
            })
        }
    }
}

/// The exponents to start at; never zero, where a power is a constant.
fn exponents() -> impl Iterator<Item = f64> {
    let step = 2.0 * EXPONENT_MAX / STARTS as f64;
    (0..STARTS).map(move |i| -EXPONENT_MAX + (i as f64 + 0.5) * step).filter(|exponent| exponent.abs() > 1e-9)
}

/// From each exponent the best factor; from the best of those, all together.
fn power(points: &[(f64, f64, f64)]) -> Option<Curve> {
    let mut starts: Vec<(f64, [f64; 2])> = exponents()
        .filter_map(|exponent| {
            let [factor] = least_squares(points.iter().map(|(x, y, w)| ([x.powf(exponent)], *y, *w)))?;
            let loss = points.iter().map(|(x, y, w)| w * (y - factor * x.powf(exponent)).powi(2)).sum();
            Some((loss, [factor, exponent]))
        })
        .collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let model = |at: &[f64; 2], x: f64| {
        let unit = x.powf(at[1]);
        (at[0] * unit, [unit, at[0] * unit * x.ln()])
    };
    let best = starts.into_iter().take(REFINED).map(|(_, start)| refined(start, points, model));
    let ([factor, exponent], _) = best.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Curve::Power { factor, exponent })
}

/// From each exponent the best offset and factor; from the best of those, all together.
fn offset_power(points: &[(f64, f64, f64)]) -> Option<Curve> {
    let mut starts: Vec<(f64, [f64; 3])> = exponents()
        .filter_map(|exponent| {
            let [offset, factor] = least_squares(points.iter().map(|(x, y, w)| ([1.0, x.powf(exponent)], *y, *w)))?;
            let loss = points.iter().map(|(x, y, w)| w * (y - offset - factor * x.powf(exponent)).powi(2)).sum();
            Some((loss, [offset, factor, exponent]))
        })
        .collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let model = |at: &[f64; 3], x: f64| {
        let unit = x.powf(at[2]);
        (at[0] + at[1] * unit, [1.0, unit, at[1] * unit * x.ln()])
    };
    let best = starts.into_iter().take(REFINED).map(|(_, start)| refined(start, points, model));
    let best = best.filter(|(at, _)| at[2].abs() <= EXPONENT_MAX);
    let ([offset, factor, exponent], _) = best.min_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Curve::OffsetPower { offset, factor, exponent })
}

/// Akaike's criterion: twice the parameters plus the squares over their known variances, or over a common one that is
/// estimated (Akaike 1974; Burnham and Anderson 2002, section 2.2). `loss` is the weighted sum of squares.
fn aic(points: &[Point], loss: f64, parameters: usize) -> f64 {
    let n = points.len() as f64;
    // What is left of points on the curve is rounding, and must not choose.
    let size = points.iter().zip(weights(points)).map(|(point, w)| w * point.y * point.y).sum::<f64>() / n;
    let least = 1e-18 * size.max(f64::MIN_POSITIVE);
    let is_known = points.iter().all(|point| point.standard_error.is_some_and(|error| error > 0.0));
    let fit = if is_known { loss } else { n * (loss / n).max(least).ln() };
    fit + 2.0 * parameters as f64
}

/// One form of those that were tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tried {
    /// The form.
    pub form: Form,
    /// The curve through all points.
    pub curve: Curve,
    /// Akaike's criterion of it: lower is better.
    pub aic: f64,
    /// By how much the curve through all points but those at the largest x misses their mean; none where they are too few.
    pub held_out: Option<f64>,
}

/// The forms that the points bear, the chosen one first; or why they bear none. Chosen is the form that, fitted without the
/// largest x, comes nearest to what was measured there; where several come as near as that measurement is known, or nothing
/// can be held out, the one of them with the lowest AIC.
pub fn choose(points: &[Point]) -> Result<Vec<Tried>, Refusal> {
    let fits: Vec<Result<Tried, Refusal>> = Form::SCALING.into_iter().map(|form| tried(form, points)).collect();
    let refusal = fits.iter().find_map(|fit| fit.as_ref().err().copied());
    let mut fits: Vec<Tried> = fits.into_iter().flatten().collect();
    let nearest = fits.iter().filter_map(|fit| fit.held_out).fold(f64::INFINITY, f64::min);
    let largest = distinct(points).last().copied().unwrap_or(0.0);
    let at_largest = || points.iter().filter(|point| point.x == largest);
    let known = at_largest().filter_map(|point| point.standard_error).fold(0.0, f64::max);
    let rounding = 1e-6 * at_largest().map(|point| point.y.abs()).fold(0.0, f64::max);
    let as_near =
        |fit: &Tried| nearest.is_infinite() || fit.held_out.is_some_and(|off| off <= nearest + known.max(rounding));
    // Stable: of equals the simplest stays first.
    fits.sort_by(|a, b| as_near(b).cmp(&as_near(a)).then(a.aic.total_cmp(&b.aic)));
    if fits.is_empty() { Err(refusal.unwrap_or(Refusal::NoFit)) } else { Ok(fits) }
}

fn tried(form: Form, points: &[Point]) -> Result<Tried, Refusal> {
    let curve = fit(form, points)?;
    let loss = points.iter().zip(weights(points)).map(|(point, w)| w * (point.y - curve.at(point.x)).powi(2)).sum();
    let xs = distinct(points);
    let largest = xs[xs.len() - 1];
    let (last, rest): (Vec<Point>, Vec<Point>) = points.iter().partition(|point| point.x == largest);
    let is_enough = xs.len() > POINTS_MIN.max(form.parameters() + 1);
    let without = if is_enough { unrefused(form, &rest) } else { None };
    let measured = last.iter().map(|point| point.y).sum::<f64>() / last.len() as f64;
    let held_out = without.map(|curve| (curve.at(largest) - measured).abs()).filter(|off| off.is_finite());
    Ok(Tried { form, curve, aic: aic(points, loss, curve.parameters()), held_out })
}

/// The 95% band of the curve at each x of `grid`: `at[i]` holds, for `points[i]`, the values of every independent unit, the
/// same unit at the same place for every point (a default [`Cluster`] where it has none). Whole units are drawn again, or
/// below twenty of them left out one by one (see [`estimates`]), so what is common to a unit at all x stays common. None
/// where too many of these bear no curve.
pub fn band(form: Form, points: &[Point], at: &[Vec<Cluster>], grid: &[f64], stream: Stream) -> Option<Vec<Interval>> {
    let units = at.iter().map(Vec::len).min()?;
    let on_grid = |weights: &[f64]| {
        let weighted = |(point, clusters): (&Point, &Vec<Cluster>)| {
            let (sum, n) = weights.iter().zip(clusters).fold((0.0, 0.0), |(s, n), (w, c)| (s + w * c.sum, n + w * c.n));
            (n > 0.0).then(|| Point { y: sum / n, ..*point })
        };
        let again: Vec<Point> = points.iter().zip(at).filter_map(weighted).collect();
        let curve = fit(form, &again).ok();
        grid.iter().map(|x| curve.map(|curve| curve.at(*x))).collect()
    };
    estimates(units, stream, on_grid).into_iter().map(|found| found?.interval).collect()
}

#[cfg(test)]
mod tests;
