//! What a sweep is put together to, and what is refused.

mod enumerated;

use super::*;
use crate::error::Error;
use crate::plan::{Plan, Unit};

const WHOLE: &str = r#"
name = "swept"
seed = 1
instances = { train = 60, validation = 20, test = 40 }
task.books.source = "generated"
budget.evaluator_tokens_max = 256

[helpers]
person.simulated = { notice_rate = 0.5, error_rate = 0.25 }
reader.simulated = { notice_rate = 0.5 }

[arms.tree]
strategy.rrm = { top = "rule", depth = 2, fan_out = 2 }
roles = { evaluator = "person", assistant = "reader" }

[arms.alone]
strategy.direct = { reads = "search" }
roles = { evaluator = "person" }
"#;

const NOTICE: &str = "helpers.person.simulated.notice_rate";
const ERROR: &str = "helpers.person.simulated.error_rate";
const READER: &str = "helpers.reader.simulated.notice_rate";
const FAN_OUT: &str = "arms.tree.strategy.rrm.fan_out";
const TOKENS: &str = "budget.evaluator_tokens_max";

/// The experiment with more written below it, every path by its last key.
fn typed(more: &str) -> crate::error::Result<crate::spec::Typed> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("experiment.toml");
    let short = [("NOTICE", NOTICE), ("ERROR", ERROR), ("READER", READER), ("FAN_OUT", FAN_OUT), ("TOKENS", TOKENS)];
    let more = short.iter().fold(more.to_owned(), |text, (name, path)| text.replace(name, &format!("\"{path}\"")));
    std::fs::write(&file, format!("{WHOLE}\n{more}\n")).expect("a file in it");
    Spec::load(&file, &[])
}

/// The titles of the cells.
fn cells(more: &str) -> Vec<String> {
    let plan = Plan::of(&typed(more).expect("an experiment")).expect("a plan");
    plan.cells.iter().map(|cell| Unit::Cell(cell).title().replace(", seed 1", "")).collect()
}

#[test]
fn lists_are_put_together_as_asked() {
    for (sweep, expected) in [
        ("", &["tree", "alone"][..]),
        (
            "[sweep]\nTOKENS = [64, 128]\nFAN_OUT = [2, 4]",
            &[
                "tree, fan_out 2, evaluator_tokens_max 64",
                "tree, fan_out 4, evaluator_tokens_max 64",
                "tree, fan_out 2, evaluator_tokens_max 128",
                "tree, fan_out 4, evaluator_tokens_max 128",
                "alone, evaluator_tokens_max 64",
                "alone, evaluator_tokens_max 128",
            ],
        ),
        (
            "[sweep]\nNOTICE = [0.5, 0.9, 0.9]\nREADER = [0.5, 0.5, 0.9]\nzip = [[NOTICE, READER]]",
            &[
                "tree, notice_rate 0.5, notice_rate 0.5",
                "tree, notice_rate 0.9, notice_rate 0.5",
                "tree, notice_rate 0.9, notice_rate 0.9",
                "alone, notice_rate 0.5",
                "alone, notice_rate 0.9",
            ],
        ),
        (
            "[sweep]\nTOKENS = [64, 128, 256]\nFAN_OUT = [2, 4, 8]\naround = { TOKENS = 128, FAN_OUT = 4 }",
            &[
                "tree, fan_out 4, evaluator_tokens_max 64",
                "tree, fan_out 2, evaluator_tokens_max 128",
                "tree, fan_out 4, evaluator_tokens_max 128",
                "tree, fan_out 8, evaluator_tokens_max 128",
                "tree, fan_out 4, evaluator_tokens_max 256",
                "alone, evaluator_tokens_max 64",
                "alone, evaluator_tokens_max 128",
                "alone, evaluator_tokens_max 256",
            ],
        ),
        (
            "[arms.tree.when]\nTOKENS = { at_least = 128 }\n[sweep]\nTOKENS = [64, 128, 256]",
            &[
                "tree, evaluator_tokens_max 128",
                "tree, evaluator_tokens_max 256",
                "alone, evaluator_tokens_max 64",
                "alone, evaluator_tokens_max 128",
                "alone, evaluator_tokens_max 256",
            ],
        ),
        (
            // Off its condition a setting is as typed, and typed alike where it is one of the values.
            "[sweep]\nTOKENS = [64, 128]\nFAN_OUT = { values = [2, 4, 8], when = { TOKENS = 128 } }",
            &[
                "tree, fan_out 2, evaluator_tokens_max 64",
                "tree, fan_out 2, evaluator_tokens_max 128",
                "tree, fan_out 4, evaluator_tokens_max 128",
                "tree, fan_out 8, evaluator_tokens_max 128",
                "alone, evaluator_tokens_max 64",
                "alone, evaluator_tokens_max 128",
            ],
        ),
        (
            // A setting varied for one arm alone is no swept setting of the other.
            "[sweep]\nTOKENS = { values = [64, 128], when = { arm = \"tree\" } }",
            &["tree, evaluator_tokens_max 64", "tree, evaluator_tokens_max 128", "alone"],
        ),
        (
            "[sweep]\nTOKENS = [64, 128]\nFAN_OUT = [2, 4]\nwhen = [{ TOKENS = 64, FAN_OUT = 2 }, { TOKENS = 128, FAN_OUT = 4 }]",
            &[
                "tree, fan_out 2, evaluator_tokens_max 64",
                "tree, fan_out 4, evaluator_tokens_max 128",
                "alone, evaluator_tokens_max 64",
                "alone, evaluator_tokens_max 128",
            ],
        ),
    ] {
        assert_eq!(cells(sweep), expected, "{sweep}");
    }
}

