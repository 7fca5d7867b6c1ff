//! Fused operations against the plain ones: values and gradients, on odd shapes, with padding on either side.

use burn::backend::{Autodiff, Flex};
use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use proptest::prelude::*;

use super::{Fused, Seen, Tables};
use crate::model::arithmetic::{Arithmetic, Heads};
use crate::model::init::initialised;
use crate::model::optim::values;
use crate::model::transformer::{
    Activation, Architecture, Block, Embeddings, Family, Layout, Padding, Projection, TokenBatch,
};
use crate::stream::Stream;

type A = Autodiff<Flex>;

/// Two halves of a block as functions, plain or fused.
type HalfOf<B> = fn(&Block<B>, Tensor<B, 3>, &TokenBatch<B>) -> Tensor<B, 3>;

const ATTENTION: (HalfOf<A>, HalfOf<A>) = (A::attention_half, Block::attended);
const FEED_FORWARD: (HalfOf<A>, HalfOf<A>) = (A::feed_forward_half, Block::fed_forward);

/// A block of a kind, and rows of the lengths that it reads.
#[derive(Clone, Debug)]
struct Case {
    architecture: Architecture,
    lengths: Vec<usize>,
    /// Rows of padding alone after them.
    blank: usize,
    padding: Padding,
    tuned: Tuned,
    /// Of the adapter beside each matrix, of those of attention first; none stands beside where it is nothing.
    ranks: [usize; 7],
    /// How plain operations read heads.
    heads: Heads,
    seed: u64,
}

/// What of a block learns, beside its adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tuned {
    All,
    AdaptersAlone,
}

prop_compose! {
    fn cases()(
        family in prop_oneof![Just(Family::Bert), Just(Family::Gpt2), Just(Family::Llama), Just(Family::Qwen2)],
        groups in 1..3usize,
        key_heads in 1..3usize,
        half in 4..8usize,
        inner in 1..40usize,
        // Up to three pieces to a lane, of a row each or of many short ones.
        lengths in prop_oneof![
            prop::collection::vec(1..150usize, 1..12),
            prop::collection::vec(1..25usize, 2..60),
        ],
        blank in 0..3usize,
        padding in prop_oneof![Just(Padding::Left), Just(Padding::Right)],
        tuned in prop_oneof![Just(Tuned::All), Just(Tuned::AdaptersAlone)],
        ranks in prop_oneof![Just([0; 7]), prop::array::uniform7(0..6usize)],
        seed in any::<u64>(),
    ) -> Case {
        let (heads, head_width) = (groups * key_heads, 2 * half);
        let activation = match family {
            Family::Bert => Activation::Gelu,
            Family::Gpt2 => Activation::GeluTanh,
            Family::Llama | Family::Qwen2 => Activation::Silu,
        };
        let is_grouped = matches!(family, Family::Llama | Family::Qwen2);
        let architecture = Architecture {
            family, vocabulary: 7, width: heads * head_width, layers: 1, heads,
            key_heads: if is_grouped { key_heads } else { heads },
            head_width, inner, positions_max: 160, token_types: 0, norm_epsilon: 1e-5, rotary_base: 10_000.0, activation,
            embeddings: Embeddings::Tied,
        };
        Case { architecture, lengths, blank, padding, tuned, ranks, heads: Heads::Apart, seed }
    }
}

impl Case {
    fn block<B: Backend>(&self) -> Block<B> {
        let stream = Stream::root(self.seed);
        let drawn =
            initialised::<B, _>(Block::zeros(&self.architecture, &Default::default()), &stream.named("weights"));
        let mut block = if self.tuned == Tuned::All { drawn } else { drawn.no_grad() };
        for (projection, rank) in projections(&mut block).into_iter().zip(self.ranks) {
            if rank > 0 {
                *projection = projection.clone().adapted(rank, 2.0);
            }
        }
        // Gains of one, biases and adapters of nothing would hide much.
        block.map(&mut Shaken(stream.named("shaken"), 0))
    }

    fn batch<B: Backend>(&self, lengths: &[usize]) -> TokenBatch<B> {
        let rows: Vec<Vec<u32>> = lengths.iter().map(|length| vec![1; *length]).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        let layout = Layout {
            length: *self.lengths.iter().max().unwrap(),
            rows: rows.len() + self.blank,
            padding: self.padding,
            sight: self.architecture.sight(),
            arithmetic: Arithmetic { heads: self.heads, ..Default::default() },
        };
        TokenBatch::of(&rows, &layout, &Default::default())
    }

