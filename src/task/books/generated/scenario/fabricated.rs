//! What is told did not happen.

use super::{Scenario, Story, claims, claims_apart};
use crate::task::books::flaw::Flaw::EventFabricated;
use crate::task::books::generated::prose;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(EventFabricated, "bargain", 2, bargain),
    Scenario::everywhere(EventFabricated, "alibi", 2, alibi),
    Scenario::everywhere(EventFabricated, "one_roof", 2, one_roof),
    Scenario::everywhere(EventFabricated, "secret", 3, secret),
    Scenario::test_only(EventFabricated, "message", 4, message),
];

/// A sale is agreed; it is carried out, or it is called off, in words that do not name it.
fn bargain(world: &mut World) -> Story {
    let [a, b] = world.cast([Use::Part("bargain"); 2]);
    let [agreed, ended] = world.moments();
    let thing = world.thing();
    let slots = Slots::default().with('a', &a).with('b', &b).with('o', &thing);
    let agree = world.tell(
        agreed,
        &[
            "They had been circling it for weeks. // *{A} and {B} at last agreed on a price for {o}, {B} to have \
             it when the money could be found.",
            "*{A} would sell {o} to {B}, that was settled [over the gate|in the vestry], as soon as the wool was \
             paid for.",
        ],
        &slots,
    );
    let end = world.tell_apart(
        ended,
        [
            &[
                "*The bargain that {A} had made with {B} was never carried out. // They remained on civil terms.",
                "{B} called on {A} with a long face. // *Of their bargain nothing came, and each kept what each had.",
            ],
            &[
                "*The bargain that {A} had made with {B} was duly carried out. // They remained on civil terms.",
                "{B} called on {A} with a full purse. // *Their bargain was closed, and goods and money changed sides.",
            ],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["{A} never did sell {o syn} to {B}.", "No sale of {o syn} by {A} to {B} took place."],
            &["{A} sold {o syn} to {B}.", "{B} bought {o syn}, which {A} had owned."],
        ],
        [&slots, &slots],
    );
    let proof = vec![agree, end];
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &b], Some(&thing))
}

/// Where somebody was on a memorable day, told by way of what another did on that day.
fn alibi(world: &mut World) -> Story {
    let [p, x] = world.cast([Use::Travel; 2]);
    let [day, told] = world.moments();
    let landmark = world.landmark(day);
    let (here, there, spot) = (world.place(), world.place(), world.place());
    let (did, _) = *world.dice.one(prose::DEEDS);
    let did = world.phrase(did, &Slots::default().with('l', &spot));
    let slots = Slots::default().with('p', &p).with('x', &x).with('e', &landmark.name).with('d', &did);
    let dated = world.tell(
        day,
        &[
            "*It was on the day of {e}, of all days, that {X} {d}. // Hardly anyone was there to see it.",
            "*{X} took no interest in {e}; {x he} spent that day alone, and {d}.",
        ],
        &slots,
    );
    let at = [(&here, &there), (&there, &here)].map(|(l, k)| slots.clone().with('l', l).with('k', k));
    let whereabouts = world.tell_either(
        told,
        &[
            "Long afterwards the ferry book was looked through. // *On the day when {X} {d}, it showed, {P} had gone \
             to {l} at sunrise and stayed until dark.",
            "*At {l}, [mending nets|at a sick-bed], {P} passed the whole of the day on which {X} {d}. // {p he} had been \
             asked to {k}, and had sent excuses.",
        ],
        [&at[0], &at[1]],
    );
    let claims = claims(
        world,
        &[
            "{P} spent the day of {e} at {l}.",
            "On the day of {e}, {l} was where {P} was to be found.",
            "~Whoever looked for {P} on the day of {e} had to look at {l}.",
        ],
        [&at[0], &at[1]],
    );
    let proof = vec![dated, whereabouts];
    Story::new(claims, [proof.clone(), proof]).about(&[&p, &x], None)
}

