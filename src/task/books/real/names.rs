//! Who and where: the names that a book's narration uses, their kind and their gender.

use std::collections::{BTreeMap, BTreeSet};

use super::lexicon::{NO_NAMES, SPEAKS};
use super::verbs::Vocabulary;
use super::words::{Token, owner};

/// Titles before a name, with the gender they tell.
const TITLES: &[(&str, Gender)] = &[
    ("Mr.", Gender::Male),
    ("Mrs.", Gender::Female),
    ("Miss", Gender::Female),
    ("Dr.", Gender::Male),
    ("Sir", Gender::Male),
    ("Lady", Gender::Female),
    ("Lord", Gender::Male),
    ("Captain", Gender::Male),
    ("Colonel", Gender::Male),
    ("Doctor", Gender::Male),
    ("Squire", Gender::Male),
    ("Inspector", Gender::Male),
    ("Professor", Gender::Male),
    ("King", Gender::Male),
    ("Queen", Gender::Female),
    ("Aunt", Gender::Female),
    ("Uncle", Gender::Male),
    ("Prince", Gender::Male),
    ("Princess", Gender::Female),
    ("Madame", Gender::Female),
    ("St.", Gender::Unknown),
    ("Major", Gender::Male),
    ("General", Gender::Male),
    ("Justice", Gender::Male),
];
/// Prepositions of place.
const PLACE_WORDS: &[&str] = &["in", "at", "to", "from", "near", "into", "through", "towards", "toward", "round", "of"];
/// Occurrences in narration that make a name.
const COUNT_MIN: u32 = 3;
/// Words of a name at most.
const WORDS_MAX: usize = 4;

/// The gender of a name, where the book tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gender {
    /// He.
    Male,
    /// She.
    Female,
    /// Not told.
    Unknown,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Someone who acts.
    Person,
    /// Somewhere.
    Place,
    /// Neither for certain.
    Thing,
}

/// A name of a book.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// Its words: "Mr.", "Darcy".
    pub words: Vec<String>,
    /// Whether "the" stands before it.
    pub article: bool,
    /// What it names.
    pub kind: Kind,
    /// Its gender.
    pub gender: Gender,
    /// Occurrences in narration.
    pub count: u32,
}

/// The names of a book, and who is seen beside whom.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// In the order of their words.
    pub all: Vec<Name>,
    place_of: BTreeMap<Vec<String>, usize>,
    beside: BTreeSet<(usize, usize)>,
    beside_narrator: BTreeMap<usize, u32>,
}

/// Where a name stands among tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its index in [`Names::all`].
    pub name: usize,
    /// Its first token, an article left out.
    pub at: usize,
    /// Its tokens.
    pub len: usize,
}

#[derive(Default)]
struct Tally {
    count: u32,
    article: u32,
    acts: u32,
    speaks: u32,
    placed: u32,
    he: u32,
    she: u32,
}

impl Name {
    /// Whether it shares a word with another: two forms of one name, or kin.
    pub fn shares_word(&self, other: &Name) -> bool {
        self.bare().any(|w| other.bare().any(|o| o == w))
    }

    fn bare(&self) -> impl Iterator<Item = &String> {
        self.words.iter().filter(|w| title_gender(w).is_none())
    }
}

impl Names {
    /// The names in the narrated sentences of a book; `all` its sentences, which tell who speaks.
    pub fn of(sentences: &[&[Token]], all: &[Vec<Token>], vocabulary: &Vocabulary) -> Self {
        let mut tallies: BTreeMap<Vec<String>, Tally> = BTreeMap::new();
        for (index, tokens) in sentences.iter().enumerate() {
            let next = sentences.get(index + 1).copied().unwrap_or_default();
            tally(tokens, next, vocabulary, &mut tallies);
        }
        tallies.retain(|_, t| t.count >= COUNT_MIN);
        all.iter().for_each(|tokens| tally_speech(tokens, vocabulary, &mut tallies));
        let mut names = Self::default();
        for (words, tally) in tallies {
            names.place_of.insert(words.clone(), names.all.len());
            names.all.push(name(words, &tally));
        }
        for tokens in sentences {
            names.note_neighbours(tokens);
        }
        names
    }

    /// The names among tokens, longest first at each place.
    pub fn mentions(&self, tokens: &[Token]) -> Vec<Mention> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let longest = (1..=WORDS_MAX.min(tokens.len() - at)).rev().find_map(|len| {
                let words = key(&tokens[at..at + len]);
                self.place_of.get(&words).map(|name| Mention { name: *name, at, len })
            });
            match longest {
                Some(mention) => {
                    at += mention.len;
                    found.push(mention);
                }
                None => at += 1,
            }
        }
        found
    }

    /// Whether two names stand in one narrated sentence somewhere: then they are not one person under two names.
    pub fn are_distinct(&self, one: usize, other: usize) -> bool {
        self.beside.contains(&(one.min(other), one.max(other))) && !self.all[one].shares_word(&self.all[other])
    }

    /// How many narrated sentences hold both this name and a first person.
    pub fn beside_narrator(&self, name: usize) -> u32 {
        self.beside_narrator.get(&name).copied().unwrap_or(0)
    }

    fn note_neighbours(&mut self, tokens: &[Token]) {
        let mut here: Vec<usize> = self.mentions(tokens).iter().map(|m| m.name).collect();
        here.sort_unstable();
        here.dedup();
        for (i, one) in here.iter().enumerate() {
            for other in &here[i + 1..] {
                self.beside.insert((*one, *other));
            }
        }
        if tokens.iter().any(|t| t.text == "I" || t.lower == "me") {
            for one in here {
                *self.beside_narrator.entry(one).or_default() += 1;
            }
        }
    }
}

