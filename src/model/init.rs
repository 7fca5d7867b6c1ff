//! Initial weights: the only place with random initialisation. Drawn from our own streams, named by module path, so
//! a weight depends on its name and its shape and on nothing drawn before it.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

use super::checkpoint::Weights;
use crate::stream::Stream;

/// Standard deviation of a table's entries: several tables are summed into one token.
const TABLE_DEVIATION: f64 = 0.25;

/// The same network with its weights drawn: matrices called `weight` uniformly at Glorot and Bengio's scale (2010,
/// equation 16), tables called `rows` uniformly, everything else as it was made.
pub(crate) fn initialised<B: Backend, M: Module<B>>(network: M, stream: &Stream) -> M {
    initialised_beside(network, &Weights::new(), stream)
}

/// The same, but for weights that are `given`, which stay as they were made: a weight depends on its name alone, so the others
/// are what they would be.
pub(crate) fn initialised_beside<B: Backend, M: Module<B>>(network: M, given: &Weights, stream: &Stream) -> M {
    network.map(&mut Draw { stream: *stream, path: Vec::new(), given })
}

/// What multiplies the units of a layer in training: 0 for the share that is dropped, and for the others as much more as
/// makes up for it (Srivastava et al. 2014). Drawn from our own stream, on the host.
pub(crate) fn kept(stream: &Stream, count: usize, dropped: f64) -> Vec<f32> {
    let mut rng = stream.rng();
    let scale = (1.0 / (1.0 - dropped)) as f32;
    (0..count).map(|_| if rng.random::<f64>() < dropped { 0.0 } else { scale }).collect()
}

struct Draw<'a> {
    stream: Stream,
    path: Vec<String>,
    given: &'a Weights,
}

impl<B: Backend> ModuleMapper<B> for Draw<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.join(".");
        if self.given.contains_key(&path) {
            return param;
        }
        let dims = param.val().dims();
        let bound = match self.path.last().map(String::as_str) {
            // A weight of a convolution is used once for each place of its window.
            Some("weight") => {
                let window: usize = dims.iter().skip(2).product();
                (6.0 / (window * dims.iter().take(2).sum::<usize>()) as f64).sqrt()
            }
            Some("rows") => TABLE_DEVIATION * 3f64.sqrt(),
            _ => return param,
        };
        let mut rng = self.stream.named(&path).rng();
        let count = dims.iter().product();
        let values: Vec<f32> = (0..count).map(|_| (bound * (2.0 * rng.random::<f64>() - 1.0)) as f32).collect();
        param.map(|old| {
            let device = old.device();
            Tensor::<B, D>::from_data(TensorData::new(values, dims), &device).set_require_grad(old.is_require_grad())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::Linear;
    use burn::backend::Flex;

    #[test]
    fn what_is_kept_makes_up_for_what_is_dropped() {
        let mask = kept(&Stream::root(1), 10_000, 0.4);
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((mean - 1.0).abs() < 0.03, "{mean}");
        assert!(mask.iter().all(|it| *it == 0.0 || (*it - 1.0 / 0.6).abs() < 1e-6));
    }

    #[test]
    fn weights_follow_the_stream_and_keep_to_their_bound() {
        let draw = |seed| {
            let linear = initialised(Linear::<Flex>::zeros(10, 14, &Default::default()), &Stream::root(seed));
            linear.weight.val().into_data().to_vec::<f32>().unwrap()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let largest = draw(1).iter().fold(0f32, |a, b| a.max(b.abs()));
        assert!((0.45..0.5).contains(&largest), "{largest}");
    }
}
