//! Norms over the units of a token.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{Architecture, Family};

/// Layer norm (Ba et al. 2016), or without a bias RMS norm (Zhang and Sennrich 2019).
#[derive(Module, Debug)]
pub(crate) struct Norm<B: Backend> {
    /// `[width]`
    pub gain: Param<Tensor<B, 1>>,
    /// `[width]`
    pub bias: Option<Param<Tensor<B, 1>>>,
    epsilon: f64,
}

impl<B: Backend> Norm<B> {
    /// Of the kind that the architecture has, with a gain of one.
    pub fn ones(architecture: &Architecture, device: &B::Device) -> Self {
        let is_layer_norm = matches!(architecture.family, Family::Bert | Family::Gpt2);
        Self {
            gain: Param::from_tensor(Tensor::ones([architecture.width], device)),
            bias: is_layer_norm.then(|| Param::from_tensor(Tensor::zeros([architecture.width], device))),
            epsilon: architecture.norm_epsilon,
        }
    }

    /// What keeps it from dividing by zero.
    pub fn epsilon(&self) -> f64 {
        self.epsilon
    }

    /// `[batch, tokens, width]` to the same.
    pub fn forward(&self, x: Tensor<B, 3>) -> Tensor<B, 3> {
        let gain = self.gain.val().unsqueeze();
        match &self.bias {
            Some(bias) => {
                let centred = x.clone() - x.mean_dim(2);
                let variance = centred.clone().square().mean_dim(2);
                centred / (variance + self.epsilon).sqrt() * gain + bias.val().unsqueeze()
            }
            None => {
                let square = x.clone().square().mean_dim(2);
                x / (square + self.epsilon).sqrt() * gain
            }
        }
    }
}
