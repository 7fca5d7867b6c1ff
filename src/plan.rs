//! The plan: an experiment resolved, validated and hashed into fits and cells, before any work is done.
//!
//! A cell or fit is identified by the hash of all that determines its rows, and of nothing else: not of the
//! experiment's name, its plots, its other cells, their order, nor of how it is executed. So a sweep that grows only
//! adds cells, and what was done stays done.

mod draws;
pub mod estimate;
pub mod fits;
mod inputs;
mod sweep;
mod validate;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fit::TRUST_INSTANCES;
use crate::judgment::Role;
use crate::levels;
use crate::record::rows::{Labels, VERSION};
use crate::reward::{pixels, scorer};
use crate::spec::parts::{HelperSpec, TaskSpec};
use crate::spec::{Budget, Instances, MaterialSpec, Spec, Typed};
use crate::strategy;
use crate::strategy::rrm;

/// An experiment, resolved: what is to be done, in an order in which it can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The experiment.
    pub spec: Spec,
    /// Training runs, each after those it needs.
    pub fits: Vec<Fit>,
    /// Cells: arm by arm as typed, swept values within an arm, seeds within those.
    pub cells: Vec<Cell>,
}

/// The hash that names a cell or a fit: 16 hexadecimal characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id(String);

impl Id {
    /// The hash of all that determines something, and of the version of the rows that it leaves.
    fn of(content: &impl Serialize) -> Self {
        let json = serde_json::to_value((VERSION, content)).expect("a plan's parts are plain data");
        Self(blake3::hash(canonical(&json).as_bytes()).to_hex()[..16].to_owned())
    }

    /// The name, which is a folder's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One point of a sweep: arm x swept values x seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// See [`Id`].
    pub id: Id,
    /// All that determines it.
    pub spec: CellSpec,
    /// The fits that must be there before it starts.
    pub needs: Vec<Id>,
}

/// All that determines a cell's rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellSpec {
    /// The arm's name.
    pub arm: String,
    /// The seed.
    pub seed: u64,
    /// The values of the swept settings that the arm uses, by dotted path.
    pub swept: Labels,
    /// Where instances come from.
    pub task: TaskSpec,
    /// The hash of the files that the task reads, where it reads any.
    pub inputs: Option<String>,
    /// How many instances of each split.
    pub instances: Instances,
    /// The rule that grows the trees.
    pub strategy: strategy::Config,
    /// Rules that may take its place, where they do better on validation instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<strategy::Config>,
    /// Whose material is read.
    pub material: MaterialSpec,
    /// How many candidates are drawn for a material, where the arm chooses among many.
    pub best_of: Option<usize>,
    /// Facts of the arm that its rows carry.
    pub labels: Labels,
    /// Which helper plays which part.
    pub roles: BTreeMap<Role, String>,
    /// The helpers that have a part, and those that they wrap.
    pub helpers: BTreeMap<String, HelperSpec>,
    /// What it may spend on an instance.
    pub budget: Budget,
}

impl CellSpec {
    /// Validation instances that it draws: where there is a choice to make, all of them decide it; else some suffice to
    /// check whom to trust.
    pub fn validated(&self) -> usize {
        let wanted = if self.alternatives.is_empty() { TRUST_INSTANCES } else { usize::MAX };
        self.instances.validation.min(wanted)
    }

    /// The helper that does the work for a role, through all its wrappers.
    pub fn innermost(&self, role: Role) -> Option<(&str, &HelperSpec)> {
        let mut name = self.roles.get(&role)?;
        loop {
            let helper = self.helpers.get(name)?;
            match helper.settings().of() {
                Some(of) => name = self.helpers.get_key_value(of)?.0,
                None => return Some((name, helper)),
            }
        }
    }
}

/// One training run, shared by every cell that needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// See [`Id`].
    pub id: Id,
    /// All that determines it.
    pub spec: FitSpec,
    /// The fits that must be there before it starts: the level below.
    pub needs: Vec<Id>,
}

