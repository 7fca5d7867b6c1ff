//! The aggregator: a learned verdict over a node's judgments, any number of them and in any order (deep sets, Zaheer et
//! al. 2017), over the candidates' own claims, or over both.
//!
//! A claim node comes out as three logits over `[holds, fails, open]`. At a choice each option gets a score, and the
//! options are chosen in proportion to its exponential (Bradley and Terry 1952).

mod learned;

use std::path::Path;

use burn::module::Module;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor};
use rayon::prelude::*;

use super::Reads;
use super::batch::{Bucketed, Pool, ROWS_SERVED, floats, members_by_bucket, places, smallest_that_holds};
use super::calibration::at_temperature;
use super::judgments::{CHILD, CHILDREN, JudgedNode, NODE_FACTS, NodeKind, NodeRow, WORDS, candidate_row, rows_of};
use super::learner::{Learning, frozen_from};
use super::loss::{FAR, cross_entropy, probabilities};
use super::text::{SHAPES, WORD_IDS};
use super::train::Network;
use crate::error::{Error, Result};
use crate::model::Device;
use crate::model::blocks::{Linear, Table};
use crate::model::optim::values;

use learned::only_read;

/// Outputs of a row: logits over `[holds, fails, open]`, and the score of an option.
const OUTPUTS: usize = 4;
/// Children that a sum over them is measured in.
const SUM_UNIT: f64 = 8.0;

/// Reads a set of judgments.
#[derive(Module, Debug)]
struct JudgmentEncoder<B: Backend> {
    first: Linear<B>,
    second: Linear<B>,
}

/// Reads the claims of a candidate.
#[derive(Module, Debug)]
struct CandidateEncoder<B: Backend> {
    words: Table<B>,
    shapes: Table<B>,
    convolution: Linear<B>,
}

/// The network. A part that it does not read is not there.
#[derive(Module, Debug)]
pub(crate) struct AggregatorNetwork<B: Backend> {
    judgments: Option<JudgmentEncoder<B>>,
    candidate: Option<CandidateEncoder<B>>,
    hidden: Linear<B>,
    output: Linear<B>,
}

/// Rows that are padded to the same sizes, as tensors.
struct NodeBatch<B: Backend> {
    /// `[rows, children, CHILD]`
    children: Tensor<B, 3>,
    children_pool: Pool<B>,
    /// `[rows, NODE_FACTS]`
    facts: Tensor<B, 2>,
    /// `[rows * words + 1]`, padding last.
    words: Tensor<B, 1, Int>,
    shapes: Tensor<B, 1, Int>,
    mask: Tensor<B, 2>,
    neighbours: Tensor<B, 1, Int>,
    words_pool: Pool<B>,
    rows: usize,
}

/// What rows are padded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeBucket {
    children: usize,
    words: usize,
}

impl Bucketed for NodeRow {
    type Bucket = NodeBucket;
    fn bucket(&self) -> NodeBucket {
        NodeBucket {
            children: smallest_that_holds(&CHILDREN, self.children.len()),
            words: smallest_that_holds(&WORDS, self.words.len()),
        }
    }
}

impl<B: Backend> NodeBatch<B> {
    fn of(rows: &[&NodeRow], bucket: NodeBucket, rows_count: usize, device: &B::Device) -> Self {
        let NodeBucket { children: longest, words: length } = bucket;
        let cells = rows_count * length;
        let mut children = vec![0f32; rows_count * longest * CHILD];
        let mut facts = vec![0f32; rows_count * NODE_FACTS];
        let mut words = vec![0i32; cells + 1];
        let mut shapes = vec![0i32; cells + 1];
        let mut mask = vec![0f32; cells + 1];
        for (at, row) in rows.iter().enumerate() {
            let flat = row.children.as_flattened();
            children[at * longest * CHILD..][..flat.len()].copy_from_slice(flat);
            facts[at * NODE_FACTS..][..NODE_FACTS].copy_from_slice(&row.facts);
            for (i, (word, shape)) in row.words.iter().enumerate() {
                words[at * length + i] = i32::from(*word);
                shapes[at * length + i] = i32::from(*shape);
                mask[at * length + i] = 1.0;
            }
        }
        let all = |count: fn(&NodeRow) -> usize| rows.iter().map(|row| 0..count(row)).collect::<Vec<_>>();
        Self {
            children: floats(children, [rows_count, longest, CHILD], device),
            children_pool: Pool::of(&all(|row| row.children.len()), longest, rows_count, device),
            facts: floats(facts, [rows_count, NODE_FACTS], device),
            words: places(words, device),
            shapes: places(shapes, device),
            mask: floats(mask, [cells + 1, 1], device),
            neighbours: places(super::batch::neighbours(cells, length), device),
            words_pool: Pool::of(&all(|row| row.words.len()), length, rows_count, device),
            rows: rows_count,
        }
    }
}

