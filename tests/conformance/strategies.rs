//! Strategies: pure, bounded, honest about whom they ask.

use super::*;

/// Counts the steps of a strategy, repeats each of them, and holds its asks against what it declared.
struct Watched<'a> {
    inner: &'a dyn Strategy,
    needs: Vec<(Role, Kind)>,
    steps: AtomicUsize,
}

impl Strategy for Watched<'_> {
    fn step(&self, node: &NodeView) -> Step {
        self.steps.fetch_add(1, Ordering::Relaxed);
        let step = self.inner.step(node);
        assert_eq!(step, self.inner.step(node), "a strategy is pure");
        if let Step::Ask(plans) = &step {
            assert!(!plans.is_empty());
            for plan in plans {
                let need = (plan.role, plan.wanted.kind());
                assert!(self.needs.contains(&need), "{need:?} is asked and not declared in {:?}", self.needs);
            }
        }
        step
    }

    fn needs(&self) -> Vec<(Role, Kind)> {
        self.inner.needs()
    }
}

#[test]
fn every_tree_ends_after_a_few_steps_a_node_and_asks_only_for_what_was_declared() {
    for (task_name, task) in tasks() {
        let drawn = task.draw(Split::Test, 2, 3).unwrap();
        let reader: Arc<dyn Helper> = Arc::new(support::reader(&drawn.truths, 0.8, 0.1));
        for (name, strategy) in strategies() {
            let watched = Watched { inner: &*strategy, needs: strategy.needs(), steps: AtomicUsize::new(0) };
            for limit in [None, Some(200), Some(0)] {
                watched.steps.store(0, Ordering::Relaxed);
                let trees = grown(&*task, &watched, &one_for_all(&reader), &drawn.instances[..2], limit);
                let nodes: usize = trees.iter().map(tribunal::tree::Tree::len).sum();
                let asks: usize = trees
                    .iter()
                    .flat_map(|tree| tree.preorder().into_iter().map(|key| tree.node(key).exchanges.len()))
                    .sum();
                // A node is split once, and decided once; every other step asks something.
                let steps = watched.steps.load(Ordering::Relaxed);
                assert!(steps <= 2 * nodes + asks, "{task_name}, {name}: {steps} steps, {nodes} nodes, {asks} asks");
                for tree in &trees {
                    let nodes = || tree.preorder().into_iter().map(|key| tree.node(key));
                    assert!(nodes().all(|node| node.verdict.is_some()), "{name}");
                    // Of whoever answers every kind nothing is asked that makes no sense where it is asked.
                    for exchange in nodes().flat_map(|node| &node.exchanges) {
                        let outcome = &exchange.outcome;
                        assert!(!matches!(outcome, Outcome::Refused(_)), "{task_name}, {name}: {outcome:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_node_is_decided_when_nobody_answers() {
    for (task_name, task) in tasks() {
        let drawn = task.draw(Split::Test, 2, 3).unwrap();
        for (name, strategy) in strategies() {
            for tree in grown(&*task, &*strategy, &Cast::default(), &drawn.instances[..1], None) {
                assert!(tree.node(tree.root()).verdict.is_some(), "{task_name}, {name}");
            }
        }
    }
}

#[test]
fn no_strategy_knows_of_helpers_or_of_truth() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/strategy");
    let mut files = vec![folder.with_extension("rs")];
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > Config::KINDS.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in ["helper::", "Truths", "Truth,", "ClaimTruth", "task::books", "Stream"] {
            assert!(!text.contains(word), "{} names `{word}`", file.display());
        }
    }
}
