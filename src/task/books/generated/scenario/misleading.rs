//! One chapter seems to say one thing; two others together say the opposite.
//!
//! Each scenario is told twice: crossed, where the appearance speaks against the truth in both variants (the
//! misleading kind), and straight, where it speaks for it (an entity swapped), so that the wording of an appearance
//! tells nothing.

use super::{Scenario, Story, phrased};
use crate::task::books::flaw::Flaw;
use crate::task::books::generated::lexicon;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "hidden",
        flaw: Flaw::Misleading,
        weight: 2,
        test_only: false,
        write: |world| hidden(world, Shown::AgainstTruth),
    },
    Scenario {
        name: "hidden_plain",
        flaw: Flaw::EntitySwapped,
        weight: 2,
        test_only: false,
        write: |world| hidden(world, Shown::AsIs),
    },
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
    let [a, p, q] = world.cast([Use::Any; 3]);
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
            "*At {e}, [the neighbours|two of the neighbours] congratulated {X} on {o}, and {x he} thanked them \
             for it.",
        ],
        [&appears[0], &appears[1]],
    );
    let claims = [0, 1].map(|v| {
        let slots = slots.clone().with('w', holders[v]);
        phrased(
            world,
            &[
                "When {e} came, it was {W} who had {o syn} under {w his} roof.",
                "By the time of {e}, {o syn} had passed into the house of {W}.",
                "~The household that held {o syn} at {e} was that of {W}.",
            ],
            &slots,
        )
    });
    let proof = vec![hide, give];
    Story::new(claims, [proof.clone(), proof]).seeming(appear, shown.towards()).about(&[&a, &p, &q], Some(&thing))
}
