//! What every learned part shares: the device, the blocks of a network, its initial weights, the optimiser, checkpoints.
//!
//! This module, [`crate::reward`] and [`crate::helper::trained`] are the only ones that name burn.

pub mod arithmetic;
pub(crate) mod blocks;
pub(crate) mod checkpoint;
pub mod device;
pub(crate) mod fused;
pub(crate) mod hugging_face;
pub(crate) mod init;
pub(crate) mod optim;
pub mod scoring;
pub(crate) mod tape;
pub(crate) mod threads;
pub mod transformer;

pub use device::Device;
