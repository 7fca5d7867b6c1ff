//! Tables for a terminal or a pipe: arms, the leak, paired comparisons.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use comfy_table::presets::{NOTHING, UTF8_FULL_CONDENSED};
use comfy_table::{Attribute, Cell, CellAlignment, Table};
use rayon::prelude::*;

use super::axis::number;
use super::data::RunData;
use super::scores::{self, Titled};
use super::spread;
use crate::error::{Error, Result};
use crate::eval::stats::Interval;
use crate::eval::stats::paired::holm;
use crate::eval::{self, Comparison, Metric, metrics};
use crate::outcome::OutcomeKind;
use crate::record::rows::{InstanceRow, Labels, PlannedRow};
use crate::spec::nearest;

/// How a table looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Columns of text, for pipes and files.
    Plain,
    /// With rules, for a terminal without colours (`NO_COLOR`).
    Ruled,
    /// With rules and a bold header, for a terminal.
    Bold,
}

impl Look {
    /// What standard output calls for.
    pub fn of_stdout() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match (std::io::stdout().is_terminal(), no_colour) {
            (false, _) => Self::Plain,
            (true, true) => Self::Ruled,
            (true, false) => Self::Bold,
        }
    }
}

/// Everything that a run's end prints: the arms, what must be said of them, the leak, scores, the comparisons with the
/// first arm that sees its own material.
pub fn whole(run: &RunData, look: Look) -> String {
    whole_with(run, Baseline::first(run).as_slice(), look)
}

/// The same with comparisons with each of these baselines.
pub fn whole_with(run: &RunData, baselines: &[Baseline], look: Look) -> String {
    let mut parts: Vec<String> =
        (!run.question.is_empty()).then(|| format!("{}: {}", run.name, run.question)).into_iter().collect();
    parts.extend(arms(run, look));
    parts.extend(remarks(run));
    parts.extend(leak(run));
    parts.extend(scores::all(run).iter().map(|table| table.text(look)));
    parts.extend(baselines.iter().filter_map(|it| comparisons_with(run, it, &metrics::ACCURACY, look)));
    parts.join("\n")
}

/// The arms of a run: accuracy with its interval, what an instance costs, what was left unscored. One row for each
/// point of the sweep; none where no arm judges.
pub fn arms(run: &RunData, look: Look) -> Option<String> {
    let rows = arm_rows(run);
    (!rows.is_empty()).then(|| render(&ARM_HEADER, &rows, look))
}

/// The header of [`arm_rows`].
pub const ARM_HEADER: [&str; 8] = [
    "arm",
    "accuracy [95% interval]",
    "n",
    "evaluator tokens",
    "helper tokens",
    "label tokens, once",
    "asks",
    "unscored",
];

/// The cells of [`arms`].
pub fn arm_rows(run: &RunData) -> Vec<Vec<String>> {
    points(run)
        .into_par_iter()
        .map(|rows| {
            let (value, interval, n) = eval::accuracy(&rows);
            let cost = |metric: &Metric| {
                metric.of(&rows).map_or(String::new(), |mean| number((mean.value * 10.0).round() / 10.0))
            };
            vec![
                point_name(rows[0]),
                percent(value, interval),
                number(n as f64),
                cost(&metrics::EVALUATOR_TOKENS),
                cost(&metrics::HELPER_TOKENS),
                cost(&metrics::LABEL_TOKENS),
                cost(&metrics::ASKS),
                counted(&eval::unscored(&rows)),
            ]
        })
        .collect()
}

/// The rows of each arm at each point of the sweep, in the order of the run.
pub(super) fn points(run: &RunData) -> Vec<Vec<&InstanceRow>> {
    eval::grouped(&run.instances, |row| (row.arm.clone(), row.swept.clone()))
}

pub(super) fn point_name(row: &InstanceRow) -> String {
    named_point(&row.arm, &row.swept)
}

