//! What a bias becomes on its way up a tree: a helper is made to lean by `delta` towards one candidate, and verdicts are held
//! against those of the same instances, streams and arm with `delta = 0` (common random numbers).
//!
//! With z = 1 for what concerns the favoured candidate and 0 for the rest, B_k = E[score | z = 1] - E[score | z = 0] at level k
//! less the same without the bias; a score is a log-odds. The gain of a level is g_k = B_k / B_(k-1), from end to end it is
//! B_root / delta: damped below one, amplified above.

use std::collections::{BTreeMap, BTreeSet};

use super::stats::Interval;
use super::stats::cluster::{self, Cluster};
use super::stats::resample::{Estimate, of_means};
use super::{Measured, Unit, bootstrap_stream, unit};
use crate::record::rows::{Labels, LeaningRow};

/// What can be asked for by name: a letter K stands for a level, 0 at the leaves.
///
/// | name | what |
/// |---|---|
/// | `bias_K`, `bias_root` | B of a level, in nats of log-odds |
/// | `spread_K`, `spread_root` | the root of the mean square of an instance's shift, in nats: what biases that cancel leave |
/// | `gain_K` | B of a level over B of the level below, where that is clear of zero |
/// | `gain` | B of the root over `delta` |
/// | `spread_gain` | the root's spread over `delta` |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// B of a level, or of the root.
    Bias(Option<u16>),
    /// The spread of a level, or of the root.
    Spread(Option<u16>),
    /// The gain of a level.
    Gain(u16),
    /// The gain from end to end.
    EndToEnd,
    /// The root's spread over `delta`.
    SpreadGain,
}

/// The audited fraction at which the gain from end to end falls to one, of points that differ in that fraction.
pub const AUDITED_FOR_UNIT_GAIN: &str = "audited_for_unit_gain";

/// The setting that holds the audited fraction, by the end of its path.
const AUDITED: &str = ".biased.audited";

impl Asked {
    /// What a name asks for.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "gain" => return Some(Self::EndToEnd),
            "spread_gain" => return Some(Self::SpreadGain),
            _ => {}
        }
        let (what, level) = name.split_once('_')?;
        let level = if level == "root" { None } else { Some(level.parse().ok()?) };
        match (what, level) {
            ("bias", level) => Some(Self::Bias(level)),
            ("spread", level) => Some(Self::Spread(level)),
            ("gain", Some(level)) => Some(Self::Gain(level)),
            _ => None,
        }
    }
}

/// An arm at one point of a sweep, over all its seeds.
#[derive(Clone, Debug)]
pub struct Point<'a> {
    /// The arm.
    pub arm: &'a str,
    /// The swept values.
    pub swept: &'a Labels,
    /// The facts of the arm.
    pub labels: &'a Labels,
    /// The bias put in, in nats.
    pub delta: f64,
    /// The level of the root.
    pub root: u16,
    /// By level, and by independent unit, the shifts of instances and their squares.
    levels: BTreeMap<u16, BTreeMap<Unit<'a>, [Cluster; 2]>>,
    /// By independent unit, how often the root is right where the favoured candidate is the right one, and where it is not.
    right: [BTreeMap<Unit<'a>, Cluster>; 2],
}

/// What identifies an instance's level without the bias: arm, seed, instance, level, and the swept values that are not the bias's.
type Key<'a> = (&'a str, u64, &'a str, u16, Vec<(&'a str, &'a str)>);

fn key(row: &LeaningRow) -> Key<'_> {
    let own = format!("helpers.{}.biased.", row.helper);
    let others = row.swept.iter().filter(|(path, _)| !path.starts_with(&own));
    let others = others.map(|(path, value)| (path.as_str(), value.as_str())).collect();
    (&row.arm, row.seed, &row.instance, row.level, others)
}

