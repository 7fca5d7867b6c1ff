//! A line that is clipped below, above, at both ends or nowhere: the "double ReLU" of Engels et al. (2025), who choose among
//! the four by AIC for domain Elo against general Elo.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::linear::least_squares;

/// `y = slope x + intercept`, held within its floor and ceiling where it has them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClippedLine {
    /// What a step of x gains between the two.
    pub slope: f64,
    /// The line at x = 0, were it not clipped.
    pub intercept: f64,
    /// The lowest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// The highest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<f64>,
}

/// Shapes by whether they have a floor and a ceiling.
const SHAPES: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];
/// Starts that are refined.
const REFINED: usize = 4;
/// Turns at the parameters at most.
const TURNS_MAX: usize = 400;

impl ClippedLine {
    /// Its value at `x`.
    pub fn at(&self, x: f64) -> f64 {
        let line = self.slope * x + self.intercept;
        let line = self.floor.map_or(line, |floor| line.max(floor));
        self.ceiling.map_or(line, |ceiling| line.min(ceiling))
    }

    /// How many numbers it was fitted in.
    pub fn parameters(&self) -> usize {
        2 + usize::from(self.floor.is_some()) + usize::from(self.ceiling.is_some())
    }

    /// The clipped line of least squares through points `(x, y, weight)` by rising x, of the shape with the lowest `aic` of
    /// (sum of squares, parameters); none below three points at different x. A shape needs a point more than parameters.
    pub fn fitted(points: &[(f64, f64, f64)], aic: impl Fn(f64, usize) -> f64) -> Option<Self> {
        let mut xs: Vec<f64> = points.iter().map(|point| point.0).collect();
        xs.dedup();
        let fits = SHAPES.iter().filter_map(|(floor, ceiling)| {
            let line = of_shape(points, *floor, *ceiling)?;
            (xs.len() > line.parameters()).then(|| (aic(loss(&line, points), line.parameters()), line))
        });
        // The first of equals: a line that needs no clipping has none.
        fits.reduce(|best, next| if next.0 < best.0 { next } else { best }).map(|(_, line)| line)
    }
}

impl fmt::Display for ClippedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} {:+.3} x", self.intercept, self.slope)?;
        match (self.floor, self.ceiling) {
            (None, None) => Ok(()),
            (Some(floor), None) => write!(f, ", at least {floor:.3}"),
            (None, Some(ceiling)) => write!(f, ", at most {ceiling:.3}"),
            (Some(floor), Some(ceiling)) => write!(f, ", from {floor:.3} to {ceiling:.3}"),
        }
    }
}

fn loss(line: &ClippedLine, points: &[(f64, f64, f64)]) -> f64 {
    points.iter().map(|(x, y, w)| w * (y - line.at(*x)).powi(2)).sum()
}

/// Every way to lay the points on the two flats and the slope is a start; the best are refined.
fn of_shape(points: &[(f64, f64, f64)], has_floor: bool, has_ceiling: bool) -> Option<ClippedLine> {
    let n = points.len();
    let counts = |is_flat: bool| if is_flat { 1..n } else { 0..1 };
    let mut starts: Vec<(f64, ClippedLine)> = Vec::new();
    // Up or down: the flat at the left is the floor of a rising line and the ceiling of a falling one.
    for (is_rising, at_left, at_right) in [(true, has_floor, has_ceiling), (false, has_ceiling, has_floor)] {
        for (left, right) in counts(at_left).flat_map(|left| counts(at_right).map(move |right| (left, right))) {
            if left + right + 2 > n {
                continue;
            }
            let (left, middle, right) = (&points[..left], &points[left..n - right], &points[n - right..]);
            let (low, high) = if is_rising { (left, right) } else { (right, left) };
            starts.extend(start(middle, low, high).map(|line| (loss(&line, points), line)));
        }
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let refined = starts.into_iter().take(REFINED).map(|(_, line)| stepped(line, points));
    refined.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, line)| line)
}

