//! The debater: plays as well as exhaustive search where that can be had, the same for any neighbours, and by the rules.

use std::sync::Arc;

use tribunal::engine::Cast;
use tribunal::helper::Helper;
use tribunal::helper::pixel_debater::{Config, DebaterOfPixels, Game, Players, Policy, Search};
use tribunal::helper::pixel_judge::JudgeOfPixels;
use tribunal::judgment::{Answer, Ask, Places, Reply, Role, Stance, Wanted};
use tribunal::model::Device;
use tribunal::outcome::Outcome;
use tribunal::reward::Learner;
use tribunal::reward::pixels::{self, PixelJudge, PixelJudgeLearner, Positions};
use tribunal::strategy::debate::{self, Sees};
use tribunal::strategy::{self, Strategy};
use tribunal::stream::Stream;
use tribunal::task::digits::{self, Claims, Digits, Order};
use tribunal::task::image::{Images, Shape, pixel_at};
use tribunal::task::{Drawn, Split, Task};
use tribunal::tree::Tree;

use super::support::asks::{grown, replies};

/// The verdict for the searcher on pixels that are all revealed, in whatever order.
type Verdict<'a> = dyn Fn(&[(u16, u8)]) -> i8 + 'a;

/// What perfect play comes to for whoever moves next, by trying everything.
fn minimax(free: &[(u16, u8)], made: &[(u16, u8)], length: usize, is_searcher: bool, verdict: &Verdict) -> i8 {
    if made.len() == length {
        return verdict(made);
    }
    let outcomes = free.iter().map(|pixel| {
        let left: Vec<_> = free.iter().copied().filter(|other| other != pixel).collect();
        minimax(&left, &[made, &[*pixel]].concat(), length, !is_searcher, verdict)
    });
    if is_searcher { outcomes.max().unwrap_or(0) } else { outcomes.min().unwrap_or(0) }
}

fn search(game: &Game, rollouts: u32, seed: u64, verdict: &Verdict) -> (u16, f32, u32) {
    let mut search = Search::new(game.clone(), rollouts, 1.0, &Stream::root(seed));
    loop {
        search.advance();
        let Some(position) = search.wants() else { break };
        let verdict = verdict(position);
        search.take(verdict);
    }
    search.choose().expect("there is a move")
}

/// A judge of tiny images that was never trained: a function as good as any.
fn stranger(pixels: usize, seed: u64) -> PixelJudge {
    let config = pixels::Config { pixels, width: 8, ..Default::default() };
    let shape = Shape { rows: 4, columns: 4 };
    PixelJudgeLearner::new(config, shape, 2, Stream::root(seed), Device::Cpu).expect("a learner").snapshot()
}

#[test]
fn searching_long_enough_plays_as_well_as_trying_everything() {
    let mut decided = [0; 2];
    for seed in 0..24u64 {
        let judge = stranger(4, seed);
        let verdict = |made: &[(u16, u8)]| {
            let mut positions = Positions::new(4);
            positions.push(made);
            let logits = judge.flat_logits(&positions);
            if logits[0] > logits[1] { 1 } else { -1 }
        };
        let free: Vec<(u16, u8)> = (0..7).map(|at| (2 * at + 1, 13 * at as u8 + 5)).collect();
        for made in 0..2usize {
            let game =
                Game { free: free[made..].to_vec(), made: free[..made].to_vec(), length: 4, players: Players::Two };
            let best = minimax(&game.free, &game.made, 4, true, &verdict);
            let (place, conviction, calls) = search(&game, 4_000, seed, &verdict);
            assert!(calls <= 4_000 && (0.5..=1.0).contains(&conviction));
            let played = game.free.iter().copied().find(|(at, _)| *at == place).expect("a free pixel is played");
            let left: Vec<_> = game.free.iter().copied().filter(|it| *it != played).collect();
            let reached = minimax(&left, &[game.made.as_slice(), &[played]].concat(), 4, false, &verdict);
            assert_eq!(reached, best, "seed {seed}, {made} made: {place} is played");
            decided[usize::from(best > 0)] += 1;
        }
    }
    println!("lost against perfect play {}, won {}", decided[0], decided[1]);
    assert!(decided.iter().all(|count| *count > 3), "both outcomes are tried: {decided:?}");
}

#[test]
fn a_position_that_was_judged_is_not_judged_again() {
    let game = Game { free: (0..6).map(|at| (at, 9)).collect(), made: vec![(9, 9)], length: 2, players: Players::Two };
    let (place, conviction, calls) = search(&game, 500, 1, &|made| if made[1].0 == 4 { 1 } else { -1 });
    assert_eq!((place, calls), (4, 6), "six moves end the game: each is judged once");
    assert!(conviction > 0.9, "{conviction}");
}