#[test]
fn a_slice_is_varied_together_and_the_rest_one_at_a_time() {
    let sweep = "[sweep]\nTOKENS = [64, 128]\nFAN_OUT = [2, 4]\nNOTICE = [0.5, 0.9]\n\
                 around = { TOKENS = 64, FAN_OUT = 2, NOTICE = 0.5 }\nslices = [[TOKENS, FAN_OUT]]";
    let tree = cells(sweep).into_iter().filter(|cell| cell.starts_with("tree")).collect::<Vec<_>>();
    assert_eq!(tree.len(), 5, "the centre, one off each axis, and the corner of the slice: {tree:?}");
    assert!(tree.contains(&"tree, fan_out 4, evaluator_tokens_max 128, notice_rate 0.5".to_owned()), "{tree:?}");
}

#[test]
fn several_tasks_are_one_experiment() {
    let several = WHOLE.replace("task.books.source = \"generated\"\n", "");
    let several = format!(
        "{several}\n[tasks.short.books]\nsource = \"generated\"\ntokens = 5000\n[tasks.proofs.derivation]\n\
         [arms.alone.when]\ntask = \"short\"\n[sweep]\n\
         \"task.books.tokens\" = {{ values = [5000, 6000], when = {{ task = \"short\" }} }}\n"
    );
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("experiment.toml");
    std::fs::write(&file, &several).expect("a file in it");
    let plan = Plan::of(&Spec::load(&file, &[]).expect("an experiment")).expect("a plan");
    let titles: Vec<String> = plan.cells.iter().map(|cell| Unit::Cell(cell).title()).collect();
    let expected = [
        "tree, seed 1, task short, tokens 5000",
        "tree, seed 1, task short, tokens 6000",
        "tree, seed 1, task proofs",
        "alone, seed 1, task short, tokens 5000",
        "alone, seed 1, task short, tokens 6000",
    ];
    assert_eq!(titles, expected);
    assert_eq!(plan.cells[2].spec.task.kind(), "derivation");
    std::fs::write(&file, plan.spec.to_toml().expect("toml")).expect("a file");
    assert_eq!(Plan::of(&Spec::load(&file, &[]).expect("it reads back")).expect("a plan"), plan);
    let both = Spec::load(&file, &["task.books.source=other.txt".into()]).and_then(|typed| Plan::of(&typed));
    assert!(both.expect_err("two ways").to_string().contains("this is none of them"));
}

