//! What a batch is judged by, on the device: comparisons of scores, scores told right from wrong, and words foretold.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::settings::LabelNoise;
use crate::model::scoring::ScoreNetwork;
use crate::model::transformer::TokenBatch;

/// Two scores of one batch, compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison {
    /// The row of the batch that the label prefers.
    pub better: usize,
    /// The other.
    pub worse: usize,
    /// By how much the better one's score must be higher, in nats.
    pub margin: f64,
    /// The label, as the coefficient of the difference in the loss: a probability unless noise is corrected for.
    pub target: f64,
    /// Weight in the loss of the update.
    pub share: f64,
}

/// A score told right from wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// The row, or the flat place of a token.
    pub at: usize,
    /// The label in `[0, 1]`, unless noise is corrected for.
    pub target: f64,
    /// Weight in the loss of the update.
    pub share: f64,
}

/// A word foretold from what stands before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Word {
    /// The flat place of the token before.
    pub at: usize,
    /// The token that follows.
    pub next: u32,
    /// Weight in the loss of the update.
    pub share: f64,
}

/// All that a batch is judged by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Targets {
    /// Pairs of rows.
    pub comparisons: Vec<Comparison>,
    /// Rows.
    pub rows: Vec<Point>,
    /// Tokens.
    pub tokens: Vec<Point>,
    /// Words.
    pub words: Vec<Word>,
}

/// The coefficient of the difference that a label of probability `p` becomes. All three losses are
/// `softplus(d) - target * d`: smoothing moves the label towards its opposite, and the corrected loss of
/// Natarajan et al. 2013, `((1 - e) l(d) - e l(-d)) / (1 - 2 e)`, is the same with `(p - e) / (1 - 2 e)`.
pub(super) fn target(noise: LabelNoise, p: f64) -> f64 {
    match noise {
        LabelNoise::Believed => p,
        LabelNoise::Smoothed(rate) => p * (1.0 - rate) + (1.0 - p) * rate,
        LabelNoise::Corrected(rate) => (p - rate) / (1.0 - 2.0 * rate),
    }
}

/// The loss of a batch, summed by the shares of its targets: `[1]`. `hidden` is `[rows, tokens, width]`.
pub(super) fn loss<B: Backend>(
    network: &ScoreNetwork<B>,
    hidden: Tensor<B, 3>,
    batch: &TokenBatch<B>,
    targets: &Targets,
    centring: f64,
) -> Tensor<B, 1> {
    let device = hidden.device();
    let mut parts = Vec::new();
    if !(targets.comparisons.is_empty() && targets.rows.is_empty()) {
        let scores = network.pooled_scores(hidden.clone(), batch);
        parts.extend(compared(scores.clone(), &targets.comparisons, centring));
        parts.extend(pointed(scores, &targets.rows));
    }
    if !targets.tokens.is_empty() {
        let scores = network.token_scores(hidden.clone());
        let count = scores.dims().iter().product::<usize>();
        parts.extend(pointed(scores.reshape([count]), &targets.tokens));
    }
    parts.extend(foretold(network, hidden, &targets.words));
    parts.into_iter().reduce(|sum, part| sum + part).unwrap_or_else(|| Tensor::zeros([1], &device))
}

/// Bradley-Terry: `softplus(d) - target * d` with `d = better - worse - margin`, and `centring` times the squared sum.
fn compared<B: Backend>(scores: Tensor<B, 1>, comparisons: &[Comparison], centring: f64) -> Option<Tensor<B, 1>> {
    if comparisons.is_empty() {
        return None;
    }
    let device = scores.device();
    let of = |value: fn(&Comparison) -> f64| floats(comparisons.iter().map(value), &device);
    let better = scores.clone().select(0, places(comparisons.iter().map(|it| it.better), &device));
    let worse = scores.select(0, places(comparisons.iter().map(|it| it.worse), &device));
    let difference = better.clone() - worse.clone() - of(|it| it.margin);
    let mut losses = softplus(difference.clone()) - difference * of(|it| it.target);
    if centring > 0.0 {
        losses = losses + (better + worse).square() * centring;
    }
    Some((losses * of(|it| it.share)).sum())
}

/// Logistic: `softplus(z) - target * z`.
fn pointed<B: Backend>(scores: Tensor<B, 1>, points: &[Point]) -> Option<Tensor<B, 1>> {
    if points.is_empty() {
        return None;
    }
    let device = scores.device();
    let scores = scores.select(0, places(points.iter().map(|it| it.at), &device));
    let losses = softplus(scores.clone()) - scores * floats(points.iter().map(|it| it.target), &device);
    Some((losses * floats(points.iter().map(|it| it.share), &device)).sum())
}

