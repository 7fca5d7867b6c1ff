//! Attention with as many key heads as query heads, or fewer (Vaswani et al. 2017; Ainslie et al. 2023).

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;

use super::projection::Bias;
use super::rotary::Angles;
use super::{Architecture, Family, Projection, TokenBatch};

/// The attention half of a block.
#[derive(Module, Debug)]
pub(crate) struct Attention<B: Backend> {
    pub query: Projection<B>,
    pub key: Projection<B>,
    pub value: Projection<B>,
    pub output: Projection<B>,
    heads: usize,
    key_heads: usize,
    head_width: usize,
    is_causal: bool,
    rotary_base: Option<f64>,
}

impl<B: Backend> Attention<B> {
    pub fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        let it = architecture;
        let (inward, outward) = match it.family {
            Family::Bert | Family::Gpt2 => (Bias::With, Bias::With),
            Family::Llama => (Bias::Without, Bias::Without),
            Family::Qwen2 => (Bias::With, Bias::Without),
        };
        let (queries, keys) = (it.heads * it.head_width, it.key_heads * it.head_width);
        Self {
            query: Projection::zeros(it.width, queries, inward, device),
            key: Projection::zeros(it.width, keys, inward, device),
            value: Projection::zeros(it.width, keys, inward, device),
            output: Projection::zeros(queries, it.width, outward, device),
            heads: it.heads,
            key_heads: it.key_heads,
            head_width: it.head_width,
            is_causal: it.is_causal(),
            rotary_base: it.is_rotary().then_some(it.rotary_base),
        }
    }

    /// `[batch, tokens, width]` to the same.
    pub fn forward(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let [rows, tokens, width] = x.dims();
        let flat = x.reshape([rows * tokens, width]);
        let split = |y: Tensor<B, 2>, heads: usize| y.reshape([rows, tokens, heads, self.head_width]).swap_dims(1, 2);
        let mut query = split(self.query.forward(flat.clone()), self.heads);
        let mut key = split(self.key.forward(flat.clone()), self.key_heads);
        let value = split(self.value.forward(flat), self.key_heads);
        if let Some(base) = self.rotary_base {
            let angles = Angles::of(&batch.positions, self.head_width, base);
            (query, key) = (angles.turn(query), angles.turn(key));
        }
        let (key, value) = (self.shared(key), self.shared(value));
        let query = query * (self.head_width as f64).powf(-0.5);
        let mut scores = query.matmul(key.swap_dims(2, 3)) + batch.keys.clone();
        if self.is_causal {
            scores = scores + batch.later.clone();
        }
        let read = softmax(scores, 3).matmul(value).swap_dims(1, 2);
        let y = self.output.forward(read.reshape([rows * tokens, self.heads * self.head_width]));
        y.reshape([rows, tokens, width])
    }

    /// Each key head for every query head of its group: `[batch, key_heads, tokens, head_width]` to
    /// `[batch, heads, tokens, head_width]`.
    fn shared(&self, x: Tensor<B, 4>) -> Tensor<B, 4> {
        let group = self.heads / self.key_heads;
        if group == 1 {
            return x;
        }
        let [rows, key_heads, tokens, width] = x.dims();
        x.reshape([rows, key_heads, 1, tokens * width])
            .expand([rows, key_heads, group, tokens * width])
            .reshape([rows, self.heads, tokens, width])
    }
}