/// An arm with its swept values, each by the last part of its path.
pub(super) fn named_point(arm: &str, swept: &Labels) -> String {
    let swept: Vec<String> =
        swept.iter().map(|(path, v)| format!("{} {v}", path.rsplit('.').next().unwrap_or(path))).collect();
    if swept.is_empty() { arm.to_owned() } else { format!("{arm} · {}", swept.join(", ")) }
}

/// What a reader of the table must be told: missing cells, ties, few clusters, one seed.
pub fn remarks(run: &RunData) -> Vec<String> {
    let mut remarks: Vec<String> = missing(run).into_iter().collect();
    let ties = run.instances.iter().filter(|r| eval::correct(r).is_some_and(|c| c > 0.0 && c < 1.0)).count();
    if ties > 0 {
        remarks.push(format!("{} verdicts are ties and count as their share (a half for two)", number(ties as f64)));
    }
    let all: Vec<&InstanceRow> = run.instances.iter().collect();
    let clusters = eval::clusters_by(&all, eval::correct).len();
    if (1..eval::stats::cluster::BOOTSTRAP_CLUSTERS_MIN).contains(&clusters) {
        remarks.push(format!("only {clusters} independent clusters: Student's intervals, which are wide and rough"));
    }
    remarks.extend(spread::remark(run));
    remarks
}

/// Cells named in a line at most.
const MISSING_NAMED_MAX: usize = 4;

/// Which cells of the run are not there, if any are not.
pub fn missing(run: &RunData) -> Option<String> {
    let missing = &run.missing;
    let named = |row: &PlannedRow| format!("{}, seed {}", named_point(&row.arm, &row.swept), row.seed);
    let mut names: Vec<String> = missing.iter().take(MISSING_NAMED_MAX).map(named).collect();
    names.extend((missing.len() > names.len()).then(|| "...".to_owned()));
    (!missing.is_empty()).then(|| {
        format!(
            "{} of {} cells are missing, and everything here is of the others: {}; run the experiment again to make them",
            missing.len(),
            run.cells,
            names.join("; ")
        )
    })
}

/// How often the blind arms, which never see the material, are right; a line for each of them.
pub fn leak(run: &RunData) -> Vec<String> {
    let blind = points(run).into_iter().filter(|rows| run.blind_arms.contains(&rows[0].arm));
    blind
        .map(|rows| {
            let (value, interval, n) = eval::accuracy(&rows);
            let flaws = eval::grouped(rows.iter().copied(), |row| row.labels.get("flaw").cloned());
            let worst = flaws
                .iter()
                .filter_map(|part| {
                    let (value, interval, _) = eval::accuracy(part);
                    Some((part[0].labels.get("flaw")?, value?, interval))
                })
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let by_flaw = worst.map_or_else(String::new, |(flaw, value, interval)| {
                format!("; most for flaw {flaw}: {}", percent(Some(value), interval))
            });
            format!(
                "leak: {} is right {} of the time without the material, n = {n} (50% is chance for pairs){by_flaw}",
                point_name(rows[0]),
                percent(value, interval)
            )
        })
        .collect()
}

/// The paired differences of every arm from the first that sees its own material; none where there is but one.
pub fn comparisons(run: &RunData, metric: &Metric) -> Option<Titled> {
    compared(run, &Baseline::first(run)?, metric)
}

/// The paired differences of every other arm from a baseline, as text; none where there is no other.
pub fn comparisons_with(run: &RunData, baseline: &Baseline, metric: &Metric, look: Look) -> Option<String> {
    compared(run, baseline, metric).map(|table| table.text(look))
}

/// The paired differences of every other arm from a baseline: each point of each arm against it at the matching point.
fn compared(run: &RunData, baseline: &Baseline, metric: &Metric) -> Option<Titled> {
    family(pairs(run, baseline, metric), metric, "")
}

