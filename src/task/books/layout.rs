//! From text with known sentences to a material: book > part > chapter > passage > sentence.

use std::sync::Arc;

use crate::material::{Level, Material, Span, count_tokens};

/// The levels of every book, the whole first.
pub const LEVELS: [&str; 5] = ["book", "part", "chapter", "passage", "sentence"];

/// A run of text that versions of a book share whole: a scene of a generated book, a chapter of a real one.
#[derive(Clone, Debug)]
pub struct Section {
    /// The text, without a blank line at either end.
    pub text: Arc<str>,
    /// Its sentences, as spans of `text`, ordered and disjoint; at least one.
    pub sentences: Vec<Span>,
}

/// A chapter before it is laid out.
#[derive(Clone, Debug)]
pub struct ChapterText {
    /// Its heading; not part of the text.
    pub title: String,
    /// Its sections in order, at least one.
    pub sections: Vec<Section>,
}

/// A part before it is laid out.
#[derive(Clone, Debug)]
pub struct PartText {
    /// Its heading; empty where the book has no parts.
    pub title: String,
    /// Its chapters in order, at least one.
    pub chapters: Vec<ChapterText>,
}

/// A book as a material. Sections are parted by a blank line that belongs to none of them. A passage is a run of
/// whole sentences of one chapter: it closes at three quarters of `passage_tokens` or before it would pass five
/// quarters of it, so that one long sentence stays whole.
///
/// # Panics
/// If a part, chapter or section is empty: whoever read or wrote the book promised otherwise.
pub fn lay_out(title: &str, parts: Vec<PartText>, passage_tokens: usize) -> Material {
    let blank: Arc<str> = "\n\n".into();
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut laid = Laid::default();
    for part in parts {
        let first_chapter = laid.chapters.len();
        for chapter in part.chapters {
            let first_sentence = laid.sentences.len();
            let first_passage = laid.sentences.len();
            let mut lengths = Vec::new();
            for section in chapter.sections {
                if !pieces.is_empty() {
                    pieces.push(blank.clone());
                    at += blank.len();
                }
                for sentence in &section.sentences {
                    let (start, end) = (sentence.start as usize, sentence.end as usize);
                    laid.sentences.push(Span::new(at + start, at + end));
                    lengths.push(count_tokens(&section.text[start..end]));
                }
                at += section.text.len();
                pieces.push(section.text);
            }
            laid.cut_passages(first_passage, &lengths, passage_tokens);
            laid.chapters.push(joined(&laid.sentences[first_sentence..]));
            laid.chapter_titles.push(chapter.title);
        }
        laid.parts.push(joined(&laid.chapters[first_chapter..]));
        laid.part_titles.push(part.title);
    }
    let book = vec![joined(&laid.parts)];
    let level = |name, units, titles| Level { name, units, titles };
    Material::new(
        pieces,
        vec![
            level(LEVELS[0], book, vec![title.to_owned()]),
            level(LEVELS[1], laid.parts, laid.part_titles),
            level(LEVELS[2], laid.chapters, laid.chapter_titles),
            level(LEVELS[3], laid.passages, Vec::new()),
            level(LEVELS[4], laid.sentences, Vec::new()),
        ],
    )
}

#[derive(Default)]
struct Laid {
    parts: Vec<Span>,
    part_titles: Vec<String>,
    chapters: Vec<Span>,
    chapter_titles: Vec<String>,
    passages: Vec<Span>,
    sentences: Vec<Span>,
}

impl Laid {
    /// Cuts the sentences from `first` on, of these token counts, into passages.
    fn cut_passages(&mut self, first: usize, lengths: &[usize], passage_tokens: usize) {
        let (enough, limit) = (passage_tokens * 3 / 4, passage_tokens * 5 / 4);
        let mut from = 0;
        let mut tokens = 0;
        for (i, length) in lengths.iter().enumerate() {
            if i > from && (tokens >= enough || tokens + length > limit) {
                self.passages.push(joined(&self.sentences[first + from..first + i]));
                (from, tokens) = (i, 0);
            }
            tokens += length;
        }
        self.passages.push(joined(&self.sentences[first + from..first + lengths.len()]));
    }
}

fn joined(units: &[Span]) -> Span {
    match units {
        [first, .., last] => Span { start: first.start, end: last.end },
        [only] => *only,
        [] => panic!("a part, chapter or section of a book has no sentence"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str) -> Section {
        let mut sentences = Vec::new();
        let mut start = 0;
        for (i, _) in text.match_indices('.') {
            sentences.push(Span::new(start, i + 1));
            start = i + 2;
        }
        Section { text: text.into(), sentences }
    }

    #[test]
    fn a_book_has_its_five_levels_and_shares_no_blank_line() {
        let chapter = |text: &str| ChapterText { title: "c".into(), sections: vec![section(text), section("End.")] };
        let part = PartText { title: String::new(), chapters: vec![chapter("One two. Three four."), chapter("Five.")] };
        let book = lay_out("b", vec![part], 4);
        let names: Vec<_> = book.levels().iter().map(|level| level.name).collect();
        assert_eq!(names, LEVELS);
        assert_eq!(book.text(book.levels()[2].units[0]), "One two. Three four.\n\nEnd.");
        assert_eq!(book.levels()[3].units.len(), 4);
        assert_eq!(book.levels()[0].units[0], book.whole());
        assert_eq!(book.tokens(book.whole()), 12);
    }

    #[test]
    fn passages_keep_to_their_size_and_to_whole_sentences() {
        let text = "Aa bb cc dd ee ff gg. ".repeat(100);
        let part = PartText {
            title: String::new(),
            chapters: vec![ChapterText { title: String::new(), sections: vec![section(text.trim())] }],
        };
        let book = lay_out("b", vec![part], 80);
        let passages = &book.levels()[3].units;
        let sizes: Vec<_> = passages.iter().map(|p| book.tokens(*p)).collect();
        assert!(sizes[..sizes.len() - 1].iter().all(|s| (60..=100).contains(s)), "{sizes:?}");
        assert_eq!(sizes.iter().sum::<usize>(), 800);
    }
}
