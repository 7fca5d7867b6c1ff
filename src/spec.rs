//! The experiment file exactly as typed: one struct a table, unknown keys refused, every fault with its line.
//!
//! Nothing happens while it is read. What it means together is for [`crate::plan`] to say.

pub mod condition;
mod de;
mod fault;
mod layers;
mod named;
pub mod parts;
mod source;
pub mod sweep;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use fault::{Fault, nearest, within};
pub use named::Named;
pub use source::Place;
pub use sweep::SweepSpec;

use crate::error::{Error, Result};
use crate::judgment::Role;
use crate::labels::Labels;
use crate::strategy;
use condition::Condition;
use parts::{HelperSpec, TaskSpec};
use source::Node;

/// An experiment as its author typed it, defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Names the run folder: letters, digits, `-` and `_`.
    pub name: String,
    /// What the experiment asks.
    #[serde(default)]
    pub question: String,
    /// What its author expected before running it.
    #[serde(default)]
    pub prediction: String,
    /// The first seed.
    pub seed: u64,
    /// How many seeds: `seed`, `seed + 1`, ...; each redraws worlds, noise and training.
    #[serde(default = "one")]
    pub seeds: u32,
    /// How many instances of each split.
    pub instances: Instances,
    /// Where instances come from; the first of `tasks` where there are several.
    pub task: TaskSpec,
    /// The tasks that every arm is run on, by name, where there are several.
    #[serde(default, skip_serializing_if = "Named::is_empty")]
    pub tasks: Named<TaskSpec>,
    /// Who may be asked, by name.
    pub helpers: Named<HelperSpec>,
    /// What is compared, by name.
    pub arms: Named<ArmSpec>,
    /// What every arm may spend.
    pub budget: Budget,
    /// Values to vary, by the dotted path of the setting; an arm that does not use a setting is not repeated for it.
    #[serde(default, skip_serializing_if = "SweepSpec::is_empty")]
    pub sweep: SweepSpec,
    /// What is drawn when the run ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plots: Vec<PlotSpec>,
}

fn one() -> u32 {
    1
}

/// How many instances of each split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instances {
    /// What learners are fitted on.
    #[serde(default)]
    pub train: usize,
    /// What settings are chosen and training is stopped on.
    #[serde(default)]
    pub validation: usize,
    /// What is reported.
    pub test: usize,
}

/// One side of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArmSpec {
    /// The rule that grows its trees.
    pub strategy: strategy::Config,
    /// Other strategies, of which the arm takes the one that is right most often on the validation instances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<strategy::Config>,
    /// Which helper plays which part.
    #[serde(default)]
    pub roles: BTreeMap<Role, String>,
    /// Whose material is read.
    #[serde(default)]
    pub material: MaterialSpec,
    /// Where set, this many candidates are drawn for each material from the claims of all its instances, and the arm
    /// chooses among them: best of n under its reward model, for n up to this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<usize>,
    /// What its evaluator may read in place of the experiment's budget: for arms that answer questions of other sizes,
    /// and so are not compared at equal cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluator_tokens_max: Option<u64>,
    /// Facts of the arm that its rows carry, such as `level = "1"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
    /// The points of the sweep that it is run at, where not at all of them.
    #[serde(default, skip_serializing_if = "Condition::is_empty")]
    pub when: Condition,
}

impl ArmSpec {
    /// The strategies that it may come to use.
    pub fn strategies(&self) -> impl Iterator<Item = &strategy::Config> {
        std::iter::once(&self.strategy).chain(&self.alternatives)
    }
}

/// Whose material an arm reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialSpec {
    /// The instance's own.
    #[default]
    Own,
    /// Another instance's: a control that must be at chance.
    Another,
}

/// What every arm may spend on one test instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Tokens shown to the evaluator, over all of its asks.
    pub evaluator_tokens_max: u64,
}

/// A plot to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlotSpec {
    /// A swept setting, a label or `arm`.
    pub x: String,
    /// A metric.
    pub y: String,
    /// What tells lines apart.
    #[serde(default = "arm")]
    pub group: String,
    /// A curve to fit, where one is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// The points of the sweep that are drawn, where not all of them; an arm that does not use a setting stands at each of its
    /// values.
    #[serde(default, skip_serializing_if = "Condition::is_empty")]
    pub when: Condition,
}

fn arm() -> String {
    "arm".to_owned()
}

/// A spec with the places that its settings were typed at.
#[derive(Clone, Debug)]
pub struct Typed {
    /// What was typed.
    pub spec: Spec,
    sources: Node,
}

