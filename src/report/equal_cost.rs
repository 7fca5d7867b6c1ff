//! Comparisons at equal cost, as a table: whether the arms of a pair read the same, and how they differ where both do.

use rayon::prelude::*;

use super::axis::number;
use super::data::RunData;
use super::scores::Titled;
use super::table::{Baseline, matching, others, points};
use crate::eval::equal_cost::{APART_MAX, Budgets, NotReached, Tokens, at_matched_tokens};
use crate::eval::{grouped, metrics};
use crate::record::rows::{InstanceRow, Labels};

/// The last part of a swept path that is a budget of the evaluator's.
const BUDGET: &str = "evaluator_tokens_max";

const HEADER: [&str; 5] = [
    "first less second",
    "evaluator tokens, first and second",
    "ratio",
    "as they stand",
    "difference at matched tokens [95% interval]",
];

/// The pairs that [`super::table::comparisons_with`] shows for these baselines, by what their evaluators read, with the
/// difference in accuracy where both read the same.
pub fn table(run: &RunData, baselines: &[Baseline]) -> Option<Titled> {
    let all = points(run);
    let rows: Vec<Vec<String>> = baselines
        .iter()
        .flat_map(|baseline| {
            let pairs = others(run, baseline);
            pairs.par_iter().filter_map(|rows| cells(&all, rows, baseline)).collect::<Vec<_>>()
        })
        .collect();
    let notes = vec![format!(
        "Evaluator tokens: mean for an instance. More than {:.0}% apart is not at equal cost. At matched tokens: an arm with \
         several budgets (`{BUDGET}` swept) is moved to what the other reads, between its two budgets beside that, linearly in \
         the logarithm of tokens and never beyond them; paired by instance, with the interval over clusters, mean tokens taken \
         as known.",
        100.0 * APART_MAX
    )];
    (!rows.is_empty()).then(|| Titled {
        title: "accuracy at equal cost, in points".into(),
        header: HEADER.to_vec(),
        rows,
        notes,
    })
}

fn cells(all: &[Vec<&InstanceRow>], rows: &[&InstanceRow], baseline: &Baseline<'_>) -> Option<Vec<String>> {
    let point = rows[0];
    let matched = matching(baseline.rows(), point);
    let tokens = Tokens::of(rows, &matched)?;
    let is_same = |of: &&Vec<&InstanceRow>| of[0].arm == point.arm && is_same_but_budget(of[0], point);
    let firsts: Budgets<'_> = all.iter().filter(is_same).cloned().collect();
    let seconds = beside(baseline.rows(), point);
    let at = (place(&firsts, point), place(&seconds, matched.first()?));
    let found = at_matched_tokens(&metrics::ACCURACY, (&firsts, at.0), (&seconds, at.1));
    let places = |v: f64| number((v * 10.0).round() / 10.0);
    let moved = match found {
        Ok(it) => {
            let signed = |v: f64| format!("{:+.1}", 100.0 * v);
            let ends = it.interval.map_or("[—]".into(), |i| format!("[{}, {}]", signed(i.low), signed(i.high)));
            format!("{} {ends} at {}", signed(it.difference), places(it.tokens))
        }
        Err(_) if tokens.is_equal() => "as they stand".into(),
        Err(NotReached::OneBudget) => "not reached: one budget of either".into(),
        Err(NotReached::Outside { low, high, wanted }) => {
            format!("not reached: {} lies outside {} to {}", places(wanted), places(low), places(high))
        }
        Err(NotReached::NothingShared) => "not reached: no instance scored in all".into(),
    };
    Some(vec![
        baseline.pair(point),
        format!("{}, {}", places(tokens.first), places(tokens.second)),
        tokens.ratio().map_or("—".into(), |ratio| format!("{ratio:.2}")),
        if tokens.is_equal() { "at equal cost" } else { "not at equal cost" }.into(),
        moved,
    ])
}

/// The rows of a baseline at each of its budgets, at the swept values that a point stands at but for the budget.
fn beside<'a>(rows: &[&'a InstanceRow], point: &InstanceRow) -> Budgets<'a> {
    let plain = InstanceRow { swept: but_budget(&point.swept), ..point.clone() };
    grouped(matching(rows, &plain), |row| {
        row.swept.iter().filter(|(path, _)| is_budget(path)).map(cloned).collect::<Labels>()
    })
}

fn cloned((path, value): (&String, &String)) -> (String, String) {
    (path.clone(), value.clone())
}

/// The budget among several at which a row stands.
fn place(budgets: &Budgets<'_>, row: &InstanceRow) -> usize {
    let is_there = |rows: &Vec<&InstanceRow>| {
        rows[0].swept.iter().all(|(path, value)| !is_budget(path) || row.swept.get(path) == Some(value))
    };
    budgets.iter().position(is_there).unwrap_or(0)
}

fn is_same_but_budget(a: &InstanceRow, b: &InstanceRow) -> bool {
    but_budget(&a.swept) == but_budget(&b.swept)
}

fn but_budget(swept: &Labels) -> Labels {
    swept.iter().filter(|(path, _)| !is_budget(path)).map(cloned).collect()
}

fn is_budget(path: &str) -> bool {
    path.rsplit('.').next() == Some(BUDGET)
}
