//! The first layer of a judge of pixels: a sum over the pixels seen, in one pass, with the bits of plain operations.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData, TensorMetadata, TensorPrimitive};

use super::vector::vectorised;

/// Pixels of some views, as many of each view.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// How many views.
    pub rows: usize,
    /// The place of each pixel of each view.
    pub places: Vec<i32>,
    /// The brightness of each.
    pub values: Vec<f32>,
}

/// What is learned of pixels, `[places, width]` each: that one is seen, and how bright it is.
#[derive(Clone, Debug)]
pub(crate) struct Tables<B: Backend> {
    pub seen: Tensor<B, 2>,
    pub bright: Tensor<B, 2>,
}

impl<B: Backend> Tables<B> {
    /// The sum over each view's pixels by operations on whole tensors: `[rows, width]`.
    pub fn sums(self, seen: Seen) -> Tensor<B, 2> {
        let (count, device) = (seen.places.len(), self.seen.device());
        let pixels = count / seen.rows;
        let places = Tensor::<B, 1, Int>::from_data(TensorData::new(seen.places, [count]), &device);
        let values = Tensor::<B, 2>::from_data(TensorData::new(seen.values, [count, 1]), &device);
        let rows = self.seen.select(0, places.clone()) + self.bright.select(0, places) * values;
        let width = rows.dims()[1];
        rows.reshape([seen.rows, pixels, width]).sum_dim(1).squeeze_dim::<2>(1)
    }
}

impl Tables<Flex> {
    /// The same in one pass.
    pub fn sums_at_once(self, seen: &Seen) -> Tensor<Flex, 2> {
        let [tables, bright] = [self.seen, self.bright].map(|it| it.into_primitive().tensor().to_contiguous());
        Tensor::from_primitive(TensorPrimitive::Float(seen.sums(&tables, &bright)))
    }
}

impl<C: CheckpointStrategy> Tables<Autodiff<Flex, C>> {
    /// The same on a tape.
    pub fn sums_on_tape(self, seen: Seen) -> Tensor<Autodiff<Flex, C>, 2> {
        let [tables, bright] = [self.seen, self.bright].map(|it| it.into_primitive().tensor());
        let sums = seen.sums(&tables.primitive.to_contiguous(), &bright.primitive.to_contiguous());
        let nodes = [tables.node.clone(), bright.node.clone()];
        let sums = match BackwardSums.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(tape) => tape.finish((Arc::new(seen), tables.primitive.clone()), sums),
            OpsKind::UnTracked(tape) => tape.finish(sums),
        };
        Tensor::from_primitive(TensorPrimitive::Float(sums))
    }
}

impl Seen {
    fn sums(&self, seen: &FlexTensor, bright: &FlexTensor) -> FlexTensor {
        let [_, width] = seen.shape().dims::<2>();
        let (seen, bright) = (seen.storage::<f32>(), bright.storage::<f32>());
        let pixels = self.places.len() / self.rows;
        let mut sums = vec![0f32; self.rows * width];
        vectorised(
            #[inline(always)]
            || {
                let views = self.places.chunks_exact(pixels).zip(self.values.chunks_exact(pixels));
                for (sum, (places, values)) in sums.chunks_exact_mut(width).zip(views) {
                    for (place, value) in places.iter().zip(values) {
                        let row = *place as usize * width..(*place as usize + 1) * width;
                        for ((sum, seen), bright) in sum.iter_mut().zip(&seen[row.clone()]).zip(&bright[row]) {
                            *sum += *seen + *bright * *value;
                        }
                    }
                }
            },
        );
        FlexTensor::from_data(TensorData::new(sums, [self.rows, width]))
    }

    /// The gradients by both tables, of that by the sums.
    fn backward(&self, dsums: &[f32], values: usize) -> [Vec<f32>; 2] {
        let (mut seen, mut bright) = (vec![0f32; values], vec![0f32; values]);
        let (width, pixels) = (dsums.len() / self.rows, self.places.len() / self.rows);
        vectorised(
            #[inline(always)]
            || {
                let views = self.places.chunks_exact(pixels).zip(self.values.chunks_exact(pixels));
                for (dsum, (places, values)) in dsums.chunks_exact(width).zip(views) {
                    for (place, value) in places.iter().zip(values) {
                        let row = *place as usize * width..(*place as usize + 1) * width;
                        let both = seen[row.clone()].iter_mut().zip(&mut bright[row]);
                        for ((seen, bright), dsum) in both.zip(dsum) {
                            *seen += *dsum;
                            *bright += *dsum * *value;
                        }
                    }
                }
            },
        );
        [seen, bright]
    }
}

/// The way back through the sums.
#[derive(Debug)]
struct BackwardSums;

impl Backward<Flex, 2> for BackwardSums {
    /// What was seen, and a tensor in the shape of the tables.
    type State = (Arc<Seen>, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (seen, table) = ops.state;
        let dsums = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let shape = table.shape();
        let found = seen.backward(dsums.storage(), shape.num_elements());
        for (parent, values) in ops.parents.iter().zip(found) {
            if let Some(parent) = parent {
                gradients.register::<Flex>(parent.id, FlexTensor::from_data(TensorData::new(values, shape.clone())));
            }
        }
    }
}
