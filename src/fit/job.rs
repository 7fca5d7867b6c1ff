//! Training into a folder: checkpoints by rename, exact resume, the log, and at the end the model with what it is worth.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::eval::preferences::{Evaluation, evaluation, judged};
use crate::model::Device;
use crate::record::file::RowsFile;
use crate::record::store::{Building, sweep_stale};
use crate::record::tensorboard::Events;
use crate::reward::scorer::data::Example;
use crate::reward::scorer::fit::{Fit, Identity, Taken};
use crate::reward::scorer::scored::{ABOUT, BATCH_SIZE};
use crate::reward::scorer::settings::Settings;
use crate::reward::scorer::{Course, Update};

/// Checkpoints, by the number of updates before them.
const CHECKPOINTS: &str = "checkpoints";
/// One row an update.
const TRAINING: &str = "training.jsonl";
/// What the model is worth on the rows that training was stopped on.
const EVALUATION: &str = "evaluation.json";
/// Adapters in PEFT's layout, where there are any.
const ADAPTERS: &str = "adapters";
/// What the finished model is a function of.
const IDENTITY: &str = "training.json";

/// What is trained, and where.
#[derive(Clone, Debug)]
pub struct Job {
    /// How.
    pub settings: Settings,
    /// Trained on.
    pub train: Vec<Example>,
    /// Validated on; a share of `train` where there are none.
    pub validation: Vec<Example>,
    /// The folder.
    pub out: PathBuf,
    /// Where.
    pub device: Device,
}

/// What a training says while it goes on.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// It begins, after so many updates of an earlier start.
    Begins {
        /// What became of the rows.
        taken: Taken,
        /// Updates made before.
        step: usize,
        /// Updates of the whole schedule.
        steps_max: usize,
    },
    /// One update more.
    Updated(&'a Update),
}

/// What a finished training is.
#[derive(Clone, Debug)]
pub struct Trained {
    /// How far it came.
    pub course: Course,
    /// What became of the rows.
    pub taken: Taken,
    /// What the model is worth on the rows that training was stopped on; none without such rows.
    pub evaluation: Option<Evaluation>,
    /// The folder had it already.
    pub was_done: bool,
}

