//! Rows of tokens padded to one length.

use std::sync::{Arc, OnceLock};

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::rotary::Angles;
use crate::model::arithmetic::{Arithmetic, Heads};
use crate::model::fused::Rotation;

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

/// Rows of tokens padded to one length, with all that follows from where the tokens are. What only some ways of computing ask
/// for is made when it is first asked for, and kept: all blocks share it.
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
    /// Of every row: the place of its first token, and how many there are.
    pub spans: Arc<[(usize, usize)]>,
    /// Which tokens a token reads.
    pub sight: Sight,
    /// In what it is computed.
    pub arithmetic: Arithmetic,
    hidden: OnceLock<Tensor<B, 4>>,
    rotation: OnceLock<Arc<Rotation>>,
    angles: OnceLock<Angles<B>>,
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
        Self {
            ids: Tensor::from_data(TensorData::new(ids, [count, length]), device),
            mask: Tensor::from_data(TensorData::new(mask, [count, length]), device),
            positions: Tensor::from_data(TensorData::new(positions, [count, length]), device),
            last: flat(last),
            first: flat(first),
            spans: spans.into(),
            sight: layout.sight,
            arithmetic: layout.arithmetic,
            hidden: OnceLock::new(),
            rotation: OnceLock::new(),
            angles: OnceLock::new(),
        }
    }

    /// Whether every row begins with its first token: then the places of tokens are their positions.
    pub fn is_padded_right(&self) -> bool {
        self.spans.iter().all(|(first, _)| *first == 0)
    }

    /// What is added to the score of a key by a query, 0 where the one reads the other: `[batch, 1, tokens, tokens]`.
    pub fn hidden(&self) -> Tensor<B, 4> {
        let made = || match self.arithmetic.heads {
            Heads::Apart => self.hidden_whole(),
            Heads::Together => self.hidden_spread(),
        };
        self.hidden.get_or_init(made).clone()
    }

    /// Written out: on the processor to spread a sum takes many times longer.
    fn hidden_whole(&self) -> Tensor<B, 4> {
        let [rows, length] = self.ids.dims();
        let mut values = vec![FAR; rows * length * length];
        for (at, keys) in values.chunks_exact_mut(length).enumerate() {
            let (first, count) = self.spans[at / length];
            let end = match self.sight {
                Sight::Both => first + count,
                Sight::Before => (first + count).min(at % length + 1),
            };
            keys[first..end.max(first)].fill(0.0);
        }
        Tensor::from_data(TensorData::new(values, [rows, 1, length, length]), &self.ids.device())
    }

    /// Spread on the device from what is small: what travels to a GPU is what costs there.
    fn hidden_spread(&self) -> Tensor<B, 4> {
        let [rows, length] = self.ids.dims();
        let device = self.ids.device();
        let padding = ((self.mask.clone() - 1.0) * -FAR).reshape([rows, 1, 1, length]);
        if self.sight == Sight::Both {
            return padding + Tensor::zeros([1, 1, length, 1], &device);
        }
        let places = Tensor::<B, 1, Int>::arange(0..length as i64, &device).float();
        let [queries, keys] = [[1, 1, length, 1], [1, 1, 1, length]].map(|shape| places.clone().reshape(shape));
        // Whole numbers: 0 up to the query's own place, 1 at the least behind it.
        padding + (keys - queries).clamp(0.0, 1.0) * FAR
    }

    /// The angles of its places, on the host; for all blocks the same.
    pub fn rotation(&self, head_width: usize, base: f64) -> Arc<Rotation> {
        let rotation = self.rotation.get_or_init(|| Arc::new(Rotation::of(self.ids.dims()[1], head_width, base)));
        assert!((2 * rotation.half, rotation.base) == (head_width, base), "a batch is read by one network");
        rotation.clone()
    }

    /// The same on its device.
    pub(super) fn angles(&self, head_width: usize, base: f64) -> &Angles<B> {
        let on_device = || Angles::of(&self.rotation(head_width, base), self.arithmetic.precision, &self.ids.device());
        self.angles.get_or_init(on_device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::optim::values;
    use burn::backend::Flex;

    fn batch(lengths: &[usize], length: usize, padding: Padding, (sight, heads): (Sight, Heads)) -> TokenBatch<Flex> {
        let rows: Vec<Vec<u32>> = lengths.iter().map(|length| vec![1; *length]).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let arithmetic = Arithmetic { heads, ..Default::default() };
        let layout = Layout { length, rows: rows.len() + 1, padding, sight, arithmetic };
        TokenBatch::of(&rows, &layout, &Default::default())
    }

    #[test]
    fn what_a_query_may_not_read_is_far_and_all_else_is_nothing() {
        let lengths = [3, 1, 5];
        let sides = [Padding::Left, Padding::Right].into_iter();
        let kinds = sides.flat_map(|it| [(it, Sight::Before), (it, Sight::Both)]);
        for (padding, sight, heads) in kinds.flat_map(|(a, b)| [(a, b, Heads::Apart), (a, b, Heads::Together)]) {
            let batch = batch(&lengths, 5, padding, (sight, heads));
            assert_eq!(batch.is_padded_right(), padding == Padding::Right);
            let hidden = values(batch.hidden());
            assert_eq!(batch.hidden().dims(), [4, 1, 5, 5], "a row of padding alone among them");
            for (at, added) in hidden.into_iter().enumerate() {
                let (row, query, key) = (at / 25, at / 5 % 5, at % 5);
                let (first, count) = batch.spans[row];
                let is_read = (first..first + count).contains(&key) && (sight == Sight::Both || key <= query);
                let holds = if is_read { added == 0.0 } else { added <= FAR };
                assert!(holds, "{padding:?}, {sight:?}, {heads:?}, row {row}, query {query}, key {key}: {added}");
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_made_and_what_is_asked_for_is_made_once() {
        let batch = batch(&[3, 2], 4, Padding::Right, (Sight::Before, Heads::Together));
        assert!(batch.hidden.get().is_none() && batch.rotation.get().is_none() && batch.angles.get().is_none());
        assert!(Arc::ptr_eq(&batch.rotation(8, 1e4), &batch.rotation(8, 1e4)));
        assert!(std::ptr::eq(batch.angles(8, 1e4), batch.angles(8, 1e4)));
        assert!(batch.hidden.get().is_none());
    }

    #[test]
    #[should_panic(expected = "a batch is read by one network")]
    fn angles_of_another_network_are_not_given() {
        let batch = batch(&[3], 4, Padding::Right, (Sight::Before, Heads::Together));
        batch.rotation(8, 1e4);
        batch.rotation(8, 5e5);
    }
}
