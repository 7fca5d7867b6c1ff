//! What each arm recovers of the gap between a weak and a strong one, as a table.

use super::data::RunData;
use super::scores::Titled;
use super::table::{matching, percent, point_name, points};
use crate::error::{Error, Result};
use crate::eval;
use crate::eval::gap::{GAP_MIN, Recovered, Refusal, recovered};
use crate::spec::nearest;

const HEADER: [&str; 5] = ["arm", "gap recovered [95% interval]", "gap, in points", "n", "clusters"];

/// Every point of every arm but `floor` and `ceiling`.
///
/// # Errors
/// [`Error::Usage`] where one of the two is no arm of the runs.
pub fn table(run: &RunData, floor: &str, ceiling: &str) -> Result<Titled> {
    for name in [floor, ceiling] {
        if !run.arms.iter().any(|arm| arm == name) {
            let known = nearest(name, run.arms.iter().map(String::as_str));
            return Err(Error::Usage(format!("there is no arm `{name}` to measure the gap with\n  {known}")));
        }
    }
    let ends = [floor, ceiling].map(|name| eval::of_arm(&run.instances, name));
    let rows = points(run)
        .into_iter()
        .filter(|rows| rows[0].arm != floor && rows[0].arm != ceiling)
        .map(|rows| {
            let [floor, ceiling] = [0, 1].map(|end| matching(&ends[end], rows[0]));
            cells(point_name(rows[0]), recovered(&rows, &floor, &ceiling))
        })
        .collect();
    let notes = vec![format!(
        "0% is {floor}, 100% is {ceiling}; refused where they are less than {:.0} points apart. The interval is over units that \
         all three arms share.",
        100.0 * GAP_MIN
    )];
    let title = format!("accuracy gap recovered, from {floor} to {ceiling}");
    Ok(Titled { title, header: HEADER.to_vec(), rows, notes })
}

fn cells(name: String, found: std::result::Result<Recovered, Refusal>) -> Vec<String> {
    let refused = |why: String| vec![name.clone(), why, "—".into(), "—".into(), "—".into()];
    match found {
        Err(Refusal::NothingShared) => refused("no instance is scored in all three".into()),
        Err(Refusal::Small(gap)) => refused(format!("refused: the gap is {:+.1} points", 100.0 * gap)),
        Ok(found) => vec![
            name,
            percent(Some(found.share.value), found.share.interval),
            format!("{:+.1}", 100.0 * found.gap),
            found.n.to_string(),
            found.clusters.to_string(),
        ],
    }
}
