//! Headings of plain text, found by rule in several languages.

use crate::numerals::{CARDINALS, ORDINALS, ORDINALS_READ};

/// Which level a heading opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Part, book, volume, act.
    Part,
    /// Chapter, letter, stave, scene, a roman numeral alone.
    Chapter,
}

/// A heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Which level it opens.
    pub rank: Rank,
    /// Whether it carries a title after its number.
    pub has_title: bool,
}

const PARTS: &[&str] = &[
    "part",
    "book",
    "volume",
    "vol",
    "act",
    "partie",
    "livre",
    "tome",
    "teil",
    "buch",
    "parte",
    "libro",
    "часть",
    "том",
];
const CHAPTERS: &[&str] = &[
    "chapter",
    "chap",
    "stave",
    "letter",
    "canto",
    "scene",
    "adventure",
    "section",
    "chapitre",
    "kapitel",
    "capítulo",
    "capitulo",
    "capitolo",
    "scène",
    "szene",
    "lettre",
    "brief",
    "глава",
    "письмо",
    "hoofdstuk",
    "luku",
    "rozdział",
];
const ALONE: &[&str] = &[
    "preface",
    "prologue",
    "epilogue",
    "introduction",
    "conclusion",
    "finale",
    "foreword",
    "afterword",
    "interlude",
    "préface",
    "épilogue",
    "vorwort",
    "prólogo",
    "epílogo",
    "пролог",
    "эпилог",
];
/// What counts chapters besides the numerals of [`crate::numerals`].
const OTHER_NUMBERS: &[&str] = &[
    "last",
    "premier",
    "première",
    "deuxième",
    "erstes",
    "zweites",
    "drittes",
    "primera",
    "primero",
    "primo",
    "prima",
    "первая",
    "вторая",
    "третья",
];
/// Where `fifty` is among the cardinals: more chapters than that are counted otherwise.
const FIFTY_AT: usize = 23;
/// Characters of a heading at most: a longer paragraph is prose.
const HEADING_CHARS_MAX: usize = 90;

/// The heading that a paragraph is, if it is one.
pub fn heading(paragraph: &str) -> Option<Heading> {
    let line = paragraph.trim().trim_matches('_');
    if line.is_empty() || line.chars().count() > HEADING_CHARS_MAX {
        return None;
    }
    named(line).or_else(|| ideographic(line)).or_else(|| numeral_alone(line))
}

/// Whether a paragraph may be the title under a heading: short, one line, and not a sentence.
pub fn looks_like_title(paragraph: &str) -> bool {
    let line = paragraph.trim();
    let words = line.split_whitespace().count();
    (1..=12).contains(&words)
        && !line.ends_with(['.', ',', ';', ':', '!', '?', '\u{201d}', '"', '\u{2019}'])
        && !line.starts_with(['\u{201c}', '"', '\u{2018}'])
        && line.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
}

/// "CHAPTER IV. Title", "Part One", "The First Letter", "PREFACE".
fn named(line: &str) -> Option<Heading> {
    let mut words = line.split_whitespace();
    let mut first = bare(words.next()?);
    let mut number = words.next().map(bare);
    if first == "the" || number.as_deref().is_some_and(|n| is_keyword(n) && is_number(&first)) {
        // "The First Letter", "Erstes Kapitel": the number comes before the word.
        let place = if first == "the" { number.take()? } else { first };
        first = if number.is_some() { number.take()? } else { bare(words.next()?) };
        number = Some(place);
    }
    if number.as_deref() == Some("the") {
        number = words.next().map(bare);
    }
    if ALONE.contains(&first.as_str()) {
        return (line.split_whitespace().count() <= 6).then_some(Heading { rank: Rank::Chapter, has_title: true });
    }
    if !is_keyword(&first) || !is_number(&number?) {
        return None;
    }
    let rank = if PARTS.contains(&first.as_str()) { Rank::Part } else { Rank::Chapter };
    let rest: Vec<&str> = words.collect();
    // "Part of the crew" never gets here; "Book one a passage." is prose when it runs on without a mark.
    let prose = rest.first().is_some_and(|w| w.starts_with(char::is_lowercase));
    (!prose).then_some(Heading { rank, has_title: !rest.is_empty() })
}

