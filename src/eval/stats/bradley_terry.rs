//! Ratings from games between two sides (Bradley and Terry 1952): P(a beats b) = 1 / (1 + exp(-(r_a - r_b))).

use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array1, Array2};

use super::resample::{Estimate, estimates};
use crate::scale::sigmoid;
use crate::stream::Stream;

/// Points of Elo for a unit of log-odds, 400 / ln 10: 400 points are odds of ten to one, 90.9% of the games.
pub const ELO: f64 = 173.717_792_761_248_8;

/// What a contestant that won or lost all of its games is given against that record, in games, shared out over its
/// opponents as its games were: else its rating would have no end.
pub const PSEUDO_GAMES: f64 = 0.5;

/// Steps of Newton's method at most; games that bear ratings need fewer than ten.
const STEPS_MAX: usize = 60;

/// One game, or several of one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Game {
    /// One contestant, by number.
    pub first: usize,
    /// The other.
    pub second: usize,
    /// What the first won of it, in `[0, 1]`: a tie is one half.
    pub won: f64,
    /// 1 where the first opened, -1 where the second did, 0 where it is not known or both did.
    pub opened: f64,
    /// The independent unit that the game belongs to.
    pub unit: usize,
}

/// Why there are no ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There are no games.
    Games,
    /// The contestants fall into so many groups that never met: ratings of two groups cannot be compared.
    Unconnected(usize),
    /// Some always beat all the others, who beat one another: the distance between the two has no end.
    Separated,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Games => write!(f, "no ratings: there are no games"),
            Self::Unconnected(groups) => write!(f, "no ratings: {groups} groups of contestants never met"),
            Self::Separated => write!(f, "no ratings: some always beat all the others"),
        }
    }
}

/// Ratings in points of Elo, their mean 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings {
    /// By contestant.
    pub elo: Vec<Estimate>,
    /// What opening is worth, in points; none unless both sides opened games.
    pub opening: Option<Estimate>,
    /// Of every combination asked for, in order.
    pub combined: Vec<Option<Estimate>>,
}

/// Ratings of contestants `0..contestants` by maximum likelihood, with 95% intervals over `units` independent units
/// (questions). `combinations` are weighted sums of ratings to be given with intervals of their own, such as the mean of
/// some less the mean of others.
pub fn ratings(
    games: &[Game],
    contestants: usize,
    units: usize,
    combinations: &[Vec<(usize, f64)>],
    stream: Stream,
) -> Result<Ratings, Refusal> {
    let pairings = Pairings::of(games, contestants, units);
    let whole = pairings.fit(&vec![1.0; units])?;
    let numbers = |fit: &Fit| -> Vec<Option<f64>> {
        let sums = combinations.iter().map(|sum| Some(sum.iter().map(|(at, w)| w * fit.ratings[*at]).sum::<f64>()));
        let known = fit.ratings.iter().copied().map(Some).chain([fit.opening]);
        known.chain(sums).map(|value| value.map(|v| v * ELO)).collect()
    };
    let count = numbers(&whole).len();
    let resampled = |weights: &[f64]| pairings.fit(weights).map_or_else(|_| vec![None; count], |fit| numbers(&fit));
    let mut found = estimates(units, stream, resampled);
    let combined = found.split_off(contestants + 1);
    let opening = found.pop().flatten();
    Ok(Ratings { elo: found.into_iter().flatten().collect(), opening, combined })
}

/// Games by who met whom in which order, for each unit.
struct Pairings {
    contestants: usize,
    /// (first, second, opened) of each kind of game.
    kinds: Vec<(usize, usize, f64)>,
    /// For each unit, the kinds that it has games of: (kind, games, won by the first).
    by_unit: Vec<Vec<(usize, f64, f64)>>,
    has_opening: bool,
}

/// Ratings in log-odds.
struct Fit {
    ratings: Vec<f64>,
    opening: Option<f64>,
}

impl Pairings {
    fn of(games: &[Game], contestants: usize, units: usize) -> Self {
        let mut numbers: BTreeMap<(usize, usize, i8), usize> = BTreeMap::new();
        let mut kinds = Vec::new();
        let mut by_unit: Vec<BTreeMap<usize, (f64, f64)>> = vec![BTreeMap::new(); units];
        for game in games {
            let key = (game.first, game.second, game.opened as i8);
            let kind = *numbers.entry(key).or_insert_with(|| {
                kinds.push((game.first, game.second, game.opened));
                kinds.len() - 1
            });
            let record = by_unit[game.unit].entry(kind).or_default();
            *record = (record.0 + 1.0, record.1 + game.won);
        }
        let opened = |by: f64| games.iter().any(|game| game.opened == by);
        let records = |unit: BTreeMap<usize, (f64, f64)>| unit.into_iter().map(|(kind, (n, won))| (kind, n, won));
        Self {
            contestants,
            kinds,
            by_unit: by_unit.into_iter().map(|unit| records(unit).collect()).collect(),
            has_opening: opened(1.0) && opened(-1.0),
        }
    }

