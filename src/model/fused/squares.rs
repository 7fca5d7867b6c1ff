//! The sum of a gradient's squares, of which its norm is made: by whole tensors, and for the processor in one pass, in lanes and
//! parts whose number depends on the tensor alone. They differ in rounding.

use burn::backend::Flex;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use rayon::prelude::*;

use super::vector::{sum, vectorised};

/// Values that are summed in single precision; the sums of parts are summed in double.
const PART: usize = 1 << 16;

/// By operations on whole tensors: `[1]`.
pub(crate) fn plain<B: Backend, const D: usize>(gradient: Tensor<B, D>) -> Tensor<B, 1> {
    let dims = gradient.dims();
    let last = dims[D - 1];
    match D {
        1 => gradient.square().sum_dim(0).reshape([1]),
        // Along an axis first: one sum over millions of values adds them in an order that depends on threads.
        _ => gradient.square().reshape([dims.iter().product::<usize>() / last, last]).sum_dim(1).sum(),
    }
}

/// In one pass: `[1]`.
pub(super) fn at_once<const D: usize>(gradient: Tensor<Flex, D>) -> Tensor<Flex, 1> {
    let device = gradient.device();
    let gradient = gradient.into_primitive().tensor().to_contiguous();
    Tensor::from_floats([sum_of_parts(gradient.storage()) as f32], &device)
}

fn sum_of_parts(values: &[f32]) -> f64 {
    let of_part = |part: &[f32]| {
        vectorised(
            #[inline(always)]
            || sum(part, |value| value * value),
        )
    };
    let parts: Vec<f32> = values.par_chunks(PART).map(of_part).collect();
    parts.into_iter().map(f64::from).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::optim::values;
    use crate::stream::Stream;
    use burn::tensor::{Int, TensorData};
    use proptest::prelude::*;
    use rand::RngExt;

    /// A matrix of values from -2 to 2.
    fn drawn(rows: usize, columns: usize) -> Tensor<Flex, 2> {
        let mut rng = Stream::root(5).named("gradient").index(rows as u64).index(columns as u64).rng();
        let values = (0..rows * columns).map(|_| 4.0 * rng.random::<f32>() - 2.0).collect::<Vec<_>>();
        Tensor::from_data(TensorData::new(values, [rows, columns]), &Default::default())
    }

    fn exact(values: &[f32]) -> f64 {
        values.iter().map(|value| f64::from(*value).powi(2)).sum()
    }

    proptest! {
        #[test]
        fn both_ways_find_the_sum_of_squares((rows, columns) in (1..40usize, 1..40usize)) {
            let gradient = drawn(rows, columns);
            let exact = exact(&values(gradient.clone()));
            // Laid out by columns, in one axis, and row by row.
            let [transposed, flat] = [plain(gradient.clone().transpose()), plain(gradient.clone().reshape([rows * columns]))];
            let found = [transposed, flat, plain(gradient.clone()), at_once(gradient.clone()), at_once(gradient.transpose())];
            for it in found.map(|it| f64::from(values(it)[0])) {
                prop_assert!((it - exact).abs() <= 1e-6 * exact, "{it}, not {exact}");
            }
        }
    }

    #[test]
    fn a_part_of_a_tensor_and_one_value_spread_are_summed_as_they_look() {
        let gradient = drawn(7, 9);
        let part = gradient.clone().narrow(0, 2, 3).narrow(1, 1, 5);
        let spread = gradient.narrow(0, 0, 1).expand([6, 9]);
        for seen in [part, spread] {
            let exact = exact(&values(seen.clone()));
            let found = f64::from(values(at_once(seen))[0]);
            assert!((found - exact).abs() <= 1e-6 * exact, "{found}, not {exact}");
        }
    }

    #[test]
    fn a_sum_of_many_parts_is_the_same_on_any_number_of_threads() {
        let rows = 40 * PART / 128;
        // Parts of very different sizes, so that another order would have another sum.
        let sizes = Tensor::<Flex, 1, Int>::arange(0..rows as i64, &Default::default()).float().reshape([rows, 1]);
        let gradient = drawn(rows, 128) * (sizes / 1_000.0).exp();
        let exact = exact(&values(gradient.clone()));
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| sum_of_parts(&values(gradient.clone())))
        };
        let found = [1, 2, 3, 5].map(on);
        assert!(found.iter().all(|it| it.to_bits() == found[0].to_bits()), "{found:?}");
        assert!((found[0] - exact).abs() <= 1e-5 * exact, "{found:?}, not {exact}");
    }

    #[test]
    fn a_gradient_that_broke_is_not_finite() {
        for broken in [f32::NAN, f32::INFINITY, f32::MAX] {
            let gradient = Tensor::<Flex, 1>::from_floats([1.0, broken], &Default::default());
            assert!(!values(at_once(gradient))[0].is_finite());
        }
    }
}
