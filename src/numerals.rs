//! Numbers as English words: the one list of them, for those who write numbers and those who read them.

/// Cardinals of one word, ascending: `zero` to `nineteen`, then the tens from `twenty` to `ninety`.
pub const CARDINALS: [&str; 28] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
];

/// Ordinals of one word: `zeroth` to `nineteenth`.
pub const ORDINALS: [&str; 20] = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

/// Ordinals that readers of text look for: later ones are rare in it.
pub const ORDINALS_READ: usize = 13;

/// Where the tens begin among the cardinals, and the first number that takes two words.
const TENS_AT: usize = 20;

/// A number below a hundred in words: `seven`, `twenty-two`.
pub fn cardinal(number: usize) -> String {
    compound(number, &CARDINALS).unwrap_or_else(|| ten(number).to_owned())
}

/// A place below a hundred in words: `seventh`, `twenty-second`, `thirtieth`.
pub fn ordinal(number: usize) -> String {
    compound(number, &ORDINALS).unwrap_or_else(|| format!("{}ieth", ten(number).trim_end_matches('y')))
}

/// The word of a number below twenty, or one of the tens with such a word after it; none for the tens themselves.
fn compound(number: usize, ones: &[&str]) -> Option<String> {
    match (number / 10, number % 10) {
        (0 | 1, _) => Some(ones[number].to_owned()),
        (_, 0) => None,
        (_, one) => Some(format!("{}-{}", ten(number), ones[one])),
    }
}

fn ten(number: usize) -> &'static str {
    CARDINALS[TENS_AT + number / 10 - 2]
}

/// The number that a lower-case word says, in digits or letters; ordinals count as their numbers.
pub fn value(word: &str) -> Option<u64> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return word.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    }
    let place = |list: &[&str], word: &str| list.iter().position(|entry| *entry == word).map(|at| at as u64);
    let (small, tens) = CARDINALS.split_at(TENS_AT);
    let ordinals = &ORDINALS[..ORDINALS_READ];
    if let Some((ten, one)) = word.split_once('-') {
        return Some((place(tens, ten)? + 2) * 10 + place(small, one).or_else(|| place(ordinals, one))?);
    }
    place(small, word)
        .or_else(|| place(ordinals, word).filter(|n| *n > 0))
        .or_else(|| place(tens, word).map(|at| (at + 2) * 10))
        .or(match word {
            "hundred" => Some(100),
            "thousand" => Some(1000),
            "dozen" => Some(12),
            "twice" => Some(2),
            "thrice" => Some(3),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_and_read_back() {
        for (number, cardinal_word, ordinal_word) in [
            (1, "one", "first"),
            (12, "twelve", "twelfth"),
            (19, "nineteen", "nineteenth"),
            (20, "twenty", "twentieth"),
            (22, "twenty-two", "twenty-second"),
            (30, "thirty", "thirtieth"),
            (99, "ninety-nine", "ninety-ninth"),
        ] {
            assert_eq!((cardinal(number).as_str(), ordinal(number).as_str()), (cardinal_word, ordinal_word));
        }
        assert!((0..100).all(|number| value(&cardinal(number)) == Some(number as u64)));
    }

    #[test]
    fn other_words_for_numbers_are_read() {
        for (word, number) in [("22", 22), ("3rd", 3), ("dozen", 12), ("twice", 2), ("second", 2)] {
            assert_eq!(value(word), Some(number), "{word}");
        }
        assert!(["", "sail", "zeroth", "twenty-sails", "no"].iter().all(|word| value(word).is_none()));
    }
}
