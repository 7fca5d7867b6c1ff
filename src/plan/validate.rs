//! What an experiment must be before any work: each check gives one fault that names its setting.

mod plots;

use std::collections::BTreeMap;

use super::{Id, sweep};
use crate::helper::Part;
use crate::judgment::{Kind, Role};
use crate::spec::parts::{HelperSpec, TaskSpec};
use crate::spec::{ArmSpec, Fault, Instances, Spec, nearest};
use crate::strategy;
use crate::task::Task;

/// What one experiment may have at most of seeds, of instances of a split, and of candidates to choose among: more would be
/// a slip of the hand, and could not be counted, let alone run.
const SEEDS_MAX: u64 = 10_000;
const INSTANCES_MAX: u64 = 10_000_000;
const BEST_OF_MAX: u64 = u16::MAX as u64;

/// Everything that can be said of an experiment without its points.
pub(super) fn experiment(spec: &Spec) -> Result<(), Fault> {
    named("name", &spec.name)?;
    if spec.seeds == 0 {
        return Err(Fault::of("seeds", "an experiment without a seed has no cell", "use at least 1"));
    }
    at_most("seeds", u64::from(spec.seeds), SEEDS_MAX)?;
    if spec.arms.is_empty() {
        return Err(Fault::of("arms", "there is no arm", "add [arms.NAME] with a strategy and roles"));
    }
    spec.arms.names().try_for_each(|name| named("arms", name))?;
    spec.helpers.names().try_for_each(|name| named("helpers", name))?;
    tasks(spec)?;
    sizes(spec)?;
    spec.task.check().map_err(|fault| fault.within("task"))?;
    helpers(spec)?;
    sweep::check(spec)?;
    plots::check(spec)
}

/// The tasks of an experiment, each checked and made once, at however many points it is run: its books are read then.
#[derive(Default)]
pub(super) struct Tasks(BTreeMap<Id, Box<dyn Task>>);

impl Tasks {
    fn checked(&mut self, spec: &TaskSpec) -> Result<&dyn Task, Fault> {
        let id = Id::of(spec);
        if !self.0.contains_key(&id) {
            self.0.insert(id.clone(), spec.check().map_err(|fault| fault.within("task"))?);
        }
        Ok(&*self.0[&id])
    }
}

/// What must hold of an experiment for one of its arms to be run at a point of the sweep.
pub(super) fn at_point(spec: &Spec, name: &str, tasks: &mut Tasks) -> Result<(), Fault> {
    sizes(spec)?;
    let task = tasks.checked(&spec.task)?;
    helpers(spec)?;
    let Some(arm) = spec.arms.get(name) else { return Ok(()) };
    self::arm(spec, arm, task).map_err(|fault| fault.within(&format!("arms.{name}")))
}

fn helpers(spec: &Spec) -> Result<(), Fault> {
    for (name, helper) in spec.helpers.iter() {
        self::helper(spec, name, helper).map_err(|fault| fault.within(&format!("helpers.{name}")))?;
    }
    Ok(())
}

/// Where there are several tasks, each is one, and there is none beside them.
fn tasks(spec: &Spec) -> Result<(), Fault> {
    for (name, task) in spec.tasks.iter() {
        named("tasks", name)?;
        task.check().map_err(|fault| fault.within(&format!("tasks.{name}")))?;
    }
    if !spec.tasks.is_empty() && !spec.tasks.iter().any(|(_, task)| *task == spec.task) {
        let next = "keep one of the two: [task.KIND] alone, or every task as [tasks.NAME.KIND]";
        return Err(Fault::of("task", "there are `tasks`, and this is none of them", next));
    }
    Ok(())
}

fn sizes(spec: &Spec) -> Result<(), Fault> {
    let Instances { train, validation, test } = spec.instances;
    for (key, count) in [("train", train), ("validation", validation), ("test", test)] {
        at_most(&format!("instances.{key}"), count as u64, INSTANCES_MAX)?;
    }
    if spec.instances.test == 0 {
        return Err(Fault::of("instances.test", "nothing would be tested", "use at least 1"));
    }
    if spec.budget.evaluator_tokens_max == 0 {
        let next = "give the evaluator at least one token; to show it nothing, use strategy.blind";
        return Err(Fault::of("budget.evaluator_tokens_max", "with a budget of 0 nothing can be asked", next));
    }
    Ok(())
}

fn at_most(key: &str, value: u64, most: u64) -> Result<(), Fault> {
    if value <= most {
        return Ok(());
    }
    Err(Fault::of(key, format!("{value} is out of range"), format!("use at most {most}")))
}

/// Names are parts of paths, of folders and of `--set`.
fn named(key: &str, name: &str) -> Result<(), Fault> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(fits) && !name.starts_with('-') {
        return Ok(());
    }
    Err(Fault::of(key, format!("`{name}` is no name"), "use letters, digits, `_` and `-`"))
}

