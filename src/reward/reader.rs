//! The reader: a claim against the sentences of a view.
//!
//! Each sentence is read with its context against the claim: both sides through a convolution over three tokens, the
//! claim's tokens aligned softly with the text's and compared (a small form of decomposable attention, Parikh et al.
//! 2016), then pooled. Out come what the sentence says of the claim and whether it bears on it.

use std::path::Path;

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, relu, softmax};
use burn::tensor::backend::Backend;
use rayon::prelude::*;

use super::Config;
use super::batch::{Batch, ROWS_SERVED, Side, floats, members_by_bucket, places};
use super::calibration::Calibration;
use super::features::{FACTS, MARK_IDS, ReaderExample, Row, ViewText, rows_of};
use super::lately::Lately;
use super::learner::{Learning, Model, frozen_from};
use super::loss::{logistic, pooled, pooled_probabilities, probabilities};
use super::text::{NAME_IDS, WORD_IDS};
use super::train::{AnyFit, Fit, Network};
use crate::error::Result;
use crate::model::Device;
use crate::model::blocks::{Linear, Table};
use crate::model::checkpoint::{Weights, with_weights};
use crate::model::device::{OnBackend, dispatch};
use crate::model::fused::Trained;
use crate::model::init::initialised;
use crate::model::optim::values;
use crate::stream::Stream;

/// Outputs of a row: what it says, three logits over `[supports, refutes, open]`, and the logit that it bears.
const OUTPUTS: usize = 4;
/// Weight of finding what bears, a sentence.
const BEARS_WEIGHT: f64 = 0.25;
/// Weight of calling a sentence open that was not quoted.
const UNQUOTED_WEIGHT: f32 = 0.1;

/// The network.
#[derive(Module, Debug)]
pub(crate) struct ReaderNetwork<B: Backend> {
    words: Table<B>,
    marks: Table<B>,
    last_names: Table<B>,
    other_names: Table<B>,
    convolution: Linear<B>,
    key: Linear<B>,
    compare: Linear<B>,
    hidden: Linear<B>,
    output: Linear<B>,
}

impl<B: Backend> ReaderNetwork<B> {
    fn zeros(width: usize, device: &B::Device) -> Self {
        Self {
            words: Table::zeros(WORD_IDS, width, device),
            marks: Table::zeros(MARK_IDS, width, device),
            last_names: Table::zeros(NAME_IDS, width, device),
            other_names: Table::zeros(NAME_IDS, width, device),
            convolution: Linear::zeros(3 * width, width, device),
            key: Linear::zeros(width, width, device),
            compare: Linear::zeros(3 * width, width, device),
            hidden: Linear::zeros(4 * width + FACTS, 2 * width, device),
            output: Linear::zeros(2 * width, OUTPUTS, device),
        }
    }

    /// `[rows, OUTPUTS]`
    fn forward(&self, batch: Batch<B>) -> Tensor<B, 2> {
        let claim = self.encode(batch.claim);
        let text = self.encode(batch.text);
        let width = claim.dims()[2] as f64;
        // The projection is on the text's side, so that its transpose has one consumer. [rows, claim, text]
        let keys = self.key.forward_sequence(text.clone()).swap_dims(1, 2);
        let scores = claim.clone().matmul(keys) / width.sqrt() + batch.prior;
        let aligned = softmax(scores, 2).matmul(text.clone());
        let products = claim.clone() * aligned.clone();
        let compared = relu(self.compare.forward_parts(vec![claim, aligned, products]));
        let pools = vec![batch.whole_claim.mean_and_max(compared), batch.sentence.mean_and_max(text), batch.facts];
        self.output.forward(relu(self.hidden.forward(Tensor::cat(pools, 1))))
    }

    /// Each token with its neighbours: `[rows, length, width]`, never negative.
    fn encode(&self, side: Side<B>) -> Tensor<B, 3> {
        let tokens = self.words.look_up(side.words)
            + self.marks.look_up(side.marks)
            + self.last_names.look_up(side.last_names)
            + self.other_names.look_up(side.other_names);
        let width = tokens.dims()[1];
        let [rows, length] = side.dims;
        let windows = (tokens * side.mask).select(0, side.neighbours).reshape([rows * length, 3 * width]);
        relu(self.convolution.forward(windows)).reshape([rows, length, width])
    }

