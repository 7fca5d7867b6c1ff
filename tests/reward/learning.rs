//! Learning: from what evaluators replied to a frozen model, by way of a folder.

use std::fs;
use std::path::Path;

use safetensors::SafeTensors;
use tribunal::model::Device;
use tribunal::reward::{
    Aggregator, AggregatorLearner, Config, Learner, Reader, ReaderExample, ReaderLearner, Reads, TreeExample,
};
use tribunal::stream::Stream;

use crate::toy;

fn small(steps_max: usize) -> Config {
    Config { width: 16, steps_max, batch: 8, steps_between_validations: 10, patience: 100, ..Config::default() }
}

fn stream() -> Stream {
    Stream::root(7)
}

fn reader_learner(config: Config, examples: Vec<ReaderExample>) -> ReaderLearner {
    let mut learner = ReaderLearner::new(config, stream(), Device::Cpu).unwrap();
    learner.absorb(examples);
    learner
}

fn aggregator_learner(config: Config, examples: Vec<TreeExample>) -> AggregatorLearner {
    let mut learner = AggregatorLearner::new(config, stream(), Device::Cpu).unwrap();
    learner.absorb(examples);
    learner
}

fn largest(p: &[f32]) -> Option<usize> {
    (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b]))
}

fn accuracy_of_reader(reader: &Reader, examples: &[ReaderExample]) -> f64 {
    let views: Vec<_> = examples.iter().map(|example| example.view.clone()).collect();
    let scores = reader.score(&views);
    let right = scores.iter().zip(examples).filter(|(s, e)| largest(&s.distribution) == largest(&e.label));
    right.count() as f64 / examples.len() as f64
}

fn accuracy_of_aggregator(aggregator: &Aggregator, examples: &[TreeExample]) -> f64 {
    let nodes: Vec<_> = examples.iter().map(|example| example.node.clone()).collect();
    let judged = aggregator.judge(&nodes);
    let right = judged.iter().zip(examples).filter(|(p, e)| largest(p) == largest(&e.label));
    right.count() as f64 / examples.len() as f64
}

#[test]
fn a_reader_learns_from_quotes_and_reads_names_it_never_saw() {
    let config = Config { steps_max: 150, ..Config::default() };
    let mut learner = reader_learner(config, toy::examples(900, &stream().named("train")));
    let report = learner.train(&mut |_| {}).unwrap();
    assert!(report.finished && report.validation_examples > 50, "{report:?}");
    assert!(report.calibration_error < 0.15, "{report:?}");

    let test = toy::examples(300, &stream().named("test"));
    let reader = learner.snapshot();
    let accuracy = accuracy_of_reader(&reader, &test);
    assert!(accuracy > 0.9, "{accuracy}");

    let decisive: Vec<_> = test.iter().filter(|example| example.quoted.contains(&true)).collect();
    let views: Vec<_> = decisive.iter().map(|example| example.view.clone()).collect();
    let found = reader.score(&views).into_iter().zip(&decisive).filter(|(score, example)| {
        let bears: Vec<f32> = score.sentences.iter().map(|sentence| sentence.bears).collect();
        largest(&bears).is_some_and(|best| example.quoted[best])
    });
    let found = found.count() as f64 / decisive.len() as f64;
    assert!(found > 0.9, "{found}");
}

#[test]
fn an_aggregator_learns_choices_and_claims() {
    let mut examples = toy::choices(400, &stream().named("train"));
    examples.extend(toy::claims(400, &stream().named("train")));
    let mut learner = aggregator_learner(small(200), examples);
    learner.train(&mut |_| {}).unwrap();
    let aggregator = learner.snapshot();
    // One judgment in four is open, so a false claim goes unseen a quarter of the time, and half of that is luck.
    let choices = accuracy_of_aggregator(&aggregator, &toy::choices(400, &stream().named("test")));
    let claims = accuracy_of_aggregator(&aggregator, &toy::claims(300, &stream().named("test")));
    assert!(choices > 0.8, "{choices}");
    assert!(claims > 0.95, "{claims}");
}

