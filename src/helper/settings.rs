//! What the settings of a helper say of themselves, before any work, and how the helper is made from them.

use std::sync::Arc;

use super::Helper;
use super::simulated::Trust;
use crate::cast::Casting;
use crate::error::Result;
use crate::judgment::Kind;
use crate::plan::{CellSpec, Fit};
use crate::spec::{ArmSpec, Fault, Spec};
use crate::task::Task;

/// The settings of a helper, as an experiment file gives them.
pub trait Settings {
    /// The kinds of ask that it answers; none where it answers what another helper does.
    fn answers(&self) -> Option<&'static [Kind]>;

    /// The helper itself, called `name`, who trusts others so far.
    ///
    /// # Errors
    /// Where the files of a model that it serves cannot be read.
    fn build(&self, name: &str, casting: &Casting, trust: &Trust) -> Result<Arc<dyn Helper>>;

    /// What is wrong with the settings, whoever uses them; keys are those of the helper's own table.
    fn check(&self) -> std::result::Result<(), Fault> {
        Ok(())
    }

    /// What it lacks for a part in an arm.
    fn check_part(&self, _part: &Part) -> std::result::Result<(), Fault> {
        Ok(())
    }

    /// The helper that it forwards to, where it is a wrapper.
    fn of(&self) -> Option<&str> {
        None
    }

    /// The helper whose frozen model it holds, where it holds one.
    fn holds(&self) -> Option<&str> {
        None
    }

    /// The training runs that its models come from in a cell, each after those it needs.
    ///
    /// # Errors
    /// Where the cell lacks what it would learn from.
    fn fits(&self, _name: &str, _cell: &CellSpec) -> std::result::Result<Vec<Fit>, Fault> {
        Ok(Vec::new())
    }

    /// Whether its trust in others is to be fitted.
    fn fits_trust(&self) -> bool {
        false
    }

    /// How it leans, where it is made to: what its bias becomes at every level is then recorded.
    fn leans(&self) -> Option<Lean> {
        None
    }

    /// Seconds that a reply takes on two cores, about: for the time left that a progress bar shows, and nothing else.
    fn reply_s(&self) -> f64 {
        1e-5
    }

    /// Makes it trained, and done with an ask, in seconds.
    fn shrink(&mut self) {}
}

/// A bias that a helper is made to have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lean {
    /// The candidate that it favours, by its place among the options.
    pub toward: u16,
    /// What it adds to the log-odds of what it says of that candidate, in nats.
    pub delta: f64,
}

/// A part in an arm: all that a helper may be refused for.
pub struct Part<'a> {
    /// The helper's name.
    pub name: &'a str,
    /// The experiment.
    pub spec: &'a Spec,
    /// The arm.
    pub arm: &'a ArmSpec,
    /// The task, its files read.
    pub task: &'a dyn Task,
}
