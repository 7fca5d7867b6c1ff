//! Asks, replies and judgments: typed questions to helpers, answered by distributions with provenance and cost.

mod by_text;
mod places;

use std::ops::AddAssign;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::material::{Span, count_tokens};
use crate::outcome::Outcome;
use crate::scale::{logit, sigmoid};
use crate::stream::Stream;
use crate::task::{Instance, Question, Subtask};

pub use by_text::ByText;
pub use places::Places;

/// The part a helper plays in a strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The bounded judge at the top.
    Evaluator,
    /// Who judges the parts below.
    Assistant,
    /// Who condenses a part for the judge above.
    Summariser,
    /// Who argues for one side before the judge, against another who argues for the other.
    Debater,
    /// Who argues for one side before the judge, alone.
    Adviser,
    /// Who points at the flaws of a candidate.
    Critic,
    /// Who chooses among several samples of an argument before the judge hears it; never the judge itself.
    Picker,
}

/// The kinds of ask, for capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Does the claim hold? Answered over `[holds, fails, open]`.
    Predicate,
    /// Which option? Answered over the options.
    Choice,
    /// How good? Answered over score bins.
    Score,
    /// Answered by text.
    Text,
    /// Answered by spans.
    Quote,
    /// Answered by an argument: points about claims, each with its quotes.
    Argument,
    /// Answered by the claims that one holds to be false, or is least sure of.
    Claims,
}

/// What is asked for. A reply's shape follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A distribution over `[holds, fails, open]`, with the quotes that it rests on.
    Predicate,
    /// A distribution over this many options.
    Choice(u16),
    /// A distribution over this many score bins, low to high.
    Score(u16),
    /// A text of at most this many tokens, as spans of what was read.
    Text {
        /// Tokens at most.
        tokens_max: u32,
    },
    /// At most this many quotes that bear on the question.
    Quote {
        /// Quotes at most.
        count_max: u16,
    },
    /// An argument, its points in order of weight, with quotes of what was read.
    Argue {
        /// What it must argue for.
        stance: Stance,
        /// Points at most.
        points_max: u16,
        /// Tokens of all its quotes together at most.
        tokens_max: u32,
    },
    /// Claims by what one thinks of them, as points without a side.
    Claims {
        /// Which claims.
        sort: Sort,
        /// Claims at most.
        count_max: u16,
    },
}

/// Which claims are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Those held to be false, the surest first: the flaws that one finds.
    Flawed,
    /// Those one is least sure of, the most doubtful first: what one would hear more of.
    Doubtful,
}

/// What an argument must be for. Nobody is told which side is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// For this option.
    For(u16),
    /// Against this option: its flaws, and nothing in favour of another.
    Against(u16),
    /// For the option that the speaker holds to be right.
    Open,
}

impl Wanted {
    /// The kind of ask it makes.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Predicate => Kind::Predicate,
            Self::Choice(_) => Kind::Choice,
            Self::Score(_) => Kind::Score,
            Self::Text { .. } => Kind::Text,
            Self::Quote { .. } => Kind::Quote,
            Self::Argue { .. } => Kind::Argument,
            Self::Claims { .. } => Kind::Claims,
        }
    }
}

/// One typed question to a helper, with exactly what it may read.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Names the ask within one submission; the reply carries it back.
    pub ticket: u64,
    /// The instance it is about: its candidates may be read, its material only through the view.
    pub instance: Arc<Instance>,
    /// The node's question.
    pub subtask: Arc<Subtask>,
    /// The part the helper plays.
    pub role: Role,
    /// What is asked for.
    pub wanted: Wanted,
    /// What is shown.
    pub view: View,
    /// The ask's own stream, named by seed, instance, subtask content, role and sample: equal in every arm.
    pub stream: Stream,
    /// The order in which the instance shows its candidates.
    pub places: Places,
}

/// What a helper is shown: spans of the instance's material, quotes verified as such, and earlier judgments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Raw material, in the order shown.
    pub spans: Vec<Span>,
    /// Quotes, each a span of the material, best first.
    pub quotes: Vec<Quote>,
    /// Earlier judgments, in the order shown.
    pub messages: Vec<Arc<Judgment>>,
}

/// A span that bears on a question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// Where it stands: one smallest unit of the material.
    pub span: Span,
    /// How much it bears on the question, in `[0, 1]`.
    pub weight: f32,
}

/// What a reply says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Over `[holds, fails, open]` for a predicate, over the options or bins otherwise; sums to 1.
    Distribution(Vec<f32>),
    /// A text, as spans of the material kept in order.
    Text(Vec<Span>),
    /// An argument, a critique, or claims that are named.
    Argument(Box<Argument>),
}

/// What somebody says of the question in points, each resting on quotes of the reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The option that it speaks for; none where it only finds fault, or only names claims.
    pub side: Option<u16>,
    /// The probability that the speaker claims for its side: how sure it says it is, in `[0.5, 1]`.
    pub conviction: f32,
    /// The points, the weightiest first.
    pub points: Vec<Point>,
}

/// One point of an argument: a claim, what is said of it, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The claim's candidate.
    pub candidate: u16,
    /// The claim's place in its candidate.
    pub claim: u16,
    /// The probability that the claim holds, as the speaker has it.
    pub p_holds: f32,
    /// How many of the reply's quotes it rests on: the next so many, in the order of the points.
    pub quotes: u16,
}

impl Argument {
    /// What is said of a claim, where anything is.
    pub fn of_claim(&self, candidate: u16, claim: u16) -> Option<&Point> {
        self.points.iter().find(|point| (point.candidate, point.claim) == (candidate, claim))
    }
}

