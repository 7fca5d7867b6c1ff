//! Real books: novels with claims condensed from their narration, and tales with questions asked by people.

mod condense;
mod files;
mod headings;
mod hierarchy;
#[rustfmt::skip]
mod lexicon;
mod load;
mod mined;
mod names;
mod narration;
mod plain;
mod sentences;
mod tales;
mod verbs;
mod words;

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::Result;
use crate::material::Material;
use crate::task::Split;

pub use tales::HumanQuestion;

use mined::Mined;

/// A book as it was read.
#[derive(Clone, Debug)]
pub struct Book {
    /// Names it among the others: the file's name, or the `book` field of `chapters.jsonl`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its text and hierarchy, built once and shared by all its instances.
    pub material: Arc<Material>,
    /// The dataset's own split, where it has one.
    pub split: Option<Split>,
    /// Questions by people; a book without any is asked about by claims from its narration.
    pub questions: Vec<HumanQuestion>,
    /// What its narration gives for claims; empty for a book with questions.
    mined: Option<Arc<Mined>>,
}

impl Book {
    fn new(id: String, title: String, material: Arc<Material>) -> Self {
        Self { id, title, material, split: None, questions: Vec::new(), mined: None }
    }
}

/// The books at `path`: a `.txt`, a `chapters.jsonl`, a folder of them (or of such folders), or FairytaleQA's folder;
/// `.gz` copies too.
///
/// # Errors
/// [`crate::error::Error::Usage`] naming the file where one is missing, empty, binary, not UTF-8, malformed, or holds
/// a book that another file holds too.
pub fn load(path: &Path) -> Result<Vec<Book>> {
    let mut books = load::books_at(path)?;
    mine(&mut books);
    Ok(books)
}

/// Takes names and claims from every book without questions.
fn mine(books: &mut [Book]) {
    let asked_by_rule = |book: &&mut Book| book.questions.is_empty();
    let novels: Vec<&mut Book> = books.iter_mut().filter(asked_by_rule).collect();
    let sentences: Vec<_> = novels.par_iter().map(|book| mined::sentences_of(&book.material)).collect();
    let mut vocabulary = verbs::Vocabulary::default();
    sentences.iter().for_each(|s| mined::count_words(s, &mut vocabulary));
    novels.into_par_iter().zip(sentences).for_each(|(book, sentences)| {
        book.mined = Some(Arc::new(Mined::of(&book.material, &sentences, &vocabulary)));
    });
}

#[cfg(test)]
mod looks {
    #[test]
    #[ignore]
    fn look() {
        let books = super::load(std::path::Path::new("../shared/data/books")).unwrap();
        for b in &books {
            let m = b.mined.as_ref().unwrap();
            println!("=== {} {} claims", b.id, m.claims.len());
            let k = (m.claims.len() / 25).max(1);
            for c in m.claims.iter().step_by(k) {
                let src: String = c
                    .sources
                    .iter()
                    .map(|i| b.material.text(b.material.smallest()[*i]).trim().to_string())
                    .collect::<Vec<_>>()
                    .join(" ## ");
                println!("  {:?} | {} || {}", c.opening, c.text(), src);
            }
        }
    }
}
