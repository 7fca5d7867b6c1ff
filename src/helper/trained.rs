//! The trained helper: frozen reward models that answer asks, in batches across the asks of a submission.
//!
//! It asks nothing of anyone. A claim is judged by the reader from the sentences shown, or by the claim aggregator where
//! judgments are shown; a choice by the choice aggregator; an argument is made from what the reader finds. Every reply
//! depends on its ask alone, bit for bit.

mod argue;

use std::collections::HashMap;
use std::sync::Arc;

use super::{Capabilities, Helper, Manner, Sink};
use crate::judgment::{Answer, Ask, Kind, Quote, Reply, Stance, Wanted, added_up};
use crate::material::Span;
use crate::outcome::Outcome;
use crate::reward::{Aggregator, JudgedNode, NodeKind, Reader, Reads, ViewScore, ViewText};

use argue::ClaimView;

/// Quotes of a reply at most.
const QUOTES_MAX: usize = 4;
/// Asks of a submission at most.
const BATCH_MAX: usize = 256;

/// Frozen models by what they answer. Any of them may be missing: an ask that needs it fails with a sentence.
#[derive(Clone, Default)]
pub struct TrainedHelper {
    /// Judges a claim against the sentences of a view, and finds those that bear on it (level 0).
    pub reader: Option<Arc<Reader>>,
    /// Judges a claim from judgments of it (level 1).
    pub claim: Option<Arc<Aggregator>>,
    /// Chooses among candidates, from judgments, from their claims, or from both (level 2).
    pub which: Option<Arc<Aggregator>>,
}

/// What an ask is answered by, with what that model reads.
enum Route {
    Read { text: ViewText, units: Vec<Span>, wanted: Wanted },
    Claim(JudgedNode),
    Sum(JudgedNode),
    Which(JudgedNode),
    Argue(Vec<ClaimView>, (Stance, u16, u32)),
}

impl Helper for TrainedHelper {
    fn capabilities(&self) -> Capabilities {
        let can = [
            (Kind::Predicate, self.reader.is_some() || self.claim.is_some()),
            (Kind::Choice, self.which.is_some()),
            (Kind::Quote, self.reader.is_some()),
            (Kind::Argument, self.reader.is_some()),
        ];
        let kinds = can.into_iter().filter_map(|(kind, able)| able.then_some(kind)).collect();
        Capabilities { kinds, manner: Manner::Batched { batch_max: BATCH_MAX } }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let routes: Vec<Result<Route, String>> = asks.iter().map(|ask| self.route(ask)).collect();
        let mut read = self.read(&routes).into_iter();
        let mut claims = judged(&self.claim, &routes, |route| match route {
            Route::Claim(node) => Some(node),
            _ => None,
        });
        let mut choices = judged(&self.which, &routes, |route| match route {
            Route::Which(node) => Some(node),
            _ => None,
        });
        for (ask, route) in asks.iter().zip(&routes) {
            let reply = match route {
                Err(why) => Err(why.clone()),
                Ok(Route::Read { units, wanted, .. }) => {
                    next(&mut read).map(|score| read_reply(&score, units, *wanted))
                }
                Ok(Route::Claim(_)) => next(&mut claims).map(|answer| judged_reply(ask, answer)),
                Ok(Route::Sum(node)) => {
                    let parts = node.children.iter().map(|child| child.distribution.as_slice());
                    Ok(judged_reply(ask, added_up(parts)))
                }
                Ok(Route::Which(_)) => next(&mut choices).map(|answer| judged_reply(ask, answer)),
                Ok(Route::Argue(views, limits)) => {
                    let scores: Vec<ViewScore> = read.by_ref().take(views.len()).collect();
                    Ok(argue::reply(ask, views, &scores, *limits))
                }
            };
            let outcome = reply.map_or_else(Outcome::Failed, Outcome::Scored);
            // Whoever asked may have stopped listening; nothing is lost by that.
            let _ = sink.send((ask.ticket, outcome));
        }
    }
}

impl TrainedHelper {
    /// Which model an ask is for, or why there is none.
    fn route(&self, ask: &Ask) -> Result<Route, String> {
        match ask.wanted {
            Wanted::Predicate => self.route_claim(ask),
            Wanted::Quote { .. } => self.route_text(ask),
            Wanted::Choice(options) => self.route_choice(ask, options),
            Wanted::Argue { stance, points_max, tokens_max } => match self.reader {
                Some(_) => Ok(Route::Argue(argue::views(ask), (stance, points_max, tokens_max))),
                None => Err("an argument was asked, and no reader is trained: train level 0 first".into()),
            },
            Wanted::Score(_) | Wanted::Text { .. } | Wanted::Claims { .. } => {
                Err(format!("a trained helper cannot answer {:?}: give that role another helper", ask.wanted.kind()))
            }
        }
    }

