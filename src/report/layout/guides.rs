//! Lines to compare with, and where their labels stand.

use super::{Frame, MARKER_RADIUS, SMALL_SIZE};
use crate::report::axis::{Axis, Scale};
use crate::report::figure::{Draw, Guide};
use crate::report::page::{Anchor, GREY, Page, text_width};

/// Draws one, with its label where it covers nothing.
pub(super) fn draw(page: &mut Page, frame: &Frame<'_>, guide: &Guide) {
    let inside = |axis: &Axis, value: f64| (0.0..=1.0).contains(&axis.place(value));
    match guide {
        Guide::AtX(x, label) if inside(&frame.panel.x, *x) => {
            let x = frame.x(*x);
            page.dashes((x, frame.top), (x, frame.bottom), GREY, 1.0);
            let half = text_width(label, SMALL_SIZE) / 2.0;
            let centre = x.clamp(frame.left + half, (frame.right - half).max(frame.left + half));
            page.text(label, (centre, frame.top - 9.0), SMALL_SIZE, GREY, Anchor::Middle);
        }
        Guide::AtY(y, label) if inside(&frame.panel.y, *y) => {
            let y = frame.y(*y);
            page.dashes((frame.left, y), (frame.right, y), GREY, 1.0);
            let (x, y) = free_place(frame, text_width(label, SMALL_SIZE), y);
            page.text(label, (x, y), SMALL_SIZE, GREY, Anchor::Start);
        }
        Guide::AtX(..) | Guide::AtY(..) => {}
        Guide::Diagonal => {
            let low = limits(&frame.panel.x).0.max(limits(&frame.panel.y).0);
            let high = limits(&frame.panel.x).1.min(limits(&frame.panel.y).1);
            page.dashes(frame.at(low, low), frame.at(high, high), GREY, 1.0);
        }
    }
}

/// Where a text beside a horizontal line covers nothing that is drawn: where it starts, and its height. At the left above the
/// line where there is no such place.
fn free_place(frame: &Frame<'_>, width: f64, y: f64) -> (f64, f64) {
    let room = (frame.right - frame.left - width - 12.0).max(0.0);
    let drawn = drawn_places(frame);
    let is_free = |(x, at): &(f64, f64)| {
        let (top, bottom) = (at - SMALL_SIZE / 2.0 - 2.0, at + SMALL_SIZE / 2.0 + 2.0);
        let is_inside = top >= frame.top && bottom <= frame.bottom;
        is_inside && !drawn.iter().any(|(u, v)| (x - 6.0..=x + width + 6.0).contains(u) && (top..=bottom).contains(v))
    };
    let steps = 24;
    let places = (0..=steps).flat_map(|i| {
        let x = frame.left + 6.0 + room * f64::from(i) / f64::from(steps);
        [(x, y - 9.0), (x, y + 10.0)]
    });
    places.into_iter().find(is_free).unwrap_or((frame.left + 6.0, y - 9.0))
}

/// Places on the markers, intervals and lines of a panel, close enough to one another that no text fits between two.
fn drawn_places(frame: &Frame<'_>) -> Vec<(f64, f64)> {
    let mut lines: Vec<[(f64, f64); 2]> = Vec::new();
    for series in &frame.panel.series {
        let places: Vec<(f64, f64)> = series.points.iter().map(|p| frame.at(p.x, p.y)).collect();
        lines.extend(
            places.iter().map(|place| [(place.0, place.1 - MARKER_RADIUS), (place.0, place.1 + MARKER_RADIUS)]),
        );
        if matches!(series.draw, Draw::Joined | Draw::Line) {
            lines.extend(places.windows(2).map(|pair| [pair[0], pair[1]]));
        }
        let curve: Vec<(f64, f64)> = series.curve.iter().map(|(x, y)| frame.at(*x, *y)).collect();
        lines.extend(curve.windows(2).map(|pair| [pair[0], pair[1]]));
        let intervals = series.points.iter().filter_map(|p| p.y_interval.map(|i| (p.x, i)));
        lines.extend(intervals.map(|(x, i)| [frame.at(x, i.low), frame.at(x, i.high)]));
    }
    let between = |[from, to]: [(f64, f64); 2]| {
        let steps = ((to.0 - from.0).hypot(to.1 - from.1) / 6.0).ceil().max(1.0);
        (0..=steps as usize).map(move |i| {
            let share = i as f64 / steps;
            (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
        })
    };
    lines.into_iter().flat_map(between).collect()
}

fn limits(axis: &Axis) -> (f64, f64) {
    match &axis.scale {
        Scale::Linear { low, high } | Scale::Log { low, high } => (*low, *high),
        Scale::Names(names) => (0.0, names.len() as f64),
    }
}
