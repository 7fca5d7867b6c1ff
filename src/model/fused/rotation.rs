//! Rotary positions (Su et al. 2021) as Llama's checkpoints have them: unit `i` of a head turns with unit `i + half`.
//!
//! burn's own turns neighbouring units, which is another network under the same weights. Only differences of positions
//! count, so plain operations take a token's place in its padded row for its position, on whichever side the padding is.

use super::vector::vectorised;

/// The cosines and sines of the places in a row.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    /// `[tokens, half]`
    pub cosines: Vec<f32>,
    /// As cosines.
    pub sines: Vec<f32>,
    /// Half of the units of a head.
    pub half: usize,
    /// Of the angles.
    pub base: f64,
}

impl Rotation {
    pub fn of(tokens: usize, head_width: usize, base: f64) -> Self {
        let half = head_width / 2;
        let speeds: Vec<f64> = (0..half).map(|unit| base.powf(-2.0 * unit as f64 / head_width as f64)).collect();
        let angles = (0..tokens).flat_map(|place| speeds.iter().map(move |speed| place as f64 * speed));
        let (sines, cosines) = angles.map(f64::sin_cos).map(|(sine, cosine)| (sine as f32, cosine as f32)).unzip();
        Self { cosines, sines, half, base }
    }

    /// Turns the heads of `[tokens, units]` in place, of rows of so many tokens.
    pub(super) fn turn(&self, values: &mut [f32], units: usize, rows: &[usize]) {
        self.turned(values, units, rows, 1.0);
    }

    /// Turns them the other way.
    pub(super) fn turn_back(&self, values: &mut [f32], units: usize, rows: &[usize]) {
        self.turned(values, units, rows, -1.0);
    }

    fn turned(&self, values: &mut [f32], units: usize, rows: &[usize], way: f32) {
        let half = self.half;
        let angles = |count: &usize| {
            let [cosines, sines] = [&self.cosines, &self.sines].map(|it| it[..count * half].chunks_exact(half));
            cosines.zip(sines)
        };
        let places = rows.iter().flat_map(angles);
        vectorised(
            #[inline(always)]
            || {
                for (token, (cosines, sines)) in values.chunks_exact_mut(units).zip(places) {
                    for head in token.chunks_exact_mut(2 * half) {
                        let (low, high) = head.split_at_mut(half);
                        for (((low, high), cosine), sine) in low.iter_mut().zip(high).zip(cosines).zip(sines) {
                            let sine = *sine * way;
                            (*low, *high) = (*low * *cosine - *high * sine, *high * *cosine + *low * sine);
                        }
                    }
                }
            },
        );
    }
}
