//! From a figure to a page: where everything goes. No text leaves the page; long names are shortened, ticks that would
//! overlap are left out.

mod guides;

use super::axis::Scale;
use super::figure::{Draw, Figure, Key, Panel, Series, Tile};
use super::page::{Anchor, GREY, PALE, Page, shortened, text_width, wrapped};
use super::palette::{colour, dashes};
use plotters::style::{BLACK, RGBColor, WHITE};

const WIDTH: f64 = 960.0;
const MARGIN: f64 = 16.0;
const TITLE_SIZE: f64 = 20.0;
const TEXT_SIZE: f64 = 14.0;
const SMALL_SIZE: f64 = 12.5;
const ROW_HEIGHT: f64 = 34.0;
const PLOT_HEIGHT: f64 = 340.0;
const NAME_WIDTH_MAX: f64 = 240.0;
const MARKER_RADIUS: f64 = 5.0;

/// The plot area of a panel on its page.
#[derive(Clone, Copy)]
struct Frame<'a> {
    panel: &'a Panel,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + self.panel.x.place(value).clamp(0.0, 1.0) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        let place = self.panel.y.place(value).clamp(0.0, 1.0);
        match self.panel.y.scale {
            Scale::Names(_) => self.top + place * (self.bottom - self.top),
            _ => self.bottom - place * (self.bottom - self.top),
        }
    }

    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x(x), self.y(y))
    }
}

/// The page of a figure, with a caption below.
pub fn lay_out(figure: &Figure, caption: &str) -> Page {
    let inner = WIDTH - 2.0 * MARGIN;
    let notes: Vec<String> = figure.notes.iter().flat_map(|n| wrapped(n, SMALL_SIZE, inner)).collect();
    let captions = wrapped(caption, SMALL_SIZE, inner);
    let mut page = Page { width: WIDTH, ..Page::default() };
    let mut y = MARGIN + TITLE_SIZE / 2.0;
    for line in wrapped(&figure.title, TITLE_SIZE, inner) {
        page.text(&line, (MARGIN, y), TITLE_SIZE, BLACK, Anchor::Start);
        y += TITLE_SIZE + 4.0;
    }
    y += 2.0;
    for note in &notes {
        page.text(note, (MARGIN, y), SMALL_SIZE, GREY, Anchor::Start);
        y += SMALL_SIZE + 4.0;
    }
    y += 12.0;
    if figure.panels.iter().any(|panel| !panel.title.is_empty()) {
        y += TEXT_SIZE + 6.0;
    }
    let height = figure.panels.iter().map(plot_height).fold(0.0, f64::max);
    let frames = frames(figure, y, height);
    for (index, frame) in frames.iter().enumerate() {
        draw_axes(&mut page, frame, names_shown(figure, index));
        draw_panel(&mut page, frame);
    }
    if let Some(last) = frames.last() {
        draw_key(&mut page, figure, last);
    }
    y += height + axis_depth(figure) + 10.0;
    for line in &captions {
        page.text(line, (MARGIN, y), SMALL_SIZE, GREY, Anchor::Start);
        y += SMALL_SIZE + 4.0;
    }
    page.height = (y + MARGIN - SMALL_SIZE / 2.0).ceil();
    page
}

fn plot_height(panel: &Panel) -> f64 {
    match &panel.y.scale {
        Scale::Names(names) => {
            let most = (0..names.len())
                .map(|row| panel.series.iter().flat_map(|s| &s.points).filter(|p| p.y.round() == row as f64).count())
                .max()
                .unwrap_or(0);
            let row = if panel.tiles.is_empty() { ROW_HEIGHT.max(11.0 * most as f64 + 12.0) } else { 48.0 };
            (row * names.len() as f64).max(80.0)
        }
        _ => PLOT_HEIGHT,
    }
}

/// Room below a plot area for the ticks' texts and the axis's label.
fn axis_depth(figure: &Figure) -> f64 {
    let labelled = figure.panels.iter().any(|panel| !panel.x.label.is_empty());
    let staggered = figure.panels.iter().any(|panel| matches!(panel.x.scale, Scale::Names(_)));
    if staggered {
        74.0
    } else if labelled {
        56.0
    } else {
        32.0
    }
}

