//! Trained helpers: what answers which ask, and that a reply depends on its ask alone, bit for bit.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, mpsc};

use tribunal::helper::Helper;
use tribunal::helper::trained::TrainedHelper;
use tribunal::judgment::{Answer, Ask, Judgment, Kind, Places, Quote, Reply, Role, Stance, View, Wanted};
use tribunal::labels::Labels;
use tribunal::material::{Level, Material, Span};
use tribunal::model::Device;
use tribunal::outcome::Outcome;
use tribunal::reward::{
    Aggregator, AggregatorLearner, Config, Learner, Reader, ReaderExample, ReaderLearner, Reads, TreeExample, ViewText,
};
use tribunal::stream::Stream;
use tribunal::task::{Candidate, Instance, Question, Subtask};

use crate::toy;

/// An instance whose material is the sentences of a toy view, with its claim as that of two candidates.
fn instance(view: &ViewText, id: usize) -> Arc<Instance> {
    let mut cuts = vec![0];
    let mut text = String::new();
    for sentence in &view.sentences {
        text += sentence;
        text.push(' ');
        cuts.push(text.len());
    }
    let units: Vec<Span> = cuts.windows(2).map(|cut| Span::new(cut[0], cut[1])).collect();
    let level = |name, units| Level { name, units, titles: Vec::new() };
    let whole = vec![Span::new(0, text.len())];
    let material = Material::new(vec![text.into()], vec![level("book", whole), level("sentence", units)]);
    let other = view.claim.replace("gave", "sold");
    Arc::new(Instance {
        id: format!("toy-{id}"),
        material: Arc::new(material),
        question: "which is right?".into(),
        candidates: vec![Candidate { claims: vec![view.claim.clone()] }, Candidate { claims: vec![other] }],
        labels: Labels::from([("cluster".to_string(), format!("world-{id}"))]),
    })
}

fn ask(ticket: u64, instance: &Arc<Instance>, question: Question, wanted: Wanted, view: View) -> Ask {
    Ask {
        ticket,
        instance: instance.clone(),
        subtask: Arc::new(Subtask { question, spans: vec![instance.material.whole()] }),
        role: Role::Assistant,
        wanted,
        view,
        stream: Stream::root(1).index(ticket),
        places: Places::AsGiven,
    }
}

const CLAIM: Question = Question::Claim { candidate: 0, claim: 0 };

fn judgment(instance: &Instance, candidate: u16, distribution: [f32; 3]) -> Arc<Judgment> {
    Arc::new(Judgment {
        role: Role::Assistant,
        question: Question::Claim { candidate, claim: 0 },
        spans: vec![instance.material.whole()],
        depth: 1,
        position: candidate,
        answer: Answer::Distribution(distribution.to_vec()),
        quotes: vec![Quote { span: instance.material.smallest()[usize::from(candidate)], weight: 0.7 }],
        by_text: None,
    })
}

/// Asks of every kind about toy views of many lengths.
fn asks(count: usize) -> Vec<Ask> {
    let views = toy::examples(count, &Stream::root(9)).into_iter().map(|example| example.view);
    let mut asks = Vec::new();
    for (at, view) in views.enumerate() {
        let instance = instance(&view, at);
        let read = View { spans: vec![instance.material.whole()], ..View::default() };
        let sure = 0.1 + 0.8 * at as f32 / count as f32;
        let messages = vec![judgment(&instance, 0, [sure, 0.9 - sure, 0.1]), judgment(&instance, 1, [0.2, 0.5, 0.3])];
        let judged = View { messages, ..View::default() };
        let ticket = 4 * at as u64;
        asks.push(ask(ticket, &instance, CLAIM, Wanted::Predicate, read.clone()));
        asks.push(ask(ticket + 1, &instance, CLAIM, Wanted::Predicate, judged.clone()));
        asks.push(ask(ticket + 2, &instance, Question::Which, Wanted::Choice(2), judged));
        asks.push(ask(ticket + 3, &instance, CLAIM, Wanted::Quote { count_max: 2 }, read));
    }
    asks
}

