//! The settings of a trained helper: what is learned, from whose labels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::LEVELS;
use crate::cast::{Casting, snapshot};
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::helper::{Helper, Part, Settings};
use crate::judgment::Kind;
use crate::plan::{CellSpec, Fit, fits};
use crate::reward::{self, Reads};
use crate::spec::{Fault, within};
use crate::strategy;

/// A trained helper as an experiment file describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Units of every hidden layer: the size of the models.
    pub width: usize,
    /// What the top-level reward model reads.
    pub reads: Reads,
    /// What the claim-level reward model reads: judgments of the parts, or (to put its other form under pressure) the
    /// claim alone.
    #[serde(skip_serializing_if = "is_judgments")]
    pub claim_reads: Reads,
    /// Whether the evaluator labels with the help of the level below, or alone.
    pub labels: Labels,
    /// Updates at most, a level.
    pub steps_max: usize,
    /// Peak of the learning rate.
    pub learning_rate: f64,
    /// Evaluator tokens for the label of one claim (level 1).
    pub claim_tokens_max: u64,
    /// Evaluator tokens for the label of one question at the top (level 2).
    pub root_tokens_max: u64,
    /// Instances of each level's fold that passages are labelled of (level 0), which has most labels by far.
    pub leaf_instances_max: usize,
}

/// Whose labels a learner learns from, at every level above 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// The evaluator's, helped by the level below.
    Assisted,
    /// The evaluator's alone.
    Unassisted,
    /// The truth itself: for the leak model of the blind arm, which reads candidates alone, and for nothing else.
    Truth,
}

/// Settings with the usual value are not written, so that what was fitted before they came keeps its name.
fn is_judgments(reads: &Reads) -> bool {
    *reads == Reads::Judgments
}

impl Default for Config {
    fn default() -> Self {
        let model = reward::Config::default();
        Self {
            width: model.width,
            reads: model.reads,
            claim_reads: Reads::Judgments,
            labels: Labels::Assisted,
            steps_max: model.steps_max,
            learning_rate: model.learning_rate,
            claim_tokens_max: 192,
            root_tokens_max: 512,
            leaf_instances_max: 300,
        }
    }
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Predicate, Kind::Choice, Kind::Quote, Kind::Argument])
    }

    fn reply_s(&self) -> f64 {
        2e-4
    }

    fn build(&self, name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        let fits = casting.snapshots.get(name).map_or(&[][..], Vec::as_slice);
        Ok(Arc::new(snapshot(fits, casting.device)?))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("width", self.width as f64, 1.0, 4_096.0)?;
        within("steps_max", self.steps_max as f64, 1.0, 1e9)?;
        within("learning_rate", self.learning_rate, 1e-9, 1.0)?;
        within("claim_tokens_max", self.claim_tokens_max as f64, 1.0, 1e9)?;
        within("root_tokens_max", self.root_tokens_max as f64, 1.0, 1e9)?;
        if self.labels == Labels::Truth && self.reads != Reads::Candidate {
            let what = "a model that reads judgments may not learn from the truth";
            return Err(Fault::of("labels", what, "set `reads = \"candidate\"`: the leak model of the blind arm"));
        }
        within("leaf_instances_max", self.leaf_instances_max as f64, 1.0, 1e9)
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        let name = part.name;
        if part.spec.instances.train == 0 {
            let what = format!("helper `{name}` is trained, and there are no instances to learn from");
            return Err(Fault::of("roles", what, "set instances.train above 0"));
        }
        let is_blind = |strategy: &strategy::Config| matches!(strategy, strategy::Config::Blind(_));
        if self.labels == Labels::Truth && !part.arm.strategies().all(is_blind) {
            let what = format!("helper `{name}` learns from the truth, which only a blind arm may use");
            return Err(Fault::of("roles", what, "choose a helper that learns from the evaluator's labels"));
        }
        let mut shapes = part.arm.strategies().filter_map(fits::grown);
        let first = shapes.next();
        if shapes.any(|other| Some(other) != first) {
            let what = format!("helper `{name}` learns from trees of one shape, and the alternatives have another");
            return Err(Fault::of("alternatives", what, "make an arm of each shape"));
        }
        Ok(())
    }

    fn fits(&self, name: &str, cell: &CellSpec) -> std::result::Result<Vec<Fit>, Fault> {
        fits::of_levels(self, name, cell)
    }

    fn shrink(&mut self) {
        self.steps_max = self.steps_max.min(20);
        self.leaf_instances_max = self.leaf_instances_max.min(4);
    }
}

impl Config {
    /// The settings of one level's model.
    pub fn model(&self, level: u16) -> reward::Config {
        reward::Config {
            width: self.width,
            reads: if level == 1 { self.claim_reads } else { self.reads },
            steps_max: self.steps_max,
            learning_rate: self.learning_rate,
            ..reward::Config::default()
        }
    }

    /// The levels that are fitted: all of them, or the top alone where it learns from the truth.
    pub fn levels(&self) -> std::ops::Range<u16> {
        if self.labels == Labels::Truth { LEVELS - 1..LEVELS } else { 0..LEVELS }
    }

    /// The settings that determine a level: what only the levels above it see is set to its default, so that helpers
    /// which differ in that alone share the levels below.
    pub fn of_level(&self, level: u16) -> Self {
        let default = Self::default();
        let mut config = self.clone();
        if level < 2 {
            config.reads = default.reads;
            config.root_tokens_max = default.root_tokens_max;
        }
        if level < 1 {
            config.labels = default.labels;
            config.claim_reads = default.claim_reads;
            config.claim_tokens_max = default.claim_tokens_max;
        }
        config
    }
}
