//! A page: lines, areas and texts at places, before any of them is painted. Layout is decided here, where tests can
//! see it; painting a page as SVG or PNG changes nothing.

use std::path::Path;
use std::sync::Once;

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::prelude::{Circle, DrawingArea, DrawingBackend, IntoDrawingArea, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, TextStyle, WHITE, register_font};

use super::palette::{colour, shape};
use crate::error::{Error, Result};

/// The family that texts are measured and painted in, and what a viewer of an SVG may put in its place: Verdana has
/// almost the same widths.
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// The font itself; its licence stands beside it.
static FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/DejaVuSans.ttf");

/// The backends take whole numbers, so an SVG is painted this much larger and shown at its own size.
const SVG_ZOOM: f64 = 8.0;

/// Pixels of a PNG for each unit of a page.
const PNG_ZOOM: f64 = 2.0;

/// The bitmap backend centres a text this share of its size too high; measured on its own output.
const PNG_TEXT_DROP: f64 = 0.17;

/// The colour of axes' texts and captions.
pub const GREY: RGBColor = RGBColor(90, 90, 90);

/// The colour of grid lines.
pub const PALE: RGBColor = RGBColor(225, 225, 225);

/// Which side of a text its place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text starts there.
    Start,
    /// The text is centred there.
    Middle,
    /// The text ends there.
    End,
    /// The text is turned to read upwards, and centred there.
    Upwards,
}

/// One thing on a page; places in units from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line through places.
    Line {
        /// The places.
        points: Vec<(f64, f64)>,
        /// Its colour.
        colour: RGBColor,
        /// Its width in units.
        width: f64,
    },
    /// A filled area.
    Area {
        /// Its corners.
        points: Vec<(f64, f64)>,
        /// Its colour.
        colour: RGBColor,
        /// From 0, nothing, to 1, opaque.
        opacity: f64,
    },
    /// A filled disc.
    Disc {
        /// Its centre.
        at: (f64, f64),
        /// Its radius.
        radius: f64,
        /// Its colour.
        colour: RGBColor,
    },
    /// A text on one line, centred on its place vertically.
    Text {
        /// Its place.
        at: (f64, f64),
        /// What it says.
        text: String,
        /// Its size: the height of a line.
        size: f64,
        /// Its colour.
        colour: RGBColor,
        /// Which side its place is.
        anchor: Anchor,
    },
}

/// A page of marks, later ones over earlier ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Width in units.
    pub width: f64,
    /// Height in units.
    pub height: f64,
    /// What stands on it.
    pub marks: Vec<Mark>,
}

impl Page {
    /// Adds a line.
    pub fn line(&mut self, points: &[(f64, f64)], colour: RGBColor, width: f64) {
        self.marks.push(Mark::Line { points: points.to_vec(), colour, width });
    }

    /// Adds a straight line of dashes.
    pub fn dashes(&mut self, from: (f64, f64), to: (f64, f64), colour: RGBColor, width: f64) {
        self.dashed(&[from, to], &[4.8, 3.2], colour, width);
    }

