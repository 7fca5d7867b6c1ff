//! A matrix with or without a bias, and the low-rank adapter that may stand beside it.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::model::arithmetic::as_precise_as;

/// `y = x W + b`, and with an adapter `+ x A B alpha / rank` (Hu et al. 2021, equation 3).
#[derive(Module, Debug)]
pub(crate) struct Projection<B: Backend> {
    /// `[inputs, outputs]`
    pub weight: Param<Tensor<B, 2>>,
    /// `[outputs]`
    pub bias: Option<Param<Tensor<B, 1>>>,
    /// Beside it.
    pub adapter: Option<Adapter<B>>,
}

/// Two thin matrices whose product is added to a frozen one.
#[derive(Module, Debug)]
pub(crate) struct Adapter<B: Backend> {
    /// `[inputs, rank]`; drawn.
    pub down: Down<B>,
    /// `[rank, outputs]`; zero at first, so that the adapter begins as nothing.
    pub up: Param<Tensor<B, 2>>,
    /// What their product is multiplied by.
    pub scale: f64,
}

/// A matrix that is drawn like any other weight.
#[derive(Module, Debug)]
pub(crate) struct Down<B: Backend> {
    /// `[inputs, rank]`
    pub weight: Param<Tensor<B, 2>>,
}

/// Whether a projection has a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bias {
    With,
    Without,
}

impl<B: Backend> Projection<B> {
    pub fn zeros(inputs: usize, outputs: usize, bias: Bias, device: &B::Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([inputs, outputs], device)),
            bias: (bias == Bias::With).then(|| Param::from_tensor(Tensor::zeros([outputs], device))),
            adapter: None,
        }
    }

    /// `[rows, inputs] -> [rows, outputs]`
    pub fn forward(&self, x: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut y = x.clone().matmul(as_precise_as(self.weight.val(), &x));
        if let Some(adapter) = &self.adapter {
            let [down, up] = [&adapter.down.weight, &adapter.up].map(|it| as_precise_as(it.val(), &x));
            y = y + x.matmul(down).matmul(up) * adapter.scale;
        }
        match &self.bias {
            Some(bias) => {
                let bias = as_precise_as(bias.val(), &y).unsqueeze();
                y + bias
            }
            None => y,
        }
    }

    /// The same as so many outputs of equal width, side by side: `[rows, inputs]` to `[rows, outputs / count]` each.
    pub fn in_parts(&self, x: &Tensor<B, 2>, count: usize) -> Vec<Tensor<B, 2>> {
        let width = self.weight.val().dims()[1] / count;
        let as_precise = |param: &Param<Tensor<B, 2>>| as_precise_as(param.val(), x);
        let weight = as_precise(&self.weight);
        let beside = self
            .adapter
            .as_ref()
            .map(|it| (x.clone().matmul(as_precise(&it.down.weight)) * it.scale, as_precise(&it.up)));
        let part = |at: usize| {
            let of = |matrix: &Tensor<B, 2>| matrix.clone().narrow(1, at * width, width);
            let mut y = x.clone().matmul(of(&weight));
            if let Some((down, up)) = &beside {
                y = y + down.clone().matmul(of(up));
            }
            match &self.bias {
                Some(bias) => y + as_precise_as(bias.val(), x).narrow(0, at * width, width).unsqueeze(),
                None => y,
            }
        };
        (0..count).map(part).collect()
    }

    /// The same of inputs that are given in parts of equal width, at least one: `[rows, inputs / count]` each to `[rows, outputs]`.
    pub fn of_parts(&self, parts: &[Tensor<B, 2>]) -> Tensor<B, 2> {
        let summed = |matrix: Tensor<B, 2>| {
            let product = |at: usize| {
                let width = parts[at].dims()[1];
                parts[at].clone().matmul(matrix.clone().narrow(0, at * width, width))
            };
            (1..parts.len()).fold(product(0), |sum, at| sum + product(at))
        };
        let as_precise = |param: &Param<Tensor<B, 2>>| as_precise_as(param.val(), &parts[0]);
        let mut y = summed(as_precise(&self.weight));
        if let Some(adapter) = &self.adapter {
            y = y + summed(as_precise(&adapter.down.weight)).matmul(as_precise(&adapter.up)) * adapter.scale;
        }
        match &self.bias {
            Some(bias) => y + as_precise_as(bias.val(), &parts[0]).unsqueeze(),
            None => y,
        }
    }

    /// With an adapter of that rank beside it, itself frozen.
    pub fn adapted(mut self, rank: usize, alpha: f64) -> Self {
        let [inputs, outputs] = self.weight.val().dims();
        let device = self.weight.val().device();
        self.adapter = Some(Adapter {
            down: Down { weight: Param::from_tensor(Tensor::zeros([inputs, rank], &device)) },
            up: Param::from_tensor(Tensor::zeros([rank, outputs], &device)),
            scale: alpha / rank as f64,
        });
        self
    }

    /// With its adapter added to its weight.
    pub fn merged(mut self) -> Self {
        if let Some(adapter) = self.adapter.take() {
            let beside = [adapter.down.weight.val(), adapter.up.val()];
            self.weight = self.weight.map(|weight| added(weight, beside, adapter.scale));
        }
        self
    }
}

/// `W + A B scale`: `[inputs, outputs]` of the same, `[inputs, rank]` and `[rank, outputs]`.
pub(crate) fn added<B: Backend>(weight: Tensor<B, 2>, [down, up]: [Tensor<B, 2>; 2], scale: f64) -> Tensor<B, 2> {
    weight + down.matmul(up) * scale
}
