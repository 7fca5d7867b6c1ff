//! Where small operations are done.

use super::fused::Trained;
use super::tape::Recording;

/// Does work on a thread of the pool that operations on the processor share. From any other thread each that is parted would be
/// handed over to the pool and waited for: two changes of threads for microseconds of work. On a GPU it stays on its thread,
/// whose queue it is.
pub(crate) fn inside<B: Trained, R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match B::RECORDING {
        Recording::SideBySide => rayon::scope(|_| work()),
        Recording::InTurn => work(),
    }
}