    /// The outputs of all rows, bucket by bucket, and the place of each row among them.
    fn read(&self, rows: &[&Row], device: &B::Device) -> (Tensor<B, 2>, Vec<i32>) {
        let mut at_row = vec![0; rows.len()];
        let mut outputs = Vec::new();
        let mut done = 0;
        for (bucket, members) in members_by_bucket(rows) {
            let chosen: Vec<&Row> = members.iter().map(|at| rows[*at]).collect();
            outputs.push(self.forward(Batch::of(&chosen, bucket, chosen.len(), device)));
            for (place, at) in members.iter().enumerate() {
                at_row[*at] = (done + place) as i32;
            }
            done += members.len();
        }
        (Tensor::cat(outputs, 0), at_row)
    }
}

/// An example as rows.
pub struct PreparedView {
    rows: Vec<Row>,
    label: [f32; 3],
    quoted: Vec<bool>,
}

impl<B: Backend> Network<B> for ReaderNetwork<B> {
    type Prepared = PreparedView;

    fn rows(example: &PreparedView) -> usize {
        example.rows.len()
    }

    fn label(example: &PreparedView) -> &[f32] {
        &example.label
    }

    fn tells(example: &PreparedView) -> bool {
        example.quoted.contains(&true) || example.label[2] < example.label[0].max(example.label[1])
    }

    fn loss(&self, examples: &[&PreparedView], device: &B::Device) -> Tensor<B, 1> {
        let rows: Vec<&Row> = examples.iter().flat_map(|example| &example.rows).collect();
        let (outputs, at_row) = self.read(&rows, device);
        let outputs = outputs.select(0, places(at_row, device));

        let mut says = Vec::with_capacity(3 * rows.len());
        let mut bears = Vec::with_capacity(rows.len());
        for example in examples {
            for quoted in &example.quoted {
                bears.push(f32::from(u8::from(*quoted)));
                says.extend(if *quoted { example.label } else { [0.0, 0.0, UNQUOTED_WEIGHT] });
            }
        }
        let says = floats(says, [rows.len(), 3], device);
        let bears = floats(bears, [rows.len(), 1], device);
        let said = (log_softmax(outputs.clone().narrow(1, 0, 3), 1) * says).sum().neg();
        let found = logistic(outputs.clone().narrow(1, 3, 1), bears).sum() * BEARS_WEIGHT;

        let labels: Vec<f32> = examples.iter().flat_map(|example| example.label).collect();
        let labels = floats(labels, [examples.len(), 3], device);
        let judged = (by_view(outputs, examples, device) * labels).sum().neg();
        judged + said + found
    }

    fn judged(&self, examples: &[&PreparedView], device: &B::Device) -> Vec<Vec<f64>> {
        let rows: Vec<&Row> = examples.iter().flat_map(|example| &example.rows).collect();
        let (outputs, at_row) = self.read(&rows, device);
        let outputs = as_rows(values(outputs));
        let mut outputs = at_row.iter().map(|at| outputs[*at as usize]);
        examples
            .iter()
            .map(|example| {
                let own: Vec<[f32; OUTPUTS]> = outputs.by_ref().take(example.rows.len()).collect();
                pooled_probabilities(&own).to_vec()
            })
            .collect()
    }
}

/// Log probabilities of each view, from the outputs of its rows, which follow one another: `[views, 3]`.
fn by_view<B: Backend>(outputs: Tensor<B, 2>, examples: &[&PreparedView], device: &B::Device) -> Tensor<B, 2> {
    let longest = examples.iter().map(|example| example.rows.len()).max().unwrap_or(0);
    let views = examples.len();
    let mut index = vec![0; views * longest];
    let mut mask = vec![0f32; views * longest];
    let mut first = 0;
    for (view, example) in examples.iter().enumerate() {
        for at in 0..example.rows.len() {
            index[view * longest + at] = (first + at) as i32;
            mask[view * longest + at] = 1.0;
        }
        first += example.rows.len();
    }
    let of_views = outputs.select(0, places(index, device)).reshape([views, longest, OUTPUTS]);
    let bears = of_views.clone().narrow(2, 3, 1).squeeze_dim::<2>(2);
    pooled(of_views.narrow(2, 0, 3), bears, floats(mask, [views, longest], device))
}

fn as_rows(values: Vec<f32>) -> Vec<[f32; OUTPUTS]> {
    values.as_chunks::<OUTPUTS>().0.to_vec()
}

/// What one sentence is found to be to a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SentenceScore {
    /// What it says alone, over `[holds, fails, open]`; sums to 1.
    pub says: [f32; 3],
    /// How much it bears on the claim, in `[0, 1]`.
    pub bears: f32,
}

/// What a view is found to say of a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewScore {
    /// Over `[holds, fails, open]`, at the fitted temperature; sums to 1. Open where there is no sentence.
    pub distribution: [f32; 3],
    /// Each sentence's part, in the order of the view.
    pub sentences: Vec<SentenceScore>,
}

