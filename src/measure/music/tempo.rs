//! The tempo: rises of the spectrum (log spectral flux), their autocorrelation, and a prior for what people tap.

use crate::dsp::bands::{BandSum, dot};
use crate::units;

/// Bands of the flux.
const BANDS: usize = 20;
/// Their range (`standards` §9: from 30 Hz; the top of the lowered rate).
const RANGE_HZ: (f64, f64) = (30.0, 5000.0);
/// Where brightness begins.
const BRIGHT_HZ: f64 = 2000.0;
/// A rise counts above this share of the highest recent power: −50 dB.
const FLOOR_SHARE: f32 = 1e-5;
/// The highest recent power fades by this much per frame: 60 dB in 80 s.
const FADE: f32 = 0.999;
/// Bands whose rises share a logarithm: even from nothing to full scale, their product is a number.
const MULTIPLIED: usize = 5;
/// Length of the mean that the envelope is held against.
const MEAN_S: f64 = 1.0;
/// Tempi that are looked for.
const LOWEST_BPM: f64 = 50.0;
const HIGHEST_BPM: f64 = 220.0;
/// Tempo that people prefer and the width of that preference in octaves (Parncutt 1994; van Noorden and Moelants 1999).
const PREFERRED_BPM: f64 = 120.0;
const PREFERENCE_OCT: f64 = 1.0;
/// Beats over which the autocorrelation is added up.
const BEATS: [(f64, f64); 4] = [(1.0, 1.0), (2.0, 1.0), (3.0, 0.5), (4.0, 1.0)];
/// Beats over which the tempo is made precise.
const FINE_BEATS: f64 = 8.0;
/// Products that are summed in single precision.
const SUMMED: usize = 4096;
/// The part of a recording that is listened to: an hour of rises is enough for any tempo, and keeps memory flat.
const HEARD_S: f64 = 3600.0;
/// Least length: eight beats of a slow song.
const LEAST_S: f64 = 8.0;
/// Least height of the autocorrelation that is a tempo.
const LEAST_CONFIDENCE: f64 = 0.05;

/// The most likely tempo.
pub(super) struct Tempo {
    pub(super) bpm: f64,
    pub(super) alternatives_bpm: Vec<f64>,
    /// Height of the autocorrelation at the beat, 0 to 1.
    pub(super) confidence: f64,
}

/// How much the spectrum rises, over time.
pub(super) struct OnsetEnvelope {
    rate_hz: f64,
    bands: Vec<BandSum>,
    bright: BandSum,
    /// Power per band of the frame before, over the floor.
    previous: [f64; BANDS],
    highest: f32,
    single: Vec<f32>,
    flux: Vec<f32>,
    most_frames: usize,
    power: f64,
    bright_power: f64,
}

impl OnsetEnvelope {
    /// Spectra of `bins` bins `bin_hz` apart, `rate_hz` of them per second.
    pub(super) fn new(bin_hz: f64, bins: usize, rate_hz: f64) -> OnsetEnvelope {
        let width_oct = units::octaves(RANGE_HZ.0, RANGE_HZ.1) / BANDS as f64;
        let edge = |band: usize| units::shift_octaves(RANGE_HZ.0, width_oct * band as f64);
        let flat = |_: f64| 1.0;
        OnsetEnvelope {
            rate_hz,
            bands: (0..BANDS)
                .map(|band| BandSum::new(edge(band), edge(band + 1), bin_hz, bins, flat))
                .collect(),
            bright: BandSum::new(BRIGHT_HZ, RANGE_HZ.1, bin_hz, bins, flat),
            previous: [f64::INFINITY; BANDS],
            highest: 0.0,
            single: vec![0.0; bins],
            flux: Vec::new(),
            most_frames: (HEARD_S * rate_hz) as usize,
            power: 0.0,
            bright_power: 0.0,
        }
    }

    /// Takes in two frames, as the sum and the difference of their powers.
    pub(super) fn push_pair(&mut self, sum: &[f32], difference: &[f32]) {
        for sign in [1.0, -1.0] {
            for ((one, sum), difference) in self.single.iter_mut().zip(sum).zip(difference) {
                *one = 0.5 * (sum + sign * difference);
            }
            self.push();
        }
    }

    fn push(&mut self) {
        let mut powers = [0.0_f32; BANDS];
        for (power, band) in powers.iter_mut().zip(&self.bands) {
            *power = band.of(&self.single).max(0.0);
        }
        let total: f32 = powers.iter().sum();
        self.power += f64::from(total);
        self.bright_power += f64::from(self.bright.of(&self.single).max(0.0));
        if self.flux.len() >= self.most_frames {
            return;
        }
        self.highest = (self.highest * FADE).max(total);
        let floor = (self.highest * FLOOR_SHARE).max(f32::MIN_POSITIVE);
        let mut rise_db = 0.0;
        for (powers, previous) in powers.chunks(MULTIPLIED).zip(self.previous.chunks_mut(MULTIPLIED)) {
            let mut rise = 1.0;
            for (power, previous) in powers.iter().zip(previous) {
                let now = f64::from(power + floor);
                rise *= (now / *previous).max(1.0);
                *previous = now;
            }
            rise_db += units::power_to_db(rise);
        }
        self.flux.push(rise_db as f32);
    }

    /// Power above 2 kHz over all; `None` for silence.
    pub(super) fn brightness(&self) -> Option<f64> {
        (self.power > 0.0).then(|| self.bright_power / self.power)
    }

