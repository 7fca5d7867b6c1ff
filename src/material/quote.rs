//! Quotes by text: where in a material the words stand that somebody says they quote. Helpers that write (language
//! models, people) quote so; others quote by span, which needs no search.

use std::sync::Arc;

use super::{Material, Span};

/// Letters and digits for each edit that a [`Found::Near`] quote may be away from the text.
pub const LETTERS_AN_EDIT: usize = 20;

/// Edits at most, however long the quote: beyond so many it is a paraphrase.
pub const EDITS_MAX: usize = 16;

/// What became of a quoted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The material holds it character by character, blank ends aside.
    Verified(Span),
    /// The material holds it but for case, spaces, punctuation and at most one letter or digit in [`LETTERS_AN_EDIT`]
    /// added, left out or replaced. The span is what the material has in its place.
    Near(Span),
    /// The material does not hold it, or it has neither letter nor digit.
    Unverified,
}

impl Found {
    /// What the material has in its place; none where it has nothing.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Verified(span) | Self::Near(span) => Some(*span),
            Self::Unverified => None,
        }
    }
}

/// A material made ready for looking quotes up: built once, in time and memory linear in the text.
#[derive(Clone, Debug)]
pub struct QuoteIndex {
    text: Arc<str>,
    /// The text's letters and digits in lower case, one after another.
    letters: String,
    /// For every byte of `letters`, where in `text` its character begins.
    places: Vec<u32>,
}

impl QuoteIndex {
    /// The index of a material's whole text.
    pub fn new(material: &Material) -> Self {
        let text: Arc<str> = material.text(material.whole()).into();
        let (letters, places) = folded(&text);
        Self { text, letters, places }
    }

    /// Looks a quoted text up; the first place of several. Exact and folded quotes take time linear in the material; a
    /// misspelt one is looked for only around the places that hold a part of it unchanged.
    pub fn find(&self, quoted: &str) -> Found {
        let quoted = quoted.trim();
        let (wanted, _) = folded(quoted);
        if wanted.is_empty() {
            return Found::Unverified;
        }
        if let Some(start) = self.first_whole(&self.text, quoted, |at| at) {
            return Found::Verified(Span::new(start, start + quoted.len()));
        }
        let folded_at = self.first_whole(&self.letters, &wanted, |at| self.place(at));
        let near = folded_at.map(|start| (start, start + wanted.len())).or_else(|| self.misspelt(&wanted));
        near.map_or(Found::Unverified, |(start, end)| Found::Near(self.span_of(start, end)))
    }

    /// The first occurrence that begins and ends where words do, else the first of all: people cut words too. `place`
    /// says where in the text a byte of `within` stands.
    fn first_whole(&self, within: &str, wanted: &str, place: impl Fn(usize) -> usize) -> Option<usize> {
        let is_whole = |start: usize| {
            let last = start + wanted.len() - wanted.chars().next_back().map_or(1, char::len_utf8);
            self.is_boundary(place(start)) && self.is_boundary(self.end_of_char(place(last)))
        };
        let first = within.find(wanted)?;
        let whole = within[first..].match_indices(wanted).map(|(at, _)| first + at).find(|start| is_whole(*start));
        Some(whole.unwrap_or(first))
    }

    /// Whether no word runs across this byte of the text.
    fn is_boundary(&self, at: usize) -> bool {
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !(is_letter(self.text[..at].chars().next_back()) && is_letter(self.text[at..].chars().next()))
    }

    fn place(&self, letter: usize) -> usize {
        self.places[letter] as usize
    }

    fn end_of_char(&self, start: usize) -> usize {
        start + self.text[start..].chars().next().map_or(0, char::len_utf8)
    }

    /// The span of the text whose letters and digits are bytes `[start, end)` of `letters`.
    fn span_of(&self, start: usize, end: usize) -> Span {
        let last = self.place(end - 1);
        Span::new(self.place(start), self.end_of_char(last))
    }

    /// The bytes of `letters` that come closest to `wanted` within the edits it may have, the first of equals. Cut in
    /// one more part than there are edits, one part must stand unchanged: only around those is anything compared.
    fn misspelt(&self, wanted: &str) -> Option<(usize, usize)> {
        let wanted: Vec<char> = wanted.chars().collect();
        let edits = (wanted.len() / LETTERS_AN_EDIT).min(EDITS_MAX);
        let mut best: Option<(usize, usize, usize)> = None;
        if edits == 0 {
            return None;
        }
        for part in 0..=edits {
            let (from, to) = (part * wanted.len() / (edits + 1), (part + 1) * wanted.len() / (edits + 1));
            let unchanged: String = wanted[from..to].iter().collect();
            for (at, _) in self.letters.match_indices(&unchanged) {
                let window = self.window(at, from + edits, wanted.len() - from + edits);
                if let Some((away, start, end)) = closest(&wanted, &window, edits)
                    && best.is_none_or(|(least, first, _)| (away, start) < (least, first))
                {
                    best = Some((away, start, end));
                }
            }
        }
        best.map(|(_, start, end)| (start, end))
    }

    /// The characters of `letters` around a byte with where each begins: at most so many before it and from it on.
    fn window(&self, at: usize, before: usize, after: usize) -> Vec<(usize, char)> {
        let ahead = self.letters[..at].char_indices().rev().take(before);
        let mut window: Vec<(usize, char)> = ahead.collect();
        window.reverse();
        window.extend(self.letters[at..].char_indices().take(after).map(|(i, c)| (at + i, c)));
        window
    }
}

