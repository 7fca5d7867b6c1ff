//! One thing that is wrong with an experiment: what, where, and what to do next.

use std::fmt;

use super::source::Place;
use crate::error::Error;

/// Something wrong with an experiment file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    what: String,
    key: Vec<String>,
    at: Option<Place>,
    next: Option<String>,
}

impl Fault {
    /// A fault that says what is wrong; key, place and advice are added by whoever knows them.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), key: Vec::new(), at: None, next: None }
    }

    /// The fault of one setting.
    pub fn of(key: &str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(what).within(key).next(next)
    }

    /// Puts the fault inside the table at this dotted path.
    pub fn within(mut self, path: &str) -> Self {
        self.key.splice(0..0, path.split('.').map(str::to_owned));
        self
    }

    /// Puts the fault inside this key, which may hold dots.
    pub(crate) fn inside(mut self, key: &str) -> Self {
        self.key.insert(0, key.to_owned());
        self
    }

    /// Says where it was typed, unless that is known more precisely.
    pub(crate) fn at(mut self, place: &Place) -> Self {
        self.at.get_or_insert_with(|| place.clone());
        self
    }

    /// Says what to do, unless that was said.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next.get_or_insert_with(|| next.into());
        self
    }

    /// The path of keys that leads to it.
    pub(super) fn key(&self) -> Vec<&str> {
        self.key.iter().map(String::as_str).collect()
    }
}

/// Refuses a number outside `[low, high]`.
pub fn within(key: &str, value: f64, low: f64, high: f64) -> Result<(), Fault> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Fault::of(key, format!("{value} is out of range"), format!("use a number from {low} to {high}")))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key.join("."))?;
        }
        f.write_str(&self.what)?;
        if let Some(at) = &self.at {
            write!(f, "\n  at {at}")?;
        }
        if let Some(next) = &self.next {
            write!(f, "\n  {next}")?;
        }
        Ok(())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Usage(fault.to_string())
    }
}

/// Advice that offers the nearest of the names that would do, or lists them when none is near.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let best = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 3);
    match best {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there is nothing to choose from: define one first".to_owned(),
        None => format!("use one of: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("notice_rte", ["error_rate", "notice_rate"]), "did you mean `notice_rate`?");
        assert_eq!(nearest("banana", ["first", "search"]), "use one of: first, search");
        assert!(nearest("x", []).contains("define one first"));
    }

    #[test]
    fn a_fault_says_what_where_and_what_next() {
        let fault = Fault::of("notice_rate", "1.5 is no rate", "use a number from 0 to 1")
            .within("helpers.person.simulated")
            .at(&Place::whole("experiment.toml"));
        assert_eq!(
            fault.to_string(),
            "`helpers.person.simulated.notice_rate`: 1.5 is no rate\n  at experiment.toml\n  use a number from 0 to 1"
        );
    }
}
