//! What every learner keeps: a network under training with all that it goes on from, and the folder that this is saved in.

use std::fs;
use std::path::Path;

use crate::model::fused::Trained;
use burn::module::AutodiffModule;
use burn::optim::GradientsParams;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::checkpoint::{self, Weights, weights_of, with_weights};
use crate::model::optim::AdamW;
use crate::stream::Stream;

const VERSION: u32 = 1;
/// What the current weights' names begin with, beside the moments of the optimiser.
const CURRENT: &str = "current.";

/// How far a training has come, apart from its tensors.
pub(super) trait Stepped {
    /// Updates made.
    fn step(&self) -> usize;
}

/// Why an update could not be made.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(super) enum Broken {
    #[error("the loss is {loss}")]
    Loss { loss: f64 },
    #[error("the norm of the gradient is {norm}, at a loss of {loss}")]
    Gradient { loss: f64, norm: f64 },
}

/// A network under training: all that it goes on from, bit for bit.
pub(super) struct State<B: Trained, N, P> {
    /// As the last update left it.
    pub network: N,
    /// As it validated best.
    pub best: N,
    /// With both moments.
    pub optimiser: AdamW<B::InnerBackend>,
    /// Everything that is no tensor.
    pub progress: P,
    /// Where it is trained.
    pub device: B::Device,
}

/// A [`State`] behind its backend and its network.
pub trait Resumes<P> {
    /// How far it has come.
    fn progress(&self) -> &P;
    /// The weights that validated best, by module path.
    fn best(&self) -> Weights;
    /// Everything else that training goes on from: the current weights and both moments.
    fn rest(&self) -> Weights;
    /// Takes up a saved state.
    fn restore(&mut self, best: &Weights, rest: &Weights, progress: P) -> Result<()>;
}

impl<B: Trained, N: Clone, P: Default> State<B, N, P> {
    pub fn new(network: N, optimiser: AdamW<B::InnerBackend>, device: B::Device) -> Self {
        Self { best: network.clone(), network, optimiser, progress: P::default(), device }
    }
}

impl<B: Trained, N: AutodiffModule<B>, P> State<B, N, P> {
    /// One update of the network. Returns the gradient's norm before clipping.
    ///
    /// # Errors
    /// Where that or the loss is not finite; then the network is as it was, and so is its optimiser.
    pub fn update(
        &mut self,
        loss: f64,
        gradients: GradientsParams,
        learning_rate: f64,
    ) -> std::result::Result<f64, Broken> {
        if !loss.is_finite() {
            return Err(Broken::Loss { loss });
        }
        // Taken out, for weights that are held elsewhere too would be copied before they are changed. The best network stands
        // in meanwhile: to clone a network copies no tensor.
        let network = std::mem::replace(&mut self.network, self.best.clone());
        let norm;
        (self.network, norm) = self.optimiser.update(network, gradients, learning_rate);
        if norm.is_finite() { Ok(norm) } else { Err(Broken::Gradient { loss, norm }) }
    }
}

impl<B: Trained, N: AutodiffModule<B>, P: Stepped> Resumes<P> for State<B, N, P> {
    fn progress(&self) -> &P {
        &self.progress
    }

    fn best(&self) -> Weights {
        weights_of(&self.best)
    }

    fn rest(&self) -> Weights {
        let current = weights_of(&self.network).into_iter().map(|(path, array)| (format!("{CURRENT}{path}"), array));
        current.chain(self.optimiser.weights()).collect()
    }

    fn restore(&mut self, best: &Weights, rest: &Weights, progress: P) -> Result<()> {
        let current = |(name, array): (&String, &(Vec<usize>, Vec<f32>))| {
            name.strip_prefix(CURRENT).map(|path| (path.to_owned(), array.clone()))
        };
        self.network = with_weights(self.network.clone(), &rest.iter().filter_map(current).collect())?;
        self.best = with_weights(self.best.clone(), best)?;
        self.optimiser.restore(progress.step(), rest, &self.device);
        self.progress = progress;
        Ok(())
    }
}

/// What `config.json` holds.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header<C, P> {
    version: u32,
    model: String,
    pub config: C,
    pub stream: Stream,
    pub progress: P,
}

