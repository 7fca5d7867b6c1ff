//! One block: attention, then a feed-forward layer, each beside what passes by unchanged.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::activation::{gelu, silu};
use burn::tensor::backend::Backend;

use super::attention::Attention;
use super::projection::Bias;
use super::{Activation, Architecture, Family, Norm, Projection, TokenBatch};
use crate::model::arithmetic::{as_precise_as, raised};
use crate::model::fused::{Bend, Fused};

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

    /// The attention half by plain operations: `[batch, tokens, width]` to the same.
    pub fn attended(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        // What passes by unchanged, and with it every sum and norm, stays in single precision.
        let lowered = |x| batch.arithmetic.precision.lowered(x);
        self.beside(x, &self.attention_norm, |x| raised(self.attention.forward(lowered(x), batch)))
    }

    /// The feed-forward half by plain operations: `[batch, tokens, width]` to the same.
    pub fn fed_forward(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let lowered = |x| batch.arithmetic.precision.lowered(x);
        self.beside(x, &self.feed_forward_norm, |x| raised(self.feed_forward.forward(lowered(x))))
    }

    /// What is inside of a half, its norm and what passes by.
    fn beside(&self, x: Tensor<B, 3>, norm: &Norm<B>, inner: impl Fn(Tensor<B, 3>) -> Tensor<B, 3>) -> Tensor<B, 3> {
        if self.norms_first { x.clone() + inner(norm.forward(x)) } else { norm.forward(x.clone() + inner(x)) }
    }

    /// Whether norms stand before each half, and not behind it.
    pub fn norms_first(&self) -> bool {
        self.norms_first
    }

    /// The weights of the attention half.
    pub fn attention_weights(&self) -> HalfWeights<B> {
        let it = &self.attention;
        HalfWeights::of(&self.attention_norm, [Some(&it.query), Some(&it.key), Some(&it.value), Some(&it.output)])
    }

    /// The weights of the feed-forward half.
    pub fn feed_forward_weights(&self) -> HalfWeights<B> {
        let it = &self.feed_forward;
        HalfWeights::of(&self.feed_forward_norm, [it.gate.as_ref(), Some(&it.up), Some(&it.down), None])
    }
}

impl<B: Fused> Block<B> {
    /// `[batch, tokens, width]` to the same.
    pub fn forward(&self, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let x = B::attention_half(self, x, batch);
        B::feed_forward_half(self, x, batch)
    }
}

/// A matrix, perhaps its bias, and perhaps the two thin ones of the adapter beside it.
#[derive(Debug)]
struct Matrix<B: Backend> {
    weight: Tensor<B, 2>,
    bias: Option<Tensor<B, 1>>,
    adapter: Option<[Tensor<B, 2>; 2]>,
}

/// The weights of one half of a block.
#[derive(Debug)]
pub(crate) struct HalfWeights<B: Backend> {
    gain: Tensor<B, 1>,
    bias: Option<Tensor<B, 1>>,
    /// What keeps the norm from dividing by zero.
    pub epsilon: f64,
    /// What each matrix's adapter is multiplied by.
    pub scales: [f64; 4],
    matrices: [Option<Matrix<B>>; 4],
}

impl<B: Backend> HalfWeights<B> {
    fn of(norm: &Norm<B>, projections: [Option<&Projection<B>>; 4]) -> Self {
        let adapter = |it: &Projection<B>| it.adapter.as_ref().map(|it| [it.down.weight.val(), it.up.val()]);
        let matrix = |it: &Projection<B>| Matrix {
            weight: it.weight.val(),
            bias: it.bias.as_ref().map(Param::val),
            adapter: adapter(it),
        };
        let scale = |it: &Projection<B>| it.adapter.as_ref().map(|it| it.scale);
        Self {
            gain: norm.gain.val(),
            bias: norm.bias.as_ref().map(Param::val),
            epsilon: norm.epsilon(),
            scales: projections.map(|it| it.and_then(scale).unwrap_or(1.0)),
            matrices: projections.map(|it| it.map(matrix)),
        }
    }

    /// The norm's gain and bias, then each matrix, its bias, and what goes down and up beside it.
    pub fn in_order<T>(
        self,
        vector: impl Fn(Tensor<B, 1>) -> T,
        matrix: impl Fn(Tensor<B, 2>) -> T,
    ) -> [Option<T>; 18] {
        let norm = [Some(vector(self.gain)), self.bias.map(&vector)];
        let matrices = self.matrices.into_iter().flat_map(|it| match it {
            Some(it) => {
                let [down, up] = it.adapter.map_or([None, None], |it| it.map(|it| Some(matrix(it))));
                [Some(matrix(it.weight)), it.bias.map(&vector), down, up]
            }
            None => [None, None, None, None],
        });
        let mut all = norm.into_iter().chain(matrices);
        std::array::from_fn(|_| all.next().flatten())
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

    /// What it bends by.
    pub fn bend(&self) -> Bend {
        match (&self.gate, self.tanh) {
            (Some(_), _) => Bend::GatedSilu,
            (None, true) => Bend::GeluTanh,
            (None, false) => Bend::Gelu,
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
