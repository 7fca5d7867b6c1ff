//! Places: in which order an ask shows the candidates.
//!
//! Whoever answers may lean to a place: to what stands first, or is called A. So a question can be asked with its candidates in
//! mirrored places, the last first, and the reply is turned back. In between everything is numbered by place, as for any
//! other ask: a helper need not know of it. Only who names something by its candidate (a stream, the truth) asks for the
//! number that the candidate has in the instance as drawn.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Answer, Argument, Ask, Judgment, Kind, Reply, Stance, View, Wanted};
use crate::task::{Instance, Question, Subtask};

/// The order in which candidates are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Places {
    /// As the instance has them.
    #[default]
    AsGiven,
    /// The last first.
    Mirrored,
}

impl Places {
    /// Whether nothing is exchanged.
    pub fn are_as_given(&self) -> bool {
        *self == Self::AsGiven
    }

    /// The place of a candidate among so many, and as well the candidate at a place.
    fn of(self, candidate: u16, options: usize) -> u16 {
        match self {
            // What is no candidate has no place, and is refused as what it is.
            Self::Mirrored if usize::from(candidate) < options => options as u16 - 1 - candidate,
            _ => candidate,
        }
    }

    /// An instance and a subtask of it as they are shown with the candidates in these places.
    pub fn shown(self, instance: &Arc<Instance>, subtask: &Arc<Subtask>) -> (Arc<Instance>, Arc<Subtask>) {
        if self.are_as_given() {
            return (instance.clone(), subtask.clone());
        }
        let Instance { id, material, question, candidates, labels } = &**instance;
        let mirrored = Instance {
            id: id.clone(),
            material: material.clone(),
            question: question.clone(),
            candidates: candidates.iter().rev().cloned().collect(),
            labels: labels.clone(),
        };
        let question = self.question(&subtask.question, candidates.len());
        (Arc::new(mirrored), Arc::new(Subtask { question, spans: subtask.spans.clone() }))
    }

    fn question(self, question: &Question, options: usize) -> Question {
        match question {
            Question::Claim { candidate, claim } => {
                Question::Claim { candidate: self.of(*candidate, options), claim: *claim }
            }
            Question::Which | Question::Summary { .. } => question.clone(),
        }
    }

    fn wanted(self, wanted: Wanted, options: usize) -> Wanted {
        match wanted {
            Wanted::Argue { stance, points_max, tokens_max } => {
                let stance = match stance {
                    Stance::For(option) => Stance::For(self.of(option, options)),
                    Stance::Against(option) => Stance::Against(self.of(option, options)),
                    Stance::Open => Stance::Open,
                };
                Wanted::Argue { stance, points_max, tokens_max }
            }
            other => other,
        }
    }

    /// A distribution over the options.
    fn over_options(self, mut p: Vec<f32>) -> Answer {
        if !self.are_as_given() {
            p.reverse();
        }
        Answer::Distribution(p)
    }

    /// An answer of any other kind.
    fn said(self, answer: Answer, options: usize) -> Answer {
        let Answer::Argument(said) = answer else { return answer };
        let mut points = said.points;
        points.iter_mut().for_each(|point| point.candidate = self.of(point.candidate, options));
        let side = said.side.map(|side| self.of(side, options));
        Answer::Argument(Box::new(Argument { side, conviction: said.conviction, points }))
    }
}

impl Ask {
    /// The ask, made in the instance's own numbers, as it is shown with the candidates in these places.
    pub fn shown_in(self, places: Places) -> Self {
        if places.are_as_given() {
            return self;
        }
        let options = self.instance.candidates.len();
        let (instance, subtask) = places.shown(&self.instance, &self.subtask);
        let message = |message: &Arc<Judgment>| {
            let answer = match message.answer.clone() {
                Answer::Distribution(p) if message.question == Question::Which => places.over_options(p),
                other => places.said(other, options),
            };
            let question = places.question(&message.question, options);
            Arc::new(Judgment { question, answer, ..Judgment::clone(message) })
        };
        let messages = self.view.messages.iter().map(message).collect();
        Self {
            instance,
            subtask,
            wanted: places.wanted(self.wanted, options),
            view: View { messages, ..self.view },
            places,
            ..self
        }
    }

    /// The number that the candidate at a place has in the instance as drawn, which names it in every order; and as well the
    /// place of such a number.
    pub fn as_drawn(&self, candidate: u16) -> u16 {
        self.places.of(candidate, self.instance.candidates.len())
    }
}

impl Reply {
    /// A reply to what was wanted, shown in these places, in the instance's own numbers.
    pub fn turned_back(self, places: Places, wanted: Wanted, options: usize) -> Self {
        if places.are_as_given() {
            return self;
        }
        let answer = match self.answer {
            Answer::Distribution(p) if wanted.kind() == Kind::Choice => places.over_options(p),
            other => places.said(other, options),
        };
        Self { answer, ..self }
    }
}
