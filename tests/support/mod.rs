//! A throwaway task, a throwaway strategy and awkward helpers: what the engine must carry besides the real ones.
#![allow(dead_code)]

pub mod asks;
pub mod learned;

use std::sync::Arc;
use std::time::Duration;

use tribunal::error::Result;
use tribunal::helper::simulated::{self, Simulated, Trust};
use tribunal::helper::{Capabilities, Helper, Manner, Sink};
use tribunal::judgment::{Ask, Kind, Reply};
use tribunal::labels::Labels;
use tribunal::material::{Level, Material, Span};
use tribunal::outcome::Outcome;
use tribunal::stream::Stream;
use tribunal::task::{
    Candidate, ClaimTruth, Drawn, Evidence, Instance, Question, Reading, Says, Split, SplitRule, Subtask, Task, Truth,
    Truths,
};

/// Drawers and colours: "Drawer 7 is red." a sentence, ten sentences a page; which of two lists of colours is right?
pub struct Drawers {
    pub drawers: usize,
    pub claims: usize,
}

const COLOURS: [&str; 6] = ["red", "blue", "green", "white", "black", "grey"];

impl Task for Drawers {
    fn draw(&self, split: Split, count: usize, seed: u64) -> Result<Drawn> {
        let stream = Stream::root(seed).named(&format!("{split:?}"));
        let id = |i: usize| format!("chest-{split:?}-{i}").to_lowercase();
        let (instances, truths): (Vec<_>, Vec<_>) =
            (0..count).map(|i| self.instance(id(i), &stream.index(i as u64))).unzip();
        Ok(Drawn { instances, truths: Truths::new(truths) })
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        let same = |spans: Vec<Span>| Subtask { question: subtask.question.clone(), spans };
        let pages = self.reading(instance, subtask, Reading::First);
        match rule {
            SplitRule::ByClaim if subtask.question != Question::Which => Vec::new(),
            SplitRule::ByClaim => instance
                .candidates
                .iter()
                .enumerate()
                .flat_map(|(c, candidate)| (0..candidate.claims.len()).map(move |k| (c as u16, k as u16)))
                .map(|(candidate, claim)| Subtask {
                    question: Question::Claim { candidate, claim },
                    spans: subtask.spans.clone(),
                })
                .collect(),
            SplitRule::Disputed { claims } => {
                tribunal::task::disputed(self.split(instance, subtask, &SplitRule::ByClaim), claims)
            }
            _ if pages.len() < 2 => Vec::new(),
            SplitRule::Around { places, .. } => {
                let around = self.around(instance, subtask, places);
                if around.is_empty() || around.len() == pages.len() { Vec::new() } else { vec![same(around)] }
            }
            SplitRule::BySearch { fan_out, .. } => self
                .reading(instance, subtask, Reading::Search)
                .into_iter()
                .take(*fan_out)
                .map(|s| same(vec![s]))
                .collect(),
            SplitRule::ByPart { fan_out } => {
                let size = pages.len().div_ceil((*fan_out).max(1)).max(1);
                pages.chunks(size).map(|c| same(c.to_vec())).collect()
            }
            SplitRule::BySummary { query_focused } => pages
                .into_iter()
                .map(|page| Subtask {
                    question: Question::Summary { query_focused: *query_focused },
                    spans: vec![page],
                })
                .collect(),
        }
    }

