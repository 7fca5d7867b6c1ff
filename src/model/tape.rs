//! What is recorded for gradients, and how it is kept from being lost.
//!
//! In burn 0.21 the backward pass of one thread may sweep away what another thread has only begun to record, and a gradient is
//! then lost without a word (tracel-ai/burn, issue 5573). So trainings of small models take turns in a process; a run has
//! one in each anyway. The parts of one update of a text model are found side by side, on weights that were on no tape
//! before: there none was seen to be lost, which is not a proof (docs/design/0017-read-once.md).

use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::fused::Trained;

static TAPE: Mutex<()> = Mutex::new(());

/// Held for an update of a small model: those of one process take turns. Call it outside of rayon, whose threads the update of
/// another may need.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    // Nothing is left half done in it: it guards no data.
    TAPE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The network with each weight on a tape of its own, named as before: parts of one update that are found side by side
/// share nothing that is written to.
pub(crate) fn apart<B: Trained, M: Module<B>>(network: &M) -> M {
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
