//! What a candidate says of an image, as a sentence and as the set of classes that would make it true.

use crate::task::Candidate;

/// How many digits there are.
pub const CLASSES: usize = 10;

/// Some of the ten digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Classes(u16);

impl Classes {
    /// This digit alone.
    pub fn only(digit: u8) -> Self {
        Self(1 << digit)
    }

    /// All digits but this one.
    pub fn all_but(digit: u8) -> Self {
        Self(((1 << CLASSES) - 1) & !(1 << digit))
    }

    /// Whether a digit is among them.
    pub fn contains(self, digit: u8) -> bool {
        usize::from(digit) < CLASSES && self.0 & (1 << digit) != 0
    }

    /// The digits, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..CLASSES as u8).filter(move |digit| self.contains(*digit))
    }
}

/// The candidate that says that the image shows this digit.
pub fn shows(digit: u8) -> Candidate {
    Candidate { claims: vec![format!("The image shows a {digit}.")] }
}

/// The candidate that says that the image shows some other digit.
pub fn shows_another_than(digit: u8) -> Candidate {
    Candidate { claims: vec![format!("The image shows another digit than a {digit}.")] }
}

/// The digits that would make a candidate true; none where it speaks of something else.
pub fn digits_of(candidate: &Candidate) -> Option<Classes> {
    let [claim] = candidate.claims.as_slice() else { return None };
    let said = claim.strip_prefix("The image shows ")?.strip_suffix('.')?;
    let digit = |text: &str| text.parse::<u8>().ok().filter(|digit| usize::from(*digit) < CLASSES);
    match said.strip_prefix("another digit than a ") {
        Some(rest) => digit(rest).map(Classes::all_but),
        None => digit(said.strip_prefix("a ")?).map(Classes::only),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_read_back_as_the_digits_they_name() {
        for digit in 0..10 {
            assert_eq!(digits_of(&shows(digit)), Some(Classes::only(digit)));
            let others = digits_of(&shows_another_than(digit)).unwrap();
            assert_eq!(others.iter().count(), 9);
            assert!(!others.contains(digit) && !others.contains(10));
        }
        for claim in ["The image shows a 12.", "Odo left.", "The image shows a ."] {
            assert_eq!(digits_of(&Candidate { claims: vec![claim.into()] }), None, "{claim}");
        }
    }
}