/// Arguments asked about materials longer than a speaker reads (48 sentences a claim), for the side that it thinks right:
/// many sentences share the same words with a claim, and which of them are read must not be chance.
fn arguments(count: usize) -> Vec<Ask> {
    let examples = toy::examples(12 * count, &Stream::root(9));
    let views = examples.chunks(12).map(|some| ViewText {
        claim: some[0].view.claim.clone(),
        sentences: some.iter().flat_map(|example| example.view.sentences.clone()).collect(),
        begins: Vec::new(),
    });
    let wanted = Wanted::Argue { stance: Stance::Open, points_max: 2, tokens_max: 200 };
    views
        .enumerate()
        .map(|(at, view)| {
            assert!(view.sentences.len() > 48, "nothing is left out");
            let instance = instance(&view, at);
            let read = View { spans: vec![instance.material.whole()], ..View::default() };
            ask(1_000 + at as u64, &instance, Question::Which, wanted, read)
        })
        .collect()
}

fn replies(helper: &TrainedHelper, asks: &[Ask]) -> BTreeMap<u64, Outcome<Reply>> {
    let (sink, replies) = mpsc::channel();
    helper.submit(asks, &sink);
    drop(sink);
    let replies: Vec<_> = replies.iter().collect();
    assert_eq!(replies.len(), asks.len());
    replies.into_iter().collect()
}

fn helper() -> TrainedHelper {
    loaded(trained().path())
}

/// A helper's models as fits leave them, each in a folder.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { width: 16, steps_max: 20, batch: 8, steps_between_validations: 10, ..Config::default() };
    let stream = Stream::root(7);
    let mut reader = ReaderLearner::new(config.clone(), stream, Device::Cpu).unwrap();
    reader.absorb(toy::examples(60, &stream));
    reader.train(&mut |_| {}).unwrap();
    reader.save(&folder.path().join("reader")).unwrap();
    let aggregator = |name: &str, reads, examples| {
        let mut learner = AggregatorLearner::new(Config { reads, ..config.clone() }, stream, Device::Cpu).unwrap();
        learner.absorb(examples);
        learner.train(&mut |_| {}).unwrap();
        learner.save(&folder.path().join(name)).unwrap();
    };
    aggregator("claim", Reads::Judgments, toy::claims(60, &stream));
    aggregator("which", Reads::Both, toy::choices(60, &stream));
    folder
}

fn loaded(folder: &Path) -> TrainedHelper {
    let aggregator = |name: &str| Some(Arc::new(Aggregator::load(&folder.join(name), Device::Cpu).unwrap()));
    TrainedHelper {
        reader: Some(Arc::new(Reader::load(&folder.join("reader"), Device::Cpu).unwrap())),
        claim: aggregator("claim"),
        which: aggregator("which"),
    }
}

#[test]
fn a_reply_is_bit_equal_for_any_neighbours_order_and_grouping() {
    // Models are loaded anew for each way of asking: what a reader has read it would not read again.
    let models = trained();
    let fresh = || loaded(models.path());
    let mut asks = asks(40);
    asks.extend(arguments(10));
    let together = replies(&fresh(), &asks);
    for reply in together.values() {
        let reply = reply.scored().expect("every ask can be answered");
        if let Answer::Distribution(p) = &reply.answer
            && !p.is_empty()
        {
            assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5 && p.iter().all(|p| p.is_finite()));
        }
    }
    asks.reverse();
    let reversed = fresh();
    assert_eq!(replies(&reversed, &asks), together);
    assert_eq!(replies(&reversed, &asks), together, "asked again");
    let (mut grouped, in_groups) = (BTreeMap::new(), fresh());
    for group in asks.chunks(7) {
        grouped.extend(replies(&in_groups, group));
    }
    assert_eq!(grouped, together);
    let alone = fresh();
    for one in asks.iter().step_by(11) {
        assert_eq!(replies(&alone, std::slice::from_ref(one))[&one.ticket], together[&one.ticket]);
    }
}

