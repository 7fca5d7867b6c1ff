//! What a plot shows, before it has a place: panels of series over axes, and the table of numbers behind it.

use super::axis::Axis;
use crate::eval::stats::Interval;

/// A plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Names its files, without an ending.
    pub stem: String,
    /// One line on what it shows.
    pub title: String,
    /// What a reader must know: ties, refusals, how signs are to be read.
    pub notes: Vec<String>,
    /// One or more panels, side by side.
    pub panels: Vec<Panel>,
    /// Where series are named.
    pub key: Key,
    /// The numbers behind it.
    pub table: Table,
}

/// Where the series of a figure are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Nowhere: there is one, or the axis names them.
    None,
    /// At the right side, in their order.
    Side,
    /// At the right side, each near its last point.
    LineEnds,
}

/// One pair of axes and what is drawn between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its own title; empty where the figure's is enough.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis; names run downwards.
    pub y: Axis,
    /// What is drawn, later over earlier.
    pub series: Vec<Series>,
    /// Lines to compare with.
    pub guides: Vec<Guide>,
    /// Coloured tiles, for a panel whose axes are both names.
    pub tiles: Vec<Tile>,
    /// A text at the right end of each row, for a panel whose vertical axis is names.
    pub row_texts: Vec<String>,
}

impl Panel {
    /// A panel with nothing on it.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { title: String::new(), x, y, series: vec![], guides: vec![], tiles: vec![], row_texts: vec![] }
    }
}

/// Points that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What the key calls it.
    pub name: String,
    /// Its place among the colours and markers.
    pub style: usize,
    /// How its points are drawn.
    pub draw: Draw,
    /// The points.
    pub points: Vec<Point>,
    /// Its band: x, lower and upper end.
    pub band: Vec<(f64, f64, f64)>,
    /// A curve fitted to it.
    pub curve: Vec<(f64, f64)>,
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Draw {
    /// As markers with their intervals.
    #[default]
    Dots,
    /// As markers with their intervals, joined in order.
    Joined,
    /// As a line without markers.
    Line,
    /// As bars from zero along x.
    Bars,
}

/// One point, with its intervals along either axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// Interval of x.
    pub x_interval: Option<Interval>,
    /// Interval of y.
    pub y_interval: Option<Interval>,
}

/// A line to compare with.
#[derive(Clone, Debug, PartialEq)]
pub enum Guide {
    /// Vertical, at this x, with a label.
    AtX(f64, String),
    /// Horizontal, at this y, with a label.
    AtY(f64, String),
    /// Where y equals x.
    Diagonal,
}

/// One tile of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Index of its column.
    pub x: usize,
    /// Index of its row.
    pub y: usize,
    /// Its value; its sign chooses the colour, its size the strength.
    pub value: f64,
    /// What is written on it.
    pub text: String,
}

/// Numbers behind a plot, as its CSV holds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows, as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|h| (*h).to_owned()).collect(), rows: vec![] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

/// A number for a table, with all its digits; empty where it is undefined.
pub fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |v| v.to_string())
}

/// An interval for a table, as two cells.
pub fn cells(interval: Option<Interval>) -> [String; 2] {
    [cell(interval.map(|i| i.low)), cell(interval.map(|i| i.high))]
}
