//! Simulated helpers: the bounded evaluator of every strategy, and assistants of the same kind.
//!
//! Of what it reads it knows only this: it supports, refutes, or leaves open. It misses some of what is in view and
//! errs; a share of its errors is fixed to the claim and its evidence, equal on asking again and in every arm, the
//! rest is fresh. What others tell it moves its log-odds by a trust that is a number a source.

mod argue;
mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cast::Casting;
use crate::error::Result;
use crate::helper::{Capabilities, Helper, Manner, Part, Settings, Sink};
use crate::judgment::{Answer, Ask, ByText, Judgment, Kind, Quote, Reply, Role, Wanted, p_holds};
use crate::material::Span;
use crate::outcome::Outcome;
use crate::scale::{log_sigmoid, logit, sigmoid, softmax};
use crate::spec::{Fault, within};
use crate::strategy;
use crate::stream::Stream;
use crate::task::{ClaimTruth, Evidence, Question, Says, Truths};

pub use trust::{Source, Trust, fit as fit_trust};

/// The rates of a simulated reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The probability that it notices a piece of evidence that it reads.
    pub notice_rate: f64,
    /// The probability that it takes noticed evidence for the opposite.
    pub error_rate: f64,
    /// The share of its errors that is a fixed function of claim and evidence (rho), the rest being fresh.
    pub error_fixed_share: f64,
    /// What its log-odds move by, for each unit of log-odds of a message: fitted per source, or given.
    pub trust: TrustRule,
    /// Log-odds added to any claim that holds the attribute `bias_word`: a leaning independent of truth.
    pub bias: f64,
    /// The attribute that it leans towards: a word of the claim.
    pub bias_word: Option<String>,
    /// The probability that a quote of its arguments is given by text and wrongly: half of these are slips of one letter,
    /// half are invented, in the words of the claim.
    #[serde(skip_serializing_if = "is_zero")]
    pub misquote_rate: f64,
}

fn is_zero(rate: &f64) -> bool {
    *rate == 0.0
}

/// Where an evaluator's trust in its sources comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustRule {
    /// From its own readings: of training instances for labels, of validation instances for an arm.
    Fitted,
    /// The same for every source.
    Fixed(f64),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            notice_rate: 0.9,
            error_rate: 0.05,
            error_fixed_share: 0.5,
            trust: TrustRule::Fitted,
            bias: 0.0,
            bias_word: None,
            misquote_rate: 0.0,
        }
    }
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Predicate, Kind::Choice, Kind::Text, Kind::Quote, Kind::Argument, Kind::Claims])
    }

    fn build(&self, name: &str, casting: &Casting, trust: &Trust) -> Result<Arc<dyn Helper>> {
        let trust = match self.trust {
            TrustRule::Fitted => trust.clone(),
            TrustRule::Fixed(slope) => Trust::equal(slope),
        };
        let fixed = Stream::root(casting.seed).named("fixed errors").named(name);
        Ok(Arc::new(Simulated::new(self.clone(), casting.truths.clone(), trust, fixed)))
    }

    fn fits_trust(&self) -> bool {
        self.trust == TrustRule::Fitted
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("notice_rate", self.notice_rate, 0.0, 1.0)?;
        within("error_rate", self.error_rate, 0.0, 1.0)?;
        within("error_fixed_share", self.error_fixed_share, 0.0, 1.0)?;
        within("misquote_rate", self.misquote_rate, 0.0, 1.0)
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        // Slopes are fitted for the arm's evaluator. An assistant that hears judgments of its parts and has `fitted` gets
        // the same ones, and 0 for sources that the evaluator does not hear: it goes by their quotes.
        let evaluates = part.arm.roles.get(&Role::Evaluator).is_some_and(|evaluator| evaluator == part.name);
        let hears = evaluates && part.arm.strategies().any(strategy::Config::is_told);
        if self.trust != TrustRule::Fitted || !hears || part.spec.instances.validation > 0 {
            return Ok(());
        }
        let name = part.name;
        let what = format!("the trust of `{name}` in its helpers is fitted, and there are no instances to fit it on");
        Err(Fault::of("roles", what, "set instances.validation above 0, or its trust to { fixed = 1.0 }"))
    }
}

