//! `check`: the plan of an experiment, with what it will ask for at most.

use comfy_table::{Table, presets};

use super::args::CheckArgs;
use super::print;
use crate::error::Result;
use crate::plan::{Plan, Unit, estimate};
use crate::run;

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
    print(&format!(
        "{}: {} fits and {} cells, {} arms, {seeds} seeds\n\
         at most {} asks, {} evaluator tokens, {} label tokens; no money\n\n{table}\n",
        plan.spec.name,
        plan.fits.len(),
        plan.cells.len(),
        plan.spec.arms.len(),
        total.asks,
        total.evaluator_tokens,
        total.label_tokens,
    ))
}
