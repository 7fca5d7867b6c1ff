//! What was argued in a tree, measured against the truth: a row for every argument.

use std::collections::BTreeSet;

use crate::judgment::{Answer, Argument, Judgment, Reply, Role, Sort, Stance, Wanted};
use crate::material::Span;
use crate::outcome::Outcome;
use crate::record::grown::Stamp;
use crate::record::rows::{
    ARGUED, ArgumentRow, BOTH, DEBATER_FALSE, DEBATER_TRUE, FALSE, Labels, OPENS, PointRow, RIGHT, TRUE, Version, WRONG,
};
use crate::strategy::{self, Exchange};
use crate::task::{Instance, Truth, Truths};
use crate::tree::{NodeKey, Tree};

/// One argument where it was made.
struct Made<'a> {
    /// The node's id in the records.
    id: u32,
    node: NodeKey,
    /// Its place among the node's exchanges.
    place: u32,
    exchange: &'a Exchange,
    /// What it argues for; none where the judge lists flaws.
    stance: Option<Stance>,
    reply: &'a Reply,
    argument: &'a Argument,
}

/// The rows of the arguments of a tree, and of the flaws that its judge lists, in preorder of its nodes and in the order
/// of asking; nothing where the truth of `own`, the instance that the tree was grown for, is not known. Doubts are no
/// arguments.
pub fn rows(stamp: &Stamp, tree: &Tree, own: &Instance, truths: &Truths) -> Vec<ArgumentRow> {
    let Some(truth) = truths.of(own) else { return Vec::new() };
    let made = made_in(tree);
    let shown = Shown::to_evaluator(tree);
    let told: Vec<bool> = made.iter().map(|it| shown.messages.contains(&(it.node, it.place))).collect();
    // Evidence is of the instance's own material; another's holds none of it.
    let evidence = if tree.instance.material.id() == own.material.id() { flaw_evidence(truth) } else { Vec::new() };
    let row = |(at, it): (usize, &Made<'_>)| {
        // Where a strategy shows places and not the speaker's words, a place that was read is an argument heard; of
        // several samples, those that were not chosen may quote it too, so words go first.
        let alike = |other: &Made<'_>| (other.node, other.exchange.role) == (it.node, it.exchange.role);
        let by_words = made.iter().zip(&told).any(|(other, told)| *told && alike(other) && other.stance == it.stance);
        let is_own = it.exchange.role == Role::Evaluator;
        let heard = is_own || told[at] || (!by_words && it.reply.quotes.iter().any(|quote| shown.holds(&quote.span)));
        row_of(stamp, tree, own, truth, it, heard, &evidence)
    };
    made.iter().enumerate().map(row).collect()
}

/// What a tree's rows say of its argument: what was argued of sides before the evaluator, and where both were, who spoke
/// for which and who spoke first.
pub fn labels(stamp: &Stamp, strategy: &strategy::Config, rows: &[ArgumentRow]) -> Labels {
    let mut labels = Labels::new();
    let Some(argued) = sides(rows) else { return labels };
    labels.insert(ARGUED.to_owned(), argued.to_owned());
    let debater = rows.iter().find_map(|row| Some((row.side?, row.right?)).filter(|_| row.role == Role::Debater));
    if let (BOTH, Some((side, is_right)), Some(name)) = (argued, debater, stamp.helpers.get(&Role::Debater)) {
        let other = 1 - side.min(1);
        let (right, wrong) = if is_right { (side, other) } else { (other, side) };
        labels.insert(DEBATER_TRUE.to_owned(), player(name, strategy.samples_for(right)));
        labels.insert(DEBATER_FALSE.to_owned(), player(name, strategy.samples_for(wrong)));
        if strategy.has_one_opener() {
            labels.insert(OPENS.to_owned(), if is_right { TRUE } else { FALSE }.to_owned());
        }
    }
    labels
}

/// A debater's name among players: the helper's, with how many samples its arguments are the best of.
fn player(helper: &str, samples: u16) -> String {
    if samples == 1 { helper.to_owned() } else { format!("{helper}, best of {samples}") }
}

/// What was argued of sides before the evaluator: [`RIGHT`], [`WRONG`] or [`BOTH`]; none where nobody spoke for a side.
fn sides(rows: &[ArgumentRow]) -> Option<&'static str> {
    let spoke = |row: &&ArgumentRow| row.heard && matches!(row.role, Role::Debater | Role::Adviser);
    let sides: BTreeSet<bool> = rows.iter().filter(spoke).filter_map(|row| row.right).collect();
    match (sides.contains(&true), sides.contains(&false)) {
        (true, true) => Some(BOTH),
        (true, false) => Some(RIGHT),
        (false, true) => Some(WRONG),
        (false, false) => None,
    }
}

