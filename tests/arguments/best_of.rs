//! The best of several samples: which of them is heard, by whose word, and what becomes of samples that nobody picks.

use super::*;

fn best_of(n: Vec<u16>, of: debate::Config) -> Config {
    let config = Config::BestOf(best_of::Config { n, of: Box::new(Config::Debate(of)) });
    assert!(config.check().is_ok());
    config
}

/// Replies as usual, but for the picker's: its word on each sample, in the order of asking.
fn picking(words: impl Into<Vec<Outcome<Vec<f32>>>>) -> impl Fn(&AskPlan, usize) -> Outcome<Reply> {
    let words = words.into();
    let asked = std::cell::Cell::new(0);
    move |plan, at| {
        if plan.role != Role::Picker {
            return usual(plan, at);
        }
        asked.set(asked.get() + 1);
        let reply = |p| Reply {
            answer: Answer::Distribution(p),
            quotes: Vec::new(),
            by_text: None,
            model_calls: 0,
            micro_dollars: 0,
        };
        words[asked.get() - 1].clone().map(reply)
    }
}

fn refused() -> Outcome<Vec<f32>> {
    Outcome::Refused("not today".into())
}

/// A picker's word on a choice between two: how likely the first is.
fn first(p: f32) -> Outcome<Vec<f32>> {
    Outcome::Scored(vec![p, 1.0 - p])
}

/// A picker's word on a claim: how likely it is that it holds.
fn claim_holds(p: f32) -> Outcome<Vec<f32>> {
    Outcome::Scored(vec![p, 1.0 - p, 0.0])
}

