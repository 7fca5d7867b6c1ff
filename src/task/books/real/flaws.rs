//! Corrupted claims: one change each that makes a true claim false, or no change where the rules cannot be sure.
//!
//! A change is kept only where it is not true by accident: no place of the book that holds the new value also holds
//! most of the claim's other content words.

use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::condense::{Claim, Subject};
use super::lexicon::{NEGATIVE, NO_NAMES, OPPOSITE_PASTS, OPPOSITE_STATES, OPPOSITES, TIMES};
use super::mined::{Mined, content};
use super::names::{Gender, Kind, Name};
use super::verbs::{Opening, Vocabulary};
use super::words::{Token, owner, stem};
use crate::numerals::CARDINALS;

/// Numbers that may stand for one another, from two on.
const NUMBERS: &[&str] = CARDINALS.split_at(2).1;
/// The share of a claim's content words that another place may hold before it counts as telling the same.
const SHARE_MAX: f64 = 0.5;
/// Sentences on either side of a claim's own in which a swapped name must not stand.
const NEIGHBOURS: usize = 3;
/// Sentences with both a first person and a name that show the two to be different people.
const BESIDE_NARRATOR_MIN: u32 = 2;

/// A book as the flaws see it.
pub struct Source<'a> {
    /// Its names, claims and index.
    pub mined: &'a Mined,
    /// Its title: a name in it may be the narrator's own.
    pub title: &'a str,
}

