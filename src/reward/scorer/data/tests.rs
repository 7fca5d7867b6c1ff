use std::path::{Path, PathBuf};

use super::*;

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn rows(text: &str) -> Vec<Example> {
    let (_folder, path) = written("rows.jsonl", text.as_bytes());
    read(&[path], None).unwrap().examples
}

fn refusal(text: &str) -> String {
    let (_folder, path) = written("rows.jsonl", text.as_bytes());
    read(&[path], None).unwrap_err().to_string()
}

fn pair(row: &Example) -> (&str, &str, &str, f64, f64) {
    match &row.feedback {
        Feedback::Pair { chosen, rejected, margin, preference } => {
            (&row.prompt, chosen, rejected, *margin, *preference)
        }
        other => panic!("{other:?} is no pair"),
    }
}

#[test]
fn pairs_of_texts() {
    let found = rows(
        r#"{"prompt": "p", "chosen": "a", "rejected": "b"}
           {"prompt": "p", "chosen": "a", "rejected": "b", "margin": 0.5, "weight": 2, "preference": 0.75, "book": "x", "n": 3}

           {"chosen": "the cat sat", "rejected": "the cat ran"}"#,
    );
    assert_eq!(pair(&found[0]), ("p", "a", "b", 0.0, 1.0));
    assert_eq!(pair(&found[1]), ("p", "a", "b", 0.5, 0.75));
    assert_eq!(found[1].weight, 2.0);
    assert!(found[1].id.ends_with("/rows.jsonl:2"), "{}", found[1].id);
    assert_eq!(found[1].labels, [("book", "x"), ("n", "3")].map(|(k, v)| (k.into(), v.into())).into());
    assert_eq!(pair(&found[2]), ("the cat", " sat", " ran", 0.0, 1.0), "cut back to the end of a word");
    assert!(found[2].id.ends_with("rows.jsonl:4"), "an empty line counts");
    assert_eq!(summary(&Rows { examples: found.clone(), passed_over: 0 }), "3 rows; 3 pairs");
}