/// A simulated reader with the truth of what it may be shown. A reply depends on truth only through what is in view.
pub struct Simulated {
    config: Config,
    truths: Truths,
    trust: Trust,
    /// Names the errors that are fixed: equal for every reader of this name in a seed, whatever the arm or the ask.
    fixed: Stream,
}

impl Simulated {
    /// A reader; `fixed` is the stream of its fixed errors, named by the run's seed and the helper's name.
    pub fn new(config: Config, truths: Truths, trust: Trust, fixed: Stream) -> Self {
        Self { config, truths, trust, fixed }
    }

    fn reply(&self, ask: &Ask) -> Outcome<Reply> {
        let reading = Reading::of(self, ask);
        let mut by_text = None;
        let (answer, mut quotes) = match (ask.wanted, &ask.subtask.question) {
            (Wanted::Predicate, Question::Claim { candidate, claim }) => {
                let belief = reading.belief(*candidate, *claim);
                (Answer::Distribution(belief.distribution().to_vec()), reading.quotes())
            }
            (Wanted::Choice(options), Question::Which) => {
                (Answer::Distribution(reading.choice(options)), reading.quotes())
            }
            (Wanted::Text { tokens_max }, _) => (Answer::Text(reading.summary(tokens_max)), reading.quotes()),
            (Wanted::Quote { .. }, _) => (Answer::Text(Vec::new()), reading.quotes()),
            (Wanted::Argue { stance, points_max, tokens_max }, _) => {
                let (answer, quotes, texts) = reading.argument(stance, points_max, tokens_max);
                by_text = (!texts.is_empty()).then(|| Box::new(ByText { texts, near: 0 }));
                (answer, quotes)
            }
            (Wanted::Claims { sort, count_max }, _) => reading.claims(sort, count_max),
            (wanted, question) => {
                return Outcome::Refused(format!("a {:?} makes no sense of `{}`", wanted.kind(), question.render()));
            }
        };
        if let Wanted::Quote { count_max } = ask.wanted {
            quotes.truncate(usize::from(count_max));
        }
        Outcome::Scored(Reply { answer, quotes, by_text, model_calls: 0, micro_dollars: 0 })
    }
}

impl Helper for Simulated {
    fn capabilities(&self) -> Capabilities {
        let kinds = vec![Kind::Predicate, Kind::Choice, Kind::Text, Kind::Quote, Kind::Argument, Kind::Claims];
        Capabilities { kinds, manner: Manner::Inline }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        for ask in asks {
            // A closed sink means that nobody wants the reply any more.
            let _ = sink.send((ask.ticket, self.reply(ask)));
        }
    }
}

/// What one reader takes from one view.
struct Reading<'a> {
    who: &'a Simulated,
    ask: &'a Ask,
    /// By candidate as drawn, in whatever place it is shown.
    claims: &'a [Vec<ClaimTruth>],
}

/// What a reader thinks of one claim.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Belief {
    /// Log-odds that it holds.
    logit: f64,
    /// Whether anything it read or heard bears on the claim.
    informed: bool,
}

impl<'a> Reading<'a> {
    fn of(who: &'a Simulated, ask: &'a Ask) -> Self {
        // Another instance's material says nothing of these claims.
        let claims = who.truths.of(&ask.instance).map_or(&[][..], |truth| &truth.claims);
        Self { who, ask, claims }
    }

