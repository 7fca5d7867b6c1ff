//! Layer norm (Ba et al. 2016) and RMS norm (Zhang and Sennrich 2019) of rows of units, and back.

use super::linear::Learns;
use super::vector::{sum, sum_pairs, vectorised};

/// A norm's weights, `[width]` each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Norm<'a> {
    pub gain: &'a [f32],
    /// None makes it an RMS norm.
    pub bias: Option<&'a [f32]>,
    pub epsilon: f32,
    pub learns: Learns,
}

/// Gradients by a norm's weights, empty where none is found.
#[derive(Clone, Debug)]
pub(crate) struct NormGradient {
    pub gain: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Norm<'_> {
    pub(super) fn blank(&self) -> NormGradient {
        let blank = |values: &[f32]| self.learns.blank(values.len());
        NormGradient { gain: blank(self.gain), bias: blank(self.bias.unwrap_or(&[])) }
    }

    /// `[tokens, width]` to the same.
    pub(super) fn forward(&self, x: &[f32], y: &mut [f32]) {
        let width = self.gain.len();
        vectorised(
            #[inline(always)]
            || {
                for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
                    let (mean, scale) = self.moments(x);
                    match self.bias {
                        Some(bias) => {
                            for (((y, x), gain), bias) in y.iter_mut().zip(x).zip(self.gain).zip(bias) {
                                *y = (*x - mean) * scale * *gain + *bias;
                            }
                        }
                        None => {
                            for ((y, x), gain) in y.iter_mut().zip(x).zip(self.gain) {
                                *y = *x * scale * *gain;
                            }
                        }
                    }
                }
            },
        );
    }

    /// From what went in and the gradient `dy` by what came out, adds the gradient by what went in to `dx`.
    pub(super) fn backward(&self, x: &[f32], dy: &[f32], dx: &mut [f32], sums: &mut NormGradient) {
        let width = self.gain.len();
        vectorised(
            #[inline(always)]
            || {
                // What the gradient is by, and what came in, both normed; kept for one token.
                let (mut normed, mut flowing) = (vec![0f32; width], vec![0f32; width]);
                let rows = x.chunks_exact(width).zip(dy.chunks_exact(width)).zip(dx.chunks_exact_mut(width));
                for ((x, dy), dx) in rows {
                    let (mean, scale) = self.moments(x);
                    for (normed, x) in normed.iter_mut().zip(x) {
                        *normed = (*x - mean) * scale;
                    }
                    for ((sum, normed), dy) in sums.gain.iter_mut().zip(&normed).zip(dy) {
                        *sum += *dy * *normed;
                    }
                    for (sum, dy) in sums.bias.iter_mut().zip(dy) {
                        *sum += *dy;
                    }
                    for ((flowing, dy), gain) in flowing.iter_mut().zip(dy).zip(self.gain) {
                        *flowing = *dy * *gain;
                    }
                    let level = if self.bias.is_some() { sum(&flowing, |it| it) / width as f32 } else { 0.0 };
                    let along = sum_pairs(&flowing, &normed, |a, b| a * b) / width as f32;
                    for ((dx, flowing), normed) in dx.iter_mut().zip(&flowing).zip(&normed) {
                        *dx += scale * (*flowing - level - *normed * along);
                    }
                }
            },
        );
    }

    /// The mean that is taken off a row, and what it is multiplied by then.
    #[inline(always)]
    fn moments(&self, row: &[f32]) -> (f32, f32) {
        let width = row.len() as f32;
        let mean = if self.bias.is_some() { sum(row, |x| x) / width } else { 0.0 };
        let variance = sum(row, |x| (x - mean) * (x - mean)) / width;
        (mean, 1.0 / (variance + self.epsilon).sqrt())
    }
}
