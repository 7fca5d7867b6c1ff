//! Colours, markers and dashes of series: told apart in print, on a dark page and with any colour vision. What is promised of
//! them is held by the tests below.

use plotters::style::RGBColor;

/// Seven colours with a contrast of at least 3 on white, found by search from Okabe and Ito's for the greatest least
/// distance between any two, as seen with each colour vision, on white and through the page's dark filter.
pub const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 41, 154),
    RGBColor(185, 141, 2),
    RGBColor(13, 150, 125),
    RGBColor(173, 84, 240),
    RGBColor(153, 59, 0),
    RGBColor(137, 140, 205),
    RGBColor(0, 0, 0),
];

/// Marker shapes as Vega-Lite names them, or the path of what [`Page::marker`](super::page::Page::marker) paints in their place.
/// There is one more than there are colours, so that a colour and a shape come together again after 56 series.
pub const SHAPES: [&str; 8] = [
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
    "cross",
    "M0,-1.1L1,0L0,1.1L-1,0ZM0,-.6L-.55,0L0,.6L.55,0Z",
];

/// Dashes of lines without markers: lengths of strokes and gaps in turn, in units of a page; none for an unbroken line.
pub const DASHES: [&[f64]; 5] = [&[], &[8.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0], &[14.0, 5.0]];

/// The colour of the `index`-th series.
pub fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// The same as browsers name it.
pub fn colour_name(index: usize) -> String {
    let RGBColor(red, green, blue) = colour(index);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The marker of the `index`-th series, by its place among [`SHAPES`].
pub fn shape(index: usize) -> usize {
    index % SHAPES.len()
}

/// The dashes of the `index`-th series where it is a line without markers.
pub fn dashes(index: usize) -> &'static [f64] {
    DASHES[index % DASHES.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    type Colour = [f64; 3];
    type Matrix = [[f64; 3]; 3];

    /// The least distance between two colours, CIE 1976. One that is just noticed is 2.3.
    const DISTANCE_MIN: f64 = 25.0;
    /// The least contrast of graphics with what they stand on (WCAG 2.1, criterion 1.4.11).
    const CONTRAST_MIN: f64 = 3.0;

    /// What linear RGB becomes where one kind of cone is missing: Machado, Oliveira and Fernandes (2009), "A
    /// Physiologically-based Model for Simulation of Color Vision Deficiency", severity 1.0.
    const VISIONS: [(&str, Matrix); 4] = [
        ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        ),
        (
            "deuteranopia",
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        ),
        (
            "tritanopia",
            [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        ),
    ];

    /// `hue-rotate(180deg)` by the W3C's Filter Effects, on sRGB as it is encoded.
    const HALF_TURN: Matrix = [[-0.574, 1.430, 0.144], [0.426, 0.430, 0.144], [0.426, 1.430, -0.856]];

    fn times(matrix: &Matrix, colour: Colour) -> Colour {
        matrix.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0))
    }

    fn encoded(index: usize) -> Colour {
        let RGBColor(red, green, blue) = colour(index);
        [red, green, blue].map(|part| f64::from(part) / 255.0)
    }

    /// Through the page's filter for the dark: `invert(.93) hue-rotate(180deg)`.
    fn darkened(colour: Colour) -> Colour {
        times(&HALF_TURN, colour.map(|part| 0.93 - 0.86 * part))
    }

    fn linear(colour: Colour) -> Colour {
        colour.map(|part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) })
    }

    /// Linear sRGB in CIE L*a*b*, white D65.
    fn lab(colour: Colour) -> Colour {
        let to_xyz =
            [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];
        let xyz: [f64; 3] = to_xyz.map(|row: [f64; 3]| row.iter().zip(colour).map(|(a, b)| a * b).sum());
        let root = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
        let [x, y, z] = [root(xyz[0] / 0.95047), root(xyz[1]), root(xyz[2] / 1.08883)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn distance(a: Colour, b: Colour) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
    }

    fn contrast(a: Colour, b: Colour) -> f64 {
        let luminance = |c: Colour| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2] + 0.05;
        let (a, b) = (luminance(linear(a)), luminance(linear(b)));
        a.max(b) / a.min(b)
    }

    const WHITE: Colour = [1.0; 3];

    #[test]
    fn every_two_colours_are_told_apart_with_any_colour_vision_on_white_and_in_the_dark() {
        for (theme, filter) in [("white", (|it| it) as fn(Colour) -> Colour), ("dark", darkened)] {
            for (vision, matrix) in &VISIONS {
                let seen: Vec<Colour> =
                    (0..COLOURS.len()).map(|i| lab(times(matrix, linear(filter(encoded(i)))))).collect();
                for a in 0..seen.len() {
                    for b in a + 1..seen.len() {
                        let apart = distance(seen[a], seen[b]);
                        assert!(apart >= DISTANCE_MIN, "{theme}, {vision}: {a} and {b} are {apart:.1} apart");
                    }
                }
            }
        }
    }

    #[test]
    fn every_colour_stands_out_from_its_ground() {
        for i in 0..COLOURS.len() {
            let found = [contrast(encoded(i), WHITE), contrast(darkened(encoded(i)), darkened(WHITE))];
            assert!(found.iter().all(|it| *it >= CONTRAST_MIN), "{}: {found:.2?}", colour_name(i));
        }
    }

    #[test]
    fn the_measures_have_their_known_values() {
        // White has lightness 100 and no hue; black on white is 21 : 1; the sRGB primaries by Lindbloom.
        assert!(distance(lab(WHITE), [100.0, 0.0, 0.0]) < 0.01);
        assert!(distance(lab([1.0, 0.0, 0.0]), [53.24, 80.09, 67.20]) < 0.05);
        assert!((contrast([0.0; 3], WHITE) - 21.0).abs() < 1e-9);
        // Greys keep their place in every vision, and red and green of the classic plates come close without their cones.
        for (vision, matrix) in &VISIONS {
            assert!(distance(times(matrix, [0.5; 3]), [0.5; 3]) < 1e-4, "{vision}");
        }
        let [red, green] = [[0.70, 0.35, 0.20], [0.45, 0.47, 0.15]];
        let apart =
            |(_, matrix): &(&str, Matrix)| distance(lab(times(matrix, linear(red))), lab(times(matrix, linear(green))));
        assert!(apart(&VISIONS[2]) < 0.5 * apart(&VISIONS[0]), "{} {}", apart(&VISIONS[2]), apart(&VISIONS[0]));
    }

    #[test]
    fn the_dark_filter_is_the_one_of_the_page() {
        assert!(super::super::html::STYLE.contains("filter:invert(.93) hue-rotate(180deg)"));
    }

    #[test]
    fn series_differ_by_more_than_colour() {
        for i in 0..COLOURS.len() * SHAPES.len() {
            assert_ne!(shape(i), shape(i + 1), "neighbours have one marker");
            assert_ne!(dashes(i), dashes(i + 1), "neighbours have one dash");
            let again = (1..COLOURS.len() * SHAPES.len())
                .find(|step| (colour(i), shape(i)) == (colour(i + step), shape(i + step)));
            assert_eq!(again, None, "series {i} comes again");
        }
    }
}
