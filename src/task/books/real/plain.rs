//! Plain text: Project Gutenberg's header and licence stripped, lines unwrapped, chapters found by their headings.

use crate::material::count_tokens;

use super::headings::{Heading, Rank, heading, looks_like_title};
use super::hierarchy::Chapter;

/// Tokens of a chapter-sized run, where a book has no headings.
const RUN_TOKENS: usize = 2_000;
/// Front matter shorter than this is a title page or a table of contents, and is dropped.
const FRONT_TOKENS_MIN: usize = 300;

/// The title a Gutenberg header names, if there is one, and the chapters.
pub fn chapters_of(text: &str) -> (Option<String>, Vec<Chapter>) {
    let (title, body) = strip_licence(text);
    let paragraphs = paragraphs_of(body);
    let chapters = by_headings(&paragraphs);
    (title, if chapters.is_empty() { by_length(&paragraphs) } else { chapters })
}

/// The body between the licence's marks, in their newer and older forms; the whole text where there are none.
fn strip_licence(text: &str) -> (Option<String>, &str) {
    let mut start = 0;
    let mut end = text.len();
    let mut title = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mark = line.trim().to_uppercase();
        let after = at + line.len();
        if is_start(&mark) {
            start = after;
        } else if is_end(&mark) && at > start {
            end = at;
            break;
        } else if start == 0 && title.is_none() {
            title = line.trim().strip_prefix("Title:").map(|t| t.trim().to_string());
        }
        at = after;
    }
    if start == 0 && end == text.len() {
        title = None;
    }
    (title, &text[start..end])
}

fn is_start(mark: &str) -> bool {
    let stars = mark.trim_start_matches(['*', ' ']);
    (mark.starts_with('*') && stars.starts_with("START OF TH") && stars.contains("PROJECT GUTENBERG"))
        || (mark.starts_with('*') && stars.starts_with("END") && stars.contains("THE SMALL PRINT"))
}

fn is_end(mark: &str) -> bool {
    let stars = mark.trim_start_matches(['*', ' ']);
    let ends = stars.starts_with("END OF TH") || stars.starts_with("END OF PROJECT");
    ends && stars.contains("PROJECT GUTENBERG")
}

/// Paragraphs: runs of lines parted by blank lines, each joined to one line. A text whose lines are as long as
/// paragraphs has one a line.
fn paragraphs_of(body: &str) -> Vec<Paragraph> {
    let a_line_each = body.lines().any(|line| line.chars().count() > 300);
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut open = false;
    for line in body.lines() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            open = false;
        } else if let (true, false, Some(last)) = (open, a_line_each, paragraphs.last_mut()) {
            last.text.push(' ');
            last.text.push_str(line);
            last.lines += 1;
        } else {
            paragraphs.push(Paragraph { text: line.to_string(), lines: 1 });
            open = true;
        }
    }
    paragraphs.retain(|p| p.text.chars().any(char::is_alphanumeric) && !p.text.starts_with("[Illustration"));
    paragraphs
}

struct Paragraph {
    text: String,
    lines: usize,
}

/// Chapters as the headings cut them; empty where there are no headings with text under them.
fn by_headings(paragraphs: &[Paragraph]) -> Vec<Chapter> {
    let headings: Vec<Option<Heading>> =
        paragraphs.iter().map(|p| if p.lines <= 2 { heading(&p.text) } else { None }).collect();
    // Where only parts are named, they are the chapters.
    let upper_only = !headings.iter().flatten().any(|h| h.rank == Rank::Chapter);
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut open = Chapter { part: String::new(), title: String::new(), text: String::new() };
    let mut found = false;
    let mut titled = false;
    for (paragraph, heading) in paragraphs.iter().zip(&headings) {
        match heading {
            Some(h) if h.rank == Rank::Part && !upper_only => {
                close(&mut chapters, &mut open, found);
                open.part = paragraph.text.clone();
                open.title.clear();
                titled = true;
            }
            Some(h) => {
                close(&mut chapters, &mut open, found);
                open.title = paragraph.text.clone();
                found = true;
                titled = h.has_title;
            }
            None if !titled && found && open.text.is_empty() && looks_like_title(&paragraph.text) => {
                open.title = format!("{}: {}", open.title.trim_end_matches(['.', ':']), paragraph.text);
                titled = true;
            }
            None => {
                open.text.push_str(&paragraph.text);
                open.text.push_str("\n\n");
            }
        }
    }
    close(&mut chapters, &mut open, found);
    if found { chapters } else { Vec::new() }
}

