//! One chapter seems to say one thing; two others together say the opposite.
//!
//! Each scenario is told twice: crossed, where the appearance speaks against the truth in both variants (the
//! misleading kind), and straight, where it speaks for it (an entity swapped), so that the wording of an appearance
//! tells nothing.

use super::{Scenario, Story, claims};
use crate::task::books::flaw::Flaw::{EntitySwapped, Misleading};
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};
use crate::task::books::generated::{lexicon, prose};

/// The scenarios of this kind, and their straight counterparts.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(Misleading, "hidden", 2, |world| hidden(world, Shown::AgainstTruth)),
    Scenario::everywhere(Misleading, "masked", 2, |world| masked(world, Shown::AgainstTruth)),
    Scenario::everywhere(Misleading, "conditional", 2, |world| conditional(world, Shown::AgainstTruth)),
    Scenario::test_only(Misleading, "title", 2, |world| title(world, Shown::AgainstTruth)),
    Scenario::everywhere(EntitySwapped, "hidden_straight", 1, |world| hidden(world, Shown::AsIs)),
    Scenario::everywhere(EntitySwapped, "masked_straight", 1, |world| masked(world, Shown::AsIs)),
    Scenario::everywhere(EntitySwapped, "conditional_straight", 1, |world| conditional(world, Shown::AsIs)),
    Scenario::test_only(EntitySwapped, "title_straight", 1, |world| title(world, Shown::AsIs)),
];

/// Which way the appearance points.
#[derive(Clone, Copy)]
enum Shown {
    /// To the claim that is false.
    AgainstTruth,
    /// To the claim that is true.
    AsIs,
}

impl Shown {
    /// The claim that the appearance speaks for in each variant.
    fn towards(self) -> [usize; 2] {
        match self {
            Self::AgainstTruth => [1, 0],
            Self::AsIs => [0, 1],
        }
    }
}

/// A thing is hidden in one of two containers; the containers go to two people; one of them seems to have the thing.
fn hidden(world: &mut World, shown: Shown) -> Story {
    let [a, p, q] = world.cast([Use::Part("hider"), Use::Any, Use::Any]);
    let [hiding, giving, seen] = world.moments();
    let thing = world.thing();
    let landmark = world.landmark(seen);
    let pair = 2 * world.dice.below(lexicon::CONTAINERS.len() / 2);
    let (mut first, mut second) = (lexicon::CONTAINERS[pair], lexicon::CONTAINERS[pair + 1]);
    if world.dice.coin(0.5) {
        std::mem::swap(&mut first, &mut second);
    }
    let slots = Slots::default().with('a', &a).with('o', &thing).with('e', &landmark.name);
    let hides = [first, second].map(|place| slots.clone().with('k', place));
    let hide = world.tell_either(
        hiding,
        &[
            "{A} waited until the house was asleep. // *Then {a he} [hid|put] {o} inside {a his} {k}, where nobody \
             would think of looking, and left it there. // {a he} told no one.",
            "*That night {o} went into {A}'s {k}, [under a handful of rags|wrapped in a stocking], and there it \
             stayed. // In the morning {a he} whistled about {a his} work as on any other day.",
        ],
        [&hides[0], &hides[1]],
    );
    let given = slots.clone().with('k', first).with('m', second).with('p', &p).with('q', &q);
    let give = world.tell(
        giving,
        &[
            "The house had to be emptied before the new tenants came. // *The {k} of {A}'s went to {P}, who had \
             always liked it, and the {m} to {Q}. // Neither of them gave more than thanks.",
            "{A} was giving things away that [month|week]. // *{P} carried off the {k} on {p his} shoulder, and \
             {Q} fetched the {m} with a barrow, [contents and all|just as it stood].",
        ],
        &given,
    );
    let holders = [&p, &q];
    let appears = shown.towards().map(|claim| slots.clone().with('x', holders[claim]));
    let appear = world.tell_either(
        seen,
        &[
            "*On the day of {e}, {X} let it be understood that {o} was safe in {x his} own keeping, and [patted \
             {x his} coat|nodded at {x his} cupboard] when {x he} said so.",
            "*In the week of {e}, [the neighbours|two of the neighbours] congratulated {X} on {o}, and {x he} thanked them \
             for it.",
        ],
        [&appears[0], &appears[1]],
    );
    let owns = holders.map(|holder| slots.clone().with('w', holder));
    let claims = claims(
        world,
        &[
            "When {e} came, it was {W} who had {o syn} under {w his} roof.",
            "By the time of {e}, {o syn} had passed into the house of {W}.",
            "~The household that held {o syn} at {e} was that of {W}.",
        ],
        [&owns[0], &owns[1]],
    );
    let proof = vec![hide, give];
    Story::new(claims, [proof.clone(), proof]).seeming(appear, shown.towards()).about(&[&a, &p, &q], Some(&thing))
}

