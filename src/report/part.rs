//! A part of a run, and a run told part by part: the points that a condition is about, and each value of a label by itself.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::axis::number;
use super::data::RunData;
use super::request::{refuse_unknown, refuse_unmet, stands_at};
use super::scores::Titled;
use super::table::{Baseline, family, matching, others, percent, point_name, points};
use crate::error::{Error, Result};
use crate::eval::{self, Metric, metrics};
use crate::record::rows::{InstanceRow, Labels};
use crate::spec::condition::Condition;
use crate::spec::nearest;

impl RunData {
    /// The arm and the swept values of every row that stands at a point of the sweep.
    pub(super) fn points(&self) -> impl Iterator<Item = (&str, &Labels)> {
        let tested = self.instances.iter().map(|row| (row.arm.as_str(), &row.swept));
        let leaning = self.leanings.iter().map(|row| (row.arm.as_str(), &row.swept));
        let chosen_among = self.pools.iter().map(|row| (row.arm.as_str(), &row.swept));
        tested.chain(leaning).chain(chosen_among)
    }

    /// What the run has of the arms and points that a condition is about. All that is said of it is of those: so the
    /// differences of a table are corrected for their number among those alone.
    ///
    /// # Errors
    /// [`Error::Usage`] where the condition names what no row knows, or where no row meets it.
    pub fn at(mut self, when: &Condition) -> Result<Self> {
        if when.is_empty() {
            return Ok(self);
        }
        let measured = || self.results.iter().map(|row| (row.arm.as_str(), &row.labels));
        // What was measured of a whole cell has labels of its own, which are asked for where there are no rows but those.
        let of_cells = || self.instances.is_empty().then(measured).into_iter().flatten();
        refuse_unknown(when, || self.points().chain(of_cells()))?;
        refuse_unmet(when, self.points().chain(measured()))?;
        let is_of = |arm: &str, facts: &Labels| stands_at(when, arm, facts);
        self.instances.retain(|row| is_of(&row.arm, &row.swept));
        self.results.retain(|row| is_of(&row.arm, &row.labels));
        self.arguments.retain(|row| is_of(&row.arm, &row.swept));
        self.pools.retain(|row| is_of(&row.arm, &row.swept));
        self.leanings.retain(|row| is_of(&row.arm, &row.swept));
        self.missing.retain(|row| is_of(&row.arm, &row.swept));
        let left = self.points().map(|(arm, _)| arm).chain(self.results.iter().map(|row| row.arm.as_str()));
        let left: BTreeSet<String> = left.map(str::to_owned).collect();
        self.arms.retain(|arm| left.contains(arm));
        Ok(self)
    }
}

/// The accuracy of every arm at every point for each value of a label, and their paired differences from the baselines,
/// which are one family: corrected for the number of them all.
///
/// # Errors
/// [`Error::Usage`] where no instance has such a label, with the nearest one.
pub fn by_label(run: &RunData, label: &str, baselines: &[Baseline]) -> Result<Vec<Titled>> {
    let known: BTreeSet<&str> = run.instances.iter().flat_map(|row| row.labels.keys()).map(String::as_str).collect();
    if !known.contains(label) {
        let known = nearest(label, known.iter().copied());
        return Err(Error::Usage(format!("`{label}` is no label of the instances of these records\n  {known}")));
    }
    let rows = points(run).iter().flat_map(|rows| parts(rows, label)).collect::<Vec<_>>();
    let rows = rows.par_iter().map(|(value, rows)| accuracy_cells(value, rows)).collect();
    let header = vec!["arm", "accuracy [95% interval]", "n", "clusters"];
    let table = Titled { title: format!("accuracy by {label}"), header, rows, notes: Vec::new() };
    let differences = baselines.iter().filter_map(|it| compared(run, label, it));
    Ok(std::iter::once(table).chain(differences).collect())
}

/// Rows by their values of a label, those without one left out; in the order of the values.
fn parts<'a>(rows: &[&'a InstanceRow], label: &str) -> Vec<(String, Vec<&'a InstanceRow>)> {
    let with_it = rows.iter().copied().filter(|row| row.labels.contains_key(label));
    let mut parts = eval::grouped(with_it, |row| row.labels.get(label).cloned());
    parts.sort_by(|a, b| a[0].labels.get(label).cmp(&b[0].labels.get(label)));
    parts.into_iter().map(|rows| (rows[0].labels.get(label).cloned().unwrap_or_default(), rows)).collect()
}

fn accuracy_cells(value: &str, rows: &[&InstanceRow]) -> Vec<String> {
    let (share, interval, n) = eval::accuracy(rows);
    let clusters = eval::clusters_by(rows, eval::correct).len();
    vec![named(&point_name(rows[0]), value), percent(share, interval), number(n as f64), number(clusters as f64)]
}

fn named(of: &str, value: &str) -> String {
    format!("{of} · {value}")
}

fn compared(run: &RunData, label: &str, baseline: &Baseline) -> Option<Titled> {
    const METRIC: &Metric = &metrics::ACCURACY;
    let of_point = |rows: &Vec<&InstanceRow>| {
        let against = matching(baseline.rows(), rows[0]);
        let found = |(value, rows): (String, Vec<&InstanceRow>)| {
            Some((named(&baseline.pair(rows[0]), &value), eval::paired_by(METRIC, &rows, &against)?))
        };
        parts(rows, label).into_iter().filter_map(found).collect::<Vec<_>>()
    };
    let found = others(run, baseline).par_iter().flat_map_iter(of_point).collect();
    family(found, METRIC, &format!(", by {label}"))
}
