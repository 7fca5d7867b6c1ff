//! The engine's speed: asks per second with simulated helpers, records to nowhere and to disk, and memory per node.
//!
//! `cargo bench --bench engine`. An ask is one exchange of one node, counted from the trees that come out (`items/s`).
//! Of the 73 asks of a tree 64 read one passage of the stated length, 8 read eight judgments with their quotes, and
//! one reads what 512 tokens allow. All processors take part. Making the instances is not counted, growing the
//! trees, handing them over and dropping them is.

use std::sync::Arc;

use divan::Bencher;
use divan::counter::ItemsCount;
use tribunal::budget::Limits;
use tribunal::engine::{Cast, Engine};
use tribunal::error::Result;
use tribunal::helper::simulated::{self, Simulated, Trust};
use tribunal::judgment::Role;
use tribunal::material::{Level, Material, Span};
use tribunal::record::file::RowsFile;
use tribunal::record::grown::{Stamp, tree_row};
use tribunal::record::rows::ClusterScope;
use tribunal::strategy::{Config, Strategy, rrm};
use tribunal::stream::Stream;
use tribunal::task::books::{self, Books};
use tribunal::task::{
    Candidate, ClaimTruth, Drawn, Evidence, Instance, Question, Reading, Says, Split, SplitRule, Subtask, Task, Truth,
    Truths,
};
use tribunal::tree::Tree;

/// Trees of one measured growth.
const TREES: usize = 1000;
/// Candidates times claims: the claim nodes of a tree.
const CLAIMS: usize = 4;
/// Passages read for each claim.
const FAN_OUT: usize = 8;
/// Tokens of a sentence of the bench's texts.
const SENTENCE_TOKENS: usize = 16;

fn main() {
    print_memory();
    divan::main();
}

/// Trees recorded nowhere.
#[divan::bench(args = [64, 512], sample_count = 9, sample_size = 1)]
fn null_sink(bencher: Bencher, view_tokens: usize) {
    let world = World::new(view_tokens, TREES);
    bencher.counter(ItemsCount::new(world.asks())).bench_local(|| world.grow(drop));
}

/// Trees written as rows to a file.
#[divan::bench(args = [64, 512], sample_count = 9, sample_size = 1)]
fn disk(bencher: Bencher, view_tokens: usize) {
    let world = World::new(view_tokens, TREES);
    let folder = tempfile::tempdir().expect("a bench needs a folder to write to");
    bencher.counter(ItemsCount::new(world.asks())).bench_local(|| {
        let mut rows = RowsFile::create(&folder.path().join("trees.jsonl")).expect("a new file");
        world.grow(|tree| rows.push(&tree_row(&stamp(), &tree, Some(0))).expect("a row is written"));
        rows.finish().expect("the rows are flushed");
    });
}

/// The real task, its searches included: a tree of generated books of 20,000 tokens.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn books_to_null_sink(bencher: Bencher) {
    let task = Books::new(books::Config::default()).expect("the defaults are within their ranges");
    let drawn = task.draw(Split::Test, 64, 7).expect("generated books cannot be missing");
    let world = World { task: Box::new(task), drawn };
    bencher.counter(ItemsCount::new(world.asks())).bench_local(|| world.grow(drop));
}

/// What is grown: a task with its instances.
struct World {
    task: Box<dyn Task>,
    drawn: Drawn,
}

impl World {
    fn new(view_tokens: usize, trees: usize) -> Self {
        let task = Pages { sentences: view_tokens / SENTENCE_TOKENS };
        let drawn = task.draw(Split::Test, trees, 7).expect("pages are made, not read");
        Self { task: Box::new(task), drawn }
    }

    fn grow(&self, done: impl FnMut(Tree)) {
        let strategy = strategy();
        let reader = Simulated::new(
            simulated::Config::default(),
            self.drawn.truths.clone(),
            Trust::equal(1.0),
            Stream::root(7).named("fixed"),
        );
        let reader = Arc::new(reader);
        let cast = Cast::default().with(Role::Evaluator, reader.clone()).with(Role::Assistant, reader);
        let engine = Engine {
            task: &*self.task,
            strategy: &*strategy,
            cast: &cast,
            limits: Limits { evaluator_tokens_max: Some(512) },
            stream: Stream::root(7).named("asks"),
            trees_max: 256,
        };
        engine.grow(&self.drawn.instances, done);
    }

    fn asks(&self) -> u64 {
        let mut asks = 0;
        self.grow(|tree| asks += tree.cost().asks);
        asks
    }
}

fn strategy() -> Box<dyn Strategy> {
    Config::Rrm(rrm::Config { depth: 2, fan_out: FAN_OUT, top: rrm::Top::Rule, ..Default::default() }).build()
}

fn stamp() -> Stamp {
    Stamp {
        cell: "bench".into(),
        arm: "rrm".into(),
        seed: 7,
        split: Split::Test,
        swept: Default::default(),
        cluster_scope: ClusterScope::Seed,
        labels: Default::default(),
        helpers: [(Role::Evaluator, "person".to_owned()), (Role::Assistant, "assistant".to_owned())].into(),
    }
}

