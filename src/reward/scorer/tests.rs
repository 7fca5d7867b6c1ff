//! What a trainer must hold to, on models of a few thousand weights.

use std::fs;
use std::path::Path;

use super::data::{Example, Feedback};
use super::fit::Fit;
use super::scored::{Scorer, predictions};
use super::settings::{
    Activations, Backbone, Objective, Reading, Schedule, Settings, Shape, TokenKind, Tuned, Verifier,
};
use crate::model::Device;
use crate::model::checkpoint;

fn example(at: usize, prompt: String, feedback: Feedback) -> Example {
    Example { id: format!("f:{at}"), prompt, feedback, weight: 1.0 + (at % 3) as f64, labels: Default::default() }
}

/// Good completions rhyme with nothing but say `yes`; lengths differ.
fn pairs(count: usize) -> Vec<Example> {
    let pair = |at: usize| {
        let filler = "so ".repeat(at % 7);
        let (chosen, rejected) = (format!(" {filler}yes{at}"), format!(" no{at} {filler}"));
        example(at, format!("question {at}"), Feedback::Pair { chosen, rejected, margin: 0.1, preference: 1.0 })
    };
    (0..count).map(pair).collect()
}

fn settings() -> Settings {
    let shape = Shape { width: 16, layers: 2, heads: 2, tokens: TokenKind::Bytes };
    Settings {
        backbone: Backbone::Decoder(shape),
        reading: Reading { tokens_max: 48, ..Reading::default() },
        schedule: Schedule {
            epochs: 2.0,
            batch: 8,
            microbatch: 8,
            learning_rate: 1e-2,
            validations: 4,
            ..Schedule::default()
        },
        ..Settings::default()
    }
}

fn fit(settings: &Settings, train: &[Example]) -> Fit {
    Fit::new(settings, train.to_vec(), pairs(6), Device::Cpu).unwrap()
}

fn trained(settings: &Settings, train: &[Example], steps: usize) -> Fit {
    let mut fit = fit(settings, train);
    fit.train(steps, &mut |_| {}).unwrap();
    fit
}

/// All files that a fit goes on from.
fn files(fit: &Fit) -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    fit.save(folder.path()).unwrap();
    let names = ["weights.safetensors", "optimizer.safetensors", "config.json", "training.jsonl"];
    names.map(|name| (name.to_owned(), fs::read(folder.path().join(name)).unwrap())).into()
}

/// The current weights.
fn current(fit: &Fit) -> Vec<(String, Vec<f32>)> {
    let folder = tempfile::tempdir().unwrap();
    fit.save(folder.path()).unwrap();
    let rest = checkpoint::read(&folder.path().join("optimizer.safetensors")).unwrap();
    rest.into_iter()
        .filter_map(|(name, (_, values))| Some((name.strip_prefix("current.")?.to_owned(), values)))
        .collect()
}

fn largest_difference(a: &Fit, b: &Fit) -> f32 {
    let (a, b) = (current(a), current(b));
    assert_eq!(a.len(), b.len());
    let differences = a.iter().zip(&b).flat_map(|((_, a), (_, b))| a.iter().zip(b).map(|(a, b)| (a - b).abs()));
    differences.fold(0.0, f32::max)
}

#[test]
fn resumed_training_equals_uninterrupted_bit_for_bit() {
    let adapters = Tuned::Adapters { rank: 2, alpha: 4.0 };
    let kinds = [settings(), Settings { tuned: Tuned::Head, ..settings() }, Settings { tuned: adapters, ..settings() }];
    for settings in kinds {
        let train = pairs(37);
        let whole = files(&trained(&settings, &train, usize::MAX));
        for stop in [1, 4, 7] {
            let folder = tempfile::tempdir().unwrap();
            trained(&settings, &train, stop).save(folder.path()).unwrap();
            let mut resumed = fit(&settings, &train);
            resumed.resume(folder.path()).unwrap();
            assert_eq!(resumed.course().step, stop);
            assert!(resumed.train(usize::MAX, &mut |_| {}).unwrap());
            for ((name, whole), (_, resumed)) in whole.iter().zip(files(&resumed)) {
                assert!(*whole == resumed, "{name} differs after a stop at {stop} of {:?}", settings.tuned);
            }
        }
    }
}

