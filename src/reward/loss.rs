//! Losses, each the sum over its rows, so that gradients of parts add up to the gradient of the whole.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, relu, softmax};
use burn::tensor::backend::Backend;

/// What a masked score is lowered by: out of reach of any other, and still finite.
pub(crate) const FAR: f32 = 1e4;
/// Keeps the logarithm of a pooled probability finite.
const TINY: f32 = 1e-6;

/// Cross-entropy against soft labels: `-sum_i y_i log softmax(x)_i`. `[rows, options]` both.
///
/// Over the scores of two options this is the Bradley-Terry likelihood (Bradley and Terry 1952) with soft
/// preferences, over more its extension by Luce (1959); a label row of zeros counts for nothing.
pub(crate) fn cross_entropy<B: Backend>(scores: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
    (log_softmax(scores, 1) * labels).sum().neg()
}

/// Logistic loss of yes-or-no labels: `log(1 + e^x) - y x`, in a form that no `x` overflows.
pub(crate) fn logistic<B: Backend>(scores: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 2> {
    let softened = (scores.clone().abs().neg().exp() + 1.0).log();
    relu(scores.clone()) + softened - scores * labels
}

/// The judgment of a view from its sentences: each speaks in proportion to `exp(bears)`, beside a silent voice of
/// weight one that says the claim is open. `says` `[views, sentences, 3]`, `bears` and `mask` `[views, sentences]`.
/// Returns log probabilities `[views, 3]`.
pub(crate) fn pooled<B: Backend>(says: Tensor<B, 3>, bears: Tensor<B, 2>, mask: Tensor<B, 2>) -> Tensor<B, 2> {
    let [views, sentences, _] = says.dims();
    let silent = Tensor::zeros([views, 1], &bears.device());
    let voices = softmax(Tensor::cat(vec![bears + (mask - 1.0) * FAR, silent], 1), 1);
    let spoken = voices.clone().narrow(1, 0, sentences).unsqueeze_dim::<3>(2);
    let heard = (softmax(says, 2) * spoken).sum_dim(1).squeeze_dim::<2>(1);
    let open = Tensor::from_floats([[0.0, 0.0, 1.0]], &heard.device());
    let quiet = voices.narrow(1, sentences, 1) * open;
    (heard + quiet + TINY).log()
}

/// The same as [`pooled`] on the host, for one view: probabilities over `[holds, fails, open]`.
pub(crate) fn pooled_probabilities(outputs: &[[f32; 4]]) -> [f64; 3] {
    let largest = outputs.iter().fold(0f64, |max, output| max.max(f64::from(output[3])));
    let silent = (-largest).exp();
    let mut total = silent;
    let mut heard = [0.0, 0.0, silent];
    for output in outputs {
        let voice = (f64::from(output[3]) - largest).exp();
        total += voice;
        let says = probabilities(&[output[0], output[1], output[2]].map(f64::from));
        for (heard, says) in heard.iter_mut().zip(says) {
            *heard += voice * says;
        }
    }
    heard.map(|value| value / total)
}

/// The softmax of some scores, on the host.
pub(crate) fn probabilities(scores: &[f64]) -> Vec<f64> {
    let largest = scores.iter().fold(f64::NEG_INFINITY, |max, score| max.max(*score));
    let raised: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f64 = raised.iter().sum();
    raised.iter().map(|value| value / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn near(got: f32, wanted: f32) {
        assert!((got - wanted).abs() < 1e-5, "{got} is not {wanted}");
    }

    #[test]
    fn bradley_terry_of_two_scores() {
        let device = Default::default();
        // -ln sigmoid(1) = 0.313262; half and half: (0.313262 + 1.313262) / 2 = 0.813262.
        let loss = |labels: [[f32; 2]; 1]| {
            cross_entropy::<Flex>(Tensor::from_floats([[1.5, 0.5]], &device), Tensor::from_floats(labels, &device))
                .into_scalar()
        };
        near(loss([[1.0, 0.0]]), 0.313_262);
        near(loss([[0.5, 0.5]]), 0.813_262);
        near(loss([[0.0, 0.0]]), 0.0);
    }

    #[test]
    fn cross_entropy_of_three() {
        let device = Default::default();
        // softmax(0, 1, 2) = (0.090031, 0.244728, 0.665241)
        let scores = Tensor::<Flex, 2>::from_floats([[0.0, 1.0, 2.0]], &device);
        let labels = Tensor::from_floats([[0.2, 0.3, 0.5]], &device);
        near(cross_entropy(scores, labels).into_scalar(), 0.2 * 2.407_606 + 0.3 * 1.407_606 + 0.5 * 0.407_606);
    }

    #[test]
    fn logistic_loss_near_and_far() {
        let device = Default::default();
        let scores = Tensor::<Flex, 2>::from_floats([[1.0, 2.0, 500.0, -500.0]], &device);
        let labels = Tensor::from_floats([[1.0, 0.0, 0.0, 0.0]], &device);
        let loss = logistic(scores, labels).into_data().to_vec::<f32>().unwrap();
        for (got, wanted) in loss.iter().zip([0.313_262, 2.126_928, 500.0, 0.0]) {
            near(*got, wanted);
        }
    }

    #[test]
    fn pooling_on_the_host_and_on_the_device_agree() {
        let device = Default::default();
        let outputs = [[2.0f32, -1.0, 0.5, 3.0], [-1.0, 2.0, 0.0, -0.5]];
        let says = Tensor::<Flex, 3>::from_floats([[[2.0, -1.0, 0.5], [-1.0, 2.0, 0.0], [9.0, 9.0, 9.0]]], &device);
        let bears = Tensor::from_floats([[3.0, -0.5, 7.0]], &device);
        let mask = Tensor::from_floats([[1.0, 1.0, 0.0]], &device);
        let device_side = pooled(says, bears, mask).exp().into_data().to_vec::<f32>().unwrap();
        for (got, wanted) in device_side.iter().zip(pooled_probabilities(&outputs)) {
            near(*got, wanted as f32);
        }
        assert_eq!(pooled_probabilities(&[]), [0.0, 0.0, 1.0]);
    }
}
