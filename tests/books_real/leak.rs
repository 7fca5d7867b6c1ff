//! What candidates on real books give away without their book, printed to be read.

use std::collections::{BTreeMap, BTreeSet};

use tribunal::material::Span;
use tribunal::task::Split;
use tribunal::task::books::real::{self, Knobs};

use super::shared;

/// Hits, instances, and the distinct sentences that the flawed claims rest on.
type Tally = (usize, usize, BTreeSet<Vec<Span>>);

/// How well words alone, without the book, tell the right account: naive Bayes over words and pairs of words, fitted to
/// the training books of a seed and tried on its test books.
#[test]
#[ignore = "prints the leak of candidates without their book"]
fn how_much_the_candidates_leak() {
    for name in ["books", "fairytaleqa"] {
        let Some(path) = shared(name) else { continue };
        let books = real::load(&path).unwrap();
        // For each kind, for each book.
        let mut right: BTreeMap<String, BTreeMap<String, Tally>> = BTreeMap::new();
        for seed in 0..8 {
            let train = real::draw(&books, Split::Train, 3_000, seed, &Knobs::default()).unwrap();
            let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
            for instance in &train.instances {
                let truth = train.truths.of(instance).unwrap();
                for (i, candidate) in instance.candidates.iter().enumerate() {
                    for word in grams(&candidate.claims) {
                        counts.entry(word).or_default()[usize::from(i == truth.right)] += 1.0;
                    }
                }
            }
            let weight = |word: &String| counts.get(word).map_or(0.0, |c| ((c[1] + 2.0) / (c[0] + 2.0)).ln());
            let test = real::draw(&books, Split::Test, 400, seed, &Knobs::default()).unwrap();
            for instance in &test.instances {
                let scores: Vec<f64> =
                    instance.candidates.iter().map(|c| grams(&c.claims).iter().map(weight).sum::<f64>()).collect();
                let truth = test.truths.of(instance).unwrap();
                let hit = (scores[1] > scores[0]) == (truth.right == 1);
                let flawed = truth.claims.iter().flatten().find(|c| !c.holds).unwrap();
                let spans = flawed.evidence.first().map(|set| set.spans.clone()).unwrap_or_default();
                let kind = instance.labels.get("flaw").or(instance.labels.get("attribute")).cloned().unwrap();
                for kind in [kind, "all".to_string()] {
                    let tally = right.entry(kind).or_default().entry(instance.labels["book"].clone()).or_default();
                    tally.0 += usize::from(hit);
                    tally.1 += 1;
                    tally.2.insert(spans.clone());
                }
            }
        }
        for (kind, books) in right {
            let shares: Vec<f64> = books.values().map(|(hits, all, _)| 100.0 * *hits as f64 / *all as f64).collect();
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            let spread = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (shares.len() as f64 - 1.0);
            let error = (spread / shares.len() as f64).sqrt();
            let (all, distinct) = books.values().fold((0, 0), |sum, b| (sum.0 + b.1, sum.1 + b.2.len()));
            println!(
                "{name} {kind}: {mean:.1}% right without the book, standard error over {} books {error:.1}; {all} instances, {distinct} distinct flawed sentences",
                books.len()
            );
        }
    }
}

/// The distinct words and pairs of neighbouring words of an account.
fn grams(claims: &[String]) -> BTreeSet<String> {
    let mut grams = BTreeSet::new();
    for claim in claims {
        let words: Vec<String> =
            claim.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).collect();
        grams.extend(words.windows(2).map(|w| w.join(" ")));
        grams.extend(words);
    }
    grams
}
