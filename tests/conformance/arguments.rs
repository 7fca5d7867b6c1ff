//! Truth where helpers argue for a side, who do not all say what they think: a judge who has the evidence is not led astray,
//! and nobody knows more than chance of another instance's material. For every protocol of arguments, and for every helper
//! that argues: simulated, trained, and of pixels.

use super::of_truth::{on_another, p_right, perfect, perfect_who_trusts};
use super::*;
use tribunal::tree::Tree;

/// Every protocol of arguments, as in the other tables and with room to say and read more.
fn argued() -> Vec<Config> {
    let debate = debate::Config::default();
    let roomy = [
        debate.clone(),
        debate::Config { order: Order::Simultaneous, ..debate.clone() },
        debate::Config { positions: Positions::Swapped, ..debate.clone() },
        debate::Config { questions: Questions::BetweenRounds, ..debate.clone() },
        debate::Config { sides: Sides::Open, ..debate.clone() },
        debate::Config { narrows: vec![2000, 200], ..debate },
    ];
    let mut all: Vec<Config> = roomy.into_iter().map(Config::Debate).collect();
    all.push(Config::Critique(critique::Config::default()));
    all.extend(arguing());
    all
}

/// One of each protocol, and of each setting of a debate, with little to say and read: for helpers who take their time.
fn argued_in_short() -> Vec<Config> {
    let is_short = |config: &Config| matches!(config, Config::Debate(debate) if debate.reads_tokens <= 400);
    let mut all: Vec<Config> = arguing().into_iter().filter(is_short).collect();
    let sampled = best_of::Config { n: vec![3, 1], of: Box::new(all[0].clone()) };
    let advice = |side| consultancy::Config { side, reads_tokens: 400, ..Default::default() };
    all.extend([Side::ByLot, Side::Open].map(|side| Config::Consultancy(advice(side))));
    all.push(Config::Critique(critique::Config { reads_tokens: 400, ..Default::default() }));
    all.push(Config::BestOf(sampled));
    all
}

/// Tokens that make a speaker of these protocols one who has read everything.
const READS_ALL: u64 = 6_400;

/// Whether whoever argues for what is false has an opponent, or no reason to, and everybody has read everything.
fn is_answered(config: &Config) -> bool {
    match config {
        Config::Debate(debate) => debate.reads_tokens >= READS_ALL,
        Config::Consultancy(consultancy) => consultancy.side == Side::Open && consultancy.reads_tokens >= READS_ALL,
        Config::Critique(critique) => critique.reads_tokens >= READS_ALL,
        Config::BestOf(sampled) => is_answered(&sampled.of),
        _ => false,
    }
}

/// The protocols in which pixels are revealed one after another, as many as the judges of these tests see.
fn argued_by_pixels(judge_sees: Sees) -> Vec<Config> {
    let debate = debate::Config { turns: 4, points_max: 1, judge_sees, ..Default::default() };
    let swapped = debate::Config { positions: Positions::Swapped, ..debate.clone() };
    let open = debate::Config { sides: Sides::Open, opens: Opens::ByLot, repeats: 2, ..debate.clone() };
    let advice = |side| Config::Consultancy(consultancy::Config { turns: 4, side, judge_sees, ..Default::default() });
    let advised = [Side::ByLot, Side::Open].map(advice);
    [debate, swapped, open].map(Config::Debate).into_iter().chain(advised).collect()
}

/// The cast in which one plays the judge, and another everybody who argues; where questions are asked, the judge asks.
fn before(judge: &Arc<dyn Helper>, speaker: &Arc<dyn Helper>) -> Cast {
    let speaking = [Role::Debater, Role::Adviser, Role::Critic];
    speaking.into_iter().fold(one_for_all(judge), |cast, role| cast.with(role, speaker.clone()))
}

/// What is asked of the judge last in a tree: to choose, or to list the flaws that it finds.
fn is_judged(wanted: Wanted) -> bool {
    matches!(wanted, Wanted::Choice(_) | Wanted::Claims { sort: Sort::Flawed, .. })
}