#[test]
fn another_training_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    trained(&settings(), &pairs(20), 1).save(folder.path()).unwrap();
    let data = fit(&settings(), &pairs(21)).resume(folder.path()).unwrap_err().to_string();
    assert!(data.contains("other data"), "{data}");
    let other = Settings { seed: 9, ..settings() };
    let seed = fit(&other, &pairs(20)).resume(folder.path()).unwrap_err().to_string();
    assert!(seed.contains("other settings"), "{seed}");
}

#[test]
fn eight_microbatches_of_one_are_one_of_eight() {
    let with = |microbatch| Settings { schedule: Schedule { microbatch, ..settings().schedule }, ..settings() };
    let train = pairs(16);
    let [one, eight] = [8, 1].map(|microbatch| trained(&with(microbatch), &train, 1));
    assert!((one.log()[0].loss - eight.log()[0].loss).abs() < 1e-5);
    assert!((one.log()[0].norm - eight.log()[0].norm).abs() < 1e-4 * one.log()[0].norm);
    // A first step of Adam is the sign of the gradient, so where that is all but zero the weights may part.
    let moved = largest_difference(&one, &eight);
    assert!(moved < 1e-3, "weights differ by {moved}");
}

#[test]
fn parts_side_by_side_are_parts_one_after_another() {
    let train = pairs(24);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| files(&trained(&settings(), &train, 3)))
    };
    assert!(on(1) == on(3), "a bit depends on the number of threads");
}

#[test]
fn trainings_beside_one_another_are_bit_equal_to_one_alone() {
    let train = pairs(24);
    let recomputed = Schedule { activations: Activations::Recomputed, ..settings().schedule };
    let objective = Objective { language: 0.3, ..Objective::default() };
    let again = Settings { schedule: recomputed, objective, ..settings() };
    for settings in [settings(), again] {
        let alone = files(&trained(&settings, &train, 6));
        std::thread::scope(|scope| {
            let beside: Vec<_> = (0..4).map(|_| scope.spawn(|| files(&trained(&settings, &train, 6)))).collect();
            for training in beside {
                assert!(training.join().unwrap() == alone, "{:?}", settings.schedule.activations);
            }
        });
    }
}

#[test]
fn batches_side_by_side_score_as_one_after_another() {
    let examples = pairs(24);
    let scorer = trained(&settings(), &examples, 3).snapshot().unwrap();
    let on = |threads: usize| -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let scored = pool.install(|| scorer.score(&examples, 4)).unwrap();
        scored.rows.iter().flat_map(|(_, row)| &row.scores).map(|score| score.to_bits()).collect()
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(one.len(), 48, "twelve batches at least");
    assert!(one == three, "a score depends on the number of threads");
}

#[test]
fn what_cannot_fit_is_refused_before_work_and_says_what_to_lower() {
    let train: Vec<Example> = pairs(24).into_iter().map(|it| Example { prompt: "long ".repeat(200), ..it }).collect();
    // Attention of 128 heads over 1,024 tokens in 64 layers: some terabytes.
    let shape = Shape { width: 256, layers: 64, heads: 128, tokens: TokenKind::Bytes };
    let reading = Reading { tokens_max: 1_024, ..Reading::default() };
    let large = Settings { backbone: Backbone::Encoder(shape), reading, ..settings() };
    let refused = Fit::new(&large, train, pairs(6), Device::Cpu).err().unwrap().to_string();
    for wanted in [
        "GiB of memory",
        "lower `schedule.microbatch` (--microbatch, now 8)",
        "(--tokens-max, now 1024)",
        "(--recompute)",
    ] {
        assert!(refused.contains(wanted), "{refused}");
    }
}

