//! Initial weights: the only place with random initialisation. Drawn from our own streams, named by module path, so
//! a weight depends on its name and its shape and on nothing drawn before it.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

use crate::stream::Stream;

/// Standard deviation of a table's entries: several tables are summed into one token.
const TABLE_DEVIATION: f64 = 0.25;

/// The same network with its weights drawn: matrices called `weight` uniformly at Glorot and Bengio's scale (2010,
/// equation 16), tables called `rows` uniformly, everything else as it was made.
pub(crate) fn initialised<B: Backend, M: Module<B>>(network: M, stream: &Stream) -> M {
    network.map(&mut Draw { stream: *stream, path: Vec::new() })
}

struct Draw {
    stream: Stream,
    path: Vec<String>,
}

impl<B: Backend> ModuleMapper<B> for Draw {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let dims = param.val().dims();
        let bound = match self.path.last().map(String::as_str) {
            Some("weight") => (6.0 / dims.iter().sum::<usize>() as f64).sqrt(),
            Some("rows") => TABLE_DEVIATION * 3f64.sqrt(),
            _ => return param,
        };
        let mut rng = self.stream.named(&self.path.join(".")).rng();
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
