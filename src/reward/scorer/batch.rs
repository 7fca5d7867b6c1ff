//! Batches: rows of tokens with what they are judged by, in an order that is a function of a stream and a count, near
//! lengths together, padded to few lengths.

use rand::RngExt;

use super::data::{Example, Feedback};
use super::objective::{Comparison, Point, Targets, Word, target};
use super::settings::{Margin, Objective, Verifier};
use super::tokens::Encoded;
use crate::stream::Stream;

/// Rows are padded to one of these lengths, and above the last to a multiple of it.
const LENGTHS: [usize; 11] = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024];
/// Batches out of which near lengths are brought together.
const BATCHES_GROUPED: usize = 16;

/// An example as tokens: one or more texts, each read once, and what is said of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// Where its row stands.
    pub id: String,
    /// Its texts, one a completion.
    pub texts: Vec<Encoded>,
    /// Its targets, rows counted within the group; shares add up to the example's weight.
    said: Vec<Said>,
    /// Its weight.
    pub weight: f64,
}

/// What is said of a group's texts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Compared(Comparison),
    Row(Point),
    /// A point at a token: the text, the token, the label and its share.
    Token {
        text: usize,
        point: Point,
    },
    Word {
        text: usize,
        word: Word,
    },
}

impl Group {
    /// The group of an example, with the loss that it enters by its kind. Of a ranking all pairs enter, in one batch, each
    /// text being read once, and ties are dropped (Ouyang et al. 2022, section 3.5).
    pub fn of(example: &Example, texts: Vec<Encoded>, objective: &Objective) -> Self {
        let noise = |p: f64| target(objective.labels, p);
        let weight = example.weight;
        let mut said = Vec::new();
        match &example.feedback {
            Feedback::Pair { margin, preference, .. } => {
                let margin = if objective.margin == Margin::Asked { *margin } else { 0.0 };
                let target = noise(*preference);
                said.push(Said::Compared(Comparison { better: 0, worse: 1, margin, target, share: weight }));
            }
            Feedback::Ranking { ranks, .. } => said.extend(ranked(ranks, noise(1.0), weight)),
            Feedback::Rated { label, .. } => said.extend(rated(&texts[0], noise(*label), weight, objective.verifier)),
            Feedback::Steps { labels, .. } => said.extend(stepped(&texts[0], labels, noise, weight)),
        }
        if objective.language > 0.0 {
            said.extend(worded(&texts, weight * objective.language));
        }
        Self { id: example.id.clone(), texts, said, weight }
    }

    /// Whether anything is said of its texts. Of steps a cut may leave those alone of which nothing is known, as after a first
    /// mistake; a part of a batch with nothing else would have no loss to go back from.
    pub fn tells(&self) -> bool {
        !self.said.is_empty()
    }

    /// Tokens of its longest text.
    pub fn length(&self) -> usize {
        self.texts.iter().map(|text| text.ids.len()).max().unwrap_or(0)
    }
}

fn ranked(ranks: &[f64], target: f64, weight: f64) -> Vec<Said> {
    let places = || 0..ranks.len();
    let pairs: Vec<(usize, usize)> =
        places().flat_map(|a| places().filter(move |b| ranks[a] < ranks[*b]).map(move |b| (a, b))).collect();
    let share = weight / pairs.len().max(1) as f64;
    let said = |(better, worse)| Said::Compared(Comparison { better, worse, margin: 0.0, target, share });
    pairs.into_iter().map(said).collect()
}

fn rated(text: &Encoded, target: f64, weight: f64, verifier: Verifier) -> Vec<Said> {
    match verifier {
        Verifier::Last => vec![Said::Row(Point { at: 0, target, share: weight })],
        Verifier::Tokens => {
            let places = text.completion_at..text.ids.len();
            let share = weight / places.len().max(1) as f64;
            places.map(|at| Said::Token { text: 0, point: Point { at, target, share } }).collect()
        }
    }
}

fn stepped(text: &Encoded, labels: &[Option<f64>], noise: impl Fn(f64) -> f64, weight: f64) -> Vec<Said> {
    // A text that was cut at its beginning has lost its first steps.
    let skipped = labels.len() - text.part_ends.len().min(labels.len());
    let known: Vec<(usize, f64)> = (text.part_ends.iter().zip(&labels[skipped..]))
        .filter_map(|(at, label)| Some((*at, noise((*label)?))))
        .collect();
    let share = weight / known.len().max(1) as f64;
    known.into_iter().map(|(at, target)| Said::Token { text: 0, point: Point { at, target, share } }).collect()
}

