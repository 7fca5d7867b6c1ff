//! A file of fits from general to domain Elo, and what nested oversight comes to under them: see [`super::stats::nested`].

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::stats::curve::clipped::ClippedLine;
use super::stats::nested::{Game, Nested};
use crate::error::{Error, Result};
use crate::spec::{self, Fault, Named};

/// More levels are a slip of the hand.
const LEVELS_MAX: u32 = 10_000;

/// A file of fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fits {
    /// One line on where they are from.
    pub title: String,
    /// The general Elo of the weakest overseer.
    pub low: f64,
    /// How far above it the strongest system is, in general Elo: a row of the table each.
    pub gaps: Vec<f64>,
    /// The most levels that are tried.
    pub levels_max: u32,
    /// The games, by name.
    pub games: Named<GameFits>,
}

/// The fits of one game.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GameFits {
    /// The overseer's domain Elo.
    pub guard: ClippedLine,
    /// That of who is overseen.
    pub houdini: ClippedLine,
    /// What was published of it, to be shown beside what is computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
}

/// A published success rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// At this gap.
    pub gap: f64,
    /// The rate, from 0 to 1.
    pub success: f64,
}

/// One game at one gap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    /// The game.
    pub game: &'a str,
    /// The gap.
    pub gap: f64,
    /// The levels that serve best, and how often they succeed.
    pub nested: Nested,
    /// What was published for this gap.
    pub published: Option<f64>,
}

impl Fits {
    /// Reads a file, and refuses what cannot be computed.
    pub fn load(path: &Path) -> Result<Self> {
        let (fits, place): (Self, _) = spec::file(path)?;
        fits.check().map_err(|fault| Error::from(place.told(fault)))?;
        Ok(fits)
    }

    /// Every game at every gap.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let each = self.games.iter().flat_map(|(name, game)| self.gaps.iter().map(move |gap| (name, game, *gap)));
        let row = |(name, game, gap): (_, &GameFits, f64)| Row {
            game: name,
            gap,
            nested: self.nested(game, gap),
            published: game.published.filter(|it| it.gap == gap).map(|it| it.success),
        };
        each.map(row).collect()
    }

    /// What serves best in one game at one gap.
    pub fn nested(&self, game: &GameFits, gap: f64) -> Nested {
        Game { guard: game.guard, houdini: game.houdini }.best(self.low, gap, self.levels_max)
    }

    fn check(&self) -> std::result::Result<(), Fault> {
        if self.gaps.is_empty() {
            return Err(Fault::of("gaps", "no gap is given", "list at least one"));
        }
        if let Some(gap) = self.gaps.iter().find(|gap| **gap < 0.0) {
            return Err(Fault::of("gaps", format!("{gap} is out of range"), "use numbers from 0 on"));
        }
        if self.levels_max == 0 || self.levels_max > LEVELS_MAX {
            let what = format!("{} is out of range", self.levels_max);
            return Err(Fault::of("levels_max", what, format!("use a number from 1 to {LEVELS_MAX}")));
        }
        if self.games.is_empty() {
            return Err(Fault::of("games", "there is no game", "add [games.NAME] with guard and houdini"));
        }
        for (name, game) in self.games.iter() {
            let within = |fault: Fault| fault.within(&format!("games.{name}"));
            for (side, line) in [("guard", game.guard), ("houdini", game.houdini)] {
                if line.floor.zip(line.ceiling).is_some_and(|(floor, ceiling)| floor > ceiling) {
                    return Err(within(Fault::of(side, "its floor is above its ceiling", "exchange them")));
                }
            }
            if let Some(published) = game.published {
                spec::within("published.success", published.success, 0.0, 1.0).map_err(within)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_experiments_file_gives_the_numbers_of_its_readme() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let fits = Fits::load(&root.join("experiments/nested_oversight/fits/engels2025.toml")).unwrap();
        let readme = std::fs::read_to_string(root.join("experiments/nested_oversight/README.md")).unwrap();
        let rows = fits.rows();
        assert_eq!(rows.len(), 16);
        for row in rows {
            let told = format!("{:.1}% ({})", 100.0 * row.nested.success, row.nested.levels);
            let line = readme.lines().find(|line| line.starts_with(&format!("| {} |", row.game))).unwrap();
            assert!(line.contains(&told), "{}: no `{told}` in {line}", row.game);
        }
    }

    #[test]
    fn what_cannot_be_computed_is_refused_with_its_line() {
        let whole = "title = \"t\"\nlow = 1000.0\ngaps = [0.0]\nlevels_max = 3\n[games.one]\n\
                     guard = { slope = 1.0, intercept = 0.0 }\nhoudini = { slope = 1.0, intercept = 0.0 }\n";
        for (from, to, words) in [
            ("gaps = [0.0]", "gaps = []", &["`gaps`", "fits.toml:3", "list at least one"][..]),
            ("gaps = [0.0]", "gaps = [-1.0]", &["-1 is out of range"]),
            ("levels_max = 3", "levels_max = 0", &["fits.toml:4", "from 1"]),
            ("guard = ", "gard = ", &["fits.toml:6", "did you mean `guard`?"]),
            ("slope = 1.0", "slope = nan", &["no finite number"]),
            (
                "intercept = 0.0 }",
                "intercept = 0.0, floor = 2.0, ceiling = 1.0 }",
                &["`games.one.guard`", "above its ceiling"],
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("fits.toml");
            std::fs::write(&file, whole.replacen(from, to, 1)).unwrap();
            let message = Fits::load(&file).unwrap_err().to_string();
            assert!(words.iter().all(|word| message.contains(word)), "{to}: {words:?} not in\n{message}");
        }
        assert!(Fits::load(Path::new("no/such.toml")).unwrap_err().to_string().contains("no/such.toml"));
    }
}