    /// The flux with its mean over a second taken off, and nothing below it.
    fn envelope(&self) -> Vec<f32> {
        let reach = (MEAN_S / 2.0 * self.rate_hz) as usize;
        let end = self.flux.len();
        let mut sum: f64 = self.flux[..reach.min(end)].iter().map(|flux| f64::from(*flux)).sum();
        (0..end)
            .map(|i| {
                let (from, to) = (i.saturating_sub(reach), (i + reach + 1).min(end));
                if i + reach < end {
                    sum += f64::from(self.flux[i + reach]);
                }
                if i > reach {
                    sum -= f64::from(self.flux[i - reach - 1]);
                }
                (f64::from(self.flux[i]) - sum / (to - from) as f64).max(0.0) as f32
            })
            .collect()
    }

    /// Peaks of the envelope over its mean plus its deviation, per second.
    pub(super) fn onsets_per_s(&self) -> Option<f64> {
        let envelope = self.envelope();
        let n = envelope.len() as f64;
        let mean = envelope.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let deviation = (envelope.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n).sqrt();
        let least = (mean + deviation) as f32;
        let onsets = envelope.windows(3).filter(|x| x[1] > x[0] && x[1] >= x[2] && x[1] > least).count();
        (n > 0.0).then(|| onsets as f64 * self.rate_hz / n)
    }

    /// The tempo; `None` for less than 8 s, and without regular onsets.
    pub(super) fn tempo(&self) -> Option<Tempo> {
        if (self.flux.len() as f64) < LEAST_S * self.rate_hz {
            return None;
        }
        let mut centred = self.envelope();
        let mean = centred.iter().map(|x| f64::from(*x)).sum::<f64>() / centred.len() as f64;
        centred.iter_mut().for_each(|x| *x -= mean as f32);
        let longest = (FINE_BEATS * 60.0 / LOWEST_BPM * self.rate_hz) as usize + 2;
        let longest = longest.min(centred.len() / 2);
        let product = |lag: usize| {
            let (early, late) = (&centred[..centred.len() - lag], &centred[lag..]);
            let parts = early.chunks(SUMMED).zip(late.chunks(SUMMED));
            parts.map(|(a, b)| f64::from(dot(a, b))).sum::<f64>() / early.len() as f64
        };
        let power = product(0);
        if power <= 0.0 {
            return None;
        }
        let correlation: Vec<f64> = (0..=longest).map(|lag| product(lag) / power).collect();
        // The highest place within one frame: onsets do not fall on the grid of the frames.
        let at = |lag: f64| {
            let (from, to) = ((lag - 0.75).ceil().max(0.0) as usize, (lag + 0.75).floor() as usize);
            correlation
                .get(from..=to.max(from))
                .map(|part| part.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        let strength = |bpm: f64| {
            let beat = 60.0 / bpm * self.rate_hz;
            let (sum, weights) = BEATS
                .iter()
                .filter_map(|(n, weight)| at(n * beat).map(|c| (c * weight, weight)))
                .fold((0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
            sum / f64::max(weights, 1.0)
        };
        let preference = |bpm: f64| {
            let away = units::octaves(PREFERRED_BPM, bpm) / PREFERENCE_OCT;
            1.0 / (1.0 + away * away)
        };
        // Half per cent apart.
        let steps = (units::octaves(LOWEST_BPM, HIGHEST_BPM) * 140.0) as usize;
        let tempi: Vec<(f64, f64)> = (0..=steps)
            .map(|step| units::shift_octaves(LOWEST_BPM, step as f64 / 140.0))
            .map(|bpm| (bpm, strength(bpm) * preference(bpm)))
            .collect();
        let (coarse_bpm, _) = *tempi.iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let confidence = strength(coarse_bpm).clamp(0.0, 1.0);
        if confidence < LEAST_CONFIDENCE {
            return None;
        }
        let bpm = self.refine(coarse_bpm, &correlation);
        let mut alternatives_bpm: Vec<f64> = [bpm / 2.0, bpm * 2.0]
            .into_iter()
            .filter(|bpm| (LOWEST_BPM / 1.5..=HIGHEST_BPM * 1.2).contains(bpm))
            .collect();
        let known =
            |other: f64| [0.5, 1.0, 2.0].iter().any(|ratio| (other / (bpm * ratio) - 1.0).abs() < 0.04);
        let next = tempi.iter().filter(|(other, _)| !known(*other)).max_by(|a, b| a.1.total_cmp(&b.1));
        let next = next.map(|(other, _)| self.refine(*other, &correlation));
        alternatives_bpm.extend(next.filter(|other| !known(*other)));
        Some(Tempo { bpm, alternatives_bpm, confidence })
    }

    /// The tempo to a tenth of a per cent, from the peak at the longest multiple of the beat that there is.
    fn refine(&self, bpm: f64, correlation: &[f64]) -> f64 {
        let mut beat = 60.0 / bpm * self.rate_hz;
        for beats in [1.0, 2.0, 4.0, FINE_BEATS] {
            let center = beats * beat;
            let reach = (0.35 * beat / beats).clamp(2.0, 12.0);
            let (from, to) = ((center - reach).round().max(1.0) as usize, (center + reach).round() as usize);
            if to + 1 >= correlation.len() {
                break;
            }
            let Some(peak) = (from..=to).max_by(|a, b| correlation[*a].total_cmp(&correlation[*b])) else {
                break;
            };
            let (a, b, c) = (correlation[peak - 1], correlation[peak], correlation[peak + 1]);
            if b <= a || b <= c {
                continue;
            }
            beat = (peak as f64 + 0.5 * (a - c) / (a - 2.0 * b + c)) / beats;
        }
        60.0 * self.rate_hz / beat
    }
}