/// All that determines a fit. The variants differ in whose labels are learned: it is said by type which training may hear
/// the truth. Written without a tag, so that what was fitted before there were several keeps its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FitSpec {
    /// A level of the recursion, fitted to an evaluator's judgments (or, for the blind arm's leak model, to the truth).
    Level(Box<LevelFit>),
    /// A judge of images, fitted to what the images of the training split truly show.
    Judge(Box<JudgeFit>),
    /// A reward model, fitted to the preferences of the training split.
    Reward(Box<RewardFit>),
}

/// All that determines a judge of images. Its labels are the truth of the training split: it stands for a judge who knows
/// what digits look like (`docs/design/0005-digits.md`), and no evaluator is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeFit {
    /// Where images come from, whatever is asked of them.
    pub task: TaskSpec,
    /// The hash of the files that the task reads, where it reads any.
    pub inputs: Option<String>,
    /// The seed.
    pub seed: u64,
    /// What is trained.
    pub judge: pixels::Config,
}

/// All that determines a reward model. Its labels are the preferences of the training split: annotators' word, which is
/// all that the task knows, and no evaluator is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RewardFit {
    /// Where rows come from.
    pub task: TaskSpec,
    /// The hash of the files that the task reads.
    pub inputs: Option<String>,
    /// How many training rows are drawn.
    pub train: usize,
    /// The seed.
    pub seed: u64,
    /// What is trained; its own seed is added to the fit's.
    pub model: scorer::settings::Settings,
    /// The hash of the pretrained model's files, where it begins with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// All that determines the fit of a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelFit {
    /// Where instances come from.
    pub task: TaskSpec,
    /// The hash of the files that the task reads, where it reads any.
    pub inputs: Option<String>,
    /// How many training instances are drawn.
    pub train: usize,
    /// The seed.
    pub seed: u64,
    /// What is trained.
    pub learner: levels::Config,
    /// The shape of the trees whose nodes are labelled.
    pub shape: rrm::Config,
    /// The level of the recursion, the lowest 0.
    pub level: u16,
    /// Whose judgments are its labels.
    pub evaluator: String,
    /// That helper, and those it wraps.
    pub helpers: BTreeMap<String, HelperSpec>,
}

impl FitSpec {
    /// The level that the model judges, the lowest 0; a judge of images has but one.
    pub fn level(&self) -> u16 {
        match self {
            Self::Level(fit) => fit.level,
            Self::Judge(_) | Self::Reward(_) => 0,
        }
    }

    fn title(&self) -> String {
        match self {
            Self::Level(fit) => format!("fit of level {}, seed {}", fit.level, fit.seed),
            Self::Judge(fit) => format!("judge of {} pixels, seed {}", fit.judge.pixels, fit.seed),
            Self::Reward(fit) => format!("reward model on {} rows, seed {}", fit.train, fit.seed),
        }
    }
}

/// A cell or a fit of a plan.
#[derive(Clone, Copy, Debug)]
pub enum Unit<'a> {
    /// A training run.
    Fit(&'a Fit),
    /// A cell.
    Cell(&'a Cell),
}

impl<'a> Unit<'a> {
    /// Its identity.
    pub fn id(&self) -> &'a Id {
        match self {
            Self::Fit(fit) => &fit.id,
            Self::Cell(cell) => &cell.id,
        }
    }

    /// What must be there before it starts.
    pub fn needs(&self) -> &'a [Id] {
        match self {
            Self::Fit(fit) => &fit.needs,
            Self::Cell(cell) => &cell.needs,
        }
    }

    /// What it is, in words.
    pub fn title(&self) -> String {
        match self {
            Self::Fit(fit) => fit.spec.title(),
            Self::Cell(cell) => {
                let swept: Vec<String> =
                    cell.spec.swept.iter().map(|(path, value)| format!(", {} {value}", last_key(path))).collect();
                format!("{}, seed {}{}", cell.spec.arm, cell.spec.seed, swept.concat())
            }
        }
    }
}

