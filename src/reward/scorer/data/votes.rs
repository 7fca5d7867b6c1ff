//! Rows as some of their annotators would label them, where rows say how each voted.

use super::{Example, Feedback};
use crate::error::{Error, Result};

/// The facts that a vote is.
const CHOSEN: &str = "chosen";
const REJECTED: &str = "rejected";
const TIE: &str = "tie";

/// Pairs labelled by these annotators alone, whose votes are facts of the rows: the side that more of them prefer, with their
/// share among those who prefer one as the label. Rows that they leave undecided are left out.
///
/// # Errors
/// [`Error::Usage`] for an annotator of whom no row has a vote.
pub fn voted(examples: Vec<Example>, annotators: &[String]) -> Result<Vec<Example>> {
    if let Some(nobody) = annotators.iter().find(|name| !examples.iter().any(|it| vote(it, name).is_some())) {
        return Err(Error::Usage(format!(
            "no row has a vote of `{nobody}`\n  name facts of the rows that are `{CHOSEN}`, `{REJECTED}` or `{TIE}`, such as \
             PandaLM's `annotator1`"
        )));
    }
    Ok(examples.into_iter().filter_map(|example| by(example, annotators)).collect())
}

fn vote<'a>(example: &'a Example, annotator: &str) -> Option<&'a str> {
    example.labels.get(annotator).map(String::as_str).filter(|vote| [CHOSEN, REJECTED, TIE].contains(vote))
}

fn by(example: Example, annotators: &[String]) -> Option<Example> {
    let count = |side: &str| annotators.iter().filter(|name| vote(&example, name) == Some(side)).count();
    let (stays, turns) = (count(CHOSEN), count(REJECTED));
    let Feedback::Pair { chosen, rejected, margin, .. } = example.feedback else { return None };
    let (chosen, rejected) = match stays.cmp(&turns) {
        std::cmp::Ordering::Greater => (chosen, rejected),
        std::cmp::Ordering::Less => (rejected, chosen),
        std::cmp::Ordering::Equal => return None,
    };
    let preference = stays.max(turns) as f64 / (stays + turns) as f64;
    Some(Example { feedback: Feedback::Pair { chosen, rejected, margin, preference }, ..example })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(votes: [&str; 3]) -> Example {
        let name = |at: usize| format!("annotator{}", at + 1);
        Example {
            id: "f:1".into(),
            prompt: "p".into(),
            feedback: Feedback::Pair { chosen: "a".into(), rejected: "b".into(), margin: 0.0, preference: 1.0 },
            weight: 1.0,
            labels: votes.iter().enumerate().map(|(at, vote)| (name(at), (*vote).to_owned())).collect(),
        }
    }

    #[test]
    fn those_who_are_asked_decide() {
        let asked = |votes: [&str; 3], names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let found = voted(vec![row(votes)], &names).unwrap();
            found.into_iter().next().map(|it| match it.feedback {
                Feedback::Pair { chosen, preference, .. } => (chosen, preference),
                other => panic!("{other:?}"),
            })
        };
        let votes = ["chosen", "chosen", "rejected"];
        assert_eq!(asked(votes, &["annotator3"]), Some(("b".into(), 1.0)), "the other side");
        assert_eq!(asked(votes, &["annotator1", "annotator2"]), Some(("a".into(), 1.0)));
        assert_eq!(asked(votes, &["annotator1", "annotator2", "annotator3"]), Some(("a".into(), 2.0 / 3.0)));
        assert_eq!(asked(votes, &["annotator1", "annotator3"]), None, "one each");
        assert_eq!(asked(["tie", "chosen", "chosen"], &["annotator1"]), None);
    }

    #[test]
    fn an_annotator_who_never_voted_is_refused() {
        let error = voted(vec![row(["chosen"; 3])], &["annotator4".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`annotator4`") && error.contains("annotator1"), "{error}");
    }
}
