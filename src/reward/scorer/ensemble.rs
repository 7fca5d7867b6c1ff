//! Several reward models as one: what they say on average, at worst, and less what they differ by.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::data::Example;
use super::scored::{Scored, Scorer};
use crate::error::{Error, Result};
use crate::model::Device;
use crate::stream::Stream;

/// What the folders of members begin with.
const MEMBER: &str = "member-";

/// How members differ beside their base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Differ {
    /// By the seed of their weights and of the order of their data.
    #[default]
    Seed,
    /// By their data too: each has a resample of the prompts with replacement (bagging; Breiman 1996).
    Data,
}

/// The folder of a member.
pub fn place(out: &Path, member: usize) -> PathBuf {
    out.join(format!("{MEMBER}{member}"))
}

/// The rows that a member is trained on. Prompts are drawn whole, so that none is split between training and validation; a
/// prompt that is drawn several times counts as much more.
pub fn rows_of(examples: &[Example], differ: Differ, stream: &Stream) -> Vec<Example> {
    if differ == Differ::Seed {
        return examples.to_vec();
    }
    let mut prompts: Vec<&str> = examples.iter().map(|example| example.prompt.as_str()).collect();
    prompts.sort_unstable();
    prompts.dedup();
    let mut drawn = vec![0u32; prompts.len()];
    for draw in 0..prompts.len() {
        let at = (stream.index(draw as u64).uniform() * prompts.len() as f64) as usize;
        drawn[at.min(prompts.len() - 1)] += 1;
    }
    let times = |example: &Example| prompts.binary_search(&example.prompt.as_str()).map_or(0, |at| drawn[at]);
    let weighted = |example: &Example| {
        let times = times(example);
        (times > 0).then(|| Example { weight: example.weight * f64::from(times), ..example.clone() })
    };
    examples.iter().filter_map(weighted).collect()
}

/// One reward model, or several that score together.
pub struct Ensemble {
    members: Vec<Scorer>,
}

/// What an ensemble says of one text (Coste et al. 2023, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// The mean of the members' scores.
    pub mean: f64,
    /// The least of them: worst-case optimisation.
    pub worst: f64,
    /// The mean less `penalty` times their variance: uncertainty-weighted optimisation.
    pub penalised: f64,
}

/// The scores of one row by every member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoredTogether {
    /// With the members' mean scores.
    #[serde(flatten)]
    pub row: Scored,
    /// For each completion; none where there is one member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<Together>,
}

impl Ensemble {
    /// Reads the folder of one reward model, or of several in `member-0`, `member-1`, ...
    pub fn load(folder: &Path, device: Device) -> Result<Self> {
        if !folder.is_dir() {
            return Err(Error::Usage(format!(
                "there is no folder `{}`\n  name one that `tribunal train reward` wrote",
                folder.display()
            )));
        }
        let places: Vec<PathBuf> = (0..).map(|member| place(folder, member)).take_while(|it| it.is_dir()).collect();
        let places = if places.is_empty() { vec![folder.to_owned()] } else { places };
        let members = places.iter().map(|it| Scorer::load(it, device)).collect::<Result<Vec<Scorer>>>()?;
        Ok(Self { members })
    }

    /// Its members.
    pub fn members(&self) -> &[Scorer] {
        &self.members
    }

    /// Rows with what all members say together; only rows that every member could read. The second number counts the others.
    pub fn score(
        &self,
        examples: &[Example],
        batch_size: usize,
        penalty: f64,
    ) -> Result<(Vec<(usize, ScoredTogether)>, usize)> {
        let scored = self.members.iter().map(|it| it.score(examples, batch_size)).collect::<Result<Vec<_>>>()?;
        let mut of_row: Vec<Vec<&Scored>> = vec![Vec::new(); examples.len()];
        scored.iter().flat_map(|it| &it.rows).for_each(|(at, row)| of_row[*at].push(row));
        let whole = of_row.iter().enumerate().filter(|(_, rows)| rows.len() == self.members.len());
        let rows: Vec<_> = whole.map(|(at, rows)| (at, merged(rows, penalty))).collect();
        let left_out = examples.len() - rows.len();
        Ok((rows, left_out))
    }
}

fn merged(rows: &[&Scored], penalty: f64) -> ScoredTogether {
    if let [only] = rows {
        return ScoredTogether { row: (*only).clone(), together: Vec::new() };
    }
    // Members with tokens of their own may have read different numbers of steps; the last ones are common to all.
    let count = rows.iter().map(|row| row.scores.len()).min().unwrap_or(0);
    let of = |at: usize| rows.iter().map(|row| row.scores[row.scores.len() - count + at]).collect::<Vec<f64>>();
    let together: Vec<Together> = (0..count).map(|at| Together::of(&of(at), penalty)).collect();
    let probabilities: Option<Vec<f64>> = rows.iter().map(|row| row.probability).collect();
    let row = Scored {
        id: rows[0].id.clone(),
        scores: together.iter().map(|it| it.mean).collect(),
        probability: probabilities.map(|all| all.iter().sum::<f64>() / all.len() as f64),
        tokens: rows[0].tokens.clone(),
    };
    ScoredTogether { row, together }
}

impl Together {
    /// Of the members' scores of one text, at least one.
    pub fn of(scores: &[f64], penalty: f64) -> Self {
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / scores.len() as f64;
        let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
        Self { mean, worst, penalised: mean - penalty * variance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reward::scorer::data::Feedback;

    #[test]
    fn three_members_by_hand() {
        let together = Together::of(&[1.0, 2.0, 6.0], 0.5);
        assert_eq!((together.mean, together.worst), (3.0, 1.0));
        assert!((together.penalised - (3.0 - 0.5 * 14.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn a_resample_keeps_prompts_whole_and_the_weight_about_the_same() {
        let example = |at: usize| Example {
            id: format!("f:{at}"),
            prompt: format!("p{}", at / 2),
            feedback: Feedback::Rated { completion: "c".into(), label: 1.0 },
            weight: 1.0,
            labels: Default::default(),
        };
        let examples: Vec<Example> = (0..400).map(example).collect();
        let drawn = rows_of(&examples, Differ::Data, &Stream::root(1));
        assert_eq!(drawn.iter().map(|it| it.weight).sum::<f64>(), 400.0);
        assert!((0.55..0.72).contains(&(drawn.len() as f64 / 400.0)), "{} of 400 are in", drawn.len());
        assert!(drawn.chunks(2).all(|pair| pair[0].prompt == pair[1].prompt && pair[0].weight == pair[1].weight));
        assert_ne!(drawn, rows_of(&examples, Differ::Data, &Stream::root(2)));
        assert_eq!(rows_of(&examples, Differ::Seed, &Stream::root(1)).len(), 400);
    }
}
