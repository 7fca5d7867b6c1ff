//! The forms that a curve may have, and curves of them.

use std::fmt;
use std::ops::Bound;

use super::clipped::ClippedLine;
use crate::eval::stats::overoptimisation::{BestOfN, Reinforced, distance};

/// The form of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// y = a x^b.
    Power,
    /// y = c + a x^b (Kaplan et al. 2020; Hoffmann et al. 2022, whose loss has the floor c).
    OffsetPower,
    /// y = a + b log10 x: b is the gain for each decade.
    Logarithm,
    /// A line in log10 x, clipped below, above, at both ends or nowhere: see [`ClippedLine`].
    ClippedLine,
    /// y = c + d (a - b d), x the number of candidates of which the best is taken and d = sqrt(KL) its [`distance`]
    /// (Gao, Schulman and Hilton 2022).
    BestOfN,
    /// y = c + d (a - b ln d), x the divergence of a trained policy in nats and d its square root (the same).
    Reinforced,
}

/// A fitted curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// See [`Form::Power`].
    Power {
        /// y at x = 1.
        factor: f64,
        /// By how much ln y grows with ln x.
        exponent: f64,
    },
    /// See [`Form::OffsetPower`].
    OffsetPower {
        /// What y tends to where the power vanishes.
        offset: f64,
        /// The power at x = 1.
        factor: f64,
        /// Its exponent.
        exponent: f64,
    },
    /// See [`Form::Logarithm`].
    Logarithm {
        /// y at x = 1.
        at_one: f64,
        /// What a decade gains.
        per_decade: f64,
    },
    /// See [`Form::ClippedLine`].
    ClippedLine(ClippedLine),
    /// See [`Form::BestOfN`].
    BestOfN {
        /// y of a single draw.
        offset: f64,
        /// What is gained from there.
        gain: BestOfN,
    },
    /// See [`Form::Reinforced`].
    Reinforced {
        /// y where nothing was trained.
        offset: f64,
        /// What is gained from there.
        gain: Reinforced,
    },
}

impl Form {
    /// The forms that [`choose`](super::choose) chooses among, the simplest first.
    pub const SCALING: [Self; 4] = [Self::Power, Self::Logarithm, Self::OffsetPower, Self::ClippedLine];

    /// Every form: those of scaling, and those that x must be a number of candidates or a divergence for.
    pub const ALL: [Self; 6] =
        [Self::Power, Self::Logarithm, Self::OffsetPower, Self::ClippedLine, Self::BestOfN, Self::Reinforced];

    /// Its name in an experiment file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::OffsetPower => "offset_power",
            Self::Logarithm => "logarithm",
            Self::ClippedLine => "clipped_line",
            Self::BestOfN => "best_of_n",
            Self::Reinforced => "reinforced",
        }
    }

    /// The form of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name || (*form == Self::Logarithm && name == "log"))
    }

    /// How many numbers it is fitted in, at the least.
    pub(super) fn parameters(self) -> usize {
        match self {
            Self::Power | Self::Logarithm | Self::ClippedLine => 2,
            Self::OffsetPower | Self::BestOfN | Self::Reinforced => 3,
        }
    }

    /// The least x at which it has a value, and whether that x itself has one.
    pub(super) fn begins(self) -> Bound<f64> {
        match self {
            Self::BestOfN => Bound::Included(1.0),
            Self::Reinforced => Bound::Included(0.0),
            _ => Bound::Excluded(0.0),
        }
    }
}

impl Curve {
    /// The curve's value at an x from where its form begins: above 0, or at no fewer than one candidate.
    pub fn at(&self, x: f64) -> f64 {
        match self {
            Self::Power { factor, exponent } => factor * x.powf(*exponent),
            Self::OffsetPower { offset, factor, exponent } => offset + factor * x.powf(*exponent),
            Self::Logarithm { at_one, per_decade } => at_one + per_decade * x.log10(),
            Self::ClippedLine(line) => line.at(x.log10()),
            Self::BestOfN { offset, gain } => offset + gain.at(distance(x)),
            Self::Reinforced { offset, gain } => offset + gain.at(x.sqrt()),
        }
    }

    /// How many numbers it was fitted in.
    pub fn parameters(&self) -> usize {
        match self {
            Self::Power { .. } | Self::Logarithm { .. } => 2,
            Self::OffsetPower { .. } | Self::BestOfN { .. } | Self::Reinforced { .. } => 3,
            Self::ClippedLine(line) => line.parameters(),
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Power { factor, exponent } => write!(f, "{factor:.3} x^{exponent:.3}"),
            Self::OffsetPower { offset, factor, exponent } => write!(f, "{offset:.3} {factor:+.3} x^{exponent:.3}"),
            Self::Logarithm { at_one, per_decade } => write!(f, "{at_one:.3} {per_decade:+.3} log10 x"),
            Self::ClippedLine(line) => f.write_str(&line.to_string().replacen(" x", " log10 x", 1)),
            Self::BestOfN { offset, gain: gain @ BestOfN { alpha, beta } } => {
                write!(f, "{offset:.3} + d ({alpha:.3} {:+.3} d), d = √KL of the best of x", -beta)?;
                gain.peak().map_or(Ok(()), |d| write!(f, ", most at d = {d:.2}"))
            }
            Self::Reinforced { offset, gain: gain @ Reinforced { alpha, beta } } => {
                write!(f, "{offset:.3} + d ({alpha:.3} {:+.3} ln d), d = √x", -beta)?;
                gain.peak().map_or(Ok(()), |d| write!(f, ", most at d = {d:.2}"))
            }
        }
    }
}
