//! Tasks: domains that yield instances, know how to split their material, and hold the truth.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::labels::Labels;
use crate::material::{Material, Span};

pub mod books;
pub mod derivation;
pub mod digits;
pub mod image;
pub mod passages;
pub mod preferences;
mod settings;

pub use settings::{Settings, fault};

/// One question about some material, and the candidates to be judged. It carries no truth.
#[derive(Debug)]
pub struct Instance {
    /// Unique within a run's seed and split.
    pub id: String,
    /// What the question is about.
    pub material: Arc<Material>,
    /// The question in words, without its candidates.
    pub question: String,
    /// The options, at least two; the root's verdict is a distribution over them.
    pub candidates: Vec<Candidate>,
    /// Task-specific facts for the rows: `book`, `flaw`, `language`, ... `cluster` is always there and names the
    /// independent unit (a twin world, a book) that intervals are clustered by.
    pub labels: Labels,
}

impl Instance {
    /// The independent unit that it belongs to.
    pub fn cluster(&self) -> &str {
        self.labels.get("cluster").unwrap_or(&self.id)
    }
}

/// An answer to be judged, as the statements that it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The statements in order, each a sentence; the candidate is right when all of them hold.
    pub claims: Vec<String>,
}

/// What a subtask asks. Claims are named by position: `candidate`, then `claim` within it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which candidate is right? The options are the instance's candidates.
    Which,
    /// Does this claim hold, as far as the subtask's material tells?
    Claim {
        /// Which candidate it belongs to.
        candidate: u16,
        /// Its place in that candidate.
        claim: u16,
    },
    /// What does this material say? A summary, seeing the candidates only when `query_focused`.
    Summary {
        /// Whether the summariser sees the candidates.
        query_focused: bool,
    },
}

impl Question {
    /// The question as bytes that name it within its instance.
    pub fn code(&self) -> [u8; 5] {
        match self {
            Self::Which => [0; 5],
            Self::Claim { candidate, claim } => {
                let ([a, b], [c, d]) = (candidate.to_le_bytes(), claim.to_le_bytes());
                [1, a, b, c, d]
            }
            Self::Summary { query_focused } => [2, u8::from(*query_focused), 0, 0, 0],
        }
    }

    /// The question in a few characters.
    pub fn render(&self) -> String {
        match self {
            Self::Which => "which".into(),
            Self::Claim { candidate, claim } => format!("claim {candidate}.{claim}"),
            Self::Summary { query_focused: false } => "summary".into(),
            Self::Summary { query_focused: true } => "summary for the question".into(),
        }
    }
}

/// A smaller question about a part of the material: the content of a tree's node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subtask {
    /// What is asked.
    pub question: Question,
    /// The material it may look at, ordered and disjoint; within its parent's.
    pub spans: Vec<Span>,
}

/// How a subtask is split into its children: the experimental variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitRule {
    /// One child a claim of each candidate, each with the parent's material.
    ByClaim,
    /// The parent's question asked of the `fan_out` passages that bear on it most (BM25), best first, each passage
    /// `chunk_tokens` long at most.
    BySearch {
        /// Children at most.
        fan_out: usize,
        /// Tokens of a child's material at most.
        chunk_tokens: usize,
    },
    /// The parent's question asked of `fan_out` equal consecutive parts of its material, in reading order: the
    /// exhaustive split, and the middle layers of a deep tree.
    ByPart {
        /// Children at most.
        fan_out: usize,
    },
    /// The material cut at its own next level with more than one unit (part, chapter, passage), a summary asked of
    /// each unit.
    BySummary {
        /// Whether the summariser sees the candidates.
        query_focused: bool,
    },
    /// One child for each of these claims (candidate, then place in it), each with the parent's material.
    Disputed {
        /// The claims.
        claims: Vec<(u16, u16)>,
    },
    /// One child: the parent's question asked of the text around some places, `chunk_tokens` long at most.
    Around {
        /// The places, within the parent's material; the text is shared out among them evenly.
        places: Vec<Span>,
        /// Tokens of the child's material at most, or as few as the places themselves have.
        chunk_tokens: usize,
    },
}

/// The order in which a subtask's material is offered to a reader whose budget may not reach its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// In the order of the text, from the first page.
    First,
    /// The passages that a search returns for the question, best first.
    Search,
}

/// A domain: instances, truth, and how material is cut, searched and shown. Pure apart from its construction.
pub trait Task: Send + Sync {
    /// The instances of a split of a seed, with their truth apart from them. Asking again gives the same; splits
    /// share no cluster.
    fn draw(&self, split: Split, count: usize, seed: u64) -> crate::error::Result<Drawn>;

    /// The images that instances are about, where they are about images.
    fn images(&self) -> Option<&dyn image::Images> {
        None
    }

    /// The preferences that instances are about, where they are about preferences.
    fn preferences(&self) -> Option<&dyn preferences::Labelled> {
        None
    }

    /// How many clusters such a draw has, with the error that it would end in: asked before any work. A task whose
    /// instances are dear to make says it from its settings.
    fn clusters(&self, split: Split, count: usize, seed: u64) -> crate::error::Result<usize> {
        Ok(self.draw(split, count, seed)?.clusters())
    }

    /// The children of a subtask under a rule, in a fixed order; empty where the subtask cannot be split further.
    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask>;

