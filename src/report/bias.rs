//! The table of what a bias became at every level, where a helper was made to lean.

use super::axis::number;
use super::data::RunData;
use super::scores::Titled;
use super::table::{named_point, percent};
use crate::eval::Measured;
use crate::eval::bias::{self, Asked, Point};

/// Bias by level, gains, and how often the root is right by whom the bias favours, of every arm at every point of the sweep; and
/// what fraction of replies must be audited for the gain to fall to one, where that was swept.
pub fn table(run: &RunData) -> Option<Titled> {
    let points = bias::points(&run.leanings);
    (!points.is_empty()).then(|| Titled {
        title:
            "what a bias becomes, in nats of log-odds towards the favoured candidate, against the same with delta = 0; \
                levels from the leaves up"
                .into(),
        header: vec![
            "arm",
            "bias by level",
            "gain by level",
            "gain, root over delta",
            "spread of the root",
            "right where favoured is",
            "right where it is not",
            "n",
        ],
        rows: points.iter().map(cells).collect(),
        notes: audits(&points),
    })
}

fn cells(point: &Point<'_>) -> Vec<String> {
    let levels: Vec<u16> = point.known().collect();
    let joined = |ask: &dyn Fn(u16) -> Asked, levels: &[u16]| {
        let found = levels.iter().map(|level| short(point.measured(ask(*level))));
        let text = found.collect::<Vec<_>>().join(" → ");
        if text.is_empty() { "—".to_owned() } else { text }
    };
    let share = |found: Option<Measured>| percent(found.map(|it| it.value), found.and_then(|it| it.interval));
    let [when_right, when_wrong] = point.right().map(share);
    let root = point.measured(Asked::Bias(None));
    vec![
        named_point(point.arm, point.swept),
        joined(&|level| Asked::Bias(Some(level)), &levels),
        joined(&Asked::Gain, levels.get(1..).unwrap_or(&[])),
        with_interval(point.measured(Asked::EndToEnd)),
        with_interval(point.measured(Asked::Spread(None))),
        when_right,
        when_wrong,
        root.map_or("—".into(), |found| number(found.n as f64)),
    ]
}

fn short(found: Option<Measured>) -> String {
    found.map_or("—".into(), |found| format!("{:.2}", found.value))
}

fn with_interval(found: Option<Measured>) -> String {
    let Some(Measured { value, interval, .. }) = found else { return "—".into() };
    let interval = interval.map_or("[—]".into(), |i| format!("[{:.2}, {:.2}]", i.low, i.high));
    format!("{value:.2} {interval}")
}

/// A line for each arm whose audited fraction was swept.
fn audits(points: &[Point<'_>]) -> Vec<String> {
    let mut groups: Vec<Vec<&Point<'_>>> = Vec::new();
    for point in points {
        match groups.iter_mut().find(|group| (group[0].arm, group[0].delta) == (point.arm, point.delta)) {
            Some(group) => group.push(point),
            None => groups.push(vec![point]),
        }
    }
    let line = |group: &Vec<&Point<'_>>| {
        let found = bias::audited_for_unit_gain(group).filter(|_| group.len() > 1)?;
        let (arm, delta) = (group[0].arm, group[0].delta);
        Some(format!(
            "{arm} at delta {delta}: the gain falls to one where {} of replies are audited",
            with_interval(Some(found))
        ))
    };
    groups.iter().filter_map(line).collect()
}
