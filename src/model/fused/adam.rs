//! One update by AdamW (Loshchilov and Hutter 2019, algorithm 2) of one tensor: by whole tensors with as few operations as
//! will do, for a GPU, and in one pass over its values, for the processor. They differ in rounding, and in moments
//! below the smallest normal number, which the pass makes 0.

use burn::backend::Flex;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorMetadata, TensorPrimitive};
use rayon::prelude::*;

use super::vector::vectorised;

const BETA_FIRST: f64 = 0.9;
const BETA_SECOND: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Values that one thread passes over at a time.
const PART: usize = 1 << 14;

/// What an update has in common for all weights.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Updates made, this one among them.
    pub count: usize,
    /// What gradients are multiplied with, so that their norm is not above its largest.
    pub scale: f64,
    pub learning_rate: f64,
    /// What is taken off weights, as a share of them.
    pub decay: f64,
}

/// Means of a gradient and of its square. Each has the shape of its weights, or is flat where it was just read back: so no
/// operation of an update has to change a shape, which would split what a GPU's compiler fuses.
#[derive(Clone, Debug)]
pub(crate) struct Moments<B: Backend> {
    pub first: B::FloatTensorPrimitive,
    pub second: B::FloatTensorPrimitive,
}

impl<B: Backend> Moments<B> {
    fn blank<const D: usize>(like: &Tensor<B, D>) -> Self {
        let zeros = || Tensor::<B, D>::zeros(like.shape(), &like.device()).into_primitive().tensor();
        Self { first: zeros(), second: zeros() }
    }
}

impl Step {
    /// By operations on whole tensors: the scale of gradients, what the means are corrected by and the learning rate are
    /// numbers, so they are made one here.
    pub fn plain<B: Backend, const D: usize>(
        &self,
        weights: Tensor<B, D>,
        gradient: Tensor<B, D>,
        moments: Option<Moments<B>>,
    ) -> (Tensor<B, D>, Moments<B>) {
        let Moments { first, second } = moments.unwrap_or_else(|| Moments::blank(&weights));
        let [first, second] = [first, second].map(|it| shaped_like(it, &weights));
        let [corrected_first, corrected_second] = [BETA_FIRST, BETA_SECOND].map(|beta| self.correction(beta));
        let first = first * BETA_FIRST + gradient.clone() * ((1.0 - BETA_FIRST) * self.scale);
        let second = second * BETA_SECOND + gradient.square() * ((1.0 - BETA_SECOND) * self.scale * self.scale);
        // Both sides of the fraction by the root of the second's correction.
        let root = corrected_second.sqrt();
        let change =
            first.clone() / (second.clone().sqrt() + EPSILON * root) * (self.learning_rate * root / corrected_first);
        let kept = if self.decay == 0.0 { weights } else { weights * (1.0 - self.decay) };
        let [first, second] = [first, second].map(|it| it.into_primitive().tensor());
        (kept - change, Moments { first, second })
    }

    /// In one pass, where the values lie.
    pub fn in_place<const D: usize>(
        &self,
        weights: Tensor<Flex, D>,
        gradient: Tensor<Flex, D>,
        moments: Option<Moments<Flex>>,
    ) -> (Tensor<Flex, D>, Moments<Flex>) {
        let Moments { first, second } = moments.unwrap_or_else(|| Moments::blank(&weights));
        let [mut weights, gradient] = [weights, gradient].map(|it| it.into_primitive().tensor().to_contiguous());
        let [mut first, mut second] = [first, second].map(|it| it.to_contiguous());
        weights
            .storage_mut::<f32>()
            .par_chunks_mut(PART)
            .zip(gradient.storage::<f32>().par_chunks(PART))
            .zip(first.storage_mut::<f32>().par_chunks_mut(PART))
            .zip(second.storage_mut::<f32>().par_chunks_mut(PART))
            .for_each(|(((weights, gradient), first), second)| self.pass(weights, gradient, first, second));
        (Tensor::from_primitive(TensorPrimitive::Float(weights)), Moments { first, second })
    }

