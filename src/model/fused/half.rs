//! One half of a block as one operation: the norm, what is inside, and what passes by.
//!
//! Tokens are worked on in pieces that stay in the cache, some lanes of pieces side by side. Pieces and lanes follow from the
//! batch alone, and the lanes' gradients are summed in order, so that no bit depends on the threads of a machine.

use rayon::prelude::*;

use super::linear::{Linear, LinearGradient};
use super::norm::{Norm, NormGradient};

/// Tokens of a piece, if rows are short enough.
const PIECE_TOKENS: usize = 128;

/// Lanes of pieces, each with gradients of its own: more would serve more cores, and take more memory.
const LANES: usize = 4;

/// Where the norm of a half stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// `y = x + inner(norm(x))`
    NormFirst,
    /// `y = norm(x + inner(x))`
    NormLast,
}

/// Whether something is kept for the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Nothing,
    ForBackward,
}

/// What is inside of a half, of a piece of the batch. Values are `[tokens, width]`, row by row.
pub(crate) trait Inner: Sync {
    /// Room that is used again and again.
    type Scratch: Default + Send;
    /// What of a piece is kept for the way back.
    type Kept: Send + Sync + std::fmt::Debug;

    /// Adds what comes of `x` to `y`; `first` is the row of the batch that the piece begins with.
    fn forward(
        &self,
        first: usize,
        x: &[f32],
        y: &mut [f32],
        scratch: &mut Self::Scratch,
        kept: Kept,
    ) -> Option<Self::Kept>;

    /// From what went in, the gradient by what came out, and what was kept: writes the gradient by what went in, and adds
    /// those by the matrices, which come in the order of [`Self::matrices`].
    fn backward(
        &self,
        first: usize,
        piece: (&[f32], &[f32], &Self::Kept),
        dx: &mut [f32],
        scratch: &mut Self::Scratch,
        sums: &mut [LinearGradient],
    );

    /// The matrices with their biases.
    fn matrices(&self) -> [Option<&Linear<'_>>; 4];
}

/// One half of a block, over rows of `tokens` tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half<'a, I> {
    pub norm: Norm<'a>,
    pub order: Order,
    pub inner: I,
    /// Tokens of a row, padding among them.
    pub tokens: usize,
}

/// What is kept of a piece.
#[derive(Debug)]
pub(crate) struct Piece<K> {
    inner: K,
    /// What went into the norm, where that comes last.
    summed: Vec<f32>,
}

/// Gradients by all weights: the norm's, and each matrix's; empty where there is none.
#[derive(Debug)]
pub(crate) struct Gradients {
    pub norm: NormGradient,
    pub matrices: Vec<LinearGradient>,
}

