//! Helpers: a reply is a function of its ask, of the shape and kind that was asked for.

use super::*;

/// Two replies, apart from what they cost: what is remembered was paid for once.
fn free(outcome: Outcome<Reply>) -> Outcome<Reply> {
    outcome.map(|reply| Reply { model_calls: 0, micro_dollars: 0, ..reply })
}

#[test]
fn a_reply_is_a_function_of_its_ask_alone() {
    for (task, stage) in stages() {
        let asks = stage.asks();
        for name in stage.helpers.keys() {
            let fresh = || stage.helper(name);
            let together: Vec<_> = replies(&*fresh(), &asks).into_iter().map(free).collect();
            let backwards: Vec<Ask> = asks.iter().rev().cloned().collect();
            let mut reversed: Vec<_> = replies(&*fresh(), &backwards).into_iter().map(free).collect();
            reversed.reverse();
            assert_eq!(reversed, together, "{task}, {name}: in another order");
            let helper = fresh();
            let grouped: Vec<_> = asks.chunks(7).flat_map(|some| replies(&*helper, some)).map(free).collect();
            assert_eq!(grouped, together, "{task}, {name}: in groups, then");
            let alone = asks.iter().step_by(3).map(|ask| free(replies(&*helper, std::slice::from_ref(ask)).remove(0)));
            let expected: Vec<_> = together.iter().step_by(3).cloned().collect();
            assert_eq!(alone.collect::<Vec<_>>(), expected, "{task}, {name}: alone, asked again");
        }
    }
}

#[test]
fn replies_have_the_shape_that_was_asked_for() {
    for (task, stage) in stages() {
        let asks = stage.asks();
        for name in stage.helpers.keys() {
            for (ask, outcome) in asks.iter().zip(replies(&*stage.helper(name), &asks)) {
                let Outcome::Scored(reply) = outcome else { continue };
                match (&reply.answer, ask.wanted) {
                    (Answer::Distribution(p), Wanted::Predicate) => assert_eq!(p.len(), 3, "{task}, {name}"),
                    (Answer::Distribution(p), Wanted::Choice(count) | Wanted::Score(count)) => {
                        assert_eq!(p.len(), usize::from(count), "{task}, {name}");
                    }
                    (Answer::Text(spans), Wanted::Text { tokens_max }) => {
                        let tokens: usize = spans.iter().map(|s| ask.instance.material.tokens(*s)).sum();
                        assert!(tokens <= tokens_max as usize, "{task}, {name}: {tokens} tokens");
                    }
                    (Answer::Text(spans), Wanted::Quote { count_max }) => {
                        assert!(spans.is_empty() && reply.quotes.len() <= usize::from(count_max), "{task}, {name}");
                    }
                    (Answer::Argument(said), Wanted::Argue { stance, points_max, tokens_max }) => {
                        let tokens: usize = reply.quotes.iter().map(|q| ask.instance.material.tokens(q.span)).sum();
                        assert!(said.points.len() <= usize::from(points_max), "{task}, {name}: {said:?}");
                        assert!(tokens <= tokens_max as usize, "{task}, {name}: {tokens} tokens of quotes");
                        let quoted: usize = said.points.iter().map(|point| usize::from(point.quotes)).sum();
                        assert_eq!(quoted, reply.quotes.len(), "{task}, {name}: quotes belong to points");
                        assert!((0.0..=1.0).contains(&said.conviction), "{task}, {name}: {said:?}");
                        let side = match stance {
                            Stance::For(side) => said.side == Some(side),
                            Stance::Against(_) => said.side.is_none(),
                            Stance::Open => said.side.is_some(),
                        };
                        assert!(side, "{task}, {name}: {stance:?} became {said:?}");
                    }
                    (Answer::Argument(said), Wanted::Claims { count_max, .. }) => {
                        assert!(said.side.is_none() && said.points.len() <= usize::from(count_max), "{task}, {name}");
                    }
                    (answer, wanted) => panic!("{task}, {name}: {answer:?} to {wanted:?}"),
                }
                if let Answer::Distribution(p) = &reply.answer {
                    assert!(p.iter().all(|p| p.is_finite() && (0.0..=1.0).contains(p)), "{task}, {name}: {p:?}");
                    assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{task}, {name}: {p:?}");
                }
                assert!(reply.quotes.is_sorted_by(|a, b| a.weight >= b.weight), "{task}, {name}: best first");
                for quote in &reply.quotes {
                    assert!((0.0..=1.0).contains(&quote.weight), "{task}, {name}: {quote:?}");
                    let units = ask.instance.material.smallest();
                    assert!(units.binary_search(&quote.span).is_ok(), "{task}, {name}: no unit is quoted");
                    assert!(shows(ask, &quote.span), "{task}, {name}: what was not shown is quoted");
                }
            }
        }
    }
}

