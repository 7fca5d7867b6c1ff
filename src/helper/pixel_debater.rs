//! The debater about an image: it sees all of it, and reveals one pixel a turn (Irving et al. 2018, section 3).
//!
//! It plays the game out against the frozen judge that is to decide it, by Monte Carlo tree search or at random. It knows
//! how many pixels are revealed in all (as many as the judge sees), which are (those quoted), and that its turn is now: the
//! players take turns, so whoever moved an even number of moves ago was itself. All searches of a submission advance in
//! lockstep, and the positions that they want judged go through the judge together.
//!
//! The same helper is an adviser, who argues alone: then every move is its own. Whoever is free to pick its side argues for what
//! it believes, the option that the judge would choose for most views of random pixels (`src/helper/pixel_debater/belief.rs`).

mod belief;
mod search;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pixel_judge::{load, revealed, score, sides};
use super::{Capabilities, Helper, Manner, Part, Settings, Sink};
use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::judgment::{Answer, Argument, Ask, Kind, Point, Quote, Reply, Role, Stance, Wanted};
use crate::outcome::Outcome;
use crate::reward::pixels::{PixelJudge, Positions};
use crate::spec::parts::HelperSpec;
use crate::spec::{Fault, within};
use crate::task::digits::claims::Classes;
use crate::task::image::{pixel_at, span_of};

use belief::believed;
pub use search::{Game, NODE_BYTES, Players, Search};

/// Asks of a submission at most, unless two passes of the judge take more.
const BATCH_MAX: usize = 256;

/// How a debater plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The judge that it plays before: a helper of kind `pixel_judge`.
    pub judge: String,
    /// How it chooses the pixel to reveal.
    #[serde(default)]
    pub policy: Policy,
    /// How it does so for the first candidate, where that differs: with `order = "truth_first"` the honest side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_first: Option<Policy>,
    /// Games played out in thought for each move; and views of random pixels by which it comes to believe in a side, where
    /// it is free to pick one.
    #[serde(default = "rollouts")]
    pub rollouts: u32,
    /// Weight of what was tried little against what went well (PUCT's constant).
    #[serde(default = "exploration")]
    pub exploration: f64,
}

/// How a pixel is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// By Monte Carlo tree search.
    #[default]
    Search,
    /// Any pixel above 0, each as likely.
    Random,
}

fn rollouts() -> u32 {
    1_000
}

fn exploration() -> f64 {
    1.0
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Argument])
    }

    fn build(&self, _name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(DebaterOfPixels { config: self.clone(), judge: load(&self.judge, casting)? }))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("rollouts", f64::from(self.rollouts), 1.0, 1e7)?;
        within("exploration", self.exploration, 0.0, 1e3)
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        match part.spec.helpers.get(&self.judge) {
            // Whether it can judge this task after so many turns is asked of the judge itself.
            Some(HelperSpec::PixelJudge(_)) => Ok(()),
            _ => {
                let what = format!("`{}` plays before `{}`, which is no judge of images", part.name, self.judge);
                let next = format!("let helpers.{}.pixel_debater.judge name a helper of kind pixel_judge", part.name);
                Err(Fault::of("roles", what, next))
            }
        }
    }

    fn holds(&self) -> Option<&str> {
        Some(&self.judge)
    }

    fn shrink(&mut self) {
        self.rollouts = self.rollouts.min(10);
    }
}

/// See the module.
pub struct DebaterOfPixels {
    /// How it plays.
    pub config: Config,
    /// Before whom.
    pub judge: Arc<PixelJudge>,
}

/// An ask as a game to be played on.
struct Turn {
    game: Game,
    policy: Policy,
    side: u16,
    sides: Vec<Classes>,
    /// How often the judge was asked before a side was picked.
    calls: u32,
}

/// Searches whose positions are judged together.
struct Half<'a> {
    searches: &'a mut [(usize, Search)],
    /// Those that want a position judged.
    wanting: Vec<usize>,
    /// Their positions, in the same order.
    positions: Positions,
}

impl<'a> Half<'a> {
    fn of(searches: &'a mut [(usize, Search)], pixels: usize) -> Self {
        Self { searches, wanting: Vec::new(), positions: Positions::new(pixels) }
    }

    /// Each search goes on to the next position that it wants judged, if any.
    fn advance(&mut self) {
        self.searches.par_iter_mut().with_min_len(8).for_each(|(_, search)| search.advance());
        self.positions.clear();
        self.wanting.clear();
        for (at, (_, search)) in self.searches.iter().enumerate() {
            if let Some(position) = search.wants() {
                self.wanting.push(at);
                self.positions.push(position);
            }
        }
    }

    /// Each hears what the judge thinks of its position: `classes` logits for each.
    fn take(&mut self, turns: &[std::result::Result<Turn, String>], logits: &[f32], classes: usize) {
        for (at, logits) in self.wanting.iter().zip(logits.chunks(classes)) {
            let (ask, search) = &mut self.searches[*at];
            if let Ok(turn) = &turns[*ask] {
                search.take(won(logits, &turn.sides, turn.side));
            }
        }
    }
}