impl Source<'_> {
    /// The claim with another name of the book, of the same kind and gender, in the place of one of its own.
    pub fn swap_entity(&self, claim: &Claim, rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        let names = &self.mined.names;
        let mut mentions = names.mentions(&claim.tokens);
        mentions.shuffle(rng);
        for mention in &mentions {
            let own = &names.all[mention.name];
            let mut others: Vec<usize> = (0..names.all.len())
                .filter(|other| names.are_distinct(mention.name, *other))
                .filter(|other| exchangeable(own, &names.all[*other], claim))
                .filter(|other| mentions.iter().all(|m| !names.all[m.name].shares_word(&names.all[*other])))
                .collect();
            others.shuffle(rng);
            for other in others {
                let from = mention.at - usize::from(mention.at > 0 && claim.tokens[mention.at - 1].lower == "the");
                let tokens = replaced(&claim.tokens, from, mention.at + mention.len, &names.all[other]);
                if self.is_new(claim, &names.all[other]) {
                    return Some(tokens);
                }
            }
        }
        self.swap_narrator(claim, rng)
    }

    /// The claim about the narrator told of somebody whom the narrator speaks of.
    fn swap_narrator(&self, claim: &Claim, rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        if claim.subject != Subject::Narrator {
            return None;
        }
        let names = &self.mined.names;
        // A name in the title of the book or of the chapter ("Dr. Lanyon's Narrative") may be the narrator's own.
        let heading = claim.sources.last().and_then(|s| self.mined.headings.get(*s)).map_or("", |h| h);
        let titles = format!("{} {heading}", self.title.to_lowercase());
        let fits = |i: &usize| {
            let name = &names.all[*i];
            let known = names.beside_narrator(*i) >= BESIDE_NARRATOR_MIN && name.kind == Kind::Person;
            known && name.gender != Gender::Unknown && !name.words.iter().any(|w| titles.contains(&w.to_lowercase()))
        };
        let mut others: Vec<usize> = (0..names.all.len()).filter(fits).collect();
        others.shuffle(rng);
        let other = others.into_iter().map(|i| &names.all[i]).find(|name| self.is_new(claim, name))?;
        let tokens = replaced(&claim.tokens, 0, claim.subject_len, other);
        own_things(tokens, other.gender)
    }

    /// Whether nothing near the claim's own sentence, and no place that tells of the same, names this one.
    fn is_new(&self, claim: &Claim, name: &Name) -> bool {
        let Some(word) = name.words.last() else { return false };
        let held = self.mined.index.holding(&stem(word));
        let near = |at: &u32| claim.sources.iter().any(|s| s.abs_diff(*at as usize) <= NEIGHBOURS);
        !held.iter().any(near) && !self.tells(claim, &stem(word))
    }

    /// Whether some place holds this stem and most of the claim's other content words.
    fn tells(&self, claim: &Claim, value: &str) -> bool {
        let stems = self.predicate_stems(claim);
        let shares = self.mined.index.shares(&stems);
        let held = self.mined.index.holding(value);
        held.iter().any(|at| {
            let from = (*at as usize).saturating_sub(1);
            shares[from..(*at as usize + 1).min(shares.len())].iter().any(|share| *share >= SHARE_MAX)
        })
    }

    fn predicate_stems(&self, claim: &Claim) -> Vec<String> {
        let own: Vec<String> = self.name_stems(&claim.tokens);
        content(&claim.tokens[claim.verb..]).into_iter().filter(|s| !own.contains(s)).collect()
    }

    fn name_stems(&self, tokens: &[Token]) -> Vec<String> {
        let mentions = self.mined.names.mentions(tokens);
        mentions.iter().flat_map(|m| tokens[m.at..m.at + m.len].iter().map(|t| stem(&t.text))).collect()
    }

    /// The claim with another number or time, one of those that true claims tell.
    pub fn change_number(&self, claim: &Claim, told: &[String], rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        let places: Vec<usize> = (claim.verb..claim.tokens.len()).collect();
        for at in places {
            let mut others = other_values(&claim.tokens, at);
            others.retain(|value| told.contains(value));
            let Some(value) = others.choose(rng) else { continue };
            if self.tells(claim, &stem(value)) {
                continue;
            }
            let mut tokens = claim.tokens.clone();
            let capital = tokens[at].is_capital();
            tokens[at] = Token::new(&if capital { capitalised(value) } else { value.clone() });
            mend_article(&mut tokens, at);
            return Some(tokens);
        }
        None
    }

    /// The claim turned around: a negation taken out or put in, or a word replaced by its opposite.
    pub fn negate(&self, claim: &Claim, vocabulary: &Vocabulary, rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        let tokens = &claim.tokens;
        if tokens[claim.subject_len..].iter().any(|t| NEGATIVE.contains(&t.lower.as_str())) {
            return None;
        }
        if tokens.iter().any(|t| matches!(t.lower.as_str(), "not" | "never")) {
            return affirmed(claim, vocabulary);
        }
        if self.denied_elsewhere(claim) {
            return None;
        }
        let mut ways = [opposed(claim), denied(claim, vocabulary)];
        ways.shuffle(rng);
        ways.into_iter().flatten().next()
    }

    /// Whether another place tells of the same with a negation.
    fn denied_elsewhere(&self, claim: &Claim) -> bool {
        let shares = self.mined.index.shares(&self.predicate_stems(claim));
        let far = |at: &usize| claim.sources.iter().all(|s| s.abs_diff(*at) > 1);
        (0..shares.len()).filter(far).any(|at| shares[at] >= 0.75)
    }

    /// Whether the book tells of a claim's event in one place only.
    pub fn is_told_once(&self, claim: &Claim) -> bool {
        !self.denied_elsewhere(claim)
    }

    /// A claim of another book told of this book's people and places; `None` where a name cannot be mapped, a word is
    /// foreign to this book, or this book tells something like it.
    pub fn fabricate(&self, foreign: &Claim, from: &Source, rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        let theirs = &from.mined.names;
        let mut tokens = foreign.tokens.clone();
        let mut taken: Vec<usize> = Vec::new();
        let mentions = theirs.mentions(&tokens);
        let named = |at: usize| mentions.iter().any(|m| (m.at..m.at + m.len).contains(&at));
        let stranger = |(at, t): (usize, &Token)| {
            t.is_capital() && !named(at) && !NO_NAMES.contains(&owner(&t.lower)) && t.lower != "the"
        };
        if tokens.iter().enumerate().any(stranger) {
            return None;
        }
        for mention in mentions.iter().rev() {
            let theirs = &theirs.all[mention.name];
            let mine = self.counterpart(theirs, foreign, &taken, rng)?;
            taken.push(mine);
            let start = mention.at - usize::from(mention.at > 0 && tokens[mention.at - 1].lower == "the");
            tokens = replaced(&tokens, start, mention.at + mention.len, &self.mined.names.all[mine]);
        }
        if tokens.iter().any(|t| owner(&t.lower) == "narrator") && !self.is_first_person() {
            let mine = self.anyone(&taken, rng)?;
            let start = if foreign.subject == Subject::Narrator { foreign.subject_len } else { return None };
            let name = &self.mined.names.all[mine];
            tokens = own_things(replaced(&tokens, 0, start, name), name.gender)?;
        }
        let names = self.name_stems(&tokens);
        let stems: Vec<String> = content(&tokens).into_iter().filter(|s| !names.contains(s)).collect();
        let known = stems.iter().all(|s| !self.mined.index.holding(s).is_empty());
        let told = self.mined.index.shares(&stems).into_iter().any(|share| share >= SHARE_MAX);
        (stems.len() >= 3 && known && !told).then_some(tokens)
    }

    fn is_first_person(&self) -> bool {
        let claims = &self.mined.claims;
        claims.iter().filter(|c| c.subject == Subject::Narrator).count() * 10 > claims.len()
    }

    fn counterpart(&self, theirs: &Name, claim: &Claim, taken: &[usize], rng: &mut ChaCha8Rng) -> Option<usize> {
        let all = &self.mined.names.all;
        let fits = |i: &usize| all[*i].count >= 4 && !taken.contains(i) && exchangeable(theirs, &all[*i], claim);
        let mine: Vec<usize> = (0..all.len()).filter(fits).collect();
        mine.choose(rng).copied()
    }

    fn anyone(&self, taken: &[usize], rng: &mut ChaCha8Rng) -> Option<usize> {
        let all = &self.mined.names.all;
        let fits = |i: &usize| {
            all[*i].kind == Kind::Person
                && all[*i].gender != Gender::Unknown
                && all[*i].count >= 4
                && !taken.contains(i)
        };
        let people: Vec<usize> = (0..all.len()).filter(fits).collect();
        people.choose(rng).copied()
    }
}