#[test]
fn pairs_of_chats() {
    let user = r#"{"role": "user", "content": "hi"}"#;
    let said = |text: &str| format!(r#"{{"role": "assistant", "content": "{text}"}}"#);
    let (good, bad) = (said("good day"), said("go away"));
    let explicit = format!(r#"{{"prompt": [{user}], "chosen": [{good}], "rejected": [{bad}]}}"#);
    let repeated = format!(r#"{{"prompt": [{user}], "chosen": [{user}, {good}], "rejected": [{user}, {bad}]}}"#);
    let implicit = format!(r#"{{"chosen": [{user}, {good}], "rejected": [{user}, {bad}]}}"#);
    let plain = format!(r#"{{"prompt": [{user}], "chosen": "good day", "rejected": "go away"}}"#);
    let mixed = format!(r#"{{"prompt": "hi", "chosen": [{user}, {good}], "rejected": [{user}, {bad}]}}"#);
    let found = rows(&[explicit, repeated, implicit, plain, mixed].join("\n"));
    let wanted = ("\n\nHuman: hi", "\n\nAssistant: good day", "\n\nAssistant: go away", 0.0, 1.0);
    assert_eq!(pair(&found[0]), wanted);
    assert_eq!(pair(&found[1]), wanted);
    assert_eq!(pair(&found[3]), wanted, "a plain text after a chat is what the assistant says");
    assert_eq!(pair(&found[4]), wanted, "a plain prompt that the messages begin with");
    let implicit = ("\n\nHuman: hi\n\nAssistant:", " good day", " go away", 0.0, 1.0);
    assert_eq!(pair(&found[2]), implicit, "both begin as one turn of the assistant");
}

#[test]
fn a_run_s_own_preferences_are_soft_labels() {
    let found = rows(
        r#"{"version": 1, "id": "i", "prompt": "p", "chosen": "a", "rejected": "b", "margin": 0.0, "source": "tree"}"#,
    );
    assert_eq!(pair(&found[0]), ("p", "a", "b", 0.0, 0.5));
    assert_eq!(found[0].labels["source"], "tree");
}

#[test]
fn rankings_steps_and_ratings() {
    let found = rows(
        r#"{"prompt": "p", "completions": ["a", "b", "c"], "ranking": [2, 1, 2]}
           {"prompt": "p", "completions": ["one", "two", "three"], "labels": [true, 0.25, null]}
           {"prompt": "p", "completion": "c", "label": false}
           {"completion": "c", "label": 0.5}"#,
    );
    let ranked =
        Feedback::Ranking { completions: ["a", "b", "c"].map(String::from).into(), ranks: vec![2.0, 1.0, 2.0] };
    let steps = ["one", "two", "three"].map(String::from).into();
    assert_eq!(found[0].feedback, ranked);
    assert_eq!(found[1].feedback, Feedback::Steps { steps, labels: vec![Some(1.0), Some(0.25), None] });
    assert_eq!(found[2].feedback, Feedback::Rated { completion: "c".into(), label: 0.0 });
    assert_eq!((found[3].prompt.as_str(), found.len()), ("", 4));
    assert_eq!(
        summary(&Rows { examples: found.clone(), passed_over: 0 }),
        "4 rows; 1 rankings; 1 solutions in steps; 2 rated completions"
    );
}

#[test]
fn a_wrong_row_is_refused_with_its_line_its_field_and_what_to_do() {
    let good = r#"{"prompt": "p", "chosen": "a", "rejected": "b"}"#;
    let cases = [
        (r#"{"prompt": "p", "chosen": "a"}"#, "`rejected` is missing"),
        (r#"{"prompt": "p", "chosn": "a"}"#, "`chosn` may be meant for `chosen`"),
        (r#"{"prompt": "p"}"#, "none of `chosen`, `completions`, `completion`"),
        (r#"{"prompt": "p", "chosen": "a", "rejected": "a"}"#, "are the same text"),
        (r#"{"prompt": "p", "chosen": " ", "rejected": "a"}"#, "`chosen` is empty"),
        (r#"{"prompt": "p", "chosen": 3, "rejected": "a"}"#, "`chosen` is neither a text"),
        (r#"{"prompt": "p", "chosen": [{"role": "dog", "content": "x"}], "rejected": "a"}"#, "a message of `dog`"),
        (r#"{"prompt": "p", "chosen": "a", "rejected": "b", "preference": 1.5}"#, "`preference` is 1.5"),
        (r#"{"prompt": "p", "chosen": "a", "rejected": "b", "weight": 0}"#, "`weight` is 0"),
        (r#"{"prompt": "p", "chosen": "a", "rejected": "b", "margin": "x"}"#, "`margin` is no number"),
        (r#"{"prompt": "p", "completions": ["a"], "ranking": [1]}"#, "fewer than two"),
        (r#"{"prompt": "p", "completions": ["a", "b"], "ranking": [1]}"#, "1 entries for 2 completions"),
        (r#"{"prompt": "p", "completions": ["a", "b"], "ranking": [1, 1]}"#, "is one tie"),
        (r#"{"prompt": "p", "completions": ["a", "b"]}"#, "`labels` is missing beside `completions`"),
        (r#"{"prompt": "p", "completions": ["a", "b"], "labels": [true, "x"]}"#, "`labels` holds \"x\""),
        (r#"{"prompt": "p", "completions": ["a", ""], "labels": [true, true]}"#, "an empty text"),
        (r#"{"prompt": "p", "completion": "c"}"#, "`label` is missing"),
        ("[1]", "no JSON object"),
        ("{", "no JSON"),
    ];
    for (row, wanted) in cases {
        let error = refusal(&format!("{good}\n{row}\n"));
        assert!(error.contains(wanted) && error.contains("line 2"), "{row}: {error}");
    }
}

#[test]
fn wrong_files_are_named() {
    assert!(refusal("").contains("no row"));
    let missing = read(&[PathBuf::from("nowhere.jsonl")], None).unwrap_err().to_string();
    assert!(missing.contains("nothing at `nowhere.jsonl`"), "{missing}");
    let (folder, path) = written("broken.jsonl.gz", &[0x1f, 0x8b, 8, 0, 1, 2, 3]);
    assert!(read(&[path], None).unwrap_err().to_string().contains("no whole gz file"));
    std::fs::remove_file(folder.path().join("broken.jsonl.gz")).unwrap();
    assert!(read(&[folder.path().to_owned()], None).unwrap_err().to_string().contains("has no .jsonl"));
    assert!("pandaml".parse::<Format>().unwrap_err().to_string().contains("pandalm"));
}

#[test]
fn packed_files_are_read_whatever_their_name() {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(br#"{"prompt": "p", "chosen": "a", "rejected": "b"}"#).unwrap();
    let (_folder, path) = written("rows.jsonl", &packer.finish().unwrap());
    assert_eq!(read(&[path], None).unwrap().examples.len(), 1);
}

#[test]
fn a_mark_before_the_first_letter_is_no_part_of_a_row() {
    let text = "\u{feff}{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}";
    assert_eq!(rows(text).len(), 1);
}

#[test]
fn folders_in_folders_are_read_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (place, chosen) in [("b/two.jsonl", "two"), ("a.jsonl", "one"), (".cache/three.jsonl", "three")] {
        let path = folder.path().join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!(r#"{{"prompt": "p", "chosen": "{chosen}", "rejected": "r"}}"#)).unwrap();
    }
    let found = read(&[folder.path().to_owned()], None).unwrap().examples;
    assert_eq!(found.iter().map(|it| pair(it).1).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn what_tells_nothing_apart_is_counted() {
    let vote = |a: u8, b: u8, c: u8| {
        format!(
            r#"{{"instruction": "i", "input": "", "response1": "x", "response2": "y", "annotator1": {a}, "annotator2": {b}, "annotator3": {c}}}"#
        )
    };
    let text = format!("[{}, {}, {}]", vote(1, 1, 2), vote(0, 0, 1), vote(1, 2, 0));
    let (_folder, path) = written("votes.json", text.as_bytes());
    let found = read(&[path], Some(Format::PandaLm)).unwrap();
    assert_eq!((found.examples.len(), found.passed_over), (1, 2));
    assert_eq!(summary(&found), "1 rows; 1 pairs; 2 passed over that tell nothing apart");
}

#[test]
fn formats_are_told_by_names() {
    let of = |path: &str| Format::of(Path::new(path));
    assert_eq!(of("../data/hh_rlhf/helpful-base-test.part.jsonl.gz"), Format::HhRlhf);
    assert_eq!(of("pandalm/testset-v1.part.json"), Format::PandaLm);
    assert_eq!(of("HH-RLHF/train.jsonl.gz"), Format::HhRlhf);
    assert_eq!(of("LLMBar/Natural.json"), Format::LlmBar);
    assert_eq!(of("pairs.jsonl"), Format::Jsonl);
}

#[test]
fn published_rows_become_examples() {
    let read_as = |format: Format, text: &str| {
        let (_folder, path) = written("Some.part.json", text.as_bytes());
        read(&[path], Some(format)).unwrap().examples
    };
    let found = read_as(Format::LlmBar, r#"[{"input": "do", "output_1": "no", "output_2": "done", "label": 2}]"#);
    assert_eq!(pair(&found[0]), ("\n\nHuman: do\n\nAssistant:", "done", "no", 0.0, 1.0));
    assert_eq!(found[0].labels["subset"], "some");
    let vote = |votes: [u8; 3]| {
        let [a, b, c] = votes;
        format!(
            r#"{{"instruction": "do", "input": "", "response1": "x", "response2": "y", "annotator1": {a}, "annotator2": {b}, "annotator3": {c}}}"#
        )
    };
    let votes = format!("[{}, {}, {}]", vote([2, 2, 1]), vote([0, 1, 2]), vote([1, 0, 0]));
    let found = read_as(Format::PandaLm, &votes);
    assert_eq!(found.len(), 1, "one vote for either side is a tie, and so is one vote against two ties");
    assert_eq!(pair(&found[0]), ("\n\nHuman: do\n\nAssistant:", "y", "x", 0.0, 2.0 / 3.0));
    assert_eq!(found[0].labels["annotator3"], "rejected");
    let found = read_as(
        Format::BigbenchMistake,
        r#"{"input": "i", "steps": ["a", "b", "c"], "target": "t", "answer": "u", "mistake_index": 1}"#,
    );
    let steps = ["a\n", "b\n", "c\n"].map(String::from).into();
    assert_eq!(found[0].feedback, Feedback::Steps { steps, labels: vec![Some(1.0), Some(0.0), None] });
}

#[test]
fn rows_to_be_scored_need_no_labels() {
    let text = r#"{"prompt": "p", "completion": "c"}
                  {"prompt": "p", "completions": ["a", "b"]}
                  {"prompt": "p", "chosen": "a", "rejected": "b"}"#;
    let (_folder, path) = written("rows.jsonl", text.as_bytes());
    let found = read_to_score(std::slice::from_ref(&path), None).unwrap().examples;
    let tied = |texts: &[&str]| Feedback::Ranking {
        completions: texts.iter().map(|text| (*text).to_owned()).collect(),
        ranks: vec![0.0; texts.len()],
    };
    assert_eq!((&found[0].feedback, &found[1].feedback), (&tied(&["c"]), &tied(&["a", "b"])));
    assert_eq!(pair(&found[2]).1, "a");
    assert!(read(&[path], None).is_err(), "nothing can be learned from them");
}

#[test]
fn a_misspelt_optional_field_is_no_label() {
    let pair = |more: &str| format!(r#"{{"chosen": "a", "rejected": "b", {more}}}"#);
    for (slip, field) in [("promt", "prompt"), ("weigth", "weight"), ("margins", "margin"), ("preferenc", "preference")]
    {
        let error = refusal(&pair(&format!(r#""{slip}": 1"#)));
        assert!(error.contains(&format!("`{slip}` is almost `{field}`")) && error.contains("line 1"), "{error}");
    }
    assert_eq!(rows(&pair(r#""height": 3"#))[0].labels["height"], "3");
    assert_eq!(rows(&pair(r#""prompt": "p", "prompts": 2"#))[0].labels["prompts"], "2", "the field itself is there");
}

#[test]
fn a_mistake_outside_the_steps_is_refused() {
    let refused = |row: &str| {
        let (_folder, path) = written("Some.part.jsonl", row.as_bytes());
        read(&[path], Some(Format::BigbenchMistake)).unwrap_err().to_string()
    };
    for index in ["2", "-1"] {
        let error = refused(&format!(r#"{{"input": "i", "steps": ["a", "b"], "mistake_index": {index}}}"#));
        assert!(error.contains(&format!("`mistake_index` is {index}")), "{error}");
    }
    let error = refused(r#"{"input": "i", "steps": ["a", 3, "b"], "mistake_index": 2}"#);
    assert!(error.contains("`steps` holds what is no text"), "{error}");
}

/// What the data folder holds where it is there; its README counts the records.
#[test]
fn published_files_have_the_records_they_are_said_to_have() {
    let root = Path::new("../shared/data");
    if !root.is_dir() {
        eprintln!("passed over: no data folder beside the project");
        return;
    }
    let count = |path: &str| read(&[root.join(path)], None).unwrap().examples.len();
    assert_eq!(count("hh_rlhf"), 1137 + 1179 - 4, "one row holds one dialogue twice, three an empty answer");
    assert_eq!(count("llmbar"), 46 + 41 + 25 + 23 + 68);
    assert_eq!(count("bigbench_mistake"), 150 + 489 + 154 + 148 + 158 - 1, "one trace has an empty step");
    assert_eq!(count("gsm8k/example_model_solutions.part.jsonl.gz"), 4 * 663);
    assert_eq!(count("pandalm"), 445, "the others are ties, or have an empty answer or one answer twice");
}
