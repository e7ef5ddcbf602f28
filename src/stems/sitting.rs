//! How the parts sit together: sums over frames for balance, low end and lead vocal.

use super::decay::Decay;
use super::fit::FRAME;
use super::hidden::STRETCH_S;
use super::moment::{Listener, Moment};
use crate::dsp::stereo_fft::Spectrum;

/// What is summed up for one stem.
#[derive(Debug, Clone)]
pub struct StemSums {
    pub(super) active_frames: u64,
    pub(super) active_power: f64,
    /// Power per band over the whole song, and the part of it that is found in the sum.
    pub(super) powers: Vec<f64>,
    pub(super) in_sum: Vec<f64>,
    pub(super) low_in_sum: f64,
    /// Per second: power, frames that play.
    pub(super) seconds: Vec<(f64, u32)>,
    /// Per second: power of the low end that is found in the sum.
    pub(super) low_seconds: Vec<f32>,
    pub(super) decay: Decay,
}

/// Sums over all frames of a song.
pub struct Sitting {
    pub(super) listener: Listener,
    pub(super) rate_hz: f64,
    pub(super) frames: u64,
    pub(super) stems: Vec<StemSums>,
    pub(super) sum_powers: Vec<f64>,
    pub(super) lead: Vec<usize>,
    /// Per stretch of five seconds: K-weighted power of the lead vocal, of the rest, frames in which it sings.
    pub(super) lead_stretches: Vec<(f64, f64, u32)>,
}

impl Sitting {
    /// For `count` stems at a rate, of which `lead` are the lead vocal.
    pub fn new(listener: Listener, rate_hz: f64, count: usize, lead: Vec<usize>) -> Sitting {
        let bands = listener.bands.count();
        let empty = StemSums {
            active_frames: 0,
            active_power: 0.0,
            powers: vec![0.0; bands],
            in_sum: vec![0.0; bands],
            low_in_sum: 0.0,
            seconds: Vec::new(),
            low_seconds: Vec::new(),
            decay: Decay::new(FRAME as f64 / rate_hz),
        };
        Sitting {
            rate_hz,
            frames: 0,
            stems: vec![empty; count],
            sum_powers: vec![0.0; bands],
            lead,
            lead_stretches: Vec::new(),
            listener,
        }
    }

    /// Frames taken in so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.listener.bands.count()
    }

    /// The stretch that the next frame lies in.
    pub fn stretch(&self) -> usize {
        self.stretch_of(self.frames)
    }

    /// The stretch that a frame lies in.
    pub fn stretch_of(&self, frame: u64) -> usize {
        ((frame * FRAME as u64) as f64 / self.rate_hz / STRETCH_S) as usize
    }

    /// Takes in one frame of all stems.
    pub fn add(&mut self, moments: &[Moment]) {
        let second = ((self.frames * FRAME as u64) as f64 / self.rate_hz) as usize;
        let size = moments.first().map_or(0, |moment| moment.spectrum.re.len());
        let sum = added(moments.iter(), size);
        for (total, power) in self.sum_powers.iter_mut().zip(self.listener.powers(&sum)) {
            *total += power;
        }
        for (stem, moment) in self.stems.iter_mut().zip(moments) {
            stem.seconds.resize(second + 1, (0.0, 0));
            stem.low_seconds.resize(second + 1, 0.0);
            stem.decay.add(moment.mean_square);
            if moment.mean_square <= 0.0 {
                continue;
            }
            let powers = moment.powers.iter().map(|power| f64::from(*power));
            stem.powers.iter_mut().zip(powers).for_each(|(total, power)| *total += power);
            let in_sum = self.listener.in_sum(&moment.spectrum, &sum);
            stem.in_sum.iter_mut().zip(in_sum).for_each(|(total, power)| *total += power);
            let low = self.listener.low_in_sum(&moment.spectrum, &sum);
            stem.low_in_sum += low;
            stem.low_seconds[second] += low as f32;
            if moment.active {
                stem.active_frames += 1;
                stem.active_power += moment.mean_square;
                stem.seconds[second].0 += moment.mean_square;
                stem.seconds[second].1 += 1;
            }
        }
        self.add_lead(moments, &sum, size);
        self.frames += 1;
    }

    fn add_lead(&mut self, moments: &[Moment], sum: &Spectrum, size: usize) {
        if !self.lead.iter().any(|index| moments[*index].active) {
            return;
        }
        let lead = added(self.lead.iter().map(|index| &moments[*index]), size);
        let mut rest = sum.clone();
        rest.re.iter_mut().zip(&lead.re).for_each(|(x, own)| *x -= own);
        rest.im.iter_mut().zip(&lead.im).for_each(|(x, own)| *x -= own);
        let weighted = |spectrum: &Spectrum| -> f64 {
            self.listener.powers(spectrum).iter().zip(&self.listener.weights).map(|(p, k)| p * k).sum()
        };
        let (lead, rest) = (weighted(&lead), weighted(&rest));
        let stretch = self.stretch();
        if self.lead_stretches.len() <= stretch {
            self.lead_stretches.resize(stretch + 1, (0.0, 0.0, 0));
        }
        let sums = &mut self.lead_stretches[stretch];
        *sums = (sums.0 + lead, sums.1 + rest, sums.2 + 1);
    }

    /// Seconds of a frame.
    pub(super) fn frame_s(&self) -> f64 {
        FRAME as f64 / self.rate_hz
    }
}

/// The sum of some stems in a frame.
fn added<'a>(moments: impl Iterator<Item = &'a Moment>, size: usize) -> Spectrum {
    let mut sum = Spectrum::zeros(size);
    for moment in moments.filter(|moment| moment.mean_square > 0.0) {
        sum.re.iter_mut().zip(&moment.spectrum.re).for_each(|(sum, x)| *sum += x);
        sum.im.iter_mut().zip(&moment.spectrum.im).for_each(|(sum, x)| *sum += x);
    }
    sum
}