    /// Adds a line through places, broken into strokes and gaps of these lengths in turn; unbroken where there are none.
    pub fn dashed(&mut self, points: &[(f64, f64)], lengths: &[f64], colour: RGBColor, width: f64) {
        if lengths.iter().sum::<f64>() <= 0.0 {
            return self.line(points, colour, width);
        }
        let (mut turn, mut left) = (0, lengths[0]);
        let mut stroke: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            loop {
                let length = (to.0 - from.0).hypot(to.1 - from.1);
                if length <= left {
                    left -= length;
                    stroke.push(to);
                    break;
                }
                let share = left / length;
                from = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
                stroke.push(from);
                if turn % 2 == 0 {
                    self.line(&stroke, colour, width);
                }
                stroke = vec![from];
                turn += 1;
                left = lengths[turn % lengths.len()];
            }
        }
        if turn % 2 == 0 && stroke.len() > 1 {
            self.line(&stroke, colour, width);
        }
    }

    /// Adds a filled area.
    pub fn area(&mut self, points: Vec<(f64, f64)>, colour: RGBColor, opacity: f64) {
        self.marks.push(Mark::Area { points, colour, opacity });
    }

    /// Adds a filled rectangle from its upper left to its lower right corner.
    pub fn rectangle(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64), colour: RGBColor, opacity: f64) {
        self.area(vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour, opacity);
    }

    /// Adds a text, unless it is empty.
    pub fn text(&mut self, text: &str, at: (f64, f64), size: f64, colour: RGBColor, anchor: Anchor) {
        if text.is_empty() {
            return;
        }
        self.marks.push(Mark::Text { at, text: text.to_owned(), size, colour, anchor });
    }

    /// Adds the marker of the `index`-th series: its own shape in its own colour.
    pub fn marker(&mut self, index: usize, (x, y): (f64, f64), radius: f64) {
        let colour = colour(index);
        let corners = |offsets: &[(f64, f64)]| -> Vec<(f64, f64)> {
            offsets.iter().map(|(dx, dy)| (x + radius * dx, y + radius * dy)).collect()
        };
        if shape(index) >= 5 {
            // A shape of lines is lost on a line of its colour, so it gets a white ground.
            self.marks.push(Mark::Disc { at: (x, y), radius: 1.25 * radius, colour: WHITE });
        }
        match shape(index) {
            0 => self.marks.push(Mark::Disc { at: (x, y), radius, colour }),
            1 => self.area(corners(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]), colour, 1.0),
            2 => self.area(corners(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]), colour, 1.0),
            3 => self.area(corners(&[(0.0, -1.3), (1.1, 0.0), (0.0, 1.3), (-1.1, 0.0)]), colour, 1.0),
            4 => self.area(corners(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]), colour, 1.0),
            5 => {
                self.line(&corners(&[(-1.0, -1.0), (1.0, 1.0)]), colour, 2.0);
                self.line(&corners(&[(-1.0, 1.0), (1.0, -1.0)]), colour, 2.0);
            }
            6 => {
                self.line(&corners(&[(-1.2, 0.0), (1.2, 0.0)]), colour, 2.0);
                self.line(&corners(&[(0.0, -1.2), (0.0, 1.2)]), colour, 2.0);
            }
            _ => self.line(&corners(&[(0.0, -1.1), (1.0, 0.0), (0.0, 1.1), (-1.0, 0.0), (0.0, -1.1)]), colour, 1.75),
        }
    }

    /// The rectangle that a text covers, as upper left and lower right corner; none for other marks.
    pub fn covered(mark: &Mark) -> Option<((f64, f64), (f64, f64))> {
        let Mark::Text { at: (x, y), text, size, anchor, .. } = mark else { return None };
        let (width, half) = (text_width(text, *size), size / 2.0);
        Some(match anchor {
            Anchor::Start => ((*x, y - half), (x + width, y + half)),
            Anchor::Middle => ((x - width / 2.0, y - half), (x + width / 2.0, y + half)),
            Anchor::End => ((x - width, y - half), (*x, y + half)),
            Anchor::Upwards => ((x - half, y - width / 2.0), (x + half, y + width / 2.0)),
        })
    }

    /// The page as an SVG document with a title for those who cannot see it.
    pub fn svg(&self, title: &str) -> Result<String> {
        let (width, height) = self.size(SVG_ZOOM);
        let mut document = String::new();
        {
            let area = SVGBackend::with_string(&mut document, (width, height)).into_drawing_area();
            self.paint(&area, SVG_ZOOM, 0.0)?;
        }
        let painted = format!("<svg width=\"{width}\" height=\"{height}\"");
        let shown = format!("<svg width=\"{:.0}\" height=\"{:.0}\" role=\"img\"", self.width, self.height);
        let body = document.replacen(&painted, &shown, 1);
        let head = body.find('>').map_or(0, |at| at + 1);
        Ok(format!("{}<title>{}</title>{}", &body[..head], super::escaped(title), &body[head..]))
    }

    /// Writes the page as a PNG.
    pub fn write_png(&self, path: &Path) -> Result<()> {
        let area = BitMapBackend::new(path, self.size(PNG_ZOOM)).into_drawing_area();
        self.paint(&area, PNG_ZOOM, PNG_TEXT_DROP).map_err(|cause| Error::file("write the plot", path, cause))
    }

    fn size(&self, zoom: f64) -> (u32, u32) {
        ((self.width * zoom).round() as u32, (self.height * zoom).round() as u32)
    }

    fn paint<DB: DrawingBackend>(&self, area: &DrawingArea<DB, Shift>, zoom: f64, text_drop: f64) -> Result<()> {
        register();
        let broken = |cause: String| Error::Environment(format!("cannot paint a plot: {cause}"));
        area.fill(&WHITE).map_err(|cause| broken(cause.to_string()))?;
        for mark in &self.marks {
            paint_mark(mark, area, zoom, text_drop).map_err(broken)?;
        }
        area.present().map_err(|cause| broken(cause.to_string()))
    }
}