/// Cross-entropy of the next token, only where one is to be foretold: `[words, vocabulary]` is all that is made.
fn foretold<B: Backend>(network: &ScoreNetwork<B>, hidden: Tensor<B, 3>, words: &[Word]) -> Option<Tensor<B, 1>> {
    if words.is_empty() {
        return None;
    }
    let device = hidden.device();
    let [rows, tokens, width] = hidden.dims();
    let before = hidden.reshape([rows * tokens, width]).select(0, places(words.iter().map(|it| it.at), &device));
    let logits = network.language_logits(before.unsqueeze::<3>()).squeeze_dim::<2>(0);
    let next = places(words.iter().map(|it| it.next as usize), &device).reshape([words.len(), 1]);
    let losses = log_softmax(logits, 1).gather(1, next).reshape([words.len()]).neg();
    Some((losses * floats(words.iter().map(|it| it.share), &device)).sum())
}

/// `log(1 + e^x)`, in a form that no `x` overflows.
fn softplus<B: Backend>(x: Tensor<B, 1>) -> Tensor<B, 1> {
    relu(x.clone()) + (x.abs().neg().exp() + 1.0).log()
}

fn floats<B: Backend>(values: impl Iterator<Item = f64>, device: &B::Device) -> Tensor<B, 1> {
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

fn places<B: Backend>(values: impl Iterator<Item = usize>, device: &B::Device) -> Tensor<B, 1, Int> {
    let values: Vec<i32> = values.map(|value| value as i32).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn scores(values: &[f32]) -> Tensor<Flex, 1> {
        Tensor::from_floats(values, &Default::default())
    }

    fn comparison(target: f64, margin: f64) -> Comparison {
        Comparison { better: 0, worse: 1, margin, target, share: 1.0 }
    }

    fn near(got: Option<Tensor<Flex, 1>>, wanted: f64) {
        let got = f64::from(got.unwrap().into_scalar());
        assert!((got - wanted).abs() < 1e-5, "{got} is not {wanted}");
    }

    #[test]
    fn losses_of_two_scores_that_differ_by_one() {
        // -ln sigmoid(1) = 0.313262 and -ln sigmoid(-1) = 1.313262.
        let two = || scores(&[1.5, 0.5]);
        let at = |noise, p| comparison(target(noise, p), 0.0);
        near(compared(two(), &[at(LabelNoise::Believed, 1.0)], 0.0), 0.313_262);
        near(compared(two(), &[at(LabelNoise::Believed, 0.75)], 0.0), 0.75 * 0.313_262 + 0.25 * 1.313_262);
        near(compared(two(), &[at(LabelNoise::Smoothed(0.1), 1.0)], 0.0), 0.9 * 0.313_262 + 0.1 * 1.313_262);
        let corrected = (0.8 * 0.313_262 - 0.2 * 1.313_262) / 0.6;
        near(compared(two(), &[at(LabelNoise::Corrected(0.2), 1.0)], 0.0), corrected);
        near(compared(two(), &[comparison(1.0, 1.0)], 0.0), std::f64::consts::LN_2);
        near(compared(two(), &[comparison(1.0, 0.0)], 0.01), 0.313_262 + 0.01 * 4.0);
    }

    #[test]
    fn the_corrected_loss_is_clean_on_average() {
        // Labels are wrong at rate 0.3: 0.7 of the corrected loss on the right label and 0.3 of it on the wrong one.
        let loss = |p: f64, d: f64| (1.0 + d.exp()).ln() - target(LabelNoise::Corrected(0.3), p) * d;
        for d in [-2.0, 0.3, 4.0] {
            let mean = 0.7 * loss(1.0, d) + 0.3 * loss(0.0, d);
            assert!((mean - ((1.0 + f64::exp(d)).ln() - d)).abs() < 1e-12);
        }
    }

    #[test]
    fn points_near_and_far() {
        let point = |at, target| Point { at, target, share: 1.0 };
        near(pointed(scores(&[1.0, 2.0]), &[point(0, 1.0)]), 0.313_262);
        near(pointed(scores(&[1.0, 2.0]), &[point(1, 0.0)]), 2.126_928);
        near(pointed(scores(&[500.0, -500.0]), &[point(0, 0.0), point(1, 0.0)]), 500.0);
        assert!(pointed(scores(&[1.0]), &[]).is_none());
    }
}
