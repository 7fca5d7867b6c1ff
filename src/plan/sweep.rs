//! The points of a sweep that concern one arm: an arm that does not use a setting is not repeated for its values.

mod check;

use std::collections::BTreeSet;

use crate::record::rows::Labels;
use crate::spec::condition::{Condition, label, same};
use crate::spec::{Fault, Spec};

use super::validate::{self, Tasks};

pub(super) use check::check;

/// The path of the task, where an experiment has several.
const TASK: &str = "task";
/// The name of the arm in a condition.
const ARM: &str = "arm";
/// More points are a slip of the hand.
const POINTS_MAX: usize = 100_000;
const TRIED_MAX: usize = 100 * POINTS_MAX;

/// The experiment at one point of the sweep.
pub(super) struct Point {
    /// With the swept settings replaced.
    pub spec: Spec,
    /// The values at this point, by dotted path.
    pub swept: Labels,
}

/// A value for each of some settings, in the order in which the sweep names them.
type Settings = Vec<(String, toml::Value)>;

/// The points for one arm, the last axis turning fastest.
pub(super) fn points(spec: &Spec, arm: &str, tasks: &mut Tasks) -> Result<Vec<Point>, Fault> {
    chosen(spec, arm)?.into_iter().map(|settings| point(spec, arm, settings, tasks)).collect()
}

/// What every point for one arm sets: of all that the sweep puts together, what the conditions let pass, without what the
/// arm does not use, each once.
fn chosen(spec: &Spec, arm: &str) -> Result<Vec<Settings>, Fault> {
    let sweep = Sweep::of(spec);
    let axes = sweep.concerning(arm);
    let mut places: BTreeSet<Vec<(String, String)>> = BTreeSet::new();
    let mut points = Vec::new();
    let mut varied: BTreeSet<&str> = BTreeSet::new();
    let mut passed = Vec::new();
    for steps in sweep.combined(&axes)? {
        let at = sweep.at(arm, &axes, &steps);
        let value_of = |name: &str| at.value_of(name);
        if spec.sweep.when.holds(value_of) && spec.arms.get(arm).is_some_and(|arm| arm.when.holds(value_of)) {
            varied.extend(at.varied.iter());
            passed.push(at.settings);
        }
    }
    for settings in passed {
        let own: Settings = settings
            .into_iter()
            .filter(|(path, _)| varied.contains(path) && uses(spec, arm, path))
            .filter_map(|(path, value)| Some((path.to_owned(), value?)))
            .collect();
        if places.insert(own.iter().map(|(path, value)| (path.clone(), label(value))).collect()) {
            points.push(own);
        }
    }
    Ok(points)
}

/// A sweep as it is put together.
struct Sweep<'a> {
    spec: &'a Spec,
    axes: Vec<Axis<'a>>,
    /// Every value that an arm or a condition may be tested against.
    arms: Vec<(&'a str, toml::Value)>,
    /// The experiment as typed, on each of its tasks: what a setting is where it is not varied.
    typed: Vec<(Option<&'a str>, toml::Value)>,
}

/// Settings that move together, step by step.
struct Axis<'a> {
    paths: Vec<&'a str>,
    /// The value of each path at each step.
    steps: Vec<Vec<toml::Value>>,
    /// The step at which it stands while another is varied; none where it is put together with all others.
    centre: Option<usize>,
    /// Where it is varied: all must hold.
    when: Vec<&'a Condition>,
}

/// One choice of steps, before it is known whether the arm is run there.
struct At<'a> {
    arm: &'a toml::Value,
    /// What each path is; none where nobody knows, as of a setting that was not typed and has no default.
    settings: Vec<(&'a str, Option<toml::Value>)>,
    /// The paths whose own conditions hold here.
    varied: Vec<&'a str>,
}

impl At<'_> {
    fn value_of(&self, name: &str) -> Option<&toml::Value> {
        if name == ARM {
            return Some(self.arm);
        }
        self.settings.iter().find(|(path, _)| *path == name).and_then(|(_, value)| value.as_ref())
    }
}

