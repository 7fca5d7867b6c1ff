//! Stages: every helper made for a task, and asks to put to it.

use tribunal::fit::job::{self, Job};
use tribunal::helper::{biased, cached, noisy, pixel_debater, pixel_judge, reward, reward_ensemble};
use tribunal::reward::pixels::PixelJudgeLearner;
use tribunal::reward::scorer::settings::{Backbone, Schedule, Shape, TokenKind};
use tribunal::strategy::debate::Sees;

use tribunal::task::preferences::Labelled;

use super::*;

/// The name of the judge of images among the helpers.
const JUDGE: &str = "sighted";
/// The name of the reward model among the helpers.
const SCORER: &str = "scorer";
/// The name of several of them together.
const SCORERS: &str = "scorers";

/// Every kind of helper as an experiment file describes it, by name; those of prose, of images, of preferences.
fn described() -> [BTreeMap<String, HelperSpec>; 3] {
    let person = Rates { trust: TrustRule::Fixed(1.0), ..Default::default() };
    let flipped = |of: &str| HelperSpec::Noisy(noisy::Config { of: of.into(), flip_rate: 0.3 });
    let remembered = |of: &str| HelperSpec::Cached(cached::Config { of: of.into() });
    let leaning = |of: &str, draws| {
        let (at, share, audited) = (biased::At::All, 0.7, 0.2);
        HelperSpec::Biased(biased::Config { of: of.into(), delta: 1.5, toward: 1, at, draws, share, audited })
    };
    let of_prose = [
        ("person", HelperSpec::Simulated(person)),
        ("learned", HelperSpec::Trained(Default::default())),
        ("truth", HelperSpec::Oracle(Default::default())),
        ("fickle", flipped("person")),
        ("fickle_learned", flipped("learned")),
        ("leaning", leaning("person", biased::Draws::Shared)),
        ("leaning_learned", leaning("learned", biased::Draws::Independent)),
        ("remembered", remembered("fickle")),
        ("remembered_learned", remembered("learned")),
    ];
    let debater = |policy| {
        let (judge, rollouts) = (JUDGE.to_owned(), 12);
        HelperSpec::PixelDebater(pixel_debater::Config {
            judge,
            policy,
            policy_first: None,
            rollouts,
            exploration: 1.0,
        })
    };
    let of_images = [
        (JUDGE, HelperSpec::PixelJudge(judge())),
        ("searching", debater(pixel_debater::Policy::Search)),
        ("aimless", debater(pixel_debater::Policy::Random)),
        ("fickle_sighted", flipped(JUDGE)),
        ("leaning_searching", leaning("searching", biased::Draws::Independent)),
        ("remembered_searching", remembered("searching")),
    ];
    let of_preferences = [
        (SCORER, HelperSpec::Reward(scorer())),
        (SCORERS, HelperSpec::RewardEnsemble(scorers())),
        ("fickle_scorer", flipped(SCORER)),
        ("remembered_scorer", remembered(SCORER)),
    ];
    let all = of_prose.iter().chain(&of_images).chain(&of_preferences);
    let kinds: BTreeSet<&str> = all.map(|(_, spec)| spec.kind()).collect();
    assert_eq!(kinds, HelperSpec::KINDS.iter().map(|(kind, _)| *kind).collect(), "every helper is enrolled");
    let named = |(name, spec): &(&str, HelperSpec)| ((*name).to_owned(), spec.clone());
    let [prose, images] = [of_prose.iter().map(named).collect(), of_images.iter().map(named).collect()];
    [prose, images, of_preferences.iter().map(named).collect()]
}

/// A reward model that is trained in a moment.
fn scorer() -> reward::Config {
    let shape = Shape { width: 8, layers: 1, heads: 1, tokens: TokenKind::Bytes };
    let schedule = Schedule { steps_max: 4, batch: 4, ..Default::default() };
    reward::Config { backbone: Backbone::Decoder(shape), schedule, ..Default::default() }
}

/// Two of them, of which the worse word counts.
fn scorers() -> reward_ensemble::Config {
    reward_ensemble::Config { model: scorer(), members: 2, together: reward_ensemble::Together::Worst }
}

/// A judge that is trained in a moment.
fn judge() -> pixel_judge::Config {
    pixel_judge::Config { pixels: 4, width: 12, steps: 60, batch: 32, images: 200, ..Default::default() }
}

/// Every task with the helpers that are made for it.
pub fn stages() -> Vec<(&'static str, Stage)> {
    let mut stages: Vec<(&str, Stage)> = texts().into_iter().map(|(name, task)| (name, Stage::of(task))).collect();
    stages.push(("digits", Stage::of_images()));
    stages.push(("preferences", Stage::of_preferences()));
    stages
}

