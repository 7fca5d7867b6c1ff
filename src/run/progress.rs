//! What a run says while it goes on: on a terminal a bar with the time left over a table of the arms, plain lines otherwise;
//! all on stderr.

use std::fmt::Write;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Steps of a full bar.
const STEPS: f64 = 10_000.0;

/// How progress is shown. Cloning it shows on the same bar.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A bar with the time left.
    Bar(ProgressBar, Arc<Mutex<Left>>),
    /// A line an event.
    Lines,
}

impl Progress {
    /// A bar where stderr is a terminal, lines otherwise.
    pub fn on_stderr() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines;
        }
        let left = Arc::new(Mutex::new(Left::default()));
        let read = left.clone();
        // Without colour, which also respects NO_COLOR.
        let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {prefix}  time left {left}\n{msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("left", move |_: &ProgressState, text: &mut dyn Write| {
                let left = read.lock().unwrap_or_else(PoisonError::into_inner).at(Instant::now());
                let _ = match left {
                    Some(left) => write!(text, "{:#}", HumanDuration(left)),
                    None => write!(text, "not known yet"),
                };
            });
        Self::Bar(
            ProgressBar::with_draw_target(Some(STEPS as u64), ProgressDrawTarget::stderr()).with_style(style),
            left,
        )
    }

    /// Begins, with how many fits and cells there are to do and how many were done by an earlier start.
    pub(super) fn start(&self, todo: usize, before: usize) {
        match (before, todo) {
            (0, _) => {}
            (_, 0) => self.say(&format!("nothing to do: all {before} fits and cells are done")),
            _ => self.say(&format!("continuing: {before} of {} fits and cells are done", before + todo)),
        }
        if let Self::Bar(bar, _) = self {
            bar.set_prefix(format!("0/{todo}"));
            bar.enable_steady_tick(Duration::from_millis(500));
        }
    }

    /// So much of all the work is done, and the rest takes so long.
    pub(super) fn at(&self, share: f64, rest: Duration) {
        if let Self::Bar(bar, left) = self {
            *left.lock().unwrap_or_else(PoisonError::into_inner) = Left { told: Some((Instant::now(), rest)) };
            bar.set_position((share * STEPS) as u64);
        }
    }

    /// One fit or cell is done, the first number of so many that are over.
    pub(super) fn done(&self, (over, all): (usize, usize), title: &str, took: Duration) {
        match self {
            Self::Bar(bar, _) => bar.set_prefix(format!("{over}/{all}")),
            Self::Lines => self.say(&format!("[{over}/{all}] {title}: done in {:.1} s", took.as_secs_f64())),
        }
    }

    /// The arms stand so: a table beneath the bar.
    pub(super) fn stand(&self, table: &str) {
        if let Self::Bar(bar, _) = self {
            bar.set_message(table.to_owned());
        }
    }

    /// One fit or cell failed.
    pub(super) fn failed(&self, (over, all): (usize, usize), title: &str, error: &str) {
        if let Self::Bar(bar, _) = self {
            bar.set_prefix(format!("{over}/{all}"));
        }
        self.say(&format!("{title}: failed: {error}"));
    }

    /// Ends.
    pub(super) fn finish(&self) {
        if let Self::Bar(bar, _) = self {
            bar.finish_and_clear();
        }
    }

    /// A line of its own.
    pub fn say(&self, line: &str) {
        match self {
            Self::Bar(bar, _) => bar.suspend(|| eprintln!("{line}")),
            Self::Lines => eprintln!("{line}"),
        }
    }
}

/// The time left, counting down between one word of progress and the next.
#[derive(Debug, Default)]
pub struct Left {
    told: Option<(Instant, Duration)>,
}

impl Left {
    /// None where nothing is known yet.
    fn at(&self, now: Instant) -> Option<Duration> {
        let (since, left) = self.told?;
        Some(left.saturating_sub(now.duration_since(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_counts_down() {
        let now = Instant::now();
        assert_eq!(Left::default().at(now), None);
        let left = Left { told: Some((now, Duration::from_secs(15))) };
        assert_eq!(left.at(now + Duration::from_secs(4)), Some(Duration::from_secs(11)));
        assert_eq!(left.at(now + Duration::from_secs(90)), Some(Duration::ZERO));
    }
}
