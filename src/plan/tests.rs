//! What a plan holds, what identifies it, and what it refuses.

use super::*;
use crate::error::Error;

const WHOLE: &str = r#"
name = "books"
seed = 7
seeds = 2
instances = { train = 60, validation = 20, test = 40 }
task.books.source = "generated"

[helpers]
person.simulated = { notice_rate = 0.9 }
assistant.trained = { width = 32 }
flawed.noisy = { of = "assistant", flip_rate = 0.1 }
leaning.biased = { of = "person", delta = 0.1, toward = 2 }
twice.biased = { of = "leaning", delta = 0.1 }
truth.oracle = {}

[arms.tree]
strategy.rrm = { depth = 2, fan_out = 8 }
roles = { evaluator = "person", assistant = "assistant" }

[arms.alone]
strategy.direct = { reads = "search" }
roles = { evaluator = "person" }

[budget]
evaluator_tokens_max = 512

[sweep]
"helpers.assistant.trained.width" = [8, 32]
"#;

fn plan_of(text: &str, settings: &[&str]) -> Result<Plan> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, text).expect("a file in it");
    let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
    Plan::of(&Spec::load(&file, &settings)?)
}

fn plan(settings: &[&str]) -> Plan {
    plan_of(WHOLE, settings).expect("a plan")
}

fn ids(plan: &Plan) -> Vec<String> {
    plan.units().map(|unit| unit.id().to_string()).collect()
}

#[test]
fn arms_are_repeated_only_for_the_settings_that_they_use() {
    let plan = plan(&[]);
    let titles: Vec<String> = plan.cells.iter().map(|cell| Unit::Cell(cell).title()).collect();
    let expected = [
        "tree, seed 7, width 8",
        "tree, seed 8, width 8",
        "tree, seed 7, width 32",
        "tree, seed 8, width 32",
        "alone, seed 7",
        "alone, seed 8",
    ];
    assert_eq!(titles, expected);
    assert_eq!(plan.fits.len(), 12, "two widths, two seeds, three levels");
}

#[test]
fn every_fit_stands_after_what_it_needs_and_is_listed_once() {
    let plan = plan(&["arms.again={strategy.rrm={}, roles={evaluator=\"person\", assistant=\"flawed\"}}"]);
    assert_eq!(plan.fits.len(), 12, "the wrapped helper of the new arm shares the fits");
    let mut seen = BTreeSet::new();
    for unit in plan.units() {
        assert!(unit.needs().iter().all(|need| seen.contains(need)), "{}", unit.title());
        assert!(seen.insert(unit.id().clone()), "{} twice", unit.title());
    }
}

#[test]
fn identity_leaves_out_what_does_not_determine_rows() {
    let base = plan(&[]);
    assert_eq!(ids(&base), ids(&plan(&["name=other", "question=why", "prediction=none"])));
    assert_eq!(ids(&base), ids(&plan(&["plots=[{x=\"arm\", y=\"accuracy\"}]"])));
    for (setting, shared) in [
        ("sweep.\"helpers.assistant.trained.width\"=[8, 32, 128]", base.cells.len()),
        ("seeds=3", base.cells.len()),
        ("arms.more={strategy.direct={}, roles={evaluator=\"person\"}}", base.cells.len()),
        ("budget.evaluator_tokens_max=513", 0),
        ("seed=100", 0),
        ("helpers.person.simulated.error_rate=0.1", 0),
        ("arms.tree.strategy.rrm.fan_out=4", 2),
    ] {
        let other = ids(&plan(&[setting]));
        let kept = base.cells.iter().filter(|cell| other.contains(&cell.id.to_string())).count();
        assert_eq!(kept, shared, "{setting}");
        let fits = base.fits.iter().filter(|fit| other.contains(&fit.id.to_string())).count();
        assert!(fits == base.fits.len() || shared < base.cells.len(), "{setting}: a fit is done again for nothing");
    }
}

#[test]
fn alternatives_that_grow_no_tree_leave_a_helpers_fits_as_they_are() {
    let deep = "arms.tree.strategy.rrm={depth=3, fan_out=8}";
    let (own, beside) = (plan(&[deep]), plan(&[deep, "arms.tree.alternatives=[{direct={reads=\"search\"}}]"]));
    assert_eq!(own.fits, beside.fits);
    // Nor does it matter which of the two comes first.
    let swapped =
        ["arms.tree.strategy={direct={reads=\"search\"}}", "arms.tree.alternatives=[{rrm={depth=3, fan_out=8}}]"];
    assert_eq!(own.fits, plan(&swapped).fits);
    assert_ne!(own.fits, plan(&[]).fits, "trees of another depth are learned from otherwise");
}

#[test]
fn a_plan_read_back_from_its_resolved_file_is_the_same() {
    let base = plan(&[]);
    let again = plan_of(&base.spec.to_toml().expect("toml"), &[]).expect("a plan");
    assert_eq!(base, again);
    assert_eq!(base.hash(), again.hash());
}

