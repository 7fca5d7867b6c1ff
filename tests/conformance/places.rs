//! Places: whoever answers may lean to what is shown first, and a debate held in both orders gives nothing to a place.

use super::of_truth::perfect;
use super::*;
use tribunal::helper::biased::{At, Biased, Config as Leaning, Draws};
use tribunal::judgment::Places;
use tribunal::task::{Truth, Truths};
use tribunal::tree::Tree;

#[test]
fn in_mirrored_places_the_same_is_answered_by_whoever_does_not_go_by_them() {
    let stages = stages();
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for (task, stage) in &stages {
        let asks = stage.asks();
        let mirrored: Vec<Ask> = asks.iter().map(|ask| ask.clone().shown_in(Places::Mirrored)).collect();
        let names = stage.helpers.iter().filter(|(_, spec)| spec.settings().leans().is_none()).map(|(name, _)| name);
        for name in names {
            let [given, back] = [&asks, &mirrored].map(|asks| replies(&*stage.helper(name), asks));
            for ((ask, given), back) in asks.iter().zip(given).zip(back) {
                let options = ask.instance.candidates.len();
                let back = back.map(|reply| reply.turned_back(Places::Mirrored, ask.wanted, options));
                let told = format!("{task}, {name}: {:?} of {:?}", ask.wanted, ask.subtask.question);
                let (given, back) = match (given, back) {
                    (Outcome::Scored(given), Outcome::Scored(back)) => (given, back),
                    (given, back) => {
                        assert_eq!(given.kind(), back.kind(), "{told}");
                        continue;
                    }
                };
                match (&given.answer, &back.answer) {
                    (Answer::Distribution(p), Answer::Distribution(q)) => {
                        let near = p.iter().zip(q).all(|(p, q)| (p - q).abs() < 1e-4);
                        assert!(near && p.len() == q.len(), "{told}: {p:?} and {q:?}");
                        assert_eq!(given.quotes.len(), back.quotes.len(), "{told}");
                    }
                    // Points of equal weight are made in the order in which candidates stand.
                    (Answer::Argument(one), Answer::Argument(other)) => {
                        let is_free = matches!(ask.wanted, Wanted::Argue { stance: Stance::Open, .. });
                        // Who is free and finds both sides even takes what stands first.
                        if is_free && one.side != other.side && one.conviction == 0.5 && other.conviction == 0.5 {
                            continue;
                        }
                        assert!(is_free || one.side == other.side, "{told}: {one:?} and {other:?}");
                        assert_eq!(one.points.len(), other.points.len(), "{told}: {one:?} and {other:?}");
                    }
                    (one, other) => assert_eq!(one, other, "{told}"),
                }
                *compared.entry(task).or_default() += 1;
            }
        }
    }
    println!("replies compared: {compared:?}");
    assert!(compared.len() == stages.len() && compared.values().all(|count| *count > 50), "{compared:?}");
}

#[test]
fn what_is_shown_in_other_places_is_another_entry() {
    let (_, task) = tasks().remove(0);
    let drawn = task.draw(Split::Test, 1, 3).unwrap();
    let debate = Config::Debate(debate::Config { reads_tokens: 6_400, ..Default::default() }).build();
    let speech = |ask: &Ask| matches!(ask.wanted, Wanted::Argue { stance: Stance::For(0), .. });
    let ask = overheard(&*task, &drawn, &[debate]).into_iter().find(speech).unwrap();
    // The second option's debater, shown in the first place, hears and reads what the first option's does.
    let Wanted::Argue { points_max, tokens_max, .. } = ask.wanted else { panic!("a speech") };
    let other = Ask { wanted: Wanted::Argue { stance: Stance::For(1), points_max, tokens_max }, ..ask.clone() };
    let mirrored = other.shown_in(Places::Mirrored);
    assert_eq!(mirrored.wanted, ask.wanted);
    let inner: Arc<dyn Helper> = perfect(&drawn);
    let cached = Cached::new(inner.clone());
    let said = |helper: &dyn Helper, ask: &Ask| replies(helper, std::slice::from_ref(ask)).remove(0);
    assert_ne!(said(&*inner, &ask), said(&*inner, &mirrored), "the two argue for different candidates");
    assert_eq!([said(&cached, &ask), said(&cached, &mirrored)], [said(&*inner, &ask), said(&*inner, &mirrored)]);
}

