//! How late every stem lies in the mix: cross-correlation over long frames, whitened by the mix.
//!
//! Whitening by the mix is the weighting of least squares: to a stem, all the others are noise of the mix's spectrum.
//! The song is cut into stretches as well, whose peaks tell a steady offset from a drift.

use super::drift::{MIN_PEAK_RATIO, Place, highest, line};
use super::{Alignment, common_offset};
use crate::dsp::stereo_fft::{Spectrum, StereoFft};

/// Longest frame: 2.7 s at 48 kHz, so offsets of up to 1.3 s are found.
const LONGEST_FRAME: usize = 1 << 17;
/// Shortest frame, for very short audio.
const SHORTEST_FRAME: usize = 1 << 12;
/// Frames that a song should at least have.
const FRAMES_OF_A_SONG: u64 = 16;
/// Stretches that a song should at least have, for the drift.
const STRETCHES: u64 = 8;
/// Half the width of the smoothing of the mix's spectrum, bins.
const SMOOTHING_BINS: usize = 16;
/// Power below which a bin has no say, relative to the strongest: 60 dB.
const FLOOR_SHARE: f32 = 1e-6;

/// Length of the frames for audio of a length.
pub fn frame_length(frames: u64) -> usize {
    let wanted = (frames / FRAMES_OF_A_SONG).clamp(SHORTEST_FRAME as u64, LONGEST_FRAME as u64);
    let mut length = SHORTEST_FRAME;
    while (length * 2) as u64 <= wanted {
        length *= 2;
    }
    length
}

/// Frames in a stretch for audio of a length.
pub fn frames_of_a_stretch(frames: u64) -> usize {
    (frames / frame_length(frames) as u64 / STRETCHES).clamp(1, 8) as usize
}

/// The mix's power per bin, whole and in the present stretch.
pub struct MixPower {
    whole: Vec<f32>,
    stretch: Vec<f32>,
}

impl MixPower {
    /// For frames of `size`.
    pub fn new(size: usize) -> MixPower {
        MixPower { whole: vec![0.0; size], stretch: vec![0.0; size] }
    }

    /// Takes in one frame of the mix.
    pub fn add(&mut self, mix: &Spectrum) {
        for (sum, (re, im)) in self.stretch.iter_mut().zip(mix.re.iter().zip(&mix.im)) {
            *sum += re * re + im * im;
        }
    }

    /// Weights of the stretch that ends here.
    pub fn end_stretch(&mut self) -> Vec<f32> {
        self.whole.iter_mut().zip(&self.stretch).for_each(|(whole, stretch)| *whole += stretch);
        let weights = whitening(&self.stretch);
        self.stretch.fill(0.0);
        weights
    }

    /// Weights of the whole song.
    pub fn weights(&self) -> Vec<f32> {
        whitening(&self.whole)
    }
}

/// One over the smoothed power, the same for positive and negative frequencies.
pub(super) fn whitening(power: &[f32]) -> Vec<f32> {
    let size = power.len();
    let mut sums = vec![0f64; size + 1];
    for (k, own) in power.iter().enumerate() {
        sums[k + 1] = sums[k] + f64::from(own + power[(size - k) % size]);
    }
    let smooth: Vec<f32> = (0..size)
        .map(|k| {
            let (from, to) = (k.saturating_sub(SMOOTHING_BINS), (k + SMOOTHING_BINS + 1).min(size));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect();
    let strongest = smooth.iter().copied().fold(0.0, f32::max);
    let floor = strongest * FLOOR_SHARE;
    smooth.iter().map(|power| if floor > 0.0 { 1.0 / (power + floor) } else { 0.0 }).collect()
}

/// The correlation of one stem with the mix.
pub struct StemDelay {
    fft: StereoFft,
    whole: Spectrum,
    stretch: Spectrum,
    frame: Spectrum,
    peaks: Vec<Place>,
    correlation: Vec<f32>,
}

impl StemDelay {
    /// For the frames of `fft`.
    pub fn new(fft: &StereoFft) -> StemDelay {
        let zeros = Spectrum::zeros(fft.size());
        StemDelay {
            fft: fft.clone(),
            whole: zeros.clone(),
            stretch: zeros.clone(),
            frame: zeros,
            peaks: Vec::new(),
            correlation: Vec::new(),
        }
    }

    /// Takes in one frame of the stem, and the mix's spectrum of the same time.
    pub fn add(&mut self, mix: &Spectrum, left: &[f32], right: &[f32]) {
        self.fft.transform(&[], left, right, &mut self.frame);
        let mix = mix.re.iter().zip(&mix.im);
        let own = self.frame.re.iter().zip(&self.frame.im);
        let sums = self.stretch.re.iter_mut().zip(self.stretch.im.iter_mut());
        for ((sum, (mr, mi)), (sr, si)) in sums.zip(mix).zip(own) {
            *sum.0 += mr * sr + mi * si;
            *sum.1 += mi * sr - mr * si;
        }
    }

    /// Ends a stretch whose middle lies at a frame.
    pub fn end_stretch(&mut self, weights: &[f32], at: f64) {
        self.fft.correlation(&self.stretch, weights, &mut self.correlation);
        self.peaks.extend(peak(&self.correlation, at));
        for (whole, stretch) in
            [(&mut self.whole.re, &mut self.stretch.re), (&mut self.whole.im, &mut self.stretch.im)]
        {
            whole.iter_mut().zip(stretch.iter()).for_each(|(whole, stretch)| *whole += stretch);
            stretch.fill(0.0);
        }
    }

    /// Ends the song.
    pub fn finish(&mut self, weights: &[f32]) {
        self.fft.correlation(&self.whole, weights, &mut self.correlation);
    }

    /// Height of the correlation at a lag.
    fn height(&self, lag: i64) -> f32 {
        let place = lag.rem_euclid(self.correlation.len().max(1) as i64) as usize;
        self.correlation.get(place).copied().unwrap_or_default().abs()
    }
}

/// The highest place of a correlation, to the frame.
fn peak(correlation: &[f32], at: f64) -> Option<Place> {
    highest(correlation).map(|(lag, ratio)| Place { at, late: lag.round(), ratio })
}

/// Offsets of all stems.
pub fn align(stems: &[StemDelay]) -> Vec<Alignment> {
    let peaks: Vec<Option<Place>> = stems
        .iter()
        .map(|stem| peak(&stem.correlation, 0.0).filter(|peak| peak.ratio >= MIN_PEAK_RATIO))
        .collect();
    let steady = |offset: f64, found| Alignment { offset, slope: 0.0, found };
    let sure: Vec<Alignment> = peaks.iter().flatten().map(|peak| steady(peak.late, true)).collect();
    let common = common_offset(&sure);
    stems
        .iter()
        .zip(&peaks)
        .map(|(stem, peak)| match (line(&stem.peaks), peak) {
            (Some((offset, slope)), _) => Alignment { offset, slope, found: true },
            // Low sounds have broad peaks: near the common offset, the fit decides to the frame.
            (_, Some(peak)) if stem.height(common) >= NEARLY * stem.height(peak.late as i64) => {
                steady(common as f64, true)
            }
            (_, Some(peak)) => steady(peak.late, true),
            (_, None) => steady(common as f64, false),
        })
        .collect()
}

/// A peak at the common offset that is this high against the highest is as good as that.
const NEARLY: f32 = 0.9;
