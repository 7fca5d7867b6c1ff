//! Debaters against one another: who wins against whom, and their ratings apart for either side.

use std::collections::BTreeMap;

use crate::eval::ratings::{self, Match, Side};
use crate::report::axis::Axis;
use crate::report::data::RunData;
use crate::report::figure::{Figure, Guide, Key, Panel, Point, Series, Table, Tile, cells};
use crate::report::scores::{POINTS_MAX, debated};
use crate::report::table::named_point;

/// More players than this have no room as rows of one plot.
const PLAYERS_MAX: usize = 40;

/// How often each who argued for the truth won against each who argued against it; none where nobody had a choice of
/// opponents.
pub fn wins(run: &RunData) -> Option<Figure> {
    let debated = debated(run);
    let games: Vec<Match<'_>> = debated.iter().flat_map(|rows| ratings::games_of(rows)).collect();
    let names = |of: fn(&Match<'_>) -> String| {
        games.iter().map(of).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<String>>()
    };
    let (rows, columns) = (names(|game| game.player_true.to_owned()), names(|game| game.player_false.to_owned()));
    if rows.len().max(columns.len()) < 2 || rows.len().max(columns.len()) > PLAYERS_MAX {
        return None;
    }
    let mut met: BTreeMap<(&str, &str), (f64, u64)> = BTreeMap::new();
    for game in &games {
        let sum = met.entry((game.player_true, game.player_false)).or_default();
        *sum = (sum.0 + game.p_win_true, sum.1 + 1);
    }
    let mut table = Table::new(&["argues_for_the_truth", "argues_against_it", "true_side_wins", "games"]);
    let mut tiles = Vec::new();
    for (y, by_true) in rows.iter().enumerate() {
        for (x, by_false) in columns.iter().enumerate() {
            let Some((won, count)) = met.get(&(by_true.as_str(), by_false.as_str())) else { continue };
            let share = won / *count as f64;
            table.row(vec![by_true.clone(), by_false.clone(), share.to_string(), count.to_string()]);
            tiles.push(Tile { x, y, value: share - 0.5, text: format!("{:.0}% of {count}", 100.0 * share) });
        }
    }
    let axes = (Axis::names("argues against the truth", columns), Axis::names("argues for the truth", rows));
    let mut panel = Panel::new(axes.0, axes.1);
    panel.tiles = tiles;
    let pooled = if debated.len() > 1 { " Games of all points of the sweep are counted together." } else { "" };
    Some(Figure {
        stem: "wins".into(),
        title: "Who wins against whom".into(),
        notes: vec![format!(
            "The share of games that the true side wins, ties as halves; no tile: they never met.{pooled}"
        )],
        panels: vec![panel],
        key: Key::None,
        table,
    })
}

/// The ratings of all who argued, a row for each side that they argued for; none where games bear no rating.
pub fn elo(run: &RunData) -> Option<Figure> {
    let mut table = Table::new(&["debater", "argues_for", "elo", "ci_low", "ci_high", "games"]);
    let (mut names, mut sides) = (Vec::new(), [Side::True, Side::False].map(|side| (side, Vec::new())));
    for rows in debated(run).iter().take(POINTS_MAX) {
        let Ok(found) = ratings::ratings(&ratings::games_of(rows)) else { continue };
        for rating in &found.ratings {
            let player = named_point(&rating.player, &rows[0].swept);
            let at = names.iter().position(|known| *known == player).unwrap_or_else(|| {
                names.push(player.clone());
                names.len() - 1
            });
            let (elo, [low, high]) = (rating.elo, cells(rating.elo.interval));
            table.row(vec![
                player,
                rating.side.name().into(),
                elo.value.to_string(),
                low,
                high,
                rating.games.to_string(),
            ]);
            // Markers of one row stand below one another, so that neither hides the other.
            let below = if rating.side == Side::True { -0.15 } else { 0.15 };
            let point = Point { x: elo.value, y: at as f64 + below, x_interval: elo.interval, y_interval: None };
            sides.iter_mut().filter(|(side, _)| *side == rating.side).for_each(|(_, points)| points.push(point));
        }
    }
    if names.is_empty() || names.len() > PLAYERS_MAX {
        return None;
    }
    let ends = sides.iter().flat_map(|(_, points)| points).flat_map(|point| {
        [Some(point.x), point.x_interval.map(|i| i.low), point.x_interval.map(|i| i.high)].into_iter().flatten()
    });
    let mut panel = Panel::new(Axis::linear("Elo, in points", ends.collect::<Vec<_>>()), Axis::names("", names));
    panel.guides = vec![Guide::AtX(0.0, "mean of all".into())];
    panel.series = sides
        .into_iter()
        .enumerate()
        .map(|(style, (side, points))| Series { name: side.name().into(), style, points, ..Series::default() })
        .collect();
    Some(Figure {
        stem: "elo".into(),
        title: "Ratings of debaters, apart for either side".into(),
        notes: vec![
            "By Bradley and Terry's model with both roles of a player as contestants; intervals over questions.".into(),
        ],
        panels: vec![panel],
        key: Key::Side,
        table,
    })
}