/// Ends the open chapter: kept when it has text, and before the first heading only when it is more than a title page.
fn close(chapters: &mut Vec<Chapter>, open: &mut Chapter, found: bool) {
    let text = std::mem::take(&mut open.text);
    let worth = if found { !text.is_empty() } else { count_tokens(&text) >= FRONT_TOKENS_MIN };
    if worth {
        chapters.push(Chapter { part: open.part.clone(), title: open.title.clone(), text });
    }
}

/// Chapter-sized runs of whole paragraphs.
fn by_length(paragraphs: &[Paragraph]) -> Vec<Chapter> {
    let mut chapters = Vec::new();
    let mut text = String::new();
    let mut tokens = 0;
    for paragraph in paragraphs {
        tokens += count_tokens(&paragraph.text);
        text.push_str(&paragraph.text);
        text.push_str("\n\n");
        if tokens >= RUN_TOKENS {
            chapters.push(Chapter { part: String::new(), title: String::new(), text: std::mem::take(&mut text) });
            tokens = 0;
        }
    }
    if !text.is_empty() {
        chapters.push(Chapter { part: String::new(), title: String::new(), text });
    }
    chapters
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUTENBERG: &str = "The Project Gutenberg EBook of X\n\nTitle: The Sea\n\n\
        *** START OF THE PROJECT GUTENBERG EBOOK THE SEA ***\n\nCONTENTS\n\nCHAPTER I\n\nCHAPTER II\n\n\
        PART ONE\n\nCHAPTER I\n\nThe Storm\n\nThe wind rose\nand the sea with it.\n\nIt was dark.\n\n\
        CHAPTER II. Calm\n\nThe wind fell.\n\n*** END OF THE PROJECT GUTENBERG EBOOK THE SEA ***\n\nlicence text\n";

    #[test]
    fn the_licence_goes_and_headings_cut_the_chapters() {
        let (title, chapters) = chapters_of(GUTENBERG);
        assert_eq!(title.as_deref(), Some("The Sea"));
        let seen: Vec<_> = chapters.iter().map(|c| (c.part.as_str(), c.title.as_str(), c.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                ("PART ONE", "CHAPTER I: The Storm", "The wind rose and the sea with it.\n\nIt was dark.\n\n"),
                ("PART ONE", "CHAPTER II. Calm", "The wind fell.\n\n"),
            ]
        );
    }

    #[test]
    fn the_older_marks_are_known() {
        let text = "legal\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\nOne day he left.\n\n\
            End of the Project Gutenberg Etext of Y\nmore";
        assert_eq!(strip_licence(text).1.trim(), "One day he left.");
    }

    #[test]
    fn a_book_of_parts_alone_has_them_as_chapters_and_one_without_headings_is_cut_at_paragraphs() {
        let (_, chapters) = chapters_of("BOOK I\n\nHe came.\n\nBOOK II\n\nHe went.\n");
        assert_eq!(chapters.len(), 2);
        let paragraph = "He walked along the road and said nothing to anyone at all. ".repeat(20);
        let text = vec![paragraph; 40].join("\n\n");
        let (_, runs) = chapters_of(&text);
        assert_eq!(runs.len(), 5);
        assert!(runs.iter().all(|r| r.title.is_empty() && count_tokens(&r.text) < RUN_TOKENS + 300));
    }

    #[test]
    fn the_end_mark_alone_is_enough_and_text_without_marks_is_whole() {
        assert_eq!(strip_licence("He left.\n").1, "He left.\n");
        assert_eq!(strip_licence("He left.\n*** END OF THIS PROJECT GUTENBERG EBOOK X ***\nlaw").1, "He left.\n");
    }
}
