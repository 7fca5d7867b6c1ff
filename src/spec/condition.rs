//! Conditions: where something of an experiment holds, by the swept values of a point.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Named;

/// Where something holds: at points that pass all tests of one of its alternatives. Without an alternative it holds
/// everywhere. Typed as one table of tests, or as a list of such tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition(Vec<Named<Test>>);

/// What a value must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these; typed as a value or a list.
    Among(Vec<toml::Value>),
    /// A number within bounds, a value that is none of some: `{ at_least = 2, at_most = 8, not = 4 }`.
    Within(Bounds),
}

/// Bounds of a number, ends included, and values that it must not have.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The lowest that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The highest that passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// What does not pass: a value or a list of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not: Option<toml::Value>,
}

impl Condition {
    /// Whether it holds everywhere.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it holds where each name has the value that `value_of` says; a name without a value passes no test.
    pub fn holds<'v>(&self, value_of: impl Fn(&str) -> Option<&'v toml::Value>) -> bool {
        let passes = |(name, test): (&str, &Test)| value_of(name).is_some_and(|value| test.passes(value));
        self.is_empty() || self.0.iter().any(|tests| tests.iter().all(passes))
    }

    /// Its alternatives, each the tests that must all be passed.
    pub fn alternatives(&self) -> &[Named<Test>] {
        &self.0
    }

    /// Every test with the name of what it tests.
    pub fn tests(&self) -> impl Iterator<Item = (&str, &Test)> {
        self.0.iter().flat_map(Named::iter)
    }

    /// Takes the values of a name that are not `known` out of its tests.
    pub(super) fn keep(&mut self, name: &str, known: impl Fn(&toml::Value) -> bool) {
        let tests = self.0.iter_mut().flat_map(Named::iter_mut).filter(|(tested, _)| *tested == name);
        for (_, test) in tests {
            match test {
                Test::Among(values) => values.retain(&known),
                Test::Within(Bounds { not: Some(toml::Value::Array(values)), .. }) => values.retain(&known),
                Test::Within(_) => {}
            }
        }
    }
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: &toml::Value) -> bool {
        match self {
            Self::Among(values) => values.iter().any(|other| same(value, other)),
            Self::Within(bounds) => {
                let number = number_of(value);
                let above = bounds.at_least.is_none_or(|low| number.is_some_and(|it| it >= low));
                let below = bounds.at_most.is_none_or(|high| number.is_some_and(|it| it <= high));
                above && below && !self.named().iter().any(|other| same(value, other))
            }
        }
    }

    /// The values that it names.
    pub fn named(&self) -> &[toml::Value] {
        match self {
            Self::Among(values) => values,
            Self::Within(Bounds { not: Some(toml::Value::Array(values)), .. }) => values,
            Self::Within(Bounds { not, .. }) => not.as_slice(),
        }
    }
}

impl fmt::Display for Test {
    /// `512`, `2 or 4`, `at least 2, at most 8, not 4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let any = |values: &[toml::Value]| values.iter().map(label).collect::<Vec<_>>().join(" or ");
        match self {
            Self::Among(values) => f.write_str(&any(values)),
            Self::Within(bounds) => {
                let least = bounds.at_least.map(|low| format!("at least {low}"));
                let most = bounds.at_most.map(|high| format!("at most {high}"));
                let not = (!self.named().is_empty()).then(|| format!("not {}", any(self.named())));
                f.write_str(&[least, most, not].into_iter().flatten().collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A swept value as it stands on rows.
pub fn label(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The value that a word of the command line means: as in an experiment file, or a bare word.
pub fn read(word: &str) -> toml::Value {
    let table = format!("value = {}", word.trim()).parse::<toml::Table>();
    table.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| word.trim().into())
}

/// Whether two values are the same to an experiment's author: `1` and `1.0` are.
pub fn same(a: &toml::Value, b: &toml::Value) -> bool {
    match (number_of(a), number_of(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn number_of(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [tests] => tests.serialize(serializer),
            alternatives => alternatives.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Alternatives)
    }
}

/// One table of tests, or a list of them.
struct Alternatives;

impl<'de> Visitor<'de> for Alternatives {
    type Value = Condition;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition, { \"PATH\" = VALUE }, or a list of them")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
        Named::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(|tests| Condition(vec![tests]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Condition, A::Error> {
        let mut alternatives = Vec::new();
        while let Some(tests) = seq.next_element()? {
            alternatives.push(tests);
        }
        Ok(Condition(alternatives))
    }
}

impl Serialize for Test {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Among(values) => match values.as_slice() {
                [value] if !value.is_array() => value.serialize(serializer),
                values => values.serialize(serializer),
            },
            Self::Within(bounds) => bounds.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let bounds = ["at_least", "at_most", "not"];
        Ok(match value {
            toml::Value::Array(values) => Self::Among(values),
            // A swept value may be a table itself; one with the keys of bounds is none.
            toml::Value::Table(table) if table.keys().any(|key| bounds.contains(&key.as_str())) => {
                Self::Within(toml::Value::Table(table).try_into().map_err(serde::de::Error::custom)?)
            }
            value => Self::Among(vec![value]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Condition {
        let table: toml::Table = text.parse().expect("TOML");
        table["when"].clone().try_into().expect("a condition")
    }

    #[test]
    fn tests_of_every_form() {
        let at = |a: i64, b: &str| {
            let values = [("a", toml::Value::from(a)), ("b", toml::Value::from(b))];
            move |condition: &str| {
                let value_of = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
                read(condition).holds(value_of)
            }
        };
        let here = at(4, "x");
        for (condition, holds) in [
            ("when = { a = 4 }", true),
            ("when = { a = 4.0 }", true),
            ("when = { a = [1, 2, 4] }", true),
            ("when = { a = [1, 2] }", false),
            ("when = { a = 4, b = \"x\" }", true),
            ("when = { a = 4, b = \"y\" }", false),
            ("when = [{ a = 5 }, { b = \"x\" }]", true),
            ("when = [{ a = 5 }, { b = \"y\" }]", false),
            ("when = { a = { at_least = 4 } }", true),
            ("when = { a = { at_most = 3 } }", false),
            ("when = { a = { at_least = 2, at_most = 8, not = 4 } }", false),
            ("when = { a = { not = [5, 6] } }", true),
            ("when = { b = { at_least = 1 } }", false),
            ("when = { c = 1 }", false),
            ("when = {}", true),
        ] {
            assert_eq!(here(condition), holds, "{condition}");
        }
    }
}