impl<B: Backend> AggregatorNetwork<B> {
    fn zeros(width: usize, reads: Reads, device: &B::Device) -> Self {
        let judgments = (reads != Reads::Candidate).then(|| JudgmentEncoder {
            first: Linear::zeros(CHILD, width, device),
            second: Linear::zeros(width, width, device),
        });
        let candidate = (reads != Reads::Judgments).then(|| CandidateEncoder {
            words: Table::zeros(WORD_IDS, width, device),
            shapes: Table::zeros(1 + SHAPES, width, device),
            convolution: Linear::zeros(3 * width, width, device),
        });
        let inputs = if judgments.is_some() { 4 * width + NODE_FACTS } else { 0 }
            + if candidate.is_some() { 2 * width } else { 0 };
        Self {
            judgments,
            candidate,
            hidden: Linear::zeros(inputs, width, device),
            output: Linear::zeros(width, OUTPUTS, device),
        }
    }

    /// `[rows, OUTPUTS]`
    fn forward(&self, batch: NodeBatch<B>) -> Tensor<B, 2> {
        let mut inputs = Vec::new();
        if let Some(judgments) = &self.judgments {
            inputs.push(judgments.forward(batch.children, batch.children_pool));
            inputs.push(batch.facts);
        }
        if let Some(candidate) = &self.candidate {
            let tokens = candidate.words.look_up(batch.words) + candidate.shapes.look_up(batch.shapes);
            let width = tokens.dims()[1];
            let cells = tokens.dims()[0] - 1;
            let windows = (tokens * batch.mask).select(0, batch.neighbours).reshape([cells, 3 * width]);
            let read = relu(candidate.convolution.forward(windows)).reshape([batch.rows, cells / batch.rows, width]);
            inputs.push(batch.words_pool.mean_and_max(read));
        }
        self.output.forward(relu(self.hidden.forward(Tensor::cat(inputs, 1))))
    }

    /// The outputs of all rows, padded alike, in their order.
    fn read(&self, rows: &[&NodeRow], device: &B::Device) -> Tensor<B, 2> {
        let longest = |count: fn(&NodeRow) -> usize| rows.iter().map(|row| count(row)).max().unwrap_or(0);
        let bucket = NodeBucket {
            children: smallest_that_holds(&CHILDREN, longest(|row| row.children.len())),
            words: smallest_that_holds(&WORDS, longest(|row| row.words.len())),
        };
        self.forward(NodeBatch::of(rows, bucket, rows.len(), device))
    }
}

impl<B: Backend> JudgmentEncoder<B> {
    /// Sum, mean, maximum and soft minimum over the children: `[rows, 4 width]`, zero where there are none.
    fn forward(&self, children: Tensor<B, 3>, pool: Pool<B>) -> Tensor<B, 2> {
        let each = relu(self.second.forward_sequence(relu(self.first.forward_sequence(children))));
        let members = pool.members.clone();
        let shares = pool.shares.clone();
        let sum = members.swap_dims(1, 2).matmul(each.clone()).squeeze_dim::<2>(1) / SUM_UNIT;
        // ln(mean(e^-x)) through mean(e^-x - 1) + 1, which is 1 for no child at all.
        let least = (shares.matmul(each.clone().neg().exp() - 1.0) + 1.0).log().neg().squeeze_dim::<2>(1);
        Tensor::cat(vec![sum, pool.mean_and_max(each), least], 1)
    }
}

/// An example as rows.
pub struct PreparedNode {
    rows: Vec<NodeRow>,
    kind: NodeKind,
    label: Vec<f32>,
}

impl<B: Backend> Network<B> for AggregatorNetwork<B> {
    type Prepared = PreparedNode;

    fn rows(example: &PreparedNode) -> usize {
        example.rows.len()
    }

    fn label(example: &PreparedNode) -> &[f32] {
        &example.label
    }

    fn tells(_example: &PreparedNode) -> bool {
        true
    }

    fn loss(&self, examples: &[&PreparedNode], device: &B::Device) -> Tensor<B, 1> {
        let rows: Vec<&NodeRow> = examples.iter().flat_map(|example| &example.rows).collect();
        let outputs = self.read(&rows, device);
        let mut loss = Tensor::zeros([1], device);
        let (claims, choices) = first_rows(examples);
        if !claims.is_empty() {
            let at = claims.iter().map(|(first, _)| *first as i32).collect();
            let labels = claims.iter().flat_map(|(_, example)| example.label.clone()).collect();
            let logits = outputs.clone().select(0, places(at, device)).narrow(1, 0, 3);
            let labels = floats(labels, [claims.len(), 3], device);
            loss = loss + (log_softmax(logits, 1) * labels).sum().neg();
        }
        if !choices.is_empty() {
            loss = loss + choice_loss(outputs, &choices, device);
        }
        loss
    }

    fn judged(&self, examples: &[&PreparedNode], device: &B::Device) -> Vec<Vec<f64>> {
        let rows: Vec<&NodeRow> = examples.iter().flat_map(|example| &example.rows).collect();
        let outputs = values(self.read(&rows, device));
        let mut outputs = outputs.as_chunks::<OUTPUTS>().0.iter();
        examples.iter().map(|example| distribution(example.kind, outputs.by_ref().take(example.rows.len()))).collect()
    }
}

/// An example beside the place of its first row.
type Placed<'a> = (usize, &'a PreparedNode);

