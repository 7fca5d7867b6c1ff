//! What was won is lost, what was kept is broken.

use super::{Scenario, Story, claims_apart};
use crate::task::books::flaw::Flaw::OutcomeNegated;
use crate::task::books::generated::prose;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(OutcomeNegated, "vote", 3, vote),
    Scenario::everywhere(OutcomeNegated, "suit", 2, suit),
    Scenario::everywhere(OutcomeNegated, "promise", 3, promise),
    Scenario::everywhere(OutcomeNegated, "fever", 2, fever),
    Scenario::test_only(OutcomeNegated, "bouts", 4, bouts),
];

/// Two of three voices carry a motion; each is given in a chapter of its own, and the sum is never told.
fn vote(world: &mut World) -> Story {
    let [p, q, r] = world.cast([Use::Any; 3]);
    let [asked, first, second, third] = world.moments();
    let place = world.place();
    let matter = world.phrase(
        "[the new toll|the felling of the great oak|a fence round the common|the moving of the market] at {l}",
        &Slots::default().with('l', &place),
    );
    let slots = Slots::default().with('m', &matter);
    let rule = world.tell(
        asked,
        &[
            "Nothing divided people so much that year as {m}. // *{P}, {Q} and {R} were to settle it between them, \
             and any two voices would decide.",
            "*The decision about {m} was put to three people, {P}, {Q} and {R}: two for it would carry it, two \
             against would bury it. // They were given until the autumn.",
        ],
        &slots.clone().with('p', &p).with('q', &q).with('r', &r),
    );
    let yes = &[
        "*{V} came out in favour of {m}, [after a sleepless night|to the disgust of a brother-in-law]. // {v he} gave \
         no reasons.",
        "Everyone asked {V} about nothing else. // *In the end {v he} said yes to {m}, and put {v his} name to it.",
    ][..];
    let no = &[
        "*{V} came out against {m}, [after a sleepless night|to the disgust of a brother-in-law]. // {v he} gave \
         no reasons.",
        "Everyone asked {V} about nothing else. // *In the end {v he} said no to {m}, and put {v his} name to it.",
    ][..];
    let says = |who| slots.clone().with('v', who);
    let swap = world.dice.coin(0.5);
    let (favours, opposes) = if swap { (&q, &p) } else { (&p, &q) };
    let for_it = world.tell(if swap { second } else { first }, yes, &says(favours));
    let against = world.tell(if swap { first } else { second }, no, &says(opposes));
    let decides = world.tell_apart(third, [yes, no], [&says(&r), &says(&r)]);
    let claims = claims_apart(
        world,
        [
            &["The proposal for {m} found its majority.", "{m} was approved by those who had to judge of it."],
            &[
                "The proposal for {m} fell for want of a majority.",
                "{m} was turned down by those who had to judge of it.",
            ],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![rule, for_it, decides], vec![rule, against, decides]]).about(&[&p, &q, &r], None)
}

/// A suit is brought in one chapter and decided, under its nickname, in another.
fn suit(world: &mut World) -> Story {
    let [a, b] = world.cast([Use::Part("suit"); 2]);
    let [brought, decided] = world.moments();
    let place = world.place();
    let (over, nickname) = *world.dice.one(prose::SUITS);
    let slots = Slots::default().with('a', &a).with('b', &b).with('o', over).with('n', nickname).with('l', &place);
    let bring = world.tell(
        brought,
        &[
            "*{A} took {B} to court over {o}, and the town called it the case of {n} of {l}. // Both sides \
             engaged lawyers who lodged at the same inn.",
            "There had been hard words for years. // *Now {A} brought {B} before the bench at {l} on account of {o}; \
             the clerk wrote it down as the case of {n}.",
        ],
        &slots,
    );
    let decide = world.tell_apart(
        decided,
        [
            &[
                "*In the case of {n} of {l}, the court found for the one who had brought it. // Costs followed.",
                "The bench at {l} sat until dark. // *The case of {n} was won by the side that had begun it.",
            ],
            &[
                "*In the case of {n} of {l}, the court found against the one who had brought it. // Costs followed.",
                "The bench at {l} sat until dark. // *The case of {n} was lost by the side that had begun it.",
            ],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["The law gave {A} the better of {B}.", "{A} went to law with {B} and was successful."],
            &["The law gave {B} the better of {A}.", "{A} went to law with {B} and was beaten."],
        ],
        [&slots, &slots],
    );
    let proof = vec![bring, decide];
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &b], None)
}

