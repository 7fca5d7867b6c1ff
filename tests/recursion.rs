//! The recursion of reward modelling: labels come from the evaluator only, levels learn from clusters of their own,
//! trust is fitted without the truth, and what labels cost is counted.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use support::asks::scrambled;
use support::learned::{setting, train_levels};
use support::{Drawers, reader};
use tribunal::cast::snapshot;
use tribunal::helper::Helper;
use tribunal::helper::noisy::Noisy;
use tribunal::helper::simulated::Trust;
use tribunal::judgment::Role;
use tribunal::levels::{LEVELS, Labelled, Labels, fitted_trust, fold};
use tribunal::model::Device;
use tribunal::reward::TreeExample;
use tribunal::strategy::rrm::Assistance;
use tribunal::task::books::{self, Books};
use tribunal::task::{Drawn, Instance, Split, Task, Truths};

const CHESTS: Drawers = Drawers { drawers: 80, claims: 2 };

fn drawn(count: usize) -> Drawn {
    CHESTS.draw(Split::Train, count, 7).unwrap()
}

fn person(truths: &Truths) -> Arc<dyn Helper> {
    Arc::new(reader(truths, 0.9, 0.05))
}

fn labelled(level: u16, labels: Labels, evaluator: &Truths, assistant: &Truths, drawn: &Drawn) -> Labelled {
    let assistant = Arc::new(reader(assistant, 0.8, 0.1));
    setting(&CHESTS, person(evaluator), Some(assistant)).label(level, labels, &drawn.instances)
}

fn labels_of(nodes: &[TreeExample]) -> Vec<Vec<f32>> {
    nodes.iter().map(|node| node.label.clone()).collect()
}

#[test]
fn labels_come_from_the_evaluator_only() {
    let drawn = drawn(8);
    let (truths, opposite) = (&drawn.truths, &scrambled(&drawn));
    // At the leaves nobody else has a word.
    let [known, other] = [truths, opposite].map(|assistant| labelled(0, Labels::Assisted, truths, assistant, &drawn));
    assert!(!known.readings.is_empty() && known.readings == other.readings && known.cost == other.cost);
    // Above, an assistant's word stands among what is read, never in an unassisted label or its cost.
    for level in 1..LEVELS {
        let [known, other] =
            [truths, opposite].map(|assistant| labelled(level, Labels::Unassisted, truths, assistant, &drawn));
        assert!(!known.nodes.is_empty());
        assert_eq!(labels_of(&known.nodes), labels_of(&other.nodes), "level {level}");
        assert_eq!(known.cost.label_tokens, other.cost.label_tokens, "level {level}");
        let below = |labelled: &Labelled| -> Vec<_> { labelled.nodes.iter().map(|node| node.node.clone()).collect() };
        assert_ne!(below(&known), below(&other), "level {level}: the assistant's word stands below");
    }
    // The evaluator's own truth decides every label.
    let turned = labelled(0, Labels::Assisted, opposite, truths, &drawn);
    assert_ne!(known.readings, turned.readings);
    for level in 1..LEVELS {
        let [own, turned] =
            [truths, opposite].map(|evaluator| labelled(level, Labels::Unassisted, evaluator, truths, &drawn));
        assert_ne!(labels_of(&own.nodes), labels_of(&turned.nodes), "level {level}");
    }
}

#[test]
fn a_trained_assistant_brings_no_truth_into_the_labels_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let train = drawn(9);
    train_levels(&CHESTS, &person(&train.truths), &train.instances, folder.path());
    let fits: Vec<_> = (0..LEVELS - 1).map(|level| (level, folder.path().join(level.to_string()))).collect();
    // What a level learns from is the same whether its helpers were trained in this process or read from their fits,
    // so nothing but the weights has passed from level to level.
    let label = || {
        let assistant: Arc<dyn Helper> = Arc::new(snapshot(&fits, Device::Cpu).unwrap());
        let setting = setting(&CHESTS, person(&train.truths), Some(assistant));
        setting.label(2, Labels::Assisted, &fold(&train.instances, 2)).nodes
    };
    let nodes = label();
    assert!(!nodes.is_empty() && nodes.iter().all(|node| !node.node.children.is_empty()));
    assert_eq!(nodes, label());
}

#[test]
fn levels_learn_from_clusters_of_their_own() {
    let books = Books::new(books::Config { tokens: 6_000, pairs_per_twin: 1, ..Default::default() }).unwrap();
    let tasks: [&dyn Task; 2] = [&CHESTS, &books];
    for task in tasks {
        let drawn = task.draw(Split::Train, 40, 7).unwrap();
        let folds: Vec<Vec<Arc<Instance>>> = (0..LEVELS).map(|level| fold(&drawn.instances, level)).collect();
        let clusters: Vec<BTreeSet<&str>> =
            folds.iter().map(|fold| fold.iter().map(|it| it.labels["cluster"].as_str()).collect()).collect();
        for (level, own) in clusters.iter().enumerate() {
            assert!(!own.is_empty(), "level {level} has nothing to learn from");
            for other in &clusters[level + 1..] {
                assert!(own.is_disjoint(other), "level {level} shares a cluster with another");
            }
        }
        assert_eq!(folds.iter().map(Vec::len).sum::<usize>(), drawn.instances.len(), "every instance is dealt out");
        let longer = task.draw(Split::Train, 60, 7).unwrap();
        let of_longer = fold(&longer.instances, 0);
        assert!(folds[0].iter().zip(&of_longer).all(|(a, b)| a.id == b.id), "more instances move nobody");
    }
}

