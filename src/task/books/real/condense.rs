//! From a narrated sentence to a claim: a named actor, what they did, and nothing that leans on other sentences.

use crate::material::count_tokens;

use super::lexicon::{ADVERBS, DANGLING, HEDGES, KIN, LINKS, OPENERS, ROLES, SPEECH, STOPWORDS, TAILS, UNFINISHED};
use super::names::{Gender, Kind, Mention, Names};
use super::verbs::{Opening, Vocabulary};
use super::words::{Token, joined, owner};

/// Tokens of a claim at least, its full stop aside.
pub const CLAIM_TOKENS_MIN: usize = 6;
/// Tokens of a claim at most.
pub const CLAIM_TOKENS_MAX: usize = 25;

/// Who a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name, by its index among the book's.
    Name(usize),
    /// Whoever says "I" there.
    Narrator,
    /// "the captain", by its place in the list of roles.
    Role(usize),
}

/// A statement condensed from one sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its tokens, the full stop left out.
    pub tokens: Vec<Token>,
    /// Who it is about.
    pub subject: Subject,
    /// Tokens of the subject, from the first.
    pub subject_len: usize,
    /// The token that opens its predicate.
    pub verb: usize,
    /// What kind of predicate that is.
    pub opening: Opening,
    /// The sentences that show it together, by their place among the material's smallest units: the one it comes from
    /// last, before it the one that names the subject where a pronoun stands for it.
    pub sources: Vec<usize>,
}

impl Claim {
    /// As a sentence.
    pub fn text(&self) -> String {
        sentence(&self.tokens)
    }
}

/// Tokens as a sentence: a capital first, a full stop last.
pub fn sentence(tokens: &[Token]) -> String {
    let text = joined(tokens);
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// Whom "he" or "she" means at the start of the next sentence: the subject of this one, where no other person is
/// named in either.
#[derive(Clone, Debug, PartialEq)]
pub struct Antecedent {
    subject: Subject,
    name: Vec<Token>,
    /// The sentence that names them.
    sentence: usize,
}

/// The claims that a narrated sentence makes, as far as the rules find any: its first clause, and further predicates
/// of the same subject. Updates whom a pronoun means afterwards.
pub fn condense(
    sentence: &[Token],
    source: usize,
    names: &Names,
    vocabulary: &Vocabulary,
    antecedent: &mut Option<Antecedent>,
) -> Vec<Claim> {
    let before = antecedent.take();
    let Some(Statement { mut body, open_ended }) = plain_statement(sentence) else { return Vec::new() };
    let reader = Reader { names, vocabulary };
    let mut sources = vec![source];
    if let Some(known) = before.filter(|known| reader.goes_on(&body, known)) {
        let at = body.iter().position(|t| matches!(t.lower.as_str(), "he" | "she")).unwrap_or(0);
        body.splice(at..=at, known.name);
        sources.insert(0, known.sentence);
    }
    let Some((from, subject, subject_len)) = reader.find_subject(&body) else { return Vec::new() };
    if !reader.rivals_in(&body, subject) && matches!(subject, Subject::Name(_)) {
        let name = body[from..from + subject_len].to_vec();
        *antecedent = Some(Antecedent { subject, name, sentence: sources[0] });
    }
    let Some(first) = reader.find_verb(&body, from + subject_len) else { return Vec::new() };
    let mut predicates = vec![first];
    predicates.extend(reader.further_predicates(&body, first.0, subject));
    let made = predicates.into_iter().filter_map(|(verb, opening)| {
        let end = reader.find_end(&body, verb).filter(|end| !open_ended || *end < body.len())?;
        let mut tokens = body[from..from + subject_len].to_vec();
        tokens.extend_from_slice(&body[verb..end]);
        let sources = sources.clone();
        let claim = third_person(Claim { tokens, subject, subject_len, verb: subject_len, opening, sources });
        reader.stands_alone(&claim).then_some(claim)
    });
    made.collect()
}

/// A statement as the rules read it.
struct Statement {
    /// Its tokens without full stop, parentheses and the marks of a tale told in a frame.
    body: Vec<Token>,
    /// Whether it goes on with somebody's speech, so that its last clause is not whole.
    open_ended: bool,
}

/// The narrated statement of a sentence; `None` for a question, an exclamation or verse.
fn plain_statement(sentence: &[Token]) -> Option<Statement> {
    let first = sentence.iter().position(Token::is_word)?;
    let quote = |t: &Token| matches!(t.text.as_str(), "\u{201c}" | "\"" | "\u{ab}" | "\u{201e}" | "\u{2018}");
    let spoken = (first..sentence.len()).find(|i| quote(&sentence[*i]));
    let last = spoken.or_else(|| sentence.iter().rposition(|t| t.text == "."))?;
    let closes = |t: &Token| matches!(t.text.as_str(), "\u{201d}" | "\u{2019}" | "\"" | "." | ")");
    let ends = spoken.is_some() || sentence[last..].iter().all(closes);
    if last <= first || !ends || !sentence[..first].iter().all(quote) {
        return None;
    }
    let mut depth = 0;
    let mut body = Vec::new();
    for token in &sentence[first..last] {
        match token.text.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ if depth == 0 => body.push(token.clone()),
            _ => {}
        }
    }
    let clean = |t: &Token| t.is_word() || matches!(t.text.as_str(), "," | ";" | ":" | "\u{2014}");
    body.iter().all(clean).then_some(Statement { body, open_ended: spoken.is_some() })
}

