//! What is taken from a book once, when it is loaded: its names, the claims of its narration, an index of its words.

use std::collections::HashMap;
use std::sync::Arc;

use crate::material::Material;

use super::condense::{Claim, condense};
use super::lexicon::STOPWORDS;
use super::names::Names;
use super::narration::{Voice, voices};
use super::verbs::Vocabulary;
use super::words::{Token, owner, stem, tokens_of};

/// Names, claims and index of one book.
#[derive(Clone, Debug)]
pub struct Mined {
    /// The names of its narration.
    pub names: Names,
    /// The claims of its narration, in the order of the text.
    pub claims: Vec<Claim>,
    /// Its words by sentence.
    pub index: Index,
    /// The title of the chapter of each sentence, in lower case.
    pub headings: Vec<Arc<str>>,
    /// How often words occur in all the books that were loaded together.
    pub vocabulary: Arc<Vocabulary>,
}

/// Chapters whose first person is no narrator.
const FRONT_MATTER: &[&str] = &["preface", "introduction", "foreword", "dedication", "contents"];

/// The sentences of a material as tokens.
pub fn sentences_of(material: &Material) -> Vec<Vec<Token>> {
    material.smallest().iter().map(|unit| tokens_of(&material.text(*unit))).collect()
}

/// Counts the lower-case words of a book's sentences.
pub fn count_words(sentences: &[Vec<Token>], vocabulary: &mut Vocabulary) {
    for token in sentences.iter().flatten().filter(|t| t.text.starts_with(char::is_lowercase)) {
        vocabulary.count(owner(&token.lower));
    }
}

impl Mined {
    /// Mines a material, given its sentences and the vocabulary of all books.
    pub fn of(material: &Material, sentences: &[Vec<Token>], vocabulary: Arc<Vocabulary>) -> Self {
        let voices = told(material);
        let told = |i: &usize| voices[*i] == Voice::Narrator;
        let narration: Vec<&[Token]> = (0..sentences.len()).filter(told).map(|i| sentences[i].as_slice()).collect();
        let names = Names::of(&narration, sentences, &vocabulary);
        let mut claims = Vec::new();
        let mut antecedent = None;
        for (i, sentence) in sentences.iter().enumerate() {
            if voices[i] != Voice::Narrator || opens_paragraph(material, i) {
                antecedent = None;
            }
            if voices[i] != Voice::Speaker && whole(material, i) {
                claims.extend(condense(sentence, i, &names, &vocabulary, &mut antecedent));
            }
        }
        Self { names, claims, index: Index::of(sentences), headings: headings(material), vocabulary }
    }
}

/// For each sentence, who speaks in it; chapters of front matter count as somebody's else.
fn told(material: &Material) -> Vec<Voice> {
    let mut told = voices(material);
    let Some(chapters) = material.level("chapter") else { return told };
    for (span, title) in chapters.units.iter().zip(&chapters.titles) {
        if FRONT_MATTER.iter().any(|f| title.to_lowercase().starts_with(f)) {
            let units = material.smallest();
            let first = units.partition_point(|u| u.start < span.start);
            let last = units.partition_point(|u| u.end <= span.end);
            told[first..last].fill(Voice::Speaker);
        }
    }
    told
}

fn headings(material: &Material) -> Vec<Arc<str>> {
    let mut headings = Vec::new();
    if let Some(chapters) = material.level("chapter") {
        for (span, title) in chapters.units.iter().zip(&chapters.titles) {
            let title: Arc<str> = title.to_lowercase().into();
            headings.extend(material.smallest_within(*span).iter().map(|_| title.clone()));
        }
    }
    headings
}

fn opens_paragraph(material: &Material, unit: usize) -> bool {
    unit.checked_sub(1).is_none_or(|before| material.text(material.smallest()[before]).ends_with("\n\n"))
}

/// Whether a unit begins as a sentence does: not the rest of one that was cut.
fn whole(material: &Material, unit: usize) -> bool {
    let Some(before) = unit.checked_sub(1) else { return true };
    let text = material.text(material.smallest()[before]);
    text.trim_end().ends_with(['.', '!', '?', '\u{201d}', '"', '\u{2019}', ':', '\u{2026}', ')'])
        || text.ends_with("\n\n")
}

/// Content words by the sentences that hold them.
#[derive(Clone, Debug, Default)]
pub struct Index {
    sentences_of: HashMap<String, Vec<u32>>,
    sentences: usize,
}

impl Index {
    fn of(sentences: &[Vec<Token>]) -> Self {
        let mut index = Self { sentences: sentences.len(), ..Self::default() };
        for (i, tokens) in sentences.iter().enumerate() {
            for stem in content(tokens) {
                let held = index.sentences_of.entry(stem).or_default();
                if held.last() != Some(&(i as u32)) {
                    held.push(i as u32);
                }
            }
        }
        index
    }

    /// The sentences that hold a word of this stem, ascending.
    pub fn holding(&self, stem: &str) -> &[u32] {
        self.sentences_of.get(stem).map(Vec::as_slice).unwrap_or_default()
    }

    /// For each sentence, the share of these stems that it and the sentence after it hold, highest first by place.
    pub fn shares(&self, stems: &[String]) -> Vec<f64> {
        let mut held = vec![0u32; self.sentences];
        for stem in stems {
            let mut last = None;
            for at in self.holding(stem) {
                for place in [at.checked_sub(1), Some(*at)].into_iter().flatten() {
                    if last.is_none_or(|l| place > l) {
                        held[place as usize] += 1;
                        last = Some(place);
                    }
                }
            }
        }
        let total = stems.len().max(1) as f64;
        held.into_iter().map(|h| f64::from(h) / total).collect()
    }
}

/// The distinct stems of the content words of tokens, sorted.
pub fn content(tokens: &[Token]) -> Vec<String> {
    let words = tokens.iter().filter(|t| t.is_word() && !STOPWORDS.contains(&owner(&t.lower)));
    let mut stems: Vec<String> = words.map(|t| stem(&t.text)).collect();
    stems.sort();
    stems.dedup();
    stems
}
