//! Two microphones of one source: how late one is against the other, and whether it is upside down.

use super::fit::FRAME;
use super::moment::Moment;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::model::{PhasePair, Stem, StemRole};
use crate::units::{finite, power_to_db};

/// Longest delay that is looked for: 20 ms are nearly 7 m.
const LONGEST_S: f64 = 0.02;
/// Height of the peak over the root mean square of the correlation.
const LEAST_RATIO: f64 = 8.0;
/// Correlation after alignment, from which two stems hold one source.
const LEAST_CORRELATION: f64 = 0.4;
/// Level that the sum has to gain to be worth a word: one that is heard.
const LEAST_GAIN_DB: f64 = 1.0;
/// Frames that both have to play in.
const LEAST_FRAMES: u32 = 20;
/// Most pairs that are held against each other.
const MOST_PAIRS: usize = 400;

/// A pair, and the product of its spectra.
pub struct Pair {
    a: usize,
    b: usize,
    cross: Spectrum,
    powers: [Vec<f32>; 2],
    frames: u32,
}

/// Pairs that may hold one source: of one kind.
pub fn pairs(stems: &[&Stem]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for a in 0..stems.len() {
        for b in a + 1..stems.len() {
            if kind(stems[a].role) == kind(stems[b].role)
                && kind(stems[a].role) != 0
                && pairs.len() < MOST_PAIRS
            {
                let powers = [vec![0.0; FRAME], vec![0.0; FRAME]];
                pairs.push(Pair { a, b, cross: Spectrum::zeros(FRAME), powers, frames: 0 });
            }
        }
    }
    pairs
}

/// Roles that share microphones: the kit, an amplifier and its line, one singer. 0 for those that do not.
fn kind(role: StemRole) -> u8 {
    match role {
        StemRole::Kick | StemRole::Snare | StemRole::Toms | StemRole::Hats | StemRole::Drums => 1,
        StemRole::Bass => 2,
        StemRole::Guitar => 3,
        StemRole::LeadVocal => 4,
        StemRole::BackingVocal => 5,
        StemRole::Keys => 6,
        StemRole::Strings => 7,
        StemRole::Brass => 8,
        _ => 0,
    }
}

impl Pair {
    /// Takes in one frame of all stems.
    pub fn add(&mut self, moments: &[Moment]) {
        let (a, b) = (&moments[self.a], &moments[self.b]);
        if !a.active || !b.active {
            return;
        }
        self.frames += 1;
        let (a, b) = (&a.spectrum, &b.spectrum);
        for k in 0..FRAME {
            self.cross.re[k] += a.re[k] * b.re[k] + a.im[k] * b.im[k];
            self.cross.im[k] += a.re[k] * b.im[k] - a.im[k] * b.re[k];
            self.powers[0][k] += a.re[k] * a.re[k] + a.im[k] * a.im[k];
            self.powers[1][k] += b.re[k] * b.re[k] + b.im[k] * b.im[k];
        }
    }

    /// What is found; `None` where the two are different sounds, or stand well as they are.
    pub fn judge(&self, fft: &mut StereoFft, stems: &[&Stem], rate_hz: f64) -> Option<PhasePair> {
        if self.frames < LEAST_FRAMES {
            return None;
        }
        let power = |which: usize| self.powers[which].iter().map(|p| f64::from(*p)).sum::<f64>();
        let (power_a, power_b) = (power(0), power(1));
        // The phase transform, softened: bins in which both are weak have no say.
        let floor = (power_a * power_b).sqrt() as f32 / FRAME as f32 * 1e-4;
        let weights: Vec<f32> =
            self.powers[0].iter().zip(&self.powers[1]).map(|(a, b)| 1.0 / ((a * b).sqrt() + floor)).collect();
        let mut correlation = Vec::new();
        fft.correlation(&self.cross, &weights, &mut correlation);
        let longest = (LONGEST_S * rate_hz) as i64;
        let at = |lag: i64| f64::from(correlation[lag.rem_euclid(FRAME as i64) as usize]);
        let lag = (-longest..=longest).max_by(|a, b| at(*a).abs().total_cmp(&at(*b).abs()))?;
        let spread = (correlation.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / FRAME as f64).sqrt();
        if at(lag).abs() < LEAST_RATIO * spread {
            return None;
        }
        let flat = vec![1.0; FRAME];
        fft.correlation(&self.cross, &flat, &mut correlation);
        let plain = |lag: i64| {
            f64::from(correlation[lag.rem_euclid(FRAME as i64) as usize]) / (power_a * power_b).sqrt()
        };
        let (as_is, aligned) = (plain(0), plain(lag));
        let level = |correlation: f64| power_a + power_b + 2.0 * correlation * (power_a * power_b).sqrt();
        let gained_db = finite(power_to_db(level(aligned.abs()) / level(as_is).max(1e-6 * level(0.0))))?;
        if aligned.abs() < LEAST_CORRELATION || gained_db < LEAST_GAIN_DB {
            return None;
        }
        Some(PhasePair {
            a: stems[self.a].name.clone(),
            b: stems[self.b].name.clone(),
            delay_s: lag as f64 / rate_hz,
            delay_frames: lag,
            inverted: aligned < 0.0,
            correlation: as_is,
            aligned_correlation: aligned.abs(),
            gained_db,
            confidence: aligned.abs().min(0.9),
        })
    }
}
