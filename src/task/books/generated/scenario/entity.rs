//! Somebody else stands in the place of the right one.

use super::{Scenario, Story, phrased};
use crate::task::books::flaw::Flaw;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] =
    &[Scenario { name: "prize", flaw: Flaw::EntitySwapped, weight: 3, test_only: false, write: prize }];

/// A thing is promised to whoever does a deed; one does it; the word is kept.
fn prize(world: &mut World) -> Story {
    let [a, p, q] = world.cast([Use::Any; 3]);
    let [declared, done, kept] = world.moments();
    let thing = world.thing();
    let deed = *world.dice.one(super::super::prose::FEATS);
    let (feat, did) = (deed.0, deed.1);
    let slots = Slots::default().with('a', &a).with('o', &thing);
    let told = slots.clone().with('f', feat);
    let declare = world.tell(
        declared,
        &[
            "{A} set {o} on the [table|window-sill|counter] where all could see it. // *Whoever {f}, {a he} said, \
             should have {o} for good. // [The young men laughed, but they looked at it twice.|It was the talk of \
             the [lane|yard] for a week.]",
            "*There was [much|a good deal of] joking when {A} promised {o} to the one who {f}. // {a he} meant it, \
             and had it written on a card.",
        ],
        &told,
    );
    let by = [&p, &q].map(|winner| slots.clone().with('w', winner).with('d', did));
    let deed = world.tell_either(
        done,
        &[
            "*It was {W} who {d}, [with nobody to help|and it took the whole of one day]. // {w he} sat down \
             afterwards on an upturned pail and would not be carried.",
            "Few had thought that it could be done. // *{W} {d} all the same, [between two showers|before most \
             people were out of bed].",
        ],
        [&by[0], &by[1]],
    );
    let keep = world.tell(
        kept,
        &[
            "*{A} was as good as {a his} word: what had been staked was handed over [that evening|on the Sunday], \
             in front of witnesses. // There was no grudging in it.",
            "*The card came down from the window, and {A} paid [the wager|what had been promised] without a murmur.",
        ],
        &slots,
    );
    let claims = [0, 1].map(|v| {
        phrased(
            world,
            &[
                "{o syn} that had been {A}'s ended in the hands of {W}.",
                "{A} parted with {o syn}, and {W} became its owner.",
                "~The one to whom {A} had to surrender {o syn} was {W}.",
            ],
            &by[v],
        )
    });
    let proof = vec![declare, deed, keep];
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &p, &q], Some(&thing))
}