impl<I: Inner> Half<'_, I> {
    /// What comes of `x`, and of each piece what is kept.
    pub fn forward(&self, x: &[f32], kept: Kept) -> (Vec<f32>, Vec<Piece<I::Kept>>) {
        let mut y = vec![0f32; x.len()];
        let piece = self.piece_values();
        let pieces: Vec<Option<Piece<I::Kept>>> = y
            .par_chunks_mut(piece)
            .zip(x.par_chunks(piece))
            .enumerate()
            .map_init(<(Vec<f32>, I::Scratch)>::default, |(normed, scratch), (at, (y, x))| {
                self.piece_forward(at * self.piece_rows(), x, y, (normed, scratch), kept)
            })
            .collect();
        (y, pieces.into_iter().flatten().collect())
    }

    fn piece_forward(
        &self,
        first: usize,
        x: &[f32],
        y: &mut [f32],
        (normed, scratch): (&mut Vec<f32>, &mut I::Scratch),
        kept: Kept,
    ) -> Option<Piece<I::Kept>> {
        y.copy_from_slice(x);
        if self.order == Order::NormFirst {
            let normed = fitted(normed, x.len());
            self.norm.forward(x, normed);
            let inner = self.inner.forward(first, normed, y, scratch, kept);
            return inner.map(|inner| Piece { inner, summed: Vec::new() });
        }
        let inner = self.inner.forward(first, x, y, scratch, kept);
        let summed = y.to_vec();
        self.norm.forward(&summed, y);
        inner.map(|inner| Piece { inner, summed })
    }

    /// The gradient by `x`, of that by what came out, and the gradients by the weights.
    pub fn backward(&self, x: &[f32], pieces: &[Piece<I::Kept>], dy: &[f32]) -> (Vec<f32>, Gradients) {
        let piece = self.piece_values();
        let lane = pieces.len().div_ceil(LANES).max(1);
        let mut dx = vec![0f32; x.len()];
        let lanes: Vec<Gradients> = dx
            .par_chunks_mut(piece * lane)
            .zip(x.par_chunks(piece * lane))
            .zip(dy.par_chunks(piece * lane))
            .zip(pieces.par_chunks(lane))
            .enumerate()
            .map(|(at, (((dx, x), dy), pieces))| {
                let mut sums = self.blank();
                let mut room = (Vec::new(), Vec::new(), I::Scratch::default());
                let parts = dx.chunks_mut(piece).zip(x.chunks(piece)).zip(dy.chunks(piece)).zip(pieces);
                for (within, (((dx, x), dy), kept)) in parts.enumerate() {
                    let first = (at * lane + within) * self.piece_rows();
                    self.piece_backward(first, (x, dy, kept), dx, &mut room, &mut sums);
                }
                sums
            })
            .collect();
        (dx, lanes.into_iter().reduce(Gradients::and).unwrap_or_else(|| self.blank()))
    }

    fn piece_backward(
        &self,
        first: usize,
        (x, dy, piece): (&[f32], &[f32], &Piece<I::Kept>),
        dx: &mut [f32],
        (normed, flowing, scratch): &mut (Vec<f32>, Vec<f32>, I::Scratch),
        sums: &mut Gradients,
    ) {
        let (normed, flowing) = (fitted(normed, x.len()), fitted(flowing, x.len()));
        if self.order == Order::NormFirst {
            self.norm.forward(x, normed);
            self.inner.backward(first, (normed, dy, &piece.inner), flowing, scratch, &mut sums.matrices);
            dx.copy_from_slice(dy);
            self.norm.backward(x, flowing, dx, &mut sums.norm);
            return;
        }
        flowing.fill(0.0);
        self.norm.backward(&piece.summed, dy, flowing, &mut sums.norm);
        self.inner.backward(first, (x, flowing, &piece.inner), dx, scratch, &mut sums.matrices);
        dx.iter_mut().zip(&*flowing).for_each(|(dx, flowing)| *dx += *flowing);
    }

    fn blank(&self) -> Gradients {
        let matrices = self.inner.matrices().map(|it| it.map_or_else(LinearGradient::default, Linear::blank));
        Gradients { norm: self.norm.blank(), matrices: matrices.into() }
    }

    fn piece_rows(&self) -> usize {
        (PIECE_TOKENS / self.tokens).max(1)
    }

    fn piece_values(&self) -> usize {
        self.piece_rows() * self.tokens * self.norm.gain.len()
    }
}

impl Gradients {
    fn and(mut self, other: Self) -> Self {
        let add = |sum: &mut Vec<f32>, more: &[f32]| sum.par_iter_mut().zip(more).for_each(|(sum, more)| *sum += *more);
        add(&mut self.norm.gain, &other.norm.gain);
        add(&mut self.norm.bias, &other.norm.bias);
        for (sum, more) in self.matrices.iter_mut().zip(&other.matrices) {
            add(&mut sum.weight, &more.weight);
            add(&mut sum.bias, &more.bias);
            add(&mut sum.down, &more.down);
            add(&mut sum.up, &more.up);
        }
        self
    }
}

/// A part of some room, made large enough.
pub(super) fn fitted(room: &mut Vec<f32>, values: usize) -> &mut [f32] {
    if room.len() < values {
        room.resize(values, 0.0);
    }
    &mut room[..values]
}
