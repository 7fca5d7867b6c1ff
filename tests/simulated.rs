//! The simulated reader does what it is set to: measured rates lie within 99.9% intervals of the settings, errors are
//! fixed or fresh as they should be, and a reply depends on truth only through what is in view.

mod support;

use std::sync::Arc;

use support::Drawers;
use support::asks::{replies, turn};
use tribunal::helper::simulated::{Config, Simulated, Trust};
use tribunal::judgment::{Answer, Ask, Judgment, Places, Quote, Reply, Role, View, Wanted};
use tribunal::material::Span;
use tribunal::scale::{logit, sigmoid};
use tribunal::stream::Stream;
use tribunal::task::books::{self, Books};
use tribunal::task::{Drawn, Instance, Question, Split, Subtask, Task, Truth, Truths};

/// Half the width of a 99.9% interval, in standard deviations.
const SPREAD: f64 = 3.2905;
/// Claims of each of the two candidates.
const CLAIMS: usize = 2500;

/// One chest with thousands of claims, each shown by one sentence.
fn chest() -> Drawn {
    Drawers { drawers: 400, claims: CLAIMS }.draw(Split::Test, 1, 11).unwrap()
}

fn reader(config: Config, truths: &Truths) -> Simulated {
    Simulated::new(config, truths.clone(), Trust::equal(1.0), Stream::root(5).named("fixed"))
}

fn rates(notice_rate: f64, error_rate: f64, error_fixed_share: f64) -> Config {
    Config { notice_rate, error_rate, error_fixed_share, ..Config::default() }
}

/// One ask a claim, with everything in view; `sample` names the asks' streams.
fn asks(instance: &Arc<Instance>, view: &View, sample: u64) -> Vec<Ask> {
    let claims = instance.candidates.iter().enumerate().flat_map(|(c, candidate)| {
        (0..candidate.claims.len()).map(move |k| Question::Claim { candidate: c as u16, claim: k as u16 })
    });
    claims
        .enumerate()
        .map(|(at, question)| Ask {
            ticket: at as u64,
            instance: instance.clone(),
            subtask: Arc::new(Subtask { question, spans: vec![instance.material.whole()] }),
            role: Role::Evaluator,
            wanted: Wanted::Predicate,
            view: view.clone(),
            stream: Stream::root(99).index(sample).index(at as u64),
            places: Places::AsGiven,
        })
        .collect()
}

fn whole(instance: &Instance) -> View {
    View { spans: vec![instance.material.whole()], ..View::default() }
}

fn said(reader: &Simulated, asks: &[Ask]) -> Vec<Reply> {
    let replies = replies(reader, asks);
    replies.into_iter().map(|outcome| outcome.scored().cloned().expect("a claim is judged")).collect()
}

/// For each reply: whether it says that the claim holds; none where it is left open.
fn holds(replies: &[Reply]) -> Vec<Option<bool>> {
    replies
        .iter()
        .map(|reply| match &reply.answer {
            Answer::Distribution(p) if p[2] > 0.5 => None,
            Answer::Distribution(p) => Some(p[0] > p[1]),
            Answer::Text(_) | Answer::Argument(_) => panic!("a claim is answered by a distribution"),
        })
        .collect()
}

/// For each claim, whether the reader says the opposite of the truth.
fn wrong(reader: &Simulated, drawn: &Drawn, asks: &[Ask]) -> Vec<bool> {
    let truth = drawn.truths.of(&drawn.instances[0]).unwrap();
    let claims = truth.claims.iter().flatten();
    holds(&said(reader, asks)).iter().zip(claims).map(|(said, claim)| *said == Some(!claim.holds)).collect()
}

fn assert_rate(what: &str, hits: usize, of: usize, rate: f64) {
    let measured = hits as f64 / of as f64;
    let half_width = SPREAD * (rate * (1.0 - rate) / of as f64).sqrt();
    println!("{what}: {measured:.4} of {of}, set to {rate:.4} +- {half_width:.4}");
    assert!((measured - rate).abs() <= half_width, "{what}: {measured} of {of}, not {rate} +- {half_width}");
}

