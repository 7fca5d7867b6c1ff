//! Tokens: what text is cut into before a network reads it, and how a prompt and its completion are put together.

use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tokenizers::models::bpe::{BPE, BpeTrainer};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{
    AddedToken, DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper, TokenizerImpl,
};

use super::data::{Example, Feedback};
use crate::error::{Error, Result};

/// The file in a model's folder.
pub const FILE: &str = "tokenizer.json";

/// The tokens of our own tokenizers that are no text, in the order of their ids.
const PADDING: &str = "<|padding|>";
const END: &str = "<|endoftext|>";
const START: &str = "<|start|>";

/// What others call the token that ends a text, and those that begin and part texts for types that read both ways.
const ENDS: [&str; 6] = [END, "<|im_end|>", "<|end_of_text|>", "<|eot_id|>", "</s>", "<eos>"];
const STARTS: [&str; 3] = [START, "[CLS]", "<s>"];
const PARTS: [&str; 3] = [END, "[SEP]", "</s>"];
const PADS: [&str; 6] = [PADDING, "[PAD]", "<pad>", "<|finetune_right_pad_id|>", "<|endoftext|>", "</s>"];

/// A pair is counted in training from this often on.
const FREQUENCY_MIN: u64 = 2;

/// Cuts text into tokens. The text is never taken for a token that is no text, whatever it says.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
}

/// How a prompt and its completion are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// For types that read from left to right: prompt, completion, and the token that ends a text, where the score is read.
    Causal,
    /// For types that read both ways: start, prompt, end, completion, end.
    Pair,
}

/// What becomes of a text that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverLong {
    /// Its row is left out.
    Drop,
    /// It is cut at its beginning, the prompt's first: what is said last is what is scored.
    Cut,
}

/// A prompt and its completion as tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The tokens, at least one.
    pub ids: Vec<u32>,
    /// Tokens that begin every text, and that no cut takes away.
    pub starts: usize,
    /// The first token of the completion.
    pub completion_at: usize,
    /// The last token of every part of the completion that was not cut away whole.
    pub part_ends: Vec<usize>,
}

/// Examples as tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncodedExamples {
    /// The place of each example, with a text for every completion (one for all steps).
    pub examples: Vec<(usize, Vec<Encoded>)>,
    /// Examples left out for their length, or since a cut left the same of both completions.
    pub dropped: usize,
    /// Texts that were cut.
    pub cut: usize,
}

/// All examples as tokens, in order.
///
/// # Errors
/// [`Error::Usage`] where the tokenizer cannot read a text.
pub fn encode_all(
    examples: &[Example],
    tokenizer: &Tokenizer,
    frame: Frame,
    tokens_max: usize,
    over_long: OverLong,
) -> Result<EncodedExamples> {
    let encode = |example: &Example| -> Result<Vec<Encoded>> {
        let of = |parts: &[&str]| {
            tokenizer
                .encode(&example.prompt, parts, frame)
                .map_err(|why| Error::Usage(format!("row {} cannot be read by the tokenizer: {why}", example.id)))
        };
        match &example.feedback {
            Feedback::Pair { chosen, rejected, .. } => [chosen, rejected].map(|it| of(&[it])).into_iter().collect(),
            Feedback::Ranking { completions, .. } => completions.iter().map(|it| of(&[it])).collect(),
            Feedback::Rated { completion, .. } => Ok(vec![of(&[completion])?]),
            Feedback::Steps { steps, .. } => Ok(vec![of(&steps.iter().map(String::as_str).collect::<Vec<_>>())?]),
        }
    };
    let encoded: Vec<Vec<Encoded>> = examples.par_iter().map(encode).collect::<Result<_>>()?;
    let mut all = EncodedExamples::default();
    for (at, mut texts) in encoded.into_iter().enumerate() {
        let long = texts.iter().filter(|text| text.ids.len() > tokens_max).count();
        if long > 0 && over_long == OverLong::Drop {
            all.dropped += 1;
            continue;
        }
        texts.iter_mut().for_each(|text| text.cut(tokens_max));
        // Two texts of which a cut left the same tell nothing apart.
        if long > 0 && matches!(&texts[..], [one, two] if one.ids == two.ids) {
            all.dropped += 1;
            continue;
        }
        all.cut += long;
        all.examples.push((at, texts));
    }
    Ok(all)
}

