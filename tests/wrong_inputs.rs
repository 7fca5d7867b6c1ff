//! Experiment files gone wrong at random: each is a plan, or one error of wrong usage; none is a panic, and none leaves
//! anything behind. The cases that someone thought of are in `tests/faults.rs`.

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use toml::Value;
use tribunal::run::{Request, Size, plan};

/// Every kind of setting: helpers of all kinds, arms with their options, a sweep, plots.
const EXPERIMENT: &str = r#"
name = "wrong"
question = "?"
seed = 1
seeds = 2
instances = { train = 24, validation = 8, test = 8 }
task.books = { source = "generated", tokens = 5000, pairs_per_twin = 1, test_books = [] }
budget.evaluator_tokens_max = 64
sweep."helpers.assistant.trained.width" = [8, 16]
sweep."arms.tree.strategy.rrm.top" = ["learned", "rule"]
sweep."helpers.person.simulated.notice_rate" = { values = [0.8, 0.9], when = { arm = ["tree", "search"] } }
sweep.zip = [["helpers.assistant.trained.width", "arms.tree.strategy.rrm.top"]]
sweep.around = { "helpers.assistant.trained.width" = 8, "helpers.person.simulated.notice_rate" = 0.9 }
sweep.slices = [["helpers.assistant.trained.width", "helpers.person.simulated.notice_rate"]]
sweep.when = { "helpers.assistant.trained.width" = { at_least = 8, not = [] } }

[helpers]
person.simulated = { notice_rate = 0.9, error_rate = 0.1, trust = "fitted" }
assistant.trained = { width = 8, steps_max = 5 }
leak.trained = { reads = "candidate", labels = "truth" }
perfect.oracle = {}
flawed.noisy = { of = "assistant", flip_rate = 0.1 }
kept.cached = { of = "flawed" }

[arms]
search = { strategy.direct.reads = "search", roles = { evaluator = "person" } }
blind = { strategy.blind = {}, roles = { assistant = "leak", evaluator = "person" } }
summary = { strategy.summary = { depth = 2 }, roles = { evaluator = "person", summariser = "person" } }
tree = { strategy.rrm = { depth = 2, fan_out = 4 }, roles = { evaluator = "person", assistant = "kept" }, when = [{ "helpers.assistant.trained.width" = [8, 16] }] }
other = { strategy.rrm = {}, roles = { evaluator = "person", assistant = "assistant" }, material = "another" }
best = { strategy.rrm = {}, roles = { evaluator = "person", assistant = "assistant" }, best_of = 4, labels = { level = "2" } }

[[plots]]
x = "helpers.assistant.trained.width"
y = "accuracy"
fit = "power"
"#;

/// Every protocol of arguments.
const ARGUING: &str = r#"
name = "arguing"
seed = 1
instances = { train = 8, validation = 8, test = 8 }
task.books = { source = "generated", tokens = 5000, pairs_per_twin = 1 }
budget.evaluator_tokens_max = 512

[helpers]
person.simulated = { notice_rate = 0.9, error_rate = 0.1, trust = "fitted" }
reader.simulated = { notice_rate = 0.8, misquote_rate = 0.1 }

[arms]
debate = { strategy.debate = { turns = 4, sides = "open" }, roles = { evaluator = "person", debater = "reader" } }
at_once = { strategy.debate = { order = "simultaneous", positions = "swapped" }, roles = { evaluator = "person", debater = "reader" } }
narrow = { strategy.debate = { narrows = [2000, 200] }, roles = { evaluator = "person", debater = "reader" } }
advice = { strategy.consultancy = { side = "open" }, roles = { evaluator = "person", adviser = "reader" } }
flaws = { strategy.critique = { judges = "flaws" }, roles = { evaluator = "person", critic = "reader" } }
best = { strategy.best_of = { n = [4, 1], of = { debate = {} } }, roles = { evaluator = "person", debater = "reader", picker = "reader" } }
chosen = { strategy.direct.reads = "search", alternatives = [{ direct = { reads = "first" } }], roles = { evaluator = "person" } }
"#;