/// Every arm at every point of its sweep, in the order of the rows, each held against what it is without the bias.
pub fn points(rows: &[LeaningRow]) -> Vec<Point<'_>> {
    let unbiased: BTreeMap<Key<'_>, f64> =
        rows.iter().filter(|row| row.delta == 0.0).filter_map(|row| Some((key(row), row.lean?))).collect();
    let mut at: BTreeMap<(&str, &Labels), usize> = BTreeMap::new();
    let mut points: Vec<Point<'_>> = Vec::new();
    for row in rows {
        let place = *at.entry((&row.arm, &row.swept)).or_insert(points.len());
        if place == points.len() {
            let (arm, swept, labels) = (row.arm.as_str(), &row.swept, &row.labels);
            let (levels, right) = (BTreeMap::new(), [BTreeMap::new(), BTreeMap::new()]);
            points.push(Point { arm, swept, labels, delta: row.delta, root: 0, levels, right });
        }
        let Some(lean) = row.lean else { continue };
        let point = &mut points[place];
        let unit = unit(row.seed, row.cluster_scope, &row.cluster);
        if row.is_root {
            point.root = row.level;
            let is_for = if lean == 0.0 { 0.5 } else { f64::from(lean > 0.0) };
            let sum = if row.favours_right { is_for } else { 1.0 - is_for };
            point.right[usize::from(!row.favours_right)].entry(unit).or_default().add(&Cluster { sum, n: 1.0 });
        }
        let Some(without) = unbiased.get(&key(row)).filter(|_| row.delta != 0.0) else { continue };
        let [shifts, squares] = point.levels.entry(row.level).or_default().entry(unit).or_default();
        let shift = lean - without;
        shifts.add(&Cluster { sum: shift, n: 1.0 });
        squares.add(&Cluster { sum: shift * shift, n: 1.0 });
    }
    points
}

impl Point<'_> {
    /// The levels that something is known of, from the leaves up.
    pub fn known(&self) -> impl Iterator<Item = u16> {
        self.levels.keys().copied()
    }

    /// What is asked for, over the instances known with and without the bias; none where there are none, nothing was put in,
    /// or there is nothing to divide by.
    pub fn measured(&self, asked: Asked) -> Option<Measured> {
        let level = |level: Option<u16>| level.unwrap_or(self.root);
        let (at, estimate) = match asked {
            Asked::Bias(of) => (level(of), self.of(&[level(of)], SHIFT, |means| Some(means[0]))?),
            Asked::Spread(of) => (level(of), self.of(&[level(of)], SQUARE, |means| Some(means[0].sqrt()))?),
            Asked::EndToEnd => (self.root, self.of(&[self.root], SHIFT, |means| Some(means[0] / self.delta))?),
            Asked::SpreadGain => {
                (self.root, self.of(&[self.root], SQUARE, |means| Some(means[0].sqrt() / self.delta.abs()))?)
            }
            Asked::Gain(of) => {
                let below = of.checked_sub(1)?;
                if !self.is_clear_of_zero(below) {
                    return None;
                }
                (of, self.of(&[of, below], SHIFT, |means| (means[1] != 0.0).then(|| means[0] / means[1]))?)
            }
        };
        let n = self.levels.get(&at)?.values().map(|unit| unit[SHIFT].n).sum::<f64>() as u64;
        Some(Measured { value: estimate.value, interval: estimate.interval, n })
    }

    /// How often the root's verdict is right, ties half, where the favoured candidate is right and where it is not.
    pub fn right(&self) -> [Option<Measured>; 2] {
        [0, 1].map(|side| {
            let units: Vec<Cluster> = self.right[side].values().copied().collect();
            Some(Measured {
                value: cluster::mean(&units)?,
                interval: cluster::proportion_interval(&units, bootstrap_stream()),
                n: units.iter().map(|unit| unit.n).sum::<f64>() as u64,
            })
        })
    }

    /// The audited fraction that it was run at.
    fn audited(&self) -> Option<f64> {
        self.swept.iter().find(|(path, _)| path.ends_with(AUDITED))?.1.parse().ok()
    }

    fn of(&self, levels: &[u16], which: usize, statistic: impl Fn(&[f64]) -> Option<f64>) -> Option<Estimate> {
        let sides: Option<Vec<_>> = levels.iter().map(|level| self.levels.get(level)).collect();
        of_units(&sides?, which, statistic)
    }

    fn is_clear_of_zero(&self, level: u16) -> bool {
        let Some(units) = self.levels.get(&level) else { return false };
        let shifts: Vec<Cluster> = units.values().map(|unit| unit[SHIFT]).collect();
        let away = |interval: Interval| interval.low > 0.0 || interval.high < 0.0;
        match cluster::interval(&shifts, bootstrap_stream()) {
            Some(interval) => away(interval),
            // Where all units agree, as at the level where the bias goes in, their value is all there is to go by.
            None => cluster::mean(&shifts).is_some_and(|mean| mean != 0.0),
        }
    }
}