#[test]
fn what_is_in_view_is_noticed_at_the_notice_rate() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    for notice_rate in [0.0, 0.35, 0.9, 1.0] {
        let reader = reader(rates(notice_rate, 0.0, 0.5), &drawn.truths);
        let found = holds(&said(&reader, &asks(instance, &whole(instance), 0)));
        let noticed = found.iter().filter(|said| said.is_some()).count();
        assert_rate("noticed", noticed, found.len(), notice_rate);
    }
    // A set of two sentences takes noticing both.
    let mut truth = drawn.truths.of(instance).unwrap().clone();
    let units = instance.material.smallest();
    for claim in truth.claims.iter_mut().flatten() {
        let first = claim.evidence[0].spans[0];
        let second = units.iter().copied().find(|unit| *unit != first).unwrap();
        claim.evidence[0].spans = vec![first.min(second), first.max(second)];
    }
    let pairs = Truths::new([(instance.id.clone(), truth)]);
    let found = holds(&said(&reader(rates(0.7, 0.0, 0.5), &pairs), &asks(instance, &whole(instance), 0)));
    let noticed = found.iter().filter(|said| said.is_some()).count();
    assert_rate("noticed in pairs", noticed, found.len(), 0.49);
}

#[test]
fn what_is_noticed_is_taken_for_its_opposite_at_the_error_rate() {
    let drawn = chest();
    let asks = asks(&drawn.instances[0], &whole(&drawn.instances[0]), 0);
    for error_rate in [0.0, 0.05, 0.3] {
        for rho in [0.0, 0.5, 1.0] {
            let errors = wrong(&reader(rates(1.0, error_rate, rho), &drawn.truths), &drawn, &asks);
            assert_rate("errors", errors.iter().filter(|wrong| **wrong).count(), errors.len(), error_rate);
        }
    }
    let errors = wrong(&reader(rates(0.6, 0.3, 0.5), &drawn.truths), &drawn, &asks);
    assert_rate("noticed errors", errors.iter().filter(|wrong| **wrong).count(), errors.len(), 0.6 * 0.3);
}

#[test]
fn a_share_rho_of_the_errors_comes_back_on_asking_again() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let error_rate = 0.3;
    for rho in [0.0, 0.3, 0.7, 1.0] {
        let reader = reader(rates(1.0, error_rate, rho), &drawn.truths);
        let [first, second] = [1, 2].map(|sample| wrong(&reader, &drawn, &asks(instance, &whole(instance), sample)));
        let errors = first.iter().filter(|wrong| **wrong).count();
        let again = first.iter().zip(&second).filter(|(a, b)| **a && **b).count();
        // A fixed error is there again, a fresh one only by chance.
        assert_rate("errors made again", again, errors, rho + (1.0 - rho) * error_rate);
    }
}

#[test]
fn fixed_errors_are_equal_whatever_is_asked_in_whatever_arm_and_differ_by_reader() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let fixed = reader(rates(1.0, 0.3, 1.0), &drawn.truths);
    let at_first = wrong(&fixed, &drawn, &asks(instance, &whole(instance), 1));
    // Page by page instead of whole, under another role, of another subtask: the view still holds the evidence.
    let pages = View { spans: instance.material.level("page").unwrap().units.clone(), ..View::default() };
    let elsewhere = asks(instance, &pages, 2).into_iter().map(|mut ask| {
        let question = ask.subtask.question.clone();
        ask.subtask = Arc::new(Subtask { question, spans: pages.spans.clone() });
        Ask { role: Role::Assistant, ..ask }
    });
    assert_eq!(wrong(&fixed, &drawn, &elsewhere.collect::<Vec<_>>()), at_first);
    let same_name = reader(rates(1.0, 0.3, 1.0), &drawn.truths);
    assert_eq!(wrong(&same_name, &drawn, &asks(instance, &whole(instance), 3)), at_first);
    let fixed_by_another_name = Stream::root(5).named("another");
    let other = Simulated::new(rates(1.0, 0.3, 1.0), drawn.truths.clone(), Trust::equal(1.0), fixed_by_another_name);
    let theirs = wrong(&other, &drawn, &asks(instance, &whole(instance), 1));
    let errors = at_first.iter().filter(|wrong| **wrong).count();
    let shared = at_first.iter().zip(&theirs).filter(|(a, b)| **a && **b).count();
    assert_rate("errors shared by two readers", shared, errors, 0.3);
}

