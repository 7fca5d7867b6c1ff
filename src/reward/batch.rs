//! Batches of rows: length buckets chosen by the row alone, and padding that no score depends on.

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::features::{CLAIM_TOKENS, Cell, FACTS, Row, TEXT_TOKENS};
use super::loss::FAR;

/// Rows of every microbatch that serves a helper: matrix kernels choose their order by the shape, so equal bits need
/// equal shapes.
pub(crate) const ROWS_SERVED: usize = 32;
/// How much likelier equal content is to be aligned, before anything is learned: a logit.
const SAME_PRIOR: f32 = 3.0;

/// Tokens that rows are padded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub claim: usize,
    pub text: usize,
}

/// A row that knows which bucket it belongs to.
pub(crate) trait Bucketed {
    type Bucket: Copy + Ord;
    /// The smallest bucket that holds the row: a function of the row alone.
    fn bucket(&self) -> Self::Bucket;
}

impl Bucketed for Row {
    type Bucket = Bucket;
    fn bucket(&self) -> Bucket {
        Bucket {
            claim: smallest_that_holds(&CLAIM_TOKENS, self.claim.len()),
            text: smallest_that_holds(&TEXT_TOKENS, self.text.len()),
        }
    }
}

/// The smallest of some ascending sizes that is no less than `length`, or the largest of them.
pub(crate) fn smallest_that_holds(sizes: &[usize], length: usize) -> usize {
    *sizes.iter().find(|size| **size >= length).unwrap_or(&sizes[sizes.len() - 1])
}

/// The places of rows, by bucket.
pub(crate) fn members_by_bucket<R: Bucketed>(rows: &[&R]) -> BTreeMap<R::Bucket, Vec<usize>> {
    let mut buckets = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        buckets.entry(row.bucket()).or_insert_with(Vec::new).push(at);
    }
    buckets
}

/// For each of `cells` cells, in rows of `length`: the one before it, itself, and the one after it, with the cell that
/// follows them all in place of what lies beyond a row's end.
pub(crate) fn neighbours(cells: usize, length: usize) -> Vec<i32> {
    let end = cells as i32;
    let of_cell = |cell: usize| {
        let at = cell as i32;
        let before = if cell.is_multiple_of(length) { end } else { at - 1 };
        let after = if (cell + 1).is_multiple_of(length) { end } else { at + 1 };
        [before, at, after]
    };
    (0..cells).flat_map(of_cell).collect()
}

/// One side of a batch, flat: `cells` tokens are `rows` times `length` of them, row by row, and one of padding after
/// them all. Flat because looking rows up is the cheapest way to move them.
pub(crate) struct Side<B: Backend> {
    /// `[cells + 1]`, as are the next three.
    pub words: Tensor<B, 1, Int>,
    pub marks: Tensor<B, 1, Int>,
    pub last_names: Tensor<B, 1, Int>,
    pub other_names: Tensor<B, 1, Int>,
    /// One where there is a token: `[cells + 1, 1]`.
    pub mask: Tensor<B, 2>,
    /// For each cell the cell before it, itself, and the one after it, the last cell of all standing for the row's
    /// ends: `[3 cells]`.
    pub neighbours: Tensor<B, 1, Int>,
    /// `[rows, length]`
    pub dims: [usize; 2],
}

/// A part of each row that is pooled: which cells belong to it.
pub(crate) struct Pool<B: Backend> {
    /// One where a cell belongs: `[rows, length, 1]`.
    pub members: Tensor<B, 3>,
    /// The weights of a mean over them: `[rows, 1, length]`.
    pub shares: Tensor<B, 3>,
}

/// Rows of one bucket as tensors.
pub(crate) struct Batch<B: Backend> {
    pub claim: Side<B>,
    pub text: Side<B>,
    /// All of the claim.
    pub whole_claim: Pool<B>,
    /// The sentence without its context.
    pub sentence: Pool<B>,
    /// What an alignment starts from, higher where claim and text have equal content, out of reach where there is no
    /// text: `[rows, claim, text]`.
    pub prior: Tensor<B, 3>,
    /// `[rows, FACTS]`
    pub facts: Tensor<B, 2>,
}