/// The letters and digits of a text in lower case, and for every byte of them where in the text its character begins.
fn folded(text: &str) -> (String, Vec<u32>) {
    let mut letters = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        for lower in c.to_lowercase().filter(|lower| lower.is_alphanumeric()) {
            letters.push(lower);
            places.resize(letters.len(), at as u32);
        }
    }
    (letters, places)
}

/// The run of the window with the fewest edits to `wanted`, at most `edits`: their number and its first and last byte
/// but one (Sellers 1980: the edit distance with free ends).
fn closest(wanted: &[char], window: &[(usize, char)], edits: usize) -> Option<(usize, usize, usize)> {
    // For every column: the fewest edits of the pattern so far, and the column that this alignment began at.
    let mut row: Vec<(usize, usize)> = (0..=window.len()).map(|column| (0, column)).collect();
    for (depth, letter) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (depth + 1, 0);
        for column in 1..=window.len() {
            let replaced = (diagonal.0 + usize::from(window[column - 1].1 != *letter), diagonal.1);
            let left_out = (row[column].0 + 1, row[column].1);
            let added = (row[column - 1].0 + 1, row[column - 1].1);
            diagonal = row[column];
            row[column] = replaced.min(left_out).min(added);
        }
        if row.iter().all(|(away, _)| *away > edits) {
            return None;
        }
    }
    let (end, (away, start)) = row.into_iter().enumerate().min_by_key(|(end, (away, _))| (*away, *end))?;
    if away > edits || end <= start {
        return None;
    }
    let (last, c) = window[end - 1];
    Some((away, window[start].0, last + c.len_utf8()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::Level;

    const TALE: &str = "The island was quiet.\nMira's lantern -- the old one -- went out at 3 o'clock, and “nobody”\n\
                        saw the é in café.  He is here: he said so, twice, to the keeper of the northern lighthouse.";

    fn index(text: &str) -> QuoteIndex {
        let cut = text.find('\n').map_or(0, |at| at + 1);
        let whole = Level { name: "book", units: vec![Span::new(0, text.len())], titles: vec![] };
        // Two pieces: what is found may lie across them.
        QuoteIndex::new(&Material::new(vec![text[..cut].into(), text[cut..].into()], vec![whole]))
    }

    fn near(quoted: &str) -> Option<&'static str> {
        match index(TALE).find(quoted) {
            Found::Near(span) => Some(&TALE[span.start as usize..span.end as usize]),
            _ => None,
        }
    }

    #[test]
    fn an_exact_quote_is_where_it_stands() {
        for quoted in ["Mira's lantern", " quiet.\nMira's ", "“nobody”", "é in café."] {
            let Found::Verified(span) = index(TALE).find(quoted) else { panic!("{quoted} is there") };
            assert_eq!(&TALE[span.start as usize..span.end as usize], quoted.trim());
        }
    }

    #[test]
    fn case_spaces_and_punctuation_make_a_quote_near_and_its_span_is_the_texts() {
        assert_eq!(near("THE OLD ONE, went out"), Some("the old one -- went out"));
        assert_eq!(near("\"nobody\" saw the É"), Some("nobody”\nsaw the é"));
        assert_eq!(near("quiet. Mira’s"), Some("quiet.\nMira's"));
    }

    #[test]
    fn one_letter_in_twenty_may_be_wrong_and_no_more() {
        // 38 letters allow one edit: one replaced, one left out, one too many.
        let right = "to the keeper of the northern lighthouse";
        for wrong in ["to the keepor of the northern lighthouse", "to the keper of the northern lighthouse"] {
            assert_eq!(near(wrong), Some(right), "{wrong}");
        }
        assert_eq!(near("to the keeper off the northern lighthouse"), Some(right));
        assert_eq!(near("to the keepor of the southern lighthouse"), None, "three edits");
        assert_eq!(near("the keepr of"), None, "nine letters allow none");
    }

    #[test]
    fn what_is_not_there_is_unverified() {
        for quoted in ["", " … ", "-- ", "the lantern went on", "nobody saw her leave the northern lighthouse"] {
            assert_eq!(index(TALE).find(quoted), Found::Unverified, "{quoted}");
        }
        assert_eq!(index("").find("a"), Found::Unverified);
    }

    #[test]
    fn whole_words_go_before_parts_of_words() {
        // "is" stands in "island" first.
        let Found::Verified(span) = index(TALE).find("is") else { panic!() };
        assert_eq!(TALE[span.start as usize..].split(' ').nth(1), Some("here:"));
        assert_eq!(near("HE IS"), Some("He is"), "not \"[T]he is[land]\"");
        // A word cut short is still a quote.
        assert!(matches!(index(TALE).find("lanter"), Found::Verified(_)));
    }

    #[test]
    fn letters_that_change_their_length_in_lower_case_keep_their_place() {
        let text = "İSTANBUL lies on the Bosporus. Straße und STRASSE.";
        let index = index(text);
        let Found::Near(span) = index.find("istanbul LIES on") else { panic!() };
        assert_eq!(&text[span.start as usize..span.end as usize], "İSTANBUL lies on");
        assert!(matches!(index.find("und strasse"), Found::Near(_)));
    }
}
