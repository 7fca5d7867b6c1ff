//! A tiny trained helper, and a throwaway learner: it counts how often claims with a word in them hold.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal::error::{Error, Result};
use tribunal::helper::trained::TrainedHelper;
use tribunal::helper::{Capabilities, Helper, Manner, Sink};
use tribunal::judgment::{Answer, Ask, Kind, Reply, Wanted};
use tribunal::levels::{LEVELS, Labels, Setting, fold};
use tribunal::model::Device;
use tribunal::outcome::Outcome;
use tribunal::reward::{
    Aggregator, AggregatorLearner, Config, Learner, Reader, ReaderLearner, Tell, TrainReport, TrainStep,
};
use tribunal::strategy::rrm;
use tribunal::stream::Stream;
use tribunal::task::{Instance, Question, Task};

/// A reward model that is trained in a moment.
pub fn tiny() -> Config {
    Config { width: 8, steps_max: 12, batch: 8, steps_between_validations: 6, ..Config::default() }
}

/// What the levels of a recursion are grown with, small.
pub fn setting<'a>(task: &'a dyn Task, evaluator: Arc<dyn Helper>, assistant: Option<Arc<dyn Helper>>) -> Setting<'a> {
    let shape = rrm::Config { fan_out: 3, reads_tokens: 240, ..rrm::Config::default() };
    let label_tokens_max = [None, Some(120), Some(240)];
    Setting { task, shape, evaluator, assistant, stream: Stream::root(7).named("asks"), label_tokens_max }
}

/// Trains all levels in turn, each saved into a folder of its own under `folder`, lowest first.
pub fn train_levels(task: &dyn Task, evaluator: &Arc<dyn Helper>, instances: &[Arc<Instance>], folder: &Path) {
    let mut below = TrainedHelper::default();
    for level in 0..LEVELS {
        let assistant = (level > 0).then(|| Arc::new(below.clone()) as Arc<dyn Helper>);
        let setting = setting(task, evaluator.clone(), assistant);
        let labelled = setting.label(level, Labels::Assisted, &fold(instances, level));
        let stream = Stream::root(7).named("fit").index(u64::from(level));
        let place = folder.join(level.to_string());
        if level == 0 {
            let mut learner = ReaderLearner::new(tiny(), stream, Device::Cpu).unwrap();
            learner.absorb(labelled.readings);
            learner.train(&mut |_| {}).unwrap();
            learner.save(&place).unwrap();
            below.reader = Some(Arc::new(Reader::load(&place, Device::Cpu).unwrap()));
            continue;
        }
        let mut learner = AggregatorLearner::new(tiny(), stream, Device::Cpu).unwrap();
        learner.absorb(labelled.nodes);
        learner.train(&mut |_| {}).unwrap();
        learner.save(&place).unwrap();
        let model = Some(Arc::new(Aggregator::load(&place, Device::Cpu).unwrap()));
        if level == 1 { below.claim = model } else { below.which = model }
    }
}

/// Counts, for every word of a claim, how often claims with it were judged to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WordCounts {
    examples: Vec<(String, f32)>,
    counts: BTreeMap<String, (f64, f64)>,
    steps: usize,
}

impl Learner for WordCounts {
    type Example = (String, f32);
    type Snapshot = WordRates;

    fn absorb(&mut self, examples: Vec<Self::Example>) {
        self.examples.extend(examples);
    }

    fn train(&mut self, progress: &mut Tell<'_>) -> Result<TrainReport> {
        for (claim, holds) in &self.examples[self.steps..] {
            for word in claim.split(' ') {
                let count = self.counts.entry(word.to_owned()).or_default();
                count.0 += f64::from(*holds);
                count.1 += 1.0;
            }
        }
        self.steps = self.examples.len();
        let (steps, steps_max) = (self.steps, self.steps);
        progress(TrainStep { step: steps, steps_max, loss: 0.0, norm: 0.0, validation: None });
        Ok(TrainReport {
            steps,
            step_best: steps,
            loss: 0.0,
            train_examples: steps,
            validation_examples: 0,
            temperature: 1.0,
            calibration_error: 0.0,
            finished: true,
        })
    }

    fn snapshot(&self) -> WordRates {
        WordRates(self.counts.clone())
    }

    fn save(&self, folder: &Path) -> Result<()> {
        let json = serde_json::to_string(self).expect("counts have a written form");
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(folder.join("counts.json"), json))
            .map_err(|cause| Error::file("write", folder, cause))
    }

    fn load(folder: &Path, _: Device) -> Result<Self> {
        let path = folder.join("counts.json");
        let json = std::fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
        let counts: Self = serde_json::from_str(&json).map_err(|cause| Error::file("understand", &path, cause))?;
        // As with every learner, the examples are absorbed again by whoever goes on training.
        Ok(Self { examples: Vec::new(), steps: 0, ..counts })
    }
}

/// The frozen counts: a helper that judges a claim by its words and reads nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct WordRates(BTreeMap<String, (f64, f64)>);

impl Helper for WordRates {
    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![Kind::Predicate], manner: Manner::Batched { batch_max: 16 } }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        for ask in asks {
            let _ = sink.send((ask.ticket, self.reply(ask)));
        }
    }
}

impl WordRates {
    fn reply(&self, ask: &Ask) -> Outcome<Reply> {
        let (Question::Claim { candidate, claim }, Wanted::Predicate) = (&ask.subtask.question, ask.wanted) else {
            return Outcome::Refused("only whether a claim holds can be told from its words".into());
        };
        let claim = &ask.instance.candidates[usize::from(*candidate)].claims[usize::from(*claim)];
        let rates: Vec<f64> =
            claim.split(' ').filter_map(|word| self.0.get(word)).map(|(held, seen)| held / seen).collect();
        let p = if rates.is_empty() { 0.5 } else { (rates.iter().sum::<f64>() / rates.len() as f64) as f32 };
        let answer = Answer::Distribution(vec![p, 1.0 - p, 0.0]);
        Outcome::Scored(Reply { answer, quotes: Vec::new(), by_text: None, model_calls: 1, micro_dollars: 0 })
    }
}