/// Prints what a grown node holds in memory, exchanges and verdict included, by the growth of the resident set.
fn print_memory() {
    let world = World::new(64, 4 * TREES);
    let mut trees: Vec<Tree> = Vec::with_capacity(4 * TREES);
    let before = resident_bytes();
    world.grow(|tree| trees.push(tree));
    let nodes: usize = trees.iter().map(Tree::len).sum();
    match (before, resident_bytes()) {
        (Some(before), Some(after)) => {
            println!("memory: {} bytes a tree node ({nodes} nodes held)", after.saturating_sub(before) / nodes);
        }
        _ => println!("memory: this system does not tell how much is resident"),
    }
}

/// The process's resident memory, where the system tells it (Linux).
fn resident_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// A task that costs next to nothing itself: pages of equal length, of which a claim names the one that shows it.
struct Pages {
    sentences: usize,
}

/// Pages of a text.
const PAGES: usize = 64;

impl Task for Pages {
    fn draw(&self, _: Split, count: usize, seed: u64) -> Result<Drawn> {
        let stream = Stream::root(seed).named("pages");
        let made = (0..count).map(|i| self.instance(i, &stream.index(i as u64)));
        let (instances, truths): (Vec<_>, Vec<_>) = made.unzip();
        Ok(Drawn { instances, truths: Truths::new(truths) })
    }

    fn split(&self, instance: &Instance, subtask: &Subtask, rule: &SplitRule) -> Vec<Subtask> {
        match (rule, &subtask.question) {
            (SplitRule::ByClaim, _) => (0..2 * CLAIMS as u16)
                .map(|i| Subtask {
                    question: Question::Claim { candidate: i / CLAIMS as u16, claim: i % CLAIMS as u16 },
                    spans: subtask.spans.clone(),
                })
                .collect(),
            (SplitRule::BySearch { fan_out, .. }, Question::Claim { candidate, claim }) => {
                let claim = &instance.candidates[usize::from(*candidate)].claims[usize::from(*claim)];
                let named = claim.split(' ').nth(1).and_then(|page| page.parse::<usize>().ok()).unwrap_or(0);
                let pages = &instance.material.levels()[1].units;
                let page = |i: usize| pages[(named + i) % PAGES];
                let question = &subtask.question;
                (0..*fan_out).map(|i| Subtask { question: question.clone(), spans: vec![page(i)] }).collect()
            }
            _ => Vec::new(),
        }
    }

    fn reading(&self, instance: &Instance, subtask: &Subtask, _: Reading) -> Vec<Span> {
        let pages = &instance.material.levels()[1];
        subtask.spans.iter().flat_map(|span| instance.material.within(pages, *span)).copied().collect()
    }

    fn shown(&self, instance: &Instance, subtask: &Subtask) -> String {
        match subtask.question {
            Question::Claim { candidate, claim } => {
                instance.candidates[usize::from(candidate)].claims[usize::from(claim)].clone()
            }
            _ => instance.candidates.iter().flat_map(|c| &c.claims).map(String::as_str).collect::<Vec<_>>().join(" "),
        }
    }
}

impl Pages {
    fn instance(&self, index: usize, stream: &Stream) -> (Arc<Instance>, (String, Truth)) {
        let mut text = String::new();
        let (mut pages, mut sentences) = (Vec::new(), Vec::new());
        for page in 0..PAGES {
            let from = text.len();
            for sentence in 0..self.sentences {
                let start = text.len();
                // Sixteen tokens, the stop included.
                text.push_str(&format!("{page} {sentence} a b c d e f g h i j k l m. "));
                sentences.push(Span::new(start, text.len()));
            }
            pages.push(Span::new(from, text.len()));
        }
        let level = |name, units| Level { name, units, titles: Vec::new() };
        let whole = vec![Span::new(0, text.len())];
        let levels = vec![level("text", whole), level("page", pages), level("sentence", sentences.clone())];
        let right = usize::from(stream.named("right").coin(0.5));
        let mut candidates = Vec::new();
        let mut claims = Vec::new();
        for candidate in 0..2 {
            let stream = stream.named("claims").index(candidate as u64);
            let named: Vec<usize> =
                (0..CLAIMS).map(|k| (stream.index(k as u64).uniform() * PAGES as f64) as usize).collect();
            candidates.push(Candidate { claims: named.iter().map(|page| format!("Page {page} says so.")).collect() });
            let truth = |(k, page): (usize, &usize)| {
                let holds = candidate == right || k > 0;
                let says = if holds { Says::Supports } else { Says::Refutes };
                let spans = vec![sentences[page * self.sentences]];
                ClaimTruth::new(holds, vec![Evidence { spans, says, rank: 0 }])
            };
            claims.push(named.iter().enumerate().map(truth).collect());
        }
        let id = format!("pages-{index}");
        let labels = [("cluster".to_owned(), id.clone())].into();
        let material = Arc::new(Material::new(vec![text.into()], levels));
        let instance = Instance { id: id.clone(), material, question: "Which is right?".into(), candidates, labels };
        (Arc::new(instance), (id, Truth { right, claims }))
    }
}
