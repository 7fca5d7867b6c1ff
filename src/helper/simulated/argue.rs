//! How a simulated reader argues: of what it noticed it shows what speaks for its side, and only that.
//!
//! It is the same reader, with the same rates, that judges parts as an assistant. Told to argue for the wrong side it
//! picks the most persuasive support that it can find: evidence that seems to speak for a claim of its own or against one
//! of the other's, and never what repairs the appearance.

use super::{Belief, Reading, Says};
use crate::judgment::{Answer, Argument, Point, Quote, Role, Sort, Stance};
use crate::material::{Span, count_tokens};
use crate::scale::sigmoid;
use crate::task::{Evidence, Question};

/// One point that could be made, with what it takes to show it.
struct Showable<'a> {
    point: Point,
    spans: &'a [Span],
    tokens: u64,
    /// Smaller is made earlier.
    urgency: u8,
    rank: u8,
}

impl Reading<'_> {
    /// An argument for a stance: at most so many points whose quotes have at most so many tokens together; with it the
    /// quotes by place, and those by text.
    pub(super) fn argument(
        &self,
        stance: Stance,
        points_max: u16,
        tokens_max: u32,
    ) -> (Answer, Vec<Quote>, Vec<String>) {
        let sure = 1.0 - self.who.config.error_rate as f32;
        let (side, conviction) = match stance {
            Stance::For(side) => (Some(side), sure),
            Stance::Against(_) => (None, sure),
            Stance::Open => {
                let (side, p) = self.own_choice();
                (Some(side), p)
            }
        };
        let mut showable = self.showable(stance, side);
        showable.sort_by_key(|it| {
            (it.urgency, std::cmp::Reverse(it.rank), it.tokens, it.point.candidate, it.point.claim, it.spans[0])
        });
        let (mut points, mut quotes): (Vec<Point>, Vec<Quote>) = (Vec::new(), Vec::new());
        let mut texts = Vec::new();
        let mut left = u64::from(tokens_max);
        for it in showable {
            let is_made = points.iter().any(|p| (p.candidate, p.claim) == (it.point.candidate, it.point.claim));
            let said: Vec<(&Span, Option<String>)> =
                it.spans.iter().map(|span| (span, self.misquoted(span, &it.point))).collect();
            let tokens = self.tokens_said(&said);
            if points.len() == usize::from(points_max) || is_made || tokens > left {
                continue;
            }
            left -= tokens;
            let by_place = said.iter().filter(|(_, text)| text.is_none()).map(|(span, _)| **span);
            let before = quotes.len();
            quotes.extend(by_place.map(|span| Quote { span, weight: 1.0 }));
            texts.extend(said.into_iter().filter_map(|(_, text)| text));
            points.push(Point { quotes: (quotes.len() - before) as u16, ..it.point });
        }
        (Answer::Argument(Box::new(Argument { side, conviction, points })), quotes, texts)
    }

    fn tokens_said(&self, said: &[(&Span, Option<String>)]) -> u64 {
        let material = &self.ask.instance.material;
        let tokens = said
            .iter()
            .map(|(span, text)| text.as_ref().map_or_else(|| material.tokens(**span), |it| count_tokens(it)));
        tokens.sum::<usize>() as u64
    }

    /// What it quotes in place of a sentence, where it misquotes: the sentence with a letter left out, or the claim as if it
    /// stood there.
    fn misquoted(&self, span: &Span, point: &Point) -> Option<String> {
        let stream = self.ask.stream.named("misquote").bytes(&span.start.to_le_bytes());
        if !stream.coin(self.who.config.misquote_rate) {
            return None;
        }
        let instance = &self.ask.instance;
        let claim = &instance.candidates[usize::from(point.candidate)].claims[usize::from(point.claim)];
        let sentence: Vec<char> = instance.material.text(*span).chars().collect();
        let is_slip = stream.named("slip").coin(0.5);
        let slip = || sentence.iter().enumerate().filter(|(at, _)| *at != sentence.len() / 2).map(|(_, c)| c).collect();
        Some(if is_slip { slip() } else { claim.clone() })
    }

    /// The claims that it holds to be false, or is least sure of.
    pub(super) fn claims(&self, sort: Sort, count_max: u16) -> (Answer, Vec<Quote>) {
        let mut thought: Vec<(f64, Point)> = self
            .all_claims()
            .map(|(candidate, claim)| {
                let belief = self.belief(candidate, claim);
                let p_holds = sigmoid(belief.logit) as f32;
                (belief.logit, Point { candidate, claim, p_holds, quotes: 0 })
            })
            .filter(|(logit, _)| sort == Sort::Doubtful || *logit < 0.0)
            .collect();
        match sort {
            Sort::Flawed => thought.sort_by(|a, b| a.0.total_cmp(&b.0)),
            // Of those it is as unsure of, what was spoken of most: that is what the sides are at odds about.
            Sort::Doubtful => thought.sort_by(|a, b| {
                let spoken = |point: &Point| std::cmp::Reverse(self.spoken_of(point.candidate, point.claim));
                a.0.abs().total_cmp(&b.0.abs()).then(spoken(&a.1).cmp(&spoken(&b.1)))
            }),
        }
        let points = thought.into_iter().take(usize::from(count_max)).map(|(_, point)| point).collect();
        (Answer::Argument(Box::new(Argument { side: None, conviction: 0.5, points })), Vec::new())
    }

    /// How many arguments in view speak of a claim.
    fn spoken_of(&self, candidate: u16, claim: u16) -> usize {
        let messages = self.ask.view.messages.iter();
        let of = |message: &&std::sync::Arc<crate::judgment::Judgment>| match &message.answer {
            Answer::Argument(argument) => argument.of_claim(candidate, claim).is_some(),
            _ => false,
        };
        messages.filter(of).count()
    }

    /// The option that it holds to be right after its own reading, and the probability that it gives it.
    fn own_choice(&self) -> (u16, f32) {
        let options = self.choice(self.ask.instance.candidates.len() as u16);
        let best = options.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
        best.map_or((0, 0.5), |(side, p)| (side as u16, *p))
    }

    fn all_claims(&self) -> impl Iterator<Item = (u16, u16)> {
        let candidates = self.ask.instance.candidates.iter().enumerate();
        candidates.flat_map(|(c, candidate)| (0..candidate.claims.len()).map(move |k| (c as u16, k as u16)))
    }

    /// Every point that evidence in view lets it make, in no order.
    fn showable(&self, stance: Stance, side: Option<u16>) -> Vec<Showable<'_>> {
        let mut showable = Vec::new();
        for (drawn, claims) in self.claims.iter().enumerate() {
            for (claim, truth) in claims.iter().enumerate() {
                let (candidate, claim) = (self.ask.as_drawn(drawn as u16), claim as u16);
                let question = Question::Claim { candidate, claim };
                if self.ask.subtask.question != Question::Which && self.ask.subtask.question != question {
                    continue;
                }
                for set in &truth.evidence {
                    let Some(says) = self.taken(candidate, claim, set) else { continue };
                    if speaks_for(stance, side, candidate, says) {
                        showable.extend(self.point(candidate, claim, set, says, side));
                    }
                }
            }
        }
        showable
    }

    /// The point that a set of evidence makes; nothing where all of it was shown before.
    fn point<'b>(
        &self,
        candidate: u16,
        claim: u16,
        set: &'b Evidence,
        says: Says,
        side: Option<u16>,
    ) -> Option<Showable<'b>> {
        let shown = |span: &Span| self.ask.view.quotes.iter().any(|quote| quote.span.contains(span));
        if set.spans.iter().all(shown) {
            return None;
        }
        let error = self.who.config.error_rate as f32;
        let p_holds = if says == Says::Supports { 1.0 - error } else { error };
        let point = Point { candidate, claim, p_holds, quotes: set.spans.len() as u16 };
        let material = &self.ask.instance.material;
        let tokens = set.spans.iter().map(|span| material.tokens(*span) as u64).sum();
        // The judge's question first, then answers to what was said against it, then attack (one false claim fells a
        // candidate), then support.
        let urgency = match (self.heard(candidate, claim, side), says) {
            (Heard::Doubted, _) => 0,
            (Heard::Attacked, Says::Supports) => 1,
            (_, Says::Refutes) => 2,
            _ => 3,
        };
        Some(Showable { point, spans: &set.spans, tokens, urgency, rank: set.rank })
    }

    /// What was said of a claim before this speech.
    fn heard(&self, candidate: u16, claim: u16, side: Option<u16>) -> Heard {
        let mut heard = Heard::Nothing;
        for message in &self.ask.view.messages {
            let Answer::Argument(argument) = &message.answer else { continue };
            let Some(point) = argument.of_claim(candidate, claim) else { continue };
            if message.role == Role::Evaluator {
                return Heard::Doubted;
            }
            if argument.side != side && point.p_holds < 0.5 {
                heard = Heard::Attacked;
            }
        }
        heard
    }

    /// What it takes a set of evidence to say, errors included; nothing where it did not notice all of it, or where it
    /// settles nothing.
    fn taken(&self, candidate: u16, claim: u16, set: &Evidence) -> Option<Says> {
        let name = Question::Claim { candidate: self.ask.as_drawn(candidate), claim }.code();
        if !set.spans.iter().all(|unit| self.in_view(unit) && self.notices(&name, unit)) {
            return None;
        }
        self.perceived(&name, set)
    }
}

/// What a speech finds said of a claim before it.
#[derive(Clone, Copy, PartialEq)]
enum Heard {
    Nothing,
    /// The other side spoke against it.
    Attacked,
    /// The judge asked about it.
    Doubted,
}

/// Whether showing this of a candidate's claim serves a stance.
fn speaks_for(stance: Stance, side: Option<u16>, candidate: u16, says: Says) -> bool {
    match (stance, says) {
        (_, Says::Open) => false,
        (Stance::Against(against), says) => candidate == against && says == Says::Refutes,
        (_, Says::Supports) => side == Some(candidate),
        (_, Says::Refutes) => side != Some(candidate),
    }
}

impl Belief {
    /// Moves by what an argument says of a claim.
    pub(super) fn hears(&mut self, trust: f64, point: &Point) {
        self.logit += trust * crate::scale::logit(f64::from(point.p_holds));
        self.informed = true;
    }
}
