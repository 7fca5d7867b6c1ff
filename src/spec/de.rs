//! Reads typed values out of a tree of sources with serde, so that every fault carries file, line, key and nearest name.

use std::fmt::Display;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, Unexpected, VariantAccess,
};
use serde::forward_to_deserialize_any;

use super::fault::{Fault, nearest};
use super::source::{Entry, Node, Value};

/// Reads a value; the fault of the first thing that does not fit.
pub(super) fn read<'de, T: de::Deserialize<'de>>(node: &'de Node) -> Result<T, Fault> {
    T::deserialize(node)
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {found}", in_words(&expected.to_string())))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown key `{field}`")).next(nearest(field, expected.iter().copied()))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("there is no `{variant}` here")).next(nearest(variant, expected.iter().copied()))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` is missing")).next(format!("add `{field} = ...`"))
    }
}

/// Rust's names of types in the words of an experiment's author.
fn in_words(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        other if other.starts_with("struct ") => "a table of settings".to_owned(),
        other => other.to_owned(),
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Fault;

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.value {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Flag(flag) => visitor.visit_bool(*flag),
            Value::List(items) => visitor.visit_seq(Items { rest: items.iter() }),
            Value::Table(entries) => visitor.visit_map(Entries { rest: entries.iter(), current: None }),
        }
        .map_err(|fault| fault.at(&self.at))
    }

    fn deserialize_option<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: de::Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: de::Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let choice = match &self.value {
            Value::Text(name) => Choice { name, node: self, content: None },
            Value::Table(entries) => match entries.as_slice() {
                [entry] => Choice { name: &entry.key, node: self, content: Some(entry) },
                _ => {
                    let named: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
                    return Err(Fault::new(format!("expected exactly one kind, found [{}]", named.join(", ")))
                        .at(&self.at)
                        .next(format!("keep one of: {}", variants.join(", "))));
                }
            },
            _ => {
                return Err(Fault::new(format!("expected one of [{}], found {}", variants.join(", "), self.kind()))
                    .at(&self.at)
                    .next("name one of them"));
            }
        };
        visitor.visit_enum(choice).map_err(|fault| fault.at(&self.at))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The items of a list.
struct Items<'de> {
    rest: std::slice::Iter<'de, Node>,
}

impl<'de> de::SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.rest.next().map(|node| seed.deserialize(node)).transpose()
    }
}

/// The entries of a table.
struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    current: Option<&'de Entry>,
}

impl<'de> de::MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.current = self.rest.next();
        self.current
            .map(|entry| {
                seed.deserialize(entry.key.as_str().into_deserializer()).map_err(|f: Fault| f.at(&entry.key_at))
            })
            .transpose()
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let entry = self.current.expect("serde asks for a key before its value");
        seed.deserialize(&entry.node).map_err(|fault| fault.inside(&entry.key))
    }
}

/// An externally tagged choice: `kind = { settings }`, or the bare name of a kind without settings.
struct Choice<'de> {
    name: &'de str,
    node: &'de Node,
    content: Option<&'de Entry>,
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let at = self.content.map_or(&self.node.at, |entry| &entry.key_at);
        let variant = seed.deserialize(self.name.into_deserializer()).map_err(|fault: Fault| fault.at(at))?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None => Ok(()),
            Some(entry) => Err(Fault::new(format!("`{}` takes no settings", self.name))
                .at(&entry.key_at)
                .next(format!("write it as \"{}\"", self.name))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        match self.content {
            Some(entry) => seed.deserialize(&entry.node).map_err(|fault| fault.inside(&entry.key)),
            None => Err(Fault::new(format!("`{}` needs its table of settings", self.name))
                .next(format!("write {{ {} = {{}} }}", self.name))),
        }
    }

    fn tuple_variant<V: de::Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.settings()?.deserialize_any(visitor)
    }

    fn struct_variant<V: de::Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        let name = self.name;
        self.settings()?.deserialize_any(visitor).map_err(|fault| fault.inside(name))
    }
}

impl<'de> Choice<'de> {
    fn settings(&self) -> Result<&'de Node, Fault> {
        let missing = || Fault::new(format!("`{}` needs its table of settings", self.name));
        self.content.map(|entry| &entry.node).ok_or_else(missing)
    }
}
