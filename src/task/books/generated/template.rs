//! Sentences from templates: choices in `[a|b]`, slots in `{A}`, facts after `*`, test-only forms after `~`.
//!
//! - `[one|two|~three]` is one of its alternatives; one that begins with `~` is told in test books only.
//! - `{A}` is a person's full name, `{a}` the first name; `{a he}`, `{a him}`, `{a his}`, `{a himself}` the pronouns.
//! - `{o}` is a thing with its article, `{o a}` with the indefinite one, `{o syn}` by another noun; any other slot
//!   stands for its text.
//! - ` // ` parts sentences. A sentence that begins with `*` is a fact: it belongs to the scene's evidence.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::material::Span;
use crate::task::Split;
use crate::task::books::layout::Section;

/// Draws for one world, and which forms it may use.
#[derive(Clone, Debug)]
pub struct Dice {
    rng: ChaCha8Rng,
    /// Whether forms, names and scenarios kept for test books may be drawn.
    test_forms: bool,
}

impl Dice {
    /// Draws from `rng` for a book of that split.
    pub fn new(rng: ChaCha8Rng, split: Split) -> Self {
        Self { rng, test_forms: split == Split::Test }
    }

    /// A whole number below `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end)
    }

    /// True with probability `p`.
    pub fn coin(&mut self, p: f64) -> bool {
        self.rng.random_bool(p)
    }

    /// One of the items; there is at least one.
    pub fn one<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// The items in a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// One of the forms that this book may use. A form marked `~` is drawn in test books only, and then as often as
    /// any other.
    pub fn form<'a>(&mut self, forms: &[&'a str]) -> &'a str {
        let allowed: Vec<&'a str> =
            forms.iter().filter(|form| self.test_forms || !form.starts_with('~')).copied().collect();
        self.one(&allowed).trim_start_matches('~')
    }

    /// Whether this is a test book.
    pub fn test_forms(&self) -> bool {
        self.test_forms
    }
}

/// A person of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// First name.
    pub first: String,
    /// Surname; families and strangers share some.
    pub last: String,
    /// Which pronouns.
    pub woman: bool,
}

impl Person {
    /// First name and surname; unique within a world.
    pub fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    fn pronoun(&self, form: &str) -> &'static str {
        match (form, self.woman) {
            ("he", true) => "she",
            ("he", false) => "he",
            ("him", false) => "him",
            ("his", false) => "his",
            ("him" | "his", true) => "her",
            ("himself", true) => "herself",
            ("himself", false) => "himself",
            _ => panic!("a template asks for the unknown pronoun `{form}`"),
        }
    }
}

/// A thing of a world: `brass` `lantern`, also called a `lamp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What tells it apart.
    pub adjective: String,
    /// What it is.
    pub noun: &'static str,
    /// What else it is called, in claims.
    pub synonym: &'static str,
}

impl Thing {
    fn shown(&self, form: &str) -> String {
        let adjective = &self.adjective;
        match form {
            "" => format!("the {adjective} {}", self.noun),
            "syn" => format!("the {adjective} {}", self.synonym),
            "bare" => format!("{adjective} {}", self.noun),
            "a" => {
                let article = if adjective.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                format!("{article} {adjective} {}", self.noun)
            }
            _ => panic!("a template asks for the unknown form `{form}` of a thing"),
        }
    }
}

/// What fills a slot.
#[derive(Clone, Debug)]
pub enum Value {
    /// By name or pronoun.
    Person(Person),
    /// By article and noun.
    Thing(Thing),
    /// As it is.
    Text(String),
}