/// Two people lodge at one inn in one week, or at two inns.
fn one_roof(world: &mut World) -> Story {
    let [p, q] = world.cast([Use::Travel; 2]);
    let [early, middle, late] = world.moments();
    let landmark = world.landmark(early);
    let place = world.place();
    let inns = prose::INNS;
    let i = world.dice.below(inns.len());
    let (inn, other) = (inns[i], inns[(i + 1) % inns.len()]);
    let slots = Slots::default().with('p', &p).with('q', &q).with('e', &landmark.name).with('l', &place);
    let stays = &[
        "*In the week of {e} {V} lodged at {i} in {l}. // The sheets were damp.",
        "*{V} had taken a room at {i} in {l} for the week of {e}, and kept to it.",
    ][..];
    let one = world.tell(middle, stays, &slots.clone().with('v', &p).with('i', inn));
    let at = [inn, other].map(|inn| slots.clone().with('v', &q).with('i', inn));
    let two = world.tell_either(late, stays, [&at[0], &at[1]]);
    let claims = claims_apart(
        world,
        [
            &[
                "{P} and {Q} were once guests under one roof at {l}.",
                "One inn at {l} housed both {P} and {Q} in the week of {e}.",
            ],
            &[
                "{P} and {Q} were at {l} in the same week, but under two roofs.",
                "No one inn at {l} housed both {P} and {Q} in the week of {e}.",
            ],
        ],
        [&slots, &slots],
    );
    let proof = vec![one, two];
    Story::new(claims, [proof.clone(), proof]).about(&[&p, &q], None)
}

/// A secret goes from mouth to mouth, or stops at the first.
fn secret(world: &mut World) -> Story {
    let [a, b, c, d] = world.cast([Use::Part("secret"); 4]);
    let [trusted, pressed, passed] = world.moments();
    let thing = world.thing();
    let slots = Slots::default().with('a', &a).with('b', &b).with('c', &c).with('d', &d).with('o', &thing);
    let trust = world.tell(
        trusted,
        &[
            "*{A} told {B}, and nobody else in the world, where {o} was buried. // {b he} swore on the family Bible.",
            "{A} was in fear of a search. // *To {B} alone {a he} showed the spot where {o} lay buried.",
        ],
        &slots,
    );
    let press = world.tell_apart(
        pressed,
        [
            &[
                "{C} had brought a bottle and a great deal of patience. // *Of what {A} had confided, {B} breathed no \
                 word, then or ever.",
                "*{C} pressed {B} for a whole evening to betray {A}'s confidence, and got nothing; nor did anyone \
                 afterwards.",
            ],
            &[
                "{C} had brought a bottle and a great deal of patience. // *All that {A} had confided, {B} repeated, \
                 before the bottle was empty.",
                "*{C} pressed {B} for a whole evening to betray {A}'s confidence, and got every word of it.",
            ],
        ],
        [&slots, &slots],
    );
    let pass = world.tell(
        passed,
        &[
            "*Whatever {C} had from {B}, {D} had from {C}, for the two of them kept nothing from each other.",
            "*{C} sat late with {D}, and told {d him} everything that {B} had ever let fall. // The fire was out \
             before they rose.",
        ],
        &slots,
    );
    let claims = claims_apart(
        world,
        [
            &["{D} never came to know where {o syn} lay hidden.", "The hiding-place of {o syn} stayed unknown to {D}."],
            &["{D} came to know where {o syn} lay hidden.", "The hiding-place of {o syn} reached the ears of {D}."],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![trust, press], vec![trust, press, pass]]).about(&[&a, &b, &c, &d], Some(&thing))
}

/// A message is sent by a chain of bearers; the last link holds or breaks.
fn message(world: &mut World) -> Story {
    let [a, b, c, d] = world.cast([Use::Part("message"); 4]);
    let [sent, carried, came] = world.moments();
    let slots = Slots::default().with('a', &a).with('b', &b).with('c', &c).with('d', &d);
    let send =
        world.tell(sent, &["*{A} sealed a letter for {D} and gave it into {B}'s hand. // The wax was blue."], &slots);
    let carry = world.tell(
        carried,
        &["*{B}, lame by now, let {C} carry on {A}'s letter. // The road was bad beyond the turnpike."],
        &slots,
    );
    let come = world.tell_apart(
        came,
        [
            &["*What {B} had entrusted, {C} dropped in the ford, and the current had it. // {c he} owned up to it."],
            &["*What {B} had entrusted, {C} laid on the right table, and saw the seal broken. // {c he} waited for no \
               answer."],
        ],
        [&slots, &slots],
    );
    let claims = claims_apart(
        world,
        [
            &["Nothing that {A} wrote was ever read by {D}.", "{D} had no letter from {A}."],
            &["{D} read what {A} had written.", "A letter from {A} reached {D}."],
        ],
        [&slots, &slots],
    );
    let proof = vec![send, carry, come];
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &b, &c, &d], None)
}
