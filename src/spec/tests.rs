//! What is read from experiment files, and what is refused, with what words.

use std::path::PathBuf;

use super::*;

const WHOLE: &str = r#"
name = "books"
question = "does it help?"
seed = 7
seeds = 2
instances = { train = 60, test = 40 }

[task.books]
source = "generated"

[helpers.person.simulated]
notice_rate = 0.9

[helpers.assistant.trained]
width = 32

[arms.zeta]
strategy.direct = { reads = "search" }
roles = { evaluator = "person" }

[arms.alpha]
strategy.rrm = { depth = 2, fan_out = 8 }
roles = { evaluator = "person", assistant = "assistant" }

[budget]
evaluator_tokens_max = 512

[sweep]
"helpers.assistant.trained.width" = [8, 32]

[[plots]]
x = "helpers.assistant.trained.width"
y = "accuracy"
fit = "power"
"#;

/// Writes files into a folder that lives as long as the returned guard.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("a file in it");
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn load(text: &str, settings: &[&str]) -> Result<Typed> {
    let (_guard, path) = folder(&[("experiment.toml", text)]);
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    Spec::load(&path, &settings)
}

fn refusal(text: &str, settings: &[&str]) -> String {
    match load(text, settings) {
        Err(Error::Usage(message)) => message,
        other => panic!("expected a usage error, got {other:?}"),
    }
}

#[test]
fn arms_keep_the_order_typed_and_defaults_are_filled_in() {
    let spec = load(WHOLE, &[]).expect("a spec").spec;
    assert_eq!(spec.arms.names().collect::<Vec<_>>(), ["zeta", "alpha"]);
    assert_eq!(spec.plots[0].group, "arm");
    let Some(HelperSpec::Simulated(person)) = spec.helpers.get("person") else { panic!("no person") };
    assert_eq!((person.notice_rate, person.error_rate), (0.9, 0.05));
}

#[test]
fn the_resolved_experiment_reads_back_as_itself() {
    let spec = load(WHOLE, &[]).expect("a spec").spec;
    let again = load(&spec.to_toml().expect("toml"), &[]).expect("a spec").spec;
    assert_eq!(spec, again);
}

#[test]
fn settings_win_over_the_file_and_bare_words_are_texts() {
    let settings = ["seed=9", "task.books.source=some/path.txt", "helpers.person.simulated.error_rate = 0.2"];
    let spec = load(WHOLE, &settings).expect("a spec").spec;
    let TaskSpec::Books(books) = &spec.task else { panic!("not books") };
    assert_eq!((spec.seed, books.source.as_str()), (9, "some/path.txt"));
    let Some(HelperSpec::Simulated(person)) = spec.helpers.get("person") else { panic!("no person") };
    assert_eq!((person.notice_rate, person.error_rate), (0.9, 0.2));
}

#[test]
fn another_kind_replaces_the_one_below_it() {
    let spec = load(WHOLE, &["helpers.assistant.oracle={}", "arms.zeta.strategy.blind={}"]).expect("a spec").spec;
    assert_eq!(spec.helpers.get("assistant").map(HelperSpec::kind), Some("oracle"));
    assert!(matches!(spec.arms.get("zeta").map(|arm| &arm.strategy), Some(strategy::Config::Blind(_))));
}

#[test]
fn a_file_is_laid_over_the_one_it_extends() {
    let over = "extends = \"base.toml\"\nname = \"over\"\n[budget]\nevaluator_tokens_max = 64\n";
    let (_guard, path) = folder(&[("experiment.toml", over), ("base.toml", WHOLE)]);
    let spec = Spec::load(&path, &[]).expect("a spec").spec;
    assert_eq!((spec.name.as_str(), spec.budget.evaluator_tokens_max, spec.seed), ("over", 64, 7));
}

#[test]
fn a_circle_of_extends_is_refused() {
    let (_guard, path) = folder(&[
        ("experiment.toml", "extends = \"other.toml\"\n"),
        ("other.toml", "# a comment\nextends = \"experiment.toml\"\n"),
    ]);
    let message = Spec::load(&path, &[]).expect_err("a circle").to_string();
    assert!(message.contains("extends itself") && message.contains("other.toml:2"), "{message}");
}

#[test]
fn faults_name_line_key_and_nearest_name() {
    for (from, to, words) in [
        (
            "notice_rate",
            "notice_rte",
            vec!["`helpers.person.simulated`", "`notice_rte`", "did you mean `notice_rate`?"],
        ),
        (
            "seeds = 2",
            "seeds = \"two\"",
            vec!["`seeds`", "expected a whole number of at least 0", "found string \"two\""],
        ),
        ("seed = 7", "seed = -7", vec!["`seed`", "expected a whole number of at least 0"]),
        ("strategy.rrm", "strategy.rmr", vec!["`arms.alpha.strategy`", "`rmr`", "did you mean `rrm`?"]),
        ("reads = \"search\"", "reads = \"serch\"", vec!["arms.zeta.strategy.direct.reads", "did you mean `search`?"]),
        (
            "[helpers.person.simulated]",
            "[helpers.person.simulatd]",
            vec!["`helpers.person`", "did you mean `simulated`?"],
        ),
        ("[budget]", "[budgets]", vec!["`budgets`", "did you mean `budget`?"]),
        ("assistant = \"assistant\"", "asistant = \"assistant\"", vec!["alpha.roles", "did you mean `assistant`?"]),
        ("seed = 7", "seed = 7\nseed = 8", vec!["duplicate key"]),
        ("width = 32", "width = 32 33", vec!["mend the TOML"]),
    ] {
        let broken = WHOLE.replacen(from, to, 1);
        let message = refusal(&broken, &[]);
        for word in words {
            assert!(message.contains(word), "`{to}`: no `{word}` in\n{message}");
        }
        let broken_line = broken.lines().position(|l| l.contains(to.lines().last().unwrap_or(to))).expect("a line") + 1;
        assert!(
            message.contains(&format!("experiment.toml:{broken_line}")),
            "`{to}`: line {broken_line} in\n{message}"
        );
    }
    let message = refusal(&WHOLE.replacen("seed = 7\n", "", 1), &[]);
    assert!(message.contains("`seed` is missing"), "{message}");
}

#[test]
fn a_bad_setting_is_named_as_it_was_typed() {
    for (setting, word) in [
        ("sed=9", "did you mean `seed`?"),
        ("seed", "there is no `=`"),
        ("=3", "empty"),
        ("seed=[1", "no TOML value"),
        ("se ed=3", "no TOML key"),
        ("seed.deep=3", "expected a whole number"),
    ] {
        let message = refusal(WHOLE, &[setting]);
        assert!(message.contains(word) && message.contains(&format!("--set {setting}")), "{setting}:\n{message}");
    }
}

#[test]
fn the_lists_of_kinds_are_those_that_are_read() {
    fn known<T: serde::de::DeserializeOwned>() -> String {
        let refused = T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new("?"));
        refused.err().map(|e| e.to_string()).unwrap_or_default()
    }
    for (known, kinds) in [
        (known::<TaskSpec>(), TaskSpec::KINDS),
        (known::<HelperSpec>(), HelperSpec::KINDS),
        (known::<strategy::Config>(), strategy::Config::KINDS),
    ] {
        assert_eq!(known.matches('`').count(), 2 * kinds.len() + 2, "{known}");
        assert!(kinds.iter().all(|(kind, _)| known.contains(&format!("`{kind}`"))), "{known}");
    }
}
