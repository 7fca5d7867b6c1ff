//! How gradients are found, so that trainings side by side lose none.
//!
//! In burn 0.21 a backward pass ends by sweeping the tapes of all threads. Of a tape on which nobody holds a tensor, what has no
//! parents there is freed, and a gradient is lost without a word (tracel-ai/burn, issue 5573). While an operation takes in the
//! only tensor that was held, this hits another thread's recording. A weight keeps its tape from it for as long as it is held;
//! but a weight that a backward pass went over is on no tape any more, and where tapes of several weights were joined one after
//! another, some weights are looked for on a tape that was left behind: what is recorded of them next stands there alone.
//!
//! So on the processor every backward pass gets weights of its own, on tapes that no pass went over, and all are joined by one
//! operation before anything else is recorded. Then there is one tape, and weights that are held are on it. On a GPU, where that
//! would cost a launch a weight, and one training has the device, passes take turns instead.

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::fused::Trained;

/// How the recordings of several threads are kept from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recording {
    /// Side by side, each on one tape.
    SideBySide,
    /// One after another.
    InTurn,
}

/// A loss and its gradients by all weights of the network that are trained, under their names. It is to be made of the
/// network that it is given.
pub(crate) fn gradients<B: Trained, M: AutodiffModule<B>>(
    network: &M,
    loss: impl FnOnce(&M) -> Tensor<B, 1>,
) -> (Tensor<B::InnerBackend, 1>, GradientsParams) {
    let _turn = turn::<B>();
    let held = apart(network);
    join(&held, None);
    let loss = loss(&held);
    let gradients = loss.backward();
    (loss.inner(), GradientsParams::from_grads(gradients, &held))
}

/// The same for a loss that is made of `x` too: `[batch, tokens, width]`, with its gradient by that. None would be one lost, and is
/// asserted not to be.
pub(crate) fn gradients_through<B: Trained, M: AutodiffModule<B>>(
    network: &M,
    x: Tensor<B::InnerBackend, 3>,
    loss: impl FnOnce(&M, Tensor<B, 3>) -> Tensor<B, 1>,
) -> (Tensor<B::InnerBackend, 1>, GradientsParams, Tensor<B::InnerBackend, 3>) {
    let _turn = turn::<B>();
    let (held, x) = (apart(network), Tensor::<B, 3>::from_inner(x).require_grad());
    join(&held, Some(&x));
    let loss = loss(&held, x.clone());
    let gradients = loss.backward();
    let by_x = x.grad(&gradients).expect("a loss that is made of x has a gradient by it");
    (loss.inner(), GradientsParams::from_grads(gradients, &held), by_x)
}

fn turn<B: Trained>() -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    // Nothing is left half done in it: it guards no data.
    (B::RECORDING == Recording::InTurn).then(|| TURN.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Puts all that gradients are asked of on one tape, by an operation on a value of each that nobody reads.
fn join<B: Trained, M: Module<B>>(network: &M, x: Option<&Tensor<B, 3>>) {
    if B::RECORDING == Recording::InTurn {
        return;
    }
    let mut firsts = Firsts(x.map(|x| first(x.clone())).into_iter().collect());
    network.visit(&mut firsts);
    if !firsts.0.is_empty() {
        Tensor::cat(firsts.0, 0);
    }
}

struct Firsts<B: Trained>(Vec<Tensor<B, 1>>);

impl<B: Trained> ModuleVisitor<B> for Firsts<B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let weight = param.val();
        if weight.is_require_grad() {
            self.0.push(first(weight));
        }
    }
}

/// Its first value: `[1]`.
fn first<B: Trained, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, 1> {
    tensor.slice(std::array::from_fn::<_, D, _>(|_| 0..1)).reshape([1])
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