#[test]
fn quotes_are_spans_of_the_view_best_first() {
    let asks = asks(4);
    let together = replies(&helper(), &asks);
    for ask in &asks {
        let quotes = &together[&ask.ticket].scored().unwrap().quotes;
        assert!(quotes.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        assert!(quotes.iter().all(|quote| ask.instance.material.smallest().contains(&quote.span)));
        let expected = match ask.wanted {
            Wanted::Quote { count_max } => usize::from(count_max),
            Wanted::Predicate if ask.view.messages.is_empty() => 4,
            _ => 2,
        };
        assert_eq!(quotes.len(), expected);
    }
}

#[test]
fn a_model_that_is_missing_fails_the_ask_with_a_sentence() {
    let asks = asks(1);
    let none = replies(&TrainedHelper::default(), &asks);
    assert!(
        none.values().all(|outcome| matches!(outcome, Outcome::Failed(why) if why.contains("trained"))),
        "{none:?}"
    );
    let only_reader = TrainedHelper { reader: helper().reader, ..TrainedHelper::default() };
    assert_eq!(only_reader.capabilities().kinds, [Kind::Predicate, Kind::Quote, Kind::Argument]);
    let some = replies(&only_reader, &asks);
    // It reads, quotes, and adds judgments up; a choice is what it cannot make.
    let failed: Vec<_> = some.values().filter(|outcome| outcome.scored().is_none()).collect();
    assert!(matches!(failed[..], [Outcome::Failed(why)] if why.contains("choice aggregator")), "{failed:?}");
}

#[test]
fn a_blind_choice_does_not_depend_on_material_or_judgments() {
    let stream = Stream::root(7);
    let config = Config { width: 8, steps_max: 10, batch: 8, reads: Reads::Candidate, ..Config::default() };
    let mut learner = AggregatorLearner::new(config, stream, Device::Cpu).unwrap();
    learner.absorb(toy::choices(40, &stream));
    learner.train(&mut |_| {}).unwrap();
    let which = Arc::new(learner.snapshot());
    let helper = TrainedHelper { which: Some(which.clone()), ..TrainedHelper::default() };

    let [one, two] = [0, 1].map(|at| toy::examples(2, &Stream::root(3))[at].view.clone());
    let elsewhere = ViewText { claim: one.claim.clone(), ..two };
    let answers = [one, elsewhere].map(|view| {
        let instance = instance(&view, 0);
        let blind = ask(0, &instance, Question::Which, Wanted::Choice(2), View::default());
        let shown = View { messages: vec![judgment(&instance, 0, [0.9, 0.05, 0.05])], ..View::default() };
        let assisted = ask(1, &instance, Question::Which, Wanted::Choice(2), shown);
        replies(&helper, &[blind, assisted]).into_values().map(|r| r.scored().unwrap().answer.clone()).collect()
    });
    let answers: Vec<Answer> = answers.into_iter().flat_map(|pair: Vec<Answer>| pair).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");

    let claims = [vec!["Mira met Odo.".to_string()], vec!["Odo left.".to_string()]];
    let scores = which.score_candidates(&claims).unwrap();
    assert!(scores.iter().all(|score| score.is_finite()) && scores[0] != scores[1], "{scores:?}");
    assert_eq!(which.score_candidates(&claims[1..]).unwrap()[0], scores[1]);
}

#[test]
fn examples_are_made_of_what_an_evaluator_read_and_replied() {
    let toy = toy::examples(1, &Stream::root(3)).remove(0);
    let instance = instance(&toy.view, 5);
    let units = instance.material.smallest();
    let read = View { spans: vec![Span { start: units[1].start, end: units[4].end }], ..View::default() };
    let reply = Reply {
        answer: Answer::Distribution(vec![0.7, 0.1, 0.2]),
        quotes: vec![Quote { span: units[2], weight: 1.0 }],
        by_text: None,
        model_calls: 0,
        micro_dollars: 0,
    };
    let example = ReaderExample::of(&ask(0, &instance, CLAIM, Wanted::Predicate, read), &reply).unwrap();
    assert_eq!(example.cluster, "world-5");
    assert_eq!(example.view.sentences.len(), 4);
    assert_eq!(example.view.begins, [true, false, false, false]);
    assert_eq!((example.quoted, example.label), (vec![false, true, false, false], [0.7, 0.1, 0.2]));

    let messages = vec![judgment(&instance, 0, [0.9, 0.05, 0.05])];
    let choice = ask(0, &instance, Question::Which, Wanted::Choice(2), View { messages, ..View::default() });
    assert!(TreeExample::of_reply(&choice, &reply).is_none(), "three values cannot label two options");
    let label = Reply { answer: Answer::Distribution(vec![0.8, 0.2]), ..reply };
    assert_eq!(TreeExample::of_reply(&choice, &label).unwrap().node.children.len(), 1);
}