#[test]
fn the_best_of_several_samples_is_heard_and_the_others_are_not() {
    let config = best_of(vec![3, 1], debate::Config { turns: 2, ..Default::default() });
    // The picker is swayed most by the second sample.
    let reply = picking([first(0.6), first(0.9), first(0.6)]);
    insta::assert_snapshot!(play(&config, &root(), reply), @r"
    debater for 0 (search); debater for 0 #1 (search); debater for 0 #2 (search)
    picker verdict (r0 rq0); picker verdict #1 (r1 rq1); picker verdict #2 (r2 rq2)
    debater for 1 (r1 rq1 search)
    evaluator verdict (r1 rq1 r6 rq6 search)
    done 0.70/0.30
    ");
}

#[test]
fn whoever_picks_is_shown_each_game_in_its_own_places() {
    let both = debate::Config { turns: 2, positions: debate::Positions::Swapped, ..Default::default() };
    let said = [0.6, 0.9, 0.9, 0.6].map(first);
    insta::assert_snapshot!(play(&best_of(vec![2, 1], both), &root(), picking(said)), @r"
    debater for 0 (search); debater for 0 #1 (search); debater for 1, mirrored (search)
    picker verdict (r0 rq0); picker verdict #1 (r1 rq1)
    debater for 1 (r1 rq1 search); debater for 0, mirrored (r2 rq2 search); debater for 0, mirrored #1 (r2 rq2 search)
    picker verdict, mirrored (r2 rq2 r6 rq6); picker verdict, mirrored #1 (r2 rq2 r7 rq7)
    evaluator verdict (r1 rq1 r5 rq5 search); evaluator verdict, mirrored (r2 rq2 r6 rq6 search)
    done 0.70/0.30
    ");
}

/// A challenged claim of the first candidate, in a debate that narrows.
fn challenged() -> Played {
    Played { question: Question::Claim { candidate: 0, claim: 1 }, depth: 1, ..root() }
}

#[test]
fn of_a_challenged_claim_the_picker_says_whether_it_holds() {
    let config = best_of(vec![2], debate::Config { narrows: vec![500, 60], ..Default::default() });
    // The challenger's second sample and the defender's second are the most persuasive.
    let said = [0.6, 0.3, 0.6, 0.9].map(claim_holds);
    insta::assert_snapshot!(play(&config, &challenged(), picking(said)), @r"
    debater against 0 (search); debater against 0 #1 (search); debater for 0 (search); debater for 0 #1 (search)
    picker predicate (r0 rq0); picker predicate #1 (r1 rq1); picker predicate (r2 rq2); picker predicate #1 (r3 rq3)
    split around [10, 30], 500, evaluator 1
    ");
    // The other way round the first samples are.
    let said = [0.3, 0.6, 0.9, 0.6].map(claim_holds);
    assert!(play(&config, &challenged(), picking(said)).contains("around [0, 20]"));
    // With samples of one side alone, the other speaks once and nobody picks among its speeches: a challenger of the first
    // candidate speaks for the second.
    let config = best_of(vec![2, 1], debate::Config { narrows: vec![500], ..Default::default() });
    insta::assert_snapshot!(play(&config, &challenged(), picking([0.6, 0.9].map(claim_holds))), @r"
    debater against 0 (search); debater for 0 (search); debater for 0 #1 (search)
    picker predicate (r1 rq1); picker predicate #1 (r2 rq2)
    split around [0, 20], 500, evaluator 1
    ");
    // At the root both challenges are picked by who seems right after hearing them.
    insta::assert_snapshot!(play(&config, &root(), picking([first(0.6), first(0.9)])), @r"
    debater against 1 (search); debater against 1 #1 (search); debater against 0 (search)
    picker verdict (r0 rq0); picker verdict #1 (r1 rq1)
    split disputed [(1, 0), (0, 1)], evaluator 1
    ");
}

#[test]
fn a_sample_that_nobody_picked_is_not_heard() {
    let two_turns = debate::Config { turns: 2, ..Default::default() };
    let narrowing = debate::Config { narrows: vec![500], ..Default::default() };
    for (case, config, node, said, ends) in [
        (
            "a pick that is refused is none, however little the others say",
            best_of(vec![3, 1], two_turns.clone()),
            root(),
            vec![refused(), first(0.1), refused()],
            "evaluator verdict (r1 rq1 r6 rq6 search)\ndone 0.70/0.30\n",
        ),
        (
            "without a pick there is no best",
            best_of(vec![3, 1], two_turns.clone()),
            root(),
            vec![refused(), refused(), refused()],
            "picker verdict #2 (r2 rq2)\ndone refused\n",
        ),
        (
            "what the first pick became is what becomes of the node",
            best_of(vec![2, 1], two_turns.clone()),
            root(),
            vec![Outcome::Failed("the line is down".into()), refused()],
            "done failed\n",
        ),
        (
            "a word on one option says nothing of the other",
            best_of(vec![1, 2], two_turns),
            root(),
            vec![Outcome::Scored(vec![1.0]), Outcome::Scored(vec![1.0])],
            "done unparsable\n",
        ),
        (
            "the defender of a claim has none",
            best_of(vec![2], narrowing),
            challenged(),
            vec![claim_holds(0.2), claim_holds(0.3), refused(), refused()],
            "picker predicate #1 (r3 rq3)\ndone refused\n",
        ),
    ] {
        let played = play(&config, &node, picking(said));
        assert!(played.ends_with(ends), "{case}:\n{played}");
    }
    // Nor is one picked that was not given: the debater falls silent in all but the last of its samples.
    let config = best_of(vec![3, 1], debate::Config { turns: 2, ..Default::default() });
    let picks = picking([first(0.9), first(0.9), first(0.2)]);
    let silent = |plan: &AskPlan, at: usize| match at {
        0 | 1 => Outcome::Refused("nothing to say".into()),
        _ => picks(plan, at),
    };
    assert!(play(&config, &root(), silent).contains("evaluator verdict (r2 rq2 r6 rq6 search)"));
    // Silent in all of them, it is heard as silent: nobody picks among nothing.
    let never = |plan: &AskPlan, at: usize| match plan.wanted {
        Wanted::Argue { .. } => Outcome::Refused("nothing to say".into()),
        _ if plan.role == Role::Picker => Outcome::Scored(usual(plan, at).scored().cloned().expect("a word")),
        _ => usual(plan, at),
    };
    assert!(play(&config, &root(), never).ends_with("done 0.70/0.30\n"));
}

#[test]
fn a_picker_must_answer_what_is_asked_where_somebody_argues() {
    let needs = |config: &Config| -> Vec<_> {
        let needs = config.build().needs().into_iter();
        needs.filter(|(role, _)| *role == Role::Picker).map(|(_, kind)| kind).collect()
    };
    let narrowing = debate::Config { narrows: vec![500], ..Default::default() };
    assert_eq!(needs(&best_of(vec![2], narrowing.clone())), [Kind::Predicate, Kind::Choice]);
    assert_eq!(needs(&best_of(vec![2], debate::Config::default())), [Kind::Choice]);
    assert_eq!(needs(&best_of(vec![1], narrowing)), []);
}
