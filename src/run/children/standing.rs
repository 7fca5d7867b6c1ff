//! How the arms stand while a run goes on: the table beneath the bar.

use std::fs::File;
use std::io::{BufRead, BufReader};

use crate::eval::results::is_whole_accuracy;
use crate::plan::{Cell, Plan, Unit};
use crate::record::rows::ResultRow;
use crate::record::store::RunFolder;

/// Arms that the table has room for.
const ROWS_MAX: usize = 16;

/// The arms of a run in the plan's order, each with what its finished cells came to.
pub(super) struct Standing {
    arms: Vec<Arm>,
}

struct Arm {
    name: String,
    cells: usize,
    done: usize,
    /// Right answers and scored instances of finished cells.
    right: f64,
    scored: u64,
}

impl Standing {
    /// The arms of a plan, with the cells that are done already.
    pub fn of(plan: &Plan, folder: &RunFolder) -> Self {
        let mut standing = Self { arms: Vec::new() };
        for cell in &plan.cells {
            standing.arm(&cell.spec.arm).cells += 1;
            if folder.is_done(Unit::Cell(cell)) {
                standing.take(cell, folder);
            }
        }
        standing
    }

    /// A cell is done. What cannot be read is not counted: the run's end reads all of it, and says what is wrong.
    pub fn take(&mut self, cell: &Cell, folder: &RunFolder) {
        let accuracy = accuracy_in(cell, folder);
        let arm = self.arm(&cell.spec.arm);
        arm.done += 1;
        if let Some((value, n)) = accuracy {
            arm.right += value * n as f64;
            arm.scored += n;
        }
    }

    /// As text, a line an arm.
    pub fn table(&self) -> String {
        let width = self.arms.iter().take(ROWS_MAX).map(|arm| arm.name.chars().count()).max().unwrap_or(0).max(3);
        let line = |arm: &Arm| {
            let accuracy = match arm.scored {
                0 => "—".to_owned(),
                n => format!("{:.1}%", 100.0 * arm.right / n as f64),
            };
            format!(
                "{:width$}  {:>9}  {accuracy:>8}  {:>8}",
                arm.name,
                format!("{}/{}", arm.done, arm.cells),
                arm.scored
            )
        };
        let head = format!("{:width$}  {:>9}  {:>8}  {:>8}", "arm", "cells", "so far", "n");
        let left_out = self.arms.len().saturating_sub(ROWS_MAX);
        let more = (left_out > 0).then(|| format!("… and {left_out} more"));
        [head].into_iter().chain(self.arms.iter().take(ROWS_MAX).map(line)).chain(more).collect::<Vec<_>>().join("\n")
    }

    fn arm(&mut self, name: &str) -> &mut Arm {
        let at = self.arms.iter().position(|arm| arm.name == name).unwrap_or_else(|| {
            self.arms.push(Arm { name: name.to_owned(), cells: 0, done: 0, right: 0.0, scored: 0 });
            self.arms.len() - 1
        });
        &mut self.arms[at]
    }
}

/// The accuracy of a finished cell over all of its tested instances, and how many were scored.
fn accuracy_in(cell: &Cell, folder: &RunFolder) -> Option<(f64, u64)> {
    let rows = BufReader::new(File::open(folder.place(Unit::Cell(cell)).join("results.jsonl")).ok()?);
    let mut rows = rows.lines().map_while(Result::ok).filter_map(|line| serde_json::from_str(&line).ok());
    let row = rows.find(|row: &ResultRow| is_whole_accuracy(row, &cell.spec.swept))?;
    Some((row.value?, row.n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_stand_with_what_their_finished_cells_came_to() {
        let arm = |name: &str, cells, done, right, scored| Arm { name: name.to_owned(), cells, done, right, scored };
        let arms = vec![arm("direct", 4, 2, 33.0, 60), arm("rrm", 10, 0, 0.0, 0)];
        let expected = "arm         cells    so far         n\n\
                        direct        2/4     55.0%        60\n\
                        rrm          0/10         —         0";
        assert_eq!(Standing { arms }.table(), expected);
        let many = (0..20).map(|at| arm(&format!("a{at}"), 1, 0, 0.0, 0)).collect();
        assert!(Standing { arms: many }.table().ends_with("\n… and 4 more"));
    }
}
