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

    /// `[rows, length] -> [rows * length, width]`
    pub fn look_up(&self, ids: Tensor<B, 2, Int>) -> Tensor<B, 2> {
        let [rows, length] = ids.dims();
        self.rows.val().select(0, ids.reshape([rows * length]))
    }
}

/// Each position beside its neighbours, zero beyond the ends: `[rows, length, width] -> [rows, length, 3 width]`.
pub(crate) fn with_neighbours<B: Backend>(x: Tensor<B, 3>) -> Tensor<B, 3> {
    let [rows, length, width] = x.dims();
    let edge = Tensor::zeros([rows, 1, width], &x.device());
    let before = Tensor::cat(vec![edge.clone(), x.clone().narrow(1, 0, length - 1)], 1);
    let after = Tensor::cat(vec![x.clone().narrow(1, 1, length - 1), edge], 1);
    Tensor::cat(vec![before, x, after], 2)
}

/// Mean and maximum over the length where `mask` is one, of values that are never negative:
/// `[rows, length, width], [rows, length] -> [rows, 2 width]`. Zero where the mask is empty.
pub(crate) fn mean_and_max<B: Backend>(x: Tensor<B, 3>, mask: Tensor<B, 2>) -> Tensor<B, 2> {
    let count = mask.clone().sum_dim(1).clamp_min(1.0);
    let kept = x * mask.unsqueeze_dim::<3>(2);
    let mean = kept.clone().sum_dim(1).squeeze_dim::<2>(1) / count;
    let max = kept.max_dim(1).squeeze_dim::<2>(1);
    Tensor::cat(vec![mean, max], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn neighbours_are_zero_beyond_the_ends() {
        let x = Tensor::<Flex, 3>::from_floats([[[1.0], [2.0], [3.0]]], &Default::default());
        let y = with_neighbours(x).into_data().to_vec::<f32>().unwrap();
        assert_eq!(y, [0.0, 1.0, 2.0, 1.0, 2.0, 3.0, 2.0, 3.0, 0.0]);
    }

    #[test]
    fn pools_see_only_what_is_unmasked() {
        let device = Default::default();
        let x = Tensor::<Flex, 3>::from_floats([[[1.0], [3.0], [9.0]], [[1.0], [2.0], [3.0]]], &device);
        let mask = Tensor::from_floats([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], &device);
        let y = mean_and_max(x, mask).into_data().to_vec::<f32>().unwrap();
        assert_eq!(y, [2.0, 3.0, 0.0, 0.0]);
    }
}
