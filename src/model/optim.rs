//! AdamW (Loshchilov and Hutter 2019, algorithm 2) with the gradient's global norm clipped, and the course of the
//! learning rate. Own, because its state must be saved by module path and resume bit for bit.

use std::collections::BTreeMap;

use burn::module::{AutodiffModule, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Shape, Tensor, TensorData, TensorMetadata, TensorPrimitive, Transaction};

use super::checkpoint::Weights;
use super::fused::{Fused, Moments, Step, Trained, squares};

/// The optimiser's state: both moments of every parameter, by module path.
#[derive(Debug, Clone)]
pub(crate) struct AdamW<B: Backend> {
    /// Decoupled decay of matrices and tables, in units of the learning rate; biases and gains are free of it.
    weight_decay: f64,
    /// Largest global norm of a gradient; none where it is not clipped.
    norm_max: Option<f64>,
    /// Updates made.
    step: usize,
    moments: BTreeMap<String, Moments<B>>,
}

impl<B: Fused> AdamW<B> {
    pub fn new(weight_decay: f64, norm_max: Option<f64>) -> Self {
        Self { weight_decay, norm_max, step: 0, moments: BTreeMap::new() }
    }

    /// One update. Returns the network and the gradient's norm before clipping; where that norm is not finite the
    /// network is as it was.
    pub fn update<A, M>(&mut self, network: M, mut gradients: GradientsParams, learning_rate: f64) -> (M, f64)
    where
        A: Trained + AutodiffBackend<InnerBackend = B>,
        M: AutodiffModule<A>,
    {
        let of = if self.norm_max.is_some() { NormIs::Scale } else { NormIs::Told };
        let mut squares = Squares { gradients: &gradients, sums: Transaction::default(), of };
        network.visit(&mut squares);
        let norm = squares.root();
        if !norm.is_finite() {
            return (network, norm);
        }
        self.step += 1;
        let scale = self.norm_max.filter(|most| norm > *most).map_or(1.0, |most| most / norm);
        let step = Step { count: self.step, scale, learning_rate, decay: 0.0 };
        let mut update = Update { optimiser: self, gradients: &mut gradients, step, path: Vec::new() };
        (network.map(&mut update), norm)
    }

    /// The moments as named arrays, flat, for a checkpoint.
    pub fn weights(&self) -> Weights {
        let named = |name: String, moment: &B::FloatTensorPrimitive| {
            let count = moment.shape().num_elements();
            let flat = B::float_reshape(moment.clone(), Shape::new([count]));
            (name, (vec![count], values(Tensor::<B, 1>::from_primitive(TensorPrimitive::Float(flat)))))
        };
        let both = |(path, it): (&String, &Moments<B>)| {
            [named(format!("first.{path}"), &it.first), named(format!("second.{path}"), &it.second)]
        };
        self.moments.iter().flat_map(both).collect()
    }

    /// Takes up the moments of a checkpoint after `step` updates.
    pub fn restore(&mut self, step: usize, weights: &Weights, device: &B::Device) {
        self.step = step;
        let tensor = |(dims, values): &(Vec<usize>, Vec<f32>)| {
            B::float_from_data(TensorData::new(values.clone(), dims.clone()), device)
        };
        for (name, first) in weights {
            if let Some(path) = name.strip_prefix("first.")
                && let Some(second) = weights.get(&format!("second.{path}"))
            {
                self.moments.insert(path.to_string(), Moments { first: tensor(first), second: tensor(second) });
            }
        }
    }
}

/// A tensor's values, on the host.
pub(crate) fn values<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().to_vec().expect("the data was just converted to f32")
}

/// The sum of each gradient's squares, all read at once: a GPU is waited for one time, and nothing is laid together for it.
struct Squares<'a, B: Backend> {
    gradients: &'a GradientsParams,
    sums: Transaction<B>,
    of: NormIs,
}

/// What a gradient's norm is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NormIs {
    /// Gradients are scaled by it, so that its last bits are those of all weights: it is summed by whole tensors.
    Scale,
    /// It is told and no more: the backend's own sum will do.
    Told,
}

impl<B: Backend> Squares<'_, B> {
    /// The norm of all gradients together.
    fn root(self) -> f64 {
        let single = |sum: TensorData| sum.convert::<f32>().to_vec::<f32>().expect("it was just converted to f32");
        self.sums.execute().into_iter().flat_map(single).map(f64::from).sum::<f64>().sqrt()
    }
}

