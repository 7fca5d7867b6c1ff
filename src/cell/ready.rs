//! An arm made ready to be tested: its strategy chosen, its evaluator's trust fitted, its roles cast.

use std::sync::Arc;

use super::{TREES_MAX, judged, trust};
use crate::budget::Limits;
use crate::cast::{Casting, asks_stream};
use crate::engine::{Cast, Engine};
use crate::error::{Error, Result};
use crate::eval;
use crate::fit::TRUST_INSTANCES;
use crate::plan::CellSpec;
use crate::record::grown::Stamp;
use crate::strategy;
use crate::task::{Drawn, Task};

/// An arm as it will be tested.
pub(super) struct Ready {
    /// The rule that grows its trees.
    pub strategy: strategy::Config,
    /// Who plays in it.
    pub cast: Cast,
    /// Evaluator tokens that making it ready took.
    pub label_tokens: u64,
}

/// Makes an arm ready. Where it has alternatives, the strategy that is right most often on the validation instances is
/// taken, of equals the first; what all of them took there is label cost.
pub(super) fn ready(
    stamp: &mut Stamp,
    spec: &CellSpec,
    casting: &Casting,
    task: &dyn Task,
    validation: &Drawn,
) -> Result<Ready> {
    let mut best = cast(spec, &spec.strategy, casting, task, validation)?;
    if spec.alternatives.is_empty() {
        return Ok(best);
    }
    let (mut score, mut label_tokens) = validated(stamp, spec, &best, task, validation);
    label_tokens += best.label_tokens;
    for alternative in &spec.alternatives {
        let other = cast(spec, alternative, casting, task, validation)?;
        let (its_score, tokens) = validated(stamp, spec, &other, task, validation);
        label_tokens += other.label_tokens + tokens;
        // An arm that nothing could be scored of is behind every other.
        if its_score > score {
            (best, score) = (other, its_score);
        }
    }
    let chosen = serde_json::to_string(&best.strategy)
        .map_err(|cause| Error::Bug(format!("a strategy has no written form: {cause}")))?;
    stamp.labels.insert("chosen".to_owned(), chosen);
    Ok(Ready { label_tokens, ..best })
}

fn cast(
    spec: &CellSpec,
    strategy: &strategy::Config,
    casting: &Casting,
    task: &dyn Task,
    validation: &Drawn,
) -> Result<Ready> {
    let checks = &validation.instances[..validation.instances.len().min(TRUST_INSTANCES)];
    let (trust, label_tokens) = trust::of(spec, strategy, casting, task, checks)?;
    let mut cast = Cast::default();
    for (role, name) in &spec.roles {
        cast = cast.with(*role, casting.helper(name, &trust)?);
    }
    Ok(Ready { strategy: strategy.clone(), cast, label_tokens })
}

/// The share of validation instances that an arm gets right, none where none is scored, and what its evaluator read.
fn validated(stamp: &Stamp, spec: &CellSpec, arm: &Ready, task: &dyn Task, validation: &Drawn) -> (Option<f64>, u64) {
    let strategy = arm.strategy.build();
    let limits = Limits { evaluator_tokens_max: Some(spec.budget.evaluator_tokens_max) };
    let stream = asks_stream(spec.seed);
    let engine = Engine { task, strategy: &*strategy, cast: &arm.cast, limits, stream, trees_max: TREES_MAX };
    let (mut rows, mut tokens, mut at) = (Vec::new(), 0, 0);
    engine.grow(&validation.instances, |tree| {
        tokens += tree.cost().evaluator_tokens;
        let own = Arc::clone(&validation.instances[at]);
        at += 1;
        rows.extend(judged::rows(stamp, &arm.strategy, &tree, &own, &validation.truths, 0));
    });
    let rows: Vec<_> = rows.iter().collect();
    (eval::accuracy(&rows).0, tokens)
}
