//! Every wrong input gives one clear error before any work: what, where, what to do. Nothing is left behind.

mod command;

use std::path::Path;
use std::process::Output;

use command::{stderr, tribunal};

const EXPERIMENT: &str = r#"name = "faults"
seed = 1
instances = { train = 24, validation = 4, test = 4 }

[task.books]
source = "generated"

[helpers.person.simulated]
notice_rate = 0.9

[helpers.assistant.trained]
width = 8

[arms.alone]
strategy.direct = { reads = "search" }
roles = { evaluator = "person" }

[arms.tree]
strategy.rrm = { depth = 2 }
roles = { evaluator = "person", assistant = "assistant" }

[budget]
evaluator_tokens_max = 64

[sweep]
"helpers.assistant.trained.width" = [8, 16]
"#;

/// Runs an experiment file of these bytes in a folder of its own.
fn run(home: &Path, text: &[u8], settings: &[&str]) -> Output {
    std::fs::write(home.join("experiment.toml"), text).expect("an experiment file");
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    tribunal().current_dir(home).args(["run", "."]).args(settings).output().expect("the command runs")
}

/// One error of the expected kind that has all these words, and no run folder.
fn assert_refused(case: &str, home: &Path, output: &Output, words: &[&str]) {
    let error = stderr(output);
    assert_eq!(output.status.code(), Some(2), "{case}: {error}");
    assert_eq!(error.matches("error:").count(), 1, "{case}: one error, not\n{error}");
    for word in words {
        assert!(error.contains(word), "{case}: no `{word}` in\n{error}");
    }
    assert!(error.trim_end().lines().count() >= 2, "{case}: says nothing of what to do:\n{error}");
    assert!(!home.join("runs").exists(), "{case}: a run folder is left");
}

#[test]
fn a_wrong_line_is_named_with_what_to_write() {
    for (case, from, to, words) in [
        ("misspelt key", "notice_rate", "notise_rate", &["experiment.toml:9", "did you mean `notice_rate`?"][..]),
        ("misspelt table", "[budget]", "[budgt]", &["experiment.toml:22", "did you mean `budget`?"]),
        ("wrong type", "seed = 1", "seed = \"one\"", &["experiment.toml:2", "whole number", "\"one\""]),
        ("not TOML", "seed = 1", "seed = = 1", &["experiment.toml:2"]),
        ("unknown strategy", "strategy.direct", "strategy.driect", &["experiment.toml:15", "`direct`?"]),
        ("unknown kind of helper", "person.simulated", "person.simulate", &["experiment.toml:8", "`simulated`?"]),
        (
            "unknown role",
            "assistant = \"assistant\"",
            "asistant = \"assistant\"",
            &["experiment.toml:20", "`assistant`?"],
        ),
        (
            "unknown helper",
            "assistant = \"assistant\"",
            "assistant = \"asistant\"",
            &["experiment.toml:20", "`assistant`?"],
        ),
        ("missing role", "roles = { evaluator = \"person\" }", "", &["arms.alone", "evaluator", "add roles.evaluator"]),
        ("budget of zero", "tokens_max = 64", "tokens_max = 0", &["experiment.toml:23", "nothing can be asked"]),
        ("no test instance", "test = 4", "test = 0", &["experiment.toml:3", "at least 1"]),
        ("seeds past counting", "seed = 1", "seed = 1\nseeds = 4294967295", &["experiment.toml:3", "at most 10000"]),
        ("nothing to choose", "[budget]", "best_of = 0\n[budget]", &["`arms.tree.best_of`", "use at least 1"]),
        ("rate above one", "notice_rate = 0.9", "notice_rate = 9", &["experiment.toml:9", "from 0 to 1"]),
        ("missing path", "\"generated\"", "\"no/such/book.txt\"", &["experiment.toml:6", "no/such/book.txt"]),
        ("key twice", "seed = 1", "seed = 1\nseed = 2", &["experiment.toml:3", "duplicate"]),
        ("arm twice", "[arms.tree]", "[arms.alone]", &["experiment.toml:18", "duplicate"]),
        ("swept value twice", "[8, 16]", "[8, 8]", &["experiment.toml:26", "twice"]),
        (
            "sweep of an unknown helper",
            "assistant.trained.width\" =",
            "asst.trained.width\" =",
            &["experiment.toml:26"],
        ),
        ("unusable name", "name = \"faults\"", "name = \"../faults\"", &["experiment.toml:1", "letters, digits"]),
        ("missing key", "seed = 1\n", "", &["`seed` is missing"]),
        ("missing base", "seed = 1", "extends = \"base.toml\"", &["experiment.toml:2", "base.toml"]),
        ("circle of extends", "seed = 1", "extends = \"experiment.toml\"", &["experiment.toml:2", "extends itself"]),
    ] {
        let home = tempfile::tempdir().expect("a temporary folder");
        let broken = EXPERIMENT.replacen(from, to, 1);
        assert_ne!(broken, EXPERIMENT, "{case}: nothing was broken");
        let output = run(home.path(), broken.as_bytes(), &[]);
        assert_refused(case, home.path(), &output, words);
    }
}