#[test]
fn a_value_more_leaves_what_was_there() {
    let ids = |sweep: &str| -> Vec<String> {
        let plan = Plan::of(&typed(sweep).expect("an experiment")).expect("a plan");
        plan.units().map(|unit| unit.id().to_string()).collect()
    };
    for (before, after, more) in [
        ("TOKENS = [64, 128]", "TOKENS = [32, 64, 128]", 2),
        (
            "TOKENS = [64, 128]\nFAN_OUT = [2, 4]\naround = { TOKENS = 64, FAN_OUT = 2 }",
            "TOKENS = [64, 128, 256]\nFAN_OUT = [2, 4]\naround = { TOKENS = 64, FAN_OUT = 2 }",
            2,
        ),
        (
            "NOTICE = [0.5, 0.9]\nREADER = [0.5, 0.9]\nzip = [[NOTICE, READER]]",
            "NOTICE = [0.5, 0.9, 1.0]\nREADER = [0.5, 0.9, 1.0]\nzip = [[NOTICE, READER]]",
            2,
        ),
        (
            "TOKENS = [64, 128]\nFAN_OUT = [2, 4]\nwhen = { FAN_OUT = 2 }",
            "TOKENS = [64, 128]\nFAN_OUT = [2, 4]\nwhen = [{ FAN_OUT = 2 }, { TOKENS = 64 }]",
            1,
        ),
    ] {
        let (before, after) = (ids(&format!("[sweep]\n{before}")), ids(&format!("[sweep]\n{after}")));
        assert!(before.iter().all(|id| after.contains(id)), "a cell is done again for nothing");
        assert_eq!(after.len(), before.len() + more);
    }
}

#[test]
fn a_shrunk_sweep_keeps_its_form() {
    let sweep = "[arms.tree.when]\nTOKENS = [128, 512]\n[sweep]\nTOKENS = [32, 64, 128, 256, 512]\n\
                 FAN_OUT = [2, 4, 8]\nNOTICE = [0.25, 0.5, 0.75]\nERROR = [0.3, 0.2, 0.1]\n\
                 zip = [[NOTICE, ERROR]]\naround = { TOKENS = 256, FAN_OUT = 8 }\nwhen = { NOTICE = { at_least = 0.75 } }\n\
                 [[plots]]\nx = TOKENS\ny = \"accuracy\"\nwhen = { FAN_OUT = 4 }";
    let mut typed = typed(sweep).expect("an experiment");
    typed.spec.shrink();
    let shrunk = &typed.spec.sweep.axes;
    let values = |path: &str| shrunk.get(path).expect("an axis").values.iter().map(label).collect::<Vec<_>>();
    assert_eq!(values(TOKENS), ["128", "256"], "what the arm asks for, and the centre");
    assert_eq!(values(FAN_OUT), ["4", "8"], "what a plot shows, and the centre");
    assert_eq!((values(NOTICE), values(ERROR)), (vec!["0.25".into(), "0.75".into()], vec!["0.3".into(), "0.1".into()]));
    let plan = Plan::of(&typed).expect("a plan");
    assert_eq!(plan.cells.len(), 1 + 2, "the tree off the centre of tokens, alone at two");
}

#[test]
fn the_guides_sweep_is_one() {
    let guide = include_str!("../../../docs/guides/add-an-experiment.md");
    let blocks: Vec<&str> = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let whole = WHOLE.replace("reader.simulated = { notice_rate = 0.5 }", "assistant.trained = {}");
    let oracle = "[arms.oracle]\nstrategy.direct = {}\nroles = { evaluator = \"person\" }\n";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = whole.replace("\"reader\"", "\"assistant\"") + oracle;
    std::fs::write(folder.path().join("base.toml"), base).expect("a file in it");
    let file = folder.path().join("experiment.toml");
    let points = |block: &str| -> Vec<String> {
        std::fs::write(&file, format!("extends = \"base.toml\"\n{block}")).expect("a file in it");
        let typed = Spec::load(&file, &[]).unwrap_or_else(|e| panic!("{block}\n{e}"));
        let plan = Plan::of(&typed).unwrap_or_else(|e| panic!("{block}\n{e}"));
        plan.cells.iter().map(|cell| format!("{} {:?}", cell.spec.arm, cell.spec.swept)).collect()
    };
    let tree = points(blocks[0]).into_iter().filter(|point| point.starts_with("tree")).count();
    // The centre, off it 4 sizes, 2 depths and 2 budgets, 4 corners of the slice; without depth 3 at a budget of 128.
    assert_eq!(tree, 1 + 4 + 2 + 2 + 4 - 1);
    assert_eq!(points(blocks[1]).iter().filter(|point| point.starts_with("oracle")).count(), 2);
}

