//! `consultancy`: one adviser argues for one option before a judge, with nobody against it (Khan et al. 2024; Michael et
//! al. 2023).
//!
//! With a drawn side it is the weak baseline: the adviser argues for the wrong option half of the time. With an open side
//! it argues for what it believes: the strong one. Whether the side was right, only the evaluation knows.

use serde::{Deserialize, Serialize};

use super::argument::{Speech, argument_of, heard};
use super::debate::{Questions, Sees};
use super::{AskPlan, Item, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Kind, Role, Sort, Stance, Wanted};
use crate::spec::{Fault, within};
use crate::task::Reading;

/// The protocol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Speeches of the adviser.
    pub turns: u16,
    /// What it argues for.
    pub side: Side,
    /// Points of a speech at most.
    pub points_max: u16,
    /// Tokens of the quotes of a speech at most.
    pub words_max: u32,
    /// Tokens of material that the adviser may read for a speech.
    pub reads_tokens: u64,
    /// What the judge sees.
    pub judge_sees: Sees,
    /// Whether the judge asks between speeches.
    pub questions: Questions,
}

/// What an adviser argues for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The option that the instance's lot falls on.
    ByLot,
    /// The option that it believes.
    Open,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            turns: 2,
            side: Side::ByLot,
            points_max: 2,
            words_max: 80,
            reads_tokens: 6_400,
            judge_sees: Sees::Both,
            questions: Questions::None,
        }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Consultancy::new(*self))
    }

    fn check(&self) -> Result<(), Fault> {
        within("turns", f64::from(self.turns), 1.0, 64.0)?;
        within("points_max", f64::from(self.points_max), 1.0, 64.0)?;
        within("words_max", f64::from(self.words_max), 1.0, 1e6)?;
        within("reads_tokens", self.reads_tokens as f64, 1.0, 1e9)
    }

    fn asks_max(&self, _: &Size) -> u64 {
        2 * u64::from(self.turns)
    }

    fn is_told(&self) -> bool {
        true
    }
}

/// See the module.
pub struct Consultancy {
    config: Config,
}

impl Consultancy {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// For its side; an open side once picked is kept.
    fn stance(&self, node: &NodeView) -> Stance {
        match self.config.side {
            Side::ByLot => Stance::For((node.lot % u32::from(node.options.max(1))) as u16),
            Side::Open => {
                let first = node.exchanges.iter().find(|exchange| exchange.role == Role::Adviser);
                first.and_then(|first| argument_of(first)?.side).map_or(Stance::Open, Stance::For)
            }
        }
    }
}

impl Strategy for Consultancy {
    fn step(&self, node: &NodeView) -> Step {
        let Config { turns, points_max, words_max, reads_tokens, questions, judge_sees, .. } = self.config;
        let of = |role| (0..node.exchanges.len()).filter(|at| node.exchanges[*at].role == role).collect::<Vec<_>>();
        let (speeches, judged) = (of(Role::Adviser), of(Role::Evaluator));
        if speeches.len() < usize::from(turns) {
            let is_asked = judged.len() >= speeches.len();
            if questions == Questions::BetweenRounds && !speeches.is_empty() && !is_asked {
                let wanted = Wanted::Claims { sort: Sort::Doubtful, count_max: 1 };
                let said = speeches.iter().map(|speech| Item::Reply(*speech)).collect();
                return Step::Ask(vec![AskPlan::new(Role::Evaluator, wanted, said)]);
            }
            let speech = Speech { role: Role::Adviser, points_max, words_max, reads_tokens };
            let earlier: Vec<usize> = (0..node.exchanges.len()).collect();
            return Step::Ask(vec![speech.ask(self.stance(node), &earlier, 0)]);
        }
        let asked = node.exchanges.iter().position(|exchange| matches!(exchange.wanted, Wanted::Choice(_)));
        if let Some(verdict) = asked {
            return Step::Done(node.verdict_of(verdict));
        }
        let mut items = heard(&speeches);
        if judge_sees == Sees::Both {
            items.push(Item::Reading(Reading::Search));
        }
        Step::Ask(vec![AskPlan::new(Role::Evaluator, Wanted::Choice(node.options), items)])
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let mut needs = vec![(Role::Adviser, Kind::Argument), (Role::Evaluator, Kind::Choice)];
        if self.config.questions == Questions::BetweenRounds {
            needs.push((Role::Evaluator, Kind::Claims));
        }
        needs
    }
}
