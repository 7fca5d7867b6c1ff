//! Casting: the helpers of a cell or fit made from their descriptions, for the roles that they play.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::helper::Helper;
use crate::helper::simulated::Trust;
use crate::helper::trained::TrainedHelper;
use crate::model::Device;
use crate::plan::FitSpec;
use crate::reward::{Aggregator, Reader};
use crate::spec::parts::HelperSpec;
use crate::stream::Stream;
use crate::task::Truths;

/// What helpers are made from.
pub struct Casting<'a> {
    /// The descriptions, by name.
    pub helpers: &'a BTreeMap<String, HelperSpec>,
    /// The run's seed.
    pub seed: u64,
    /// The truths that simulated and oracle helpers may hold.
    pub truths: &'a Truths,
    /// For each trained helper, its levels and the folders of their fits.
    pub snapshots: BTreeMap<String, Vec<(u16, PathBuf)>>,
    /// Where models are served.
    pub device: Device,
}

impl Casting<'_> {
    /// The helper of that name, who trusts others so far.
    pub fn helper(&self, name: &str, trust: &Trust) -> Result<Arc<dyn Helper>> {
        let spec = self.helpers.get(name).ok_or_else(|| Error::Bug(format!("the plan let through `{name}`")))?;
        spec.settings().build(name, self, trust)
    }
}

/// The helper that the fits of some levels amount to.
pub fn snapshot(fits: &[(u16, PathBuf)], device: Device) -> Result<TrainedHelper> {
    let folder = |level| fits.iter().find(|(of, _)| *of == level).map(|(_, folder)| folder);
    Ok(TrainedHelper {
        reader: folder(0).map(|folder| Reader::load(folder, device)).transpose()?.map(Arc::new),
        claim: folder(1).map(|folder| Aggregator::load(folder, device)).transpose()?.map(Arc::new),
        which: folder(2).map(|folder| Aggregator::load(folder, device)).transpose()?.map(Arc::new),
    })
}

/// The stream of all asks of a seed: equal in every arm, fit and cell.
pub fn asks_stream(seed: u64) -> Stream {
    Stream::root(seed).named("asks")
}

/// The stream of a fit's initial weights and data order.
pub fn fit_stream(spec: &FitSpec) -> Stream {
    match spec {
        FitSpec::Level(fit) => Stream::root(fit.seed).named("fit").index(u64::from(fit.level)),
        FitSpec::Judge(fit) => Stream::root(fit.seed).named("judge"),
        FitSpec::Reward(fit) => Stream::root(fit.seed).named("reward"),
    }
}