    /// The passages of a subtask's material in the order a reader should take them.
    fn reading(&self, instance: &Instance, subtask: &Subtask, reading: Reading) -> Vec<Span>;

    /// The passages of a subtask's material that hold some places, each once, in the order of the places.
    fn around(&self, instance: &Instance, subtask: &Subtask, places: &[Span]) -> Vec<Span> {
        let mut passages: Vec<Span> = Vec::new();
        let all = self.reading(instance, subtask, Reading::First);
        for place in places {
            let holding = all.iter().filter(|passage| passage.overlaps(place));
            holding.for_each(|passage| {
                if !passages.contains(passage) {
                    passages.push(*passage)
                }
            });
        }
        passages
    }

    /// The question of a subtask as text for people and language models, candidates included where it needs them.
    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String;
}

/// What an instance asks with its candidates, where each is one statement.
fn shown_whole(instance: &Instance) -> String {
    let candidates = instance.candidates.iter().zip('A'..).map(|(it, at)| format!("{at}. {}", it.claims.join(" ")));
    format!("{}\n{}", instance.question, candidates.collect::<Vec<_>>().join("\n"))
}

/// Of the subtasks of all claims those of some claims, in the order of these.
pub fn disputed(all: Vec<Subtask>, claims: &[(u16, u16)]) -> Vec<Subtask> {
    let asks =
        |subtask: &Subtask, (candidate, claim): (u16, u16)| subtask.question == Question::Claim { candidate, claim };
    claims.iter().filter_map(|claim| all.iter().find(|subtask| asks(subtask, *claim)).cloned()).collect()
}

/// Which part of the data an instance belongs to. No cluster is in two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// What learners are fitted on.
    Train,
    /// What settings are chosen and training is stopped on.
    Validation,
    /// What is reported.
    Test,
}

impl Split {
    /// Its name in rows and streams.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Instances, and their truth kept apart.
#[derive(Debug)]
pub struct Drawn {
    /// The instances, in a fixed order.
    pub instances: Vec<Arc<Instance>>,
    /// Their truth.
    pub truths: Truths,
}

impl Drawn {
    /// How many independent units the instances belong to.
    pub fn clusters(&self) -> usize {
        self.instances.iter().map(|instance| instance.cluster()).collect::<BTreeSet<_>>().len()
    }
}

/// The truth of a set of instances. Only simulated and oracle helpers, the evaluation and the leak model may hold
/// one (`tests/layering.rs` checks who names it).
#[derive(Clone, Debug, Default)]
pub struct Truths(Arc<HashMap<String, Truth>>);

/// The truth of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The index of the right candidate.
    pub right: usize,
    /// For every candidate, for every claim of it.
    pub claims: Vec<Vec<ClaimTruth>>,
}

/// The truth of one claim, and what in the material shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimTruth {
    /// Whether the claim is true of the material.
    pub holds: bool,
    /// The minimal evidence sets: each shows something to a reader who has all of its spans and nothing else.
    pub evidence: Vec<Evidence>,
    /// What it is worth, where that is more than whether it holds: a gold reward.
    pub worth: Option<f64>,
}

/// A minimal set of spans that says something of a claim, each span one smallest unit of the material.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// All of these must be read; sorted.
    pub spans: Vec<Span>,
    /// What they say together.
    pub says: Says,
    /// Of the sets that a reader has complete, the highest rank decides: a repair outranks the appearance it mends.
    pub rank: u8,
}

/// What some text says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It shows the claim to be true.
    Supports,
    /// It shows the claim to be false.
    Refutes,
    /// It settles nothing.
    Open,
}

impl Truths {
    /// The truth of the named instances.
    pub fn new(truths: impl IntoIterator<Item = (String, Truth)>) -> Self {
        Self(Arc::new(truths.into_iter().collect()))
    }

    /// These truths and those of another set of instances.
    pub fn joined(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(other.0.iter()).map(|(id, truth)| (id.clone(), truth.clone())))
    }

    /// The truth of an instance.
    pub fn of(&self, instance: &Instance) -> Option<&Truth> {
        self.0.get(&instance.id)
    }
}

impl ClaimTruth {
    /// A claim that is worth 1 if it holds, and else 0.
    pub fn new(holds: bool, evidence: Vec<Evidence>) -> Self {
        Self { holds, evidence, worth: None }
    }

    /// What it is worth.
    pub fn worth(&self) -> f64 {
        self.worth.unwrap_or(f64::from(u8::from(self.holds)))
    }

    /// The evidence set that decides for a reader who takes in exactly the spans `read` accepts, if any is complete.
    /// Among equal ranks the first listed decides.
    pub fn decisive(&self, mut read: impl FnMut(&Span) -> bool) -> Option<&Evidence> {
        let mut best: Option<&Evidence> = None;
        for set in &self.evidence {
            if best.is_none_or(|b| set.rank > b.rank) && set.spans.iter().all(&mut read) {
                best = Some(set);
            }
        }
        best
    }

    /// What the material in `spans` says of the claim: the truth of a node.
    pub fn says_in(&self, spans: &[Span]) -> Says {
        self.decisive(|unit| spans.iter().any(|span| span.contains(unit))).map_or(Says::Open, |set| set.says)
    }
}
