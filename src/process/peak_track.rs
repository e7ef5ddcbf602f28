//! What a limiter would do at any gain, from one pass over the audio: for a loudness search without a render per step.

use super::limiter::{GainCurve, LimiterSettings};
use super::stage::CHUNK;
use crate::audio::Block;
use crate::dsp::oversample::{PeakFinder, TAPS};
use crate::units;

/// The greatest true peak of each slot, a millisecond or more, of a stream, in front of the limiter.
///
/// Scaling the audio scales its peaks, so that the limiter's gain for any input gain follows from this track in about a
/// millisecond per minute of audio. With the K-weighted energy of the same slots, loudness after limiting is
/// the gated sum of energy · gain² (the gain is slow against the signal, so that filter and gain may change places):
/// on music within a few hundredths of an LU of the render, which then confirms it.
pub struct PeakTrack {
    finder: PeakFinder,
    /// Peaks below it are not found exactly.
    least_peak: f32,
    sample_rate_hz: u32,
    slots_per_s: u32,
    /// What the peak finder still needs, then what has not been looked at.
    waiting: Vec<Vec<f32>>,
    /// Index of the first interval that has not been looked at; the track starts before the first sample.
    at: i64,
    peaks: Vec<f32>,
    frames: u64,
}

impl PeakTrack {
    /// An empty track of so many slots per second for a stream of any number of channels. Peaks below `least_dbtp` may be given a lesser value: name
    /// the ceiling less the most gain that will be tried, as peaks that no gain lifts over the ceiling cost time only.
    pub fn new(sample_rate_hz: u32, channels: usize, least_dbtp: f64, slots_per_s: u32) -> PeakTrack {
        PeakTrack {
            finder: PeakFinder::new(),
            least_peak: units::db_to_amplitude(least_dbtp) as f32,
            sample_rate_hz: sample_rate_hz.max(1),
            slots_per_s: slots_per_s.max(1),
            waiting: vec![vec![0.0; TAPS]; channels],
            at: -(TAPS as i64) / 2 - 1,
            peaks: Vec::new(),
            frames: 0,
        }
    }

    /// Takes the next block.
    pub fn push(&mut self, block: &Block) {
        self.frames += block.frames() as u64;
        for (waiting, channel) in self.waiting.iter_mut().zip(block.channels()) {
            waiting.extend_from_slice(channel);
        }
        self.look();
    }

    /// Looks at the end of the stream, after the last block.
    pub fn finish(&mut self) {
        self.waiting.iter_mut().for_each(|waiting| waiting.resize(waiting.len() + CHUNK + TAPS, 0.0));
        self.look();
        let slots = self.frames * u64::from(self.slots_per_s);
        self.peaks.truncate(slots.div_ceil(u64::from(self.sample_rate_hz)) as usize);
    }

    /// The greatest true peak of the stream; exact where it is above the least one, `None` for silence.
    pub fn true_peak_dbtp(&self) -> Option<f64> {
        units::level_db(f64::from(self.peaks.iter().copied().fold(0.0, f32::max)))
    }

    /// Looks at whole chunks.
    fn look(&mut self) {
        let length = self.waiting.first().map_or(0, Vec::len);
        let chunks = length.saturating_sub(TAPS) / CHUNK;
        let mut found = [0.0; CHUNK];
        for index in 0..chunks {
            let mut peaks = [0.0f32; CHUNK];
            for waiting in &self.waiting {
                self.finder.find_on_grid(
                    &waiting[index * CHUNK..][..CHUNK + TAPS],
                    self.least_peak,
                    &mut found,
                );
                peaks.iter_mut().zip(found).for_each(|(peak, found)| *peak = peak.max(found));
            }
            self.keep(&peaks);
        }
        self.waiting.iter_mut().for_each(|waiting| {
            waiting.drain(..chunks * CHUNK);
        });
    }

    /// Puts the peaks of the next intervals into their slots.
    fn keep(&mut self, mut peaks: &[f32]) {
        let (rate, slots_per_s) = (u64::from(self.sample_rate_hz), u64::from(self.slots_per_s));
        while !peaks.is_empty() {
            let slot = self.at.max(0) as u64 * slots_per_s / rate;
            // The first interval of the next slot.
            let end = ((slot + 1) * rate).div_ceil(slots_per_s) as i64;
            let (own, rest) = peaks.split_at(peaks.len().min((end - self.at) as usize));
            if slot as usize >= self.peaks.len() {
                self.peaks.resize(slot as usize + 1, 0.0);
            }
            if let Some(greatest) = self.peaks.last_mut() {
                *greatest = own.iter().copied().fold(*greatest, f32::max);
            }
            self.at += own.len() as i64;
            peaks = rest;
        }
    }

    /// The linear gain that the limiter applies in each slot, its input gain included.
    pub fn gains(&self, settings: &LimiterSettings) -> Vec<f32> {
        let mut curve = GainCurve::new(settings, f64::from(self.slots_per_s));
        let input_gain = units::db_to_amplitude(settings.gain_db) as f32;
        let delay = curve.delay();
        let mut all = Vec::with_capacity(self.peaks.len() + CHUNK);
        let mut from = 0;
        while all.len() < self.peaks.len() + delay {
            let mut peaks = [0.0; CHUNK];
            let rest = self.peaks.get(from..).unwrap_or_default();
            peaks.iter_mut().zip(rest).for_each(|(peak, track)| *peak = track * input_gain);
            let mut gains = [1.0; CHUNK];
            curve.gains(&peaks, &mut gains);
            all.extend(gains.map(|gain| gain * input_gain));
            from += CHUNK;
        }
        all.drain(..delay);
        all.truncate(self.peaks.len());
        all
    }
}
