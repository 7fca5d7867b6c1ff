//! Attention with as many key heads as query heads, or fewer (Vaswani et al. 2017; Ainslie et al. 2023).
//!
//! Head by head, or all heads in one product: [`Heads`] says where which is faster.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;

use super::projection::Bias;
use super::rotary::Angles;
use super::{Architecture, Family, Projection, TokenBatch};
use crate::model::arithmetic::{Heads, as_precise_as, raised};

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
            rotary_base: it.is_rotary().then_some(it.rotary_base),
        }
    }

    /// Heads, key heads, and the units of a head.
    pub fn shape(&self) -> [usize; 3] {
        [self.heads, self.key_heads, self.head_width]
    }

    /// The base of the angles, where positions are such.
    pub fn rotary_base(&self) -> Option<f64> {
        self.rotary_base
    }

    /// `[batch, tokens, width]` to the same.
    pub fn forward(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let [rows, tokens, width] = x.dims();
        let angles = self.rotary_base.map(|base| batch.angles(self.head_width, base));
        let x = x.reshape([rows * tokens, width]);
        let read = match batch.arithmetic.heads {
            Heads::Apart => self.output.of_parts(&self.read_apart(&x, angles, batch)),
            Heads::Together => self.output.forward(self.read_together(&x, angles, batch)),
        };
        read.reshape([rows, tokens, width])
    }

    /// What every head reads, `[batch * tokens, head_width]` each.
    fn read_apart(&self, x: &Tensor<B, 2>, angles: Option<&Angles<B>>, batch: &TokenBatch<B>) -> Vec<Tensor<B, 2>> {
        let [rows, tokens] = batch.ids.dims();
        let turned = |y: Tensor<B, 2>| angles.map_or(y.clone(), |angles| angles.turn(y));
        let in_rows = |y: Tensor<B, 2>| y.reshape([rows, tokens, self.head_width]);
        let keys: Vec<Tensor<B, 3>> =
            self.key.in_parts(x, self.key_heads).into_iter().map(|y| in_rows(turned(y)).swap_dims(1, 2)).collect();
        let values: Vec<Tensor<B, 3>> = self.value.in_parts(x, self.key_heads).into_iter().map(in_rows).collect();
        let hidden = batch.hidden().reshape([rows, tokens, tokens]);
        let read = |(head, query): (usize, Tensor<B, 2>)| {
            let shared = head * self.key_heads / self.heads;
            let scores = in_rows(turned(query)).matmul(keys[shared].clone());
            let shares = self.shares(scores, hidden.clone());
            shares.matmul(values[shared].clone()).reshape([rows * tokens, self.head_width])
        };
        self.query.in_parts(x, self.heads).into_iter().enumerate().map(read).collect()
    }

    /// What all heads read, side by side: `[batch * tokens, heads * head_width]`. The queries of a group are one matrix under
    /// the key that they share, so that no key is copied.
    fn read_together(&self, x: &Tensor<B, 2>, angles: Option<&Angles<B>>, batch: &TokenBatch<B>) -> Tensor<B, 2> {
        let [rows, tokens] = batch.ids.dims();
        let in_heads = |projection: &Projection<B>, heads: usize| {
            projection.forward(x.clone()).reshape([rows, tokens, heads, self.head_width]).swap_dims(1, 2)
        };
        let turned = |y: Tensor<B, 4>| angles.map_or(y.clone(), |angles| angles.turn_heads(y));
        let group = self.heads / self.key_heads * tokens;
        let queries = turned(in_heads(&self.query, self.heads)).reshape([rows, self.key_heads, group, self.head_width]);
        let keys = turned(in_heads(&self.key, self.key_heads)).swap_dims(2, 3);
        let values = in_heads(&self.value, self.key_heads);
        let scores = queries.matmul(keys).reshape([rows, self.heads, tokens, tokens]);
        let shares = self.shares(scores, batch.hidden());
        let read = shares.reshape([rows, self.key_heads, group, tokens]).matmul(values);
        let read = read.reshape([rows, self.heads, tokens, self.head_width]).swap_dims(1, 2);
        read.reshape([rows * tokens, self.heads * self.head_width])
    }

    /// How far every query reads every key, of their products, in single precision between the two.
    fn shares<const D: usize>(&self, scores: Tensor<B, D>, hidden: Tensor<B, D>) -> Tensor<B, D> {
        let scale = (self.head_width as f64).powf(-0.5);
        as_precise_as(softmax(raised(scores.clone()) * scale + hidden, D - 1), &scores)
    }
}
