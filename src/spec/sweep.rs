//! What an experiment varies: lists of values by path, and how they are put together.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Named;
use super::condition::{Condition, Test, same};

/// Values to vary, by the dotted path of the setting. Every value of one list is put together with every value of the
/// others, but for what the other fields say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SweepSpec {
    /// The values of each setting, in the order typed.
    pub axes: Named<AxisSpec>,
    /// Settings that move together: the first value of one with the first of the other.
    pub zip: Vec<Vec<String>>,
    /// Settings of which one is varied at a time, with the values that the others have meanwhile.
    pub around: Named<toml::Value>,
    /// Of those, settings that are varied together as well, each value of one with each of the others.
    pub slices: Vec<Vec<String>>,
    /// The points that there are at all.
    pub when: Condition,
}

/// The values of one setting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisSpec {
    /// The values, in the order typed.
    pub values: Vec<toml::Value>,
    /// Where it is varied; elsewhere it stays as it is.
    pub when: Condition,
}

/// The keys of a sweep that are no paths.
pub const WORDS: [&str; 4] = ["zip", "around", "slices", "when"];

impl SweepSpec {
    /// Whether nothing is varied.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The settings that move together, in the order typed: a lone path where it is in no zip.
    pub fn groups(&self) -> Vec<Vec<&str>> {
        let mut groups: Vec<Vec<&str>> = Vec::new();
        for path in self.axes.names() {
            let zipped = self.zip.iter().find(|zip| zip.iter().any(|member| member == path));
            let first = zipped.and_then(|zip| self.axes.names().find(|name| zip.iter().any(|member| member == name)));
            match groups.iter_mut().find(|group| Some(group[0]) == first) {
                Some(group) => group.push(path),
                None => groups.push(vec![path]),
            }
        }
        groups
    }

    /// Shrinks every list to two values: beside the centre those first ones that each condition asks for, so that what had
    /// a point before has one after. `others` are conditions that stand elsewhere in the experiment.
    pub(super) fn shrink(&mut self, others: &mut [&mut Condition]) {
        let groups: Vec<Vec<String>> =
            self.groups().into_iter().map(|group| group.into_iter().map(str::to_owned).collect()).collect();
        let mut all: Vec<Condition> = others.iter().map(|condition| (**condition).clone()).collect();
        all.push(self.when.clone());
        all.extend(self.axes.iter().map(|(_, axis)| axis.when.clone()));
        for group in &groups {
            let kept = self.kept(group, &all);
            for path in group {
                let Some((_, axis)) = self.axes.iter_mut().find(|(name, _)| name == path) else { continue };
                let mut step = 0..;
                let (left, gone): (Vec<toml::Value>, Vec<toml::Value>) =
                    axis.values.drain(..).partition(|_| step.next().is_some_and(|step| kept.contains(&step)));
                let is_left = |value: &toml::Value| left.iter().any(|other| same(value, other));
                let known = |value: &toml::Value| is_left(value) || !gone.iter().any(|other| same(value, other));
                others.iter_mut().for_each(|condition| condition.keep(path, known));
                self.when.keep(path, known);
                self.axes.iter_mut().for_each(|(_, axis)| axis.when.keep(path, known));
                if let Some((_, axis)) = self.axes.iter_mut().find(|(name, _)| name == path) {
                    axis.values = left;
                }
            }
        }
    }

    /// The steps of a group that are left when it is shrunk.
    fn kept(&self, group: &[String], conditions: &[Condition]) -> Vec<usize> {
        let value = |path: &str, step: usize| self.axes.get(path).and_then(|axis| axis.values.get(step));
        let steps =
            group.iter().filter_map(|path| self.axes.get(path)).map(|axis| axis.values.len()).min().unwrap_or(0);
        let first = |fits: &dyn Fn(usize) -> bool| (0..steps).find(|step| fits(*step));
        let centres: Vec<(&str, &toml::Value)> =
            self.around.iter().filter(|(path, _)| group.iter().any(|member| member == path)).collect();
        let is_centre = |step: usize| centres.iter().all(|(path, at)| value(path, step).is_some_and(|it| same(it, at)));
        let mut kept: Vec<usize> = Vec::new();
        kept.extend(if centres.is_empty() { None } else { first(&is_centre) });
        // By twos as well: a point may have to pass a condition of the sweep and one of its arm.
        let alternatives: Vec<&Named<Test>> = conditions.iter().flat_map(Condition::alternatives).collect();
        for (at, one) in alternatives.iter().enumerate() {
            for other in &alternatives[at..] {
                let both = one.iter().chain(other.iter());
                let own: Vec<(&str, &Test)> = both.filter(|(path, _)| group.iter().any(|it| it == path)).collect();
                let passes =
                    |step: usize| own.iter().all(|(path, test)| value(path, step).is_some_and(|it| test.passes(it)));
                kept.extend(if own.is_empty() { None } else { first(&passes) });
            }
        }
        for step in 0..steps {
            kept.sort_unstable();
            kept.dedup();
            if kept.len() < 2 {
                kept.push(step);
            }
        }
        kept
    }
}

impl Serialize for SweepSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (path, axis) in self.axes.iter() {
            map.serialize_entry(path, axis)?;
        }
        for (word, groups) in [("zip", &self.zip), ("slices", &self.slices)] {
            if !groups.is_empty() {
                map.serialize_entry(word, groups)?;
            }
        }
        if !self.around.is_empty() {
            map.serialize_entry("around", &self.around)?;
        }
        if !self.when.is_empty() {
            map.serialize_entry("when", &self.when)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for SweepSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

/// Collects the entries of a sweep: its own words, and paths.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = SweepSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of lists of values by path")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SweepSpec, A::Error> {
        let mut sweep = SweepSpec::default();
        let mut axes = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "zip" => sweep.zip = map.next_value()?,
                "around" => sweep.around = map.next_value()?,
                "slices" => sweep.slices = map.next_value()?,
                "when" => sweep.when = map.next_value()?,
                _ => axes.push((key, map.next_value()?)),
            }
        }
        sweep.axes = axes.into_iter().collect();
        Ok(sweep)
    }
}

/// An axis that is varied in places only, as it is typed.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct InPlaces {
    values: Vec<toml::Value>,
    #[serde(default)]
    when: Condition,
}

impl Serialize for AxisSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.when.is_empty() {
            return self.values.serialize(serializer);
        }
        InPlaces { values: self.values.clone(), when: self.when.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AxisSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

/// A list of values, or a table of them with where they are taken.
struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = AxisSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values, or { values = [...], when = { ... } }")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AxisSpec, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(AxisSpec { values, when: Condition::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AxisSpec, A::Error> {
        let InPlaces { values, when } = InPlaces::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(AxisSpec { values, when })
    }
}