#[test]
fn recomputed_activations_give_the_same_gradients() {
    let with = |activations| {
        let objective = Objective { language: 0.3, centring: 0.01, ..Objective::default() };
        let schedule = Schedule { activations, ..settings().schedule };
        Settings { schedule, objective, ..settings() }
    };
    for tuned in [Tuned::All, Tuned::Adapters { rank: 2, alpha: 4.0 }] {
        let train = pairs(16);
        let of = |activations| trained(&Settings { tuned, ..with(activations) }, &train, 1);
        let (kept, again) = (of(Activations::Kept), of(Activations::Recomputed));
        assert!((kept.log()[0].norm - again.log()[0].norm).abs() < 1e-5 * kept.log()[0].norm, "{tuned:?}");
        assert!(largest_difference(&kept, &again) < 1e-3, "{tuned:?}");
    }
}

#[test]
fn what_is_tuned_moves_and_nothing_else() {
    let train = pairs(16);
    let moved = |tuned| {
        let settings = Settings { tuned, ..settings() };
        let (before, after) = (current(&fit(&settings, &train)), current(&trained(&settings, &train, 2)));
        let moved = before.into_iter().zip(after).filter(|((_, a), (_, b))| a != b).map(|((name, _), _)| name);
        (moved.collect::<Vec<String>>(), current(&fit(&settings, &train)).len())
    };
    let (all, count) = moved(Tuned::All);
    assert_eq!(all.len(), count, "every parameter moves");
    assert_eq!(moved(Tuned::Head).0, ["score.weight"]);
    let (adapters, _) = moved(Tuned::Adapters { rank: 2, alpha: 4.0 });
    assert_eq!(adapters.len(), 2 * 4 * 2 + 1);
    assert!(adapters.iter().all(|name| name.contains(".adapter.") || name == "score.weight"), "{adapters:?}");
}

#[test]
fn a_tiny_set_of_every_kind_is_learned_by_heart() {
    let texts = |at: usize| ["a", "bb", "c"].map(|text| format!(" {text}{at}")).to_vec();
    let ranks = |at: usize| (0..3).map(|k| ((k + at) % 3) as f64).collect::<Vec<f64>>();
    let label = |at: usize| f64::from(at.is_multiple_of(2));
    let ranking = |at: usize| Feedback::Ranking { completions: texts(at), ranks: ranks(at) };
    let rated = |at: usize| Feedback::Rated { completion: format!(" answer {at}"), label: label(at) };
    let steps =
        |at: usize| Feedback::Steps { steps: texts(at), labels: vec![Some(label(at)), None, Some(label(at + 1))] };
    let of =
        |make: &dyn Fn(usize) -> Feedback| (0..6).map(|at| example(at, format!("q{at}"), make(at))).collect::<Vec<_>>();
    let kinds = [
        ("pairs", pairs(6), Verifier::Last, 0.0),
        ("rankings", of(&ranking), Verifier::Last, 0.0),
        ("rated", of(&rated), Verifier::Last, 0.0),
        ("rated by tokens", of(&rated), Verifier::Tokens, 0.2),
        ("steps", of(&steps), Verifier::Last, 0.0),
    ];
    for (name, train, verifier, language) in kinds {
        let objective = Objective { verifier, language, ..Objective::default() };
        let schedule = Schedule { epochs: 150.0, batch: 6, learning_rate: 5e-3, ..settings().schedule };
        let settings = Settings { objective, schedule, ..settings() };
        let mut fit = Fit::new(&settings, train.clone(), train.clone(), Device::Cpu).unwrap();
        fit.train(usize::MAX, &mut |_| {}).unwrap();
        let scored = fit.snapshot().unwrap().score(&train, 4).unwrap();
        let judged: Vec<_> = scored.rows.iter().flat_map(|(at, row)| predictions(&train[*at], row)).collect();
        let right = judged.iter().filter(|row| (row.logit > 0.0) == (row.label > 0.5)).count();
        assert_eq!(right, judged.len(), "{name}: {:?}", fit.log().last());
    }
}

