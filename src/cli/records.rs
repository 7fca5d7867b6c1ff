//! `show`, `compare`, `plot`, `report`: what is drawn from the records of runs that are there.

use super::args::{CompareArgs, PlotArgs, ReportArgs, ShowArgs};
use super::print;
use crate::error::{Error, Result};
use crate::eval::metrics;
use crate::report::data::RunData;
use crate::report::expected::Expected;
use crate::report::request::Request;
use crate::report::table::{self, Baseline, Look};
use crate::report::{self, equal_cost, gap, part, scores, spread, tree, unlike};
use crate::spec::condition::{self, Condition};

/// Shows the tables of a run, or one of its trees.
pub(super) fn show(args: &ShowArgs) -> Result<()> {
    match &args.instance {
        None => {
            let (run, look) = (report::load_one(&args.run)?.at(&all_of(&args.when)?)?, Look::of_stdout());
            let baselines = Baseline::all(&run, &args.against)?;
            if let Some(label) = &args.by {
                return print(&(told_by(&run, label, &baselines, look)?.join("\n") + "\n"));
            }
            print(&(table::whole_with(&run, &baselines, look) + "\n"))?;
            let Some(path) = &args.expected else { return Ok(()) };
            let nothing = || format!("nothing is expected of an experiment `{}` in `{}`", run.name, path.display());
            print(&(Expected::load(path)?.held_against(&run, look).unwrap_or_else(nothing) + "\n"))
        }
        Some(instance) => {
            let when = all_of(&args.when)?;
            let wanted = tree::Wanted { instance, arm: args.arm.as_deref(), seed: args.seed, when: &when };
            print(&tree::drawn(&args.run, &wanted)?)
        }
    }
}

/// Shows the arms of several runs in one table, their scores, their paired differences, how seeds change these, and what
/// they are at equal cost.
pub(super) fn compare(args: &CompareArgs) -> Result<()> {
    let runs = report::load(&args.runs)?.at(&all_of(&args.when)?)?;
    let look = Look::of_stdout();
    let baselines = Baseline::all(&runs, &args.against)?;
    if let Some(label) = &args.by {
        let mut parts = told_by(&runs, label, &baselines, look)?;
        parts.extend(unlike::warnings(&args.runs)?);
        return print(&(parts.join("\n") + "\n"));
    }
    let mut parts: Vec<String> = table::arms(&runs, look).into_iter().collect();
    parts.extend(table::missing(&runs));
    parts.extend(spread::remark(&runs));
    parts.extend(scores::all(&runs).iter().map(|table| table.text(look)));
    for baseline in &baselines {
        let of = |metric| table::comparisons_with(&runs, baseline, metric, look);
        parts.extend([&metrics::ACCURACY, &metrics::ASD].into_iter().filter_map(of));
    }
    let beside = [spread::differences(&runs, &baselines), equal_cost::table(&runs, &baselines)];
    parts.extend(beside.iter().flatten().map(|table| table.text(look)));
    if let [floor, ceiling] = args.gap.as_slice() {
        parts.push(gap::table(&runs, floor, ceiling)?.text(look));
    }
    parts.extend(unlike::warnings(&args.runs)?);
    if runs.arms.len() < 2 {
        parts.push("there is nothing to compare: one arm".into());
    }
    print(&(parts.join("\n") + "\n"))
}

/// What there is to say of the values of a label.
fn told_by(run: &RunData, label: &str, baselines: &[Baseline], look: Look) -> Result<Vec<String>> {
    let mut parts: Vec<String> = table::missing(run).into_iter().collect();
    parts.extend(part::by_label(run, label, baselines)?.iter().map(|table| table.text(look)));
    Ok(parts)
}

/// Draws one plot, and says which files it is in.
pub(super) fn plot(args: &PlotArgs) -> Result<()> {
    let request = Request {
        x: args.x.clone(),
        y: args.y.clone(),
        group: args.group.clone(),
        fit: args.fit.clone(),
        when: all_of(&args.when)?,
    };
    let folder = args.out.clone().unwrap_or_else(|| args.runs[0].join("plots"));
    let written = report::draw_requested(&args.runs, &request, &folder)?;
    written.iter().try_for_each(|path| print(&format!("{}\n", path.display())))
}

/// The condition that holds where each `PATH=VALUE` does, the value as in an experiment file or a bare word.
fn all_of(tests: &[String]) -> Result<Condition> {
    let wrong = |test: &str, why: &str| {
        let next = "write --when PATH=VALUE, a swept path or `arm`, the value as in the experiment file";
        Error::Usage(format!("`--when {test}`: {why}\n  {next}"))
    };
    if tests.is_empty() {
        return Ok(Condition::default());
    }
    let mut table = toml::Table::new();
    for test in tests {
        let (path, typed) = test.split_once('=').ok_or_else(|| wrong(test, "there is no `=`"))?;
        if table.insert(path.trim().to_owned(), condition::read(typed)).is_some() {
            return Err(wrong(test, "this path is tested twice; list its values, as in PATH=[1, 2]"));
        }
    }
    toml::Value::Table(table).try_into().map_err(|cause: toml::de::Error| wrong(&tests.join(" "), cause.message()))
}

/// Writes the report, and says where.
pub(super) fn report(args: &ReportArgs) -> Result<()> {
    print(&format!("{}\n", report::write_page(&args.run)?.display()))
}
