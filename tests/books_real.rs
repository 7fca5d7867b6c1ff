//! Real books: every form of input, and one clear error for every wrong one.

#[path = "books_real/leak.rs"]
mod leak;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use tribunal::error::Error;
use tribunal::material::Span;
use tribunal::task::books::real::{self, Book, Knobs};
use tribunal::task::passages::{self, search};
use tribunal::task::{Drawn, Instance, Question, Reading, Says, Split, Subtask, Truth};

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).unwrap();
    }
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The shared data, where it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    if !path.exists() {
        println!("skipped: no shared data folder `{name}`");
        return None;
    }
    Some(path)
}

fn refusal(path: &Path) -> String {
    match real::load(path) {
        Err(Error::Usage(message)) => message,
        other => panic!("expected a usage error, got {other:?}"),
    }
}

#[test]
fn wrong_inputs_get_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (path, says) in [
        (root.join("nowhere"), "no file or folder at"),
        (write(root, "empty.txt", b" \n"), "is empty"),
        (write(root, "binary.txt", b"text\0more"), "a NUL byte at byte 4"),
        (write(root, "latin.txt", b"one\ntwo caf\xe9 three"), "line 2, byte 11"),
        (write(root, "book.pdf", b"text"), "is a .pdf file"),
        (write(root, "broken.txt.gz", b"no gzip"), "does not decompress"),
        (write(root, "bad.jsonl", b"{\"book\":\"a\",\"order\":1,\"text\":\"x\"}\n{\"book\":3}"), "line 2"),
        (write(root, "headings.txt", b"\n*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n"), "holds no text"),
    ] {
        let message = refusal(&path);
        assert!(message.contains(says), "{message}");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(message.contains(&name), "{message} does not name {name}");
        assert!(message.contains(';') || says == "line 2", "{message} does not say what to do");
    }
    let hollow = tempfile::tempdir().unwrap();
    assert!(refusal(hollow.path()).contains("holds no book"));
}

#[test]
fn a_book_that_is_there_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "one/emma.txt", b"He came home.");
    write(folder.path(), "two/emma.txt", b"She went away.");
    let message = refusal(folder.path());
    assert!(message.contains("one/emma.txt") && message.contains("two/emma.txt"), "{message}");
}

#[test]
fn text_jsonl_gz_and_nested_folders_load() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "plain.txt", "CHAPTER I\n\nIl était une fois.\n\nCHAPTER II\n\nFin.\n".as_bytes());
    write(root, "README.txt", b"not a book");
    write(
        root,
        "deep/down/chapters.jsonl",
        b"{\"book\":\"b\",\"order\":2,\"title\":\"II\",\"text\":\"Then he left.\"}\n\
          {\"book\":\"b\",\"order\":1,\"title\":\"I\",\"text\":\"The Start\\n\\nHe came.\"}\n",
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all("吾輩は猫である。名前はまだ無い。".as_bytes()).unwrap();
    write(root, "cat.txt.gz", &packed.finish().unwrap());
    let books = real::load(root).unwrap();
    let ids: Vec<&str> = books.iter().map(|b| b.id.as_str()).collect();
    assert_eq!(ids, ["cat", "b", "plain"]);
    assert_eq!(books[0].material.smallest().len(), 2);
    let chapters = books[1].material.level("chapter").unwrap();
    assert_eq!(chapters.titles, ["I: The Start", "II"]);
    assert_eq!(books[1].material.text(chapters.units[0]).trim(), "He came.");
    assert_eq!(books[2].material.level("chapter").unwrap().units.len(), 2);
}