impl Helper for DebaterOfPixels {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            kinds: vec![Kind::Argument],
            manner: Manner::Batched { batch_max: BATCH_MAX.max(2 * self.judge.rows()) },
        }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let turns: Vec<std::result::Result<Turn, String>> = asks.iter().map(|ask| self.turn(ask)).collect();
        let mut searches: Vec<(usize, Search)> = Vec::new();
        for (at, turn) in turns.iter().enumerate() {
            if let Ok(turn) = turn {
                let stream = asks[at].stream.named("pixels").index(u64::from(asks[at].as_drawn(turn.side)));
                let stream = turn.game.made.iter().fold(stream, |it, (place, _)| it.index(u64::from(*place)));
                let rollouts = if turn.policy == Policy::Search { self.config.rollouts } else { 0 };
                searches.push((at, Search::new(turn.game.clone(), rollouts, self.config.exploration, &stream)));
            }
        }
        self.play(&turns, &mut searches);
        let mut chosen: Vec<Option<(u16, f32, u32)>> = vec![None; asks.len()];
        for (at, search) in &mut searches {
            chosen[*at] = search.choose();
        }
        for ((ask, turn), chosen) in asks.iter().zip(&turns).zip(chosen) {
            let outcome = match (turn, chosen) {
                (Err(why), _) => Outcome::Refused(why.clone()),
                (Ok(turn), Some((place, conviction, calls))) => {
                    speech(ask, turn.side, place, conviction, turn.calls + calls)
                }
                (Ok(_), None) => Outcome::Failed("no pixel is left to reveal".into()),
            };
            // Whoever asked may have stopped listening; nothing is lost by that.
            let _ = sink.send((ask.ticket, outcome));
        }
    }
}

impl DebaterOfPixels {
    /// Plays all searches to their end, in two halves: while the judge looks at the positions that one half wants judged, the
    /// other goes on to its next ones. What a position is worth depends on it alone, so halves change no game.
    fn play(&self, turns: &[std::result::Result<Turn, String>], searches: &mut [(usize, Search)]) {
        let whole_passes = (searches.len() / 2).next_multiple_of(self.judge.rows()).min(searches.len());
        let (first, second) = searches.split_at_mut(whole_passes);
        let pixels = self.judge.pixels();
        let (mut judged, mut thinking) = (Half::of(first, pixels), Half::of(second, pixels));
        judged.advance();
        loop {
            let (logits, ()) = rayon::join(|| self.judge.flat_logits(&judged.positions), || thinking.advance());
            if judged.wanting.is_empty() && thinking.wanting.is_empty() {
                return;
            }
            judged.take(turns, &logits, self.judge.classes());
            std::mem::swap(&mut judged, &mut thinking);
        }
    }

    /// The game that an ask is about, or why there is none.
    fn turn(&self, ask: &Ask) -> std::result::Result<Turn, String> {
        let Wanted::Argue { stance: stance @ (Stance::For(_) | Stance::Open), points_max: 1.., tokens_max: 1.. } =
            ask.wanted
        else {
            return Err(format!(
                "a debater of pixels argues for an option by one pixel, and {:?} was asked",
                ask.wanted
            ));
        };
        let sides = sides(&self.judge, &ask.instance)?;
        let made = revealed(ask)?;
        if made.len() >= self.judge.pixels() {
            return Err(format!("the judge sees {} pixels, and all of them are revealed", self.judge.pixels()));
        }
        let material = &ask.instance.material;
        let shown = ask.view.spans.iter().flat_map(|span| material.smallest_within(*span));
        let seen = shown.filter_map(|span| pixel_at(material, *span)).filter(|(_, level)| *level > 0);
        let mut free: Vec<(u16, u8)> = seen.map(|(place, level)| (place as u16, level)).collect();
        free.retain(|pixel| !made.contains(pixel));
        // In the order of the image, whatever the order of reading.
        free.sort_unstable();
        free.dedup();
        let wanted = self.judge.pixels() - made.len();
        if free.len() < wanted {
            return Err(format!("{wanted} pixels are to be revealed, and {} above 0 are in view", free.len()));
        }
        let players = if ask.role == Role::Adviser { Players::One } else { Players::Two };
        let game = Game { free, made, length: self.judge.pixels(), players };
        let (side, calls) = match stance {
            Stance::For(side) => (side, 0),
            _ => believed(&self.judge, &game, &sides, self.config.rollouts, &ask.stream.named("belief")),
        };
        if usize::from(side) >= sides.len() {
            return Err(format!("there is no option {side}"));
        }
        // The first candidate is meant, wherever it is shown.
        let policy = self.config.policy_first.filter(|_| ask.as_drawn(side) == 0).unwrap_or(self.config.policy);
        Ok(Turn { game, policy, side, sides, calls })
    }
}

/// What a judge's logits mean to a side: 1 if it wins, -1 if another does, 0 if it is level with the best of them.
fn won(logits: &[f32], sides: &[Classes], side: u16) -> i8 {
    let own = score(logits, sides[usize::from(side)]);
    let others = (0..sides.len()).filter(|at| *at != usize::from(side)).map(|at| score(logits, sides[at]));
    match own.partial_cmp(&others.fold(f32::NEG_INFINITY, f32::max)) {
        Some(std::cmp::Ordering::Greater) => 1,
        Some(std::cmp::Ordering::Less) => -1,
        _ => 0,
    }
}

/// A reply that reveals a pixel for a side.
fn speech(ask: &Ask, side: u16, place: u16, conviction: f32, model_calls: u32) -> Outcome<Reply> {
    let Some(span) = span_of(&ask.instance.material, usize::from(place)) else {
        return Outcome::Failed("the pixel chosen is none of the image".into());
    };
    let point = Point { candidate: side, claim: 0, p_holds: conviction, quotes: 1 };
    let answer = Answer::Argument(Box::new(Argument { side: Some(side), conviction, points: vec![point] }));
    let quotes = vec![Quote { span, weight: 1.0 }];
    Outcome::Scored(Reply { answer, quotes, by_text: None, model_calls, micro_dollars: 0 })
}
