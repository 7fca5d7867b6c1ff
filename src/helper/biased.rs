//! A wrapper that leans: it shifts what another helper says of one candidate by so many log-odds, true or not.
//!
//! The instrument of `docs/design/0014-bias.md`: a bias of known size goes in at a known place, and what is left of it at
//! every level above is measured. What is quoted, which points are made and in what order is the inner helper's own;
//! only how sure it is of them moves.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use serde::{Deserialize, Serialize};

use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::helper::{Capabilities, Helper, Lean, Part, Settings, Sink, relay};
use crate::judgment::{Answer, Ask, Kind, Reply, Stance, Wanted};
use crate::outcome::Outcome;
use crate::spec::{Fault, within};
use crate::stream::Stream;
use crate::task::Question;

/// The largest shift either way, in log-odds: beyond it a probability is 0 or 1 as it is written.
const DELTA_MAX: f64 = 16.0;

/// Whose answers, and how they lean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The helper whose answers are shifted.
    pub of: String,
    /// Log-odds (nats) added to whatever is said of the favoured candidate and its claims; 0 changes nothing.
    pub delta: f64,
    /// The favoured candidate, by its place among the options as it is shown them. Places must be independent of truth, as they
    /// are where every pair of candidates is asked of two materials.
    #[serde(default)]
    pub toward: u16,
    /// Which of its replies lean.
    #[serde(default)]
    pub at: At,
    /// Whether all replies lean the same way.
    #[serde(default)]
    pub draws: Draws,
    /// The share of asks that go to the helper that leans, in `[0, 1]`; the rest go to an honest one. 1/m is one adversary
    /// in a pool of m helpers among whom asks are dealt out; a debater stays the same over a debate.
    #[serde(default = "all")]
    pub share: f64,
    /// The share of replies that are audited, in `[0, 1]`: made again by the helper that does not lean. Costs one model call a
    /// reply.
    #[serde(default)]
    pub audited: f64,
}

fn all() -> f64 {
    1.0
}

/// Which replies lean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Those that rest on reading alone: leaves of a tree, and speeches.
    Leaves,
    /// Those that rest on judgments of parts.
    Above,
    /// All of them.
    #[default]
    All,
}

/// Which way replies lean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draws {
    /// All towards the favoured candidate: one assistant plays every part, or all were trained alike.
    #[default]
    Shared,
    /// Each towards it or away from it, by a fresh even draw: assistants whose biases have nothing in common.
    Independent,
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        None
    }

    fn build(&self, _name: &str, casting: &Casting, trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(Biased::new(casting.helper(&self.of, trust)?, self.clone())))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("delta", self.delta, -DELTA_MAX, DELTA_MAX)?;
        within("share", self.share, 0.0, 1.0)?;
        within("audited", self.audited, 0.0, 1.0)
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        let lean = |name: &&str| part.spec.helpers.get(name).is_some_and(|helper| helper.settings().leans().is_some());
        let all = part.arm.roles.values().flat_map(|name| part.spec.behind(name));
        if let Some(other) = all.filter(lean).find(|name| *name != part.name) {
            let what =
                format!("`{}` and `{other}` both lean, and what either's bias became could not be told", part.name);
            return Err(Fault::of("roles", what, "let one helper of an arm lean; it may play several parts"));
        }
        let options = part.arm.best_of.map_or(part.spec.task.settings().size().options, |count| count as u64);
        if u64::from(self.toward) < options {
            return Ok(());
        }
        let what = format!("`{}` favours option {}, counted from 0, and there are {options}", part.name, self.toward);
        Err(Fault::of("roles", what, format!("set its `toward` below {options}")))
    }

    fn of(&self) -> Option<&str> {
        Some(&self.of)
    }

    fn leans(&self) -> Option<Lean> {
        Some(Lean { toward: self.toward, delta: self.delta })
    }
}

/// Forwards each ask, and shifts what is said of one candidate.
pub struct Biased {
    inner: Arc<dyn Helper>,
    config: Config,
}

impl Biased {
    /// A wrapper of `inner`.
    pub fn new(inner: Arc<dyn Helper>, config: Config) -> Self {
        Self { inner, config }
    }

