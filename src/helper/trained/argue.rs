//! How a trained helper argues: it reads every claim against the sentences that share most with it, and shows the best
//! quotes of the claims that its reader finds on its side.

use std::collections::{BTreeMap, BTreeSet};

use super::best;
use crate::judgment::{Answer, Argument, Ask, Point, Quote, Reply, Stance, View, p_holds};
use crate::material::Span;
use crate::reward::{ViewScore, ViewText};
use crate::scale::{logit, softmax};
use crate::task::Question;

/// Sentences that a claim is read against at most: reading all of a long view against every claim would cost more than
/// the tree of an assistant.
const SENTENCES_MAX: usize = 48;
/// Quotes of one point at most.
const QUOTES_OF_POINT: usize = 3;
/// A sentence that bears less on a claim is no quote.
const BEARS_MIN: f32 = 0.1;

/// One claim as it will be read for an argument.
pub(super) struct ClaimView {
    candidate: u16,
    claim: u16,
    pub(super) text: ViewText,
    units: Vec<Span>,
}

/// What an argument is made from: a view for each claim that it may be about, of the sentences nearest to it.
pub(super) fn views(ask: &Ask) -> Vec<ClaimView> {
    let material = &ask.instance.material;
    let units: Vec<Span> = ask.view.spans.iter().flat_map(|span| material.smallest_within(*span)).copied().collect();
    let words: Vec<BTreeSet<String>> = units.iter().map(|unit| words_of(&material.text(*unit))).collect();
    let asked = &ask.subtask.question;
    let mut views = Vec::new();
    for (candidate, claims) in ask.instance.candidates.iter().enumerate().map(|(at, it)| (at as u16, &it.claims)) {
        for (claim, text) in claims.iter().enumerate().map(|(at, text)| (at as u16, text)) {
            let question = Question::Claim { candidate, claim };
            if *asked != Question::Which && *asked != question {
                continue;
            }
            let mut spans: Vec<Span> =
                by_shared_words(&words_of(text), &words).take(SENTENCES_MAX).map(|at| units[at]).collect();
            spans.sort();
            let view = View { spans, ..View::default() };
            let read = ViewText::of(&ask.instance, &question, &view);
            views.extend(read.map(|(text, units)| ClaimView { candidate, claim, text, units }));
        }
    }
    views
}

/// The words of a text that tell something, in one order: sums of the same weights in another differ in their last bits, and
/// would break ties by chance.
fn words_of(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2).map(str::to_lowercase).collect()
}

/// Texts by the words that they share with a claim, rare ones counting more, the nearest first; of equal ones the first.
fn by_shared_words(claim: &BTreeSet<String>, texts: &[BTreeSet<String>]) -> impl Iterator<Item = usize> + use<> {
    let shared: Vec<Vec<&String>> = texts.iter().map(|words| claim.intersection(words).collect()).collect();
    let mut holding: BTreeMap<&str, f64> = BTreeMap::new();
    shared.iter().flatten().for_each(|word| *holding.entry(word).or_default() += 1.0);
    let weight = |words: &Vec<&String>| words.iter().map(|word| 1.0 / holding[word.as_str()]).sum::<f64>();
    let mut order: Vec<(f64, usize)> = shared.iter().enumerate().map(|(at, words)| (weight(words), at)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, at)| at)
}

