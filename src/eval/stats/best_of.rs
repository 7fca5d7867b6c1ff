//! The best of n candidates by one score, and what it is worth by another, without drawing.

/// The expected worth of the candidate with the highest score among `n` drawn without replacement from a pool of
/// `(score, worth)`: over the candidates by rising score, the i-th is the best of n in C(i - 1, n - 1) of C(N, n) draws
/// (Nakano et al. 2021, appendix I). Of equal scores any may come first, so each counts as their mean worth. None where
/// the pool has fewer than `n`, or `n` is zero.
pub fn best_of(pool: &[(f64, f64)], n: usize) -> Option<f64> {
    let count = pool.len();
    if n == 0 || n > count {
        return None;
    }
    let mut order: Vec<(f64, f64)> = pool.to_vec();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for tied in order.chunk_by_mut(|a, b| a.0 == b.0) {
        let mean = tied.iter().map(|candidate| candidate.1).sum::<f64>() / tied.len() as f64;
        tied.iter_mut().for_each(|candidate| candidate.1 = mean);
    }
    // The chance that the i-th is the best, from the highest down: n / N at the top, then by the ratio of neighbours.
    let mut chance = n as f64 / count as f64;
    let mut expected = 0.0;
    for (below, (_, worth)) in order.into_iter().enumerate().rev() {
        expected += chance * worth;
        // C(i - 1, n - 1) / C(i, n - 1) = (i - n + 1) / i, with i = `below` candidates under this one.
        chance *= if below == 0 { 0.0 } else { (below + 1).saturating_sub(n) as f64 / below as f64 };
    }
    Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Option<f64>, wanted: f64) {
        assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-12), "{found:?} is not {wanted}");
    }

    #[test]
    fn the_best_of_one_is_the_mean_and_of_all_the_first() {
        let pool: Vec<(f64, f64)> = (0..10).map(|i| (f64::from(i), f64::from((i * 7) % 10))).collect();
        close(best_of(&pool, 1), 4.5);
        close(best_of(&pool, 10), 3.0);
        assert_eq!((best_of(&pool, 0), best_of(&pool, 11), best_of(&[], 1)), (None, None, None));
    }

    #[test]
    fn the_best_of_two_by_counting() {
        let pool = [(0.0, 1.0), (1.0, 0.0), (2.0, 0.5), (3.0, 0.25)];
        let mut sum = 0.0;
        for i in 0..4 {
            for j in 0..i {
                sum += if pool[i].0 > pool[j].0 { pool[i].1 } else { pool[j].1 };
            }
        }
        close(best_of(&pool, 2), sum / 6.0);
    }

    #[test]
    fn a_score_that_tells_nothing_picks_the_mean() {
        let pool = [(0.5, 1.0), (0.5, 0.0), (0.5, 0.0), (0.5, 1.0)];
        (1..=4).for_each(|n| close(best_of(&pool, n), 0.5));
        // Two tied at the top of three: the third is never chosen among all, and both may be.
        close(best_of(&[(0.1, 0.0), (0.9, 1.0), (0.9, 0.5)], 3), 0.75);
    }
}
