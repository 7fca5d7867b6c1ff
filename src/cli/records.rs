//! `show`, `compare`, `plot`, `report`: what is drawn from the records of runs that are there.

use super::args::{CompareArgs, PlotArgs, ReportArgs, ShowArgs};
use super::print;
use crate::error::Result;
use crate::eval::metrics;
use crate::report::data::Request;
use crate::report::expected::Expected;
use crate::report::table::{self, Baseline, Look};
use crate::report::{self, gap, scores, tree, unlike};

/// Shows the tables of a run, or one of its trees.
pub(super) fn show(args: &ShowArgs) -> Result<()> {
    match &args.instance {
        None => {
            let (run, look) = (report::load_one(&args.run)?, Look::of_stdout());
            print(&(table::whole_with(&run, &Baseline::all(&run, &args.against)?, look) + "\n"))?;
            let Some(path) = &args.expected else { return Ok(()) };
            let nothing = || format!("nothing is expected of an experiment `{}` in `{}`", run.name, path.display());
            print(&(Expected::load(path)?.held_against(&run, look).unwrap_or_else(nothing) + "\n"))
        }
        Some(instance) => {
            let wanted = tree::Wanted { instance, arm: args.arm.as_deref(), seed: args.seed };
            print(&tree::drawn(&args.run, &wanted)?)
        }
    }
}

/// Shows the arms of several runs in one table, their scores, and their paired differences.
pub(super) fn compare(args: &CompareArgs) -> Result<()> {
    let runs = report::load(&args.runs)?;
    let look = Look::of_stdout();
    let baselines = Baseline::all(&runs, &args.against)?;
    let mut parts = vec![table::arms(&runs, look)];
    parts.extend(table::missing(&runs));
    parts.extend(scores::all(&runs).iter().map(|table| table.text(look)));
    for baseline in &baselines {
        let of = |metric| table::comparisons_with(&runs, baseline, metric, look);
        parts.extend([&metrics::ACCURACY, &metrics::ASD].into_iter().filter_map(of));
    }
    if let [floor, ceiling] = args.gap.as_slice() {
        parts.push(gap::table(&runs, floor, ceiling)?.text(look));
    }
    parts.extend(unlike::warnings(&args.runs)?);
    if runs.arms.len() < 2 {
        parts.push("there is nothing to compare: one arm".into());
    }
    print(&(parts.join("\n") + "\n"))
}

/// Draws one plot, and says which files it is in.
pub(super) fn plot(args: &PlotArgs) -> Result<()> {
    let request = Request { x: args.x.clone(), y: args.y.clone(), group: args.group.clone(), fit: args.fit.clone() };
    let folder = args.out.clone().unwrap_or_else(|| args.runs[0].join("plots"));
    let written = report::draw_requested(&args.runs, &request, &folder)?;
    written.iter().try_for_each(|path| print(&format!("{}\n", path.display())))
}

/// Writes the report, and says where.
pub(super) fn report(args: &ReportArgs) -> Result<()> {
    print(&format!("{}\n", report::write_page(&args.run)?.display()))
}
