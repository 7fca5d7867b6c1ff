//! Whether the task can give what a plan draws: asked of it before any work.

use std::collections::BTreeMap;

use super::{FitSpec, Id, LevelFit, Plan};
use crate::error::Error;
use crate::levels::{LEVELS, Labels};
use crate::spec::parts::TaskSpec;
use crate::spec::{Fault, MaterialSpec};
use crate::task::{Split, Task, fault};

/// Refuses what some fit or cell would find out at its first draw.
pub(super) fn check(plan: &Plan) -> Result<(), Fault> {
    let mut draws = Draws::default();
    for fit in &plan.fits {
        // A judge of images takes as many as there are.
        let FitSpec::Level(spec) = &fit.spec else { continue };
        let needed = clusters_of(spec);
        let found = draws.clusters(&spec.task, Split::Train, spec.train, spec.seed)?;
        if found < needed {
            let what = format!(
                "{} training instances are of {found} independent units (books, or twins of generated ones), and the \
                 {LEVELS} levels of a trained helper learn from different ones",
                spec.train
            );
            return Err(Fault::of("instances.train", what, "raise it, or give a task with more of them"));
        }
    }
    for cell in &plan.cells {
        let (spec, instances) = (&cell.spec, cell.spec.instances);
        draws.clusters(&spec.task, Split::Validation, spec.validated(), spec.seed)?;
        let found = draws.clusters(&spec.task, Split::Test, instances.test, spec.seed)?;
        if spec.material == MaterialSpec::Another && found < 2 {
            let what = "its test instances are all of one independent unit, and it reads the material of another";
            let fault = Fault::of("material", what, "raise `instances.test`, or give a task with more books");
            return Err(fault.within(&format!("arms.{}", spec.arm)));
        }
    }
    Ok(())
}

/// Training clusters without which a fit has no label: the levels take turns at them.
fn clusters_of(fit: &LevelFit) -> usize {
    if fit.learner.labels == Labels::Truth { 1 } else { usize::from(fit.level) + 1 }
}

/// The tasks of a plan, each made once, and what their draws came to.
#[derive(Default)]
struct Draws {
    tasks: BTreeMap<Id, Box<dyn Task>>,
    clusters: BTreeMap<(Id, Split, usize, u64), usize>,
}

impl Draws {
    fn clusters(&mut self, spec: &TaskSpec, split: Split, count: usize, seed: u64) -> Result<usize, Fault> {
        let fault = |error: Error| fault(&error.to_string()).within(spec.kind()).within("task");
        let id = Id::of(spec);
        let draw = (id.clone(), split, count, seed);
        if let Some(known) = self.clusters.get(&draw) {
            return Ok(*known);
        }
        if !self.tasks.contains_key(&id) {
            self.tasks.insert(id.clone(), spec.settings().build().map_err(fault)?);
        }
        let clusters = self.tasks[&id].clusters(split, count, seed).map_err(fault)?;
        self.clusters.insert(draw, clusters);
        Ok(clusters)
    }
}
