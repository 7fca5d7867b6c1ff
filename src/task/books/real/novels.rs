//! Instances on novels: two accounts of one book, one of them with one corrupted claim.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, Result};
use crate::stream::Stream;
use crate::task::books::QUESTION;
use crate::task::books::flaw::Flaw;
use crate::task::{Candidate, ClaimTruth, Drawn, Evidence, Instance, Says, Split, Truth, Truths};

use super::condense::{Claim, sentence};
use super::flaws::{Source, other_values};
use super::splits::assigned;
use super::verbs::Opening;
use super::words::Token;
use super::{Book, Knobs};

/// The kinds of flaw that real books can have with a truth that is known.
///
/// *Omitted* is left out: an account that leaves something out is true in every statement. *Misleading* is left out:
/// what a whole novel repairs or overturns is not known from its sentences.
pub const FLAWS: [Flaw; 5] =
    [Flaw::EntitySwapped, Flaw::OrderReversed, Flaw::OutcomeNegated, Flaw::NumberChanged, Flaw::EventFabricated];
/// Units of one book where there are too few books to split by book.
const STRETCHES: usize = 6;
/// Tokens of each half of a claim about order at most.
const HALF_TOKENS_MAX: usize = 11;
/// Share of negated claims that are made from denied ones, by taking their negation out.
const DENIED_SHARE: f64 = 0.4;
/// Draws of a flaw before the next kind is tried.
const TRIES: usize = 40;

/// Instances of a split of a seed; flaw kinds and books take turns.
pub fn draw(books: &[&Book], all: &[Book], split: Split, count: usize, seed: u64, knobs: &Knobs) -> Result<Drawn> {
    let units = units_of(books);
    let unit_books: Vec<usize> =
        units.iter().map(|u| all.iter().position(|b| b.id == books[u.book].id).unwrap_or(0)).collect();
    let splits = assigned(all, &unit_books, seed, knobs)?;
    let here: Vec<&Unit> = units.iter().zip(splits).filter(|(_, s)| *s == split).map(|(u, _)| u).collect();
    let stream = Stream::root(seed).named("task/books/real").named(split.name());
    let lenders: BTreeSet<usize> = here.iter().map(|u| u.book).collect();
    let maker = Maker { books, lenders, claims_per_candidate: knobs.claims_per_candidate };
    let rich: Vec<&Unit> = here.iter().filter(|u| u.claims.len() >= maker.claims_min()).copied().collect();
    if rich.is_empty() && count > 0 {
        return Err(too_poor(books, &here, split, maker.claims_min()));
    }
    let mut instances = Vec::with_capacity(count);
    let mut truths = Vec::with_capacity(count);
    for k in 0..count {
        let unit = rich[k % rich.len()];
        let turn = k / rich.len();
        let mut rng = stream.index(k as u64).rng();
        let Some((instance, truth)) = maker.make(unit, turn, &format!("{}-{k:05}", split.name()), &mut rng) else {
            return Err(no_accounts(books[unit.book], unit, split));
        };
        truths.push((instance.id.clone(), truth));
        instances.push(Arc::new(instance));
    }
    Ok(Drawn { instances, truths: Truths::new(truths) })
}

/// What is split and clustered by: a book, or a stretch of one where there are fewer than three.
struct Unit {
    book: usize,
    cluster: String,
    claims: Range<usize>,
}

fn units_of(books: &[&Book]) -> Vec<Unit> {
    let pieces = if books.len() < 3 { STRETCHES } else { 1 };
    let mut units = Vec::new();
    for (book, it) in books.iter().enumerate() {
        let all = it.mined.as_ref().map_or(0, |m| m.claims.len());
        for piece in 0..pieces {
            let claims = all * piece / pieces..all * (piece + 1) / pieces;
            let cluster = if pieces == 1 { it.id.clone() } else { format!("{}/{piece}", it.id) };
            units.push(Unit { book, cluster, claims });
        }
    }
    units
}

/// What no rule can mend is said with the rules' limits.
const ADVICE: &str = "the rules read English narration with named people: give other or more books, or a smaller \
                      claims_per_candidate";

fn too_poor(books: &[&Book], units: &[&Unit], split: Split, needed: usize) -> Error {
    let split = split.name();
    if units.is_empty() {
        let next = "give more books, or name fewer in test_books";
        return Error::Usage(format!("task.books.source: no book is left for the {split} split; {next}"));
    }
    let found: Vec<String> =
        units.iter().map(|u| format!("`{}` gives {}", u.cluster, u.claims.len())).take(10).collect();
    let cut = if books.len() < 3 { " (stretches of a book, as there are fewer than three)" } else { "" };
    Error::Usage(format!(
        "task.books.source: too few claims for the {split} split: {needed} are needed from one, and {}{cut}; {ADVICE}",
        found.join(", ")
    ))
}

fn no_accounts(book: &Book, unit: &Unit, split: Split) -> Error {
    Error::Usage(format!(
        "task.books.source: no two accounts of `{}` can be made for the {} split from its {} of {} claims: too few fit \
         together, or none can be corrupted; {ADVICE}",
        unit.cluster,
        split.name(),
        unit.claims.len(),
        book.claims_found(),
    ))
}

