//! Debates of one question held side by side: who speaks when, and what each hears.

use super::{Config, Opens, Order, Positions, Questions, Sees, Sides};
use crate::judgment::{Places, Role, Sort, Stance, Wanted};
use crate::strategy::argument::{Speech, argument_of, combined, heard};
use crate::strategy::{AskPlan, Item, NodeView, Step};
use crate::task::Reading;

/// One debate: who opens it, in which places it is shown, the sample of its speeches, and its exchanges so far.
struct Game {
    opens: u16,
    places: Places,
    sample: u32,
    /// Speeches and the judge's questions, in order.
    transcript: Vec<usize>,
    speeches: Vec<usize>,
}

/// The next step of the debates at a node: the first asks of the schedule that have not been made yet, or the verdict.
pub(super) fn step(config: &Config, speech: &Speech, node: &NodeView) -> Step {
    let mut games = games(config, node);
    let mut made = 0;
    for act in schedule(config) {
        let plans: Vec<AskPlan> = games.iter().flat_map(|game| game.plans(act, config, speech, node)).collect();
        if node.exchanges.len() < made + plans.len() {
            return Step::Ask(plans);
        }
        let each = plans.len() / games.len();
        for (at, game) in games.iter_mut().enumerate() {
            let asked: Vec<usize> = (0..each).map(|k| made + at * each + k).collect();
            game.transcript.extend(&asked);
            if matches!(act, Act::Speech(_) | Act::Round) {
                game.speeches.extend(&asked);
            }
        }
        made += plans.len();
    }
    let verdicts: Vec<usize> = games.iter().filter_map(|game| game.transcript.last().copied()).collect();
    Step::Done(combined(node, &verdicts))
}

/// One act of every debate.
#[derive(Clone, Copy)]
enum Act {
    /// The speech of this turn.
    Speech(u16),
    /// The speeches of all sides, who do not hear each other.
    Round,
    /// The judge's question.
    Question,
    /// The judge's verdict.
    Verdict,
}

fn schedule(config: &Config) -> Vec<Act> {
    let mut acts = Vec::new();
    for round in 0..config.turns / 2 {
        if round > 0 && config.questions == Questions::BetweenRounds {
            acts.push(Act::Question);
        }
        match config.order {
            Order::Sequential => acts.extend([Act::Speech(2 * round), Act::Speech(2 * round + 1)]),
            Order::Simultaneous => acts.push(Act::Round),
        }
    }
    acts.push(Act::Verdict);
    acts
}

fn games(config: &Config, node: &NodeView) -> Vec<Game> {
    let first = match config.opens {
        Opens::First => 0,
        Opens::Second => 1,
        Opens::ByLot => (node.lot % 2) as u16,
    };
    // The second game is the first with the options' places exchanged, for all who take part: whoever opens, and whatever
    // anybody gives to a place, both games together give to both options.
    let orders = match config.positions {
        Positions::AsGiven => vec![(first, Places::AsGiven)],
        Positions::Swapped => vec![(first, Places::AsGiven), (1 - first, Places::Mirrored)],
    };
    let repeats = (0..u32::from(config.repeats)).flat_map(|sample| orders.iter().map(move |order| (*order, sample)));
    let game = |((opens, places), sample)| Game { opens, places, sample, transcript: Vec::new(), speeches: Vec::new() };
    repeats.map(game).collect()
}

impl Game {
    fn plans(&self, act: Act, config: &Config, speech: &Speech, node: &NodeView) -> Vec<AskPlan> {
        let plans = match act {
            Act::Speech(turn) => {
                vec![speech.ask(self.stance(turn, config, node), &self.transcript, self.sample)]
            }
            Act::Round => {
                (0..2).map(|k| speech.ask(Stance::For((self.opens + k) % 2), &self.transcript, self.sample)).collect()
            }
            Act::Question => {
                let wanted = Wanted::Claims { sort: Sort::Doubtful, count_max: 1 };
                // What was said, without its quotes: they are read once, before the verdict.
                let said = self.speeches.iter().map(|speech| Item::Reply(*speech)).collect();
                vec![AskPlan::new(Role::Evaluator, wanted, said).sampled(self.sample)]
            }
            Act::Verdict => {
                let mut items = heard(&self.speeches);
                if config.judge_sees == Sees::Both {
                    items.push(Item::Reading(Reading::Search));
                }
                vec![AskPlan::new(Role::Evaluator, Wanted::Choice(node.options), items).sampled(self.sample)]
            }
        };
        plans.into_iter().map(|plan| AskPlan { places: self.places, ..plan }).collect()
    }

    /// Whose turn it is, by what it must argue for.
    fn stance(&self, turn: u16, config: &Config, node: &NodeView) -> Stance {
        if config.sides == Sides::Assigned {
            return Stance::For((self.opens + turn) % 2);
        }
        // The first who says what it is for picks; whoever speaks before that may still pick.
        let said = |speech: &usize| argument_of(&node.exchanges[*speech])?.side;
        let picked = (0..turn).zip(&self.speeches).find_map(|(at, speech)| Some((at, said(speech)?)));
        picked.map_or(Stance::Open, |(at, side)| Stance::For((side + turn - at) % 2))
    }
}
