//! Real books: novels with claims condensed from their narration, and tales with questions asked by people.

mod files;
mod headings;
mod hierarchy;
mod load;
mod plain;
mod sentences;
mod tales;

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::material::Material;
use crate::task::Split;

pub use tales::HumanQuestion;

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
}

impl Book {
    fn new(id: String, title: String, material: Arc<Material>) -> Self {
        Self { id, title, material, split: None, questions: Vec::new() }
    }
}

/// The books at `path`: a `.txt`, a `chapters.jsonl`, a folder of them (or of such folders), or FairytaleQA's folder;
/// `.gz` copies too.
///
/// # Errors
/// [`crate::error::Error::Usage`] naming the file where one is missing, empty, binary, not UTF-8, malformed, or holds
/// a book that another file holds too.
pub fn load(path: &Path) -> Result<Vec<Book>> {
    load::books_at(path)
}
