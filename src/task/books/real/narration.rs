//! Which sentences the narrator speaks: everything outside quotation marks and dialogue dashes.

use crate::material::{Material, Span};

/// How a book marks speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    open: char,
    close: char,
}

/// Every pair of marks that may hold speech, commonest first.
const PAIRS: [Marks; 6] = [
    Marks { open: '\u{201c}', close: '\u{201d}' },
    Marks { open: '"', close: '"' },
    Marks { open: '\u{ab}', close: '\u{bb}' },
    Marks { open: '\u{201e}', close: '\u{201c}' },
    Marks { open: '\u{300c}', close: '\u{300d}' },
    Marks { open: '\u{2018}', close: '\u{2019}' },
];
/// A tale told within quotation marks over this share of a book is the book's own narration.
const FRAMED_SHARE: f64 = 0.5;

/// Who speaks in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The narrator alone.
    Narrator,
    /// The narrator first, then somebody within quotation marks.
    Both,
    /// Somebody from its first word on.
    Speaker,
}

/// For each smallest unit of the material, who speaks in it.
///
/// Where more than half of a book stands in quotations that run over several paragraphs (a frame and the tale told in
/// it), those quotations are its narration, and speech is what their inner marks hold.
pub fn voices(material: &Material) -> Vec<Voice> {
    let chapters = material.level("chapter").map(|l| l.units.as_slice()).unwrap_or_default();
    let texts: Vec<(usize, String)> =
        chapters.iter().map(|c| (c.start as usize, material.text(*c).into_owned())).collect();
    let marks = marks_of(&texts);
    let mut speech: Vec<Quoted> = texts.iter().flat_map(|(at, text)| quoted(text, *at, marks)).collect();
    let total: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let long: usize = speech.iter().filter(|q| q.runs_on).map(|q| q.end - q.start).sum();
    if long as f64 > FRAMED_SHARE * total as f64 {
        let inner = Marks { open: '\u{2018}', close: '\u{2019}' };
        let held = |q: &Quoted| quoted(&material.text(Span::new(q.start, q.end)), q.start, inner);
        speech = speech.iter().flat_map(|q| if q.runs_on { held(q) } else { vec![*q] }).collect();
    }
    let voice = |unit: &Span| {
        let next = speech.partition_point(|q| q.end <= unit.start as usize);
        match speech.get(next) {
            Some(q) if q.start <= unit.start as usize => Voice::Speaker,
            Some(q) if q.start < unit.end as usize => Voice::Both,
            _ => Voice::Narrator,
        }
    };
    material.smallest().iter().map(voice).collect()
}

/// The marks of speech: the commonest pair, a book without any counting as one of the first.
fn marks_of(texts: &[(usize, String)]) -> Marks {
    let mut best = (PAIRS[0], 0);
    for pair in PAIRS {
        let mut count: usize = texts.iter().map(|(_, t)| t.matches(pair.open).count()).sum();
        if pair.open == '\u{201c}' && texts.iter().any(|(_, t)| t.contains('\u{201e}')) {
            count = 0;
        }
        if count > best.1 {
            best = (pair, count);
        }
    }
    best.0
}

/// A stretch of speech within one paragraph.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Quoted {
    start: usize,
    end: usize,
    /// Whether its quotation goes on in another paragraph, or comes from one.
    runs_on: bool,
}

