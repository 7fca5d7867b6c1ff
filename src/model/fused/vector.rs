//! Loops over values that the compiler turns into vector instructions, for the widest that the processor has. Sums run in
//! sixteen lanes whatever the width is, so no bit depends on it.

use pulp::Arch;

/// Runs a loop compiled for the processor at hand. What it calls must be inlined.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// Values that are summed side by side.
const LANES: usize = 16;

/// The sum of `of(value)`.
#[inline(always)]
pub(super) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(*value);
        }
    }
    let rest: f32 = chunks.remainder().iter().map(|value| of(*value)).sum();
    across(lanes) + rest
}

/// The sum of `of(a, b)` over pairs.
#[inline(always)]
pub(super) fn sum_pairs(a: &[f32], b: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let (mut left, mut right) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    for (a, b) in (&mut left).zip(&mut right) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += of(*a, *b);
        }
    }
    let rest: f32 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| of(*a, *b)).sum();
    across(lanes) + rest
}

/// The largest value; the smallest number there is for none.
#[inline(always)]
pub(super) fn largest(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let mut lanes = [f32::MIN; LANES];
    let mut chunks = values.chunks_exact(LANES);
    for chunk in &mut chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, *value);
        }
    }
    let rest = chunks.remainder().iter().fold(f32::MIN, |largest, value| larger(largest, *value));
    lanes.iter().fold(rest, |largest, lane| larger(largest, *lane))
}

#[inline(always)]
fn across(lanes: [f32; LANES]) -> f32 {
    let mut sums = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for at in 0..width {
            sums[at] += sums[at + width];
        }
        width /= 2;
    }
    sums[0]
}

/// `e^x` to two units in the last place, by the polynomial of Cephes' `expf`; beyond what single precision holds, its
/// smallest normal number or near its largest.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Its sum with this rounds to a whole number, and has it in its last bits.
    const ROUNDING: f32 = 12_582_912.0;
    let x = x.clamp(-87.3, 88.3);
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUNDING);
    let power = rounded - ROUNDING;
    let rest = power.mul_add(-0.693_359_4, x);
    let rest = power.mul_add(2.121_944_4e-4, rest);
    let mut series = 1.987_569_1e-4_f32;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        series = series.mul_add(rest, coefficient);
    }
    let fraction = series.mul_add(rest * rest, rest) + 1.0;
    // Not `power as i32`, which saturates: the compiler turns it into eight instructions a value, outside of vectors.
    let scale = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    fraction * scale
}

/// `1 / (1 + e^-x)`
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The error function to 3e-7, as a ratio of polynomials in `x^2`.
#[inline(always)]
pub(super) fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut above = -2.726_142_3e-10_f32;
    for coefficient in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -0.002_954_6, -0.016_096_033] {
        above = above.mul_add(square, coefficient);
    }
    let mut below = -1.456_607_2e-5_f32;
    for coefficient in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2] {
        below = below.mul_add(square, coefficient);
    }
    x * above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_and_error_functions_are_those_of_double_precision() {
        for at in -2_000..2_000 {
            let x = at as f32 * 0.04;
            let off = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(off.abs() < 3e-7, "e^{x} is off by {off}");
            let off = f64::from(erf(x / 10.0)) - statrs::function::erf::erf(f64::from(x / 10.0));
            assert!(off.abs() < 3e-7, "erf({}) is off by {off}", x / 10.0);
        }
        assert!(exp(-1e9) < 2e-38 && exp(1e9).is_finite());
        assert!(exp(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan(), "what broke stays broken");
    }

    #[test]
    fn sums_and_largest_values_take_in_what_is_left_over() {
        let values: Vec<f32> = (0..37).map(|at| at as f32).collect();
        assert_eq!(sum(&values, |value| value), 666.0);
        assert_eq!(sum_pairs(&values, &values, |a, b| a - b), 0.0);
        assert_eq!(largest(&values), 36.0);
        assert_eq!(largest(&[-3.0]), -3.0);
    }
}
