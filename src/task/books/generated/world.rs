//! A world in the making: its people, places, things and landmarks, and the scenes in which its story is told.
//!
//! A world stands for two twin books. A scene that belongs to a thread is told in two variants; all other scenes are
//! told once and shared by both books.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::material::{Material, Span, count_tokens};
use crate::task::books::generated::template::{Dice, Person, Slots, Thing, Told, clause, sentence, tell};
use crate::task::books::generated::{daily, lexicon, prose};
use crate::task::books::layout::{ChapterText, PartText, lay_out};

/// A scene of a world, by position.
pub type SceneId = usize;

/// What a person may do or be in one thread only, lest two threads contradict one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Goes away, or is told to have stayed.
    Travel,
    /// Falls ill, or is told to have been well.
    Health,
    /// Holds an office or a title.
    Office,
    /// Plays a part by which alone a claim tells the thread from others of its kind.
    Part(&'static str),
    /// Plays a part that no other thread needs to know of.
    Any,
}

/// A day that everybody remembers, and that claims are dated by.
#[derive(Clone, Debug)]
pub struct Landmark {
    /// `the flood at Alderford`.
    pub name: String,
    /// Where it is told.
    pub scene: SceneId,
}

/// One scene in its two variants, equal where it belongs to no thread.
#[derive(Debug)]
struct Scene {
    chapter: usize,
    /// Orders the scenes of a chapter.
    order: u32,
    thread: Option<usize>,
    told: [Arc<Told>; 2],
}

/// The world and what is told of it so far.
#[derive(Debug)]
pub struct World {
    /// All of the world's luck.
    pub dice: Dice,
    chapters: usize,
    people: Vec<Person>,
    used: BTreeSet<(usize, Use)>,
    names: BTreeSet<String>,
    landmarks: BTreeMap<usize, Landmark>,
    scenes: Vec<Scene>,
    /// The thread that scenes told in two variants belong to.
    pub thread: usize,
    decks: BTreeMap<&'static str, Vec<usize>>,
    tokens: usize,
}

impl World {
    /// A world of that many chapters in which nothing has happened yet, with three people for every chapter: all are
    /// there before the first thread is told, so that early threads do not have a few people to themselves.
    pub fn new(dice: Dice, chapters: usize) -> Self {
        let mut world = Self {
            dice,
            chapters,
            people: Vec::new(),
            used: BTreeSet::new(),
            names: BTreeSet::new(),
            landmarks: BTreeMap::new(),
            scenes: Vec::new(),
            thread: 0,
            decks: BTreeMap::new(),
            tokens: 0,
        };
        for _ in 0..3 * chapters {
            world.born();
        }
        world
    }

    /// Tokens told so far in one book.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// The chapter of a scene.
    pub fn chapter(&self, scene: SceneId) -> usize {
        self.scenes[scene].chapter
    }

    /// How many chapters there are.
    pub fn chapters(&self) -> usize {
        self.chapters
    }

    /// So many people of different first names, none of whom another thread uses in the same way.
    pub fn cast<const N: usize>(&mut self, uses: [Use; N]) -> [Person; N] {
        let mut chosen: Vec<Person> = Vec::new();
        for used in uses {
            let person = self.somebody(used, &chosen);
            chosen.push(person);
        }
        chosen.try_into().expect("one person was chosen for every use")
    }

    /// Anybody whose first name is none of these people's.
    pub fn another(&mut self, than: &[Person]) -> Person {
        self.somebody(Use::Any, than)
    }

    /// Two people of whom no thread tells where they were or how they did, so that daily life contradicts nothing.
    pub fn idlers(&mut self) -> [Person; 2] {
        loop {
            let pair = [self.idler(), self.idler()];
            let pair = pair.map(|i| self.people[i].clone());
            if pair[0].first != pair[1].first {
                return pair;
            }
        }
    }

    fn idler(&mut self) -> usize {
        for _ in 0..8 {
            let i = self.dice.below(self.people.len());
            if self.is_idle(i) {
                return i;
            }
        }
        self.born()
    }

    fn is_idle(&self, i: usize) -> bool {
        !self.used.contains(&(i, Use::Travel)) && !self.used.contains(&(i, Use::Health))
    }

    fn somebody(&mut self, used: Use, apart_from: &[Person]) -> Person {
        let free = |world: &Self, i: usize| {
            let person = &world.people[i];
            apart_from.iter().all(|p| p.first != person.first) && (used == Use::Any || !world.used.contains(&(i, used)))
        };
        // A few tries among those known; a newcomer where none of them is free.
        for _ in 0..8 {
            let i = self.dice.below(self.people.len());
            if free(self, i) {
                self.used.insert((i, used));
                return self.people[i].clone();
            }
        }
        loop {
            let i = self.born();
            if free(self, i) {
                self.used.insert((i, used));
                return self.people[i].clone();
            }
        }
    }

