//! A toy chronicle: claims about who gave what to whom, told in several forms, with names that no two clusters share.

use rand::{Rng, RngExt};
use tribunal::reward::{ChildRow, JudgedNode, NodeKind, ReaderExample, TreeExample, ViewText};
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

/// Nodes that choose between two candidates of three claims each, a judgment for every claim; the candidate whose
/// claims hold is right, and the judgments err now and then.
pub fn choices(count: usize, stream: &Stream) -> Vec<TreeExample> {
    (0..count).map(|at| choice(at, stream)).collect()
}

fn choice(at: usize, stream: &Stream) -> TreeExample {
    let rng = &mut stream.named("choice").index(at as u64).rng();
    let right = rng.random_range(0..2u16);
    let false_claim = rng.random_range(0..3);
    let names: Vec<String> = (0..4).map(|_| name(rng)).collect();
    let [a, b, _] = three(rng, &names);
    let claims: Vec<String> = (0..3).map(|_| format!("{a} gave the {} to {b}.", pick(rng, &OBJECTS))).collect();
    let mut children = Vec::new();
    for candidate in 0..2u16 {
        for claim in 0..3 {
            let holds = candidate == right || claim != false_claim;
            let sure = rng.random_range(0.5..0.95f32);
            let distribution = match (rng.random_range(0..4), holds) {
                (0, _) => vec![0.1, 0.1, 0.8],
                (_, true) => vec![sure, 0.05, 0.95 - sure],
                (_, false) => vec![0.05, sure, 0.95 - sure],
            };
            children.push(ChildRow {
                candidate: Some(candidate),
                distribution,
                depth: 1,
                position: claim,
                quote_weight: 0.5,
            });
        }
    }
    let label = if right == 0 { vec![0.9, 0.1] } else { vec![0.1, 0.9] };
    TreeExample {
        cluster: format!("world-{}", at / 2),
        node: JudgedNode { kind: NodeKind::Which(2), children, candidates: vec![claims.clone(), claims] },
        label,
    }
}

/// Nodes that judge one claim from four judgments of it, of which one saw the evidence.
pub fn claims(count: usize, stream: &Stream) -> Vec<TreeExample> {
    (0..count).map(|at| claim(at, stream)).collect()
}

fn claim(at: usize, stream: &Stream) -> TreeExample {
    let rng = &mut stream.named("claim").index(at as u64).rng();
    let decisive = rng.random_range(0..4u16);
    let sure = rng.random_range(0.6..0.95f32);
    let (seen, label) = match at % 3 {
        0 => (vec![sure, 0.02, 0.98 - sure], vec![0.9, 0.05, 0.05]),
        1 => (vec![0.02, sure, 0.98 - sure], vec![0.05, 0.9, 0.05]),
        _ => (vec![0.05, 0.05, 0.9], vec![0.1, 0.1, 0.8]),
    };
    let row = |position: u16| ChildRow {
        candidate: Some(0),
        distribution: if position == decisive { seen.clone() } else { vec![0.05, 0.05, 0.9] },
        depth: 2,
        position,
        quote_weight: if position == decisive { 0.9 } else { 0.1 },
    };
    let text = format!("{} left the mill.", name(&mut stream.named("who").index(at as u64).rng()));
    TreeExample {
        cluster: format!("world-{}", at / 3),
        node: JudgedNode {
            kind: NodeKind::Claim(0),
            children: (0..4).map(row).collect(),
            candidates: vec![vec![text]],
        },
        label,
    }
}