    /// What becomes of the reply to an ask; none where it is passed on as it is.
    fn change(&self, ask: &Ask) -> Option<Change> {
        let Config { delta, toward, at, draws, share, audited, .. } = self.config;
        let stream = own_stream(ask);
        if stream.named("audit").coin(audited) {
            return Some(Change::Audited);
        }
        let rests_on_parts = ask.view.messages.iter().any(|it| matches!(it.answer, Answer::Distribution(_)));
        let leans = match at {
            At::Leaves => !rests_on_parts,
            At::Above => rests_on_parts,
            At::All => true,
        };
        if delta == 0.0 || !leans || !stream.named("dealt").coin(share) {
            return None;
        }
        let away = draws == Draws::Independent && stream.named("way").coin(0.5);
        let claim_of = match ask.subtask.question {
            Question::Claim { candidate, .. } => Some(candidate),
            Question::Which | Question::Summary { .. } => None,
        };
        Some(Change::Shifted { delta: if away { -delta } else { delta }, toward, claim_of, wanted: ask.wanted })
    }
}

/// The stream of an ask, apart for the sides that one role argues for: two debaters meet the same luck, and are two people.
fn own_stream(ask: &Ask) -> Stream {
    let stream = ask.stream.named("bias");
    // Each is one person in whatever place its side is shown.
    match ask.wanted {
        Wanted::Argue { stance: Stance::For(side) | Stance::Against(side), .. } => {
            stream.index(u64::from(ask.as_drawn(side)))
        }
        _ => stream,
    }
}

/// What is done to a reply.
#[derive(Clone, Copy)]
enum Change {
    /// It was made again, and costs twice.
    Audited,
    /// What it says of a candidate is shifted.
    Shifted { delta: f64, toward: u16, claim_of: Option<u16>, wanted: Wanted },
}

impl Change {
    fn of(self, mut reply: Reply) -> Reply {
        let (delta, toward, claim_of, wanted) = match self {
            Self::Audited => return Reply { model_calls: reply.model_calls + 1, ..reply },
            Self::Shifted { delta, toward, claim_of, wanted } => (delta, toward, claim_of, wanted),
        };
        match (&mut reply.answer, wanted) {
            (Answer::Distribution(p), Wanted::Predicate) if claim_of == Some(toward) => shift_predicate(p, delta),
            (Answer::Distribution(p), Wanted::Choice(_)) => shift_choice(p, usize::from(toward), delta),
            (Answer::Argument(argument), _) => {
                for point in argument.points.iter_mut().filter(|point| point.candidate == toward) {
                    point.p_holds = shifted(f64::from(point.p_holds), delta) as f32;
                }
                // How sure it is of the favoured side rises; of any other it falls, to even at the least.
                if let Some(side) = argument.side {
                    let delta = if side == toward { delta } else { -delta };
                    argument.conviction = shifted(f64::from(argument.conviction), delta).max(0.5) as f32;
                }
            }
            _ => {}
        }
        reply
    }
}

/// A probability moved by so many log-odds. Odds are multiplied, so that nothing is cut off near 0 and 1.
fn shifted(p: f64, delta: f64) -> f64 {
    let (holds, fails) = (p * (delta / 2.0).exp(), (1.0 - p) * (-delta / 2.0).exp());
    if holds + fails > 0.0 { holds / (holds + fails) } else { p }
}

/// Moves the probability that a claim holds, open counting half; as much is left open as that allows.
fn shift_predicate(distribution: &mut [f32], delta: f64) {
    let [holds, fails, open] = distribution else { return };
    let p = shifted(f64::from(*holds) + 0.5 * f64::from(*open), delta);
    let still_open = f64::from(*open).min(2.0 * p.min(1.0 - p));
    (*holds, *fails) = ((p - 0.5 * still_open) as f32, (1.0 - p - 0.5 * still_open) as f32);
    *open = still_open as f32;
}

/// Moves the log-odds of one option against the rest, which keep their proportions.
fn shift_choice(distribution: &mut [f32], option: usize, delta: f64) {
    let Some(own) = distribution.get(option).map(|p| f64::from(*p)) else { return };
    let moved = shifted(own, delta);
    let rest = if own < 1.0 { (1.0 - moved) / (1.0 - own) } else { 1.0 };
    for (at, p) in distribution.iter_mut().enumerate() {
        *p = if at == option { moved as f32 } else { (f64::from(*p) * rest) as f32 };
    }
}

