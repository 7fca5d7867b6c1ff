//! Checkpoints: named arrays in safetensors files, by module path, since burn's own parameter ids are random.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::optim::values;
use crate::error::{Error, Result};

/// Arrays by name: shape and values in row-major order. Ordered, so that files are the same bytes.
pub(crate) type Weights = BTreeMap<String, Array>;

/// An array's shape and its values.
pub(crate) type Array = (Vec<usize>, Vec<f32>);

/// The weights of a network by module path.
pub(crate) fn weights_of<B: Backend, M: Module<B>>(network: &M) -> Weights {
    let mut collect = Collect { path: Vec::new(), weights: Weights::new() };
    network.visit(&mut collect);
    collect.weights
}

/// The same network with these weights; every one must be there in its shape.
pub(crate) fn with_weights<B: Backend, M: Module<B>>(network: M, weights: &Weights) -> Result<M> {
    let mut place = Place { path: Vec::new(), weights, wrong: None };
    let network = network.map(&mut place);
    match place.wrong {
        None => Ok(network),
        Some(what) => Err(Error::Environment(format!(
            "a checkpoint does not fit its network: {what}; it was written by another version or setting, train again"
        ))),
    }
}

/// Writes arrays as a safetensors file.
pub(crate) fn write(path: &Path, weights: &Weights) -> Result<()> {
    let bytes: BTreeMap<&String, Vec<u8>> = weights
        .iter()
        .map(|(name, (_, values))| (name, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
        .collect();
    let views = weights.iter().map(|(name, (dims, _))| {
        TensorView::new(Dtype::F32, dims.clone(), &bytes[name]).map(|view| (name.as_str(), view))
    });
    let file = views
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(|views| safetensors::serialize(views, None))
        .map_err(|cause| Error::Bug(format!("arrays for `{}` have no valid form: {cause}", path.display())))?;
    fs::write(path, file).map_err(|cause| Error::file("write", path, cause))
}

/// Reads arrays from a safetensors file.
pub(crate) fn read(path: &Path) -> Result<Weights> {
    let file = fs::read(path).map_err(|cause| Error::file("read", path, cause))?;
    let tensors = SafeTensors::deserialize(&file).map_err(|cause| Error::file("read the arrays of", path, cause))?;
    let mut weights = Weights::new();
    for (name, view) in tensors.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::file("use", path, format!("array `{name}` is not of 32-bit floats")));
        }
        let (words, _) = view.data().as_chunks::<4>();
        weights.insert(
            name.to_string(),
            (view.shape().to_vec(), words.iter().map(|word| f32::from_le_bytes(*word)).collect()),
        );
    }
    Ok(weights)
}

struct Collect {
    path: Vec<String>,
    weights: Weights,
}

impl<B: Backend> ModuleVisitor<B> for Collect {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        self.weights.insert(self.path.join("."), (tensor.dims().to_vec(), values(tensor)));
    }
}

struct Place<'a> {
    path: Vec<String>,
    weights: &'a Weights,
    wrong: Option<String>,
}

impl<B: Backend> ModuleMapper<B> for Place<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let path = self.path.join(".");
        let dims = param.val().dims();
        let Some((shape, values)) = self.weights.get(&path).filter(|(shape, _)| *shape == dims) else {
            let found = self.weights.get(&path).map(|(shape, _)| shape);
            self.wrong.get_or_insert(format!("`{path}` should have the shape {dims:?}, found {found:?}"));
            return param;
        };
        param.map(|old| {
            let device = old.device();
            let data = TensorData::new(values.clone(), shape.clone());
            Tensor::<B, D>::from_data(data, &device).set_require_grad(old.is_require_grad())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::blocks::Linear;
    use crate::model::init::initialised;
    use crate::stream::Stream;
    use burn::backend::Flex;

    #[test]
    fn weights_read_back_by_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let linear = initialised(Linear::<Flex>::zeros(3, 2, &Default::default()), &Stream::root(1));
        let weights = weights_of(&linear);
        assert_eq!(weights.keys().collect::<Vec<_>>(), ["bias", "weight"]);
        write(&path, &weights).unwrap();
        assert_eq!(read(&path).unwrap(), weights);
        let again = with_weights(Linear::<Flex>::zeros(3, 2, &Default::default()), &weights).unwrap();
        assert_eq!(weights_of(&again), weights);
    }

    #[test]
    fn a_checkpoint_of_another_shape_is_refused() {
        let weights = weights_of(&Linear::<Flex>::zeros(3, 2, &Default::default()));
        let error = with_weights(Linear::<Flex>::zeros(4, 2, &Default::default()), &weights).unwrap_err();
        assert!(error.to_string().contains("`weight`"), "{error}");
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let error = read(Path::new("/nonexistent/weights.safetensors")).unwrap_err();
        assert_eq!(error.exit_code(), 3);
    }
}