/// Whether one name may stand where another does: both people or both places, the gender equal where known.
fn exchangeable(own: &Name, other: &Name, claim: &Claim) -> bool {
    let gendered = claim.tokens.iter().any(|t| matches!(t.lower.as_str(), "his" | "her" | "himself" | "herself"));
    let unknown = own.gender == Gender::Unknown && !gendered;
    let same = own.gender == other.gender || unknown;
    let plural =
        own.words.last().is_some_and(|w| w.ends_with('s')) != other.words.last().is_some_and(|w| w.ends_with('s'));
    own.kind == other.kind && own.kind != Kind::Thing && same && !(plural && own.article)
}

/// The tokens with `[from, to)` replaced by a name; a possessive ending stays.
fn replaced(tokens: &[Token], from: usize, to: usize, name: &Name) -> Vec<Token> {
    let last = &tokens[to - 1].text;
    let ending = &last[owner(last).len()..];
    let mut put: Vec<Token> = Vec::new();
    if name.article {
        put.push(Token::new("the"));
    }
    put.extend(name.words.iter().map(|w| Token::new(w)));
    if let Some(end) = put.last_mut() {
        *end = Token::new(&format!("{}{ending}", end.text));
    }
    [&tokens[..from], &put, &tokens[to..]].concat()
}

/// "the narrator's" as "his" or "her", once somebody else is the subject; `None` where the narrator stays otherwise.
fn own_things(tokens: Vec<Token>, gender: Gender) -> Option<Vec<Token>> {
    let word = if gender == Gender::Female { "her" } else { "his" };
    let mut put: Vec<Token> = Vec::new();
    for token in tokens {
        if token.lower == "narrator\u{2019}s" {
            put.pop();
            put.push(Token::new(word));
        } else if token.lower == "narrator" {
            return None;
        } else {
            put.push(token);
        }
    }
    Some(put)
}