fn paint_mark<DB: DrawingBackend>(
    mark: &Mark,
    area: &DrawingArea<DB, Shift>,
    zoom: f64,
    text_drop: f64,
) -> std::result::Result<(), String> {
    let at = |(x, y): (f64, f64)| ((x * zoom).round() as i32, (y * zoom).round() as i32);
    match mark {
        Mark::Line { points, colour, width } => {
            let style = colour.stroke_width((width * zoom).round().max(1.0) as u32);
            area.draw(&PathElement::new(points.iter().copied().map(at).collect::<Vec<_>>(), style))
        }
        Mark::Area { points, colour, opacity } => {
            area.draw(&Polygon::new(points.iter().copied().map(at).collect::<Vec<_>>(), colour.mix(*opacity).filled()))
        }
        Mark::Disc { at: centre, radius, colour } => {
            area.draw(&Circle::new(at(*centre), (radius * zoom).round() as i32, colour.filled()))
        }
        Mark::Text { at: place, text, size, colour, anchor } => {
            let font = (FONT, size * zoom).into_font();
            let font = if *anchor == Anchor::Upwards { font.transform(FontTransform::Rotate270) } else { font };
            let side = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle | Anchor::Upwards => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let style = TextStyle::from(font).color(colour).pos(Pos::new(side, VPos::Center));
            let drop = text_drop * size;
            let place = match anchor {
                Anchor::Upwards => (place.0 + drop, place.1),
                _ => (place.0, place.1 + drop),
            };
            area.draw(&Text::new(text.as_str(), at(place), style))
        }
    }
    .map_err(|cause| cause.to_string())
}

/// The width of a text in units, at a size.
pub fn text_width(text: &str, size: f64) -> f64 {
    register();
    // Measured large, because the measure is in whole units.
    let large = 20.0;
    let measured = (FONT, size * large).into_font().box_size(text);
    measured.map_or(0.6 * size * text.chars().count() as f64, |(width, _)| f64::from(width) / large)
}

/// The text, or its beginning, an ellipsis and its end where it is wider than `width_max`: names of a sweep differ at
/// their ends.
pub fn shortened(text: &str, size: f64, width_max: f64) -> String {
    if text_width(text, size) <= width_max {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    for kept in (1..letters.len()).rev() {
        let head: String = letters[..kept.div_ceil(2)].iter().collect();
        let tail: String = letters[letters.len() - kept / 2..].iter().collect();
        let candidate = format!("{}…{}", head.trim_end(), tail.trim_start());
        if text_width(&candidate, size) <= width_max {
            return candidate;
        }
    }
    String::new()
}

/// The text in lines of at most `width_max`, broken between words.
pub fn wrapped(text: &str, size: f64, width_max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width_max => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(shortened(word, size, width_max)),
        }
    }
    lines
}

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // A font that does not parse would show as an error of the first text painted.
        let _registered = register_font(FONT, FontStyle::Normal, FONT_BYTES);
    });
}
