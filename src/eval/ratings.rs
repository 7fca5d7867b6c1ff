//! Elo of debaters, apart for each role: how well each argues for the truth, and how well against it.
//!
//! A game is a scored row whose labels name who argued for the right and who for the wrong candidate ([`DEBATER_TRUE`],
//! [`DEBATER_FALSE`]); the true side wins by the verdict, a tie is half a win. Both roles of a player are contestants of
//! one Bradley-Terry model, so that arguing for what is false is no easier or harder by assumption (Khan et al. 2024).

use std::collections::{BTreeMap, BTreeSet};

use super::stats::bradley_terry::{self, Game, Refusal};
use super::stats::resample::Estimate;
use super::{Unit, bootstrap_stream, correct, unit_of};
use crate::record::rows::{DEBATER_FALSE, DEBATER_TRUE, FALSE, InstanceRow, OPENS, TRUE};

/// What a player argues for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The right candidate.
    True,
    /// A wrong one.
    False,
}

impl Side {
    /// What it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::True => "the true side",
            Self::False => "the false side",
        }
    }
}

/// One game between two players.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// Who argued for the right candidate.
    pub player_true: &'a str,
    /// Who argued for the wrong one.
    pub player_false: &'a str,
    /// What the true side won, in `[0, 1]`.
    pub p_win_true: f64,
    /// Who opened; none where it is not known, or both did.
    pub opened: Option<Side>,
    /// The independent unit of the question.
    pub unit: Unit<'a>,
}

/// How a player argues for one side.
#[derive(Clone, Debug, PartialEq)]
pub struct Rating {
    /// The player.
    pub player: String,
    /// What it argues for.
    pub side: Side,
    /// Points of Elo, 0 on average over all ratings; its interval is over questions.
    pub elo: Estimate,
    /// Games.
    pub games: u64,
}

/// The ratings of all who played.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratings {
    /// By player, each side that it argued for.
    pub ratings: Vec<Rating>,
    /// The mean rating of a player over both sides, for those who argued for both.
    pub overall: Vec<(String, Estimate)>,
    /// The mean rating for the true side less that for the false side: what the truth is worth, in points. Above zero,
    /// the judge is more easily persuaded of what is true.
    pub true_side: Option<Estimate>,
    /// What opening is worth, in points; none unless both sides opened games.
    pub opening: Option<Estimate>,
    /// Games in all.
    pub games: u64,
}

/// The games among rows, in their order.
pub fn games_of<'a>(rows: &[&'a InstanceRow]) -> Vec<Match<'a>> {
    let game = |row: &&'a InstanceRow| {
        let opened = match row.labels.get(OPENS).map(String::as_str) {
            Some(TRUE) => Some(Side::True),
            Some(FALSE) => Some(Side::False),
            _ => None,
        };
        Some(Match {
            player_true: row.labels.get(DEBATER_TRUE)?,
            player_false: row.labels.get(DEBATER_FALSE)?,
            p_win_true: correct(row)?,
            opened,
            unit: unit_of(row),
        })
    };
    rows.iter().filter_map(game).collect()
}