impl Typed {
    /// The error of a fault, with the place where its setting was typed.
    pub fn error(&self, fault: Fault) -> Error {
        let place = self.sources.place_of(&fault.key()).clone();
        fault.at(&place).into()
    }
}

impl Spec {
    /// Reads an experiment file or folder: what it extends, the file, then each `--set a.b=value`.
    pub fn load(path: &Path, settings: &[String]) -> Result<Typed> {
        let mut sources = layers::merged(path, settings)?;
        layers::first_task(&mut sources);
        let spec = de::read(&sources)?;
        Ok(Typed { spec, sources })
    }

    /// The resolved experiment as TOML, defaults included.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|e| Error::Bug(format!("the experiment cannot be written as TOML: {e}")))
    }

    /// The same experiment with some settings replaced, each by its dotted path.
    pub fn with(&self, settings: &[(String, toml::Value)]) -> std::result::Result<Self, Fault> {
        let table = toml::Value::try_from(self).map_err(|e| Fault::new(format!("no TOML: {e}")))?;
        let mut node = Node::of_value(&table, &Place::whole("the experiment"));
        for (path, value) in settings {
            let keys: Vec<&str> = path.split('.').collect();
            node.set(&keys, Node::of_value(value, &Place::whole(&format!("sweep.\"{path}\" = {value}"))))?;
        }
        de::read(&node)
    }

    /// Shrinks the experiment to seconds, and says so in its name.
    pub fn shrink(&mut self) {
        self.name.push_str("-smoke");
        self.seeds = self.seeds.min(2);
        self.instances.train = self.instances.train.min(8);
        self.instances.validation = self.instances.validation.min(8);
        self.instances.test = self.instances.test.min(8);
        self.task.settings_mut().shrink();
        self.tasks.iter_mut().for_each(|(_, task)| task.settings_mut().shrink());
        self.helpers.iter_mut().for_each(|(_, helper)| helper.settings_mut().shrink());
        let of_arms = self.arms.iter_mut().map(|(_, arm)| &mut arm.when);
        let of_plots = self.plots.iter_mut().map(|plot| &mut plot.when);
        self.sweep.shrink(&mut of_arms.chain(of_plots).collect::<Vec<&mut Condition>>());
    }

    /// The helpers that a helper's replies rest on: itself, then whom it wraps, in turn.
    pub fn wrapped<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut names = vec![name];
        while let Some(of) = names.last().and_then(|last| self.helpers.get(last)).and_then(|it| it.settings().of())
            && !names.contains(&of)
        {
            names.push(of);
        }
        names
    }

    /// All helpers that a helper's replies rest on: itself, whom it wraps, and those whose frozen models they hold.
    pub fn behind<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut names = self.wrapped(name);
        let held = |name: &&'a str| self.helpers.get(name).and_then(|it| it.settings().holds());
        names.extend(names.clone().iter().filter_map(held));
        names
    }
}

/// A file of settings that is no experiment, every fault with its line; and the places that they were typed at.
///
/// # Errors
/// [`Error::Usage`] for a file that is not there, or not what it must be.
pub fn file<T: serde::de::DeserializeOwned>(path: &Path) -> Result<(T, Sources)> {
    let text = std::fs::read_to_string(path).map_err(|cause| layers::unreadable(path, &cause))?;
    let node = Node::of_file(path, &text)?;
    Ok((de::read(&node)?, Sources(node)))
}

/// The places that settings were typed at.
#[derive(Clone, Debug)]
pub struct Sources(Node);

impl Sources {
    /// The fault of a setting with the place where it was typed.
    pub fn told(&self, fault: Fault) -> Fault {
        let place = self.0.place_of(&fault.key()).clone();
        fault.at(&place)
    }
}

/// Settings that are no experiment, with some of them replaced, each as `a.b=value`.
///
/// # Errors
/// [`Error::Usage`] for an argument that is none, or names a setting that is not there.
pub fn replaced<T: Serialize + serde::de::DeserializeOwned>(settings: &T, arguments: &[String]) -> Result<T> {
    let table = toml::Value::try_from(settings).map_err(|e| Error::Bug(format!("settings have no TOML: {e}")))?;
    let node = layers::laid_over(Node::of_value(&table, &Place::whole("the settings")), arguments)?;
    de::read(&node).map_err(|fault| fault.at(&node.at).into())
}

#[cfg(test)]
mod tests;
