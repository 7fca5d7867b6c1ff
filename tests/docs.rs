//! The pages say what is so: every file that they name is there, and code that they quote stands in its file.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders whose files are named by their path from the package's root.
const NAMED: [&str; 8] = ["src/", "tests/", "docs/", "benches/", "experiments/", "tasks/", "assets/", ".ci/"];

struct Page {
    path: PathBuf,
    text: String,
}

#[test]
fn files_that_are_named_are_there() {
    let mut missing = Vec::new();
    for page in pages() {
        for (line, name) in page.lines().flat_map(|(line, text)| code_spans(text).map(move |name| (line, name))) {
            let is_path = NAMED.iter().any(|folder| name.starts_with(folder)) && !name.contains(char::is_whitespace);
            // Words in capitals stand for what the reader chooses.
            let is_pattern = name.contains(['*', '{', '<']) || name.split('/').any(is_placeholder);
            if is_path && !is_pattern && !root().join(name).exists() {
                missing.push(format!("{}:{line}: there is no `{name}`", page.name()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let folder = page.path.parent().unwrap_or(Path::new(".")).to_owned();
        for (line, text) in page.lines() {
            for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let file = target.split('#').next().unwrap_or_default();
                if !target.contains("://") && !file.is_empty() && !folder.join(file).exists() {
                    broken.push(format!("{}:{line}: the link to `{target}` leads nowhere", page.name()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A block of code after a line that ends in "From `FILE`:" is quoted from that file: its lines stand there, in order.
#[test]
fn quoted_code_is_in_its_file() {
    let mut stale = Vec::new();
    let mut quotes = 0;
    for page in pages() {
        for quote in page.quotes() {
            quotes += 1;
            let file = fs::read_to_string(root().join(&quote.file)).unwrap_or_default();
            let mut rest = file.lines();
            for (line, text) in quote.lines.iter().filter(|(_, text)| !text.trim().is_empty()) {
                if !rest.any(|known| known == text) {
                    stale.push(format!("{}:{line}: not (or not here) in `{}`: {text}", page.name(), quote.file));
                    break;
                }
            }
        }
    }
    assert!(quotes > 5, "quotes are no longer recognised");
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}

struct Quote {
    file: String,
    lines: Vec<(usize, String)>,
}

impl Page {
    fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap_or(&self.path).display().to_string()
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, text)| (at + 1, text))
    }

    fn quotes(&self) -> Vec<Quote> {
        let mut quotes = Vec::new();
        let mut before = String::new();
        let mut open: Option<Option<Quote>> = None;
        for (line, text) in self.lines() {
            match &mut open {
                Some(quote) if text.starts_with("```") => {
                    quotes.extend(quote.take());
                    open = None;
                }
                Some(Some(quote)) => quote.lines.push((line, text.to_owned())),
                Some(None) => {}
                None if text.starts_with("```") => {
                    let file = source_of(&before);
                    open = Some(file.map(|file| Quote { file, lines: Vec::new() }));
                    before.clear();
                }
                None if text.is_empty() => {}
                None => before = format!("{before} {text}"),
            }
        }
        quotes
    }
}

/// The file of "... From `FILE`:".
fn source_of(before: &str) -> Option<String> {
    let (_, last) = before.rsplit_once("From `")?;
    last.strip_suffix("`:").filter(|file| !file.contains('`')).map(str::to_owned)
}

fn is_placeholder(part: &str) -> bool {
    ["NAME", "ID", "HASH", "PATH", "FILE"].contains(&part.split('.').next().unwrap_or_default())
}

/// What stands between backticks in a line.
fn code_spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of pages").filter_map(|entry| entry.ok()) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|ending| ending == "md") {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    let page = |path: PathBuf| Page { text: fs::read_to_string(&path).expect("a page is text"), path };
    paths.into_iter().map(page).collect()
}