fn helper(spec: &Spec, name: &str, helper: &HelperSpec) -> Result<(), Fault> {
    helper.check()?;
    let settings = helper.settings();
    for (key, other) in [("of", settings.of()), ("judge", settings.holds())] {
        if let Some(other) = other.filter(|other| spec.helpers.get(other).is_none()) {
            let what = format!("there is no helper `{other}`");
            return Err(Fault::of(&format!("{}.{key}", helper.kind()), what, nearest(other, spec.helpers.names())));
        }
    }
    let circle =
        spec.wrapped(name).last().and_then(|last| spec.helpers.get(last)).is_some_and(|h| h.settings().of().is_some());
    if circle {
        let key = format!("{}.of", helper.kind());
        return Err(Fault::of(&key, "the wrapped helpers form a circle", "let one of them wrap nothing"));
    }
    Ok(())
}

fn arm(spec: &Spec, arm: &ArmSpec, task: &dyn Task) -> Result<(), Fault> {
    let options = arm.best_of.map_or(spec.task.settings().size().options, |count| count as u64);
    let checked = |strategy: &strategy::Config| strategy.check().and_then(|()| strategy.check_options(options));
    checked(&arm.strategy).map_err(|fault| fault.within("strategy"))?;
    for alternative in &arm.alternatives {
        checked(alternative).map_err(|fault| fault.within("alternatives"))?;
    }
    if !arm.alternatives.is_empty() && spec.instances.validation == 0 {
        let what = "the arm chooses among strategies, and there are no instances to choose on";
        return Err(Fault::of("alternatives", what, "set instances.validation above 0"));
    }
    if arm.best_of == Some(0) {
        return Err(Fault::of(
            "best_of",
            "among no candidate there is nothing to choose",
            "use at least 1, or leave it out",
        ));
    }
    at_most("best_of", arm.best_of.unwrap_or(1) as u64, BEST_OF_MAX)?;
    for (role, name) in &arm.roles {
        if spec.helpers.get(name).is_none() {
            let key = format!("roles.{}", role_name(*role));
            return Err(Fault::of(&key, format!("there is no helper `{name}`"), nearest(name, spec.helpers.names())));
        }
    }
    for name in arm.roles.values().flat_map(|name| spec.behind(name)) {
        if let Some(helper) = spec.helpers.get(name) {
            helper.settings().check_part(&Part { name, spec, arm, task })?;
        }
    }
    // Whatever wraps a helper, its fixed errors are named by its own name.
    let innermost = |role| arm.roles.get(&role).and_then(|name| spec.wrapped(name).last().copied());
    let picks_for_itself = innermost(Role::Picker).filter(|picker| innermost(Role::Evaluator) == Some(*picker));
    if let Some(picker) = picks_for_itself {
        let what = format!("the picker is the judge itself, `{picker}`, and would know its fixed errors beforehand");
        return Err(Fault::of("roles.picker", what, "give it a helper of its own, with the same settings if you like"));
    }
    for (role, kind) in arm.strategies().flat_map(|strategy| strategy.build().needs()) {
        let role_name = role_name(role);
        let Some(name) = arm.roles.get(&role) else {
            let what = format!("the strategy asks a helper in the role `{role_name}`, and none is given");
            return Err(Fault::of("roles", what, format!("add roles.{role_name} = \"NAME\", NAME a helper")));
        };
        let innermost = spec.wrapped(name).last().and_then(|last| spec.helpers.get(last));
        let answers = innermost.and_then(|helper| helper.settings().answers()).unwrap_or(&[]);
        if !answers.contains(&kind) {
            let what = format!("the strategy asks for {}, which helper `{name}` cannot answer", asked(kind));
            let next = format!("it answers: {}", format!("{answers:?}").trim_matches(['[', ']']).to_lowercase());
            return Err(Fault::of(&format!("roles.{role_name}"), what, format!("{next}; choose another helper")));
        }
    }
    Ok(())
}

/// A kind of ask as something that is asked for.
fn asked(kind: Kind) -> &'static str {
    match kind {
        Kind::Predicate => "a predicate",
        Kind::Choice => "a choice",
        Kind::Score => "a score",
        Kind::Text => "a text",
        Kind::Quote => "a quote",
        Kind::Argument => "an argument",
        Kind::Claims => "claims",
    }
}

/// A role as an experiment file names it.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Evaluator => "evaluator",
        Role::Assistant => "assistant",
        Role::Summariser => "summariser",
        Role::Debater => "debater",
        Role::Adviser => "adviser",
        Role::Critic => "critic",
        Role::Picker => "picker",
    }
}
