//! Success of nested oversight against the gap that it spans, and beside what was published.

use crate::eval::nested::{Fits, Published};
use crate::eval::stats::nested::Nested;
use crate::report::axis::Axis;
use crate::report::figure::{Draw, Figure, Key, Panel, Point, Series, Table, cell};

/// Places along the gap at which a game's success is computed.
const STEPS: usize = 160;

/// Success by gap, a line for each game; and beside it, where something was published, what is computed for that gap.
pub fn figure(fits: &Fits) -> Figure {
    let widest = fits.gaps.iter().copied().fold(0.0, f64::max).max(1.0);
    let axis = Axis::between("gap between weakest and strongest, in Elo", 0.0, 1.03 * widest);
    let mut success = Panel::new(axis, Axis::between("success at all levels", 0.0, 1.0));
    let point = |x: f64, y: f64| Point { x, y, ..Point::default() };
    for (style, (name, game)) in fits.games.iter().enumerate() {
        let at = |step: usize| {
            let gap = widest * step as f64 / STEPS as f64;
            point(gap, fits.nested(game, gap).success)
        };
        let points = (0..=STEPS).map(at).collect();
        success.series.push(Series { name: name.to_owned(), style, draw: Draw::Line, points, ..Series::default() });
    }
    let mut table = Table::new(&["game", "gap", "success", "levels", "published"]);
    for row in fits.rows() {
        let (game, levels) = (row.game.to_owned(), row.nested.levels.to_string());
        table.row(vec![game, row.gap.to_string(), row.nested.success.to_string(), levels, cell(row.published)]);
    }
    Figure {
        stem: "nested-oversight".into(),
        title: "Nested oversight: success of the best number of levels".into(),
        notes: vec![
            "Published: as its authors have it, shown beside what is computed from the fits, and not tested.".into(),
        ],
        panels: [success].into_iter().chain(beside(fits)).collect(),
        key: Key::Side,
        table,
    }
}

/// What was published beside what is computed; none where nothing was.
fn beside(fits: &Fits) -> Option<Panel> {
    let shown: Vec<(&str, Published, Nested)> = fits
        .games
        .iter()
        .filter_map(|(name, game)| game.published.map(|it| (name, it, fits.nested(game, it.gap))))
        .collect();
    let named = |(name, published, _): &(&str, Published, Nested)| format!("{name}, gap {}", published.gap);
    let highest = shown.iter().map(|(_, published, nested)| published.success.max(nested.success)).fold(0.1, f64::max);
    let mut panel = Panel::new(
        Axis::between("success at all levels", 0.0, 1.1 * highest),
        Axis::names("", shown.iter().map(named).collect()),
    );
    // Markers of one row stand below one another, so that neither hides the other.
    let series = |name: &str, style: usize, below: f64, value: &dyn Fn(&(&str, Published, Nested)) -> f64| Series {
        name: name.to_owned(),
        style,
        points: shown
            .iter()
            .enumerate()
            .map(|(row, it)| Point { x: value(it), y: row as f64 + below, ..Point::default() })
            .collect(),
        ..Series::default()
    };
    let count = fits.games.len();
    panel.series = vec![
        series("computed", count, -0.15, &|(_, _, nested)| nested.success),
        series("published", count + 1, 0.15, &|(_, published, _)| published.success),
    ];
    (!shown.is_empty()).then_some(panel)
}
