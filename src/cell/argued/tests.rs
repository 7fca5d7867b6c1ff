use std::sync::Arc;

use super::*;
use crate::judgment::{Cost, Places, Point, Quote, Sort, View};
use crate::material::{Level, Material};
use crate::record::rows::{ClusterScope, Labels};
use crate::strategy::Heard;
use crate::task::{Candidate, ClaimTruth, Evidence, Says, Split};

const TALE: &str = "The lamp went out. Mira slept. The keeper wept. Rain fell.";

/// Sentences of the tale by number.
fn sentence(at: usize) -> Span {
    let starts: Vec<usize> = [0].into_iter().chain(TALE.match_indices(". ").map(|(dot, _)| dot + 2)).collect();
    Span::new(starts[at], starts.get(at + 1).map_or(TALE.len(), |next| next - 1))
}

fn instance() -> Arc<Instance> {
    let book = Level { name: "book", units: vec![Span::new(0, TALE.len())], titles: vec![] };
    let sentences = Level { name: "sentence", units: (0..4).map(sentence).collect(), titles: vec![] };
    let candidate = |claims: [&str; 2]| Candidate { claims: claims.map(str::to_owned).to_vec() };
    Arc::new(Instance {
        id: "i".into(),
        material: Arc::new(Material::new(vec![TALE.into()], vec![book, sentences])),
        question: "Which account is true?".into(),
        candidates: vec![
            candidate(["The lamp went out.", "Mira slept."]),
            candidate(["The lamp burned.", "Mira slept."]),
        ],
        labels: [("cluster".to_owned(), "w".to_owned())].into(),
    })
}

/// The first candidate is right; the first claim of the second is the flaw, and the first sentence shows it.
fn truths() -> Truths {
    let claim = |holds: bool, at: usize| {
        let says = if holds { Says::Supports } else { Says::Refutes };
        ClaimTruth::new(holds, vec![Evidence { spans: vec![sentence(at)], says, rank: 0 }])
    };
    let claims = vec![vec![claim(true, 0), claim(true, 1)], vec![claim(false, 0), claim(true, 1)]];
    Truths::new([("i".to_owned(), Truth { right: 0, claims })])
}

fn stamp() -> Stamp {
    Stamp {
        cell: "c".into(),
        arm: "debate".into(),
        seed: 3,
        split: Split::Test,
        swept: Labels::new(),
        cluster_scope: ClusterScope::Seed,
        labels: [("strength".to_owned(), "strong".to_owned())].into(),
        helpers: [(Role::Debater, "reader".to_owned())].into(),
    }
}

fn exchange(role: Role, wanted: Wanted, sample: u32, answer: Answer, quotes: &[Span]) -> Exchange {
    let quotes = quotes.iter().map(|span| Quote { span: *span, weight: 1.0 }).collect();
    Exchange {
        role,
        wanted,
        sample,
        places: Places::AsGiven,
        view: View::default(),
        heard: vec![],
        cost: Cost::default(),
        outcome: Outcome::Scored(Reply { answer, quotes, by_text: None, model_calls: 0, micro_dollars: 0 }),
    }
}

/// Argues for an option: its own first claim holds, the other's fails.
fn argues(side: u16, sample: u32, quotes: &[Span]) -> Exchange {
    let point = |candidate: u16, p_holds: f32| Point { candidate, claim: 0, p_holds, quotes: 1 };
    let points = vec![point(side, 0.9), point(1 - side, 0.1)];
    let answer = Answer::Argument(Box::new(Argument { side: Some(side), conviction: 0.8, points }));
    let wanted = Wanted::Argue { stance: Stance::For(side), points_max: 2, tokens_max: 64 };
    exchange(Role::Debater, wanted, sample, answer, quotes)
}

fn judges(tree: &Tree, heard: &[u32]) -> Exchange {
    let node = tree.root();
    let heard = heard.iter().map(|at| Heard { node, exchange: Some(*at) }).collect();
    let answer = Answer::Distribution(vec![0.7, 0.3]);
    Exchange { heard, ..exchange(Role::Evaluator, Wanted::Choice(2), 0, answer, &[]) }
}

/// A tree whose root has these exchanges, and then a verdict that heard some of them.
fn tree(exchanges: Vec<Exchange>, heard: &[u32]) -> Tree {
    let mut tree = Tree::new(instance());
    let verdict = judges(&tree, heard);
    let root = tree.root();
    tree.node_mut(root).exchanges = exchanges;
    tree.node_mut(root).exchanges.push(verdict);
    tree
}

fn rows_of(tree: &Tree) -> Vec<ArgumentRow> {
    rows(&stamp(), tree, &tree.instance, &truths())
}