/// Other values of the number or time at a place; none where there is none.
pub fn other_values(tokens: &[Token], at: usize) -> Vec<String> {
    let word = tokens[at].lower.as_str();
    let before = at.checked_sub(1).map_or("", |b| tokens[b].lower.as_str());
    let after = tokens.get(at + 1).map_or("", |t| t.lower.as_str());
    let range = [before, after].iter().any(|w| matches!(*w, "or" | "to" | "and" | "of" | "-"));
    let another = [before, after].iter().any(|w| NUMBERS.contains(w) || matches!(*w, "hundred" | "thousand"));
    if let Some(place) = NUMBERS.iter().position(|n| *n == word) {
        let small = |i: usize| i <= 10;
        let fits = |i: &usize| small(*i) == small(place) && i.abs_diff(place) >= 2;
        let any = !range && !another && !matches!(before, "these" | "those" | "other");
        return if any {
            (0..NUMBERS.len()).filter(fits).map(|i| NUMBERS[i].to_string()).collect()
        } else {
            Vec::new()
        };
    }
    for (scale, leads) in TIMES {
        let led = leads.is_empty() || leads.contains(&before);
        if led && scale.contains(&word) && !range {
            return scale.iter().filter(|w| **w != word).map(|w| w.to_string()).collect();
        }
    }
    Vec::new()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// "a hour" as "an hour", "an week" as "a week".
fn mend_article(tokens: &mut [Token], at: usize) {
    let Some(before) = at.checked_sub(1).filter(|b| matches!(tokens[*b].lower.as_str(), "a" | "an")) else { return };
    let vowel = tokens[at].lower.starts_with(['a', 'e', 'i', 'o', 'u']) || tokens[at].lower.starts_with("hour");
    tokens[before] = Token::new(if vowel { "an" } else { "a" });
}

/// A negated claim without its negation.
fn affirmed(claim: &Claim, vocabulary: &Vocabulary) -> Option<Vec<Token>> {
    let mut tokens = claim.tokens.clone();
    let negations: Vec<usize> =
        (0..tokens.len()).filter(|i| matches!(tokens[*i].lower.as_str(), "not" | "never")).collect();
    let [at] = negations[..] else { return None };
    if at > claim.verb + 1 {
        return None;
    }
    let did = claim.verb < at && tokens[claim.verb].lower == "did";
    let base = tokens.get(at + 1)?.lower.clone();
    if tokens.get(at + 1).is_some_and(|t| matches!(t.lower.as_str(), "help" | "even" | "a" | "much" | "long" | "quite"))
    {
        return None;
    }
    tokens.remove(at);
    if did {
        tokens[at] = Token::new(&vocabulary.past(&base)?);
        tokens.remove(claim.verb);
    }
    Some(tokens)
}

/// The claim with "not": "was not", "could not", "did not go".
fn denied(claim: &Claim, vocabulary: &Vocabulary) -> Option<Vec<Token>> {
    let tokens = &claim.tokens;
    let coordinated = (claim.verb + 1..tokens.len().saturating_sub(1)).any(|i| {
        let joins = matches!(tokens[i].lower.as_str(), "and" | "but" | "or" | "," | "for");
        let verb = |j: usize| tokens[j].lower.ends_with("ed") || vocabulary.opening(&tokens[j].lower, "").is_some();
        joins && (i + 1..(i + 3).min(tokens.len())).any(verb)
    });
    if coordinated {
        return None;
    }
    let not = Token::new("not");
    let mut put = tokens.clone();
    let next = tokens.get(claim.verb + 1).map_or("", |t| t.lower.as_str());
    match claim.opening {
        Opening::Be | Opening::Had | Opening::Modal => put.insert(claim.verb + 1, not),
        Opening::Past => {
            let verb = tokens[claim.verb].lower.as_str();
            if verb == "had" && !matches!(next, "a" | "an" | "the" | "his" | "her" | "some") {
                return None;
            }
            put[claim.verb] = Token::new(&vocabulary.base(verb)?);
            put.splice(claim.verb..claim.verb, [Token::new("did"), not]);
        }
    }
    Some(put)
}

/// The claim with one word replaced by its opposite.
fn opposed(claim: &Claim) -> Option<Vec<Token>> {
    let state = |at: usize| claim.opening == Opening::Be && (claim.verb + 1..claim.verb + 3).contains(&at);
    for at in claim.verb..claim.tokens.len() {
        let word = claim.tokens[at].lower.as_str();
        let lists = [(at == claim.verb, OPPOSITE_PASTS), (state(at), OPPOSITE_STATES), (at > claim.verb, OPPOSITES)];
        for (applies, pairs) in lists {
            let opposite =
                pairs.iter().find_map(|(a, b)| if *a == word { Some(*b) } else { (*b == word).then_some(*a) });
            if let Some(opposite) = opposite.filter(|_| applies) {
                let mut tokens = claim.tokens.clone();
                tokens[at] = Token::new(opposite);
                return Some(tokens);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