#[test]
fn a_choice_makes_the_same_fixed_errors_as_a_predicate() {
    // With one claim a candidate, the choice is what is thought of the two claims.
    let drawn = Drawers { drawers: 40, claims: 1 }.draw(Split::Test, 400, 11).unwrap();
    let fixed = reader(rates(1.0, 0.3, 1.0), &drawn.truths);
    for instance in &drawn.instances {
        let view = whole(instance);
        let claims = holds(&said(&fixed, &asks(instance, &view, 1)));
        let subtask = Arc::new(Subtask { question: Question::Which, spans: view.spans.clone() });
        let ask = Ask { wanted: Wanted::Choice(2), subtask, ..asks(instance, &view, 2).remove(0) };
        let Answer::Distribution(p) = said(&fixed, &[ask]).remove(0).answer else { panic!("a choice") };
        match (claims[0], claims[1]) {
            // As sure as an error rate of 0.3 lets it be.
            (Some(true), Some(false)) => assert!((p[0] - 0.7).abs() < 1e-5, "{p:?}"),
            (Some(false), Some(true)) => assert!((p[1] - 0.7).abs() < 1e-5, "{p:?}"),
            _ => assert_eq!(p[0], 0.5),
        }
    }
}

/// The truth with all that lies outside of `view` turned round, and what no reader may use (which candidate is right,
/// which claims hold) turned round throughout.
fn turned_outside(truth: &Truth, view: &[Span]) -> Truth {
    let mut truth = truth.clone();
    truth.right = 1 - truth.right;
    for claim in truth.claims.iter_mut().flatten() {
        claim.holds = !claim.holds;
        for set in &mut claim.evidence {
            if !set.spans.iter().all(|unit| view.iter().any(|span| span.contains(unit))) {
                turn(set);
            }
        }
    }
    truth
}

#[test]
fn a_reply_depends_on_truth_only_through_what_is_in_view() {
    let books = Books::new(books::Config { tokens: 6_000, pairs_per_twin: 1, ..Default::default() }).unwrap();
    let tasks: [&dyn Task; 2] = [&Drawers { drawers: 200, claims: 40 }, &books];
    for task in tasks {
        let drawn = task.draw(Split::Test, 24, 5).unwrap();
        let (mut compared, mut informed) = (0, 0);
        for instance in &drawn.instances {
            let truth = drawn.truths.of(instance).unwrap();
            let units = &instance.material.levels()[instance.material.levels().len() - 2].units;
            let half: Vec<Span> = units.iter().copied().step_by(2).collect();
            let view = View { spans: half.clone(), ..View::default() };
            let other = Truths::new([(instance.id.clone(), turned_outside(truth, &half))]);
            let opposite = Truths::new([(instance.id.clone(), turned_outside(truth, &[]))]);
            let config = rates(0.9, 0.1, 0.5);
            let mut asked = asks(instance, &view, 0);
            let subtask = Arc::new(Subtask { question: Question::Which, spans: half });
            asked.push(Ask { ticket: 99_999, wanted: Wanted::Choice(2), subtask, ..asked[0].clone() });
            let reply = |truths: &Truths| said(&reader(config.clone(), truths), &asked);
            let (one, two) = (reply(&drawn.truths), reply(&other));
            assert_eq!(one, two, "{}: truth outside of the view was used", instance.id);
            compared += one.len();
            informed += one.iter().zip(reply(&opposite)).filter(|(a, b)| **a != *b).count();
        }
        println!("{compared} replies compared, {informed} of them informed by what was in view");
        assert!(informed * 5 > compared && informed < compared, "{informed} of {compared}");
    }
}