    /// What the reader thinks of a claim after what it read and what it was told.
    fn belief(&self, candidate: u16, claim: u16) -> Belief {
        let mut belief = Belief { logit: 0.0, informed: false };
        if let Some(says) = self.read(candidate, claim) {
            let confidence = logit(1.0 - self.who.config.error_rate);
            belief.logit += if says == Says::Supports { confidence } else { -confidence };
            belief.informed = true;
        }
        for message in &self.ask.view.messages {
            let trust = || self.who.trust.of(&Source::of(message));
            match &message.answer {
                Answer::Distribution(p) if message.question == (Question::Claim { candidate, claim }) => {
                    belief.logit += trust() * logit(p_holds(p));
                    belief.informed = true;
                }
                Answer::Argument(argument) => {
                    // What is quoted and not there speaks against the speaker: it is believed as far as its quotes are verified.
                    let believed = trust() * message.share_verified();
                    argument.of_claim(candidate, claim).iter().for_each(|point| belief.hears(believed, point));
                }
                _ => {}
            }
        }
        belief.logit += self.bias(candidate, claim);
        belief
    }

    /// What the evidence that the reader noticed says of a claim, errors included; none where it leaves it open.
    fn read(&self, candidate: u16, claim: u16) -> Option<Says> {
        let drawn = self.ask.as_drawn(candidate);
        let truth = self.claims.get(usize::from(drawn))?.get(usize::from(claim))?;
        let name = Question::Claim { candidate: drawn, claim }.code();
        let decisive = truth.decisive(|unit| self.in_view(unit) && self.notices(&name, unit))?;
        self.perceived(&name, decisive)
    }

    /// What a reader who noticed all of a set of evidence takes it to say of the claim of that name, errors included.
    fn perceived(&self, name: &[u8], decisive: &Evidence) -> Option<Says> {
        let mut fixed = self.who.fixed.named(&self.ask.instance.id).bytes(name);
        let mut fresh = self.ask.stream.named("err").bytes(name);
        for span in &decisive.spans {
            fixed = fixed.bytes(&span.start.to_le_bytes());
            fresh = fresh.bytes(&span.start.to_le_bytes());
        }
        let is_fixed = fixed.named("which").coin(self.who.config.error_fixed_share);
        let coin = if is_fixed { fixed.named("coin") } else { fresh };
        let errs = coin.coin(self.who.config.error_rate);
        match (decisive.says, errs) {
            (Says::Open, _) => None,
            (Says::Supports, false) | (Says::Refutes, true) => Some(Says::Supports),
            (Says::Refutes, false) | (Says::Supports, true) => Some(Says::Refutes),
        }
    }

    fn in_view(&self, unit: &Span) -> bool {
        let view = &self.ask.view;
        view.spans.iter().any(|span| span.contains(unit)) || view.quotes.iter().any(|quote| quote.span.contains(unit))
    }

    fn notices(&self, claim: &[u8], unit: &Span) -> bool {
        let stream = self.ask.stream.named("notice").bytes(claim).bytes(&unit.start.to_le_bytes());
        stream.coin(self.who.config.notice_rate)
    }

    fn bias(&self, candidate: u16, claim: u16) -> f64 {
        let Some(word) = &self.who.config.bias_word else { return 0.0 };
        let text =
            self.ask.instance.candidates.get(usize::from(candidate)).and_then(|c| c.claims.get(usize::from(claim)));
        if text.is_some_and(|text| text.contains(word.as_str())) { self.who.config.bias } else { 0.0 }
    }

    /// Over the options: a candidate is right when all of its claims hold.
    fn choice(&self, options: u16) -> Vec<f32> {
        let mut scores: Vec<f64> = (0..options)
            .map(|candidate| {
                let claims = self.ask.instance.candidates.get(usize::from(candidate)).map_or(0, |c| c.claims.len());
                (0..claims as u16).map(|claim| log_sigmoid(self.belief(candidate, claim).logit)).sum()
            })
            .collect();
        for message in &self.ask.view.messages {
            let trust = self.who.trust.of(&Source::of(message));
            match (&message.question, &message.answer) {
                (Question::Which, Answer::Distribution(p)) => {
                    for (score, p) in scores.iter_mut().zip(p) {
                        *score += trust * f64::from(*p).max(1e-6).ln();
                    }
                }
                // An argument with points moves the beliefs in its claims; one without moves its side as a whole.
                (_, Answer::Argument(argument)) if argument.points.is_empty() => {
                    if let Some(score) = argument.side.and_then(|side| scores.get_mut(usize::from(side))) {
                        *score += trust * logit(f64::from(argument.conviction));
                    }
                }
                _ => {}
            }
        }
        softmax(&scores)
    }