impl Encoded {
    /// Cut to so many tokens, after what begins every text.
    fn cut(&mut self, tokens_max: usize) {
        let kept_first = if self.starts < tokens_max { self.starts } else { 0 };
        let Some(over) = self.ids.len().checked_sub(tokens_max).filter(|over| *over > 0) else { return };
        self.ids.drain(kept_first..kept_first + over);
        self.completion_at = self.completion_at.saturating_sub(over).max(kept_first);
        self.part_ends = self.part_ends.iter().filter_map(|end| end.checked_sub(over)).collect();
        self.part_ends.retain(|end| *end >= kept_first);
    }
}

impl Tokenizer {
    /// Every byte a token.
    pub fn bytes() -> Self {
        // With no text to learn from there is nothing but the alphabet.
        Self::trained(std::iter::empty::<&str>(), 0).expect("no text is read, so none can be wrong")
    }

    /// Byte-level BPE (Sennrich et al. 2016, on bytes as in Radford et al. 2019) trained on these texts, with so many tokens
    /// at most. The same texts give the same tokens.
    ///
    /// # Errors
    /// [`Error::Bug`] where the trainer fails.
    pub fn trained<'a>(texts: impl IntoIterator<Item = &'a str>, vocabulary: usize) -> Result<Self> {
        type Bpe = TokenizerImpl<BPE, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;
        let failed = |cause: tokenizers::Error| Error::Bug(format!("tokens cannot be trained: {cause}"));
        let mut tokenizer = Bpe::new(BPE::default());
        tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
        tokenizer.with_decoder(Some(ByteLevel::default()));
        let mut trainer = BpeTrainer::builder()
            .show_progress(false)
            .vocab_size(vocabulary)
            .min_frequency(FREQUENCY_MIN)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .special_tokens([PADDING, END, START].map(|token| AddedToken::from(token, true)).to_vec())
            .build();
        let texts: Vec<&str> = texts.into_iter().collect();
        tokenizer.train(&mut trainer, texts.into_iter()).map_err(failed)?;
        let json = tokenizer.to_string(false).map_err(failed)?;
        Self::of(&json).map_err(failed)
    }

    fn of(json: &str) -> std::result::Result<Self, tokenizers::Error> {
        let mut inner = tokenizers::Tokenizer::from_bytes(json)?;
        // Lengths are ours to decide, and what a text says is text.
        inner.with_truncation(None)?;
        inner.with_padding(None);
        inner.set_encode_special_tokens(true);
        Ok(Self { inner })
    }

    /// The tokenizer in a model's folder.
    ///
    /// # Errors
    /// [`Error::Environment`] where there is none, or it is of a kind that is not known.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let json = std::fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
        Self::of(&json).map_err(|cause| Error::file("understand", &path, cause))
    }

    /// What `tokenizer.json` holds.
    pub fn json(&self) -> Result<String> {
        self.inner.to_string(true).map_err(|cause| Error::Bug(format!("a tokenizer has no written form: {cause}")))
    }

    /// Writes it into a model's folder.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        std::fs::write(&path, self.json()?).map_err(|cause| Error::file("write", &path, cause))
    }

    /// Tokens in all; every id is below it.
    pub fn vocabulary(&self) -> usize {
        let ids = self.inner.get_vocab(true);
        ids.values().max().map_or(0, |largest| *largest as usize + 1)
    }

    /// Refuses a table of words that lacks some of its tokens.
    pub fn fits(&self, vocabulary: usize) -> Result<()> {
        let own = self.vocabulary();
        if own <= vocabulary {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "the tokenizer has {own} tokens and the model's table {vocabulary}: they do not belong together\n  take \
             {FILE} and model.safetensors from one model"
        )))
    }

    /// The token that pads where others load the model, and its text; ours is told apart by a mask.
    pub fn padding(&self) -> (u32, String) {
        let id = self.first_of(&PADS).unwrap_or(0);
        (id, self.inner.id_to_token(id).unwrap_or_default())
    }

    /// The text of the token that ends what is read one way.
    pub fn ending(&self) -> Option<String> {
        self.inner.id_to_token(self.end()?)
    }

    /// A prompt and the parts of its completion, put together.
    ///
    /// # Errors
    /// What the tokenizer says of a text that it cannot read.
    pub fn encode(&self, prompt: &str, parts: &[&str], frame: Frame) -> std::result::Result<Encoded, String> {
        let plain = self.read(prompt, false)?;
        // What a tokenizer begins every text with, it begins this one with.
        let mut ids: Vec<u32> = match frame {
            Frame::Causal => {
                let framed = self.read(prompt, true)?;
                framed.strip_suffix(plain.as_slice()).unwrap_or_default().to_vec()
            }
            Frame::Pair => self.first_of(&STARTS).into_iter().collect(),
        };
        let starts = ids.len();
        ids.extend(plain);
        if frame == Frame::Pair {
            ids.extend(self.first_of(&PARTS));
        }
        let completion_at = ids.len();
        let mut part_ends = Vec::with_capacity(parts.len());
        for part in parts {
            ids.extend(self.read(part, false)?);
            part_ends.push(ids.len().saturating_sub(1));
        }
        ids.extend(if frame == Frame::Causal { self.end() } else { self.first_of(&PARTS) });
        if ids.is_empty() {
            ids.push(self.padding().0);
        }
        Ok(Encoded { completion_at: completion_at.min(ids.len() - 1), starts, ids, part_ends })
    }

    /// The token that ends a text. One that pads elsewhere ends none: others read the score off the last token that is no
    /// padding.
    fn end(&self) -> Option<u32> {
        let padding = self.padding().0;
        ENDS.iter().filter_map(|token| self.inner.token_to_id(token)).find(|id| *id != padding)
    }

    fn read(&self, text: &str, framed: bool) -> std::result::Result<Vec<u32>, String> {
        let encoding = self.inner.encode_fast(text, framed).map_err(|cause| cause.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }

    fn first_of(&self, tokens: &[&str]) -> Option<u32> {
        tokens.iter().find_map(|token| self.inner.token_to_id(token))
    }

    /// The text of some tokens, without those that are no text.
    ///
    /// # Errors
    /// [`Error::Bug`] where they are no tokens of this tokenizer.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        self.inner.decode(ids, true).map_err(|cause| Error::Bug(format!("tokens have no text: {cause}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXTS: [&str; 3] = ["the cat sat on the mat", "the mat sat on the cat", "a cat, the cat; ähnlich"];

    fn example(prompt: &str, completion: &str) -> Example {
        let feedback = Feedback::Rated { completion: completion.into(), label: 1.0 };
        Example { id: "f:1".into(), prompt: prompt.into(), feedback, weight: 1.0, labels: Default::default() }
    }

    proptest! {
        #[test]
        fn bytes_come_back(prompt in ".{0,40}", first in ".{1,20}", second in ".{1,20}") {
            let tokenizer = Tokenizer::bytes();
            let encoded = tokenizer.encode(&prompt, &[&first, &second], Frame::Causal).unwrap();
            prop_assert_eq!(tokenizer.decode(&encoded.ids).unwrap(), format!("{prompt}{first}{second}"));
            prop_assert_eq!(encoded.completion_at, prompt.len());
            prop_assert_eq!(&encoded.part_ends, &vec![(prompt.len() + first.len()) - 1, encoded.ids.len() - 2]);
        }
    }

    #[test]
    fn what_a_text_says_is_text() {
        let tokenizer = Tokenizer::bytes();
        let encoded = tokenizer.encode("", &["<|endoftext|>"], Frame::Causal).unwrap();
        assert_eq!(encoded.ids.len(), "<|endoftext|>".len() + 1);
        assert_eq!(encoded.ids.iter().filter(|id| Some(**id) == tokenizer.first_of(&[END])).count(), 1);
    }

    #[test]
    fn a_pair_is_framed_and_its_start_survives_a_cut() {
        let tokenizer = Tokenizer::bytes();
        let [start, end] = [START, END].map(|token| tokenizer.inner.token_to_id(token).unwrap());
        let mut encoded = tokenizer.encode("ab", &["cd", "ef"], Frame::Pair).unwrap();
        assert_eq!((encoded.ids[0], encoded.ids[3], encoded.ids[8]), (start, end, end));
        assert_eq!((encoded.completion_at, encoded.part_ends.clone()), (4, vec![5, 7]));
        encoded.cut(4);
        assert_eq!((encoded.ids[0], encoded.ids.len()), (start, 4));
        assert_eq!((encoded.completion_at, encoded.part_ends.clone()), (1, vec![2]), "the first part was cut away");
    }

    #[test]
    fn over_long_rows_are_dropped_or_cut_and_counted() {
        let tokenizer = Tokenizer::bytes();
        let examples = [example("prompt", "short"), example("a very long prompt indeed", "end")];
        let all = |over_long| encode_all(&examples, &tokenizer, Frame::Causal, 12, over_long).unwrap();
        let dropped = all(OverLong::Drop);
        assert_eq!((dropped.examples.len(), dropped.dropped, dropped.cut), (1, 1, 0));
        let cut = all(OverLong::Cut);
        assert_eq!((cut.examples.len(), cut.dropped, cut.cut), (2, 0, 1));
        assert_eq!(tokenizer.decode(&cut.examples[1].1[0].ids).unwrap(), "t indeedend");
        let [chosen, rejected] = ["same beginning, long end", "other beginning, long end"].map(String::from);
        let pair = Feedback::Pair { chosen, rejected, margin: 0.0, preference: 1.0 };
        let alike = [Example { feedback: pair, ..example("p", "c") }];
        let alike = encode_all(&alike, &tokenizer, Frame::Causal, 8, OverLong::Cut).unwrap();
        assert_eq!((alike.examples.len(), alike.dropped), (0, 1));
        assert_eq!(cut.examples[1].1[0].completion_at, 8);
    }

    #[test]
    fn trained_tokens_are_the_same_each_time_and_after_a_file() {
        let trained = || Tokenizer::trained(TEXTS, 280).unwrap();
        let (one, two) = (trained(), trained());
        assert_eq!(one.json().unwrap(), two.json().unwrap());
        assert!(one.vocabulary() > 259 && one.vocabulary() <= 280, "{}", one.vocabulary());
        let ids = |tokenizer: &Tokenizer| tokenizer.encode("the cat", &[" sat"], Frame::Causal).unwrap().ids;
        assert!(ids(&one).len() < 8, "{:?}", ids(&one));
        let folder = tempfile::tempdir().unwrap();
        one.save(folder.path()).unwrap();
        assert_eq!(ids(&Tokenizer::load(folder.path()).unwrap()), ids(&one));
    }

    #[test]
    fn a_table_that_lacks_tokens_is_refused_with_both_numbers() {
        let tokenizer = Tokenizer::bytes();
        assert_eq!(tokenizer.vocabulary(), 259);
        assert!(tokenizer.fits(259).is_ok());
        let error = tokenizer.fits(100).unwrap_err().to_string();
        assert!(error.contains("259") && error.contains("100"), "{error}");
        assert_eq!(Tokenizer::load(Path::new("/nonexistent")).unwrap_err().exit_code(), 3);
    }
}