    /// Ratings where unit `u` counts `weights[u]` times.
    fn fit(&self, weights: &[f64]) -> Result<Fit, Refusal> {
        let mut records = vec![(0.0, 0.0); self.kinds.len()];
        for (weight, unit) in weights.iter().zip(&self.by_unit).filter(|(weight, _)| **weight > 0.0) {
            for (kind, n, won) in unit {
                records[*kind] = (records[*kind].0 + weight * n, records[*kind].1 + weight * won);
            }
        }
        match self.groups(&records) {
            _ if records.iter().all(|(n, _)| *n == 0.0) => return Err(Refusal::Games),
            1 => {}
            groups => return Err(Refusal::Unconnected(groups)),
        }
        self.soften(&mut records);
        let found = self.newton(&records).ok_or(Refusal::Separated)?;
        let opening = self.has_opening.then(|| found[self.contestants]);
        Ok(Fit { ratings: found.iter().take(self.contestants).copied().collect(), opening })
    }

    /// How many groups of contestants have met one another, directly or through others.
    fn groups(&self, records: &[(f64, f64)]) -> usize {
        let mut group: Vec<usize> = (0..self.contestants).collect();
        for ((first, second, _), _) in self.kinds.iter().zip(records).filter(|(_, (n, _))| *n > 0.0) {
            let (a, b) = (group[*first], group[*second]);
            group.iter_mut().filter(|g| **g == b).for_each(|g| *g = a);
        }
        group.sort_unstable();
        group.dedup();
        group.len()
    }

    /// Gives every perfect record [`PSEUDO_GAMES`] of the other kind.
    fn soften(&self, records: &mut [(f64, f64)]) {
        let before = records.to_vec();
        for contestant in 0..self.contestants {
            let own = |kind: usize| {
                let ((first, second, _), (n, won)) = (self.kinds[kind], before[kind]);
                if first == contestant { Some((n, won)) } else { (second == contestant).then_some((n, n - won)) }
            };
            let known = || (0..self.kinds.len()).filter_map(|kind| Some((kind, own(kind)?)));
            let (games, won) = known().fold((0.0, 0.0), |(n, w), (_, (games, won))| (n + games, w + won));
            if won > 1e-9 && won < games - 1e-9 {
                continue;
            }
            let gain = if won <= 1e-9 { 1.0 } else { 0.0 };
            for (kind, (n, _)) in known() {
                let share = PSEUDO_GAMES * n / games;
                let first_gains = if self.kinds[kind].0 == contestant { gain } else { 1.0 - gain };
                records[kind] = (records[kind].0 + share, records[kind].1 + share * first_gains);
            }
        }
    }

    /// The maximum of the likelihood, the ratings' mean 0, and after them what opening is worth; none where it has no
    /// maximum.
    fn newton(&self, records: &[(f64, f64)]) -> Option<Array1<f64>> {
        let size = self.contestants + usize::from(self.has_opening);
        let mut at = Array1::<f64>::zeros(size);
        for _ in 0..STEPS_MAX {
            let mut slope = Array1::<f64>::zeros(size);
            // Shifting all ratings changes nothing: this holds their mean where it is, at 0.
            let mut curvature = Array2::from_shape_fn((size, size), |(row, column)| {
                f64::from(u8::from(row < self.contestants && column < self.contestants))
            });
            for ((first, second, opened), (n, won)) in self.kinds.iter().zip(records) {
                let by_opening = if self.has_opening { opened * at[self.contestants] } else { 0.0 };
                let p = sigmoid(at[*first] - at[*second] + by_opening);
                let terms = [(*first, 1.0), (*second, -1.0), (self.contestants, *opened)];
                let terms = &terms[..if self.has_opening { 3 } else { 2 }];
                for (row, x) in terms {
                    slope[*row] += x * (won - n * p);
                    for (column, y) in terms {
                        curvature[[*row, *column]] += n * p * (1.0 - p) * x * y;
                    }
                }
            }
            let step = solved(curvature, slope)?;
            let longest = step.iter().fold(0.0f64, |most, s| most.max(s.abs()));
            // A step too long has left where the likelihood is close to its parabola.
            at.scaled_add(if longest > 2.0 { 2.0 / longest } else { 1.0 }, &step);
            if longest < 1e-9 {
                return Some(at);
            }
        }
        None
    }
}

/// The solution of a symmetric positive definite system, by Cholesky's decomposition; none where it is not definite.
fn solved(mut matrix: Array2<f64>, mut right: Array1<f64>) -> Option<Array1<f64>> {
    let size = right.len();
    for column in 0..size {
        let inner = (0..column).map(|k| matrix[[column, k]].powi(2)).sum::<f64>();
        let pivot = matrix[[column, column]] - inner;
        if pivot.is_nan() || pivot < 1e-10 {
            return None;
        }
        matrix[[column, column]] = pivot.sqrt();
        for row in column + 1..size {
            let inner: f64 = (0..column).map(|k| matrix[[row, k]] * matrix[[column, k]]).sum();
            matrix[[row, column]] = (matrix[[row, column]] - inner) / matrix[[column, column]];
        }
    }
    for row in 0..size {
        let inner: f64 = (0..row).map(|k| matrix[[row, k]] * right[k]).sum();
        right[row] = (right[row] - inner) / matrix[[row, row]];
    }
    for row in (0..size).rev() {
        let inner: f64 = (row + 1..size).map(|k| matrix[[k, row]] * right[k]).sum();
        right[row] = (right[row] - inner) / matrix[[row, row]];
    }
    Some(right)
}

#[cfg(test)]
mod tests;
