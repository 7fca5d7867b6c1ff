//! Batches of rows: length buckets chosen by the row alone, and padding that no score depends on.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::features::{CLAIM_TOKENS, Cell, FACTS, Row, TEXT_TOKENS};

/// Rows of every microbatch that serves a helper: matrix kernels choose their order by the shape, so equal bits need
/// equal shapes.
pub(crate) const ROWS_SERVED: usize = 32;

/// Tokens that rows are padded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub claim: usize,
    pub text: usize,
}

impl Bucket {
    /// The smallest bucket that holds the row.
    pub fn of(row: &Row) -> Self {
        let fit =
            |sizes: &[usize], length: usize| *sizes.iter().find(|s| **s >= length).unwrap_or(&sizes[sizes.len() - 1]);
        Self { claim: fit(&CLAIM_TOKENS, row.claim.len()), text: fit(&TEXT_TOKENS, row.text.len()) }
    }
}

/// The places of rows, by bucket.
pub(crate) fn by_bucket<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<Bucket, Vec<usize>> {
    let mut buckets = BTreeMap::new();
    for (at, row) in rows.into_iter().enumerate() {
        buckets.entry(Bucket::of(row)).or_insert_with(Vec::new).push(at);
    }
    buckets
}

/// One side of a batch: `[rows, length]` each.
pub(crate) struct Side<B: Backend> {
    pub words: Tensor<B, 2, Int>,
    pub marks: Tensor<B, 2, Int>,
    pub last_names: Tensor<B, 2, Int>,
    pub other_names: Tensor<B, 2, Int>,
    /// One where there is a token.
    pub mask: Tensor<B, 2>,
}

/// Rows of one bucket as tensors.
pub(crate) struct Batch<B: Backend> {
    pub claim: Side<B>,
    pub text: Side<B>,
    /// One where the text is the sentence itself: `[rows, text]`.
    pub sentence: Tensor<B, 2>,
    /// One where claim and text have equal content: `[rows, claim, text]`.
    pub same: Tensor<B, 3>,
    /// `[rows, FACTS]`
    pub facts: Tensor<B, 2>,
}

impl<B: Backend> Batch<B> {
    /// Rows of one bucket, with as many empty ones after them as make up `rows_count`.
    pub fn of(rows: &[&Row], bucket: Bucket, rows_count: usize, device: &B::Device) -> Self {
        let claims: Vec<&[Cell]> = rows.iter().map(|row| row.claim.as_slice()).collect();
        let texts: Vec<&[Cell]> = rows.iter().map(|row| row.text.as_slice()).collect();
        let mut sentence = vec![0f32; rows_count * bucket.text];
        let mut same = vec![0f32; rows_count * bucket.claim * bucket.text];
        let mut facts = vec![0f32; rows_count * FACTS];
        for (at, row) in rows.iter().enumerate() {
            sentence[at * bucket.text + row.sentence_start..at * bucket.text + row.text.len()].fill(1.0);
            for &(c, t) in &row.same {
                same[(at * bucket.claim + usize::from(c)) * bucket.text + usize::from(t)] = 1.0;
            }
            facts[at * FACTS..(at + 1) * FACTS].copy_from_slice(&row.facts);
        }
        Self {
            claim: Side::of(&claims, bucket.claim, rows_count, device),
            text: Side::of(&texts, bucket.text, rows_count, device),
            sentence: floats(sentence, [rows_count, bucket.text], device),
            same: floats(same, [rows_count, bucket.claim, bucket.text], device),
            facts: floats(facts, [rows_count, FACTS], device),
        }
    }
}

impl<B: Backend> Side<B> {
    fn of(rows: &[&[Cell]], length: usize, rows_count: usize, device: &B::Device) -> Self {
        let ids = |id: fn(&Cell) -> u16| {
            let mut ids = vec![0i32; rows_count * length];
            for (at, row) in rows.iter().enumerate() {
                for (place, cell) in ids[at * length..].iter_mut().zip(*row) {
                    *place = i32::from(id(cell));
                }
            }
            Tensor::from_data(TensorData::new(ids, [rows_count, length]), device)
        };
        let mut mask = vec![0f32; rows_count * length];
        for (at, row) in rows.iter().enumerate() {
            mask[at * length..at * length + row.len()].fill(1.0);
        }
        Self {
            words: ids(|cell| cell.word),
            marks: ids(|cell| cell.mark),
            last_names: ids(|cell| cell.last_name),
            other_names: ids(|cell| cell.other_name),
            mask: floats(mask, [rows_count, length], device),
        }
    }
}

/// A tensor of these values.
pub(crate) fn floats<B: Backend, const D: usize>(
    values: Vec<f32>,
    dims: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values, dims), device)
}

/// A tensor of these places.
pub(crate) fn places<B: Backend>(places: Vec<i32>, device: &B::Device) -> Tensor<B, 1, Int> {
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_is_chosen_by_the_row_alone() {
        let row = |claim, text| Row {
            claim: vec![Cell::default(); claim],
            text: vec![Cell::default(); text],
            ..Row::default()
        };
        assert_eq!(Bucket::of(&row(5, 32)), Bucket { claim: 16, text: 32 });
        assert_eq!(Bucket::of(&row(17, 33)), Bucket { claim: 48, text: 64 });
        let rows = [row(5, 32), row(17, 33), row(1, 1)];
        assert_eq!(by_bucket(&rows).into_values().collect::<Vec<_>>(), [vec![0, 2], vec![1]]);
    }
}
