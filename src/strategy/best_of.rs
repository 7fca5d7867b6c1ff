//! `best_of`: any debater, adviser or critic as the best of n samples, scored by a picker (Khan et al. 2024, best-of-N).
//!
//! A combinator over another strategy. Where that asks for an argument, n samples are asked for, the picker judges the
//! node's question after hearing each of them (which candidate is right, or whether the claim holds), and the inner strategy
//! sees only the sample that moved the picker most its way. The picker plays another role than the judge, so its noise comes
//! from other streams, and what it reads is helper cost. Where no pick is made there is no best: the node is decided by what
//! became of the first, since a sample that nobody chose would be another protocol.

use serde::{Deserialize, Serialize};

use super::{AskPlan, Config as Any, Exchange, Item, NodeView, Settings, Size, Step, Strategy};
use crate::judgment::{Answer, Kind, Role, Stance, Verdict, Wanted, p_holds};
use crate::outcome::Outcome;
use crate::spec::{Fault, within};
use crate::strategy::argument::argument_of;
use crate::task::Question;

/// Samples of one argument at most.
pub const SAMPLES_MAX: u16 = 64;

/// What is sampled, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Samples of an argument, 1 to 64: one number for all, or one for each option that is argued for.
    pub n: Vec<u16>,
    /// The strategy whose arguments are sampled.
    pub of: Box<Any>,
}

impl Config {
    /// Samples of an argument for this option.
    pub fn samples_for(&self, option: u16) -> u16 {
        self.n.get(usize::from(option)).or(self.n.last()).copied().unwrap_or(1).max(1)
    }

    fn samples(&self, plan: &AskPlan) -> u32 {
        u32::from(match plan.wanted {
            Wanted::Argue { stance: Stance::For(option), .. } => self.samples_for(option),
            // Against the first of two options is for the second.
            Wanted::Argue { stance: Stance::Against(option), .. } => self.samples_for(1u16.saturating_sub(option)),
            Wanted::Argue { stance: Stance::Open, .. } => self.n.iter().copied().max().unwrap_or(1),
            _ => 1,
        })
    }
}

impl Settings for Config {
    fn build(&self) -> Box<dyn Strategy> {
        Box::new(BestOf { inner: self.of.build(), config: self.clone() })
    }

    fn check(&self) -> Result<(), Fault> {
        if self.n.is_empty() || self.n.len() > 2 {
            return Err(Fault::of(
                "n",
                "it is one number for all, or one for each of two options",
                "give [8] or [8, 1]",
            ));
        }
        self.n.iter().try_for_each(|n| within("n", f64::from(*n), 1.0, f64::from(SAMPLES_MAX)))?;
        if matches!(*self.of, Any::BestOf(_)) {
            return Err(Fault::of("of", "samples of samples are not taken", "name a strategy that argues"));
        }
        self.of.check().map_err(|fault| fault.within("of"))?;
        if self.of.build().needs().iter().all(|(_, kind)| *kind != Kind::Argument) {
            let what = format!("`{}` asks for no argument that could be sampled", self.of.kind());
            return Err(Fault::of("of", what, "name debate, consultancy or critique"));
        }
        Ok(())
    }

    fn asks_max(&self, size: &Size) -> u64 {
        let n = u64::from(self.n.iter().copied().max().unwrap_or(1));
        // Every sample and the picker's word on it.
        self.of.asks_max(size).saturating_mul(if n > 1 { 2 * n } else { 1 })
    }

    fn options_max(&self) -> Option<u64> {
        if self.n.len() > 1 { Some(2) } else { self.of.options_max() }
    }

    fn is_told(&self) -> bool {
        self.of.is_told()
    }
}

/// See the module.
pub struct BestOf {
    inner: Box<dyn Strategy>,
    config: Config,
}

impl Strategy for BestOf {
    fn step(&self, node: &NodeView) -> Step {
        // The inner strategy is led again from the beginning, past what was asked: it is pure, so it asks the same.
        let mut seen = Seen::default();
        loop {
            let view = NodeView { exchanges: &seen.exchanges, ..*node };
            let plans = match self.inner.step(&view) {
                Step::Ask(plans) => plans,
                other => return other,
            };
            let samples: Vec<AskPlan> = plans.iter().flat_map(|plan| self.samples(plan, &seen)).collect();
            if node.exchanges.len() < seen.asked + samples.len() {
                return Step::Ask(samples);
            }
            let first_pick = seen.asked + samples.len();
            let picks = self.picks(&plans, seen.asked, &seen, node);
            if node.exchanges.len() < first_pick + picks.len() {
                return Step::Ask(picks);
            }
            let (mut at, mut pick) = (seen.asked, first_pick);
            for plan in &plans {
                let n = self.config.samples(plan) as usize;
                let chosen = if n == 1 { Ok(0) } else { best(node, plan, at, pick, n) };
                let chosen = match chosen {
                    Ok(chosen) => chosen,
                    Err(unpicked) => return Step::Done(Verdict::of(unpicked)),
                };
                seen.exchanges.push(node.exchanges[at + chosen].clone());
                seen.places.push(at + chosen);
                at += n;
                pick += if n == 1 { 0 } else { n };
            }
            seen.asked = pick;
        }
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        let mut needs = self.inner.needs();
        if self.config.n.iter().any(|n| *n > 1) {
            // Where claims are judged one by one, they are argued one by one.
            if needs.contains(&(Role::Evaluator, Kind::Predicate)) {
                needs.push((Role::Picker, Kind::Predicate));
            }
            needs.push((Role::Picker, Kind::Choice));
        }
        needs
    }
}

