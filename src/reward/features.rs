//! What the reader sees of a view: one row a sentence, with the claim, the sentences before it, and what matches what.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::text::{Roster, SHAPES, Shape, Token, tokens_of};
use crate::judgment::{Answer, Ask, Reply, View};
use crate::material::{Material, Span};
use crate::task::{Instance, Question};

/// Sentences read before the one in question, for its pronouns and times.
const CONTEXT_SENTENCES: usize = 2;
/// Tokens of a sentence and its context together, unless the sentence alone is longer.
const CONTEXT_TOKENS: usize = 64;
/// Numbers that sum up a row beside its tokens.
pub(crate) const FACTS: usize = 8;
/// Ids of marks: padding, then segment, match, rarity and shape together.
pub(crate) const MARK_IDS: usize = 1 + 4 * 3 * 4 * SHAPES;
/// Most tokens of a claim and of a text that are read: the largest bucket.
pub(crate) const CLAIM_TOKENS: [usize; 3] = [12, 24, 48];
pub(crate) const TEXT_TOKENS: [usize; 5] = [24, 32, 48, 64, 128];

/// A claim and the sentences that it is judged against, as shown to an evaluator or a helper.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewText {
    /// The claim, one sentence.
    pub claim: String,
    /// The sentences of the view, in the order shown.
    pub sentences: Vec<String>,
    /// Whether each sentence begins a passage, so that no context reaches it; empty where only the first does.
    #[serde(default)]
    pub begins: Vec<bool>,
}

impl ViewText {
    /// The claim of a question and the text of a view: the smallest units of its spans, quotes and texts, each once.
    /// Nothing where the question is no claim of the instance. The spans come with it, one a sentence.
    pub fn of(instance: &Instance, question: &Question, view: &View) -> Option<(Self, Vec<Span>)> {
        let Question::Claim { candidate, claim } = *question else { return None };
        let claim = instance.candidates.get(usize::from(candidate))?.claims.get(usize::from(claim))?.clone();
        let units = units(&instance.material, view);
        let begins = (0..units.len()).map(|i| i == 0 || !follows(&instance.material, units[i - 1], units[i])).collect();
        let sentences = units.iter().map(|unit| instance.material.text(*unit).into_owned()).collect();
        Some((Self { claim, sentences, begins }, units))
    }

    /// Whether sentence `at` begins a passage.
    fn begins(&self, at: usize) -> bool {
        self.begins.get(at).copied().unwrap_or(at == 0)
    }
}

fn units(material: &Material, view: &View) -> Vec<Span> {
    let mut units: Vec<Span> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let quoted = view.quotes.iter().map(|quote| &quote.span);
    let told = view.messages.iter().flat_map(|message| match &message.answer {
        Answer::Text(spans) => spans.as_slice(),
        Answer::Distribution(_) | Answer::Argument(_) => &[],
    });
    for span in view.spans.iter().chain(quoted).chain(told) {
        let within = material.smallest_within(*span);
        let taken = if within.is_empty() { std::slice::from_ref(span) } else { within };
        units.extend(taken.iter().filter(|unit| seen.insert(**unit)));
    }
    units
}

/// Whether `next` is the smallest unit right after `unit`, with no more than white space between.
fn follows(material: &Material, unit: Span, next: Span) -> bool {
    unit.end <= next.start && material.text(Span { start: unit.end, end: next.start }).trim().is_empty()
}

/// A view as an evaluator read it: what the reader learns from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReaderExample {
    /// The independent unit it belongs to; validation is split by it.
    pub cluster: String,
    /// What was read.
    pub view: ViewText,
    /// The evaluator's distribution over `[holds, fails, open]`.
    pub label: [f32; 3],
    /// Which sentences the evaluator quoted, one each.
    pub quoted: Vec<bool>,
}

impl ReaderExample {
    /// The example of an evaluator's reply to a predicate on a claim; nothing where the ask or the reply is another.
    pub fn of(ask: &Ask, reply: &Reply) -> Option<Self> {
        let (view, units) = ViewText::of(&ask.instance, &ask.subtask.question, &ask.view)?;
        let Answer::Distribution(distribution) = &reply.answer else { return None };
        let label = <[f32; 3]>::try_from(distribution.as_slice()).ok()?;
        let quoted = units.iter().map(|unit| reply.quotes.iter().any(|quote| quote.span.overlaps(unit))).collect();
        Some(Self { cluster: cluster_of(&ask.instance), view, label, quoted })
    }
}

