//! One block: attention, then a feed-forward layer, each beside what passes by unchanged.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, silu};
use burn::tensor::backend::Backend;

use super::attention::Attention;
use super::projection::Bias;
use super::{Activation, Architecture, Family, Norm, Projection, TokenBatch};
use crate::model::arithmetic::{as_precise_as, raised};

/// A block.
#[derive(Module, Debug)]
pub(crate) struct Block<B: Backend> {
    pub attention: Attention<B>,
    pub attention_norm: Norm<B>,
    pub feed_forward: FeedForward<B>,
    pub feed_forward_norm: Norm<B>,
    norms_first: bool,
}

/// Two matrices with a bend between them, or three with a gate.
#[derive(Module, Debug)]
pub(crate) struct FeedForward<B: Backend> {
    /// What the bend is of, where there is a gate.
    pub gate: Option<Projection<B>>,
    pub up: Projection<B>,
    pub down: Projection<B>,
    tanh: bool,
}

impl<B: Backend> Block<B> {
    pub fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        Self {
            attention: Attention::zeros(architecture, device),
            attention_norm: Norm::ones(architecture, device),
            feed_forward: FeedForward::zeros(architecture, device),
            feed_forward_norm: Norm::ones(architecture, device),
            norms_first: architecture.norms_first(),
        }
    }

    /// `[batch, tokens, width]` to the same.
    pub fn forward(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        // What passes by unchanged, and with it every sum and norm, stays in single precision.
        let lowered = |x| batch.arithmetic.precision.lowered(x);
        let attention = |x| raised(self.attention.forward(lowered(x), batch));
        let feed_forward = |x| raised(self.feed_forward.forward(lowered(x)));
        if self.norms_first {
            let x = x.clone() + attention(self.attention_norm.forward(x));
            return x.clone() + feed_forward(self.feed_forward_norm.forward(x));
        }
        let x = self.attention_norm.forward(x.clone() + attention(x));
        self.feed_forward_norm.forward(x.clone() + feed_forward(x))
    }
}

impl<B: Backend> FeedForward<B> {
    pub fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        let (width, inner) = (architecture.width, architecture.inner);
        let bias = match architecture.family {
            Family::Bert | Family::Gpt2 => Bias::With,
            Family::Llama | Family::Qwen2 => Bias::Without,
        };
        let gated = architecture.activation == Activation::Silu;
        Self {
            gate: gated.then(|| Projection::zeros(width, inner, bias, device)),
            up: Projection::zeros(width, inner, bias, device),
            down: Projection::zeros(inner, width, bias, device),
            tanh: architecture.activation == Activation::GeluTanh,
        }
    }

    fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [rows, tokens, width] = x.dims();
        let x = x.reshape([rows * tokens, width]);
        let up = raised(self.up.forward(x.clone()));
        let inner = match &self.gate {
            Some(gate) => silu(raised(gate.forward(x.clone()))) * up,
            None if self.tanh => gelu_tanh(up),
            None => gelu(up),
        };
        let inner = as_precise_as(inner, &x);
        self.down.forward(inner).reshape([rows, tokens, width])
    }
}

/// `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` (Hendrycks and Gimpel 2016, section 2).
fn gelu_tanh<B: Backend>(x: Tensor<B, 2>) -> Tensor<B, 2> {
    let inner = (x.clone() + x.clone().powi_scalar(3) * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
    (inner.tanh() + 1.0) * x * 0.5
}
