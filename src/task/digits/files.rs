//! Images that are read: a folder of MNIST's IDX files, plain or gzipped, or of the UCI optical digits.
//!
//! The files are found by name: `train*images*` with `train*labels*` and `t10k*images*` with `t10k*labels*`, or
//! `*.tra` and `*.tes`. The test file is what is tested on; of the training file one image in twelve is held out for
//! validation.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use rand::seq::SliceRandom;

use super::claims::CLASSES;
use super::{idx, optical};
use crate::stream::Stream;
use crate::task::Split;
use crate::task::image::{Image, LabelledImage, Shape};

/// Of so many images of a training file one is held out for validation.
const HELD_OUT: usize = 12;

/// The images of a folder.
#[derive(Debug)]
pub struct Folder {
    train: Vec<(Image, u8)>,
    test: Vec<(Image, u8)>,
    /// The shape of all of them.
    pub shape: Shape,
    /// The pixels above 0 that each has at least.
    pub inked_min: usize,
}

/// What is wrong with a folder or file of it, then what to do.
pub type Wrong = (String, &'static str);

impl Folder {
    /// Reads the images of a folder.
    ///
    /// # Errors
    /// What is wrong, naming the file: missing, given twice, unreadable, malformed, of another shape than the others,
    /// with other labels than images, or with a blank image.
    pub fn read(folder: &Path) -> Result<Self, Wrong> {
        let names = names(folder)?;
        let (train, test) = match one(folder, &names, &["train", "images"])? {
            Some(_) => (idx_pair(folder, &names, "train")?, idx_pair(folder, &names, "t10k")?),
            None => (text(folder, &names, ".tra")?, text(folder, &names, ".tes")?),
        };
        let shape = train[0].0.shape;
        if test[0].0.shape != shape {
            let shapes = [shape, test[0].0.shape].map(|it| format!("{} by {}", it.rows, it.columns));
            let what = format!("images to train on are {}, images to test on {}", shapes[0], shapes[1]);
            return Err((what, "put files of one dataset there, and no others"));
        }
        let mut inked_min = usize::MAX;
        for (part, images) in [("training", &train), ("test", &test)] {
            for (at, (image, _)) in images.iter().enumerate() {
                inked_min = inked_min.min(image.inked().count());
                if inked_min == 0 {
                    let what = format!("{part} image {at} has no pixel above 0: nothing of it can be revealed");
                    return Err((what, "take it out of its file"));
                }
            }
        }
        Ok(Self { train, test, shape, inked_min })
    }

    /// How many images a split has.
    pub fn count(&self, split: Split) -> usize {
        let held_out = self.train.len() / HELD_OUT;
        match split {
            Split::Train => self.train.len() - held_out,
            Split::Validation => held_out,
            Split::Test => self.test.len(),
        }
    }

    /// At most `count` images of a split, in an order drawn from the seed.
    pub fn draw(&self, split: Split, count: usize, seed: u64) -> Vec<LabelledImage> {
        let (part, images) = if split == Split::Test { ("test", &self.test) } else { ("train", &self.train) };
        let is_held_out = |at: &usize| at % HELD_OUT == HELD_OUT - 1;
        let mut places: Vec<usize> = match split {
            Split::Train => (0..images.len()).filter(|at| !is_held_out(at)).collect(),
            Split::Validation => (0..images.len()).filter(is_held_out).collect(),
            Split::Test => (0..images.len()).collect(),
        };
        places.shuffle(&mut Stream::root(seed).named("digits").named("order").named(part).rng());
        places.truncate(count);
        let named = |at: usize| {
            let (image, label) = &images[at];
            LabelledImage { name: format!("{part}-{at}"), image: image.clone(), label: *label }
        };
        places.into_iter().map(named).collect()
    }
}

/// The names of the files in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>, Wrong> {
    let unreadable = |cause| (format!("`{}` cannot be listed: {cause}", folder.display()), NEXT);
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|it| !it.starts_with('.'))
        .collect();
    names.sort();
    Ok(names)
}

const NEXT: &str =
    "give a folder with MNIST's four IDX files, or with a .tra and a .tes file of the UCI optical digits";

/// The one file whose name holds these parts in this order, where there is one.
fn one(folder: &Path, names: &[String], parts: &[&str]) -> Result<Option<PathBuf>, Wrong> {
    let holds = |name: &&String| {
        let mut rest = name.as_str();
        parts.iter().all(|part| {
            rest.find(part).is_some_and(|at| {
                rest = &rest[at + part.len()..];
                true
            })
        })
    };
    let found: Vec<&String> = names.iter().filter(holds).collect();
    match found.as_slice() {
        [] => Ok(None),
        [name] => Ok(Some(folder.join(name))),
        [first, second, ..] => {
            Err((format!("`{first}` and `{second}` are both {}", parts.join(" ")), "keep one of them in the folder"))
        }
    }
}

fn needed(folder: &Path, names: &[String], parts: &[&str]) -> Result<PathBuf, Wrong> {
    let missing = || (format!("`{}` has no file of {}", folder.display(), parts.join(" ")), NEXT);
    one(folder, names, parts)?.ok_or_else(missing)
}

fn idx_pair(folder: &Path, names: &[String], part: &str) -> Result<Vec<(Image, u8)>, Wrong> {
    let (images_at, labels_at) = (needed(folder, names, &[part, "images"])?, needed(folder, names, &[part, "labels"])?);
    let images = idx::images(&bytes(&images_at)?).map_err(|what| malformed(&images_at, &what))?;
    let labels = idx::labels(&bytes(&labels_at)?, CLASSES).map_err(|what| malformed(&labels_at, &what))?;
    if images.len() != labels.len() {
        let what = format!(
            "`{}` holds {} images, `{}` {} labels",
            images_at.display(),
            images.len(),
            labels_at.display(),
            labels.len()
        );
        return Err((what, "use files that belong together"));
    }
    Ok(images.into_iter().zip(labels).collect())
}

fn text(folder: &Path, names: &[String], ending: &str) -> Result<Vec<(Image, u8)>, Wrong> {
    let path = needed(folder, names, &[ending])?;
    let text = String::from_utf8(bytes(&path)?).map_err(|_| malformed(&path, "it is not text"))?;
    optical::images(&text, CLASSES).map_err(|what| malformed(&path, &what))
}

fn malformed(path: &Path, what: &str) -> Wrong {
    (format!("`{}`: {what}", path.display()), "fetch it again, and check that it is what its name says")
}

/// A file's contents, unpacked where its name ends in `.gz`.
fn bytes(path: &Path) -> Result<Vec<u8>, Wrong> {
    let packed = std::fs::read(path).map_err(|cause| malformed(path, &format!("it cannot be read: {cause}")))?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(packed);
    }
    let mut unpacked = Vec::new();
    let cut = |cause| malformed(path, &format!("it cannot be unpacked: {cause}"));
    GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).map_err(cut)?;
    Ok(unpacked)
}
