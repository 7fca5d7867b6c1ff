//! Text as a small network reads it: words hashed, names and numbers by their place in the claim.
//!
//! Names at test time were never seen in training, so no name has an embedding of its own: a name is "the claim's
//! second name" or "a name that the claim lacks". What a pronoun may stand for is offered as the last two names before
//! it. Word lists are closed classes of English; text of other languages is read by hashes, shapes and matches alone.

use crate::numerals;

/// Buckets of the word table: the reserved ids, then hashed stems.
pub(crate) const WORD_IDS: usize = 4096;
/// Ids of names: of the claim, by order of appearance there, then of the text alone.
const NAMES: usize = 8;
const CLAIM_NAME: u16 = 1;
const TEXT_NAME: u16 = CLAIM_NAME + NAMES as u16;
/// Ids of antecedents: none, then the two kinds of name.
pub(crate) const NAME_IDS: usize = 1 + 2 * NAMES;
const NUMBERS: usize = 4;
const CLAIM_NUMBER: u16 = TEXT_NAME + NAMES as u16;
const TEXT_NUMBER: u16 = CLAIM_NUMBER + NUMBERS as u16;
const FIRST_HASHED: u16 = TEXT_NUMBER + 1;

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Capitalised where no sentence begins, or only ever capitalised.
    Name,
    /// Digits or a number word.
    Number,
    /// Neither letter nor digit.
    Punctuation,
    /// Of the closed classes, apart from the next two.
    Function,
    /// A personal pronoun or possessive.
    Pronoun,
    /// `not`, `never` and their like.
    Negation,
    /// Everything else.
    Word,
}

/// How many shapes there are.
pub(crate) const SHAPES: usize = 7;

/// A token of some text, before it is seen against another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    /// Hash of the stem, equal for equal stems.
    pub stem: u64,
    /// What it looks like.
    pub shape: Shape,
}

impl Token {
    /// Whether it says something by itself: a name, a number or a word outside the closed classes.
    pub fn is_content(&self) -> bool {
        matches!(self.shape, Shape::Name | Shape::Number | Shape::Word)
    }
}

/// The sentences of one view and its claim as tokens; the claim comes first. Read together, since a word at the start
/// of a sentence is taken for a name when the others show it to be one.
pub(crate) fn tokens_of(texts: &[&str]) -> Vec<Vec<Token>> {
    let raw: Vec<Vec<&str>> = texts.iter().map(|text| words(text)).collect();
    let mut cased = Cased::default();
    for words in &raw {
        cased.note(words);
    }
    raw.iter()
        .map(|words| words.iter().enumerate().map(|(at, word)| token(words, at, word, &cased)).collect())
        .collect()
}

/// Which lower-cased words were seen in lower case, and which capitalised inside a sentence.
#[derive(Default)]
struct Cased {
    lower: std::collections::HashSet<String>,
    inside: std::collections::HashSet<String>,
}

impl Cased {
    fn note(&mut self, words: &[&str]) {
        for (at, word) in words.iter().enumerate() {
            if word.starts_with(char::is_lowercase) {
                self.lower.insert(word.to_string());
            } else if word.starts_with(char::is_uppercase) && !begins_sentence(words, at) {
                self.inside.insert(word.to_lowercase());
            }
        }
    }
}

fn begins_sentence(words: &[&str], at: usize) -> bool {
    let before = words[..at].iter().rev().find(|word| !matches!(**word, "\"" | "\u{201c}" | "\u{2018}" | "'" | "("));
    before.is_none_or(|word| matches!(*word, "." | "!" | "?" | ":"))
        || at > 0 && matches!(words[at - 1], "\"" | "\u{201c}")
}

fn token(words: &[&str], at: usize, word: &str, cased: &Cased) -> Token {
    let lower = word.to_lowercase();
    let lower = lower.trim_end_matches(['\'', '\u{2019}']);
    let capitalised = word.starts_with(char::is_uppercase);
    let name = capitalised
        && if begins_sentence(words, at) {
            !is_closed(lower) && (cased.inside.contains(lower) || !cased.lower.contains(lower))
        } else {
            lower != "i"
        };
    if let Some(number) = numerals::value(lower) {
        return Token { stem: hash(&format!("#{number}")), shape: Shape::Number };
    }
    let shape = if !word.starts_with(char::is_alphanumeric) {
        Shape::Punctuation
    } else if name {
        Shape::Name
    } else if NEGATIONS.contains(&lower) || lower.ends_with("n't") || lower.ends_with("n\u{2019}t") {
        Shape::Negation
    } else if PRONOUNS.contains(&lower) {
        Shape::Pronoun
    } else if is_closed(lower) {
        Shape::Function
    } else {
        Shape::Word
    };
    let stem = if shape == Shape::Word { stem(lower) } else { lower };
    Token { stem: hash(stem), shape }
}

/// Runs of letters and digits with their inner apostrophes; a possessive and any other visible character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    for (i, &(at, c)) in chars.iter().enumerate() {
        let next = chars.get(i + 1).map(|&(_, c)| c);
        let inner = matches!(c, '\'' | '\u{2019}' | '-') && start.is_some() && next.is_some_and(char::is_alphanumeric);
        let possessive =
            inner && c != '-' && next == Some('s') && !chars.get(i + 2).is_some_and(|p| p.1.is_alphanumeric());
        if (c.is_alphanumeric() || inner) && !possessive {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            words.push(&text[start..at]);
        }
        if possessive {
            start = Some(at);
        } else if !c.is_whitespace() {
            words.push(&text[at..at + c.len_utf8()]);
        }
    }
    if let Some(start) = start {
        words.push(&text[start..]);
    }
    words
}

