//! Success of nested oversight against the gap that it spans.

use crate::eval::nested::Fits;
use crate::report::axis::Axis;
use crate::report::figure::{Draw, Figure, Key, Panel, Point, Series, Table, cell};

/// Places along the gap at which a game's success is computed.
const STEPS: usize = 160;

/// Success and levels by gap, a line for each game; what was published as markers of one kind.
pub fn figure(fits: &Fits) -> Figure {
    let widest = fits.gaps.iter().copied().fold(0.0, f64::max).max(1.0);
    let axis = || Axis::between("gap from the weakest overseer to the strongest system, in Elo", 0.0, 1.03 * widest);
    let mut success = Panel::new(axis(), Axis::between("success, all levels", 0.0, 1.0));
    let mut levels = Panel::new(axis(), Axis::linear("levels that serve best", []));
    let mut highest = 1.0f64;
    for (style, (name, game)) in fits.games.iter().enumerate() {
        let at = |step: usize| {
            let gap = widest * step as f64 / STEPS as f64;
            Some((gap, fits.nested(game, gap)?))
        };
        let line: Vec<_> = (0..=STEPS).filter_map(at).collect();
        let series = |points| Series { name: name.to_owned(), style, draw: Draw::Line, points, ..Series::default() };
        let point = |x: f64, y: f64| Point { x, y, ..Point::default() };
        highest = line.iter().map(|(_, nested)| f64::from(nested.levels)).fold(highest, f64::max);
        success.series.push(series(line.iter().map(|(gap, nested)| point(*gap, nested.success)).collect()));
        levels.series.push(series(line.iter().map(|(gap, it)| point(*gap, f64::from(it.levels))).collect()));
        let published = game.published.map(|it| point(it.gap, it.success));
        success.series.extend(published.map(|point| Series {
            name: format!("{name}, published"),
            style,
            points: vec![point],
            ..Series::default()
        }));
    }
    levels.y = Axis::between("levels that serve best", 0.0, highest + 1.0);
    let mut table = Table::new(&["game", "gap", "success", "levels", "published"]);
    for row in fits.rows() {
        let (game, levels) = (row.game.to_owned(), row.nested.levels.to_string());
        table.row(vec![game, row.gap.to_string(), row.nested.success.to_string(), levels, cell(row.published)]);
    }
    Figure {
        stem: "nested-oversight".into(),
        title: "Nested oversight: success of the best number of levels".into(),
        notes: vec!["Lines: computed from the fits. Markers: what was published, shown and not tested.".into()],
        panels: vec![success, levels],
        key: Key::Side,
        table,
    }
}
