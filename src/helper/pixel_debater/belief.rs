//! What a player who is free to choose its side believes: what the judge would say of the image by random pixels.

use rand::seq::{IndexedRandom, index};

use super::{Game, won};
use crate::reward::pixels::{PixelJudge, Positions};
use crate::stream::Stream;
use crate::task::digits::claims::Classes;

/// Views judged together: enough to fill passes, few enough for memory.
const TOGETHER: usize = 4_096;

/// The option that wins most before the judge when the rest of the game is played at random `views` times, of equals by lot;
/// and how often the judge was asked.
///
/// One view of a few pixels tells little; the mean of many tells what the judge would say if it could see more, so
/// this is the best that a player can know of the truth who knows of digits what its judge does.
pub(super) fn believed(judge: &PixelJudge, game: &Game, sides: &[Classes], views: u32, stream: &Stream) -> (u16, u32) {
    let (mut rng, rest) = (stream.rng(), game.length - game.made.len());
    let mut wins = vec![0i64; sides.len()];
    let mut positions = Positions::new(game.length);
    let mut left = views as usize;
    while left > 0 {
        positions.clear();
        for _ in 0..left.min(TOGETHER) {
            let mut view = game.made.clone();
            view.extend(index::sample(&mut rng, game.free.len(), rest).into_iter().map(|at| game.free[at]));
            positions.push(&view);
        }
        left -= positions.len();
        for logits in judge.flat_logits(&positions).chunks(judge.classes()) {
            for (side, wins) in (0..).zip(&mut wins) {
                *wins += i64::from(won(logits, sides, side));
            }
        }
    }
    let most = wins.iter().copied().max().unwrap_or(0);
    let equals: Vec<u16> = (0..).zip(&wins).filter(|(_, wins)| **wins == most).map(|(side, _)| side).collect();
    (equals.choose(&mut rng).copied().unwrap_or(0), views)
}
