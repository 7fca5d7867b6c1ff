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

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 2;
    const PLACES: usize = 3;

    /// What of values, six of them a row, is packed, and what is left when every packed value is made negative.
    fn packed_and_changed(spans: &[(usize, usize)]) -> (Vec<usize>, Vec<f32>, Vec<f32>) {
        let mut values: Vec<f32> = (1..=spans.len() * PLACES * WIDTH).map(|at| at as f32).collect();
        let packing = Packing::of(spans.iter(), PLACES, WIDTH);
        let packed = packing.packed(&values, &mut Vec::new()).to_vec();
        packing.within(&mut values, &mut Vec::new(), |it| it.iter_mut().for_each(|value| *value = -*value));
        (packing.rows, packed, values)
    }

    #[test]
    fn tokens_are_packed_in_order_and_laid_back_where_they_were() {
        for (spans, rows, packed, changed) in [
            (
                vec![(0, 3), (0, 1)],
                vec![3, 1],
                vec![1, 2, 3, 4, 5, 6, 7, 8],
                vec![-1, -2, -3, -4, -5, -6, -7, -8, 9, 10, 11, 12],
            ),
            (
                vec![(1, 2), (2, 1)],
                vec![2, 1],
                vec![3, 4, 5, 6, 11, 12],
                vec![1, 2, -3, -4, -5, -6, 7, 8, 9, 10, -11, -12],
            ),
            (vec![(0, 0), (0, 1)], vec![1], vec![7, 8], vec![1, 2, 3, 4, 5, 6, -7, -8, 9, 10, 11, 12]),
            (vec![(0, 0), (0, 0)], vec![], vec![], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ] {
            let floats = |it: Vec<i32>| it.into_iter().map(|it| it as f32).collect::<Vec<f32>>();
            assert_eq!(packed_and_changed(&spans), (rows, floats(packed), floats(changed)), "{spans:?}");
        }
    }
}