    /// A new person of a name that nobody has yet.
    fn born(&mut self) -> usize {
        let woman = self.dice.coin(0.5);
        let firsts = if woman { lexicon::WOMEN } else { lexicon::MEN };
        loop {
            let mut last = self.dice.form(lexicon::SURNAMES).to_owned();
            if self.people.len() > 1_000 {
                // The largest worlds need more surnames than there are.
                last = format!("{last}-{}", self.dice.form(lexicon::SURNAMES));
            }
            let person = Person { first: self.dice.form(firsts).to_owned(), last, woman };
            if self.names.insert(person.full()) {
                self.people.push(person);
                return self.people.len() - 1;
            }
        }
    }

    /// A thing that no other thread tells of.
    pub fn thing(&mut self) -> Thing {
        loop {
            let (noun, synonym) = *self.dice.one(lexicon::NOUNS);
            let mut adjective = self.dice.form(lexicon::ADJECTIVES).to_owned();
            if self.names.len() > 2_000 {
                adjective = format!("{} {adjective}", self.dice.form(lexicon::ADJECTIVES));
            }
            if self.names.insert(format!("{adjective} {noun}")) {
                return Thing { adjective, noun, synonym };
            }
        }
    }

    /// A place of its own: no other thread tells of it.
    pub fn place(&mut self) -> String {
        loop {
            let name = self.any_place();
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Any place at all.
    pub fn any_place(&mut self) -> String {
        let mut name = format!("{}{}", self.dice.form(lexicon::PLACE_HEADS), self.dice.form(lexicon::PLACE_TAILS));
        if self.names.len() > 600 {
            let kind = self.dice.form(&["Upper", "Lower", "Great", "Little", "East", "West", "North", "South"]);
            name = format!("{kind} {name}");
        }
        if self.names.len() > 2_500 {
            name = format!("{name} {}", self.dice.form(&["Cross", "Green", "End", "Magna", "Parva", "St Mary"]));
        }
        name
    }

    /// So many different chapters in order, not too far apart from one another.
    ///
    /// # Panics
    /// If the world has fewer chapters: no world is made with fewer than its stories need.
    pub fn moments<const N: usize>(&mut self) -> [usize; N] {
        let window = self.chapters.min(N.max(2) * 5);
        let from = self.dice.below(self.chapters - window + 1);
        let mut chapters: Vec<usize> = (from..from + window).collect();
        self.dice.shuffle(&mut chapters);
        chapters.truncate(N);
        chapters.sort_unstable();
        chapters.try_into().expect("a window holds at least as many chapters as moments")
    }

    /// The landmark of a chapter, told there when it is first asked for.
    pub fn landmark(&mut self, chapter: usize) -> Landmark {
        if let Some(known) = self.landmarks.get(&chapter) {
            return known.clone();
        }
        let (name, told) = loop {
            let (name, told) = *self.dice.one(prose::LANDMARKS);
            if name.starts_with('~') && !self.dice.test_forms() {
                continue;
            }
            let name = name.trim_start_matches('~').replace("{l}", &self.any_place());
            if self.names.insert(name.clone()) {
                break (name, told);
            }
        };
        let at = name.rsplit(" at ").next().unwrap_or_default().to_owned();
        let scene = self.tell(chapter, &[told], &Slots::default().with('l', &at).with('e', &name));
        // What is dated by a landmark is told after it.
        self.scenes[scene].order = 1;
        let landmark = Landmark { name, scene };
        self.landmarks.insert(chapter, landmark.clone());
        landmark
    }

    /// Tells a scene that is the same in both books.
    pub fn tell(&mut self, chapter: usize, forms: &[&str], slots: &Slots) -> SceneId {
        let template = self.framed(forms);
        let told = Arc::new(tell(&template, slots, &mut self.dice));
        let order = self.dice.below(1 << 20) as u32;
        self.add(Scene { chapter, order, thread: None, told: [told.clone(), told] })
    }

    /// Tells a scene in two variants that differ in their slots alone.
    pub fn tell_either(&mut self, chapter: usize, forms: &[&str], slots: [&Slots; 2]) -> SceneId {
        let template = self.framed(forms);
        self.add_variants(chapter, [&template, &template], slots)
    }

    /// Tells a scene in two variants of different templates.
    pub fn tell_apart(&mut self, chapter: usize, forms: [&[&str]; 2], slots: [&Slots; 2]) -> SceneId {
        let templates = forms.map(|forms| self.dice.form(forms).to_owned());
        self.add_variants(chapter, [&templates[0], &templates[1]], slots)
    }

    fn add_variants(&mut self, chapter: usize, templates: [&str; 2], slots: [&Slots; 2]) -> SceneId {
        // Both variants meet the same luck, so that they differ in nothing else.
        let mut same_luck = self.dice.clone();
        let one = Arc::new(tell(templates[0], slots[0], &mut same_luck));
        let other = Arc::new(tell(templates[1], slots[1], &mut self.dice));
        let order = self.dice.below(1 << 20) as u32;
        self.add(Scene { chapter, order, thread: Some(self.thread), told: [one, other] })
    }

    /// A scene that opens its chapter.
    pub fn open_chapter(&mut self, chapter: usize, forms: &[&str], slots: &Slots) {
        let told = Arc::new(tell(self.dice.form(forms), slots, &mut self.dice));
        self.add(Scene { chapter, order: 0, thread: None, told: [told.clone(), told] });
    }

    /// A scene's template with, now and then, a sentence of scenery before and after it.
    fn framed(&mut self, forms: &[&str]) -> String {
        let mut template = self.dice.form(forms).to_owned();
        if self.dice.coin(0.25) {
            template = format!("{} // {template}", self.dealt("before", daily::BEFORE));
        }
        if self.dice.coin(0.2) {
            template = format!("{template} // {}", self.dealt("after", daily::AFTER));
        }
        template
    }

    /// The next form of a pool that is dealt like a deck of cards, so that none returns before all have come.
    pub fn dealt(&mut self, name: &'static str, pool: &[&'static str]) -> &'static str {
        let mut deck = self.decks.remove(name).unwrap_or_default();
        if deck.is_empty() {
            deck = (0..pool.len()).filter(|i| self.dice.test_forms() || !pool[*i].starts_with('~')).collect();
            self.dice.shuffle(&mut deck);
        }
        let form = deck.pop().map_or("", |i| pool[i].trim_start_matches('~'));
        self.decks.insert(name, deck);
        form
    }

