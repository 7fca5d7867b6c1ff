//! Nested scalable oversight (Engels, Baek, Kantamneni and Tegmark 2025, "Scaling laws for scalable oversight"): a weak
//! overseer oversees a stronger one, which oversees a stronger one, and so on up to the strongest system.
//!
//! Systems have a general Elo; each game turns it into two domain Elos, that of the overseer (Guard) and that of the one
//! who tries to get past it (Houdini).

use super::curve::clipped::ClippedLine;

/// A game of oversight: domain Elo by general Elo for either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Game {
    /// The overseer's.
    pub guard: ClippedLine,
    /// That of who is overseen.
    pub houdini: ClippedLine,
}

/// Nested oversight with the number of levels that serves best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nested {
    /// How many times somebody oversees somebody.
    pub levels: u32,
    /// The probability that every one of them succeeds.
    pub success: f64,
}

/// The probability that a side wins against another, by their Elos: `1 / (1 + 10^((other - own) / 400))` (Elo 1978).
pub fn win(own: f64, other: f64) -> f64 {
    1.0 / (1.0 + 10f64.powf((other - own) / 400.0))
}

impl Game {
    /// The probability that oversight in so many equal steps from general Elo `low` to `low + gap` succeeds at each: the
    /// product over steps of the Guard at the lower end winning against the Houdini at the upper.
    pub fn success(&self, low: f64, gap: f64, levels: u32) -> f64 {
        let at = |step: u32| low + gap * f64::from(step) / f64::from(levels);
        (0..levels).map(|step| win(self.guard.at(at(step)), self.houdini.at(at(step + 1)))).product()
    }

    /// Of 1 to `levels_max` steps those that succeed most often; of equals the fewest. One step is always tried.
    pub fn best(&self, low: f64, gap: f64, levels_max: u32) -> Nested {
        let of = |levels| Nested { levels, success: self.success(low, gap, levels) };
        (2..=levels_max).map(of).fold(of(1), |best, next| if next.success > best.success { next } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(slope: f64, intercept: f64) -> ClippedLine {
        ClippedLine { slope, intercept, floor: None, ceiling: None }
    }

    /// From the fits in the authors' repository; success in percent at gaps of 0, 200, 400 and 800 from 1,103, and the
    /// levels at 400, as recomputed from their notebook.
    const RECOMPUTED: [(&str, [f64; 4], [f64; 4], u32); 4] = [
        ("mafia", [1.5305, -622.93, 0.8344, 173.22], [45.9, 24.5, 11.1, 5.2], 1),
        ("debate", [1.0984, -47.50, 0.0494, 1080.40], [54.2, 52.8, 51.4, 48.5], 1),
        ("backdoor", [0.7193, 552.02, 1.9518, -1361.61], [96.0, 72.0, 27.6, 0.3], 2),
        ("wargames", [1.1667, -229.07, 0.6796, 422.01], [34.2, 19.2, 9.8, 2.4], 1),
    ];

    #[test]
    fn success_and_levels_are_those_of_the_authors_notebook() {
        for (name, [guard_slope, guard, houdini_slope, houdini], expected, levels) in RECOMPUTED {
            let game = Game { guard: line(guard_slope, guard), houdini: line(houdini_slope, houdini) };
            for (gap, percent) in [0.0, 200.0, 400.0, 800.0].into_iter().zip(expected) {
                let found = game.best(1103.0, gap, 20);
                assert!((100.0 * found.success - percent).abs() <= 0.05, "{name} at {gap}: {found:?}");
                assert!(gap != 400.0 || found.levels == levels, "{name}: {found:?}");
            }
        }
    }

    #[test]
    fn a_step_is_one_game_and_steps_multiply() {
        let even = Game { guard: line(1.0, 0.0), houdini: line(1.0, 0.0) };
        assert!((even.success(1000.0, 400.0, 1) - 1.0 / 11.0).abs() < 1e-12, "400 points are ten to one");
        assert!((even.success(1000.0, 400.0, 2) - win(0.0, 200.0).powi(2)).abs() < 1e-12);
        assert_eq!(even.best(1000.0, 0.0, 20), Nested { levels: 1, success: 0.5 }, "more levels only add games");
        // Where the overseer is far ahead of its like, small steps are safe and a large one is not.
        let ahead = Game { guard: line(1.0, 300.0), houdini: line(1.0, 0.0) };
        assert!(ahead.best(1000.0, 800.0, 20).levels > 1);
    }
}
