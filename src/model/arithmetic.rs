//! In what a transformer computes on a device: the precision of its products, and how it reads its heads.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, FloatDType, Tensor};
use serde::{Deserialize, Serialize};

use super::Device;
use crate::error::{Error, Result};

/// The precision of a transformer's products. Weights, their gradients and moments, sums between blocks, norms, attention's
/// softmax, scores and losses are in single precision always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Single.
    #[default]
    Float32,
    /// The upper half of single precision: its range with 8 significant bits. Products take it, and sum in single precision.
    Bfloat16,
}

impl Precision {
    /// Refuses what a device would only be slowed by.
    ///
    /// # Errors
    /// [`Error::Usage`] for the processor and anything but single precision.
    pub fn check(self, device: Device) -> Result<()> {
        match (self, device) {
            (Self::Bfloat16, Device::Cpu) => Err(Error::Usage(
                "training in bfloat16 is asked for, and the processor has no products in it\n  train in float32 (set \
                 `schedule.precision`, or --precision float32), or on a GPU (--device cuda)"
                    .into(),
            )),
            _ => Ok(()),
        }
    }

    /// As products take it.
    pub(crate) fn lowered<B: Backend, const D: usize>(self, x: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Float32 => x,
            Self::Bfloat16 => x.cast(FloatDType::BF16),
        }
    }
}

/// In single precision, whatever it was in.
pub(crate) fn raised<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    if x.dtype() == DType::BF16 { x.cast(FloatDType::F32) } else { x }
}

/// In the precision of `other`: what is multiplied with it.
pub(crate) fn as_precise_as<B: Backend, const D: usize, const E: usize>(
    x: Tensor<B, D>,
    other: &Tensor<B, E>,
) -> Tensor<B, D> {
    if other.dtype() == DType::BF16 { x.cast(FloatDType::BF16) } else { x }
}

/// How attention reads its heads; the results are the same up to rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Heads {
    /// One after another: every product reads and writes whole rows, and no tensor is laid out anew, which on the processor
    /// costs more than the products themselves.
    #[default]
    Apart,
    /// All in one product: few and large operations, as a GPU wants them.
    Together,
}

/// In what a transformer computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arithmetic {
    pub precision: Precision,
    pub heads: Heads,
}

impl Arithmetic {
    /// What suits a device, in this precision.
    pub fn on(device: Device, precision: Precision) -> Self {
        let heads = match device {
            Device::Cpu => Heads::Apart,
            Device::Cuda(_) => Heads::Together,
        };
        Self { precision, heads }
    }

    /// The parts that a microbatch is trained in side by side. Most of what a processor does beside products it does by one
    /// thread, so two of them halve that; the number is fixed, so that no result depends on how many threads there are.
    pub fn parts(self) -> usize {
        match self.heads {
            Heads::Apart => 2,
            Heads::Together => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_is_for_a_gpu() {
        let error = Precision::Bfloat16.check(Device::Cpu).unwrap_err();
        assert!(error.to_string().contains("--precision float32"), "{error}");
        assert_eq!(error.exit_code(), 2);
        assert!(Precision::Bfloat16.check(Device::Cuda(0)).is_ok());
        assert!(Precision::Float32.check(Device::Cpu).is_ok());
    }
}
