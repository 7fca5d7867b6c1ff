//! Rotary positions (Su et al. 2021): unit `i` of a head turns with unit `i + half`.

use super::vector::vectorised;

/// The cosines and sines of the places in a row, `[tokens, half]` each.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    cosines: Vec<f32>,
    sines: Vec<f32>,
    half: usize,
}

impl Rotation {
    pub fn of(tokens: usize, head_width: usize, base: f64) -> Self {
        let half = head_width / 2;
        let angle = |at: usize| (at / half) as f64 * base.powf(-2.0 * (at % half) as f64 / head_width as f64);
        let each = |of: fn(f64) -> f64| (0..tokens * half).map(|at| of(angle(at)) as f32).collect();
        Self { cosines: each(f64::cos), sines: each(f64::sin), half }
    }

    /// Turns the heads of `[rows * tokens, units]` in place.
    pub(super) fn turn(&self, values: &mut [f32], units: usize) {
        self.turned(values, units, 1.0);
    }

    /// Turns them the other way.
    pub(super) fn turn_back(&self, values: &mut [f32], units: usize) {
        self.turned(values, units, -1.0);
    }

    fn turned(&self, values: &mut [f32], units: usize, way: f32) {
        let half = self.half;
        let places = self.cosines.chunks_exact(half).zip(self.sines.chunks_exact(half)).cycle();
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
