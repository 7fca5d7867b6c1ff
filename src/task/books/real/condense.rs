//! From a narrated sentence to a claim: a named actor, what they did, and nothing that leans on other sentences.

use super::names::Names;
use super::reader::Reader;
use super::verbs::{Opening, Vocabulary};
use super::words::{Token, joined};

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
    /// Who that is.
    pub subject: Subject,
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

#[cfg(test)]
mod tests {
    use super::super::words::tokens_of;
    use super::*;

    /// Claims of the last of some sentences, by a narrator who knows Anna, Boris and the rest of `NAMED`.
    fn claims(sentences: &[&str]) -> Vec<String> {
        const NAMED: &str = "\u{201c}No!\u{201d} said Anna. Boris replied. He saw Anna go and Boris come. Then Anna put on her hat. \
            Soon Anna lost her hat. Now Boris took his stick. Then Boris lost his stick and Boris went his way. \
            He gave, for his part, a help and an open or a kept thing, now or then or soon, to walk, wish, look, sail, visit, refuse, consent.";
        let mut vocabulary = Vocabulary::default();
        let known: Vec<Vec<Token>> = NAMED.split_inclusive(". ").map(tokens_of).collect();
        known.iter().flatten().filter(|t| !t.is_capital()).for_each(|t| vocabulary.count(&t.lower));
        let slices: Vec<&[Token]> = known.iter().map(Vec::as_slice).collect();
        let names = Names::of(&slices, &known, &vocabulary);
        let mut antecedent = None;
        let mut last = Vec::new();
        for (i, sentence) in sentences.iter().enumerate() {
            last = condense(&tokens_of(sentence), i, &names, &vocabulary, &mut antecedent);
        }
        last.iter().map(Claim::text).collect()
    }

    #[test]
    fn openings_parentheses_and_tails_are_left_off() {
        for (sentence, claim) in [
            (
                "When it rained, Anna walked slowly to the old harbour, which was empty.",
                "Anna walked slowly to the old harbour.",
            ),
            ("But Anna (so they say) walked to the old harbour; it was late.", "Anna walked to the old harbour."),
            ("Anna, who was tired, opened the door of the house.", "Anna opened the door of the house."),
            (
                "I gave my mother the keys of the house.",
                "The narrator gave the narrator\u{2019}s mother the keys of the house.",
            ),
            (
                "Anna opened the door of the house, and said: \u{201c}Come!\u{201d}",
                "Anna opened the door of the house.",
            ),
        ] {
            assert_eq!(claims(&[sentence]), [claim]);
        }
    }

    #[test]
    fn what_cannot_stand_alone_makes_no_claim() {
        for sentence in [
            "If it rained, Anna walked to the old harbour.",
            "Anna walked with him to the old harbour.",
            "Anna could not consent to the visit in terms, in her view, warm enough.",
            "Boris opened her door in the old house.",
            "Did Anna walk to the old harbour?",
            "The rain fell on the roofs of the town.",
            "Boris looked at the cold, hard eyes of the man.",
        ] {
            assert_eq!(claims(&[sentence]), Vec::<String>::new(), "{sentence}");
        }
    }

    #[test]
    fn a_pronoun_means_the_subject_before_unless_somebody_else_is_named() {
        let told = ["Anna opened the door of the house.", "She walked down to the old harbour."];
        assert_eq!(claims(&told), ["Anna walked down to the old harbour."]);
        assert!(claims(&["Anna opened the door to the town.", "He walked down to the old harbour."]).is_empty());
    }

    #[test]
    fn further_predicates_keep_their_subject() {
        let sentence = "Boris opened the door of the house, and walked down to the old harbour.";
        let both = ["Boris opened the door of the house.", "Boris walked down to the old harbour."];
        assert_eq!(claims(&[sentence]), both);
    }
}