/// "第三章 ...", "第一部".
fn ideographic(line: &str) -> Option<Heading> {
    let rest = line.strip_prefix('第')?;
    let at = rest.find(['章', '回', '部', '卷', '編', '话', '話', '節', '节'])?;
    let number = &rest[..at];
    let counts = |c: char| c.is_numeric() || "一二三四五六七八九十百千零〇两兩".contains(c);
    if number.is_empty() || !number.chars().all(counts) {
        return None;
    }
    let mark = rest[at..].chars().next()?;
    let rank = if "部卷編".contains(mark) { Rank::Part } else { Rank::Chapter };
    Some(Heading { rank, has_title: rest.len() > at + mark.len_utf8() })
}

/// "IV", "IV.", "12.", "I. A SCANDAL IN BOHEMIA".
fn numeral_alone(line: &str) -> Option<Heading> {
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let number = first.trim_end_matches(['.', ':', ')']);
    let upper = number.chars().all(char::is_uppercase) && is_roman(&number.to_lowercase());
    let digits = !number.is_empty() && number.len() <= 3 && number.chars().all(|c| c.is_ascii_digit());
    if !upper && !digits {
        return None;
    }
    let rest: Vec<&str> = words.collect();
    match rest.as_slice() {
        [] => Some(Heading { rank: Rank::Chapter, has_title: false }),
        rest if first.ends_with('.') && rest.len() <= 10 && !line.ends_with(['.', ',', ';', '?', '!']) => {
            Some(Heading { rank: Rank::Chapter, has_title: true })
        }
        _ => None,
    }
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn is_keyword(word: &str) -> bool {
    PARTS.contains(&word) || CHAPTERS.contains(&word)
}

fn is_number(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let counts = [&CARDINALS[1..=FIFTY_AT], &ORDINALS[1..ORDINALS_READ], OTHER_NUMBERS];
    word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty()
        || is_roman(word)
        || parts.iter().all(|part| counts.iter().any(|words| words.contains(part)))
}

/// Whether a lower-case word is a well-formed roman numeral below 400.
fn is_roman(word: &str) -> bool {
    let hundreds = word.trim_start_matches('c');
    let tens = ["xc", "xl"].iter().find_map(|p| hundreds.strip_prefix(p));
    let tens = tens.unwrap_or_else(|| {
        let after = hundreds.strip_prefix('l').unwrap_or(hundreds);
        after.trim_start_matches('x')
    });
    let ones = ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    let runs = ["cccc", "xxxx"].iter().all(|run| !word.contains(run));
    !word.is_empty() && runs && ones.contains(&tens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_many_forms() {
        let chapter = |has_title| Some(Heading { rank: Rank::Chapter, has_title });
        let part = |has_title| Some(Heading { rank: Rank::Part, has_title });
        for (line, expected) in [
            ("CHAPTER I", chapter(false)),
            ("Chapter 1. Down the Hole", chapter(true)),
            ("CHAPTER THE FIRST", chapter(false)),
            ("Chapter Twenty-One", chapter(false)),
            ("XIV", chapter(false)),
            ("XIV.", chapter(false)),
            ("I. A SCANDAL IN BOHEMIA", chapter(true)),
            ("STAVE ONE: Marley's Ghost", chapter(true)),
            ("Letter 4", chapter(false)),
            ("ACT II", part(false)),
            ("SCENE II. A room in the castle", chapter(true)),
            ("PART THE SECOND", part(false)),
            ("BOOK III", part(false)),
            ("The Second Book", part(false)),
            ("Erstes Kapitel", chapter(false)),
            ("Chapitre premier", chapter(false)),
            ("Глава IV", chapter(false)),
            ("第三章 雨", chapter(true)),
            ("Epilogue", chapter(true)),
            ("I went home.", None),
            ("I", chapter(false)),
            ("He read chapter one of the book aloud to them.", None),
            ("Part of the crew had gone", None),
            ("Chapter one was the best she had ever read in her life.", None),
        ] {
            assert_eq!(heading(line), expected, "{line}");
        }
    }
}
