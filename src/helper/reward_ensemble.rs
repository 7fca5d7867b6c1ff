//! Several reward models as one helper: they differ by seed, and what they disagree about counts less (Coste et al. 2023).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reward::{self, RewardModel};
use super::{Helper, Part, Settings};
use crate::cast::Casting;
use crate::error::Result;
use crate::helper::simulated::Trust;
use crate::judgment::Kind;
use crate::plan::{CellSpec, Fit};
use crate::reward::scorer::ensemble;
use crate::spec::{Fault, within};

/// Members at most.
const MEMBERS_MAX: u64 = 64;

/// How it is built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Each member, but for its seed: that of the first, and each next number.
    #[serde(default)]
    pub model: reward::Config,
    /// How many there are.
    #[serde(default = "members")]
    pub members: u64,
    /// What they say together.
    #[serde(default)]
    pub together: Together,
}

fn members() -> u64 {
    5
}

/// What several reward models say together of one text (Coste et al. 2023, section 4). Scores of one model mean nothing to
/// another but by their differences, so each is taken less its mean over the texts that are chosen among.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Together {
    /// The mean.
    #[default]
    Mean,
    /// The least: worst-case optimisation.
    Worst,
    /// The mean less so many times their variance: uncertainty-weighted optimisation.
    Penalised(f64),
}

impl Together {
    /// Of each member's scores of all texts, the score of every text.
    pub(super) fn of(self, of_members: &[Vec<f64>]) -> Vec<f64> {
        let centred: Vec<Vec<f64>> = of_members
            .iter()
            .map(|scores| {
                let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
                scores.iter().map(|score| score - mean).collect()
            })
            .collect();
        let texts = centred.iter().map(Vec::len).min().unwrap_or(0);
        let of = |text: usize| {
            let each: Vec<f64> = centred.iter().map(|scores| scores[text]).collect();
            match self {
                Self::Mean => ensemble::Together::of(&each, 0.0).mean,
                Self::Worst => ensemble::Together::of(&each, 0.0).worst,
                Self::Penalised(penalty) => ensemble::Together::of(&each, penalty).penalised,
            }
        };
        (0..texts).map(of).collect()
    }
}

impl Config {
    /// Each member's own settings.
    fn each(&self) -> impl Iterator<Item = reward::Config> + '_ {
        (0..self.members).map(|member| {
            let seed = self.model.seed.wrapping_add(member);
            reward::Config { seed, ..self.model.clone() }
        })
    }
}

impl Settings for Config {
    fn answers(&self) -> Option<&'static [Kind]> {
        self.model.answers()
    }

    fn build(&self, name: &str, casting: &Casting, _trust: &Trust) -> Result<Arc<dyn Helper>> {
        Ok(Arc::new(RewardModel::load(name, casting, self.together)?))
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        within("members", self.members as f64, 2.0, MEMBERS_MAX as f64)?;
        if let Together::Penalised(penalty) = self.together {
            within("together.penalised", penalty, 0.0, 1e3)?;
        }
        Settings::check(&self.model).map_err(|fault| fault.within("model"))
    }

    fn check_part(&self, part: &Part) -> std::result::Result<(), Fault> {
        self.model.check_part(part)
    }

    fn fits(&self, name: &str, cell: &CellSpec) -> std::result::Result<Vec<Fit>, Fault> {
        let each = self.each().map(|model| model.fits(name, cell)).collect::<std::result::Result<Vec<_>, Fault>>()?;
        Ok(each.into_iter().flatten().collect())
    }

    fn reply_s(&self) -> f64 {
        self.members as f64 * self.model.reply_s()
    }

    fn shrink(&mut self) {
        self.members = 2;
        self.model.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_members_by_hand() {
        // Less their means: (1, -1) and (-3, 3).
        let scores = [vec![11.0, 9.0], vec![-3.0, 3.0]];
        assert_eq!(Together::Mean.of(&scores), [-1.0, 1.0]);
        assert_eq!(Together::Worst.of(&scores), [-3.0, -1.0]);
        assert_eq!(Together::Penalised(0.5).of(&scores), [-1.0 - 0.5 * 4.0, 1.0 - 0.5 * 4.0]);
    }
}
