//! The spread over seeds beside the spread over instances, as tables.

use rayon::prelude::*;

use super::axis::number;
use super::data::RunData;
use super::scores::Titled;
use super::table::{Baseline, pairs, point_name, points};
use crate::eval::metrics::ACCURACY;
use crate::eval::stats::seeds::SeedSpread;
use crate::record::rows::InstanceRow;

const NOTE: &str = "over seeds: standard deviation between the means of seeds beyond what their instances explain, cut at \
                    zero where they explain all, and rough with few seeds; over instances: standard error of one seed's mean";

/// What must be said of a run's seeds where nothing can be shown of them.
pub fn remark(run: &RunData) -> Option<String> {
    (run.seeds().len() == 1).then(|| "one seed: nothing is known of the spread over seeds".to_owned())
}

/// Of every arm at every point of the sweep, how much accuracy varies with the seed and how much with the instances; none
/// of a run with one seed, of which [`remark`] speaks.
pub fn arms(run: &RunData) -> Option<Titled> {
    let of = |rows: Vec<&InstanceRow>| (point_name(rows[0]), ACCURACY.over_seeds(&rows));
    titled(run, "spread of accuracy", "arm", || points(run).into_par_iter().map(of).collect())
}

/// The same of the paired differences from baselines: what seeds change for both arms alike is not in it.
pub fn differences(run: &RunData, baselines: &[Baseline]) -> Option<Titled> {
    let found = || baselines.iter().flat_map(|baseline| pairs(run, baseline, &ACCURACY));
    titled(run, "spread of paired differences in accuracy", "first less second", || {
        found().map(|(name, it)| (name, it.over_seeds)).collect()
    })
}

fn titled(
    run: &RunData,
    what: &str,
    named: &'static str,
    found: impl FnOnce() -> Vec<(String, Option<SeedSpread>)>,
) -> Option<Titled> {
    let found = if run.seeds().len() > 1 { found() } else { Vec::new() };
    (!found.is_empty()).then(|| Titled {
        title: format!("{what} over seeds and over instances, in points"),
        header: vec![named, "seeds", "means of seeds", "over seeds", "over instances"],
        rows: found.into_iter().map(|(name, spread)| cells(name, spread)).collect(),
        notes: vec![NOTE.into()],
    })
}

fn cells(name: String, spread: Option<SeedSpread>) -> Vec<String> {
    let Some(it) = spread else {
        return vec![name, "—".into(), "one seed, or one unit of a seed: not known".into(), "—".into(), "—".into()];
    };
    let points = |v: f64| format!("{:.1}", 100.0 * v);
    let cut = if it.is_cut() { " (cut)" } else { "" };
    vec![
        name,
        number(it.seeds as f64),
        format!("{} to {}", points(it.low), points(it.high)),
        format!("{}{cut}", points(it.over_seeds())),
        points(it.over_instances),
    ]
}