    fn reading(&self, instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span> {
        let material = &instance.material;
        let pages = material.level("page").expect("drawers have pages");
        let mut within: Vec<Span> =
            subtask.spans.iter().flat_map(|span| material.within(pages, *span).iter().copied()).collect();
        if reading == Reading::Search {
            let wanted = self.shown(instance, subtask);
            within.sort_by_key(|page| {
                let text = material.text(*page);
                let hits = text.split(". ").filter(|s| wanted.contains(&s[..s.rfind(" is").unwrap_or(0)])).count();
                (std::cmp::Reverse(hits), *page)
            });
        }
        within
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        match subtask.question {
            Question::Claim { candidate, claim } => {
                instance.candidates[usize::from(candidate)].claims[usize::from(claim)].clone()
            }
            _ => instance
                .candidates
                .iter()
                .flat_map(|c| c.claims.iter().map(String::as_str))
                .collect::<Vec<_>>()
                .join(" "),
        }
    }
}

impl Drawers {
    fn instance(&self, id: String, stream: &Stream) -> (Arc<Instance>, (String, Truth)) {
        let colour = |drawer: usize| (stream.named("colour").index(drawer as u64).uniform() * 6.0) as usize;
        let mut text = String::new();
        let mut sentences = Vec::new();
        for drawer in 0..self.drawers {
            let start = text.len();
            text.push_str(&format!("Drawer {drawer} is {}. ", COLOURS[colour(drawer)]));
            sentences.push(Span::new(start, text.len()));
        }
        let pages = sentences.chunks(10).map(|c| Span { start: c[0].start, end: c[c.len() - 1].end }).collect();
        let level = |name, units| Level { name, units, titles: Vec::new() };
        let whole = vec![Span::new(0, text.len())];
        let material = Material::new(
            vec![text.into()],
            vec![level("chest", whole), level("page", pages), level("sentence", sentences.clone())],
        );
        let right = usize::from(stream.named("right").coin(0.5));
        let mut candidates = Vec::new();
        let mut claims = Vec::new();
        for candidate in 0..2 {
            let mut texts = Vec::new();
            let mut truths = Vec::new();
            for claim in 0..self.claims {
                let drawer = (stream.named("drawer").index((candidate * 100 + claim) as u64).uniform()
                    * self.drawers as f64) as usize;
                let holds = candidate == right || claim > 0;
                let said = if holds { colour(drawer) } else { (colour(drawer) + 1) % 6 };
                texts.push(format!("Drawer {drawer} is {}.", COLOURS[said]));
                let says = if holds { Says::Supports } else { Says::Refutes };
                truths.push(ClaimTruth::new(holds, vec![Evidence { spans: vec![sentences[drawer]], says, rank: 0 }]));
            }
            candidates.push(Candidate { claims: texts });
            claims.push(truths);
        }
        let labels = Labels::from([("cluster".to_owned(), id.clone())]);
        let question = "Which list is right?".to_owned();
        let instance = Instance { id: id.clone(), material: Arc::new(material), question, candidates, labels };
        (Arc::new(instance), (id, Truth { right, claims }))
    }
}

/// A simulated reader of a toy's truths, every error fresh.
pub fn reader(truths: &Truths, notice_rate: f64, error_rate: f64) -> Simulated {
    let config = simulated::Config { notice_rate, error_rate, ..Default::default() };
    Simulated::new(config, truths.clone(), Trust::equal(1.0), Stream::root(0).named("fixed"))
}

/// How a helper misbehaves on its way back.
#[derive(Clone, Copy, PartialEq)]
pub enum Fate {
    /// All replies come, in order.
    Prompt,
    /// Replies come from threads, in an order that has nothing to do with the asks'.
    Late,
    /// One in five asks, by its stream, is never answered; the others as they should be.
    Lossy,
    /// One in five each is unparsable, refused and failed.
    Faulty,
}

/// Answers as its inner helper does, but the way its fate wants.
pub struct Post {
    pub inner: Arc<dyn Helper>,
    pub manner: Manner,
    pub fate: Fate,
}

impl Helper for Post {
    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![Kind::Predicate, Kind::Choice, Kind::Text, Kind::Quote], manner: self.manner }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let fate = |ask: &Ask| (ask.stream.named("fate").uniform() * 5.0) as u32;
        let answer = |ask: &Ask| -> Option<(u64, Outcome<Reply>)> {
            let (own, replies) = std::sync::mpsc::channel();
            self.inner.submit(std::slice::from_ref(ask), &own);
            let reply = replies.try_recv().expect("the inner helper answers at once");
            let fault = match (self.fate, fate(ask)) {
                (Fate::Lossy, 0) => return None,
                (Fate::Faulty, 0) => Outcome::Unparsable("gibberish".into()),
                (Fate::Faulty, 1) => Outcome::Refused("would rather not".into()),
                (Fate::Faulty, 2) => Outcome::Failed("line down".into()),
                _ => return Some(reply),
            };
            Some((ask.ticket, fault))
        };
        let mut replies: Vec<_> = asks.iter().filter_map(answer).collect();
        if self.fate == Fate::Prompt {
            replies.into_iter().for_each(|reply| drop(sink.send(reply)));
            return;
        }
        replies.sort_by_key(|(ticket, _)| ticket.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for (i, reply) in replies.into_iter().enumerate() {
            let sink = sink.clone();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_micros(200 * (i as u64 % 7)));
                let _ = sink.send(reply);
            });
        }
    }
}
