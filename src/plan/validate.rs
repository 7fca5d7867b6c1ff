//! What an experiment must be before any work: each check gives one fault that names its setting.

use super::sweep;
use crate::helper::simulated::TrustRule;
use crate::judgment::Role;
use crate::levels::Labels;
use crate::spec::parts::{HelperSpec, check_strategy};
use crate::spec::{ArmSpec, Fault, Instances, Spec, nearest};
use crate::strategy;
use crate::strategy::rrm::{Assistance, Place};

/// What one experiment may have at most of seeds, of instances of a split, and of candidates to choose among: more would be
/// a slip of the hand, and could not be counted, let alone run.
const SEEDS_MAX: u64 = 10_000;
const INSTANCES_MAX: u64 = 10_000_000;
const BEST_OF_MAX: u64 = u16::MAX as u64;

/// Everything that can be said of an experiment without running it.
pub(super) fn experiment(spec: &Spec) -> Result<(), Fault> {
    sizes(spec)?;
    spec.task.check().map_err(|fault| fault.within("task"))?;
    for (name, helper) in spec.helpers.iter() {
        named("helpers", name)?;
        self::helper(spec, name, helper).map_err(|fault| fault.within(&format!("helpers.{name}")))?;
    }
    for (name, arm) in spec.arms.iter() {
        named("arms", name)?;
        self::arm(spec, arm).map_err(|fault| fault.within(&format!("arms.{name}")))?;
    }
    sweep::check(spec)?;
    plots(spec)
}

fn sizes(spec: &Spec) -> Result<(), Fault> {
    named("name", &spec.name)?;
    if spec.seeds == 0 {
        return Err(Fault::of("seeds", "an experiment without a seed has no cell", "use at least 1"));
    }
    at_most("seeds", u64::from(spec.seeds), SEEDS_MAX)?;
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
    if spec.arms.is_empty() {
        return Err(Fault::of("arms", "there is no arm", "add [arms.NAME] with a strategy and roles"));
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
    let Some(of) = helper.of() else { return Ok(()) };
    let key = format!("{}.of", helper.kind());
    if spec.helpers.get(of).is_none() {
        return Err(Fault::of(&key, format!("there is no helper `{of}`"), nearest(of, spec.helpers.names())));
    }
    let circle = spec.wrapped(name).last().and_then(|last| spec.helpers.get(last)).is_some_and(|h| h.of().is_some());
    if circle {
        return Err(Fault::of(&key, "the wrapped helpers form a circle", "let one of them wrap nothing"));
    }
    Ok(())
}

fn arm(spec: &Spec, arm: &ArmSpec) -> Result<(), Fault> {
    check_strategy(&arm.strategy).map_err(|fault| fault.within("strategy"))?;
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
    for name in arm.roles.values().flat_map(|name| spec.wrapped(name)) {
        plays(spec, arm, name)?;
    }
    for (role, kind) in arm.strategy.build().needs() {
        let role_name = role_name(role);
        let Some(name) = arm.roles.get(&role) else {
            let what = format!("the strategy asks a helper in the role `{role_name}`, and none is given");
            return Err(Fault::of("roles", what, format!("add roles.{role_name} = \"NAME\", NAME a helper")));
        };
        let innermost = spec.wrapped(name).last().and_then(|last| spec.helpers.get(last));
        let answers = innermost.and_then(HelperSpec::answers).unwrap_or(&[]);
        if !answers.contains(&kind) {
            let what = format!("the strategy asks for a {kind:?}, which helper `{name}` cannot answer").to_lowercase();
            let next = format!("it answers: {}", format!("{answers:?}").trim_matches(['[', ']']).to_lowercase());
            return Err(Fault::of(&format!("roles.{role_name}"), what, format!("{next}; choose another helper")));
        }
    }
    Ok(())
}

/// What a helper with a part in an arm needs of the experiment.
fn plays(spec: &Spec, arm: &ArmSpec, name: &str) -> Result<(), Fault> {
    match spec.helpers.get(name) {
        Some(HelperSpec::Trained(_)) if spec.instances.train == 0 => {
            let what = format!("helper `{name}` is trained, and there are no instances to learn from");
            Err(Fault::of("roles", what, "set instances.train above 0"))
        }
        Some(HelperSpec::Trained(trained))
            if trained.labels == Labels::Truth && !matches!(arm.strategy, strategy::Config::Blind(_)) =>
        {
            let what = format!("helper `{name}` learns from the truth, which only a blind arm may use");
            Err(Fault::of("roles", what, "choose a helper that learns from the evaluator's labels"))
        }
        Some(HelperSpec::Simulated(reader))
            if reader.trust == TrustRule::Fitted && hears(arm, name) && spec.instances.validation == 0 =>
        {
            let what =
                format!("the trust of `{name}` in its helpers is fitted, and there are no instances to fit it on");
            Err(Fault::of("roles", what, "set instances.validation above 0, or its trust to { fixed = 1.0 }"))
        }
        _ => Ok(()),
    }
}

/// Whether a helper hears judgments in an arm: as the evaluator of a tree.
fn hears(arm: &ArmSpec, name: &str) -> bool {
    let evaluates = arm.roles.get(&Role::Evaluator).is_some_and(|evaluator| evaluator == name);
    let tree = matches!(arm.strategy, strategy::Config::Rrm(rrm) if rrm.assistance == Assistance::Tree
        && matches!(rrm.evaluator_at, Place::Root | Place::Claim));
    evaluates && tree
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

/// A plot's axis with a dot in it is a swept setting.
fn plots(spec: &Spec) -> Result<(), Fault> {
    for plot in &spec.plots {
        for (key, axis) in [("x", &plot.x), ("group", &plot.group)] {
            if axis.contains('.') && spec.sweep.get(axis).is_none() {
                let what = format!("`{axis}` is not swept");
                return Err(Fault::of(&format!("plots.{key}"), what, nearest(axis, spec.sweep.names())));
            }
        }
    }
    Ok(())
}
