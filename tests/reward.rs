//! The reward models through their public face: they learn, they resume, and a score depends on nothing but its row.

#[path = "reward/toy.rs"]
mod toy;

use tribunal::model::Device;
use tribunal::reward::{Config, Learner, Reader, ReaderExample, ReaderLearner};
use tribunal::stream::Stream;

fn accuracy(reader: &Reader, examples: &[ReaderExample]) -> f64 {
    let views: Vec<_> = examples.iter().map(|example| example.view.clone()).collect();
    let right = reader.score(&views).into_iter().zip(examples).filter(|(score, example)| {
        let choice = |p: &[f32; 3]| (0..3).max_by(|a, b| p[*a].total_cmp(&p[*b]));
        choice(&score.distribution) == choice(&example.label)
    });
    right.count() as f64 / examples.len() as f64
}

#[test]
fn a_reader_learns_from_what_was_quoted_and_reads_names_it_never_saw() {
    let stream = Stream::root(7);
    let mut learner = ReaderLearner::new(Config { steps_max: 120, ..Config::default() }, stream, Device::Cpu).unwrap();
    learner.absorb(toy::examples(1500, &stream.named("train")));
    let begun = std::time::Instant::now();
    let report = learner
        .train(&mut |step| {
            if let Some(loss) = step.validation {
                println!("{} {:.3} {loss:.3}", step.step, step.loss)
            }
        })
        .unwrap();
    println!("{report:?} {:?}", begun.elapsed());
    let test = toy::examples(600, &stream.named("test"));
    let accuracy = accuracy(&learner.snapshot(), &test);
    println!("{accuracy}");
    assert!(accuracy > 0.8, "{accuracy}");
}