/// Images and whoever argues about them.
const IMAGES: &str = r#"
name = "images"
seed = 1
instances = { test = 9 }
task.digits = { source = "generated", side = 12, lies = "one", claims = "precommitted", games = 1 }
budget.evaluator_tokens_max = 256

[helpers]
judge.pixel_judge = { pixels = 4, width = 8, steps = 5, images = 100 }
searching.pixel_debater = { judge = "judge", rollouts = 10 }
aimless.pixel_debater = { judge = "judge", policy = "random" }

[arms]
debate = { strategy.debate = { turns = 4, points_max = 1, judge_sees = "transcript" }, roles = { debater = "searching", evaluator = "judge" } }
random = { strategy.debate = { turns = 4, points_max = 1, judge_sees = "transcript" }, roles = { debater = "aimless", evaluator = "judge" } }
advice = { strategy.consultancy = { turns = 4, side = "open", judge_sees = "transcript" }, roles = { adviser = "searching", evaluator = "judge" } }
"#;

/// Preferences and a reward model.
const PREFERENCES: &str = r#"
name = "preferences"
seed = 1
instances = { train = 20, test = 8 }
task.preferences = { source = "tastes", tastes = { annotators = 4, groups = 2, completions = 3, form = "pairs", groups_are = "named" } }
budget.evaluator_tokens_max = 256

[helpers.scorer.reward]
backbone.encoder = { width = 8, layers = 1, heads = 2, tokens = { bpe = 400 } }
tuned = { adapters = { rank = 2, alpha = 4.0 } }
reading = { tokens_max = 32, over_long = "drop", pooling = "mean" }
objective = { labels = { smoothed = 0.1 }, margin = "ignored", centring = 0.01, verifier = "tokens", language = 0.0 }
schedule = { epochs = 1.0, batch = 4, microbatch = 2, learning_rate = 1e-3, patience = 2, activations = "recomputed" }

[arms]
scorer = { strategy.direct.reads = "first", roles = { evaluator = "scorer" } }
pools = { strategy.direct.reads = "first", roles = { evaluator = "scorer" }, best_of = 4 }
"#;

const EXPERIMENTS: [&str; 4] = [EXPERIMENT, ARGUING, IMAGES, PREFERENCES];

const STRINGS: [&str; 14] = [
    "",
    "nobody",
    "person",
    "assistant",
    "kept",
    "generated",
    "no/such/book.txt",
    "search",
    "fitted",
    "arms.tree",
    "a.b.c",
    "../escape",
    "\u{1f4da}",
    "helpers.assistant.trained.widht",
];
const INTEGERS: [i64; 10] = [i64::MIN, -1, 0, 1, 2, 3, 1000, u32::MAX as i64, u32::MAX as i64 + 1, i64::MAX];
const FLOATS: [f64; 7] = [f64::NAN, f64::INFINITY, -0.5, 0.0, 0.5, 1.5, 1e300];

/// One thing that goes wrong, somewhere.
#[derive(Clone, Debug)]
enum Wrong {
    /// A setting is gone.
    Dropped,
    /// A setting is called otherwise.
    Renamed(String),
    /// A setting has another value.
    Set(Value),
    /// A setting has the value of another place.
    Copied(prop::sample::Index),
}

/// Values that a setting may be given by mistake: of every type, at the ends of their ranges and beyond.
fn values() -> Vec<Value> {
    let others =
        [Value::from(true), Value::Array(Vec::new()), Value::from(vec![1, 1]), Value::Table(Default::default())];
    let numbers = INTEGERS.map(Value::from).into_iter().chain(FLOATS.map(Value::from));
    STRINGS.map(Value::from).into_iter().chain(numbers).chain(others).collect()
}

fn wrong() -> impl Strategy<Value = Wrong> {
    prop_oneof![
        Just(Wrong::Dropped),
        prop_oneof!["[a-z]{1,3}", Just(String::new()), Just("simulated".into()), Just("a.b".into())]
            .prop_map(Wrong::Renamed),
        prop::sample::select(values()).prop_map(Wrong::Set),
        any::<prop::sample::Index>().prop_map(Wrong::Copied),
    ]
}