/// A helper who is less sure of everything than another, so that a lean shows in what it says.
struct Hesitant(Arc<dyn Helper>);

impl Helper for Hesitant {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        for (ask, outcome) in asks.iter().zip(replies(&*self.0, asks)) {
            let hesitant = outcome.map(|mut reply| {
                if let Answer::Distribution(p) = &mut reply.answer {
                    p.iter_mut().for_each(|p| *p = p.max(1e-12).powf(0.2));
                    let sum: f32 = p.iter().sum();
                    p.iter_mut().for_each(|p| *p /= sum);
                }
                reply
            });
            sink.send((ask.ticket, hesitant)).unwrap();
        }
    }
}

/// A hesitant helper who leans to whatever stands first.
fn leaning(inner: &Arc<dyn Helper>, delta: f64) -> Arc<dyn Helper> {
    let (at, draws) = (At::All, Draws::Shared);
    let config = Leaning { of: "inner".into(), delta, toward: 0, at, draws, share: 1.0, audited: 0.0 };
    Arc::new(Biased::new(Arc::new(Hesitant(inner.clone())), config))
}

/// More than any material here has.
const ALL: u64 = 6_400;

/// Debates of two options in these orders, whose debaters read so many tokens, in every setting that says who is shown what;
/// and the same with so many samples of each side's speeches.
fn debates(positions: Positions, samples: &[u16], reads_tokens: u64) -> Vec<Config> {
    let debate = debate::Config { positions, reads_tokens, ..Default::default() };
    let of = [
        debate.clone(),
        debate::Config { opens: Opens::Second, judge_sees: Sees::Transcript, ..debate.clone() },
        debate::Config { opens: Opens::ByLot, repeats: 2, ..debate.clone() },
        debate::Config { order: Order::Simultaneous, words_max: 30, ..debate.clone() },
        debate::Config { questions: Questions::BetweenRounds, points_max: 1, ..debate.clone() },
        debate::Config { sides: Sides::Open, ..debate },
    ];
    let sampled = |debate: &debate::Config| {
        Config::BestOf(best_of::Config { n: samples.to_vec(), of: Box::new(Config::Debate(debate.clone())) })
    };
    of.iter().map(sampled).chain(of.iter().cloned().map(Config::Debate)).collect()
}

/// The log-odds of the first option, instance by instance.
fn leans(trees: &[Tree]) -> Vec<f64> {
    let p = |tree: &Tree, option| f64::from(of_truth::p_right(tree, option)).max(1e-12);
    trees.iter().map(|tree| (p(tree, 0) / p(tree, 1)).ln()).collect()
}