#[test]
fn a_helper_that_cannot_answer_is_refused() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let settings = ["arms.tree.strategy.summary={}", "arms.tree.roles.summariser=assistant"];
    let output = run(home.path(), EXPERIMENT.as_bytes(), &settings);
    let words = ["`arms.tree.roles.summariser`", "asks for a text", "cannot answer", "choose another helper"];
    assert_refused("a trained summariser", home.path(), &output, &words);
}

#[test]
fn a_bad_setting_is_named_as_typed() {
    for (setting, words) in [
        ("sed=1", &["--set sed=1", "did you mean `seed`?"][..]),
        ("seed", &["--set seed", "KEY=VALUE"]),
        ("seed=[1", &["--set seed=[1", "no TOML value"]),
        ("budget.evaluator_tokens_max=many", &["--set budget.evaluator_tokens_max=many", "whole number"]),
        ("arms.tree.roles.assistant=nobody", &["--set arms.tree.roles.assistant=nobody", "`nobody`"]),
    ] {
        let home = tempfile::tempdir().expect("a temporary folder");
        let output = run(home.path(), EXPERIMENT.as_bytes(), &[setting]);
        assert_refused(setting, home.path(), &output, words);
    }
}

/// A novel of chapters in which one thing happens often enough to be told apart from what is too little to ask about.
fn novel(chapters: usize) -> String {
    let mut text = String::from("A Short Book\n\n");
    for chapter in 1..=chapters {
        text += &format!("CHAPTER {chapter}\n\nIt rained. Nothing was said. The road was long, and it was cold.\n\n");
    }
    text
}

