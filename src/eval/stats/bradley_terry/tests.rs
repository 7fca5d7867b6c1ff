use super::*;

fn game(first: usize, second: usize, won: f64, unit: usize) -> Game {
    Game { first, second, won, opened: 0.0, unit }
}

/// Games between two in which the first wins so many of so many, each its own unit.
fn record(first: usize, second: usize, wins: usize, games: usize, from: usize) -> Vec<Game> {
    (0..games).map(|i| game(first, second, f64::from(u8::from(i < wins)), from + i)).collect()
}

fn elo(games: &[Game], contestants: usize) -> Vec<f64> {
    let units = games.iter().map(|g| g.unit).max().map_or(0, |most| most + 1);
    let found = ratings(games, contestants, units, &[], Stream::root(0)).unwrap();
    found.elo.iter().map(|rating| rating.value).collect()
}

#[test]
fn ten_to_one_is_four_hundred_points() {
    let found = elo(&record(0, 1, 10, 11, 0), 2);
    assert!((found[0] - 200.0).abs() < 1e-6 && (found[1] + 200.0).abs() < 1e-6, "{found:?}");
    assert!((ELO - 400.0 / 10.0f64.ln()).abs() < 1e-9);
    assert!((sigmoid(400.0 / ELO) - 10.0 / 11.0).abs() < 1e-12);
}

#[test]
fn baseball_as_agresti_has_it() {
    // Agresti 1990, Categorical Data Analysis, table 10.10: wins of the row over the column, American League 1987; the
    // estimates beside it, Cleveland fixed at zero, are 1.58, 1.44, 1.29, 1.25, 1.11, 0.68.
    let wins = [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ];
    let mut games = Vec::new();
    for (a, row) in wins.iter().enumerate() {
        for (b, won) in row.iter().enumerate() {
            games.extend(record(a, b, *won, *won, games.len()));
        }
    }
    let found = elo(&games, 7);
    for (team, wanted) in [1.58, 1.44, 1.29, 1.25, 1.11, 0.68].into_iter().enumerate() {
        let log_odds = (found[team] - found[6]) / ELO;
        assert!((log_odds - wanted).abs() < 0.006, "team {team}: {log_odds}, not {wanted}");
    }
    assert!(found.iter().sum::<f64>().abs() < 1e-6);
}

#[test]
fn a_perfect_record_is_given_half_a_game() {
    // Both records are perfect, one of wins and one of losses: each adds its half, so 9 to 1.
    let found = elo(&record(0, 1, 9, 9, 0), 2);
    let log_odds = (found[0] - found[1]) / ELO;
    assert!((log_odds - 9.0f64.ln()).abs() < 1e-9, "{log_odds}");
    // Of three, only the one that always won is perfect.
    let games = [record(0, 1, 6, 6, 0), record(0, 2, 6, 6, 6), record(1, 2, 3, 6, 12)].concat();
    let found = elo(&games, 3);
    assert!(found[0] > found[1] && (found[1] - found[2]).abs() < 1e-6, "{found:?}");
    assert!(found[0] < 800.0, "{found:?}");
}

#[test]
fn what_bears_no_ratings_is_refused() {
    let refused = |games: &[Game], contestants| {
        let units = games.len();
        ratings(games, contestants, units, &[], Stream::root(0)).unwrap_err()
    };
    assert_eq!(refused(&[], 2), Refusal::Games);
    let apart = [record(0, 1, 1, 2, 0), record(2, 3, 1, 2, 2)].concat();
    assert_eq!(refused(&apart, 4), Refusal::Unconnected(2));
    // 0 and 1 share their games, so do 2 and 3, and the former always beat the latter: nobody's record is perfect.
    let apart = [record(0, 1, 1, 2, 0), record(2, 3, 1, 2, 2), record(0, 2, 2, 2, 4), record(1, 3, 2, 2, 6)].concat();
    assert_eq!(refused(&apart, 4), Refusal::Separated);
    assert_eq!(refused(&apart, 4).to_string(), "no ratings: some always beat all the others");
}

#[test]
fn what_opening_is_worth_is_told_from_strength() {
    // The first is stronger by ln 3, and opening is worth ln 2: exact shares of wins, both ways round.
    let share = |opened: f64| sigmoid(3.0f64.ln() + opened * 2.0f64.ln());
    let games: Vec<Game> = (0..60)
        .map(|unit| {
            let opened = if unit % 2 == 0 { 1.0 } else { -1.0 };
            Game { opened, ..game(0, 1, share(opened), unit) }
        })
        .collect();
    let found = ratings(&games, 2, 60, &[vec![(0, 1.0), (1, -1.0)]], Stream::root(0)).unwrap();
    assert!((found.opening.unwrap().value / ELO - 2.0f64.ln()).abs() < 1e-6);
    assert!((found.combined[0].unwrap().value / ELO - 3.0f64.ln()).abs() < 1e-6);
    // Where one side always opens, its strength and the opening's cannot be told apart: no term is fitted.
    let always: Vec<Game> = games.iter().map(|g| Game { opened: 1.0, ..*g }).collect();
    assert_eq!(ratings(&always, 2, 60, &[], Stream::root(0)).unwrap().opening, None);
}

#[test]
fn games_of_one_question_are_no_more_questions() {
    let games = record(0, 1, 26, 40, 0);
    let often: Vec<Game> = games.iter().flat_map(|g| [*g; 5]).collect();
    let width = |games: &[Game]| {
        let found = ratings(games, 2, 40, &[], Stream::root(1)).unwrap().elo[0].interval.unwrap();
        found.high - found.low
    };
    assert!((width(&games) - width(&often)).abs() < 1e-6);
}

#[test]
fn intervals_hold_the_true_ratings_as_often_as_they_say() {
    // Three who argue for the truth against three who argue against it; questions are easy or hard for all.
    let strength = [0.9, 0.5, 0.1, 0.3, -0.6, -1.2];
    let root = Stream::root(31);
    let simulations = 120;
    let (mut held, mut known) = (0, 0);
    for simulation in 0..simulations {
        let stream = root.index(simulation);
        let mut games = Vec::new();
        for unit in 0..60 {
            let own = stream.index(unit);
            for a in 0..3u64 {
                for b in 3..6u64 {
                    let p = sigmoid(strength[a as usize] - strength[b as usize]);
                    let won = own.index(a).index(b).coin(p);
                    games.push(game(a as usize, b as usize, f64::from(u8::from(won)), unit as usize));
                }
            }
        }
        let found = ratings(&games, 6, 60, &[], stream.named("bootstrap")).unwrap();
        for (rating, truth) in found.elo.iter().zip(strength) {
            known += 1;
            held += usize::from(rating.interval.unwrap().contains(truth * ELO));
        }
    }
    let rate = held as f64 / known as f64;
    println!("the 95% interval of a rating held the truth {:.1}% of the time", 100.0 * rate);
    assert!((0.91..0.98).contains(&rate), "{rate}");
}