/// A table of differences, each with its name; all of them are one family.
pub(super) fn family(found: Vec<(String, Comparison)>, metric: &Metric, told: &str) -> Option<Titled> {
    let together = holm(&found.iter().map(|(_, it)| it.p).collect::<Vec<_>>());
    let rows = found.iter().zip(together).map(|((name, it), p)| comparison_cells(name, metric, it, p)).collect();
    (!found.is_empty()).then(|| Titled {
        title: format!("paired differences in {}{told}", unit_of(metric)),
        header: PAIR_HEADER.to_vec(),
        rows,
        notes: vec![notes_of(metric)],
    })
}

/// What a difference of a metric is in, in words.
fn unit_of(metric: &Metric) -> &'static str {
    if metric.name == metrics::ASD.name { "agent score difference, in nats" } else { "accuracy, in points" }
}

/// How the columns of [`compared`] are to be read.
fn notes_of(metric: &Metric) -> String {
    let (scale, digits) = shown_in(metric);
    let telling = metric.telling().map_or_else(String::new, |least| {
        let least = format!("{:.digits$}", scale * least);
        format!("; cannot tell less: not told apart, and a true {least} would be missed more than one time in five")
    });
    format!(
        "p: sign-flip test over clusters; Holm: among all differences of the table; McNemar: exact, of instances that one arm \
         alone got right, ignores clusters (—: a tie, or several verdicts an instance). Won, lost: instances with more or less \
         of the metric. Detectable: the true difference that these clusters find with 80% power{telling}."
    )
}

/// The header of [`compared`].
const PAIR_HEADER: [&str; 9] = [
    "first less second",
    "difference [95% interval]",
    "p",
    "p, Holm",
    "p, McNemar",
    "won, lost",
    "n",
    "clusters",
    "detectable",
];

/// What arms are compared with: an arm at the points that match theirs, or one point of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline<'a> {
    name: String,
    rows: Vec<&'a InstanceRow>,
}

impl<'a> Baseline<'a> {
    /// Those of these names, or where there is no name the usual one, [`Self::first`].
    ///
    /// # Errors
    /// As [`Self::named`].
    pub fn all(run: &'a RunData, names: &[String]) -> Result<Vec<Self>> {
        if names.is_empty() {
            return Ok(Self::first(run).into_iter().collect());
        }
        names.iter().map(|name| Self::named(run, name)).collect()
    }

    /// The first arm that sees its own material, or the first; none where there is no arm.
    pub fn first(run: &'a RunData) -> Option<Self> {
        let sees = |arm: &&String| !run.blind_arms.contains(*arm) && !run.misled_arms.contains(*arm);
        let name = run.arms.iter().find(sees).or(run.arms.first())?;
        Some(Self { name: name.clone(), rows: eval::of_arm(&run.instances, name) })
    }

    /// Its rows.
    pub(super) fn rows(&self) -> &[&'a InstanceRow] {
        &self.rows
    }

    /// What the pair of a point and it is called.
    pub(super) fn pair(&self, point: &InstanceRow) -> String {
        format!("{} − {}", point_name(point), self.name)
    }

    /// The arm of that name, or the point that tables call so (`debate · words_max 80`).
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none, with the nearest name.
    pub fn named(run: &'a RunData, name: &str) -> Result<Self> {
        let of_arm = eval::of_arm(&run.instances, name);
        let at_point = || points(run).into_iter().find(|rows| point_name(rows[0]) == name);
        let rows = if of_arm.is_empty() { at_point() } else { Some(of_arm) };
        rows.map(|rows| Self { name: name.to_owned(), rows }).ok_or_else(|| {
            let points: Vec<String> = points(run).iter().map(|rows| point_name(rows[0])).collect();
            let known = nearest(name, run.arms.iter().chain(&points).map(String::as_str));
            Error::Usage(format!("there is no arm `{name}` to compare with\n  {known}"))
        })
    }
}

/// The points of the arms that are set against a baseline.
pub(super) fn others<'a>(run: &'a RunData, baseline: &Baseline) -> Vec<Vec<&'a InstanceRow>> {
    let is_other = |rows: &Vec<&InstanceRow>| rows[0].arm != baseline.name && point_name(rows[0]) != baseline.name;
    points(run).into_iter().filter(is_other).collect()
}