/// A frozen reader.
pub struct Reader {
    serving: Box<dyn Serving>,
    calibration: Calibration,
    lately: Lately,
}

/// What a learner of readers is called.
pub type ReaderLearner = Learning<Reader>;

/// A network behind its backend.
trait Serving: Send + Sync {
    /// The outputs of each row, in the order given, equal for any neighbours.
    fn outputs(&self, rows: &[&Row]) -> Vec<[f32; OUTPUTS]>;
}

struct Served<B: Backend> {
    network: ReaderNetwork<B>,
    device: B::Device,
}

impl<B: Backend> Serving for Served<B> {
    fn outputs(&self, rows: &[&Row]) -> Vec<[f32; OUTPUTS]> {
        let mut outputs = vec![[0.0; OUTPUTS]; rows.len()];
        for (bucket, members) in members_by_bucket(rows) {
            for part in members.chunks(ROWS_SERVED) {
                let chosen: Vec<&Row> = part.iter().map(|at| rows[*at]).collect();
                let batch = Batch::of(&chosen, bucket, ROWS_SERVED, &self.device);
                for (at, output) in part.iter().zip(as_rows(values(self.network.forward(batch)))) {
                    outputs[*at] = output;
                }
            }
        }
        outputs
    }
}

impl Reader {
    /// A frozen reader from the folder that its learner was saved in.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        frozen_from(folder, device)
    }

    /// What each view says of its claim. A score depends on its view alone, bit for bit, so what was read lately is not read
    /// again. Call it outside of rayon.
    pub fn score(&self, views: &[ViewText]) -> Vec<ViewScore> {
        self.lately.answered(views, |views| {
            let prepared: Vec<Vec<Row>> = views.par_iter().map(|view| rows_of(view)).collect();
            let rows: Vec<&Row> = prepared.iter().flatten().collect();
            let mut outputs = self.serving.outputs(&rows).into_iter();
            prepared.iter().map(|rows| self.view_score(outputs.by_ref().take(rows.len()).collect())).collect()
        })
    }

    fn view_score(&self, outputs: Vec<[f32; OUTPUTS]>) -> ViewScore {
        let distribution = self.calibration.of_claim(&pooled_probabilities(&outputs));
        let rarer = self.calibration.open_odds.ln();
        let sentence = |output: &[f32; OUTPUTS]| {
            let says = probabilities(&[output[0], output[1], output[2]].map(f64::from));
            SentenceScore {
                says: [says[0] as f32, says[1] as f32, says[2] as f32],
                bears: (1.0 / (1.0 + (rarer - f64::from(output[3])).exp())) as f32,
            }
        };
        ViewScore {
            distribution: [distribution[0] as f32, distribution[1] as f32, distribution[2] as f32],
            sentences: outputs.iter().map(sentence).collect(),
        }
    }
}

impl Model for Reader {
    const NAME: &'static str = "reader";
    type Example = ReaderExample;
    type Prepared = PreparedView;

    fn cluster(example: &ReaderExample) -> &str {
        &example.cluster
    }

    fn prepare(examples: &[&ReaderExample], _config: &Config) -> Vec<PreparedView> {
        let with_text = examples.par_iter().filter(|example| !example.view.sentences.is_empty());
        with_text
            .map(|example| {
                let rows = rows_of(&example.view);
                let quoted = (0..rows.len()).map(|at| example.quoted.get(at).copied().unwrap_or(false)).collect();
                PreparedView { rows, label: example.label, quoted }
            })
            .collect()
    }

    fn fit(config: &Config, stream: &Stream, device: Device) -> Result<Box<dyn AnyFit<PreparedView>>> {
        struct Build<'a>(&'a Config, &'a Stream);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn AnyFit<PreparedView>>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let network = ReaderNetwork::<B>::zeros(self.0.width, &device);
                let network = initialised(network, &self.1.named("weights"));
                Ok(Box::new(Fit::<B, _>::new(network, self.0, self.1, device)))
            }
        }
        dispatch(device, Build(config, stream))
    }

    fn frozen(config: &Config, weights: &Weights, calibration: Calibration, device: Device) -> Result<Self> {
        struct Build<'a>(usize, &'a Weights);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn Serving>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let network = ReaderNetwork::<B::InnerBackend>::zeros(self.0, &device);
                Ok(Box::new(Served::<B::InnerBackend> { network: with_weights(network, self.1)?, device }))
            }
        }
        Ok(Self { serving: dispatch(device, Build(config.width, weights))?, calibration, lately: Lately::default() })
    }
}

#[cfg(test)]
mod tests;
