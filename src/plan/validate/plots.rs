//! What can be said of the plots that an experiment asks for before there is a row. Labels are known to rows alone: an axis
//! that is none of theirs is said on the plot.

use crate::eval::bias::Asked;
use crate::eval::stats::curve;
use crate::eval::{arguments, images, metrics};
use crate::spec::{Fault, PlotSpec, Spec, nearest};

/// What `eval::pressure` measures where arms choose among many candidates.
const OF_POOLS: [&str; 6] = ["gold", "proxy", "gold_fitted", "alpha", "beta", "beyond_rmse"];

/// What errors by level are compared by, in results that know their levels.
const OF_LEVELS: &str = "error_ratio";

/// A plot's axis with a dot in it is a swept setting, its y a metric or a swept setting, its curve one of those there are.
pub(super) fn check(spec: &Spec) -> Result<(), Fault> {
    for plot in &spec.plots {
        if let Some(fit) = plot.fit.as_ref().filter(|fit| curve::Form::named(fit).is_none() && *fit != curve::BEST) {
            return Err(Fault::of("plots.fit", format!("there is no curve `{fit}`"), nearest(fit, curve::names())));
        }
        let is_map = spec.sweep.axes.get(&plot.y).is_some();
        for (key, axis) in [("x", &plot.x), ("group", &plot.group)] {
            // The group of a map is two arms, whose names hold no dot.
            if axis.contains('.') && spec.sweep.axes.get(axis).is_none() {
                let what = format!("`{axis}` is not swept");
                return Err(Fault::of(&format!("plots.{key}"), what, nearest(axis, spec.sweep.axes.names())));
            }
        }
        if is_map { two_arms(spec, plot)? } else { metric(spec, &plot.y)? }
    }
    Ok(())
}

fn metric(spec: &Spec, y: &str) -> Result<(), Fault> {
    let mut known: Vec<&str> = metrics().collect();
    known.extend(spec.sweep.axes.names());
    if known.contains(&y) || Asked::named(y).is_some() {
        return Ok(());
    }
    let what = format!("`{y}` is no metric and no swept setting");
    Err(Fault::of("plots.y", what, nearest(y, known)))
}

/// Every metric that rows or results may hold. Those of a bias go by level, see [`Asked`], and are not listed.
fn metrics() -> impl Iterator<Item = &'static str> {
    let of_verdicts = metrics::ALL.iter().map(|metric| metric.name).chain([metrics::ERROR.name, images::HELD]);
    let of_arguments = arguments::ALL.iter().chain(&arguments::JUDGED).map(|statistic| statistic.name);
    of_verdicts.chain(of_arguments).chain(OF_POOLS).chain([OF_LEVELS])
}

/// A map shows the difference between two arms.
fn two_arms(spec: &Spec, plot: &PlotSpec) -> Result<(), Fault> {
    let Some((first, second)) = plot.group.split_once(" - ") else {
        let what = format!("y `{}` is swept, so the plot is a map, and `{}` names no two arms", plot.y, plot.group);
        return Err(Fault::of("plots.group", what, "write group = \"FIRST - SECOND\", two arms"));
    };
    match [first.trim(), second.trim()].into_iter().find(|name| spec.arms.get(name).is_none()) {
        Some(strange) => {
            Err(Fault::of("plots.group", format!("there is no arm `{strange}`"), nearest(strange, spec.arms.names())))
        }
        None => Ok(()),
    }
}
