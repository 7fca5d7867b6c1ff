//! What an ask shows: a plan's items resolved into spans, quotes and judgments, as far as the budget goes.

use std::sync::Arc;

use crate::judgment::{Answer, Judgment, Quote, View};
use crate::material::{Span, count_tokens};
use crate::outcome::Outcome;
use crate::strategy::{AskPlan, Heard, Item};
use crate::task::Task;
use crate::tree::{NodeKey, Tree};

/// A resolved ask.
pub enum Shown {
    /// What is shown, and its length with the question.
    Fits {
        /// What is shown.
        view: View,
        /// Where each judgment shown comes from.
        heard: Vec<Heard>,
        /// Tokens of the question and the view.
        tokens: u64,
    },
    /// Not even the question fits.
    TooLong,
}

/// Resolves a plan's items in order. A passage, quote or judgment that no longer fits is left out, with all that
/// follows: the strategy put them in order of importance.
pub fn resolve(tree: &Tree, key: NodeKey, plan: &AskPlan, task: &dyn Task, tokens_left: Option<u64>) -> Shown {
    let node = tree.node(key);
    let question = count_tokens(&task.shown(&tree.instance, &node.subtask)) as u64;
    let mut page = Page {
        tree,
        view: View::default(),
        heard: Vec::new(),
        tokens: question,
        tokens_max: tokens_left.unwrap_or(u64::MAX),
        reads_left: plan.reads_tokens_max.unwrap_or(u64::MAX),
    };
    if page.tokens > page.tokens_max {
        return Shown::TooLong;
    }
    let children = if node.split.is_some() { tree.children(key) } else { Vec::new() };
    for item in &plan.items {
        let fits = match item {
            Item::Reading(reading) => {
                // As it is shown: a reading is offered by the candidates in turn, and where tokens end, the first is ahead.
                let (instance, subtask) = plan.places.shown(&tree.instance, &node.subtask);
                task.reading(&instance, &subtask, *reading).into_iter().all(|span| page.span(span))
            }
            Item::Judgment(child) => {
                let heard = children.get(*child).map(|c| (tree.judgment(*c), Heard { node: *c, exchange: None }));
                match heard {
                    Some((Some(judgment), from)) => page.judgment(judgment, from),
                    _ => true,
                }
            }
            Item::Quote(child, at) => {
                let verdict = children.get(*child).and_then(|c| tree.node(*c).verdict.as_ref());
                verdict.and_then(|v| v.quotes.get(*at)).is_none_or(|quote| page.quote(*quote))
            }
            Item::Text(child) => {
                match children.get(*child).and_then(|c| tree.node(*c).verdict.as_ref()).map(|v| &v.outcome) {
                    Some(Outcome::Scored(Answer::Text(spans))) => spans.iter().all(|span| page.span(*span)),
                    _ => true,
                }
            }
            Item::Reply(exchange) => match (node.reply(*exchange), node.exchanges.get(*exchange)) {
                (Some(reply), Some(earlier)) => page.judgment(
                    Judgment {
                        role: earlier.role,
                        question: node.subtask.question.clone(),
                        spans: node.subtask.spans.clone(),
                        depth: node.depth,
                        position: node.position,
                        answer: reply.answer.clone(),
                        quotes: reply.quotes.clone(),
                        by_text: reply.by_text.clone(),
                    },
                    Heard { node: key, exchange: Some(*exchange as u32) },
                ),
                _ => true,
            },
            Item::QuotesOf(exchange) => {
                node.reply(*exchange).is_none_or(|reply| reply.quotes.iter().all(|quote| page.quote(*quote)))
            }
            Item::PassagesOf(exchange) => node.reply(*exchange).is_none_or(|reply| {
                let quoted: Vec<Span> = reply.quotes.iter().map(|quote| quote.span).collect();
                task.around(&tree.instance, &node.subtask, &quoted).into_iter().all(|span| page.span(span))
            }),
        };
        if !fits {
            break;
        }
    }
    Shown::Fits { view: page.view, heard: page.heard, tokens: page.tokens }
}

/// A view as it is filled.
struct Page<'a> {
    tree: &'a Tree,
    view: View,
    heard: Vec<Heard>,
    tokens: u64,
    tokens_max: u64,
    reads_left: u64,
}

impl Page<'_> {
    fn span(&mut self, span: Span) -> bool {
        // What stands on the page is not read, and paid for, again.
        if self.view.spans.contains(&span) {
            return true;
        }
        let tokens = self.tree.instance.material.tokens(span) as u64;
        if tokens > self.reads_left {
            return false;
        }
        let fits = self.take(tokens, |view| view.spans.push(span));
        if fits {
            self.reads_left -= tokens;
        }
        fits
    }

    fn quote(&mut self, quote: Quote) -> bool {
        // The same sentence quoted twice is shown once.
        if self.view.quotes.iter().any(|q| q.span == quote.span) {
            return true;
        }
        // Two more: the marks that say it is a quote, verified.
        let tokens = self.tree.instance.material.tokens(quote.span) as u64 + 2;
        self.take(tokens, |view| view.quotes.push(quote))
    }

    fn judgment(&mut self, judgment: Judgment, from: Heard) -> bool {
        let tokens = judgment.tokens();
        let fits = self.take(tokens, |view| view.messages.push(Arc::new(judgment)));
        if fits {
            self.heard.push(from);
        }
        fits
    }

    fn take(&mut self, tokens: u64, put: impl FnOnce(&mut View)) -> bool {
        if self.tokens + tokens > self.tokens_max {
            return false;
        }
        self.tokens += tokens;
        put(&mut self.view);
        true
    }
}