fn worded(texts: &[Encoded], weight: f64) -> Vec<Said> {
    let count: usize = texts.iter().map(|text| text.ids.len() - text.completion_at.max(1)).sum();
    let share = weight / count.max(1) as f64;
    let of = |(text, encoded): (usize, &Encoded)| {
        let places = encoded.completion_at.max(1)..encoded.ids.len();
        let word = |at: usize| Said::Word { text, word: Word { at: at - 1, next: encoded.ids[at], share } };
        places.map(word).collect::<Vec<Said>>()
    };
    texts.iter().enumerate().flat_map(of).collect()
}

/// Texts that run at once, with what they are judged by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Microbatch<'a> {
    /// The texts.
    pub rows: Vec<&'a [u32]>,
    /// Tokens that each is padded to.
    pub length: usize,
    /// Rows and tokens counted over the batch, padded on the right.
    pub targets: Targets,
}

impl<'a> Microbatch<'a> {
    /// Of some groups; shares are divided by `weight`, that of the whole update.
    pub fn of(groups: &[&'a Group], weight: f64) -> Self {
        let longest = groups.iter().map(|group| group.length()).max().unwrap_or(1);
        let mut batch = Self { rows: Vec::new(), length: padded(longest), targets: Targets::default() };
        for group in groups {
            let first = batch.rows.len();
            batch.rows.extend(group.texts.iter().map(|text| text.ids.as_slice()));
            group.said.iter().for_each(|said| batch.take(*said, first, weight));
        }
        batch
    }

    fn take(&mut self, said: Said, first: usize, weight: f64) {
        let token = |text: usize, at: usize| (first + text) * self.length + at;
        match said {
            Said::Compared(it) => self.targets.comparisons.push(Comparison {
                better: first + it.better,
                worse: first + it.worse,
                share: it.share / weight,
                ..it
            }),
            Said::Row(it) => self.targets.rows.push(Point { at: first + it.at, share: it.share / weight, ..it }),
            Said::Token { text, point: it } => {
                let at = token(text, it.at);
                self.targets.tokens.push(Point { at, share: it.share / weight, ..it });
            }
            Said::Word { text, word: it } => {
                let at = token(text, it.at);
                self.targets.words.push(Word { at, share: it.share / weight, ..it });
            }
        }
    }
}

/// The length that a text of so many tokens is padded to: chosen by the text alone.
pub(super) fn padded(tokens: usize) -> usize {
    let last = LENGTHS[LENGTHS.len() - 1];
    LENGTHS.iter().copied().find(|length| tokens <= *length).unwrap_or_else(|| tokens.div_ceil(last) * last)
}

/// The order in which groups are seen, batch by batch. Every epoch is a permutation of its own, named by its number, in
/// which near lengths are brought together; it can be entered anywhere.
pub(super) struct Batches<'a> {
    groups: &'a [Group],
    batch: usize,
    stream: Stream,
    epoch: Option<usize>,
    order: Vec<Vec<usize>>,
}

impl<'a> Batches<'a> {
    pub fn new(groups: &'a [Group], batch: usize, stream: &Stream) -> Self {
        Self { groups, batch, stream: stream.named("order"), epoch: None, order: Vec::new() }
    }

    /// Batches of an epoch.
    pub fn in_epoch(&self) -> usize {
        self.groups.len().div_ceil(self.batch)
    }

    /// The groups of the update after `step` others, longest first.
    pub fn at(&mut self, step: usize) -> Vec<&'a Group> {
        let epoch = step / self.in_epoch();
        if self.epoch != Some(epoch) {
            self.order = self.ordered(&self.stream.index(epoch as u64));
            self.epoch = Some(epoch);
        }
        let places = &self.order[step % self.in_epoch()];
        places.iter().map(|at| &self.groups[*at]).collect()
    }

    fn ordered(&self, stream: &Stream) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        shuffle(&mut order, &stream.named("groups"));
        // A window holds whole batches, so that the one short batch of an epoch is in the last window.
        let mut batches: Vec<Vec<usize>> = Vec::new();
        for window in order.chunks_mut(self.batch * BATCHES_GROUPED) {
            window.sort_by_key(|at| (std::cmp::Reverse(self.groups[*at].length()), *at));
            batches.extend(window.chunks(self.batch).map(<[usize]>::to_vec));
        }
        shuffle(&mut batches, &stream.named("batches"));
        batches
    }
}

