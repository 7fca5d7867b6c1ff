//! Products of matrices, and a matrix with a bias and perhaps an adapter beside it.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::vector::vectorised;

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
        if let Some(adapter) = &self.adapter {
            adapter.backward(matrix(x, self.inputs), dy_rows, sums);
        }
        if self.learns == Learns::Nothing {
            return;
        }
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

impl Adapter<'_> {
    /// From what went in, `[tokens, inputs]`, and the gradient by what came out, `[tokens, outputs]`: adds the gradients by
    /// both matrices, by way of `[tokens, rank]` alone.
    fn backward(&self, x: ArrayView2<'_, f32>, dy: ArrayView2<'_, f32>, sums: &mut LinearGradient) {
        let (down, up) = (matrix(self.down, self.rank), matrix(self.up, dy.ncols()));
        let mut thin = Array2::zeros((x.nrows(), self.rank));
        general_mat_mul(self.scale, &dy, &up.t(), 0.0, &mut thin);
        multiply(x.t(), thin.view(), matrix_mut(&mut sums.down, self.rank), Onto::Sum);
        general_mat_mul(self.scale, &x, &down, 0.0, &mut thin);
        multiply(thin.t(), dy, matrix_mut(&mut sums.up, dy.ncols()), Onto::Sum);
    }
}

impl Learns {
    /// Room for the gradient by so many weights.
    pub(super) fn blank(self, values: usize) -> Vec<f32> {
        vec![0.0; if self == Self::All { values } else { 0 }]
    }
}
