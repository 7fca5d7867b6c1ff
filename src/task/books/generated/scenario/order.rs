//! The events happened, in another order.

use super::{Scenario, Story, claims, claims_apart};
use crate::task::books::flaw::Flaw::OrderReversed;
use crate::task::books::generated::prose;
use crate::task::books::generated::template::{Person, Slots};
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(OrderReversed, "two_deeds", 2, two_deeds),
    Scenario::everywhere(OrderReversed, "three_deeds", 3, three_deeds),
    Scenario::everywhere(OrderReversed, "about_a_landmark", 2, about_a_landmark),
    Scenario::everywhere(OrderReversed, "told_late", 3, told_late),
    Scenario::test_only(OrderReversed, "three_visitors", 4, three_visitors),
];

/// How a deed that stands for itself is told.
const DEED_SCENES: &[&str] = &[
    "*{X} {d}, [in the teeth of the weather|and made no speech about it]. // {x he} was seen that evening asleep over \
     {x his} supper.",
    "Nobody had asked {X} to do anything. // *{x he} {d} nevertheless. // It was [not badly|very neatly] done.",
    "*There was a small crowd to watch when {X} {d}. // [An old man held everyone's hats.|The schoolmaster let the \
     children out for it.]",
    "*For a wager, or for a quiet conscience, {X} {d}. // {x he} never said which it was.",
    "~*Let it be set down here that {X} {d}. // The writer had it from two who were there.",
];

/// A deed of somebody somewhere: the slots of its scene and of its clause in a claim.
fn deed(world: &mut World, who: &Person, taken: &mut Vec<usize>) -> (Slots, String) {
    let i = loop {
        let i = world.dice.below(prose::DEEDS.len());
        if !taken.contains(&i) {
            break i;
        }
    };
    taken.push(i);
    let place = world.place();
    let spot = Slots::default().with('l', &place).with('x', who);
    let (did, claim) = prose::DEEDS[i];
    let did = world.phrase(did, &spot);
    let claim = world.phrase(&format!("{{X}} {claim}"), &spot);
    (spot.with('d', &did), claim)
}

/// Two deeds, one before the other.
fn two_deeds(world: &mut World) -> Story {
    let [x, y] = world.cast([Use::Any; 2]);
    let [early, late] = world.moments();
    let mut taken = Vec::new();
    let (one, one_said) = deed(world, &x, &mut taken);
    let (two, two_said) = deed(world, &y, &mut taken);
    let first = world.tell_either(early, DEED_SCENES, [&one, &two]);
    let second = world.tell_either(late, DEED_SCENES, [&two, &one]);
    let said = [(&one_said, &two_said), (&two_said, &one_said)]
        .map(|(before, after)| Slots::default().with('u', before).with('v', after));
    let claims = claims(
        world,
        &[
            "{u} before {v}.",
            "It was only after {u} that {v}.",
            "{v}, though not until {u}.",
            "~Of two things one came sooner: {u}, and later {v}.",
        ],
        [&said[0], &said[1]],
    );
    let proof = vec![first, second];
    Story::new(claims, [proof.clone(), proof]).about(&[&x, &y], None)
}

/// Three deeds, two neighbours of which change places.
fn three_deeds(world: &mut World) -> Story {
    let [x, y, z] = world.cast([Use::Any; 3]);
    let mut taken = Vec::new();
    let deeds = [&x, &y, &z].map(|who| deed(world, who, &mut taken));
    swapped_neighbours(
        world,
        deeds,
        DEED_SCENES,
        &[
            "First {u}, next {v}, and only then {w}.",
            "{u} before {v}, and after both {w}.",
            "The order was this: {u}; then {v}; last of all {w}.",
        ],
    )
    .about(&[&x, &y, &z], None)
}

