//! What a plot is asked to show: of which rows, which number against which fact.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::record::rows::Labels;
use crate::spec::condition::{Condition, Test, label, read, same};
use crate::spec::nearest;

/// A plot that an experiment asks for, or the command line.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Request {
    /// A swept path, a label, or `arm`.
    pub x: String,
    /// A metric; or a second swept path, for a map of the difference between two arms.
    pub y: String,
    /// What tells lines apart: `arm`, a swept path or a label; for a map, `first - second`.
    #[serde(default = "arm")]
    pub group: String,
    /// The curve to fit: a name of `eval::stats::curve::names`.
    #[serde(default)]
    pub fit: Option<String>,
    /// The points of the sweep that are drawn, by swept path and `arm`, where not all of them. A row that knows nothing of a
    /// swept setting stands at each of its values.
    #[serde(default)]
    pub when: Condition,
}

fn arm() -> String {
    "arm".to_owned()
}

impl Request {
    /// A metric against a fact, a line an arm, of all rows.
    pub fn new(x: &str, y: &str) -> Self {
        Self { x: x.to_owned(), y: y.to_owned(), group: arm(), fit: None, when: Condition::default() }
    }

    /// Whether it is about rows of an arm with these swept values.
    pub fn is_of(&self, arm: &str, facts: &Labels) -> bool {
        stands_at(&self.when, arm, facts)
    }

    /// The points in words, `budget 512, not rrm`; empty where all are drawn.
    pub fn points(&self) -> String {
        in_words(&self.when)
    }
}

fn in_words(when: &Condition) -> String {
    let told = |(name, test): (&str, &Test)| {
        let name = if name == "arm" { String::new() } else { format!("{} ", super::charts::words(name)) };
        format!("{name}{test}")
    };
    let alternatives = when.alternatives().iter();
    let words: Vec<String> = alternatives.map(|tests| tests.iter().map(told).collect::<Vec<_>>().join(", ")).collect();
    words.join(" or ")
}

/// Whether a point of the sweep is one that a condition is about. A row that knows nothing of a setting stands at each of its
/// values.
pub(super) fn stands_at(when: &Condition, arm: &str, facts: &Labels) -> bool {
    let text_of = |name: &str| if name == "arm" { Some(arm) } else { facts.get(name).map(String::as_str) };
    let passes = |(name, test): (&str, &Test)| text_of(name).is_none_or(|text| test.passes(&value(text, test)));
    when.is_empty() || when.alternatives().iter().any(|tests| tests.iter().all(passes))
}

/// Refuses a condition that none of these points meets. Each is an arm with its swept values.
///
/// # Errors
/// [`Error::Usage`] with the condition in words.
pub(super) fn refuse_unmet<'a>(
    when: &Condition,
    mut points: impl Iterator<Item = (&'a str, &'a Labels)>,
) -> Result<()> {
    if when.is_empty() || points.any(|(arm, swept)| stands_at(when, arm, swept)) {
        return Ok(());
    }
    let next = "loosen it: `tribunal show` lists the points of the sweep";
    Err(Error::Usage(format!("when: no row of these records is at {}\n  {next}", in_words(when))))
}

/// Refuses a condition on what none of these points knows.
///
/// # Errors
/// [`Error::Usage`] with the nearest name or value that one does know.
pub(super) fn refuse_unknown<'a, I: Iterator<Item = (&'a str, &'a Labels)>>(
    when: &Condition,
    points: impl Fn() -> I,
) -> Result<()> {
    let refused = |what: String, word: &str, known: &BTreeSet<&str>| {
        Err(Error::Usage(format!("when: {what}\n  {}", nearest(word, known.iter().copied()))))
    };
    for (name, test) in when.tests() {
        let known: BTreeSet<&str> = match name {
            "arm" => points().map(|(arm, _)| arm).collect(),
            path => points().filter_map(|(_, swept)| swept.get(path)).map(String::as_str).collect(),
        };
        if known.is_empty() {
            let paths = points().flat_map(|(_, swept)| swept.keys()).map(String::as_str).chain(["arm"]).collect();
            return refused(format!("`{name}` is no swept path of these records, and not `arm`"), name, &paths);
        }
        let is_known = |it: &&toml::Value| known.iter().any(|text| same(&value(text, test), it));
        if let Some(strange) = test.named().iter().find(|it| !is_known(it)) {
            let strange = label(strange);
            return refused(format!("`{strange}` is no value of `{name}` in these records"), &strange, &known);
        }
    }
    Ok(())
}

