//! How gradients are found, so that trainings side by side lose none.
//!
//! In burn 0.21 a backward pass ends by sweeping the tapes of all threads: of a tape that nobody seems to hold, what was
//! recorded last is freed, and a gradient is lost without a word (tracel-ai/burn, issue 5573). A tape is held as long as one
//! tensor on it is, other than the one that an operation is just taking in. A weight is on its tape from when it is first
//! asked for gradients, and until a backward pass goes over it; recorded on after that, it is on none. So every backward
//! pass gets weights of its own that no pass went over before, and holds them until it has ended: then each tape that leads
//! to a weight is held by that weight, and nothing sweeps it. What leads to no weight has no gradient to lose.

use burn::module::{AutodiffModule, Module, ModuleMapper, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::fused::Trained;

/// A loss and its gradients by all weights of the network that are trained, under their names. It is to be made of the
/// network that it is given.
pub(crate) fn gradients<B: Trained, M: AutodiffModule<B>>(
    network: &M,
    loss: impl FnOnce(&M) -> Tensor<B, 1>,
) -> (Tensor<B::InnerBackend, 1>, GradientsParams) {
    let held = apart(network);
    let loss = loss(&held);
    let gradients = loss.backward();
    (loss.inner(), GradientsParams::from_grads(gradients, &held))
}

/// The same for what is also made of `x`: `[batch, tokens, width]`, with its gradient by that.
pub(crate) fn gradients_through<B: Trained, M: AutodiffModule<B>>(
    network: &M,
    x: Tensor<B::InnerBackend, 3>,
    loss: impl FnOnce(&M, Tensor<B, 3>) -> Tensor<B, 1>,
) -> (Tensor<B::InnerBackend, 1>, GradientsParams, Tensor<B::InnerBackend, 3>) {
    let (held, x) = (apart(network), Tensor::<B, 3>::from_inner(x).require_grad());
    let loss = loss(&held, x.clone());
    let gradients = loss.backward();
    // None where nothing was made of it: then it is zero.
    let by_x = x.grad(&gradients).unwrap_or_else(|| x.inner().zeros_like());
    (loss.inner(), GradientsParams::from_grads(gradients, &held), by_x)
}

/// The network with each weight on a tape of its own, named as before.
fn apart<B: Trained, M: Module<B>>(network: &M) -> M {
    network.clone().map(&mut Apart)
}

struct Apart;

impl<B: Trained> ModuleMapper<B> for Apart {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        param.map(|weight| {
            let is_trained = weight.is_require_grad();
            Tensor::from_inner(weight.inner()).set_require_grad(is_trained)
        })
    }
}
