//! Recursive debate: the debaters narrow to what they dispute, level by level, until the judge can read what is left.
//!
//! At the root each debater challenges one claim of the other. At a challenged claim, its defender and its challenger each
//! point at the text that decides it; what is left is the text around these places, and so on down. At the bottom the
//! judge reads what is left and says whether the claim holds; at the root the challenges decide. The tree is the path of
//! the dispute.

use crate::judgment::{Answer, Role, Stance, Verdict, Wanted, p_holds};
use crate::material::Span;
use crate::outcome::Outcome;
use crate::scale::{logit, softmax};
use crate::strategy::argument::{Speech, argument_of};
use crate::strategy::{AskPlan, Child, Item, NodeView, Step};
use crate::task::{Question, Reading, SplitRule};

/// The root: both debaters challenge, and what becomes of the challenges decides.
pub(super) fn root(speech: &Speech, node: &NodeView) -> Step {
    if node.exchanges.is_empty() {
        let challenge = Speech { points_max: 1, ..*speech };
        return Step::Ask((0..2).map(|side| challenge.ask(Stance::Against(1 - side), &[], 0)).collect());
    }
    if !node.was_split {
        let mut claims: Vec<(u16, u16)> = Vec::new();
        for point in node.exchanges.iter().filter_map(argument_of).flat_map(|argument| &argument.points) {
            if !claims.contains(&(point.candidate, point.claim)) {
                claims.push((point.candidate, point.claim));
            }
        }
        if !claims.is_empty() {
            return Step::Split { rule: SplitRule::Disputed { claims }, evaluator_share: 1.0 };
        }
    }
    Step::Done(verdict_of_challenges(node))
}

/// A challenged claim: narrowed while there is a level below, then read by the judge.
pub(super) fn claim(narrows: &[usize], speech: &Speech, node: &NodeView) -> Step {
    if let [child] = node.children {
        return Step::Done(child.verdict.clone());
    }
    let judged = node.exchanges.iter().position(|exchange| exchange.role == Role::Evaluator);
    if let Some(judged) = judged {
        return Step::Done(node.verdict_of(judged));
    }
    // The first level is the challenged claim itself, at depth 1.
    let below = narrows.get(usize::from(node.depth.saturating_sub(1)));
    if let (Some(chunk_tokens), false, Question::Claim { candidate, .. }) = (below, node.was_split, node.question) {
        if node.exchanges.is_empty() {
            let stances = [Stance::Against(*candidate), Stance::For(*candidate)];
            return Step::Ask(stances.map(|stance| speech.ask(stance, &[], 0)).into());
        }
        let places = places(node);
        if !places.is_empty() {
            let rule = SplitRule::Around { places, chunk_tokens: *chunk_tokens };
            return Step::Split { rule, evaluator_share: 1.0 };
        }
    }
    let items = vec![Item::Reading(Reading::Search)];
    Step::Ask(vec![AskPlan::new(Role::Evaluator, Wanted::Predicate, items)])
}

/// The text that the debaters point at, in order, none twice.
fn places(node: &NodeView) -> Vec<Span> {
    let mut places: Vec<Span> = Vec::new();
    for exchange in node.exchanges {
        if let Outcome::Scored(reply) = &exchange.outcome {
            places.extend(reply.quotes.iter().map(|quote| quote.span));
        }
    }
    places.sort();
    places.dedup();
    places
}

/// A candidate gains by each of its claims that stood a challenge and loses by each that fell; unchallenged claims say
/// nothing. Even where both debaters spoke and challenged nothing; where nobody spoke, or no challenge was judged, what
/// became of the first.
fn verdict_of_challenges(node: &NodeView) -> Verdict {
    if node.exchanges.iter().all(|exchange| argument_of(exchange).is_none()) {
        return node.verdict_of(0);
    }
    if let Some(first) = node.children.first().filter(|_| node.children.iter().all(is_unjudged)) {
        return first.verdict.clone();
    }
    let mut scores = vec![0.0; usize::from(node.options)];
    for child in node.children {
        if let (Question::Claim { candidate, .. }, Some(p)) = (child.question, child.verdict.distribution())
            && let Some(score) = scores.get_mut(usize::from(*candidate))
        {
            *score += logit(p_holds(p));
        }
    }
    Verdict::of(Outcome::Scored(Answer::Distribution(softmax(&scores))))
}

fn is_unjudged(child: &Child) -> bool {
    child.verdict.distribution().is_none()
}
