//! Rows of plain JSONL: pairs, rankings, steps, rated completions; strings or chat messages.

use serde_json::{Map, Value};

use super::files::Place;
use super::{Example, Feedback, Need};
use crate::error::Result;
use crate::labels::Labels;
use crate::scale::sigmoid;
use crate::spec::nearest;

/// Fields that mean something; all others of a plain kind become labels.
const KNOWN: [&str; 14] = [
    "id",
    "prompt",
    "chosen",
    "rejected",
    "margin",
    "weight",
    "preference",
    "completions",
    "ranking",
    "labels",
    "completion",
    "label",
    "version",
    "source",
];

/// Fields that a row may do without, so that nothing else would tell of a slip in their names.
const OPTIONAL: [&str; 4] = ["prompt", "margin", "weight", "preference"];

/// A row as an example.
pub(super) fn example(place: &Place, value: &Value, need: Need) -> Result<Example> {
    let Value::Object(row) = value else {
        return Err(place.wrong("the row is no JSON object", "write one object a line"));
    };
    let row = Row { place, row, need };
    row.refuse_slips()?;
    let (prompt, feedback) = match (row.has("chosen") || row.has("rejected"), row.has("completions")) {
        (true, _) => row.pair()?,
        (_, true) => row.several()?,
        _ if row.has("completion") => row.rated()?,
        _ => return Err(row.missing()),
    };
    let weight = row.number("weight")?.unwrap_or(1.0);
    if !(weight.is_finite() && weight > 0.0) {
        return Err(place.wrong(&format!("`weight` is {weight}"), "give a number above 0, or leave it out"));
    }
    Ok(Example { id: place.id(), prompt, feedback, weight, labels: row.labels() })
}

/// A row that was read, where it stands.
struct Row<'a> {
    place: &'a Place<'a>,
    row: &'a Map<String, Value>,
    need: Need,
}

