//! How many paired items a difference needs, before a run.

use super::normal_quantile;

/// The power that is planned for.
pub const POWER: f64 = 0.8;

/// The share of paired items on which two arms are taken to disagree, before there is a run to tell.
pub const DISAGREEMENT: f64 = 0.2;

/// Paired items of which `disagreement` are answered rightly by one arm alone, that a two-sided 5% test needs to see a true
/// difference of `effect` in accuracy with 80% power (Connor 1987, for McNemar's test):
/// ((z_0.975 sqrt(q) + z_0.8 sqrt(q - d^2)) / d)^2. None where no such difference can be: `effect` is 0 or above `disagreement`.
pub fn paired_items(effect: f64, disagreement: f64) -> Option<u64> {
    (effect > 0.0 && effect <= disagreement).then(|| items(effect, disagreement).ceil() as u64)
}

/// The least difference in accuracy that so many paired items see, see [`paired_items`]; none where they see none.
pub fn visible_effect(items_paired: u64, disagreement: f64) -> Option<f64> {
    let wanted = items_paired as f64;
    if items(disagreement, disagreement) > wanted {
        return None;
    }
    // Items fall as the effect grows: halve the range that holds the answer.
    let (mut low, mut high) = (0.0, disagreement);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if items(middle, disagreement) > wanted { low = middle } else { high = middle }
    }
    Some(high)
}

fn items(effect: f64, disagreement: f64) -> f64 {
    let (test, power) = (normal_quantile(0.975), normal_quantile(POWER));
    let spread = (disagreement - effect * effect).max(0.0);
    ((test * disagreement.sqrt() + power * spread.sqrt()) / effect).powi(2)
}

#[cfg(test)]
mod tests {
    use super::super::paired::mcnemar;
    use super::*;
    use crate::stream::Stream;
    use proptest::prelude::*;

    #[test]
    fn five_points_need_some_six_hundred_items() {
        assert_eq!(paired_items(0.05, 0.2), Some(626));
        assert_eq!(paired_items(0.05, 0.3), Some(940));
        assert_eq!((paired_items(0.0, 0.2), paired_items(0.3, 0.2)), (None, None));
        assert_eq!(visible_effect(5, 0.2), None, "one pair in five disagrees, and five pairs are there");
    }

    /// Draws so many paired items over and over, and asks McNemar's exact test, which is a little stricter.
    #[test]
    fn so_many_items_have_the_power_that_is_promised() {
        let n = paired_items(0.08, 0.2).unwrap();
        let runs = 600;
        let seen = (0..runs).filter(|run| {
            let stream = Stream::root(4).index(*run);
            let (mut first, mut second) = (0, 0);
            for at in 0..n {
                let luck = stream.index(at).uniform();
                first += u64::from(luck < 0.14);
                second += u64::from((0.14..0.2).contains(&luck));
            }
            mcnemar(first, second) < 0.05
        });
        let power = seen.count() as f64 / runs as f64;
        assert!((0.74..0.84).contains(&power), "{power}");
    }

    proptest! {
        #[test]
        fn what_items_see_needs_so_many_items(n in 40u64..100_000, disagreement in 0.1f64..0.6) {
            let Some(effect) = visible_effect(n, disagreement) else {
                prop_assert!(items(disagreement, disagreement) > n as f64, "{} items see even the largest effect", n);
                return Ok(());
            };
            let needed = paired_items(effect, disagreement).unwrap();
            prop_assert!(needed.abs_diff(n) <= 1, "{} items see {}, which needs {}", n, effect, needed);
        }
    }
}