fn last_key(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl Plan {
    /// The plan of an experiment as typed: everything that can be checked is checked here.
    pub fn of(typed: &Typed) -> Result<Self> {
        validate::experiment(&typed.spec).map_err(|fault| typed.error(fault))?;
        let plan = Self::again(typed)?;
        draws::check(&plan).map_err(|fault| typed.error(fault))?;
        Ok(plan)
    }

    /// The plan of an experiment that was checked when its run began: processes that do a part of it need not read all
    /// books and draw from them once more.
    pub fn again(typed: &Typed) -> Result<Self> {
        let spec = &typed.spec;
        let mut plan = Self { spec: spec.clone(), fits: Vec::new(), cells: Vec::new() };
        let mut known = BTreeSet::new();
        let mut inputs = inputs::Hashes::default();
        let mut tasks = validate::Tasks::default();
        for (arm, _) in spec.arms.iter() {
            for point in sweep::points(spec, arm, &mut tasks).map_err(|fault| typed.error(fault))? {
                let inputs = inputs.of(&point.spec)?;
                for seed in seeds(spec) {
                    let cell = cell_spec(&point, arm, seed, &inputs);
                    let fits = fits::of(&cell).map_err(|fault| typed.error(fault))?;
                    let needs = fits.iter().map(|fit| fit.id.clone()).collect();
                    plan.fits.extend(fits.into_iter().filter(|fit| known.insert(fit.id.clone())));
                    plan.cells.push(Cell { id: Id::of(&cell), spec: cell, needs });
                }
            }
        }
        Ok(plan)
    }

    /// The names and numbers that tell this plan from another: a hash of its fits and cells in order.
    pub fn hash(&self) -> String {
        let ids: Vec<&str> = self.units().map(|unit| unit.id().as_str()).collect();
        blake3::hash(ids.join(" ").as_bytes()).to_hex()[..32].to_owned()
    }

    /// The seeds, in order.
    pub fn seeds(&self) -> Vec<u64> {
        seeds(&self.spec).collect()
    }

    /// Fits and then cells, each after what it needs.
    pub fn units(&self) -> impl Iterator<Item = Unit<'_>> {
        self.fits.iter().map(Unit::Fit).chain(self.cells.iter().map(Unit::Cell))
    }

    /// The cell or fit of that name.
    pub fn unit(&self, id: &str) -> Option<Unit<'_>> {
        self.units().find(|unit| unit.id().as_str() == id)
    }
}

fn seeds(spec: &Spec) -> impl Iterator<Item = u64> {
    let first = spec.seed;
    (0..u64::from(spec.seeds)).map(move |k| first.wrapping_add(k))
}

/// One arm at one point of the sweep under one seed.
fn cell_spec(point: &sweep::Point, arm: &str, seed: u64, inputs: &Option<String>) -> CellSpec {
    let spec = &point.spec;
    let arm_spec = spec.arms.get(arm).expect("a sweep keeps its arms");
    let helpers = arm_spec
        .roles
        .values()
        .flat_map(|name| spec.behind(name))
        .filter_map(|name| Some((name.to_owned(), spec.helpers.get(name)?.clone())))
        .collect();
    CellSpec {
        arm: arm.to_owned(),
        seed,
        swept: point.swept.clone(),
        task: spec.task.clone(),
        inputs: inputs.clone(),
        instances: spec.instances,
        strategy: arm_spec.strategy.clone(),
        alternatives: arm_spec.alternatives.clone(),
        material: arm_spec.material,
        best_of: arm_spec.best_of,
        labels: arm_spec.labels.clone(),
        roles: arm_spec.roles.clone(),
        helpers,
        budget: Budget {
            evaluator_tokens_max: arm_spec.evaluator_tokens_max.unwrap_or(spec.budget.evaluator_tokens_max),
        },
    }
}

/// JSON with every object's keys sorted, whatever the map behind it.
fn canonical(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let sorted: BTreeMap<&String, &serde_json::Value> = map.iter().collect();
            let fields: Vec<String> =
                sorted.iter().map(|(key, value)| format!("{}:{}", serde_json::json!(key), canonical(value))).collect();
            format!("{{{}}}", fields.join(","))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