    fn add(&mut self, scene: Scene) -> SceneId {
        self.tokens += count_tokens(&scene.told[0].section.text);
        self.scenes.push(scene);
        self.scenes.len() - 1
    }

    /// A part of a sentence.
    pub fn phrase(&mut self, form: &str, slots: &Slots) -> String {
        clause(form, slots, &mut self.dice)
    }

    /// A claim or another single sentence.
    pub fn sentence(&mut self, forms: &[&str], slots: &Slots) -> String {
        sentence(self.dice.form(forms), slots, &mut self.dice)
    }
}

/// One of the twin books, and where its scenes' facts stand in it.
#[derive(Debug)]
pub struct Book {
    /// The book.
    pub material: Arc<Material>,
    /// The fact sentences of each scene.
    facts: Vec<Vec<Span>>,
}

impl Book {
    /// The fact sentences of these scenes, sorted.
    pub fn facts(&self, scenes: &[SceneId]) -> Vec<Span> {
        let mut spans: Vec<Span> = scenes.iter().flat_map(|scene| self.facts[*scene].iter().copied()).collect();
        spans.sort_unstable();
        spans.dedup();
        spans
    }

    /// In how many passages these sentences stand.
    pub fn passages(&self, sentences: &[Span]) -> usize {
        let units = self.material.level("passage").map_or(&[][..], |level| &level.units);
        let mut passages: Vec<usize> =
            sentences.iter().map(|s| units.partition_point(|unit| unit.end <= s.start)).collect();
        passages.sort_unstable();
        passages.dedup();
        passages.len()
    }
}

impl World {
    /// The book in which each thread is told in the variant that `variant_of` names.
    pub fn book(&self, variant_of: impl Fn(usize) -> usize, passage_tokens: usize) -> Book {
        let mut order: Vec<SceneId> = (0..self.scenes.len()).collect();
        order.sort_by_key(|id| (self.scenes[*id].chapter, self.scenes[*id].order, *id));
        let told = |id: SceneId| &self.scenes[id].told[self.scenes[id].thread.map_or(0, &variant_of)];
        let mut chapters: Vec<ChapterText> = Vec::new();
        for scenes in order.chunk_by(|a, b| self.scenes[*a].chapter == self.scenes[*b].chapter) {
            let title = format!("Chapter {}", chapters.len() + 1);
            chapters.push(ChapterText { title, sections: scenes.iter().map(|id| told(*id).section.clone()).collect() });
        }
        let per_part = if chapters.len() > 18 { 12 } else { chapters.len() };
        let parts = chapters.chunks(per_part).enumerate().map(|(i, chapters)| {
            let title = if per_part == 12 { format!("Part {}", i + 1) } else { String::new() };
            PartText { title, chapters: chapters.to_vec() }
        });
        let material = lay_out("A Chronicle", parts.collect(), passage_tokens);
        let mut facts = vec![Vec::new(); self.scenes.len()];
        let mut at = 0;
        for id in order {
            facts[id] = told(id).facts.iter().map(|fact| material.smallest()[at + fact]).collect();
            at += told(id).section.sentences.len();
        }
        Book { material: Arc::new(material), facts }
    }
}
