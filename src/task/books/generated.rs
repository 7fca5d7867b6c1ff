//! Generated books: seeded worlds told in prose, in pairs of twins, with every claim's truth and evidence known.
//!
//! Two books tell the same world but for the contested threads: one book tells a thread in one variant, its twin in
//! the other. The two candidates of a pair rest on the two variants, so each is true in exactly one of the books,
//! and a reader who never opens the book is right half of the time by construction.

use std::sync::Arc;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::stream::Stream;
use crate::task::books::Config;
use crate::task::{Drawn, Instance, Split, Truth, Truths};

pub mod daily;
pub mod lexicon;
pub mod prose;
pub mod scenario;
pub mod template;
pub mod twin;
pub mod world;

/// Whether the settings can be met.
///
/// # Errors
/// [`Error::Usage`] naming the setting, its value and its range.
pub fn check(config: &Config) -> Result<()> {
    let within = |name: &str, value: usize, from: usize, to: usize| {
        if (from..=to).contains(&value) {
            return Ok(());
        }
        Err(Error::Usage(format!("task.books.{name}: {value} is out of range; give a number from {from} to {to}")))
    };
    within("tokens", config.tokens, 5_000, 1_000_000)?;
    within("passage_tokens", config.passage_tokens, 20, 1_000)?;
    within("claims_per_candidate", config.claims_per_candidate, 1, 8)?;
    // A thread takes about two hundred tokens, and the background needs its own.
    let threads = (config.tokens - 1_000) / 200;
    let pairs_max = threads.saturating_sub(background(config)).clamp(1, 200);
    within("pairs_per_twin", config.pairs_per_twin, 1, pairs_max)?;
    within("chapters", chapters(config), CHAPTERS_MIN, config.tokens / 300)
}

/// The fewest chapters in which every scenario finds its moments.
pub const CHAPTERS_MIN: usize = 6;

/// How many chapters a book of these settings has.
pub fn chapters(config: &Config) -> usize {
    config.chapters.unwrap_or((config.tokens / 1_300).max(CHAPTERS_MIN))
}

/// How many threads both books of a twin tell alike: what the true claims of the candidates are about.
pub fn background(config: &Config) -> usize {
    (config.tokens / 500).clamp(2 * (config.claims_per_candidate + 1), 600)
}

/// How many twins so many instances are drawn from.
pub fn twins(config: &Config, count: usize) -> usize {
    count.div_ceil(config.books_per_pair).div_ceil(config.pairs_per_twin)
}

/// Instances of a split: whole pairs, at least `count` of them, twin after twin, each pair in both of its books.
pub fn draw(config: &Config, split: Split, count: usize, seed: u64) -> Drawn {
    let pairs = count.div_ceil(config.books_per_pair);
    let twins = twins(config, count);
    let name = split.name();
    let stream = Stream::root(seed).named("books").named("generated").named(name);
    let drawn: Vec<Vec<(Instance, Truth)>> =
        (0..twins).into_par_iter().map(|i| twin::draw(config, split, name, i, &stream.index(i as u64))).collect();
    let mut instances = Vec::new();
    let mut truths = Vec::new();
    let asked = |(instance, _): &(Instance, Truth)| config.books_per_pair == 2 || is_drawn(instance, &stream);
    for (instance, truth) in drawn.into_iter().flatten().filter(asked).take(config.books_per_pair * pairs) {
        truths.push((instance.id.clone(), truth));
        instances.push(Arc::new(instance));
    }
    Drawn { instances, truths: Truths::new(truths) }
}

/// Whether a pair of candidates is asked of this one of its twin books, by a lot that is the pair's own.
fn is_drawn(instance: &Instance, stream: &Stream) -> bool {
    let (pair, side) = instance.id.rsplit_once('-').unwrap_or((&instance.id, ""));
    stream.named("lot").named(pair).coin(0.5) == (side == "a")
}