#[test]
fn the_shared_novels_and_tales_load() {
    if let Some(path) = shared("books") {
        let books = real::load(&path).unwrap();
        assert_eq!(books.len(), 8);
        for book in &books {
            let count = |name: &str| book.material.level(name).map_or(0, |l| l.units.len());
            let tokens = book.material.tokens(book.material.whole());
            println!(
                "{}: {tokens} tokens, {} chapters, {} passages, {} sentences",
                book.id,
                count("chapter"),
                count("passage"),
                count("sentence")
            );
            println!("  {} claims", book.claims_found());
            assert!(count("chapter") >= 10 && tokens > 20_000 && book.claims_found() >= 25);
            let passages = &book.material.level("passage").unwrap().units;
            let mean = tokens as f64 / passages.len() as f64;
            assert!((60.0..=100.0).contains(&mean), "{mean}");
        }
    }
    if let Some(path) = shared("fairytaleqa") {
        let tales = real::load(&path).unwrap();
        assert_eq!(tales.len(), 232);
        assert!(tales.iter().all(|t| !t.questions.is_empty()));
        assert_eq!(tales.iter().map(|t| t.questions.len()).sum::<usize>(), 8548);
    }
}

/// Every split, over seeds that test every one of eight books.
fn draws(books: &[Book], count: usize, seeds: std::ops::Range<u64>) -> Vec<Drawn> {
    seeds.map(|seed| real::draw(books, Split::Test, count, seed, &Knobs::default()).unwrap()).collect()
}

/// Prints claims with the sentences that decide them, for reading by hand: 50 true ones and 10 of each kind of flaw,
/// books taking turns; `CLAIMS_SEED` picks the hundred.
#[test]
#[ignore = "prints a hundred claims to be read by hand"]
fn a_hundred_claims_to_read() {
    let Some(path) = shared("books") else { return };
    let books = real::load(&path).unwrap();
    let first: u64 = std::env::var("CLAIMS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut found: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for drawn in draws(&books, 160, first..first + 4) {
        for instance in &drawn.instances {
            let truth = drawn.truths.of(instance).unwrap();
            for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
                // One claim an account: the corrupted one, or one of the true account that is not its counterpart alone.
                let wrong = claims.iter().position(|c| !c.holds);
                let sort = if wrong.is_some() { instance.labels["flaw"].as_str() } else { "true" };
                let at = wrong.unwrap_or(instance.id.len() % claims.len());
                let mut shown = format!("{} :: {}", instance.labels["book"], candidate.claims[at]);
                for span in claims[at].evidence.iter().flat_map(|set| &set.spans) {
                    shown.push_str(&format!("\n      | {}", instance.material.text(*span).trim()));
                }
                let of_book = found.entry(sort.into()).or_default().entry(instance.labels["book"].clone()).or_default();
                if !of_book.contains(&shown) {
                    of_book.push(shown);
                }
            }
        }
    }
    for (sort, books) in found {
        let count = if sort == "true" { 50 } else { 10 };
        let turns = (0..count).flat_map(|turn| books.values().filter_map(move |b| b.get(turn)));
        for (i, shown) in turns.take(count).enumerate() {
            println!("[{sort} {}] {shown}", i + 1);
        }
    }
}

#[test]
fn instances_on_novels_keep_what_they_promise() {
    let Some(path) = shared("books") else { return };
    let books = real::load(&path).unwrap();
    let mut tested = BTreeSet::new();
    for seed in 3..7 {
        let mut clusters = Vec::new();
        for split in [Split::Train, Split::Validation, Split::Test] {
            let drawn = real::draw(&books, split, 100, seed, &Knobs::default()).unwrap();
            let again = real::draw(&books, split, 100, seed, &Knobs::default()).unwrap();
            assert_eq!(drawn.instances.len(), 100);
            for (instance, same) in drawn.instances.iter().zip(&again.instances) {
                assert_eq!((&instance.id, &instance.candidates), (&same.id, &same.candidates));
                let truth = drawn.truths.of(instance).unwrap();
                assert_eq!(truth.claims.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4]);
                let wrong: Vec<usize> = truth.claims.iter().map(|c| c.iter().filter(|c| !c.holds).count()).collect();
                assert_eq!((wrong[truth.right], wrong[1 - truth.right]), (0, 1));
                let [one, other] = &instance.candidates[..] else { panic!("two candidates") };
                assert!(one.claims.iter().all(|c| !other.claims.contains(c)));
                for claim in truth.claims.iter().flatten() {
                    let whole = claim.says_in(&[instance.material.whole()]);
                    let fabricated = claim.evidence.is_empty() && instance.labels["flaw"] == "event_fabricated";
                    let expected = if claim.holds { Says::Supports } else { Says::Refutes };
                    assert!(whole == expected || (fabricated && whole == Says::Open));
                }
            }
            clusters.push(drawn.instances.iter().map(|i| i.labels["cluster"].clone()).collect::<BTreeSet<_>>());
        }
        assert!(clusters[0].is_disjoint(&clusters[1]) && clusters[0].is_disjoint(&clusters[2]));
        assert!(clusters[1].is_disjoint(&clusters[2]));
        tested.extend(clusters.pop().unwrap());
    }
    assert_eq!(tested.len(), 8, "four seeds test every book");
}

