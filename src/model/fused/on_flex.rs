//! Halves of a block on burn's flex backend, with and without a tape.

use std::fmt::Debug;
use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData, TensorMetadata, TensorPrimitive};

use super::attention::{Attended, Attention, Reads};
use super::feed_forward::{Bend, Bent, FeedForward};
use super::half::{Half, Inner, Kept, Order, Piece};
use super::linear::{Adapter, Learns, Linear};
use super::norm::Norm;
use super::rotation::Rotation;
use crate::model::arithmetic::Precision;
use crate::model::transformer::projection::added;
use crate::model::transformer::{Block, HalfWeights, Sight, TokenBatch};

/// The weights of a half's operation: the norm's gain and bias, then four matrices, each with its bias and what goes down and
/// up beside it.
const WEIGHTS: usize = 18;

/// What goes into the operation: the tokens, then the weights.
const PARENTS: usize = 1 + WEIGHTS;

/// A half's weights on a backend, before they are borrowed.
pub(super) struct OnFlex<B: Backend, D> {
    weights: HalfWeights<B>,
    form: Form<D>,
}

/// How a half is built.
#[derive(Clone, Debug)]
struct Form<D> {
    inside: D,
    order: Order,
    epsilon: f32,
    /// What each matrix's adapter is multiplied by.
    scales: [f64; 4],
    tokens: usize,
    spans: Arc<[(usize, usize)]>,
}

/// A weight that lies row by row.
#[derive(Clone, Debug)]
struct Weight {
    values: FlexTensor,
    learns: Learns,
}

/// What is inside of a half, but for its matrices.
pub(super) trait Inside: Clone + Debug + Send + Sync + 'static {
    type Kept: Debug + Send + Sync + 'static;
    type Inner<'a>: Inner<Kept = Self::Kept>;

    fn with<'a>(&'a self, matrices: [Option<Linear<'a>>; 4]) -> Option<Self::Inner<'a>>;
}

#[derive(Clone, Debug)]
pub(super) struct Attends {
    heads: usize,
    key_heads: usize,
    head_width: usize,
    rotation: Option<Arc<Rotation>>,
    reads: Reads,
}

#[derive(Clone, Debug)]
pub(super) struct Feeds(Bend);

/// The attention half of a block; none where another precision is asked for.
pub(super) fn attention<B: Backend>(block: &Block<B>, batch: &TokenBatch<B>) -> Option<OnFlex<B, Attends>> {
    let weights = is_single(batch).then(|| block.attention_weights())?;
    let [heads, key_heads, head_width] = block.attention.shape();
    let rotation = block.attention.rotary_base().map(|base| batch.rotation(head_width, base));
    let reads = match batch.sight {
        Sight::Both => Reads::All,
        Sight::Before => Reads::Before,
    };
    let inside = Attends { heads, key_heads, head_width, rotation, reads };
    Some(OnFlex { form: Form::of(inside, &weights, block, batch), weights })
}

/// The feed-forward half of a block; none where another precision is asked for.
pub(super) fn feed_forward<B: Backend>(block: &Block<B>, batch: &TokenBatch<B>) -> Option<OnFlex<B, Feeds>> {
    let weights = is_single(batch).then(|| block.feed_forward_weights())?;
    let inside = Feeds(block.feed_forward.bend());
    Some(OnFlex { form: Form::of(inside, &weights, block, batch), weights })
}

fn is_single<B: Backend>(batch: &TokenBatch<B>) -> bool {
    batch.arithmetic.precision == Precision::Float32
}

impl<D: Inside> Form<D> {
    fn of<B: Backend>(inside: D, weights: &HalfWeights<B>, block: &Block<B>, batch: &TokenBatch<B>) -> Self {
        let order = if block.norms_first() { Order::NormFirst } else { Order::NormLast };
        let (tokens, spans) = (batch.ids.dims()[1], batch.spans.clone());
        Self { inside, order, epsilon: weights.epsilon as f32, scales: weights.scales, tokens, spans }
    }

