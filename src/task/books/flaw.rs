//! The kinds of flaw by which one candidate of a pair is wrong.

use serde::{Deserialize, Serialize};

/// What is wrong with a flawed claim; the label `flaw` of every instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Somebody or something else stands in the place of the right one.
    EntitySwapped,
    /// The events happened, in another order.
    OrderReversed,
    /// What was won is lost, what was kept is broken.
    OutcomeNegated,
    /// A count, a sum or a stretch of time is another.
    NumberChanged,
    /// What is told did not happen.
    EventFabricated,
    /// What decides is left out, as if nothing had happened in between.
    EventOmitted,
    /// No single chapter refutes the claim and one seems to support it; two chapters together refute it.
    Misleading,
}

impl Flaw {
    /// Every kind, in the order in which pairs take turns.
    pub const ALL: [Self; 7] = [
        Self::EntitySwapped,
        Self::OrderReversed,
        Self::OutcomeNegated,
        Self::NumberChanged,
        Self::EventFabricated,
        Self::EventOmitted,
        Self::Misleading,
    ];

    /// The name used in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::EntitySwapped => "entity_swapped",
            Self::OrderReversed => "order_reversed",
            Self::OutcomeNegated => "outcome_negated",
            Self::NumberChanged => "number_changed",
            Self::EventFabricated => "event_fabricated",
            Self::EventOmitted => "event_omitted",
            Self::Misleading => "misleading",
        }
    }
}
