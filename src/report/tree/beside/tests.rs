use serde_json::{Value, json};

use super::Beside::{FalseAlarm, Holds, MayHold, MissesFlaw, Open, Right, SeesFlaw, Undecided, Unknown, Wrong};
use super::*;

/// A node as `(parent, claim, distribution)`, the claim of a candidate where it is not that of the parent.
type Told<'a> = (Option<u32>, Option<(u16, u16)>, &'a [f32]);

/// A tree over two candidates, the first right: B1 does not hold, B2 does.
fn tree(nodes: &[Told<'_>]) -> TreeRow {
    let node = |(id, (parent, claim, values)): (usize, &Told<'_>)| -> Value {
        let claim = claim.map(|(candidate, claim)| json!({ "claim": { "candidate": candidate, "claim": claim } }));
        let outcome =
            if values.is_empty() { json!("over_budget") } else { json!({ "scored": { "distribution": values } }) };
        let question = if parent.is_none() { Some(json!("which")) } else { claim };
        let mut node = json!({ "id": id, "parent": parent, "spans": [[0, 9]], "own_verdict": { "outcome": outcome } });
        question.into_iter().for_each(|question| node["question"] = question);
        node
    };
    let nodes: Vec<Value> = nodes.iter().enumerate().map(node).collect();
    let row = json!({
        "version": 2, "cell": "c", "arm": "rrm", "seed": 0, "split": "test", "instance": "i", "material": "m", "question": "?",
        "candidates": [["a"], ["b", "c"]], "right": 0, "holds": [[true], [false, true]], "nodes": nodes, "cost": {},
        "labels": {}
    });
    serde_json::from_value(row).expect("a tree")
}

const B1: Option<(u16, u16)> = Some((1, 0));

#[test]
fn a_verdict_stands_beside_the_truth_of_what_it_is_about() {
    let of_claim = |claim, values: &[f32]| beside(&tree(&[(None, None, &[0.6, 0.4]), (Some(0), claim, values)]))[1];
    for (claim, values, expected) in [
        ((1, 0), &[0.1, 0.8, 0.1][..], SeesFlaw),
        ((1, 0), &[0.8, 0.1, 0.1], MissesFlaw),
        ((1, 0), &[0.3, 0.3, 0.4], Open),
        ((1, 0), &[0.4, 0.4, 0.2], Undecided),
        ((1, 0), &[0.499_999_94, 0.500_000_06, 0.0], Undecided),
        ((1, 1), &[0.1, 0.8, 0.1], FalseAlarm),
        ((1, 1), &[0.8, 0.1, 0.1], Holds),
        ((0, 0), &[0.2, 0.8], FalseAlarm),
        ((0, 0), &[], Unknown),
    ] {
        assert_eq!(of_claim(Some(claim), values), expected, "{claim:?} {values:?}");
    }
    let of_root = |values: &[f32]| beside(&tree(&[(None, None, values)]))[0];
    assert_eq!([of_root(&[0.6, 0.4]), of_root(&[0.4, 0.6]), of_root(&[0.5, 0.5])], [Right, Wrong, Undecided]);
}

#[test]
fn rows_that_do_not_say_which_claims_hold_tell_it_of_the_right_candidate() {
    let nodes: [Told<'_>; 4] = [
        (None, None, &[0.6, 0.4]),
        (Some(0), B1, &[0.8, 0.1, 0.1]),
        (Some(0), Some((1, 1)), &[0.1, 0.8, 0.1]),
        (Some(0), Some((0, 0)), &[0.1, 0.8, 0.1]),
    ];
    let before = TreeRow { holds: None, ..tree(&nodes) };
    assert_eq!(beside(&before), [Right, MayHold, SeesFlaw, FalseAlarm]);
    assert_eq!(beside(&TreeRow { right: None, ..before }), [Unknown; 4]);
}

#[test]
fn a_flaw_is_lost_where_the_first_node_above_it_no_longer_says_so() {
    let (sees, holds, open): (&[f32], &[f32], &[f32]) = (&[0.1, 0.8, 0.1], &[0.8, 0.1, 0.1], &[0.2, 0.2, 0.6]);
    let of = |root: &[f32], claim: &[f32], leaves: [&[f32]; 2]| {
        let tree =
            tree(&[(None, None, root), (Some(0), B1, claim), (Some(1), None, leaves[0]), (Some(1), None, leaves[1])]);
        flaws(&tree, &beside(&tree)).iter().map(|flaw| (flaw.seen, flaw.lost)).collect::<Vec<_>>()
    };
    let (right, wrong): (&[f32], &[f32]) = (&[0.7, 0.3], &[0.3, 0.7]);
    assert_eq!(of(wrong, holds, [sees, open]), [(2, Some(1))], "the claim says that it holds");
    assert_eq!(of(wrong, open, [sees, open]), [(2, Some(1))], "the claim says nothing");
    assert_eq!(of(wrong, &[], [sees, open]), [(2, Some(1))], "the claim was not decided");
    assert_eq!(of(wrong, sees, [sees, sees]), [(2, Some(0)), (3, Some(0))], "the root is wrong");
    assert_eq!(of(wrong, sees, [open, open]), [(1, Some(0))], "the claim alone saw it");
    assert_eq!(of(right, sees, [open, sees]), [(3, None)], "it came up");
    assert_eq!(of(right, holds, [sees, open]), [(2, Some(1))], "lost, though the root is right by another way");
    assert_eq!(of(wrong, open, [open, holds]), [], "nobody saw it");
}

#[test]
fn lost_flaws_stand_before_those_that_came_up() {
    let sees: &[f32] = &[0.1, 0.8, 0.1];
    let tree =
        tree(&[(None, None, &[0.7, 0.3]), (Some(0), B1, sees), (Some(0), B1, &[0.2, 0.2, 0.6]), (Some(2), None, sees)]);
    assert_eq!(flaws(&tree, &beside(&tree)), [Flaw { seen: 3, lost: Some(2) }, Flaw { seen: 1, lost: None }]);
}