/// The independent unit an instance belongs to.
pub(crate) fn cluster_of(instance: &Instance) -> String {
    instance.cluster().to_owned()
}

/// A token as the network sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Hashed word, or the place of a name or number; 0 is padding.
    pub word: u16,
    /// Segment, match, rarity and shape; 0 is padding.
    pub mark: u16,
    /// The last name before this token.
    pub last_name: u16,
    /// The last other name before that.
    pub other_name: u16,
}

/// A claim against one sentence in its context.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The claim, at most the largest bucket.
    pub claim: Vec<Cell>,
    /// The context, then the sentence.
    pub text: Vec<Cell>,
    /// Where the sentence starts within the text.
    pub sentence_start: usize,
    /// Positions in claim and text with equal content.
    pub same: Vec<(u16, u16)>,
    /// Shares and counts that sum the row up, each about 0 to 1.
    pub facts: [f32; FACTS],
}

#[derive(Clone, Copy)]
enum Segment {
    Claim,
    Sentence,
    Previous(usize),
}

/// The rows of a view, one a sentence. A row depends on its view alone.
pub(crate) fn rows_of(view: &ViewText) -> Vec<Row> {
    let texts: Vec<&str> = std::iter::once(&view.claim).chain(&view.sentences).map(String::as_str).collect();
    let tokens = tokens_of(&texts);
    let (claim, sentences) = tokens.split_first().expect("the claim is always among the texts");
    let rarity = Rarity::of(sentences);
    (0..sentences.len()).map(|at| row(view, claim, sentences, at, &rarity)).collect()
}

fn row(view: &ViewText, claim: &[Token], sentences: &[Vec<Token>], at: usize, rarity: &Rarity) -> Row {
    let text = text_tokens(view, sentences, at);
    let claim = &claim[..claim.len().min(CLAIM_TOKENS[CLAIM_TOKENS.len() - 1])];
    let mut roster = Roster::of(claim);
    let sentence_start = text.iter().take_while(|(_, segment)| !matches!(segment, Segment::Sentence)).count();

    let mut row = Row { sentence_start, ..Row::default() };
    for (c, token) in claim.iter().enumerate() {
        let equal = |(_, (other, _)): &(usize, &(&Token, Segment))| token.is_content() && other.stem == token.stem;
        row.same.extend(text.iter().enumerate().filter(equal).map(|(t, _)| (c as u16, t as u16)));
        let matched = |range: &[(&Token, Segment)]| token.is_content() && range.iter().any(|t| t.0.stem == token.stem);
        let matched = match (matched(&text[sentence_start..]), matched(&text[..sentence_start])) {
            (true, _) => 1,
            (false, true) => 2,
            _ => 0,
        };
        let mark = mark(Segment::Claim, matched, rarity.bin(token), token.shape);
        row.claim.push(Cell { word: roster.word_id(token), mark, last_name: 0, other_name: 0 });
    }
    let (mut last_name, mut other_name) = (0, 0);
    for (token, segment) in &text {
        let matched = usize::from(token.is_content() && claim.iter().any(|c| c.stem == token.stem));
        let mark = mark(*segment, matched, rarity.bin(token), token.shape);
        let word = roster.word_id(token);
        row.text.push(Cell { word, mark, last_name, other_name });
        if token.shape == Shape::Name && word != last_name {
            (last_name, other_name) = (word, last_name);
        }
    }
    row.facts = facts(claim, &text, sentence_start, &roster, at, sentences.len());
    row
}

/// The tokens of a sentence after those of its context, each with its segment; the context gives way where they are
/// too many, its farthest end first.
fn text_tokens<'a>(view: &ViewText, sentences: &'a [Vec<Token>], at: usize) -> Vec<(&'a Token, Segment)> {
    let sentence = &sentences[at][..sentences[at].len().min(TEXT_TOKENS[TEXT_TOKENS.len() - 1])];
    let mut text: Vec<(&Token, Segment)> = Vec::new();
    for back in (1..=CONTEXT_SENTENCES.min(at)).rev() {
        let reached = (at + 1 - back..=at).all(|between| !view.begins(between));
        if reached {
            text.extend(sentences[at - back].iter().map(|token| (token, Segment::Previous(back))));
        }
    }
    let room = CONTEXT_TOKENS.saturating_sub(sentence.len());
    text.drain(..text.len().saturating_sub(room));
    text.extend(sentence.iter().map(|token| (token, Segment::Sentence)));
    text
}