    /// `[rows, tokens, width]` drawn values, 0 at padding.
    fn drawn<B: Backend>(&self, name: &str, batch: &TokenBatch<B>) -> Tensor<B, 3> {
        let [rows, tokens] = batch.ids.dims();
        let (width, stream) = (self.architecture.width, Stream::root(self.seed).named(name));
        let draw = |at: usize| 2.0 * stream.index(at as u64).uniform() as f32 - 1.0;
        let all: Vec<f32> = (0..rows * tokens * width).map(draw).collect();
        Tensor::<B, 3>::from_data(TensorData::new(all, [rows, tokens, width]), &Default::default())
            * batch.mask.clone().unsqueeze_dim(2)
    }

    /// What comes of a half at tokens, and the gradients by what goes in and by every weight, of a sum that weighs it.
    fn found(&self, half: HalfOf<A>) -> (Vec<f32>, Vec<Vec<f32>>) {
        self.found_beside(half, 0.0)
    }

    /// The same where padding holds something.
    fn found_beside(&self, half: HalfOf<A>, padding: f32) -> (Vec<f32>, Vec<Vec<f32>>) {
        let (block, batch) = (self.block::<A>(), self.batch::<A>(&self.lengths));
        let x = self.drawn("x", &batch);
        let is_padding = batch.mask.clone().equal_elem(0.0).unsqueeze_dim::<3>(2).expand(x.dims());
        let x = x.mask_fill(is_padding, padding).require_grad();
        let mask: Tensor<A, 3> = batch.mask.clone().unsqueeze_dim(2);
        let y = half(&block, x.clone(), &batch) * mask;
        let gradients = (y.clone() * self.drawn("weighs", &batch)).sum().backward();
        let by_x = values(x.grad(&gradients).unwrap());
        let mut by_all = vec![by_x];
        let gradients = GradientsParams::from_grads(gradients, &block);
        block.visit(&mut Listed(&gradients, &mut by_all));
        (values(y.inner()), by_all)
    }
}

/// All matrices of a block.
fn projections<B: Backend>(block: &mut Block<B>) -> Vec<&mut Projection<B>> {
    let (attention, feed_forward) = (&mut block.attention, &mut block.feed_forward);
    let attention = [&mut attention.query, &mut attention.key, &mut attention.value, &mut attention.output];
    let feed_forward = [Some(&mut feed_forward.up), Some(&mut feed_forward.down), feed_forward.gate.as_mut()];
    attention.into_iter().chain(feed_forward.into_iter().flatten()).collect()
}

/// Adds something to every weight.
struct Shaken(Stream, u64);

impl<B: Backend> burn::module::ModuleMapper<B> for Shaken {
    fn map_float<const D: usize>(
        &mut self,
        param: burn::module::Param<Tensor<B, D>>,
    ) -> burn::module::Param<Tensor<B, D>> {
        self.1 += 1;
        let stream = self.0.index(self.1);
        param.map(|weight| {
            let dims = weight.dims();
            let draw = |at: usize| 0.4 * (stream.index(at as u64).uniform() as f32 - 0.5);
            let more: Vec<f32> = (0..dims.iter().product()).map(draw).collect();
            let is_trained = weight.is_require_grad();
            let more = Tensor::<B, D>::from_data(TensorData::new(more, dims), &Default::default());
            (weight + more).detach().set_require_grad(is_trained)
        })
    }
}

/// The gradients of a module's weights, in order.
struct Listed<'a>(&'a GradientsParams, &'a mut Vec<Vec<f32>>);

impl burn::module::ModuleVisitor<A> for Listed<'_> {
    fn visit_float<const D: usize>(&mut self, param: &burn::module::Param<Tensor<A, D>>) {
        self.1.extend(self.0.get::<Flex, D>(param.id).map(values));
    }
}