/// Where BM25 ranks a claim's evidence, and how often it lies in the first passages.
#[derive(Default)]
struct Found {
    /// Rank of the worst-placed sentence of the evidence, from 1, for each claim; none where a word is not shared.
    ranks: Vec<Option<usize>>,
    /// Whether the evidence of every claim that differs between the candidates lies in the instance's first five.
    decided_in_five: Vec<bool>,
}

impl Found {
    fn look(&mut self, instance: &Instance, truth: &Truth, index: &search::Index) {
        let passages = &instance.material.level("passage").unwrap().units;
        let place = |span: &Span| passages.partition_point(|p| p.end <= span.start);
        let root = Subtask { question: Question::Which, spans: vec![instance.material.whole()] };
        let first: Vec<Span> = passages::reading(instance, &root, Reading::Search, index).into_iter().take(5).collect();
        for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
            for (text, claim) in candidate.claims.iter().zip(claims) {
                let Some(set) = claim.evidence.first() else { continue };
                let ranking = index.ranking(text);
                let rank = |span: &Span| ranking.iter().position(|p| *p as usize == place(span)).map(|r| r + 1);
                let ranks: Option<Vec<usize>> = set.spans.iter().map(rank).collect();
                self.ranks.push(ranks.and_then(|r| r.into_iter().max()));
                if !claim.holds {
                    let read = |span: &Span| first.iter().any(|p| p.contains(span));
                    self.decided_in_five.push(set.spans.iter().all(read));
                }
            }
        }
    }

    fn show(&self, name: &str) {
        let within = |k: usize| self.ranks.iter().filter(|r| r.is_some_and(|r| r <= k)).count();
        let share = |count: usize| 100.0 * count as f64 / self.ranks.len().max(1) as f64;
        let shares: Vec<String> =
            [1, 2, 3, 5, 10, 50].iter().map(|k| format!("@{k} {:.0}%", share(within(*k)))).collect();
        let five = self.decided_in_five.iter().filter(|d| **d).count();
        println!(
            "{name}: {} claims, {}; flawed claim's evidence in the instance's first five: {five} of {}",
            self.ranks.len(),
            shares.join(", "),
            self.decided_in_five.len()
        );
    }
}

#[test]
#[ignore = "prints where search finds the evidence"]
fn where_search_finds_the_evidence() {
    for name in ["books", "fairytaleqa"] {
        let Some(path) = shared(name) else { continue };
        let started = std::time::Instant::now();
        let books = real::load(&path).unwrap();
        println!("{name}: loaded in {:?}", started.elapsed());
        let started = std::time::Instant::now();
        let drawn = draws(&books, 400, 0..4);
        println!("{name}: 4 x 400 instances in {:?}", started.elapsed());
        let mut indexes = BTreeMap::new();
        let mut kinds: BTreeMap<String, Found> = BTreeMap::new();
        for drawn in &drawn {
            for instance in &drawn.instances {
                let index = indexes
                    .entry(instance.material.id().hex())
                    .or_insert_with(|| search::Index::of(&instance.material));
                let truth = drawn.truths.of(instance).unwrap();
                let labels =
                    ["book", "flaw", "attribute", "ex_or_im"].iter().filter(|l| **l != "book" || name == "books");
                for label in labels.filter_map(|l| instance.labels.get(*l)).chain([&"all".to_string()]) {
                    kinds.entry(label.clone()).or_default().look(instance, truth, index);
                }
            }
        }
        kinds.iter().for_each(|(kind, found)| found.show(&format!("{name} {kind}")));
    }
}

