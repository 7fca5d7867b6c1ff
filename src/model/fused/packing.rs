//! Where tokens lie among padding, and the work on them without it.

use std::ops::Range;

/// Where the tokens of some rows are.
pub(super) struct Packing {
    /// How many tokens each row has; rows of padding alone are left out.
    pub rows: Vec<usize>,
    /// Places of tokens without padding between them, counted from the first row's first.
    runs: Vec<Range<usize>>,
    width: usize,
}

impl Packing {
    /// Of each row the place of its first token and how many there are, among so many places of that width.
    pub fn of<'s>(spans: impl Iterator<Item = &'s (usize, usize)>, places: usize, width: usize) -> Self {
        let mut packing = Self { rows: Vec::new(), runs: Vec::new(), width };
        for (row, (first, count)) in spans.enumerate().filter(|(_, (_, count))| *count > 0) {
            let first = row * places + first;
            packing.rows.push(*count);
            match packing.runs.last_mut() {
                Some(run) if run.end == first => run.end += count,
                _ => packing.runs.push(first..first + count),
            }
        }
        packing
    }

    /// The tokens among values of all places: where they lie, if nothing lies between them.
    pub fn packed<'v>(&self, values: &'v [f32], room: &'v mut Vec<f32>) -> &'v [f32] {
        if let [run] = &*self.runs {
            return &values[self.values(run)];
        }
        room.clear();
        self.runs.iter().for_each(|run| room.extend_from_slice(&values[self.values(run)]));
        room
    }

    /// Lets the tokens among values of all places be changed, packed; what padding holds stays.
    pub fn within<R>(&self, values: &mut [f32], room: &mut Vec<f32>, change: impl FnOnce(&mut [f32]) -> R) -> R {
        if let [run] = &*self.runs {
            return change(&mut values[self.values(run)]);
        }
        self.packed(values, room);
        let changed = change(room);
        let mut rest = &**room;
        for run in &self.runs {
            let (of_run, after) = rest.split_at(run.len() * self.width);
            values[self.values(run)].copy_from_slice(of_run);
            rest = after;
        }
        changed
    }

    fn values(&self, run: &Range<usize>) -> Range<usize> {
        run.start * self.width..run.end * self.width
    }
}