/// The largest difference, as a share of the largest value. (By itself a gradient may be nothing but what is left of sums
/// that cancel: that by the biases of keys is.)
fn off(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let size = b.iter().fold(1e-3f32, |size, b| size.max(b.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs() / size).fold(0.0, f32::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn halves_of_a_block_and_their_gradients_are_those_of_plain_operations(case in cases()) {
        for (fused, plain) in [ATTENTION, FEED_FORWARD] {
            let ((y, gradients), (plain_y, plain_gradients)) = (case.found(fused), case.found(plain));
            prop_assert!(off(&y, &plain_y) < 2e-5, "values are off by {}", off(&y, &plain_y));
            let sizes = |all: &[Vec<f32>]| all.iter().map(Vec::len).collect::<Vec<_>>();
            prop_assert_eq!(sizes(&gradients), sizes(&plain_gradients));
            let (all, plain_all) = (gradients.concat(), plain_gradients.concat());
            prop_assert!(off(&all, &plain_all) < 1e-4, "gradients are off by {}", off(&all, &plain_all));
        }
    }

    /// Not even what is no number. (Plain operations multiply it by nothing.)
    #[test]
    fn nothing_of_padding_reaches_a_token_or_a_weight(case in cases()) {
        let mask = values(case.batch::<Flex>(&case.lengths).mask);
        for half in [ATTENTION.0, FEED_FORWARD.0] {
            let ((y, gradients), (beside_y, beside_gradients)) =
                (case.found(half), case.found_beside(half, f32::NAN));
            let at_tokens = |y: &[f32]| -> Vec<f32> {
                let places = y.chunks_exact(case.architecture.width).zip(&mask);
                places.filter(|(_, mask)| **mask == 1.0).flat_map(|(y, _)| y.to_vec()).collect()
            };
            prop_assert_eq!(at_tokens(&y), at_tokens(&beside_y));
            prop_assert_eq!(gradients, beside_gradients);
        }
    }

    /// A GPU reads heads together, and no fused half stands between the two.
    #[test]
    fn plain_attention_and_its_gradients_are_the_same_by_heads_together_and_apart(case in cases()) {
        let of = |heads| Case { heads, ..case.clone() }.found(Block::attended);
        let ((y, gradients), (apart_y, apart_gradients)) = (of(Heads::Together), of(Heads::Apart));
        prop_assert!(off(&y, &apart_y) < 2e-5, "values are off by {}", off(&y, &apart_y));
        let (all, apart_all) = (gradients.concat(), apart_gradients.concat());
        prop_assert!(off(&all, &apart_all) < 1e-4, "gradients are off by {}", off(&all, &apart_all));
    }

    #[test]
    fn a_row_has_the_same_bits_alone_and_without_a_tape(case in cases()) {
        let (block, taped) = (case.block::<Flex>(), case.block::<A>());
        let batch = case.batch::<Flex>(&case.lengths);
        let x = case.drawn("x", &batch);
        let y = block.forward(x.clone(), &batch);
        let on_tape = taped.forward(case.drawn("x", &case.batch::<A>(&case.lengths)), &case.batch::<A>(&case.lengths));
        prop_assert_eq!(values(on_tape.inner()), values(y.clone()));
        for (row, length) in case.lengths.iter().enumerate() {
            let alone = case.batch::<Flex>(&[*length]);
            let [begin, count] = <[usize; 2]>::from(alone.spans[0]);
            let of = |y: Tensor<Flex, 3>| values(y.narrow(1, begin, count));
            let [rows, ..] = alone.ids.dims();
            let found = block.forward(x.clone().narrow(0, row, 1).repeat_dim(0, rows), &alone).narrow(0, 0, 1);
            prop_assert_eq!(of(found), of(y.clone().narrow(0, row, 1)), "row {}", row);
        }
    }

    #[test]
    fn an_adapted_block_has_the_bits_of_the_merged_one(case in cases()) {
        let (adapted, batch) = (case.block::<Flex>(), case.batch::<Flex>(&case.lengths));
        let mut merged = adapted.clone();
        for projection in projections(&mut merged) {
            *projection = projection.clone().merged();
        }
        let found = |block: &Block<Flex>| values(block.forward(case.drawn("x", &batch), &batch));
        prop_assert_eq!(found(&adapted), found(&merged));
    }

    #[test]
    fn sums_over_pixels_have_the_bits_of_plain_operations((pixels, rows, width) in (1..9usize, 1..40usize, 1..40usize), seed in any::<u64>()) {
        let stream = Stream::root(seed);
        let drawn = |name: &str, count: usize| -> Vec<f32> {
            let stream = stream.named(name);
            (0..count).map(|at| 2.0 * stream.index(at as u64).uniform() as f32 - 1.0).collect()
        };
        let places = drawn("places", rows * pixels).iter().map(|it| ((it + 1.0) * 5.99) as i32).collect();
        let seen = Seen { rows, places, values: drawn("values", rows * pixels) };
        let found = |sums: fn(Tables<A>, Seen) -> Tensor<A, 2>| {
            let table = |name| {
                let values = TensorData::new(drawn(name, 12 * width), [12, width]);
                Tensor::<A, 2>::from_data(values, &Default::default()).require_grad()
            };
            let tables = Tables { seen: table("seen"), bright: table("bright") };
            let y = sums(tables.clone(), seen.clone());
            let weighs = Tensor::from_data(TensorData::new(drawn("weighs", rows * width), [rows, width]), &Default::default());
            let gradients = (y.clone() * weighs).sum().backward();
            let by = |it: Tensor<A, 2>| values(it.grad(&gradients).unwrap());
            (values(y.inner()), by(tables.seen), by(tables.bright))
        };
        prop_assert_eq!(found(A::pixel_sums), found(Tables::sums));
    }
}
