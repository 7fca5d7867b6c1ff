//! One suite for everything that takes part: every task, strategy, helper and learner is enrolled by a line in a table
//! here and must keep the same promises.

#[path = "conformance/arguments.rs"]
mod of_arguments;
#[path = "conformance/helpers.rs"]
mod of_helpers;
#[path = "conformance/learners.rs"]
mod of_learners;
#[path = "conformance/places.rs"]
mod of_places;
#[path = "conformance/stage.rs"]
mod of_stages;
#[path = "conformance/strategies.rs"]
mod of_strategies;
#[path = "conformance/tasks.rs"]
mod of_tasks;
#[path = "conformance/truth.rs"]
mod of_truth;
mod support;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use of_stages::{Stage, stages};
use support::Drawers;
use support::asks::{grown, one_for_all, overheard, replies, scrambled, sentence, well_paired};
use support::learned::{WordCounts, WordRates, setting, tiny, train_levels};
use tribunal::cast::Casting;
use tribunal::engine::Cast;
use tribunal::helper::cached::Cached;
use tribunal::helper::simulated::{Config as Rates, Simulated, Trust, TrustRule};
use tribunal::helper::{Capabilities, Helper, Manner, Sink};
use tribunal::judgment::{Answer, Ask, Judgment, Kind, Quote, Reply, Role, Sort, Stance, Verdict, Wanted};
use tribunal::levels::Labels;
use tribunal::material::Span;
use tribunal::model::Device;
use tribunal::outcome::Outcome;
use tribunal::reward::{AggregatorLearner, JudgedNode, Learner, ReaderLearner, ViewText};
use tribunal::spec::parts::{HelperSpec, TaskSpec};
use tribunal::strategy::consultancy::Side;
use tribunal::strategy::debate::{Opens, Order, Positions, Questions, Sees, Sides};
use tribunal::strategy::rrm::{self, Assistance, Cover, Place, Top};
use tribunal::strategy::{
    Config, NodeView, Step, Strategy, best_of, blind, consultancy, critique, debate, direct, summary,
};
use tribunal::stream::Stream;
use tribunal::task::books::{self, Books};
use tribunal::task::derivation::{self, Derivations};
use tribunal::task::digits::{self, Digits};
use tribunal::task::preferences::{self, Preferences};
use tribunal::task::{Drawn, Instance, Question, Reading, Split, SplitRule, Subtask, Task};

/// Every task, small.
fn tasks() -> Vec<(&'static str, Box<dyn Task>)> {
    let digits = Digits::new(digits::Config { side: 12, ..Default::default() }).unwrap();
    let mut all = texts();
    all.push(("digits", Box::new(digits)));
    let tastes = preferences::Config { source: "tastes".into(), ..Default::default() };
    all.push(("preferences", Box::new(Preferences::new(&tastes).unwrap())));
    let kinds = TaskSpec::KINDS.iter().map(|(kind, _)| *kind);
    assert!(kinds.into_iter().all(|kind| all.iter().any(|(name, _)| *name == kind)), "every task is enrolled");
    all
}

/// The tasks whose material is prose, which the trained readers learn on.
fn texts() -> Vec<(&'static str, Box<dyn Task>)> {
    let books = Books::new(books::Config { tokens: 6_000, pairs_per_twin: 1, ..Default::default() }).unwrap();
    let derivations = Derivations::new(derivation::Config { steps: 8, fillers: 1, flaw: true }).unwrap();
    vec![
        ("drawers", Box::new(Drawers { drawers: 60, claims: 2 })),
        ("books", Box::new(books)),
        ("derivation", Box::new(derivations)),
    ]
}

/// Every strategy, in every setting that changes what it asks.
fn strategies() -> Vec<(String, Box<dyn Strategy>)> {
    let mut configs: Vec<Config> =
        [blind::Asks::Candidates, blind::Asks::Claims].map(|asks| Config::Blind(blind::Config { asks })).into();
    configs.extend([Reading::First, Reading::Search].map(|reads| Config::Direct(direct::Config { reads })));
    for depth in 1..=3 {
        for top in [Top::Rule, Top::Learned] {
            for evaluator_at in [Place::Leaf, Place::Claim, Place::Root, Place::Nowhere] {
                for (cover, assistance) in [
                    (Cover::Search, Assistance::Tree),
                    (Cover::Exhaustive, Assistance::Tree),
                    (Cover::Search, Assistance::Alone),
                ] {
                    let shape = rrm::Config { depth, fan_out: 3, reads_tokens: 240, ..Default::default() };
                    configs.push(Config::Rrm(rrm::Config { top, evaluator_at, cover, assistance, ..shape }));
                }
            }
        }
    }
    for (depth, query_focused) in [(1, false), (2, true)] {
        configs.push(Config::Summary(summary::Config { depth, query_focused, ..Default::default() }));
    }
    configs.extend(arguing());
    let enrolled: BTreeSet<&str> = configs.iter().map(Config::kind).collect();
    assert_eq!(enrolled, Config::KINDS.iter().map(|(name, _)| *name).collect(), "every strategy is enrolled");
    configs.into_iter().map(|config| (format!("{config:?}"), config.build())).collect()
}

/// Every protocol of arguments, in every setting that changes what it asks.
fn arguing() -> Vec<Config> {
    let debate = debate::Config { points_max: 1, words_max: 30, reads_tokens: 400, ..Default::default() };
    let mut debates = vec![debate.clone()];
    debates.push(debate::Config { order: Order::Simultaneous, positions: Positions::Swapped, ..debate.clone() });
    debates.push(debate::Config {
        questions: Questions::BetweenRounds,
        judge_sees: Sees::Transcript,
        ..debate.clone()
    });
    debates.push(debate::Config { sides: Sides::Open, opens: Opens::ByLot, repeats: 2, ..debate.clone() });
    debates.push(debate::Config { narrows: vec![200, 60], ..debate });
    let mut configs: Vec<Config> = debates.into_iter().map(Config::Debate).collect();
    for (side, questions) in [(Side::ByLot, Questions::None), (Side::Open, Questions::BetweenRounds)] {
        configs.push(Config::Consultancy(consultancy::Config { side, questions, ..Default::default() }));
    }
    for (assistance, judges) in [
        (critique::Assistance::Critic, critique::Judges::Candidates),
        (critique::Assistance::Critic, critique::Judges::Flaws),
        (critique::Assistance::Alone, critique::Judges::Flaws),
    ] {
        configs.push(Config::Critique(critique::Config { assistance, judges, ..Default::default() }));
    }
    let sampled: Vec<Config> = configs
        .iter()
        .map(|of| best_of::Config { n: vec![3, 1], of: Box::new(of.clone()) })
        .map(Config::BestOf)
        .filter(|config| config.check().is_ok())
        .collect();
    configs.into_iter().chain(sampled).collect()
}
