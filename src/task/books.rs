//! Books: is this account of a whole book true?
pub mod real;