    fn pass(&self, weights: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        let correction = self.correction(BETA_FIRST) as f32;
        // After some 165 updates it is 1, and the division changes no bit.
        if correction == 1.0 {
            self.pass_with(weights, gradient, [first, second], |mean| mean);
        } else {
            self.pass_with(weights, gradient, [first, second], |mean| mean / correction);
        }
    }

    fn pass_with(
        &self,
        weights: &mut [f32],
        gradient: &[f32],
        [first, second]: [&mut [f32]; 2],
        corrected: impl Fn(f32) -> f32,
    ) {
        let [scale, rate, kept] = [self.scale, self.learning_rate, 1.0 - self.decay].map(|it| it as f32);
        let [beta_first, beta_second] = [BETA_FIRST, BETA_SECOND].map(|it| (it as f32, (1.0 - it) as f32));
        let correction = self.correction(BETA_SECOND) as f32;
        let reciprocal = 1.0 / correction;
        vectorised(
            #[inline(always)]
            || {
                for (((weight, gradient), first), second) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                    let gradient = *gradient * scale;
                    *first = normal(*first * beta_first.0 + gradient * beta_first.1);
                    *second = normal(*second * beta_second.0 + gradient * gradient * beta_second.1);
                    let root = divided(*second, correction, reciprocal).sqrt() + EPSILON as f32;
                    *weight = *weight * kept - corrected(*first) / root * rate;
                }
            },
        );
    }

    /// What a mean is divided by, which began at zero.
    fn correction(&self, beta: f64) -> f64 {
        1.0 - beta.powi(self.count as i32)
    }
}

