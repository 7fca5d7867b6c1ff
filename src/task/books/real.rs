//! Real books: novels with claims condensed from their narration, and tales with questions asked by people.

mod asked;
mod condense;
mod files;
mod flaws;
mod headings;
mod hierarchy;
#[rustfmt::skip]
mod lexicon;
mod load;
mod mined;
mod names;
mod narration;
mod novels;
mod plain;
mod reader;
mod sentences;
mod splits;
mod tales;
mod verbs;
mod words;

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::material::Material;
use crate::task::{Drawn, Split};

pub use novels::FLAWS;
pub use tales::HumanQuestion;

use mined::Mined;

/// What may be varied in instances on real books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knobs {
    /// Claims in a candidate account of a novel; 1 to 20.
    pub claims_per_candidate: usize,
    /// Options of a question on a tale; 2 to 6.
    pub options: usize,
    /// The ids of the books to test on; where empty, the seed chooses (see [`draw`]).
    pub test_books: Vec<String>,
}

impl Default for Knobs {
    fn default() -> Self {
        Self { claims_per_candidate: 4, options: 2, test_books: Vec::new() }
    }
}

impl Knobs {
    /// Whether they are in range.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the setting, its value and its range.
    pub fn check(&self) -> Result<()> {
        let knobs = [("claims_per_candidate", self.claims_per_candidate, 1..=20), ("options", self.options, 2..=6)];
        match knobs.into_iter().find(|(_, value, range)| !range.contains(value)) {
            None => Ok(()),
            Some((name, value, range)) => {
                let next = format!("give a number from {} to {}", range.start(), range.end());
                Err(Error::Usage(format!("task.books.{name}: {value} is out of range; {next}")))
            }
        }
    }
}

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
    /// How many claims its narration gave; 0 for a book with questions.
    pub fn claims_found(&self) -> usize {
        self.mined.as_ref().map_or(0, |mined| mined.claims.len())
    }

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

/// The instances of a split of a seed, with their truth. Asking again gives the same.
///
/// Novels: two accounts of one book, all claims of one true, one claim of the other corrupted (label `flaw`); books and
/// kinds of flaw take turns. Tales: one question by people, its answer among answers to other questions of the tale
/// (labels `attribute`, `ex_or_im`, `local_or_sum`).
///
/// Splits are by book (label `cluster`). FairytaleQA's own splits hold where all three are there. Elsewhere a quarter
/// of the books are tested, an eighth validated, the rest trained on, and the tested ones move on with the seed:
/// consecutive seeds test every book, four seeds all of eight. [`Knobs::test_books`] names them instead. Fewer than
/// three novels are cut into six stretches each, which are then what is split and clustered by.
///
/// # Errors
/// [`Error::Usage`] where a knob is out of range, a book of `test_books` is missing, novels and tales are mixed, or
/// the books of a split give too few claims or questions.
pub fn draw(books: &[Book], split: Split, count: usize, seed: u64, knobs: &Knobs) -> Result<Drawn> {
    knobs.check()?;
    let (tales, novels): (Vec<&Book>, Vec<&Book>) = books.iter().partition(|b| !b.questions.is_empty());
    match (tales.is_empty(), novels.is_empty()) {
        (true, _) => novels::draw(&novels, books, split, count, seed, knobs),
        (false, true) => asked::draw(&tales, books, split, count, seed, knobs),
        (false, false) => Err(Error::Usage(
            "task.books.source: it holds both tales with questions and books without; give one kind, each in a folder \
             of its own"
                .into(),
        )),
    }
}

/// Takes names and claims from every book without questions.
fn mine(books: &mut [Book]) {
    let asked_by_rule = |book: &&mut Book| book.questions.is_empty();
    let novels: Vec<&mut Book> = books.iter_mut().filter(asked_by_rule).collect();
    let sentences: Vec<_> = novels.par_iter().map(|book| mined::sentences_of(&book.material)).collect();
    let mut vocabulary = verbs::Vocabulary::default();
    sentences.iter().for_each(|s| mined::count_words(s, &mut vocabulary));
    let vocabulary = Arc::new(vocabulary);
    novels.into_par_iter().zip(sentences).for_each(|(book, sentences)| {
        book.mined = Some(Arc::new(Mined::of(&book.material, &sentences, vocabulary.clone())));
    });
}
