//! FairytaleQA (Xu et al. 2022): tales cut in sections, with questions and answers by people.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::material::Span;
use crate::task::Split;

use super::Book;
use super::files::{entries_of, kind_of, stem_of, text_of, usage};
use super::hierarchy::{Chapter, material_of};
use super::load::title_of;

/// A question about a tale, asked and answered by people.
#[derive(Clone, Debug, PartialEq)]
pub struct HumanQuestion {
    /// The question.
    pub text: String,
    /// Its answers, up to six, the first annotator's first.
    pub answers: Vec<String>,
    /// What it asks for: action, causal relationship, character, feeling, outcome resolution, prediction, setting.
    pub attribute: String,
    /// Whether the answer stands in the text: "explicit" or "implicit".
    pub ex_or_im: String,
    /// Whether one place answers it or several: "local" or "summary".
    pub local_or_sum: String,
    /// The sections that answer it.
    pub sections: Vec<Span>,
}

#[derive(Deserialize)]
struct SectionRow {
    section: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct QuestionRow {
    local_or_sum: String,
    #[serde(rename = "cor_section")]
    cor_section: String,
    attribute1: String,
    question: String,
    ex_or_im1: String,
    answer1: String,
    #[serde(default)]
    answer2: String,
    #[serde(default)]
    answer3: String,
    #[serde(default)]
    answer4: String,
    #[serde(default)]
    answer5: String,
    #[serde(default)]
    answer6: String,
}

/// The tales of a folder with `section-stories` and `questions`, each with its questions and, where the folders are
/// named train, val, validation or test, the dataset's own split.
pub fn load_tales(root: &Path) -> Result<Vec<(Book, PathBuf)>> {
    let mut found = Vec::new();
    for folder in entries_of(&root.join("section-stories"))?.into_iter().filter(|f| f.is_dir()) {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        for file in entries_of(&folder)?.into_iter().filter(|f| kind_of(f) == "csv") {
            let stem = stem_of(&file);
            let id = stem.strip_suffix("-story").unwrap_or(&stem).to_string();
            let questions = root.join("questions").join(&name).join(format!("{id}-questions.csv"));
            let mut book = tale(&id, &file, &questions)?;
            book.split = split_named(&name);
            found.push((book, file));
        }
    }
    if found.is_empty() {
        return usage(root, "has no tale in section-stories/<split>/<tale>-story.csv; copy the dataset again");
    }
    Ok(found)
}

fn split_named(name: &str) -> Option<Split> {
    match name {
        "train" => Some(Split::Train),
        "val" | "valid" | "validation" | "dev" => Some(Split::Validation),
        "test" => Some(Split::Test),
        _ => None,
    }
}

fn tale(id: &str, story: &Path, questions: &Path) -> Result<Book> {
    let sections: Vec<SectionRow> = rows(story)?;
    let chapters: Vec<Chapter> = sections.iter().map(chapter).collect();
    if chapters.iter().any(|c| c.text.trim().is_empty()) {
        return usage(story, "has a section without text; copy the dataset again");
    }
    let Some(material) = material_of(&chapters) else {
        return usage(story, "has no section; copy the dataset again");
    };
    let units = material.level("chapter").map(|level| level.units.clone()).unwrap_or_default();
    let mut asked = Vec::new();
    for (index, row) in rows::<QuestionRow>(questions)?.into_iter().enumerate() {
        let mut spans: Vec<Span> = Vec::new();
        for number in row.cor_section.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            match sections.iter().position(|s| s.section.trim() == number) {
                Some(at) => spans.push(units[at]),
                None => return usage(questions, &format!("question {}: no section `{number}` in the tale", index + 1)),
            }
        }
        spans.sort();
        asked.push(question(row, spans));
    }
    let mut book = Book::new(id.to_string(), title_of(id), material);
    book.questions = asked;
    Ok(book)
}

fn chapter(row: &SectionRow) -> Chapter {
    let paragraphs: Vec<&str> = row.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Chapter { part: String::new(), title: format!("Section {}", row.section.trim()), text: paragraphs.join("\n\n") }
}

fn question(row: QuestionRow, sections: Vec<Span>) -> HumanQuestion {
    let answers = [row.answer1, row.answer2, row.answer3, row.answer4, row.answer5, row.answer6];
    HumanQuestion {
        text: row.question.trim().to_string(),
        answers: answers.iter().map(|a| a.trim().to_string()).filter(|a| !a.is_empty()).collect(),
        attribute: row.attribute1.trim().to_string(),
        ex_or_im: row.ex_or_im1.trim().to_string(),
        local_or_sum: row.local_or_sum.trim().to_string(),
        sections,
    }
}

fn rows<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = text_of(path)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        match row {
            Ok(row) => rows.push(row),
            Err(cause) => return usage(path, &format!("is not a table of FairytaleQA: {cause}")),
        }
    }
    Ok(rows)
}
