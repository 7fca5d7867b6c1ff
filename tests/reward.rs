//! The reward models through their public face: they learn, they resume, and a score depends on nothing but its row.

#[path = "reward/helper.rs"]
mod helper;
#[path = "reward/learning.rs"]
mod learning;
#[path = "reward/toy.rs"]
mod toy;
