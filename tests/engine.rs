//! The engine with helpers that answer at once, in batches, late, out of order, wrongly and not at all: scheduling never
//! changes a result, budgets hold, every outcome is counted, trees stay trees.

mod support;

use std::sync::Arc;

use proptest::prelude::*;
use support::{Drawers, Fate, Post, reader};
use tribunal::budget::Limits;
use tribunal::engine::{Cast, Engine};
use tribunal::helper::Manner;
use tribunal::judgment::{Cost, Kind, Quote, Role, Verdict, Wanted};
use tribunal::outcome::{Outcome, OutcomeKind};
use tribunal::record::grown::{Stamp, tree_row};
use tribunal::record::rows::TreeRow;
use tribunal::strategy::debate::{self, Positions};
use tribunal::strategy::rrm::{self, Place, Top};
use tribunal::strategy::{AskPlan, Config, Item, NodeView, Step, Strategy, best_of, blind, critique, direct, summary};
use tribunal::stream::Stream;
use tribunal::task::{Drawn, Reading, Split, SplitRule, Task};
use tribunal::tree::Tree;

const TASK: Drawers = Drawers { drawers: 120, claims: 3 };
const MANNERS: [Manner; 5] = [
    Manner::Inline,
    Manner::Batched { batch_max: 7 },
    Manner::Batched { batch_max: 1000 },
    Manner::Remote { in_flight_max: 1, wait_ms_max: 2000 },
    Manner::Remote { in_flight_max: 64, wait_ms_max: 2000 },
];

fn drawn() -> Drawn {
    TASK.draw(Split::Test, 24, 7).unwrap()
}

fn strategies() -> Vec<(&'static str, Box<dyn Strategy>)> {
    let tree = rrm::Config { fan_out: 3, top: Top::Rule, ..Default::default() };
    let talk = debate::Config { words_max: 30, reads_tokens: 200, ..Default::default() };
    vec![
        ("blind", Config::Blind(blind::Config::default()).build()),
        ("direct", Config::Direct(direct::Config { reads: Reading::Search }).build()),
        ("first pages", Config::Direct(direct::Config { reads: Reading::First }).build()),
        ("tree", Config::Rrm(tree).build()),
        ("deep tree", Config::Rrm(rrm::Config { depth: 3, ..tree }).build()),
        ("learned top", Config::Rrm(rrm::Config { top: Top::Learned, ..tree }).build()),
        ("labels of leaves", Config::Rrm(rrm::Config { evaluator_at: Place::Leaf, ..tree }).build()),
        ("labels of claims", Config::Rrm(rrm::Config { evaluator_at: Place::Claim, ..tree }).build()),
        ("helpers alone", Config::Rrm(rrm::Config { evaluator_at: Place::Nowhere, ..tree }).build()),
        ("summaries", Config::Summary(summary::Config { depth: 1, ..Default::default() }).build()),
        ("debate", Config::Debate(talk.clone()).build()),
        (
            "debates side by side",
            Config::Debate(debate::Config { positions: Positions::Swapped, ..talk.clone() }).build(),
        ),
        ("recursive debate", Config::Debate(debate::Config { narrows: vec![120, 40], ..talk.clone() }).build()),
        ("critique", Config::Critique(critique::Config { reads_tokens: 200, ..Default::default() }).build()),
        (
            "best of three",
            Config::BestOf(best_of::Config { n: vec![3, 1], of: Box::new(Config::Debate(talk)) }).build(),
        ),
        ("follows replies", Box::new(FollowsReplies)),
    ]
}

/// Asks first, and splits only where the reply leaves it in doubt: a tree grown from replies.
struct FollowsReplies;

impl Strategy for FollowsReplies {
    fn step(&self, node: &NodeView) -> Step {
        if node.exchanges.is_empty() {
            let wanted = if node.depth == 0 { Wanted::Choice(node.options) } else { Wanted::Predicate };
            let role = if node.depth == 0 { Role::Evaluator } else { Role::Assistant };
            return Step::Ask(vec![AskPlan::new(role, wanted, vec![Item::Reading(Reading::First)])]);
        }
        let doubt = node.verdict_of(0).distribution().is_none_or(|p| p.iter().all(|p| *p < 0.8));
        if doubt && !node.was_split && node.depth < 3 {
            let rule = if node.depth == 0 { SplitRule::ByClaim } else { SplitRule::ByPart { fan_out: 2 } };
            return Step::Split { rule, evaluator_share: 0.0 };
        }
        Step::Done(node.verdict_of(0))
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        vec![(Role::Evaluator, Kind::Choice), (Role::Assistant, Kind::Predicate)]
    }
}

