//! Products of matrices, and a matrix with a bias and perhaps an adapter beside it.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::vector::vectorised;

/// Products of so many numbers or fewer are another operation of faer's than those of more.
const FEW_PRODUCTS: usize = 16 * 16 * 16;

/// `[inputs, outputs]` weights and perhaps `[outputs]` biases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear<'a> {
    /// With the adapter's product added, so that nothing else is to be done on the way forward.
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
    pub inputs: usize,
    pub outputs: usize,
    pub learns: Learns,
    /// What is added to the weights, which learns in any case.
    pub adapter: Option<Adapter<'a>>,
}

/// Two thin matrices whose product is added to a matrix (Hu et al. 2021).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adapter<'a> {
    /// `[inputs, rank]`
    pub down: &'a [f32],
    /// `[rank, outputs]`
    pub up: &'a [f32],
    pub rank: usize,
    /// What their product is multiplied by.
    pub scale: f32,
}

/// Whether gradients by some weights are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learns {
    All,
    Nothing,
}

/// Gradients by these, empty where none is found.
#[derive(Clone, Debug, Default)]
pub(crate) struct LinearGradient {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub down: Vec<f32>,
    pub up: Vec<f32>,
}

/// What becomes of what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onto {
    Nothing,
    Sum,
}

/// `out = a b`, or added to it. By one thread, so that no bit depends on how many there are.
pub(super) fn multiply(a: MatRef<'_, f32>, b: MatRef<'_, f32>, out: MatMut<'_, f32>, onto: Onto) {
    multiply_scaled(1.0, a, b, out, onto);
}

/// `out = scale a b`, or added to it.
fn multiply_scaled(scale: f32, a: MatRef<'_, f32>, b: MatRef<'_, f32>, out: MatMut<'_, f32>, onto: Onto) {
    let kept = if onto == Onto::Sum { Accum::Add } else { Accum::Replace };
    matmul(out, kept, a, b, scale, Par::Seq);
}

/// The same, with the bits of each row whatever the other rows are and however many: so that a text is scored alike alone and
/// among others. faer has other operations for one row and for few values; few rows are multiplied among rows of zeros. (On
/// x86-64 with AVX2; elsewhere faer's products are another library's, which was not looked at.)
fn multiply_by_rows(a: MatRef<'_, f32>, b: MatRef<'_, f32>, mut out: MatMut<'_, f32>, onto: Onto) {
    let [rows, inner, columns] = [a.nrows(), a.ncols(), b.ncols()];
    let rows_least = (FEW_PRODUCTS / (inner * columns).max(1) + 1).max(2);
    if rows >= rows_least {
        return multiply(a, b, out, onto);
    }
    let (mut among, mut found) = (vec![0f32; rows_least * inner], vec![0f32; rows_least * columns]);
    matrix_mut(&mut among, inner).subrows_mut(0, rows).copy_from(a);
    if onto == Onto::Sum {
        matrix_mut(&mut found, columns).subrows_mut(0, rows).copy_from(out.as_ref());
    }
    multiply(matrix(&among, inner), b, matrix_mut(&mut found, columns), onto);
    out.copy_from(matrix(&found, columns).subrows(0, rows));
}

/// `[rows, columns]`, row by row.
///
/// # Panics
/// If there are not as many values.
pub(super) fn matrix(values: &[f32], columns: usize) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(values, values.len() / columns, columns)
}

/// The same to be written to.
///
/// # Panics
/// If there are not as many values.
pub(super) fn matrix_mut(values: &mut [f32], columns: usize) -> MatMut<'_, f32> {
    let rows = values.len() / columns;
    MatMut::from_row_major_slice_mut(values, rows, columns)
}

/// Some rows and columns of `[rows, units]`.
///
/// # Panics
/// If they are not all there.
pub(super) fn part(values: &[f32], units: usize, rows: Range<usize>, columns: Range<usize>) -> MatRef<'_, f32> {
    let first = rows.start * units + columns.start;
    MatRef::from_row_major_slice_with_stride(&values[first..], rows.len(), columns.len(), units)
}

