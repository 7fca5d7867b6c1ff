//! Records: the rows of a run folder, and the one writer of them.

pub mod file;
pub mod grown;
pub mod rows;
pub mod store;
pub(crate) mod tensorboard;
