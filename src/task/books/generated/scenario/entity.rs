//! Somebody else stands in the place of the right one.

use super::{Scenario, Story, claims};
use crate::task::books::flaw::Flaw::EntitySwapped;
use crate::task::books::generated::prose;
use crate::task::books::generated::template::Slots;
use crate::task::books::generated::world::{Use, World};

/// The scenarios of this kind.
pub const SCENARIOS: &[Scenario] = &[
    Scenario::everywhere(EntitySwapped, "prize", 3, prize),
    Scenario::everywhere(EntitySwapped, "chain", 3, chain),
    Scenario::everywhere(EntitySwapped, "office", 2, office),
    Scenario::everywhere(EntitySwapped, "deed", 3, deed),
    Scenario::test_only(EntitySwapped, "godchild", 4, godchild),
];

/// A thing is promised to whoever does a deed; one does it; the word is kept.
fn prize(world: &mut World) -> Story {
    let [a, p, q] = world.cast([Use::Part("prize"), Use::Any, Use::Any]);
    let [declared, done, kept] = world.moments();
    let thing = world.thing();
    let (condition, did) = *world.dice.one(prose::FEATS);
    let place = world.place();
    let slots = Slots::default().with('a', &a).with('o', &thing).with('l', &place);
    let condition = world.phrase(condition, &slots);
    let did = world.phrase(did, &slots);
    let told = slots.clone().with('f', &condition).with('d', &did);
    let declare = world.tell(
        declared,
        &[
            "{A} set {o} on the [table|window-sill|counter] where all could see it. // *Whoever {f}, {A} said, \
             should have {o} for good. // [The young men laughed, but they looked at it twice.|It was the talk of \
             the lane for a week.]",
            "*There was [much|a good deal of] joking when {A} promised {o} to the first who {f}. // {a he} meant it, \
             and had it written on a card.",
            "Nobody had asked for a wager, least of all at a christening. // *{A} stood up all the same and staked \
             {o}: it would belong to anyone who {f}.",
            "~A bill was found pasted on the [church|smithy] door. // *Over the mark of {A}, it offered {o} to \
             anyone who {f}.",
        ],
        &told,
    );
    let by = [&p, &q].map(|winner| told.clone().with('w', winner));
    let deed = world.tell_either(
        done,
        &[
            "*It was {W} who {d}, [with nobody to help|and it took the whole of one day]. // {w he} sat down \
             afterwards on an upturned pail and would not be carried.",
            "Few had thought that it could be done. // *{W} {d}, [between two showers|before most \
             people were out of bed].",
            "[Some boys|Two carters] came running with the news. // *{W} {d}, they said, and half the village went \
             to see for themselves and found that it was so.",
        ],
        [&by[0], &by[1]],
    );
    let keep = world.tell(
        kept,
        &[
            "*{A} was as good as {a his} word: what had been staked was handed over [that evening|on the Sunday], \
             in front of witnesses. // There was no grudging in it.",
            "*The card came down from the window, and {A} paid [the wager|what had been promised] without a murmur.",
            "There were those who thought that {A} would wriggle out of it. // *{a he} did not: the wager was paid \
             over in the [porch|taproom], and {A} shook hands on it.",
        ],
        &slots,
    );
    let proof = vec![declare, deed, keep];
    let claims = claims(
        world,
        &[
            "{o syn} that had been {A}'s ended in the hands of {W}.",
            "{A} parted with {o syn}, and {W} became its owner.",
            "~The one to whom {A} had to surrender {o syn} was {W}.",
        ],
        [&by[0], &by[1]],
    );
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &p, &q], Some(&thing))
}

/// A thing is lost at play; the winner, without its being named again, gives it away before a landmark.
fn chain(world: &mut World) -> Story {
    let [b, c, p, q] = world.cast([Use::Part("chain"), Use::Part("chain"), Use::Any, Use::Any]);
    let [lost, given, after] = world.moments();
    let thing = world.thing();
    let landmark = world.landmark(after);
    let game = world.phrase("[at dice|at cards|over a game of draughts|at skittles]", &Slots::default());
    let slots = Slots::default().with('b', &b).with('c', &c).with('o', &thing).with('g', &game);
    let slots = slots.with('e', &landmark.name);
    let lose = world.tell(
        lost,
        &[
            "The play had gone on past midnight. // *{B} had nothing left to put down but {o}, and lost it to {C} \
             {g}. // {b he} went home without a lantern.",
            "*{C} won {o} from {B} {g}, [fairly|to everyone's surprise], and carried it off under one arm.",
            "{B} should have gone home when the candles were changed. // *Instead {b he} staked {o} {g}, and it \
             was {C}'s before the clock struck.",
        ],
        &slots,
    );
    let by = [&p, &q].map(|owner| slots.clone().with('w', owner));
    let give = world.tell_either(
        given,
        &[
            "*What {c he} had won from {B}, {C} did not keep: {c he} made a present of it to {W}. // \"It brings \
             me no luck,\" {c he} said.",
            "{C} had been uneasy about the game for some time. // *{c his} winnings from {B} went to {W}, as a gift, \
             and that was the last {c he} had to do with them.",
            "*{W} had done {C} a kindness in the spring, and for that {C} now gave {w him} what {B} had lost \
             {g}.",
        ],
        [&by[0], &by[1]],
    );
    let proof = vec![lose, give, landmark.scene];
    let claims = claims(
        world,
        &[
            "By the time of {e}, {o syn} belonged to {W}.",
            "When {e} came, the owner of {o syn} was {W}.",
            "~At {e} {W} could call {o syn} {w his} own.",
        ],
        [&by[0], &by[1]],
    );
    Story::new(claims, [proof.clone(), proof]).about(&[&b, &c, &p, &q], Some(&thing))
}