/// A task of small images with a judge and a debater for it.
pub struct Table {
    pub task: Digits,
    pub drawn: Drawn,
    pub judge: Arc<PixelJudge>,
}

impl Table {
    pub fn new(claims: Claims, order: Order) -> Self {
        let config = digits::Config { side: 10, claims, order, ..Default::default() };
        let task = Digits::new(config).expect("a task");
        let config = pixels::Config { pixels: 4, width: 24, steps: 800, batch: 64, ..Default::default() };
        let mut learner = PixelJudgeLearner::new(config, task.shape(), 10, Stream::root(5), Device::Cpu).expect("one");
        learner.absorb(task.labelled(Split::Train, 1_500, 1));
        learner.train(&mut |_| {}).expect("it trains");
        let drawn = task.draw(Split::Test, 54, 1).expect("instances");
        Self { judge: Arc::new(learner.snapshot()), task, drawn }
    }

    pub fn debater(&self, policy: Policy, rollouts: u32) -> Arc<dyn Helper> {
        let config = Config { judge: "judge".into(), policy, policy_first: None, rollouts, exploration: 1.0 };
        Arc::new(DebaterOfPixels { config, judge: self.judge.clone() })
    }

    pub fn debates(&self, debater: Arc<dyn Helper>) -> Vec<Tree> {
        let judge: Arc<dyn Helper> = Arc::new(JudgeOfPixels { judge: self.judge.clone() });
        let cast = Cast::default().with(Role::Debater, debater).with(Role::Evaluator, judge);
        grown(&self.task, &*self.strategy(), &cast, &self.drawn.instances, None)
    }

    fn strategy(&self) -> Box<dyn Strategy> {
        let debate = debate::Config { turns: 4, judge_sees: Sees::Transcript, ..Default::default() };
        strategy::Config::Debate(debate).build()
    }

    fn p_right(&self, trees: &[Tree]) -> f64 {
        let right = trees.iter().filter(|tree| {
            let p = tree.node(tree.root()).verdict.as_ref().and_then(|it| it.distribution()).expect("a verdict");
            p[self.drawn.truths.of(&tree.instance).expect("a truth").right] > 0.5
        });
        right.count() as f64 / trees.len() as f64
    }
}

/// Every ask for a speech in these debates.
fn speeches(trees: &[Tree]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for tree in trees {
        let node = tree.node(tree.root());
        for exchange in node.exchanges.iter().filter(|exchange| exchange.role == Role::Debater) {
            asks.push(Ask {
                ticket: 3 * asks.len() as u64,
                instance: tree.instance.clone(),
                subtask: node.subtask.clone(),
                role: exchange.role,
                wanted: exchange.wanted,
                view: exchange.view.clone(),
                stream: Stream::root(9).named(&tree.instance.id),
                places: Places::AsGiven,
            });
        }
    }
    asks
}

#[test]
fn debates_are_played_by_the_rules_and_searching_pays() {
    let table = Table::new(Claims::Precommitted, Order::Drawn);
    for (policy, rollouts) in [(Policy::Search, 60), (Policy::Random, 60)] {
        let trees = table.debates(table.debater(policy, rollouts));
        for tree in &trees {
            let node = tree.node(tree.root());
            let quoted: Vec<_> = node.exchanges[..4]
                .iter()
                .map(|exchange| {
                    let reply = exchange.outcome.scored().unwrap_or_else(|| panic!("{:?}", exchange.outcome));
                    assert_eq!(reply.quotes.len(), 1);
                    assert_eq!(reply.model_calls > 0, policy == Policy::Search);
                    reply.quotes[0].span
                })
                .collect();
            for (at, span) in quoted.iter().enumerate() {
                let (_, level) = pixel_at(&tree.instance.material, *span).expect("a pixel is revealed");
                assert!(level > 0 && !quoted[..at].contains(span), "a new pixel above 0");
            }
            assert_eq!(node.exchanges[4].view.quotes.len(), 4, "the judge sees what was revealed");
            assert!(node.exchanges[4].view.spans.is_empty(), "and nothing else");
        }
        println!("{policy:?}: right of two {:.3}", table.p_right(&trees));
    }
    // A side that searches beats one that does not, whichever side it is.
    let truthful = Table::new(Claims::Precommitted, Order::TruthFirst);
    let first = |first, other| {
        let config =
            Config { judge: "judge".into(), policy: other, policy_first: Some(first), rollouts: 60, exploration: 1.0 };
        let debater = DebaterOfPixels { config, judge: truthful.judge.clone() };
        truthful.p_right(&truthful.debates(Arc::new(debater)))
    };
    let (honest, lying) = (first(Policy::Search, Policy::Random), first(Policy::Random, Policy::Search));
    println!("right where the honest side alone searches {honest:.3}, where the lying one does {lying:.3}");
    assert!(honest > 0.8 && lying < 0.4, "{honest}, {lying}");
}