    /// The sentences kept of what was read: each dropped or kept by a salience that knows nothing of flaws.
    fn summary(&self, tokens_max: u32) -> Vec<Span> {
        let material = &self.ask.instance.material;
        let mut ranked: Vec<(u64, Span)> = self
            .ask
            .view
            .spans
            .iter()
            .flat_map(|span| material.smallest_within(*span))
            .map(|unit| {
                let about = material.text(*unit);
                (salience(&about, &self.focus()), *unit)
            })
            .collect();
        ranked.sort_by_key(|(salience, unit)| (std::cmp::Reverse(*salience), *unit));
        let mut left = u64::from(tokens_max);
        let mut kept = Vec::new();
        for (_, unit) in ranked {
            let tokens = material.tokens(unit) as u64;
            if tokens <= left {
                left -= tokens;
                kept.push(unit);
            }
        }
        kept.sort();
        kept
    }

    /// What a focused summariser keeps an eye on: the candidates' words.
    fn focus(&self) -> Vec<&str> {
        match self.ask.subtask.question {
            Question::Summary { query_focused: true } => {
                let claims = self.ask.instance.candidates.iter().flat_map(|c| &c.claims);
                claims.flat_map(|claim| claim.split(|c: char| !c.is_alphanumeric())).filter(|w| w.len() > 3).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The evidence noticed in view, for the claims that the ask is about; what decides first.
    fn quotes(&self) -> Vec<Quote> {
        let mut weights: BTreeMap<Span, f32> = BTreeMap::new();
        for (candidate, claims) in self.claims.iter().enumerate() {
            for (claim, truth) in claims.iter().enumerate() {
                let (candidate, claim) = (candidate as u16, claim as u16);
                let shown = Question::Claim { candidate: self.ask.as_drawn(candidate), claim };
                if self.ask.subtask.question != shown && self.ask.subtask.question != Question::Which {
                    continue;
                }
                let name = Question::Claim { candidate, claim }.code();
                let decisive = truth.decisive(|unit| self.in_view(unit) && self.notices(&name, unit));
                for set in &truth.evidence {
                    for unit in set.spans.iter().filter(|unit| self.in_view(unit) && self.notices(&name, unit)) {
                        let weight = if decisive.is_some_and(|d| d.spans.contains(unit)) { 1.0 } else { 0.5 };
                        let at = weights.entry(*unit).or_insert(0.0);
                        *at = at.max(weight);
                    }
                }
            }
        }
        let mut quotes: Vec<Quote> = weights.into_iter().map(|(span, weight)| Quote { span, weight }).collect();
        quotes.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.span.cmp(&b.span)));
        quotes
    }
}

impl Belief {
    /// Over `[holds, fails, open]`; uninformed belief is open.
    fn distribution(&self) -> [f32; 3] {
        if !self.informed && self.logit == 0.0 {
            return [0.0, 0.0, 1.0];
        }
        let p = sigmoid(self.logit) as f32;
        [p, 1.0 - p, 0.0]
    }
}

/// How much a sentence stands out: names and numbers count, and with a focus the words it shares with it.
fn salience(sentence: &str, focus: &[&str]) -> u64 {
    let words: Vec<&str> = sentence.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let marked = words.iter().skip(1).filter(|w| w.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric()));
    let shared = words.iter().filter(|w| focus.contains(*w)).count();
    (marked.count() + 2 * shared) as u64
}

/// The source of a judgment, for trust: who speaks, and of what.
impl Source {
    /// The source that a judgment comes from.
    pub fn of(message: &Judgment) -> Self {
        let about = match (&message.question, &message.answer) {
            (_, Answer::Argument(_)) => "argument",
            (Question::Which, _) => "which",
            (_, _) if message.depth <= 1 => "claim",
            _ => "part",
        };
        Self { role: message.role, about }
    }
}