/// A swept value as it was typed, from how it stands on rows: as the test names it where it does, else by its looks.
fn value(text: &str, test: &Test) -> toml::Value {
    if let Some(named) = test.named().iter().find(|named| label(named) == text) {
        return named.clone();
    }
    let number = text.parse().map(toml::Value::Integer).or_else(|_| text.parse().map(toml::Value::Float));
    number.or_else(|_| text.parse().map(toml::Value::Boolean)).unwrap_or_else(|_| toml::Value::from(text))
}

/// A swept value as a test of the command line names it, from how it stands on rows. What is a list or a table itself stands
/// in a list: bare, it would be several values, or bounds.
pub(super) fn typed(text: &str) -> String {
    match read(text) {
        value if label(&value) != text => toml::Value::from(text).to_string(),
        toml::Value::Array(_) | toml::Value::Table(_) => format!("[{text}]"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: &str = "helpers.h.trained.width";

    fn request(when: &str) -> Request {
        toml::from_str(&format!("x = \"arm\"\ny = \"accuracy\"\nwhen = {when}")).expect("a request")
    }

    #[test]
    fn rows_are_chosen_by_what_they_know() {
        let row = |arm: &str, width: &str| -> (String, Labels) {
            let facts = (!width.is_empty()).then(|| (WIDTH.to_owned(), width.to_owned()));
            (arm.to_owned(), facts.into_iter().collect())
        };
        let rows =
            [row("direct", ""), row("rrm", "8"), row("rrm", "16"), row("debate", "8"), row("rrm", "{ fixed = 1.5 }")];
        let chosen = |when: &str| -> Vec<usize> {
            let request = request(when);
            (0..rows.len()).filter(|at| stands_at(&request.when, &rows[*at].0, &rows[*at].1)).collect()
        };
        for (when, expected, words) in [
            (format!("{{ \"{WIDTH}\" = 8 }}"), vec![0, 1, 3], "width 8"),
            (format!("{{ \"{WIDTH}\" = 8.0, arm = {{ not = \"debate\" }} }}"), vec![0, 1], "not debate, width 8.0"),
            (
                format!("[{{ \"{WIDTH}\" = {{ at_least = 9 }} }}, {{ arm = \"debate\" }}]"),
                vec![0, 2, 3],
                "width at least 9 or debate",
            ),
            ("{ arm = [\"direct\", \"debate\"] }".to_owned(), vec![0, 3], "direct or debate"),
            (format!("{{ \"{WIDTH}\" = {{ fixed = 1.5 }} }}"), vec![0, 4], "width { fixed = 1.5 }"),
        ] {
            assert_eq!(chosen(&when), expected, "{when}");
            assert_eq!(request(&when).points(), words);
        }
    }

    #[test]
    fn a_value_is_typed_so_that_it_is_read_back() {
        for (text, as_typed) in
            [("8", "8"), ("0.25", "0.25"), ("true", "true"), ("pairs", "pairs"), ("a b", "a b"), ("", "")]
        {
            assert_eq!(typed(text), as_typed);
        }
        for text in ["8", "pairs", "", "[\"a\", \"b\"]", "1979-05-27", "\"x\"", "{ a = 1 }", "it's", " x"] {
            let test: Test = read(&typed(text)).try_into().unwrap();
            assert!(test.passes(&value(text, &test)), "{text}: {}", typed(text));
        }
    }
}
