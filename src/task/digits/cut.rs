//! How an image is cut into subtasks and in which order its pixels are read.
//!
//! A passage is a strip: the pixels of one row that a subtask has. There is no text to search, so a search offers the
//! strips with most ink first.

use std::cmp::Reverse;

use crate::material::{Material, Span};
use crate::task::{Instance, Question, Reading, SplitRule, Subtask, disputed};

/// The children of a subtask; see [`crate::task::Task::split`].
pub fn split(instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
    let material = &*instance.material;
    let strips = strips(material, &subtask.spans);
    let children = match rule {
        SplitRule::ByClaim => return by_claim(instance, subtask),
        SplitRule::Disputed { claims } => return disputed(by_claim(instance, subtask), claims),
        SplitRule::BySummary { query_focused } => {
            let question = Question::Summary { query_focused: *query_focused };
            let units = if strips.len() > 1 { strips } else { pixels(material, &strips) };
            let is_one = units.len() < 2;
            let child = |span| Subtask { question: question.clone(), spans: vec![span] };
            return if is_one { Vec::new() } else { units.into_iter().map(child).collect() };
        }
        SplitRule::ByPart { fan_out } => by_part(material, &strips, *fan_out),
        SplitRule::BySearch { fan_out, chunk_tokens } => {
            let inkiest = by_ink(material, strips.clone()).into_iter().take(*fan_out);
            inkiest.map(|strip| vec![narrowed(material, strip, None, *chunk_tokens)]).collect()
        }
        SplitRule::Around { places, chunk_tokens } => vec![around(material, &strips, places, *chunk_tokens)],
    };
    let tokens = |spans: &[Span]| spans.iter().map(|span| material.smallest_within(*span).len()).sum::<usize>();
    let narrower = |spans: &Vec<Span>| !spans.is_empty() && tokens(spans) < tokens(&subtask.spans);
    children.into_iter().filter(narrower).map(|spans| Subtask { question: subtask.question.clone(), spans }).collect()
}

/// The strips of a subtask in the order a reader should take them.
pub fn reading(instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span> {
    let strips = strips(&instance.material, &subtask.spans);
    match reading {
        Reading::First => strips,
        Reading::Search => by_ink(&instance.material, strips),
    }
}

fn by_claim(instance: &Instance, subtask: &Subtask) -> Vec<Subtask> {
    if subtask.question != Question::Which {
        return Vec::new();
    }
    let claims = (0..instance.candidates.len() as u16).map(|candidate| Question::Claim { candidate, claim: 0 });
    claims.map(|question| Subtask { question, spans: subtask.spans.clone() }).collect()
}

/// What some spans have of each row, in order.
fn strips(material: &Material, spans: &[Span]) -> Vec<Span> {
    let rows = material.level("row").map_or(&[][..], |level| &level.units);
    let of_span = |span: &Span| {
        let span = *span;
        let parts = rows.iter().filter(move |row| row.overlaps(&span));
        parts.map(move |row| Span { start: row.start.max(span.start), end: row.end.min(span.end) })
    };
    spans.iter().flat_map(of_span).collect()
}

fn pixels(material: &Material, spans: &[Span]) -> Vec<Span> {
    spans.iter().flat_map(|span| material.smallest_within(*span)).copied().collect()
}

/// The strips with most ink first, of equal ones the higher.
fn by_ink(material: &Material, mut strips: Vec<Span>) -> Vec<Span> {
    strips.sort_by_key(|strip| (Reverse(ink(material, *strip)), *strip));
    strips
}

fn ink(material: &Material, span: Span) -> u64 {
    material.text(span).bytes().map(|level| u64::from(level.saturating_sub(b'!'))).sum()
}

/// `fan_out` runs of strips, or of pixels where there is one strip; nothing where there is one pixel.
fn by_part(material: &Material, strips: &[Span], fan_out: usize) -> Vec<Vec<Span>> {
    let units = if strips.len() > 1 { strips.to_vec() } else { pixels(material, strips) };
    let size = units.len().div_ceil(fan_out.max(1)).max(1);
    units.chunks(size).map(<[Span]>::to_vec).collect()
}

/// The run of a strip, `tokens` pixels long at most and one at least, that has a place in its middle, or most ink.
fn narrowed(material: &Material, strip: Span, place: Option<Span>, tokens: usize) -> Span {
    let length = (tokens.max(1) as u32).min(strip.end - strip.start);
    let starts = strip.start..=strip.end - length;
    let run = |start: u32| Span { start, end: start + length };
    match place {
        Some(place) => run(place.start.saturating_sub(length / 2).clamp(strip.start, strip.end - length)),
        None => run(starts.max_by_key(|start| (ink(material, run(*start)), Reverse(*start))).unwrap_or(strip.start)),
    }
}

/// The pixels beside some places in their rows, each place with an even share of the tokens.
fn around(material: &Material, strips: &[Span], places: &[Span], tokens: usize) -> Vec<Span> {
    let share = tokens / places.len().max(1);
    let mut spans: Vec<Span> = Vec::new();
    for place in pixels(material, places) {
        let Some(strip) = strips.iter().find(|strip| strip.contains(&place)) else { continue };
        spans.push(narrowed(material, *strip, Some(place), share));
    }
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut().filter(|last| last.end > span.start) {
            Some(last) => last.end = last.end.max(span.end),
            None => joined.push(span),
        }
    }
    joined
}
