//! What a training begins with: the network, its weights and its tokens, from scratch or from a folder.

use std::path::Path;

use burn::backend::Flex;
use burn::tensor::backend::Backend;

use super::data::{Example, Feedback};
use super::settings::{Backbone, Settings, Shape, TokenKind, Tuned};
use super::tokens::{Frame, Tokenizer};
use super::training::MakesNetwork;
use crate::error::{Error, Result};
use crate::model::checkpoint::{Weights, weights_of, with_weights};
use crate::model::fused::Trained;
use crate::model::hugging_face;
use crate::model::init::initialised_beside;
use crate::model::scoring::{Pooling, ScoreNetwork};
use crate::model::transformer::{Architecture, Size};
use crate::stream::Stream;

/// A network before training.
pub(super) struct Start {
    pub architecture: Architecture,
    pub pooling: Pooling,
    pub tokenizer: Tokenizer,
    /// By module path, without adapters.
    pub weights: Weights,
    tuned: Tuned,
    /// Where adapters are drawn from.
    stream: Stream,
}

impl Start {
    /// As the settings say; tokens that are trained are trained on these examples.
    pub fn of(settings: &Settings, train: &[Example], stream: &Stream) -> Result<Self> {
        let start = match &settings.backbone {
            Backbone::Encoder(shape) => Self::from_scratch(settings, shape, train, stream, Architecture::encoder),
            Backbone::Decoder(shape) => Self::from_scratch(settings, shape, train, stream, Architecture::decoder),
            Backbone::Pretrained(folder) => Self::pretrained(settings, folder, stream),
        }?;
        if settings.objective.language > 0.0 && !start.architecture.is_causal() {
            return Err(Error::Usage(
                "a model that reads both ways sees the words that it should foretell\n  set `objective.language` to 0, or \
                 take a decoder"
                    .into(),
            ));
        }
        Ok(start)
    }

    fn from_scratch(
        settings: &Settings,
        shape: &Shape,
        train: &[Example],
        stream: &Stream,
        build: fn(&Size, usize, usize) -> Architecture,
    ) -> Result<Self> {
        let tokenizer = match shape.tokens {
            TokenKind::Bytes => Tokenizer::bytes(),
            TokenKind::Bpe(vocabulary) => Tokenizer::trained(train.iter().flat_map(texts), vocabulary)?,
        };
        let size = Size { width: shape.width, layers: shape.layers, heads: shape.heads, inner: 0 };
        let architecture = build(&size, tokenizer.vocabulary(), settings.reading.tokens_max);
        let pooling = settings.reading.pooling.unwrap_or(usual(&architecture));
        let weights = drawn(&architecture, pooling, &Weights::new(), stream);
        Ok(Self { architecture, pooling, tokenizer, weights, tuned: settings.tuned, stream: *stream })
    }

    fn pretrained(settings: &Settings, folder: &Path, stream: &Stream) -> Result<Self> {
        let pretrained = hugging_face::load(folder)?;
        let tokenizer = Tokenizer::load(folder)?;
        let architecture = pretrained.architecture;
        tokenizer.fits(architecture.vocabulary)?;
        let (wanted, able) = (settings.reading.tokens_max, architecture.positions_max);
        if wanted > able {
            return Err(Error::Usage(format!(
                "texts of {wanted} tokens are asked for, and the model in `{}` has {able} positions\n  set \
                 `reading.tokens_max` (--tokens-max) to {able} or less",
                folder.display()
            )));
        }
        let pooling = settings.reading.pooling.unwrap_or(usual(&architecture));
        // What the folder has no weights for, such as the head, is drawn.
        let mut weights = drawn(&architecture, pooling, &pretrained.weights, stream);
        for (path, array) in pretrained.weights {
            weights.entry(path).and_modify(|weight| *weight = array);
        }
        Ok(Self { architecture, pooling, tokenizer, weights, tuned: settings.tuned, stream: *stream })
    }

    /// How texts are put into tokens.
    pub fn frame(&self) -> Frame {
        frame_of(&self.architecture)
    }

    /// The plain network of these trained weights, adapters merged into what they stand beside.
    pub fn plain(&self, weights: &Weights) -> Result<Weights> {
        match self.tuned {
            Tuned::Adapters { .. } => {
                let network = with_weights(self.build::<Flex>(&Default::default())?, weights)?;
                Ok(weights_of(&network.merged()))
            }
            _ => Ok(weights.clone()),
        }
    }

    fn build<B: Backend>(&self, device: &B::Device) -> Result<ScoreNetwork<B>> {
        let network = with_weights(ScoreNetwork::zeros(&self.architecture, self.pooling, device), &self.weights)?;
        Ok(match self.tuned {
            Tuned::All => network,
            Tuned::Head => network.frozen_backbone(),
            Tuned::Adapters { rank, alpha } => network.with_adapters(rank, alpha, &self.stream.named("adapters"))?,
        })
    }
}

impl MakesNetwork for Start {
    fn network<B: Trained>(&self, device: &B::Device) -> Result<ScoreNetwork<B>> {
        self.build(device)
    }
}

/// How texts are put into tokens for a model of this architecture.
pub(super) fn frame_of(architecture: &Architecture) -> Frame {
    if architecture.is_causal() { Frame::Causal } else { Frame::Pair }
}

fn usual(architecture: &Architecture) -> Pooling {
    if architecture.is_causal() { Pooling::Last } else { Pooling::First }
}

/// A network's weights, those drawn that are not given.
fn drawn(architecture: &Architecture, pooling: Pooling, given: &Weights, stream: &Stream) -> Weights {
    let network = ScoreNetwork::<Flex>::zeros(architecture, pooling, &Default::default());
    weights_of(&initialised_beside(network, given, &stream.named("weights")))
}

/// The texts of an example.
fn texts(example: &Example) -> Vec<&str> {
    let completions: Vec<&str> = match &example.feedback {
        Feedback::Pair { chosen, rejected, .. } => vec![chosen, rejected],
        Feedback::Ranking { completions, .. } => completions.iter().map(String::as_str).collect(),
        Feedback::Steps { steps, .. } => steps.iter().map(String::as_str).collect(),
        Feedback::Rated { completion, .. } => vec![completion],
    };
    std::iter::once(example.prompt.as_str()).chain(completions).collect()
}