#[test]
fn a_reply_is_bit_equal_for_any_neighbours_order_and_grouping() {
    let table = Table::new(Claims::Open, Order::Drawn);
    let asks = speeches(&table.debates(table.debater(Policy::Random, 1)));
    assert!(asks.len() > 200);
    for policy in [Policy::Search, Policy::Random] {
        let debater = table.debater(policy, 30);
        let together = replies(&*debater, &asks);
        let backwards: Vec<Ask> = asks.iter().rev().cloned().collect();
        let mut reversed = replies(&*debater, &backwards);
        reversed.reverse();
        assert_eq!(reversed, together, "{policy:?}");
        let grouped: Vec<_> = asks.chunks(7).flat_map(|some| replies(&*debater, some)).collect();
        assert_eq!(grouped, together, "{policy:?}");
        for at in [0, 5, asks.len() - 1] {
            assert_eq!(replies(&*debater, &asks[at..=at])[0], together[at], "{policy:?}");
        }
    }
}

#[test]
fn whatever_place_a_side_is_shown_in_it_plays_as_it_does() {
    let table = Table::new(Claims::Precommitted, Order::TruthFirst);
    let asks = speeches(&table.debates(table.debater(Policy::Random, 1)));
    // The honest side, the first candidate as drawn, plays otherwise than the other.
    let (policy, policy_first) = (Policy::Search, Some(Policy::Random));
    let config = Config { judge: "judge".into(), policy, policy_first, rollouts: 20, exploration: 1.0 };
    let debater = DebaterOfPixels { config, judge: table.judge.clone() };
    let mirrored: Vec<Ask> = asks.iter().map(|ask| ask.clone().shown_in(Places::Mirrored)).collect();
    let back = |(reply, ask): (Outcome<Reply>, &Ask)| {
        reply.map(|reply| reply.turned_back(Places::Mirrored, ask.wanted, ask.instance.candidates.len()))
    };
    let back: Vec<_> = replies(&debater, &mirrored).into_iter().zip(&asks).map(back).collect();
    assert_eq!(back, replies(&debater, &asks));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let table = Table::new(Claims::Precommitted, Order::Drawn);
    let debater = table.debater(Policy::Search, 5);
    let ask = speeches(&table.debates(debater.clone())).remove(3);
    let with = |change: &dyn Fn(&mut Ask)| {
        let mut other = ask.clone();
        change(&mut other);
        other
    };
    let argue = |stance| Wanted::Argue { stance, points_max: 1, tokens_max: 9 };
    let all = ask
        .view
        .quotes
        .iter()
        .copied()
        .chain([tribunal::judgment::Quote { span: ask.instance.material.smallest()[0], weight: 1.0 }]);
    let all: Vec<_> = all.collect();
    for (case, ask, word) in [
        ("a choice", with(&|it| it.wanted = Wanted::Choice(2)), "argues for an option"),
        ("a critique", with(&|it| it.wanted = argue(Stance::Against(0))), "argues for an option"),
        ("a third side", with(&|it| it.wanted = argue(Stance::For(2))), "no option 2"),
        ("nothing in view", with(&|it| it.view.spans.clear()), "0 above 0 are in view"),
        ("a finished game", with(&|it| it.view.quotes = all.clone()), "all of them are revealed"),
    ] {
        match &replies(&*debater, &[ask])[0] {
            Outcome::Refused(why) => assert!(why.contains(word), "{case}: {why}"),
            other => panic!("{case}: {other:?}"),
        }
    }
    // The judge is shown what it learned on, and nothing less.
    let judge = JudgeOfPixels { judge: table.judge.clone() };
    let choice = with(&|it| (it.role, it.wanted) = (Role::Evaluator, Wanted::Choice(2)));
    match &replies(&judge, &[choice])[0] {
        Outcome::Refused(why) => assert!(why.contains("of 4 pixels was shown 3"), "{why}"),
        other => panic!("{other:?}"),
    }
    let shown = with(&|it| (it.wanted, it.view.quotes) = (Wanted::Choice(2), all.clone()));
    match &replies(&judge, &[shown])[0] {
        Outcome::Scored(reply) => assert!(matches!(&reply.answer, Answer::Distribution(p) if p.len() == 2)),
        other => panic!("{other:?}"),
    }
}
