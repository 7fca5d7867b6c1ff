//! Words of a sentence: cut, classed and joined again.

/// A word or a mark of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// As written.
    pub text: String,
    /// In lower case.
    pub lower: String,
}

impl Token {
    /// A token of this text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_string(), lower: text.to_lowercase() }
    }

    /// Whether it is a word or a number, not a mark.
    pub fn is_word(&self) -> bool {
        self.text.starts_with(char::is_alphanumeric)
    }

    /// Whether it begins with a capital.
    pub fn is_capital(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }
}

/// Words that keep their full stop.
const DOTTED: &[&str] =
    &["Mr", "Mrs", "Ms", "Dr", "St", "Prof", "Rev", "Capt", "Col", "Lieut", "Mme", "Mlle", "Messrs"];

/// The tokens of a text: words with inner apostrophes and hyphens, titles and initials with their full stop, and each
/// other visible character.
pub fn tokens_of(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let (start, c) = chars[i];
        if c.is_whitespace() {
            i += 1;
            continue;
        }
        let mut j = i + 1;
        if c.is_alphanumeric() {
            while j < chars.len() && (chars[j].1.is_alphanumeric() || joins(&chars, j)) {
                j += 1;
            }
            let end = chars.get(j).map_or(text.len(), |x| x.0);
            let initial = j == i + 1 && c.is_uppercase() && c != 'I' && j + 1 < chars.len();
            if chars.get(j).is_some_and(|x| x.1 == '.') && (initial || DOTTED.contains(&&text[start..end])) {
                j += 1;
            }
        }
        let end = chars.get(j).map_or(text.len(), |x| x.0);
        tokens.push(Token::new(&text[start..end]));
        i = j;
    }
    tokens
}

/// Whether the character at `j` joins the letters around it.
fn joins(chars: &[(usize, char)], j: usize) -> bool {
    let mark = matches!(chars[j].1, '\'' | '\u{2019}' | '-');
    mark && chars.get(j + 1).is_some_and(|x| x.1.is_alphanumeric())
}

/// The tokens as running text.
pub fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        let closes = matches!(token.text.as_str(), "," | "." | ";" | ":" | "!" | "?" | ")" | "%");
        let apart = !closes && !text.is_empty() && !text.ends_with(['(', '\u{a3}', '$']);
        if apart {
            text.push(' ');
        }
        text.push_str(&token.text);
    }
    text
}

/// A word without its possessive ending.
pub fn owner(word: &str) -> &str {
    word.strip_suffix("\u{2019}s").or_else(|| word.strip_suffix("'s")).unwrap_or(word)
}

/// A crude stem that brings the forms of a word together: lower case, no possessive, no inflection.
pub fn stem(word: &str) -> String {
    let word = owner(word).to_lowercase();
    if let Some(root) = word.strip_suffix('y').filter(|r| r.len() >= 3) {
        return format!("{}y", undoubled(root));
    }
    if word.len() <= 3 || !word.is_ascii() {
        return word;
    }
    for (ending, put) in
        [("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("ly", ""), ("s", ""), ("e", "")]
    {
        if let Some(root) = word.strip_suffix(ending)
            && root.len() >= 3
            && !(ending == "s" && root.ends_with('s'))
        {
            let root = undoubled(root);
            return if put == "y" { format!("{}y", root) } else { root.to_string() };
        }
    }
    word
}

fn undoubled(root: &str) -> &str {
    let bytes = root.as_bytes();
    let doubled = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] && !root.ends_with('s');
    if doubled { &root[..root.len() - 1] } else { root }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_survives_being_cut_and_joined() {
        for text in [
            "Mr. Bennet\u{2019}s wife was well-read, but J. Watson was not.",
            "He paid \u{a3} 30 (or more).",
            "Mrs. Hudson came at 10 o\u{2019}clock; nobody saw her.",
        ] {
            assert_eq!(joined(&tokens_of(text)), text.replace("\u{a3} ", "\u{a3}"));
        }
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for forms in [
            ["opened", "opening", "opens"],
            ["carried", "carries", "carry"],
            ["raised", "raise", "raising"],
            ["stopped", "stops", "stopping"],
        ] {
            assert!(forms.iter().all(|f| stem(f) == stem(forms[0])), "{:?}", forms.map(stem));
        }
        assert_eq!(stem("Holmes\u{2019}s"), stem("Holmes"));
    }
}
