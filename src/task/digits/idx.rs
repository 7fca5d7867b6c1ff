//! IDX files, in which MNIST comes: a magic number, the counts, then one byte a pixel or label.
//!
//! All numbers of the header are 32 bits, the highest byte first. Images: magic 0x803, then how many, rows, columns.
//! Labels: magic 0x801, then how many. What is wrong is said in a few words; whoever reads the file names it.

use crate::task::image::{Image, Shape, level_of};

const IMAGES: u32 = 0x803;
const LABELS: u32 = 0x801;
/// Pixels of a side at most and at least.
const SIDE: std::ops::RangeInclusive<u32> = 4..=128;

/// The images of a file.
///
/// # Errors
/// What is wrong with it: another magic number, too few or too many bytes, no image, a side out of range.
pub fn images(bytes: &[u8]) -> Result<Vec<Image>, String> {
    let ([count, rows, columns], pixels) = header::<3>(bytes, IMAGES, "images")?;
    if count == 0 {
        return Err("it holds no image".into());
    }
    if !SIDE.contains(&rows) || !SIDE.contains(&columns) {
        let (low, high) = (SIDE.start(), SIDE.end());
        return Err(format!("its images are {rows} by {columns} pixels, and a side has {low} to {high}"));
    }
    let shape = Shape { rows: rows as u16, columns: columns as u16 };
    whole(pixels, count, shape.pixels())?;
    let level = |value: &u8| level_of(*value, u8::MAX);
    Ok(pixels.chunks(shape.pixels()).map(|it| Image { shape, levels: it.iter().map(level).collect() }).collect())
}

/// The labels of a file, each below `classes`.
///
/// # Errors
/// What is wrong with it: another magic number, too few or too many bytes, no label, a label that is none.
pub fn labels(bytes: &[u8], classes: usize) -> Result<Vec<u8>, String> {
    let ([count], labels) = header::<1>(bytes, LABELS, "labels")?;
    if count == 0 {
        return Err("it holds no label".into());
    }
    whole(labels, count, 1)?;
    match labels.iter().position(|label| usize::from(*label) >= classes) {
        Some(at) => Err(format!("label {at} is {}, and there are {classes} classes from 0 on", labels[at])),
        None => Ok(labels.to_vec()),
    }
}

/// The counts of a header, and what follows it.
fn header<'a, const N: usize>(bytes: &'a [u8], magic: u32, what: &str) -> Result<([u32; N], &'a [u8]), String> {
    let (words, _) = bytes.as_chunks::<4>();
    let found = words.first().map(|word| u32::from_be_bytes(*word));
    match found {
        None => return Err(format!("it has {} bytes, too few for an IDX header", bytes.len())),
        Some(found) if found != magic => {
            return Err(format!("it begins with {found:#x}, and an IDX file of {what} begins with {magic:#x}"));
        }
        Some(_) => {}
    }
    let mut counts = [0; N];
    for (at, count) in counts.iter_mut().enumerate() {
        let word = words.get(1 + at).ok_or_else(|| format!("its header ends after {} bytes", bytes.len()))?;
        *count = u32::from_be_bytes(*word);
    }
    Ok((counts, &bytes[4 * (1 + N)..]))
}

/// Refuses a body of another length than its header says.
fn whole(body: &[u8], count: u32, each: usize) -> Result<(), String> {
    let (promised, there) = (count as u64 * each as u64, body.len() as u64);
    match there.cmp(&promised) {
        std::cmp::Ordering::Less => Err(format!("it is cut short: {promised} bytes are promised, {there} are there")),
        std::cmp::Ordering::Greater => Err(format!("{} bytes follow what it promises", there - promised)),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(words: &[u32], body: &[u8]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).chain(body.iter().copied()).collect()
    }

    #[test]
    fn images_and_labels_are_read() {
        let body: Vec<u8> = (0..32).map(|at| if at % 2 == 0 { 0 } else { 255 }).collect();
        let read = images(&file(&[0x803, 2, 4, 4], &body)).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[1].shape, Shape { rows: 4, columns: 4 });
        assert_eq!(read[1].levels[..4], [0, 93, 0, 93]);
        assert_eq!(labels(&file(&[0x801, 3], &[7, 0, 9]), 10).unwrap(), [7, 0, 9]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let pixels = [1u8; 32];
        for (case, bytes, word) in [
            ("nothing", vec![], "0 bytes"),
            ("labels for images", file(&[0x801, 2], &[1, 2]), "begins with 0x803"),
            ("no IDX", b"PNG and more".to_vec(), "begins with 0x803"),
            ("half a header", file(&[0x803, 2], &[]), "header ends"),
            ("no image", file(&[0x803, 0, 4, 4], &[]), "no image"),
            ("no pixel", file(&[0x803, 2, 0, 4], &[]), "0 by 4"),
            ("too large", file(&[0x803, 2, 4, 1_000], &[]), "4 by 1000"),
            ("cut short", file(&[0x803, 2, 4, 4], &pixels[1..]), "cut short: 32 bytes are promised, 31"),
            ("promises without end", file(&[0x803, u32::MAX, 128, 128], &pixels), "cut short"),
            ("too long", file(&[0x803, 1, 4, 4], &pixels), "16 bytes follow"),
        ] {
            let wrong = images(&bytes).unwrap_err();
            assert!(wrong.contains(word), "{case}: {wrong}");
        }
        for (case, bytes, word) in [
            ("images for labels", file(&[0x803, 2, 4, 4], &pixels), "begins with 0x801"),
            ("no label", file(&[0x801, 0], &[]), "no label"),
            ("cut short", file(&[0x801, 3], &[1, 2]), "cut short"),
            ("no digit", file(&[0x801, 3], &[1, 10, 2]), "label 1 is 10"),
        ] {
            let wrong = labels(&bytes, 10).unwrap_err();
            assert!(wrong.contains(word), "{case}: {wrong}");
        }
    }
}