/// Nothing is known of what follows a first mistake, and a text that is too long loses what comes first.
#[test]
fn steps_of_which_a_cut_leaves_nothing_known_are_left_out_and_counted() {
    let steps = |at: usize| {
        let after = if at.is_multiple_of(2) { "x".repeat(60) } else { "x".repeat(9) };
        Feedback::Steps { steps: vec![format!(" a{at}"), after], labels: vec![Some(1.0), None] }
    };
    let train: Vec<Example> = (0..12).map(|at| example(at, format!("q{at}"), steps(at))).collect();
    let settings = Settings { schedule: Schedule { batch: 4, microbatch: 1, ..settings().schedule }, ..settings() };
    let mut fit = Fit::new(&settings, train.clone(), train, Device::Cpu).unwrap();
    let taken = fit.taken();
    assert_eq!((taken.train, taken.validation, taken.dropped, taken.cut), (6, 6, 12, 12));
    assert!(fit.train(usize::MAX, &mut |_| {}).unwrap(), "to its end");
}

fn scores(scorer: &Scorer, examples: &[Example], batch_size: usize) -> Vec<f64> {
    scorer.score(examples, batch_size).unwrap().rows.into_iter().flat_map(|(_, row)| row.scores).collect()
}

/// The field's most repeated bug: scores that move with the batch (reward-bench#137 measured .43, .48 and .48 at sizes 1, 2
/// and 3).
#[test]
fn a_score_is_the_same_whatever_stands_beside_it() {
    for backbone in [Backbone::Decoder as fn(Shape) -> Backbone, Backbone::Encoder] {
        let shape = Shape { width: 16, layers: 2, heads: 2, tokens: TokenKind::Bytes };
        let scorer = trained(&Settings { backbone: backbone(shape), ..settings() }, &pairs(16), 6).snapshot().unwrap();
        let examples = pairs(23);
        let at_16 = scores(&scorer, &examples, 16);
        for batch_size in [1, 2, 3, 7] {
            let found = scores(&scorer, &examples, batch_size);
            let off = found.iter().zip(&at_16).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-5, "scores differ by {off} at batch size {batch_size}");
        }
        for (at, example) in examples.iter().enumerate() {
            let alone = scores(&scorer, std::slice::from_ref(example), 16);
            assert_eq!(alone, at_16[2 * at..2 * at + 2], "bit for bit in batches of one shape");
        }
    }
}

#[test]
fn a_model_is_the_same_after_a_folder() {
    let scorer = trained(&settings(), &pairs(16), 4).snapshot().unwrap();
    let folder = tempfile::tempdir().unwrap();
    scorer.save(folder.path()).unwrap();
    let again = Scorer::load(folder.path(), Device::Cpu).unwrap();
    assert_eq!(again.about(), scorer.about());
    assert_eq!(scores(&again, &pairs(5), 4), scores(&scorer, &pairs(5), 4));
    assert!(Scorer::load(Path::new("/nonexistent"), Device::Cpu).is_err());
}

#[test]
fn what_cannot_be_trained_on_is_refused_before_work() {
    let refusal = |settings: &Settings, train: Vec<Example>| {
        Fit::new(settings, train, Vec::new(), Device::Cpu).map(|_| ()).unwrap_err().to_string()
    };
    assert!(refusal(&settings(), Vec::new()).contains("nothing to train on"));
    let dropped = Settings {
        reading: Reading { tokens_max: 8, over_long: super::tokens::OverLong::Drop, pooling: None },
        ..settings()
    };
    assert!(refusal(&dropped, pairs(8)).contains("longer than 8 tokens"));
    let language = Settings {
        backbone: Backbone::Encoder(Shape { width: 16, layers: 1, heads: 2, tokens: TokenKind::Bytes }),
        objective: Objective { language: 1.0, ..Objective::default() },
        ..settings()
    };
    assert!(refusal(&language, pairs(8)).contains("reads both ways"));
}

#[test]
fn a_loss_that_is_not_finite_stops_with_the_step_and_the_rows() {
    let schedule = Schedule { learning_rate: 1e38, ..settings().schedule };
    let mut fit = fit(&Settings { schedule, ..settings() }, &pairs(20));
    let error = fit.train(usize::MAX, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("at update") || error.contains("after update"), "{error}");
    assert!(error.contains("learning_rate"), "{error}");
}