fn judgment(question: Question, role: Role, answer: Vec<f32>) -> Arc<Judgment> {
    Arc::new(Judgment {
        role,
        depth: u16::from(question != Question::Which),
        question,
        spans: Vec::new(),
        position: 0,
        answer: Answer::Distribution(answer),
        quotes: Vec::new(),
        by_text: None,
    })
}

fn log_odds(reply: &Reply) -> f64 {
    match &reply.answer {
        Answer::Distribution(p) if p.get(2).is_none_or(|open| *open == 0.0) => (f64::from(p[0]) / f64::from(p[1])).ln(),
        _ => 0.0,
    }
}

#[test]
fn a_message_moves_log_odds_by_trust_times_its_own() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let first = Question::Claim { candidate: 0, claim: 0 };
    for slope in [0.0, 0.5, 1.0, 1.7] {
        for told in [0.03, 0.4, 0.8, 0.95] {
            let trusting =
                Simulated::new(rates(1.0, 0.1, 0.5), drawn.truths.clone(), Trust::equal(slope), Stream::root(5));
            let answer = vec![told as f32, 1.0 - told as f32, 0.0];
            let message = judgment(first.clone(), Role::Assistant, answer.clone());
            let about_another = judgment(Question::Claim { candidate: 0, claim: 1 }, Role::Assistant, answer.clone());
            let ask = |view: View| said(&trusting, &asks(instance, &view, 0)[..1]).remove(0);
            let only_told = ask(View { messages: vec![message.clone(), about_another], ..View::default() });
            assert!((log_odds(&only_told) - slope * logit(told)).abs() < 1e-4, "{slope} {told} {only_told:?}");
            // What was read adds its own log-odds, and two voices add up.
            let read = ask(whole(instance));
            let both = ask(View { messages: vec![message.clone(), message], ..whole(instance) });
            assert!((log_odds(&both) - log_odds(&read) - 2.0 * slope * logit(told)).abs() < 1e-3, "{both:?}");
            assert!((log_odds(&read).abs() - logit(0.9)).abs() < 1e-4, "{read:?}");
            // Told which candidate is right, a choice moves alike.
            let subtask = Arc::new(Subtask { question: Question::Which, spans: Vec::new() });
            let which = judgment(Question::Which, Role::Assistant, answer[..2].to_vec());
            let view = View { messages: vec![which], ..View::default() };
            let choice = Ask { wanted: Wanted::Choice(2), subtask, ..asks(instance, &view, 0).remove(0) };
            let choice = said(&trusting, &[choice]).remove(0);
            assert!((log_odds(&choice) - slope * logit(told)).abs() < 1e-3, "{choice:?}");
        }
    }
}

#[test]
fn trust_is_kept_by_source() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let by_source = [("assistant/claim".to_owned(), 0.25)].into();
    let trust = Trust { otherwise: 2.0, by_source };
    let trusting = Simulated::new(rates(1.0, 0.1, 0.5), drawn.truths.clone(), trust, Stream::root(5));
    let claim = Question::Claim { candidate: 0, claim: 0 };
    for (role, slope) in [(Role::Assistant, 0.25), (Role::Evaluator, 2.0)] {
        let messages = vec![judgment(claim.clone(), role, vec![0.8, 0.2, 0.0])];
        let reply = said(&trusting, &asks(instance, &View { messages, ..View::default() }, 0)[..1]).remove(0);
        assert!((log_odds(&reply) - slope * logit(0.8)).abs() < 1e-4, "{role:?} {reply:?}");
    }
}

#[test]
fn a_quoted_sentence_is_read_like_any_other() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let sharp = reader(rates(1.0, 0.0, 0.5), &drawn.truths);
    let truth = drawn.truths.of(instance).unwrap();
    let span = truth.claims[0][0].evidence[0].spans[0];
    let view = View { quotes: vec![Quote { span, weight: 0.1 }], ..View::default() };
    let replies = said(&sharp, &asks(instance, &view, 0));
    assert_eq!(holds(&replies)[0], Some(truth.claims[0][0].holds));
    let other = truth.claims[0].iter().position(|claim| claim.evidence[0].spans[0] != span).unwrap();
    assert_eq!(holds(&replies)[other], None, "what is not quoted is not known");
}