/// The same to be written to.
///
/// # Panics
/// If they are not all there.
pub(super) fn part_mut(values: &mut [f32], units: usize, rows: Range<usize>, columns: Range<usize>) -> MatMut<'_, f32> {
    let first = rows.start * units + columns.start;
    // faer 0.24's own constructor for rows (`from_row_major_slice_with_stride_mut`) takes rows for columns, and writes beyond the
    // slice.
    MatMut::from_column_major_slice_with_stride_mut(&mut values[first..], columns.len(), rows.len(), units)
        .transpose_mut()
}

impl Linear<'_> {
    pub(super) fn blank(&self) -> LinearGradient {
        let own = |values: &[f32]| self.learns.blank(values.len());
        let beside = |of: fn(&Adapter<'_>) -> usize| vec![0.0; self.adapter.as_ref().map_or(0, of)];
        LinearGradient {
            weight: own(self.weight),
            bias: own(self.bias.unwrap_or(&[])),
            down: beside(|it| it.down.len()),
            up: beside(|it| it.up.len()),
        }
    }

    /// Whether a gradient is found from what went in.
    pub(super) fn needs_input(&self) -> bool {
        self.learns == Learns::All || self.adapter.is_some()
    }

    /// `[tokens, inputs] -> [tokens, outputs]`
    pub(super) fn forward(&self, x: &[f32]) -> Vec<f32> {
        let tokens = x.len() / self.inputs;
        let (mut y, onto) = match self.bias {
            Some(bias) => (bias.repeat(tokens), Onto::Sum),
            None => (vec![0.0; tokens * self.outputs], Onto::Nothing),
        };
        self.product(x, &mut y, onto);
        y
    }

    /// Adds what comes of `x` to `y`.
    pub(super) fn add(&self, x: &[f32], y: &mut [f32]) {
        if let Some(bias) = self.bias {
            let rows = y.chunks_exact_mut(self.outputs);
            vectorised(
                #[inline(always)]
                || rows.for_each(|row| row.iter_mut().zip(bias).for_each(|(y, bias)| *y += *bias)),
            );
        }
        self.product(x, y, Onto::Sum);
    }

    fn product(&self, x: &[f32], y: &mut [f32], onto: Onto) {
        multiply_by_rows(matrix(x, self.inputs), matrix(self.weight, self.outputs), matrix_mut(y, self.outputs), onto);
    }

    /// From what went in and the gradient by what came out: the gradient by what went in.
    pub(super) fn backward(&self, x: &[f32], dy: &[f32], dx: &mut [f32], onto: Onto, sums: &mut LinearGradient) {
        let dy_rows = matrix(dy, self.outputs);
        let weight = matrix(self.weight, self.outputs);
        multiply_by_rows(dy_rows, weight.transpose(), matrix_mut(dx, self.inputs), onto);
        if let Some(adapter) = &self.adapter {
            adapter.backward(matrix(x, self.inputs), dy_rows, sums);
        }
        if self.learns == Learns::Nothing {
            return;
        }
        let weight = matrix_mut(&mut sums.weight, self.outputs);
        multiply(matrix(x, self.inputs).transpose(), dy_rows, weight, Onto::Sum);
        if !sums.bias.is_empty() {
            vectorised(
                #[inline(always)]
                || {
                    for row in dy.chunks_exact(self.outputs) {
                        sums.bias.iter_mut().zip(row).for_each(|(sum, dy)| *sum += *dy);
                    }
                },
            );
        }
    }
}

impl Adapter<'_> {
    /// From what went in, `[tokens, inputs]`, and the gradient by what came out, `[tokens, outputs]`: adds the gradients by
    /// both matrices, by way of `[tokens, rank]` alone.
    fn backward(&self, x: MatRef<'_, f32>, dy: MatRef<'_, f32>, sums: &mut LinearGradient) {
        let (down, up) = (matrix(self.down, self.rank), matrix(self.up, dy.ncols()));
        let mut thin = Mat::zeros(x.nrows(), self.rank);
        multiply_scaled(self.scale, dy, up.transpose(), thin.as_mut(), Onto::Nothing);
        multiply(x.transpose(), thin.as_ref(), matrix_mut(&mut sums.down, self.rank), Onto::Sum);
        multiply_scaled(self.scale, x, down, thin.as_mut(), Onto::Nothing);
        multiply(thin.transpose(), dy, matrix_mut(&mut sums.up, dy.ncols()), Onto::Sum);
    }
}

