//! Images as material: a pixel is a span of one byte, so that what is revealed of an image is quoted like a sentence.
//!
//! A pixel is one printable ASCII character, `'!'` (blank) to `'~'` (full), which makes 94 levels of brightness: text
//! holds one byte a pixel, a person can read it, and every pixel counts as one token. Sources with more levels are
//! rounded to the nearest of these, but a pixel above 0 never becomes blank: of MNIST's 256 levels none moves by more
//! than 0.6% of full brightness; the 17 levels of the 8x8 optical digits stay apart. Rows end in line breaks, which
//! belong to no pixel.

use crate::material::{Level, Material, Span};
use crate::task::Split;

/// The highest level of brightness; 0 is blank.
pub const LEVEL_MAX: u8 = b'~' - b'!';

/// Rows and columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// Pixels from top to bottom.
    pub rows: u16,
    /// Pixels from left to right.
    pub columns: u16,
}

/// A grey image, its pixels row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Rows and columns.
    pub shape: Shape,
    /// A level from 0 (blank) to [`LEVEL_MAX`] for every pixel.
    pub levels: Vec<u8>,
}

/// An image of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledImage {
    /// Names it within its source: what intervals are clustered by.
    pub name: String,
    /// The image.
    pub image: Image,
    /// What it truly shows.
    pub label: u8,
}

/// Where images come from: what a judge of pixels is fitted on, and what bounds how many it may be shown.
pub trait Images {
    /// The shape of all of them.
    fn shape(&self) -> Shape;

    /// How many classes there are; labels are below it.
    fn classes(&self) -> usize;

    /// The pixels above 0 that every image has at least.
    fn inked_min(&self) -> usize;

    /// At most `count` images of a split with their classes: those that instances of this seed are about come first.
    fn labelled(&self, split: Split, count: usize, seed: u64) -> Vec<LabelledImage>;
}

impl Shape {
    /// Pixels in all.
    pub fn pixels(&self) -> usize {
        usize::from(self.rows) * usize::from(self.columns)
    }
}

/// The level of a brightness on a scale from 0 to `top`; only 0 is blank.
pub fn level_of(value: u8, top: u8) -> u8 {
    if value == 0 {
        return 0;
    }
    let level = (f64::from(value) * f64::from(LEVEL_MAX) / f64::from(top)).round() as u8;
    level.clamp(1, LEVEL_MAX)
}

/// The brightness of a level, in `[0, 1]`.
pub fn brightness(level: u8) -> f32 {
    f32::from(level) / f32::from(LEVEL_MAX)
}

impl Image {
    /// The image as a material of three levels: image > row > pixel.
    pub fn material(&self) -> Material {
        let columns = usize::from(self.shape.columns);
        let rows: Vec<String> =
            self.levels.chunks(columns).map(|row| row.iter().map(|it| char::from(b'!' + it)).collect()).collect();
        let row = |at: usize| Span::new(at * (columns + 1), at * (columns + 1) + columns);
        let rows_spans: Vec<Span> = (0..rows.len()).map(row).collect();
        let pixels = rows_spans.iter().flat_map(|row| (row.start..row.end).map(|at| Span { start: at, end: at + 1 }));
        let level = |name, units| Level { name, units, titles: Vec::new() };
        let text = rows.join("\n");
        let levels = vec![
            level("image", vec![Span::new(0, text.len())]),
            level("row", rows_spans.clone()),
            level("pixel", pixels.collect()),
        ];
        Material::new(vec![text.into()], levels)
    }

    /// The pixels above 0, by place, row by row.
    pub fn inked(&self) -> impl Iterator<Item = usize> + '_ {
        self.levels.iter().enumerate().filter(|(_, level)| **level > 0).map(|(at, _)| at)
    }
}

/// The shape of a material that is an image.
pub fn shape_of(material: &Material) -> Option<Shape> {
    let rows = material.level("row")?.units.len();
    let pixels = material.level("pixel")?.units.len();
    let columns = pixels.checked_div(rows).filter(|columns| columns * rows == pixels)?;
    Some(Shape { rows: u16::try_from(rows).ok()?, columns: u16::try_from(columns).ok()? })
}

/// The pixel that a span is: its place, row by row, and its level. None where it is none.
pub fn pixel_at(material: &Material, span: Span) -> Option<(usize, u8)> {
    let at = material.smallest().binary_search(&span).ok()?;
    let level = material.text(span).bytes().next()?.checked_sub(b'!')?;
    (level <= LEVEL_MAX).then_some((at, level))
}

/// The span of the pixel at a place.
pub fn span_of(material: &Material, at: usize) -> Option<Span> {
    material.smallest().get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zero_is_blank_and_levels_stay_near_their_brightness() {
        for value in 0..=255u8 {
            let level = level_of(value, 255);
            assert_eq!(level == 0, value == 0);
            let moved = (f64::from(brightness(level)) - f64::from(value) / 255.0).abs();
            assert!(moved < 0.006 || value < 3 && moved < 0.011, "{value} moves by {moved}");
        }
        let optical: Vec<u8> = (0..=16).map(|value| level_of(value, 16)).collect();
        assert!(optical.is_sorted_by(|a, b| a < b), "{optical:?}");
    }

    #[test]
    fn pixels_read_back_from_their_spans() {
        let shape = Shape { rows: 2, columns: 3 };
        let image = Image { shape, levels: vec![0, 1, 93, 50, 0, 7] };
        let material = image.material();
        assert_eq!(material.text(material.whole()), "!\"~\nS!(");
        assert_eq!(shape_of(&material), Some(shape));
        assert_eq!(material.tokens(material.whole()), 6, "a pixel is a token");
        for (at, level) in image.levels.iter().enumerate() {
            let span = span_of(&material, at).unwrap();
            assert_eq!(span.end - span.start, 1);
            assert_eq!(pixel_at(&material, span), Some((at, *level)));
        }
        assert_eq!(pixel_at(&material, Span::new(3, 4)), None, "a line break is no pixel");
        assert_eq!(image.inked().collect::<Vec<_>>(), [1, 2, 3, 5]);
    }
}