/// Whether an ask shows a sentence, or hands on a judgment that quotes it.
fn shows(ask: &Ask, unit: &Span) -> bool {
    let told = ask.view.messages.iter().flat_map(|message| &message.quotes);
    let quoted = ask.view.quotes.iter().chain(told).any(|quote| quote.span == *unit);
    quoted || ask.view.spans.iter().any(|span| span.contains(unit))
}

#[test]
fn helpers_answer_the_kinds_they_name_and_refuse_the_others_with_a_sentence() {
    for (task, stage) in stages() {
        let asks = stage.asks();
        for (name, spec) in stage.helpers.clone() {
            let helper = stage.helper(&name);
            let able = helper.capabilities().kinds;
            let mut answered = BTreeSet::new();
            for (ask, outcome) in asks.iter().zip(replies(&*helper, &asks)) {
                match &outcome {
                    Outcome::Scored(_) => {
                        answered.insert(ask.wanted.kind());
                    }
                    other => {
                        let why = sentence(other).unwrap_or_default();
                        assert!(why.contains(' '), "{task}, {name}: {outcome:?} to {:?}", ask.wanted);
                    }
                }
            }
            assert_eq!(answered, able.iter().copied().collect(), "{task}, {name}: as its capabilities say");
            if let Some(promised) = spec.settings().answers() {
                assert!(promised.iter().all(|kind| able.contains(kind)), "{name}: the plan lets {promised:?} through");
            }
        }
        // The perfect pairing of question and kind is what strategies make: a simulated reader answers all of it.
        if !stage.helpers.contains_key("person") {
            continue;
        }
        let person = stage.helper("person");
        for (ask, outcome) in asks.iter().zip(replies(&*person, &asks)) {
            assert!(well_paired(ask).is_none() || outcome.scored().is_some(), "{task}: {:?}", ask.wanted);
        }
    }
}

#[test]
fn what_is_remembered_equals_what_is_answered() {
    for (task, stage) in texts().into_iter().map(|(name, task)| (name, Stage::of(task))) {
        let asks = stage.asks();
        for name in ["person", "fickle", "learned", "truth"] {
            let uncached = stage.helper(name);
            let cached = Cached::new(stage.helper(name));
            let expected: Vec<_> = replies(&*uncached, &asks).into_iter().map(free).collect();
            for time in ["first", "second"] {
                let got: Vec<_> = replies(&cached, &asks).into_iter().map(free).collect();
                assert_eq!(got, expected, "{task}, {name}, the {time} time");
            }
        }
    }
}

/// Answers with how often it was asked, and fails the first `failures` times.
struct Counts {
    asked: AtomicUsize,
    failures: usize,
}

impl Helper for Counts {
    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![Kind::Predicate, Kind::Choice], manner: Manner::Inline }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        for ask in asks {
            let time = self.asked.fetch_add(1, Ordering::Relaxed);
            let answer = Answer::Distribution(vec![1.0 / (time as f32 + 1.0)]);
            let reply = Reply { answer, quotes: Vec::new(), by_text: None, model_calls: 1, micro_dollars: 5 };
            let outcome = match time % 4 {
                _ if time >= self.failures => Outcome::Scored(reply),
                0 => Outcome::Failed("the line is down".into()),
                1 => Outcome::Refused("not today".into()),
                2 => Outcome::Unparsable("gibberish".into()),
                _ => Outcome::OverBudget,
            };
            sink.send((ask.ticket, outcome)).unwrap();
        }
    }
}