fn quoted(text: &str, offset: usize, marks: Marks) -> Vec<Quoted> {
    let mut found: Vec<Quoted> = Vec::new();
    let mut carried = false;
    let mut at = 0;
    for paragraph in text.split_inclusive("\n\n") {
        let body = paragraph.trim_start();
        let from = at + paragraph.len() - body.len();
        at += paragraph.len();
        if body.starts_with(['\u{2014}', '\u{2013}', '\u{2015}']) || body.starts_with("--") || body.starts_with("- ") {
            found.push(Quoted { start: offset + from, end: offset + at, runs_on: false });
            carried = false;
            continue;
        }
        let goes_on = carried && body.starts_with(marks.open);
        if goes_on && let Some(before) = found.last_mut() {
            before.runs_on = true;
        }
        let mut start = None;
        let mut first = goes_on;
        for (i, c) in body.char_indices() {
            let opens = c == marks.open && opens_here(body, i, marks);
            if start.is_none() && opens {
                start = Some(i);
            } else if let Some(s) = start
                && c == marks.close
                && closes_here(body, i, marks)
            {
                let end = offset + from + i + c.len_utf8();
                found.push(Quoted { start: offset + from + s, end, runs_on: std::mem::take(&mut first) });
                start = None;
            }
        }
        carried = start.is_some();
        if let Some(s) = start {
            found.push(Quoted { start: offset + from + s, end: offset + at, runs_on: first });
        }
    }
    found
}

/// A mark that is also an apostrophe opens only after a space or another mark.
fn opens_here(body: &str, at: usize, marks: Marks) -> bool {
    let before = body[..at].chars().last();
    marks.open != '"' && marks.open != '\u{2018}' || before.is_none_or(|c| !c.is_alphanumeric())
}

/// A mark that is also an apostrophe closes only beside another mark or at the end of a paragraph.
fn closes_here(body: &str, at: usize, marks: Marks) -> bool {
    if marks.close != '\u{2019}' {
        return true;
    }
    let before = body[..at].chars().last().unwrap_or(' ');
    let after = body[at..].chars().nth(1).unwrap_or('\n');
    !after.is_alphanumeric() && (!before.is_alphanumeric() || !after.is_whitespace() || after == '\n')
}

#[cfg(test)]
mod tests {
    use super::super::hierarchy::{Chapter, material_of};
    use super::*;

    fn narration(text: &str) -> Vec<String> {
        let chapter = Chapter { part: String::new(), title: String::new(), text: text.into() };
        let material = material_of(&[chapter]).expect("not empty");
        let voices = voices(&material);
        let units = material.smallest().iter().zip(voices).filter(|(_, v)| *v == Voice::Narrator);
        units.map(|(u, _)| material.text(*u).trim().to_string()).collect()
    }

    #[test]
    fn speech_of_every_mark_is_left_out() {
        for (open, close) in [
            ("\u{201c}", "\u{201d}"),
            ("\"", "\""),
            ("\u{ab}", "\u{bb}"),
            ("\u{201e}", "\u{201c}"),
            ("\u{2018}", "\u{2019}"),
        ] {
            let text = format!("He rose. {open}I saw it. It was mine,{close} she said. The dog\u{2019}s tail wagged.");
            assert_eq!(narration(&text), ["He rose.", "The dog\u{2019}s tail wagged."], "{open}");
        }
    }

    #[test]
    fn speech_that_runs_over_paragraphs_stays_speech_and_an_unclosed_mark_ends_with_its_paragraph() {
        let over = "\u{201c}I went out. It rained.\n\n\u{201c}Then I slept. He came.\u{201d}\n\nShe wept. He left her. The night fell on the town and on the hills around it. Nobody spoke. All the lamps went out, one after another, until the street was dark.";
        assert_eq!(narration(over)[0], "She wept.");
        assert_eq!(narration("\u{201c}I went out. It rained.\n\nShe wept.").join(" "), "She wept.");
    }

    #[test]
    fn a_dialogue_dash_makes_a_paragraph_speech() {
        assert_eq!(narration("\u{2014} Who are you? He rose.\n\nShe wept."), ["She wept."]);
    }

    #[test]
    fn a_tale_told_in_a_frame_is_narration() {
        let tale = "\u{201c}I walked on. \u{2018}Stop!\u{2019} he cried. I ran.\n\n".repeat(5);
        assert_eq!(narration(&format!("He told us.\n\n{tale}")).iter().filter(|s| s.contains("I ran.")).count(), 5);
    }
}
