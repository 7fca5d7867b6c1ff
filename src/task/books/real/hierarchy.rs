//! From chapters of text to a material: book > part > chapter > passage > sentence.

use std::sync::Arc;

use crate::material::{Level, Material, Span, count_tokens};

use super::sentences::sentence_ends;

/// Tokens that a passage reaches before it may end.
pub const PASSAGE_TOKENS_MIN: usize = 60;
/// Tokens of a passage at most.
pub const PASSAGE_TOKENS_MAX: usize = 100;

/// A chapter before it is cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Chapter {
    /// The part it belongs to; empty where the book has no parts.
    pub part: String,
    /// Its heading, empty where there is none.
    pub title: String,
    /// Its text without the heading, paragraphs parted by blank lines.
    pub text: String,
}

/// The material of a book: one piece a chapter. Passages are whole sentences of one chapter, 60 to 100 tokens (fewer
/// where the next sentence would not fit, or the chapter ends). Units tile their parent. Chapters without a visible
/// character are left out; `None` where nothing remains, or more than a span can address (4 GiB).
pub fn material_of(chapters: &[Chapter]) -> Option<Arc<Material>> {
    let chapters: Vec<&Chapter> = chapters.iter().filter(|c| !c.text.trim().is_empty()).collect();
    let mut draft = Draft::default();
    for chapter in &chapters {
        draft.push(chapter);
    }
    if draft.pieces.is_empty() || u32::try_from(draft.length).is_err() {
        return None;
    }
    Some(Arc::new(draft.finish()))
}

/// A material in the making.
#[derive(Default)]
struct Draft {
    pieces: Vec<Arc<str>>,
    length: usize,
    parts: Vec<(Span, String)>,
    chapters: Vec<(Span, String)>,
    passages: Vec<Span>,
    sentences: Vec<Span>,
}

impl Draft {
    fn push(&mut self, chapter: &Chapter) {
        let text = format!("{}\n\n", chapter.text.trim());
        let from = self.length;
        let span = Span::new(from, from + text.len());
        match self.parts.last_mut() {
            Some((part, title)) if *title == chapter.part => part.end = span.end,
            _ => self.parts.push((span, chapter.part.clone())),
        }
        self.chapters.push((span, chapter.title.clone()));
        let mut start = 0;
        let mut passage = Span::new(from, from);
        let mut passage_tokens = 0;
        for end in sentence_ends(&text, PASSAGE_TOKENS_MAX) {
            let tokens = count_tokens(&text[start..end]);
            let full = passage_tokens >= PASSAGE_TOKENS_MIN || passage_tokens + tokens > PASSAGE_TOKENS_MAX;
            if full && passage_tokens > 0 {
                self.passages.push(passage);
                passage = Span::new(from + start, from + start);
                passage_tokens = 0;
            }
            self.sentences.push(Span::new(from + start, from + end));
            passage.end = (from + end) as u32;
            passage_tokens += tokens;
            start = end;
        }
        self.passages.push(passage);
        self.length += text.len();
        self.pieces.push(text.into());
    }

    fn finish(self) -> Material {
        let titled = |name, units: Vec<(Span, String)>| {
            let (units, titles) = units.into_iter().unzip();
            Level { name, units, titles }
        };
        let plain = |name, units| Level { name, units, titles: Vec::new() };
        Material::new(
            self.pieces,
            vec![
                plain("book", vec![Span::new(0, self.length)]),
                titled("part", self.parts),
                titled("chapter", self.chapters),
                plain("passage", self.passages),
                plain("sentence", self.sentences),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(part: &str, text: &str) -> Chapter {
        Chapter { part: part.into(), title: String::new(), text: text.into() }
    }

    #[test]
    fn passages_hold_whole_sentences_of_one_chapter() {
        let text = "The old captain walked slowly down to the harbour and looked at the sea. ".repeat(40);
        let material =
            material_of(&[chapter("One", &text), chapter("One", "Short."), chapter("Two", &text)]).expect("not empty");
        assert_eq!(material.level("part").map(|l| l.units.len()), Some(2));
        let chapters = material.level("chapter").expect("a level");
        for passage in &material.level("passage").expect("a level").units {
            assert!(chapters.units.iter().any(|c| c.contains(passage)));
            let tokens = material.tokens(*passage);
            assert!(tokens <= PASSAGE_TOKENS_MAX, "{tokens}");
            assert!(material.text(*passage).trim_end().ends_with('.'));
        }
        assert_eq!(material.tokens(material.whole()), count_tokens(&material.text(material.whole())));
    }

    #[test]
    fn a_book_shorter_than_a_passage_is_one_passage() {
        let material = material_of(&[chapter("", "He came. He went.")]).expect("not empty");
        assert_eq!(material.level("passage").map(|l| l.units.len()), Some(1));
        assert_eq!(material.smallest().len(), 2);
        assert!(material_of(&[chapter("", " \n ")]).is_none());
    }
}
