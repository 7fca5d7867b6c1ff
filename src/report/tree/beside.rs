//! Every verdict of a tree beside the truth, and what became of each flaw that a part saw: a reading of the records, not a
//! record (docs/design/0012-viewer.md).

use std::collections::HashMap;

use super::path::{distribution, top};
use crate::record::rows::{NodeRow, TreeRow};
use crate::task::Question;

/// How a node's verdict stands beside the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The right candidate is the most probable.
    Right,
    /// Another candidate is.
    Wrong,
    /// Several options are equally probable, and more so than any other.
    Undecided,
    /// A claim that does not hold is found to fail.
    SeesFlaw,
    /// A claim that does not hold is said to hold.
    MissesFlaw,
    /// A claim that holds is said to hold.
    Holds,
    /// A claim that holds is said to fail.
    FalseAlarm,
    /// A claim is left open.
    Open,
    /// A claim of which nobody knows whether it holds is said to.
    MayHold,
    /// There is no verdict, or no truth to set it beside.
    Unknown,
}

/// A flaw that a part of a tree saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The lowest node that saw it.
    pub seen: u32,
    /// The first node above that no longer says so; none where it came up to the root.
    pub lost: Option<u32>,
}

impl Beside {
    /// In words; empty where there is nothing to say.
    pub fn words(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Undecided => "undecided",
            Self::SeesFlaw => "sees the flaw",
            Self::MissesFlaw => "misses the flaw",
            Self::Holds => "rightly",
            Self::FalseAlarm => "false alarm",
            Self::Open => "open",
            Self::MayHold => "may hold",
            Self::Unknown => "",
        }
    }

    /// In a letter, as the page's script reads it.
    pub fn letter(self) -> char {
        match self {
            Self::Right => 'r',
            Self::Wrong => 'w',
            Self::Undecided => 'u',
            Self::SeesFlaw => 's',
            Self::MissesFlaw => 'm',
            Self::Holds => 'h',
            Self::FalseAlarm => 'f',
            Self::Open => 'o',
            Self::MayHold => 'y',
            Self::Unknown => '-',
        }
    }

    /// Whether the verdict speaks for what a flaw below it shows.
    fn keeps(self) -> bool {
        matches!(self, Self::Right | Self::SeesFlaw)
    }
}

/// Each node's verdict beside the truth, in the order of the nodes.
pub fn beside(tree: &TreeRow) -> Vec<Beside> {
    let known = |node: &NodeRow| Some(stands(tree, tree.question_of(node)?, distribution(node)?));
    tree.nodes.iter().map(|node| known(node).unwrap_or(Beside::Unknown)).collect()
}

fn stands(tree: &TreeRow, question: &Question, values: &[f32]) -> Beside {
    let Some(most) = top(values) else { return Beside::Unknown };
    let tied = values.iter().filter(|value| **value == values[most]).count() > 1;
    match question {
        Question::Summary { .. } => Beside::Unknown,
        Question::Which => match tree.right.map(usize::from) {
            None => Beside::Unknown,
            Some(_) if tied => Beside::Undecided,
            Some(right) if right == most => Beside::Right,
            Some(_) => Beside::Wrong,
        },
        // Holds, fails, open.
        Question::Claim { .. } if tree.right.is_none() => Beside::Unknown,
        Question::Claim { .. } if most == 2 => Beside::Open,
        Question::Claim { .. } if tied => Beside::Undecided,
        Question::Claim { candidate, claim } => match (most == 1, tree.claim_holds(*candidate, *claim)) {
            // Of a wrong candidate's claims nobody knows which fail where rows do not say: whoever finds that one does is
            // taken at their word.
            (true, Some(false) | None) => Beside::SeesFlaw,
            (true, Some(true)) => Beside::FalseAlarm,
            (false, Some(true)) => Beside::Holds,
            (false, Some(false)) => Beside::MissesFlaw,
            (false, None) => Beside::MayHold,
        },
    }
}

/// The flaws that parts of a tree saw, each at the lowest part, with the first node above that no longer says so: those
/// that were lost before those that came up. A part that has the question right counts as one that sees what is wrong with
/// the others.
pub fn flaws(tree: &TreeRow, beside: &[Beside]) -> Vec<Flaw> {
    let places: HashMap<u32, usize> = tree.nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
    let above = |at: usize| tree.nodes[at].parent.and_then(|parent| places.get(&parent).copied()).filter(|up| *up < at);
    let mut is_told = vec![false; tree.nodes.len()];
    for at in (0..tree.nodes.len()).filter(|at| beside[*at].keeps()) {
        if let Some(up) = above(at) {
            is_told[up] = true;
        }
    }
    let mut found = Vec::new();
    for at in (0..tree.nodes.len()).filter(|at| beside[*at].keeps() && !is_told[*at] && above(*at).is_some()) {
        let lost = std::iter::successors(above(at), |up| above(*up)).find(|up| !beside[*up].keeps());
        found.push(Flaw { seen: tree.nodes[at].id, lost: lost.map(|up| tree.nodes[up].id) });
    }
    found.sort_by_key(|flaw| flaw.lost.is_none());
    found
}

#[cfg(test)]
mod tests;
