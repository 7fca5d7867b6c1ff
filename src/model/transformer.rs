//! Transformers as their checkpoints have them: BERT, GPT-2, Llama and Qwen2 types, for training and for serving.
//!
//! One network for all four: what differs is a setting of [`Architecture`]. There is no dropout. Hidden states are those of
//! the reference implementations to 1e-4 (`tests/scorer`), and depend on no padding and no neighbour.

mod attention;
mod block;
mod norm;
pub(crate) mod projection;
mod rotary;
mod tokens;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::arithmetic::Heads;
use super::blocks::Table;
use super::fused::Fused;
pub(crate) use block::{Block, HalfWeights};
pub(crate) use norm::Norm;
pub(crate) use projection::Projection;
pub(crate) use tokens::{Layout, Padding, Sight, TokenBatch};

/// How a transformer is built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Which checkpoints it is like.
    pub family: Family,
    /// Tokens that it knows.
    pub vocabulary: usize,
    /// Units of every token.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of the keys and values: as many, or a part of them that groups of queries share (Ainslie et al. 2023).
    pub key_heads: usize,
    /// Units of a head.
    pub head_width: usize,
    /// Units of a feed-forward layer.
    pub inner: usize,
    /// Tokens that it can place.
    pub positions_max: usize,
    /// Kinds of token, only the first of which is used; 0 but for the BERT type.
    pub token_types: usize,
    /// What keeps a norm from dividing by zero.
    pub norm_epsilon: f64,
    /// The base of the rotary angles, for types that have them.
    pub rotary_base: f64,
    /// What a feed-forward layer bends by.
    pub activation: Activation,
    /// Whether the words' table is also what foretells words.
    pub embeddings: Embeddings,
}

/// Which checkpoints an architecture is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Reads both ways; learned positions; norms after each half of a block (Devlin et al. 2019).
    Bert,
    /// Reads from left to right; learned positions; norms before each half (Radford et al. 2019).
    Gpt2,
    /// Reads from left to right; rotary positions, RMS norms, gated feed-forward layers (Touvron et al. 2023).
    Llama,
    /// As Llama, with biases on queries, keys and values (Yang et al. 2024).
    Qwen2,
}

/// What a feed-forward layer bends by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// By the error function (Hendrycks and Gimpel 2016).
    Gelu,
    /// By its approximation with a hyperbolic tangent.
    GeluTanh,
    /// `x sigmoid(x)`, as a gate (Shazeer 2020).
    Silu,
}

/// What foretells words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Embeddings {
    /// The words' table itself.
    Tied,
    /// A matrix of its own.
    Untied,
}

/// The size of a transformer from scratch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Units of every token.
    pub width: usize,
    /// Blocks.
    pub layers: usize,
    /// Heads; they divide the width.
    pub heads: usize,
    /// Units of a feed-forward layer; 0 for the usual multiple of the width.
    pub inner: usize,
}

impl Architecture {
    /// A BERT type of this size.
    pub fn encoder(size: &Size, vocabulary: usize, positions_max: usize) -> Self {
        Self {
            family: Family::Bert,
            inner: if size.inner == 0 { 4 * size.width } else { size.inner },
            token_types: 1,
            norm_epsilon: 1e-12,
            activation: Activation::Gelu,
            ..Self::decoder(size, vocabulary, positions_max)
        }
    }

    /// A Llama type of this size. Its gated layers have three matrices for two, so 8/3 of the width makes them as large.
    pub fn decoder(size: &Size, vocabulary: usize, positions_max: usize) -> Self {
        let usual = (8 * size.width).div_ceil(3).next_multiple_of(8);
        Self {
            family: Family::Llama,
            vocabulary,
            width: size.width,
            layers: size.layers,
            heads: size.heads,
            key_heads: size.heads,
            head_width: size.width / size.heads,
            inner: if size.inner == 0 { usual } else { size.inner },
            positions_max,
            token_types: 0,
            norm_epsilon: 1e-6,
            rotary_base: 10_000.0,
            activation: Activation::Silu,
            embeddings: Embeddings::Tied,
        }
    }

    /// Whether every token sees only those before it.
    pub fn is_causal(&self) -> bool {
        self.family != Family::Bert
    }

    /// Which tokens a token reads.
    pub(crate) fn sight(&self) -> Sight {
        if self.is_causal() { Sight::Before } else { Sight::Both }
    }

    /// Whether norms stand before each half of a block, and one at the end.
    pub(crate) fn norms_first(&self) -> bool {
        self.family != Family::Bert
    }

