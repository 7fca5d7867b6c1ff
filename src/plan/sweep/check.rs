//! What is wrong with a sweep itself, before any of its points is looked at.

use super::{ARM, Axis, Sweep, TASK, chosen, names, uses};
use crate::spec::condition::{Condition, Test, label, same};
use crate::spec::sweep::WORDS;
use crate::spec::{Fault, Spec, nearest};

/// The tables whose settings may be swept.
const SWEPT: [&str; 5] = ["arms", "budget", "helpers", "instances", "task"];

/// Everything that can be said of a sweep from the experiment as typed.
pub(in crate::plan) fn check(spec: &Spec) -> Result<(), Fault> {
    for path in spec.sweep.axes.names() {
        self::path(spec, path).map_err(|fault| fault.inside(path).inside("sweep"))?;
    }
    groups(spec)?;
    repeated(spec)?;
    centres(spec)?;
    conditions(spec)?;
    something_is_left(spec)
}

/// Whether a path may be swept; that it is a setting is found when it is set.
fn path(spec: &Spec, path: &str) -> Result<(), Fault> {
    let keys: Vec<&str> = path.split('.').collect();
    let names: Vec<&str> = match keys[0] {
        "helpers" => spec.helpers.names().collect(),
        "arms" => spec.arms.names().collect(),
        first if SWEPT.contains(&first) => Vec::new(),
        first => {
            let next = nearest(first, SWEPT.into_iter().chain(WORDS));
            return Err(Fault::new(format!("`{first}` cannot be swept")).next(next));
        }
    };
    match keys.get(1) {
        None if keys[0] == TASK => {
            Err(Fault::new("a whole task is no value")
                .next("name the tasks, [tasks.NAME.KIND]: every arm is run on each"))
        }
        None => Err(Fault::new("the path stops at a table").next("go on to one setting in it")),
        Some(name) if !names.is_empty() && !names.contains(name) => {
            Err(Fault::new(format!("there is no `{}.{name}`", keys[0])).next(nearest(name, names)))
        }
        Some(_) if spec.sweep.axes.get(path).is_none_or(|axis| axis.values.is_empty()) => {
            Err(Fault::new("no value is given").next("list at least one value"))
        }
        Some(_) => Ok(()),
    }
}

/// What moves together must be there, once, and have as many values.
fn groups(spec: &Spec) -> Result<(), Fault> {
    let sweep = &spec.sweep;
    for (at, zip) in sweep.zip.iter().enumerate() {
        for path in zip {
            let Some(axis) = sweep.axes.get(path) else {
                let what = format!("`{path}` is not swept");
                return Err(Fault::of("sweep.zip", what, nearest(path, sweep.axes.names())));
            };
            let first = &zip[0];
            let wanted = sweep.axes.get(first).map_or(0, |axis| axis.values.len());
            if axis.values.len() != wanted {
                let what = format!(
                    "lists of unequal length: `{first}` has {wanted} values, `{path}` has {}",
                    axis.values.len()
                );
                return Err(Fault::of("sweep.zip", what, "give each setting one value for every step"));
            }
        }
        let again = zip.iter().find(|path| {
            zip.iter().filter(|other| other == path).count() > 1
                || sweep.zip[..at].iter().any(|other| other.contains(path))
        });
        if let Some(path) = again {
            let what = format!("`{path}` is zipped twice");
            return Err(Fault::of("sweep.zip", what, "put all that move together into one list"));
        }
        if zip.len() < 2 {
            return Err(Fault::of(
                "sweep.zip",
                "one setting has nothing to move with",
                "name at least two paths in it",
            ));
        }
    }
    for path in sweep.slices.iter().flatten() {
        if sweep.around.get(path).is_none() {
            let what = format!("`{path}` is not varied around a centre");
            return Err(Fault::of("sweep.slices", what, nearest(path, sweep.around.names())));
        }
    }
    if sweep.slices.iter().any(|slice| slice.len() < 2) {
        return Err(Fault::of(
            "sweep.slices",
            "a slice of one setting",
            "name at least two: alone it is varied anyway",
        ));
    }
    Ok(())
}

/// A step stands once.
fn repeated(spec: &Spec) -> Result<(), Fault> {
    for axis in Sweep::of(spec).axes {
        let steps = &axis.steps;
        if let Some(twice) = (1..steps.len()).find(|i| steps[..*i].contains(&steps[*i])) {
            let values: Vec<String> = steps[twice].iter().map(|value| value.to_string()).collect();
            let fault = Fault::new(format!("{} stands there twice", values.join(", "))).next("list each value once");
            return Err(fault.inside(axis.paths[0]).inside("sweep"));
        }
    }
    Ok(())
}

/// A centre is one step of its axis.
fn centres(spec: &Spec) -> Result<(), Fault> {
    let around =
        |path: &str, what: String, next: String| Fault::new(what).next(next).inside(path).inside("sweep.around");
    for (path, centre) in spec.sweep.around.iter() {
        let Some(axis) = spec.sweep.axes.get(path) else {
            return Err(around(path, "it is not swept".into(), nearest(path, spec.sweep.axes.names())));
        };
        if !axis.values.iter().any(|value| same(value, centre)) {
            let labels: Vec<String> = axis.values.iter().map(label).collect();
            let next = nearest(&label(centre), labels.iter().map(String::as_str));
            return Err(around(path, format!("the centre {centre} is none of its values"), next));
        }
    }
    for axis in Sweep::of(spec).axes {
        let named: Vec<(usize, &str, &toml::Value)> = axis
            .paths
            .iter()
            .enumerate()
            .filter_map(|(place, path)| Some((place, *path, spec.sweep.around.get(path)?)))
            .collect();
        let Some((_, first, _)) = named.first() else { continue };
        let is_centre = |values: &&Vec<toml::Value>| named.iter().all(|(place, _, at)| same(&values[*place], at));
        match axis.steps.iter().filter(is_centre).count() {
            1 => {}
            0 => {
                let what = "the centres of what moves together stand at no one step".to_owned();
                return Err(around(first, what, "name the centre of one of them".into()));
            }
            steps => {
                let what = format!("{steps} steps of what moves together have this value");
                return Err(around(first, what, "name the centre of another of them as well".into()));
            }
        }
    }
    Ok(())
}

