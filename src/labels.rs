//! Facts by name, shared between rows that have the same ones.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Facts by name: `flaw`, `level`, swept values, ... Sorted, so that they are written in one order. A copy shares them until
/// one of both is changed: a million rows have few different ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(Arc<BTreeMap<String, String>>);

impl Labels {
    /// No facts.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Labels {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Labels {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl FromIterator<(String, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(facts: I) -> Self {
        Self(Arc::new(facts.into_iter().collect()))
    }
}

impl<const N: usize> From<[(String, String); N]> for Labels {
    fn from(facts: [(String, String); N]) -> Self {
        facts.into_iter().collect()
    }
}

impl IntoIterator for Labels {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a String, &'a String);
    type IntoIter = std::collections::btree_map::Iter<'a, String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_is_changed_leaves_the_other_as_it_was() {
        let one = Labels::from([("flaw".to_owned(), "order".to_owned())]);
        let mut two = one.clone();
        two.insert("book".into(), "b".into());
        assert_eq!((one.len(), two.len()), (1, 2));
        assert_eq!(serde_json::to_string(&two).unwrap(), r#"{"book":"b","flaw":"order"}"#);
        assert_eq!(serde_json::from_str::<Labels>(r#"{"flaw":"order"}"#).unwrap(), one);
    }
}
