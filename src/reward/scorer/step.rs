//! The gradient of one microbatch: with all activations kept, or with every block's computed again; on a processor in parts
//! that are computed side by side.

use std::thread;

use burn::module::AutodiffModule;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::batch::{Group, Microbatch};
use super::objective::{Targets, loss};
use super::settings::{Activations, Tuned};
use crate::model::arithmetic::Arithmetic;
use crate::model::fused::{Fused, Trained};
use crate::model::optim::values;
use crate::model::scoring::ScoreNetwork;
use crate::model::tape::apart;
use crate::model::transformer::{Layout, Padding, TokenBatch};

/// How gradients are found: what of the network has any, and what is kept for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backward {
    pub tuned: Tuned,
    pub activations: Activations,
    pub arithmetic: Arithmetic,
    /// See [`super::settings::Objective::centring`].
    pub centring: f64,
}

impl Backward {
    /// Adds the gradients of some groups of an update of that weight to `sum`; their loss.
    pub fn add<B: Trained>(
        &self,
        network: &ScoreNetwork<B>,
        (groups, weight): (&[&Group], f64),
        device: &B::Device,
        sum: &mut GradientsAccumulator<ScoreNetwork<B>>,
    ) -> f64 {
        let parts: Vec<&[&Group]> = groups.chunks(groups.len().div_ceil(self.arithmetic.parts()).max(1)).collect();
        let found: Vec<(f64, GradientsParams)> = if parts.len() == 1 || rayon::current_num_threads() == 1 {
            parts.into_iter().map(|part| self.part(network, (part, weight), device)()).collect()
        } else {
            thread::scope(|scope| {
                let start = |part| scope.spawn(self.part(network, (part, weight), device));
                let running: Vec<_> = parts.into_iter().map(start).collect();
                let ended = running.into_iter().map(|part| part.join());
                ended.map(|it| it.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
            })
        };
        // Summed in order, so that no bit depends on which part was done first.
        found
            .into_iter()
            .map(|(loss, gradients)| {
                sum.accumulate(network, gradients);
                loss
            })
            .sum()
    }

    /// What finds the loss and the gradients of a part.
    fn part<'a, B: Trained>(
        &'a self,
        network: &ScoreNetwork<B>,
        (groups, weight): (&'a [&'a Group], f64),
        device: &'a B::Device,
    ) -> impl FnOnce() -> (f64, GradientsParams) + Send + 'a {
        let network = apart(network);
        move || {
            let mut sum = GradientsAccumulator::new();
            let loss = self.add_whole(&network, &Microbatch::of(groups, weight), device, &mut sum);
            (loss, sum.grads())
        }
    }

    fn add_whole<B: Trained>(
        &self,
        network: &ScoreNetwork<B>,
        microbatch: &Microbatch<'_>,
        device: &B::Device,
        sum: &mut GradientsAccumulator<ScoreNetwork<B>>,
    ) -> f64 {
        let targets = &microbatch.targets;
        match (self.tuned, self.activations) {
            // Nothing below the head has a gradient, so nothing below it is kept.
            (Tuned::Head, _) => {
                let plain = network.valid();
                let hidden = plain.backbone.hidden(&self.tokens(&plain, microbatch, device));
                let batch = self.tokens(network, microbatch, device);
                self.whole(network, Tensor::from_inner(hidden), &batch, targets, sum)
            }
            (_, Activations::Kept) => {
                let batch = self.tokens(network, microbatch, device);
                self.whole(network, network.backbone.hidden(&batch), &batch, targets, sum)
            }
            (_, Activations::Recomputed) => self.recomputed(network, microbatch, device, sum),
        }
    }

    fn whole<B: Trained>(
        &self,
        network: &ScoreNetwork<B>,
        hidden: Tensor<B, 3>,
        batch: &TokenBatch<B>,
        targets: &Targets,
        sum: &mut GradientsAccumulator<ScoreNetwork<B>>,
    ) -> f64 {
        let loss = loss(network, hidden, batch, targets, self.centring);
        sum.accumulate(network, GradientsParams::from_grads(loss.backward(), network));
        // Last: reading it waits for the device.
        f64::from(values(loss)[0])
    }

    /// Forward without a tape, keeping what goes into each block; then from the top down each block once more with a tape of
    /// its own, whose output meets the gradient that comes from above (Chen et al. 2016, section 3).
    fn recomputed<B: Trained>(
        &self,
        network: &ScoreNetwork<B>,
        microbatch: &Microbatch<'_>,
        device: &B::Device,
        sum: &mut GradientsAccumulator<ScoreNetwork<B>>,
    ) -> f64 {
        let mut inputs = {
            let plain = network.valid();
            let batch = self.tokens(&plain, microbatch, device);
            let mut inputs = vec![plain.backbone.embed(&batch)];
            for index in 0..plain.backbone.layers() {
                let x = inputs[index].clone();
                inputs.push(plain.backbone.layer(index, x, &batch));
            }
            inputs
        };
        let batch = self.tokens(network, microbatch, device);
        let leaf = |inputs: &mut Vec<Tensor<B::InnerBackend, 3>>| {
            inputs.pop().map(|x| Tensor::<B, 3>::from_inner(x).require_grad())
        };
        let Some(top) = leaf(&mut inputs) else { return f64::NAN };
        let hidden = network.backbone.finish(top.clone());
        let loss = loss(network, hidden, &batch, &microbatch.targets, self.centring);
        let value = f64::from(values(loss.clone())[0]);
        let gradients = loss.backward();
        let mut flowing = top.grad(&gradients);
        sum.accumulate(network, GradientsParams::from_grads(gradients, network));
        for index in (0..network.backbone.layers()).rev() {
            let (Some(x), Some(above)) = (leaf(&mut inputs), flowing.take()) else { return value };
            let y = network.backbone.layer(index, x.clone(), &batch);
            let gradients = met(y, above).backward();
            flowing = x.grad(&gradients);
            sum.accumulate(network, GradientsParams::from_grads(gradients, network));
        }
        if let Some(above) = flowing
            && !matches!(self.tuned, Tuned::Adapters { .. })
        {
            let gradients = met(network.backbone.embed(&batch), above).backward();
            sum.accumulate(network, GradientsParams::from_grads(gradients, network));
        }
        value
    }

    /// The loss of a microbatch alone, without gradients.
    pub fn loss_of<B: Fused>(&self, network: &ScoreNetwork<B>, microbatch: &Microbatch<'_>, device: &B::Device) -> f64 {
        let batch = self.tokens(network, microbatch, device);
        let hidden = network.backbone.hidden(&batch);
        f64::from(values(loss(network, hidden, &batch, &microbatch.targets, self.centring))[0])
    }

    fn tokens<B: Backend>(
        &self,
        network: &ScoreNetwork<B>,
        microbatch: &Microbatch<'_>,
        device: &B::Device,
    ) -> TokenBatch<B> {
        let layout = Layout {
            length: microbatch.length,
            rows: microbatch.rows.len(),
            padding: Padding::Right,
            sight: network.backbone.sight,
            arithmetic: self.arithmetic,
        };
        TokenBatch::of(&microbatch.rows, &layout, device)
    }
}

/// A number whose gradient by what `y` depends on is that of the loss, of which `above` is the gradient by `y`.
fn met<B: Trained>(y: Tensor<B, 3>, above: Tensor<B::InnerBackend, 3>) -> Tensor<B, 1> {
    (y * Tensor::from_inner(above)).sum()
}