/// Somebody gets an office; later the holder of the office, unnamed, does a deed.
fn office(world: &mut World) -> Story {
    let [p, q] = world.cast([Use::Office; 2]);
    let [chosen, acted] = world.moments();
    let place = world.place();
    let title = *world.dice.one(prose::OFFICES);
    let (did, claim) = *world.dice.one(prose::DEEDS);
    let where_ = world.place();
    let spot = Slots::default().with('l', &where_);
    let (did, claim) = (world.phrase(did, &spot), world.phrase(claim, &spot));
    let slots = Slots::default().with('t', title).with('l', &place).with('d', &did).with('c', &claim);
    let by = [(&p, &q), (&q, &p)].map(|(w, z)| slots.clone().with('w', w).with('z', z));
    let choose = world.tell_either(
        chosen,
        &[
            "There were two names before the meeting, {W} and {Z}. // *When the beans were counted, {W} was {t} of \
             {l}, and {Z} went home early.",
            "*{W} was sworn in as {t} of {l} [on a Tuesday|in a borrowed coat]. // {Z} had wanted the place too, and \
             clapped as loudly as anyone.",
            "~*The keys, the book and the title of {t} of {l} were given to {W} for life. // {Z} held the door.",
        ],
        [&by[0], &by[1]],
    );
    let act = world.tell(
        acted,
        &[
            "People remember the day for another reason as well. // *{t} of {l} {d}, and would take nothing for it.",
            "*Without waiting to be asked, {t} of {l} {d}. // [It was not the duty of the office|Nothing in the \
             oath required it], but nobody complained.",
        ],
        &slots,
    );
    let proof = vec![choose, act];
    let claims = claims(
        world,
        &["It was {W} who {c}.", "{W}, and no other, {c}.", "~The person who {c} was {W}."],
        [&by[0], &by[1]],
    );
    Story::new(claims, [proof.clone(), proof]).about(&[&p, &q], None)
}

/// Somebody does something; another is near.
fn deed(world: &mut World) -> Story {
    let [p, q] = world.cast([Use::Any; 2]);
    let [at] = world.moments();
    let place = world.place();
    let (did, claim) = *world.dice.one(prose::DEEDS);
    let spot = Slots::default().with('l', &place);
    let slots = spot.clone().with('d', &world.phrase(did, &spot)).with('c', &world.phrase(claim, &spot));
    let by = [(&p, &q), (&q, &p)].map(|(w, z)| slots.clone().with('w', w).with('z', z));
    let scene = world.tell_either(
        at,
        &[
            "{W} and {Z} had set out together. // *{Z} turned back at the first stile, and {W} went on alone and \
             {d}.",
            "*{W} {d}, while {Z} [held the coats|looked on from the wall]. // They quarrelled about the telling of it \
             afterwards.",
            "~{Z} was offered the work and would not take it. // *So it fell to {W}, who {d}.",
        ],
        [&by[0], &by[1]],
    );
    let proof = vec![scene];
    let claims = claims(world, &["{W} {c}.", "The one who {c} was {W}, not {Z}."], [&by[0], &by[1]]);
    Story::new(claims, [proof.clone(), proof]).about(&[&p, &q], None)
}

/// Goods are left to somebody's godchild, who is named elsewhere; the deed of gift is carried out.
fn godchild(world: &mut World) -> Story {
    let [a, c, p, q] = world.cast([Use::Part("godchild"), Use::Part("godchild"), Use::Any, Use::Any]);
    let [font, will, done] = world.moments();
    let thing = world.thing();
    let slots = Slots::default().with('a', &a).with('c', &c).with('o', &thing);
    let by = [(&p, &q), (&q, &p)].map(|(w, z)| slots.clone().with('w', w).with('z', z));
    let stood = world.tell_either(
        font,
        &[
            "*{C} had one godchild only, and that was {W}. // {Z} was often taken for it, being of an age and much \
             about the house.",
            "The old register settled the question. // *It was at {W}'s christening, and no one else's, that {C} had \
             stood at the font.",
        ],
        [&by[0], &by[1]],
    );
    let left = world.tell(
        will,
        &[
            "{A} was giving up housekeeping and meant to see it done properly. // *By a paper drawn up that \
             [week|month], {o} was left to the godchild of {C}.",
            "*{A} wrote on the back of an almanac that {o} must go to {C}'s godchild. // The rest {a he} sold.",
        ],
        &slots,
    );
    let carried = world.tell(
        done,
        &["*All that {A} had put on paper was carried out, item by item, with the carrier as witness."],
        &slots,
    );
    let proof = vec![stood, left, carried];
    let claims = claims(
        world,
        &["{o syn} that {A} gave up came to {W}.", "{W} was given {o syn} out of the household of {A}."],
        [&by[0], &by[1]],
    );
    Story::new(claims, [proof.clone(), proof]).about(&[&a, &c, &p, &q], Some(&thing))
}