#[test]
fn data_is_part_of_the_identity() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("book.txt");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, WHOLE).expect("an experiment");
    let typed = Spec::load(&file, &[format!("task.books.source={}", book.display())]).expect("an experiment");
    std::fs::write(&book, "Once.").expect("a book");
    let first = Plan::again(&typed).expect("a plan");
    std::fs::write(&book, "Twice.").expect("a book");
    assert_ne!(ids(&first), ids(&Plan::again(&typed).expect("a plan")));
}

#[test]
fn a_smoke_run_is_small_and_says_so() {
    let mut spec = plan(&["seeds=9"]).spec;
    spec.shrink();
    assert_eq!((spec.name.as_str(), spec.seeds, spec.instances.test), ("books-smoke", 2, 8));
    assert!(plan_of(&spec.to_toml().expect("toml"), &[]).is_ok());
}

#[test]
fn faults_are_found_before_any_work() {
    for (setting, words) in [
        ("arms.tree.roles.evaluator=persn", vec!["`arms.tree.roles.evaluator`", "`persn`", "did you mean `person`?"]),
        ("arms.bad={strategy.rrm={}, roles={evaluator=\"person\"}}", vec!["`arms.bad.roles`", "role `assistant`"]),
        (
            "arms.bad={strategy.summary={}, roles={evaluator=\"person\", summariser=\"assistant\"}}",
            vec!["`arms.bad.roles.summariser`", "text", "helper `assistant` cannot answer", "choose another"],
        ),
        (
            "arms.bad={strategy.direct={}, roles={evaluator=\"assistant\"}}",
            vec!["`arms.bad.roles`", "is trained", "its judgments are the labels"],
        ),
        ("budget.evaluator_tokens_max=0", vec!["`budget.evaluator_tokens_max`", "nothing can be asked"]),
        ("instances.test=0", vec!["`instances.test`"]),
        ("instances.train=0", vec!["`assistant` is trained", "instances.train"]),
        ("instances.validation=0", vec!["the trust of `person`", "instances.validation"]),
        ("seeds=0", vec!["`seeds`"]),
        ("name=a/b", vec!["`name`", "letters, digits"]),
        ("helpers.person.simulated.notice_rate=1.5", vec!["simulated.notice_rate`", "1.5", "from 0 to 1"]),
        ("helpers.flawed.noisy.of=nobody", vec!["`helpers.flawed.noisy.of`", "`nobody`"]),
        ("helpers.flawed.noisy.of=flawed", vec!["circle"]),
        ("helpers.leaning.biased.delta=99.0", vec!["`helpers.leaning.biased.delta`", "from -16 to 16"]),
        ("helpers.leaning.biased.audited=1.5", vec!["`helpers.leaning.biased.audited`", "from 0 to 1"]),
        ("helpers.leaning.biased.at=\"roots\"", vec!["leaves"]),
        (
            "arms.bad={strategy.direct={}, roles={evaluator=\"leaning\"}}",
            vec!["`arms.bad.roles`", "`leaning` favours option 2", "set its `toward` below 2"],
        ),
        (
            "arms.bad={strategy.direct={}, roles={evaluator=\"twice\"}}",
            vec!["`arms.bad.roles`", "both lean", "one helper"],
        ),
        ("task.books.source=no/such/file.txt", vec!["`task.books.source`", "no/such/file.txt"]),
        ("sweep.\"helpers.asistant.trained.width\"=[1]", vec!["helpers.asistant", "did you mean `assistant`?"]),
        ("sweep.\"helpers.assistant.trained.wdth\"=[1]", vec!["wdth", "did you mean `width`?"]),
        ("sweep.\"helpers.assistant.trained.width\"=[1, 1]", vec!["twice"]),
        ("sweep.\"helpers.assistant.trained.width\"=[\"wide\"]", vec!["trained.width`", "whole number", "wide"]),
        ("sweep.\"helpers.assistant.trained.width\"=[0]", vec!["trained.width`", "out of range"]),
        ("sweep.name=[\"x\"]", vec!["`name` cannot be swept"]),
        ("plots=[{x=\"helpers.person.simulated.error_rate\", y=\"accuracy\"}]", vec!["is not swept"]),
        ("plots=[{x=\"arm\", y=\"acuracy\"}]", vec!["`plots.y", "no metric", "did you mean `accuracy`?"]),
        ("plots=[{x=\"arm\", y=\"gian_2\"}]", vec!["`plots.y", "`gian_2` is no metric"]),
        ("plots=[{x=\"arm\", y=\"budget.evaluator_tokens\"}]", vec!["`plots.y", "no metric and no swept setting"]),
        (
            "plots=[{x=\"arm\", y=\"accuracy\", when={arm=\"tre\"}}]",
            vec!["`plots.when", "none of its values", "`tree`?"],
        ),
    ] {
        match plan_of(WHOLE, &[setting]) {
            Err(Error::Usage(message)) => {
                for word in words {
                    assert!(message.contains(word), "{setting}: no `{word}` in\n{message}");
                }
                assert!(message.contains("\n  at "), "{setting}: no place in\n{message}");
            }
            other => panic!("{setting}: {other:?}"),
        }
    }
}
