//! Rotary positions (Su et al. 2021) as Llama's checkpoints have them: unit `i` turns with unit `i + half`.
//!
//! burn's own turns neighbouring units, which is another network under the same weights. Only differences of positions
//! count, so a token's place in its padded row does for its position, on whichever side the padding is.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use crate::model::arithmetic::as_precise_as;

/// The cosines and sines of the places in a row: `[1, tokens * head_width]` each.
pub(super) struct Angles<B: Backend> {
    cosines: Tensor<B, 2>,
    sines: Tensor<B, 2>,
}

impl<B: Backend> Angles<B> {
    pub fn of(tokens: usize, head_width: usize, base: f64, device: &B::Device) -> Self {
        let half = head_width / 2;
        let speed = |unit: usize| base.powf(-2.0 * (unit % half) as f64 / head_width as f64);
        let angles = || (0..tokens * head_width).map(|at| (at / head_width) as f64 * speed(at % head_width));
        let tensor = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [1, tokens * head_width]), device);
        Self {
            cosines: tensor(angles().map(|angle| angle.cos() as f32).collect()),
            sines: tensor(angles().map(|angle| angle.sin() as f32).collect()),
        }
    }

    /// `[batch * tokens, head_width]` to the same.
    pub fn turn(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let [count, width] = x.dims();
        let [low, high] = [0, width / 2].map(|from| x.clone().narrow(1, from, width / 2));
        let across = Tensor::cat(vec![high.neg(), low], 1);
        let row = self.cosines.dims()[1];
        let rows = |x: Tensor<B, 2>| x.reshape([count * width / row, row]);
        let [cosines, sines] = [&self.cosines, &self.sines].map(|it| as_precise_as(it.clone(), &x));
        (rows(x) * cosines + rows(across) * sines).reshape([count, width])
    }

    /// `[batch, heads, tokens, head_width]` to the same.
    pub fn turn_heads(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let [_, _, tokens, width] = x.dims();
        let [low, high] = [0, width / 2].map(|from| x.clone().narrow(3, from, width / 2));
        let across = Tensor::cat(vec![high.neg(), low], 3);
        let [cosines, sines] =
            [&self.cosines, &self.sines].map(|it| as_precise_as(it.clone(), &x).reshape([1, 1, tokens, width]));
        x * cosines + across * sines
    }
}