fn shuffle<T>(items: &mut [T], stream: &Stream) {
    let mut rng = stream.rng();
    for last in (1..items.len()).rev() {
        items.swap(last, rng.random_range(0..=last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize, completion_at: usize, part_ends: &[usize]) -> Encoded {
        Encoded { ids: (0..length as u32).collect(), starts: 0, completion_at, part_ends: part_ends.to_vec() }
    }

    fn example(feedback: Feedback) -> Example {
        Example { id: "f:1".into(), prompt: "p".into(), feedback, weight: 2.0, labels: Default::default() }
    }

    fn texts(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("text {at}")).collect()
    }

    #[test]
    fn a_ranking_is_all_its_pairs_without_ties() {
        let ranking = Feedback::Ranking { completions: texts(4), ranks: vec![1.0, 2.0, 2.0, 3.0] };
        let group = Group::of(&example(ranking), vec![text(3, 1, &[2]); 4], &Objective::default());
        let batch = Microbatch::of(&[&group], 2.0);
        let pairs: Vec<(usize, usize)> = batch.targets.comparisons.iter().map(|it| (it.better, it.worse)).collect();
        assert_eq!(pairs, [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]);
        assert!((batch.targets.comparisons.iter().map(|it| it.share).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(batch.rows.len(), 4, "each completion is read once");
    }

    #[test]
    fn rows_and_tokens_are_counted_over_the_batch() {
        let pair = |margin| {
            let [chosen, rejected] = ["a", "b"].map(String::from);
            Feedback::Pair { chosen, rejected, margin, preference: 1.0 }
        };
        let steps = Feedback::Steps { steps: texts(3), labels: vec![Some(1.0), None, Some(0.0)] };
        let objective = Objective { language: 0.5, ..Objective::default() };
        let groups = [
            Group::of(&example(pair(0.3)), vec![text(4, 2, &[3]); 2], &objective),
            Group::of(&example(steps), vec![text(9, 2, &[3, 5, 8])], &objective),
        ];
        let batch = Microbatch::of(&groups.iter().collect::<Vec<_>>(), 4.0);
        assert_eq!((batch.rows.len(), batch.length), (3, 16));
        assert_eq!(
            batch.targets.comparisons[0],
            Comparison { better: 0, worse: 1, margin: 0.3, target: 1.0, share: 0.5 }
        );
        let tokens: Vec<(usize, f64)> = batch.targets.tokens.iter().map(|it| (it.at, it.target)).collect();
        assert_eq!(tokens, [(2 * 16 + 3, 1.0), (2 * 16 + 8, 0.0)], "the step of which nothing is known is left out");
        assert_eq!(batch.targets.words[0], Word { at: 1, next: 2, share: 2.0 * 0.5 / 4.0 / 4.0 });
        assert_eq!(batch.targets.words.len(), 2 * 2 + 7);
    }

    #[test]
    fn a_verifier_by_tokens_is_asked_at_every_token_of_the_completion() {
        let rated = || example(Feedback::Rated { completion: "c".into(), label: 1.0 });
        let of = |verifier| {
            let objective = Objective { verifier, ..Objective::default() };
            let group = Group::of(&rated(), vec![text(6, 4, &[5])], &objective);
            Microbatch::of(&[&group], 2.0).targets
        };
        assert_eq!(of(Verifier::Last).rows.len(), 1);
        assert_eq!(of(Verifier::Tokens).tokens.iter().map(|it| it.at).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn every_epoch_sees_every_group_once_and_can_be_entered_anywhere() {
        let group = |at: usize| Group {
            id: at.to_string(),
            texts: vec![text(1 + (at * 37) % 300, 0, &[])],
            said: Vec::new(),
            weight: 1.0,
        };
        let groups: Vec<Group> = (0..203).map(group).collect();
        let mut batches = Batches::new(&groups, 8, &Stream::root(1));
        let ids = |batch: Vec<&Group>| batch.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let seen: Vec<Vec<String>> = (0..52).map(|step| ids(batches.at(step))).collect();
        for epoch in seen.chunks(26) {
            let mut all: Vec<&String> = epoch.iter().flatten().collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 203);
        }
        assert_ne!(seen[..26], seen[26..]);
        assert_eq!(ids(Batches::new(&groups, 8, &Stream::root(1)).at(40)), seen[40]);
        let spread = |batch: &Vec<&Group>| batch[0].length() - batch[batch.len() - 1].length();
        let mean = (0..26).map(|step| spread(&batches.at(step))).sum::<usize>() / 26;
        assert!(mean < 40, "lengths of a batch differ by {mean} on average, of 300");
    }

    #[test]
    fn texts_are_padded_to_few_lengths() {
        assert_eq!([1, 16, 17, 200, 1024, 1025, 2049].map(padded), [16, 16, 32, 256, 1024, 2048, 3072]);
    }
}
