//! What a judge is shown: some pixels of an image, by place and brightness.

use rand::seq::index;

use crate::stream::Stream;
use crate::task::image::{Image, brightness};

/// Some views of as many pixels each, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Positions {
    /// Pixels of each view.
    pixels: usize,
    places: Vec<i32>,
    values: Vec<f32>,
}

impl Positions {
    /// No view, of so many pixels each.
    pub fn new(pixels: usize) -> Self {
        Self { pixels, places: Vec::new(), values: Vec::new() }
    }

    /// Adds a view: the place and level of each of its pixels, as many as every view has. Their order tells a judge
    /// nothing, so they are put in the order of the image: the same pixels are the same bits.
    ///
    /// # Panics
    /// If it has another number of pixels.
    pub fn push(&mut self, pixels: &[(u16, u8)]) {
        assert_eq!(pixels.len(), self.pixels, "every view has as many pixels");
        let from = self.places.len();
        self.places.extend(pixels.iter().map(|(place, _)| i32::from(*place)));
        self.values.extend(pixels.iter().map(|(_, level)| brightness(*level)));
        // A handful of pixels, mostly out of order: insertion is what is fastest.
        for at in from + 1..self.places.len() {
            let mut to = at;
            while to > from && self.places[to - 1] > self.places[to] {
                self.places.swap(to - 1, to);
                self.values.swap(to - 1, to);
                to -= 1;
            }
        }
    }

    /// Forgets all views.
    pub fn clear(&mut self) {
        self.places.clear();
        self.values.clear();
    }

    /// How many views there are.
    pub fn len(&self) -> usize {
        self.places.len().checked_div(self.pixels).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Pixels of each view.
    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// The places and values of views `from..to`, with blank views behind them up to `rows` in all.
    pub(super) fn padded(&self, from: usize, to: usize, rows: usize) -> (Vec<i32>, Vec<f32>) {
        let own = from * self.pixels..to * self.pixels;
        let (mut places, mut values) = (self.places[own.clone()].to_vec(), self.values[own].to_vec());
        places.resize(rows * self.pixels, 0);
        values.resize(rows * self.pixels, 0.0);
        (places, values)
    }
}

/// As many random pixels above 0 of an image as asked for, or all where there are fewer; by place and level.
pub fn random_pixels(image: &Image, inked: &[u16], count: usize, stream: &Stream) -> Vec<(u16, u8)> {
    let chosen = index::sample(&mut stream.rng(), inked.len(), count.min(inked.len()));
    chosen.into_iter().map(|at| (inked[at], image.levels[usize::from(inked[at])])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_pixels_were_revealed_is_forgotten() {
        let (mut one, mut other) = (Positions::new(3), Positions::new(3));
        one.push(&[(5, 93), (1, 31), (9, 1)]);
        other.push(&[(9, 1), (5, 93), (1, 31)]);
        assert_eq!(one, other);
        assert_eq!(one.padded(0, 1, 2), (vec![1, 5, 9, 0, 0, 0], vec![1.0 / 3.0, 1.0, 1.0 / 93.0, 0.0, 0.0, 0.0]));
        assert_eq!((one.len(), one.pixels(), one.is_empty()), (1, 3, false));
    }
}