    /// What `then` makes of the half with its weights.
    fn with<R>(&self, weights: &[Option<Weight>; WEIGHTS], then: impl FnOnce(Half<'_, D::Inner<'_>>) -> R) -> R {
        let all = weights.each_ref().map(Option::as_ref);
        // For every forward pass and every backward pass anew: its cost is that of a few tokens, and so none is kept.
        let merged: [Option<FlexTensor>; 4] = std::array::from_fn(|at| match of_matrix(&all, at) {
            [Some(weight), _, Some(down), Some(up)] => Some(merged(weight, [down, up], self.scales[at])),
            [weight, ..] => weight.map(|it| it.values.clone()),
        });
        let matrix = |at: usize| {
            let [own, bias, down, up] = of_matrix(&all, at);
            let weight = merged[at].as_ref()?;
            let [inputs, outputs] = weight.shape().dims::<2>();
            let adapter = down.zip(up).map(|(down, up)| {
                let [rank, _] = up.values.shape().dims::<2>();
                Adapter { down: slice(&down.values), up: slice(&up.values), rank, scale: self.scales[at] as f32 }
            });
            let (weight, learns) = (slice(weight), learns([own, bias]));
            Some(Linear { weight, bias: bias.map(|it| slice(&it.values)), inputs, outputs, learns, adapter })
        };
        let [gain, bias, ..] = all;
        let norm = Norm {
            gain: gain.map_or(&[], |it| slice(&it.values)),
            bias: bias.map(|it| slice(&it.values)),
            epsilon: self.epsilon,
            learns: learns([gain, bias]),
        };
        let inner = self.inside.with([0, 1, 2, 3].map(matrix)).expect("a half has all of its matrices");
        then(Half { norm, order: self.order, inner, tokens: self.tokens, spans: &self.spans })
    }
}

/// A matrix, its bias, and what goes down and up beside it.
fn of_matrix<'a>(weights: &[Option<&'a Weight>; WEIGHTS], at: usize) -> [Option<&'a Weight>; 4] {
    std::array::from_fn(|part| weights[2 + 4 * at + part])
}

/// A matrix with its adapter added.
fn merged(weight: &Weight, beside: [&Weight; 2], scale: f64) -> FlexTensor {
    let tensor = |it: &Weight| Tensor::<Flex, 2>::from_primitive(TensorPrimitive::Float(it.values.clone()));
    added(tensor(weight), beside.map(tensor), scale).into_primitive().tensor().to_contiguous()
}

/// Whether any of some weights learns.
fn learns(weights: [Option<&Weight>; 2]) -> Learns {
    let any = weights.iter().flatten().any(|it| it.learns == Learns::All);
    if any { Learns::All } else { Learns::Nothing }
}

impl<D: Inside> OnFlex<Flex, D> {
    /// `[batch, tokens, width]` to the same.
    pub fn forward(self, x: Tensor<Flex, 3>) -> Tensor<Flex, 3> {
        let x = x.into_primitive().tensor().to_contiguous();
        let weights = self.weights.in_order(|it| it.into_primitive().tensor(), |it| it.into_primitive().tensor());
        let weights = weights.map(|it| it.map(|it| Weight { values: it.to_contiguous(), learns: Learns::Nothing }));
        let (y, _) = self.form.with(&weights, |half| half.forward(slice(&x), Kept::Nothing));
        Tensor::from_primitive(TensorPrimitive::Float(like(y, &x)))
    }
}

