//! The gradient of one microbatch: with all activations kept, or with every block's computed again; on a processor in parts
//! that are computed side by side.

use std::thread;

use burn::module::AutodiffModule;
use burn::optim::{GradientsAccumulator, GradientsParams};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::batch::{Group, Microbatch};
use super::objective::loss;
use super::settings::{Activations, Tuned};
use crate::model::arithmetic::Arithmetic;
use crate::model::fused::{Fused, Trained};
use crate::model::optim::values;
use crate::model::scoring::ScoreNetwork;
use crate::model::tape;
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
        network: &'a ScoreNetwork<B>,
        (groups, weight): (&'a [&'a Group], f64),
        device: &'a B::Device,
    ) -> impl FnOnce() -> (f64, GradientsParams) + Send + 'a {
        move || {
            let mut sum = GradientsAccumulator::new();
            let loss = self.add_whole(network, &Microbatch::of(groups, weight), device, &mut sum);
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
        match (self.tuned, self.activations) {
            // Nothing below the head has a gradient, so nothing below it is kept.
            (Tuned::Head, _) => {
                let plain = network.valid();
                let hidden = plain.backbone.hidden(&self.tokens(&plain, microbatch, device));
                self.whole(network, microbatch, device, sum, |_, _| Tensor::from_inner(hidden))
            }
            (_, Activations::Kept) => {
                self.whole(network, microbatch, device, sum, |network, batch| network.backbone.hidden(batch))
            }
            (_, Activations::Recomputed) => self.recomputed(network, microbatch, device, sum),
        }
    }

    /// All in one pass, from what leaves the last block.
    fn whole<B: Trained>(
        &self,
        network: &ScoreNetwork<B>,
        microbatch: &Microbatch<'_>,
        device: &B::Device,
        sum: &mut GradientsAccumulator<ScoreNetwork<B>>,
        hidden: impl FnOnce(&ScoreNetwork<B>, &TokenBatch<B>) -> Tensor<B, 3>,
    ) -> f64 {
        let (value, gradients) = tape::gradients(network, |network: &ScoreNetwork<B>| {
            let batch = self.tokens(network, microbatch, device);
            loss(network, hidden(network, &batch), &batch, &microbatch.targets, self.centring)
        });
        sum.accumulate(network, gradients);
        // Last: reading it waits for the device.
        f64::from(values(value)[0])
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
        let (mut inputs, top) = {
            let plain = network.valid();
            let batch = self.tokens(&plain, microbatch, device);
            let mut inputs = Vec::with_capacity(plain.backbone.layers());
            let mut x = plain.backbone.embed(&batch);
            for index in 0..plain.backbone.layers() {
                inputs.push(x.clone());
                x = plain.backbone.layer(index, x, &batch);
            }
            (inputs, x)
        };
        let batch = self.tokens(network, microbatch, device);
        let (value, gradients, mut above) = tape::gradients_through(network, top, |network: &ScoreNetwork<B>, top| {
            loss(network, network.backbone.finish(top), &batch, &microbatch.targets, self.centring)
        });
        sum.accumulate(network, gradients);
        while let Some(x) = inputs.pop() {
            let index = inputs.len();
            let (_, gradients, below) = tape::gradients_through(network, x, |network: &ScoreNetwork<B>, x| {
                met(network.backbone.layer(index, x, &batch), above)
            });
            sum.accumulate(network, gradients);
            above = below;
        }
        if !matches!(self.tuned, Tuned::Adapters { .. }) {
            let embedded = |network: &ScoreNetwork<B>| met(network.backbone.embed(&batch), above);
            sum.accumulate(network, tape::gradients(network, embedded).1);
        }
        f64::from(values(value)[0])
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