impl Learns {
    /// Room for the gradient by so many weights.
    pub(super) fn blank(self, values: usize) -> Vec<f32> {
        vec![0.0; if self == Self::All { values } else { 0 }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use proptest::prelude::*;
    use rand::RngExt;

    /// Whole numbers, so that sums are exact in any order.
    fn whole(count: usize) -> Vec<f32> {
        (0..count).map(|at| (at * 7 % 11) as f32 - 5.0).collect()
    }

    proptest! {
        #[test]
        fn a_product_is_written_where_it_belongs_and_nowhere_else(
            (rows, inner, columns) in (1..40usize, 1..40usize, 1..40usize),
            (beside, first_row, first_column) in (0..20usize, 0..5usize, 0..5usize),
            onto in prop_oneof![Just(Onto::Nothing), Just(Onto::Sum)],
        ) {
            let (a, b) = (whole(rows * inner), whole(inner * columns));
            let units = first_column + columns + beside;
            let before = whole((first_row + rows + 3) * units);
            let (within, across) = (first_row..first_row + rows, first_column..first_column + columns);
            let exact = before.iter().enumerate().map(|(at, before)| {
                let (row, column) = (at / units, at % units);
                if !(within.contains(&row) && across.contains(&column)) {
                    return *before;
                }
                let (row, column) = (row - first_row, column - first_column);
                let product: f32 = (0..inner).map(|k| a[row * inner + k] * b[k * columns + column]).sum();
                product + if onto == Onto::Sum { *before } else { 0.0 }
            });
            let exact: Vec<f32> = exact.collect();
            let mut found = before.clone();
            let out = part_mut(&mut found, units, within.clone(), across.clone());
            multiply(matrix(&a, inner), matrix(&b, columns), out, onto);
            prop_assert_eq!(&found, &exact);
            // The same of what is read by columns.
            let mut found = before.clone();
            let transposed = |values: &[f32], columns: usize| -> Vec<f32> {
                (0..values.len()).map(|at| values[at % (values.len() / columns) * columns + at / (values.len() / columns)]).collect()
            };
            let (a, b) = (transposed(&a, inner), transposed(&b, columns));
            let out = part_mut(&mut found, units, within, across);
            multiply(matrix(&a, rows).transpose(), matrix(&b, inner).transpose(), out, onto);
            prop_assert_eq!(&found, &exact);
        }

        #[test]
        fn a_row_has_the_same_bits_among_however_many(
            (rows, inner, columns) in (2..140usize, prop_oneof![1..40usize, 500..1_100usize], 1..220usize),
            onto in prop_oneof![Just(Onto::Nothing), Just(Onto::Sum)],
            seed in 0..1_000u64,
        ) {
            let mut rng = Stream::root(seed).named("rows").rng();
            let mut drawn = |count: usize| (0..count).map(|_| rng.random::<f32>() - 0.5).collect::<Vec<_>>();
            let (a, b, before) = (drawn(rows * inner), drawn(inner * columns), drawn(rows * columns));
            // By rows, as on the way forward, and by columns, as on the way back.
            for b in [matrix(&b, columns), matrix(&b, inner).transpose()] {
                let product = |rows: Range<usize>| {
                    let mut out = before[rows.start * columns..rows.end * columns].to_vec();
                    let a = matrix(&a, inner).subrows(rows.start, rows.len());
                    multiply_by_rows(a, b, matrix_mut(&mut out, columns), onto);
                    out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                };
                let all = product(0..rows);
                for part in [0..1, rows - 1..rows, 0..rows / 2, rows / 2..rows] {
                    prop_assert_eq!(product(part.clone()), &all[part.start * columns..part.end * columns], "rows {:?}", part);
                }
            }
        }
    }
}
