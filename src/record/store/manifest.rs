//! The manifest: what identifies a run, written before anything else.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::record::rows::VERSION;

/// The manifest's name in a run folder.
pub(super) const FILE: &str = "manifest.json";

/// What a run is made of and by, and nothing that changes while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this folder's files.
    pub version: u32,
    /// The experiment's name.
    pub name: String,
    /// The hash of the plan's fits and cells in order.
    pub plan: String,
    /// The seeds, in order.
    pub seeds: Vec<u64>,
    /// The version of the program.
    pub crate_version: String,
    /// The type of processor: results are equal bit for bit on one type only.
    pub cpu: String,
}

impl Manifest {
    /// The manifest of a plan, run here and now.
    pub fn of(plan: &Plan) -> Self {
        Self {
            version: VERSION,
            name: plan.spec.name.clone(),
            plan: plan.hash(),
            seeds: plan.seeds(),
            crate_version: env!("CARGO_PKG_VERSION").to_owned(),
            cpu: cpu(),
        }
    }

    /// The manifest of a run folder, where there is one.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let place = folder.join(FILE);
        let text = match std::fs::read_to_string(&place) {
            Ok(text) => text,
            Err(_) if !place.exists() => return Ok(None),
            Err(cause) => return Err(Error::file("read", &place, cause)),
        };
        let manifest = serde_json::from_str(&text).map_err(|cause| {
            Error::Environment(format!(
                "`{}` is no manifest of this version of tribunal: {cause}\n  name another folder with --out",
                place.display()
            ))
        })?;
        Ok(Some(manifest))
    }

    /// As written.
    pub(super) fn to_json(&self) -> Result<String> {
        let json = serde_json::to_string_pretty(self);
        Ok(json.map_err(|e| Error::Bug(format!("the manifest cannot be written as JSON: {e}")))? + "\n")
    }

    /// Refuses to mix results of two programs or two types of processor in one folder. Another plan is welcome: the
    /// cells that both have are kept.
    pub(super) fn may_continue_as(&self, wanted: &Self, folder: &Path) -> Result<()> {
        let differs = [
            ("version of the files", self.version.to_string(), wanted.version.to_string()),
            ("version of tribunal", self.crate_version.clone(), wanted.crate_version.clone()),
            ("type of processor", self.cpu.clone(), wanted.cpu.clone()),
        ]
        .into_iter()
        .find(|(_, was, is)| was != is);
        let Some((what, was, is)) = differs else { return Ok(()) };
        Err(Error::Environment(format!(
            "the run in `{}` was begun with another {what}: `{was}`, and this is `{is}`\n  \
             results of both cannot stand in one folder: name another one with --out, or continue where it was begun",
            folder.display()
        )))
    }
}

/// The processor's type: the architecture, its model where the system tells it, and the widest vectors that kernels
/// choose by.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unnamed", |rest| rest.trim_matches([':', ' ', '\t']));
    format!("{}, {model}, {}", std::env::consts::ARCH, vectors())
}

#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    match (std::arch::is_x86_feature_detected!("avx512f"), std::arch::is_x86_feature_detected!("avx2")) {
        (true, _) => "avx512",
        (false, true) => "avx2",
        (false, false) => "sse2",
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    "plain"
}
