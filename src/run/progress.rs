//! What a run says while it goes on: a bar with the time left on a terminal, plain lines otherwise; all on stderr.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How progress is shown. Cloning it shows on the same bar.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A bar with the time left.
    Bar(ProgressBar),
    /// A line an event.
    Lines(ProgressBar),
}

impl Progress {
    /// A bar where stderr is a terminal, lines otherwise.
    pub fn on_stderr() -> Self {
        let counter = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if !std::io::stderr().is_terminal() {
            return Self::Lines(counter);
        }
        // Without colour, which also respects NO_COLOR.
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  time left {eta}  {wide_msg}");
        counter.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        counter.set_draw_target(ProgressDrawTarget::stderr());
        Self::Bar(counter)
    }

    /// Begins, with what there is to do and what was done by an earlier start.
    pub(super) fn start(&self, todo: usize, before: usize) {
        let bar = self.counter();
        bar.set_length(todo as u64);
        bar.reset_elapsed();
        match (before, todo) {
            (0, _) => {}
            (_, 0) => self.say(&format!("nothing to do: all {before} fits and cells are done")),
            _ => self.say(&format!("continuing: {before} of {} fits and cells are done", before + todo)),
        }
        if let Self::Bar(bar) = self {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
    }

    /// One fit or cell is done.
    pub(super) fn done(&self, title: &str, took: Duration) {
        let bar = self.counter();
        bar.inc(1);
        match self {
            Self::Bar(bar) => bar.set_message(title.to_owned()),
            Self::Lines(bar) => {
                let (position, length) = (bar.position(), bar.length().unwrap_or(0));
                self.say(&format!("[{position}/{length}] {title}: done in {:.1} s", took.as_secs_f64()));
            }
        }
    }

    /// One fit or cell failed.
    pub(super) fn failed(&self, title: &str, error: &str) {
        self.counter().inc(1);
        self.say(&format!("{title}: failed: {error}"));
    }

    /// Ends.
    pub(super) fn finish(&self) {
        self.counter().finish_and_clear();
    }

    /// A line of its own.
    pub fn say(&self, line: &str) {
        match self {
            Self::Bar(bar) => bar.suspend(|| eprintln!("{line}")),
            Self::Lines(_) => eprintln!("{line}"),
        }
    }

    fn counter(&self) -> &ProgressBar {
        match self {
            Self::Bar(bar) | Self::Lines(bar) => bar,
        }
    }
}