impl Row<'_> {
    fn has(&self, field: &str) -> bool {
        self.row.get(field).is_some_and(|value| !value.is_null())
    }

    fn wrong(&self, field: &str, what: &str, next: &str) -> crate::error::Error {
        self.place.wrong(&format!("`{field}` {what}"), next)
    }

    /// A label called almost as an optional field is taken for a slip: read as a label, it would silently leave the field
    /// out. One letter from it, with the same first letter, so that `height` is no slip for `weight`.
    fn refuse_slips(&self) -> Result<()> {
        let is_slip = |key: &str, name: &str| {
            key.chars().next() == name.chars().next() && strsim::damerau_levenshtein(key, name) == 1
        };
        for key in self.row.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            if let Some(name) = OPTIONAL.iter().find(|name| !self.has(name) && is_slip(key, name)) {
                let next = format!("write `{name}`, or give the label another name");
                return Err(self.wrong(key, &format!("is almost `{name}`, which the row lacks"), &next));
            }
        }
        Ok(())
    }

    /// None of the kinds of row: the likeliest slip is a name.
    fn missing(&self) -> crate::error::Error {
        let needed = ["chosen", "rejected", "completions", "completion"];
        let slip = self.row.keys().find_map(|key| {
            let near = needed.iter().filter(|name| strsim::damerau_levenshtein(key, name) <= 2 && key != **name);
            near.min_by_key(|name| strsim::damerau_levenshtein(key, name)).map(|name| (key, name))
        });
        let next = match slip {
            Some((key, name)) => format!("`{key}` may be meant for `{name}`"),
            None => {
                "give prompt, chosen, rejected; or prompt, completions, ranking or labels; or prompt, completion, label"
                    .to_owned()
            }
        };
        self.place.wrong("the row has none of `chosen`, `completions`, `completion`", &next)
    }

    /// A field with a text that is not empty: a string, or chat messages.
    fn text(&self, field: &str) -> Result<String> {
        let Some(value) = self.row.get(field) else {
            let next = format!("add it: {}", nearest(field, self.row.keys().map(String::as_str)));
            return Err(self.wrong(field, "is missing", &next));
        };
        let text = self.rendered(field, value)?;
        if text.trim().is_empty() {
            return Err(self.wrong(field, "is empty", "give a text, or leave the row out"));
        }
        Ok(text)
    }

    /// Chat messages are rendered by one plain template, whatever the model: `System:`, `Human:` and `Assistant:`, each
    /// after an empty line.
    fn rendered(&self, field: &str, value: &Value) -> Result<String> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Array(messages) => messages.iter().map(|message| self.message(field, message)).collect(),
            _ => Err(self.wrong(field, "is neither a text nor a list of messages", "give one of them")),
        }
    }

    fn message(&self, field: &str, message: &Value) -> Result<String> {
        let part = |name: &str| message.get(name).and_then(Value::as_str);
        let (Some(role), Some(content)) = (part("role"), part("content")) else {
            let next = "give {\"role\": ..., \"content\": ...} with texts";
            return Err(self.wrong(field, "has a message without a role or content", next));
        };
        let speaker = match role {
            "system" => "System",
            "user" | "human" => "Human",
            "assistant" => "Assistant",
            other => {
                let what = format!("has a message of `{other}`");
                return Err(self.wrong(field, &what, "the roles are system, user and assistant"));
            }
        };
        Ok(format!("\n\n{speaker}: {content}"))
    }

    fn pair(&self) -> Result<(String, Feedback)> {
        let (chosen, rejected) = (self.text("chosen")?, self.text("rejected")?);
        if chosen == rejected {
            return Err(self.wrong("chosen", "and `rejected` are the same text", "leave the row out"));
        }
        let (prompt, chosen, rejected) = match self.prompt()? {
            None => parted(&chosen, &rejected),
            // What completes a chat is one more message; some files repeat those of the prompt.
            Some(prompt) => {
                let prompt = self.asked(prompt, &chosen);
                let [chosen, rejected] = [chosen, rejected].map(|text| self.answered(&prompt, text));
                (prompt, chosen, rejected)
            }
        };
        for (field, text) in [("chosen", &chosen), ("rejected", &rejected)] {
            if text.trim().is_empty() {
                return Err(self.wrong(field, "says nothing after what both share", "leave the row out"));
            }
        }
        let margin = self.number("margin")?.unwrap_or(0.0);
        if !margin.is_finite() {
            return Err(self.wrong("margin", "is no finite number", "give one in nats, or leave it out"));
        }
        let soft = if self.has("preference") { "preference" } else { "label" };
        let preference = self.probability(soft)?.unwrap_or(1.0);
        // A run's own preferences.jsonl: there the margin is the log-odds of the verdict, which is a soft label.
        if self.has("version") && self.has("source") {
            return Ok((prompt, Feedback::Pair { chosen, rejected, margin: 0.0, preference: sigmoid(margin) }));
        }
        Ok((prompt, Feedback::Pair { chosen, rejected, margin, preference }))
    }

    /// Completions that are ranked, or steps that are labelled.
    fn several(&self) -> Result<(String, Feedback)> {
        let texts = self.texts("completions")?;
        let prompt = self.prompt()?.unwrap_or_default();
        if self.has("ranking") {
            return Ok((prompt, self.ranking(texts)?));
        }
        if self.need == Need::Texts && !self.has("labels") {
            return Ok((prompt, unlabelled(texts)));
        }
        let labels = self.list("labels")?;
        self.as_many("labels", labels.len(), texts.len())?;
        let label = |value: &Value| match value {
            Value::Null => Ok(None),
            Value::Bool(right) => Ok(Some(f64::from(*right))),
            other => match other.as_f64().filter(|label| (0.0..=1.0).contains(label)) {
                Some(label) => Ok(Some(label)),
                None => {
                    Err(self.wrong("labels", &format!("holds {other}"), "give true, false, null or a number in [0, 1]"))
                }
            },
        };
        let labels: Vec<Option<f64>> = labels.iter().map(label).collect::<Result<_>>()?;
        if labels.iter().all(Option::is_none) {
            return Err(self.wrong(
                "labels",
                "says nothing of any step",
                "give one label at least, or leave the row out",
            ));
        }
        Ok((prompt, Feedback::Steps { steps: texts, labels }))
    }

    fn ranking(&self, completions: Vec<String>) -> Result<Feedback> {
        let ranks = self.list("ranking")?;
        self.as_many("ranking", ranks.len(), completions.len())?;
        let rank = |value: &Value| {
            value.as_f64().filter(|rank| rank.is_finite()).ok_or_else(|| {
                self.wrong("ranking", &format!("holds {value}"), "give a rank for each completion, 1 for the best")
            })
        };
        let ranks: Vec<f64> = ranks.iter().map(rank).collect::<Result<_>>()?;
        if completions.len() < 2 {
            return Err(self.wrong(
                "completions",
                "has fewer than two texts",
                "give two to compare, or leave the row out",
            ));
        }
        if ranks.iter().all(|rank| *rank == ranks[0]) {
            return Err(self.wrong("ranking", "is one tie", "leave the row out: it tells nothing apart"));
        }
        Ok(Feedback::Ranking { completions, ranks })
    }

    fn rated(&self) -> Result<(String, Feedback)> {
        let completion = self.text("completion")?;
        if self.need == Need::Texts && !self.has("label") {
            let prompt = self.asked(self.prompt()?.unwrap_or_default(), &completion);
            let completion = self.answered(&prompt, completion);
            return Ok((prompt, unlabelled(vec![completion])));
        }
        let label = match self.row.get("label") {
            Some(Value::Bool(right)) => f64::from(*right),
            _ => self.probability("label")?.ok_or_else(|| {
                self.wrong("label", "is missing", "add true, false or the probability that the completion is right")
            })?,
        };
        let prompt = self.prompt()?.unwrap_or_default();
        let prompt = self.asked(prompt, &completion);
        let completion = self.answered(&prompt, completion);
        Ok((prompt, Feedback::Rated { completion, label }))
    }

    /// A plain prompt before chat messages, which begin with it, is their first one.
    fn asked(&self, prompt: String, completion: &str) -> String {
        let first = format!("\n\nHuman: {prompt}");
        if !is_chat(self.row.get("prompt")) && completion.starts_with(&first) { first } else { prompt }
    }

    /// A completion without the prompt that it repeats; a plain text after a chat is what the assistant says.
    fn answered(&self, prompt: &str, text: String) -> String {
        let is_plain = !text.starts_with("\n\n");
        match text.strip_prefix(prompt).filter(|rest| !rest.is_empty()) {
            Some(rest) if rest.starts_with("\n\n") => rest.to_owned(),
            _ if is_plain && is_chat(self.row.get("prompt")) => format!("\n\nAssistant: {text}"),
            _ => text,
        }
    }

    /// The prompt, where one is given.
    fn prompt(&self) -> Result<Option<String>> {
        self.row.get("prompt").filter(|value| !value.is_null()).map(|value| self.rendered("prompt", value)).transpose()
    }

    fn list(&self, field: &str) -> Result<&[Value]> {
        match self.row.get(field) {
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(self.wrong(field, "is no list", "give one entry a completion")),
            None => {
                let what = "is missing beside `completions`";
                Err(self.wrong(field, what, "give `ranking` for completions to compare, or `labels` for steps"))
            }
        }
    }

    fn texts(&self, field: &str) -> Result<Vec<String>> {
        let texts: Vec<String> =
            self.list(field)?.iter().map(|value| self.rendered(field, value)).collect::<Result<_>>()?;
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            return Err(self.wrong(field, "is empty, or has an empty text", "give texts, or leave the row out"));
        }
        Ok(texts)
    }

    fn as_many(&self, field: &str, found: usize, wanted: usize) -> Result<()> {
        if found == wanted {
            return Ok(());
        }
        let what = format!("has {found} entries for {wanted} completions");
        Err(self.wrong(field, &what, "give one entry a completion"))
    }

    fn number(&self, field: &str) -> Result<Option<f64>> {
        match self.row.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| self.wrong(field, "is no number", "give a number")),
        }
    }

    fn probability(&self, field: &str) -> Result<Option<f64>> {
        match self.number(field)? {
            Some(p) if !(0.0..=1.0).contains(&p) => {
                Err(self.wrong(field, &format!("is {p}"), "give a probability in [0, 1]"))
            }
            found => Ok(found),
        }
    }

    /// The facts of a row: further plain fields, the source, and what stands in an object `labels`.
    fn labels(&self) -> Labels {
        let plain = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            _ => None,
        };
        let own = self.row.iter().filter(|(key, _)| *key == "source" || !KNOWN.contains(&key.as_str()));
        let nested = match self.row.get("labels") {
            Some(Value::Object(labels)) => Some(labels.iter()),
            _ => None,
        };
        let all = own.chain(nested.into_iter().flatten());
        all.filter_map(|(key, value)| Some((key.clone(), plain(value)?))).collect()
    }
}

/// Completions of which nothing is known are all one tie.
fn unlabelled(completions: Vec<String>) -> Feedback {
    let ranks = vec![0.0; completions.len()];
    Feedback::Ranking { completions, ranks }
}

fn is_chat(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Array(_)))
}

/// An implicit prompt: what both texts begin with, cut back to where the last turn begins, or else to the end of a word.
pub(super) fn parted(chosen: &str, rejected: &str) -> (String, String, String) {
    let shared: usize =
        chosen.chars().zip(rejected.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let turn = ["\n\nAssistant:", "\n\nHuman:", "\n\nSystem:"]
        .iter()
        .filter_map(|turn| chosen[..shared].rfind(turn).map(|at| at + turn.len()))
        .max();
    let word = || chosen[..shared].rfind(char::is_whitespace).unwrap_or(0);
    let at = turn.unwrap_or_else(word);
    (chosen[..at].to_owned(), chosen[at..].to_owned(), rejected[at..].to_owned())
}
