//! Rotary positions on a device: the tables of [`Rotation`] as tensors, made once a batch.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::model::arithmetic::Precision;
use crate::model::fused::Rotation;

/// By what every place of a row is turned: `[1, 1, tokens, head_width]` each, in the precision of what they turn.
#[derive(Clone, Debug)]
pub(super) struct Angles<B: Backend> {
    cosines: Tensor<B, 4>,
    /// With the sign that a unit's partner enters it by.
    sines: Tensor<B, 4>,
}

impl<B: Backend> Angles<B> {
    pub fn of(rotation: &Rotation, precision: Precision, device: &B::Device) -> Self {
        let half = rotation.half;
        let tokens = rotation.cosines.len() / half;
        let tensor = |values: &[f32], low: f32| {
            let of = |place: &[f32]| [place.iter().map(|it| low * it).collect(), place.to_vec()].concat();
            let values: Vec<f32> = values.chunks_exact(half).flat_map(of).collect();
            let shape = [1, 1, tokens, 2 * half];
            precision.lowered(Tensor::from_data(TensorData::new(values, shape), device))
        };
        Self { cosines: tensor(&rotation.cosines, 1.0), sines: tensor(&rotation.sines, -1.0) }
    }

    /// `[batch * tokens, head_width]` to the same.
    pub fn turn(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let [count, width] = x.dims();
        let row = self.cosines.shape().num_elements();
        let rows = |x: Tensor<B, 2>| x.reshape([count * width / row, row]);
        let [cosines, sines] = [&self.cosines, &self.sines].map(|it| it.clone().reshape([1, row]));
        (rows(x.clone()) * cosines + rows(swapped(x, 1)) * sines).reshape([count, width])
    }

    /// `[batch, heads, tokens, head_width]` to the same.
    pub fn turn_heads(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        x.clone() * self.cosines.clone() + swapped(x, 3) * self.sines.clone()
    }
}

/// With each unit's partner in its place.
fn swapped<B: Backend, const D: usize>(x: Tensor<B, D>, along: usize) -> Tensor<B, D> {
    let half = x.dims()[along] / 2;
    let [low, high] = [0, half].map(|from| x.clone().narrow(along, from, half));
    Tensor::cat(vec![high, low], along)
}