impl Helper for Biased {
    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let changes: BTreeMap<u64, Change> =
            asks.iter().filter_map(|ask| Some((ask.ticket, self.change(ask)?))).collect();
        let (inner_sink, replies) = mpsc::channel();
        self.inner.submit(asks, &inner_sink);
        drop(inner_sink);
        let change = move |ticket: u64, outcome: Outcome<Reply>| match changes.get(&ticket) {
            Some(change) => outcome.map(|reply| change.of(reply)),
            None => outcome,
        };
        relay(self.inner.capabilities().manner, replies, sink, change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgment::{Argument, Point, p_holds};
    use crate::scale::logit;

    fn change(delta: f64, claim_of: Option<u16>, wanted: Wanted) -> Change {
        Change::Shifted { delta, toward: 0, claim_of, wanted }
    }

    fn said(change: Change, answer: Answer) -> Answer {
        let reply = Reply { answer, quotes: Vec::new(), by_text: None, model_calls: 0, micro_dollars: 0 };
        change.of(reply).answer
    }

    #[test]
    fn a_claim_of_the_favoured_candidate_moves_by_delta_and_no_other_does() {
        for before in [[0.7, 0.3, 0.0], [0.0, 0.0, 1.0], [0.1, 0.2, 0.7], [0.05, 0.95, 0.0]] {
            for delta in [-3.0, -0.1, 0.1, 0.5, 4.0] {
                let own = |of| said(change(delta, Some(of), Wanted::Predicate), Answer::Distribution(before.to_vec()));
                let Answer::Distribution(after) = own(0) else { panic!("a distribution stays one") };
                assert!((after.iter().sum::<f32>() - 1.0).abs() < 1e-6 && after.iter().all(|p| *p >= 0.0), "{after:?}");
                let moved = logit(p_holds(&after)) - logit(p_holds(&before));
                assert!((moved - delta).abs() < 1e-4, "{before:?} by {delta}: {moved}");
                assert!(after[2] <= before[2], "{after:?} is no more open than {before:?}");
                assert_eq!(own(1), Answer::Distribution(before.to_vec()));
            }
        }
    }

    #[test]
    fn a_choice_moves_the_favoured_option_and_keeps_the_rest_in_proportion() {
        let Answer::Distribution(p) =
            said(change(1.0, None, Wanted::Choice(3)), Answer::Distribution(vec![0.2, 0.6, 0.2]))
        else {
            panic!("a distribution stays one")
        };
        assert!((logit(f64::from(p[0])) - logit(0.2) - 1.0).abs() < 1e-5 && (p[1] / p[2] - 3.0).abs() < 1e-5, "{p:?}");
        let certain = said(change(1.0, None, Wanted::Choice(2)), Answer::Distribution(vec![1.0, 0.0]));
        assert_eq!(certain, Answer::Distribution(vec![1.0, 0.0]), "what is certain stays so");
    }

    #[test]
    fn an_argument_keeps_its_points_and_is_surer_of_what_it_favours() {
        let point = |candidate, p_holds| Point { candidate, claim: 0, p_holds, quotes: 0 };
        let speech = |side| {
            let points = vec![point(0, 0.1), point(1, 0.1)];
            Answer::Argument(Box::new(Argument { side: Some(side), conviction: 0.9, points }))
        };
        let wanted = Wanted::Argue { stance: Stance::For(1), points_max: 2, tokens_max: 9 };
        for (side, sign) in [(0, 1.0), (1, -1.0)] {
            let Answer::Argument(it) = said(change(0.5, None, wanted), speech(side)) else { panic!("no argument") };
            assert!((logit(f64::from(it.points[0].p_holds)) - logit(0.1) - 0.5).abs() < 1e-5);
            assert_eq!(it.points[1].p_holds, 0.1);
            assert!((logit(f64::from(it.conviction)) - logit(0.9) - sign * 0.5).abs() < 1e-5);
        }
    }

    #[test]
    fn an_audit_costs_a_call_and_changes_nothing_else() {
        let answer = Answer::Distribution(vec![0.4, 0.6, 0.0]);
        let reply = Reply { answer, quotes: Vec::new(), by_text: None, model_calls: 2, micro_dollars: 5 };
        assert_eq!(Change::Audited.of(reply.clone()), Reply { model_calls: 3, ..reply });
    }

    #[test]
    fn what_is_out_of_range_is_refused_before_any_work() {
        let right = Config {
            of: "reader".into(),
            delta: 0.1,
            toward: 0,
            at: At::All,
            draws: Draws::Shared,
            share: 1.0,
            audited: 0.0,
        };
        assert!(right.check().is_ok());
        for wrong in [
            Config { delta: f64::NAN, ..right.clone() },
            Config { delta: 17.0, ..right.clone() },
            Config { share: 1.1, ..right.clone() },
            Config { audited: -0.1, ..right.clone() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