/// A claim of a candidate with what is known of it.
#[derive(Clone)]
struct Statement {
    text: String,
    holds: bool,
    /// Sentences that show it, or that show its opposite; empty for a fabricated event.
    sources: Vec<usize>,
    /// Where it stands among its candidate's claims.
    place: usize,
}

struct Maker<'a> {
    books: &'a [&'a Book],
    /// The books of the split, which lend one another events to fabricate: what is false in one split is never true,
    /// or false, in another.
    lenders: BTreeSet<usize>,
    claims_per_candidate: usize,
}

impl Maker<'_> {
    /// Claims that a unit must have: two candidates' worth, and as many to spare.
    fn claims_min(&self) -> usize {
        2 * self.claims_per_candidate + 4
    }

    fn make(&self, unit: &Unit, turn: usize, id: &str, rng: &mut ChaCha8Rng) -> Option<(Instance, Truth)> {
        let book = self.books[unit.book];
        let mined = book.mined.as_ref()?;
        let pool: Vec<&Claim> = mined.claims[unit.claims.clone()].iter().collect();
        let kinds = (0..FLAWS.len()).map(|step| FLAWS[(turn + step) % FLAWS.len()]);
        let (flaw, wrong, matched) =
            kinds.into_iter().find_map(|flaw| self.flawed(flaw, unit, &pool, rng).map(|(w, m)| (flaw, w, m)))?;
        let mut used: BTreeSet<usize> = wrong.sources.iter().chain(&matched.sources).copied().collect();
        let mut rest: Vec<&Claim> = pool;
        rest.shuffle(rng);
        let mut plain = rest.into_iter().filter(|c| {
            let fresh = c.sources.iter().all(|s| !used.contains(s));
            used.extend(fresh.then_some(&c.sources).into_iter().flatten());
            fresh
        });
        let mut accounts = [vec![matched], vec![wrong]];
        for account in &mut accounts {
            while account.len() < self.claims_per_candidate {
                account.push(truth_of(plain.next()?));
            }
            account.sort_by_key(|s| s.place);
        }
        let right = usize::from(rng.random_bool(0.5));
        if right == 1 {
            accounts.swap(0, 1);
        }
        let labels = [("cluster", unit.cluster.as_str()), ("book", &book.id), ("flaw", flaw.name())];
        let instance = Instance {
            id: format!("{}-{id}", book.id),
            material: book.material.clone(),
            question: QUESTION.to_string(),
            candidates: accounts
                .iter()
                .map(|a| Candidate { claims: a.iter().map(|s| s.text.clone()).collect() })
                .collect(),
            labels: labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
        };
        let claims = accounts.iter().map(|a| a.iter().map(|s| claim_truth(book, s)).collect()).collect();
        Some((instance, Truth { right, claims }))
    }

    /// A corrupted claim of a kind, and a true one of the same form for the other candidate.
    fn flawed(&self, flaw: Flaw, unit: &Unit, pool: &[&Claim], rng: &mut ChaCha8Rng) -> Option<(Statement, Statement)> {
        for _ in 0..TRIES {
            let made = match flaw {
                Flaw::OrderReversed => self.ordered(unit, pool, rng),
                _ => self.altered(flaw, unit, pool, rng),
            };
            if made.is_some() {
                return made;
            }
        }
        None
    }

    fn altered(
        &self,
        flaw: Flaw,
        unit: &Unit,
        pool: &[&Claim],
        rng: &mut ChaCha8Rng,
    ) -> Option<(Statement, Statement)> {
        let book = self.books[unit.book];
        let mined = book.mined.as_ref()?;
        let source = Source { mined, title: &book.title };
        let claim = match flaw {
            Flaw::NumberChanged => *pool.iter().filter(|c| has_value(c)).collect::<Vec<_>>().choose(rng)?,
            // Denied claims are rarer than plain ones: taken more often, so that "not" is no mark of the wrong account.
            Flaw::OutcomeNegated if rng.random_bool(DENIED_SHARE) => {
                *pool.iter().filter(|c| negation(&c.tokens).is_some()).collect::<Vec<_>>().choose(rng)?
            }
            _ => pool.choose(rng)?,
        };
        let (tokens, sources) = match flaw {
            Flaw::EntitySwapped => (source.swap_entity(claim, rng)?, claim.sources.clone()),
            Flaw::NumberChanged => {
                let others = pool.iter().filter(|c| c.sources != claim.sources);
                let told: Vec<String> = others.flat_map(|c| values(&c.tokens)).collect();
                (source.change_number(claim, &told, rng)?, claim.sources.clone())
            }
            Flaw::OutcomeNegated => (source.negate(claim, &mined.vocabulary, rng)?, claim.sources.clone()),
            Flaw::EventFabricated => (self.fabricated(unit, &source, rng)?, Vec::new()),
            Flaw::OrderReversed | Flaw::EventOmitted | Flaw::Misleading => return None,
        };
        // A fabricated claim takes the place of a true one in the account's order.
        let wrong = Statement { text: sentence(&tokens), holds: false, sources, place: place(claim) };
        let alike = |c: &&&Claim| {
            let same = match flaw {
                // The new number stands in a true claim too, so that no number marks the wrong account.
                Flaw::NumberChanged => values(&c.tokens).iter().any(|v| tokens.iter().any(|t| t.lower == *v)),
                Flaw::OutcomeNegated => negation(&c.tokens) == negation(&tokens),
                _ => true,
            };
            same && c.sources.iter().all(|s| !claim.sources.contains(s))
        };
        let twins: Vec<&&Claim> = pool.iter().filter(alike).collect();
        // A denial or a number without a true one of the same form would stand out.
        if twins.is_empty() && (negation(&tokens).is_some() || flaw == Flaw::NumberChanged) {
            return None;
        }
        let twin = twins.choose(rng).map(|c| **c).or_else(|| {
            let others: Vec<&&Claim> = pool.iter().filter(|c| c.sources != claim.sources).collect();
            others.choose(rng).map(|c| **c)
        })?;
        Some((wrong, truth_of(twin)))
    }

    fn fabricated(&self, unit: &Unit, source: &Source, rng: &mut ChaCha8Rng) -> Option<Vec<Token>> {
        let mut others: Vec<usize> = self.lenders.iter().copied().filter(|b| *b != unit.book).collect();
        if others.is_empty() {
            others = (0..self.books.len()).filter(|b| *b != unit.book).collect();
        }
        let from = self.books[*others.choose(rng)?];
        let theirs = from.mined.as_ref()?;
        let claim = theirs.claims.choose(rng)?;
        source.fabricate(claim, &Source { mined: theirs, title: &from.title }, rng)
    }

    /// "A, and later in the book B", reversed and as it is.
    fn ordered(&self, unit: &Unit, pool: &[&Claim], rng: &mut ChaCha8Rng) -> Option<(Statement, Statement)> {
        let book = self.books[unit.book];
        let mined = book.mined.as_ref()?;
        let source = Source { mined, title: &book.title };
        let event = |c: &&&Claim| {
            c.opening == Opening::Past
                && c.tokens.len() <= HALF_TOKENS_MAX
                && source.is_told_once(c)
                && negation(&c.tokens).is_none()
        };
        let events: Vec<&Claim> = pool.iter().filter(event).copied().collect();
        let distance = book.material.smallest().len() / 10;
        let mut pick = |used: &[usize]| {
            let pair: Vec<&&Claim> = events.sample(rng, 2).collect();
            let [one, other] = pair[..] else { return None };
            let (first, second) = if place(one) < place(other) { (one, other) } else { (other, one) };
            let fresh = first.sources.iter().chain(&second.sources).all(|s| !used.contains(s));
            (fresh && place(second) - place(first) >= distance.min(200)).then_some((*first, *second))
        };
        let (first, second) = pick(&[])?;
        let wrong = order(second, first, false);
        let (earlier, later) = pick(&wrong.sources)?;
        Some((wrong, order(earlier, later, true)))
    }
}

