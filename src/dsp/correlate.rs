//! Cross-correlation: how alike two stretches of signal are, and how far one lies behind the other.

use realfft::RealFftPlanner;
use std::f64::consts::PI;

/// Taps on each side of the band-limited interpolation between lags.
const HALF_TAPS: i64 = 16;

/// Steps between two lags at which the interpolation is evaluated before the parabola.
const STEPS: i32 = 16;

/// Where two stretches are most alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Samples by which the second stretch lies behind the first; finer than a sample.
    pub lag: f64,
    /// Normalised correlation there, −1 to 1; below 0 where one is upside down.
    pub correlation: f64,
}

/// Correlation of `a` with `b` moved by each lag from `-before` to `after`: entry i belongs to lag i − `before`;
/// a positive lag means that `b` is late. Not normalised.
pub fn correlate(a: &[f32], b: &[f32], before: usize, after: usize) -> Vec<f64> {
    let size = (a.len() + b.len() + before.max(after)).next_power_of_two();
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |signal: &[f32]| {
        let mut padded = forward.make_input_vec();
        padded.iter_mut().zip(signal).for_each(|(padded, x)| *padded = f64::from(*x));
        let mut spectrum = forward.make_output_vec();
        let done = forward.process(&mut padded, &mut spectrum);
        debug_assert!(done.is_ok(), "the planner's own buffers have its lengths");
        spectrum
    };
    let mut cross: Vec<_> =
        spectrum(a).iter().zip(spectrum(b)).map(|(a, b)| a.conj() * b / size as f64).collect();
    let mut alike = inverse.make_output_vec();
    let done = inverse.process(&mut cross, &mut alike);
    debug_assert!(done.is_ok(), "the product of real signals' spectra is one of a real signal");
    let (before, after) = (before as i64, after as i64);
    (-before..=after).map(|lag| alike[lag.rem_euclid(size as i64) as usize]).collect()
}

/// Finds `a` inside `b`, which begins `margin` samples before the place where `a` is expected and ends as much after:
/// the lag (−`margin` … `margin`) at which they are most alike, up or upside down. `None` for silence on either side.
pub fn find(a: &[f32], b: &[f32], margin: usize) -> Option<Match> {
    let energy = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    let energy_a = energy(a);
    if a.is_empty() || b.len() < a.len() + 2 * margin || energy_a <= 0.0 || energy(b) <= 0.0 {
        return None;
    }
    let mut alike = correlate(a, b, 0, 2 * margin);
    let mut energy_b = energy(&b[..a.len()]);
    let floor = 1e-9 * energy(b);
    for (lag, value) in alike.iter_mut().enumerate() {
        *value /= (energy_a * energy_b.max(floor)).sqrt();
        if let (Some(old), Some(new)) = (b.get(lag), b.get(lag + a.len())) {
            energy_b += f64::from(*new).powi(2) - f64::from(*old).powi(2);
        }
    }
    let best = (0..alike.len()).max_by(|i, j| alike[*i].abs().total_cmp(&alike[*j].abs()))?;
    let (lag, correlation) = refine(&alike, best as i64);
    Some(Match { lag: lag - margin as f64, correlation: correlation.clamp(-1.0, 1.0) })
}

/// The extreme of a band-limited sequence near its entry `best`.
fn refine(values: &[f64], best: i64) -> (f64, f64) {
    let sign = values[best as usize].signum();
    let at = |step: i32| sign * interpolated(values, best as f64 + f64::from(step) / f64::from(STEPS));
    let top = (-STEPS..=STEPS).max_by(|i, j| at(*i).total_cmp(&at(*j))).unwrap_or_default();
    let (left, middle, right) = (at(top - 1), at(top), at(top + 1));
    let bend = left - 2.0 * middle + right;
    let shift = if bend < 0.0 { (0.5 * (left - right) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    (best as f64 + (f64::from(top) + shift) / f64::from(STEPS), sign * middle)
}

/// A sequence between its entries, by a Hann-windowed sinc; 0 outside.
fn interpolated(values: &[f64], place: f64) -> f64 {
    let nearest = place.round() as i64;
    (nearest - HALF_TAPS..=nearest + HALF_TAPS)
        .filter_map(|index| {
            let value = values.get(usize::try_from(index).ok()?)?;
            let distance = place - index as f64;
            let x = PI * distance;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
            let window = 0.5 + 0.5 * (x / (HALF_TAPS as f64 + 1.0)).cos();
            Some(value * sinc * window)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Band-limited noise, delayed by any fraction of a sample: a sum of sines is its own interpolation.
    fn wave(delay: f64, length: usize) -> Vec<f32> {
        (0..length)
            .map(|i| {
                let t = i as f64 - delay;
                (1..40).map(|k| (t * f64::from(k) * 0.0371 + f64::from(k * k)).sin()).sum::<f64>() as f32
            })
            .collect()
    }

    #[test]
    fn a_delay_is_found_to_a_hundredth_of_a_sample() {
        for delay in [-7.0, -0.37, 0.0, 0.25, 12.61] {
            let found = find(&wave(0.0, 2000), &wave(20.0 + delay, 2040), 20)
                .unwrap_or(Match { lag: 99.0, correlation: 0.0 });
            assert!((found.lag - delay).abs() < 0.01, "{delay}: {found:?}");
            assert!(found.correlation > 0.99, "{found:?}");
        }
    }

    #[test]
    fn upside_down_is_minus_one_and_silence_is_none() {
        let inverted: Vec<f32> = wave(20.0, 2040).iter().map(|x| -0.3 * x).collect();
        let found = find(&wave(0.0, 2000), &inverted, 20).map(|found| found.correlation);
        assert!(found.is_some_and(|correlation| correlation < -0.99), "{found:?}");
        assert_eq!(find(&wave(0.0, 2000), &vec![0.0; 2040], 20), None);
        assert_eq!(find(&[], &[], 0), None);
    }

    #[test]
    fn the_plain_sum_agrees() {
        let (a, b) = (wave(0.0, 300), wave(3.3, 280));
        for (index, value) in correlate(&a, &b, 10, 15).into_iter().enumerate() {
            let lag = index as i64 - 10;
            let sum: f64 = (0..a.len() as i64)
                .filter_map(|i| {
                    let other = b.get(usize::try_from(i + lag).ok()?)?;
                    Some(f64::from(a[i as usize]) * f64::from(*other))
                })
                .sum();
            assert!((value - sum).abs() < 1e-6 * sum.abs().max(1.0), "{lag}");
        }
    }
}