/// The argument for a stance, from what the reader made of each claim's view.
pub(super) fn reply(ask: &Ask, views: &[ClaimView], scores: &[ViewScore], limits: (Stance, u16, u32)) -> Reply {
    let (stance, points_max, tokens_max) = limits;
    let sides = sides(ask, views, scores);
    let side = match stance {
        Stance::For(side) => Some(side),
        Stance::Against(_) => None,
        Stance::Open => best_side(&sides),
    };
    // Nobody speaks for a side and calls it the less likely one.
    let conviction = side.and_then(|side| sides.get(usize::from(side))).map_or(0.5, |p| p.max(0.5));
    let mut made: Vec<(f32, Point, Vec<Quote>)> = views
        .iter()
        .zip(scores)
        .filter_map(|(view, score)| {
            let p = p_holds(&score.distribution) as f32;
            let for_it = match stance {
                Stance::Against(against) => (view.candidate == against).then_some(0.5 - p),
                _ => Some(if side == Some(view.candidate) { p - 0.5 } else { 0.5 - p }),
            };
            let for_it = for_it.filter(|for_it| *for_it > 0.0)?;
            let point = Point { candidate: view.candidate, claim: view.claim, p_holds: p, quotes: 0 };
            Some((for_it, point, quotes_of(ask, view, score))).filter(|made| !made.2.is_empty())
        })
        .collect();
    made.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1.candidate, a.1.claim).cmp(&(b.1.candidate, b.1.claim))));
    let (mut points, mut quotes): (Vec<Point>, Vec<Quote>) = (Vec::new(), Vec::new());
    let mut left = u64::from(tokens_max);
    for (_, point, its) in made {
        if points.len() == usize::from(points_max) {
            break;
        }
        let before = quotes.len();
        for quote in its {
            let tokens = ask.instance.material.tokens(quote.span) as u64;
            if tokens <= left && quotes.iter().all(|known| known.span != quote.span) {
                left -= tokens;
                // All quotes of an argument are meant: how much each bears was for choosing them.
                quotes.push(Quote { weight: 1.0, ..quote });
            }
        }
        // A point that nothing is left to show for is not made.
        if quotes.len() > before {
            points.push(Point { quotes: (quotes.len() - before) as u16, ..point });
        }
    }
    let answer = Answer::Argument(Box::new(Argument { side, conviction, points }));
    Reply { answer, quotes, by_text: None, model_calls: views.len() as u32, micro_dollars: 0 }
}

/// The best sentences for a point, without those that were shown before.
fn quotes_of(ask: &Ask, view: &ClaimView, score: &ViewScore) -> Vec<Quote> {
    let bearing = view.units.iter().zip(&score.sentences).map(|(span, it)| Quote { span: *span, weight: it.bears });
    let new = bearing.filter(|quote| quote.weight >= BEARS_MIN && ask.view.quotes.iter().all(|q| q.span != quote.span));
    best(new.collect(), QUOTES_OF_POINT)
}

/// The options as the reader finds their claims likely, together.
fn sides(ask: &Ask, views: &[ClaimView], scores: &[ViewScore]) -> Vec<f32> {
    let mut sums = vec![0.0; ask.instance.candidates.len()];
    for (view, score) in views.iter().zip(scores) {
        sums[usize::from(view.candidate)] += logit(p_holds(&score.distribution));
    }
    softmax(&sums)
}

/// The likeliest of the options, of equal ones the first.
fn best_side(sides: &[f32]) -> Option<u16> {
    let best = sides.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
    best.map(|(side, _)| side as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_share_the_same_words_stand_in_their_own_order() {
        const WORDS: [&str; 9] = ["Mira", "carried", "old", "iron", "key", "frozen", "river", "winter", "market"];
        let same = "Mira carried old key river winter market";
        let texts: Vec<String> = (0..40)
            .map(|at| match at % 4 {
                // The same words, so the same weight, however they follow one another.
                0 => same.to_owned(),
                1 => same.split(' ').rev().collect::<Vec<_>>().join(" "),
                // Words of many weights, whose sums depend on their order in the last bits.
                2 => WORDS[..1 + at % 10 % 9].join(" "),
                _ => "It rained.".to_owned(),
            })
            .collect();
        let order = || -> Vec<usize> {
            let words: Vec<BTreeSet<String>> = texts.iter().map(|text| words_of(text)).collect();
            by_shared_words(&words_of(&WORDS.join(" ")), &words).collect()
        };
        let first = order();
        let alike: Vec<usize> = first.iter().copied().filter(|at| at % 4 < 2).collect();
        assert!(alike.is_sorted(), "{first:?}");
        assert_eq!(first[30..], (0..40).filter(|at| at % 4 == 3).collect::<Vec<_>>(), "what shares nothing comes last");
        // Every set of words has an order of its own, so by chance not 200 times the same.
        assert!((0..200).all(|_| order() == first));
    }
}