/// The places in a file, the whole left out, as keys from the top.
fn places(value: &Value, above: &[String], found: &mut Vec<Vec<String>>) {
    let Value::Table(table) = value else { return };
    for (key, below) in table {
        let place = [above, std::slice::from_ref(key)].concat();
        found.push(place.clone());
        places(below, &place, found);
    }
}

fn at<'a>(value: &'a mut Value, place: &[String]) -> &'a mut Value {
    place.iter().fold(value, |value, key| &mut value[key.as_str()])
}

fn go_wrong(experiment: &mut Value, place: impl FnOnce(usize) -> usize, wrong: &Wrong) {
    let mut all = Vec::new();
    places(experiment, &[], &mut all);
    if all.is_empty() {
        return;
    }
    let place = &all[place(all.len())];
    let copied = match wrong {
        Wrong::Copied(from) => at(experiment, &all[from.index(all.len())]).clone(),
        Wrong::Set(value) => value.clone(),
        Wrong::Dropped | Wrong::Renamed(_) => at(experiment, place).clone(),
    };
    let (key, above) = place.split_last().expect("a place has a key");
    let Value::Table(table) = at(experiment, above) else { return };
    match wrong {
        Wrong::Dropped => drop(table.remove(key)),
        Wrong::Renamed(name) => {
            table.remove(key);
            table.insert(if name.len() < 4 { format!("{key}{name}") } else { name.clone() }, copied);
        }
        Wrong::Set(_) | Wrong::Copied(_) => drop(table.insert(key.clone(), copied)),
    }
}

/// Whether the file in this folder is a plan; the words of its one error otherwise.
fn planned(folder: &Path) -> Result<(), String> {
    let request = Request { experiment: folder.to_owned(), settings: Vec::new(), size: Size::Full, out: None };
    match plan(&request) {
        Ok(_) => Ok(()),
        Err(error) => {
            let words = error.to_string();
            assert_eq!(error.exit_code(), 2, "{words}");
            assert!(words.lines().count() > 1, "it says nothing of what to do: {words}");
            Err(words)
        }
    }
}

fn refused_or_planned(text: &[u8]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("experiment.toml"), text).expect("an experiment");
    let came_to = planned(folder.path());
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 1, "something is left behind");
    came_to
}

#[test]
fn as_written_it_is_a_plan() {
    for experiment in EXPERIMENTS {
        assert_eq!(refused_or_planned(experiment.as_bytes()), Ok(()));
    }
}

#[test]
fn every_setting_may_be_given_any_value() {
    for experiment in EXPERIMENTS {
        let experiment: Value = toml::from_str(experiment).expect("TOML");
        let mut all = Vec::new();
        places(&experiment, &[], &mut all);
        let wrongs: Vec<Wrong> = values().into_iter().map(Wrong::Set).chain([Wrong::Dropped]).collect();
        let mut plans = 0;
        for (place, wrong) in (0..all.len()).flat_map(|place| wrongs.iter().map(move |wrong| (place, wrong))) {
            let mut experiment = experiment.clone();
            go_wrong(&mut experiment, |_| place, wrong);
            plans += u32::from(refused_or_planned(toml::to_string(&experiment).expect("TOML").as_bytes()).is_ok());
        }
        assert!(plans > 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn settings_gone_wrong_are_a_plan_or_one_error(
        which in 0..EXPERIMENTS.len(),
        wrongs in prop::collection::vec((any::<prop::sample::Index>(), wrong()), 1..4),
    ) {
        let mut experiment: Value = toml::from_str(EXPERIMENTS[which]).expect("TOML");
        for (place, wrong) in &wrongs {
            go_wrong(&mut experiment, |count| place.index(count), wrong);
        }
        let text = toml::to_string(&experiment).expect("TOML");
        let _ = refused_or_planned(text.as_bytes());
    }

    #[test]
    fn bytes_gone_wrong_are_a_plan_or_one_error(
        at in any::<prop::sample::Index>(), length in 0usize..6, bytes in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut text = EXPERIMENT.as_bytes().to_vec();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, bytes);
        let _ = refused_or_planned(&text);
    }
}