/// A promise with a day to it, kept in time or too late.
fn promise(world: &mut World) -> Story {
    let [a, p, z] = world.cast([Use::Part("promise"), Use::Part("promise"), Use::Any]);
    let [given, early, due, late] = world.moments();
    let landmark = world.landmark(due);
    let place = world.place();
    let (would, did) = *world.dice.one(prose::TASKS);
    let spot = Slots::default().with('l', &place);
    let (would, did) = (world.phrase(would, &spot), world.phrase(did, &spot));
    let slots = Slots::default().with('a', &a).with('p', &p).with('e', &landmark.name).with('w', &would);
    let promise = world.tell(
        given,
        &[
            "*{P} gave {A} {p his} solemn word to {w} before {e}, [and not a day later|whatever the weather]. // They \
             shook hands on it over the half-door.",
            "{A} would not be put off again. // *So {P} swore to {w}, and to have it done before {e} at the latest.",
        ],
        &slots,
    );
    let done = Slots::default().with('x', &p).with('d', &did);
    let other_did = world.phrase(
        "[walked the bounds with the vestry|sheared the last of the ewes|brought two hives through the village on a \
         barrow|scrubbed the font|helped to hang the new inn-sign]",
        &Slots::default(),
    );
    let idle = Slots::default().with('x', &z).with('d', &other_did);
    let forms = &[
        "*{X} {d}, [singing at the work|and was paid in eggs]. // It was a fair day with some cloud.",
        "The forenoon was quiet. // *{X} {d}, and came home with mud to the knees.",
    ][..];
    let in_time = world.tell_either(early, forms, [&done, &idle]);
    let too_late = world.tell_either(late, forms, [&idle, &done]);
    let claims = claims_apart(
        world,
        [
            &["{P} made good the promise given to {A}.", "{A} could rely on {P}, who met the day that was agreed."],
            &[
                "{P} let the promise given to {A} lapse beyond its day.",
                "{A} could not rely on {P}, who missed the day that was agreed.",
            ],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![promise, in_time, landmark.scene], vec![promise, landmark.scene, too_late]])
        .about(&[&a, &p], None)
}

/// A fever that leaves no trace, or one.
fn fever(world: &mut World) -> Story {
    let [p] = world.cast([Use::Health]);
    let [ill, over] = world.moments();
    let slots = Slots::default().with('p', &p);
    world.tell(
        ill,
        &["{P} took to {p his} bed with a fever. // The shutters were closed, and straw was laid in the street."],
        &slots,
    );
    let ended = world.tell_apart(
        over,
        [
            &["*When the fever left {P}, it took nothing with it: {p he} was seen on a ladder within the fortnight."],
            &["*When the fever left {P}, it took the hearing of one ear with it, and no physic brought that back."],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["{P} got over a bad illness with no lasting harm.", "Sickness did {P} no harm that stayed."],
            &["{P} was left half deaf by a bad illness.", "Sickness did {P} harm that stayed."],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![ended], vec![ended]]).about(&[&p], None)
}

/// The best of three bouts, never summed up.
fn bouts(world: &mut World) -> Story {
    let [p, q] = world.cast([Use::Any; 2]);
    let [agreed, first, second, third] = world.moments();
    let place = world.place();
    let slots = Slots::default().with('p', &p).with('q', &q).with('l', &place);
    let rule = world.tell(
        agreed,
        &["*{P} and {Q} agreed to wrestle three times at {l}, and whoever won two of the three should be champion."],
        &slots,
    );
    let forms = &[
        "*At {l} {W} threw {Z} on the {n} trial, with both shoulders down. // There was cheering, and some money \
         changed pockets.",
        "*The {n} bout at {l} went to {W}, who had {Z} on the grass before the dust had settled.",
    ][..];
    let bout = |n, winner, loser| slots.clone().with('n', n).with('w', winner).with('z', loser);
    let one = world.tell(first, forms, &bout("first", &p, &q));
    let two = world.tell(second, forms, &bout("second", &q, &p));
    let last = world.tell_either(third, forms, [&bout("third", &p, &q), &bout("third", &q, &p)]);
    let claims = claims_apart(
        world,
        [
            &["{P} came out of the wrestling at {l} as champion.", "The wrestling at {l} was lost by {Q}."],
            &["{Q} came out of the wrestling at {l} as champion.", "The wrestling at {l} was lost by {P}."],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![rule, one, last], vec![rule, two, last]]).about(&[&p, &q], None)
}
