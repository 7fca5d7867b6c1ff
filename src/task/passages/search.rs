//! Search within one book: BM25 over its passages, with light stemming; built once a material and shared.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), equation 3.15, with
//! the inverse document frequency kept positive by adding 1 inside its logarithm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use crate::material::{Material, MaterialId};

/// How fast a repeated term saturates.
const K1: f64 = 1.2;
/// How much a passage's length discounts it, in `[0, 1]`.
const B: f64 = 0.75;

/// The inverted index of one material's passages.
#[derive(Debug)]
pub struct Index {
    /// Hashes of the stems, ascending.
    terms: Vec<u64>,
    /// Where each term's postings start; one more at the end.
    starts: Vec<u32>,
    /// Passage and how often the term stands in it.
    postings: Vec<(u32, u32)>,
    /// Stems in each passage, over their mean.
    lengths: Vec<f64>,
}

impl Index {
    /// The index of the passages of a material.
    pub fn of(material: &Material) -> Self {
        let passages = material.level("passage").map_or(&[][..], |level| &level.units);
        let mut pairs: Vec<(u64, u32)> = Vec::new();
        let mut lengths = Vec::with_capacity(passages.len());
        for (i, passage) in passages.iter().enumerate() {
            let before = pairs.len();
            pairs.extend(stems(&material.text(*passage)).into_iter().map(|term| (term, i as u32)));
            lengths.push((pairs.len() - before) as f64);
        }
        let mean = (pairs.len() as f64 / passages.len().max(1) as f64).max(1.0);
        lengths.iter_mut().for_each(|length| *length /= mean);
        pairs.sort_unstable();
        let mut index = Self { terms: Vec::new(), starts: Vec::new(), postings: Vec::new(), lengths };
        for same_term in pairs.chunk_by(|a, b| a.0 == b.0) {
            index.terms.push(same_term[0].0);
            index.starts.push(index.postings.len() as u32);
            let counted = same_term.chunk_by(|a, b| a.1 == b.1).map(|run| (run[0].1, run.len() as u32));
            index.postings.extend(counted);
        }
        index.starts.push(index.postings.len() as u32);
        index
    }

    /// The passages that share a term with the query, by position in their level, best first; of equal ones the
    /// earlier in the text.
    pub fn ranking(&self, query: &str) -> Vec<u32> {
        let mut scores = vec![0.0; self.lengths.len()];
        for term in stems(query) {
            let postings = self.postings_of(term);
            let rarity = self.rarity(postings.len());
            for (passage, count) in postings {
                let count = f64::from(*count);
                let norm = K1 * (1.0 - B + B * self.lengths[*passage as usize]);
                scores[*passage as usize] += rarity * count * (K1 + 1.0) / (count + norm);
            }
        }
        let mut ranked: Vec<u32> = (0..scores.len() as u32).filter(|i| scores[*i as usize] > 0.0).collect();
        ranked.sort_by(|a, b| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b)));
        ranked
    }

    /// How much of a query a text carries: the summed rarity of the query's distinct terms in it.
    pub fn carried(&self, query: &[u64], text: &str) -> f64 {
        let held = stems(text);
        query.iter().filter(|t| held.contains(t)).map(|t| self.rarity(self.postings_of(*t).len())).sum()
    }

    fn postings_of(&self, term: u64) -> &[(u32, u32)] {
        match self.terms.binary_search(&term) {
            Ok(i) => &self.postings[self.starts[i] as usize..self.starts[i + 1] as usize],
            Err(_) => &[],
        }
    }

    /// The inverse document frequency of a term that stands in so many passages.
    fn rarity(&self, passages: usize) -> f64 {
        let (all, with) = (self.lengths.len() as f64, passages as f64);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }
}

/// One entry a living material; the second index of the same material is never built.
type Entry = (Weak<Material>, Arc<OnceLock<Arc<Index>>>);

/// The indexes of the materials in use. An entry goes when its material is gone, so a run over thousands of books
/// holds the indexes of those alive.
#[derive(Debug, Default)]
pub struct Indexes(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    entries: HashMap<MaterialId, Entry>,
    /// Sweep out the dead when there are this many.
    sweep_at: usize,
}