#[test]
fn a_judges_lean_to_a_place_cancels_in_both_orders() {
    const LEAN: f64 = 2.0;
    // A picker who hears how sure the judge is of what it asks about may pick another sample where that leans.
    let is_shifted = |config: &Config| match config {
        Config::BestOf(sampled) => {
            !matches!(&*sampled.of, Config::Debate(debate) if debate.questions == Questions::BetweenRounds)
        }
        _ => true,
    };
    for (name, task) in texts() {
        let drawn = task.draw(Split::Test, 24, 3).unwrap();
        let instances: Vec<_> = drawn.instances.iter().filter(|it| it.candidates.len() == 2).cloned().collect();
        let speaker: Arc<dyn Helper> = Arc::new(support::reader(&drawn.truths, 0.8, 0.1));
        // Whoever picks does not lean: of samples that are all but equal it might pick another.
        let shifts = |config: &Config| -> Vec<f64> {
            let lean = |delta: f64| {
                let judge = leaning(&speaker, delta);
                let cast = Cast::default().with(Role::Debater, speaker.clone());
                let cast = cast.with(Role::Evaluator, judge).with(Role::Picker, speaker.clone());
                leans(&grown(&*task, &*config.build(), &cast, &instances, None))
            };
            lean(LEAN).into_iter().zip(lean(0.0)).map(|(leaning, upright)| leaning - upright).collect()
        };
        for config in debates(Positions::AsGiven, &[3, 1], ALL).into_iter().filter(is_shifted) {
            let shifts = shifts(&config);
            assert!(shifts.iter().all(|shift| (shift - LEAN).abs() < 0.02), "{name}, {config:?}: {shifts:?}");
        }
        for config in debates(Positions::Swapped, &[3, 1], ALL).into_iter().filter(is_shifted) {
            let shifts = shifts(&config);
            assert!(shifts.iter().all(|shift| shift.abs() < 0.02), "{name}, {config:?}: {shifts:?}");
        }
    }
}

/// The instances with their candidates the other way round, under their old names, and the truth of those.
fn the_other_way_round(drawn: &Drawn) -> Drawn {
    let turned = |own: &Arc<Instance>| {
        let Truth { right, claims } = drawn.truths.of(own).unwrap().clone();
        let truth = Truth { right: claims.len() - 1 - right, claims: claims.into_iter().rev().collect() };
        let (id, material, question) = (own.id.clone(), own.material.clone(), own.question.clone());
        let candidates = own.candidates.iter().rev().cloned().collect();
        let instance = Instance { id: id.clone(), material, question, candidates, labels: own.labels.clone() };
        (Arc::new(instance), (id, truth))
    };
    let (instances, truths): (Vec<_>, Vec<_>) = drawn.instances.iter().map(turned).unzip();
    Drawn { instances, truths: Truths::new(truths) }
}

#[test]
fn in_both_orders_nothing_is_won_by_standing_first_whoever_leans() {
    let mut compared = 0;
    for (name, task) in tasks() {
        let mut drawn = task.draw(Split::Test, 24, 3).unwrap();
        drawn.instances.retain(|it| it.candidates.len() == 2);
        // Some have more candidates than a debate has sides.
        if drawn.instances.is_empty() {
            continue;
        }
        compared += 1;
        let turned = the_other_way_round(&drawn);
        // How far what an option comes to depends on its place, where readings end when the budget does.
        let by_place = |config: &Config, evaluator_tokens_max| -> f64 {
            let [as_drawn, as_turned] = [&drawn, &turned].map(|drawn| {
                let cast = one_for_all(&leaning(&perfect(drawn), 0.7));
                leans(&grown(&*task, &*config.build(), &cast, &drawn.instances, evaluator_tokens_max))
            });
            as_drawn.iter().zip(as_turned).map(|(own, turned)| (own + turned).abs()).fold(0.0, f64::max)
        };
        for (evaluator_tokens_max, reads_tokens) in [(None, ALL), (Some(1_000), ALL), (None, 400)] {
            // As many samples for either side: more of one side's are no matter of places.
            for config in debates(Positions::AsGiven, &[3], reads_tokens) {
                let seen = by_place(&config, evaluator_tokens_max) > 0.5;
                assert!(seen, "{name}, {evaluator_tokens_max:?}, {config:?}: a lean is to be seen");
            }
            for config in debates(Positions::Swapped, &[3], reads_tokens) {
                let off = by_place(&config, evaluator_tokens_max);
                let told = format!("{name}, {evaluator_tokens_max:?}, {config:?}");
                assert!(off < 0.02, "{told}: the place is worth {off} of log-odds");
            }
        }
    }
    assert!(compared > 3, "only {compared} tasks have instances of two candidates");
}