/// Each of them with its name and its difference from the baseline at the matching point.
pub(super) fn pairs(run: &RunData, baseline: &Baseline, metric: &Metric) -> Vec<(String, Comparison)> {
    let paired = |rows: &Vec<&InstanceRow>| {
        let found = eval::paired_by(metric, rows, &matching(&baseline.rows, rows[0]))?;
        Some((baseline.pair(rows[0]), found))
    };
    others(run, baseline).par_iter().filter_map(paired).collect()
}

/// The rows that stand at the same swept values as a point, as far as it knows them.
pub(super) fn matching<'a>(rows: &[&'a InstanceRow], point: &InstanceRow) -> Vec<&'a InstanceRow> {
    let fits = |row: &&&InstanceRow| {
        row.swept.iter().all(|(path, value)| point.swept.get(path).is_none_or(|other| other == value))
    };
    rows.iter().filter(fits).copied().collect()
}

/// What a difference is multiplied by to be shown, and its digits.
fn shown_in(metric: &Metric) -> (f64, usize) {
    if metric.name == metrics::ASD.name { (1.0, 2) } else { (100.0, 1) }
}

/// One row of [`compared`].
fn comparison_cells(name: &str, metric: &Metric, found: &Comparison, p_together: f64) -> Vec<String> {
    let (scale, digits) = shown_in(metric);
    let points = |v: f64| format!("{:+.digits$}", scale * v);
    let interval = found.interval.map_or("—".into(), |i| format!("[{}, {}]", points(i.low), points(i.high)));
    let chance = |p: f64| if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") };
    let left_out = if found.unpaired > 0 { format!(" ({} unpaired)", found.unpaired) } else { String::new() };
    let words = if found.cannot_tell_less(metric).is_some() { "cannot tell less than " } else { "" };
    vec![
        name.to_owned(),
        format!("{} {interval}", points(found.difference)),
        chance(found.p),
        chance(p_together),
        found.mcnemar.map_or("—".into(), chance),
        format!("{}, {}", number(found.won as f64), number(found.lost as f64)),
        format!("{}{left_out}", number(found.n as f64)),
        number(found.clusters as f64),
        found.detectable.map_or("—".into(), |d| format!("{words}{:.digits$}", scale * d)),
    ]
}

/// A share as a percentage with its interval.
pub fn percent(value: Option<f64>, interval: Option<Interval>) -> String {
    let Some(value) = value else { return "—".into() };
    let interval = interval.map_or("[—]".into(), |i| format!("[{:.1}, {:.1}]", 100.0 * i.low, 100.0 * i.high));
    format!("{:.1}% {interval}", 100.0 * value)
}

pub(super) fn counted(unscored: &BTreeMap<OutcomeKind, u64>) -> String {
    if unscored.is_empty() {
        return "0".into();
    }
    let name = |kind: &OutcomeKind| match kind {
        OutcomeKind::Scored => "scored",
        OutcomeKind::Unparsable => "unparsable",
        OutcomeKind::Refused => "refused",
        OutcomeKind::OverBudget => "over budget",
        OutcomeKind::Failed => "failed",
    };
    unscored.iter().map(|(kind, n)| format!("{} {}", number(*n as f64), name(kind))).collect::<Vec<_>>().join(", ")
}

/// A table whose first column is names and the rest numbers.
pub(super) fn render(header: &[&str], rows: &[Vec<String>], look: Look) -> String {
    let mut table = Table::new();
    match look {
        Look::Plain => table.load_style(NOTHING).force_no_tty(),
        Look::Ruled => table.load_style(UTF8_FULL_CONDENSED).force_no_tty(),
        Look::Bold => table.load_style(UTF8_FULL_CONDENSED).enforce_styling(),
    };
    table.set_header(header.iter().map(|name| match look {
        Look::Bold => Cell::new(name).add_attribute(Attribute::Bold),
        Look::Plain | Look::Ruled => Cell::new(name),
    }));
    for row in rows {
        table.add_row(row);
    }
    for index in 1..header.len() {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
