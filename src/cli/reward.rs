//! `train reward`, `score` and `export`: the reward model on plain files.

use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::args::{DataArgs, ExportArgs, ScoreArgs, TrainRewardArgs};
use super::print;
use crate::error::{Error, Result};
use crate::eval::preferences::{Evaluation, Share, evaluation, judged};
use crate::fit::job::{self, Event, Job, Trained};
use crate::reward::scorer::data::{self, Example};
use crate::reward::scorer::ensemble::{self, Differ, Ensemble};
use crate::reward::scorer::settings::Settings;
use crate::run::Execution;
use crate::spec;
use crate::stream::Stream;

/// Trains a reward model, or the members of an ensemble one after the other.
pub(super) fn train(args: &TrainRewardArgs) -> Result<()> {
    let execution = started(&args.execution.execution())?;
    let train = read(&args.data)?;
    let validation = if args.eval.is_empty() { Vec::new() } else { data::read(&args.eval, args.data.format)?.examples };
    let members = args.members.get();
    let differ = Differ::from(args.differ);
    for member in 0..members {
        let settings = settings(args, member)?;
        let stream = Stream::root(settings.seed).named("members");
        let job = Job {
            train: ensemble::rows_of(&train, differ, &stream),
            validation: validation.clone(),
            out: if members == 1 { args.out.clone() } else { ensemble::place(&args.out, member) },
            settings,
            device: execution.device,
        };
        let out = job.out.clone();
        let mut shown = Shown::new();
        let trained = job::train(job, &mut |event| shown.tell(event))?;
        shown.finish();
        tell_of(&trained, &out);
    }
    Ok(())
}

/// Scores rows: a row each on standard output, a summary on standard error.
pub(super) fn score(args: &ScoreArgs) -> Result<()> {
    let execution = started(&args.execution.execution())?;
    let ensemble = Ensemble::load(&args.model, execution.device)?;
    let rows = data::read_to_score(&args.data.data, args.data.format)?;
    eprintln!("{}", data::summary(&rows));
    let examples = rows.examples;
    let (rows, left_out) = ensemble.score(&examples, args.batch_size.get(), args.penalty)?;
    let mut text = String::new();
    for (_, row) in &rows {
        let line = serde_json::to_string(row).map_err(|cause| Error::Bug(format!("a score has no JSON: {cause}")))?;
        text += &line;
        text.push('\n');
    }
    print(&text)?;
    let judged = judged(&examples, rows.iter().map(|(at, row)| (*at, &row.row)));
    let mean =
        ensemble.members().iter().map(|it| it.about().temperature).sum::<f64>() / ensemble.members().len() as f64;
    eprintln!("{} rows scored, {left_out} left out for their length", rows.len());
    if let Some(found) = evaluation(&judged, mean) {
        eprint!("{}", in_words(&found));
    }
    Ok(())
}

/// Writes a model in Hugging Face's layout.
pub(super) fn export(args: &ExportArgs) -> Result<()> {
    let ensemble = Ensemble::load(&args.model, Default::default())?;
    let [scorer] = ensemble.members() else {
        return Err(Error::Usage(format!(
            "`{}` holds an ensemble\n  export its members one by one, as in --model {}",
            args.model.display(),
            ensemble::place(&args.model, 0).display()
        )));
    };
    scorer.export(&args.out)?;
    print(&format!("{}\n", args.out.display()))
}

fn read(args: &DataArgs) -> Result<Vec<Example>> {
    let rows = data::read(&args.data, args.format)?;
    eprintln!("{}", data::summary(&rows));
    Ok(rows.examples)
}

/// The threads that burn and rayon share.
fn started(execution: &Execution) -> Result<Execution> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(execution.threads)
        .build_global()
        .map_err(|e| Error::Environment(format!("cannot start {} threads: {e}", execution.threads)))?;
    execution.device.open()?;
    Ok(*execution)
}

