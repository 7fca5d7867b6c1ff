//! Rotary positions (Su et al. 2021) as Llama's checkpoints have them: unit `i` turns with unit `i + half`.
//!
//! burn's own turns neighbouring units, which is another network under the same weights.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

/// The cosines and sines of a batch's positions: `[batch, 1, tokens, head_width]` each.
pub(super) struct Angles<B: Backend> {
    cosines: Tensor<B, 4>,
    sines: Tensor<B, 4>,
}

impl<B: Backend> Angles<B> {
    /// `positions` is `[batch, tokens]`.
    pub fn of(positions: &Tensor<B, 2, Int>, head_width: usize, base: f64) -> Self {
        let [rows, tokens] = positions.dims();
        let half = head_width / 2;
        let speeds: Vec<f32> =
            (0..head_width).map(|unit| base.powf(-2.0 * (unit % half) as f64 / head_width as f64) as f32).collect();
        let speeds = Tensor::<B, 4>::from_data(TensorData::new(speeds, [1, 1, 1, head_width]), &positions.device());
        let angles = positions.clone().float().reshape([rows, 1, tokens, 1]) * speeds;
        Self { cosines: angles.clone().cos(), sines: angles.sin() }
    }

    /// `[batch, heads, tokens, head_width]` to the same.
    pub fn turn(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let half = x.dims()[3] / 2;
        let [low, high] = [0, half].map(|from| x.clone().narrow(3, from, half));
        let across = Tensor::cat(vec![high.neg(), low], 3);
        x * self.cosines.clone() + across * self.sines.clone()
    }
}
