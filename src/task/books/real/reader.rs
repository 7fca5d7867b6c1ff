//! The rules that find a statement's subject, its predicates, where each may end, and whether it stands alone.

use crate::material::count_tokens;

use super::condense::{Antecedent, CLAIM_TOKENS_MAX, CLAIM_TOKENS_MIN, Claim, Subject};
use super::lexicon::*;
use super::names::{Gender, Kind, Mention, Names};
use super::verbs::{Opening, Vocabulary};
use super::words::{Token, joined, owner};

/// A reader of one book's statements.
pub struct Reader<'a> {
    /// The book's names.
    pub names: &'a Names,
    /// The words of all books.
    pub vocabulary: &'a Vocabulary,
}

impl Reader<'_> {
    /// Whether the statement begins with the pronoun of somebody known, and names nobody else.
    pub fn goes_on(&self, body: &[Token], known: &Antecedent) -> bool {
        let links = body.iter().take_while(|t| LINKS.contains(&t.lower.as_str()) || t.text == ",").count();
        let pronoun = body.get(links).is_some_and(|t| {
            let word = Token::new(&t.lower);
            self.is_pronoun_of(&word, known.subject)
        });
        pronoun && links < 3 && !self.rivals_in(body, known.subject)
    }

    /// Whether a person is named, other than the subject, whom its pronoun could mean too.
    pub fn rivals_in(&self, body: &[Token], subject: Subject) -> bool {
        let gender = self.gender(subject);
        self.names.mentions(body).iter().any(|m| {
            let name = &self.names.all[m.name];
            let other = subject != Subject::Name(m.name);
            other && name.kind != Kind::Place && (name.gender == gender || name.gender == Gender::Unknown)
        })
    }

    /// Where the subject begins, who it is, and how many tokens it has; leading adverbials skipped.
    pub fn find_subject(&self, body: &[Token]) -> Option<(usize, Subject, usize)> {
        let mut from = 0;
        while body.get(from).is_some_and(|t| LINKS.contains(&t.lower.as_str()) || t.text == ",") && from < 4 {
            if let Some((subject, len)) = self.subject_at(body, from) {
                return Some((from, subject, len));
            }
            from += 1;
        }
        if let Some((subject, len)) = self.subject_at(body, from) {
            return Some((from, subject, len));
        }
        let first = body.get(from)?;
        let opens =
            OPENERS.contains(&first.lower.as_str()) || first.lower.ends_with("ing") || first.lower.ends_with("ly");
        if !opens {
            return None;
        }
        let commas = (from..body.len().min(from + 28)).filter(|i| body[*i].text == ",");
        for comma in commas {
            if let Some((subject, len)) = self.subject_at(body, comma + 1)
                && self.find_verb(body, comma + 1 + len).is_some()
            {
                return Some((comma + 1, subject, len));
            }
        }
        None
    }

    fn subject_at(&self, body: &[Token], at: usize) -> Option<(Subject, usize)> {
        let token = body.get(at)?;
        if token.text == "I" {
            return Some((Subject::Narrator, 1));
        }
        let article = usize::from(token.lower == "the");
        if article == 1 || token.lower == "my" {
            let role = body.get(at + 1)?;
            if let Some(index) = ROLES.iter().position(|r| *r == role.text)
                && (article == 0) == KIN.contains(&ROLES[index])
            {
                return Some((Subject::Role(index), 2));
            }
        }
        let rest = &body[at + article..(at + article + 5).min(body.len())];
        let mention = self.names.mentions(rest).into_iter().find(|m| m.at == 0)?;
        let name = &self.names.all[mention.name];
        let last = &rest[mention.len - 1];
        let fits = name.kind == Kind::Person && name.article == (article == 1) && owner(&last.text) == last.text;
        fits.then_some((Subject::Name(mention.name), mention.len + article))
    }

    /// The token that opens the predicate: right after the subject, adverbs and one parenthesis aside.
    pub fn find_verb(&self, body: &[Token], from: usize) -> Option<(usize, Opening)> {
        let mut at = from;
        if body.get(at).is_some_and(|t| t.text == ",") {
            let close = (at + 2..body.len().min(at + 16)).find(|i| body[*i].text == ",")?;
            at = close + 1;
        }
        let skip = |t: &Token| (ADVERBS.contains(&t.lower.as_str()) && t.lower != "never") || t.lower.ends_with("ly");
        while at < from + 18 && body.get(at).is_some_and(skip) {
            at += 1;
        }
        let token = body.get(at)?;
        if token.lower == "never" {
            let next = body.get(at + 1)?;
            return self.vocabulary.base(&next.lower).map(|_| (at, Opening::Past));
        }
        if token.is_capital() {
            return None;
        }
        let next = body.get(at + 1).map_or("", |t| t.lower.as_str());
        self.vocabulary.opening(&token.lower, next).map(|opening| (at, opening))
    }

    /// Where further predicates of the subject open: after ", and" at once, or with its pronoun before them, where
    /// nobody else came between.
    pub fn further_predicates(&self, body: &[Token], first: usize, subject: Subject) -> Vec<(usize, Opening)> {
        let mut found = Vec::new();
        for at in first + 1..body.len().saturating_sub(2) {
            let (before, token) = (&body[at - 1], &body[at]);
            if self.another_acts(body, first, at, subject) {
                break;
            }
            let joins = matches!(token.lower.as_str(), "and" | "but") && before.text == ",";
            if !joins && token.text != ";" {
                continue;
            }
            let own = self.is_pronoun_of(&body[at + 1], subject);
            if (joins || own)
                && let Some(verb) = self.find_verb(body, at + 1 + usize::from(own))
                && !is_state(body, verb.0)
            {
                found.push(verb);
            }
        }
        found
    }

    fn is_pronoun_of(&self, token: &Token, subject: Subject) -> bool {
        let gender = self.gender(subject);
        match token.text.as_str() {
            "I" => subject == Subject::Narrator,
            "he" => gender == Gender::Male,
            "she" => gender == Gender::Female,
            _ => false,
        }
    }

    /// Whether somebody else may have become the subject between two places.
    fn another_acts(&self, body: &[Token], from: usize, to: usize, subject: Subject) -> bool {
        let token = &body[to];
        let relative = TAILS.contains(&token.lower.as_str()) || token.lower == "that";
        let pronoun = matches!(token.lower.as_str(), "i" | "he" | "she" | "it" | "they" | "we" | "there");
        let other_pronoun = pronoun && !self.is_pronoun_of(token, subject);
        let gender = self.gender(subject);
        let rival = |m: &Mention| {
            let name = &self.names.all[m.name];
            name.kind == Kind::Person && (name.gender == gender || name.gender == Gender::Unknown)
        };
        let rivals = subject != Subject::Narrator && self.names.mentions(&body[from..=to]).iter().any(rival);
        relative || other_pronoun || rivals
    }

    fn gender(&self, subject: Subject) -> Gender {
        match subject {
            Subject::Name(name) => self.names.all[name].gender,
            Subject::Narrator => Gender::Unknown,
            Subject::Role(role) => role_gender(ROLES[role]),
        }
    }

    /// Where the claim may end: at the first tail that can be left off and leaves enough. Where a comma comes too
    /// early for that, only the whole statement will do.
    pub fn find_end(&self, body: &[Token], verb: usize) -> Option<usize> {
        let subject_tokens = 1;
        let length = |end: usize| count_tokens(&joined(&body[verb..end])) + subject_tokens;
        let mut early_comma = false;
        for at in verb + 1..body.len() {
            if matches!(body[at].text.as_str(), ";" | ":" | "\u{2014}") {
                return Some(at);
            }
            if !self.tail_begins(body, verb, at) {
                continue;
            }
            if length(at) < CLAIM_TOKENS_MIN - 1 {
                early_comma |= body[at].text == ",";
            } else if early_comma || in_list(body, at) || narrows_negation(body, verb, at) {
                return None;
            } else {
                return Some(at);
            }
        }
        (length(body.len()) <= CLAIM_TOKENS_MAX).then_some(body.len())
    }

    fn tail_begins(&self, body: &[Token], verb: usize, at: usize) -> bool {
        let token = &body[at];
        if token.text == "," {
            return true;
        }
        let before = &body[at - 1].lower;
        let next = body.get(at + 1).map_or("", |t| t.lower.as_str());
        let after_verb = at == verb + 1 || self.vocabulary.base(before).is_some() || before.ends_with("ing");
        if TAILS.contains(&token.lower.as_str()) {
            // "the night before" is one time, not a time and a tail.
            let dated = matches!(token.lower.as_str(), "before" | "after") && TIME_NOUNS.contains(&before.as_str());
            return !after_verb
                && !dated
                && !matches!(before.as_str(), "of" | "to" | "for" | "in" | "about" | "on" | "from" | "by");
        }
        if token.lower == "as" {
            return !after_verb
                && !body[verb..at].iter().any(|t| matches!(t.lower.as_str(), "as" | "so" | "such" | "same"));
        }
        let joins = matches!(token.lower.as_str(), "and" | "but" | "for" | "so");
        let pronoun = matches!(next, "i" | "he" | "she" | "it" | "they" | "we" | "there" | "then");
        let second_verb = self.vocabulary.opening(next, "").is_some();
        joins
            && (pronoun
                || second_verb
                || self.subject_at(body, at + 1).is_some_and(|(_, len)| self.find_verb(body, at + 1 + len).is_some()))
    }

    pub fn stands_alone(&self, claim: &Claim) -> bool {
        let text = joined(&claim.tokens);
        let tokens = count_tokens(&text);
        let words = || claim.tokens.iter().map(|t| t.lower.as_str());
        let predicate = &claim.tokens[claim.verb..];
        let opener = predicate[0].lower.as_str();
        let speaks = SPEECH.contains(&opener) && !(opener == "went" && predicate.len() > 2);
        let last = claim.tokens.last().map_or("", |t| t.lower.as_str());
        let held = |list: &[&str]| words().any(|w| list.contains(&w));
        let content =
            predicate.iter().skip(1).filter(|t| t.is_word() && !STOPWORDS.contains(&t.lower.as_str())).count();
        (CLAIM_TOKENS_MIN..=CLAIM_TOKENS_MAX).contains(&tokens)
            && !speaks
            && !held(DANGLING)
            && !held(HEDGES)
            && !UNFINISHED.contains(&last)
            && content >= 2
            && self.pronouns_bound(claim)
            && that_has_a_verb(claim, self.vocabulary)
    }

    /// Whether every "he" and "she" can only be the subject, as far as gender tells.
    fn pronouns_bound(&self, claim: &Claim) -> bool {
        let gender = self.gender(claim.subject);
        let tokens = &claim.tokens[claim.verb..];
        tokens.iter().enumerate().all(|(i, token)| match token.lower.as_str() {
            "his" | "himself" => gender == Gender::Male,
            "herself" => gender == Gender::Female,
            // "her" before a noun is a possessive; elsewhere it is somebody else.
            "her" => {
                let next = tokens.get(i + 1).map_or("", |t| t.lower.as_str());
                let loose = DEGREES.contains(&next) || next.ends_with("ly");
                let noun = next.len() > 2
                    && !loose
                    && !STOPWORDS.contains(&next)
                    && tokens.get(i + 1).is_some_and(Token::is_word);
                gender == Gender::Female && noun
            }
            "he" | "she" => false,
            _ => true,
        })
    }
}