/// What the inner strategy has seen: the exchanges shown to it, where each really stands, and how many were made in all.
#[derive(Default)]
struct Seen {
    exchanges: Vec<Exchange>,
    places: Vec<usize>,
    asked: usize,
}

impl Seen {
    /// An item of the inner strategy's, pointing at where an exchange really stands.
    fn outward(&self, item: &Item) -> Item {
        let place = |exchange: &usize| self.places.get(*exchange).copied().unwrap_or(usize::MAX);
        match item {
            Item::Reply(exchange) => Item::Reply(place(exchange)),
            Item::QuotesOf(exchange) => Item::QuotesOf(place(exchange)),
            Item::PassagesOf(exchange) => Item::PassagesOf(place(exchange)),
            other => other.clone(),
        }
    }
}

impl BestOf {
    /// The asks that one ask of the inner strategy becomes.
    fn samples(&self, plan: &AskPlan, seen: &Seen) -> Vec<AskPlan> {
        let items: Vec<Item> = plan.items.iter().map(|item| seen.outward(item)).collect();
        let n = self.config.samples(plan);
        // Samples of other debates of the same question stay apart.
        let sample = |k| plan.sample * u32::from(SAMPLES_MAX) + k;
        (0..n).map(|k| AskPlan { items: items.clone(), ..plan.clone() }.sampled(sample(k))).collect()
    }

    /// The picker judges after what the speaker heard and what it then said, once for each sample.
    fn picks(&self, plans: &[AskPlan], first: usize, seen: &Seen, node: &NodeView) -> Vec<AskPlan> {
        let wanted = match node.question {
            Question::Claim { .. } => Wanted::Predicate,
            Question::Which | Question::Summary { .. } => Wanted::Choice(node.options),
        };
        let mut picks = Vec::new();
        let mut at = first;
        for plan in plans {
            let n = self.config.samples(plan);
            for k in 0..n {
                if n > 1 {
                    let before = plan.items.iter().filter(|item| !matches!(item, Item::Reading(_)));
                    let mut items: Vec<Item> = before.map(|item| seen.outward(item)).collect();
                    items.extend([Item::Reply(at), Item::QuotesOf(at)]);
                    let sample = plan.sample * u32::from(SAMPLES_MAX) + k;
                    // The picker leans as the judge may, so it is shown each game in the places in which it is played.
                    let pick = AskPlan { places: plan.places, ..AskPlan::new(Role::Picker, wanted, items) };
                    picks.push(pick.sampled(sample));
                }
                at += 1;
            }
        }
        picks
    }
}

/// The sample after which the picker was most on the speaker's side; of equals the first. Where there are samples and no pick
/// of any, what became of the first pick. Where nobody spoke, the first silence.
fn best(node: &NodeView, plan: &AskPlan, first: usize, first_pick: usize, n: usize) -> Result<usize, Outcome<Answer>> {
    let spoke: Vec<usize> = (0..n).filter(|k| node.exchanges[first + k].outcome.scored().is_some()).collect();
    let Some(first_spoke) = spoke.first() else { return Ok(0) };
    let score = |k: usize| -> Option<f64> {
        let answer = &node.exchanges[first_pick + k].outcome.scored()?.answer;
        let Answer::Distribution(p) = answer else { return None };
        let side = match plan.wanted {
            Wanted::Argue { stance: stance @ (Stance::For(_) | Stance::Against(_)), .. } => stance,
            _ => Stance::For(argument_of(&node.exchanges[first + k])?.side?),
        };
        persuaded(node.question, side, p)
    };
    // Of equals the last is taken as the greatest, so the first comes last.
    let scored = spoke.iter().rev().filter_map(|k| Some((*k, score(*k)?)));
    match scored.max_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((chosen, _)) => Ok(chosen),
        None => Err(match &node.exchanges[first_pick + first_spoke].outcome {
            Outcome::Scored(reply) => {
                let said = reply.answer.render();
                Outcome::Unparsable(format!("the picker says nothing of the speaker's side: {said}"))
            }
            other => other.clone().map(|reply| reply.answer),
        }),
    }
}

/// How far a picker who says this of a node is on a side: of a claim, that it holds speaks for its candidate and against any
/// other.
fn persuaded(question: &Question, side: Stance, p: &[f32]) -> Option<f64> {
    let (option, is_for) = match side {
        Stance::For(option) => (option, true),
        Stance::Against(option) => (option, false),
        Stance::Open => return None,
    };
    let p = match question {
        Question::Claim { candidate, .. } if option == *candidate => p_holds(p),
        Question::Claim { .. } => 1.0 - p_holds(p),
        _ => f64::from(*p.get(usize::from(option))?),
    };
    Some(if is_for { p } else { 1.0 - p })
}
