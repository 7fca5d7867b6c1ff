//! The two forms of a judge's network: from the pixels of some views to a logit a class.

use burn::module::{Module, Param};
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Int, Tensor, TensorData};

use crate::model::blocks::{Linear, Table};
use crate::model::fused::{Fused, Seen, Tables};
use crate::task::image::Shape;

/// Channels of the first and the second convolution.
const CHANNELS: [usize; 2] = [32, 64];
/// Rows and columns of a convolution's window.
const WINDOW: usize = 5;
/// The share of the dense layer's units that is dropped in training.
const DROPPED: f64 = 0.4;

/// Views of one pass when a network serves on a GPU, whose every pass costs the same up to about as many.
pub(crate) const ROWS_SERVED_GPU: usize = 512;

/// A judge's network.
pub(crate) trait PixelNetwork<B: Fused>: Module<B> + Clone {
    /// An untrained network, its weights 0, for images of this shape.
    fn zeros(shape: Shape, classes: usize, width: usize, device: &B::Device) -> Self;

    /// A logit for each class of each view: `[rows, classes]`. `kept` multiplies the units that are dropped in training.
    fn forward(&self, views: Seen, shape: Shape, kept: Option<Tensor<B, 2>>, device: &B::Device) -> Tensor<B, 2>;

    /// How many units may be dropped in training, and the share that is.
    fn dropped(&self) -> Option<(usize, f64)>;

    /// Views of one pass when the network serves on a processor.
    const ROWS_SERVED: usize;
}

/// The first layer is a sum over the pixels seen: a row for the place, and a row that its brightness scales. So a view of
/// 6 of 784 pixels costs 12 rows, not a product with 1568 columns.
#[derive(Module, Debug)]
pub(crate) struct SparseNetwork<B: Backend> {
    /// That a pixel is seen: `[places, width]`.
    seen: Table<B>,
    /// How bright it is: `[places, width]`.
    bright: Table<B>,
    bias: Param<Tensor<B, 1>>,
    hidden: Linear<B>,
    output: Linear<B>,
}

impl<B: Fused> PixelNetwork<B> for SparseNetwork<B> {
    // Few enough for every array of a pass to stay below what the allocator hands back to the system: larger ones cost
    // more in fresh pages than in arithmetic (measured: 4 times slower between searches).
    const ROWS_SERVED: usize = 32;

    fn zeros(shape: Shape, classes: usize, width: usize, device: &B::Device) -> Self {
        Self {
            seen: Table::zeros(shape.pixels(), width, device),
            bright: Table::zeros(shape.pixels(), width, device),
            bias: Param::from_tensor(Tensor::zeros([width], device)),
            hidden: Linear::zeros(width, width, device),
            output: Linear::zeros(width, classes, device),
        }
    }

    fn forward(&self, views: Seen, _shape: Shape, _kept: Option<Tensor<B, 2>>, _device: &B::Device) -> Tensor<B, 2> {
        let tables = Tables { seen: self.seen.rows.val(), bright: self.bright.rows.val() };
        let sums = B::pixel_sums(tables, views);
        let first = relu(sums + self.bias.val().unsqueeze());
        self.output.forward(relu(self.hidden.forward(first)))
    }

    fn dropped(&self) -> Option<(usize, f64)> {
        None
    }
}

/// A convolution over planes that keeps their size, and halves it by the maximum of 2x2.
#[derive(Module, Debug)]
pub(crate) struct Convolution<B: Backend> {
    /// `[to, from, WINDOW, WINDOW]`
    weight: Param<Tensor<B, 4>>,
    bias: Param<Tensor<B, 1>>,
}

impl<B: Backend> Convolution<B> {
    fn zeros(from: usize, to: usize, device: &B::Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([to, from, WINDOW, WINDOW], device)),
            bias: Param::from_tensor(Tensor::zeros([to], device)),
        }
    }

    fn forward(&self, planes: Tensor<B, 4>) -> Tensor<B, 4> {
        let options = ConvOptions::new([1, 1], [WINDOW / 2, WINDOW / 2], [1, 1], 1);
        let planes = relu(conv2d(planes, self.weight.val(), Some(self.bias.val()), options));
        max_pool2d(planes, [2, 2], [2, 2], [0, 0], [1, 1], false)
    }
}

