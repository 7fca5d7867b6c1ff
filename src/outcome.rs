//! What became of a question: a value, or one of the four ways there is none.

use serde::{Deserialize, Serialize};

/// The outcome of an ask, a node or an instance. Only [`Outcome::Scored`] enters an average; all are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// A value that may be averaged.
    Scored(T),
    /// A reply came, and no answer could be read from it.
    Unparsable(String),
    /// The helper declined to answer.
    Refused(String),
    /// Asking would have exceeded a limit, so nothing was asked.
    OverBudget,
    /// The helper or what carries it broke.
    Failed(String),
}

/// The five outcomes without their values, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// See [`Outcome::Scored`].
    Scored,
    /// See [`Outcome::Unparsable`].
    Unparsable,
    /// See [`Outcome::Refused`].
    Refused,
    /// See [`Outcome::OverBudget`].
    OverBudget,
    /// See [`Outcome::Failed`].
    Failed,
}

impl<T> Outcome<T> {
    /// The value, where there is one.
    pub fn scored(&self) -> Option<&T> {
        match self {
            Self::Scored(value) => Some(value),
            _ => None,
        }
    }

    /// The same outcome with its value changed.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Scored(value) => Outcome::Scored(f(value)),
            Self::Unparsable(why) => Outcome::Unparsable(why),
            Self::Refused(why) => Outcome::Refused(why),
            Self::OverBudget => Outcome::OverBudget,
            Self::Failed(why) => Outcome::Failed(why),
        }
    }

    /// Which of the five it is.
    pub fn kind(&self) -> OutcomeKind {
        match self {
            Self::Scored(_) => OutcomeKind::Scored,
            Self::Unparsable(_) => OutcomeKind::Unparsable,
            Self::Refused(_) => OutcomeKind::Refused,
            Self::OverBudget => OutcomeKind::OverBudget,
            Self::Failed(_) => OutcomeKind::Failed,
        }
    }
}