#[test]
fn both_sides_of_a_debate_are_measured_against_the_truth() {
    let debate = tree(vec![argues(0, 0, &[sentence(0)]), argues(1, 0, &[sentence(2), sentence(3)])], &[0, 1]);
    let rows = rows_of(&debate);
    assert_eq!(rows.len(), 2, "the verdict is no argument");
    let (honest, dishonest) = (&rows[0], &rows[1]);
    assert_eq!((honest.right, dishonest.right), (Some(true), Some(false)));
    assert_eq!((honest.helper.as_str(), honest.cluster.as_str(), honest.seed), ("reader", "w", 3));
    assert_eq!(honest.labels.get("strength").map(String::as_str), Some("strong"));
    assert_eq!((honest.flaws, honest.bearing, dishonest.bearing), (1, 1, 0));
    assert_eq!((dishonest.quotes, dishonest.verified, dishonest.unverified), (2, 2, 0));
    assert!(honest.points.iter().all(PointRow::is_right) && !dishonest.points.iter().any(PointRow::is_right));
    // A line of two points, 3 + 3 * 4 tokens, and "The lamp went out ." beside it.
    assert_eq!(honest.tokens, 15 + 5);
    assert_eq!(sides(&rows), Some(BOTH));
}

#[test]
fn what_the_judge_did_not_hear_is_marked() {
    // A best of two for each side: of either only the second sample goes to the judge, and quotes what the first does.
    let samples = vec![
        argues(0, 0, &[sentence(0)]),
        argues(0, 1, &[sentence(0)]),
        argues(1, 0, &[sentence(2)]),
        argues(1, 1, &[sentence(2)]),
    ];
    let rows = rows_of(&tree(samples, &[1, 3]));
    assert_eq!(rows.iter().map(|row| row.heard).collect::<Vec<_>>(), [false, true, false, true]);
    let rows = rows_of(&tree(vec![argues(1, 0, &[])], &[0]));
    assert_eq!(sides(&rows), Some(WRONG));
    assert_eq!(sides(&rows_of(&tree(vec![argues(1, 0, &[])], &[]))), None);
}

#[test]
fn a_place_that_a_critic_points_at_and_the_judge_reads_is_heard() {
    let wanted = Wanted::Argue { stance: Stance::Against(1), points_max: 1, tokens_max: 64 };
    let points = vec![Point { candidate: 1, claim: 0, p_holds: 0.2, quotes: 1 }];
    let answer = Answer::Argument(Box::new(Argument { side: None, conviction: 0.8, points }));
    let critique = |at: usize| exchange(Role::Critic, wanted, 0, answer.clone(), &[sentence(at)]);
    let mut checked = tree(vec![critique(0), critique(3)], &[]);
    let root = checked.root();
    checked.node_mut(root).exchanges[2].view.spans = vec![Span::new(0, 30)];
    let rows = rows_of(&checked);
    assert_eq!(rows.iter().map(|row| row.heard).collect::<Vec<_>>(), [true, false]);
    assert_eq!((rows[0].right, rows[0].side), (Some(true), None), "it finds fault with the wrong one");
    assert_eq!(sides(&rows), None, "a critic speaks for no side");
}

#[test]
fn what_is_not_in_the_material_is_not_verified_and_what_does_not_bear_is_nothing() {
    let outside = Span::new(TALE.len() - 2, TALE.len() + 9);
    let rows = rows_of(&tree(vec![argues(0, 0, &[sentence(1), outside])], &[0]));
    assert_eq!((rows[0].quotes, rows[0].verified, rows[0].unverified, rows[0].bearing), (2, 1, 1, 0));
    // A doubt, and an instance without a truth.
    let points = vec![Point { candidate: 0, claim: 0, p_holds: 0.5, quotes: 0 }];
    let doubt = Answer::Argument(Box::new(Argument { side: None, conviction: 0.5, points }));
    let doubting = tree(
        vec![exchange(Role::Evaluator, Wanted::Claims { sort: Sort::Doubtful, count_max: 1 }, 0, doubt, &[])],
        &[],
    );
    assert!(rows_of(&doubting).is_empty());
    let debate = tree(vec![argues(0, 0, &[])], &[0]);
    assert!(super::rows(&stamp(), &debate, &debate.instance, &Truths::default()).is_empty());
}

#[test]
fn the_flaws_that_a_judge_lists_are_rows_of_its_own() {
    let points = vec![
        Point { candidate: 1, claim: 0, p_holds: 0.2, quotes: 0 },
        Point { candidate: 0, claim: 1, p_holds: 0.4, quotes: 0 },
    ];
    let listed = Answer::Argument(Box::new(Argument { side: None, conviction: 0.8, points }));
    let wanted = Wanted::Claims { sort: Sort::Flawed, count_max: 2 };
    let rows = rows_of(&tree(vec![exchange(Role::Evaluator, wanted, 0, listed, &[])], &[]));
    assert_eq!((rows.len(), rows[0].stance, rows[0].right, rows[0].heard), (1, None, None, true));
    let findings = crate::eval::critique::findings_of_arguments(&[&rows[0]]);
    assert_eq!((findings[0].flaws, findings[0].found, findings[0].named), (1.0, 1.0, 2.0));
    assert_eq!(sides(&rows), None);
}