#[test]
fn instances_on_tales_keep_what_they_promise() {
    let Some(path) = shared("fairytaleqa") else { return };
    let tales = real::load(&path).unwrap();
    let knobs = Knobs { options: 3, ..Knobs::default() };
    let drawn = real::draw(&tales, Split::Test, 200, 5, &knobs).unwrap();
    for instance in &drawn.instances {
        let truth = drawn.truths.of(instance).unwrap();
        assert_eq!(instance.candidates.len(), 3);
        let tale = tales.iter().find(|t| t.id == instance.labels["book"]).unwrap();
        let asked = tale.questions.iter().find(|q| q.text == instance.question).unwrap();
        assert_eq!((&instance.labels["attribute"], &instance.labels["ex_or_im"]), (&asked.attribute, &asked.ex_or_im));
        for (i, claims) in truth.claims.iter().enumerate() {
            let says = if i == truth.right { Says::Supports } else { Says::Refutes };
            assert_eq!(claims[0].says_in(&[instance.material.whole()]), says);
            assert_eq!(claims[0].says_in(&asked.sections), says, "the evidence lies in the sections that answer");
        }
        let texts: Vec<String> = instance.candidates.iter().map(|c| c.claims[0].to_lowercase()).collect();
        let answer = asked.answers[0].trim_end_matches('.').to_lowercase();
        assert!(texts[truth.right].contains(&answer));
    }
    let train = real::draw(&tales, Split::Train, 500, 5, &knobs).unwrap();
    let clusters = |d: &Drawn| d.instances.iter().map(|i| i.labels["cluster"].clone()).collect::<BTreeSet<_>>();
    assert!(clusters(&drawn).is_disjoint(&clusters(&train)));
    let greedy = real::draw(&tales, Split::Validation, 1_000_000, 5, &knobs).unwrap_err();
    assert!(greedy.to_string().contains("lower `instances.validation`"), "{greedy}");
}

#[test]
fn one_novel_is_split_by_stretches_and_named_books_are_tested() {
    let Some(path) = shared("books/pride-and-prejudice") else { return };
    let one = real::load(&path).unwrap();
    let clusters = |split: Split| {
        let drawn = real::draw(&one, split, 30, 1, &Knobs::default()).unwrap();
        drawn.instances.iter().map(|i| i.labels["cluster"].clone()).collect::<BTreeSet<_>>()
    };
    let (train, test) = (clusters(Split::Train), clusters(Split::Test));
    assert!(train.is_disjoint(&test) && !test.is_empty());
    let Some(path) = shared("books") else { return };
    let books = real::load(&path).unwrap();
    let named = Knobs { test_books: vec!["treasure-island".into()], ..Knobs::default() };
    let drawn = real::draw(&books, Split::Test, 20, 9, &named).unwrap();
    assert!(drawn.instances.iter().all(|i| i.labels["book"] == "treasure-island"));
    let train = real::draw(&books, Split::Train, 60, 9, &named).unwrap();
    assert!(train.instances.iter().all(|i| i.labels["book"] != "treasure-island"));
    let unknown = Knobs { test_books: vec!["emma".into()], ..Knobs::default() };
    assert!(real::draw(&books, Split::Test, 1, 9, &unknown).unwrap_err().to_string().contains("emma"));
}

#[test]
fn books_that_give_no_claims_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        write(folder.path(), &format!("{name}.txt"), "Er ging nach Hause. Sie blieb.".as_bytes());
    }
    let books = real::load(folder.path()).unwrap();
    let error = real::draw(&books, Split::Test, 4, 0, &Knobs::default()).unwrap_err().to_string();
    assert!(error.contains("too few claims") && error.contains("give other or more books"), "{error}");
    assert!(real::draw(&books, Split::Test, 0, 0, &Knobs::default()).unwrap().instances.is_empty());
}