/// The settings that the arguments make; what `--set` says comes last.
fn settings(args: &TrainRewardArgs, member: usize) -> Result<Settings> {
    let mut laid: Vec<String> = Vec::new();
    let mut lay = |key: &str, value: Option<String>| laid.extend(value.map(|value| format!("{key}={value}")));
    let base = (!args.base.is_empty()).then(|| &args.base[member % args.base.len()]);
    lay("backbone.pretrained", base.map(|base| toml::Value::String(base.display().to_string()).to_string()));
    lay("tuned", args.lora.map(|rank| format!("{{ adapters = {{ rank = {rank}, alpha = {}.0 }} }}", 2 * rank)));
    lay("tuned", args.frozen.then(|| "\"head\"".to_owned()));
    lay("schedule.epochs", args.epochs.map(|it| format!("{it:?}")));
    lay("schedule.batch", args.batch_size.map(|it| it.to_string()));
    lay("schedule.microbatch", args.microbatch.map(|it| it.to_string()));
    lay("schedule.learning_rate", args.learning_rate.map(|it| format!("{it:?}")));
    lay("schedule.activations", args.recompute.then(|| "\"recomputed\"".to_owned()));
    lay("schedule.precision", args.precision.map(|it| format!("{it:?}").to_lowercase()));
    lay("reading.tokens_max", args.tokens_max.map(|it| it.to_string()));
    lay("reading.over_long", args.over_long.map(|it| format!("{it:?}").to_lowercase()));
    lay("seed", args.seed.map(|it| it.to_string()));
    laid.extend(args.settings.iter().cloned());
    let mut settings: Settings = spec::replaced(&Settings::default(), &laid)?;
    settings.seed = settings.seed.wrapping_add(member as u64);
    settings.check()?;
    Ok(settings)
}

fn tell_of(trained: &Trained, out: &Path) {
    let place = out.display();
    eprintln!("{} {place}", if trained.was_done { "nothing to do: already trained in" } else { "trained into" });
    match &trained.evaluation {
        Some(found) => eprint!("on the rows that training was stopped on:\n{}", in_words(found)),
        None => eprintln!("no rows were kept to validate on, so nothing is known of its worth: give --eval"),
    }
}

fn in_words(found: &Evaluation) -> String {
    let mut lines = vec![format!("accuracy     {} of {} labels", share(&found.accuracy), found.n)];
    if let Some(longer) = &found.longer {
        lines.push(format!("longer text  {} would be right by length alone", share(longer)));
    }
    // Of compared texts the preferred one comes first, so there is no commoner label to give.
    if found.longer.is_none() && found.commoner.value < 1.0 {
        lines.push(format!(
            "one answer   {} would be right by always giving the commoner label",
            share(&found.commoner)
        ));
    }
    if found.ceiling < 1.0 {
        lines.push(format!("ceiling      {:.1}%: labels that are no certainties allow no more", 100.0 * found.ceiling));
    }
    lines.push(format!(
        "calibration  ECE {:.3}, log loss {:.3} nats, at temperature {:.2}",
        found.ece, found.log_loss, found.temperature
    ));
    for (name, values) in &found.by_label {
        lines.extend(values.iter().map(|(value, it)| format!("  {name} {value}: {} (n {})", share(it), it.n)));
    }
    let quarter = |(tokens, it): &(usize, Share)| format!("  up to {tokens} tokens: {} (n {})", share(it), it.n);
    lines.extend(found.by_length.iter().map(quarter));
    lines.join("\n") + "\n"
}

fn share(share: &Share) -> String {
    let ends =
        share.interval.map_or("[—]".into(), |(low, high)| format!("[{:.1}, {:.1}]", 100.0 * low, 100.0 * high));
    format!("{:.1}% {ends}", 100.0 * share.value)
}

/// A training on the terminal: a bar with tokens per second and the time left, or a line for every validation.
struct Shown {
    bar: Option<ProgressBar>,
    began: Instant,
    tokens: usize,
}

impl Shown {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = "{bar:30} {percent:>3}%  update {pos}/{len}  time left {eta}  {wide_msg}";
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(0).with_style(style);
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self { bar, began: Instant::now(), tokens: 0 }
    }

    fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::Begins { taken, step, steps_max } => {
                self.say(&format!(
                    "{} rows to train on, {} to validate on; {} left out and {} texts cut for their length",
                    taken.train, taken.validation, taken.dropped, taken.cut
                ));
                if step > 0 {
                    self.say(&format!("going on after update {step} of {steps_max}"));
                }
                self.began = Instant::now();
                if let Some(bar) = &self.bar {
                    bar.set_length(steps_max as u64);
                    bar.set_position(step as u64);
                    bar.reset_eta();
                }
            }
            Event::Updated(update) => {
                self.tokens += update.tokens;
                let rate = self.tokens as f64 / self.began.elapsed().as_secs_f64().max(1e-9);
                let line = format!("loss {:.4}  {rate:.0} tokens/s", update.loss);
                match (&self.bar, update.validation) {
                    (Some(bar), _) => {
                        bar.set_position(update.step as u64);
                        bar.set_message(line);
                    }
                    (None, Some(validation)) => {
                        let at = format!("update {}/{}", update.step, update.steps_max);
                        self.say(&format!("{at}: {line}  validation loss {validation:.4}"));
                    }
                    (None, None) => {}
                }
            }
        }
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