/// The places of shifts and of their squares.
const SHIFT: usize = 0;
const SQUARE: usize = 1;

/// A statistic of the means of several measurements, whole units drawn together.
fn of_units(
    sides: &[&BTreeMap<Unit<'_>, [Cluster; 2]>],
    which: usize,
    statistic: impl Fn(&[f64]) -> Option<f64>,
) -> Option<Estimate> {
    let all: BTreeSet<&Unit<'_>> = sides.iter().flat_map(|side| side.keys()).collect();
    let aligned: Vec<Vec<Cluster>> = sides
        .iter()
        .map(|side| all.iter().map(|unit| side.get(*unit).map_or_else(Cluster::default, |own| own[which])).collect())
        .collect();
    let aligned: Vec<&[Cluster]> = aligned.iter().map(Vec::as_slice).collect();
    of_means(&aligned, bootstrap_stream().named("bias"), statistic)
}

/// The audited fraction at which the gain from end to end falls to one, by straight lines between the fractions that were run;
/// 0 where it is no more than one without any. None where no fraction that was run brings it there, or two points were not
/// run alike.
pub fn audited_for_unit_gain(points: &[&Point<'_>]) -> Option<Measured> {
    let mut at: Vec<(f64, &Point<'_>)> = Vec::new();
    for point in points.iter().filter(|point| point.delta != 0.0) {
        at.push((point.audited()?, point));
    }
    at.sort_by(|a, b| a.0.total_cmp(&b.0));
    let delta = at.first()?.1.delta;
    if at.iter().any(|(_, point)| point.delta != delta) || at.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let sides: Option<Vec<_>> = at.iter().map(|(_, point)| point.levels.get(&point.root)).collect();
    let sides = sides?;
    let fractions: Vec<f64> = at.iter().map(|(fraction, _)| *fraction).collect();
    let crossing = |means: &[f64]| {
        let gains: Vec<f64> = means.iter().map(|mean| mean / delta).collect();
        let first = gains.iter().position(|gain| *gain <= 1.0)?;
        let Some(before) = first.checked_sub(1) else { return Some(fractions[first]) };
        let way = (gains[before] - 1.0) / (gains[before] - gains[first]);
        Some(fractions[before] + way * (fractions[first] - fractions[before]))
    };
    let found = of_units(&sides, SHIFT, crossing)?;
    let n = sides[0].values().map(|unit| unit[SHIFT].n).sum::<f64>() as u64;
    Some(Measured { value: found.value, interval: found.interval, n })
}

/// What a name asks for, of the points that are meant; none where these are several and the name asks for one.
pub fn find(rows: &[LeaningRow], name: &str, is_meant: impl Fn(&Point<'_>) -> bool) -> Option<Measured> {
    let points = points(rows);
    let meant: Vec<&Point<'_>> = points.iter().filter(|point| is_meant(point)).collect();
    if name == AUDITED_FOR_UNIT_GAIN {
        return audited_for_unit_gain(&meant);
    }
    match meant[..] {
        [point] => point.measured(Asked::named(name)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
