//! Quotes by text: looked up in the material, and shown to a judge as verified, near or unverified.

use serde::{Deserialize, Serialize};

use super::{Quote, Reply};
use crate::material::Material;
use crate::material::quote::{Found, QuoteIndex};

/// Quotes given by text and not by place, as whoever speaks from memory gives them. The engine looks them up: what the
/// material holds becomes a quote like any other, what it does not hold stays here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ByText {
    /// The texts; once looked up, those that are unverified.
    pub texts: Vec<String>,
    /// How many of the quotes are near: found but for case, punctuation or a letter in twenty.
    #[serde(default)]
    pub near: u16,
}

impl Reply {
    /// The reply with its quotes by text looked up in the material that it speaks of.
    pub fn looked_up(mut self, material: &Material) -> Self {
        let Some(mut by_text) = self.by_text.take() else { return self };
        let index = QuoteIndex::new(material);
        let units = material.smallest();
        let mut unverified = Vec::new();
        for text in by_text.texts {
            let found = index.find(&text);
            let Some(span) = found.span() else {
                unverified.push(text);
                continue;
            };
            // Whatever smallest units it takes in are shown, each as a quote.
            for unit in units.iter().filter(|unit| unit.overlaps(&span)) {
                by_text.near += u16::from(matches!(found, Found::Near(_)));
                self.quotes.push(Quote { span: *unit, weight: 1.0 });
            }
        }
        by_text.texts = unverified;
        self.by_text = Some(by_text);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgment::Answer;
    use crate::material::{Level, Span};

    #[test]
    fn what_is_quoted_by_text_is_verified_near_or_unverified() {
        let text = "The moon rose over the quiet harbour. Odo left before the bells of the abbey rang.";
        let units = vec![Span::new(0, 37), Span::new(38, text.len())];
        let level = |name, units| Level { name, units, titles: Vec::new() };
        let levels = vec![level("book", vec![Span::new(0, text.len())]), level("sentence", units.clone())];
        let material = Material::new(vec![text.into()], levels);
        let texts = [
            "Odo left before the bells",
            "the mon rose over the quiet harbour",
            "quiet harbour. Odo left",
            "Mira stole the bells.",
        ];
        let by_text = ByText { texts: texts.map(str::to_owned).into(), near: 0 };
        let answer = Answer::Text(Vec::new());
        let by_text = Some(Box::new(by_text));
        let reply =
            Reply { answer, quotes: Vec::new(), by_text, model_calls: 0, micro_dollars: 0 }.looked_up(&material);
        let found: Vec<Span> = reply.quotes.iter().map(|quote| quote.span).collect();
        assert_eq!(found, [units[1], units[0], units[0], units[1]], "the sentences that hold it, in the order quoted");
        let left = reply.by_text.expect("what was quoted by text");
        assert_eq!((left.near, left.texts), (1, vec!["Mira stole the bells.".to_owned()]));
    }
}
