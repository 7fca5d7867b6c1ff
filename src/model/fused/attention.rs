//! Attention whose scores are never stored: a block of queries at a time, in the cache, and computed again on the way back
//! from the logarithms of their sums (Dao et al. 2022, section 3.1).

use std::ops::Range;

use faer::{MatMut, MatRef};

use super::half::{Inner, Kept, fitted};
use super::linear::{Linear, LinearGradient, Onto, matrix, matrix_mut, multiply, part, part_mut};
use super::rotation::Rotation;
use super::vector::{exp, largest, sum, sum_pairs, vectorised};

/// Queries whose scores are held at a time.
const QUERIES: usize = 64;

/// The attention half of a block.
#[derive(Debug)]
pub(crate) struct Attention<'a> {
    pub query: Linear<'a>,
    pub key: Linear<'a>,
    pub value: Linear<'a>,
    pub output: Linear<'a>,
    pub heads: usize,
    /// As many as heads, or a part of them that groups of queries share.
    pub key_heads: usize,
    pub head_width: usize,
    /// Where positions are angles.
    pub rotation: Option<&'a Rotation>,
    pub reads: Reads,
}

/// What a token reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// All tokens of its row.
    All,
    /// Itself and those before it.
    Before,
}

/// Room for what one piece of a batch needs for a while.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    shares: Vec<f32>,
    flowing: Vec<f32>,
    read_flowing: Vec<f32>,
    gradients: [Vec<f32>; 3],
}

/// What the tokens of a piece ask, offer and read.
#[derive(Debug)]
pub(crate) struct Attended {
    /// `[tokens, heads * head_width]`
    queries: Vec<f32>,
    /// `[tokens, key_heads * head_width]`
    keys: Vec<f32>,
    /// As keys.
    values: Vec<f32>,
    /// As queries.
    read: Vec<f32>,
    /// `[heads, tokens]`: the logarithm of the sum of a query's exponentials.
    sums_log: Vec<f32>,
}

/// One head of the tokens of one row.
#[derive(Clone, Copy)]
struct Head {
    /// The row's first token in its piece.
    first: usize,
    /// Tokens of the row.
    count: usize,
    head: usize,
}

impl Inner for Attention<'_> {
    type Scratch = Scratch;
    type Kept = Attended;

    fn forward(&self, rows: &[usize], x: &[f32], y: &mut [f32], scratch: &mut Scratch, kept: Kept) -> Option<Attended> {
        let tokens = x.len() / self.query.inputs;
        let [mut queries, mut keys, values] = [&self.query, &self.key, &self.value].map(|linear| linear.forward(x));
        if let Some(rotation) = &self.rotation {
            rotation.turn(&mut queries, self.query.outputs, rows);
            rotation.turn(&mut keys, self.key.outputs, rows);
        }
        let read = vec![0f32; queries.len()];
        let mut it = Attended { queries, keys, values, read, sums_log: vec![0.0; self.heads * tokens] };
        for head in self.heads_of(rows) {
            self.read(head, tokens, &mut it, scratch);
        }
        self.output.add(&it.read, y);
        (kept == Kept::ForBackward).then_some(it)
    }

    fn backward(
        &self,
        rows: &[usize],
        (x, dy, kept): (&[f32], &[f32], &Attended),
        dx: &mut [f32],
        scratch: &mut Scratch,
        sums: &mut [LinearGradient],
    ) {
        let tokens = x.len() / self.query.inputs;
        let [query_sums, key_sums, value_sums, output_sums] = sums else { return };
        let mut read_flowing = std::mem::take(&mut scratch.read_flowing);
        let flowing = fitted(&mut read_flowing, kept.read.len());
        self.output.backward(&kept.read, dy, flowing, Onto::Nothing, output_sums);
        let mut gradients = std::mem::take(&mut scratch.gradients);
        let [queries, keys, values] = &mut gradients;
        let queries = fitted(queries, kept.queries.len());
        let [keys, values] = [keys, values].map(|it| fitted(it, kept.keys.len()));
        for it in [&mut *queries, &mut *keys, &mut *values] {
            it.fill(0.0);
        }
        for head in self.heads_of(rows) {
            self.read_backward(head, tokens, (kept, flowing), [&mut *queries, &mut *keys, &mut *values], scratch);
        }
        if let Some(rotation) = &self.rotation {
            rotation.turn_back(queries, self.query.outputs, rows);
            rotation.turn_back(keys, self.key.outputs, rows);
        }
        self.query.backward(x, queries, dx, Onto::Nothing, query_sums);
        self.key.backward(x, keys, dx, Onto::Sum, key_sums);
        self.value.backward(x, values, dx, Onto::Sum, value_sums);
        (scratch.read_flowing, scratch.gradients) = (read_flowing, gradients);
    }

    fn matrices(&self) -> [Option<&Linear<'_>>; 4] {
        [Some(&self.query), Some(&self.key), Some(&self.value), Some(&self.output)]
    }
}

