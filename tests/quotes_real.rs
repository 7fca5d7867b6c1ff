//! Quotes of human debaters, looked up in the stories that they debated (`shared/data/nyu_debates`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tribunal::material::quote::{Found, QuoteIndex};
use tribunal::material::{Level, Material, Span};

/// The shared data, where it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        println!("skipped: no shared data folder `{name}`");
        return None;
    }
    Some(path)
}

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What stands between `<quote>` and `</quote>`, without the marks of annotators inside it.
fn quotes_of(speech: &str) -> Vec<String> {
    let inner = |part: &str| part.split("</quote>").next().unwrap_or_default().to_owned();
    speech
        .split("<quote>")
        .skip(1)
        .map(|part| inner(part).replace("<q_context>", "").replace("</q_context>", ""))
        .collect()
}

#[test]
fn every_quote_of_the_debaters_is_in_its_story() {
    let Some(folder) = shared("nyu_debates") else { return };
    let mut stories: BTreeMap<String, QuoteIndex> = BTreeMap::new();
    for row in rows(&folder.join("stories.jsonl")) {
        let text = row["text"].as_str().unwrap();
        let book = Level { name: "book", units: vec![Span::new(0, text.len())], titles: vec![] };
        let material = Material::new(vec![text.into()], vec![book]);
        stories.insert(row["story_title"].as_str().unwrap().to_owned(), QuoteIndex::new(&material));
    }
    let (mut verified, mut near, mut missing, mut empty) = (0, 0, Vec::new(), 0);
    for file in ["debates.jsonl", "annotated_speeches.jsonl"] {
        for debate in rows(&folder.join(file)) {
            let story = &stories[debate["story_title"].as_str().unwrap()];
            for speech in debate["speeches"].as_array().unwrap() {
                for quote in quotes_of(speech["text"].as_str().unwrap_or_default()) {
                    match story.find(&quote) {
                        Found::Verified(_) => verified += 1,
                        Found::Near(_) => near += 1,
                        Found::Unverified if quote.chars().any(char::is_alphanumeric) => missing.push(quote),
                        Found::Unverified => empty += 1,
                    }
                }
            }
        }
    }
    println!("{verified} verified, {near} near, {} unverified, {empty} without a letter or digit", missing.len());
    assert!(missing.is_empty(), "{missing:?}");
    assert!(verified + near > 1_555 && near < verified, "{verified} verified, {near} near");
}

#[test]
fn no_quote_is_found_in_another_story() {
    let Some(folder) = shared("nyu_debates") else { return };
    let texts: Vec<(String, String)> = rows(&folder.join("stories.jsonl"))
        .iter()
        .map(|row| (row["story_title"].as_str().unwrap().to_owned(), row["text"].as_str().unwrap().to_owned()))
        .collect();
    let long = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() >= 30;
    let mut asked = 0;
    let mut found = Vec::new();
    for (at, (title, _)) in texts.iter().enumerate() {
        let other = &texts[(at + 1) % texts.len()].1;
        let book = Level { name: "book", units: vec![Span::new(0, other.len())], titles: vec![] };
        let index = QuoteIndex::new(&Material::new(vec![other.as_str().into()], vec![book]));
        for debate in rows(&folder.join("debates.jsonl")) {
            if debate["story_title"].as_str() != Some(title) {
                continue;
            }
            let speeches = debate["speeches"].as_array().unwrap();
            let quotes = speeches.iter().flat_map(|speech| quotes_of(speech["text"].as_str().unwrap_or_default()));
            for quote in quotes.filter(|quote| long(quote)) {
                asked += 1;
                if index.find(&quote) != Found::Unverified {
                    found.push(quote);
                }
            }
        }
    }
    println!("{} of {asked} long quotes are found in another story", found.len());
    assert!(asked > 300 && found.is_empty(), "{found:?}");
}