impl<B: Backend> Batch<B> {
    /// Rows of one bucket, with as many empty ones after them as make up `rows_count`.
    pub fn of(rows: &[&Row], bucket: Bucket, rows_count: usize, device: &B::Device) -> Self {
        let claims: Vec<&[Cell]> = rows.iter().map(|row| row.claim.as_slice()).collect();
        let texts: Vec<&[Cell]> = rows.iter().map(|row| row.text.as_slice()).collect();
        let mut prior = vec![-FAR; rows_count * bucket.claim * bucket.text];
        let mut facts = vec![0f32; rows_count * FACTS];
        for (at, row) in rows.iter().enumerate() {
            let aligned = &mut prior[at * bucket.claim * bucket.text..(at + 1) * bucket.claim * bucket.text];
            for of_token in aligned.chunks_mut(bucket.text) {
                of_token[..row.text.len()].fill(0.0);
            }
            for &(c, t) in &row.same {
                aligned[usize::from(c) * bucket.text + usize::from(t)] = SAME_PRIOR;
            }
            facts[at * FACTS..(at + 1) * FACTS].copy_from_slice(&row.facts);
        }
        let whole: Vec<_> = rows.iter().map(|row| 0..row.claim.len()).collect();
        let sentence: Vec<_> = rows.iter().map(|row| row.sentence_start..row.text.len()).collect();
        Self {
            claim: Side::of(&claims, bucket.claim, rows_count, device),
            text: Side::of(&texts, bucket.text, rows_count, device),
            whole_claim: Pool::of(&whole, bucket.claim, rows_count, device),
            sentence: Pool::of(&sentence, bucket.text, rows_count, device),
            prior: floats(prior, [rows_count, bucket.claim, bucket.text], device),
            facts: floats(facts, [rows_count, FACTS], device),
        }
    }
}

impl<B: Backend> Side<B> {
    fn of(rows: &[&[Cell]], length: usize, rows_count: usize, device: &B::Device) -> Self {
        let cells = rows_count * length;
        let ids = |id: fn(&Cell) -> u16| {
            let mut ids = vec![0i32; cells + 1];
            for (at, row) in rows.iter().enumerate() {
                for (place, cell) in ids[at * length..].iter_mut().zip(*row) {
                    *place = i32::from(id(cell));
                }
            }
            places(ids, device)
        };
        let mut mask = vec![0f32; cells + 1];
        for (at, row) in rows.iter().enumerate() {
            mask[at * length..at * length + row.len()].fill(1.0);
        }
        Self {
            words: ids(|cell| cell.word),
            marks: ids(|cell| cell.mark),
            last_names: ids(|cell| cell.last_name),
            other_names: ids(|cell| cell.other_name),
            mask: floats(mask, [cells + 1, 1], device),
            neighbours: places(neighbours(cells, length), device),
            dims: [rows_count, length],
        }
    }
}

impl<B: Backend> Pool<B> {
    /// The cells of these ranges, one a row; empty rows after them have none.
    pub fn of(ranges: &[Range<usize>], length: usize, rows_count: usize, device: &B::Device) -> Self {
        let mut members = vec![0f32; rows_count * length];
        let mut shares = vec![0f32; rows_count * length];
        for (at, range) in ranges.iter().enumerate() {
            let cells = at * length + range.start..at * length + range.end;
            shares[cells.clone()].fill(1.0 / range.len() as f32);
            members[cells].fill(1.0);
        }
        Self {
            members: floats(members, [rows_count, length, 1], device),
            shares: floats(shares, [rows_count, 1, length], device),
        }
    }

    /// Mean and maximum over the members, of values that are never negative, zero where there are none:
    /// `[rows, length, width] -> [rows, 2 width]`.
    pub fn mean_and_max(self, x: Tensor<B, 3>) -> Tensor<B, 2> {
        // The mean as a product: its gradient is one too, where a sum's would be a broadcast.
        let mean = self.shares.matmul(x.clone()).squeeze_dim::<2>(1);
        let max = (x * self.members).max_dim(1).squeeze_dim::<2>(1);
        Tensor::cat(vec![mean, max], 1)
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
    use burn::backend::Flex;

    #[test]
    fn pools_see_only_their_members() {
        let device = Default::default();
        let x = Tensor::<Flex, 3>::from_floats([[[9.0], [1.0], [3.0]], [[1.0], [2.0], [3.0]]], &device);
        let pooled = Pool::of(std::slice::from_ref(&(1..3)), 3, 2, &device).mean_and_max(x);
        assert_eq!(pooled.into_data().to_vec::<f32>().unwrap(), [2.0, 3.0, 0.0, 0.0]);
    }

    #[test]
    fn the_bucket_is_chosen_by_the_row_alone() {
        let row = |claim, text| Row {
            claim: vec![Cell::default(); claim],
            text: vec![Cell::default(); text],
            ..Row::default()
        };
        assert_eq!(row(5, 32).bucket(), Bucket { claim: 12, text: 32 });
        assert_eq!(row(17, 33).bucket(), Bucket { claim: 24, text: 48 });
        let rows = [row(5, 32), row(17, 33), row(1, 30)];
        assert_eq!(
            members_by_bucket(&rows.iter().collect::<Vec<_>>()).into_values().collect::<Vec<_>>(),
            [vec![0, 2], vec![1]]
        );
    }
}
