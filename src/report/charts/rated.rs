//! Debaters against one another: who wins against whom, and their ratings apart for either side.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::eval::ratings::{self, Match, Rating, Side};
use crate::eval::stats::bradley_terry::Refusal;
use crate::report::axis::Axis;
use crate::report::chosen::Chosen;
use crate::report::figure::{Figure, Guide, Key, Panel, Point, Series, Table, Tile, cells};
use crate::report::scores::debated;
use crate::report::table::named_point;

/// More players than this have no room as rows of one plot.
const PLAYERS_MAX: usize = 40;

/// More players than this have no room as columns of one map.
const MAP_MAX: usize = 12;

/// How often each who argued for the truth won against each who argued against it; none where nobody had a choice of
/// opponents.
pub fn wins(chosen: &Chosen<'_>) -> Option<Figure> {
    let debated = debated(chosen.run);
    let games: Vec<Match<'_>> = debated.iter().flat_map(|rows| ratings::games_of(rows)).collect();
    let rows = in_order(games.iter().map(|game| game.player_true));
    let columns = in_order(games.iter().map(|game| game.player_false));
    if rows.len().max(columns.len()) < 2 {
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
            if x.max(y) < MAP_MAX {
                tiles.push(Tile { x, y, value: share - 0.5, text: format!("{:.0}% of {count}", 100.0 * share) });
            }
        }
    }
    let hidden = left_out("debaters", rows.len().max(columns.len()), MAP_MAX);
    let first = |names: Vec<String>| names.into_iter().take(MAP_MAX).collect();
    let axes = (("argues against the truth", first(columns)), ("argues for the truth", first(rows)));
    let mut panel = Panel::new(Axis::names(axes.0.0, axes.0.1), Axis::names(axes.1.0, axes.1.1));
    panel.tiles = tiles;
    let pooled = if debated.len() > 1 { " Games of all points of the sweep are counted together." } else { "" };
    Some(Figure {
        stem: "wins".into(),
        title: "Who wins against whom".into(),
        notes: [format!(
            "The share of games that the true side wins, ties as halves; no tile: they never met.{pooled}"
        )]
        .into_iter()
        .chain(hidden)
        .collect(),
        panels: vec![panel],
        key: Key::None,
        table,
    })
}

/// The ratings of all who argued, at every point of the sweep where there are games, a row for each side that they argued
/// for; none where games bear no rating.
pub fn elo(chosen: &Chosen<'_>) -> Option<Figure> {
    let mut rated: Vec<(String, Rating)> = Vec::new();
    let mut notes = vec![
        "By Bradley and Terry's model with both roles of a player as contestants; intervals over questions.".to_owned(),
    ];
    let debated = debated(chosen.run);
    let found: Vec<_> = debated.par_iter().map(|rows| ratings::ratings(&ratings::games_of(rows))).collect();
    for (rows, found) in debated.iter().zip(found) {
        match found {
            Ok(found) => {
                let named = |rating: Rating| (named_point(&rating.player, &rows[0].swept), rating);
                rated.extend(found.ratings.into_iter().map(named));
            }
            Err(Refusal::Games) => {}
            Err(refusal) => notes.push(format!("{}: {refusal}.", named_point("not rated", &rows[0].swept))),
        }
    }
    let names = in_order(rated.iter().map(|(player, _)| player.as_str()));
    if names.is_empty() {
        return None;
    }
    let mut table = Table::new(&["debater", "argues_for", "elo", "ci_low", "ci_high", "games"]);
    let mut sides = [Side::True, Side::False].map(|side| (side, Vec::new()));
    for (y, name) in names.iter().enumerate() {
        for (_, rating) in rated.iter().filter(|(player, _)| player == name) {
            let (elo, [low, high]) = (rating.elo, cells(rating.elo.interval));
            let side = rating.side.name().to_owned();
            table.row(vec![name.clone(), side, elo.value.to_string(), low, high, rating.games.to_string()]);
            // Markers of one row stand below one another, so that neither hides the other.
            let below = if rating.side == Side::True { -0.15 } else { 0.15 };
            let point = Point { x: elo.value, y: y as f64 + below, x_interval: elo.interval, y_interval: None };
            let own = sides.iter_mut().filter(|(side, _)| *side == rating.side && y < PLAYERS_MAX);
            own.for_each(|(_, points)| points.push(point));
        }
    }
    notes.extend(left_out("debaters", names.len(), PLAYERS_MAX));
    let names: Vec<String> = names.into_iter().take(PLAYERS_MAX).collect();
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
        notes,
        panels: vec![panel],
        key: Key::Side,
        table,
    })
}

/// What is said where there are more than a plot has room for.
fn left_out(what: &str, count: usize, most: usize) -> Option<String> {
    (count > most).then(|| format!("The first {most} of {count} {what} are shown; the CSV holds all."))
}

/// Names, each once: in the order of the alphabet, and of the numbers that they end with.
fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let key = |name: &'a str| {
        let words = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        (words, name[words.len()..].parse::<u64>().ok(), name)
    };
    let names: BTreeSet<_> = names.map(key).collect();
    names.into_iter().map(|(_, _, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_stand_by_name_and_then_by_number() {
        let names = ["reader, best of 16", "reader", "adviser", "reader, best of 4", "reader"];
        assert_eq!(in_order(names.into_iter()), ["adviser", "reader", "reader, best of 4", "reader, best of 16"]);
    }
}