    /// Whether positions are angles between queries and keys, and not added to the words.
    pub(crate) fn is_rotary(&self) -> bool {
        matches!(self.family, Family::Llama | Family::Qwen2)
    }
}

/// The network: `[batch, tokens]` ids to `[batch, tokens, width]` hidden states.
#[derive(Module, Debug)]
pub(crate) struct Transformer<B: Backend> {
    /// `[vocabulary, width]`
    pub words: Table<B>,
    /// `[positions_max, width]`, where positions are learned.
    pub positions: Option<Table<B>>,
    /// `[token_types, width]`
    pub token_types: Option<Table<B>>,
    /// After the sum of these, where norms come last.
    pub embedding_norm: Option<Norm<B>>,
    /// In order.
    pub blocks: Vec<Block<B>>,
    /// After the last block, where norms come first.
    pub final_norm: Option<Norm<B>>,
    /// `[width, vocabulary]`, where words are foretold by a matrix of their own.
    pub language: Option<Param<Tensor<B, 2>>>,
    /// Which tokens a token reads.
    #[module(skip)]
    pub sight: Sight,
}

impl<B: Backend> Transformer<B> {
    /// With all matrices zero and all gains one.
    pub fn zeros(architecture: &Architecture, device: &B::Device) -> Self {
        let it = architecture;
        let table = |count: usize| Table::zeros(count, it.width, device);
        let norm = || Norm::ones(it, device);
        Self {
            words: table(it.vocabulary),
            positions: (!it.is_rotary()).then(|| table(it.positions_max)),
            token_types: (it.token_types > 0).then(|| table(it.token_types)),
            embedding_norm: (!it.norms_first()).then(norm),
            blocks: (0..it.layers).map(|_| Block::zeros(it, device)).collect(),
            final_norm: it.norms_first().then(norm),
            language: (it.embeddings == Embeddings::Untied)
                .then(|| Param::from_tensor(Tensor::zeros([it.width, it.vocabulary], device))),
            sight: it.sight(),
        }
    }

    /// What goes into the first block.
    pub fn embed(&self, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let [rows, tokens] = batch.ids.dims();
        let count = rows * tokens;
        let mut x = self.words.look_up(batch.ids.clone().reshape([count]));
        let width = x.dims()[1];
        if let Some(positions) = &self.positions {
            let table = positions.rows.val();
            let is_in_order = batch.is_padded_right() && tokens <= table.dims()[0];
            // A GPU finds the gradient of what is looked up one token after another: where it can, it takes rows as they come.
            x = if batch.arithmetic.heads == Heads::Together && is_in_order {
                let places = table.narrow(0, 0, tokens).unsqueeze();
                (x.reshape([rows, tokens, width]) + places).reshape([count, width])
            } else {
                x + positions.look_up(batch.positions.clone().reshape([count]))
            };
        }
        if let Some(token_types) = &self.token_types {
            x = x + token_types.rows.val().narrow(0, 0, 1);
        }
        let x = x.reshape([rows, tokens, width]);
        self.embedding_norm.as_ref().map_or(x.clone(), |norm| norm.forward(x))
    }

    /// Blocks.
    pub fn layers(&self) -> usize {
        self.blocks.len()
    }

    /// What comes after the last block.
    pub fn finish(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        match &self.final_norm {
            Some(norm) => norm.forward(x),
            None => x,
        }
    }

    /// What every token foretells: `[batch, tokens, width]` hidden states to `[batch, tokens, vocabulary]` logits.
    pub fn foretold(&self, hidden: Tensor<B, 3>) -> Tensor<B, 3> {
        let [rows, tokens, width] = hidden.dims();
        let matrix = self.language.as_ref().map_or_else(|| self.words.rows.val().transpose(), Param::val);
        let vocabulary = matrix.dims()[1];
        hidden.reshape([rows * tokens, width]).matmul(matrix).reshape([rows, tokens, vocabulary])
    }
}

#[cfg(test)]
impl<B: Backend> Transformer<B> {
    /// The hidden states by plain operations alone, as a GPU has them: `[batch, tokens, width]`.
    pub fn plain_hidden(&self, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let block = |x, block: &Block<B>| block.fed_forward(block.attended(x, batch), batch);
        self.finish(self.blocks.iter().fold(self.embed(batch), block))
    }
}

impl<B: Fused> Transformer<B> {
    /// The hidden state of every token: `[batch, tokens, width]`; at padding it means nothing.
    pub fn hidden(&self, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let x = (0..self.layers()).fold(self.embed(batch), |x, index| self.layer(index, x, batch));
        self.finish(x)
    }

    /// One block.
    pub fn layer(&self, index: usize, x: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        self.blocks[index].forward(x, batch)
    }
}
