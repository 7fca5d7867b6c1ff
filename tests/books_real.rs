//! Real books: every form of input, and one clear error for every wrong one.

use std::io::Write;
use std::path::{Path, PathBuf};

use tribunal::error::Error;
use tribunal::task::books::real::{self, Book, Knobs};
use tribunal::task::{Drawn, Says, Split};

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
            assert!(count("chapter") >= 10 && tokens > 20_000);
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

/// Prints claims with the sentences that decide them, for reading by hand: `CLAIMS_SEED` picks the hundred.
#[test]
#[ignore = "prints a hundred claims to be read by hand"]
fn a_hundred_claims_to_read() {
    let Some(path) = shared("books") else { return };
    let books = real::load(&path).unwrap();
    let first: u64 = std::env::var("CLAIMS_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let mut seen = std::collections::BTreeSet::new();
    let mut counts = std::collections::BTreeMap::new();
    for drawn in draws(&books, 160, first..first + 4) {
        for instance in &drawn.instances {
            let truth = drawn.truths.of(instance).unwrap();
            for (candidate, claims) in instance.candidates.iter().zip(&truth.claims) {
                // One claim an instance of each sort: the corrupted one, and the first of the true account.
                let sound = claims.iter().all(|c| c.holds);
                let at = if sound { 0 } else { claims.iter().position(|c| !c.holds).unwrap() };
                let sort = if sound { "true".to_string() } else { instance.labels["flaw"].clone() };
                let text = &candidate.claims[at];
                let count = counts.entry(sort.clone()).or_insert(0);
                let most = if sound { 50 } else { 10 };
                if *count < most && seen.insert(text.clone()) {
                    *count += 1;
                    println!("[{sort} {count}] {} :: {text}", instance.labels["book"]);
                    for set in &claims[at].evidence {
                        for span in &set.spans {
                            println!("    {:?}: {}", set.says, instance.material.text(*span).trim());
                        }
                    }
                }
            }
        }
    }
    println!("{counts:?}");
}

#[test]
fn instances_on_novels_keep_what_they_promise() {
    let Some(path) = shared("books") else { return };
    let books = real::load(&path).unwrap();
    let mut tested = std::collections::BTreeSet::new();
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
            clusters.push(
                drawn.instances.iter().map(|i| i.labels["cluster"].clone()).collect::<std::collections::BTreeSet<_>>(),
            );
        }
        assert!(clusters[0].is_disjoint(&clusters[1]) && clusters[0].is_disjoint(&clusters[2]));
        assert!(clusters[1].is_disjoint(&clusters[2]));
        tested.extend(clusters.pop().unwrap());
    }
    assert_eq!(tested.len(), 8, "four seeds test every book");
}
