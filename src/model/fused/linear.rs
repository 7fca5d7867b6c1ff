//! Products of matrices, and a matrix with a bias.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::vector::vectorised;

/// `[inputs, outputs]` weights and perhaps `[outputs]` biases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Linear<'a> {
    pub weight: &'a [f32],
    pub bias: Option<&'a [f32]>,
    pub inputs: usize,
    pub outputs: usize,
}

/// Gradients by these.
#[derive(Clone, Debug)]
pub(crate) struct LinearGradient {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// What becomes of what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onto {
    Nothing,
    Sum,
}

/// `out = a b`, or added to it.
pub(super) fn multiply(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, mut out: ArrayViewMut2<'_, f32>, onto: Onto) {
    let kept = if onto == Onto::Sum { 1.0 } else { 0.0 };
    general_mat_mul(1.0, &a, &b, kept, &mut out);
}

/// `[rows, columns]`, row by row.
///
/// # Panics
/// If there are not as many values.
pub(super) fn matrix(values: &[f32], columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((values.len() / columns, columns), values).expect("rows of one length")
}

/// The same to be written to.
///
/// # Panics
/// If there are not as many values.
pub(super) fn matrix_mut(values: &mut [f32], columns: usize) -> ArrayViewMut2<'_, f32> {
    ArrayViewMut2::from_shape((values.len() / columns, columns), values).expect("rows of one length")
}

/// Some rows and columns of `[rows, units]`.
///
/// # Panics
/// If they are not all there.
pub(super) fn part(values: &[f32], units: usize, rows: Range<usize>, columns: Range<usize>) -> ArrayView2<'_, f32> {
    let shape = (rows.len(), columns.len()).strides((units, 1));
    ArrayView2::from_shape(shape, &values[rows.start * units + columns.start..]).expect("a part of the matrix")
}

/// The same to be written to.
///
/// # Panics
/// If they are not all there.
pub(super) fn part_mut(
    values: &mut [f32],
    units: usize,
    rows: Range<usize>,
    columns: Range<usize>,
) -> ArrayViewMut2<'_, f32> {
    let shape = (rows.len(), columns.len()).strides((units, 1));
    ArrayViewMut2::from_shape(shape, &mut values[rows.start * units + columns.start..]).expect("a part of the matrix")
}

impl Linear<'_> {
    pub(super) fn blank(&self) -> LinearGradient {
        LinearGradient { weight: vec![0.0; self.weight.len()], bias: vec![0.0; self.bias.map_or(0, <[f32]>::len)] }
    }

    /// `[tokens, inputs] -> [tokens, outputs]`
    pub(super) fn forward(&self, x: &[f32], y: &mut [f32], onto: Onto) {
        if let Some(bias) = self.bias {
            vectorised(
                #[inline(always)]
                || {
                    for row in y.chunks_exact_mut(self.outputs) {
                        match onto {
                            Onto::Nothing => row.copy_from_slice(bias),
                            Onto::Sum => row.iter_mut().zip(bias).for_each(|(y, bias)| *y += *bias),
                        }
                    }
                },
            );
        }
        let onto = if self.bias.is_some() { Onto::Sum } else { onto };
        multiply(matrix(x, self.inputs), matrix(self.weight, self.outputs), matrix_mut(y, self.outputs), onto);
    }

    /// From what went in and the gradient by what came out: the gradient by what went in.
    pub(super) fn backward(&self, x: &[f32], dy: &[f32], dx: &mut [f32], onto: Onto, sums: &mut LinearGradient) {
        let dy_rows = matrix(dy, self.outputs);
        multiply(dy_rows, matrix(self.weight, self.outputs).reversed_axes(), matrix_mut(dx, self.inputs), onto);
        let weight = matrix_mut(&mut sums.weight, self.outputs);
        multiply(matrix(x, self.inputs).reversed_axes(), dy_rows, weight, Onto::Sum);
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
