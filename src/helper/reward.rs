//! A reward model as a helper: it is trained on the preferences of the training split and chooses among completions by
//! their scores.

use std::sync::Arc;

use super::reward_ensemble::Together;
use super::{Capabilities, Helper, Manner, Part, Settings, Sink};
use crate::cast::Casting;
use crate::error::{Error, Result};
use crate::helper::simulated::Trust;
use crate::judgment::{Answer, Ask, Kind, Reply, Wanted};
use crate::outcome::Outcome;
use crate::plan::{CellSpec, Fit, fits};
use crate::record::rows::Labels;
use crate::reward::scorer::data::{Example, Feedback};
use crate::reward::scorer::scored::{BATCH_SIZE, Scorer};
use crate::scale::softmax;
use crate::spec::Fault;
use crate::task::preferences::prompt_shown;

use crate::reward::scorer::settings::Backbone;
pub use crate::reward::scorer::settings::Settings as Config;

/// Asks of a submission at most.
const BATCH_MAX: usize = 256;

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        Some(&[Kind::Choice])
    }

    fn build(&self, name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(RewardModel::load(name, casting, Together::Mean)?))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        if let Backbone::Pretrained(folder) = &self.backbone
            && !folder.join("config.json").is_file()
        {
            let what = format!("there is no model at `{}`", folder.display());
            let next = "give a folder in Hugging Face's layout, seen from the current folder";
            return Err(Fault::of("backbone.pretrained", what, next));
        }
        Config::check(self).map_err(|error| Fault::new(error.to_string()))
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        if part.task.preferences().is_none() {
            let what = format!("helper `{}` learns from preferences, and the task has none", part.name);
            return Err(Fault::of("roles", what, "use task.preferences, or another helper"));
        }
        if part.spec.instances.train == 0 {
            let what = format!("helper `{}` learns from the training split, and that is empty", part.name);
            return Err(Fault::of("roles", what, "give `instances.train` rows"));
        }
        Ok(())
    }

    fn fits(&self, _name: &str, cell: &CellSpec) -> std::result::Result<Vec<Fit>, Fault> {
        fits::of_reward(self, cell)
    }

    fn reply_s(&self) -> f64 {
        2e-2
    }

    fn shrink(&mut self) {
        self.schedule.steps_max = 4;
        self.schedule.batch = self.schedule.batch.min(4);
        self.reading.tokens_max = self.reading.tokens_max.min(64);
    }
}

/// See the module: one model, or several that score together.
pub struct RewardModel {
    members: Vec<Scorer>,
    together: Together,
}

impl Helper for RewardModel {
    fn capabilities(&self) -> Capabilities {
        Capabilities { kinds: vec![Kind::Choice], manner: Manner::Batched { batch_max: BATCH_MAX } }
    }

    fn submit(&self, asks: &[Ask], sink: &Sink) {
        let rows: Vec<Example> = asks.iter().map(row).collect();
        let scored = self.scored(&rows);
        for (at, ask) in asks.iter().enumerate() {
            let outcome = match (&scored, ask.wanted) {
                (_, wanted) if wanted != Wanted::Choice(ask.instance.candidates.len() as u16) => {
                    Outcome::Refused(format!("a reward model chooses among candidates, and {wanted:?} was asked"))
                }
                (Err(error), _) => Outcome::Failed(error.to_string()),
                (Ok(scored), _) => match scored[at].as_slice() {
                    // An over-long text that is to be dropped has no score.
                    [] => Outcome::OverBudget,
                    of_members => Outcome::Scored(self.reply(of_members)),
                },
            };
            // Whoever asked may have stopped listening; nothing is lost by that.
            let _ = sink.send((ask.ticket, outcome));
        }
    }
}

impl RewardModel {
    /// The frozen models of a helper's fits.
    pub(super) fn load(name: &str, casting: &Casting, together: Together) -> Result<Self> {
        let fits = casting.snapshots.get(name).map_or(&[][..], Vec::as_slice);
        if fits.is_empty() {
            return Err(Error::Bug(format!("the plan has no fit for the reward model `{name}`")));
        }
        let members = fits.iter().map(|(_, folder)| Scorer::load(folder, casting.device)).collect::<Result<_>>()?;
        Ok(Self { members, together })
    }

    /// For each row the scores of all its completions by every member, in nats at the fitted temperature; none where a member
    /// could not read it.
    fn scored(&self, rows: &[Example]) -> Result<Vec<Vec<Vec<f64>>>> {
        let mut all: Vec<Vec<Vec<f64>>> = vec![Vec::new(); rows.len()];
        for member in &self.members {
            let temperature = member.about().temperature;
            for (at, row) in member.score(rows, BATCH_SIZE)?.rows {
                all[at].push(row.scores.iter().map(|score| score / temperature).collect());
            }
        }
        all.iter_mut().filter(|of_members| of_members.len() < self.members.len()).for_each(Vec::clear);
        Ok(all)
    }

    /// By Bradley and Terry's model of a choice among several: the softmax of the scores.
    fn reply(&self, of_members: &[Vec<f64>]) -> Reply {
        Reply {
            answer: Answer::Distribution(softmax(&self.together.of(of_members))),
            quotes: Vec::new(),
            by_text: None,
            model_calls: of_members.iter().map(Vec::len).sum::<usize>() as u32,
            micro_dollars: 0,
        }
    }
}

/// An ask as a row to be scored: the prompt as far as it is shown, and every candidate.
fn row(ask: &Ask) -> Example {
    let completions: Vec<String> = ask.instance.candidates.iter().map(|it| it.claims.join("\n")).collect();
    let ranks = vec![0.0; completions.len()];
    Example {
        id: ask.instance.id.clone(),
        prompt: prompt_shown(&ask.instance, &ask.view.spans),
        feedback: Feedback::Ranking { completions, ranks },
        weight: 1.0,
        labels: Labels::new(),
    }
}
