//! Another sample rate, for looking at audio only: a windowed sinc of 64 zero crossings, streaming.

use std::f64::consts::PI;

/// Zero crossings to one side.
const CROSSINGS: f64 = 32.0;
/// Shape of the Kaiser window: 90 dB of stop band.
const BETA: f64 = 9.0;
/// Pass band, relative to the lower of the two Nyquist frequencies.
const PASS: f64 = 0.94;
/// Places of the kernel that are computed beforehand, per sample of the source.
const PLACES: usize = 512;

/// One channel on its way to another rate.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// Source frames per target frame.
    step: f64,
    /// Source frames to one side that count.
    half: usize,
    kernel: Vec<f32>,
    /// Source frames that are still needed, from frame `first`.
    held: Vec<f32>,
    first: i64,
    /// Target frames given so far.
    given: u64,
}

impl Resampler {
    /// From one rate to another.
    pub fn new(from_hz: f64, to_hz: f64) -> Resampler {
        let cut = PASS * (to_hz / from_hz).min(1.0);
        let half = (CROSSINGS / cut).ceil() as usize;
        let kernel = (0..=half * PLACES)
            .map(|place| {
                let x = place as f64 / PLACES as f64;
                let sinc = if place == 0 { cut } else { (PI * cut * x).sin() / (PI * x) };
                let edge = (1.0 - (x / half as f64).powi(2)).max(0.0);
                (sinc * bessel(BETA * edge.sqrt()) / bessel(BETA)) as f32
            })
            .collect();
        Resampler {
            step: from_hz / to_hz,
            half,
            kernel,
            held: vec![0.0; half],
            first: -(half as i64),
            given: 0,
        }
    }

    /// Takes in source samples and appends the target samples that can be told by now.
    pub fn push(&mut self, source: &[f32], out: &mut Vec<f32>) {
        self.held.extend_from_slice(source);
        loop {
            let place = self.given as f64 * self.step;
            let middle = place.floor() as i64;
            let end = self.first + self.held.len() as i64;
            if middle + self.half as i64 + 1 > end {
                break;
            }
            let from = (middle - self.half as i64 + 1 - self.first).max(0) as usize;
            let taps = &self.held[from..(middle + self.half as i64 + 1 - self.first) as usize];
            let mut sum = 0.0;
            for (index, x) in taps.iter().enumerate() {
                let away = (place - (self.first + (from + index) as i64) as f64).abs() * PLACES as f64;
                let (low, share) = (away as usize, away.fract() as f32);
                if let [a, b] = self.kernel.get(low..low + 2).unwrap_or(&[0.0, 0.0]) {
                    sum += x * (a + (b - a) * share);
                }
            }
            out.push(sum);
            self.given += 1;
        }
        let needed = (self.given as f64 * self.step).floor() as i64 - self.half as i64;
        let old = (needed - self.first).clamp(0, self.held.len() as i64) as usize;
        self.held.drain(..old);
        self.first += old as i64;
    }

    /// The last samples, as if silence followed.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        self.push(&vec![0.0; self.half + 1], out);
    }
}

/// The modified Bessel function of the first kind and order zero.
fn bessel(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-12 * sum {
        term *= (x / (2.0 * k)).powi(2);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_keeps_its_level_and_place_at_another_rate() {
        let (from_hz, to_hz) = (44_100.0, 48_000.0);
        let source: Vec<f32> =
            (0..44_100).map(|i| (2.0 * PI * 3000.0 * f64::from(i) / from_hz).sin() as f32).collect();
        let mut resampler = Resampler::new(from_hz, to_hz);
        let mut out = Vec::new();
        source.chunks(1000).for_each(|chunk| resampler.push(chunk, &mut out));
        resampler.finish(&mut out);
        assert!(out.len().abs_diff(48_000) <= 2, "{}", out.len());
        for (i, x) in out.iter().enumerate().take(47_000).skip(1000) {
            let exact = (2.0 * PI * 3000.0 * i as f64 / to_hz).sin();
            assert!((f64::from(*x) - exact).abs() < 2e-4, "{i}: {x} {exact}");
        }
    }
}
