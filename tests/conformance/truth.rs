//! Truth: perfect helpers come to it where they can, and nobody without it or its material. Where helpers argue for a side, see
//! `tests/conformance/arguments.rs`.

use super::*;

pub fn perfect(drawn: &Drawn) -> Arc<dyn Helper> {
    perfect_who_trusts(1.0, drawn)
}

/// One who misses nothing and does not err, and believes others so far.
pub fn perfect_who_trusts(trust: f64, drawn: &Drawn) -> Arc<dyn Helper> {
    let rates = Rates { notice_rate: 1.0, error_rate: 0.0, ..Default::default() };
    let fixed = Stream::root(0).named("fixed");
    Arc::new(Simulated::new(rates, drawn.truths.clone(), Trust::equal(trust), fixed))
}

pub fn p_right(tree: &tribunal::tree::Tree, right: usize) -> f32 {
    let verdict = tree.node(tree.root()).verdict.as_ref().unwrap();
    verdict.distribution().unwrap_or_else(|| panic!("{:?}", verdict.outcome))[right]
}

/// What each candidate has where nothing is known.
fn even(tree: &tribunal::tree::Tree) -> f32 {
    1.0 / tree.instance.candidates.len() as f32
}

/// Whether each minimal set of evidence of each claim lies whole in some one view of material from which a node
/// was judged.
fn fits(tree: &tribunal::tree::Tree, drawn: &Drawn) -> bool {
    let mut views: Vec<(Question, Vec<Span>)> = Vec::new();
    for key in tree.preorder() {
        let node = tree.node(key);
        let judged = node.exchanges.iter().filter(|e| matches!(e.wanted, Wanted::Predicate | Wanted::Choice(_)));
        views.extend(judged.map(|e| (node.subtask.question.clone(), e.view.spans.clone())));
    }
    let truth = drawn.truths.of(&tree.instance).unwrap();
    truth.claims.iter().enumerate().all(|(c, claims)| {
        claims.iter().enumerate().all(|(k, claim)| {
            let question = Question::Claim { candidate: c as u16, claim: k as u16 };
            claim.evidence.iter().all(|set| {
                views
                    .iter()
                    .filter(|(asked, _)| *asked == question || *asked == Question::Which)
                    .any(|(_, spans)| set.spans.iter().all(|unit| spans.iter().any(|span| span.contains(unit))))
            })
        })
    })
}

#[test]
fn a_perfect_helper_yields_the_truth_wherever_the_evidence_fits_a_view() {
    let shape = rrm::Config { top: Top::Rule, ..Default::default() };
    let tree = |cover, depth, fan_out, reads_tokens, evaluator_at| {
        Config::Rrm(rrm::Config { cover, depth, fan_out, reads_tokens, evaluator_at, ..shape })
    };
    let arms = [
        (Config::Direct(direct::Config { reads: Reading::Search }), Some(2000)),
        (Config::Direct(direct::Config { reads: Reading::First }), Some(4000)),
        (Config::Direct(Default::default()), None),
        // Too little for all of it: the ceiling is below the truth.
        (Config::Direct(direct::Config { reads: Reading::First }), Some(120)),
        (tree(Cover::Search, 1, 1, 800, Place::Nowhere), None),
        (tree(Cover::Search, 2, 2, 800, Place::Nowhere), None),
        (tree(Cover::Search, 2, 8, 800, Place::Nowhere), None),
        (tree(Cover::Exhaustive, 2, 2, 800, Place::Nowhere), None),
        (tree(Cover::Exhaustive, 2, 6, 800, Place::Root), Some(512)),
        (tree(Cover::Exhaustive, 3, 3, 800, Place::Nowhere), None),
        (Config::Summary(summary::Config { depth: 1, query_focused: true, summary_tokens_max: 200 }), Some(3000)),
    ];
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let cast = one_for_all(&perfect(&drawn));
        let (mut fitting, mut misfits) = (0, 0);
        for (config, limit) in &arms {
            for tree in grown(&*task, &*config.build(), &cast, &drawn.instances, *limit) {
                if !fits(&tree, &drawn) {
                    misfits += 1;
                    continue;
                }
                fitting += 1;
                let right = drawn.truths.of(&tree.instance).unwrap().right;
                let p = p_right(&tree, right);
                assert!(p > 0.5, "{name}, {config:?}: {p} for the truth\n{}", tree.render());
            }
        }
        println!("{name}: the evidence fits in {fitting} trees and not in {misfits}");
        // A material that is one smallest unit fits any view.
        let is_whole = drawn.instances.iter().all(|instance| instance.material.smallest().len() == 1);
        assert!(fitting >= 24 && (misfits > 0 || is_whole), "{name}: {fitting} fit, {misfits} do not");
    }
}

#[test]
fn the_oracle_is_always_right() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 12, 3).unwrap();
        let cast = one_for_all(&(Arc::new(tribunal::helper::oracle::Oracle::new(drawn.truths.clone())) as _));
        let rule = rrm::Config { top: Top::Rule, fan_out: 2, ..Default::default() };
        let configs = [
            Config::Blind(blind::Config::default()),
            Config::Direct(Default::default()),
            Config::Rrm(rule),
            Config::Rrm(rrm::Config { evaluator_at: Place::Nowhere, ..rule }),
        ];
        for config in configs {
            for tree in grown(&*task, &*config.build(), &cast, &drawn.instances, None) {
                let right = drawn.truths.of(&tree.instance).unwrap().right;
                assert!(p_right(&tree, right) > 0.5, "{name}, {config:?}");
            }
        }
    }
}

/// Each instance on the material of the next of another cluster.
pub fn on_another(drawn: &Drawn) -> Vec<Arc<Instance>> {
    let other = |(at, own): (usize, &Arc<Instance>)| {
        let of_another = |it: &&Arc<Instance>| it.labels["cluster"] != own.labels["cluster"];
        let material = drawn.instances.iter().cycle().skip(at).find(of_another).unwrap().material.clone();
        let (question, candidates, labels) = (own.question.clone(), own.candidates.clone(), own.labels.clone());
        Arc::new(Instance { id: format!("{}@another", own.id), material, question, candidates, labels })
    };
    drawn.instances.iter().enumerate().map(other).collect()
}

#[test]
fn with_another_instances_material_nothing_is_known() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let cast = one_for_all(&perfect(&drawn));
        let swapped = on_another(&drawn);
        let tree = rrm::Config { top: Top::Rule, fan_out: 3, ..Default::default() };
        for config in [Config::Direct(Default::default()), Config::Rrm(tree)] {
            for tree in grown(&*task, &*config.build(), &cast, &swapped, Some(2000)) {
                assert_eq!(p_right(&tree, 0), even(&tree), "{name}, {config:?}");
            }
        }
    }
}

#[test]
fn a_reader_of_the_candidates_alone_is_even() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 12, 3).unwrap();
        let heard = Mutex::new(0);
        let cast = one_for_all(&perfect(&drawn));
        for tree in grown(&*task, &*Config::Blind(blind::Config::default()).build(), &cast, &drawn.instances, None) {
            assert_eq!(p_right(&tree, 0), even(&tree), "{name}");
            *heard.lock().unwrap() += 1;
        }
        assert_eq!(*heard.lock().unwrap(), drawn.instances.len());
    }
}