/// Trains, or goes on, or finds all done.
///
/// # Errors
/// [`Error::Usage`] for settings and rows that cannot be trained on, or a folder that holds another training;
/// [`Error::Environment`] for a device, file or memory that is not there.
pub fn train(job: Job, tell: &mut dyn FnMut(Event<'_>)) -> Result<Trained> {
    let Job { settings, train, validation, out, device } = job;
    let mut fit = Fit::new(&settings, train, validation, device)?;
    if out.join(ABOUT).is_file() {
        return already(&out, &fit);
    }
    let checkpoints = opened(&out)?;
    if let Some(last) = last(&checkpoints)? {
        fit.resume(&last)?;
    }
    tell(Event::Begins { taken: fit.taken(), step: fit.course().step, steps_max: fit.steps_max() });
    let mut log = Log::open(&out, fit.log())?;
    let between = fit.steps_between_checkpoints();
    loop {
        let mut failed = None;
        let due = between - fit.course().step % between;
        let over = fit.train(due, &mut |update| {
            tell(Event::Updated(update));
            failed = failed.take().or(log.push(update).err());
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        checkpoint(&fit, &checkpoints)?;
        if over {
            break;
        }
    }
    log.finish()?;
    finish(&fit, &out)
}

/// Writes the model that validated best, and what it is worth.
fn finish(fit: &Fit, out: &Path) -> Result<Trained> {
    let scorer = fit.snapshot()?;
    let scored = scorer.score(fit.held_examples(), BATCH_SIZE)?;
    let rows = judged(fit.held_examples(), scored.rows.iter().map(|(at, row)| (*at, row)));
    let evaluation = evaluation(&rows, scorer.about().temperature);
    write_json(&out.join(EVALUATION), &evaluation)?;
    write_json(&out.join(IDENTITY), fit.identity())?;
    fit.save_adapters(&out.join(ADAPTERS))?;
    scorer.save(out)?;
    Ok(Trained { course: fit.course().clone(), taken: fit.taken(), evaluation, was_done: false })
}

fn already(out: &Path, fit: &Fit) -> Result<Trained> {
    let read = |name: &str| {
        let path = out.join(name);
        fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))
    };
    let understood = |name: &str, cause: serde_json::Error| Error::file("understand", &out.join(name), cause);
    let found: Identity = serde_json::from_str(&read(IDENTITY)?).map_err(|cause| understood(IDENTITY, cause))?;
    if found != *fit.identity() {
        return Err(Error::Usage(format!(
            "`{}` holds a model of other settings, data or base weights\n  choose another folder (--out)",
            out.display()
        )));
    }
    let evaluation = serde_json::from_str(&read(EVALUATION)?).map_err(|cause| understood(EVALUATION, cause))?;
    let steps = fs::read_to_string(out.join(TRAINING)).unwrap_or_default().lines().count();
    let course = Course { step: steps, finished: true, ..Course::default() };
    Ok(Trained { course, taken: fit.taken(), evaluation, was_done: true })
}

/// The folder of the checkpoints, rid of what a dead process left half built.
fn opened(out: &Path) -> Result<PathBuf> {
    let foreign =
        out.is_dir() && !out.join(CHECKPOINTS).is_dir() && fs::read_dir(out).is_ok_and(|mut it| it.next().is_some());
    if foreign {
        return Err(Error::Usage(format!(
            "`{}` is a folder with other things in it\n  choose an empty one, or one that does not exist (--out)",
            out.display()
        )));
    }
    let checkpoints = out.join(CHECKPOINTS);
    fs::create_dir_all(&checkpoints).map_err(|cause| Error::file("create the folder", &checkpoints, cause))?;
    sweep_stale(&checkpoints)?;
    Ok(checkpoints)
}

/// The checkpoint after the most updates.
fn last(checkpoints: &Path) -> Result<Option<PathBuf>> {
    Ok(steps(checkpoints)?.into_iter().max().map(|step| place(checkpoints, step)))
}

fn steps(checkpoints: &Path) -> Result<Vec<usize>> {
    let entries = fs::read_dir(checkpoints).map_err(|cause| Error::file("list", checkpoints, cause))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

fn place(checkpoints: &Path, step: usize) -> PathBuf {
    checkpoints.join(format!("{step:08}"))
}

/// Publishes a checkpoint by one rename. It holds the best weights beside the last ones, so those before it can go.
fn checkpoint(fit: &Fit, checkpoints: &Path) -> Result<()> {
    let step = fit.course().step;
    let building = Building::beside(&place(checkpoints, step))?;
    fit.save(building.path())?;
    building.publish()?;
    for old in steps(checkpoints)?.into_iter().filter(|old| *old < step) {
        let old = place(checkpoints, old);
        fs::remove_dir_all(&old).map_err(|cause| Error::file("remove the old checkpoint", &old, cause))?;
    }
    Ok(())
}

/// Both logs of a training. What an earlier start wrote after its last checkpoint is written again.
struct Log {
    rows: RowsFile,
    events: Events,
}

impl Log {
    fn open(out: &Path, before: &[Update]) -> Result<Self> {
        let mut log = Self { rows: RowsFile::create(&out.join(TRAINING))?, events: Events::create(out)? };
        before.iter().try_for_each(|update| log.push(update))?;
        Ok(log)
    }

    fn push(&mut self, update: &Update) -> Result<()> {
        self.rows.push(update)?;
        let of_update = [
            ("train/loss", update.loss),
            ("train/gradient_norm", update.norm),
            ("train/learning_rate", update.learning_rate),
            ("train/tokens", update.tokens as f64),
        ];
        let validation = update.validation.map(|loss| ("validation/loss", loss));
        let scalars: Vec<(&str, f64)> = of_update.into_iter().chain(validation).collect();
        self.events.scalars(update.step, &scalars)
    }

    fn finish(self) -> Result<()> {
        self.rows.finish()
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|cause| Error::Bug(format!("`{}` has no written form: {cause}", path.display())))?;
    fs::write(path, json + "\n").map_err(|cause| Error::file("write", path, cause))
}
