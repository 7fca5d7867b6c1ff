//! Which books are trained on, chosen on and tested on.

use crate::error::{Error, Result};
use crate::task::Split;

use super::{Book, Knobs};

/// The split of each of `count` units in a seed's rotation: a quarter of them are tested, an eighth validated (at
/// least one each), the rest trained on. The tested ones move on by their number with each seed, so that consecutive
/// seeds test every unit: with eight books two a seed, and all of them in four seeds.
pub fn rotation(count: usize, seed: u64) -> Vec<Split> {
    let test = (count / 4).max(1);
    let validation = (count / 8).max(1);
    let turn = (seed % count.max(1) as u64) as usize;
    let place = |i: usize| (i + turn * test) % count;
    let split = |place: usize| match place {
        p if p < test => Split::Test,
        p if p < test + validation => Split::Validation,
        _ => Split::Train,
    };
    (0..count).map(|i| split(place(i))).collect()
}

/// The split of each unit, given the book it belongs to: the dataset's own where every split is there, else the
/// books that [`Knobs::test_books`] names for the test and the rotation among the others, else the rotation.
pub fn assigned(books: &[Book], unit_books: &[usize], seed: u64, knobs: &Knobs) -> Result<Vec<Split>> {
    for id in &knobs.test_books {
        if !books.iter().any(|b| b.id == *id) {
            let ids: Vec<&str> = books.iter().map(|b| b.id.as_str()).take(20).collect();
            return Err(Error::Usage(format!(
                "task.books.test_books: `{id}` is not among the books; give some of {}",
                ids.join(", ")
            )));
        }
    }
    let own = |split: Split| books.iter().any(|b| b.split == Some(split));
    let complete = [Split::Train, Split::Validation, Split::Test].into_iter().all(own);
    if knobs.test_books.is_empty() {
        return Ok(match complete {
            true => unit_books.iter().map(|b| books[*b].split.unwrap_or(Split::Train)).collect(),
            false => rotation(unit_books.len(), seed),
        });
    }
    let tested = |book: usize| knobs.test_books.contains(&books[book].id);
    let rest = unit_books.iter().filter(|b| !tested(**b)).count();
    let validation = (rest / 8).max(1);
    let turn = (seed % rest.max(1) as u64) as usize;
    let mut seen = 0;
    let split = |book: &usize| {
        if tested(*book) {
            return Split::Test;
        }
        seen += 1;
        let place = (seen - 1 + turn * validation) % rest;
        if place < validation { Split::Validation } else { Split::Train }
    };
    Ok(unit_books.iter().map(split).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_seeds_test_every_book_once() {
        let mut tested = [0; 8];
        for seed in 7..11 {
            for (i, split) in rotation(8, seed).into_iter().enumerate() {
                tested[i] += usize::from(split == Split::Test);
            }
        }
        assert_eq!(tested, [1; 8]);
    }

    #[test]
    fn every_split_has_a_unit_from_three_units_on() {
        for count in 3..40 {
            for seed in 0..5 {
                let splits = rotation(count, seed);
                assert!([Split::Train, Split::Validation, Split::Test].iter().all(|s| splits.contains(s)), "{count}");
            }
        }
    }
}
