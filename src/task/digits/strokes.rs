//! Generated digits: strokes of a pen, drawn with varied shape, slant, width and brightness from named streams.
//!
//! Each digit has a few ways to be written, as strokes through points of the unit square. A drawing picks one, moves
//! its points, stretches, slants and turns it, and fills the pixels near the strokes. Paper stays blank: like MNIST's,
//! the images are dark but for the ink. The digits of a split come from streams of its own.

use rand::{Rng, RngExt};

use crate::stream::Stream;
use crate::task::Split;
use crate::task::image::{Image, LEVEL_MAX, LabelledImage, Shape};

/// Pixels above 0 that every image has.
pub const INKED_MIN: usize = 10;
/// Points between two of a curve.
const STEPS: usize = 6;

type Point = [f64; 2];

/// A stroke through points of the unit square, x to the right and y down.
enum Stroke {
    Straight(&'static [Point]),
    Curved(&'static [Point]),
}

use Stroke::{Curved, Straight};

/// The ways to write each digit.
const WAYS: [&[&[Stroke]]; 10] = [
    &[&[Curved(&[
        [0.5, 0.0],
        [0.15, 0.2],
        [0.08, 0.55],
        [0.25, 0.92],
        [0.55, 1.0],
        [0.88, 0.75],
        [0.9, 0.35],
        [0.5, 0.0],
    ])]],
    &[
        &[Straight(&[[0.5, 0.0], [0.5, 1.0]])],
        &[Straight(&[[0.25, 0.25], [0.55, 0.0], [0.55, 1.0]])],
        &[Straight(&[[0.3, 0.2], [0.52, 0.0], [0.52, 1.0]]), Straight(&[[0.25, 1.0], [0.8, 1.0]])],
    ],
    &[
        &[
            Curved(&[[0.12, 0.25], [0.35, 0.02], [0.7, 0.03], [0.85, 0.25], [0.65, 0.55], [0.1, 1.0]]),
            Straight(&[[0.1, 1.0], [0.92, 0.97]]),
        ],
        &[Curved(&[
            [0.15, 0.2],
            [0.5, 0.0],
            [0.82, 0.2],
            [0.6, 0.6],
            [0.2, 0.95],
            [0.15, 0.8],
            [0.4, 0.8],
            [0.95, 1.0],
        ])],
    ],
    &[
        &[
            Curved(&[[0.12, 0.1], [0.5, 0.0], [0.82, 0.2], [0.65, 0.43], [0.35, 0.48]]),
            Curved(&[[0.35, 0.48], [0.75, 0.54], [0.88, 0.78], [0.55, 1.0], [0.1, 0.88]]),
        ],
        &[
            Straight(&[[0.12, 0.02], [0.82, 0.0], [0.42, 0.4]]),
            Curved(&[[0.42, 0.4], [0.8, 0.5], [0.85, 0.8], [0.5, 1.0], [0.1, 0.9]]),
        ],
    ],
    &[
        &[Straight(&[[0.2, 0.0], [0.12, 0.55], [0.9, 0.52]]), Straight(&[[0.75, 0.05], [0.7, 1.0]])],
        &[Straight(&[[0.68, 1.0], [0.68, 0.0], [0.08, 0.68], [0.95, 0.68]])],
    ],
    &[
        &[
            Straight(&[[0.85, 0.0], [0.25, 0.03], [0.2, 0.43]]),
            Curved(&[[0.2, 0.43], [0.55, 0.35], [0.88, 0.6], [0.65, 0.95], [0.12, 0.95]]),
        ],
        &[
            Curved(&[[0.25, 0.0], [0.18, 0.42], [0.6, 0.4], [0.85, 0.68], [0.55, 1.0], [0.1, 0.9]]),
            Straight(&[[0.25, 0.02], [0.9, 0.0]]),
        ],
    ],
    &[&[Curved(&[
        [0.72, 0.0],
        [0.32, 0.28],
        [0.1, 0.7],
        [0.4, 1.0],
        [0.82, 0.82],
        [0.68, 0.52],
        [0.32, 0.56],
        [0.13, 0.75],
    ])]],
    &[
        &[Straight(&[[0.08, 0.03], [0.9, 0.0], [0.4, 1.0]])],
        &[Straight(&[[0.08, 0.03], [0.9, 0.0], [0.4, 1.0]]), Straight(&[[0.3, 0.5], [0.82, 0.48]])],
        &[Curved(&[[0.08, 0.12], [0.4, 0.04], [0.9, 0.03], [0.6, 0.5], [0.45, 1.0]])],
    ],
    &[&[Curved(&[
        [0.85, 0.15],
        [0.5, 0.0],
        [0.18, 0.2],
        [0.5, 0.47],
        [0.85, 0.75],
        [0.5, 1.0],
        [0.15, 0.78],
        [0.5, 0.47],
        [0.85, 0.15],
    ])]],
    &[
        &[
            Curved(&[[0.85, 0.25], [0.5, 0.0], [0.15, 0.25], [0.42, 0.5], [0.82, 0.3]]),
            Straight(&[[0.85, 0.2], [0.75, 1.0]]),
        ],
        &[Curved(&[[0.82, 0.22], [0.48, 0.0], [0.15, 0.28], [0.5, 0.5], [0.83, 0.22], [0.8, 0.6], [0.45, 1.0]])],
    ],
];

/// The image of that number in a split of a seed, `side` pixels wide and high.
pub fn draw(side: u16, split: Split, seed: u64, number: usize) -> LabelledImage {
    let part = split.name();
    let stream = Stream::root(seed).named("digits").named("strokes").named(part).index(number as u64);
    let label = (stream.named("label").uniform() * WAYS.len() as f64) as u8;
    // A faint drawing is drawn again: every image has some pixels to reveal.
    let mut time = 0;
    let image = loop {
        let image = drawn(side, usize::from(label), &stream.index(time));
        if image.inked().count() >= INKED_MIN {
            break image;
        }
        time += 1;
    };
    LabelledImage { name: format!("{part}-{number}"), image, label }
}

fn drawn(side: u16, digit: usize, stream: &Stream) -> Image {
    let mut rng = stream.rng();
    let strokes = WAYS[digit][rng.random_range(0..WAYS[digit].len())];
    let moved = 0.035;
    let (width, height) = (between(&mut rng, 0.42, 0.68), between(&mut rng, 0.66, 0.84));
    let (slant, turn) = (between(&mut rng, -0.12, 0.32), between(&mut rng, -0.12, 0.12));
    let (right, down) = (between(&mut rng, -0.04, 0.04), between(&mut rng, -0.04, 0.04));
    let pen = between(&mut rng, 0.045, 0.085);
    let place = |[x, y]: Point| {
        let (x, y) = ((x - 0.5) * width, (y - 0.5) * height);
        let x = x - slant * y;
        [0.5 + right + x * turn.cos() - y * turn.sin(), 0.5 + down + x * turn.sin() + y * turn.cos()]
    };
    let mut lines: Vec<[Point; 2]> = Vec::new();
    for stroke in strokes {
        let (Straight(points) | Curved(points)) = stroke;
        let points: Vec<Point> =
            points.iter().map(|it| it.map(|at| at + between(&mut rng, -moved, moved))).map(place).collect();
        let path = if let Curved(_) = stroke { smooth(&points) } else { points };
        lines.extend(path.windows(2).map(|it| [it[0], it[1]]));
    }
    let side_f = f64::from(side);
    let shape = Shape { rows: side, columns: side };
    let soft = 0.6 / side_f;
    let levels = (0..shape.pixels()).map(|at| {
        let centre =
            [(at % usize::from(side)) as f64 + 0.5, (at / usize::from(side)) as f64 + 0.5].map(|it| it / side_f);
        let nearest = lines.iter().map(|line| distance(centre, line)).fold(f64::INFINITY, f64::min);
        let ink = ((pen + soft - nearest) / (2.0 * soft)).clamp(0.0, 1.0);
        let uneven = between(&mut rng, 0.75, 1.0);
        (ink * uneven * f64::from(LEVEL_MAX)).round() as u8
    });
    Image { shape, levels: levels.collect() }
}

fn between(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// A curve through all points (Catmull and Rom 1974), its ends drawn as if they were doubled.
fn smooth(points: &[Point]) -> Vec<Point> {
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let mut path = vec![points[0]];
    for i in 0..points.len() as isize - 1 {
        let [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        for step in 1..=STEPS {
            let t = step as f64 / STEPS as f64;
            path.push([0, 1].map(|axis| {
                let (a, b, c, d) = (before[axis], from[axis], to[axis], after[axis]);
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t * t * t)
            }));
        }
    }
    path
}

/// From a point to the nearest of a line.
fn distance([x, y]: Point, [[ax, ay], [bx, by]]: &[Point; 2]) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-12);
    let along = along.clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_comes_and_no_image_twice() {
        let images: Vec<LabelledImage> = (0..300).map(|number| draw(16, Split::Test, 1, number)).collect();
        let mut counts = [0; 10];
        images.iter().for_each(|it| counts[usize::from(it.label)] += 1);
        assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
        for (at, one) in images.iter().enumerate() {
            let inked = one.image.inked().count();
            assert!((INKED_MIN..140).contains(&inked), "{}: {inked} pixels", one.name);
            assert!(images[..at].iter().all(|other| other.image != one.image), "{}", one.name);
        }
        assert_eq!(draw(16, Split::Test, 1, 5), images[5]);
        assert_ne!(draw(16, Split::Train, 1, 5).image, images[5].image);
        assert_ne!(draw(16, Split::Test, 2, 5).image, images[5].image);
    }
}
