//! A transformer that scores what it reads: the network of a reward model, whole, frozen in part, or with adapters.

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use serde::{Deserialize, Serialize};

use super::checkpoint::{Array, Weights, weights_of, with_weights};
use super::fused::Fused;
use super::init::initialised;
use super::transformer::projection::Bias;
use super::transformer::{Architecture, Projection, TokenBatch, Transformer};
use crate::error::Result;
use crate::stream::Stream;

/// Where the score of a text is read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The last token: for transformers that read from left to right.
    Last,
    /// The first token, through a layer and a hyperbolic tangent: as BERT's classifiers have it.
    First,
    /// The mean over all tokens.
    Mean,
}

/// A transformer and its head.
#[derive(Module, Debug)]
pub(crate) struct ScoreNetwork<B: Backend> {
    /// What reads.
    pub backbone: Transformer<B>,
    /// `[width, width]`, between the first token and the head.
    pub pooler: Option<Projection<B>>,
    /// `[width, 1]`
    pub score: Projection<B>,
    #[module(skip)]
    pooling: Pooling,
}

impl<B: Fused> ScoreNetwork<B> {
    /// The score of every text: `[batch]`.
    pub fn scores(&self, batch: &TokenBatch<B>) -> Tensor<B, 1> {
        self.pooled_scores(self.backbone.hidden(batch), batch)
    }
}

impl<B: Backend> ScoreNetwork<B> {
    /// With all matrices zero and all gains one.
    pub fn zeros(architecture: &Architecture, pooling: Pooling, device: &B::Device) -> Self {
        let width = architecture.width;
        // As BERT's classifiers have it; differences of scores leave it where it is.
        let bias = if pooling == Pooling::First { Bias::With } else { Bias::Without };
        Self {
            backbone: Transformer::zeros(architecture, device),
            pooler: (pooling == Pooling::First).then(|| Projection::zeros(width, width, Bias::With, device)),
            score: Projection::zeros(width, 1, bias, device),
            pooling,
        }
    }

    /// The score of every text, from its hidden states `[batch, tokens, width]`: `[batch]`.
    pub fn pooled_scores(&self, hidden: Tensor<B, 3>, batch: &TokenBatch<B>) -> Tensor<B, 1> {
        let [rows, tokens, width] = hidden.dims();
        let at = |places: &Tensor<B, 1, burn::tensor::Int>| {
            hidden.clone().reshape([rows * tokens, width]).select(0, places.clone())
        };
        let pooled = match (self.pooling, &self.pooler) {
            (Pooling::First, Some(pooler)) => pooler.forward(at(&batch.first)).tanh(),
            (Pooling::Mean, _) => {
                let mask = batch.mask.clone().reshape([rows, tokens, 1]);
                let count = mask.clone().sum_dim(1).clamp_min(1.0);
                ((hidden * mask).sum_dim(1) / count).reshape([rows, width])
            }
            (Pooling::Last | Pooling::First, _) => at(&batch.last),
        };
        self.score.forward(pooled).reshape([rows])
    }

    /// The head at every token: `[batch, tokens]`.
    pub fn token_scores(&self, hidden: Tensor<B, 3>) -> Tensor<B, 2> {
        let [rows, tokens, width] = hidden.dims();
        self.score.forward(hidden.reshape([rows * tokens, width])).reshape([rows, tokens])
    }

    /// What every token foretells: `[batch, tokens, vocabulary]`.
    pub fn language_logits(&self, hidden: Tensor<B, 3>) -> Tensor<B, 3> {
        self.backbone.foretold(hidden)
    }

    /// With the backbone frozen: the head alone has gradients.
    pub fn frozen_backbone(mut self) -> Self {
        self.backbone = self.backbone.no_grad();
        self
    }

