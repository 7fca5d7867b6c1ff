//! Performance gap recovered: how much of the way from a weak arm to a strong one a third arm goes (Burns et al. 2023,
//! section 3: PGR = (arm - floor) / (ceiling - floor)).

use std::collections::BTreeMap;

use super::stats::cluster::{Cluster, clusters_of};
use super::stats::resample::{Estimate, of_means};
use super::{bootstrap_stream, correct, unit_of};
use crate::record::rows::InstanceRow;

/// The least gap in accuracy that is divided by: under it a quotient of two noises says nothing.
pub const GAP_MIN: f64 = 0.03;

/// Why there is no gap to speak of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// No instance was scored in all three arms.
    NothingShared,
    /// The ceiling is above the floor by this much, less than [`GAP_MIN`].
    Small(f64),
}

/// What an arm recovers of the gap between two others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recovered {
    /// 0 is the floor, 1 the ceiling; an arm may fall below or go above. Its interval is over independent units.
    pub share: Estimate,
    /// The ceiling's accuracy less the floor's, on the shared instances.
    pub gap: f64,
    /// Instances scored in all three.
    pub n: u64,
    /// Independent units.
    pub clusters: u64,
}

/// What `arm` recovers of the gap in accuracy from `floor` to `ceiling`, on the instances that all three scored. Where an arm
/// stands at several points of a sweep for one instance it counts by their mean.
///
/// # Errors
/// [`Refusal`] where there is no gap to speak of.
pub fn recovered(arm: &[&InstanceRow], floor: &[&InstanceRow], ceiling: &[&InstanceRow]) -> Result<Recovered, Refusal> {
    let [arm, floor, ceiling] = [arm, floor, ceiling].map(scores);
    let shared: Vec<_> =
        arm.keys().filter(|key| floor.contains_key(*key) && ceiling.contains_key(*key)).copied().collect();
    let side = |scores: &Scores<'_>| {
        clusters_of(shared.iter().filter_map(|key| scores.get(key).map(|(unit, own)| (*unit, own.sum / own.n))))
    };
    let sides = [&arm, &floor, &ceiling].map(side);
    let mean = |side: &[Cluster]| super::stats::cluster::mean(side).ok_or(Refusal::NothingShared);
    let gap = mean(&sides[2])? - mean(&sides[1])?;
    if gap < GAP_MIN {
        return Err(Refusal::Small(gap));
    }
    let quotient = |means: &[f64]| (means[2] > means[1]).then(|| (means[0] - means[1]) / (means[2] - means[1]));
    let share = of_means(&[&sides[0], &sides[1], &sides[2]], bootstrap_stream().named("gap"), quotient);
    let share = share.ok_or(Refusal::NothingShared)?;
    Ok(Recovered { share, gap, n: shared.len() as u64, clusters: sides[0].len() as u64 })
}

/// Scores by seed and instance, with the unit that each belongs to.
type Scores<'a> = BTreeMap<(u64, &'a str), (super::Unit<'a>, Cluster)>;

fn scores<'a>(rows: &[&'a InstanceRow]) -> Scores<'a> {
    let mut scores = Scores::new();
    for (row, value) in rows.iter().filter_map(|row| Some((*row, correct(row)?))) {
        let blank = || (unit_of(row), Cluster::default());
        scores.entry((row.seed, row.instance.as_str())).or_insert_with(blank).1.add(&Cluster { sum: value, n: 1.0 });
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::tests::row;

    /// An arm that is right on the first so many of 100 instances.
    fn arm(name: &str, right: usize) -> Vec<InstanceRow> {
        (0..100).map(|at| row(name, 0, at, Some(if at < right { 1.0 } else { 0.0 }))).collect()
    }

    fn found(arm: &[InstanceRow], floor: &[InstanceRow], ceiling: &[InstanceRow]) -> Result<Recovered, Refusal> {
        let [arm, floor, ceiling] = [arm, floor, ceiling].map(|rows| rows.iter().collect::<Vec<_>>());
        recovered(&arm, &floor, &ceiling)
    }

    #[test]
    fn the_floor_recovers_nothing_and_the_ceiling_all() {
        let (floor, ceiling) = (arm("direct", 50), arm("oracle", 90));
        for (right, share) in [(50, 0.0), (60, 0.25), (90, 1.0), (40, -0.25), (100, 1.25)] {
            let found = found(&arm("rrm", right), &floor, &ceiling).unwrap();
            assert!((found.share.value - share).abs() < 1e-12, "{right}: {found:?}");
            assert_eq!((found.n, found.clusters), (100, 50));
        }
        let half = found(&arm("rrm", 70), &floor, &ceiling).unwrap();
        // By the delta method: units give 0.5 (a fifth), -0.5 (a fifth) or 0, so sqrt(0.1 / 50) over a gap of 0.4.
        let half_width = 1.96 * (0.1f64 / 50.0).sqrt() / 0.4;
        let interval = half.share.interval.unwrap();
        let off = (interval.low - (0.5 - half_width)).abs().max((interval.high - (0.5 + half_width)).abs());
        assert!(off < 0.03, "{interval:?}");
    }

    #[test]
    fn a_small_gap_and_nothing_shared_are_refused() {
        let refused = found(&arm("rrm", 51), &arm("direct", 50), &arm("oracle", 52)).unwrap_err();
        assert!(matches!(refused, Refusal::Small(gap) if (gap - 0.02).abs() < 1e-12), "{refused:?}");
        let inverted = found(&arm("rrm", 51), &arm("direct", 90), &arm("oracle", 52)).unwrap_err();
        assert!(matches!(inverted, Refusal::Small(gap) if gap < 0.0), "{inverted:?}");
        assert_eq!(found(&[], &arm("direct", 50), &arm("oracle", 90)).unwrap_err(), Refusal::NothingShared);
    }
}
