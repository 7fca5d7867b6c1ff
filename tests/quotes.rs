//! Quotes by text from the helper that makes them to the judge who sees them.

mod support;

use std::sync::Arc;

use support::Drawers;
use tribunal::engine::Cast;
use tribunal::helper::Helper;
use tribunal::helper::simulated::{Config, Simulated, Trust};
use tribunal::judgment::Role;
use tribunal::strategy::{Config as Strategies, debate};
use tribunal::stream::Stream;
use tribunal::task::{Split, Task};

#[test]
fn what_is_misquoted_is_near_or_unverified_and_believed_by_the_share_that_is_there() {
    let task = Drawers { drawers: 60, claims: 2 };
    let drawn = task.draw(Split::Test, 30, 7).unwrap();
    let speaks = |misquote_rate| -> Arc<dyn Helper> {
        let rates = Config { misquote_rate, notice_rate: 1.0, ..Config::default() };
        Arc::new(Simulated::new(rates, drawn.truths.clone(), Trust::equal(1.0), Stream::root(3)))
    };
    let judge: Arc<dyn Helper> = speaks(0.0);
    let strategy =
        Strategies::Debate(debate::Config { turns: 2, judge_sees: debate::Sees::Transcript, ..Default::default() });
    let grown = |misquote_rate| {
        let cast = Cast::default().with(Role::Evaluator, judge.clone()).with(Role::Debater, speaks(misquote_rate));
        support::asks::grown(&task, &*strategy.build(), &cast, &drawn.instances, None)
    };
    // Near and unverified quotes of all speeches, and quotes that the judge saw.
    let counted = |misquote_rate| {
        let (mut near, mut unverified, mut seen) = (0, 0, 0);
        for tree in grown(misquote_rate) {
            for exchange in &tree.node(tree.root()).exchanges {
                let Some(reply) = exchange.outcome.scored() else { continue };
                near += reply.by_text.as_ref().map_or(0, |it| usize::from(it.near));
                unverified += reply.by_text.as_ref().map_or(0, |it| it.texts.len());
                seen += if exchange.role == Role::Evaluator { exchange.view.quotes.len() } else { 0 };
                for message in &exchange.view.messages {
                    let missing = message.by_text.as_ref().map_or(0, |it| it.texts.len());
                    let all = message.quotes.len() + missing;
                    assert!(
                        all == 0 || (message.share_verified() * all as f64 - message.quotes.len() as f64).abs() < 1e-9
                    );
                }
            }
        }
        (near, unverified, seen)
    };
    let (near, unverified, seen) = counted(0.0);
    assert_eq!((near, unverified), (0, 0));
    let (some_near, some_unverified, fewer) = counted(1.0);
    assert!(some_near > 0 && some_unverified > 0, "{some_near} near, {some_unverified} unverified");
    assert!(fewer < seen, "an invented quote is no evidence: {fewer} of {seen} are seen");
    // The words of a true claim may stand in the material: those are found.
    assert!(fewer >= some_near, "what is nearly there is seen: {fewer}, {some_near} near");
}
