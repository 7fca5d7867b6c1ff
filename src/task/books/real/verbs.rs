//! Verbs of narration: which words are pasts, and what their base is.

use std::collections::HashMap;

use super::lexicon::{IRREGULAR, NOT_PAST, PARTICIPLES, STOPWORDS};

/// How often each lower-case word occurs in the books that were loaded: what decides between two possible bases.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary(HashMap<String, u32>);

/// What opens a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// "was", "were".
    Be,
    /// "had" before a participle.
    Had,
    /// "could", "did".
    Modal,
    /// A full verb in the past, "had" with an object among them.
    Past,
}

impl Vocabulary {
    /// Counts one occurrence of a word.
    pub fn count(&mut self, lower: &str) {
        match self.0.get_mut(lower) {
            Some(count) => *count += 1,
            None => {
                self.0.insert(lower.to_string(), 1);
            }
        }
    }

    /// How often a word occurs.
    pub fn of(&self, lower: &str) -> u32 {
        self.0.get(lower).copied().unwrap_or(0)
    }

    /// What kind of predicate the word opens, if any; `next` is the word after it.
    pub fn opening(&self, lower: &str, next: &str) -> Option<Opening> {
        match lower {
            "was" | "were" => Some(Opening::Be),
            "had" if self.is_participle(next) || next == "not" || next == "never" => Some(Opening::Had),
            "could" | "did" => Some(Opening::Modal),
            "had" => Some(Opening::Past),
            _ => self.base(lower).map(|_| Opening::Past),
        }
    }

    /// The base of a word in the past, if it is one: "went" is "go", "stopped" is "stop".
    pub fn base(&self, past: &str) -> Option<String> {
        if past == "had" {
            return Some("have".into());
        }
        if let Some((base, _)) = IRREGULAR.iter().find(|(_, p)| *p == past) {
            return Some((*base).into());
        }
        let root = past.strip_suffix("ed").filter(|r| r.len() >= 2 && !NOT_PAST.contains(&past))?;
        let mut forms = vec![root.to_string(), format!("{root}e")];
        if let Some(stem) = root.strip_suffix('i') {
            forms = vec![format!("{stem}y"), format!("{root}e")];
        }
        let bytes = root.as_bytes();
        if bytes.len() > 2 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] {
            forms.push(root[..root.len() - 1].to_string());
        }
        let forms = forms.into_iter().filter(|f| !STOPWORDS.contains(&f.as_str()));
        let best = forms.map(|f| (self.of(&f), f)).max_by_key(|(count, _)| *count)?;
        (best.0 > 0).then_some(best.1)
    }

    /// The past of a base: for "did not go", "went". Regular verbs only where the books hold the form.
    pub fn past(&self, base: &str) -> Option<String> {
        if base == "have" {
            return Some("had".into());
        }
        if let Some((_, past)) = IRREGULAR.iter().find(|(b, _)| *b == base) {
            return Some((*past).into());
        }
        let last = base.chars().last()?;
        let mut forms = vec![format!("{base}ed"), format!("{base}d"), format!("{base}{last}ed")];
        if let Some(stem) = base.strip_suffix('y') {
            forms.push(format!("{stem}ied"));
        }
        forms.into_iter().find(|f| self.of(f) > 0)
    }

    fn is_participle(&self, word: &str) -> bool {
        PARTICIPLES.contains(&word)
            || (word.ends_with("ed") && self.base(word).is_some())
            || word.ends_with("ly")
            || matches!(word, "always" | "just" | "now" | "already" | "once" | "often" | "long" | "also")
            || IRREGULAR.iter().any(|(base, past)| *past == word && base != past && !word.ends_with("ound"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(text: &str) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        text.split(' ').for_each(|w| vocabulary.count(w));
        vocabulary
    }

    #[test]
    fn bases_are_chosen_by_what_the_books_hold() {
        let v = vocabulary("stop hope hop hope carry open visit opened visited");
        for (past, base) in
            [("stopped", "stop"), ("hoped", "hope"), ("carried", "carry"), ("opened", "open"), ("went", "go")]
        {
            assert_eq!(v.base(past).as_deref(), Some(base));
        }
        assert_eq!(vocabulary("not note not").base("noted").as_deref(), Some("note"));
        assert_eq!(v.base("hundred"), None);
        assert_eq!(v.base("zigzagged"), None);
        assert_eq!(v.past("visit").as_deref(), Some("visited"));
        assert_eq!(v.past("go").as_deref(), Some("went"));
    }

    #[test]
    fn had_is_an_auxiliary_only_before_a_participle() {
        let v = vocabulary("open opened");
        assert_eq!(v.opening("had", "opened"), Some(Opening::Had));
        assert_eq!(v.opening("had", "gone"), Some(Opening::Had));
        assert_eq!(v.opening("had", "a"), Some(Opening::Past));
        assert_eq!(v.opening("table", "a"), None);
    }
}