/// The value, or 0 where it is below the smallest normal number. Without a gradient a mean falls that far and stays there, for
/// a factor near 1 no longer makes it less: each operation on it then takes some processors many times as long, and moves no
/// weight that is not as small.
#[inline(always)]
fn normal(x: f32) -> f32 {
    if x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

/// `x / by` by the reciprocal, which takes a processor less long: with the rest that is left over added it is the quotient rounded
/// once (Markstein 1990), but for results near the smallest or the largest number, where it is off by a rounding or not finite
/// either. A second moment so small vanishes beside [`EPSILON`].
#[inline(always)]
fn divided(x: f32, by: f32, reciprocal: f32) -> f32 {
    let near = x * reciprocal;
    let exact = by.mul_add(-near, x).mul_add(reciprocal, near);
    if exact.is_finite() { exact } else { near }
}

/// The same values in the shape of a tensor.
fn shaped_like<B: Backend, const D: usize>(it: B::FloatTensorPrimitive, like: &Tensor<B, D>) -> Tensor<B, D> {
    let it = if it.shape() == like.shape() { it } else { B::float_reshape(it, like.shape()) };
    Tensor::from_primitive(TensorPrimitive::Float(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::flex::FlexTensor;

    use crate::model::fused::Fused;
    use crate::model::optim::values;
    use proptest::prelude::*;

    /// What an update makes: weights, and both moments.
    type Made = [Vec<f32>; 3];
    type Update =
        fn(&Step, Tensor<Flex, 2>, Tensor<Flex, 2>, Option<Moments<Flex>>) -> (Tensor<Flex, 2>, Moments<Flex>);

    /// Weights, a gradient, the moments before where there are any, and the update.
    #[derive(Clone, Debug)]
    struct Case {
        weights: Vec<f32>,
        gradient: Vec<f32>,
        seen: Option<(Vec<f32>, Vec<f32>)>,
        step: Step,
    }

    prop_compose! {
        fn cases()(count in 1..150usize)(
            (weights, gradient, seen) in {
                let drawn = move || prop::collection::vec(-2f32..2.0, 2 * count);
                (drawn(), drawn(), prop::option::of((drawn(), drawn())))
            },
            count in 1..500usize,
            scale in 0.01..1.0f64,
            decay in prop_oneof![Just(0.0), 0.0..0.1f64],
        ) -> Case {
            let squared = |values: Vec<f32>| values.iter().map(|it| it * it).collect();
            let seen = seen.map(|(first, second)| (first, squared(second)));
            Case { weights, gradient, seen, step: Step { count, scale, learning_rate: 3e-3, decay } }
        }
    }

    fn flat(values: &[f32]) -> Tensor<Flex, 1> {
        Tensor::from_floats(values, &Default::default())
    }

    impl Case {
        /// By the algorithm's own operations in its own order.
        fn by_the_letter(&self) -> Made {
            let Step { scale, learning_rate, decay, .. } = self.step;
            let blank = vec![0.0; self.weights.len()];
            let (first, second) = self.seen.clone().unwrap_or((blank.clone(), blank));
            let gradient = flat(&self.gradient) * scale;
            let first = flat(&first) * BETA_FIRST + gradient.clone() * (1.0 - BETA_FIRST);
            let second = flat(&second) * BETA_SECOND + gradient.square() * (1.0 - BETA_SECOND);
            let corrected_first = first.clone() / self.step.correction(BETA_FIRST);
            let corrected_second = second.clone() / self.step.correction(BETA_SECOND);
            let change = corrected_first / (corrected_second.sqrt() + EPSILON) * learning_rate;
            [flat(&self.weights) * (1.0 - decay) - change, first, second].map(values)
        }

        /// By this, of weights in two rows.
        fn by(&self, update: Update) -> Made {
            let rows = |values: &[f32]| flat(values).reshape([2, values.len() as i32 / 2]);
            // Flat, as a checkpoint has them.
            let moment = |values: &[f32]| flat(values).into_primitive().tensor();
            let moments = self.seen.as_ref().map(|it| Moments { first: moment(&it.0), second: moment(&it.1) });
            let (weights, moments) = update(&self.step, rows(&self.weights), rows(&self.gradient), moments);
            let told = |it: FlexTensor| it.into_data().to_vec::<f32>().unwrap();
            [values(weights), told(moments.first), told(moments.second)]
        }
    }

    #[test]
    fn a_product_with_the_reciprocal_has_the_bits_of_the_quotient() {
        let mut drawn = crate::stream::Stream::root(3).named("quotients").rng();
        for count in 1..20_000 {
            let step = Step { count, scale: 1.0, learning_rate: 1e-3, decay: 0.0 };
            let by = step.correction(BETA_SECOND) as f32;
            for _ in 0..50 {
                // Of all magnitudes but the outermost.
                let x = f32::from_bits((drawn.next_u32() >> 9) | ((30 + drawn.next_u32() % 180) << 23));
                assert_eq!(divided(x, by, 1.0 / by), x / by, "{x} / {by}");
            }
            for x in [0.0, f32::MIN_POSITIVE, f32::MAX, f32::INFINITY] {
                let [found, exact] = [divided(x, by, 1.0 / by), x / by].map(|it| it.sqrt() + EPSILON as f32);
                assert_eq!(found, exact, "{x} / {by}");
            }
            assert!(divided(f32::NAN, by, 1.0 / by).is_nan());
        }
    }

    proptest! {
        #[test]
        fn an_update_in_one_pass_has_the_bits_of_the_algorithm(case in cases()) {
            prop_assert_eq!(case.by(|step, weights, gradient, moments| Flex::adam(weights, gradient, moments, step)), case.by_the_letter());
        }

        #[test]
        fn an_update_with_few_operations_is_the_algorithm_but_for_rounding(case in cases()) {
            let [weights, first, second] = case.by(Step::plain);
            let [exact_weights, exact_first, exact_second] = case.by_the_letter();
            let off = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs() / (1.0 + b.abs())).fold(0.0, f32::max);
            prop_assert_eq!(weights.len(), exact_weights.len());
            let furthest = [off(&weights, &exact_weights), off(&first, &exact_first), off(&second, &exact_second)];
            prop_assert!(furthest.iter().all(|it| *it < 1e-6), "off by {:?}", furthest);
        }
    }
}