/// Whether the judge of a tree had each minimal set of evidence of each claim before it, in its own reading or in quotes.
fn judge_saw_all(tree: &Tree, drawn: &Drawn) -> bool {
    let exchanges = &tree.node(tree.root()).exchanges;
    // Of a debate in several orders, every one is judged.
    let judged = exchanges.iter().filter(|it| it.role == Role::Evaluator && is_judged(it.wanted));
    let views: Vec<_> = judged.map(|it| &it.view).collect();
    let saw_all = |view: &&tribunal::judgment::View| {
        let seen: Vec<Span> = view.spans.iter().copied().chain(view.quotes.iter().map(|quote| quote.span)).collect();
        let truth = drawn.truths.of(&tree.instance).unwrap();
        let mut sets = truth.claims.iter().flatten().flat_map(|claim| &claim.evidence);
        sets.all(|set| set.spans.iter().all(|unit| seen.iter().any(|span| span.contains(unit))))
    };
    !views.is_empty() && views.iter().all(saw_all)
}

/// What somebody is believed who may lie and not be found out, for each unit of what one's own eyes say: so little that all of
/// its points together do not outweigh them. Believed like them, a falsehood that nobody answers leaves a judge at a loss.
const TRUST_UNANSWERED: f64 = 0.2;

/// Everybody a perfect helper, but for those who argue, where they are given. Perfect helpers who have an opponent are believed
/// as much as the judge's own eyes.
fn cast_for(config: &Config, drawn: &Drawn, speaker: Option<&Arc<dyn Helper>>) -> Cast {
    let is_trusted = speaker.is_none() && is_answered(config);
    let judge = perfect_who_trusts(if is_trusted { 1.0 } else { TRUST_UNANSWERED }, drawn);
    before(&judge, speaker.unwrap_or(&judge))
}

/// Holds all trees whose judge had all evidence before it against the truth; how many these were, and how many others.
fn assert_not_astray(
    (name, task, drawn): (&str, &dyn Task, &Drawn),
    speaker: Option<&Arc<dyn Helper>>,
    configs: &[Config],
) -> [usize; 2] {
    let mut counts = [0, 0];
    for config in configs {
        let cast = cast_for(config, drawn, speaker);
        for tree in grown(task, &*config.build(), &cast, &drawn.instances, Some(8000)) {
            let is_fitting = judge_saw_all(&tree, drawn);
            counts[usize::from(!is_fitting)] += 1;
            if !is_fitting {
                continue;
            }
            let right = drawn.truths.of(&tree.instance).unwrap().right;
            let p = p_right(&tree, right);
            // Of many candidates a debate argues for two: the right one may be neither, and must then not fall behind.
            let others = (0..tree.instance.candidates.len()).filter(|at| *at != right).map(|at| p_right(&tree, at));
            let best_other = others.fold(0.0, f32::max);
            let holds = if tree.instance.candidates.len() == 2 { p > 0.5 } else { p + 1e-3 > best_other };
            assert!(holds, "{name}, {config:?}: {p} for the truth\n{}", tree.render());
        }
    }
    println!("{name}: all evidence before the judge in {} trees, not in {}", counts[0], counts[1]);
    counts
}

#[test]
fn arguments_lead_no_judge_astray_who_has_the_evidence() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let [fitting, misfits] = assert_not_astray((name, &*task, &drawn), None, &argued());
        assert!(fitting >= 24, "{name}: {fitting} fit, {misfits} do not");
    }
    for (task, stage) in stages() {
        let drawn = stage.task.draw(Split::Test, 18, 3).unwrap();
        for (name, configs) in speakers(&stage, Sees::Both) {
            let told = format!("{task}, argued by {name}");
            let speaker = stage.helper(name);
            let [fitting, misfits] = assert_not_astray((&told, &*stage.task, &drawn), Some(&speaker), &configs);
            assert!(fitting >= 18, "{told}: {fitting} fit, {misfits} do not");
        }
    }
}

/// The helpers of a stage that argue and were not told the truth, with the protocols that they can argue in.
fn speakers(stage: &Stage, judge_sees: Sees) -> Vec<(&'static str, Vec<Config>)> {
    let mut all = vec![("learned", argued_in_short())];
    all.extend(["searching", "aimless"].map(|name| (name, argued_by_pixels(judge_sees))));
    all.retain(|(name, _)| stage.helpers.contains_key(*name));
    all
}