/// A line through some points, its floor and ceiling the means of others.
fn start(slope: &[(f64, f64, f64)], low: &[(f64, f64, f64)], high: &[(f64, f64, f64)]) -> Option<ClippedLine> {
    let [intercept, gain] = least_squares(slope.iter().map(|(x, y, w)| ([1.0, *x], *y, *w)))?;
    let mean = |of: &[(f64, f64, f64)]| {
        let (sum, weight) = of.iter().fold((0.0, 0.0), |(s, t), (_, y, w)| (s + w * y, t + w));
        (weight > 0.0).then(|| sum / weight)
    };
    let (floor, ceiling) = (mean(low), mean(high));
    let is_ordered = floor.zip(ceiling).is_none_or(|(floor, ceiling)| floor < ceiling);
    is_ordered.then_some(ClippedLine { slope: gain, intercept, floor, ceiling })
}

/// Smaller and smaller steps in each parameter by turns, as long as they help: the corners have no derivative.
fn stepped(line: ClippedLine, points: &[(f64, f64, f64)]) -> (f64, ClippedLine) {
    let centre = points.iter().map(|point| point.0).sum::<f64>() / points.len() as f64;
    let (low, high) = points.iter().fold((f64::MAX, f64::MIN), |(l, h), (_, y, _)| (l.min(*y), h.max(*y)));
    let width = points.last().map_or(1.0, |last| last.0 - points[0].0);
    let (mut best, mut least) = (line, loss(&line, points));
    let mut step = 0.1 * (high - low);
    let mut turns = 0;
    while step > 1e-9 * (high - low) && turns < TURNS_MAX {
        turns += 1;
        let mut moved = false;
        for (turn, by) in (0..4).flat_map(|turn| [(turn, step), (turn, -step)]) {
            let mut next = best;
            match turn {
                0 => next.intercept += by,
                1 => {
                    // About the middle of the points, so that slope and height are moved apart.
                    next.slope += by / width;
                    next.intercept -= by / width * centre;
                }
                2 => next.floor = next.floor.map(|floor| floor + by),
                _ => next.ceiling = next.ceiling.map(|ceiling| ceiling + by),
            }
            let found = loss(&next, points);
            if found < least {
                (best, least, moved) = (next, found, true);
            }
        }
        if !moved {
            step *= 0.5;
        }
    }
    (least, best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(line: &ClippedLine, xs: &[f64]) -> Vec<(f64, f64, f64)> {
        xs.iter().map(|x| (*x, line.at(*x), 1.0)).collect()
    }

    fn aic(n: usize) -> impl Fn(f64, usize) -> f64 {
        move |loss, parameters| n as f64 * (loss / n as f64).max(1e-18).ln() + 2.0 * parameters as f64
    }

    #[test]
    fn every_shape_comes_back_rising_and_falling() {
        let xs: Vec<f64> = (0..12).map(f64::from).collect();
        for (slope, intercept) in [(1.5, -4.0), (-1.5, 12.0), (0.25, 3.0)] {
            for (floor, ceiling) in [(None, None), (Some(2.5), None), (None, Some(5.25)), (Some(3.6), Some(5.2))] {
                let line = ClippedLine { slope, intercept, floor, ceiling };
                let found = ClippedLine::fitted(&points(&line, &xs), aic(xs.len())).unwrap();
                let off = xs.iter().map(|x| (found.at(*x) - line.at(*x)).abs()).fold(0.0, f64::max);
                assert!(off < 1e-6, "{line}: found {found}, off by {off}");
                // A clip that no point shows is not found.
                assert!(found.parameters() <= line.parameters(), "{line}: found {found}");
            }
        }
    }

    #[test]
    fn too_few_points_have_no_corner() {
        let line = ClippedLine { slope: 1.0, intercept: 0.0, floor: Some(1.0), ceiling: None };
        let found = ClippedLine::fitted(&points(&line, &[0.0, 1.0, 2.0]), aic(3)).unwrap();
        assert_eq!((found.floor, found.ceiling), (None, None), "three points bear two parameters");
        assert_eq!(ClippedLine::fitted(&points(&line, &[0.0, 1.0]), aic(2)), None);
        assert_eq!(ClippedLine::fitted(&[], aic(1)), None);
    }
}