#[test]
fn summaries_keep_to_their_length_and_know_nothing_of_flaws() {
    let books = Books::new(books::Config { tokens: 6_000, pairs_per_twin: 1, ..Default::default() }).unwrap();
    let drawn = books.draw(Split::Test, 8, 5).unwrap();
    for instance in &drawn.instances {
        let truth = drawn.truths.of(instance).unwrap();
        let opposite = Truths::new([(instance.id.clone(), turned_outside(truth, &[]))]);
        for (chapter, tokens_max) in
            instance.material.level("chapter").unwrap().units.iter().zip([0, 1, 20, 40, 200].iter().cycle())
        {
            for query_focused in [false, true] {
                let subtask = Subtask { question: Question::Summary { query_focused }, spans: vec![*chapter] };
                let ask = Ask {
                    subtask: Arc::new(subtask),
                    role: Role::Summariser,
                    wanted: Wanted::Text { tokens_max: *tokens_max },
                    ..asks(instance, &View { spans: vec![*chapter], ..View::default() }, 0).remove(0)
                };
                let config = rates(0.9, 0.1, 0.5);
                let reply = said(&reader(config.clone(), &drawn.truths), std::slice::from_ref(&ask)).remove(0);
                let twin = said(&reader(config, &opposite), &[ask]).remove(0);
                assert_eq!(reply, twin, "{}: a summary follows a flaw", instance.id);
                let Answer::Text(kept) = &reply.answer else { panic!("a text was asked for") };
                let tokens: usize = kept.iter().map(|span| instance.material.tokens(*span)).sum();
                assert!(tokens <= *tokens_max as usize, "{tokens} of {tokens_max}");
                assert!(kept.is_sorted() && kept.iter().all(|span| chapter.contains(span)));
                assert!(*tokens_max < 40 || tokens * 2 > *tokens_max as usize, "{tokens} of {tokens_max}: too little");
            }
        }
    }
}

#[test]
fn a_leaning_follows_a_word_and_not_the_truth() {
    let drawn = chest();
    let instance = &drawn.instances[0];
    let config = Config { bias: 1.5, bias_word: Some("red".to_owned()), ..rates(1.0, 0.1, 0.0) };
    let truth = drawn.truths.of(instance).unwrap();
    let opposite = Truths::new([(instance.id.clone(), turned_outside(truth, &[]))]);
    let [seen, mirrored] = [&drawn.truths, &opposite].map(|truths| reader(config.clone(), truths));
    let texts: Vec<&String> = instance.candidates.iter().flat_map(|candidate| &candidate.claims).collect();
    let blind = said(&seen, &asks(instance, &View::default(), 0));
    assert_eq!(blind, said(&mirrored, &asks(instance, &View::default(), 0)));
    let leaning: Vec<bool> = texts.iter().map(|text| text.contains("red")).collect();
    assert!(leaning.iter().any(|leans| *leans) && leaning.iter().any(|leans| !leans));
    for (reply, leans) in blind.iter().zip(&leaning) {
        let Answer::Distribution(p) = &reply.answer else { panic!("a claim") };
        let expected =
            if *leans { vec![sigmoid(1.5) as f32, 1.0 - sigmoid(1.5) as f32, 0.0] } else { vec![0.0, 0.0, 1.0] };
        assert_eq!(*p, expected);
    }
    let level = reader(rates(1.0, 0.1, 0.0), &drawn.truths);
    let asked = asks(instance, &whole(instance), 0);
    for ((with, without), leans) in said(&seen, &asked).iter().zip(said(&level, &asked)).zip(&leaning) {
        let moved = log_odds(with) - log_odds(&without);
        assert!((moved - if *leans { 1.5 } else { 0.0 }).abs() < 1e-4, "{moved}");
    }
}
