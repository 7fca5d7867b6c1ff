//! Weighted least squares in a few parameters: linear, and by steps of Levenberg and Marquardt.

/// The `b` that makes `sum of w (y - b . f)^2` least over rows `(f, y, w)`; none where the rows do not determine it.
pub fn least_squares<const N: usize>(rows: impl Iterator<Item = ([f64; N], f64, f64)>) -> Option<[f64; N]> {
    let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
    for (f, y, w) in rows {
        for i in 0..N {
            right[i] += w * f[i] * y;
            for j in 0..N {
                matrix[i][j] += w * f[i] * f[j];
            }
        }
    }
    solved(matrix, right)
}

/// The solution of a system of N equations, by elimination with the largest pivot; none where it has not exactly one.
fn solved<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    // Columns of one size, so that what is left of one can be told from nothing.
    let mut size = [0.0; N];
    for i in 0..N {
        size[i] = matrix[i][i].abs().sqrt();
        if size[i] <= 0.0 || !size[i].is_finite() {
            return None;
        }
    }
    for i in 0..N {
        right[i] /= size[i];
        for j in 0..N {
            matrix[i][j] /= size[i] * size[j];
        }
    }
    for k in 0..N {
        let pivot = (k..N).max_by(|a, b| matrix[*a][k].abs().total_cmp(&matrix[*b][k].abs()))?;
        if matrix[pivot][k].abs() < 1e-13 {
            return None;
        }
        matrix.swap(k, pivot);
        right.swap(k, pivot);
        for i in k + 1..N {
            let factor = matrix[i][k] / matrix[k][k];
            let above = matrix[k];
            matrix[i].iter_mut().zip(above).skip(k).for_each(|(it, above)| *it -= factor * above);
            right[i] -= factor * right[k];
        }
    }
    let mut solution = [0.0; N];
    for k in (0..N).rev() {
        let known: f64 = (k + 1..N).map(|j| matrix[k][j] * solution[j]).sum();
        solution[k] = (right[k] - known) / matrix[k][k];
    }
    (0..N).for_each(|k| solution[k] /= size[k]);
    solution.iter().all(|it| it.is_finite()).then_some(solution)
}

/// Steps of Levenberg and Marquardt at most.
const STEPS_MAX: usize = 60;

/// Parameters near `start` that make `sum of w (y - f(x))^2` least over points `(x, y, w)`, with that sum. `model` gives
/// the value at x and its slope in each parameter (Levenberg 1944; Marquardt 1963).
pub fn refined<const N: usize>(
    start: [f64; N],
    points: &[(f64, f64, f64)],
    model: impl Fn(&[f64; N], f64) -> (f64, [f64; N]),
) -> ([f64; N], f64) {
    let loss = |at: &[f64; N]| points.iter().map(|(x, y, w)| w * (y - model(at, *x).0).powi(2)).sum::<f64>();
    let (mut best, mut least, mut damping) = (start, loss(&start), 1e-3);
    for _ in 0..STEPS_MAX {
        let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
        for (x, y, w) in points {
            let (value, slope) = model(&best, *x);
            for i in 0..N {
                right[i] += w * slope[i] * (y - value);
                for j in 0..N {
                    matrix[i][j] += w * slope[i] * slope[j];
                }
            }
        }
        (0..N).for_each(|i| matrix[i][i] *= 1.0 + damping);
        let step = solved(matrix, right);
        let next = step.map(|step| std::array::from_fn(|i| best[i] + step[i]));
        match next.map(|next| (next, loss(&next))).filter(|(_, found)| *found < least) {
            Some((next, found)) => {
                let gained = least - found;
                (best, least, damping) = (next, found, damping * 0.2);
                if gained <= 1e-15 * least {
                    break;
                }
            }
            None if damping > 1e8 => break,
            None => damping *= 8.0,
        }
    }
    (best, least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_through_points_and_what_no_line_fits() {
        let rows = |xs: &'static [f64]| xs.iter().map(|x| ([1.0, *x], 3.0 - 0.5 * x, 1.0 + x));
        let [a, b] = least_squares(rows(&[0.0, 1.0, 4.0])).unwrap();
        assert!((a - 3.0).abs() < 1e-12 && (b + 0.5).abs() < 1e-12);
        assert_eq!(least_squares(rows(&[2.0, 2.0])), None, "one place determines no line");
        assert_eq!(least_squares(rows(&[])), None);
    }

    #[test]
    fn weights_count_as_repetitions() {
        let points = [(1.0, 2.0), (2.0, 1.0), (3.0, 5.0)];
        let weighted = least_squares(points.iter().map(|(x, y)| ([1.0, *x], *y, if *x == 3.0 { 2.0 } else { 1.0 })));
        let repeated = least_squares(points.iter().chain(&points[2..]).map(|(x, y)| ([1.0, *x], *y, 1.0)));
        let (weighted, repeated) = (weighted.unwrap(), repeated.unwrap());
        assert!((weighted[0] - repeated[0]).abs() < 1e-12 && (weighted[1] - repeated[1]).abs() < 1e-12);
    }
}