/// Three visits to one house, two neighbours of which change places.
fn three_visitors(world: &mut World) -> Story {
    let [h, x, y, z] = world.cast([Use::Part("host"), Use::Any, Use::Any, Use::Any]);
    let errands = [
        ("to read the lease aloud", "[read|went through] the lease with"),
        ("to pay for the lame pony", "settled the price of the lame pony with"),
        ("to measure for a coffin that was not wanted", "came to measure for a needless coffin at the house of"),
    ];
    let mut i = 0;
    let visits = [&x, &y, &z].map(|who| {
        let (errand, claim) = errands[i];
        i += 1;
        let slots = Slots::default().with('x', who).with('h', &h).with('d', errand);
        let said = world.phrase(&format!("{{X}} {claim} {{H}}"), &slots);
        (slots, said)
    });
    swapped_neighbours(
        world,
        visits,
        &[
            "*{X} called on {H} {d}. // There was seed-cake, and the good chairs.",
            "Nobody was expected that day. // *{X} came to {H}'s by the scullery door {d}, and stayed an hour.",
        ],
        &["First {u}, next {v}, and only then {w}.", "Three callers came one after another: {u}; then {v}; then {w}."],
    )
    .about(&[&h, &x, &y, &z], None)
}

/// Three events told in order, the neighbours of one place swapped in one variant.
fn swapped_neighbours(world: &mut World, events: [(Slots, String); 3], scenes: &[&str], forms: &[&str]) -> Story {
    let at: [usize; 3] = world.moments();
    let swapped = if world.dice.coin(0.5) { [1, 0, 2] } else { [0, 2, 1] };
    let order = [[0, 1, 2], swapped];
    let mut told = Vec::new();
    for place in 0..3 {
        let slots = order.map(|order| &events[order[place]].0);
        told.push(world.tell_either(at[place], scenes, slots));
    }
    let said =
        order.map(|[u, v, w]| Slots::default().with('u', &events[u].1).with('v', &events[v].1).with('w', &events[w].1));
    let claims = claims(world, forms, [&said[0], &said[1]]);
    // Two scenes out of order refute; all three are needed to support.
    let out_of_order: Vec<usize> = (0..3).filter(|i| swapped[*i] != *i).map(|i| told[i]).collect();
    Story::new(claims, [told.clone(), told]).refuted_by([out_of_order.clone(), out_of_order])
}

/// A deed before or after a day that everybody remembers.
fn about_a_landmark(world: &mut World) -> Story {
    let [x, y] = world.cast([Use::Any; 2]);
    let [early, middle, late] = world.moments();
    let landmark = world.landmark(middle);
    let mut taken = Vec::new();
    let (done, said) = deed(world, &x, &mut taken);
    let (other, _) = deed(world, &y, &mut taken);
    let first = world.tell_either(early, DEED_SCENES, [&done, &other]);
    let second = world.tell_either(late, DEED_SCENES, [&other, &done]);
    let slots = Slots::default().with('u', &said).with('e', &landmark.name);
    let claims = claims_apart(
        world,
        [
            &["By the time of {e}, it was already done: {u}.", "{u} before {e}, not after it."],
            &["At the time of {e} it had still to be done, and only later {u}.", "{u} after {e}, not before it."],
        ],
        [&slots, &slots],
    );
    Story::new(claims, [vec![first, landmark.scene], vec![second, landmark.scene]]).about(&[&x, &y], None)
}

/// A deed told long afterwards, dated by a landmark on one side or the other of a second deed.
fn told_late(world: &mut World) -> Story {
    let [x, y] = world.cast([Use::Any, Use::Travel]);
    let [early, middle, late, told] = world.moments();
    let (before, after) = (world.landmark(early), world.landmark(late));
    let mut taken = Vec::new();
    let (one, one_said) = deed(world, &x, &mut taken);
    let (two, two_said) = deed(world, &y, &mut taken);
    let fixed = world.tell(middle, DEED_SCENES, &one);
    let dated = [&before, &after].map(|landmark| two.clone().with('e', &landmark.name));
    let looking_back = world.tell_either(
        told,
        &[
            "Something must be added here that was left out in its place. // *It was on the day of {e} that {X} {d}, \
             though nobody had noticed at the time.",
            "*{X} owned at last to what {x he} had done: on the very day of {e}, {x he} {d}. // There were marks to \
             prove it.",
            "~The parish clerk found the entry in his book. // *While all the others were busy with {e}, {X} {d}.",
        ],
        [&dated[0], &dated[1]],
    );
    let said = [(&two_said, &one_said), (&one_said, &two_said)]
        .map(|(sooner, later)| Slots::default().with('u', sooner).with('v', later));
    let claims = claims(world, &["{u} before {v}.", "{v}, but not before {u}."], [&said[0], &said[1]]);
    let proof = [before.scene, after.scene].map(|landmark| vec![landmark, fixed, looking_back]);
    Story::new(claims, proof).about(&[&x, &y], None)
}