fn made_in(tree: &Tree) -> Vec<Made<'_>> {
    let mut made = Vec::new();
    for (id, node) in tree.preorder().into_iter().enumerate() {
        for (place, exchange) in tree.node(node).exchanges.iter().enumerate() {
            let stance = match exchange.wanted {
                Wanted::Argue { stance, .. } => Some(stance),
                Wanted::Claims { sort: Sort::Flawed, .. } => None,
                _ => continue,
            };
            let Outcome::Scored(reply) = &exchange.outcome else { continue };
            let Answer::Argument(argument) = &reply.answer else { continue };
            made.push(Made { id: id as u32, node, place: place as u32, exchange, stance, reply, argument });
        }
    }
    made
}

/// What the evaluator was shown, anywhere in a tree.
struct Shown {
    messages: BTreeSet<(NodeKey, u32)>,
    quotes: BTreeSet<Span>,
    spans: Vec<Span>,
}

impl Shown {
    fn to_evaluator(tree: &Tree) -> Self {
        let mut shown = Self { messages: BTreeSet::new(), quotes: BTreeSet::new(), spans: Vec::new() };
        for node in tree.preorder() {
            for exchange in tree.node(node).exchanges.iter().filter(|exchange| exchange.role == Role::Evaluator) {
                shown.messages.extend(exchange.heard.iter().filter_map(|heard| Some((heard.node, heard.exchange?))));
                shown.quotes.extend(exchange.view.quotes.iter().map(|quote| quote.span));
                shown.spans.extend(&exchange.view.spans);
            }
        }
        shown
    }

    fn holds(&self, place: &Span) -> bool {
        self.quotes.contains(place) || self.spans.iter().any(|span| span.contains(place))
    }
}

/// All that the material says of claims that are false.
fn flaw_evidence(truth: &Truth) -> Vec<Span> {
    let claims = truth.claims.iter().flatten().filter(|claim| !claim.holds);
    claims.flat_map(|claim| &claim.evidence).flat_map(|set| set.spans.iter().copied()).collect()
}

fn row_of(
    stamp: &Stamp,
    tree: &Tree,
    own: &Instance,
    truth: &Truth,
    made: &Made<'_>,
    heard: bool,
    evidence: &[Span],
) -> ArgumentRow {
    let Made { exchange, reply, argument, .. } = made;
    let material = &tree.instance.material;
    let is_there = |span: &Span| span.start < span.end && material.whole().contains(span);
    let count = |is: &dyn Fn(&Span) -> bool| reply.quotes.iter().filter(|quote| is(&quote.span)).count() as u32;
    let near = reply.by_text.as_ref().map_or(0, |it| u32::from(it.near));
    let missing = reply.by_text.as_ref().map_or(0, |it| it.texts.len() as u32);
    let found = count(&is_there);
    let quotes = reply.quotes.len() as u32 + missing;
    let spoken = Judgment {
        role: exchange.role,
        question: tree.node(made.node).subtask.question.clone(),
        spans: Vec::new(),
        depth: 0,
        position: 0,
        answer: reply.answer.clone(),
        quotes: Vec::new(),
        by_text: reply.by_text.clone(),
    };
    let quoted: usize = reply.quotes.iter().filter(|q| is_there(&q.span)).map(|q| material.tokens(q.span)).sum();
    let points = argument.points.iter().filter_map(|point| {
        let claim = truth.claims.get(usize::from(point.candidate))?.get(usize::from(point.claim))?;
        Some(PointRow { candidate: point.candidate, claim: point.claim, p_holds: point.p_holds, holds: claim.holds })
    });
    let mut labels = tree.instance.labels.clone();
    labels.extend(stamp.labels.clone());
    ArgumentRow {
        version: Version,
        cell: stamp.cell.clone(),
        arm: stamp.arm.clone(),
        seed: stamp.seed,
        split: stamp.split,
        instance: own.id.clone(),
        cluster: tree.instance.cluster().to_owned(),
        cluster_scope: stamp.cluster_scope,
        node: made.id,
        exchange: made.place,
        helper: stamp.helpers.get(&exchange.role).cloned().unwrap_or_default(),
        role: exchange.role,
        sample: exchange.sample,
        stance: made.stance,
        side: argument.side,
        right: match made.stance {
            Some(Stance::Against(option)) => Some(usize::from(option) != truth.right),
            Some(Stance::For(_) | Stance::Open) => argument.side.map(|side| usize::from(side) == truth.right),
            None => None,
        },
        conviction: argument.conviction,
        heard,
        points: points.collect(),
        flaws: truth.claims.iter().flatten().filter(|claim| !claim.holds).count() as u32,
        quotes,
        verified: found.saturating_sub(near),
        near,
        unverified: quotes - found,
        bearing: count(&|span| evidence.iter().any(|place| place.overlaps(span))),
        tokens: spoken.tokens() + quoted as u64,
        swept: stamp.swept.clone(),
        labels,
    }
}

#[cfg(test)]
mod tests;
