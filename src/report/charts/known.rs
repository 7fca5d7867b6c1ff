//! What can be asked of the records of a run, so that a request for anything else is refused with the nearest name.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::eval::bias::Asked;
use crate::eval::metrics;
use crate::eval::stats::curve;
use crate::report::data::RunData;
use crate::report::request::{Request, refuse_unknown, refuse_unmet};
use crate::spec::nearest;

/// The names that rows know.
#[derive(Debug, Default)]
pub struct Known<'a> {
    swept: BTreeSet<&'a str>,
    facts: BTreeSet<&'a str>,
    metrics: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    /// Those of a run, read once for all of its requests.
    pub fn of(run: &'a RunData) -> Self {
        let mut known = Self::default();
        let measured = metrics::ALL.iter().map(|metric| metric.name).chain([metrics::ERROR.name]);
        known.metrics.extend(measured.chain(run.results.iter().map(|row| row.metric.as_str())));
        known.swept.extend(run.points().flat_map(|(_, swept)| swept.keys()).map(String::as_str));
        let labels = run.instances.iter().map(|row| &row.labels).chain(run.leanings.iter().map(|row| &row.labels));
        let labels = labels.chain(run.results.iter().map(|row| &row.labels));
        known.facts.extend(labels.flat_map(|labels| labels.keys()).map(String::as_str));
        known.facts.extend(known.swept.iter().copied().chain(["arm"]));
        known
    }

    /// Refuses a request for what no row knows.
    pub fn check(&self, run: &RunData, request: &Request) -> Result<()> {
        // What a bias became goes by more names than can be listed: one for each level.
        let of_bias = (!run.leanings.is_empty() && Asked::named(&request.y).is_some()).then_some(request.y.as_str());
        let of_y: BTreeSet<&str> = self.metrics.union(&self.swept).copied().chain(of_bias).collect();
        let is_map = self.swept.contains(request.y.as_str());
        let no_fact = "is no swept path and no label of these records, and not `arm`";
        let asked = [
            ("y", "is no metric of these records and no swept path", &request.y, &of_y),
            ("x", no_fact, &request.x, &self.facts),
            ("group", no_fact, &request.group, &self.facts),
        ];
        let is_unknown = |(key, _, name, known): &(&str, &str, &String, &BTreeSet<&str>)| {
            !(known.contains(name.as_str()) || *key == "group" && is_map)
        };
        if let Some((key, what, name, known)) = asked.into_iter().find(is_unknown) {
            return Err(Error::Usage(format!("{key} `{name}` {what}\n  {}", nearest(name, known.iter().copied()))));
        }
        refuse_unknown(&request.when, || run.points())?;
        refuse_unmet(&request.when, run.points())?;
        match request.fit.as_deref().filter(|fit| !curve::names().contains(fit) && curve::Form::named(fit).is_none()) {
            Some(fit) => Err(Error::Usage(format!("fit `{fit}` is no curve\n  {}", nearest(fit, curve::names())))),
            None => Ok(()),
        }
    }
}
