//! The order in which examples are seen: a function of a stream and of a count, so that training can be resumed anywhere.

use rand::RngExt;

use crate::stream::Stream;

/// The places of the examples that something is said of, and of the others, where those are more.
pub(crate) struct Strata {
    /// What something is said of; all examples where these are no fewer than the others.
    pub telling: Vec<usize>,
    /// The others.
    pub quiet: Vec<usize>,
}

impl Strata {
    /// All are of one stratum where at least half of them tell, or none does.
    pub fn of<P>(examples: &[P], tells: impl Fn(&P) -> bool) -> Self {
        let (telling, quiet): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|at| tells(&examples[*at]));
        if telling.is_empty() || telling.len() >= quiet.len() {
            return Self { telling: (0..examples.len()).collect(), quiet: Vec::new() };
        }
        Self { telling, quiet }
    }

    /// How many quiet examples there are to a telling one; one where they are not drawn apart.
    pub fn quiet_odds(&self) -> f64 {
        if self.quiet.is_empty() { 1.0 } else { self.quiet.len() as f64 / self.telling.len() as f64 }
    }

    /// Telling and quiet examples in turn, each stratum in the order of a stream of its own.
    pub fn order(self, stream: &Stream) -> Turns {
        let quiet = Order::new(&stream.named("order").named("quiet"), self.quiet.len());
        Turns { telling: Order::new(&stream.named("order"), self.telling.len()), quiet, strata: self }
    }
}

/// The order in which examples are seen, from both strata.
pub(crate) struct Turns {
    telling: Order,
    quiet: Order,
    strata: Strata,
}

impl Turns {
    /// The place of the `k`-th example seen.
    pub fn at(&mut self, k: usize) -> usize {
        if self.strata.quiet.is_empty() {
            return self.strata.telling[self.telling.at(k)];
        }
        if k.is_multiple_of(2) {
            self.strata.telling[self.telling.at(k / 2)]
        } else {
            self.strata.quiet[self.quiet.at(k / 2)]
        }
    }
}

/// The order in which examples are seen: every epoch a permutation of its own, named by its number, so that it can be
/// entered anywhere.
pub(crate) struct Order {
    stream: Stream,
    count: usize,
    epoch: Option<usize>,
    permutation: Vec<usize>,
}

impl Order {
    pub fn new(stream: &Stream, count: usize) -> Self {
        Self { stream: *stream, count, epoch: None, permutation: Vec::new() }
    }

    /// The place of the `k`-th example seen.
    pub fn at(&mut self, k: usize) -> usize {
        let epoch = k / self.count;
        if self.epoch != Some(epoch) {
            let mut rng = self.stream.index(epoch as u64).rng();
            self.permutation = (0..self.count).collect();
            for last in (1..self.count).rev() {
                self.permutation.swap(last, rng.random_range(0..=last));
            }
            self.epoch = Some(epoch);
        }
        self.permutation[k % self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_is_half_of_what_is_seen() {
        let examples = [false, true, false, false, true, false, false, false];
        let strata = Strata::of(&examples, |tells| *tells);
        assert_eq!(strata.quiet_odds(), 3.0);
        let mut turns = strata.order(&Stream::root(1));
        let seen: Vec<usize> = (0..12).map(|k| turns.at(k)).collect();
        assert_eq!(seen.iter().filter(|at| examples[**at]).count(), 6);
        assert!((0..8).all(|at| seen.contains(&at)));
        assert_eq!(Strata::of(&[true, false], |tells| *tells).quiet_odds(), 1.0);
    }

    #[test]
    fn every_epoch_is_a_permutation_that_can_be_entered_anywhere() {
        let mut order = Order::new(&Stream::root(1), 7);
        let seen: Vec<usize> = (0..21).map(|k| order.at(k)).collect();
        for epoch in seen.chunks(7) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..7).collect::<Vec<_>>());
        }
        assert_ne!(seen[..7], seen[7..14]);
        assert_eq!(Order::new(&Stream::root(1), 7).at(17), seen[17]);
    }
}
