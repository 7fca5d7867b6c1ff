//! The feed-forward layer of a block: what it bends is computed again on the way back, in the cache.

use super::half::{Inner, Kept, fitted};
use super::linear::{Linear, LinearGradient, Onto};
use super::vector::{erf, exp, sigmoid, vectorised};

/// Two matrices with a bend between them, or three with a gate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedForward<'a> {
    pub gate: Option<Linear<'a>>,
    pub up: Linear<'a>,
    pub down: Linear<'a>,
    pub bend: Bend,
}

/// What a feed-forward layer bends by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bend {
    /// `x (1 + erf(x / sqrt 2)) / 2`
    Gelu,
    /// Its approximation with a hyperbolic tangent.
    GeluTanh,
    /// `x sigmoid(x)` of the gate, times what goes up.
    GatedSilu,
}

/// Room for what one piece of a batch needs for a while.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    shares: Vec<f32>,
    bent: Vec<f32>,
    flowing: Vec<f32>,
    gate_flowing: Vec<f32>,
}

/// What goes into the bend, `[tokens, inner]`.
#[derive(Debug)]
pub(crate) struct Bent {
    up: Vec<f32>,
    /// Empty where there is no gate.
    gate: Vec<f32>,
}

impl Inner for FeedForward<'_> {
    type Scratch = Scratch;
    type Kept = Bent;

    fn forward(&self, _rows: &[usize], x: &[f32], y: &mut [f32], scratch: &mut Scratch, kept: Kept) -> Option<Bent> {
        let gate = self.gate.as_ref().map_or_else(Vec::new, |gate| gate.forward(x));
        let bent = Bent { up: self.up.forward(x), gate };
        let values = bent.up.len();
        let (shares, through) = (fitted(&mut scratch.shares, values), fitted(&mut scratch.bent, values));
        self.bend.shares(&bent, shares);
        self.bend.forward(&bent, shares, through);
        self.down.add(through, y);
        (kept == Kept::ForBackward).then_some(bent)
    }

    fn backward(
        &self,
        _rows: &[usize],
        (x, dy, bent): (&[f32], &[f32], &Bent),
        dx: &mut [f32],
        scratch: &mut Scratch,
        sums: &mut [LinearGradient],
    ) {
        let values = bent.up.len();
        let (through, flowing) = (fitted(&mut scratch.bent, values), fitted(&mut scratch.flowing, values));
        let shares = fitted(&mut scratch.shares, values);
        self.bend.shares(bent, shares);
        if self.down.needs_input() {
            self.bend.forward(bent, shares, through);
        }
        let [gate_sums, up_sums, down_sums, ..] = sums else { return };
        self.down.backward(through, dy, flowing, Onto::Nothing, down_sums);
        let gate_flowing = fitted(&mut scratch.gate_flowing, bent.gate.len());
        self.bend.backward(bent, shares, flowing, gate_flowing);
        self.up.backward(x, flowing, dx, Onto::Nothing, up_sums);
        if let Some(gate) = &self.gate {
            gate.backward(x, gate_flowing, dx, Onto::Sum, gate_sums);
        }
    }

    fn matrices(&self) -> [Option<&Linear<'_>>; 4] {
        [self.gate.as_ref(), Some(&self.up), Some(&self.down), None]
    }
}

impl Bend {
    /// How much of each value comes through, from 0 to 1: what costs most of a bend, and is asked twice on the way back.
    fn shares(self, bent: &Bent, shares: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || match self {
                Self::Gelu => shares.iter_mut().zip(&bent.up).for_each(|(share, x)| *share = normal_below(*x)),
                Self::GeluTanh => shares.iter_mut().zip(&bent.up).for_each(|(share, x)| *share = sigmoid(steep(*x))),
                Self::GatedSilu => shares.iter_mut().zip(&bent.gate).for_each(|(share, x)| *share = sigmoid(*x)),
            },
        );
    }

    fn forward(self, bent: &Bent, shares: &[f32], out: &mut [f32]) {
        let places = out.iter_mut().zip(&bent.up).zip(shares);
        vectorised(
            #[inline(always)]
            || match self {
                Self::Gelu | Self::GeluTanh => places.for_each(|((y, x), share)| *y = *x * *share),
                Self::GatedSilu => {
                    places.zip(&bent.gate).for_each(|(((y, up), share), gate)| *y = *gate * *share * *up);
                }
            },
        );
    }

    /// Turns the gradient by what came out into that by what went up; and for a gate, writes that by the gate.
    fn backward(self, bent: &Bent, shares: &[f32], flowing: &mut [f32], gate_flowing: &mut [f32]) {
        let places = flowing.iter_mut().zip(&bent.up).zip(shares);
        vectorised(
            #[inline(always)]
            || match self {
                Self::Gelu => places.for_each(|((dy, x), share)| {
                    let density = exp(-0.5 * *x * *x)
                        * (0.5 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2);
                    *dy *= *share + *x * density;
                }),
                Self::GeluTanh => places.for_each(|((dy, x), share)| {
                    *dy *= *share + *x * *share * (1.0 - *share) * STEEPNESS * (1.0 + 3.0 * CUBIC * *x * *x);
                }),
                Self::GatedSilu => {
                    places.zip(gate_flowing.iter_mut().zip(&bent.gate)).for_each(
                        |(((dy, up), share), (dgate, gate))| {
                            *dgate = *dy * *up * *share * (1.0 + *gate * (1.0 - *share));
                            *dy *= *gate * *share;
                        },
                    );
                }
            },
        );
    }
}

const CUBIC: f32 = 0.044_715;
/// `2 sqrt(2 / pi)`: `(1 + tanh z) / 2` is `sigmoid(2 z)`.
const STEEPNESS: f32 = 2.0 * 0.797_884_6;

#[inline(always)]
fn steep(x: f32) -> f32 {
    STEEPNESS * x * (1.0 + CUBIC * x * x)
}

/// The normal distribution below `x`.
#[inline(always)]
fn normal_below(x: f32) -> f32 {
    0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}
