//! One half of a block as one operation: the norm, what is inside, and what passes by.
//!
//! Tokens are worked on in pieces that stay in the cache, some lanes of pieces side by side. Pieces and lanes follow from the
//! batch alone, and the lanes' gradients are summed in order, so that no bit depends on the threads of a machine. Padding is
//! passed over: what is inside sees the tokens of a piece packed, and a place of padding comes out as it went in.

use rayon::prelude::*;

use super::linear::{Linear, LinearGradient};
use super::norm::{Norm, NormGradient};
use super::packing::Packing;

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

/// What is inside of a half, of a piece of the batch: `rows` says how many tokens each of its rows has. Values are
/// `[tokens, width]`, row by row and without padding.
pub(crate) trait Inner: Sync {
    /// Room that is used again and again.
    type Scratch: Default + Send;
    /// What of a piece is kept for the way back.
    type Kept: Send + Sync + std::fmt::Debug;

    /// Adds what comes of `x` to `y`.
    fn forward(
        &self,
        rows: &[usize],
        x: &[f32],
        y: &mut [f32],
        scratch: &mut Self::Scratch,
        kept: Kept,
    ) -> Option<Self::Kept>;

    /// From what went in, the gradient by what came out, and what was kept: writes the gradient by what went in, and adds
    /// those by the matrices, which come in the order of [`Self::matrices`].
    fn backward(
        &self,
        rows: &[usize],
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
    /// Of every row: the place of its first token, and how many there are; the others are padding.
    pub spans: &'a [(usize, usize)],
}

/// Room that one piece after another is packed and worked on in.
#[derive(Default)]
struct Room<S> {
    x: Vec<f32>,
    y: Vec<f32>,
    dx: Vec<f32>,
    dy: Vec<f32>,
    normed: Vec<f32>,
    flowing: Vec<f32>,
    inner: S,
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
        let mut y = x.to_vec();
        let piece = self.piece_values();
        let pieces: Vec<Option<Piece<I::Kept>>> = y
            .par_chunks_mut(piece)
            .zip(x.par_chunks(piece))
            .enumerate()
            .map_init(Room::default, |room, (at, (y, x))| {
                let packing = self.packing(at);
                let x = packing.packed(x, &mut room.x);
                let places = (&mut room.normed, &mut room.inner);
                packing.within(y, &mut room.y, |y| self.piece_forward(&packing.rows, x, y, places, kept))
            })
            .collect();
        (y, pieces.into_iter().flatten().collect())
    }

    /// Makes of `y`, which is `x`, what comes of it.
    fn piece_forward(
        &self,
        rows: &[usize],
        x: &[f32],
        y: &mut [f32],
        (normed, scratch): (&mut Vec<f32>, &mut I::Scratch),
        kept: Kept,
    ) -> Option<Piece<I::Kept>> {
        if self.order == Order::NormFirst {
            let normed = fitted(normed, x.len());
            self.norm.forward(x, normed);
            let inner = self.inner.forward(rows, normed, y, scratch, kept);
            return inner.map(|inner| Piece { inner, summed: Vec::new() });
        }
        let inner = self.inner.forward(rows, x, y, scratch, kept);
        let summed = y.to_vec();
        self.norm.forward(&summed, y);
        inner.map(|inner| Piece { inner, summed })
    }

    /// The gradient by `x`, of that by what came out, and the gradients by the weights.
    pub fn backward(&self, x: &[f32], pieces: &[Piece<I::Kept>], dy: &[f32]) -> (Vec<f32>, Gradients) {
        let piece = self.piece_values();
        let lane = pieces.len().div_ceil(LANES).max(1);
        let mut dx = dy.to_vec();
        let lanes: Vec<Gradients> = dx
            .par_chunks_mut(piece * lane)
            .zip(x.par_chunks(piece * lane))
            .zip(dy.par_chunks(piece * lane))
            .zip(pieces.par_chunks(lane))
            .enumerate()
            .map(|(at, (((dx, x), dy), pieces))| {
                let (mut sums, mut room) = (self.blank(), Room::default());
                let parts = dx.chunks_mut(piece).zip(x.chunks(piece)).zip(dy.chunks(piece)).zip(pieces);
                for (within, (((dx, x), dy), kept)) in parts.enumerate() {
                    let packing = self.packing(at * lane + within);
                    let (x, dy) = (packing.packed(x, &mut room.x), packing.packed(dy, &mut room.dy));
                    let places = (&mut room.normed, &mut room.flowing, &mut room.inner);
                    packing.within(dx, &mut room.dx, |dx| {
                        self.piece_backward(&packing.rows, (x, dy, kept), dx, places, &mut sums);
                    });
                }
                sums
            })
            .collect();
        (dx, lanes.into_iter().reduce(Gradients::and).unwrap_or_else(|| self.blank()))
    }

    /// Makes of `dx`, which is `dy`, the gradient by what went in.
    fn piece_backward(
        &self,
        rows: &[usize],
        (x, dy, piece): (&[f32], &[f32], &Piece<I::Kept>),
        dx: &mut [f32],
        (normed, flowing, scratch): (&mut Vec<f32>, &mut Vec<f32>, &mut I::Scratch),
        sums: &mut Gradients,
    ) {
        let (normed, flowing) = (fitted(normed, x.len()), fitted(flowing, x.len()));
        if self.order == Order::NormFirst {
            self.norm.forward(x, normed);
            self.inner.backward(rows, (normed, dy, &piece.inner), flowing, scratch, &mut sums.matrices);
            self.norm.backward(x, flowing, dx, &mut sums.norm);
            return;
        }
        flowing.fill(0.0);
        self.norm.backward(&piece.summed, dy, flowing, &mut sums.norm);
        self.inner.backward(rows, (x, flowing, &piece.inner), dx, scratch, &mut sums.matrices);
        dx.iter_mut().zip(&*flowing).for_each(|(dx, flowing)| *dx += *flowing);
    }

    /// Where the tokens of a piece are.
    fn packing(&self, piece: usize) -> Packing {
        let rows = self.piece_rows();
        Packing::of(self.spans.iter().skip(piece * rows).take(rows), self.tokens, self.norm.gain.len())
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
