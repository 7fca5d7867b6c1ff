//! The text format of the UCI optical digits: an image a line, 64 numbers from 0 to 16 row by row, then the label.

use crate::task::image::{Image, Shape, level_of};

const SIDE: u16 = 8;
const TOP: u8 = 16;

/// The images of a file with their labels, each below `classes`.
///
/// # Errors
/// What is wrong with it, with the line's number.
pub fn images(text: &str, classes: usize) -> Result<Vec<(Image, u8)>, String> {
    let shape = Shape { rows: SIDE, columns: SIDE };
    let mut images = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let image = of_line(line, shape, classes).map_err(|what| format!("line {}: {what}", at + 1))?;
        images.push(image);
    }
    if images.is_empty() { Err("it holds no image".into()) } else { Ok(images) }
}

fn of_line(line: &str, shape: Shape, classes: usize) -> Result<(Image, u8), String> {
    let mut numbers = Vec::with_capacity(shape.pixels() + 1);
    for field in line.split(',') {
        let field = field.trim();
        numbers.push(field.parse::<u8>().map_err(|_| format!("`{field}` is no whole number from 0 to {TOP}"))?);
    }
    let label = numbers.pop().filter(|_| numbers.len() == shape.pixels());
    let label =
        label.ok_or_else(|| format!("{} numbers, not {} and a label", line.split(',').count(), shape.pixels()))?;
    if let Some(value) = numbers.iter().find(|value| **value > TOP) {
        return Err(format!("a pixel of {value} is above {TOP}"));
    }
    if usize::from(label) >= classes {
        return Err(format!("label {label} is none of {classes} classes from 0 on"));
    }
    Ok((Image { shape, levels: numbers.into_iter().map(|value| level_of(value, TOP)).collect() }, label))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pixel: &str, label: &str) -> String {
        format!("{}{label}\n", format!("{pixel},").repeat(64))
    }

    #[test]
    fn lines_are_read() {
        let images = images(&(line("16", "3") + "\n" + &line("0", "9")), 10).unwrap();
        assert_eq!(images.len(), 2);
        assert_eq!((images[0].0.levels[63], images[0].1), (93, 3));
        assert_eq!((images[1].0.levels[0], images[1].1), (0, 9));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let good = line("1", "1");
        for (case, text, word) in [
            ("nothing", String::new(), "no image"),
            ("too bright", good.clone() + &line("17", "1"), "line 2: a pixel of 17"),
            ("no number", line("x", "1"), "line 1: `x`"),
            ("negative", line("-1", "1"), "line 1: `-1`"),
            ("no label", good.trim_end_matches("1\n").trim_end_matches(',').to_owned(), "line 1: 64 numbers"),
            ("too many", format!("5,{good}"), "line 1: 66 numbers"),
            ("no digit", line("1", "10"), "line 1: label 10"),
        ] {
            let wrong = images(&text, 10).unwrap_err();
            assert!(wrong.contains(word), "{case}: {wrong}");
        }
    }
}
