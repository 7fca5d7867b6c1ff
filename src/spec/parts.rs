//! The kinds that an experiment names: tasks, helpers, strategies. Each has its settings, its check before any work,
//! and how `--smoke` shrinks it. This file is the only registry, and the compiler keeps it whole.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use crate::error::Error;
use crate::helper::{cached, noisy, oracle, simulated};
use crate::judgment::Kind;
use crate::levels;
use crate::record::rows::ClusterScope;
use crate::reward::Reads;
use crate::strategy;
use crate::task::{Task, books};

/// A task with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskSpec {
    /// Summaries of long books.
    Books(books::Config),
}

impl TaskSpec {
    /// Names and one line each, for `tribunal list tasks`.
    pub const KINDS: [(&'static str, &'static str); 1] =
        [("books", "which of two summaries is true of a long book, generated or real")];

    /// What is wrong with the settings.
    pub fn check(&self) -> Result<(), Fault> {
        let Self::Books(books) = self;
        if let Some(path) = self.input()
            && !path.exists()
        {
            let next = "give a path that exists, seen from the current folder, or \"generated\"";
            return Err(Fault::of("books.source", format!("there is nothing at `{}`", books.source), next));
        }
        // Books that are read are read here, so that a bad one is refused before any work.
        books::Books::new(books.clone()).map(drop).map_err(|error| Self::fault(&error))
    }

    /// An error of the task, in its words `task.KEY: what; next`, as a fault with the key and the advice told apart.
    pub fn fault(error: &Error) -> Fault {
        let message = error.to_string();
        let (what, next) = message.split_once("; ").unwrap_or((&message, "mend the task's settings"));
        match what.strip_prefix("task.").and_then(|rest| rest.split_once(": ")) {
            Some((key, what)) => Fault::of(key, what, next),
            None => Fault::new(what).next(next),
        }
    }

    /// The task itself.
    pub fn build(&self) -> crate::error::Result<Box<dyn Task>> {
        let Self::Books(books) = self;
        Ok(Box::new(books::Books::new(books.clone())?))
    }

    /// Whether a cluster means the same thing under every seed: a real book does, a generated world does not.
    pub fn cluster_scope(&self) -> ClusterScope {
        if self.input().is_some() { ClusterScope::Run } else { ClusterScope::Seed }
    }

    /// The file or folder that instances are made from, where the task reads one.
    pub fn input(&self) -> Option<&Path> {
        let Self::Books(books) = self;
        (books.source != "generated").then(|| Path::new(&books.source))
    }

    /// The same task, small enough for seconds.
    pub fn shrink(&mut self) {
        let Self::Books(books) = self;
        books.tokens = books.tokens.min(5_000);
        books.pairs_per_twin = 1;
    }
}

/// A helper with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelperSpec {
    /// A simulated reader who misses and errs at stated rates.
    Simulated(simulated::Config),
    /// The snapshot of a learner, trained on the evaluator's judgments.
    Trained(levels::Config),
    /// Hears the root's truth.
    Oracle(oracle::Config),
    /// Another helper whose answers are flipped at a rate.
    Noisy(noisy::Config),
    /// Another helper whose answers are remembered.
    Cached(cached::Config),
}

impl HelperSpec {
    /// Names and one line each, for `tribunal list helpers`.
    pub const KINDS: [(&'static str, &'static str); 5] = [
        ("simulated", "a reader who misses and errs at stated rates"),
        ("trained", "a model trained on the evaluator's judgments"),
        ("oracle", "hears the truth, whatever is in view"),
        ("noisy", "another helper whose answers are flipped at a rate"),
        ("cached", "another helper whose answers are remembered"),
    ];