/// Everything a run of trees comes to, as text.
fn grown(strategy: &dyn Strategy, fate: Fate, manner: Manner, tokens_max: u64, trees_max: usize) -> Vec<Tree> {
    let drawn = drawn();
    let inner = Arc::new(reader(&drawn.truths, 0.8, 0.1));
    let cast = [Role::Evaluator, Role::Assistant, Role::Summariser, Role::Debater, Role::Critic, Role::Picker]
        .into_iter()
        .fold(Cast::default(), |cast, role| cast.with(role, Arc::new(Post { inner: inner.clone(), manner, fate })));
    let limits = Limits { evaluator_tokens_max: Some(tokens_max) };
    let engine = Engine { task: &TASK, strategy, cast: &cast, limits, stream: Stream::root(7), trees_max };
    let mut trees = Vec::new();
    engine.grow(&drawn.instances, |tree| trees.push(tree));
    trees
}

fn as_text(trees: &[Tree]) -> String {
    trees.iter().map(|tree| format!("{} {:?}\n{}", tree.instance.id, tree.cost(), tree.render())).collect()
}

#[test]
fn scheduling_never_changes_a_result() {
    for (name, strategy) in strategies() {
        let truth = as_text(&grown(&*strategy, Fate::Prompt, Manner::Inline, 300, 24));
        for manner in MANNERS {
            for trees_max in [1, 5, 1000] {
                let got = as_text(&grown(&*strategy, Fate::Prompt, manner, 300, trees_max));
                assert_eq!(got, truth, "{name}, {manner:?}, {trees_max} trees at once");
            }
        }
        let late = grown(&*strategy, Fate::Late, Manner::Remote { in_flight_max: 16, wait_ms_max: 5000 }, 300, 8);
        assert_eq!(as_text(&late), truth, "{name}, late");
    }
}

#[test]
fn a_trees_row_loses_nothing_by_what_it_leaves_out() {
    let stamp = Stamp {
        cell: "cell".into(),
        arm: "arm".into(),
        seed: 7,
        split: Split::Test,
        swept: Default::default(),
        cluster_scope: Default::default(),
        labels: Default::default(),
        helpers: Default::default(),
    };
    for (name, strategy) in strategies() {
        // So little to read that some nodes are over budget.
        for tree in grown(&*strategy, Fate::Prompt, Manner::Inline, 60, 24) {
            let line = serde_json::to_string(&tree_row(&stamp, &tree, None)).unwrap();
            let row: TreeRow = serde_json::from_str(&line).unwrap();
            let mut cost = Cost::default();
            for (node, key) in row.nodes.iter().zip(tree.preorder()) {
                let own = tree.node(key);
                assert_eq!(row.question_of(node), Some(&own.subtask.question), "{name}");
                let (outcome, quotes) = node.verdict().expect("a verdict");
                let verdict = own.verdict.as_ref().expect("a grown tree is decided");
                assert_eq!(outcome, &verdict.outcome, "{name}");
                assert_eq!(quotes.iter().map(|q| Quote::from(*q)).collect::<Vec<_>>(), verdict.quotes, "{name}");
                node.exchanges.iter().for_each(|exchange| cost += exchange.cost);
            }
            assert_eq!((row.nodes.len(), cost), (tree.preorder().len(), tree.cost()), "{name}");
        }
    }
}

#[test]
fn every_outcome_is_counted_and_none_stops_the_others() {
    let tree = rrm::Config { fan_out: 3, top: Top::Rule, ..Default::default() };
    let strategy = Config::Rrm(tree).build();
    let outcomes = |fate| {
        let trees = grown(&*strategy, fate, Manner::Remote { in_flight_max: 64, wait_ms_max: 300 }, 300, 24);
        assert_eq!(trees.len(), 24);
        let mut kinds = std::collections::BTreeMap::new();
        for tree in &trees {
            for key in tree.preorder() {
                for exchange in &tree.node(key).exchanges {
                    *kinds.entry(exchange.outcome.kind()).or_insert(0) += 1;
                }
            }
        }
        kinds
    };
    let faulty = outcomes(Fate::Faulty);
    for kind in [OutcomeKind::Scored, OutcomeKind::Unparsable, OutcomeKind::Refused, OutcomeKind::Failed] {
        assert!(faulty[&kind] > 20, "{faulty:?}");
    }
    let lossy = outcomes(Fate::Lossy);
    assert!(lossy[&OutcomeKind::Failed] > 20 && lossy[&OutcomeKind::Scored] > 20, "{lossy:?}");
}