/// The paper's network, that of TensorFlow's tutorial on layers.
#[derive(Module, Debug)]
pub(crate) struct ConvolutionalNetwork<B: Backend> {
    first: Convolution<B>,
    second: Convolution<B>,
    dense: Linear<B>,
    output: Linear<B>,
}

impl<B: Fused> PixelNetwork<B> for ConvolutionalNetwork<B> {
    const ROWS_SERVED: usize = 128;

    fn zeros(shape: Shape, classes: usize, width: usize, device: &B::Device) -> Self {
        let left = usize::from(shape.rows / 4) * usize::from(shape.columns / 4);
        Self {
            first: Convolution::zeros(2, CHANNELS[0], device),
            second: Convolution::zeros(CHANNELS[0], CHANNELS[1], device),
            dense: Linear::zeros(left * CHANNELS[1], width, device),
            output: Linear::zeros(width, classes, device),
        }
    }

    fn forward(&self, views: Seen, shape: Shape, kept: Option<Tensor<B, 2>>, device: &B::Device) -> Tensor<B, 2> {
        let planes = self.second.forward(self.first.forward(planes(views, shape, device)));
        let [rows, channels, height, width] = planes.dims();
        let dense = relu(self.dense.forward(planes.reshape([rows, channels * height * width])));
        let dense = match kept {
            Some(kept) => dense * kept,
            None => dense,
        };
        self.output.forward(dense)
    }

    fn dropped(&self) -> Option<(usize, f64)> {
        Some((self.dense.bias.val().dims()[0], DROPPED))
    }
}

/// Which pixels are seen, and how bright those are: `[rows, 2, rows of the image, columns]`. Made on the device of what is
/// seen alone: of the planes nearly all is 0, and for a GPU they would have a long way.
fn planes<B: Backend>(views: Seen, shape: Shape, device: &B::Device) -> Tensor<B, 4> {
    let (size, pixels) = (shape.pixels(), views.places.len() / views.rows);
    let seen = [views.rows, pixels, 1];
    let places = Tensor::<B, 3, Int>::from_data(TensorData::new(views.places, seen), device);
    let values = Tensor::<B, 3>::from_data(TensorData::new(views.values, seen), device);
    let all = Tensor::<B, 1, Int>::arange(0..size as i64, device).reshape([1, 1, size]).expand([1, pixels, size]);
    let is_there = places.expand([views.rows, pixels, size]).equal(all.expand([views.rows, pixels, size])).float();
    let bright = (is_there.clone() * values).sum_dim(1);
    Tensor::cat(vec![is_there.sum_dim(1), bright], 1).reshape([
        views.rows,
        2,
        usize::from(shape.rows),
        usize::from(shape.columns),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::init::initialised;
    use crate::model::optim::values;
    use crate::stream::Stream;
    use burn::backend::Flex;

    const SHAPE: Shape = Shape { rows: 8, columns: 8 };

    fn views() -> Seen {
        Seen { rows: 2, places: vec![3, 60, 17, 9, 10, 11], values: vec![0.5, 1.0, 0.1, 0.2, 0.9, 0.7] }
    }

    #[test]
    fn a_sum_over_pixels_is_a_product_with_both_planes() {
        let device = Default::default();
        let network: SparseNetwork<Flex> = initialised(SparseNetwork::zeros(SHAPE, 10, 12, &device), &Stream::root(1));
        let planes = planes::<Flex>(views(), SHAPE, &device).reshape([2, 128]);
        let tables = Tensor::cat(vec![network.seen.rows.val(), network.bright.rows.val()], 0);
        let first = relu(planes.matmul(tables) + network.bias.val().unsqueeze());
        let dense = network.output.forward(relu(network.hidden.forward(first)));
        let sparse = network.forward(views(), SHAPE, None, &device);
        assert!(values(sparse).iter().zip(values(dense)).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn the_papers_network_has_its_layers() {
        let shape = Shape { rows: 28, columns: 28 };
        let network = ConvolutionalNetwork::<Flex>::zeros(shape, 10, 1024, &Default::default());
        let convolutions = (2 * 25 + 1) * 32 + (32 * 25 + 1) * 64;
        assert_eq!(network.num_params(), convolutions + (7 * 7 * 64 + 1) * 1024 + 1025 * 10);
        assert_eq!(network.dropped(), Some((1024, 0.4)));
    }
}
