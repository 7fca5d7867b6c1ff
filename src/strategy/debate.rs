//! `debate`: two debaters who have read the material argue for one option each before a judge who has not (Irving,
//! Christiano and Amodei 2018; Khan et al. 2024 for simultaneous turns, verified quotes and both orders of speaking).
//!
//! One debate is a sequence of asks at the root: speeches in turn, between them perhaps the judge's questions, then the
//! judge's verdict. Several debates of one question (both orders, repeats) run in lockstep and are combined by the mean of
//! their log-probabilities. With `narrows` the debate is recursive: `src/strategy/debate/dispute.rs`.

mod dispute;
mod game;

use serde::{Deserialize, Serialize};

use super::{NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Kind, Role};
use crate::spec::{Fault, within};
use crate::strategy::argument::Speech;
use crate::task::Question;

/// The protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Speeches of all debaters together.
    pub turns: u16,
    /// Whether debaters speak one after another or at once.
    pub order: Order,
    /// Who speaks first where they speak one after another.
    pub opens: Opens,
    /// How sides are given out.
    pub sides: Sides,
    /// Points of a speech at most.
    pub points_max: u16,
    /// Tokens of the quotes of a speech at most.
    pub words_max: u32,
    /// Tokens of material that a debater may read for a speech.
    pub reads_tokens: u64,
    /// What the judge sees.
    pub judge_sees: Sees,
    /// Whether the judge asks between rounds.
    pub questions: Questions,
    /// Whether each debate is held twice, the options' places exchanged.
    pub positions: Positions,
    /// Debates of each order: their verdicts are combined.
    pub repeats: u16,
    /// Where not empty, the debate is recursive: tokens of the material that is left in dispute, level by level; the judge
    /// reads what the last one leaves. Of the other settings only those of a speech's length and reading apply then.
    pub narrows: Vec<usize>,
}

/// In which order debaters speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// One after another, each hearing what was said before.
    Sequential,
    /// All at once, hearing earlier rounds only.
    Simultaneous,
}

/// Who speaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The debater of the first option.
    First,
    /// The debater of the second option.
    Second,
    /// Either, as the instance's lot falls.
    ByLot,
}

/// How sides are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// A debater for each option.
    Assigned,
    /// The one who opens picks its side, the other has the other one (Kenton et al. 2024).
    Open,
}

/// What a judge sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sees {
    /// What was said, and its quotes.
    Transcript,
    /// That, and then raw material as far as its budget goes.
    Both,
}

/// Whether the judge asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Questions {
    /// It only listens.
    None,
    /// Before each round but the first it names the claim that it is least sure of.
    BetweenRounds,
}

/// In which orders a question is debated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// In one.
    AsGiven,
    /// In both: a second time with the options' places exchanged, so that the other debater opens and everybody is shown the
    /// other option first. What speaking first or last is worth cancels, and what anybody gives to a place.
    Swapped,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            turns: 4,
            order: Order::Sequential,
            opens: Opens::First,
            sides: Sides::Assigned,
            points_max: 2,
            words_max: 80,
            reads_tokens: 6_400,
            judge_sees: Sees::Both,
            questions: Questions::None,
            positions: Positions::AsGiven,
            repeats: 1,
            narrows: Vec::new(),
        }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Debate::new(self.clone()))
    }

    fn check(&self) -> Result<(), Fault> {
        within("turns", f64::from(self.turns), 1.0, 64.0)?;
        if !self.turns.is_multiple_of(2) {
            let what = format!("{} turns give one side a turn more than the other", self.turns);
            return Err(Fault::of("turns", what, "use an even number"));
        }
        within("points_max", f64::from(self.points_max), 1.0, 64.0)?;
        within("words_max", f64::from(self.words_max), 1.0, 1e6)?;
        within("reads_tokens", self.reads_tokens as f64, 1.0, 1e9)?;
        within("repeats", f64::from(self.repeats), 1.0, 64.0)?;
        if self.sides == Sides::Open && self.order == Order::Simultaneous {
            let what = "where one debater picks its side the other must hear which";
            return Err(Fault::of("order", what, "set order = \"sequential\", or sides = \"assigned\""));
        }
        let Self { points_max, words_max, reads_tokens, narrows, .. } = self.clone();
        if !narrows.is_empty() && *self != (Self { points_max, words_max, reads_tokens, narrows, ..Self::default() }) {
            let what =
                "a recursive debate has no turns, orders, sides or questions to set, and its judge reads what is left";
            return Err(Fault::of(
                "narrows",
                what,
                "set points_max, words_max and reads_tokens beside it, and no more",
            ));
        }
        let grows = self.narrows.windows(2).any(|pair| pair[0] <= pair[1]);
        if grows || self.narrows.contains(&0) {
            let what = format!("{:?} does not narrow", self.narrows);
            return Err(Fault::of("narrows", what, "give numbers of tokens above 0, each smaller than the one before"));
        }
        Ok(())
    }

    fn asks_max(&self, _: &Size) -> u64 {
        let games = u64::from(self.repeats) * if self.positions == Positions::Swapped { 2 } else { 1 };
        let speeches = u64::from(self.turns);
        let questions = if self.questions == Questions::BetweenRounds { speeches / 2 } else { 0 };
        if self.narrows.is_empty() {
            return games * (speeches + questions + 1);
        }
        // A challenge from each debater, then two speeches a level and one judgment for each challenged claim.
        2 + 2 * (2 * self.narrows.len() as u64 + 1)
    }

    fn options_max(&self) -> Option<u64> {
        Some(2)
    }

    fn is_told(&self) -> bool {
        self.narrows.is_empty()
    }
}

/// See the module.
pub struct Debate {
    config: Config,
}

impl Debate {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    fn speech(&self) -> Speech {
        let Config { points_max, words_max, reads_tokens, .. } = self.config;
        Speech { role: Role::Debater, points_max, words_max, reads_tokens }
    }
}

impl Strategy for Debate {
    fn step(&self, node: &NodeView) -> Step {
        match (self.config.narrows.is_empty(), node.question) {
            (true, _) => game::step(&self.config, &self.speech(), node),
            (false, Question::Which) => dispute::root(&self.speech(), node),
            (false, _) => dispute::claim(&self.config.narrows, &self.speech(), node),
        }
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let mut needs = vec![(Role::Debater, Kind::Argument)];
        if !self.config.narrows.is_empty() {
            needs.push((Role::Evaluator, Kind::Predicate));
            return needs;
        }
        needs.push((Role::Evaluator, Kind::Choice));
        if self.config.questions == Questions::BetweenRounds {
            needs.push((Role::Evaluator, Kind::Claims));
        }
        needs
    }
}
