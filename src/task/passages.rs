//! Texts of passages and sentences: how they are cut into subtasks, in which order a reader takes their passages, and how a
//! question about them is shown. Shared by every task whose material is a text.

pub mod search;

use std::borrow::Cow;

use crate::material::{Level, Material, Span};
use crate::task::passages::search::{Index, stems};
use crate::task::{Instance, Question, Reading, SplitRule, Subtask, disputed};

/// The children of a subtask; see [`crate::task::Task::split`].
pub fn split(instance: &Instance, subtask: &Subtask, rule: &SplitRule, index: &Index) -> Vec<Subtask> {
    match rule {
        SplitRule::ByClaim => by_claim(instance, subtask),
        SplitRule::Disputed { claims } => disputed(by_claim(instance, subtask), claims),
        SplitRule::BySearch { fan_out, chunk_tokens } => {
            by_search(instance, subtask, Chunks { fan_out: *fan_out, chunk_tokens: *chunk_tokens }, index)
        }
        SplitRule::ByPart { fan_out } => same_question(subtask, by_part(&instance.material, &subtask.spans, *fan_out)),
        SplitRule::BySummary { query_focused } => by_level(&instance.material, &subtask.spans)
            .into_iter()
            .map(|spans| Subtask { question: Question::Summary { query_focused: *query_focused }, spans })
            .collect(),
        SplitRule::Around { places, chunk_tokens } => around(&instance.material, subtask, places, *chunk_tokens),
    }
}

/// The passages of a subtask in the order a reader should take them: those that no search finds come last, in the
/// order of the text, so that a large enough budget reads everything.
pub fn reading(instance: &Instance, subtask: &Subtask, reading: Reading, index: &Index) -> Vec<Span> {
    let inside = passages_in(&instance.material, &subtask.spans);
    let order = match reading {
        Reading::First => (0..inside.len()).collect(),
        Reading::Search => {
            let mut order = found(instance, subtask, &inside, index);
            let mut taken = vec![false; inside.len()];
            order.iter().for_each(|i| taken[*i] = true);
            order.extend((0..inside.len()).filter(|i| !taken[*i]));
            order
        }
    };
    order.into_iter().map(|i| inside[i].1).collect()
}

/// The question of a subtask in plain text: all of what a person needs besides the material.
pub fn shown(instance: &Instance, subtask: &Subtask) -> String {
    match subtask.question {
        Question::Which => with_candidates(&instance.question, instance),
        Question::Claim { candidate, claim } => claim_text(instance, candidate, claim).to_owned(),
        Question::Summary { query_focused: false } => "Summarise this part of the text.".to_owned(),
        Question::Summary { query_focused: true } => {
            with_candidates("Summarise what this part of the text says that bears on these accounts.", instance)
        }
    }
}

fn with_candidates(question: &str, instance: &Instance) -> String {
    let mut text = question.to_owned();
    for (i, candidate) in instance.candidates.iter().enumerate() {
        text.push_str(&format!("\n{}.", letter(i)));
        for (j, claim) in candidate.claims.iter().enumerate() {
            text.push_str(&format!("\n{}. {claim}", j + 1));
        }
    }
    text
}

/// A, B, ..., Z, AA, AB, ...
fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    if index < 26 { last.to_string() } else { format!("{}{last}", letter(index / 26 - 1)) }
}

fn claim_text(instance: &Instance, candidate: u16, claim: u16) -> &str {
    instance.candidates.get(usize::from(candidate)).and_then(|c| c.claims.get(usize::from(claim))).map_or("", |c| c)
}

fn by_claim(instance: &Instance, subtask: &Subtask) -> Vec<Subtask> {
    if subtask.question != Question::Which {
        return Vec::new();
    }
    let claims = instance.candidates.iter().enumerate().flat_map(|(c, candidate)| {
        (0..candidate.claims.len()).map(move |k| Question::Claim { candidate: c as u16, claim: k as u16 })
    });
    claims.map(|question| Subtask { question, spans: subtask.spans.clone() }).collect()
}

fn same_question(subtask: &Subtask, children: Vec<Vec<Span>>) -> Vec<Subtask> {
    children.into_iter().map(|spans| Subtask { question: subtask.question.clone(), spans }).collect()
}

