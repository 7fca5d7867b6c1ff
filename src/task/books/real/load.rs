//! Books from files: plain text, `chapters.jsonl`, folders of them, FairytaleQA.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::Result;

use super::files::{entries_of, kind_of, missing, stem_of, text_of, usage};
use super::headings::looks_like_title;
use super::hierarchy::{Chapter, material_of};
use super::tales::load_tales;
use super::{Book, plain};

/// Folders below the given one that are looked into.
const DEPTH_MAX: usize = 4;
/// Text files of a folder that are no books.
const NO_BOOKS: &[&str] = &["license", "licence", "readme", "copying", "source", "notice", "manifest"];

/// The books at `path`, in the order of their file names, before claims are taken from them.
pub fn books_at(path: &Path) -> Result<Vec<Book>> {
    if !path.exists() {
        return Err(missing(path));
    }
    let mut found = Vec::new();
    if path.is_dir() {
        folder(path, DEPTH_MAX, &mut found)?;
        if found.is_empty() {
            return usage(path, "holds no book: no .txt, .jsonl or FairytaleQA folder in it; name a folder of books");
        }
    } else {
        file(path, &mut found)?;
    }
    distinct(&found)?;
    Ok(found.into_iter().map(|(book, _)| book).collect())
}

/// A book and the file it came from.
type Found = (Book, PathBuf);

fn folder(path: &Path, depth: usize, found: &mut Vec<Found>) -> Result<()> {
    if path.join("section-stories").is_dir() && path.join("questions").is_dir() {
        found.extend(load_tales(path)?);
        return Ok(());
    }
    for entry in entries_of(path)? {
        if entry.is_dir() {
            if depth > 0 {
                folder(&entry, depth - 1, found)?;
            }
        } else if ["txt", "jsonl"].contains(&kind_of(&entry).as_str())
            && !NO_BOOKS.contains(&stem_of(&entry).to_lowercase().as_str())
        {
            file(&entry, found)?;
        }
    }
    Ok(())
}

fn file(path: &Path, found: &mut Vec<Found>) -> Result<()> {
    match kind_of(path).as_str() {
        "jsonl" => jsonl(path, found),
        "txt" | "text" | "" => {
            let (title, chapters) = plain::chapters_of(&text_of(path)?);
            let id = stem_of(path);
            found.push((book(id.clone(), title.unwrap_or(id), &chapters, path)?, path.to_path_buf()));
            Ok(())
        }
        kind => usage(path, &format!("is a .{kind} file; give a .txt, a chapters.jsonl, or a folder of them")),
    }
}

/// One row of `chapters.jsonl`; other fields are let be.
#[derive(Deserialize)]
struct Row {
    book: String,
    order: i64,
    #[serde(default)]
    part: String,
    #[serde(default)]
    title: String,
    text: String,
}

fn jsonl(path: &Path, found: &mut Vec<Found>) -> Result<()> {
    let text = text_of(path)?;
    let mut books: BTreeMap<String, BTreeMap<i64, Row>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Row = match serde_json::from_str(line) {
            Ok(row) => row,
            Err(cause) => {
                let fields = "each line is an object with book, order, title and text";
                return usage(path, &format!("line {}: {cause}; {fields}", index + 1));
            }
        };
        let chapters = books.entry(row.book.clone()).or_default();
        if let Some(twice) = chapters.insert(row.order, row) {
            let (order, name) = (twice.order, twice.book);
            return usage(path, &format!("line {}: order {order} of book `{name}` is there twice", index + 1));
        }
    }
    for (id, rows) in books {
        let chapters: Vec<Chapter> = rows.into_values().map(chapter).collect();
        found.push((book(id.clone(), title_of(&id), &chapters, path)?, path.to_path_buf()));
    }
    Ok(())
}

/// A row as a chapter: a short first paragraph that is no sentence is the rest of its heading.
fn chapter(row: Row) -> Chapter {
    if let Some((first, rest)) = row.text.split_once("\n\n")
        && looks_like_title(first)
    {
        let title = format!("{}: {first}", row.title);
        return Chapter { part: row.part, title, text: rest.to_string() };
    }
    Chapter { part: row.part, title: row.title, text: row.text }
}

fn book(id: String, title: String, chapters: &[Chapter], path: &Path) -> Result<Book> {
    match material_of(chapters) {
        Some(material) => Ok(Book::new(id, title, material)),
        None => usage(path, "holds no text beyond headings and licence (or more than 4 GiB); give a file with text"),
    }
}

/// "the-time-machine" as "The Time Machine".
pub fn title_of(id: &str) -> String {
    let words = id.split(['-', '_', ' ']).filter(|w| !w.is_empty());
    let capital = |w: &str| {
        let mut chars = w.chars();
        chars.next().map(|c| c.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    words.map(capital).collect::<Vec<_>>().join(" ")
}

fn distinct(found: &[Found]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Path> = BTreeMap::new();
    for (book, path) in found {
        if let Some(other) = seen.insert(&book.id, path) {
            let what = format!("and `{}` both hold a book `{}`; rename or remove one", path.display(), book.id);
            return usage(other, &what);
        }
    }
    Ok(())
}