/// The words of a run of tokens as a name: a possessive ending left off the last.
fn key(tokens: &[Token]) -> Vec<String> {
    tokens.iter().map(|t| owner(&t.text).to_string()).collect()
}

/// The gender a title tells, where the word is one.
pub fn title_gender(word: &str) -> Option<Gender> {
    TITLES.iter().find(|(title, _)| *title == word).map(|(_, gender)| *gender)
}

fn tally(tokens: &[Token], next: &[Token], vocabulary: &Vocabulary, tallies: &mut BTreeMap<Vec<String>, Tally>) {
    let mut at = 0;
    while at < tokens.len() {
        let len = run_length(tokens, at, vocabulary);
        if len == 0 {
            at += 1;
            continue;
        }
        let before = at.checked_sub(1).map_or("", |b| tokens[b].lower.as_str());
        let after = tokens.get(at + len).map_or("", |t| t.lower.as_str());
        let then = tokens.get(at + len + 1).map_or("", |t| t.lower.as_str());
        let owns = owner(&tokens[at + len - 1].text) != tokens[at + len - 1].text;
        let entry = tallies.entry(key(&tokens[at..at + len])).or_default();
        entry.count += 1;
        entry.article += u32::from(before == "the");
        entry.acts += u32::from(!owns && vocabulary.opening(after, then).is_some());
        entry.placed += u32::from(PLACE_WORDS.contains(&before) && !owns);
        let later = tokens[at + len..].iter().chain(next).take(25).map(|t| t.lower.as_str());
        match later.into_iter().find(|w| matches!(*w, "he" | "his" | "him" | "she" | "her" | "himself" | "herself")) {
            Some("she" | "her" | "herself") => entry.she += 1,
            Some(_) => entry.he += 1,
            None => {}
        }
        at += len;
    }
}

/// Counts who stands beside a verb of speech.
fn tally_speech(tokens: &[Token], vocabulary: &Vocabulary, tallies: &mut BTreeMap<Vec<String>, Tally>) {
    let mut at = 0;
    while at < tokens.len() {
        let len = run_length(tokens, at, vocabulary);
        let before = tokens[..at].iter().rev().find(|t| t.lower != "the").map_or("", |t| t.lower.as_str());
        let after = tokens.get(at + len).map_or("", |t| t.lower.as_str());
        if len > 0
            && (SPEAKS.contains(&before) || SPEAKS.contains(&after))
            && let Some(tally) = tallies.get_mut(&key(&tokens[at..at + len]))
        {
            tally.speaks += 1;
        }
        at += len.max(1);
    }
}

/// The tokens of the name that begins at `at`; 0 where none does. A capital at the start of a sentence counts only
/// where the word is not an ordinary one.
fn run_length(tokens: &[Token], at: usize, vocabulary: &Vocabulary) -> usize {
    let mut len = 0;
    while let Some(token) = tokens.get(at + len) {
        let title = title_gender(&token.text).is_some();
        let plain = owner(&token.text).to_lowercase();
        let proper = title || (token.is_capital() && !NO_NAMES.contains(&plain.as_str()));
        let starts = !tokens[..at + len].iter().any(Token::is_word);
        let ordinary = starts && !title && vocabulary.of(&plain) > 0;
        if !proper || ordinary || len == WORDS_MAX || token.text.len() < 2 {
            break;
        }
        len += 1;
        if owner(&token.text) != token.text {
            break;
        }
    }
    let only_titles = tokens[at..at + len].iter().all(|t| title_gender(&t.text).is_some());
    let noble = len == 1 && matches!(tokens[at].text.as_str(), "King" | "Queen" | "Squire" | "Doctor" | "Captain");
    if only_titles && !noble { 0 } else { len }
}

fn name(words: Vec<String>, tally: &Tally) -> Name {
    let title = words.first().and_then(|w| title_gender(w)).filter(|g| *g != Gender::Unknown);
    let gender = match (title, tally.he, tally.she) {
        (Some(gender), ..) => gender,
        (None, he, she) if he >= 3 && he > 2 * she => Gender::Male,
        (None, he, she) if she >= 3 && she > 2 * he => Gender::Female,
        _ => Gender::Unknown,
    };
    let article = tally.article * 10 > tally.count * 7;
    let acts = tally.acts >= 2 && tally.acts * 8 >= tally.count;
    // Ships and cities act too; what never speaks is a person only where nothing else speaks for a place or a thing.
    let human = tally.speaks > 0 || (!article && tally.placed * 5 < tally.count);
    let kind = if title.is_some() || (acts && human) {
        Kind::Person
    } else if tally.acts == 0 && tally.placed * 2 > tally.count {
        Kind::Place
    } else {
        Kind::Thing
    };
    Name { words, article, kind, gender, count: tally.count }
}
