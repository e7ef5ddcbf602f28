//! Linear prediction: what a waveform would have done next.

/// Coefficients of a linear predictor.
pub struct Predictor {
    coefficients: Vec<f64>,
}

/// Least share of the power that is treated as noise, so that tones and silence do not make the equations singular: −90 dB.
const NOISE_SHARE: f64 = 1e-9;

/// The predictor of `order` that fits two stretches of sound together (autocorrelation method, Levinson–Durbin).
/// `None` for silence.
pub fn predictor(before: &[f32], after: &[f32], order: usize) -> Option<Predictor> {
    let mut correlation = vec![0.0; order + 1];
    for part in [before, after] {
        let length = part.len().max(1) as f64;
        let windowed: Vec<f64> = part
            .iter()
            .enumerate()
            .map(|(i, x)| f64::from(*x) * super::window::hann_at((i as f64 + 0.5) / length).sqrt())
            .collect();
        for (lag, sum) in correlation.iter_mut().enumerate() {
            *sum += windowed.iter().zip(windowed.get(lag..).unwrap_or(&[])).map(|(a, b)| a * b).sum::<f64>();
        }
    }
    correlation[0] *= 1.0 + NOISE_SHARE;
    if correlation[0] <= f64::MIN_POSITIVE {
        return None;
    }
    let mut a = vec![0.0; order];
    let mut error = correlation[0];
    for i in 0..order {
        let reach: f64 = a[..i].iter().zip(correlation[1..=i].iter().rev()).map(|(a, r)| a * r).sum();
        let reflection = (correlation[i + 1] - reach) / error;
        let old = a[..i].to_vec();
        for j in 0..i {
            a[j] -= reflection * old[i - 1 - j];
        }
        a[i] = reflection;
        error *= 1.0 - reflection * reflection;
        if error <= 0.0 {
            return None;
        }
    }
    Some(Predictor { coefficients: a })
}

impl Predictor {
    /// Expects silence: the residual is the sound itself.
    pub fn of_silence() -> Predictor {
        Predictor { coefficients: Vec::new() }
    }

    /// Samples minus their prediction; 0 where the past is too short.
    pub fn residual(&self, samples: &[f32]) -> Vec<f64> {
        let order = self.coefficients.len();
        (0..samples.len())
            .map(|n| {
                if n < order {
                    0.0
                } else {
                    f64::from(samples[n]) - self.next(|back| f64::from(samples[n - back]))
                }
            })
            .collect()
    }

    /// What would have followed.
    pub fn continue_from(&self, past: &[f32], length: usize) -> Vec<f64> {
        let order = self.coefficients.len();
        let mut line: Vec<f64> =
            past[past.len().saturating_sub(order)..].iter().map(|x| f64::from(*x)).collect();
        line.splice(0..0, std::iter::repeat_n(0.0, order - line.len()));
        for _ in 0..length {
            let n = line.len();
            line.push(self.next(|back| line[n - back]));
        }
        line.split_off(order)
    }

    fn next(&self, past: impl Fn(usize) -> f64) -> f64 {
        self.coefficients.iter().enumerate().map(|(i, a)| a * past(i + 1)).sum()
    }
}
