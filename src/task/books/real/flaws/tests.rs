use super::super::condense::sentence;
use super::super::words::tokens_of;
use super::*;

fn claim(text: &str, verb: usize, opening: Opening) -> Claim {
    Claim { tokens: tokens_of(text), subject: Subject::Name(0), subject_len: 1, verb, opening, sources: vec![0] }
}

fn vocabulary() -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    ["open", "opened", "wish", "wished"].iter().for_each(|w| vocabulary.count(w));
    vocabulary
}

#[test]
fn denials_go_in_and_come_out() {
    let v = vocabulary();
    for (text, opening, expected) in [
        ("Anna opened the door", Opening::Past, Some("Anna did not open the door.")),
        ("Anna was in the garden", Opening::Be, Some("Anna was not in the garden.")),
        ("Anna had a house", Opening::Past, Some("Anna did not have a house.")),
        ("Anna had always her way", Opening::Past, None),
        ("Anna opened the door and wished him well", Opening::Past, None),
    ] {
        assert_eq!(denied(&claim(text, 1, opening), &v).map(|t| sentence(&t)).as_deref(), expected, "{text}");
    }
    for (text, opening, expected) in [
        ("Anna did not wish to go", Opening::Modal, Some("Anna wished to go.")),
        ("Anna never saw the sea", Opening::Past, Some("Anna saw the sea.")),
        ("Anna could not help a smile", Opening::Modal, None),
    ] {
        assert_eq!(affirmed(&claim(text, 1, opening), &v).map(|t| sentence(&t)).as_deref(), expected, "{text}");
    }
}

#[test]
fn only_values_that_exclude_one_another_are_exchanged() {
    let values = |text: &str, at: usize| other_values(&tokens_of(text), at);
    assert!(values("two days", 0).contains(&"nine".to_string()));
    assert!(!values("two days", 0).contains(&"three".to_string()), "too near to be told apart");
    assert!(values("two or three days", 0).is_empty());
    assert!(values("at night", 1).contains(&"noon".to_string()));
    assert!(values("good morning", 1).is_empty());
    let mut tokens = tokens_of("for a hour");
    mend_article(&mut tokens, 2);
    assert_eq!(sentence(&tokens), "For an hour.");
}
