//! `critique`: a critic points at a flaw of each candidate (where, what, and a quote), and the judge checks that place
//! within its budget (Saunders et al. 2022; McAleese et al. 2024).
//!
//! The judge either chooses a candidate, or lists the flaws that it finds in each, with the critic's help or alone: then
//! the flaws found with and without assistance can be counted, paired by item, and the candidate with the surer flaw loses.

use serde::{Deserialize, Serialize};

use super::argument::{Speech, argument_of};
use super::{AskPlan, Item, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Answer, Kind, Role, Sort, Stance, Verdict, Wanted};
use crate::outcome::Outcome;
use crate::scale::softmax;
use crate::spec::{Fault, within};
use crate::task::Reading;

/// The protocol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whether there is a critic.
    pub assistance: Assistance,
    /// What the judge is asked for.
    pub judges: Judges,
    /// Flaws that a critic points at in a candidate at most.
    pub points_max: u16,
    /// Tokens of the quotes of a critique at most.
    pub words_max: u32,
    /// Tokens of material that a critic may read for a candidate.
    pub reads_tokens: u64,
}

/// Whether the judge has a critic's help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assistance {
    /// A critique of each candidate.
    Critic,
    /// None.
    Alone,
}

/// What the judge is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judges {
    /// Which candidate is right.
    Candidates,
    /// Which claims are false.
    Flaws,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            assistance: Assistance::Critic,
            judges: Judges::Candidates,
            points_max: 2,
            words_max: 80,
            reads_tokens: 6_400,
        }
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(Critique::new(*self))
    }

    fn check(&self) -> Result<(), Fault> {
        within("points_max", f64::from(self.points_max), 1.0, 64.0)?;
        within("words_max", f64::from(self.words_max), 1.0, 1e6)?;
        within("reads_tokens", self.reads_tokens as f64, 1.0, 1e9)
    }

    fn asks_max(&self, size: &Size) -> u64 {
        // A critique of each candidate, which has a claim at least, and the judgment.
        1 + size.claims
    }

    fn is_told(&self) -> bool {
        self.assistance == Assistance::Critic
    }
}

/// See the module.
pub struct Critique {
    config: Config,
}

impl Critique {
    /// The strategy.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    fn critiques(&self, node: &NodeView) -> Vec<AskPlan> {
        let Config { points_max, words_max, reads_tokens, .. } = self.config;
        let speech = Speech { role: Role::Critic, points_max, words_max, reads_tokens };
        (0..node.options).map(|option| speech.ask(Stance::Against(option), &[], 0)).collect()
    }

    /// The judge hears every critique with its quotes, then reads the places that they point at, then on by search.
    fn judgment(&self, node: &NodeView) -> AskPlan {
        let critiques: Vec<usize> = (0..node.exchanges.len()).collect();
        let mut items = super::argument::heard(&critiques);
        items.extend(critiques.into_iter().map(Item::PassagesOf));
        items.push(Item::Reading(Reading::Search));
        let wanted = match self.config.judges {
            Judges::Candidates => Wanted::Choice(node.options),
            Judges::Flaws => Wanted::Claims { sort: Sort::Flawed, count_max: self.config.points_max },
        };
        AskPlan::new(Role::Evaluator, wanted, items)
    }
}

impl Strategy for Critique {
    fn step(&self, node: &NodeView) -> Step {
        if node.exchanges.is_empty() && self.config.assistance == Assistance::Critic {
            return Step::Ask(self.critiques(node));
        }
        match node.exchanges.iter().position(|exchange| exchange.role == Role::Evaluator) {
            None => Step::Ask(vec![self.judgment(node)]),
            Some(judged) if self.config.judges == Judges::Flaws => Step::Done(verdict_of_flaws(node, judged)),
            Some(judged) => Step::Done(node.verdict_of(judged)),
        }
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let judged = match self.config.judges {
            Judges::Candidates => Kind::Choice,
            Judges::Flaws => Kind::Claims,
        };
        let mut needs = vec![(Role::Evaluator, judged)];
        if self.config.assistance == Assistance::Critic {
            needs.push((Role::Critic, Kind::Argument));
        }
        needs
    }
}

/// A candidate is as likely as all of its flawed claims together; without a flaw it keeps its share.
fn verdict_of_flaws(node: &NodeView, judged: usize) -> Verdict {
    let Some(flaws) = argument_of(&node.exchanges[judged]) else { return node.verdict_of(judged) };
    let mut scores = vec![0.0; usize::from(node.options)];
    for point in &flaws.points {
        if let Some(score) = scores.get_mut(usize::from(point.candidate)) {
            *score += f64::from(point.p_holds).max(1e-3).ln();
        }
    }
    Verdict::of(Outcome::Scored(Answer::Distribution(softmax(&scores))))
}
