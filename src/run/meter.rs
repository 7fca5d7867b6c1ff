//! How far one fit or cell has come, told by the process that does it to the one that waits for it: lines `at 0.250` on
//! standard output, a share of the unit's whole work, which only ever rises. Nothing here changes a result.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a line of progress starts with.
const AT: &str = "at ";
/// Steps that a unit is told in.
const STEPS: f64 = 1000.0;

/// Tells how far the unit has come.
#[derive(Debug)]
pub struct Meter {
    listener: Listener,
    told: AtomicU32,
}

/// Who hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The process that started this one reads its standard output.
    Parent,
    /// Nobody does.
    Nobody,
}

impl Meter {
    /// A meter at zero.
    pub fn new(listener: Listener) -> Self {
        Self { listener, told: AtomicU32::new(0) }
    }

    /// The stretch of the unit's work from one share to another.
    pub fn part(&self, from: f64, to: f64) -> Part<'_> {
        Part { meter: self, from, to }
    }

    fn tell(&self, share: f64) {
        let step = (share.clamp(0.0, 1.0) * STEPS) as u32;
        if self.told.fetch_max(step, Ordering::Relaxed) < step && self.listener == Listener::Parent {
            // A parent that is gone ends this process by another way.
            let _ = writeln!(std::io::stdout(), "{AT}{:.3}", f64::from(step) / STEPS);
        }
    }
}

/// A stretch of a unit's work.
#[derive(Debug)]
pub struct Part<'a> {
    meter: &'a Meter,
    from: f64,
    to: f64,
}

impl Part<'_> {
    /// So many of so many are done.
    pub fn at(&self, done: usize, all: usize) {
        self.meter.tell(self.from + (self.to - self.from) * done as f64 / all.max(1) as f64);
    }
}

/// The share that a line tells, where it tells one.
pub(super) fn share_of(line: &str) -> Option<f64> {
    line.strip_prefix(AT)?.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_tells_its_stretch_of_the_whole_and_never_falls_back() {
        let meter = Meter::new(Listener::Nobody);
        let told = |meter: &Meter| meter.told.load(Ordering::Relaxed);
        meter.part(0.2, 0.6).at(1, 2);
        assert_eq!(told(&meter), 400);
        meter.part(0.2, 0.6).at(0, 2);
        assert_eq!(told(&meter), 400);
        meter.part(0.6, 1.0).at(0, 0);
        assert_eq!(told(&meter), 600);
    }

    #[test]
    fn only_lines_of_progress_are_read_as_such() {
        assert_eq!(share_of("at 0.250"), Some(0.25));
        for line in ["", "at", "at most", "at 2", "at NaN", "0.5"] {
            assert_eq!(share_of(line), None, "{line}");
        }
    }
}
