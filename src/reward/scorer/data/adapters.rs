//! Public files as they were published, each by a few lines.

use serde_json::Value;

use super::files::Place;
use super::rows::parted;
use super::{Example, Feedback, Format};
use crate::error::Result;
use crate::labels::Labels;

/// The sources of GSM8K's model solutions.
const SOLVERS: [&str; 4] = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];

/// The examples of a row; none where it tells nothing apart, as a tie.
pub(super) fn examples(format: Format, place: &Place, value: &Value) -> Result<Vec<Example>> {
    let row = Row { place, value };
    match format {
        Format::Jsonl => Ok(vec![super::rows::example(place, value, super::Need::Labels)?]),
        Format::HhRlhf => row.hh_rlhf(),
        Format::LlmBar => row.llmbar(),
        Format::PandaLm => row.pandalm(),
        Format::BigbenchMistake => row.bigbench_mistake(),
        Format::Gsm8k => row.gsm8k(),
    }
}

struct Row<'a> {
    place: &'a Place<'a>,
    value: &'a Value,
}

impl Row<'_> {
    fn wrong(&self, field: &str, what: &str) -> crate::error::Error {
        let next = "is this the published file? give --format jsonl for rows of your own";
        self.place.wrong(&format!("`{field}` {what}"), next)
    }

    fn text(&self, field: &str) -> Result<&str> {
        self.value.get(field).and_then(Value::as_str).ok_or_else(|| self.wrong(field, "is missing or no text"))
    }

    fn whole(&self, field: &str) -> Result<i64> {
        self.value.get(field).and_then(Value::as_i64).ok_or_else(|| self.wrong(field, "is missing or no whole number"))
    }

    /// The place of one of so many steps, from 0.
    fn step(&self, field: &str, steps: usize) -> Result<usize> {
        let found = self.whole(field)?;
        let at = usize::try_from(found).ok().filter(|at| *at < steps);
        at.ok_or_else(|| self.wrong(field, &format!("is {found}, and there are {steps} steps, the first of them 0")))
    }

    /// What of the file's name comes before the first `mark`.
    fn subset(&self, mark: char) -> String {
        let name = self.place.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split(mark).next().unwrap_or_default().to_lowercase()
    }

    fn example(&self, part: &str, prompt: String, feedback: Feedback, labels: &[(&str, String)]) -> Example {
        let labels: Labels = labels.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Example { id: format!("{}{part}", self.place.id()), prompt, feedback, weight: 1.0, labels }
    }

    /// Dialogues that differ in their last turns. One row holds one dialogue twice, and three an
    /// empty answer: they are passed over.
    fn hh_rlhf(&self) -> Result<Vec<Example>> {
        let (prompt, chosen, rejected) = parted(self.text("chosen")?, self.text("rejected")?);
        if chosen == rejected || chosen.trim().is_empty() || rejected.trim().is_empty() {
            return Ok(Vec::new());
        }
        let feedback = Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 };
        Ok(vec![self.example("", prompt, feedback, &[("subset", self.subset('-'))])])
    }

    fn llmbar(&self) -> Result<Vec<Example>> {
        let [first, second] = [self.text("output_1")?, self.text("output_2")?].map(str::to_owned);
        let (chosen, rejected) = match self.whole("label")? {
            1 => (first, second),
            2 => (second, first),
            other => return Err(self.wrong("label", &format!("is {other}, neither 1 nor 2"))),
        };
        let feedback = Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 };
        Ok(vec![self.example("", turn(self.text("input")?), feedback, &[("subset", self.subset('.'))])])
    }

    /// The side that more annotators prefer; the label is their share among those who prefer one. Ties of votes are left
    /// out.
    fn pandalm(&self) -> Result<Vec<Example>> {
        let votes = ["annotator1", "annotator2", "annotator3"].map(|name| Ok((name, self.whole(name)?)));
        let votes: Vec<(&str, i64)> = votes.into_iter().collect::<Result<_>>()?;
        if let Some((name, other)) = votes.iter().find(|(_, vote)| !(0..=2).contains(vote)) {
            return Err(self.wrong(name, &format!("is {other}, not 0, 1 or 2")));
        }
        let [first, second] = [1, 2].map(|side| votes.iter().filter(|(_, vote)| *vote == side).count() as f64);
        // Where two of three call it a tie, or one each, it is one.
        if first == second || first + second < 2.0 {
            return Ok(Vec::new());
        }
        let [one, two] = [self.text("response1")?, self.text("response2")?].map(str::to_owned);
        let ((chosen, rejected), better) = if first > second { ((one, two), 1) } else { ((two, one), 2) };
        if chosen == rejected || chosen.trim().is_empty() || rejected.trim().is_empty() {
            return Ok(Vec::new());
        }
        let preference = first.max(second) / (first + second);
        let feedback = Feedback::Pair { chosen, rejected, margin: 0.0, preference };
        let asked = [self.text("instruction")?, self.text("input")?].join("\n").trim().to_owned();
        let said = |vote: i64| match vote {
            0 => "tie",
            side if side == better => "chosen",
            _ => "rejected",
        };
        let labels: Vec<(&str, String)> = votes.iter().map(|(name, vote)| (*name, said(*vote).to_owned())).collect();
        Ok(vec![self.example("", turn(&asked), feedback, &labels)])
    }

    /// Steps are right before the first mistake, wrong at it, and nothing is known of those after it. A trace with an empty
    /// step is passed over.
    fn bigbench_mistake(&self) -> Result<Vec<Example>> {
        let steps =
            self.value.get("steps").and_then(Value::as_array).ok_or_else(|| self.wrong("steps", "is no list"))?;
        let step = |value: &Value| value.as_str().map(|step| format!("{step}\n"));
        // A step left out would move the labels of all after it.
        let steps: Option<Vec<String>> = steps.iter().map(step).collect();
        let steps = steps.ok_or_else(|| self.wrong("steps", "holds what is no text"))?;
        let mistake = match self.value.get("mistake_index") {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.step("mistake_index", steps.len())?),
        };
        if steps.is_empty() || steps.iter().any(|step| step.trim().is_empty()) {
            return Ok(Vec::new());
        }
        let label = |at: usize| match mistake {
            None => Some(1.0),
            Some(mistake) if at < mistake => Some(1.0),
            Some(mistake) if at == mistake => Some(0.0),
            Some(_) => None,
        };
        let labels: Vec<Option<f64>> = (0..steps.len()).map(label).collect();
        let answered = self.value.get("answer") == self.value.get("target");
        let facts = [("subset", self.subset('.')), ("answer", if answered { "right" } else { "wrong" }.to_owned())];
        let prompt = format!("{}\n", self.text("input")?);
        Ok(vec![self.example("", prompt, Feedback::Steps { steps, labels }, &facts)])
    }

    /// Four model solutions of a question, each right or wrong. Rows of questions alone tell nothing apart.
    fn gsm8k(&self) -> Result<Vec<Example>> {
        let prompt = format!("{}\n", self.text("question")?);
        let solved = SOLVERS.iter().filter_map(|solver| Some((*solver, self.value.get(*solver)?)));
        let mut examples = Vec::new();
        for (solver, solution) in solved {
            let text = solution.get("solution").and_then(Value::as_str);
            let right = solution.get("is_correct").and_then(Value::as_bool);
            let (Some(text), Some(right)) = (text, right) else {
                return Err(self.wrong(solver, "has no `solution` with `is_correct`"));
            };
            if text.trim().is_empty() {
                continue;
            }
            let feedback = Feedback::Rated { completion: text.to_owned(), label: f64::from(right) };
            examples.push(self.example(
                &format!(":{solver}"),
                prompt.clone(),
                feedback,
                &[("source", solver.to_owned())],
            ));
        }
        Ok(examples)
    }
}

/// An instruction as a turn of the dialogues that most preference files are made of.
fn turn(text: &str) -> String {
    format!("\n\nHuman: {text}\n\nAssistant:")
}