#[test]
fn books_that_cannot_give_what_is_drawn_are_refused_before_any_work() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path();
    std::fs::write(folder.join("short.txt"), novel(8)).expect("a book");
    std::fs::create_dir(folder.join("shelf")).expect("a folder");
    for name in ["one", "two", "three", "four"] {
        std::fs::write(folder.join("shelf").join(name).with_extension("txt"), novel(3)).expect("a book");
    }
    let tales = |count: usize| {
        let shelf = folder.join(format!("tales-{count}"));
        let (stories, questions) = (shelf.join("section-stories/all"), shelf.join("questions/all"));
        for folder in [&stories, &questions] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let rows = "local-or-sum,cor_section,attribute1,question,ex-or-im1,answer1\n\
                    local,1,character,Who came?,explicit,the wolf\nlocal,1,setting,Where to?,explicit,a dark house\n";
        for tale in 0..count {
            std::fs::write(stories.join(format!("t{tale}-story.csv")), "section,text\n1,A wolf came to a house.\n")
                .expect("a tale");
            std::fs::write(questions.join(format!("t{tale}-questions.csv")), rows).expect("its questions");
        }
    };
    tales(8);
    for (case, settings, words) in [
        (
            "one book of few claims",
            &["task.books.source=short.txt"][..],
            &[
                "--set",
                "`task.books.source`",
                "too few claims for the train split",
                "12 are needed",
                "`short/1` gives 0",
            ][..],
        ),
        ("many of few claims", &["task.books.source=shelf"], &["`task.books.source`", "12 are needed", "` gives 0"]),
        (
            "every book is tested on",
            &["task.books.source=short.txt", "task.books.test_books=[\"short\"]"],
            &["no book is left for the train split", "test_books"],
        ),
        (
            "a book of another name",
            &["task.books.source=shelf", "task.books.test_books=[\"five\"]"],
            &["`task.books.test_books`", "`five`", "give some of four, one"],
        ),
        (
            "more claims than any candidate has",
            &["task.books.source=shelf", "task.books.claims_per_candidate=50"],
            &["`task.books.claims_per_candidate`", "50 is out of range", "from 1 to 20"],
        ),
        (
            "more questions than there are",
            &["task.books.source=tales-8", "instances.train=24"],
            &["the train split", "10 questions", "24 are asked for", "lower `instances.train`"],
        ),
        (
            "generated books too short for their pairs",
            &["task.books.tokens=5000", "task.books.pairs_per_twin=30"],
            &["`task.books.pairs_per_twin`", "30 is out of range", "from 1 to 10"],
        ),
        (
            "levels without anything to learn from",
            &["instances.train=16"],
            &[
                "--set instances.train=16",
                "`instances.train`",
                "16 training instances",
                "2 independent units",
                "3 levels",
            ],
        ),
        (
            "another book where there is one",
            &["arms.alone.material=another"],
            &["`arms.alone.material`", "one independent unit", "raise `instances.test`"],
        ),
        (
            "a swept size",
            &["sweep={ \"instances.train\" = [24, 8] }"],
            &["`instances.train`", "8 training instances", "1 independent unit"],
        ),
    ] {
        let settings: Vec<&str> = settings.to_vec();
        let output = run(folder, EXPERIMENT.as_bytes(), &settings);
        assert_refused(case, folder, &output, words);
    }
}

#[test]
fn files_that_are_no_experiments_are_refused() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for (case, bytes, words) in [
        ("empty", &b""[..], &["is missing"][..]),
        ("binary", &b"\x7fELF\x00\x01"[..], &["experiment.toml:1"]),
        ("not UTF-8", &b"name = \"\xff\xfe\""[..], &["not UTF-8"]),
    ] {
        let output = run(home.path(), bytes, &[]);
        assert_refused(case, home.path(), &output, words);
    }
    let output = tribunal().current_dir(home.path()).args(["run", "no/such/folder"]).output().expect("it runs");
    assert_refused("missing experiment", home.path(), &output, &["no/such/folder", "tribunal list experiments"]);
}

