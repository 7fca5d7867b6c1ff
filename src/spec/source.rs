//! An experiment file as a tree of values that know the file and line they came from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;

/// Where something was typed: a line of a file, or an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    source: Arc<str>,
    /// Counted from 1; none for an argument of the command line.
    line: Option<usize>,
}

impl Place {
    /// A place that has no lines: an argument, a swept value.
    pub(super) fn whole(source: &str) -> Self {
        Self { source: source.into(), line: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => f.write_str(&self.source),
        }
    }
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub at: Place,
}

/// What TOML can say, tables in the order typed.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// One key of a table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub key_at: Place,
    pub node: Node,
}

impl Node {
    /// The tree of a file's text.
    pub fn of_file(path: &Path, text: &str) -> Result<Self, Fault> {
        let reader = Reader { source: path.display().to_string().into(), line_starts: Some(line_starts(text)) };
        reader.document(text)
    }

    /// The tree of a one-line document given as an argument; every place in it is the argument itself.
    pub fn of_argument(argument: &str, text: &str) -> Result<Self, Fault> {
        Reader { source: format!("--set {argument}").into(), line_starts: None }.document(text)
    }

    /// The tree of a value that no file holds.
    pub fn of_value(value: &toml::Value, at: &Place) -> Self {
        let value = match value {
            toml::Value::String(text) => Value::Text(text.clone()),
            toml::Value::Integer(number) => Value::Integer(*number),
            toml::Value::Float(number) => Value::Float(*number),
            toml::Value::Boolean(flag) => Value::Flag(*flag),
            toml::Value::Datetime(date) => Value::Text(date.to_string()),
            toml::Value::Array(items) => Value::List(items.iter().map(|item| Self::of_value(item, at)).collect()),
            toml::Value::Table(table) => Value::Table(
                table
                    .iter()
                    .map(|(key, value)| Entry { key: key.clone(), key_at: at.clone(), node: Self::of_value(value, at) })
                    .collect(),
            ),
        };
        Self { value, at: at.clone() }
    }

    /// The entry of that key, where this is a table that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// Takes the entry of that key out.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        match &mut self.value {
            Value::Table(entries) => {
                let at = entries.iter().position(|entry| entry.key == key)?;
                Some(entries.remove(at))
            }
            _ => None,
        }
    }

    /// Puts a value at a path, making tables on the way. Fails where the way leads through something else.
    pub fn set(&mut self, path: &[&str], node: Node) -> Result<(), Fault> {
        let Some((key, rest)) = path.split_first() else {
            *self = node;
            return Ok(());
        };
        let Value::Table(entries) = &mut self.value else {
            return Err(Fault::new(format!("`{key}` is set inside something that is no table"))
                .at(&node.at)
                .next("check the path: its last part is the setting, the parts before it are tables"));
        };
        let at = match entries.iter().position(|entry| entry.key == *key) {
            Some(at) => at,
            None => {
                let empty = Node { value: Value::Table(Vec::new()), at: node.at.clone() };
                entries.push(Entry { key: (*key).to_owned(), key_at: node.at.clone(), node: empty });
                entries.len() - 1
            }
        };
        entries[at].node.set(rest, node)
    }

    /// The place of the deepest key on this path that was typed.
    pub fn place_of(&self, path: &[&str]) -> &Place {
        let mut node = self;
        let mut place = &self.at;
        for key in path {
            let Some(entry) = node.entry(key) else { break };
            place = &entry.key_at;
            node = &entry.node;
        }
        place
    }

    /// What this is, for errors.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Turns the parser's spans into places.
struct Reader {
    source: Arc<str>,
    line_starts: Option<Vec<usize>>,
}

impl Reader {
    fn document(&self, text: &str) -> Result<Node, Fault> {
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            Fault::new(error.message().to_owned()).at(&self.place(at)).next("mend the TOML there")
        })?;
        let at = self.place(0);
        Ok(Node { value: Value::Table(self.entries(table.get_ref())?), at })
    }

    fn place(&self, byte: usize) -> Place {
        let line = self.line_starts.as_ref().map(|starts| starts.partition_point(|start| *start <= byte));
        Place { source: self.source.clone(), line }
    }

    /// The entries of a table in the order typed: the parser sorts them by key, their spans know better.
    fn entries(&self, table: &DeTable<'_>) -> Result<Vec<Entry>, Fault> {
        let mut typed: Vec<_> = table.iter().collect();
        typed.sort_by_key(|(key, _)| key.span().start);
        typed
            .into_iter()
            .map(|(key, value)| {
                let key_at = self.place(key.span().start);
                Ok(Entry { key: key.get_ref().to_string(), node: self.node(value)?, key_at })
            })
            .collect()
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Result<Node, Fault> {
        let at = self.place(value.span().start);
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Integer(digits) => Value::Integer(
                i64::from_str_radix(digits.as_str(), digits.radix())
                    .map_err(|_| Fault::new(format!("`{}` is too large a number", digits.as_str())).at(&at))?,
            ),
            DeValue::Float(digits) => match digits.as_str().parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Float(number),
                _ => return Err(Fault::new(format!("`{}` is no finite number", digits.as_str())).at(&at)),
            },
            DeValue::Array(items) => Value::List(items.iter().map(|item| self.node(item)).collect::<Result<_, _>>()?),
            DeValue::Table(table) => Value::Table(self.entries(table)?),
        };
        Ok(Node { value, at })
    }
}