/// A task's instances with helpers made for them; those that learn learned on the training split.
pub struct Stage {
    pub task: Box<dyn Task>,
    pub drawn: Drawn,
    pub helpers: BTreeMap<String, HelperSpec>,
    snapshots: BTreeMap<String, Vec<(u16, std::path::PathBuf)>>,
    /// Strategies whose asks they are, and the helpers that play in them where it is not one reader.
    overheard: Vec<Config>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Of prose: trained helpers learn from a simulated reader.
    pub fn of(task: Box<dyn Task>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let train = task.draw(Split::Train, 12, 7).unwrap();
        let evaluator: Arc<dyn Helper> = Arc::new(support::reader(&train.truths, 0.9, 0.05));
        train_levels(&*task, &evaluator, &train.instances, folder.path());
        let drawn = task.draw(Split::Test, 4, 7).unwrap();
        let [helpers, ..] = described();
        let levels: Vec<_> = (0..3).map(|level| (level, folder.path().join(level.to_string()))).collect();
        let snapshots = helpers.keys().map(|name| (name.clone(), levels.clone())).collect();
        let tree = rrm::Config { fan_out: 2, reads_tokens: 160, ..Default::default() };
        let overheard = vec![
            Config::Blind(blind::Config::default()),
            Config::Direct(Default::default()),
            Config::Rrm(tree),
            Config::Summary(summary::Config { depth: 1, ..Default::default() }),
            Config::Debate(debate::Config { reads_tokens: 300, ..Default::default() }),
            Config::Critique(critique::Config { judges: critique::Judges::Flaws, ..Default::default() }),
        ];
        Self { task, drawn, helpers, snapshots, overheard, _folder: folder }
    }

    /// Of images: a judge learns their classes.
    pub fn of_images() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let task = Digits::new(digits::Config { side: 10, ..Default::default() }).unwrap();
        let images = task.images().unwrap();
        let stream = Stream::root(7);
        let mut learner = PixelJudgeLearner::new(judge(), images.shape(), 10, stream, Device::Cpu).unwrap();
        learner.absorb(images.labelled(Split::Train, judge().images, 7));
        learner.train(&mut |_| {}).unwrap();
        let place = folder.path().join("judge");
        learner.save(&place).unwrap();
        let drawn = task.draw(Split::Test, 18, 7).unwrap();
        let [_, helpers, _] = described();
        let snapshots = BTreeMap::from([(JUDGE.to_owned(), vec![(0, place)])]);
        Self { task: Box::new(task), drawn, helpers, snapshots, overheard: Vec::new(), _folder: folder }
    }

    /// Of preferences: a reward model learns those of simulated annotators.
    pub fn of_preferences() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = preferences::Config { source: "tastes".into(), ..Default::default() };
        let task = Preferences::new(&config).unwrap();
        let trained = |seed: u64| {
            let place = folder.path().join(format!("scorer-{seed}"));
            let job = Job {
                settings: reward::Config { seed, ..scorer() },
                train: task.labelled(Split::Train, 24, 7),
                validation: task.labelled(Split::Validation, 8, 7),
                out: place.clone(),
                device: Device::Cpu,
            };
            job::train(job, &mut |_| {}).unwrap();
            (0, place)
        };
        let drawn = task.draw(Split::Test, 18, 7).unwrap();
        let [.., helpers] = described();
        let members = vec![trained(0), trained(1)];
        let snapshots = BTreeMap::from([(SCORER.to_owned(), members[..1].to_vec()), (SCORERS.to_owned(), members)]);
        let overheard = vec![Config::Direct(Default::default()), Config::Blind(blind::Config::default())];
        Self { task: Box::new(task), drawn, helpers, snapshots, overheard, _folder: folder }
    }

    pub fn helper(&self, name: &str) -> Arc<dyn Helper> {
        self.told(name, &self.drawn.truths.clone())
    }

    pub fn told(&self, name: &str, truths: &tribunal::task::Truths) -> Arc<dyn Helper> {
        let (helpers, snapshots) = (&self.helpers, self.snapshots.clone());
        let casting = Casting { helpers, seed: 7, truths, snapshots, device: Device::Cpu };
        casting.helper(name, &Trust::equal(1.0)).unwrap()
    }

    pub fn asks(&self) -> Vec<Ask> {
        let built: Vec<Box<dyn Strategy>> = self.overheard.iter().map(Config::build).collect();
        let asks = if built.is_empty() { self.of_a_debate() } else { overheard(&*self.task, &self.drawn, &built) };
        let mut by_kind: BTreeMap<Kind, Vec<Ask>> = BTreeMap::new();
        for ask in asks.into_iter().rev() {
            by_kind.entry(ask.wanted.kind()).or_default().push(ask);
        }
        let some = |asks: Vec<Ask>| {
            let every = asks.len() / 30 + 1;
            asks.into_iter().step_by(every)
        };
        by_kind.into_values().flat_map(some).collect()
    }

    /// The asks of debates in which pixels are revealed, and for some of them asks of other kinds.
    fn of_a_debate(&self) -> Vec<Ask> {
        let debate = debate::Config { turns: 4, judge_sees: Sees::Transcript, ..Default::default() };
        let heard = |name: &str| Arc::new(support::asks::Tap { inner: self.helper(name), heard: Mutex::default() });
        let (debater, judge) = (heard("aimless"), heard(JUDGE));
        let cast = Cast::default().with(Role::Debater, debater.clone()).with(Role::Evaluator, judge.clone());
        for instance in &self.drawn.instances {
            grown(&*self.task, &*Config::Debate(debate.clone()).build(), &cast, std::slice::from_ref(instance), None);
        }
        let mut asks = std::mem::take(&mut *debater.heard.lock().unwrap());
        asks.append(&mut judge.heard.lock().unwrap());
        let others = [Wanted::Predicate, Wanted::Score(5), Wanted::Quote { count_max: 2 }];
        let some: Vec<Ask> = asks.iter().step_by(9).cloned().collect();
        let with = |(ask, wanted): (&Ask, Wanted)| Ask { wanted, ..ask.clone() };
        asks.extend(some.iter().flat_map(|ask| others.map(|wanted| with((ask, wanted)))));
        asks.iter_mut().enumerate().for_each(|(at, ask)| ask.ticket = 1000 + 3 * at as u64);
        asks
    }
}