#[test]
fn a_tiny_set_is_overfitted() {
    // Labels drawn without regard to the text: to fit them is to remember them.
    let mut examples = toy::examples(8, &stream());
    for (at, example) in examples.iter_mut().enumerate() {
        example.label = if at % 2 == 0 { [0.97, 0.02, 0.01] } else { [0.02, 0.97, 0.01] };
        example.quoted = (0..example.quoted.len()).map(|sentence| sentence == at % 5).collect();
    }
    let config = Config { validation_share: 0.0, learning_rate: 1e-2, ..small(200) };
    let mut learner = reader_learner(config, examples.clone());
    learner.train(&mut |_| {}).unwrap();
    assert_eq!(accuracy_of_reader(&learner.snapshot(), &examples), 1.0);
}

#[test]
fn every_parameter_moves() {
    let folder = tempfile::tempdir().unwrap();
    let check = |before: &Path, after: &Path| {
        let read = |path: &Path| fs::read(path.join("weights.safetensors")).unwrap();
        let (before, after) = (read(before), read(after));
        let after = SafeTensors::deserialize(&after).unwrap();
        let before = SafeTensors::deserialize(&before).unwrap();
        assert!(before.len() > 5);
        for (name, array) in before.tensors() {
            assert_ne!(array.data(), after.tensor(&name).unwrap().data(), "{name} did not move");
        }
    };
    let [before, after] = ["before", "after"].map(|name| folder.path().join(name));

    let mut reader = reader_learner(small(20), toy::examples(40, &stream()));
    reader.save(&before).unwrap();
    reader.train(&mut |_| {}).unwrap();
    reader.save(&after).unwrap();
    check(&before, &after);

    let mut examples = toy::choices(20, &stream());
    examples.extend(toy::claims(20, &stream()));
    let mut aggregator = aggregator_learner(Config { reads: Reads::Both, ..small(20) }, examples);
    aggregator.save(&before).unwrap();
    aggregator.train(&mut |_| {}).unwrap();
    aggregator.save(&after).unwrap();
    check(&before, &after);
}

#[test]
fn a_saved_learner_scores_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut learner = reader_learner(small(20), toy::examples(40, &stream()));
    learner.train(&mut |_| {}).unwrap();
    learner.save(folder.path()).unwrap();
    let views: Vec<_> = toy::examples(20, &stream().named("test")).into_iter().map(|example| example.view).collect();
    let scores = learner.snapshot().score(&views);
    assert_eq!(Reader::load(folder.path(), Device::Cpu).unwrap().score(&views), scores);
    assert_eq!(ReaderLearner::load(folder.path(), Device::Cpu).unwrap().snapshot().score(&views), scores);
    let wrong = Aggregator::load(folder.path(), Device::Cpu).err().unwrap();
    assert!(wrong.to_string().contains("`reader`"), "{wrong}");
}

#[test]
fn training_resumes_bit_for_bit() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, part, resumed] = ["whole", "part", "resumed"].map(|name| folder.path().join(name));
    let examples = || toy::examples(60, &stream());

    let mut learner = reader_learner(small(40), examples());
    let report = learner.train(&mut |_| {}).unwrap();
    learner.save(&whole).unwrap();

    let mut learner = reader_learner(small(40), examples());
    assert!(!learner.train_steps(17, &mut |_| {}).unwrap().finished);
    learner.save(&part).unwrap();
    let mut learner = ReaderLearner::load(&part, Device::Cpu).unwrap();
    learner.absorb(examples());
    let mut steps = Vec::new();
    assert_eq!(learner.train(&mut |step| steps.push(step.step)).unwrap(), report);
    assert_eq!(steps, (18..=40).collect::<Vec<_>>());
    learner.save(&resumed).unwrap();

    for file in ["weights.safetensors", "optimizer.safetensors", "config.json", "training.jsonl"] {
        assert_eq!(fs::read(whole.join(file)).unwrap(), fs::read(resumed.join(file)).unwrap(), "{file}");
    }
}

#[test]
fn patience_does_not_end_training_before_one_pass() {
    // Labels drawn without regard to the text: validation does not gain, and patience runs out at once.
    let mut examples = toy::examples(400, &stream());
    for (at, example) in examples.iter_mut().enumerate() {
        let holds = stream().named("label").index(at as u64).coin(0.5);
        example.label = if holds { [0.97, 0.02, 0.01] } else { [0.02, 0.97, 0.01] };
    }
    let config = Config { steps_between_validations: 2, patience: 1, ..small(500) };
    let report = reader_learner(config.clone(), examples).train(&mut |_| {}).unwrap();
    let pass = report.train_examples.div_ceil(config.batch);
    assert!((pass..config.steps_max / 2).contains(&report.steps), "{report:?}");
}

