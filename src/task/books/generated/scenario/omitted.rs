//! What decides is left out, as if nothing had happened in between.

use super::{Scenario, Story, claims_apart};
use crate::task::books::flaw::Flaw::EventOmitted;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(EventOmitted, "handed_on", 3, handed_on),
    Scenario::everywhere(EventOmitted, "road", 2, road),
    Scenario::everywhere(EventOmitted, "unbroken", 3, unbroken),
    Scenario::test_only(EventOmitted, "tenants", 4, tenants),
];

/// A thing goes from hand to hand, straight or through one hand more.
fn handed_on(world: &mut World) -> Story {
    let [z, a, b, c] = world.cast([Use::Any; 4]);
    let [first, second, third] = world.moments();
    let thing = world.thing();
    let slots = Slots::default().with('z', &z).with('a', &a).with('b', &b).with('c', &c).with('o', &thing);
    let start = world.tell(
        first,
        &[
            "*{Z} had no use for {o} any longer, and {A} got it for the asking. // It wanted cleaning.",
            "*{A} had {o} of {Z} that week, in settlement of a [small debt|bet]. // {z he} seemed glad to see it go.",
        ],
        &slots,
    );
    let to = [&b, &c].map(|next| slots.clone().with('n', next));
    let next = world.tell_either(
        second,
        &[
            "{A} was never one to hold on to things. // *{o} went to {N} before the month was out, for good.",
            "*{A} gave {o} to {N} to keep, [on the steps of the chapel|without being asked].",
            "*In exchange for a day's ploughing, {N} received {o} from {A}.",
        ],
        [&to[0], &to[1]],
    );
    let last = world.tell_apart(
        third,
        [
            &[
                "*{B} had {o} on the shelf, just as {A} had given it, and showed it to {C}. // {c he} turned it over \
                 and put it back.",
                "{C} called at {B}'s to see {o}. // *It had come there straight from {A}, and {C} had never seen it \
                 before.",
            ],
            &[
                "*{C} passed on to {B} what {A} had given {c him}. // {c he} was leaving that part of the country.",
                "{C} called at {B}'s with a parcel. // *What {A} had given to {c him}, {c he} now gave to {B}.",
            ],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &[
                "{o syn} went from {Z} to {A} and from {A} directly to {B}.",
                "Only {A} held {o syn} between {Z} and {B}.",
            ],
            &[
                "On its way from {Z} to {B}, {o syn} was in the hands of {A} and then of {C}.",
                "Both {A} and {C} held {o syn} between {Z} and {B}.",
            ],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![start, next, last], vec![start, next, last]])
        .refuted_by([vec![next], vec![next, last]])
        .about(&[&z, &a, &b, &c], Some(&thing))
}

/// A road is travelled without a halt, or with one.
fn road(world: &mut World) -> Story {
    let [p] = world.cast([Use::Travel]);
    let [left, arrived] = world.moments();
    let (from, halt, to) = (world.place(), world.place(), world.place());
    let slots = Slots::default().with('p', &p).with('f', &from).with('h', &halt).with('t', &to);
    let leave = world.tell(
        left,
        &[
            "*{P} set out from {f} on foot, bound for {t}. // There was frost in the ruts.",
            "*From {f} {P} started for {t}, with [bread|a cheese] for the road and a stick.",
        ],
        &slots,
    );
    let arrive = world.tell_apart(
        arrived,
        [
            &[
                "*{P} came to {t} without having slept or stopped anywhere on the way, {h} included. // {p his} feet \
                 were bound with rag.",
                "The watch was about to turn the key. // *{P} came in at the gate of {t} after a march without a halt; {h} \
                 had not tempted {p him}.",
            ],
            &[
                "*{P} came to {t} after four nights at {h}, where the landlord's daughter was ill. // {p his} feet \
                 were bound with rag.",
                "The watch was about to turn the key. // *{P} came in at the gate of {t} four days late, for {h} had \
                 tempted {p him} to stay.",
            ],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &[
                "{P} travelled from {f} to {t} without breaking the journey.",
                "Nothing held {P} up between {f} and {t}.",
            ],
            &["{P} broke the journey from {f} to {t} at {h}.", "Between {f} and {t}, {P} was held up at {h}."],
        ],
        [&slots, &slots],
    );
    let proof = vec![leave, arrive];
    Story::new(claims, [proof.clone(), proof]).about(&[&p], None)
}

/// Somebody works from one landmark to another without a break, or with one.
fn unbroken(world: &mut World) -> Story {
    let [p] = world.cast([Use::Health]);
    let [start, middle, end] = world.moments();
    let (from, to) = (world.landmark(start), world.landmark(end));
    let slots = Slots::default().with('p', &p).with('e', &from.name).with('f', &to.name);
    let between = world.tell_apart(
        middle,
        [
            &[
                "The loom could be heard from the road. // *{P} was at work at it, as on every day of that month.",
                "*{P} worked through the whole of that month, though others fell sick on every side.",
            ],
            &[
                "The loom could not be heard from the road. // *{P} lay in bed and did no work all that month.",
                "*{P} fell sick, as others did on every side, and did no work the whole of that month.",
            ],
        ],
        [&slots, &slots],
    );
    let close = world.tell_apart(
        end,
        [
            &["*On the eve of {f}, {P} could say that there had been no day without work since {e}."],
            &["*On the eve of {f}, {P} was back at work as if nothing had been amiss since {e}."],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["From {e} to {f}, {P} worked on without a break.", "Between {e} and {f} {P} lost no day's work."],
            &[
                "Between {e} and {f}, {P} was for a time too ill to work.",
                "{P} lost a month's work between {e} and {f}.",
            ],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![close], vec![from.scene, between, to.scene]])
        .refuted_by([vec![close], vec![from.scene, between, to.scene]])
        .about(&[&p], None)
}

/// A house changes tenants, with one in between or none.
fn tenants(world: &mut World) -> Story {
    let [a, b, c] = world.cast([Use::Any; 3]);
    let [first, second, third] = world.moments();
    let place = world.place();
    let slots = Slots::default().with('a', &a).with('b', &b).with('c', &c).with('l', &place);
    let start =
        world.tell(first, &["*{A} had the mill-house at {l} that year. // The roof leaked over the stairs."], &slots);
    let to = [&b, &c].map(|next| slots.clone().with('n', next));
    let next = world.tell_either(
        second,
        &["*{A} gave up the mill-house at {l}, and on the same day {N} moved in."],
        [&to[0], &to[1]],
    );
    let last = world.tell_apart(
        third,
        [
            &["*{B} was painting the shutters of the mill-house at {l}. // {C} held the ladder."],
            &["*{C} moved out of the mill-house at {l}, and {B} moved in. // The shutters wanted paint."],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["In the mill-house at {l}, {A} was followed by {B} and by nobody before {b him}."],
            &["In the mill-house at {l}, somebody lived after {A} and before {B}."],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![start, next], vec![start, next, last]])
        .refuted_by([vec![next], vec![next, last]])
        .about(&[&a, &b, &c], None)
}