/// The text around some places as one child, each place with an even share of the tokens; nothing where that would be
/// no less than there is, or where there is no place.
fn around(material: &Material, subtask: &Subtask, places: &[Span], tokens_max: usize) -> Vec<Subtask> {
    let inside = passages_in(material, &subtask.spans);
    let mut hits: Vec<usize> =
        places.iter().filter_map(|place| inside.iter().position(|(_, passage)| passage.overlaps(place))).collect();
    hits.sort_unstable();
    hits.dedup();
    let share = tokens_max / hits.len().max(1);
    let mut free = vec![true; inside.len()];
    hits.iter().for_each(|hit| free[*hit] = false);
    let spans: Vec<Span> =
        hits.iter().map(|hit| grown((material, &subtask.spans), &inside, *hit, share, &mut free)).collect();
    let narrower = spans.iter().map(|span| material.tokens(*span)).sum::<usize>()
        < subtask.spans.iter().map(|span| material.tokens(*span)).sum();
    if spans.is_empty() || !narrower { Vec::new() } else { same_question(subtask, vec![spans]) }
}

/// How many pieces a search hands on, and how long each may be.
struct Chunks {
    fan_out: usize,
    chunk_tokens: usize,
}

fn by_search(instance: &Instance, subtask: &Subtask, chunks: Chunks, index: &Index) -> Vec<Subtask> {
    let material = &instance.material;
    let inside = passages_in(material, &subtask.spans);
    if inside.len() <= 1 && subtask.spans.iter().map(|s| material.tokens(*s)).sum::<usize>() <= chunks.chunk_tokens {
        return Vec::new();
    }
    let query: Vec<u64> = queries(instance, &subtask.question).into_iter().flat_map(stems).collect();
    let mut free = vec![true; inside.len()];
    let mut children = Vec::new();
    for hit in found(instance, subtask, &inside, index) {
        if children.len() == chunks.fan_out {
            break;
        }
        if free[hit] {
            free[hit] = false;
            let chunk = if material.tokens(inside[hit].1) > chunks.chunk_tokens {
                best_run(material, inside[hit].1, chunks.chunk_tokens, &query, index)
            } else {
                grown((material, &subtask.spans), &inside, hit, chunks.chunk_tokens, &mut free)
            };
            children.push(vec![chunk]);
        }
    }
    same_question(subtask, children)
}

/// The run of whole sentences of a passage that fits and carries most of the query; one sentence at least.
fn best_run(material: &Material, passage: Span, tokens_max: usize, query: &[u64], index: &Index) -> Span {
    let sentences = material.smallest_within(passage);
    let mut best = (passage, f64::NEG_INFINITY);
    for first in 0..sentences.len() {
        let mut run = sentences[first];
        for sentence in &sentences[first + 1..] {
            let longer = Span { start: run.start, end: sentence.end };
            if material.tokens(longer) > tokens_max {
                break;
            }
            run = longer;
        }
        let carried = index.carried(query, &material.text(run));
        if carried > best.1 {
            best = (run, carried);
        }
    }
    best.0
}

/// A passage with as many of its free neighbours as fit, alternately the next and the previous, within one chapter
/// and one span of the subtask.
fn grown(
    (material, spans): (&Material, &[Span]),
    inside: &[(usize, Span)],
    hit: usize,
    tokens_max: usize,
    free: &mut [bool],
) -> Span {
    let (mut first, mut last) = (hit, hit);
    let fits = |a: usize, b: usize| {
        let span = Span { start: inside[a].1.start, end: inside[b].1.end };
        let contiguous = inside[b].0 - inside[a].0 == b - a && spans.iter().any(|whole| whole.contains(&span));
        let one_chapter = material.level("chapter").is_none_or(|level| level.units.iter().any(|u| u.contains(&span)));
        contiguous && one_chapter && material.tokens(span) <= tokens_max
    };
    loop {
        let before = (first, last);
        if last + 1 < inside.len() && free[last + 1] && fits(first, last + 1) {
            last += 1;
            free[last] = false;
        }
        if first > 0 && free[first - 1] && fits(first - 1, last) {
            first -= 1;
            free[first] = false;
        }
        if before == (first, last) {
            return Span { start: inside[first].1.start, end: inside[last].1.end };
        }
    }
}

