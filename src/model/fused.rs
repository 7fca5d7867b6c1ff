//! Operations that a backend may do in one piece, with a backward of their own, behind one trait: [`Fused`]. Its defaults are
//! the plain operations, which a GPU's compiler fuses by itself; the processor has its own.
//!
//! On the processor one half of a block is one operation: no score of attention, no bent value and no normed value is stored,
//! nothing is laid out anew, and padding is passed over: no norm, no product and no score is found of it. An adapter is merged
//! into its matrix on the way forward, and no gradient of a frozen weight is found on the way back. Values and gradients are held
//! against the plain operations by `fused/tests.rs`.

mod adam;
mod attention;
mod feed_forward;
mod half;
mod linear;
mod norm;
mod on_flex;
mod packing;
mod pixels;
mod rotation;
mod squares;
#[cfg(test)]
mod tests;
mod vector;

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};

use super::tape::Recording;
use super::transformer::{Block, TokenBatch};
pub(crate) use adam::{Moments, Step};

pub(crate) use feed_forward::Bend;
pub(crate) use pixels::{Seen, Tables};
pub(crate) use rotation::Rotation;
pub(crate) use squares::plain as squares;

/// A backend with its fused operations.
pub(crate) trait Fused: Backend {
    /// How what several threads record for gradients is kept apart.
    const RECORDING: Recording = Recording::InTurn;

    /// The attention half of a block: `[batch, tokens, width]` to the same.
    fn attention_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        block.attended(x, batch)
    }

    /// The feed-forward half of a block: `[batch, tokens, width]` to the same.
    fn feed_forward_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        block.fed_forward(x, batch)
    }

    /// The sum over each view's pixels, of what is learned of their places and brightness: `[rows, width]`.
    fn pixel_sums(tables: Tables<Self>, seen: Seen) -> Tensor<Self, 2> {
        tables.sums(seen)
    }

    /// The sum of a gradient's squares: `[1]`.
    fn squares<const D: usize>(gradient: Tensor<Self, D>) -> Tensor<Self, 1> {
        squares(gradient)
    }

    /// One update of some weights by AdamW: the weights and the moments after it.
    fn adam<const D: usize>(
        weights: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        moments: Option<Moments<Self>>,
        step: &Step,
    ) -> (Tensor<Self, D>, Moments<Self>) {
        step.plain(weights, gradient, moments)
    }
}

/// A backend that a model is trained on, the one that it is served on within it.
pub(crate) trait Trained: AutodiffBackend<InnerBackend: Fused> + Fused {}

impl<B: AutodiffBackend<InnerBackend: Fused> + Fused> Trained for B {}

impl Fused for Flex {
    fn attention_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        match on_flex::attention(block, batch) {
            Some(half) => half.forward(x),
            None => block.attended(x, batch),
        }
    }

    fn feed_forward_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        match on_flex::feed_forward(block, batch) {
            Some(half) => half.forward(x),
            None => block.fed_forward(x, batch),
        }
    }

    fn pixel_sums(tables: Tables<Self>, seen: Seen) -> Tensor<Self, 2> {
        tables.sums_at_once(&seen)
    }

    fn squares<const D: usize>(gradient: Tensor<Self, D>) -> Tensor<Self, 1> {
        squares::at_once(gradient)
    }

    fn adam<const D: usize>(
        weights: Tensor<Self, D>,
        gradient: Tensor<Self, D>,
        moments: Option<Moments<Self>>,
        step: &Step,
    ) -> (Tensor<Self, D>, Moments<Self>) {
        step.in_place(weights, gradient, moments)
    }
}

impl<C: CheckpointStrategy> Fused for Autodiff<Flex, C> {
    const RECORDING: Recording = Recording::SideBySide;

    fn attention_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        match on_flex::attention(block, batch) {
            Some(half) => half.forward_on_tape(x),
            None => block.attended(x, batch),
        }
    }

    fn feed_forward_half(block: &Block<Self>, x: Tensor<Self, 3>, batch: &TokenBatch<Self>) -> Tensor<Self, 3> {
        match on_flex::feed_forward(block, batch) {
            Some(half) => half.forward_on_tape(x),
            None => block.fed_forward(x, batch),
        }
    }

    fn pixel_sums(tables: Tables<Self>, seen: Seen) -> Tensor<Self, 2> {
        tables.sums_on_tape(seen)
    }
}

#[cfg(feature = "cuda")]
impl Fused for burn::backend::Cuda {}

#[cfg(feature = "cuda")]
impl<C: CheckpointStrategy> Fused for Autodiff<burn::backend::Cuda, C> {}
