//! A count, a sum or a stretch of time is another.

use super::{Scenario, Story, claims};
use crate::numerals::{cardinal, ordinal};
use crate::task::books::flaw::Flaw::NumberChanged;
use crate::task::books::generated::prose;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(NumberChanged, "journeys", 3, journeys),
    Scenario::everywhere(NumberChanged, "instalments", 3, instalments),
    Scenario::everywhere(NumberChanged, "absence", 2, absence),
    Scenario::everywhere(NumberChanged, "tally", 2, tally),
    Scenario::test_only(NumberChanged, "flock", 4, flock),
];

/// Journeys before a landmark: one more, or one that came to nothing.
fn journeys(world: &mut World) -> Story {
    let [p] = world.cast([Use::Travel]);
    let [one, two, three, closing, day] = world.moments();
    let landmark = world.landmark(day);
    let slots = Slots::default().with('p', &p).with('e', &landmark.name);
    let went = &[
        "*{P} went to {l} and was away [nine days|for the better part of a week|over two Sundays]. // {p he} brought \
         back [salt and news|a cough|a new pair of boots].",
        "{P} had business that could not be done by letter. // *{p he} [took the carrier's cart|rode pillion|walked] \
         to {l}, and came home [tired|thin|in good spirits].",
        "*There was a cousin to bury at {l}, and {P} made the journey [in sleet|in great heat].",
    ][..];
    let stayed = &[
        "{P} had packed a bag for {l}. // In the end the road was out, and {p he} unpacked it again and stayed at home.",
        "{P} spoke of going to {l}. // {p he} got as far as the gate, thought better of it, and stayed at home.",
    ][..];
    let odd = world.dice.below(3);
    let mut trips = Vec::new();
    for (i, chapter) in [one, two, three].into_iter().enumerate() {
        let place = world.any_place();
        let slots = slots.clone().with('l', &place);
        trips.push(if i == odd {
            world.tell_apart(chapter, [stayed, went], [&slots, &slots])
        } else {
            world.tell(chapter, went, &slots)
        });
    }
    let closed = world.tell(
        closing,
        &[
            "*{P} did not leave again before {e}, and of the journeys {p he} had made until then this book has left \
             none out.",
            "*From now until {e}, {P} slept every night at home. // *All {p his} earlier journeys have been told in \
             their place.",
        ],
        &slots,
    );
    let counted = [2, 3].map(|n: usize| slots.clone().with('n', &cardinal(n)));
    let claims = claims(
        world,
        &[
            "{P} was away from home on {n} occasions before {e}.",
            "Before {e}, the journeys that {P} made numbered {n}.",
            "~Up to {e} {P} had been upon the road {n} times in all.",
        ],
        [&counted[0], &counted[1]],
    );
    let all: Vec<_> = trips.iter().copied().chain([closed]).collect();
    let without: Vec<_> = all.iter().copied().filter(|scene| *scene != trips[odd]).collect();
    Story::new(claims, [without, all]).about(&[&p], None)
}

/// Three payments for one thing; one of them is another in the twin.
fn instalments(world: &mut World) -> Story {
    let [p, a] = world.cast([Use::Part("debt"); 2]);
    let moments: [usize; 3] = world.moments();
    let thing = world.thing();
    let slots = Slots::default().with('p', &p).with('a', &a).with('o', &thing);
    let odd = world.dice.below(3);
    let usual: [usize; 3] = [0; 3].map(|_| 2 + world.dice.below(8));
    let mut other = usual;
    other[odd] += 1 + world.dice.below(3);
    let mut paid = [usual, other];
    if world.dice.coin(0.5) {
        paid.reverse();
    }
    let tellings: [&[&str]; 3] = [
        &[
            "*{P} bought {o} of {A} on credit, and laid down {n} silver pieces at once. // Two more payments were to \
             follow.",
            "*{A} let {P} have {o} for {n} silver pieces in hand and two further payments. // Neither of them wrote \
             it down.",
        ],
        &[
            "*{A} had the second payment from {P}: {n} pieces of silver, counted twice. // It was raining on the \
             sill.",
            "{P} had not forgotten the debt. // *{p he} brought {A} {n} silver pieces as the second payment, in a \
             [sock|mustard tin].",
        ],
        &[
            "*With {n} silver pieces more, {P} made the third payment to {A} and owed nothing further.",
            "*{P} cleared the debt to {A} that day with a third and last payment of {n} silver pieces.",
        ],
    ];
    let scenes: Vec<_> = (0..3)
        .map(|i| {
            let by = [0, 1].map(|v| slots.clone().with('n', &cardinal(paid[v][i])));
            world.tell_either(moments[i], tellings[i], [&by[0], &by[1]])
        })
        .collect();
    let sums = paid.map(|paid| slots.clone().with('n', &cardinal(paid.iter().sum::<usize>())));
    let claims = claims(
        world,
        &[
            "All told, {o syn} cost {P} {n} silver pieces.",
            "{A} received {n} silver pieces in all from {P}.",
            "~The whole price that {P} gave for {o syn} was {n} in silver.",
        ],
        [&sums[0], &sums[1]],
    );
    Story::new(claims, [scenes.clone(), scenes]).about(&[&p, &a], Some(&thing))
}