/// Conditions name what there is.
fn conditions(spec: &Spec) -> Result<(), Fault> {
    let sweep = Sweep::of(spec);
    let paths = || sweep.axes.iter().flat_map(|axis| axis.paths.iter().copied());
    let everywhere: Vec<&str> = paths().chain([ARM]).collect();
    condition(&sweep, &spec.sweep.when, &everywhere, |_| None).map_err(|fault| fault.within("sweep.when"))?;
    for (at, axis) in sweep.axes.iter().enumerate() {
        let above: Vec<&str> =
            sweep.axes[..at].iter().flat_map(|axis| axis.paths.iter().copied()).chain([ARM]).collect();
        let below = |name: &str| {
            paths().any(|path| path == name).then(|| {
                (format!("`{name}` does not stand above it"), format!("list `{name}` before what depends on it"))
            })
        };
        for path in &axis.paths {
            let Some(own) = spec.sweep.axes.get(path) else { continue };
            condition(&sweep, &own.when, &above, below)
                .map_err(|fault| fault.inside("when").inside(path).inside("sweep"))?;
        }
    }
    for (arm, its) in spec.arms.iter() {
        let used: Vec<&str> = paths().filter(|path| uses(spec, arm, path)).collect();
        let unused = |name: &str| {
            paths().any(|path| path == name).then(|| {
                let what = format!("the arm does not use `{name}`, and is not repeated for its values");
                (what, "name a swept setting of this arm or of its helpers".to_owned())
            })
        };
        condition(&sweep, &its.when, &used, unused).map_err(|fault| fault.within(&format!("arms.{arm}.when")))?;
    }
    for plot in &spec.plots {
        condition(&sweep, &plot.when, &everywhere, |_| None).map_err(|fault| fault.within("plots.when"))?;
    }
    Ok(())
}

/// One condition, over these names; `why_not` says of a name that is known but not among them what is wrong.
fn condition(
    sweep: &Sweep<'_>,
    condition: &Condition,
    known: &[&str],
    why_not: impl Fn(&str) -> Option<(String, String)>,
) -> Result<(), Fault> {
    for (name, test) in condition.tests() {
        if !known.contains(&name) {
            let unknown = || (format!("`{name}` is not swept"), nearest(name, known.iter().copied()));
            let (what, next) = why_not(name).unwrap_or_else(unknown);
            return Err(Fault::new(what).next(next).inside(name));
        }
        self::test(&values(sweep, name), test).map_err(|fault| fault.inside(name))?;
    }
    Ok(())
}

/// Every value that a name may have at a point.
fn values(sweep: &Sweep<'_>, name: &str) -> Vec<toml::Value> {
    if name == ARM {
        return sweep.arms.iter().map(|(_, arm)| arm.clone()).collect();
    }
    let place = |axis: &Axis<'_>| axis.paths.iter().position(|path| *path == name);
    let Some((axis, place)) = sweep.axes.iter().find_map(|axis| Some((axis, place(axis)?))) else { return Vec::new() };
    let mut values: Vec<toml::Value> = axis.steps.iter().map(|step| step[place].clone()).collect();
    if !axis.when.is_empty() {
        let tasks = sweep.typed.iter().map(|(task, _)| task.map(toml::Value::from));
        values.extend(tasks.filter_map(|task| sweep.home(axis, place, task.as_ref())));
    }
    values
}

fn test(values: &[toml::Value], test: &Test) -> Result<(), Fault> {
    for named in test.named() {
        if !values.iter().any(|value| same(value, named)) {
            let labels: Vec<String> = values.iter().map(label).collect();
            let next = nearest(&label(named), labels.iter().map(String::as_str));
            return Err(Fault::new(format!("{named} is none of its values")).next(next));
        }
    }
    if values.iter().any(|value| test.passes(value)) {
        return Ok(());
    }
    let labels: Vec<String> = values.iter().map(label).collect();
    Err(Fault::new("no value passes").next(format!("its values are {}", labels.join(", "))))
}

/// Conditions leave something to every arm, and every axis is varied somewhere.
fn something_is_left(spec: &Spec) -> Result<(), Fault> {
    let mut varied: Vec<String> = Vec::new();
    for (arm, its) in spec.arms.iter() {
        let points = chosen(spec, arm)?;
        if points.is_empty() {
            let key = if its.when.is_empty() { "sweep.when".to_owned() } else { format!("arms.{arm}.when") };
            let what = format!("the conditions leave no point for the arm `{arm}`");
            return Err(Fault::of(&key, what, "loosen one of them, or take the arm out"));
        }
        varied.extend(points.into_iter().flatten().map(|(path, _)| path));
    }
    for (path, axis) in spec.sweep.axes.iter().filter(|(_, axis)| !axis.when.is_empty()) {
        if !varied.iter().any(|known| known == path) && spec.arms.names().any(|arm| uses(spec, arm, path)) {
            let on: Vec<&str> = names(&axis.when).collect();
            let what = format!("its condition on {} holds at no point", on.join(", "));
            let fault = Fault::new(what).next("loosen it, or take the setting out of the sweep");
            return Err(fault.inside("when").inside(path).inside("sweep"));
        }
    }
    Ok(())
}
