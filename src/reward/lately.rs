//! What a reader found lately. Both sides of a debate, its turns, and instances of one material have the same claims
//! read against the same sentences.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::features::ViewText;
use super::reader::ViewScore;

/// Sentences kept at most; beyond them all is forgotten at once.
const SENTENCES_MAX: usize = 1 << 20;
/// What a view takes beside its sentences of 16 bytes: its name, its distribution and its place, as so many sentences.
const SENTENCES_OF_VIEW: usize = 8;

/// Scores by their view.
#[derive(Default)]
pub(super) struct Lately {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    scores: HashMap<blake3::Hash, ViewScore>,
    sentences: usize,
}

impl Lately {
    /// A score for each view: what is known of it, else what `read` makes of it, each different one once, in their order.
    pub fn answered(&self, views: &[ViewText], read: impl Fn(&[&ViewText]) -> Vec<ViewScore>) -> Vec<ViewScore> {
        let keys: Vec<blake3::Hash> = views.iter().map(key).collect();
        let mut found: HashMap<blake3::Hash, Option<ViewScore>> = HashMap::new();
        let mut unread = Vec::new();
        {
            // Whoever panicked with the lock in hand has left whole scores behind.
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, view) in keys.iter().zip(views) {
                found.entry(*key).or_insert_with(|| {
                    let score = known.scores.get(key).cloned();
                    if score.is_none() {
                        unread.push((*key, view));
                    }
                    score
                });
            }
        }
        let texts: Vec<&ViewText> = unread.iter().map(|(_, view)| *view).collect();
        let scores = if texts.is_empty() { Vec::new() } else { read(&texts) };
        assert_eq!(scores.len(), texts.len(), "a score for each view");
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for ((key, _), score) in unread.into_iter().zip(scores) {
            known.keep(key, score.clone());
            found.insert(key, Some(score));
        }
        drop(known);
        keys.iter().filter_map(|key| found.get(key).cloned().flatten()).collect()
    }
}

impl Known {
    fn keep(&mut self, key: blake3::Hash, score: ViewScore) {
        let size = score.sentences.len() + SENTENCES_OF_VIEW;
        if size > SENTENCES_MAX || self.scores.contains_key(&key) {
            return;
        }
        if self.sentences + size > SENTENCES_MAX {
            *self = Self::default();
        }
        self.sentences += size;
        self.scores.insert(key, score);
    }
}

/// Names a view by all that a score depends on; lengths keep its parts apart.
fn key(view: &ViewText) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for text in std::iter::once(&view.claim).chain(&view.sentences) {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    }
    let begins: Vec<u8> = view.begins.iter().map(|begins| u8::from(*begins)).collect();
    hasher.update(&(view.begins.len() as u64).to_le_bytes()).update(&begins);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn view(claim: &str, sentences: &[&str], begins: &[bool]) -> ViewText {
        let sentences = sentences.iter().map(|text| (*text).to_owned()).collect();
        ViewText { claim: claim.to_owned(), sentences, begins: begins.to_vec() }
    }

    fn score(of: &ViewText) -> ViewScore {
        ViewScore { distribution: [of.claim.len() as f32, 0.0, 0.0], sentences: Vec::new() }
    }

    #[test]
    fn each_different_view_is_read_once() {
        let lately = Lately::default();
        let read = RefCell::new(Vec::new());
        let answered = |views: &[ViewText]| -> Vec<f32> {
            let scores = lately.answered(views, |texts| {
                read.borrow_mut().extend(texts.iter().map(|text| text.claim.clone()));
                texts.iter().map(|text| score(text)).collect()
            });
            scores.iter().map(|score| score.distribution[0]).collect()
        };
        let [a, bb] = [view("a", &["one.", "two."], &[true, false]), view("bb", &["one."], &[])];
        assert_eq!(answered(&[a.clone(), bb.clone(), a.clone()]), [1.0, 2.0, 1.0]);
        assert_eq!(answered(&[bb.clone(), view("ccc", &[], &[]), a.clone()]), [2.0, 3.0, 1.0]);
        assert_eq!(*read.borrow(), ["a", "bb", "ccc"]);
    }

    #[test]
    fn whatever_a_score_depends_on_tells_views_apart() {
        let views = [
            view("a", &["one.", "two."], &[]),
            view("a", &["one.two."], &[]),
            view("a", &["two.", "one."], &[]),
            view("aone.", &["two."], &[]),
            view("a", &["one.", "two."], &[true, false]),
            view("a", &["one.", "two."], &[true, true]),
        ];
        let keys: std::collections::HashSet<blake3::Hash> = views.iter().map(key).collect();
        assert_eq!(keys.len(), views.len());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut known = Known::default();
        let one = SENTENCES_MAX / 4 + 1;
        let sentence = super::super::reader::SentenceScore { says: [0.0, 0.0, 1.0], bears: 0.0 };
        let of = |sentences: usize| ViewScore { distribution: [0.0, 0.0, 1.0], sentences: vec![sentence; sentences] };
        for claim in 0..9 {
            let name = key(&view(&claim.to_string(), &[], &[]));
            known.keep(name, of(one));
            known.keep(name, of(one));
            assert!(known.sentences <= SENTENCES_MAX && known.scores.len() == 1 + claim % 3);
        }
        let before = known.scores.len();
        known.keep(key(&view("too large", &[], &[])), of(SENTENCES_MAX));
        assert_eq!(known.scores.len(), before);
        for claim in 0..SENTENCES_MAX / SENTENCES_OF_VIEW + 1 {
            known.keep(key(&view(&format!("nothing shown {claim}"), &[], &[])), of(0));
            assert!(known.sentences <= SENTENCES_MAX);
        }
    }
}