/// A helper's reply to one ask. Quotes come with any answer that rests on something read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// What it says; for a quote ask, an empty text.
    pub answer: Answer,
    /// The quotes it rests on, best first.
    pub quotes: Vec<Quote>,
    /// What it quotes by text, where it does.
    pub by_text: Option<Box<ByText>>,
    /// Calls to a model that it took (an ask may cost several, or none).
    pub model_calls: u32,
    /// Money really paid or charged, in millionths of a dollar.
    pub micro_dollars: u64,
}

/// A judgment: a verdict on a question, by whom, and where it stands in the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgment {
    /// Who judged; the source that trust is fitted to.
    pub role: Role,
    /// What was judged.
    pub question: Question,
    /// The material judged.
    pub spans: Vec<Span>,
    /// Depth of the node in its tree, the root 0.
    pub depth: u16,
    /// Position among its siblings.
    pub position: u16,
    /// The judgment itself.
    pub answer: Answer,
    /// What it rests on, best first.
    pub quotes: Vec<Quote>,
    /// What it quotes by text and was not found, where it does.
    pub by_text: Option<Box<ByText>>,
}

impl Judgment {
    /// Tokens of the judgment shown as a line: what was judged (by number) and a percentage an option. Of an argument
    /// its side and, for each point, the claim (by number) and a percentage; quotes are counted where they are shown.
    pub fn tokens(&self) -> u64 {
        let options = match &self.answer {
            Answer::Distribution(p) => p.len() as u64,
            Answer::Text(spans) => spans.len() as u64,
            Answer::Argument(argument) => 2 * argument.points.len() as u64,
        };
        // "claim 2.1 : 87 % holds" and so on: the name of what was judged, then number, sign and word an option. A
        // point is two of these: "claim 2.1" and "12 % holds".
        // A quote that was not found is shown as it was given, one that was nearly found is marked as such.
        let by_text = self
            .by_text
            .iter()
            .map(|it| it.texts.iter().map(|text| count_tokens(text) as u64 + 2).sum::<u64>() + u64::from(it.near));
        3 + 3 * options + by_text.sum::<u64>()
    }

    /// The share of what it quotes that the material holds; all of it where it quotes nothing.
    pub fn share_verified(&self) -> f64 {
        let missing = self.by_text.as_ref().map_or(0, |it| it.texts.len());
        let all = self.quotes.len() + missing;
        if all == 0 { 1.0 } else { self.quotes.len() as f64 / all as f64 }
    }
}

/// What something cost, in separate columns that are never added to one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Tokens shown to the evaluator.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub evaluator_tokens: u64,
    /// Tokens shown to any other helper.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub helper_tokens: u64,
    /// Evaluator tokens spent on training labels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub label_tokens: u64,
    /// Asks made.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub asks: u64,
    /// Calls of models.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub model_calls: u64,
    /// Money, in millionths of a dollar.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub micro_dollars: u64,
}

/// Columns of zero are left out of the records.
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.evaluator_tokens += other.evaluator_tokens;
        self.helper_tokens += other.helper_tokens;
        self.label_tokens += other.label_tokens;
        self.asks += other.asks;
        self.model_calls += other.model_calls;
        self.micro_dollars += other.micro_dollars;
    }
}

/// The probability that a claim holds, of a distribution over `[holds, fails, open]`: open counts half.
pub fn p_holds(distribution: &[f32]) -> f64 {
    match distribution {
        [holds, _, open] => f64::from(*holds) + 0.5 * f64::from(*open),
        _ => 0.5,
    }
}

/// Judgments of one claim by its parts as one, over `[holds, fails, open]`: their log-odds added up; open where every part
/// leaves it open.
pub fn added_up<'a>(parts: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let sum: f64 = parts.map(|distribution| logit(p_holds(distribution))).sum();
    let p = sigmoid(sum) as f32;
    if sum == 0.0 { vec![0.0, 0.0, 1.0] } else { vec![p, 1.0 - p, 0.0] }
}

/// What a node came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The answer, or the outcome in its place.
    pub outcome: Outcome<Answer>,
    /// What it rests on, best first.
    pub quotes: Vec<Quote>,
}

impl Verdict {
    /// A verdict with nothing quoted.
    pub fn of(outcome: Outcome<Answer>) -> Self {
        Self { outcome, quotes: Vec::new() }
    }

    /// The distribution, where the verdict is one.
    pub fn distribution(&self) -> Option<&[f32]> {
        match &self.outcome {
            Outcome::Scored(Answer::Distribution(p)) => Some(p),
            _ => None,
        }
    }

    /// The verdict in a few characters.
    pub fn render(&self) -> String {
        match &self.outcome {
            Outcome::Scored(answer) => answer.render(),
            other => format!("{:?}", other.kind()).to_lowercase(),
        }
    }
}

impl Answer {
    /// The answer in a few characters.
    pub fn render(&self) -> String {
        match self {
            Self::Distribution(p) => p.iter().map(|p| format!("{p:.2}")).collect::<Vec<_>>().join("/"),
            Self::Text(spans) => format!("text of {} spans", spans.len()),
            Self::Argument(argument) => {
                let side = argument.side.map_or("no side".into(), |side| format!("side {side}"));
                let points = argument.points.iter().map(|p| format!("{}.{} {:.2}", p.candidate, p.claim, p.p_holds));
                format!("{side}: {}", points.collect::<Vec<_>>().join(", "))
            }
        }
    }
}
