//! The blocks that networks are made of. They start at zero; [`super::init`] gives them their weights.

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};

/// `y = x W + b` over the last axis.
#[derive(Module, Debug)]
pub(crate) struct Linear<B: Backend> {
    /// `[inputs, outputs]`
    pub weight: Param<Tensor<B, 2>>,
    /// `[outputs]`
    pub bias: Param<Tensor<B, 1>>,
}

impl<B: Backend> Linear<B> {
    pub fn zeros(inputs: usize, outputs: usize, device: &B::Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([inputs, outputs], device)),
            bias: Param::from_tensor(Tensor::zeros([outputs], device)),
        }
    }

    /// `[rows, inputs] -> [rows, outputs]`
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        x.matmul(self.weight.val()) + self.bias.val().unsqueeze()
    }

    /// `[rows, length, inputs] -> [rows, length, outputs]`, as one flat product: a batched one would sum the weight's
    /// gradient matrix by matrix.
    pub fn forward_sequence(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let [rows, length, inputs] = x.dims();
        let y = self.forward(x.reshape([rows * length, inputs]));
        let outputs = y.dims()[1];
        y.reshape([rows, length, outputs])
    }

    /// `[rows, length, part]` for each part to `[rows, length, outputs]`: as [`Self::forward_sequence`] of the parts
    /// side by side, without laying them so, which would make every gradient a strided view.
    pub fn forward_parts(&self, parts: Vec<Tensor<B, 3>>) -> Tensor<B, 3> {
        let outputs = self.bias.val().dims()[0];
        let mut first = 0;
        let mut sum = self.bias.val().unsqueeze::<2>();
        let mut dims = [0; 3];
        for part in parts {
            let [rows, length, width] = part.dims();
            let weight = self.weight.val().narrow(0, first, width);
            sum = part.reshape([rows * length, width]).matmul(weight) + sum;
            first += width;
            dims = [rows, length, outputs];
        }
        sum.reshape(dims)
    }
}

/// A table of vectors, looked up by id.
#[derive(Module, Debug)]
pub(crate) struct Table<B: Backend> {
    /// `[ids, width]`
    pub rows: Param<Tensor<B, 2>>,
}

impl<B: Backend> Table<B> {
    pub fn zeros(ids: usize, width: usize, device: &B::Device) -> Self {
        Self { rows: Param::from_tensor(Tensor::zeros([ids, width], device)) }
    }

    /// `[count] -> [count, width]`
    pub fn look_up(&self, ids: Tensor<B, 1, Int>) -> Tensor<B, 2> {
        self.rows.val().select(0, ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn a_linear_block_is_the_same_on_rows_and_on_sequences() {
        let device = Default::default();
        let mut linear = Linear::<Flex>::zeros(2, 1, &device);
        linear.weight = Param::from_tensor(Tensor::from_floats([[2.0], [3.0]], &device));
        linear.bias = Param::from_tensor(Tensor::from_floats([1.0], &device));
        let x = Tensor::from_floats([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]]], &device);
        let y = linear.forward_sequence(x).into_data().to_vec::<f32>().unwrap();
        assert_eq!(y, [3.0, 4.0, 6.0, 1.0]);
    }

    #[test]
    fn parts_are_read_as_if_side_by_side() {
        let device = Default::default();
        let mut linear = Linear::<Flex>::zeros(3, 1, &device);
        linear.weight = Param::from_tensor(Tensor::from_floats([[2.0], [3.0], [5.0]], &device));
        linear.bias = Param::from_tensor(Tensor::from_floats([1.0], &device));
        let parts = vec![Tensor::from_floats([[[1.0, 10.0]]], &device), Tensor::from_floats([[[100.0]]], &device)];
        assert_eq!(linear.forward_parts(parts).into_data().to_vec::<f32>().unwrap(), [533.0]);
    }

    #[test]
    fn a_table_is_looked_up_by_row() {
        let device = Default::default();
        let mut table = Table::<Flex>::zeros(3, 2, &device);
        table.rows = Param::from_tensor(Tensor::from_floats([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]], &device));
        let rows = table.look_up(Tensor::from_ints([2, 0], &device)).into_data().to_vec::<f32>().unwrap();
        assert_eq!(rows, [2.0, 2.1, 0.0, 0.1]);
    }
}