    /// What is wrong with the settings.
    pub fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Simulated(simulated) => {
                rate("simulated.notice_rate", simulated.notice_rate)?;
                rate("simulated.error_rate", simulated.error_rate)?;
                rate("simulated.error_fixed_share", simulated.error_fixed_share)
            }
            Self::Trained(trained) => {
                within("trained.width", trained.width as f64, 1.0, 4_096.0)?;
                within("trained.steps_max", trained.steps_max as f64, 1.0, 1e9)?;
                within("trained.learning_rate", trained.learning_rate, 1e-9, 1.0)?;
                within("trained.claim_tokens_max", trained.claim_tokens_max as f64, 1.0, 1e9)?;
                within("trained.root_tokens_max", trained.root_tokens_max as f64, 1.0, 1e9)?;
                if trained.labels == levels::Labels::Truth && trained.reads != Reads::Candidate {
                    let what = "a model that reads judgments may not learn from the truth";
                    return Err(Fault::of(
                        "trained.labels",
                        what,
                        "set `reads = \"candidate\"`: the leak model of the blind arm",
                    ));
                }
                within("trained.leaf_instances_max", trained.leaf_instances_max as f64, 1.0, 1e9)
            }
            Self::Noisy(noisy) => rate("noisy.flip_rate", noisy.flip_rate),
            Self::Oracle(_) | Self::Cached(_) => Ok(()),
        }
    }

    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Simulated(_) => "simulated",
            Self::Trained(_) => "trained",
            Self::Oracle(_) => "oracle",
            Self::Noisy(_) => "noisy",
            Self::Cached(_) => "cached",
        }
    }

    /// The kinds of ask it answers; none where it answers what another helper does.
    pub fn answers(&self) -> Option<&'static [Kind]> {
        match self {
            Self::Simulated(_) => Some(&[Kind::Predicate, Kind::Choice, Kind::Text, Kind::Quote]),
            Self::Oracle(_) => Some(&[Kind::Predicate, Kind::Choice]),
            Self::Trained(_) => Some(&[Kind::Predicate, Kind::Choice, Kind::Quote]),
            Self::Noisy(_) | Self::Cached(_) => None,
        }
    }

    /// The helper that it forwards to, where it is a wrapper.
    pub fn of(&self) -> Option<&str> {
        match self {
            Self::Noisy(noisy) => Some(&noisy.of),
            Self::Cached(cached) => Some(&cached.of),
            Self::Simulated(_) | Self::Trained(_) | Self::Oracle(_) => None,
        }
    }

    /// The same helper, trained in seconds.
    pub fn shrink(&mut self) {
        if let Self::Trained(trained) = self {
            trained.steps_max = trained.steps_max.min(20);
            trained.leaf_instances_max = trained.leaf_instances_max.min(4);
        }
    }
}

/// Names and one line each, for `tribunal list strategies`.
pub const STRATEGIES: [(&str, &str); 4] = [
    ("blind", "the assistant sees the candidates and nothing of the material"),
    ("direct", "the evaluator reads the material alone, from the first page or by search"),
    ("rrm", "a tree of claims and passages; judgments of the parts are handed up to the evaluator"),
    ("summary", "the evaluator judges from summaries of the parts, made level by level"),
];

/// What is wrong with the settings of a strategy.
pub fn check_strategy(config: &strategy::Config) -> Result<(), Fault> {
    match config {
        strategy::Config::Blind(_) | strategy::Config::Direct(_) => Ok(()),
        strategy::Config::Rrm(rrm) => {
            within("rrm.depth", f64::from(rrm.depth), 1.0, 16.0)?;
            within("rrm.fan_out", rrm.fan_out as f64, 1.0, 65_536.0)?;
            within("rrm.reads_tokens", rrm.reads_tokens as f64, 1.0, 1e9)
        }
        strategy::Config::Summary(summary) => {
            within("summary.depth", f64::from(summary.depth), 1.0, 16.0)?;
            within("summary.summary_tokens_max", f64::from(summary.summary_tokens_max), 1.0, 1e9)
        }
    }
}

/// Refuses a number outside `[0, 1]`.
fn rate(key: &str, value: f64) -> Result<(), Fault> {
    within(key, value, 0.0, 1.0)
}

/// Refuses a number outside `[low, high]`.
fn within(key: &str, value: f64, low: f64, high: f64) -> Result<(), Fault> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(Fault::of(key, format!("{value} is out of range"), format!("use a number from {low} to {high}")))
}
