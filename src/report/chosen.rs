//! The rows that one plot is about, borrowed from those of its run: a plot of some points of a sweep costs no second copy.

use std::collections::{BTreeSet, HashSet};

use super::axis::number;
use super::charts::words;
use super::data::RunData;
use super::request::Request;
use crate::eval;
use crate::record::rows::{InstanceRow, Labels, PoolRow, ResultRow};

/// Rows of a run.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The run.
    pub run: &'a RunData,
    /// The tested instances.
    pub instances: Vec<&'a InstanceRow>,
    /// The results.
    pub results: Vec<&'a ResultRow>,
    request: Option<&'a Request>,
}

impl<'a> Chosen<'a> {
    /// All of a run.
    pub fn all(run: &'a RunData) -> Self {
        Self { run, instances: run.instances.iter().collect(), results: run.results.iter().collect(), request: None }
    }

    /// What a request is about.
    pub fn by(run: &'a RunData, request: &'a Request) -> Self {
        Self {
            run,
            instances: run.instances.iter().filter(|row| request.is_of(&row.arm, &row.swept)).collect(),
            results: run.results.iter().filter(|row| request.is_of(&row.arm, &row.labels)).collect(),
            request: Some(request),
        }
    }

    /// These results of a run and no instance.
    pub fn results_alone(run: &'a RunData, results: Vec<&'a ResultRow>) -> Self {
        Self { run, instances: Vec::new(), results, request: None }
    }

    /// These tested instances of a run and no result.
    pub fn instances_alone(run: &'a RunData, instances: Vec<&'a InstanceRow>) -> Self {
        Self { run, instances, results: Vec::new(), request: None }
    }

    /// Those of the tested instances that pass, and no result.
    pub fn where_instances(&self, passes: impl Fn(&InstanceRow) -> bool) -> Self {
        let instances = self.instances.iter().copied().filter(|row| passes(row)).collect();
        Self { run: self.run, instances, results: Vec::new(), request: self.request }
    }

    /// Whether rows of an arm at these swept values are among them.
    pub fn has(&self, arm: &str, swept: &Labels) -> bool {
        self.request.is_none_or(|request| request.is_of(arm, swept))
    }

    /// The first row of every cell: rows of one follow one another.
    pub fn cells(&self) -> impl Iterator<Item = &'a InstanceRow> {
        let is_first = |i: usize| i == 0 || self.instances[i - 1].cell != self.instances[i].cell;
        self.instances.iter().enumerate().filter(move |(i, _)| is_first(*i)).map(|(_, row)| *row)
    }

    /// Run, seeds, instances and clusters, for the line below a plot.
    pub fn caption(&self) -> String {
        let seeds = self.instances.iter().map(|row| row.seed).chain(self.results.iter().filter_map(|row| row.seed));
        let seeds: BTreeSet<u64> = seeds.collect();
        let mut tested: HashSet<(u64, &str)> =
            self.instances.iter().map(|row| (row.seed, row.instance.as_str())).collect();
        let mut units: HashSet<eval::Unit<'_>> = self.instances.iter().map(|row| eval::unit_of(row)).collect();
        if tested.is_empty() {
            // Where arms chose among pools alone, these are what was tested.
            let arms: HashSet<&str> = self.results.iter().map(|row| row.arm.as_str()).collect();
            let is_of = |row: &&PoolRow| arms.contains(row.arm.as_str()) && self.has(&row.arm, &row.swept);
            for row in self.run.pools.iter().filter(is_of) {
                tested.insert((row.seed, &row.instance));
                units.insert(eval::unit(row.seed, row.cluster_scope, &row.cluster));
            }
        }
        let named: Vec<String> = seeds.iter().map(u64::to_string).collect();
        let named =
            if named.len() > 8 { format!("{} … {}", named[0], named[named.len() - 1]) } else { named.join(", ") };
        let missing = match self.run.missing.len() {
            0 => String::new(),
            some => format!(" · {some} of {} cells are missing", self.run.cells),
        };
        let sample = match tested.len() {
            0 => "n of every point in the CSV".to_owned(),
            n => format!("n = {} test instances in {} clusters", number(n as f64), number(units.len() as f64)),
        };
        format!(
            "run {} · {} {} ({named}) · {sample} · 95% intervals over {}{missing}",
            self.run.name,
            seeds.len(),
            if seeds.len() == 1 { "seed" } else { "seeds" },
            if self.instances.is_empty() {
                "cells where a point is of several, else over clusters"
            } else {
                "clusters"
            },
        )
    }
}

impl RunData {
    /// Whether a point agrees with the centre of the sweep in all that both know. Where nothing is varied around a centre,
    /// every point does.
    pub fn is_at_centre(&self, swept: &Labels) -> bool {
        self.is_at_centre_of(swept, |_| true)
    }

    /// The same in the paths that are asked for.
    pub fn is_at_centre_of(&self, swept: &Labels, asked: impl Fn(&str) -> bool) -> bool {
        let mut centre = self.centre.iter().filter(|(path, _)| asked(path));
        centre.all(|(path, value)| swept.get(path).is_none_or(|own| own == value))
    }

    /// The centre in words, of the paths that are `told`: `width 28, depth 2`.
    pub fn centre_words(&self, told: impl Fn(&str) -> bool) -> String {
        let centre = self.centre.iter().filter(|(path, _)| told(path));
        let values = centre.map(|(path, value)| format!("{} {value}", words(path)));
        values.collect::<Vec<_>>().join(", ")
    }

    /// Which of some points a plot shows that has room for `most`: all, or those at the centre of the sweep, or the first;
    /// and what must be said of it.
    pub fn with_room(&self, points: &[&Labels], most: usize) -> (Vec<usize>, Option<String>) {
        let all: Vec<usize> = (0..points.len()).collect();
        if points.len() <= most {
            return (all, None);
        }
        let beyond = "the CSV holds all, and a plot against a swept value can be asked for.";
        let centred: Vec<usize> = all.iter().copied().filter(|i| self.is_at_centre(points[*i])).collect();
        let is_centre = !self.centre.is_empty() && (1..=most).contains(&centred.len());
        let shown = if is_centre { centred } else { all[..most].to_vec() };
        let what = if is_centre {
            format!("The centre of the sweep ({}) is shown", self.centre_words(|_| true))
        } else {
            "The first are shown".to_owned()
        };
        let note = format!("{what}: {} of {} points; {beyond}", shown.len(), points.len());
        (shown, Some(note))
    }
}
