//! Truth: perfect helpers come to it where they can, and nobody without it or its material.

use super::*;

fn perfect(drawn: &Drawn) -> Arc<dyn Helper> {
    let rates = Rates { notice_rate: 1.0, error_rate: 0.0, ..Default::default() };
    let fixed = Stream::root(0).named("fixed");
    Arc::new(Simulated::new(rates, drawn.truths.clone(), Trust::equal(1.0), fixed))
}

fn p_right(tree: &tribunal::tree::Tree, right: usize) -> f32 {
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

/// The strategies in which a judge hears arguments.
fn argued() -> Vec<Config> {
    let consultancy = consultancy::Config { side: Side::Open, ..Default::default() };
    vec![
        Config::Debate(debate::Config::default()),
        Config::Debate(debate::Config { order: Order::Simultaneous, ..Default::default() }),
        Config::Debate(debate::Config { narrows: vec![2000, 200], ..Default::default() }),
        Config::Consultancy(consultancy),
        Config::Critique(critique::Config::default()),
    ]
}

/// Whether the judge of a tree had each minimal set of evidence of each claim before it, in its own reading or in quotes.
fn judge_saw_all(tree: &tribunal::tree::Tree, drawn: &Drawn) -> bool {
    let last = tree.node(tree.root()).exchanges.iter().rev().find(|it| matches!(it.wanted, Wanted::Choice(_)));
    let Some(view) = last.map(|it| &it.view) else { return false };
    let seen: Vec<Span> = view.spans.iter().copied().chain(view.quotes.iter().map(|quote| quote.span)).collect();
    let truth = drawn.truths.of(&tree.instance).unwrap();
    let mut sets = truth.claims.iter().flatten().flat_map(|claim| &claim.evidence);
    sets.all(|set| set.spans.iter().all(|unit| seen.iter().any(|span| span.contains(unit))))
}

#[test]
fn arguments_of_perfect_helpers_lead_no_judge_astray_who_has_the_evidence() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let cast = one_for_all(&perfect(&drawn));
        let (mut fitting, mut misfits) = (0, 0);
        for config in argued() {
            for tree in grown(&*task, &*config.build(), &cast, &drawn.instances, Some(4000)) {
                if !judge_saw_all(&tree, &drawn) {
                    misfits += 1;
                    continue;
                }
                fitting += 1;
                let right = drawn.truths.of(&tree.instance).unwrap().right;
                let p = p_right(&tree, right);
                // Of many candidates a debate argues for two: the right one may be neither, and must then not fall behind.
                let others = (0..tree.instance.candidates.len()).filter(|at| *at != right).map(|at| p_right(&tree, at));
                let best_other = others.fold(0.0, f32::max);
                let holds = if tree.instance.candidates.len() == 2 { p > 0.5 } else { p + 1e-3 > best_other };
                assert!(holds, "{name}, {config:?}: {p} for the truth\n{}", tree.render());
            }
        }
        println!("{name}: all evidence before the judge in {fitting} trees, not in {misfits}");
        assert!(fitting >= 24, "{name}: {fitting} fit, {misfits} do not");
    }
}

#[test]
fn with_another_instances_material_arguments_say_nothing_of_the_truth() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let cast = one_for_all(&perfect(&drawn));
        for config in argued() {
            let trees = grown(&*task, &*config.build(), &cast, &on_another(&drawn), Some(2000));
            // Whatever is said (an adviser who knows nothing argues for the first option), it is said of all instances alike.
            let mut said: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
            for tree in &trees {
                said.entry(tree.instance.candidates.len()).or_default().push(p_right(tree, 0));
            }
            for (options, said) in said {
                let all_alike = said.iter().all(|p| (p - said[0]).abs() < 1e-3);
                assert!(all_alike, "{name}, {config:?}, {options} options: {said:?}");
            }
        }
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

/// Each instance on the material of another.
fn on_another(drawn: &Drawn) -> Vec<Arc<Instance>> {
    let other = |own: &Arc<Instance>| {
        let of_another = |it: &&Arc<Instance>| it.labels["cluster"] != own.labels["cluster"];
        let material = drawn.instances.iter().find(of_another).unwrap().material.clone();
        let (question, candidates, labels) = (own.question.clone(), own.candidates.clone(), own.labels.clone());
        Arc::new(Instance { id: format!("{}@another", own.id), material, question, candidates, labels })
    };
    drawn.instances.iter().map(other).collect()
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