#[test]
fn a_failure_is_never_served_from_memory_and_a_hit_is_free() {
    let (_, task) = tasks().remove(0);
    let drawn = task.draw(Split::Test, 1, 3).unwrap();
    let ask = overheard(&*task, &drawn, &[Config::Direct(Default::default()).build()]).remove(0);
    let cached = Cached::new(Arc::new(Counts { asked: AtomicUsize::new(0), failures: 4 }));
    let say = || replies(&cached, std::slice::from_ref(&ask)).remove(0);
    for _ in 0..4 {
        assert!(say().scored().is_none());
    }
    let first = say().scored().cloned().unwrap();
    let second = say().scored().cloned().unwrap();
    assert_eq!(first.answer, second.answer);
    assert_eq!((first.model_calls, first.micro_dollars), (1, 5));
    assert_eq!((second.model_calls, second.micro_dollars), (0, 0));
}

#[test]
fn whatever_an_ask_holds_tells_its_entry_apart() {
    let (_, task) = tasks().remove(0);
    let drawn = task.draw(Split::Test, 2, 3).unwrap();
    let ask = overheard(&*task, &drawn, &[Config::Direct(Default::default()).build()]).remove(0);
    let unit = ask.instance.material.smallest()[0];
    let quote = |weight| Quote { span: unit, weight };
    let judgment = |quotes: Vec<Quote>, p: f32| {
        Arc::new(Judgment {
            role: Role::Assistant,
            question: Question::Claim { candidate: 0, claim: 0 },
            spans: vec![unit],
            depth: 1,
            position: 0,
            answer: Answer::Distribution(vec![p, 1.0 - p, 0.0]),
            quotes,
            by_text: None,
        })
    };
    let with = |change: &dyn Fn(&mut Ask)| {
        let mut other = ask.clone();
        change(&mut other);
        other
    };
    let others: Vec<(&str, Ask)> = vec![
        ("nothing", ask.clone()),
        ("another sample", with(&|a| a.stream = a.stream.index(1))),
        ("another role", with(&|a| a.role = Role::Assistant)),
        ("another kind", with(&|a| a.wanted = Wanted::Predicate)),
        ("more options", with(&|a| a.wanted = Wanted::Choice(3))),
        ("another instance", with(&|a| a.instance = drawn.instances[1].clone())),
        ("less to read", with(&|a| a.view.spans.truncate(1))),
        ("a quote", with(&|a| a.view.quotes = vec![quote(1.0)])),
        ("a lighter quote", with(&|a| a.view.quotes = vec![quote(0.5)])),
        ("a judgment", with(&|a| a.view.messages = vec![judgment(vec![], 0.9)])),
        ("another judgment", with(&|a| a.view.messages = vec![judgment(vec![], 0.8)])),
        ("a judgment with a quote", with(&|a| a.view.messages = vec![judgment(vec![quote(1.0)], 0.9)])),
        ("a judgment with a lighter quote", with(&|a| a.view.messages = vec![judgment(vec![quote(0.5)], 0.9)])),
    ];
    let cached = Cached::new(Arc::new(Counts { asked: AtomicUsize::new(0), failures: 0 }));
    for (what, other) in &others {
        let reply = replies(&cached, std::slice::from_ref(other)).remove(0);
        assert_eq!(reply.scored().unwrap().model_calls, 1, "{what}: served from another entry");
    }
    for (what, other) in &others {
        let reply = replies(&cached, std::slice::from_ref(other)).remove(0);
        assert_eq!(reply.scored().unwrap().model_calls, 0, "{what}: not remembered");
    }
}

#[test]
fn trained_helpers_know_nothing_of_truth() {
    for (task, stage) in texts().into_iter().map(|(name, task)| (name, Stage::of(task))) {
        let shape = rrm::Config { fan_out: 3, reads_tokens: 240, ..Default::default() };
        let strategy = Config::Rrm(rrm::Config { evaluator_at: Place::Nowhere, ..shape }).build();
        let opposite = scrambled(&stage.drawn);
        let text = |name: &str, truths| {
            let cast = one_for_all(&stage.told(name, truths));
            let trees = grown(&*stage.task, &*strategy, &cast, &stage.drawn.instances, Some(512));
            trees.iter().map(|tree| format!("{:?}\n{}", tree.cost(), tree.render())).collect::<String>()
        };
        for name in ["learned", "fickle_learned", "remembered_learned"] {
            assert_eq!(text(name, &stage.drawn.truths), text(name, &opposite), "{task}, {name}");
        }
        assert_ne!(text("person", &stage.drawn.truths), text("person", &opposite), "{task}: a reader notices");
    }
}
