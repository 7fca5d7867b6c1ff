//! The task `digits` with its judge and its debater: files and their faults, training that resumes, play that is equal
//! for any neighbours.

#[path = "digits/adviser.rs"]
mod of_adviser;
#[path = "digits/debater.rs"]
mod of_debater;
#[path = "digits/files.rs"]
mod of_files;
#[path = "digits/judge.rs"]
mod of_judge;
mod support;

use tribunal::task::digits::claims::digits_of;
use tribunal::task::digits::{self, Digits};
use tribunal::task::image::Images;
use tribunal::task::{Settings, Split, Task};

/// The task of a folder, or why there is none.
fn task_of(folder: &std::path::Path) -> Result<Digits, String> {
    let source = folder.to_str().expect("a path that is text").to_owned();
    Digits::new(digits::Config { source, ..Default::default() }).map_err(|error| error.to_string())
}

#[test]
fn settings_out_of_range_are_refused_with_their_range() {
    for (config, words) in [
        (digits::Config { side: 4, ..Default::default() }, ["task.digits.side: 4", "from 8 to 64"]),
        (digits::Config { games: 0, ..Default::default() }, ["task.digits.games: 0", "from 1 to 99"]),
    ] {
        let error = config.build().err().expect("a refusal").to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

/// How often naming the candidate whose digit is more frequent in training is right: what there is to know without the
/// image.
fn by_frequency(task: &Digits, images: usize) -> f64 {
    let mut counts = [0u32; 10];
    task.labelled(Split::Train, 20_000, 1).iter().for_each(|it| counts[usize::from(it.label)] += 1);
    let drawn = task.draw(Split::Test, 9 * images, 1).expect("there are as many");
    let right: f64 = drawn
        .instances
        .iter()
        .map(|instance| {
            let named =
                |at: usize| digits_of(&instance.candidates[at]).and_then(|it| it.iter().next()).expect("a digit");
            let seen = [0, 1].map(|at| counts[usize::from(named(at))]);
            let right = drawn.truths.of(instance).expect("a truth").right;
            match seen[right].cmp(&seen[1 - right]) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 0.5,
            }
        })
        .sum();
    right / drawn.instances.len() as f64
}

#[test]
fn the_candidates_tell_next_to_nothing() {
    let generated = by_frequency(&Digits::new(digits::Config::default()).expect("a task"), 2_000);
    println!("by the frequency of digits alone, generated: {generated:.3}");
    assert!((generated - 0.5).abs() < 0.03, "{generated}");
    let mnist = std::path::Path::new("../shared/data/mnist");
    if mnist.is_dir() {
        let read = by_frequency(&task_of(mnist).expect("MNIST"), 2_000);
        println!("by the frequency of digits alone, MNIST: {read:.3}");
        assert!((read - 0.5).abs() < 0.05, "{read}");
    } else {
        println!("MNIST is not here: its leak was not measured");
    }
}