/// How far accuracy is above chance in these trees, ties counted as their share, and its standard error over clusters.
fn above_chance(trees: &[Tree], drawn: &Drawn) -> (f64, f64) {
    let mut by_cluster: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (tree, own) in trees.iter().zip(&drawn.instances) {
        let right = drawn.truths.of(own).unwrap().right;
        let options = own.candidates.len();
        let p: Vec<f32> = (0..options).map(|at| p_right(tree, at)).collect();
        let most = p.iter().copied().fold(0.0, f32::max) - 1e-3;
        let chosen = p.iter().filter(|p| **p >= most).count();
        let correct = if p[right] >= most { 1.0 / chosen as f64 } else { 0.0 };
        by_cluster.entry(&own.labels["cluster"]).or_default().push(correct - 1.0 / options as f64);
    }
    let n = trees.len() as f64;
    let mean = by_cluster.values().flatten().sum::<f64>() / n;
    let off = |them: &Vec<f64>| them.iter().map(|it| it - mean).sum::<f64>().powi(2);
    (mean, by_cluster.values().map(off).sum::<f64>().sqrt() / n)
}

/// Grows every instance on the material of another, and holds each protocol's accuracy against chance: no more than four
/// standard errors off, and those small. Returns the trees of each protocol.
fn assert_at_chance(name: &str, task: &dyn Task, drawn: &Drawn, cast: &Cast, configs: &[Config]) -> Vec<Vec<Tree>> {
    let (swapped, mut farthest) = (on_another(drawn), 0.0f64);
    let all = configs.iter().map(|config| {
        let trees = grown(task, &*config.build(), cast, &swapped, Some(2000));
        let (off, error) = above_chance(&trees, drawn);
        assert!(error < 0.1, "{name}, {config:?}: too few instances, {off} with a standard error of {error}");
        assert!(off.abs() <= 4.0 * error + 1e-9, "{name}, {config:?}: {off} off chance, standard error {error}");
        farthest = if error > 0.0 { farthest.max(off.abs() / error) } else { farthest };
        trees
    });
    let all = all.collect();
    println!("{name}: {} instances, at most {farthest:.1} standard errors off chance", swapped.len());
    all
}

/// Instances enough for chance to be told from knowing a little, and of helpers that take their time from knowing some.
const MANY: usize = 216;
const SOME: usize = 72;

#[test]
fn with_another_instances_material_arguments_of_perfect_helpers_are_at_chance() {
    for (name, task) in tasks() {
        let drawn = task.draw(Split::Test, MANY, 3).unwrap();
        let cast = one_for_all(&perfect(&drawn));
        let configs = argued();
        let all = assert_at_chance(name, &*task, &drawn, &cast, &configs);
        // More than that: whatever is said (an adviser who knows nothing argues for the first option) does not depend on
        // what is true, only on the lot.
        for (config, trees) in configs.iter().zip(all) {
            let mut said: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
            for tree in &trees {
                let p = p_right(tree, 0);
                let known = said.entry(tree.instance.candidates.len()).or_default();
                if known.iter().all(|other| (p - other).abs() >= 1e-3) {
                    known.push(p);
                }
            }
            let few = said.iter().all(|(options, known)| known.len() <= *options);
            assert!(few, "{name}, {config:?}: {said:?}");
        }
    }
}

#[test]
fn with_another_instances_material_arguments_of_trained_helpers_are_at_chance() {
    for (task, stage) in stages() {
        let is_slow = stage.helpers.contains_key("learned");
        let drawn = stage.task.draw(Split::Test, if is_slow { SOME } else { MANY }, 3).unwrap();
        for (name, configs) in speakers(&stage, Sees::Transcript) {
            // Of pixels their own judge judges, who has no way to know the truth; else one who would know it if it could.
            let judge = stage.helpers.contains_key("sighted").then(|| stage.helper("sighted"));
            let cast = before(&judge.unwrap_or_else(|| perfect(&drawn)), &stage.helper(name));
            assert_at_chance(&format!("{task}, argued by {name}"), &*stage.task, &drawn, &cast, &configs);
        }
    }
}