#[test]
fn folders_that_cannot_hold_a_run_are_an_error_of_the_environment() {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(home.path().join("experiment.toml"), EXPERIMENT).expect("an experiment");
    std::fs::write(home.path().join("file"), "kept").expect("a file");
    for out in ["/proc/tribunal", "file", "file/below"] {
        let output = tribunal().current_dir(home.path()).args(["run", ".", "--out", out]).output().expect("it runs");
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{out}: {error}");
        assert!(error.matches("error:").count() == 1 && error.contains(out), "{out}: {error}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("file")).expect("the file"), "kept");
}

#[test]
fn a_device_that_is_not_there_is_said_before_a_folder_is_made() {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(home.path().join("experiment.toml"), EXPERIMENT).expect("an experiment");
    let run = ["run", ".", "--device", "cuda:90"];
    let output = tribunal().current_dir(home.path()).args(run).output().expect("it runs");
    let (code, words) = match cfg!(feature = "cuda") {
        true => (3, ["device `cuda:90` cannot be opened", "nvidia-smi"]),
        false => (2, ["device `cuda:90` is asked for", "cargo build --release --features cuda"]),
    };
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{error}");
    assert!(error.matches("error:").count() == 1 && words.iter().all(|word| error.contains(word)), "{error}");
    assert!(error.contains("--device cpu"), "{error}");
    assert!(!home.path().join("runs").exists(), "a run folder is left");
}

#[test]
fn a_folder_of_other_things_is_no_run_folder() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let papers = home.path().join("papers");
    std::fs::create_dir(&papers).expect("a folder");
    std::fs::write(papers.join("thesis.tex"), "kept").expect("a file");
    std::fs::write(home.path().join("experiment.toml"), EXPERIMENT).expect("an experiment");
    let output = tribunal().current_dir(home.path()).args(["run", ".", "--out", "papers"]).output().expect("it runs");
    assert_refused("other things", home.path(), &output, &["thesis.tex", "--out"]);
    let output = tribunal().current_dir(home.path()).args(["cell", "papers", "0123"]).output().expect("it runs");
    assert_refused("no run", home.path(), &output, &["no run at", "tribunal run"]);
}

#[test]
fn an_argument_that_cannot_be_had_is_refused() {
    let judged = "arms.talk.roles.evaluator=person";
    for (case, settings, words) in [
        (
            "a helper that cannot argue",
            &["arms.talk.strategy.debate.turns=2", "arms.talk.roles.debater=Truth", "helpers.Truth.oracle={}", judged]
                [..],
            &["asks for an argument, which helper `Truth` cannot answer", "choose another helper"][..],
        ),
        ("nobody to argue", &["arms.talk.strategy.debate.turns=2", judged], &["role `debater`, and none is given"]),
        (
            "a turn more for one side",
            &["arms.talk.strategy.debate.turns=3", "arms.talk.roles.debater=person", judged],
            &["3 turns give one side a turn more", "use an even number"],
        ),
        (
            "no picker for several samples",
            &[
                "arms.talk.strategy.best_of={ n = [4], of = { consultancy = {} } }",
                "arms.talk.roles.adviser=person",
                judged,
            ],
            &["role `picker`"],
        ),
        (
            "a judge that picks for itself",
            &[
                "arms.talk.strategy.best_of={ n = [4], of = { consultancy = {} } }",
                "arms.talk.roles.adviser=person",
                "arms.talk.roles.picker=person",
                judged,
            ],
            &["the picker is the judge itself", "a helper of its own"],
        ),
        (
            "a judge that picks for itself in disguise",
            &[
                "arms.talk.strategy.best_of={ n = [4], of = { consultancy = {} } }",
                "arms.talk.roles.adviser=person",
                "helpers.Remembered.cached.of=\"person\"",
                "helpers.blurred.noisy={ of = \"Remembered\", flip_rate = 0.1 }",
                "arms.talk.roles.picker=blurred",
                judged,
            ],
            &["the picker is the judge itself, `person`", "a helper of its own"],
        ),
        (
            "turns of a recursive debate",
            &[
                "arms.talk.strategy.debate={ turns = 6, narrows = [400, 100] }",
                "arms.talk.roles.debater=person",
                judged,
            ],
            &["a recursive debate has no turns", "no more"],
        ),
        (
            "a debate among sixteen",
            &["arms.talk.strategy.debate.turns=2", "arms.talk.roles.debater=person", "arms.talk.best_of=16", judged],
            &["made for 2 options, and the question has 16"],
        ),
        (
            "alternatives of another shape for a helper that learns from trees",
            &["arms.tree.alternatives=[{ rrm = { depth = 3 } }]"],
            &["learns from trees of one shape", "an arm of each shape"],
        ),
        (
            "samples of what is no argument",
            &["arms.talk.strategy.best_of={ n = [4], of = { direct = {} } }", judged],
            &["`direct` asks for no argument"],
        ),
        (
            "too many samples",
            &[
                "arms.talk.strategy.best_of={ n = [65], of = { debate = {} } }",
                "arms.talk.roles.debater=person",
                judged,
            ],
            &["65 is out of range", "1 to 64"],
        ),
    ] {
        let home = tempfile::tempdir().expect("a temporary folder");
        let output = run(home.path(), EXPERIMENT.as_bytes(), settings);
        assert_refused(case, home.path(), &output, words);
    }
}