/// The ratings that games bear, or why they bear none.
pub fn ratings(games: &[Match<'_>]) -> Result<Ratings, Refusal> {
    let seats: BTreeSet<(&str, Side)> =
        games.iter().flat_map(|g| [(g.player_true, Side::True), (g.player_false, Side::False)]).collect();
    let number: BTreeMap<(&str, Side), usize> = seats.iter().enumerate().map(|(at, seat)| (*seat, at)).collect();
    let units: BTreeSet<Unit<'_>> = games.iter().map(|g| g.unit).collect();
    let unit: BTreeMap<Unit<'_>, usize> = units.iter().enumerate().map(|(at, unit)| (*unit, at)).collect();
    let played: Vec<Game> = games
        .iter()
        .map(|g| Game {
            first: number[&(g.player_true, Side::True)],
            second: number[&(g.player_false, Side::False)],
            won: g.p_win_true,
            opened: match g.opened {
                Some(Side::True) => 1.0,
                Some(Side::False) => -1.0,
                None => 0.0,
            },
            unit: unit[&g.unit],
        })
        .collect();
    let both: Vec<&str> = seats
        .iter()
        .filter(|seat| seats.contains(&(seat.0, Side::False)) && seat.1 == Side::True)
        .map(|s| s.0)
        .collect();
    let on = |side: Side| seats.iter().filter(move |seat| seat.1 == side);
    let mean = |side: Side| {
        let weight = if side == Side::True { 1.0 } else { -1.0 } / on(side).count().max(1) as f64;
        on(side).map(|seat| (number[seat], weight)).collect::<Vec<_>>()
    };
    let halves = |player: &&str| vec![(number[&(*player, Side::True)], 0.5), (number[&(*player, Side::False)], 0.5)];
    let mut combinations: Vec<Vec<(usize, f64)>> = both.iter().map(halves).collect();
    combinations.push([mean(Side::True), mean(Side::False)].concat());

    let found = bradley_terry::ratings(&played, seats.len(), units.len(), &combinations, bootstrap_stream())?;
    let games_at = |seat: &(&str, Side)| {
        let at = number[seat];
        played.iter().filter(|g| g.first == at || g.second == at).count() as u64
    };
    let mut combined = found.combined;
    let true_side = combined.pop().flatten();
    Ok(Ratings {
        ratings: seats
            .iter()
            .zip(found.elo)
            .map(|(seat, elo)| Rating { player: seat.0.to_owned(), side: seat.1, elo, games: games_at(seat) })
            .collect(),
        overall: both.iter().zip(combined).filter_map(|(player, elo)| Some(((*player).to_owned(), elo?))).collect(),
        true_side,
        opening: found.opening,
        games: games.len() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::stats::bradley_terry::ELO;
    use crate::eval::tests::row;

    /// A round robin of a strong and a weak debater, each on both sides, with exact shares of wins.
    fn round_robin() -> Vec<InstanceRow> {
        let strength = |player: &str| if player == "strong" { 0.8 } else { -0.8 };
        let mut rows = Vec::new();
        for by_true in ["strong", "weak"] {
            for by_false in ["strong", "weak"] {
                for i in 0..100 {
                    // The truth is worth 1 in log-odds.
                    let p = crate::scale::sigmoid(strength(by_true) - strength(by_false) + 1.0);
                    let won = f64::from((i as f64 + 0.5) / 100.0 < p);
                    let mut row = row(&format!("{by_true} for"), 1, (i * 37) % 100, Some(won));
                    row.labels.insert(DEBATER_TRUE.into(), by_true.into());
                    row.labels.insert(DEBATER_FALSE.into(), by_false.into());
                    rows.push(row);
                }
            }
        }
        rows
    }

    #[test]
    fn strength_and_what_the_truth_is_worth_come_back() {
        let rows = round_robin();
        let found = ratings(&games_of(&rows.iter().collect::<Vec<_>>())).unwrap();
        let elo = |player: &str, side: Side| {
            found.ratings.iter().find(|r| r.player == player && r.side == side).unwrap().elo.value / ELO
        };
        assert_eq!((found.games, found.ratings.len()), (400, 4));
        assert_eq!(found.ratings[0].games, 200);
        // Shares of a hundred games are exact to half a game.
        for side in [Side::True, Side::False] {
            assert!((elo("strong", side) - elo("weak", side) - 1.6).abs() < 0.05, "{found:?}");
        }
        let true_side = found.true_side.unwrap();
        assert!((true_side.value / ELO - 1.0).abs() < 0.05 && true_side.interval.unwrap().low > 0.0, "{true_side:?}");
        assert!(found.overall[0].1.value > 100.0 && found.overall[1].1.value < -100.0, "{:?}", found.overall);
        assert_eq!(found.opening, None);
    }

    #[test]
    fn rows_without_names_are_no_games_and_unscored_ones_neither() {
        let mut rows = round_robin();
        rows[0].outcome = crate::outcome::OutcomeKind::Failed;
        rows[1].labels.remove(DEBATER_FALSE);
        rows[2].labels.insert(OPENS.into(), TRUE.into());
        rows[3].labels.insert(OPENS.into(), crate::record::rows::BOTH.into());
        let rows: Vec<&InstanceRow> = rows.iter().collect();
        let games = games_of(&rows);
        assert_eq!(games.len(), 398);
        assert_eq!((games[0].opened, games[1].opened), (Some(Side::True), None));
        assert_eq!(ratings(&[]), Err(Refusal::Games));
    }
}