/// Consecutive parts of about equal length, cut between passages or, where there are too few, between sentences.
fn by_part(material: &Material, spans: &[Span], fan_out: usize) -> Vec<Vec<Span>> {
    let passages: Vec<Span> = passages_in(material, spans).into_iter().map(|(_, span)| span).collect();
    let atoms = if passages.len() >= fan_out {
        passages
    } else {
        spans.iter().flat_map(|span| material.smallest_within(*span)).copied().collect()
    };
    let parts = fan_out.min(atoms.len());
    if parts < 2 {
        return Vec::new();
    }
    let lengths: Vec<usize> = atoms.iter().map(|atom| material.tokens(*atom)).collect();
    let total: usize = lengths.iter().sum();
    let mut children: Vec<Vec<Span>> = vec![Vec::new(); parts];
    let mut before = 0;
    let mut part = 0;
    for (i, atom) in atoms.iter().enumerate() {
        // Onwards at each share of the total, while every part still to come is left an atom.
        let middle = 2 * before + lengths[i];
        let due = (middle * parts / (2 * total.max(1))).min(parts - 1);
        let short_of_atoms = part + (atoms.len() - i) < parts;
        if !children[part].is_empty() && (due > part || short_of_atoms) {
            part += 1;
        }
        children[part].push(*atom);
        before += lengths[i];
    }
    children.iter().map(|atoms| merged(atoms, spans)).collect()
}

/// Consecutive atoms joined within each of the spans they come from.
fn merged(atoms: &[Span], spans: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        let mut within = atoms.iter().filter(|atom| span.contains(atom));
        if let Some(first) = within.next() {
            let last = within.next_back().unwrap_or(first);
            joined.push(Span { start: first.start, end: last.end });
        }
    }
    joined
}

/// The material cut at the highest level, down to the passage, that parts it.
fn by_level(material: &Material, spans: &[Span]) -> Vec<Vec<Span>> {
    let down_to_passage = material.levels().iter().take_while(|level| level.name != "sentence");
    for level in down_to_passage {
        let units = clipped(level, spans);
        let parted: Vec<Vec<Span>> =
            units.chunk_by(|a, b| a.0 == b.0).map(|unit| unit.iter().map(|(_, span)| *span).collect()).collect();
        if parted.len() > 1 {
            return parted;
        }
    }
    Vec::new()
}

/// The passages within the spans, clipped to them, each with its position in the level.
fn passages_in(material: &Material, spans: &[Span]) -> Vec<(usize, Span)> {
    material.level("passage").map_or_else(Vec::new, |level| clipped(level, spans))
}

fn clipped(level: &Level, spans: &[Span]) -> Vec<(usize, Span)> {
    let mut parts = Vec::new();
    for span in spans {
        let first = level.units.partition_point(|unit| unit.end <= span.start);
        let touching = level.units[first..].iter().take_while(|unit| unit.start < span.end);
        parts.extend(touching.enumerate().map(|(i, unit)| {
            let part = Span { start: unit.start.max(span.start), end: unit.end.min(span.end) };
            (first + i, part)
        }));
    }
    parts
}

/// What is searched for: the texts whose rankings are interleaved. Candidates take turns, so that none is read first
/// throughout.
fn queries<'a>(instance: &'a Instance, question: &Question) -> Vec<&'a str> {
    match *question {
        Question::Claim { candidate, claim } => vec![claim_text(instance, candidate, claim)],
        Question::Summary { query_focused: false } => Vec::new(),
        Question::Which | Question::Summary { query_focused: true } => {
            let longest = instance.candidates.iter().map(|c| c.claims.len()).max().unwrap_or(0);
            let turns = (0..longest).flat_map(|k| instance.candidates.iter().filter_map(move |c| c.claims.get(k)));
            turns.map(String::as_str).collect()
        }
    }
}

/// What a search finds within the subtask, as positions in `inside`, best first: the rankings of the queries in
/// turn, without repetition.
fn found(instance: &Instance, subtask: &Subtask, inside: &[(usize, Span)], index: &Index) -> Vec<usize> {
    let queries: Vec<Cow<str>> = queries(instance, &subtask.question).into_iter().map(Cow::Borrowed).collect();
    let mut of_passage: Vec<Vec<usize>> = Vec::new();
    for (i, (passage, _)) in inside.iter().enumerate() {
        if of_passage.len() <= *passage {
            of_passage.resize(passage + 1, Vec::new());
        }
        of_passage[*passage].push(i);
    }
    let rankings: Vec<Vec<usize>> = queries
        .iter()
        .map(|query| {
            let ranked = index.ranking(query);
            ranked.into_iter().flat_map(|p| of_passage.get(p as usize).cloned().unwrap_or_default()).collect()
        })
        .collect();
    let mut taken = vec![false; inside.len()];
    let mut order = Vec::new();
    let longest = rankings.iter().map(Vec::len).max().unwrap_or(0);
    for turn in 0..longest {
        for ranking in &rankings {
            if let Some(i) = ranking.get(turn).filter(|i| !taken[**i]) {
                taken[*i] = true;
                order.push(*i);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests;
