//! Rows of tokens padded to one length.

use std::sync::Arc;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use crate::model::arithmetic::{Arithmetic, Heads};

/// What is added to an attention score that must not count: in single precision its exponential is exactly zero.
const FAR: f32 = -1e9;

/// The side that rows are padded on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    /// Before the first token.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "nothing is served so; tests show that it would make no difference")
    )]
    Left,
    /// After the last token.
    Right,
}

/// Which tokens a token reads, of those that are no padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// All of them.
    Both,
    /// Itself and those before it.
    Before,
}

/// How rows are laid out for a network.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// Tokens of every row, padding among them.
    pub length: usize,
    /// Rows at least: further ones are padding alone.
    pub rows: usize,
    pub padding: Padding,
    pub sight: Sight,
    pub arithmetic: Arithmetic,
}

/// Rows of tokens padded to one length, with all that follows from where the tokens are.
#[derive(Clone, Debug)]
pub(crate) struct TokenBatch<B: Backend> {
    /// `[batch, tokens]`; 0 at padding.
    pub ids: Tensor<B, 2, Int>,
    /// `[batch, tokens]`: 1 at a token, 0 at padding.
    pub mask: Tensor<B, 2>,
    /// `[batch, tokens]`: counted over tokens alone.
    pub positions: Tensor<B, 2, Int>,
    /// `[batch]`: the flat place of the last token.
    pub last: Tensor<B, 1, Int>,
    /// `[batch]`: the flat place of the first token.
    pub first: Tensor<B, 1, Int>,
    /// `[batch, tokens, tokens]`: what is added to the score of a key by a query, 0 where the one reads the other.
    pub hidden: Tensor<B, 3>,
    /// Of every row: the place of its first token, and how many there are.
    pub spans: Arc<[(usize, usize)]>,
    /// Which tokens a token reads.
    pub sight: Sight,
    /// In what it is computed.
    pub arithmetic: Arithmetic,
}

impl<B: Backend> TokenBatch<B> {
    /// Rows of at least one and at most `layout.length` tokens.
    pub fn of(rows: &[&[u32]], layout: &Layout, device: &B::Device) -> Self {
        let (length, count) = (layout.length, layout.rows.max(rows.len()));
        let mut ids = vec![0i32; count * length];
        let mut mask = vec![0f32; count * length];
        let mut positions = vec![0i32; count * length];
        let (mut first, mut last) = (vec![0i32; count], vec![0i32; count]);
        let mut spans = vec![(0, 0); count];
        for (row, tokens) in rows.iter().enumerate() {
            debug_assert!((1..=length).contains(&tokens.len()), "{} tokens in {length}", tokens.len());
            let begin = row * length
                + match layout.padding {
                    Padding::Left => length - tokens.len(),
                    Padding::Right => 0,
                };
            for (at, id) in tokens.iter().enumerate() {
                ids[begin + at] = *id as i32;
                mask[begin + at] = 1.0;
                positions[begin + at] = at as i32;
            }
            spans[row] = (begin - row * length, tokens.len());
            first[row] = begin as i32;
            last[row] = (begin + tokens.len()) as i32 - 1;
        }
        let flat = |values: Vec<i32>| Tensor::from_data(TensorData::new(values, [count]), device);
        let hidden = match layout.arithmetic.heads {
            Heads::Apart => hidden_whole(&mask, layout, device),
            Heads::Together => hidden_spread(&mask, layout, device),
        };
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [count, length]), device),
            mask: Tensor::from_data(TensorData::new(mask, [count, length]), device),
            positions: Tensor::from_data(TensorData::new(positions, [count, length]), device),
            last: flat(last),
            first: flat(first),
            hidden,
            spans: spans.into(),
            sight: layout.sight,
            arithmetic: layout.arithmetic,
        }
    }
}

/// What a query may not read, written out: on the processor a sum of two like shapes is many times faster than one that has
/// to be spread.
fn hidden_whole<B: Backend>(mask: &[f32], layout: &Layout, device: &B::Device) -> Tensor<B, 3> {
    let (length, count) = (layout.length, mask.len() / layout.length);
    let of = |at: usize| {
        let (row, query, key) = (at / (length * length), at / length % length, at % length);
        if mask[row * length + key] == 0.0 { FAR } else { ahead(layout.sight, query, key) }
    };
    let values: Vec<f32> = (0..count * length * length).map(of).collect();
    Tensor::from_data(TensorData::new(values, [count, length, length]), device)
}

/// The same, spread on the device from two small tensors: what travels to a GPU is what costs there.
fn hidden_spread<B: Backend>(mask: &[f32], layout: &Layout, device: &B::Device) -> Tensor<B, 3> {
    let (length, count) = (layout.length, mask.len() / layout.length);
    let padding: Vec<f32> = mask.iter().map(|there| if *there == 0.0 { FAR } else { 0.0 }).collect();
    let padding = Tensor::<B, 3>::from_data(TensorData::new(padding, [count, 1, length]), device);
    let later: Vec<f32> = (0..length * length).map(|at| ahead(layout.sight, at / length, at % length)).collect();
    padding + Tensor::from_data(TensorData::new(later, [1, length, length]), device)
}

fn ahead(sight: Sight, query: usize, key: usize) -> f32 {
    if sight == Sight::Before && key > query { FAR } else { 0.0 }
}
