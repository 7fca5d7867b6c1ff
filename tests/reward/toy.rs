//! A toy chronicle: claims about who gave what to whom, told in several forms, with names that no two clusters share.

use rand::{Rng, RngExt};
use tribunal::reward::{ReaderExample, ViewText};
use tribunal::stream::Stream;

const OBJECTS: [&str; 8] = ["lantern", "ring", "map", "horse", "letter", "sword", "key", "cloak"];
const PLACES: [&str; 5] = ["mill", "harbour", "tower", "market", "bridge"];
const SYLLABLES: [&str; 16] =
    ["ba", "ke", "lo", "mi", "ru", "ta", "ve", "zo", "dar", "fen", "gal", "hol", "nim", "por", "sel", "wyn"];

/// Views of about eight sentences, four a cluster; the label is what a careful reader would say.
pub fn examples(count: usize, stream: &Stream) -> Vec<ReaderExample> {
    (0..count).map(|at| example(at, stream)).collect()
}

fn example(at: usize, stream: &Stream) -> ReaderExample {
    let cluster = at / 4;
    let mut names_rng = stream.named("names").index(cluster as u64).rng();
    let names: Vec<String> = (0..6).map(|_| name(&mut names_rng)).collect();
    let rng = &mut stream.named("example").index(at as u64).rng();
    let [a, b, c] = three(rng, &names);
    let object = pick(rng, &OBJECTS);
    let other = OBJECTS[(OBJECTS.iter().position(|o| *o == object).unwrap() + 1 + rng.random_range(0..6)) % 8];
    let days = rng.random_range(2..9);
    let (claim, told): (String, Vec<String>) = match at % 3 {
        0 => (format!("{a} gave the {object} to {b}."), gift(rng, &a, &b, object)),
        1 => {
            let told = match rng.random_range(0..4) {
                0 => gift(rng, &b, &a, object),
                1 => gift(rng, &a, &c, object),
                2 => gift(rng, &c, &b, object),
                _ => vec![format!("{a} never gave the {object} to {b}.")],
            };
            (format!("{a} gave the {object} to {b}."), told)
        }
        _ => (format!("{a} gave the {object} to {b}."), gift(rng, &c, &a, other)),
    };
    let label = match at % 3 {
        0 => [0.95, 0.02, 0.03],
        1 => [0.02, 0.95, 0.03],
        _ => [0.03, 0.03, 0.94],
    };
    let mut sentences: Vec<String> = (0..6)
        .map(|_| {
            let [x, y, _] = three(rng, &names);
            let place = pick(rng, &PLACES);
            match rng.random_range(0..4) {
                0 => format!("{x} waited by the {place} for {days} days."),
                1 => format!("At the {place} {x} quarrelled with {y}."),
                2 => format!("{x} asked {y} about the {object}."),
                _ => "The wind rose and the lamps went out.".to_string(),
            }
        })
        .collect();
    let place = rng.random_range(0..=sentences.len());
    let mut quoted = vec![false; sentences.len()];
    let decisive = at % 3 != 2;
    let last = told.len() - 1;
    for (i, sentence) in told.into_iter().enumerate() {
        sentences.insert(place + i, sentence);
        quoted.insert(place + i, decisive && i == last);
    }
    ReaderExample {
        cluster: format!("world-{cluster}"),
        view: ViewText { claim, sentences, begins: Vec::new() },
        label,
        quoted,
    }
}

fn gift(rng: &mut impl Rng, giver: &str, taker: &str, object: &str) -> Vec<String> {
    match rng.random_range(0..4) {
        0 => vec![format!("{giver} handed the {object} to {taker} at dusk.")],
        1 => vec![format!("The {object} was passed to {taker} by {giver}.")],
        2 => vec![format!("{giver} came down to the water."), format!("There she gave {taker} the {object}.")],
        _ => vec![format!("From {giver} the {object} went to {taker}.")],
    }
}

fn pick<'a>(rng: &mut impl Rng, of: &[&'a str]) -> &'a str {
    of[rng.random_range(0..of.len())]
}

fn three(rng: &mut impl Rng, names: &[String]) -> [String; 3] {
    let first = rng.random_range(0..names.len());
    let second = (first + 1 + rng.random_range(0..names.len() - 2)) % names.len();
    let third = (0..names.len()).find(|i| *i != first && *i != second).unwrap();
    [names[first].clone(), names[second].clone(), names[third].clone()]
}

fn name(rng: &mut impl Rng) -> String {
    let syllables: String = (0..3).map(|_| pick(rng, &SYLLABLES)).collect();
    syllables[..1].to_uppercase() + &syllables[1..]
}
