//! The speed of the debate about digits: calls of its judge, and games played by search.
//!
//! `cargo bench --bench digits`. The judge is the sparse form in its usual size for images of 28 by 28 pixels, six of them
//! seen, untrained: its speed does not depend on its weights. A call is one position judged (`items/s`): all positions of a
//! pass together, against one position at a time, which is asked twice: as the judge serves (a pass of fixed rows, of which
//! one is used) and of a network whose pass has one row. A game is six moves of 1,000 rollouts each, 64 games side by side.
//! All processors take part.

use std::sync::{Arc, mpsc};

use divan::Bencher;
use divan::counter::ItemsCount;
use tribunal::helper::Helper;
use tribunal::helper::pixel_debater::{Config, DebaterOfPixels, NODE_BYTES, Policy};
use tribunal::judgment::{Ask, Places, Quote, Role, Stance, View, Wanted};
use tribunal::model::Device;
use tribunal::outcome::Outcome;
use tribunal::reward::Learner;
use tribunal::reward::pixels::{self, Form, PixelJudge, PixelJudgeLearner, Positions};
use tribunal::stream::Stream;
use tribunal::task::digits::{self, Digits};
use tribunal::task::image::Images;
use tribunal::task::{Question, Split, Subtask, Task};

/// Pixels seen.
const PIXELS: usize = 6;
/// Games side by side.
const GAMES: usize = 64;
/// Rollouts of a move.
const ROLLOUTS: u32 = 1_000;

fn main() {
    println!("a search node takes {NODE_BYTES} bytes; a search of {ROLLOUTS} rollouts adds one a rollout at most");
    divan::main();
}

fn task() -> Digits {
    Digits::new(digits::Config { side: 28, ..Default::default() }).expect("the settings are in range")
}

fn judge(form: Form) -> PixelJudge {
    let width = if form == Form::Sparse { pixels::Config::default().width } else { 1_024 };
    let config = pixels::Config { pixels: PIXELS, form, width, ..Default::default() };
    let learner = PixelJudgeLearner::new(config, task().shape(), 10, Stream::root(1), Device::Cpu);
    learner.expect("a judge on the processor").snapshot()
}

/// So many positions of random pixels.
fn positions(count: usize) -> Positions {
    let mut positions = Positions::new(PIXELS);
    for at in 0..count {
        let place = |k: usize| (Stream::root(2).index((at * PIXELS + k) as u64).uniform() * 130.0) as u16;
        let pixels: Vec<(u16, u8)> = (0..PIXELS).map(|k| (130 * k as u16 + place(k), 1 + (at % 93) as u8)).collect();
        positions.push(&pixels);
    }
    positions
}

/// Full passes.
#[divan::bench(args = [256, 4096])]
fn judge_batched(bencher: Bencher, count: usize) {
    let (judge, positions) = (judge(Form::Sparse), positions(count));
    bencher.counter(ItemsCount::new(count)).bench_local(|| judge.flat_logits(&positions));
}

/// One position a pass, with as many rows to a pass as given: 32 as the judge serves, 1 with none to spare.
#[divan::bench(args = [32, 1])]
fn judge_one_at_a_time(bencher: Bencher, rows: usize) {
    let (judge, position) = (judge(Form::Sparse).with_rows(rows), positions(1));
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| judge.flat_logits(&position));
}

/// Full passes of the paper's network.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn papers_judge_batched(bencher: Bencher) {
    let (judge, positions) = (judge(Form::Convolutional), positions(128));
    bencher.counter(ItemsCount::new(128usize)).bench_local(|| judge.flat_logits(&positions));
}

/// One position a pass of the paper's network.
#[divan::bench(args = [128, 1], sample_count = 5, sample_size = 1)]
fn papers_judge_one_at_a_time(bencher: Bencher, rows: usize) {
    let (judge, position) = (judge(Form::Convolutional).with_rows(rows), positions(1));
    bencher.counter(ItemsCount::new(1usize)).bench_local(|| judge.flat_logits(&position));
}

/// Whole games: both sides search for every move.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn games(bencher: Bencher) {
    let task = task();
    let drawn = task.draw(Split::Test, GAMES, 1).expect("images are drawn without end");
    let config = Config {
        judge: "judge".into(),
        policy: Policy::Search,
        policy_first: None,
        rollouts: ROLLOUTS,
        exploration: 1.0,
    };
    let debater = DebaterOfPixels { config, judge: Arc::new(judge(Form::Sparse)) };
    bencher.counter(ItemsCount::new(GAMES)).bench_local(|| {
        let mut made: Vec<Vec<Quote>> = vec![Vec::new(); GAMES];
        for turn in 0..PIXELS {
            let ask = |(at, quotes): (usize, &Vec<Quote>)| {
                let instance = drawn.instances[at].clone();
                let whole = vec![instance.material.whole()];
                Ask {
                    ticket: at as u64,
                    subtask: Arc::new(Subtask { question: Question::Which, spans: whole.clone() }),
                    role: Role::Debater,
                    wanted: Wanted::Argue { stance: Stance::For(turn as u16 % 2), points_max: 1, tokens_max: 1 },
                    view: View { spans: whole, quotes: quotes.clone(), messages: Vec::new() },
                    stream: Stream::root(3).index(at as u64),
                    places: Places::AsGiven,
                    instance,
                }
            };
            let asks: Vec<Ask> = made.iter().enumerate().map(ask).collect();
            let (sink, replies) = mpsc::channel();
            debater.submit(&asks, &sink);
            drop(sink);
            for (ticket, outcome) in replies {
                match outcome {
                    Outcome::Scored(reply) => made[ticket as usize].extend(reply.quotes),
                    other => panic!("a debater plays on: {other:?}"),
                }
            }
        }
        made
    });
}