impl<A: Trained> ModuleVisitor<A> for Squares<'_, A::InnerBackend> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<A, D>>) {
        if let Some(gradient) = self.gradients.get::<A::InnerBackend, D>(param.id) {
            let sum = match self.of {
                NormIs::Scale => squares(gradient),
                NormIs::Told => A::InnerBackend::squares(gradient),
            };
            self.sums = std::mem::take(&mut self.sums).register(sum);
        }
    }
}

struct Update<'a, B: Backend> {
    optimiser: &'a mut AdamW<B>,
    gradients: &'a mut GradientsParams,
    step: Step,
    path: Vec<String>,
}

impl<A: Trained> ModuleMapper<A> for Update<'_, A::InnerBackend> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<A, D>>) -> Param<Tensor<A, D>> {
        let Some(gradient) = self.gradients.remove::<A::InnerBackend, D>(param.id) else { return param };
        let path = self.path.join(".");
        let decay = if D > 1 { self.step.learning_rate * self.optimiser.weight_decay } else { 0.0 };
        let step = Step { decay, ..self.step };
        let moments = self.optimiser.moments.remove(&path);
        let moments_after = &mut self.optimiser.moments;
        param.map(|old| {
            let (new, moments) = A::InnerBackend::adam(old.inner(), gradient, moments, &step);
            moments_after.insert(path, moments);
            Tensor::from_inner(new).require_grad()
        })
    }
}

/// The learning rate of update `step` (from 0) of `steps_max`: linear warm-up over the first twentieth, then a half
/// cosine down to a hundredth of `peak`.
pub(crate) fn learning_rate(peak: f64, step: usize, steps_max: usize) -> f64 {
    warmed_and_cooled(peak, step, steps_max, 0.05)
}

/// The same with the share of the updates that the warm-up takes.
pub(crate) fn warmed_and_cooled(peak: f64, step: usize, steps_max: usize, warm_up: f64) -> f64 {
    let warm_up = ((steps_max as f64 * warm_up) as usize).max(1);
    if step < warm_up {
        return peak * (step + 1) as f64 / warm_up as f64;
    }
    let done = (step - warm_up) as f64 / (steps_max - warm_up).max(1) as f64;
    peak * (0.01 + 0.99 * 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::Linear;
    use burn::backend::{Autodiff, Flex};
    use burn::module::Module;

    type A = Autodiff<Flex>;

    fn updated(norm_max: f64, weight_decay: f64) -> (Vec<f32>, f64) {
        let device = Default::default();
        let mut linear = Linear::<A>::zeros(1, 2, &device);
        linear.weight = Param::from_tensor(Tensor::from_floats([[1.0, -1.0]], &device));
        let x = Tensor::<A, 2>::from_floats([[3.0]], &device);
        let y = linear.forward(x) * Tensor::from_floats([[1.0, 2.0]], &device);
        let gradients = GradientsParams::from_grads(y.sum().backward(), &linear);
        let mut optimiser = AdamW::new(weight_decay, Some(norm_max));
        let (linear, norm) = optimiser.update::<A, _>(linear, gradients, 0.1);
        (values(linear.valid().weight.val()), norm)
    }

    #[test]
    fn the_first_update_is_the_learning_rate_whatever_the_gradient() {
        // Gradients: weight (3, 6), bias (1, 2): norm sqrt(50). Adam's first step is the sign of each.
        let (weights, norm) = updated(1e9, 0.0);
        assert!((norm - 50f64.sqrt()).abs() < 1e-6, "{norm}");
        assert!((weights[0] - 0.9).abs() < 1e-6 && (weights[1] + 1.1).abs() < 1e-6, "{weights:?}");
    }

    #[test]
    fn decay_shrinks_matrices_apart_from_the_gradient() {
        let (weights, _) = updated(1.0, 0.5);
        assert!((weights[0] - (0.95 - 0.1)).abs() < 1e-5, "{weights:?}");
    }

    #[test]
    fn the_rate_warms_up_and_falls() {
        let rates: Vec<f64> = (0..100).map(|step| learning_rate(1.0, step, 100)).collect();
        assert!((rates[0] - 0.2).abs() < 1e-12 && (rates[4] - 1.0).abs() < 1e-12);
        assert!(rates[5..].windows(2).all(|w| w[0] > w[1]));
        assert!(rates[99] < 0.02, "{}", rates[99]);
    }

    #[test]
    fn module_is_a_module() {
        assert_eq!(Linear::<A>::zeros(3, 2, &Default::default()).num_params(), 8);
    }
}
