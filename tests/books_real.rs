//! Real books: every form of input, and one clear error for every wrong one.

use std::io::Write;
use std::path::{Path, PathBuf};

use tribunal::error::Error;
use tribunal::task::books::real;

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