    fn route_claim(&self, ask: &Ask) -> Result<Route, String> {
        let node = JudgedNode::of(&ask.instance, &ask.subtask.question, &ask.view.messages)
            .filter(|node| matches!(node.kind, NodeKind::Claim(_)))
            .ok_or("a predicate was asked of something that is no claim of its instance")?;
        // Shown nothing at all, a model of claims alone can still answer.
        let shown_nothing = ask.view.spans.is_empty() && ask.view.quotes.is_empty() && ask.view.messages.is_empty();
        let reads_claims = self.claim.as_ref().is_some_and(|model| model.reads() == Reads::Candidate);
        if node.children.is_empty() && !(shown_nothing && reads_claims) {
            return self.route_text(ask);
        }
        match (&self.claim, &self.reader) {
            (Some(_), _) => Ok(Route::Claim(node)),
            // In a deep tree parts have parts of their own before there is a model of level 1 to judge them.
            (None, Some(_)) => Ok(Route::Sum(node)),
            (None, None) => Err("judgments of a claim were shown, and no level is trained: train level 0 first".into()),
        }
    }

    fn route_text(&self, ask: &Ask) -> Result<Route, String> {
        if self.reader.is_none() {
            return Err("a claim was to be read, and no reader is trained: train level 0 first".into());
        }
        let (text, units) = ViewText::of(&ask.instance, &ask.subtask.question, &ask.view)
            .ok_or("a reading was asked of something that is no claim of its instance")?;
        Ok(Route::Read { text, units, wanted: ask.wanted })
    }

    fn route_choice(&self, ask: &Ask, options: u16) -> Result<Route, String> {
        let model = self.which.as_ref().ok_or("a choice was asked, and no choice aggregator is trained")?;
        let node = JudgedNode::of(&ask.instance, &ask.subtask.question, &ask.view.messages)
            .filter(|node| node.kind == NodeKind::Which(options))
            .ok_or_else(|| format!("a choice among {options} was asked of a node that has other options"))?;
        if node.children.is_empty() && model.reads() == Reads::Judgments {
            return Err("a choice from judgments was asked, and none was shown".into());
        }
        Ok(Route::Which(node))
    }

    fn read(&self, routes: &[Result<Route, String>]) -> Vec<ViewScore> {
        let Some(reader) = &self.reader else { return Vec::new() };
        let texts = routes.iter().flat_map(|route| match route {
            Ok(Route::Read { text, .. }) => vec![text.clone()],
            Ok(Route::Argue(views, _)) => views.iter().map(|view| view.text.clone()).collect(),
            _ => Vec::new(),
        });
        reader.score(&texts.collect::<Vec<_>>())
    }
}

/// The distributions of the nodes that a selection of routes holds, in their order.
fn judged(
    model: &Option<Arc<Aggregator>>,
    routes: &[Result<Route, String>],
    select: impl Fn(&Route) -> Option<&JudgedNode>,
) -> std::vec::IntoIter<Vec<f32>> {
    let nodes: Vec<JudgedNode> = routes.iter().filter_map(|route| select(route.as_ref().ok()?).cloned()).collect();
    model.as_ref().map_or_else(Vec::new, |model| model.judge(&nodes)).into_iter()
}

fn next<T>(answers: &mut impl Iterator<Item = T>) -> Result<T, String> {
    answers.next().ok_or_else(|| "a model answered fewer asks than it was given".into())
}

fn read_reply(score: &ViewScore, units: &[Span], wanted: Wanted) -> Reply {
    let quotes =
        units.iter().zip(&score.sentences).map(|(span, sentence)| Quote { span: *span, weight: sentence.bears });
    let (answer, quotes_max) = match wanted {
        Wanted::Quote { count_max } => (Answer::Text(Vec::new()), usize::from(count_max)),
        _ => (Answer::Distribution(score.distribution.to_vec()), QUOTES_MAX),
    };
    Reply { answer, quotes: best(quotes.collect(), quotes_max), by_text: None, model_calls: 1, micro_dollars: 0 }
}

/// The answer with the best quotes of the judgments it came from.
fn judged_reply(ask: &Ask, answer: Vec<f32>) -> Reply {
    let mut weights: HashMap<Span, f32> = HashMap::new();
    for quote in ask.view.messages.iter().flat_map(|message| &message.quotes) {
        let weight = weights.entry(quote.span).or_insert(quote.weight);
        *weight = weight.max(quote.weight);
    }
    let quotes = weights.into_iter().map(|(span, weight)| Quote { span, weight }).collect();
    Reply {
        answer: Answer::Distribution(answer),
        quotes: best(quotes, QUOTES_MAX),
        by_text: None,
        model_calls: 1,
        micro_dollars: 0,
    }
}

/// The heaviest quotes first, of equal ones the earlier in the text; so their order is that of no hash map.
fn best(mut quotes: Vec<Quote>, count_max: usize) -> Vec<Quote> {
    quotes.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.span.cmp(&b.span)));
    quotes.truncate(count_max);
    quotes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_quotes_come_first_and_no_more_than_asked() {
        let quote = |start, weight| Quote { span: Span::new(start, start + 1), weight };
        let sorted = best(vec![quote(5, 0.2), quote(1, 0.9), quote(3, 0.2), quote(9, 0.1)], 3);
        assert_eq!(sorted, [quote(1, 0.9), quote(3, 0.2), quote(5, 0.2)]);
    }

    #[test]
    fn a_helper_without_models_can_do_nothing() {
        assert!(TrainedHelper::default().capabilities().kinds.is_empty());
    }
}
