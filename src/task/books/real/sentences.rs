//! Where sentences end: Unicode's rules, mended for abbreviations, attributions after quoted speech and hard lines.

use unicode_segmentation::UnicodeSegmentation;

use crate::material::count_tokens;

/// Words that end with a full stop without ending a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "prof", "rev", "hon", "capt", "col", "gen", "lieut", "lt", "sgt", "maj", "messrs",
    "mme", "mlle", "mm", "jr", "sr", "esq", "vol", "chap", "no", "nos", "pp", "fig", "etc", "viz", "vs", "cf", "i.e",
    "e.g", "m.d", "b.a", "hr", "fr", "bros", "co", "ltd", "mt", "ft", "oz", "lb", "lbs", "jan", "feb", "aug", "sept",
    "oct", "nov", "dec",
];

/// The ends of the sentences of `text`, in bytes, ascending, the last one `text.len()`: the sentences tile the text,
/// each with the white space that follows it. A sentence longer than `tokens_max` is cut at its semicolons, else at
/// its commas, else between words, so that no unit outgrows a passage.
pub fn sentence_ends(text: &str, tokens_max: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut start = 0;
    for (at, piece) in text.split_sentence_bound_indices() {
        let end = at + piece.len();
        if end < text.len() && !ends_here(&text[start..end], &text[end..]) {
            continue;
        }
        cut_long(text, start, end, tokens_max, &mut ends);
        start = end;
    }
    ends
}

/// Whether a sentence ends between what was read and what follows.
fn ends_here(read: &str, next: &str) -> bool {
    if next.starts_with(char::is_whitespace) {
        return false;
    }
    let body = read.trim_end();
    if read[body.len()..].matches('\n').count() > 1 {
        return true;
    }
    if !body.chars().any(char::is_alphanumeric) {
        return false;
    }
    let opening = next.trim_start_matches(|c: char| !c.is_alphanumeric());
    if opening.is_empty() || opening.starts_with(char::is_lowercase) {
        return false;
    }
    !ends_in_abbreviation(body)
}

fn ends_in_abbreviation(body: &str) -> bool {
    let Some(stem) = body.strip_suffix('.') else { return false };
    let word = stem.rsplit(|c: char| !(c.is_alphanumeric() || c == '.')).next().unwrap_or("");
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Pushes the end of `[start, end)`, and before it the ends of its pieces where it is longer than `tokens_max`.
fn cut_long(text: &str, mut start: usize, end: usize, tokens_max: usize, ends: &mut Vec<usize>) {
    while count_tokens(&text[start..end]) > tokens_max {
        let Some(cut) = best_cut(&text[start..end], tokens_max) else { break };
        start += cut;
        ends.push(start);
    }
    ends.push(end);
}

/// The last cut that leaves at most `tokens_max` tokens before it, at the strongest mark there is.
fn best_cut(sentence: &str, tokens_max: usize) -> Option<usize> {
    let mut best = [None; 3];
    let mut tokens = 0;
    let mut word_start = 0;
    let mut boundaries = sentence.split_word_bound_indices().peekable();
    while let Some((at, word)) = boundaries.next() {
        tokens += count_tokens(word);
        if tokens > tokens_max {
            break;
        }
        let after = at + word.len();
        let rank = match word {
            ";" | "；" | "—" | ":" => 0,
            "," | "，" | "、" => 1,
            _ => 2,
        };
        let space = boundaries.peek().map_or(0, |(_, next)| if next.trim().is_empty() { next.len() } else { 0 });
        word_start = word_start.max(at);
        if after + space < sentence.len() && after + space > 0 {
            best[rank] = Some(after + space);
        }
    }
    // A mark in the first half would leave a crumb: only a later one is worth more than a cut between words.
    let late = |cut: &Option<usize>| cut.is_some_and(|c| c * 2 > word_start);
    best.iter().take(2).find(|cut| late(cut)).copied().flatten().or(best[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut start = 0;
        sentence_ends(text, 100)
            .into_iter()
            .map(|end| {
                let sentence = text[start..end].trim();
                start = end;
                sentence
            })
            .collect()
    }

    #[test]
    fn abbreviations_initials_and_attributions_do_not_end_a_sentence() {
        assert_eq!(split("Mr. Darcy bowed. He left."), ["Mr. Darcy bowed.", "He left."]);
        assert_eq!(
            split("J. H. Watson wrote it. Dr. Livesey read it."),
            ["J. H. Watson wrote it.", "Dr. Livesey read it."]
        );
        assert_eq!(
            split("\u{201c}Quarters!\u{201d} he roared. We ran."),
            ["\u{201c}Quarters!\u{201d} he roared.", "We ran."]
        );
    }

    #[test]
    fn a_blank_line_always_ends_a_sentence_and_a_wrapped_line_does_not() {
        assert_eq!(split("The Attack\n\nas soon as he left"), ["The Attack", "as soon as he left"]);
        assert_eq!(split("he sailed\naway at once. Then"), ["he sailed\naway at once.", "Then"]);
    }

    #[test]
    fn ideographic_full_stops_end_sentences() {
        assert_eq!(
            split("\u{5409}\u{8f29}\u{306f}\u{732b}\u{3002}\u{540d}\u{524d}\u{306f}\u{7121}\u{3044}\u{3002}").len(),
            2
        );
    }

    #[test]
    fn a_sentence_longer_than_a_passage_is_cut_at_its_semicolons() {
        let half = "word ".repeat(70);
        let text = format!("{half}; {half}.");
        let ends = sentence_ends(&text, 100);
        assert_eq!(ends, [half.len() + 2, text.len()]);
        let endless = "\u{4eca}".repeat(250);
        let mut start = 0;
        for end in sentence_ends(&endless, 100) {
            assert!(count_tokens(&endless[start..end]) <= 100);
            start = end;
        }
        assert_eq!(start, endless.len());
    }
}
