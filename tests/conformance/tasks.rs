//! Tasks: what they draw, how they split, what they show.

use super::*;

/// A subtask and what its parents were, down to three splits: two children of each rule.
fn subtasks(task: &dyn Task, instance: &Instance) -> Vec<Subtask> {
    let root = Subtask { question: Question::Which, spans: vec![instance.material.whole()] };
    let mut all = vec![root];
    let mut from = 0;
    for _ in 0..3 {
        let to = all.len();
        for at in from..to {
            let subtask = all[at].clone();
            for rule in rules(&subtask) {
                let mut children = task.split(instance, &subtask, &rule);
                let last = children.pop();
                all.extend(children.into_iter().take(1).chain(last));
            }
        }
        from = to;
    }
    all
}

fn rules(subtask: &Subtask) -> Vec<SplitRule> {
    let places = subtask.spans.iter().map(|span| Span { start: span.start, end: span.start + 1 }).collect();
    vec![
        SplitRule::ByClaim,
        SplitRule::BySearch { fan_out: 3, chunk_tokens: 60 },
        SplitRule::ByPart { fan_out: 3 },
        SplitRule::BySummary { query_focused: true },
        SplitRule::Disputed { claims: vec![(1, 0), (0, 0)] },
        SplitRule::Around { places, chunk_tokens: 60 },
    ]
}

fn lies_within(parts: &[Span], whole: &[Span]) -> bool {
    parts.iter().all(|part| whole.iter().any(|span| span.contains(part)))
}

#[test]
fn drawing_again_gives_the_same_and_splits_share_no_cluster() {
    for (name, task) in tasks() {
        let mut seen: BTreeMap<String, Split> = BTreeMap::new();
        let mut ids = HashSet::new();
        for split in [Split::Train, Split::Validation, Split::Test] {
            let (once, again) = (task.draw(split, 12, 3).unwrap(), task.draw(split, 12, 3).unwrap());
            assert!(once.instances.len() >= 12, "{name}");
            for (a, b) in once.instances.iter().zip(&again.instances) {
                assert_eq!((&a.id, a.material.id(), &a.candidates), (&b.id, b.material.id(), &b.candidates));
                assert_eq!((&a.labels, &a.question), (&b.labels, &b.question), "{name}");
                assert_eq!(once.truths.of(a), again.truths.of(b), "{name}");
                assert!(ids.insert(a.id.clone()), "{name}: two instances are called {}", a.id);
                let of = seen.entry(a.labels["cluster"].clone()).or_insert(split);
                assert_eq!(*of, split, "{name}: cluster {} is in two splits", a.labels["cluster"]);
            }
        }
        let other = task.draw(Split::Test, 12, 4).unwrap();
        let first = task.draw(Split::Test, 12, 3).unwrap();
        assert_ne!(other.instances[0].material.id(), first.instances[0].material.id(), "{name}: seeds differ");
    }
}

#[test]
fn truth_fits_its_instance_and_a_reader_of_everything_comes_to_it() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 12, 3).unwrap();
        for instance in &drawn.instances {
            let truth = drawn.truths.of(instance).unwrap();
            assert!(instance.candidates.len() >= 2 && truth.right < instance.candidates.len(), "{name}");
            assert_eq!(truth.claims.len(), instance.candidates.len(), "{name}");
            let whole = [instance.material.whole()];
            for (at, (claims, candidate)) in truth.claims.iter().zip(&instance.candidates).enumerate() {
                assert_eq!(claims.len(), candidate.claims.len(), "{name}");
                assert_eq!(claims.iter().all(|claim| claim.holds), at == truth.right, "{name}: {}", instance.id);
                for claim in claims {
                    let says = claim.says_in(&whole);
                    assert_eq!(says == tribunal::task::Says::Supports, claim.holds, "{name}: {}", instance.id);
                    for set in &claim.evidence {
                        assert!(!set.spans.is_empty() && set.spans.is_sorted(), "{name}");
                        let units = instance.material.smallest();
                        assert!(set.spans.iter().all(|s| units.binary_search(s).is_ok()), "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn parts_lie_within_their_whole_and_splitting_comes_to_an_end() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 2, 3).unwrap();
        for instance in &drawn.instances[..2] {
            for subtask in subtasks(&*task, instance) {
                for rule in rules(&subtask) {
                    let children = task.split(instance, &subtask, &rule);
                    assert_eq!(children, task.split(instance, &subtask, &rule), "{name}: a split is pure");
                    for child in &children {
                        assert!(!child.spans.is_empty(), "{name}: {rule:?}");
                        assert!(child.spans.windows(2).all(|w| w[0].end <= w[1].start), "{name}: {rule:?}");
                        assert!(lies_within(&child.spans, &subtask.spans), "{name}: {rule:?}");
                        assert_ne!(*child, subtask, "{name}: {rule:?} does not get on");
                        let asks_the_same = child.question == subtask.question;
                        let kept = matches!(
                            rule,
                            SplitRule::BySearch { .. } | SplitRule::ByPart { .. } | SplitRule::Around { .. }
                        );
                        assert!(!kept || asks_the_same, "{name}: {rule:?}");
                    }
                    if let SplitRule::BySearch { fan_out, .. } | SplitRule::ByPart { fan_out } = rule {
                        assert!(children.len() <= fan_out, "{name}: {rule:?} gave {}", children.len());
                    }
                    if matches!(rule, SplitRule::Around { .. }) {
                        assert!(children.len() <= 1, "{name}: {rule:?} gave {}", children.len());
                    }
                    if matches!(rule, SplitRule::ByPart { .. } | SplitRule::BySummary { .. }) && !children.is_empty() {
                        assert_eq!(
                            read(instance, &children),
                            read(instance, std::slice::from_ref(&subtask)),
                            "{name}: {rule:?}"
                        );
                    }
                }
            }
        }
    }
}

/// The smallest units of some subtasks, in order.
fn read(instance: &Instance, subtasks: &[Subtask]) -> Vec<Span> {
    let spans = subtasks.iter().flat_map(|subtask| &subtask.spans);
    spans.flat_map(|span| instance.material.smallest_within(*span)).copied().collect()
}

#[test]
fn a_reading_stays_within_its_subtask_and_a_question_is_always_shown() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 2, 3).unwrap();
        let instance = &drawn.instances[0];
        for subtask in subtasks(&*task, instance) {
            let first = task.reading(instance, &subtask, Reading::First);
            let mut found = task.reading(instance, &subtask, Reading::Search);
            assert!(lies_within(&first, &subtask.spans), "{name}: {subtask:?}");
            assert!(first.is_sorted(), "{name}: {subtask:?}");
            found.sort();
            assert_eq!(found, first, "{name}: a search changes the order of reading and nothing else");
            let shown = task.shown(instance, &subtask);
            assert!(!shown.trim().is_empty(), "{name}: {subtask:?}");
            assert_eq!(shown, task.shown(instance, &subtask), "{name}");
        }
    }
}