/// The claims and the choices among some examples, whose rows follow one another.
fn first_rows<'a>(examples: &[&'a PreparedNode]) -> (Vec<Placed<'a>>, Vec<Placed<'a>>) {
    let starts = examples.iter().scan(0, |next, example| {
        let first = *next;
        *next += example.rows.len();
        Some((first, *example))
    });
    starts.partition(|(_, example)| matches!(example.kind, NodeKind::Claim(_)))
}

fn choice_loss<B: Backend>(outputs: Tensor<B, 2>, choices: &[Placed], device: &B::Device) -> Tensor<B, 1> {
    let options = choices.iter().map(|(_, example)| example.rows.len()).max().unwrap_or(0);
    let mut at = vec![0; choices.len() * options];
    let mut absent = vec![-FAR; choices.len() * options];
    let mut labels = vec![0f32; choices.len() * options];
    for (row, (first, example)) in choices.iter().enumerate() {
        for option in 0..example.rows.len() {
            at[row * options + option] = (first + option) as i32;
            absent[row * options + option] = 0.0;
            labels[row * options + option] = example.label[option];
        }
    }
    let dims = [choices.len(), options];
    let scores = outputs.narrow(1, 3, 1).select(0, places(at, device)).reshape(dims);
    cross_entropy(scores + floats(absent, dims, device), floats(labels, dims, device))
}

/// The distribution that the outputs of a node's rows make.
fn distribution<'a>(kind: NodeKind, outputs: impl Iterator<Item = &'a [f32; OUTPUTS]>) -> Vec<f64> {
    let logits: Vec<f64> = match kind {
        NodeKind::Claim(_) => outputs.take(1).flat_map(|output| output[..3].iter().map(|x| f64::from(*x))).collect(),
        NodeKind::Which(_) => outputs.map(|output| f64::from(output[3])).collect(),
    };
    probabilities(&logits)
}

/// A frozen aggregator.
pub struct Aggregator {
    serving: Box<dyn Serving>,
    reads: Reads,
    temperature: f64,
}

/// What a learner of aggregators is called.
pub type AggregatorLearner = Learning<Aggregator>;

/// A network behind its backend.
trait Serving: Send + Sync {
    /// The outputs of each row, in the order given, equal for any neighbours.
    fn outputs(&self, rows: &[&NodeRow]) -> Vec<[f32; OUTPUTS]>;
}

struct Served<B: Backend> {
    network: AggregatorNetwork<B>,
    device: B::Device,
}

impl<B: Backend> Serving for Served<B> {
    fn outputs(&self, rows: &[&NodeRow]) -> Vec<[f32; OUTPUTS]> {
        let mut outputs = vec![[0.0; OUTPUTS]; rows.len()];
        for (bucket, members) in members_by_bucket(rows) {
            for part in members.chunks(ROWS_SERVED) {
                let chosen: Vec<&NodeRow> = part.iter().map(|at| rows[*at]).collect();
                let batch = NodeBatch::of(&chosen, bucket, ROWS_SERVED, &self.device);
                let values = values(self.network.forward(batch));
                for (at, output) in part.iter().zip(values.as_chunks::<OUTPUTS>().0) {
                    outputs[*at] = *output;
                }
            }
        }
        outputs
    }
}

impl Aggregator {
    /// A frozen aggregator from the folder that its learner was saved in.
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        frozen_from(folder, device)
    }

    /// What it reads.
    pub fn reads(&self) -> Reads {
        self.reads
    }

    /// The distribution given to each node, over its options or over `[holds, fails, open]`, at the fitted
    /// temperature. It depends on its node alone, bit for bit. Call it outside of rayon.
    pub fn judge(&self, nodes: &[JudgedNode]) -> Vec<Vec<f32>> {
        let prepared: Vec<Vec<NodeRow>> = nodes.par_iter().map(|node| only_read(rows_of(node), self.reads)).collect();
        let rows: Vec<&NodeRow> = prepared.iter().flatten().collect();
        let outputs = self.serving.outputs(&rows);
        let mut outputs = outputs.iter();
        let judged = prepared.iter().zip(nodes).map(|(rows, node)| {
            let judged = distribution(node.kind, outputs.by_ref().take(rows.len()));
            at_temperature(&judged, self.temperature).iter().map(|p| *p as f32).collect()
        });
        judged.collect()
    }

    /// The score of each candidate from its claims alone; differences of scores are log-odds of being chosen.
    pub fn score_candidates(&self, candidates: &[Vec<String>]) -> Result<Vec<f32>> {
        if self.reads != Reads::Candidate {
            let found = format!("{:?}", self.reads).to_lowercase();
            return Err(Error::Usage(format!(
                "this aggregator reads `{found}` and cannot score candidates alone: train one with `reads = \"candidate\"`"
            )));
        }
        let rows: Vec<NodeRow> = candidates.par_iter().map(|claims| candidate_row(claims)).collect();
        let outputs = self.serving.outputs(&rows.iter().collect::<Vec<_>>());
        Ok(outputs.iter().map(|output| output[3]).collect())
    }
}
