//! How long the rest of a plan takes: what is to do put on the processes there are, each fit and cell after what it
//! needs. While one long fit holds up all else, the pace so far says little of the pace to come.

use std::collections::BTreeSet;

use crate::plan::{Id, Unit};

/// Seconds by which the plan's own estimate counts against what was seen.
const PRIOR_S: f64 = 5.0;

/// What is left to do of a unit, in seconds by the plan's estimate.
#[derive(Clone, Copy)]
pub(super) struct Rest<'a> {
    /// The fit or cell.
    pub unit: Unit<'a>,
    /// What is left of it.
    pub work: f64,
}

/// The work done in a second of a process, from all that was done and how long it took; 1 before anything was.
pub(super) fn pace(work: f64, took: f64) -> f64 {
    (work + PRIOR_S) / (took + PRIOR_S)
}

/// How long the running units and then the waiting ones take on so many processes, at a pace of 1.
pub(super) fn span(running: &[Rest], waiting: &[Rest], processes: usize) -> f64 {
    let mut undone: BTreeSet<&Id> = running.iter().chain(waiting).map(|rest| rest.unit.id()).collect();
    let mut waiting: Vec<Rest> = waiting.to_vec();
    let mut ends: Vec<(f64, &Id)> = running.iter().map(|rest| (rest.work, rest.unit.id())).collect();
    let mut clock = 0.0;
    loop {
        let is_ready = |rest: &Rest| rest.unit.needs().iter().all(|need| !undone.contains(need));
        while ends.len() < processes
            && let Some(at) = waiting.iter().position(is_ready)
        {
            let next = waiting.remove(at);
            ends.push((clock + next.work, next.unit.id()));
        }
        let Some(first) = (0..ends.len()).min_by(|a, b| ends[*a].0.total_cmp(&ends[*b].0)) else { return clock };
        let (end, id) = ends.swap_remove(first);
        clock = end;
        undone.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::spec::Spec;

    /// Three fits, each after those below it, and two cells after all of them.
    const EXPERIMENT: &str = r#"
name = "left"
seed = 7
instances = { train = 24, validation = 4, test = 4 }
task.books.source = "generated"
budget.evaluator_tokens_max = 64

[helpers]
person.simulated = {}
assistant.trained = {}

[arms]
alone = { strategy.direct = { reads = "search" }, roles = { evaluator = "person" } }
tree = { strategy.rrm = {}, roles = { evaluator = "person", assistant = "assistant" } }
rule = { strategy.rrm = { top = "rule" }, roles = { evaluator = "person", assistant = "assistant" } }
"#;

    #[test]
    fn what_waits_for_a_fit_cannot_be_done_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("experiment.toml"), EXPERIMENT).unwrap();
        let plan = Plan::of(&Spec::load(folder.path(), &[]).unwrap()).unwrap();
        let all: Vec<Rest> = plan.units().map(|unit| Rest { unit, work: 2.0 }).collect();
        assert_eq!(all.len(), 6);
        assert_eq!(span(&[], &all, 1), 12.0, "one after the other");
        assert_eq!(span(&[], &all, 2), 8.0, "three fits in turn, the free arm beside them, then two cells at once");
        assert_eq!(span(&[], &all, 9), 8.0);
        let half = Rest { work: 1.0, ..all[0] };
        assert_eq!(span(&[half], &all[1..], 2), 7.0);
        assert_eq!(span(&[], &[], 2), 0.0);
    }

    #[test]
    fn the_pace_is_the_plans_until_more_is_seen() {
        assert_eq!(pace(0.0, 0.0), 1.0);
        assert!((pace(2000.0, 1000.0) - 2.0).abs() < 0.01);
    }
}