impl<'a> Sweep<'a> {
    fn of(spec: &'a Spec) -> Self {
        let tasks = (!spec.tasks.is_empty()).then(|| Axis {
            paths: vec![TASK],
            steps: spec.tasks.names().map(|name| vec![toml::Value::from(name)]).collect(),
            centre: None,
            when: Vec::new(),
        });
        let axes =
            tasks.into_iter().chain(spec.sweep.groups().into_iter().map(|paths| Axis::of(spec, paths))).collect();
        let on = |task: Option<&'a str>| Some((task, toml::Value::try_from(on_task(spec, task)).ok()?));
        let typed = match spec.tasks.is_empty() {
            _ if spec.sweep.is_empty() => Vec::new(),
            true => on(None).into_iter().collect(),
            false => spec.tasks.names().filter_map(|name| on(Some(name))).collect(),
        };
        let arms = spec.arms.names().map(|name| (name, toml::Value::from(name))).collect();
        Self { spec, axes, arms, typed }
    }

    /// The axes that the points of an arm depend on: those that it uses, and those that some condition asks for.
    fn concerning(&self, arm: &str) -> Vec<usize> {
        let own = self.spec.arms.get(arm).map(|arm| &arm.when);
        let mut asked: BTreeSet<&str> = own.into_iter().chain([&self.spec.sweep.when]).flat_map(names).collect();
        let mut known = BTreeSet::new();
        loop {
            let concerns = |axis: &Axis<'_>| axis.paths.iter().any(|p| asked.contains(p) || uses(self.spec, arm, p));
            let found: BTreeSet<usize> = (0..self.axes.len()).filter(|i| concerns(&self.axes[*i])).collect();
            if found == known {
                return found.into_iter().collect();
            }
            asked.extend(found.iter().flat_map(|i| &self.axes[*i].when).flat_map(|condition| names(condition)));
            known = found;
        }
    }

    /// Every choice of a step for each of these axes that the centre allows.
    fn combined(&self, axes: &[usize]) -> Result<Vec<Vec<usize>>, Fault> {
        let mut chosen: Vec<Vec<usize>> = vec![Vec::new()];
        let too_many = || {
            let what = format!("more than {POINTS_MAX} points");
            Fault::of("sweep", what, "shorten a list, or vary one axis at a time: `around`")
        };
        for (count, axis) in axes.iter().enumerate() {
            if chosen.len().saturating_mul(self.axes[*axis].steps.len()) > TRIED_MAX {
                return Err(too_many());
            }
            let next = |before: &Vec<usize>| -> Vec<Vec<usize>> {
                let steps = 0..self.axes[*axis].steps.len();
                let with = |step| before.iter().copied().chain([step]).collect::<Vec<usize>>();
                steps.map(with).filter(|steps| self.is_allowed(&axes[..=count], steps)).collect()
            };
            chosen = chosen.iter().flat_map(next).collect();
            if chosen.len() > POINTS_MAX {
                return Err(too_many());
            }
        }
        Ok(chosen)
    }

    /// Whether of the axes that have a centre at most one is off it, or all that are stand in one slice.
    fn is_allowed(&self, axes: &[usize], steps: &[usize]) -> bool {
        let is_off = |(axis, step): &(&usize, &usize)| self.axes[**axis].centre.is_some_and(|centre| centre != **step);
        let off: Vec<&Axis<'_>> = axes.iter().zip(steps).filter(is_off).map(|(axis, _)| &self.axes[*axis]).collect();
        let in_slice = |slice: &Vec<String>| {
            off.iter().all(|axis| axis.paths.iter().any(|path| slice.iter().any(|member| member == path)))
        };
        off.len() <= 1 || self.spec.sweep.slices.iter().any(in_slice)
    }

