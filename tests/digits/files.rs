//! Folders of images: what is read, and what is refused with one sentence before any work.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tribunal::task::image::Images;
use tribunal::task::{Split, Task};

use super::task_of;

fn idx(words: &[u32], body: &[u8]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).chain(body.iter().copied()).collect()
}

/// `count` images of 4x4 pixels, the i-th with i % 7 + 3 pixels of ink.
fn images(count: u32) -> Vec<u8> {
    let body = (0..count).flat_map(|i| (0..16).map(move |at| if at < i % 7 + 3 { 40 + i as u8 } else { 0 }));
    idx(&[0x803, count, 4, 4], &body.collect::<Vec<u8>>())
}

fn labels(count: u32) -> Vec<u8> {
    idx(&[0x801, count], &(0..count).map(|i| (i % 10) as u8).collect::<Vec<u8>>())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("a file");
}

/// A folder as MNIST comes, small: 36 images to train on, of which 3 are held out, and 8 to test on.
fn mnist() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "train-images-idx3-ubyte", &images(36));
    write(folder.path(), "train-labels-idx1-ubyte", &labels(36));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&images(8)).expect("packed bytes");
    write(folder.path(), "t10k-images-idx3-ubyte.gz", &packed.finish().expect("a packed file"));
    write(folder.path(), "t10k-labels-idx1-ubyte", &labels(8));
    folder
}

#[test]
fn idx_files_are_read_plain_or_packed_and_splits_share_no_image() {
    let folder = mnist();
    let task = task_of(folder.path()).expect("a task");
    assert_eq!((task.shape().pixels(), task.inked_min()), (16, 3));
    for (split, images) in [(Split::Train, 33), (Split::Validation, 3), (Split::Test, 8)] {
        assert_eq!(task.clusters(split, images * 9, 1).expect("as many as there are"), images);
        assert!(task.clusters(split, images * 9 + 1, 1).is_err(), "{split:?}: one image more than there are");
    }
    let named = |split| -> Vec<String> { task.labelled(split, 99, 1).into_iter().map(|it| it.name).collect() };
    let (train, held_out) = (named(Split::Train), named(Split::Validation));
    assert_eq!((train.len(), held_out.len()), (33, 3));
    assert!(held_out.iter().all(|name| !train.contains(name)), "{held_out:?}");
    let again = task_of(folder.path()).expect("a task").labelled(Split::Test, 5, 1);
    assert_eq!(again, task.labelled(Split::Test, 5, 1));
    assert_ne!(again, task.labelled(Split::Test, 5, 2), "the seed draws the order");
    let too_many = task.draw(Split::Test, 73, 1).expect_err("there are 72").to_string();
    assert!(too_many.contains("need 9 images") && too_many.contains("has 8"), "{too_many}");
}

#[test]
fn optical_digits_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |ink: &str, label: u32| format!("{}{label}\n", format!("{ink},").repeat(64));
    write(folder.path(), "optdigits.tra", line("16", 4).repeat(12).as_bytes());
    write(folder.path(), "optdigits.tes", (line("1", 0) + &line("5", 9)).as_bytes());
    let task = task_of(folder.path()).expect("a task");
    assert_eq!((task.shape().pixels(), task.clusters(Split::Test, 18, 1).expect("two images")), (64, 2));
    assert!(task.clusters(Split::Test, 19, 1).is_err(), "there are two images");
}

#[test]
fn a_folder_that_is_no_dataset_is_refused() {
    type Break = Box<dyn Fn(&Path)>;
    let remove = |name: &'static str| -> Break {
        Box::new(move |folder: &Path| std::fs::remove_file(folder.join(name)).expect("it was there"))
    };
    let put =
        |name: &'static str, bytes: Vec<u8>| -> Break { Box::new(move |folder: &Path| write(folder, name, &bytes)) };
    let (train, test) = ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    let cases: Vec<(&str, Break, &[&str])> = vec![
        ("wrong magic", put(train, idx(&[0x805, 1, 4, 4], &[1; 16])), &["train-images", "begins with 0x805"]),
        ("labels as images", put(train, labels(36)), &["train-images", "begins with 0x801"]),
        ("truncated", put(train, images(36)[..100].to_vec()), &["train-images", "cut short"]),
        ("empty file", put(train, Vec::new()), &["train-images", "0 bytes"]),
        ("no image", put(train, idx(&[0x803, 0, 4, 4], &[])), &["train-images", "no image"]),
        ("counts differ", put(test, labels(7)), &["8 images", "7 labels", "belong together"]),
        ("no digit", put(test, idx(&[0x801, 8], &[11; 8])), &["t10k-labels", "label 0 is 11"]),
        ("no labels", remove(test), &["no file of t10k labels"]),
        ("twice", put("train-images-copy", images(36)), &["train-images-copy", "keep one"]),
        ("packed badly", put("t10k-images-idx3-ubyte.gz", b"\x1f\x8bnothing".to_vec()), &["t10k-images", "unpacked"]),
        (
            "another shape",
            put(train, idx(&[0x803, 36, 4, 5], &[1; 36 * 20])),
            &["train on are 4 by 5", "test on 4 by 4", "one dataset"],
        ),
        ("blank image", put(train, idx(&[0x803, 36, 4, 4], &[0; 36 * 16])), &["training image 0", "no pixel above 0"]),
    ];
    for (case, broken, words) in cases {
        let folder = mnist();
        broken(folder.path());
        let error = task_of(folder.path()).expect_err(case);
        for word in words.iter().chain(&["task.digits.source: ", "; "]) {
            assert!(error.contains(word), "{case}: no `{word}` in {error}");
        }
    }
    let nothing = tempfile::tempdir().expect("a folder");
    let error = task_of(nothing.path()).expect_err("nothing there");
    assert!(error.contains("no file of .tra") && error.contains("MNIST's four IDX files"), "{error}");
    write(nothing.path(), "optdigits.tra", b"1,2,3\n");
    let error = task_of(nothing.path()).expect_err("no image");
    assert!(error.contains("optdigits.tra") && error.contains("line 1"), "{error}");
}