/// Two events as one claim about their order in the telling.
fn order(first: &Claim, then: &Claim, holds: bool) -> Statement {
    let mut tokens = first.tokens.clone();
    tokens.extend([",", "and", "later", "in", "the", "book"].map(Token::new));
    tokens.extend(
        then.tokens
            .iter()
            .enumerate()
            .map(|(i, t)| if i == 0 && t.lower == "the" { Token::new("the") } else { t.clone() }),
    );
    let mut sources: Vec<usize> = first.sources.iter().chain(&then.sources).copied().collect();
    sources.sort_unstable();
    sources.dedup();
    let place = place(first).min(place(then));
    Statement { text: sentence(&tokens), holds, sources, place }
}

fn truth_of(claim: &Claim) -> Statement {
    Statement { text: claim.text(), holds: true, sources: claim.sources.clone(), place: place(claim) }
}

fn place(claim: &Claim) -> usize {
    claim.sources.last().copied().unwrap_or(0)
}

fn has_value(claim: &Claim) -> bool {
    !values(&claim.tokens).is_empty()
}

/// The numbers and times of a claim that could be others.
fn values(tokens: &[Token]) -> Vec<String> {
    (0..tokens.len()).filter(|at| !other_values(tokens, *at).is_empty()).map(|at| tokens[at].lower.clone()).collect()
}

/// The form of a denial: the word before "not", or "never"; `None` for a plain claim.
fn negation(tokens: &[Token]) -> Option<&str> {
    let at = tokens.iter().position(|t| matches!(t.lower.as_str(), "not" | "never"))?;
    let before = at.checked_sub(1).map_or("", |b| tokens[b].lower.as_str());
    Some(if tokens[at].lower == "never" { "never" } else { before })
}

fn claim_truth(book: &Book, statement: &Statement) -> ClaimTruth {
    let units = book.material.smallest();
    let spans: Vec<_> = statement.sources.iter().map(|s| units[*s]).collect();
    let says = if statement.holds { Says::Supports } else { Says::Refutes };
    let evidence = if spans.is_empty() { Vec::new() } else { vec![Evidence { spans, says, rank: 0 }] };
    ClaimTruth::new(statement.holds, evidence)
}