/// A word without its most regular ending. Rough: what matters is that forms of one word meet.
fn stem(word: &str) -> &str {
    if !word.is_ascii() || word.len() < 4 {
        return word;
    }
    let mut stem = word;
    for ending in ["ing", "ed", "es", "s", "ly", "e"] {
        if let Some(cut) = stem.strip_suffix(ending).filter(|cut| cut.len() >= 3 && !cut.ends_with("ss")) {
            stem = cut;
            break;
        }
    }
    let doubled = stem.len() > 3 && stem.as_bytes()[stem.len() - 1] == stem.as_bytes()[stem.len() - 2];
    let stem = if doubled && !stem.ends_with(['l', 's']) { &stem[..stem.len() - 1] } else { stem };
    stem.strip_suffix(['e', 'i', 'y']).filter(|cut| cut.len() >= 3).unwrap_or(stem)
}

/// FNV-1a, 64 bits: stable across runs and machines.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn hashed_id(stem: u64) -> u16 {
    FIRST_HASHED + (stem % (WORD_IDS as u64 - u64::from(FIRST_HASHED))) as u16
}

/// Gives the names and numbers of one row their ids: by place in the claim, or by appearance in the text.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    claim_names: Vec<u64>,
    claim_numbers: Vec<u64>,
    text_names: Vec<u64>,
}

impl Roster {
    /// The roster of a claim.
    pub fn of(claim: &[Token]) -> Self {
        let mut roster = Self::default();
        for token in claim {
            let seen = match token.shape {
                Shape::Name => &mut roster.claim_names,
                Shape::Number => &mut roster.claim_numbers,
                _ => continue,
            };
            if !seen.contains(&token.stem) {
                seen.push(token.stem);
            }
        }
        roster
    }

    /// The word id of a token, of the claim or of the text.
    pub fn word_id(&mut self, token: &Token) -> u16 {
        let place = |seen: &[u64]| seen.iter().position(|stem| *stem == token.stem);
        match token.shape {
            Shape::Name => self.name_id(token.stem),
            Shape::Number => match place(&self.claim_numbers) {
                Some(at) => CLAIM_NUMBER + at.min(NUMBERS - 1) as u16,
                None => TEXT_NUMBER,
            },
            _ => hashed_id(token.stem),
        }
    }

    /// Whether this name or number stands in the claim.
    pub fn names(&self, token: &Token) -> bool {
        self.claim_names.contains(&token.stem)
    }

    /// How many different names the claim has.
    pub fn names_count(&self) -> usize {
        self.claim_names.len()
    }

    fn name_id(&mut self, stem: u64) -> u16 {
        if let Some(at) = self.claim_names.iter().position(|name| *name == stem) {
            return CLAIM_NAME + at.min(NAMES - 1) as u16;
        }
        let at = self.text_names.iter().position(|name| *name == stem).unwrap_or_else(|| {
            self.text_names.push(stem);
            self.text_names.len() - 1
        });
        TEXT_NAME + at.min(NAMES - 1) as u16
    }
}

/// Word ids and shapes of a candidate's claims, names by their order of appearance in it. Numbers keep their own ids:
/// a model that reads nothing else should find every leak there is.
pub(crate) fn candidate_ids(claims: &[Vec<Token>]) -> Vec<(u16, u16)> {
    let mut roster = Roster::default();
    let id = |token: &Token| match token.shape {
        Shape::Name => roster.name_id(token.stem),
        _ => hashed_id(token.stem),
    };
    let ids: Vec<u16> = claims.iter().flatten().map(id).collect();
    let shapes = claims.iter().flatten().map(|token| 1 + token.shape as u16);
    ids.into_iter().zip(shapes).collect()
}

fn is_closed(word: &str) -> bool {
    FUNCTION.contains(&word) || PRONOUNS.contains(&word) || NEGATIONS.contains(&word)
}

const PRONOUNS: [&str; 24] = [
    "he",
    "she",
    "they",
    "it",
    "him",
    "her",
    "them",
    "his",
    "hers",
    "their",
    "theirs",
    "its",
    "himself",
    "herself",
    "themselves",
    "itself",
    "i",
    "me",
    "my",
    "mine",
    "we",
    "us",
    "our",
    "you",
];
const NEGATIONS: [&str; 11] =
    ["not", "no", "never", "nothing", "none", "nobody", "neither", "nor", "without", "cannot", "nowhere"];
const FUNCTION: [&str; 117] = [
    "the", "a", "an", "and", "or", "but", "of", "to", "in", "on", "at", "by", "for", "from", "with", "as", "if",
    "that", "this", "these", "those", "who", "whom", "whose", "which", "what", "when", "where", "why", "how", "is",
    "are", "was", "were", "be", "been", "being", "am", "do", "does", "did", "has", "have", "had", "having", "will",
    "would", "shall", "should", "may", "might", "can", "could", "must", "than", "then", "there", "here", "so", "such",
    "too", "very", "after", "before", "until", "till", "while", "during", "because", "though", "although", "yet",
    "once", "again", "all", "any", "both", "each", "every", "few", "many", "more", "most", "some", "only", "own",
    "same", "other", "another", "into", "onto", "upon", "over", "under", "through", "between", "against", "among",
    "about", "above", "below", "up", "down", "out", "off", "away", "back", "still", "just", "even", "also", "ever",
    "since", "toward", "towards", "instead", "however",
];

#[cfg(test)]
mod tests;
