//! One update by AdamW (Loshchilov and Hutter 2019, algorithm 2) of one tensor: plain, and in one pass over its values. Both
//! give the same bits.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorPrimitive};
use rayon::prelude::*;

use super::vector::vectorised;

const BETA_FIRST: f64 = 0.9;
const BETA_SECOND: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Values that one thread passes over at a time.
const PART: usize = 1 << 16;

/// What an update has in common for all weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Updates made, this one among them.
    pub count: usize,
    /// What gradients are multiplied with, so that their norm is not above its largest.
    pub scale: f64,
    pub learning_rate: f64,
    /// What is taken off weights, as a share of them.
    pub decay: f64,
}

/// Means of a gradient and of its square, `[values]` each.
#[derive(Clone, Debug)]
pub(crate) struct Moments<B: Backend> {
    pub first: Tensor<B, 1>,
    pub second: Tensor<B, 1>,
}

impl<B: Backend> Moments<B> {
    fn blank<const D: usize>(like: &Tensor<B, D>) -> Self {
        let zeros = || Tensor::zeros([like.shape().num_elements()], &like.device());
        Self { first: zeros(), second: zeros() }
    }
}

impl Step {
    /// By operations on whole tensors.
    pub fn plain<B: Backend, const D: usize>(
        &self,
        weights: Tensor<B, D>,
        gradient: Tensor<B, D>,
        moments: Option<Moments<B>>,
    ) -> (Tensor<B, D>, Moments<B>) {
        let Moments { first, second } = moments.unwrap_or_else(|| Moments::blank(&weights));
        let dims = gradient.dims();
        let gradient = gradient.reshape([-1]) * self.scale;
        let first = first * BETA_FIRST + gradient.clone() * (1.0 - BETA_FIRST);
        let second = second * BETA_SECOND + gradient.square() * (1.0 - BETA_SECOND);
        let corrected_first = first.clone() / self.correction(BETA_FIRST);
        let corrected_second = second.clone() / self.correction(BETA_SECOND);
        let change = corrected_first / (corrected_second.sqrt() + EPSILON) * self.learning_rate;
        (weights * (1.0 - self.decay) - change.reshape(dims), Moments { first, second })
    }

    /// In one pass, where the values lie.
    pub fn in_place<const D: usize>(
        &self,
        weights: Tensor<Flex, D>,
        gradient: Tensor<Flex, D>,
        moments: Option<Moments<Flex>>,
    ) -> (Tensor<Flex, D>, Moments<Flex>) {
        let Moments { first, second } = moments.unwrap_or_else(|| Moments::blank(&weights));
        let (mut weights, gradient) = (whole(weights), whole(gradient));
        let (mut first, mut second) = (whole(first), whole(second));
        weights
            .storage_mut::<f32>()
            .par_chunks_mut(PART)
            .zip(gradient.storage::<f32>().par_chunks(PART))
            .zip(first.storage_mut::<f32>().par_chunks_mut(PART))
            .zip(second.storage_mut::<f32>().par_chunks_mut(PART))
            .for_each(|(((weights, gradient), first), second)| self.pass(weights, gradient, first, second));
        let [first, second] = [first, second].map(|it| Tensor::from_primitive(TensorPrimitive::Float(it)));
        (Tensor::from_primitive(TensorPrimitive::Float(weights)), Moments { first, second })
    }

    fn pass(&self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let [scale, rate, kept] = [self.scale, self.learning_rate, 1.0 - self.decay].map(|it| it as f32);
        let [beta_first, beta_second] = [BETA_FIRST, BETA_SECOND].map(|it| (it as f32, (1.0 - it) as f32));
        let [correction_first, correction_second] = [BETA_FIRST, BETA_SECOND].map(|it| self.correction(it) as f32);
        vectorised(
            #[inline(always)]
            || {
                for (((weight, gradient), first), second) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                    let gradient = *gradient * scale;
                    *first = *first * beta_first.0 + gradient * beta_first.1;
                    *second = *second * beta_second.0 + gradient * gradient * beta_second.1;
                    let change =
                        *first / correction_first / ((*second / correction_second).sqrt() + EPSILON as f32) * rate;
                    *weight = *weight * kept - change;
                }
            },
        );
    }

    /// What a mean is divided by, which began at zero.
    fn correction(&self, beta: f64) -> f64 {
        1.0 - beta.powi(self.count as i32)
    }
}

/// A tensor's values, row by row in a storage of their own.
fn whole<const D: usize>(tensor: Tensor<Flex, D>) -> FlexTensor {
    tensor.into_primitive().tensor().to_contiguous()
}