#[test]
fn trust_follows_what_the_evaluator_found_out_and_nothing_else() {
    let drawn = drawn(30);
    let fitted = |evaluator: Arc<dyn Helper>, assistant: Arc<dyn Helper>| {
        let setting = setting(&CHESTS, evaluator, Some(assistant));
        let (trust, tokens) = fitted_trust(&setting, 1..2, &drawn.instances);
        (trust.by_source.get("assistant/claim").copied().unwrap_or(trust.otherwise), tokens)
    };
    let truths = &drawn.truths;
    let sharp = || Arc::new(reader(truths, 1.0, 0.0)) as Arc<dyn Helper>;
    let flipped = |flip_rate| Arc::new(Noisy::new(sharp(), flip_rate)) as Arc<dyn Helper>;
    let (of_the_sharp, tokens) = fitted(person(truths), sharp());
    let (of_the_fickle, _) = fitted(person(truths), flipped(0.3));
    let (of_the_random, _) = fitted(person(truths), flipped(0.5));
    let (of_the_liar, _) = fitted(person(truths), flipped(1.0));
    println!("sharp {of_the_sharp:.3}, fickle {of_the_fickle:.3}, random {of_the_random:.3}, liar {of_the_liar:.3}");
    assert!(tokens > 0, "checking a source costs reading");
    assert!(of_the_sharp > 2.0 * of_the_fickle && of_the_fickle > of_the_random && of_the_random < 0.1);
    assert_eq!(of_the_liar, 0.0, "whom the evaluator finds wrong it does not hear");
    // An evaluator that finds nothing out trusts nobody, though the source be right in every case: the truth is not
    // consulted.
    assert_eq!(fitted(Arc::new(reader(truths, 0.0, 0.0)), sharp()).0, 0.0);
    // One whose own truth is turned round believes who agrees with it.
    let opposite = scrambled(&drawn);
    let of_one_who_agrees = fitted(person(&opposite), Arc::new(reader(&opposite, 1.0, 0.0))).0;
    assert!((of_one_who_agrees - of_the_sharp).abs() < 0.5, "{of_one_who_agrees} and {of_the_sharp}");
    assert_eq!(fitted(person(&opposite), sharp()).0, 0.0);
}

#[test]
fn labels_cost_what_the_evaluator_read_for_them_assisted_or_not() {
    let drawn = drawn(8);
    let truths = &drawn.truths;
    let claims = |drawn: &Drawn| -> u64 {
        drawn.instances.iter().flat_map(|it| &it.candidates).map(|candidate| candidate.claims.len() as u64).sum()
    };
    for level in 0..LEVELS {
        let [assisted, alone] =
            [Labels::Assisted, Labels::Unassisted].map(|labels| labelled(level, labels, truths, truths, &drawn));
        let count = |labelled: &Labelled| labelled.readings.len() + labelled.nodes.len();
        assert_eq!(count(&assisted), count(&alone), "level {level}: as many labels");
        for labelled in [&assisted, &alone] {
            let read: u64 = labelled.trees.iter().map(|tree| tree.cost().evaluator_tokens).sum();
            assert_eq!(labelled.cost.label_tokens, read, "level {level}");
            assert!(read > 0 && labelled.cost.evaluator_tokens == 0, "level {level}: a column of its own");
        }
        println!(
            "level {level}: {} labels, {} tokens assisted, {} alone",
            count(&assisted),
            assisted.cost.label_tokens,
            alone.cost.label_tokens
        );
        // Both may spend the same on a label: 120 tokens a claim, 240 a choice.
        let most = match level {
            0 => {
                assert_eq!(assisted.readings, alone.readings, "a leaf is read alone in any case");
                assert_eq!(assisted.cost.label_tokens, alone.cost.label_tokens);
                continue;
            }
            1 => 120 * claims(&drawn),
            _ => 240 * drawn.instances.len() as u64,
        };
        assert!(assisted.cost.label_tokens <= most && alone.cost.label_tokens <= most, "level {level}");
    }
}

#[test]
fn the_evaluator_stands_at_one_level_of_the_tree_only() {
    let drawn = drawn(3);
    let setting = setting(&CHESTS, person(&drawn.truths), Some(Arc::new(reader(&drawn.truths, 0.8, 0.1))));
    for level in 0..LEVELS {
        for tree in setting.grow(level, Assistance::Tree, &drawn.instances) {
            for key in tree.preorder() {
                let node = tree.node(key);
                let asked = node.exchanges.iter().any(|exchange| exchange.role == Role::Evaluator);
                assert_eq!(asked, node.depth == 2 - level, "level {level}, depth {}", node.depth);
            }
        }
    }
    // Nobody is trusted who was never checked.
    assert_eq!(Trust::default(), Trust::equal(0.0));
}