    /// What a choice of steps makes of every path: its value there, or what it is at home where its condition does not hold.
    fn at(&self, arm: &str, axes: &[usize], steps: &[usize]) -> At<'_> {
        let arm = self.arms.iter().find(|(name, _)| *name == arm).map(|(_, value)| value);
        let mut at = At { arm: arm.expect("an arm of this experiment"), settings: Vec::new(), varied: Vec::new() };
        for (axis, step) in axes.iter().map(|axis| &self.axes[*axis]).zip(steps) {
            let is_varied = axis.when.iter().all(|condition| condition.holds(|name| at.value_of(name)));
            for (place, path) in axis.paths.iter().enumerate() {
                let value = match (is_varied, axis.centre) {
                    (true, _) => Some(axis.steps[*step][place].clone()),
                    (false, Some(centre)) => Some(axis.steps[centre][place].clone()),
                    (false, None) => self.home(axis, place, at.value_of(TASK)),
                };
                at.settings.push((path, value));
            }
            if is_varied {
                at.varied.extend(&axis.paths);
            }
        }
        at
    }

    /// What a setting is where it is not varied, written as among the values where it is one of them.
    fn home(&self, axis: &Axis<'_>, place: usize, task: Option<&toml::Value>) -> Option<toml::Value> {
        let task = task.and_then(toml::Value::as_str);
        let (_, typed) = self.typed.iter().find(|(name, _)| *name == task)?;
        let value = axis.paths[place].split('.').try_fold(typed, |value, key| value.get(key))?;
        let written = axis.steps.iter().map(|values| &values[place]).find(|other| same(value, other));
        Some(written.unwrap_or(value).clone())
    }
}

impl<'a> Axis<'a> {
    fn of(spec: &'a Spec, paths: Vec<&'a str>) -> Self {
        let axes: Vec<_> = paths.iter().filter_map(|path| spec.sweep.axes.get(path)).collect();
        let count = axes.iter().map(|axis| axis.values.len()).min().unwrap_or(0);
        let steps: Vec<Vec<toml::Value>> =
            (0..count).map(|step| axes.iter().map(|axis| axis.values[step].clone()).collect()).collect();
        let centres: Vec<(usize, &toml::Value)> =
            paths.iter().enumerate().filter_map(|(place, path)| Some((place, spec.sweep.around.get(path)?))).collect();
        let is_centre = |values: &Vec<toml::Value>| centres.iter().all(|(place, at)| same(&values[*place], at));
        let centre = if centres.is_empty() { None } else { steps.iter().position(is_centre) };
        let when = axes.iter().map(|axis| &axis.when).filter(|condition| !condition.is_empty()).collect();
        Self { paths, steps, centre, when }
    }
}

fn names(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.tests().map(|(name, _)| name)
}

/// The experiment on one of its tasks.
fn on_task(spec: &Spec, name: Option<&str>) -> Spec {
    let mut on = spec.clone();
    if let Some(task) = name.and_then(|name| spec.tasks.get(name)) {
        on.task = task.clone();
    }
    on
}

/// The experiment at a point, in which that arm can be run.
fn point(spec: &Spec, arm: &str, settings: Settings, tasks: &mut Tasks) -> Result<Point, Fault> {
    let swept = settings.iter().map(|(path, value)| (path.clone(), label(value))).collect();
    let told = |fault: Fault| {
        let values: Vec<String> = settings.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        if values.is_empty() { fault } else { fault.next(format!("the sweep sets {}", values.join(", "))) }
    };
    let task = settings.iter().find(|(path, _)| path == TASK).and_then(|(_, name)| name.as_str());
    let rest: Settings = settings.iter().filter(|(path, _)| path != TASK).cloned().collect();
    let mut at_point = on_task(spec, task);
    if !rest.is_empty() {
        at_point = at_point.with(&rest).map_err(told)?;
    }
    validate::at_point(&at_point, arm, tasks).map_err(told)?;
    Ok(Point { spec: at_point, swept })
}

/// Whether an arm's cells depend on the setting at this path.
fn uses(spec: &Spec, arm: &str, path: &str) -> bool {
    let mut keys = path.split('.');
    match (keys.next(), keys.next()) {
        (Some("arms"), Some(name)) => name == arm,
        (Some("helpers"), Some(name)) => {
            spec.arms.get(arm).is_some_and(|arm| arm.roles.values().any(|helper| spec.behind(helper).contains(&name)))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests;
