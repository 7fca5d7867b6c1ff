//! The same helper as an adviser, who argues alone: every move is its own, and an open side is the one it believes.

use tribunal::engine::Cast;
use tribunal::helper::pixel_debater::{Game, Players, Policy, Search};
use tribunal::helper::pixel_judge::JudgeOfPixels;
use tribunal::judgment::{Answer, Role};
use tribunal::strategy;
use tribunal::strategy::consultancy::{self, Side};
use tribunal::strategy::debate::{self, Opens, Sees, Sides};
use tribunal::stream::Stream;
use tribunal::task::digits::{Claims, Order};
use tribunal::task::image::pixel_at;
use tribunal::tree::Tree;

use super::of_debater::Table;
use super::support::asks::grown;

#[test]
fn a_search_alone_finds_what_two_players_would_not_let_happen() {
    // Won by the two darkest of six pixels together, and by nothing else.
    let verdict = |made: &[(u16, u8)]| if made.iter().all(|(place, _)| *place < 2) { 1 } else { -1 };
    let plays = |players| {
        let game = Game { free: (0..6).map(|at| (at, 90 - at as u8)).collect(), made: Vec::new(), length: 2, players };
        let mut search = Search::new(game, 2_000, 1.0, &Stream::root(1));
        loop {
            search.advance();
            let Some(position) = search.wants() else { break };
            let said = verdict(position);
            search.take(said);
        }
        search.choose().expect("there is a move")
    };
    let (place, conviction, _) = plays(Players::One);
    assert!(place < 2 && conviction > 0.9, "{place}, {conviction}");
    let (_, conviction, _) = plays(Players::Two);
    assert_eq!(conviction, 0.5, "another player never reveals the second of them");
}

impl Table {
    /// One adviser before the judge, for all instances.
    fn advised(&self, side: Side, policy: Policy) -> Vec<Tree> {
        let consultancy = consultancy::Config { turns: 4, side, judge_sees: Sees::Transcript, ..Default::default() };
        let judge = std::sync::Arc::new(JudgeOfPixels { judge: self.judge.clone() });
        let cast = Cast::default().with(Role::Adviser, self.debater(policy, 60)).with(Role::Evaluator, judge);
        let strategy = strategy::Config::Consultancy(consultancy).build();
        grown(&self.task, &*strategy, &cast, &self.drawn.instances, None)
    }
}

/// The side that an adviser argued for in a tree, by the first speech; it is the same in all of them.
fn argued(tree: &Tree) -> u16 {
    let said = tree.node(tree.root()).exchanges[..4].iter().map(|exchange| {
        let reply = exchange.outcome.scored().unwrap_or_else(|| panic!("{:?}", exchange.outcome));
        let (_, level) = pixel_at(&tree.instance.material, reply.quotes[0].span).expect("a pixel is revealed");
        assert!(level > 0 && reply.quotes.len() == 1, "one pixel above 0 a speech");
        let Answer::Argument(argument) = &reply.answer else { panic!("{:?}", reply.answer) };
        argument.side.expect("an adviser argues for a side")
    });
    let sides: Vec<u16> = said.collect();
    assert!(sides.iter().all(|side| *side == sides[0]), "{sides:?}");
    sides[0]
}

#[test]
fn an_adviser_persuades_of_either_side_and_picks_the_one_it_believes() {
    let table = Table::new(Claims::Precommitted, Order::Drawn);
    let share = |trees: &[Tree], holds: &dyn Fn(&Tree, u16, &[f32]) -> bool| {
        let p = |tree: &Tree| -> Vec<f32> {
            let verdict = tree.node(tree.root()).verdict.as_ref().and_then(|it| it.distribution()).expect("a verdict");
            verdict.to_vec()
        };
        trees.iter().filter(|tree| holds(tree, argued(tree), &p(tree))).count() as f64 / trees.len() as f64
    };
    let won = |_: &Tree, side: u16, p: &[f32]| p[usize::from(side)] > 0.5;
    let right = |tree: &Tree| table.drawn.truths.of(&tree.instance).expect("a truth").right;
    let by_lot = table.advised(Side::ByLot, Policy::Search);
    let (persuaded, true_side) =
        (share(&by_lot, &won), share(&by_lot, &|tree, side, _| usize::from(side) == right(tree)));
    let aimless = share(&table.advised(Side::ByLot, Policy::Random), &won);
    println!("by lot: wins {persuaded:.3} for the side given, with random pixels {aimless:.3}");
    assert!(persuaded > 0.9 && (0.25..0.75).contains(&true_side) && aimless < 0.7, "{persuaded} {true_side} {aimless}");
    let open = table.advised(Side::Open, Policy::Search);
    let (believed, is_right) = (
        share(&open, &|tree, side, _| usize::from(side) == right(tree)),
        share(&open, &|tree, _, p| p[right(tree)] > 0.5),
    );
    let by_one_view = share(&table.advised(Side::Open, Policy::Random), &|tree, _, p| p[right(tree)] > 0.5);
    println!(
        "open: believes the truth {believed:.3}, and the judge then does {is_right:.3}; by random pixels {by_one_view:.3}"
    );
    assert!(believed > by_one_view && is_right > 0.85, "{believed} {is_right} {by_one_view}");
    // Every view by which it came to believe is a call of the judge's.
    let calls = |tree: &Tree| tree.node(tree.root()).exchanges[0].outcome.scored().map_or(0, |reply| reply.model_calls);
    assert!(open.iter().all(|tree| calls(tree) > 60), "views are counted");
    assert!(by_lot.iter().all(|tree| calls(tree) <= 60), "no view is needed for a side that is given");
}

#[test]
fn a_debater_who_opens_with_open_sides_picks_as_an_adviser_does() {
    let table = Table::new(Claims::Precommitted, Order::Drawn);
    let debate = debate::Config { turns: 4, sides: Sides::Open, opens: Opens::ByLot, ..Default::default() };
    let strategy = strategy::Config::Debate(debate::Config { judge_sees: Sees::Transcript, ..debate }).build();
    let judge = std::sync::Arc::new(JudgeOfPixels { judge: table.judge.clone() });
    let cast = Cast::default().with(Role::Debater, table.debater(Policy::Search, 60)).with(Role::Evaluator, judge);
    let side = |tree: &Tree, turn: usize| {
        let reply = tree.node(tree.root()).exchanges[turn].outcome.scored().expect("a speech");
        let Answer::Argument(argument) = &reply.answer else { panic!("{:?}", reply.answer) };
        usize::from(argument.side.expect("a side"))
    };
    let trees = grown(&table.task, &*strategy, &cast, &table.drawn.instances, None);
    let right = |tree: &&Tree| side(tree, 0) == table.drawn.truths.of(&tree.instance).expect("a truth").right;
    let believed = trees.iter().filter(right).count() as f64 / trees.len() as f64;
    println!("debate with open sides: whoever opens argues for the truth in {believed:.3}");
    assert!(believed > 0.85, "{believed}");
    for tree in &trees {
        let sides: Vec<usize> = (0..4).map(|turn| side(tree, turn)).collect();
        assert_eq!(sides, [sides[0], 1 - sides[0], sides[0], 1 - sides[0]], "the other has the other side");
        assert!(tree.node(tree.root()).verdict.as_ref().is_some_and(|it| it.distribution().is_some()));
    }
}