fn mark(segment: Segment, matched: usize, rarity: usize, shape: Shape) -> u16 {
    let segment = match segment {
        Segment::Claim => 0,
        Segment::Sentence => 1,
        Segment::Previous(back) => 1 + back.min(2),
    };
    (1 + ((segment * 3 + matched) * 4 + rarity) * SHAPES + shape as usize) as u16
}

/// How many sentences of a view hold each stem.
struct Rarity {
    holding: HashMap<u64, usize>,
    sentences: usize,
}

impl Rarity {
    fn of(sentences: &[Vec<Token>]) -> Self {
        let mut holding = HashMap::new();
        for sentence in sentences {
            let mut stems: Vec<u64> = sentence.iter().map(|token| token.stem).collect();
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                *holding.entry(stem).or_insert(0) += 1;
            }
        }
        Self { holding, sentences: sentences.len() }
    }

    /// In no sentence, in one, in up to a third of them, in more.
    fn bin(&self, token: &Token) -> usize {
        match self.holding.get(&token.stem).copied().unwrap_or(0) {
            0 => 0,
            1 => 1,
            count if count * 3 <= self.sentences => 2,
            _ => 3,
        }
    }
}

fn facts(
    claim: &[Token],
    text: &[(&Token, Segment)],
    sentence_start: usize,
    roster: &Roster,
    at: usize,
    sentences: usize,
) -> [f32; FACTS] {
    let (context, sentence) = text.split_at(sentence_start);
    let held = |token: &Token, range: &[(&Token, Segment)]| range.iter().any(|(other, _)| other.stem == token.stem);
    let share = |wanted: &dyn Fn(&&Token) -> bool, range: &[(&Token, Segment)]| {
        let of: Vec<&Token> = claim.iter().filter(wanted).collect();
        of.iter().filter(|token| held(token, range)).count() as f32 / of.len().max(1) as f32
    };
    let content = |token: &&Token| token.is_content();
    let word = |token: &&Token| token.shape == Shape::Word;
    let name = |token: &&Token| token.shape == Shape::Name;
    let strangers = sentence.iter().filter(|(token, _)| token.shape == Shape::Name && !roster.names(token)).count();
    let negated = sentence.iter().any(|(token, _)| token.shape == Shape::Negation);
    [
        share(&content, sentence),
        share(&content, context),
        share(&word, sentence),
        share(&name, sentence),
        share(&name, text),
        strangers.min(4) as f32 / 4.0,
        f32::from(u8::from(negated)),
        if roster.names_count() == 0 { 0.0 } else { (at as f32 + 1.0) / sentences as f32 },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(claim: &str, sentences: &[&str]) -> ViewText {
        ViewText {
            claim: claim.into(),
            sentences: sentences.iter().map(|s| s.to_string()).collect(),
            begins: Vec::new(),
        }
    }

    #[test]
    fn a_row_knows_neither_names_nor_other_views() {
        let one = rows_of(&view("Mira met Tomas.", &["Tomas was late.", "He met Mira."]));
        let two = rows_of(&view("Ada met Bela.", &["Bela was late.", "He met Ada."]));
        assert_eq!(one, two);
        assert_ne!(one, rows_of(&view("Ada met Bela.", &["Ada was late.", "He met Bela."])));
    }

    #[test]
    fn a_pronoun_carries_the_names_before_it() {
        let rows = rows_of(&view("Mira met Tomas.", &["Tomas was late.", "He met Mira."]));
        let pronoun = rows[1].text[rows[1].sentence_start];
        assert_eq!(pronoun.last_name, rows[0].text[0].word);
        assert_eq!(pronoun.other_name, 0);
    }

    #[test]
    fn context_stops_where_a_passage_begins() {
        let mut view = view("Mira met Tomas.", &["One two.", "Three four.", "Five six."]);
        assert_eq!(rows_of(&view).iter().map(|row| row.text.len()).collect::<Vec<_>>(), [3, 6, 9]);
        view.begins = vec![true, true, false];
        assert_eq!(rows_of(&view).iter().map(|row| row.text.len()).collect::<Vec<_>>(), [3, 3, 6]);
    }

    #[test]
    fn long_texts_keep_the_sentence_and_the_nearest_context() {
        let long = "word ".repeat(300);
        let rows = rows_of(&view(&long, &[&long, "Short one."]));
        assert_eq!((rows[0].claim.len(), rows[0].text.len(), rows[0].sentence_start), (48, 128, 0));
        assert_eq!((rows[1].text.len(), rows[1].sentence_start), (64, 61));
    }
}