/// Whether what follows the comma at `at` may belong to what stands before it, as in a list ("the hard, dry glitter"):
/// everything but the words that are known to open something new.
fn in_list(body: &[Token], at: usize) -> bool {
    let Some(next) = body.get(at + 1).map(|t| t.lower.as_str()) else { return false };
    let opens = CLAUSE_OPENERS.contains(&next)
        || TAILS.contains(&next)
        || LINKS.contains(&next)
        || (next.ends_with("ing") && !describes(body, at + 1))
        || next.ends_with("ly");
    body[at].text == "," && !opens
}

/// Whether the word in -ing at `at` describes a noun: "the dreadful, shining head".
fn describes(body: &[Token], at: usize) -> bool {
    let after = body.get(at + 1).map_or("", |t| t.lower.as_str());
    let owned = at >= 3 && matches!(body[at - 3].lower.as_str(), "a" | "an" | "the" | "his" | "her" | "my" | "some");
    owned && !STOPWORDS.contains(&after) && !CLAUSE_OPENERS.contains(&after)
}

/// Whether a tail left off at `at` would leave more denied than the sentence denies: "could not consent in terms warm
/// enough" is no refusal.
fn narrows_negation(body: &[Token], verb: usize, at: usize) -> bool {
    let negative = body[verb..at].iter().any(|t| matches!(t.lower.as_str(), "not" | "never" | "no" | "nothing"));
    let next = if body[at].text == "," { body.get(at + 1) } else { body.get(at) };
    let apart = next.is_some_and(|t| matches!(t.lower.as_str(), "and" | "but" | "so" | "for" | "though" | "although"));
    negative && !apart
}

/// Whether the word at `at` may be a participle that describes something: "and terraced with wooden berths".
fn is_state(body: &[Token], at: usize) -> bool {
    let next = body.get(at + 1).map_or("", |t| t.lower.as_str());
    body[at].lower.ends_with("ed") && matches!(next, "with" | "by" | "like" | "of" | "in")
}

/// Whether every "that" opens a clause with a verb of its own, and points at nothing outside.
fn that_has_a_verb(claim: &Claim, vocabulary: &Vocabulary) -> bool {
    let tokens = &claim.tokens;
    (0..tokens.len()).filter(|i| tokens[*i].lower == "that").all(|i| {
        let finite = |j: usize| {
            let next = tokens.get(j + 1).map_or("", |t| t.lower.as_str());
            vocabulary.opening(&tokens[j].lower, next).is_some()
        };
        (i + 2..tokens.len()).any(finite)
    })
}

fn role_gender(role: &str) -> Gender {
    match role {
        "queen" | "princess" | "duchess" | "countess" | "nurse" | "governess" | "mother" | "aunt" | "sister"
        | "wife" => Gender::Female,
        "housekeeper" | "companion" | "friend" | "cousin" => Gender::Unknown,
        _ => Gender::Male,
    }
}