impl<C: CheckpointStrategy, D: Inside> OnFlex<Autodiff<Flex, C>, D> {
    /// The same on a tape.
    pub fn forward_on_tape(self, x: Tensor<Autodiff<Flex, C>, 3>) -> Tensor<Autodiff<Flex, C>, 3> {
        let x = x.into_primitive().tensor();
        let tracked = self.weights.in_order(|it| it.into_primitive().tensor(), |it| it.into_primitive().tensor());
        let weights = tracked.each_ref().map(|it| {
            it.as_ref().map(|it| {
                let learns = if it.node.requirement.is_none() { Learns::Nothing } else { Learns::All };
                Weight { values: it.primitive.to_contiguous(), learns }
            })
        });
        // What is not there has no gradient.
        let absent = Tensor::<Autodiff<Flex, C>, 1>::zeros([1], &Default::default()).into_primitive().tensor().node;
        let mut nodes: [_; PARENTS] = std::array::from_fn(|_| absent.clone());
        nodes[0] = x.node.clone();
        for (node, weight) in nodes[1..].iter_mut().zip(&tracked) {
            if let Some(weight) = weight {
                *node = weight.node.clone();
            }
        }
        let tokens = x.primitive.to_contiguous();
        let y = match BackwardHalf(self.form.clone()).prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(tape) => {
                let (y, pieces) = self.form.with(&weights, |half| half.forward(slice(&tokens), Kept::ForBackward));
                let y = like(y, &tokens);
                tape.finish(State { x: tokens, weights, pieces: Arc::new(pieces) }, y)
            }
            OpsKind::UnTracked(tape) => {
                let (y, _) = self.form.with(&weights, |half| half.forward(slice(&tokens), Kept::Nothing));
                tape.finish(like(y, &tokens))
            }
        };
        Tensor::from_primitive(TensorPrimitive::Float(y))
    }
}

/// The way back through a half.
#[derive(Debug)]
struct BackwardHalf<D>(Form<D>);

/// What it needs for it.
#[derive(Debug)]
struct State<K> {
    x: FlexTensor,
    weights: [Option<Weight>; WEIGHTS],
    pieces: Arc<Vec<Piece<K>>>,
}

impl<K> Clone for State<K> {
    fn clone(&self) -> Self {
        Self { x: self.x.clone(), weights: self.weights.clone(), pieces: self.pieces.clone() }
    }
}

impl<D: Inside> Backward<Flex, PARENTS> for BackwardHalf<D> {
    type State = State<D::Kept>;

    fn backward(self, ops: Ops<Self::State, PARENTS>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let State { x, weights, pieces } = ops.state;
        let dy = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let (dx, by_weights) = self.0.with(&weights, |half| half.backward(slice(&x), &pieces, slice(&dy)));
        let mut found = vec![(dx, Some(&x))];
        let matrices = by_weights.matrices.into_iter().flat_map(|it| [it.weight, it.bias, it.down, it.up]);
        let values = [by_weights.norm.gain, by_weights.norm.bias].into_iter().chain(matrices);
        found.extend(values.zip(weights.iter().map(|it| it.as_ref().map(|it| &it.values))));
        for (parent, (values, of)) in ops.parents.iter().zip(found) {
            if let (Some(parent), Some(of)) = (parent, of) {
                gradients.register::<Flex>(parent.id, like(values, of));
            }
        }
    }
}

impl Inside for Attends {
    type Kept = Attended;
    type Inner<'a> = Attention<'a>;

    fn with<'a>(&'a self, matrices: [Option<Linear<'a>>; 4]) -> Option<Attention<'a>> {
        let [query, key, value, output] = matrices;
        Some(Attention {
            query: query?,
            key: key?,
            value: value?,
            output: output?,
            heads: self.heads,
            key_heads: self.key_heads,
            head_width: self.head_width,
            rotation: self.rotation.as_deref(),
            reads: self.reads,
        })
    }
}

impl Inside for Feeds {
    type Kept = Bent;
    type Inner<'a> = FeedForward<'a>;

    fn with<'a>(&'a self, [gate, up, down, _]: [Option<Linear<'a>>; 4]) -> Option<FeedForward<'a>> {
        Some(FeedForward { gate, up: up?, down: down?, bend: self.0 })
    }
}

/// The values of a tensor that lies row by row.
fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a tensor of single precision, laid out row by row")
}

/// Values in the shape of a tensor.
fn like(values: Vec<f32>, tensor: &FlexTensor) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, tensor.shape()))
}