/// Whether a panel names its vertical axis: the first does, and any whose axis is another.
fn names_shown(figure: &Figure, index: usize) -> bool {
    index == 0 || figure.panels[index].y != figure.panels[0].y
}

fn frames(figure: &Figure, top: f64, height: f64) -> Vec<Frame<'_>> {
    let before: Vec<f64> = (0..figure.panels.len())
        .map(|i| if names_shown(figure, i) { left_room(&figure.panels[i]) } else { 14.0 })
        .collect();
    let after: Vec<f64> = figure.panels.iter().map(right_room).collect();
    let taken: f64 = before.iter().chain(&after).sum::<f64>() + key_width(figure);
    let each = ((WIDTH - 2.0 * MARGIN - taken) / figure.panels.len().max(1) as f64).max(40.0);
    let mut left = MARGIN;
    figure
        .panels
        .iter()
        .zip(before.into_iter().zip(after))
        .map(|(panel, (before, after))| {
            left += before;
            let frame = Frame { panel, left, top, right: left + each, bottom: top + height };
            left += each + after;
            frame
        })
        .collect()
}

fn left_room(panel: &Panel) -> f64 {
    let ticks = panel.y.ticks(6);
    let widest = ticks.iter().map(|(_, t)| text_width(t, TEXT_SIZE)).fold(0.0, f64::max).min(NAME_WIDTH_MAX);
    let label = if panel.y.label.is_empty() { 0.0 } else { TEXT_SIZE + 8.0 };
    widest + label + 14.0
}

fn right_room(panel: &Panel) -> f64 {
    let texts = panel.row_texts.iter().map(|t| text_width(t, SMALL_SIZE)).fold(0.0, f64::max);
    if texts > 0.0 { texts + 18.0 } else { 14.0 }
}

fn key_names(figure: &Figure) -> Vec<&Series> {
    let mut seen: Vec<&str> = Vec::new();
    let all = figure.panels.iter().flat_map(|panel| &panel.series);
    all.filter(|series| {
        let new = !seen.contains(&series.name.as_str());
        seen.push(&series.name);
        new && !series.name.is_empty()
    })
    .collect()
}

fn key_width(figure: &Figure) -> f64 {
    if figure.key == Key::None {
        return 0.0;
    }
    let widest = key_names(figure).iter().map(|s| text_width(&s.name, TEXT_SIZE)).fold(0.0, f64::max);
    widest.min(NAME_WIDTH_MAX) + if has_lines(figure) { 48.0 } else { 30.0 }
}

/// Whether the key shows dashes, which are wider than markers.
fn has_lines(figure: &Figure) -> bool {
    figure.panels.iter().flat_map(|panel| &panel.series).any(|series| series.draw == Draw::Line)
}

fn draw_axes(page: &mut Page, frame: &Frame<'_>, names_shown: bool) {
    let panel = frame.panel;
    page.text(&panel.title, (frame.left, frame.top - 16.0), TEXT_SIZE, BLACK, Anchor::Start);
    for (value, text) in panel.y.ticks(6) {
        let y = frame.y(value);
        if panel.tiles.is_empty() {
            page.line(&[(frame.left, y), (frame.right, y)], PALE, 1.0);
        }
        if names_shown {
            let text = shortened(&text, TEXT_SIZE, NAME_WIDTH_MAX);
            page.text(&text, (frame.left - 8.0, y), TEXT_SIZE, BLACK, Anchor::End);
        }
    }
    let label_y = draw_x_ticks(page, frame) + 26.0;
    page.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], GREY, 1.0);
    let middle = (frame.left + frame.right) / 2.0;
    let room = 2.0 * (middle - MARGIN).min(WIDTH - MARGIN - middle);
    page.text(&shortened(&panel.x.label, TEXT_SIZE, room), (middle, label_y), TEXT_SIZE, BLACK, Anchor::Middle);
    if names_shown && !panel.y.label.is_empty() {
        let x = frame.left - left_room(panel) + TEXT_SIZE / 2.0;
        let centre = (frame.top + frame.bottom) / 2.0;
        let text = shortened(&panel.y.label, TEXT_SIZE, frame.bottom - frame.top + 60.0);
        page.text(&text, (x, centre), TEXT_SIZE, BLACK, Anchor::Upwards);
    }
}