impl Attention<'_> {
    /// The heads of rows of so many tokens.
    fn heads_of(&self, rows: &[usize]) -> impl Iterator<Item = Head> {
        let begin = |next: &mut usize, count: &usize| Some(std::mem::replace(next, *next + count));
        let firsts = rows.iter().scan(0, begin);
        firsts.zip(rows).flat_map(|(first, count)| (0..self.heads).map(move |head| Head { first, count: *count, head }))
    }

    /// What a head reads.
    fn read(&self, of: Head, tokens: usize, it: &mut Attended, scratch: &mut Scratch) {
        for (from, to, seen) in self.blocks(of.count) {
            let shares = fitted(&mut scratch.shares, (to - from) * seen);
            let queries = self.rows(&it.queries, of, from, to);
            let keys = self.key_rows(&it.keys, of, seen);
            multiply(queries, keys.transpose(), matrix_mut(shares, seen), Onto::Nothing);
            let first = of.head * tokens + of.first;
            let sums_log = &mut it.sums_log[first + from..first + to];
            self.weigh(from, seen, shares, sums_log);
            let values = self.key_rows(&it.values, of, seen);
            multiply(matrix(shares, seen), values, self.rows_mut(&mut it.read, of, from, to), Onto::Nothing);
        }
    }

    /// Adds the gradients of what a head reads, by its queries, keys and values.
    fn read_backward(
        &self,
        of: Head,
        tokens: usize,
        (kept, dread): (&Attended, &[f32]),
        [dqueries, dkeys, dvalues]: [&mut [f32]; 3],
        scratch: &mut Scratch,
    ) {
        let scale = self.scale();
        for (from, to, seen) in self.blocks(of.count) {
            let queries = self.rows(&kept.queries, of, from, to);
            let keys = self.key_rows(&kept.keys, of, seen);
            let values = self.key_rows(&kept.values, of, seen);
            let dread_rows = self.rows(dread, of, from, to);
            let read_rows = self.rows(&kept.read, of, from, to);
            let shares = fitted(&mut scratch.shares, (to - from) * seen);
            let flowing = fitted(&mut scratch.flowing, (to - from) * seen);
            multiply(queries, keys.transpose(), matrix_mut(shares, seen), Onto::Nothing);
            multiply(dread_rows, values.transpose(), matrix_mut(flowing, seen), Onto::Nothing);
            let first = of.head * tokens + of.first;
            let sums_log = &kept.sums_log[first + from..first + to];
            vectorised(
                #[inline(always)]
                || {
                    let rows = shares.chunks_exact_mut(seen).zip(flowing.chunks_exact_mut(seen)).zip(sums_log);
                    for (at, ((shares, flowing), sum_log)) in rows.enumerate() {
                        let read = self.reads.up_to(from + at, seen);
                        let along = dot(&dread_rows, &read_rows, at);
                        for (share, dshare) in shares[..read].iter_mut().zip(&mut flowing[..read]) {
                            *share = exp(*share * scale - *sum_log);
                            *dshare = *share * (*dshare - along) * scale;
                        }
                        shares[read..].fill(0.0);
                        flowing[read..].fill(0.0);
                    }
                },
            );
            let (shares, flowing) = (matrix(shares, seen), matrix(flowing, seen));
            multiply(shares.transpose(), dread_rows, self.key_rows_mut(dvalues, of, seen), Onto::Sum);
            multiply(flowing, keys, self.rows_mut(dqueries, of, from, to), Onto::Nothing);
            multiply(flowing.transpose(), queries, self.key_rows_mut(dkeys, of, seen), Onto::Sum);
        }
    }

    /// Turns products of queries and keys into how far each query reads each key.
    fn weigh(&self, from: usize, seen: usize, shares: &mut [f32], sums_log: &mut [f32]) {
        let scale = self.scale();
        vectorised(
            #[inline(always)]
            || {
                for (at, (row, sum_log)) in shares.chunks_exact_mut(seen).zip(sums_log).enumerate() {
                    let read = self.reads.up_to(from + at, seen);
                    let (row, unread) = row.split_at_mut(read);
                    let top = largest(row) * scale;
                    row.iter_mut().for_each(|share| *share = exp(*share * scale - top));
                    let total = sum(row, |share| share);
                    row.iter_mut().for_each(|share| *share /= total);
                    unread.fill(0.0);
                    *sum_log = top + total.ln();
                }
            },
        );
    }

    /// Blocks of queries: from, to, and the keys that they may read.
    fn blocks(&self, count: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let reads = self.reads;
        (0..count).step_by(QUERIES).map(move |from| {
            let to = (from + QUERIES).min(count);
            (from, to, if reads == Reads::Before { to } else { count })
        })
    }

    fn scale(&self) -> f32 {
        (self.head_width as f32).powf(-0.5)
    }

    /// `[to - from, head_width]` of queries, or of what they read.
    fn rows<'v>(&self, values: &'v [f32], of: Head, from: usize, to: usize) -> MatRef<'v, f32> {
        part(values, self.query.outputs, of.first + from..of.first + to, self.units(of.head))
    }

    fn rows_mut<'v>(&self, values: &'v mut [f32], of: Head, from: usize, to: usize) -> MatMut<'v, f32> {
        part_mut(values, self.query.outputs, of.first + from..of.first + to, self.units(of.head))
    }

    /// `[seen, head_width]` of the keys or values that a head reads.
    fn key_rows<'v>(&self, values: &'v [f32], of: Head, seen: usize) -> MatRef<'v, f32> {
        part(values, self.key.outputs, of.first..of.first + seen, self.units(self.shared(of.head)))
    }

    fn key_rows_mut<'v>(&self, values: &'v mut [f32], of: Head, seen: usize) -> MatMut<'v, f32> {
        part_mut(values, self.key.outputs, of.first..of.first + seen, self.units(self.shared(of.head)))
    }

    /// The key head that a head reads.
    fn shared(&self, head: usize) -> usize {
        head * self.key_heads / self.heads
    }

    fn units(&self, head: usize) -> Range<usize> {
        head * self.head_width..(head + 1) * self.head_width
    }
}

impl Reads {
    /// How many of the keys a query reads.
    #[inline(always)]
    fn up_to(self, query: usize, keys: usize) -> usize {
        match self {
            Self::All => keys,
            Self::Before => (query + 1).min(keys),
        }
    }
}

#[inline(always)]
fn dot(a: &MatRef<'_, f32>, b: &MatRef<'_, f32>, row: usize) -> f32 {
    match [a, b].map(|it| it.row(row).try_as_row_major()) {
        [Some(a), Some(b)] => sum_pairs(a.as_slice(), b.as_slice(), |a, b| a * b),
        _ => a.row(row) * b.row(row).transpose(),
    }
}
