//! Named random streams: randomness is a value, derived from one seed by names, never a global generator.
//!
//! A stream's key is a hash of the path of names that leads to it, so a draw depends on its name alone and
//! never on what was drawn before it, by whom, or in which thread.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

/// The key of one named stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stream([u8; 32]);

impl Stream {
    /// The root stream of a run.
    pub fn root(seed: u64) -> Self {
        Self(*blake3::hash(&seed.to_le_bytes()).as_bytes())
    }

    /// The stream called `name` under this one.
    pub fn named(&self, name: &str) -> Self {
        self.bytes(name.as_bytes())
    }

    /// The `index`-th stream under this one.
    pub fn index(&self, index: u64) -> Self {
        self.bytes(&index.to_le_bytes())
    }

    /// The stream named by raw bytes, such as a content hash.
    pub fn bytes(&self, name: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(name);
        Self(*hasher.finalize().as_bytes())
    }

    /// A generator for many draws.
    pub fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.0)
    }

    /// One uniform draw in `[0, 1)`, with 53 random bits.
    pub fn uniform(&self) -> f64 {
        let mut bits = [0u8; 8];
        bits.copy_from_slice(&self.0[..8]);
        (u64::from_le_bytes(bits) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub fn coin(&self, p: f64) -> bool {
        self.uniform() < p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_its_names_alone() {
        let root = Stream::root(7);
        assert_eq!(root.named("a").index(3), root.named("a").index(3));
        assert_ne!(root.named("a"), root.named("b"));
        assert_ne!(root.named("ab"), root.named("a").named("b"));
        assert_ne!(Stream::root(7), Stream::root(8));
    }

    #[test]
    fn coins_come_up_at_their_rate() {
        let root = Stream::root(1);
        let heads = (0..10_000).filter(|i| root.index(*i).coin(0.3)).count();
        assert!((2_850..3_150).contains(&heads), "{heads}");
    }
}
