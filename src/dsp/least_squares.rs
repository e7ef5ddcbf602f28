//! Normal equations: a symmetric system solved by Cholesky's method, with a ridge for what cannot be told apart.

/// Solves `matrix` x = `right` for a symmetric, positive matrix of `n` rows, stored row by row.
///
/// Rows and columns are scaled to a unit diagonal first, so `ridge` is relative; unknowns whose diagonal is zero
/// come out as zero.
pub fn solve_symmetric(matrix: &[f64], right: &[f64], ridge: f64) -> Vec<f64> {
    let factor = Factor::new(matrix, right.len(), ridge);
    factor.back(factor.forward(right))
}

/// A matrix whose systems are solved in two steps, for many right sides.
pub struct Factor {
    /// One over the root of each diagonal element.
    scale: Vec<f64>,
    /// The lower triangle, row by row.
    lower: Vec<f64>,
}

impl Factor {
    /// Of a symmetric, positive matrix of `n` rows; as for [`solve_symmetric`].
    pub fn new(matrix: &[f64], n: usize, ridge: f64) -> Factor {
        let scale: Vec<f64> = (0..n)
            .map(|i| {
                let diagonal = matrix[i * n + i];
                if diagonal > 0.0 { 1.0 / diagonal.sqrt() } else { 0.0 }
            })
            .collect();
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let diagonal = if i == j { if scale[i] > 0.0 { 1.0 + ridge } else { 1.0 } } else { 0.0 };
                let value = if i == j { diagonal } else { matrix[i * n + j] * scale[i] * scale[j] };
                let sum: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
                lower[i * n + j] = if i == j {
                    (value - sum).max(ridge.max(1e-14)).sqrt()
                } else {
                    (value - sum) / lower[j * n + j]
                };
            }
        }
        Factor { scale, lower }
    }

    /// The first step, half of the work: its squares add up to what the solution takes from the sum of squares that is fitted.
    pub fn forward(&self, right: &[f64]) -> Vec<f64> {
        let n = right.len();
        let mut half: Vec<f64> = right.iter().zip(&self.scale).map(|(value, scale)| value * scale).collect();
        for i in 0..n {
            let row = &self.lower[i * n..];
            let sum: f64 = row[..i].iter().zip(&half).map(|(a, b)| a * b).sum();
            half[i] = (half[i] - sum) / row[i];
        }
        half
    }

    /// The second step: the solution.
    pub fn back(&self, mut half: Vec<f64>) -> Vec<f64> {
        let n = half.len();
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|k| self.lower[k * n + i] * half[k]).sum();
            half[i] = (half[i] - sum) / self.lower[i * n + i];
        }
        half.iter().zip(&self.scale).map(|(value, scale)| value * scale).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_badly_scaled_systems_and_leaves_silent_unknowns_at_zero() {
        let matrix = [4e8, 2e3, 0.0, 2e3, 9e-2, 0.0, 0.0, 0.0, 0.0];
        let x = [0.5, -2.0, 0.0];
        let right = [4e8 * x[0] + 2e3 * x[1], 2e3 * x[0] + 9e-2 * x[1], 0.0];
        for (found, exact) in solve_symmetric(&matrix, &right, 0.0).iter().zip(x) {
            assert!((found - exact).abs() < 1e-9, "{found} {exact}");
        }
    }
}