/// A departure and a return, both counted from a landmark.
fn absence(world: &mut World) -> Story {
    let [p] = world.cast([Use::Travel]);
    let [left, back] = world.moments();
    let landmark = world.landmark(left);
    let place = world.any_place();
    let from = 1 + world.dice.below(8);
    let gone = 5 + world.dice.below(8);
    let longer = gone + 1 + world.dice.below(5);
    let slots = Slots::default().with('p', &p).with('e', &landmark.name).with('l', &place);
    let start = slots.clone().with('n', &ordinal(from));
    let leave = world.tell(
        left,
        &[
            "*On the {n} day after {e}, {P} left for {l}. // {p he} took little and said less.",
            "*{P} could not be kept any longer, and went off to {l} on the {n} day after {e}.",
        ],
        &start,
    );
    let ends = [gone, longer].map(|days| slots.clone().with('n', &ordinal(from + days)));
    let home = world.tell_either(
        back,
        &[
            "*It was the {n} day after {e} when {P} came in at the gate again. // The cat did not know {p him}.",
            "{P} was seen first by the children. // *By their reckoning, and the parson's, {p he} was home on the \
             {n} day after {e}.",
        ],
        [&ends[0], &ends[1]],
    );
    let said = [gone, longer].map(|days| slots.clone().with('n', &cardinal(days)));
    let claims = claims(
        world,
        &["{P} stayed away for {n} days.", "{n} days passed between {P}'s setting out and coming home."],
        [&said[0], &said[1]],
    );
    let proof = vec![leave, home];
    Story::new(claims, [proof.clone(), proof]).about(&[&p], None)
}

/// One number, told once.
fn tally(world: &mut World) -> Story {
    let [p] = world.cast([Use::Any]);
    let [at] = world.moments();
    let place = world.place();
    let (counted, claimed) = *world.dice.one(prose::TALLIES);
    let n = 4 + world.dice.below(20);
    let more = n + 1 + world.dice.below(4);
    let slots = Slots::default().with('p', &p).with('l', &place).with('c', counted).with('d', claimed);
    let told = [n, more].map(|n| slots.clone().with('n', &cardinal(n)));
    let scene = world.tell_either(
        at,
        &[
            "{P} would not take anyone's word for it. // *{p he} counted {n} {c} at {l}, and then counted them again.",
            "*There were {n} {c} at {l} that morning, {P} reported, and the overseer found it so.",
        ],
        [&told[0], &told[1]],
    );
    let claims = claims(
        world,
        &["{P} found {n} {d} at {l}.", "The number of {d} at {l} that {P} saw was {n}."],
        [&told[0], &told[1]],
    );
    Story::new(claims, [vec![scene], vec![scene]]).about(&[&p], None)
}

/// A flock that grows and shrinks; how many are left is never said.
fn flock(world: &mut World) -> Story {
    let [p] = world.cast([Use::Any]);
    let [had, bought, lost] = world.moments();
    let place = world.place();
    let start = 6 + world.dice.below(8);
    let more = 2 + world.dice.below(6);
    let gone = 2 + world.dice.below(2);
    let worse = gone + 1 + world.dice.below(2);
    let slots = Slots::default().with('p', &p).with('l', &place);
    let number = |n: usize| slots.clone().with('n', &cardinal(n));
    let first = world.tell(
        had,
        &["*{P} had {n} ewes on the hill at {l}, and no others. // They were marked with a red bar."],
        &number(start),
    );
    let second =
        world.tell(bought, &["*{P} added {n} ewes to those on the hill at {l}, paid for in oats."], &number(more));
    let third = world.tell_either(
        lost,
        &["*Snow lay on the hill at {l}, and {P} lost {n} ewes under it. // Never before or after did {p he} lose one."],
        [&number(gone), &number(worse)],
    );
    let left = [gone, worse].map(|gone| number(start + more - gone));
    let claims = claims(
        world,
        &[
            "When the snow was gone, {P}'s flock at {l} stood at {n}.",
            "{n} ewes at {l} were all that {P} had in the end.",
        ],
        [&left[0], &left[1]],
    );
    let proof = vec![first, second, third];
    Story::new(claims, [proof.clone(), proof]).about(&[&p], None)
}
