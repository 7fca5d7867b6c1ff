//! Reward models: updates per second of both networks, and claims served per second. An item is an update, or a claim.

#[path = "../tests/reward/toy.rs"]
mod toy;

use divan::Bencher;
use divan::counter::ItemsCount;
use tribunal::model::Device;
use tribunal::reward::{AggregatorLearner, Config, Learner, ReaderLearner, Reads, ViewText};
use tribunal::stream::Stream;

const WIDTHS: [usize; 3] = [8, 32, 128];

fn main() {
    divan::main();
}

fn endless(width: usize, reads: Reads) -> Config {
    Config { width, reads, steps_max: 1_000_000, steps_between_validations: 1_000_000, ..Config::default() }
}

/// Updates of 32 views of about seven sentences.
#[divan::bench(args = WIDTHS, sample_count = 10)]
fn reader_updates(bencher: Bencher, width: usize) {
    let stream = Stream::root(1);
    let mut learner = ReaderLearner::new(endless(width, Reads::Judgments), stream, Device::Cpu).expect("a cpu");
    learner.absorb(toy::examples(64, &stream));
    bencher
        .counter(ItemsCount::new(5u64))
        .bench_local(|| learner.train_steps(5, &mut |_| {}).expect("toy examples train"));
}

/// Updates of 32 nodes: choices of two options with six judgments, and claims with four.
#[divan::bench(args = WIDTHS, sample_count = 10)]
fn aggregator_updates(bencher: Bencher, width: usize) {
    let stream = Stream::root(1);
    let mut learner = AggregatorLearner::new(endless(width, Reads::Both), stream, Device::Cpu).expect("a cpu");
    learner.absorb(toy::choices(64, &stream));
    learner.absorb(toy::claims(64, &stream));
    bencher
        .counter(ItemsCount::new(20u64))
        .bench_local(|| learner.train_steps(20, &mut |_| {}).expect("toy examples train"));
}

/// Claims judged against views of about seven sentences.
#[divan::bench(args = WIDTHS, sample_count = 10)]
fn reader_claims(bencher: Bencher, width: usize) {
    let stream = Stream::root(1);
    let reader = ReaderLearner::new(endless(width, Reads::Judgments), stream, Device::Cpu).expect("a cpu").snapshot();
    let views: Vec<ViewText> = toy::examples(256, &stream).into_iter().map(|example| example.view).collect();
    bencher.counter(ItemsCount::new(views.len())).bench_local(|| reader.score(&views));
}
