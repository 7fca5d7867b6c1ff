//! The points of a sweep that concern one arm: an arm that does not use a setting is not repeated for its values.

use crate::record::rows::Labels;
use crate::spec::{Fault, Spec, nearest};

use super::validate;

/// The tables whose settings may be swept.
const SWEPT: [&str; 5] = ["arms", "budget", "helpers", "instances", "task"];

/// The experiment at one point of the sweep.
pub(super) struct Point {
    /// With the swept settings replaced.
    pub spec: Spec,
    /// The values at this point, by dotted path.
    pub swept: Labels,
}

/// The points for one arm, the last axis turning fastest.
pub(super) fn points(spec: &Spec, arm: &str) -> Result<Vec<Point>, Fault> {
    let mut chosen: Vec<Vec<(String, toml::Value)>> = vec![Vec::new()];
    for (path, values) in spec.sweep.iter().filter(|(path, _)| uses(spec, arm, path)) {
        let choices = values.iter().map(|value| (path.to_owned(), value.clone()));
        chosen = chosen
            .iter()
            .flat_map(|before| choices.clone().map(|choice| [before.as_slice(), &[choice]].concat()))
            .collect();
    }
    chosen.into_iter().map(|settings| point(spec, settings)).collect()
}

fn point(spec: &Spec, settings: Vec<(String, toml::Value)>) -> Result<Point, Fault> {
    let swept = settings.iter().map(|(path, value)| (path.clone(), label(value))).collect();
    if settings.is_empty() {
        return Ok(Point { spec: spec.clone(), swept });
    }
    let at_point = spec.with(&settings)?;
    validate::experiment(&at_point).map_err(|fault| {
        let values: Vec<String> = settings.iter().map(|(path, value)| format!("{path} = {value}")).collect();
        fault.next(format!("the sweep sets {}", values.join(", ")))
    })?;
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

/// A swept value as it stands on rows.
fn label(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is wrong with the sweep itself.
pub(super) fn check(spec: &Spec) -> Result<(), Fault> {
    for (path, values) in spec.sweep.iter() {
        let fault = |what: String, next: String| Fault::new(what).next(next).inside(path).inside("sweep");
        let keys: Vec<&str> = path.split('.').collect();
        let names: Vec<&str> = match keys[0] {
            "helpers" => spec.helpers.names().collect(),
            "arms" => spec.arms.names().collect(),
            first if SWEPT.contains(&first) => Vec::new(),
            first => return Err(fault(format!("`{first}` cannot be swept"), nearest(first, SWEPT))),
        };
        match keys.get(1) {
            None => return Err(fault("the path stops at a table".into(), "go on to one setting in it".into())),
            Some(name) if !names.is_empty() && !names.contains(name) => {
                return Err(fault(format!("there is no `{}.{name}`", keys[0]), nearest(name, names)));
            }
            Some(_) => {}
        }
        if values.is_empty() {
            return Err(fault("no value is given".into(), "list at least one value".into()));
        }
        if let Some(twice) = (1..values.len()).find(|i| values[..*i].contains(&values[*i])) {
            return Err(fault(format!("{} stands there twice", values[twice]), "list each value once".into()));
        }
    }
    Ok(())
}