struct Reader<'a> {
    names: &'a Names,
    vocabulary: &'a Vocabulary,
}

impl Reader<'_> {
    /// Whether the statement begins with the pronoun of somebody known, and names nobody else.
    fn goes_on(&self, body: &[Token], known: &Antecedent) -> bool {
        let links = body.iter().take_while(|t| LINKS.contains(&t.lower.as_str()) || t.text == ",").count();
        let pronoun = body.get(links).is_some_and(|t| {
            let word = Token::new(&t.lower);
            self.is_pronoun_of(&word, known.subject)
        });
        pronoun && links < 3 && !self.rivals_in(body, known.subject)
    }

    /// Whether a person is named, other than the subject, whom its pronoun could mean too.
    fn rivals_in(&self, body: &[Token], subject: Subject) -> bool {
        let gender = self.gender(subject);
        self.names.mentions(body).iter().any(|m| {
            let name = &self.names.all[m.name];
            let other = subject != Subject::Name(m.name);
            other && name.kind != Kind::Place && (name.gender == gender || name.gender == Gender::Unknown)
        })
    }

    /// Where the subject begins, who it is, and how many tokens it has; leading adverbials skipped.
    fn find_subject(&self, body: &[Token]) -> Option<(usize, Subject, usize)> {
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
    fn find_verb(&self, body: &[Token], from: usize) -> Option<(usize, Opening)> {
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
    fn further_predicates(&self, body: &[Token], first: usize, subject: Subject) -> Vec<(usize, Opening)> {
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
    fn find_end(&self, body: &[Token], verb: usize) -> Option<usize> {
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
            } else if early_comma || in_list(body, at) {
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
            return !after_verb
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

    fn stands_alone(&self, claim: &Claim) -> bool {
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
                let noun =
                    next.len() > 2 && !STOPWORDS.contains(&next) && tokens.get(i + 1).is_some_and(Token::is_word);
                gender == Gender::Female && noun
            }
            "he" | "she" => false,
            _ => true,
        })
    }
}

/// "I" as "the narrator", with "me" and "my".
fn third_person(mut claim: Claim) -> Claim {
    let mut tokens: Vec<Token> = Vec::new();
    let mut shift = 0;
    for (at, token) in claim.tokens.iter().enumerate() {
        let last = match token.text.as_str() {
            "I" | "me" | "Me" => "narrator",
            "my" | "My" => "narrator\u{2019}s",
            _ => {
                tokens.push(token.clone());
                continue;
            }
        };
        shift += usize::from(at < claim.verb);
        tokens.extend([Token::new("the"), Token::new(last)]);
    }
    claim.tokens = tokens;
    claim.verb += shift;
    claim.subject_len += shift;
    claim
}

/// Whether the comma at `at` stands within a list: what follows soon meets another comma or a closing "and".
fn in_list(body: &[Token], at: usize) -> bool {
    let next = body.get(at + 1).map_or("", |t| t.lower.as_str());
    if body[at].text != "," || matches!(next, "and" | "but" | "or" | "for" | "with" | "so" | "yet") {
        return false;
    }
    let ahead = body.iter().skip(at + 2).take(3);
    ahead.clone().any(|t| t.text == ",") || ahead.take(2).any(|t| t.lower == "and")
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
