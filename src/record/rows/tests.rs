use proptest::prelude::*;

use super::*;
use crate::judgment::{Places, Wanted};
use crate::task::SplitRule;

fn tree() -> TreeRow {
    let exchange = ExchangeRow {
        role: Role::Evaluator,
        wanted: Wanted::Choice(2),
        sample: 0,
        places: Places::Mirrored,
        shown: ShownRow {
            spans: vec![SpanRow(0, 9)],
            quotes: vec![QuoteRow(3, 9, 0.1)],
            messages: vec![MessageRow(1, None), MessageRow(0, Some(2))],
        },
        outcome: Outcome::Scored(Answer::Distribution(vec![0.1, 0.9])),
        quotes: vec![],
        by_text: None,
        cost: Cost { evaluator_tokens: 12, asks: 1, ..Cost::default() },
    };
    let root = NodeRow {
        id: 0,
        parent: None,
        question: Some(Question::Which),
        spans: vec![SpanRow(0, 99)],
        split: Some(SplitRule::BySearch { fan_out: 4, chunk_tokens: 64 }),
        exchanges: vec![exchange],
        own_verdict: None,
    };
    let child = NodeRow {
        id: 1,
        parent: Some(0),
        question: Some(Question::Claim { candidate: 1, claim: 0 }),
        split: None,
        exchanges: vec![],
        own_verdict: Some(VerdictRow { outcome: Outcome::OverBudget, quotes: vec![] }),
        ..root.clone()
    };
    let leaf = NodeRow { id: 2, parent: Some(1), question: None, ..child.clone() };
    TreeRow {
        version: Version,
        cell: "c".into(),
        arm: "tree".into(),
        seed: u64::MAX,
        split: Split::Test,
        instance: "w1/a".into(),
        material: "00".repeat(16),
        question: "Which?".into(),
        candidates: vec![vec!["A \"quoted\"\nclaim.".into()], vec![]],
        right: Some(1),
        holds: Some(vec![vec![false], vec![]]),
        nodes: vec![root, child, leaf],
        cost: Cost::default(),
        labels: Labels::new(),
    }
}

#[test]
fn a_tree_reads_back_and_is_written_in_compact_arrays() {
    let line = serde_json::to_string(&tree()).unwrap();
    assert!(!line.contains('\n'), "one row, one line");
    assert!(line.contains(r#""quotes":[[3,9,0.1]]"#), "{line}");
    assert!(line.contains(r#""messages":[[1,null],[0,2]]"#), "{line}");
    assert_eq!(serde_json::from_str::<TreeRow>(&line).unwrap(), tree());
    assert_eq!(serde_json::to_string(&tree()).unwrap(), line);
}

#[test]
fn what_is_left_out_of_a_node_is_read_off_others() {
    let tree = tree();
    let [root, child, leaf] = &tree.nodes[..] else { panic!("three nodes") };
    assert_eq!(root.verdict(), Some((&root.exchanges[0].outcome, &root.exchanges[0].quotes[..])));
    assert_eq!(child.verdict(), Some((&Outcome::OverBudget, &[][..])));
    assert_eq!(NodeRow { own_verdict: None, ..child.clone() }.verdict(), None);
    assert_eq!(tree.question_of(root), Some(&Question::Which));
    assert_eq!(tree.question_of(leaf), Some(&Question::Claim { candidate: 1, claim: 0 }));
    assert_eq!(tree.question_of(leaf), tree.question_of(child));
}

#[test]
fn what_holds_is_told_claim_by_claim_and_before_it_was_written_of_the_right_candidate_alone() {
    let tree = tree();
    assert_eq!([tree.claim_holds(0, 0), tree.claim_holds(0, 1), tree.claim_holds(2, 0)], [Some(false), None, None]);
    let line = serde_json::to_string(&tree).unwrap();
    let before: TreeRow = serde_json::from_str(&line.replace(r#""holds":[[false],[]],"#, "")).unwrap();
    assert_eq!((before.holds.as_ref(), before.claim_holds(1, 0), before.claim_holds(0, 0)), (None, Some(true), None));
}

#[test]
fn another_version_and_an_unknown_field_are_refused() {
    let line = serde_json::to_string(&tree()).unwrap();
    let older = line.replacen(&format!("\"version\":{VERSION}"), "\"version\":1", 1);
    let refused = serde_json::from_str::<TreeRow>(&older).unwrap_err().to_string();
    assert!(refused.contains("version 1") && refused.contains(&format!("version {VERSION}")), "{refused}");
    let extra = line.replacen("\"cell\"", "\"cel\":0,\"cell\"", 1);
    assert!(serde_json::from_str::<TreeRow>(&extra).is_err());
}

#[test]
fn outcomes_are_counted_by_name() {
    let row = ResultRow {
        version: Version,
        cell: String::new(),
        arm: "tree".into(),
        seed: None,
        split: Split::Test,
        metric: "accuracy".into(),
        value: None,
        ci_low: None,
        ci_high: None,
        n: 0,
        unscored: BTreeMap::from([(OutcomeKind::OverBudget, 3)]),
        labels: Labels::new(),
    };
    let line = serde_json::to_string(&row).unwrap();
    assert!(line.contains(r#""value":null"#) && line.contains(r#""unscored":{"over_budget":3}"#), "{line}");
    assert_eq!(serde_json::from_str::<ResultRow>(&line).unwrap(), row);
}

#[test]
fn marks_of_a_verdict() {
    let marks = |d: &[f32], right| InstanceRow::marks(d, right).map(|(_, correct, _)| correct);
    assert_eq!(marks(&[0.25, 0.75], 1), Some(1.0));
    assert_eq!(marks(&[0.25, 0.75], 0), Some(0.0));
    assert_eq!(marks(&[0.5, 0.5], 0), Some(0.5));
    assert_eq!(marks(&[0.25; 4], 3), Some(0.25));
    assert_eq!(marks(&[0.5, 0.5], 2), None);
    assert_eq!(marks(&[], 0), None);
    assert_eq!(InstanceRow::marks(&[0.25, 0.75], 0), Some((0.25, 0.0, 0.75)));
}

proptest! {
    #[test]
    fn floats_read_back_as_the_bits_written(wide in any::<f64>(), narrow in any::<f32>()) {
        prop_assume!(wide.is_finite() && narrow.is_finite());
        let preference = PreferenceRow {
            version: Version,
            id: String::new(),
            prompt: String::new(),
            chosen: String::new(),
            rejected: String::new(),
            margin: wide,
            source: String::new(),
        };
        let read: PreferenceRow = serde_json::from_str(&serde_json::to_string(&preference).unwrap()).unwrap();
        prop_assert_eq!(read.margin.to_bits(), wide.to_bits());
        let quote = QuoteRow(0, 1, narrow);
        let read: QuoteRow = serde_json::from_str(&serde_json::to_string(&quote).unwrap()).unwrap();
        prop_assert_eq!(read.2.to_bits(), narrow.to_bits());
    }
}
