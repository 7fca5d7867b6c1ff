//! `check`: the plan of an experiment, with what it will ask for at most.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use comfy_table::{Table, presets};

use super::args::CheckArgs;
use super::print;
use crate::error::Result;
use crate::eval::stats::power::{DISAGREEMENT, POWER, paired_items, visible_effect};
use crate::plan::{Plan, Unit, estimate};
use crate::run;

/// The difference in accuracy that most experiments here are after.
const EFFECT: f64 = 0.05;

/// Checks an experiment and shows its plan.
pub(super) fn check(args: &CheckArgs) -> Result<()> {
    show(&run::plan(&args.experiment.request())?)
}

/// Shows a plan: its size, then its fits and cells in order.
pub(super) fn show(plan: &Plan) -> Result<()> {
    let seeds = plan.spec.seeds;
    let mut total = estimate::Estimate::default();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty();
    table.set_header(["id", "what", "needs", "asks", "evaluator tokens", "label tokens"]);
    for unit in plan.units() {
        let estimate = estimate::of(unit);
        total += estimate;
        let kind = match unit {
            Unit::Fit(_) => "",
            Unit::Cell(_) => "cell: ",
        };
        let needs: Vec<&str> = unit.needs().iter().map(|id| id.as_str()).collect();
        table.add_row([
            unit.id().to_string(),
            format!("{kind}{}", unit.title()),
            needs.join(" "),
            estimate.asks.to_string(),
            estimate.evaluator_tokens.to_string(),
            estimate.label_tokens.to_string(),
        ]);
    }
    let tested = plan.spec.task.settings().drawn(plan.spec.instances.test) as u64 * u64::from(seeds);
    let work_s: f64 = plan.units().map(estimate::work).sum();
    print(&format!(
        "{}: {} fits and {} cells, {} arms, {seeds} seeds\n\
         at most {} asks, {} evaluator tokens, {} label tokens; no money; {}\n\
         {}{}\n\n{table}\n",
        plan.spec.name,
        plan.fits.len(),
        plan.cells.len(),
        plan.spec.arms.len(),
        total.asks,
        total.evaluator_tokens,
        total.label_tokens,
        lasts(work_s, std::thread::available_parallelism().map_or(1, NonZeroUsize::get)),
        swept(plan),
        seen(tested),
    ))
}

/// How far rates that were measured once have been off.
const RATES_OFF: f64 = 3.0;

/// How long the work may take on so many threads: roughly, since texts and steps until a model is at its best differ.
fn lasts(work_s: f64, threads: usize) -> String {
    let (low, high) = (work_s / threads as f64, RATES_OFF * work_s / threads as f64);
    let (unit, size) = match high {
        s if s < 120.0 => ("s", 1.0),
        s if s < 120.0 * 60.0 => ("min", 60.0),
        _ => ("h", 3600.0),
    };
    let digits = usize::from(low / size < 10.0 && unit == "h");
    format!("roughly {:.digits$} to {:.digits$} {unit} on {threads} threads", low / size, high / size)
}

/// How many points of the sweep each arm is run at, where there is one.
fn swept(plan: &Plan) -> String {
    let points = |arm: &str| {
        let of_arm = plan.cells.iter().filter(|cell| cell.spec.arm == arm);
        format!("{arm} {}", of_arm.map(|cell| &cell.spec.swept).collect::<BTreeSet<_>>().len())
    };
    if plan.cells.iter().all(|cell| cell.spec.swept.is_empty()) {
        return String::new();
    }
    format!("points of the sweep by arm: {}\n", plan.spec.arms.names().map(points).collect::<Vec<_>>().join(", "))
}

/// What difference between two arms the tested instances will show.
fn seen(tested: u64) -> String {
    let told = match visible_effect(tested, DISAGREEMENT) {
        Some(effect) => format!("show a difference of {:.1} points between two arms", 100.0 * effect),
        None => "show no difference between two arms".to_owned(),
    };
    let needed = paired_items(EFFECT, DISAGREEMENT)
        .map_or(String::new(), |n| format!("; to see {:.0} points you need {n}", 100.0 * EFFECT));
    format!(
        "{tested} tested instances an arm {told} with {:.0}% power, where these disagree on {:.0}% and every instance is a \
         cluster of its own{needed}; of instances that share a material it takes more",
        100.0 * POWER,
        100.0 * DISAGREEMENT,
    )
}

#[cfg(test)]
mod tests {
    use super::lasts;

    #[test]
    fn time_is_told_in_the_unit_that_its_upper_end_takes() {
        for (work_s, threads, told) in [
            (20.0, 2, "roughly 10 to 30 s on 2 threads"),
            (2_040.0, 2, "roughly 17 to 51 min on 2 threads"),
            (40_000.0, 2, "roughly 5.6 to 16.7 h on 2 threads"),
        ] {
            assert_eq!(lasts(work_s, threads), told);
        }
    }
}