impl From<&Person> for Value {
    fn from(person: &Person) -> Self {
        Self::Person(person.clone())
    }
}
impl From<&Thing> for Value {
    fn from(thing: &Thing) -> Self {
        Self::Thing(thing.clone())
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

/// The slots of one telling, by lower-case letter.
#[derive(Clone, Debug, Default)]
pub struct Slots(Vec<(char, Value)>);

impl Slots {
    /// The same slots with one more, or with that one replaced.
    pub fn with(mut self, key: char, value: impl Into<Value>) -> Self {
        self.0.retain(|(k, _)| *k != key);
        self.0.push((key, value.into()));
        self
    }

    fn fill(&self, slot: &str) -> String {
        let (key, form) = slot.split_once(' ').unwrap_or((slot, ""));
        let letter = key.chars().next().expect("a slot has a letter");
        let found = self.0.iter().find(|(k, _)| *k == letter.to_ascii_lowercase());
        match found.unwrap_or_else(|| panic!("a template has a slot `{slot}` that nothing fills")) {
            (_, Value::Person(person)) if form.is_empty() && letter.is_uppercase() => person.full(),
            (_, Value::Person(person)) if form.is_empty() => person.first.clone(),
            (_, Value::Person(person)) => person.pronoun(form).to_owned(),
            (_, Value::Thing(thing)) => thing.shown(form),
            (_, Value::Text(text)) => text.clone(),
        }
    }
}

/// A scene as told: its text, and which of its sentences are facts.
#[derive(Clone, Debug)]
pub struct Told {
    /// The text with its sentences.
    pub section: Section,
    /// Positions of the sentences that state what happened.
    pub facts: Vec<usize>,
}

/// Tells a scene: the template's sentences, drawn and filled. A fact that calls somebody by pronoun or first name
/// takes with it the sentence before it in which that person is named in full: without it, it would say nothing.
pub fn tell(template: &str, slots: &Slots, dice: &mut Dice) -> Told {
    let mut text = String::new();
    let mut sentences = Vec::new();
    let mut facts = Vec::new();
    let mut parts: Vec<&str> = Vec::new();
    for part in template.split(" // ") {
        let fact = part.starts_with('*');
        let sentence = sentence(part.trim_start_matches('*'), slots, dice);
        if sentence.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        if fact {
            facts.extend(antecedents(part, &parts));
            facts.push(sentences.len());
        }
        parts.push(part);
        sentences.push(Span::new(text.len(), text.len() + sentence.len()));
        text.push_str(&sentence);
    }
    facts.sort_unstable();
    facts.dedup();
    Told { section: Section { text: text.into(), sentences }, facts }
}

/// For everyone whom `part` mentions without naming in full, the nearest earlier sentence that does.
fn antecedents(part: &str, earlier: &[&str]) -> Vec<usize> {
    let names = |text: &str, key: char| text.contains(&format!("{{{}}}", key.to_ascii_uppercase()));
    let mentioned = part.match_indices('{').filter_map(|(at, _)| part[at + 1..].chars().next());
    let unnamed = mentioned.filter(|key| key.is_lowercase() && !names(part, *key));
    unnamed.filter_map(|key| earlier.iter().rposition(|text| names(text, key))).collect()
}

/// One sentence or clause: choices drawn, slots filled, the first letter raised.
pub fn sentence(template: &str, slots: &Slots, dice: &mut Dice) -> String {
    let filled = clause(template.trim_start_matches('~'), slots, dice);
    let mut chars = filled.char_indices();
    match chars.find(|(_, c)| c.is_alphabetic()) {
        Some((at, first)) => {
            let after = at + first.len_utf8();
            format!("{}{}{}", &filled[..at], first.to_uppercase(), &filled[after..])
        }
        None => filled,
    }
}

/// The same without raising the first letter.
pub fn clause(template: &str, slots: &Slots, dice: &mut Dice) -> String {
    let mut chosen = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('[') {
        let close = open + rest[open..].find(']').expect("every `[` of a template has its `]`");
        chosen.push_str(&rest[..open]);
        assert!(!rest[open + 1..close].contains('['), "a template nests its choices: `{template}`");
        let choices: Vec<&str> = rest[open + 1..close].split('|').collect();
        chosen.push_str(dice.form(&choices));
        rest = &rest[close + 1..];
    }
    chosen.push_str(rest);
    let mut filled = String::new();
    let mut rest = chosen.as_str();
    while let Some(open) = rest.find('{') {
        let close = open + rest[open..].find('}').expect("every `{` of a template has its `}`");
        filled.push_str(&rest[..open]);
        filled.push_str(&slots.fill(&rest[open + 1..close]));
        rest = &rest[close + 1..];
    }
    filled.push_str(rest);
    tidy(&filled)
}

/// Empty choices leave gaps behind: one space between words, none before a comma or stop.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidied.is_empty() && !word.starts_with([',', '.', ';']) {
            tidied.push(' ');
        }
        tidied.push_str(word);
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Stream;

    fn mira() -> Person {
        Person { first: "Mira".into(), last: "Hale".into(), woman: true }
    }

    fn dice(split: Split) -> Dice {
        Dice::new(Stream::root(1).rng(), split)
    }

    #[test]
    fn slots_and_facts() {
        let lamp = Thing { adjective: "old".into(), noun: "lantern", synonym: "lamp" };
        let slots = Slots::default().with('a', &mira()).with('o', &lamp);
        let told = tell("{A} had {o a}. // *[So|So] {a he} sold {o syn} {a himself}.", &slots, &mut dice(Split::Train));
        assert_eq!(&*told.section.text, "Mira Hale had an old lantern. So she sold the old lamp herself.");
        assert_eq!(told.facts, [0, 1]);
        let spans = &told.section.sentences;
        assert_eq!((spans[0], spans[1]), (Span::new(0, 29), Span::new(30, 63)));
    }

    #[test]
    fn a_pronoun_takes_its_antecedent_along() {
        let slots = Slots::default().with('a', &mira());
        let told = tell("{A} came. // The rain fell. // *{a he} sold {a his} cow.", &slots, &mut dice(Split::Train));
        assert_eq!(told.facts, [0, 2]);
    }

    #[test]
    fn test_forms_are_told_in_test_books_only() {
        let drawn = |split| {
            let mut dice = dice(split);
            (0..200).filter(|_| clause("[a|~b]", &Slots::default(), &mut dice) == "b").count()
        };
        assert_eq!(drawn(Split::Train), 0);
        assert_eq!(drawn(Split::Validation), 0);
        assert!((60..140).contains(&drawn(Split::Test)));
    }

    #[test]
    fn gaps_close() {
        assert_eq!(clause("one [|] two [|], three", &Slots::default(), &mut dice(Split::Train)), "one two, three");
    }
}