/// Writes a learner into its folder: `weights.safetensors`, `optimizer.safetensors`, `config.json`, `training.jsonl`.
pub(super) fn save<C: Serialize + Clone, P: Serialize + Clone, L: Serialize>(
    folder: &Path,
    (model, config, stream): (&str, &C, Stream),
    held: &dyn Resumes<P>,
    log: &[L],
) -> Result<()> {
    fs::create_dir_all(folder).map_err(|cause| Error::file("create the folder", folder, cause))?;
    checkpoint::write(&folder.join("weights.safetensors"), &held.best())?;
    checkpoint::write(&folder.join("optimizer.safetensors"), &held.rest())?;
    let (model, config, progress) = (model.to_owned(), config.clone(), held.progress().clone());
    let written = |cause| Error::Bug(format!("a learner's record has no written form: {cause}"));
    let header = serde_json::to_string_pretty(&Header { version: VERSION, model, config, stream, progress });
    write(&folder.join("config.json"), &(header.map_err(written)? + "\n"))?;
    let mut lines = String::new();
    for step in log {
        lines += &serde_json::to_string(step).map_err(written)?;
        lines.push('\n');
    }
    write(&folder.join("training.jsonl"), &lines)
}

/// Reads what `config.json` says of a model of that name.
pub(super) fn header<C: DeserializeOwned, P: DeserializeOwned>(folder: &Path, name: &str) -> Result<Header<C, P>> {
    let path = folder.join("config.json");
    let text = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    let header: Header<C, P> = serde_json::from_str(&text).map_err(|cause| Error::file("understand", &path, cause))?;
    if header.version != VERSION || header.model != name {
        let (model, version) = (header.model, header.version);
        let cause = format!("it holds a `{model}` of version {version}, wanted a `{name}` of version {VERSION}");
        return Err(Error::file("use", &path, cause));
    }
    Ok(header)
}

/// The weights that validated best.
pub(super) fn weights(folder: &Path) -> Result<Weights> {
    checkpoint::read(&folder.join("weights.safetensors"))
}

/// Takes up where a learner was saved; the steps that it had told of.
pub(super) fn resume<P, L: DeserializeOwned>(folder: &Path, held: &mut dyn Resumes<P>, progress: P) -> Result<Vec<L>> {
    held.restore(&weights(folder)?, &checkpoint::read(&folder.join("optimizer.safetensors"))?, progress)?;
    let path = folder.join("training.jsonl");
    let log = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    let steps = log.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>();
    steps.map_err(|cause| Error::file("read the steps of", &path, cause))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|cause| Error::file("write", path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::Linear;
    use crate::model::tape;
    use burn::backend::{Autodiff, Flex};
    use burn::tensor::Tensor;

    type A = Autodiff<Flex>;

    impl Stepped for usize {
        fn step(&self) -> usize {
            *self
        }
    }

    /// An update by the gradient of `factor` times the sum of what comes of 1, at that loss; and all weights and moments before
    /// and after.
    fn updated(loss: f64, factor: f32) -> (std::result::Result<f64, Broken>, [Weights; 2]) {
        let device = Default::default();
        let network = Linear::<A>::zeros(1, 2, &device);
        let mut state = State::<A, _, usize>::new(network, AdamW::new(0.0, Some(1.0)), device);
        let mut update = |loss: f64, factor: f32| {
            let x = Tensor::<A, 2>::ones([1, 1], &device);
            let (_, gradients) = tape::gradients(&state.network, |it| it.forward(x).mul_scalar(factor).sum());
            let norm = state.update(loss, gradients, 0.1);
            (norm, state.rest())
        };
        let (_, before) = update(0.5, 1.0);
        let (norm, after) = update(loss, factor);
        (norm, [before, after])
    }

    #[test]
    fn an_update_that_breaks_says_why_and_changes_nothing() {
        for (loss, factor, why) in [
            (f64::NAN, 1.0, "the loss is NaN"),
            (f64::INFINITY, 1.0, "the loss is inf"),
            (0.5, f32::INFINITY, "the norm of the gradient is inf, at a loss of 0.5"),
            (0.5, f32::NAN, "the norm of the gradient is NaN, at a loss of 0.5"),
        ] {
            let (norm, [before, after]) = updated(loss, factor);
            assert_eq!(norm.map_err(|why| why.to_string()), Err(why.to_owned()));
            assert_eq!(before, after, "{why}");
        }
        let (norm, [before, after]) = updated(0.5, 3.0);
        assert!(norm.is_ok_and(|norm| norm == 6.0) && before != after, "{norm:?}");
    }
}