/// A deed is done under a mask; who wore it is told elsewhere; a trace of the deed lies at somebody's door.
fn masked(world: &mut World, shown: Shown) -> Story {
    let [p, q] = world.cast([Use::Any; 2]);
    let [worn, done, found] = world.moments();
    let place = world.place();
    let mask = world.dice.form(prose::MASKS);
    let (did, claim, trace) = *world.dice.one(prose::MISCHIEF);
    let slots = Slots::default().with('l', &place).with('m', mask).with('d', did).with('c', claim).with('t', trace);
    let wears = [(&p, &q), (&q, &p)].map(|(w, z)| slots.clone().with('w', w).with('z', z));
    let wear = world.tell_either(
        worn,
        &[
            "It was got up in three days. // *At the mumming at {l} the {m} mask was {W}'s to wear, that night and in \
             every scene; {Z} sold the candles.",
            "*For the mumming at {l} they drew lots, and {W} drew the {m} mask and wore it throughout. // {Z} \
             had wanted it badly.",
        ],
        [&wears[0], &wears[1]],
    );
    let act = world.tell(
        done,
        &[
            "It came out later what else had happened that night. // *The player in the {m} mask had slipped away from              the mumming at {l} and {d}.",
            "*A child at a window had seen it all: at the height of the mumming at {l}, the one in the {m} mask {d}.",
        ],
        &slots,
    );
    let people = [&p, &q];
    let blamed = shown.towards().map(|claim| slots.clone().with('x', people[claim]));
    let blame = world.tell_either(
        found,
        &[
            "*After the mumming at {l}, {t} was found at {X}'s door, and people drew their own conclusions.",
            "*{X} could not explain how {t} came to be [on {x his} step|behind {x his} gate] the morning after the              mumming at {l}, and went red when asked.",
        ],
        [&blamed[0], &blamed[1]],
    );
    let claims = claims(
        world,
        &[
            "It was {W} who {c} at {l}.",
            "{W} {c} at {l}.",
            "~The hand that did the mischief at {l} was {W}'s: {w he} {c}.",
        ],
        [&wears[0], &wears[1]],
    );
    let proof = vec![wear, act];
    Story::new(claims, [proof.clone(), proof]).seeming(blame, shown.towards()).about(&[&p, &q], None)
}

/// A thing is promised to one of two, on a condition; the condition is met or not; one of them is toasted as owner.
fn conditional(world: &mut World, shown: Shown) -> Story {
    let [a, p, q] = world.cast([Use::Any; 3]);
    let [signed, weather, feast] = world.moments();
    let thing = world.thing();
    let place = world.place();
    let landmark = world.landmark(feast);
    let (condition, yes, no) = *world.dice.one(prose::CONDITIONS);
    let slots = Slots::default().with('a', &a).with('p', &p).with('q', &q).with('o', &thing).with('l', &place);
    let slots = slots.with('e', &landmark.name);
    let slots = slots.clone().with('c', &world.phrase(condition, &slots));
    let sign = world.tell(
        signed,
        &[
            "*{A} signed a paper about {o}: it was to be {P}'s if {c}, and {Q}'s if not. // The notary sanded it twice.",
            "{A} liked to leave things to Providence. // *If {c}, {a he} declared, {o} would belong to {P}; otherwise              {Q} would have it, and no more words.",
        ],
        &slots,
    );
    let (yes, no) = (format!("*{yes}"), format!("*{no}"));
    let met = world.tell_apart(weather, [&[&yes], &[&no]], [&slots, &slots]);
    let people = [&p, &q];
    let toasted = shown.towards().map(|claim| slots.clone().with('x', people[claim]));
    let toast = world.tell_either(
        feast,
        &[
            "*In the week of {e} {X}'s health was drunk as the owner of {o}, and {x he} made a bow.",
            "*Before the week of {e} was out, {X} had cleared a place for {o} [over the hearth|beside the bed], and showed it to callers.",
        ],
        [&toasted[0], &toasted[1]],
    );
    let owners = people.map(|owner| slots.clone().with('w', owner));
    let claims = claims(
        world,
        &[
            "By {A}'s own terms, {o syn} was due to {W}.",
            "{o syn}, as {A} had laid it down, fell to {W}.",
            "~It was {W} whom {A}'s terms made the owner of {o syn}.",
        ],
        [&owners[0], &owners[1]],
    );
    let proof = vec![sign, met];
    Story::new(claims, [proof.clone(), proof]).seeming(toast, shown.towards()).about(&[&a, &p, &q], Some(&thing))
}

/// One of two cousins gets a title; its holder, unnamed, does a deed; the other is called by the title in jest.
fn title(world: &mut World, shown: Shown) -> Story {
    let [p, q] = world.cast([Use::Office; 2]);
    let [made, acted, called] = world.moments();
    let place = world.place();
    let slots = Slots::default().with('l', &place);
    let holds = [(&p, &q), (&q, &p)].map(|(w, z)| slots.clone().with('w', w).with('z', z));
    let make = world.tell_either(
        made,
        &[
            "*The commission as captain of the watch at {l} was made out to {W} and to nobody else. // {Z}, a cousin,              carried the sash.",
            "{W} and {Z} had both sat up for the post-rider. // *It was {W} whom he brought the captaincy of the              watch at {l}.",
        ],
        [&holds[0], &holds[1]],
    );
    let act = world.tell(
        acted,
        &["*The captain of the watch at {l} gave the order to cut the bridge. // It was down within the hour."],
        &slots,
    );
    let people = [&p, &q];
    let jested = shown.towards().map(|claim| slots.clone().with('x', people[claim]));
    let call = world.tell_either(
        called,
        &["*After the bridge at {l} was cut, boys ran behind {X} and cried \"Captain! Captain!\", and {x he} saluted."],
        [&jested[0], &jested[1]],
    );
    let claims = claims(
        world,
        &["{W} was the one who had the bridge at {l} cut.", "The bridge at {l} came down on {W}'s order."],
        [&holds[0], &holds[1]],
    );
    let proof = vec![make, act];
    Story::new(claims, [proof.clone(), proof]).seeming(call, shown.towards()).about(&[&p, &q], None)
}
