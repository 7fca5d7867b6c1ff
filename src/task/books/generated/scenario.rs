//! Scenarios: small stories with two variants, told over several chapters, each of which makes one claim true and
//! the other false. Drawn into a world as a contested thread (the twin books tell different variants) or as
//! background (both tell the same).

use crate::task::books::flaw::Flaw;
use crate::task::books::generated::template::{Person, Slots, Thing};
use crate::task::books::generated::world::{SceneId, World};

mod entity;
mod fabricated;
mod misleading;
mod number;
mod omitted;
mod order;
mod outcome;

/// A way to tell a small story in two variants.
pub struct Scenario {
    /// Its name; the label `scenario`.
    pub name: &'static str,
    /// The kind of flaw that the claim of the other variant has.
    pub flaw: Flaw,
    /// How often it is drawn among the scenarios of its kind, and as background.
    pub weight: usize,
    /// Whether only test books tell it.
    pub test_only: bool,
    /// Tells it.
    pub write: fn(&mut World) -> Story,
}

/// Every scenario; each kind of flaw has at least two, one of them told in training books.
pub const SCENARIOS: &[&[Scenario]] = &[
    entity::SCENARIOS,
    order::SCENARIOS,
    outcome::SCENARIOS,
    number::SCENARIOS,
    fabricated::SCENARIOS,
    omitted::SCENARIOS,
    misleading::SCENARIOS,
];

impl Scenario {
    /// One told in books of every split.
    const fn everywhere(flaw: Flaw, name: &'static str, weight: usize, write: fn(&mut World) -> Story) -> Self {
        Self { name, flaw, weight, test_only: false, write }
    }

    /// One kept for test books.
    const fn test_only(flaw: Flaw, name: &'static str, weight: usize, write: fn(&mut World) -> Story) -> Self {
        Self { name, flaw, weight, test_only: true, write }
    }
}

/// What was told, and what it shows.
#[derive(Debug)]
pub struct Story {
    /// The claim that holds where variant 0 is told, and that where variant 1 is, each in several phrasings.
    pub claims: [Vec<String>; 2],
    /// In variant `v`: the smallest sets of scenes that show claim `v` to be true.
    pub supports: [Vec<Vec<SceneId>>; 2],
    /// In variant `v`: the smallest sets of scenes that show claim `1 - v` to be false.
    pub refutes: [Vec<Vec<SceneId>>; 2],
    /// In variant `v`: a scene that by itself speaks for one of the claims, and which.
    pub appearance: [Option<(SceneId, usize)>; 2],
    /// Who is in it: rumours name them.
    pub people: Vec<Person>,
    /// What it is about, where it is about a thing.
    pub thing: Option<Thing>,
}

impl Story {
    /// A story in which the same scenes show that a variant's claim is true and that the other is false.
    pub fn new(claims: [Vec<String>; 2], proof: [Vec<SceneId>; 2]) -> Self {
        let sets = proof.map(|scenes| vec![scenes]);
        Self {
            claims,
            supports: sets.clone(),
            refutes: sets,
            appearance: [None, None],
            people: Vec::new(),
            thing: None,
        }
    }

    /// The same with other sets of scenes that refute the claim of the variant not told.
    pub fn refuted_by(mut self, refutes: [Vec<SceneId>; 2]) -> Self {
        self.refutes = refutes.map(|scenes| vec![scenes]);
        self
    }

    /// The same with a scene whose plain reading speaks for the given claim in each variant.
    pub fn seeming(mut self, scene: SceneId, towards: [usize; 2]) -> Self {
        self.appearance = towards.map(|claim| Some((scene, claim)));
        self
    }

    /// The same with who and what it is about.
    pub fn about(mut self, people: &[&Person], thing: Option<&Thing>) -> Self {
        self.people = people.iter().map(|person| (*person).clone()).collect();
        self.thing = thing.cloned();
        self
    }
}

/// The claims of a story whose variants differ in what fills the slots.
fn claims(world: &mut World, forms: &[&str], slots: [&Slots; 2]) -> [Vec<String>; 2] {
    slots.map(|slots| phrased(world, forms, slots))
}

/// The claims of a story whose variants are said in words of their own.
fn claims_apart(world: &mut World, forms: [&[&str]; 2], slots: [&Slots; 2]) -> [Vec<String>; 2] {
    [phrased(world, forms[0], slots[0]), phrased(world, forms[1], slots[1])]
}

/// A claim in every form that the book may use.
fn phrased(world: &mut World, forms: &[&str], slots: &Slots) -> Vec<String> {
    let test_forms = world.dice.test_forms();
    let allowed = forms.iter().filter(|form| test_forms || !form.starts_with('~'));
    allowed.map(|form| world.sentence(&[form], slots)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;
    use crate::task::Split;
    use crate::task::books::generated::daily;
    use crate::task::books::generated::template::{Dice, tell};

    fn is_plain(text: &str) -> bool {
        !text.contains(['[', ']', '{', '}', '~', '|', '*', '_']) && !text.contains("//") && !text.contains("  ")
    }

    /// Often enough that every form and every choice comes up: a slot that nothing fills would panic.
    #[test]
    fn every_scenario_can_be_told_in_every_form() {
        for split in [Split::Train, Split::Test] {
            for scenario in SCENARIOS.iter().flat_map(|kind| kind.iter()) {
                let stream = Stream::root(5).named(scenario.name);
                for i in 0..40 {
                    let mut world = World::new(Dice::new(stream.index(i).rng(), split), 6 + i as usize % 9);
                    let story = (scenario.write)(&mut world);
                    world.thread = 1;
                    (scenario.write)(&mut world);
                    for chapter in 0..world.chapters() {
                        world.open_chapter(chapter, &["So it began."], &Slots::default());
                    }
                    for variant in [0, 1] {
                        let book = world.book(|_| variant, 80);
                        assert!(is_plain(&book.material.text(book.material.whole())), "{}", scenario.name);
                        let sets = story.supports[variant].iter().chain(&story.refutes[variant]);
                        assert!(sets.clone().all(|scenes| !book.facts(scenes).is_empty()), "{}", scenario.name);
                        assert!(sets.flatten().all(|scene| !book.facts(&[*scene]).is_empty()), "{}", scenario.name);
                        let claims = &story.claims[variant];
                        assert!(!claims.is_empty() && claims.iter().all(|claim| is_plain(claim)), "{claims:?}");
                        assert!(claims.iter().all(|claim| !story.claims[1 - variant].contains(claim)), "{claims:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_form_of_daily_life_can_be_told() {
        let mut dice = Dice::new(Stream::root(6).rng(), Split::Test);
        let mut world = World::new(Dice::new(Stream::root(7).rng(), Split::Test), 6);
        let [a, b] = world.cast([crate::task::books::generated::world::Use::Any; 2]);
        let slots = Slots::default().with('a', &a).with('b', &b).with('p', &a).with('l', "Alderford");
        let slots = slots.with('m', "March").with('o', &world.thing());
        for pool in [
            daily::OPENINGS,
            daily::BEFORE,
            daily::AFTER,
            daily::DAILY,
            daily::RUMOURS,
            daily::GOSSIP,
            daily::DOINGS,
            daily::SAYINGS,
            daily::NOTICES,
            daily::CLOSES,
            daily::ARRIVALS,
        ] {
            for form in pool {
                for _ in 0..20 {
                    let told = tell(form.trim_start_matches('~'), &slots, &mut dice);
                    assert!(is_plain(&told.section.text), "{form}");
                    assert!(told.facts.is_empty(), "daily life states no fact: {form}");
                }
            }
        }
    }
}
