//! Rows of tokens padded to one length.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

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
    /// `[batch, tokens, tokens]`: what is added to the score of a key by a query, 0 at tokens.
    pub others: Tensor<B, 3>,
    /// The same, and for keys after their query.
    pub later: Tensor<B, 3>,
}

impl<B: Backend> TokenBatch<B> {
    /// Rows of at least one and at most `length` tokens; with further rows of padding alone up to `rows_padded`.
    pub fn of(rows: &[&[u32]], length: usize, rows_padded: usize, padding: Padding, device: &B::Device) -> Self {
        let count = rows_padded.max(rows.len());
        let mut ids = vec![0i32; count * length];
        let mut mask = vec![0f32; count * length];
        let mut positions = vec![0i32; count * length];
        let (mut first, mut last) = (vec![0i32; count], vec![0i32; count]);
        for (row, tokens) in rows.iter().enumerate() {
            debug_assert!((1..=length).contains(&tokens.len()), "{} tokens in {length}", tokens.len());
            let begin = row * length
                + match padding {
                    Padding::Left => length - tokens.len(),
                    Padding::Right => 0,
                };
            for (at, id) in tokens.iter().enumerate() {
                ids[begin + at] = *id as i32;
                mask[begin + at] = 1.0;
                positions[begin + at] = at as i32;
            }
            first[row] = begin as i32;
            last[row] = (begin + tokens.len()) as i32 - 1;
        }
        // Whole, though it holds each row many times: on the processor a sum of two like shapes is many times faster than
        // one that has to be spread.
        let hidden = |causal: bool| {
            let of = |at: usize| {
                let (row, query, key) = (at / (length * length), at / length % length, at % length);
                if mask[row * length + key] == 0.0 || (causal && key > query) { FAR } else { 0.0 }
            };
            let values: Vec<f32> = (0..count * length * length).map(of).collect();
            Tensor::from_data(TensorData::new(values, [count, length, length]), device)
        };
        let (others, later) = (hidden(false), hidden(true));
        let flat = |values: Vec<i32>| Tensor::from_data(TensorData::new(values, [count]), device);
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [count, length]), device),
            mask: Tensor::from_data(TensorData::new(mask, [count, length]), device),
            positions: Tensor::from_data(TensorData::new(positions, [count, length]), device),
            last: flat(last),
            first: flat(first),
            others,
            later,
        }
    }
}
