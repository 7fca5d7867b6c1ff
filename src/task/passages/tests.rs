use crate::labels::Labels;
use std::sync::Arc;

use super::*;
use crate::task::Candidate;
use crate::task::books::layout::{ChapterText, PartText, Section, lay_out};

/// Two chapters of twenty sentences of five tokens, in passages of four sentences; the word `moon` stands in the
/// 7th, `star` in the 26th.
fn instance() -> Instance {
    let chapter = |from: usize| {
        let mut text = String::new();
        let mut sentences = Vec::new();
        for i in from..from + 20 {
            let word = ["moon", "star", "rain"][if i == 6 { 0 } else { 2 - usize::from(i == 25) }];
            let start = text.len() + usize::from(i > from);
            text.push_str(if i > from { " " } else { "" });
            text.push_str(&format!("then {word} came {i}."));
            sentences.push(Span::new(start, text.len()));
        }
        ChapterText { title: String::new(), sections: vec![Section { text: text.into(), sentences }] }
    };
    let part = PartText { title: String::new(), chapters: vec![chapter(0), chapter(20)] };
    let candidate = |claim: &str| Candidate { claims: vec![claim.to_owned()] };
    Instance {
        id: "i".into(),
        material: Arc::new(lay_out("b", vec![part], 24)),
        question: "Which?".into(),
        candidates: vec![candidate("The star."), candidate("The moon.")],
        labels: Labels::new(),
    }
}

fn root(instance: &Instance) -> Subtask {
    Subtask { question: Question::Which, spans: vec![instance.material.whole()] }
}

fn children(subtask: &Subtask, rule: SplitRule) -> Vec<Subtask> {
    let instance = instance();
    split(&instance, subtask, &rule, &Index::of(&instance.material))
}

#[test]
fn exhaustive_rules_lose_no_sentence_and_repeat_none() {
    let instance = instance();
    let mut odd = root(&instance);
    odd.spans = vec![instance.material.smallest()[3], instance.material.level("chapter").unwrap().units[1]];
    for subtask in [root(&instance), odd] {
        let all: Vec<Span> =
            subtask.spans.iter().flat_map(|s| instance.material.smallest_within(*s)).copied().collect();
        for rule in [3, 4, 7, 18]
            .map(|fan_out| SplitRule::ByPart { fan_out })
            .into_iter()
            .chain([SplitRule::BySummary { query_focused: false }])
        {
            let children = children(&subtask, rule.clone());
            let spans = children.iter().flat_map(|child| &child.spans);
            let covered: Vec<Span> = spans.flat_map(|s| instance.material.smallest_within(*s)).copied().collect();
            assert_eq!(covered, all, "{rule:?}");
            if let SplitRule::ByPart { fan_out } = rule {
                assert_eq!(children.len(), fan_out);
                let tokens = children.iter().map(|c| c.spans.iter().map(|s| instance.material.tokens(*s)).sum());
                let tokens: Vec<usize> = tokens.collect();
                assert!(tokens.iter().max().unwrap() - tokens.iter().min().unwrap() <= 25, "{rule:?} {tokens:?}");
            }
        }
    }
}

#[test]
fn levels_run_from_chapters_to_passages_and_end_there() {
    let mut subtask = root(&instance());
    let mut sizes = Vec::new();
    loop {
        let parts = children(&subtask, SplitRule::BySummary { query_focused: false });
        sizes.push(parts.len());
        match parts.into_iter().next() {
            Some(first) => subtask = first,
            None => break,
        }
    }
    assert_eq!(sizes, [2, 5, 0]);
}

#[test]
fn claims_part_once() {
    let subtask = root(&instance());
    let claims = children(&subtask, SplitRule::ByClaim);
    assert_eq!(claims.len(), 2);
    assert_eq!(claims[1].question, Question::Claim { candidate: 1, claim: 0 });
    assert!(children(&claims[0], SplitRule::ByClaim).is_empty());
}

#[test]
fn a_search_finds_each_claim_in_turn_and_keeps_to_its_size() {
    let instance = instance();
    let text = |subtask: &Subtask| instance.material.text(subtask.spans[0]).into_owned();
    for chunk_tokens in [5, 20, 60] {
        let found = children(&root(&instance), SplitRule::BySearch { fan_out: 2, chunk_tokens });
        assert_eq!(found.len(), 2);
        assert!(text(&found[0]).contains("star") && text(&found[1]).contains("moon"));
        assert!(found.iter().all(|child| instance.material.tokens(child.spans[0]) <= chunk_tokens));
    }
}

#[test]
fn a_reading_reaches_everything_once() {
    let instance = instance();
    let index = Index::of(&instance.material);
    let first = reading(&instance, &root(&instance), Reading::First, &index);
    let mut searched = reading(&instance, &root(&instance), Reading::Search, &index);
    assert_eq!(first, instance.material.level("passage").unwrap().units);
    assert_eq!((searched[0], searched[1]), (first[6], first[1]));
    searched.sort_unstable();
    assert_eq!(searched, first);
}

#[test]
fn questions_are_shown_with_letters_and_numbers() {
    let instance = instance();
    assert_eq!(shown(&instance, &root(&instance)), "Which?\nA.\n1. The star.\nB.\n1. The moon.");
    let claim = Subtask { question: Question::Claim { candidate: 0, claim: 0 }, spans: Vec::new() };
    assert_eq!(shown(&instance, &claim), "The star.");
}

#[test]
fn text_around_places_grows_within_one_span_of_its_parent() {
    let instance = instance();
    let passages = &instance.material.level("passage").unwrap().units;
    // Two spans that touch: what grows from one must not reach into the other.
    let parted = Subtask { question: Question::Which, spans: vec![passages[0], passages[1], passages[3]] };
    let rule = SplitRule::Around { places: vec![passages[0], passages[3]], chunk_tokens: 400 };
    let [child] = &children(&parted, rule)[..] else { panic!("one child") };
    assert_eq!(child.spans, [passages[0], passages[3]]);
}