    /// With the backbone frozen and an adapter beside every query, key, value and output of its attention, which begins as
    /// nothing; adapters and head have gradients.
    pub fn with_adapters(self, rank: usize, alpha: f64, stream: &Stream) -> Result<Self> {
        let mut network = self.frozen_backbone();
        for block in &mut network.backbone.blocks {
            let it = &mut block.attention;
            for projection in [&mut it.query, &mut it.key, &mut it.value, &mut it.output] {
                *projection = projection.clone().adapted(rank, alpha);
            }
        }
        let mut weights = weights_of(&network);
        let drawn = weights_of(&initialised(network.clone(), stream));
        weights.extend(drawn.into_iter().filter(|(path, _)| path.ends_with(".adapter.down.weight")));
        with_weights(network, &weights)
    }

    /// With all adapters added to what they stand beside.
    pub fn merged(mut self) -> Self {
        for block in &mut self.backbone.blocks {
            let it = &mut block.attention;
            for projection in [&mut it.query, &mut it.key, &mut it.value, &mut it.output] {
                *projection = projection.clone().merged();
            }
        }
        self
    }
}

/// The adapters among weights: the module path of the projection that each stands beside, `[inputs, rank]`, `[rank, outputs]`.
pub(crate) fn adapters_of(weights: &Weights) -> Vec<(String, &Array, &Array)> {
    let down = ".adapter.down.weight";
    let of = |(path, array)| {
        let path: &String = path;
        let projection = path.strip_suffix(down)?;
        Some((projection.to_owned(), array, weights.get(&format!("{projection}.adapter.up"))?))
    };
    weights.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arithmetic::{Arithmetic, Heads, Precision};
    use crate::model::optim::values;
    use crate::model::transformer::{Embeddings, Family, Layout, Padding, Size};
    use burn::backend::{Autodiff, Flex};
    use burn::optim::GradientsParams;

    const SIZE: Size = Size { width: 16, layers: 2, heads: 4, inner: 0 };

    fn architectures() -> Vec<(Architecture, Pooling)> {
        let llama = Architecture::decoder(&SIZE, 50, 32);
        let bert = Architecture::encoder(&SIZE, 50, 32);
        let gpt2 = Architecture {
            family: Family::Gpt2,
            activation: crate::model::transformer::Activation::GeluTanh,
            inner: 64,
            ..llama.clone()
        };
        let qwen =
            Architecture { family: Family::Qwen2, key_heads: 2, embeddings: Embeddings::Untied, ..llama.clone() };
        let bag = Architecture { layers: 0, ..llama.clone() };
        vec![
            (bert.clone(), Pooling::First),
            (bert, Pooling::Mean),
            (gpt2, Pooling::Last),
            (llama, Pooling::Last),
            (qwen, Pooling::Last),
            (bag, Pooling::Mean),
        ]
    }

    fn network<B: Backend>((architecture, pooling): &(Architecture, Pooling)) -> ScoreNetwork<B> {
        initialised(ScoreNetwork::zeros(architecture, *pooling, &Default::default()), &Stream::root(3))
    }

    fn rows() -> Vec<Vec<u32>> {
        [3, 9, 1, 14, 6].iter().map(|length| (0..*length).map(|at| (at * 7 + length) % 50).collect()).collect()
    }

    fn scores(network: &ScoreNetwork<Flex>, rows: &[&[u32]], length: usize, count: usize, side: Padding) -> Vec<f32> {
        let layout = Layout { length, rows: count, padding: side, ..layout(network, Arithmetic::default()) };
        values(network.scores(&TokenBatch::of(rows, &layout, &Default::default())))[..rows.len()].to_vec()
    }

    /// Five rows of sixteen tokens.
    fn layout<B: Backend>(network: &ScoreNetwork<B>, arithmetic: Arithmetic) -> Layout {
        Layout { length: 16, rows: 5, padding: Padding::Right, sight: network.backbone.sight, arithmetic }
    }

    fn assert_close(a: &[f32], b: &[f32], within: f32, what: &str) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() <= within), "{what}: {a:?} {b:?}");
    }

    #[test]
    fn a_score_is_the_same_alone_and_in_any_batch_padded_on_either_side() {
        for kind in architectures() {
            let network = network::<Flex>(&kind);
            let rows = rows();
            let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let alone: Vec<f32> =
                rows.iter().map(|row| scores(&network, &[row], row.len(), 1, Padding::Right)[0]).collect();
            assert!(alone.windows(2).all(|pair| pair[0] != pair[1]), "{kind:?} tells texts apart");
            for (length, padded, side) in [(14, 5, Padding::Right), (14, 5, Padding::Left), (31, 8, Padding::Left)] {
                let together = scores(&network, &rows, length, padded, side);
                assert_close(&alone, &together, 1e-5, &format!("{kind:?} {length} {padded} {side:?}"));
            }
        }
    }

    #[test]
    fn a_score_is_bit_equal_beside_any_neighbours_in_batches_of_one_shape() {
        for kind in architectures() {
            let network = network::<Flex>(&kind);
            let rows = rows();
            let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let of = |chosen: &[&[u32]]| scores(&network, chosen, 16, 4, Padding::Right);
            let alone = of(&[rows[1]])[0];
            assert_eq!(alone, of(&[rows[0], rows[1], rows[3]])[1], "{kind:?}");
            assert_eq!(alone, of(&[rows[4], rows[4], rows[2], rows[1]])[3], "{kind:?}");
        }
    }

    #[test]
    fn every_parameter_has_a_gradient() {
        type A = Autodiff<Flex>;
        for kind in architectures() {
            let network = network::<A>(&kind);
            let rows = rows();
            let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let batch = TokenBatch::of(&rows, &layout(&network, Arithmetic::default()), &Default::default());
            let hidden = network.backbone.hidden(&batch);
            let words = network.language_logits(hidden.clone()).tanh().sum();
            let loss = network.pooled_scores(hidden, &batch).sum() + words;
            let gradients = GradientsParams::from_grads(loss.backward(), &network);
            assert_eq!(gradients.len(), weights_of(&network).len(), "{kind:?}");
        }
    }

    /// Scores and the gradient of every weight by plain operations, in this arithmetic and padded on this side; before the
    /// gradients scores with adapters that add something.
    fn gradients(kind: &(Architecture, Pooling), arithmetic: Arithmetic, side: Padding) -> (Vec<f32>, Vec<Vec<f32>>) {
        type A = Autodiff<Flex>;
        let plain = network::<A>(kind);
        let rows = rows();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let layout = Layout { padding: side, ..layout(&plain, arithmetic) };
        let batch = TokenBatch::of(&rows, &layout, &Default::default());
        let scores = |network: &ScoreNetwork<A>| network.pooled_scores(network.backbone.plain_hidden(&batch), &batch);
        let adapted = values(scores(&moved(plain.clone().with_adapters(2, 4.0, &Stream::root(5)).unwrap())));
        let scores = scores(&plain);
        let found = GradientsParams::from_grads(scores.clone().tanh().sum().backward(), &plain);
        let mut each = Each { found, values: vec![adapted] };
        plain.visit(&mut each);
        (values(scores), each.values)
    }

    /// With adapters that are no longer nothing.
    fn moved(network: ScoreNetwork<Autodiff<Flex>>) -> ScoreNetwork<Autodiff<Flex>> {
        let moved = |(path, (dims, values)): (String, (Vec<usize>, Vec<f32>))| {
            let is_up = path.ends_with(".adapter.up");
            let values = values.iter().enumerate().map(|(at, v)| if is_up { (at as f32).sin() * 0.3 } else { *v });
            (path, (dims, values.collect()))
        };
        let weights = weights_of(&network).into_iter().map(moved).collect();
        with_weights(network, &weights).unwrap()
    }

    struct Each {
        found: GradientsParams,
        values: Vec<Vec<f32>>,
    }

    impl burn::module::ModuleVisitor<Autodiff<Flex>> for Each {
        fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<Autodiff<Flex>, D>>) {
            self.values.extend(self.found.get::<Flex, D>(param.id).map(values));
        }
    }

    #[test]
    fn heads_together_are_heads_apart() {
        let sides = [Padding::Left, Padding::Right];
        for (kind, side) in architectures().into_iter().flat_map(|kind| sides.map(|side| (kind.clone(), side))) {
            let of = |heads| gradients(&kind, Arithmetic { heads, ..Default::default() }, side);
            let ((scores, apart), (together_scores, together)) = (of(Heads::Apart), of(Heads::Together));
            assert_close(&scores, &together_scores, 1e-5, "scores");
            assert_close(&apart[0], &together[0], 1e-5, "scores with adapters");
            assert!(apart.len() > 2, "{kind:?}");
            assert_directions(&apart[1..], &together[1..], 1e-5, &kind);
        }
    }

    /// Each gradient is the other one but for this share of its length. Keys' biases move no score: of what has hardly a
    /// gradient beside the longest, rounding is all there is.
    fn assert_directions(a: &[Vec<f32>], b: &[Vec<f32>], share: f32, kind: &(Architecture, Pooling)) {
        let length = |values: &[f32]| values.iter().map(|it| it * it).sum::<f32>().sqrt();
        let least = 0.05 * a.iter().map(|it| length(it)).fold(0.0, f32::max);
        for (a, b) in a.iter().zip(b) {
            let off: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
            assert!(length(&off) <= share * length(a).max(least), "{kind:?}: {} of {}", length(&off), length(a));
        }
    }

    #[test]
    fn half_precision_is_near_and_its_gradients_are_single() {
        for (kind, heads) in
            architectures().into_iter().flat_map(|it| [(it.clone(), Heads::Apart), (it, Heads::Together)])
        {
            let of = |precision| gradients(&kind, Arithmetic { precision, heads }, Padding::Right);
            let ((scores, single), (near_scores, near)) = (of(Precision::Float32), of(Precision::Bfloat16));
            let largest = scores.iter().fold(1f32, |most, score| most.max(score.abs()));
            // A network of 16 units is rougher than one that is used.
            assert_close(&scores, &near_scores, 5e-2 * largest, &format!("scores of {kind:?}"));
            assert!(kind.0.layers == 0 || scores != near_scores, "products are in half precision");
            assert_directions(&single, &near, 0.1, &kind);
        }
    }

    #[test]
    fn adapters_begin_as_nothing_and_merge_into_what_they_stand_beside() {
        type A = Autodiff<Flex>;
        let kind = &architectures()[4];
        let plain = network::<A>(kind);
        let adapted = plain.clone().with_adapters(2, 4.0, &Stream::root(5)).unwrap();
        let rows = rows();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let batch = TokenBatch::of(&rows, &layout(&plain, Arithmetic::default()), &Default::default());
        assert_eq!(values(plain.scores(&batch)), values(adapted.scores(&batch)), "begins as nothing");
        let gradients = GradientsParams::from_grads(adapted.scores(&batch).sum().backward(), &adapted);
        // Of two blocks four projections have two matrices each; and the head.
        assert_eq!(gradients.len(), 2 * 4 * 2 + 1, "nothing else has a gradient");
        let trained = moved(adapted);
        let (apart, merged) = (values(trained.scores(&batch)), values(trained.clone().merged().scores(&batch)));
        assert_eq!(apart, merged, "merged");
        assert!(apart.iter().zip(values(plain.scores(&batch))).any(|(a, b)| (a - b).abs() > 1e-3));
        assert_eq!(adapters_of(&weights_of(&trained)).len(), 8);
        assert_eq!(
            weights_of(&trained.merged()).keys().collect::<Vec<_>>(),
            weights_of(&plain).keys().collect::<Vec<_>>()
        );
    }
}