#[test]
fn what_is_wrong_with_a_sweep_is_said() {
    for (more, words) in [
        (
            "[sweep]\nTOKENS = [1, 2]\nFAN_OUT = [2]\nzip = [[TOKENS, FAN_OUT]]",
            &["`sweep.zip`", "unequal length", "has 2 values", "has 1"][..],
        ),
        (
            "[sweep]\nTOKENS = [1, 2]\nzip = [[TOKENS, \"budget.evaluator_tokens_mx\"]]",
            &["is not swept", "did you mean `budget.evaluator_tokens_max`?"],
        ),
        ("[sweep]\nTOKENS = [1, 2]\nzip = [[TOKENS]]", &["nothing to move with"]),
        ("[sweep]\nTOKENS = [1, 2]\nFAN_OUT = [2, 3]\nzip = [[TOKENS, FAN_OUT], [FAN_OUT, TOKENS]]", &["zipped twice"]),
        (
            "[sweep]\nTOKENS = [1, 2]\nFAN_OUT = [2, 2]\nzip = [[TOKENS, FAN_OUT]]\naround = { FAN_OUT = 2 }",
            &["2 steps", "centre of another"],
        ),
        (
            "[sweep]\nTOKENS = [64, 128]\naround = { TOKENS = 129 }",
            &["`sweep.around.budget", "129 is none of its values", "did you mean `128`?"],
        ),
        ("[sweep]\nTOKENS = [64, 128]\naround = { FAN_OUT = 2 }", &["it is not swept", "use one of"]),
        (
            "[sweep]\nTOKENS = [64, 128]\naround = { TOKENS = 64 }\nslices = [[TOKENS, FAN_OUT]]",
            &["`sweep.slices`", "not varied around a centre"],
        ),
        (
            "[sweep]\nTOKENS = [64, 128]\nwhen = { \"budget.evaluator_tokens_mx\" = 64 }",
            &["`sweep.when.budget", "did you mean `budget.evaluator_tokens_max`?"],
        ),
        ("[sweep]\nTOKENS = [64, 128]\nwhen = { TOKENS = 12 }", &["12 is none of its values", "did you mean `128`?"]),
        ("[sweep]\nTOKENS = [64, 128]\nwhen = { TOKENS = { at_least = 129 } }", &["no value passes", "64, 128"]),
        ("[sweep]\nTOKENS = [64, 128]\nwhen = { TOKENS = { at_leest = 64 } }", &["none of its values"]),
        ("[sweep]\nTOKENS = [64, 128]\nwhen = { arm = \"tre\" }", &["did you mean `tree`?"]),
        ("[sweep]\nTOKENS = [64, 128]\nwhen = { arm = \"tree\" }", &["`sweep.when`", "no point for the arm `alone`"]),
        (
            "[arms.tree.when]\nTOKENS = 64\n[sweep]\nTOKENS = [64, 128]\nwhen = { TOKENS = 128 }",
            &["`arms.tree.when`", "no point for the arm `tree`"],
        ),
        ("[arms.alone.when]\nFAN_OUT = 2\n[sweep]\nFAN_OUT = [2, 4]", &["`arms.alone.when", "does not use"]),
        (
            "[sweep]\nFAN_OUT = { values = [2, 4], when = { TOKENS = 64 } }\nTOKENS = [64, 128]",
            &["does not stand above it", "before what depends on it"],
        ),
        (
            "[sweep]\nTOKENS = [64, 128]\nFAN_OUT = { values = [2, 4], when = { TOKENS = 64 } }\nwhen = { TOKENS = 128 }",
            &["holds at no point"],
        ),
        (
            "[sweep]\nFAN_OUT = { values = [2, 4], wen = { arm = \"tree\" } }",
            &["unknown key `wen`", "did you mean `when`?"],
        ),
        ("[sweep]\nzipp = [[\"a\", \"b\"]]", &["`zipp` cannot be swept", "did you mean `zip`?"]),
        ("[sweep]\ntask = [\"a\"]", &["a whole task is no value", "[tasks.NAME.KIND]"]),
        ("[sweep]\nTOKENS = 64", &["a list of values"]),
        ("[sweep]\nTOKENS = []", &["at least one value"]),
        (
            "[sweep]\nFAN_OUT = [2, 4]\nTOKENS = [0, 64]\nwhen = { TOKENS = 0 }",
            &["`budget.evaluator_tokens_max`", "nothing can be asked"],
        ),
    ] {
        match typed(more).and_then(|typed| Plan::of(&typed)) {
            Err(Error::Usage(message)) => {
                for word in words {
                    assert!(message.contains(word), "{more}: no `{word}` in\n{message}");
                }
            }
            other => panic!("{more}: {other:?}"),
        }
    }
}
