//! Learners: deterministic, and the same when they come back from disk.

use tribunal::reward::pixels::{self, PixelJudgeLearner, Positions};
use tribunal::task::image::Images;

use super::*;

/// Trains on the same twice, saves and loads: the snapshot says the same each time, and other than untrained.
fn conforms<L: Learner>(
    name: &str,
    fresh: impl Fn() -> L,
    examples: impl Fn() -> Vec<L::Example>,
    says: impl Fn(&L::Snapshot) -> String,
) {
    let trained = || {
        let mut learner = fresh();
        learner.absorb(examples());
        let mut steps = Vec::new();
        let report = learner.train(&mut |step| steps.push(step.step)).unwrap();
        assert!(report.finished && report.loss.is_finite(), "{name}: {report:?}");
        assert!(!steps.is_empty() && steps.is_sorted(), "{name}: {steps:?}");
        learner
    };
    let learner = trained();
    let said = says(&learner.snapshot());
    assert_ne!(said, says(&fresh().snapshot()), "{name} learned nothing");
    assert_eq!(said, says(&trained().snapshot()), "{name}: trained again");
    let folder = tempfile::tempdir().unwrap();
    learner.save(folder.path()).unwrap();
    let mut loaded = L::load(folder.path(), Device::Cpu).unwrap();
    assert_eq!(said, says(&loaded.snapshot()), "{name}: loaded");
    loaded.absorb(examples());
    assert!(L::load(&folder.path().join("nowhere"), Device::Cpu).is_err(), "{name}: nothing is loaded from nowhere");
}

#[test]
fn learners_are_deterministic_and_come_back_from_disk() {
    let (_, task) = tasks().remove(0);
    let train = task.draw(Split::Train, 6, 7).unwrap();
    let evaluator: Arc<dyn Helper> = Arc::new(support::reader(&train.truths, 0.9, 0.05));
    let assistant = Some(evaluator.clone());
    let setting = setting(&*task, evaluator, assistant);
    let label = |level| setting.label(level, Labels::Assisted, &train.instances);
    let readings = label(0).readings;
    let views: Vec<ViewText> = readings.iter().map(|example| example.view.clone()).take(6).collect();
    let stream = Stream::root(7);
    conforms(
        "the reader",
        || ReaderLearner::new(tiny(), stream, Device::Cpu).unwrap(),
        || label(0).readings,
        |reader| reader.score(&views).iter().map(|score| format!("{:?}", score.distribution)).collect(),
    );
    let nodes: Vec<JudgedNode> = label(2).nodes.iter().map(|example| example.node.clone()).collect();
    conforms(
        "the aggregator",
        || AggregatorLearner::new(tiny(), stream, Device::Cpu).unwrap(),
        || label(2).nodes,
        |aggregator| format!("{:?}", aggregator.judge(&nodes)),
    );
    let images = Digits::new(digits::Config::default()).unwrap().labelled(Split::Train, 80, 7);
    let config = pixels::Config { pixels: 4, width: 8, steps: 30, batch: 16, ..Default::default() };
    let mut views = Positions::new(4);
    views.push(&[(40, 90), (100, 50), (130, 9), (200, 30)]);
    conforms(
        "the judge of pixels",
        || PixelJudgeLearner::new(config.clone(), images[0].image.shape, 10, stream, Device::Cpu).unwrap(),
        || images.clone(),
        |judge| format!("{:?}", judge.logits(&views)),
    );
    let claims: Vec<(String, f32)> =
        readings.iter().map(|example| (example.view.claim.clone(), example.label[0])).collect();
    conforms("the counts", WordCounts::default, || claims.clone(), |rates: &WordRates| format!("{rates:?}"));
}

#[test]
fn a_throwaway_learner_plays_a_role_like_any_other() {
    let (_, task) = tasks().remove(0);
    let train = task.draw(Split::Train, 6, 7).unwrap();
    let person: Arc<dyn Helper> = Arc::new(support::reader(&train.truths, 1.0, 0.0));
    let labelled = setting(&*task, person.clone(), None).label(0, Labels::Assisted, &train.instances);
    let mut learner = WordCounts::default();
    learner.absorb(labelled.readings.iter().map(|e| (e.view.claim.clone(), e.label[0])).collect());
    learner.train(&mut |_| {}).unwrap();
    let rates: Arc<dyn Helper> = Arc::new(learner.snapshot());
    let cast = Cast::default().with(Role::Evaluator, person).with(Role::Assistant, rates);
    let strategy = Config::Rrm(rrm::Config { top: Top::Rule, fan_out: 3, ..Default::default() }).build();
    for tree in grown(&*task, &*strategy, &cast, &train.instances, Some(300)) {
        let p = tree.node(tree.root()).verdict.as_ref().and_then(Verdict::distribution).unwrap();
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(tree.cost().model_calls > 0, "the counts were asked");
    }
}
