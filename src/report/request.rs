//! What a plot is asked to show: of which rows, which number against which fact.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::data::RunData;
use crate::record::rows::Labels;
use crate::spec::condition::{Condition, Test, same};

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
        let value_of = |name: &str| match name {
            "arm" => Some(toml::Value::from(arm)),
            path => facts.get(path).map(|text| value(text)),
        };
        let passes = |(name, test): (&str, &Test)| value_of(name).is_none_or(|value| test.passes(&value));
        self.when.is_empty() || self.when.alternatives().iter().any(|tests| tests.iter().all(passes))
    }

    /// The points in words, `budget 512, not rrm`; empty where all are drawn.
    pub fn points(&self) -> String {
        let told = |(name, test): (&str, &Test)| {
            let name = if name == "arm" { String::new() } else { format!("{} ", super::charts::words(name)) };
            format!("{name}{test}")
        };
        let alternatives = self.when.alternatives().iter();
        let words: Vec<String> =
            alternatives.map(|tests| tests.iter().map(told).collect::<Vec<_>>().join(", ")).collect();
        words.join(" or ")
    }

    /// The first test that names what no row knows: its name, the value where that is what is unknown, and what there is.
    pub fn unknown(&self, run: &RunData) -> Option<(String, Option<String>, BTreeSet<String>)> {
        for (name, test) in self.when.tests() {
            let known = values(run, name);
            if known.is_empty() {
                let paths = run.instances.iter().flat_map(|row| row.swept.keys());
                let paths = paths.chain(run.pools.iter().flat_map(|row| row.swept.keys())).cloned();
                return Some((name.to_owned(), None, paths.chain([arm()]).collect()));
            }
            let is_known = |it: &&toml::Value| known.iter().any(|text| same(&value(text), it));
            if let Some(strange) = test.named().iter().find(|it| !is_known(it)) {
                return Some((name.to_owned(), Some(strange.to_string()), known));
            }
        }
        None
    }
}

/// What the rows of a run have by this name.
fn values(run: &RunData, name: &str) -> BTreeSet<String> {
    match name {
        "arm" => run.arms.iter().cloned().collect(),
        path => {
            let tested = run.instances.iter().filter_map(|row| row.swept.get(path));
            tested.chain(run.pools.iter().filter_map(|row| row.swept.get(path))).cloned().collect()
        }
    }
}

/// A swept value as it was typed, from how it stands on rows.
fn value(text: &str) -> toml::Value {
    let number = text.parse().map(toml::Value::Integer).or_else(|_| text.parse().map(toml::Value::Float));
    number.or_else(|_| text.parse().map(toml::Value::Boolean)).unwrap_or_else(|_| toml::Value::from(text))
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
        let rows = [row("direct", ""), row("rrm", "8"), row("rrm", "16"), row("debate", "8")];
        let chosen = |when: &str| -> Vec<usize> {
            let request = request(when);
            (0..rows.len()).filter(|at| request.is_of(&rows[*at].0, &rows[*at].1)).collect()
        };
        for (when, expected, words) in [
            (format!("{{ \"{WIDTH}\" = 8 }}"), vec![0, 1, 3], "width 8"),
            (format!("{{ \"{WIDTH}\" = 8.0, arm = {{ not = \"debate\" }} }}"), vec![0, 1], "width 8.0, not debate"),
            (
                format!("[{{ \"{WIDTH}\" = {{ at_least = 9 }} }}, {{ arm = \"debate\" }}]"),
                vec![0, 2, 3],
                "width at least 9 or debate",
            ),
            ("{ arm = [\"direct\", \"debate\"] }".to_owned(), vec![0, 3], "direct or debate"),
        ] {
            assert_eq!(chosen(&when), expected, "{when}");
            assert_eq!(request(&when).points(), words);
        }
    }
}
