//! Materials: immutable text with a hierarchy of spans, shared piece by piece between versions, counted in tokens.

pub mod quote;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A range of bytes of one material, `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of bytes `[start, end)`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// Whether `other` lies within this span.
    pub fn contains(&self, other: &Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share a byte.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The identity of a material: the hash of its pieces and of its hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MaterialId(pub [u8; 16]);

impl MaterialId {
    /// Lower-case hexadecimal, 32 characters.
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// A run of text that versions of a material share: a chapter, a file.
#[derive(Clone, Debug)]
struct Piece {
    start: u32,
    text: Arc<str>,
}

/// One level of a material's hierarchy: `book`, `part`, `chapter`, `passage`, `sentence`.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What a unit of this level is called.
    pub name: &'static str,
    /// The units, ordered, none overlapping another.
    pub units: Vec<Span>,
    /// A title for each unit; empty where the level has none.
    pub titles: Vec<String>,
}

/// An immutable text with its hierarchy. The levels run from the whole down to the smallest unit; every unit of a
/// level lies within one unit of the level above.
#[derive(Debug)]
pub struct Material {
    id: MaterialId,
    pieces: Vec<Piece>,
    levels: Vec<Level>,
    /// Tokens before each unit of the last level, and the total.
    tokens_before: Vec<u32>,
}

impl Material {
    /// A material of `pieces` (their texts follow one another) with the given levels, the whole first.
    ///
    /// # Panics
    /// If a level is empty, or its units overlap or leave the level above: a task built its material wrongly.
    pub fn new(pieces: Vec<Arc<str>>, levels: Vec<Level>) -> Self {
        let mut start = 0u32;
        let mut hasher = blake3::Hasher::new();
        let pieces: Vec<Piece> = pieces
            .into_iter()
            .map(|text| {
                hasher.update(blake3::hash(text.as_bytes()).as_bytes());
                let piece = Piece { start, text };
                start += piece.text.len() as u32;
                piece
            })
            .collect();
        assert_nested(&levels, start);
        for level in &levels {
            hasher.update(level.name.as_bytes());
            for unit in &level.units {
                hasher.update(&unit.start.to_le_bytes());
                hasher.update(&unit.end.to_le_bytes());
            }
        }
        let mut id = [0u8; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        let mut material = Self { id: MaterialId(id), pieces, levels, tokens_before: Vec::new() };
        let mut total = 0;
        let mut tokens_before = vec![0];
        for unit in material.smallest() {
            total += count_tokens(&material.text(*unit)) as u32;
            tokens_before.push(total);
        }
        material.tokens_before = tokens_before;
        material
    }

    /// The hash that identifies this material.
    pub fn id(&self) -> MaterialId {
        self.id
    }

    /// The whole text as one span.
    pub fn whole(&self) -> Span {
        let end = self.pieces.last().map_or(0, |p| p.start as usize + p.text.len());
        Span::new(0, end)
    }

    /// The levels, the whole first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The level of that name.
    pub fn level(&self, name: &str) -> Option<&Level> {
        self.levels.iter().find(|level| level.name == name)
    }

    /// The units of the last level: what a quote points to.
    pub fn smallest(&self) -> &[Span] {
        self.levels.last().map_or(&[], |level| &level.units)
    }

    /// The units of a level that lie within `span`, by binary search.
    pub fn within<'a>(&self, level: &'a Level, span: Span) -> &'a [Span] {
        let first = level.units.partition_point(|unit| unit.start < span.start);
        let last = level.units.partition_point(|unit| unit.end <= span.end);
        if first < last { &level.units[first..last] } else { &[] }
    }

    /// The smallest units within `span`.
    pub fn smallest_within(&self, span: Span) -> &[Span] {
        match self.levels.last() {
            Some(level) => self.within(level, span),
            None => &[],
        }
    }

    /// The text of a span; borrowed where the span lies in one piece.
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        let first = self.pieces.partition_point(|piece| piece.start <= span.start).saturating_sub(1);
        let mut joined: Option<String> = None;
        for piece in &self.pieces[first.min(self.pieces.len())..] {
            let end = piece.start as usize + piece.text.len();
            let from = (span.start.max(piece.start) - piece.start) as usize;
            let to = ((span.end as usize).min(end)).saturating_sub(piece.start as usize);
            if from < to && span.end as usize <= end && joined.is_none() {
                return Cow::Borrowed(&piece.text[from..to]);
            }
            if piece.start >= span.end {
                break;
            }
            if from < to {
                joined.get_or_insert_default().push_str(&piece.text[from..to]);
            }
        }
        Cow::Owned(joined.unwrap_or_default())
    }

    /// Tokens in a span, a whole number of smallest units being the fast case.
    pub fn tokens(&self, span: Span) -> usize {
        let units = self.smallest();
        let first = units.partition_point(|unit| unit.start < span.start);
        let last = units.partition_point(|unit| unit.end <= span.end);
        let aligned = first < last && units[first].start == span.start && units[last - 1].end == span.end;
        if aligned {
            (self.tokens_before[last] - self.tokens_before[first]) as usize
        } else {
            count_tokens(&self.text(span))
        }
    }
}

/// Tokens of a text: a run of letters, digits and inner apostrophes is one, an ideograph or any other visible
/// character is one. The unit of every budget; close to, and never fewer than, a text's words.
pub fn count_tokens(text: &str) -> usize {
    let mut count = 0;
    let mut in_word = false;
    for c in text.chars() {
        if is_ideograph(c) {
            count += 1;
            in_word = false;
        } else if c.is_alphanumeric() {
            count += usize::from(!in_word);
            in_word = true;
        } else if (c == '\'' || c == '\u{2019}') && in_word {
            // An apostrophe inside or at the end of a word belongs to it.
        } else {
            count += usize::from(!c.is_whitespace());
            in_word = false;
        }
    }
    count
}

fn is_ideograph(c: char) -> bool {
    matches!(c as u32, 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

fn assert_nested(levels: &[Level], end: u32) {
    let mut above = vec![Span { start: 0, end }];
    for level in levels {
        assert!(!level.units.is_empty(), "level `{}` of a material has no unit", level.name);
        assert!(level.units.windows(2).all(|w| w[0].end <= w[1].start), "units of level `{}` overlap", level.name);
        for unit in &level.units {
            let parent = above.partition_point(|a| a.start <= unit.start).saturating_sub(1);
            assert!(above[parent].contains(unit), "a unit of level `{}` leaves its parent", level.name);
        }
        above = level.units.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Material {
        let sentence = |name, cuts: &[(usize, usize)]| Level {
            name,
            units: cuts.iter().map(|c| Span::new(c.0, c.1)).collect(),
            titles: Vec::new(),
        };
        Material::new(
            vec!["One two. Three. ".into(), "Four five six.".into()],
            vec![
                sentence("book", &[(0, 30)]),
                sentence("chapter", &[(0, 16), (16, 30)]),
                sentence("sentence", &[(0, 9), (9, 16), (16, 30)]),
            ],
        )
    }

    #[test]
    fn spans_read_back_across_pieces() {
        let material = sample();
        assert_eq!(material.text(Span::new(9, 15)), "Three.");
        assert_eq!(material.text(Span::new(9, 20)), "Three. Four");
        assert_eq!(material.text(Span::new(16, 20)), "Four");
        assert!(matches!(material.text(Span::new(16, 20)), Cow::Borrowed(_)));
    }

    #[test]
    fn aligned_and_counted_tokens_agree() {
        let material = sample();
        for span in [Span::new(0, 30), Span::new(0, 9), Span::new(9, 30), Span::new(4, 15)] {
            assert_eq!(material.tokens(span), count_tokens(&material.text(span)), "{span:?}");
        }
    }

    #[test]
    fn tokens_of_several_scripts() {
        for (text, tokens) in [
            ("", 0),
            ("Mira's lantern went out.", 5),
            ("don\u{2019}t", 1),
            ("3.5", 3),
            ("\u{4eca}\u{65e5}\u{306f}", 3),
            ("\u{e9}t\u{e9}, na\u{ef}ve", 3),
        ] {
            assert_eq!(count_tokens(text), tokens, "{text}");
        }
    }

    #[test]
    fn identity_follows_content_and_hierarchy() {
        let one = Material::new(
            vec!["ab".into()],
            vec![Level { name: "book", units: vec![Span::new(0, 2)], titles: vec![] }],
        );
        let same = Material::new(
            vec!["ab".into()],
            vec![Level { name: "book", units: vec![Span::new(0, 2)], titles: vec![] }],
        );
        let cut = Material::new(
            vec!["ab".into()],
            vec![Level { name: "book", units: vec![Span::new(0, 1)], titles: vec![] }],
        );
        assert_eq!(one.id(), same.id());
        assert_ne!(one.id(), cut.id());
    }
}