#[test]
fn more_examples_start_a_new_schedule_from_the_same_weights() {
    let mut learner = reader_learner(small(10), toy::examples(20, &stream()));
    learner.train(&mut |_| {}).unwrap();
    let mut steps = 0;
    learner.train(&mut |_| steps += 1).unwrap();
    assert_eq!(steps, 0);
    learner.absorb(toy::examples(20, &stream().named("more")));
    learner.train(&mut |_| steps += 1).unwrap();
    assert_eq!(steps, 10);
}

#[test]
fn gradients_of_parts_add_up_to_that_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let trained = |rows_max: usize| {
        // One update: later ones would amplify the rounding where a gradient is close to none.
        let config = Config { rows_max, learning_rate: 1e-3, ..small(1) };
        let mut learner = reader_learner(config, toy::examples(8, &stream()));
        let mut norm = 0.0;
        learner.train(&mut |step| norm = step.norm).unwrap();
        learner.save(folder.path()).unwrap();
        let file = fs::read(folder.path().join("optimizer.safetensors")).unwrap();
        let arrays = SafeTensors::deserialize(&file).unwrap();
        let mut first: Vec<(String, Vec<f32>)> = Vec::new();
        for (name, view) in arrays.tensors().into_iter().filter(|(name, _)| name.starts_with("first.")) {
            first.push((name, view.data().chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()));
        }
        first.sort_by(|a, b| a.0.cmp(&b.0));
        (norm, first)
    };
    let (whole, parts) = (trained(1000), trained(1));
    assert!((whole.0 - parts.0).abs() < 1e-5, "{} {}", whole.0, parts.0);
    for ((name, whole), (_, parts)) in whole.1.iter().zip(&parts.1) {
        assert!(whole.iter().zip(parts).all(|(a, b)| (a - b).abs() < 1e-5), "{name}");
    }
}

#[test]
fn a_loss_that_is_no_number_stops_with_its_update_and_rows() {
    let mut examples = toy::examples(8, &stream());
    examples[3].label = [f32::NAN, 0.5, 0.5];
    let config = Config { validation_share: 0.0, ..small(20) };
    let error = reader_learner(config, examples).train(&mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("update 1") && error.to_string().contains('3'), "{error}");

    let config = Config { learning_rate: 1e30, validation_share: 0.0, ..small(20) };
    let error = reader_learner(config, toy::examples(8, &stream())).train(&mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("learning_rate"), "{error}");
}

#[test]
fn wrong_settings_and_empty_sets_are_refused() {
    let error = ReaderLearner::new(Config { width: 0, ..Config::default() }, stream(), Device::Cpu).err().unwrap();
    assert!(error.to_string().contains("`width`"), "{error}");
    let error = reader_learner(small(5), Vec::new()).train(&mut |_| {}).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let misspelt: Result<Config, _> = serde_json::from_str(r#"{"widht": 8}"#);
    assert!(misspelt.is_err());
}

#[test]
fn all_widths_train() {
    for width in [8, 64, 128] {
        let mut learner = reader_learner(Config { width, ..small(2) }, toy::examples(8, &stream()));
        assert!(learner.train(&mut |_| {}).unwrap().loss.is_finite());
    }
}

#[test]
fn trainings_beside_one_another_are_bit_equal_to_one_alone() {
    let views: Vec<_> = toy::examples(8, &Stream::root(5)).into_iter().map(|example| example.view).collect();
    let trained = || {
        let mut learner = reader_learner(small(20), toy::examples(60, &stream()));
        learner.train(&mut |_| {}).unwrap();
        learner.snapshot().score(&views)
    };
    let alone = trained();
    std::thread::scope(|scope| {
        let beside: Vec<_> = (0..6).map(|_| scope.spawn(trained)).collect();
        for training in beside {
            assert_eq!(training.join().unwrap(), alone);
        }
    });
}
