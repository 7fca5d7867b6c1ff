//! Instances on tales: a question by people, its answer against answers to other questions of the same tale.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::{Error, Result};
use crate::material::Span;
use crate::stream::Stream;
use crate::task::{Candidate, ClaimTruth, Drawn, Evidence, Instance, Says, Split, Truth, Truths};

use super::mined::content;
use super::splits::assigned;
use super::tales::HumanQuestion;
use super::words::tokens_of;
use super::{Book, Knobs};

/// Two answers that share this part of their words are taken for one.
const ALIKE_SHARE: f64 = 0.5;

/// Instances of a split of a seed; tales take turns, their questions in an order drawn from the seed.
pub fn draw(tales: &[&Book], all: &[Book], split: Split, count: usize, seed: u64, knobs: &Knobs) -> Result<Drawn> {
    let places: Vec<usize> = tales.iter().map(|t| all.iter().position(|b| b.id == t.id).unwrap_or(0)).collect();
    let splits = assigned(all, &places, seed, knobs)?;
    let here: Vec<&Book> = tales.iter().zip(splits).filter(|(_, s)| *s == split).map(|(t, _)| *t).collect();
    let stream = Stream::root(seed).named("task/books/tales");
    let mut decks: Vec<Vec<usize>> = here
        .iter()
        .map(|tale| {
            let mut deck: Vec<usize> = (0..tale.questions.len()).collect();
            deck.shuffle(&mut stream.named(&tale.id).rng());
            deck
        })
        .collect();
    let mut instances = Vec::with_capacity(count);
    let mut truths = Vec::with_capacity(count);
    while instances.len() < count {
        let before = instances.len();
        for (tale, deck) in here.iter().zip(&mut decks) {
            while let Some(question) = deck.pop().filter(|_| instances.len() < count) {
                let mut rng = stream.named(&tale.id).index(question as u64).rng();
                if let Some((instance, truth)) = make(tale, question, knobs.options, &mut rng) {
                    truths.push((instance.id.clone(), truth));
                    instances.push(Arc::new(instance));
                    break;
                }
            }
        }
        if instances.len() == before {
            let all = instances.len();
            let split = format!("{split:?}").to_lowercase();
            return Err(Error::Usage(format!(
                "task.books.source: the {split} split of seed {seed} has {} tales with {all} questions that have wrong \
                 answers, and {count} are asked for; lower `instances.{split}`, or add tales",
                here.len()
            )));
        }
    }
    Ok(Drawn { instances, truths: Truths::new(truths) })
}

fn make(tale: &Book, index: usize, options: usize, rng: &mut ChaCha8Rng) -> Option<(Instance, Truth)> {
    let question = &tale.questions[index];
    let answer = question.answers.first()?;
    let mut answers = vec![answer.clone()];
    answers.extend(wrong_answers(tale, question, options - 1, rng)?);
    let right = rng.random_range(0..options);
    answers.swap(0, right);
    let spans = evidence(tale, question);
    let claim_truth = |holds: bool| {
        let says = if holds { Says::Supports } else { Says::Refutes };
        ClaimTruth::new(holds, vec![Evidence { spans: spans.clone(), says, rank: 0 }])
    };
    let labels = [
        ("cluster", &tale.id),
        ("book", &tale.id),
        ("attribute", &question.attribute),
        ("ex_or_im", &question.ex_or_im),
        ("local_or_sum", &question.local_or_sum),
    ];
    let instance = Instance {
        id: format!("{}-{:03}", tale.id, index + 1),
        material: tale.material.clone(),
        question: question.text.clone(),
        candidates: answers.iter().map(|a| Candidate { claims: vec![stated(&question.text, a)] }).collect(),
        labels: labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
    };
    let claims = (0..options).map(|i| vec![claim_truth(i == right)]).collect();
    Some((instance, Truth { right, claims }))
}

/// "Why did he go? To see the sea."
fn stated(question: &str, answer: &str) -> String {
    let mark = if question.ends_with(['?', '.', '!']) { "" } else { "?" };
    let mut chars = answer.trim_end_matches('.').chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{question}{mark} {first}{}.", chars.as_str())
}

/// Answers to other questions of the tale, those of the same attribute first, none like any answer of this one or
/// like one another; `None` where there are too few.
fn wrong_answers(tale: &Book, question: &HumanQuestion, count: usize, rng: &mut ChaCha8Rng) -> Option<Vec<String>> {
    let mut others: Vec<&HumanQuestion> = tale.questions.iter().filter(|q| q.text != question.text).collect();
    others.shuffle(rng);
    others.sort_by_key(|q| q.attribute != question.attribute);
    let mut taken: Vec<String> = Vec::new();
    for other in others {
        let Some(answer) = other.answers.first() else { continue };
        if taken.len() < count && !question.answers.iter().chain(&taken).any(|a| alike(a, answer)) {
            taken.push(answer.clone());
        }
    }
    (taken.len() == count).then_some(taken)
}

/// Whether two answers may be one: equal or one within the other after normalisation, or sharing most of their words.
fn alike(one: &str, other: &str) -> bool {
    let (a, b) = (normal(one), normal(other));
    if a.is_empty()
        || b.is_empty()
        || format!(" {a} ").contains(&format!(" {b} "))
        || format!(" {b} ").contains(&format!(" {a} "))
    {
        return true;
    }
    let words = |text: &str| content(&tokens_of(text)).into_iter().collect::<BTreeSet<_>>();
    let (a, b) = (words(one), words(other));
    let shared = a.intersection(&b).count() as f64;
    shared >= ALIKE_SHARE * a.len().min(b.len()).max(1) as f64
}

/// Lower case, words only, articles left out.
fn normal(answer: &str) -> String {
    let words = tokens_of(answer).into_iter().filter(|t| t.is_word()).map(|t| t.lower);
    words.filter(|w| !matches!(w.as_str(), "a" | "an" | "the")).collect::<Vec<_>>().join(" ")
}

/// The sentences that bear on the answer, one a section that the annotators named: the one that shares most words with
/// question and answers, the answers' counting double; sorted.
fn evidence(tale: &Book, question: &HumanQuestion) -> Vec<Span> {
    let asked = content(&tokens_of(&question.text));
    let answered = content(&tokens_of(&question.answers.join(" ")));
    let bearing = |span: &Span| {
        let held = content(&tokens_of(&tale.material.text(*span)));
        let shared = |words: &[String]| words.iter().filter(|w| held.contains(w)).count();
        shared(&asked) + 2 * shared(&answered)
    };
    let best = |section: &Span| {
        let units = tale.material.smallest_within(*section).iter();
        units.map(|u| (bearing(u), *u)).reduce(|best, next| if next.0 > best.0 { next } else { best })
    };
    let mut spans: Vec<Span> = question.sections.iter().filter_map(best).map(|(_, span)| span).collect();
    spans.sort();
    spans.dedup();
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_may_be_one_are_alike() {
        for (one, other) in
            [("the sun", "Sun."), ("a young girl", "a young girl and a man"), ("to sleep well", "sleep")]
        {
            assert!(alike(one, other), "{one} / {other}");
        }
        assert!(!alike("diamonds", "a forest of white coral"));
    }

    #[test]
    fn a_question_and_its_answer_make_a_claim() {
        assert_eq!(stated("Who came?", "the wolf"), "Who came? The wolf.");
        assert_eq!(stated("Who came", "the wolf."), "Who came? The wolf.");
    }
}