impl Indexes {
    /// The index of a material, built by the first who asks; others wait for that one.
    pub fn of(&self, material: &Arc<Material>) -> Arc<Index> {
        let cell = {
            let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if shelf.entries.len() >= shelf.sweep_at {
                shelf.entries.retain(|_, (alive, _)| alive.strong_count() > 0);
                shelf.sweep_at = 2 * shelf.entries.len() + 64;
            }
            let fresh = || (Arc::downgrade(material), Arc::new(OnceLock::new()));
            shelf.entries.entry(material.id()).or_insert_with(fresh).1.clone()
        };
        cell.get_or_init(|| Arc::new(Index::of(material))).clone()
    }
}

/// The stems of a text in order, as hashes.
pub fn stems(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '\u{2019}')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| hash(&stem(word)))
        .collect()
}

/// A light stem of an English word: lower case, without possessive, plural, `-ing` and `-ed`. Other languages lose
/// little: their words keep their letters unless they end alike.
fn stem(word: &str) -> String {
    let mut word = word.to_lowercase().replace('\u{2019}', "'");
    word = word.trim_matches('\'').trim_end_matches("'s").to_owned();
    let keeps = |word: &str, suffix: &str| word.chars().count() >= suffix.len() + 3;
    if (word.ends_with("ies") || word.ends_with("ied")) && keeps(&word, "ies") {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if let Some(suffix) = ["sses", "ing", "ed", "s"].into_iter().find(|s| word.ends_with(s))
        && keeps(&word, suffix)
        && !word.ends_with("ss")
    {
        word.truncate(word.len() - if suffix == "sses" { 2 } else { suffix.len() });
        undouble(&mut word);
    }
    if word.ends_with('e') && keeps(&word, "e") {
        word.pop();
    }
    word
}

/// `stopp` of `stopped` becomes `stop`; `fall` stays.
fn undouble(word: &mut String) {
    let last: Vec<char> = word.chars().rev().take(2).collect();
    if last.len() == 2 && last[0] == last[1] && !matches!(last[0], 'l' | 's' | 'e' | 'o') {
        word.pop();
    }
}

/// FNV-1a: the index needs an order that is the same on every machine and in every run.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::material::{Level, Span};

    fn book(passages: &[&str]) -> Arc<Material> {
        let mut at = 0;
        let units: Vec<Span> = passages
            .iter()
            .map(|p| {
                at += p.len();
                Span::new(at - p.len(), at)
            })
            .collect();
        let level = |name, units| Level { name, units, titles: Vec::new() };
        let whole = vec![Span::new(0, at)];
        Arc::new(Material::new(
            passages.iter().map(|p| (*p).into()).collect(),
            vec![level("book", whole), level("passage", units)],
        ))
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("carries", "carried"),
            ("stopped", "stopping"),
            ("lanterns", "Lantern\u{2019}s"),
            ("promise", "promised"),
            ("falls", "fall"),
            ("glasses", "glass"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert_ne!(stem("ring"), stem("r"));
    }

    #[test]
    fn the_rare_word_outranks_the_common_one() {
        let book = book(&["the mill and the mill. ", "the lantern of the mill. ", "the mill again. ", "a fair day. "]);
        let index = Index::of(&book);
        assert_eq!(index.ranking("Whose lanterns?"), [1]);
        assert_eq!(index.ranking("the lantern at the mill")[0], 1);
        assert!(index.ranking("no such beast").is_empty());
    }

    #[test]
    fn a_score_by_hand() {
        let book = book(&["x y. ", "y y z. "]);
        let index = Index::of(&book);
        assert_eq!(index.ranking("y"), [1, 0]);
        // Both hold `y`: rarity ln(1 + 0.5 / 2.5); of `x`, ln(1 + 1.5 / 1.5).
        assert!((index.rarity(2) - 1.2f64.ln()).abs() < 1e-12);
        assert!((index.carried(&stems("x"), "x") - 2f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn indexes_of_dropped_materials_are_swept_out() {
        let indexes = Indexes::default();
        for i in 0..1_000 {
            indexes.of(&book(&[&format!("passage {i}. ")]));
        }
        assert!(indexes.0.lock().unwrap().entries.len() < 200);
    }
}
