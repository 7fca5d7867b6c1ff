//! How an aggregator is prepared for, fitted, and frozen.

use crate::model::fused::Trained;
use rayon::prelude::*;

use super::super::judgments::rows_of;
use super::super::train::{AnyFit, Fit};
use super::{Aggregator, AggregatorNetwork, NodeRow, PreparedNode, Served, Serving};
use crate::error::Result;
use crate::model::Device;
use crate::model::checkpoint::{Weights, with_weights};
use crate::model::device::{OnBackend, dispatch};
use crate::model::init::initialised;
use crate::reward::calibration::Calibration;
use crate::reward::judgments::TreeExample;
use crate::reward::learner::Model;
use crate::reward::{Config, Reads};
use crate::stream::Stream;

/// The rows without what is not read, so that it cannot even choose a bucket.
pub(super) fn only_read(mut rows: Vec<NodeRow>, reads: Reads) -> Vec<NodeRow> {
    for row in &mut rows {
        match reads {
            Reads::Candidate => (row.children, row.facts) = Default::default(),
            Reads::Judgments => row.words.clear(),
            Reads::Both => {}
        }
    }
    rows
}

impl Model for Aggregator {
    const NAME: &'static str = "aggregator";
    type Example = TreeExample;
    type Prepared = PreparedNode;

    fn cluster(example: &TreeExample) -> &str {
        &example.cluster
    }

    fn prepare(examples: &[&TreeExample], config: &Config) -> Vec<PreparedNode> {
        let readable =
            examples.par_iter().filter(|example| config.reads != Reads::Judgments || !example.node.children.is_empty());
        readable
            .map(|example| PreparedNode {
                rows: only_read(rows_of(&example.node), config.reads),
                kind: example.node.kind,
                label: example.label.clone(),
            })
            .collect()
    }

    fn fit(config: &Config, stream: &Stream, device: Device) -> Result<Box<dyn AnyFit<PreparedNode>>> {
        struct Build<'a>(&'a Config, &'a Stream);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn AnyFit<PreparedNode>>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let network = AggregatorNetwork::<B>::zeros(self.0.width, self.0.reads, &device);
                let network = initialised(network, &self.1.named("weights"));
                Ok(Box::new(Fit::<B, _>::new(network, self.0, self.1, device)))
            }
        }
        dispatch(device, Build(config, stream))
    }

    fn frozen(config: &Config, weights: &Weights, calibration: Calibration, device: Device) -> Result<Self> {
        struct Build<'a>(&'a Config, &'a Weights);
        impl OnBackend for Build<'_> {
            type Out = Box<dyn Serving>;
            fn on<B: Trained>(self, device: B::Device) -> Result<Self::Out> {
                let network = AggregatorNetwork::<B::InnerBackend>::zeros(self.0.width, self.0.reads, &device);
                Ok(Box::new(Served::<B::InnerBackend> { network: with_weights(network, self.1)?, device }))
            }
        }
        Ok(Self {
            serving: dispatch(device, Build(config, weights))?,
            reads: config.reads,
            temperature: calibration.temperature,
        })
    }
}