#[test]
fn a_perfect_reader_of_the_whole_finds_the_truth_and_a_blind_one_nothing() {
    let drawn = drawn();
    let perfect = Arc::new(reader(&drawn.truths, 1.0, 0.0));
    let cast = Cast::default().with(Role::Evaluator, perfect.clone()).with(Role::Assistant, perfect);
    let right = |strategy: &dyn Strategy| {
        let engine = Engine {
            task: &TASK,
            strategy,
            cast: &cast,
            limits: Limits::default(),
            stream: Stream::root(1),
            trees_max: 9,
        };
        let mut right = 0;
        engine.grow(&drawn.instances, |tree| {
            let p = tree.node(tree.root()).verdict.as_ref().and_then(Verdict::distribution).unwrap().to_vec();
            right += usize::from(p[drawn.truths.of(&tree.instance).unwrap().right] > 0.5);
        });
        right
    };
    let exhaustive = rrm::Config { cover: rrm::Cover::Exhaustive, top: Top::Rule, fan_out: 12, ..Default::default() };
    assert_eq!(right(&*Config::Direct(Default::default()).build()), 24);
    assert_eq!(right(&*Config::Rrm(exhaustive).build()), 24);
    assert_eq!(right(&*Config::Blind(blind::Config::default()).build()), 0, "an even verdict is not above one half");
}

#[test]
fn a_budget_of_less_than_the_question_is_an_outcome() {
    let trees = grown(&*Config::Direct(Default::default()).build(), Fate::Prompt, Manner::Inline, 5, 24);
    for tree in trees {
        assert_eq!(tree.node(tree.root()).verdict.as_ref().unwrap().outcome, Outcome::OverBudget);
        assert_eq!(tree.cost().evaluator_tokens, 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_budget_is_ever_exceeded_and_trees_are_trees(tokens_max in 0u64..600, at in 0usize..16, batch_max in 1usize..50) {
        let (name, strategy) = strategies().swap_remove(at);
        for tree in grown(&*strategy, Fate::Prompt, Manner::Batched { batch_max }, tokens_max, 10) {
            prop_assert!(tree.cost().evaluator_tokens <= tokens_max, "{name}: {:?}", tree.cost());
            let order = tree.preorder();
            prop_assert_eq!(order.len(), tree.len());
            let roots = order.iter().filter(|key| tree.parent(**key).is_none()).count();
            prop_assert_eq!(roots, 1);
            for key in order {
                let Some(parent) = tree.parent(key) else { continue };
                let outer = &tree.node(parent).subtask.spans;
                for span in &tree.node(key).subtask.spans {
                    prop_assert!(outer.iter().any(|o| o.contains(span)));
                }
            }
        }
    }
}

#[test]
fn a_small_tree_reads_like_this() {
    let task = Drawers { drawers: 30, claims: 1 };
    let drawn = task.draw(Split::Test, 1, 3).unwrap();
    let perfect = Arc::new(reader(&drawn.truths, 1.0, 0.0));
    let cast = Cast::default().with(Role::Evaluator, perfect.clone()).with(Role::Assistant, perfect);
    let strategy = Config::Rrm(rrm::Config { fan_out: 2, top: Top::Rule, ..Default::default() }).build();
    let limits = Limits { evaluator_tokens_max: Some(200) };
    let engine =
        Engine { task: &task, strategy: &*strategy, cast: &cast, limits, stream: Stream::root(1), trees_max: 1 };
    engine.grow(&drawn.instances, |tree| insta::assert_snapshot!(tree.render()));
}

#[test]
fn asks_of_one_step_share_what_the_evaluator_may_read() {
    let drawn = drawn();
    let reader = Arc::new(reader(&drawn.truths, 0.8, 0.1));
    let cast = Cast::default().with(Role::Evaluator, reader.clone()).with(Role::Debater, reader);
    let config = debate::Config { turns: 2, repeats: 3, ..Default::default() };
    let strategy = Config::Debate(config).build();
    let limits = Limits { evaluator_tokens_max: Some(300) };
    let engine =
        Engine { task: &TASK, strategy: &*strategy, cast: &cast, limits, stream: Stream::root(7), trees_max: 8 };
    engine.grow(&drawn.instances, |tree| {
        let exchanges = &tree.node(tree.root()).exchanges;
        let read: Vec<u64> = exchanges.iter().map(|e| e.cost.evaluator_tokens).filter(|tokens| *tokens > 0).collect();
        assert_eq!(read.len(), 3, "every debate is judged");
        // What a page no longer fits into is passed on to those that come after.
        assert!(read[0] <= 100 && read.iter().sum::<u64>() <= 300, "{read:?}");
    });
}
