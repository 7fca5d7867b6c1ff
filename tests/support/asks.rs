//! Asks as strategies make them, overheard from real trees, and what helpers say to them.

use std::sync::{Arc, Mutex, mpsc};

use tribunal::budget::Limits;
use tribunal::engine::{Cast, Engine};
use tribunal::helper::{Capabilities, Helper, Manner, Sink};
use tribunal::judgment::{Ask, Kind, Reply, Role, Sort, Stance, Wanted};
use tribunal::outcome::Outcome;
use tribunal::strategy::Strategy;
use tribunal::stream::Stream;
use tribunal::task::{Drawn, Evidence, Instance, Says, Task, Truth, Truths};
use tribunal::tree::Tree;

/// Passes each ask on to another helper and keeps a copy of it.
pub struct Tap {
    pub inner: Arc<dyn Helper>,
    pub heard: Mutex<Vec<Ask>>,
}

impl Helper for Tap {
    fn capabilities(&self) -> Capabilities {
        let kinds = self.inner.capabilities().kinds;
        Capabilities { kinds, manner: Manner::Inline }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        self.heard.lock().unwrap().extend(asks.iter().cloned());
        self.inner.submit(asks, sink);
    }
}

/// The cast in which one helper plays every role.
pub fn one_for_all(helper: &Arc<dyn Helper>) -> Cast {
    use Role::{Adviser, Assistant, Critic, Debater, Evaluator, Picker, Summariser};
    [Evaluator, Assistant, Summariser, Debater, Adviser, Critic, Picker]
        .into_iter()
        .fold(Cast::default(), |cast, role| cast.with(role, helper.clone()))
}

/// Trees of a strategy over these instances, within so many evaluator tokens.
pub fn grown(
    task: &dyn Task,
    strategy: &dyn Strategy,
    cast: &Cast,
    instances: &[Arc<Instance>],
    evaluator_tokens_max: Option<u64>,
) -> Vec<Tree> {
    let limits = Limits { evaluator_tokens_max };
    let stream = Stream::root(7).named("asks");
    let engine = Engine { task, strategy, cast, limits, stream, trees_max: 16 };
    let mut trees = Vec::new();
    engine.grow(instances, |tree| trees.push(tree));
    trees
}

/// Every ask that these strategies make of a simulated reader, and for each of them the asks of every other kind that
/// could be made of the same view; in a fixed order, each with a ticket of its own.
pub fn overheard(task: &dyn Task, drawn: &Drawn, strategies: &[Box<dyn Strategy>]) -> Vec<Ask> {
    let inner: Arc<dyn Helper> = Arc::new(super::reader(&drawn.truths, 0.9, 0.1));
    let mut asks: Vec<Ask> = Vec::new();
    for strategy in strategies {
        for instance in &drawn.instances {
            let tap = Arc::new(Tap { inner: inner.clone(), heard: Mutex::default() });
            let cast = one_for_all(&(tap.clone() as Arc<dyn Helper>));
            grown(task, &**strategy, &cast, std::slice::from_ref(instance), Some(600));
            // One tree is grown by one thread: the order of asking is the strategy's.
            asks.append(&mut tap.heard.lock().unwrap());
        }
    }
    let others = [
        Wanted::Predicate,
        Wanted::Choice(2),
        Wanted::Score(5),
        Wanted::Text { tokens_max: 30 },
        Wanted::Quote { count_max: 2 },
        Wanted::Argue { stance: Stance::For(1), points_max: 2, tokens_max: 40 },
        Wanted::Argue { stance: Stance::Open, points_max: 1, tokens_max: 40 },
        Wanted::Claims { sort: Sort::Doubtful, count_max: 2 },
    ];
    let some: Vec<Ask> = asks.iter().step_by(asks.len() / 12 + 1).cloned().collect();
    for (ask, wanted) in some.iter().flat_map(|ask| others.iter().map(move |wanted| (ask, *wanted))) {
        asks.push(Ask { wanted, ..ask.clone() });
    }
    for (ticket, ask) in asks.iter_mut().enumerate() {
        ask.ticket = 1000 + 3 * ticket as u64;
    }
    asks
}

/// What a helper says to asks submitted together, in the order of the asks; each ask is answered once.
pub fn replies(helper: &dyn Helper, asks: &[Ask]) -> Vec<Outcome<Reply>> {
    let (sink, line) = mpsc::channel();
    helper.submit(asks, &sink);
    drop(sink);
    let mut answered: Vec<(u64, Outcome<Reply>)> = line.iter().collect();
    assert_eq!(answered.len(), asks.len(), "as many replies as asks");
    asks.iter()
        .map(|ask| {
            let at = answered.iter().position(|(ticket, _)| *ticket == ask.ticket);
            answered.swap_remove(at.expect("every ask is answered under its own ticket")).1
        })
        .collect()
}

/// Why there is no value, where there is none.
pub fn sentence<T>(outcome: &Outcome<T>) -> Option<&str> {
    match outcome {
        Outcome::Refused(why) | Outcome::Failed(why) | Outcome::Unparsable(why) => Some(why),
        Outcome::Scored(_) | Outcome::OverBudget => None,
    }
}

/// The kind of an ask whose question and kind fit together, as strategies pair them.
pub fn well_paired(ask: &Ask) -> Option<Kind> {
    use tribunal::task::Question;
    match (&ask.subtask.question, ask.wanted) {
        (Question::Claim { .. }, Wanted::Predicate | Wanted::Quote { .. }) => Some(ask.wanted.kind()),
        (Question::Which, Wanted::Choice(2) | Wanted::Argue { .. } | Wanted::Claims { .. }) => Some(ask.wanted.kind()),
        (Question::Summary { .. }, Wanted::Text { .. }) => Some(Kind::Text),
        _ => None,
    }
}

/// The truths with everything that a truth says turned into its opposite; the places of the evidence stay.
pub fn scrambled(drawn: &Drawn) -> Truths {
    Truths::new(drawn.instances.iter().map(|instance| {
        let truth = drawn.truths.of(instance).expect("a drawn instance has its truth");
        (instance.id.clone(), opposite(truth))
    }))
}

fn opposite(truth: &Truth) -> Truth {
    let mut truth = truth.clone();
    truth.right = (truth.right + 1) % truth.claims.len();
    for claim in truth.claims.iter_mut().flatten() {
        claim.holds = !claim.holds;
        claim.evidence.iter_mut().for_each(turn);
    }
    truth
}

/// Turns what a set of evidence says into its opposite.
pub fn turn(evidence: &mut Evidence) {
    evidence.says = match evidence.says {
        Says::Supports => Says::Refutes,
        Says::Refutes => Says::Supports,
        Says::Open => Says::Open,
    };
}
