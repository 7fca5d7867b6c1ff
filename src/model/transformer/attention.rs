//! Attention with as many key heads as query heads, or fewer (Vaswani et al. 2017; Ainslie et al. 2023).
//!
//! Head by head: every product then reads and writes whole rows, and no tensor is laid out anew, which on the processor
//! costs more than the products themselves.

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
        let x = x.reshape([rows * tokens, width]);
        let angles = self.rotary_base.map(|base| Angles::of(tokens, self.head_width, base, &x.device()));
        let turned = |y: Tensor<B, 2>| angles.as_ref().map_or(y.clone(), |angles| angles.turn(y));
        let in_rows = |y: Tensor<B, 2>| y.reshape([rows, tokens, self.head_width]);
        let keys: Vec<Tensor<B, 3>> =
            self.key.in_parts(&x, self.key_heads).into_iter().map(|y| in_rows(turned(y)).swap_dims(1, 2)).collect();
        let values: Vec<Tensor<B, 3>> = self.value.in_parts(&x, self.key_heads).into_iter().map(in_rows).collect();
        let hidden = if self.is_causal { &batch.later } else { &batch.others };
        let scale = (self.head_width as f64).powf(-0.5);
        let read = |(head, query): (usize, Tensor<B, 2>)| {
            let shared = head * self.key_heads / self.heads;
            let scores = in_rows(turned(query)).matmul(keys[shared].clone()) * scale + hidden.clone();
            softmax(scores, 2).matmul(values[shared].clone()).reshape([rows * tokens, self.head_width])
        };
        let read: Vec<Tensor<B, 2>> = self.query.in_parts(&x, self.heads).into_iter().enumerate().map(read).collect();
        self.output.of_parts(&read).reshape([rows, tokens, width])
    }
}