/// Draws the ticks below a panel; gives the height of the lowest text.
fn draw_x_ticks(page: &mut Page, frame: &Frame<'_>) -> f64 {
    let panel = frame.panel;
    let named = matches!(panel.x.scale, Scale::Names(_));
    let ticks = panel.x.ticks(if frame.right - frame.left > 300.0 { 7 } else { 3 });
    let slot = (frame.right - frame.left) / ticks.len().max(1) as f64;
    let crowded = named && ticks.iter().any(|(_, text)| text_width(text, TEXT_SIZE) > slot - 8.0);
    let mut free_from = f64::NEG_INFINITY;
    for (index, (value, text)) in ticks.into_iter().enumerate() {
        let x = frame.x(value);
        if panel.tiles.is_empty() {
            page.line(&[(x, frame.top), (x, frame.bottom)], PALE, 1.0);
        }
        let room = if crowded { 2.0 * slot - 10.0 } else { f64::INFINITY };
        let text = shortened(&text, TEXT_SIZE, room);
        let half = text_width(&text, TEXT_SIZE) / 2.0;
        if !named && x - half < free_from {
            continue;
        }
        free_from = x + half + 8.0;
        // Where neighbours would touch, every other name goes one line lower, and the outer ones move inwards.
        let lower = if crowded && index % 2 == 1 { TEXT_SIZE + 4.0 } else { 0.0 };
        let x = x.clamp(MARGIN + half, (WIDTH - MARGIN - half).max(MARGIN + half));
        page.text(&text, (x, frame.bottom + 16.0 + lower), TEXT_SIZE, BLACK, Anchor::Middle);
    }
    frame.bottom + 16.0 + if crowded { TEXT_SIZE + 4.0 } else { 0.0 }
}

fn draw_panel(page: &mut Page, frame: &Frame<'_>) {
    draw_tiles(page, frame);
    for guide in &frame.panel.guides {
        guides::draw(page, frame, guide);
    }
    // All bands lie below all lines, so that no band tints another's points.
    for series in &frame.panel.series {
        draw_band(page, frame, series);
    }
    for series in &frame.panel.series {
        draw_series(page, frame, series);
    }
    if let Scale::Names(_) = frame.panel.y.scale {
        for (row, text) in frame.panel.row_texts.iter().enumerate() {
            page.text(text, (frame.right + 10.0, frame.y(row as f64)), SMALL_SIZE, BLACK, Anchor::Start);
        }
    }
}

fn draw_band(page: &mut Page, frame: &Frame<'_>, series: &Series) {
    if series.band.len() > 1 {
        let lower = series.band.iter().map(|(x, low, _)| frame.at(*x, *low));
        let upper = series.band.iter().rev().map(|(x, _, high)| frame.at(*x, *high));
        page.area(lower.chain(upper).collect(), colour(series.style), 0.16);
    }
}

fn draw_series(page: &mut Page, frame: &Frame<'_>, series: &Series) {
    let ink = colour(series.style);
    if series.curve.len() > 1 {
        let places: Vec<(f64, f64)> = series.curve.iter().map(|(x, y)| frame.at(*x, *y)).collect();
        page.line(&places, ink, 1.5);
    }
    let places: Vec<(f64, f64)> = series.points.iter().map(|p| frame.at(p.x, p.y)).collect();
    match series.draw {
        // Without markers, so told apart by more than colour all the same.
        Draw::Line => return page.dashed(&places, dashes(series.style), ink, 2.0),
        Draw::Joined => page.line(&places, ink, 2.0),
        Draw::Bars => {
            for (x, y) in places {
                // A bar of nothing would still paint a line.
                if x - frame.x(0.0) > 0.25 {
                    page.rectangle((frame.x(0.0), y - 8.0), (x, y + 8.0), ink, 1.0);
                }
            }
            return;
        }
        Draw::Dots => {}
    }
    for (point, (x, y)) in series.points.iter().zip(places) {
        if let Some(interval) = point.x_interval {
            page.line(&[(frame.x(interval.low), y), (frame.x(interval.high), y)], ink, 2.0);
        }
        if let Some(interval) = point.y_interval {
            page.line(&[(x, frame.y(interval.low)), (x, frame.y(interval.high))], ink, 2.0);
        }
        page.marker(series.style, (x, y), MARKER_RADIUS);
    }
}

fn draw_tiles(page: &mut Page, frame: &Frame<'_>) {
    let strongest = frame.panel.tiles.iter().map(|tile| tile.value.abs()).fold(1e-9, f64::max);
    let Scale::Names(columns) = &frame.panel.x.scale else { return };
    let half_width = (frame.right - frame.left) / columns.len().max(1) as f64 / 2.0;
    for Tile { x, y, value, text } in &frame.panel.tiles {
        let (cx, cy) = frame.at(*x as f64, *y as f64);
        let strength = 0.12 + 0.78 * value.abs() / strongest;
        let ink = if *value >= 0.0 { colour(0) } else { colour(1) };
        page.rectangle((cx - half_width + 1.0, cy - 23.0), (cx + half_width - 1.0, cy + 23.0), ink, strength);
        let on_dark: RGBColor = if *value >= 0.0 && strength > 0.65 { WHITE } else { BLACK };
        page.text(&shortened(text, TEXT_SIZE, 2.0 * half_width - 6.0), (cx, cy), TEXT_SIZE, on_dark, Anchor::Middle);
    }
}

fn draw_key(page: &mut Page, figure: &Figure, last: &Frame<'_>) {
    if figure.key == Key::None {
        return;
    }
    let x = WIDTH - MARGIN - key_width(figure) + if has_lines(figure) { 32.0 } else { 14.0 };
    let gap = TEXT_SIZE + 6.0;
    let named = key_names(figure);
    // At line ends, where every line ends beside the key.
    let at_ends = figure.key == Key::LineEnds && named.iter().all(|series| end_in(last, series).is_some());
    let place = |(i, series): (usize, &Series)| {
        end_in(last, series).filter(|_| at_ends).unwrap_or(last.top + 8.0 + i as f64 * gap)
    };
    let mut entries: Vec<(f64, &Series)> =
        named.iter().enumerate().map(|(i, series)| (place((i, *series)), *series)).collect();
    entries.sort_by(|a, b| a.0.total_cmp(&b.0));
    let places = spread(&entries.iter().map(|(y, _)| *y).collect::<Vec<_>>(), gap, last.top, last.bottom);
    for (y, (_, series)) in places.into_iter().zip(entries) {
        match series.draw {
            Draw::Line => page.dashed(&[(x - 22.0, y), (x + 4.0, y)], dashes(series.style), colour(series.style), 2.0),
            _ => page.marker(series.style, (x - 2.0, y), MARKER_RADIUS),
        }
        let text = shortened(&series.name, TEXT_SIZE, NAME_WIDTH_MAX);
        page.text(&text, (x + 10.0, y), TEXT_SIZE, BLACK, Anchor::Start);
    }
}

/// How high a series ends in the panel beside the key: it may stand in several.
fn end_in(last: &Frame<'_>, series: &Series) -> Option<f64> {
    let own = last.panel.series.iter().find(|other| other.name == series.name)?;
    let end = own.curve.last().map(|(_, y)| *y).or(own.points.last().map(|point| point.y))?;
    Some(last.y(end))
}

/// Sorted places pushed apart to at least `gap`, within `[top, bottom]` as far as they fit.
fn spread(wanted: &[f64], gap: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + gap);
    }
    let mut ceiling = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(ceiling);
        ceiling = *place - gap;
    }
    let lift = places.first().map_or(0.0, |first| (top - first).max(0.0));
    places.into_iter().map(|place| place + lift).collect()
}
