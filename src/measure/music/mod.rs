//! Tempo, key and energy: indicative, with confidence.

mod key;
mod tempo;

use crate::audio::Block;
use crate::dsp::chroma::Chroma;
use crate::dsp::halving::Halvings;
use crate::dsp::rechunk::Rechunker;
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::window::hann;
use crate::model::{Loudness, Music};
use crate::units;
use tempo::OnsetEnvelope;

/// The lowered rate is at least this: tempo and key live below 5 kHz.
const LOWEST_RATE_HZ: f64 = 10_000.0;
/// Shares of left and right in the one channel that is looked at. Not one half each: a channel that is upside down would vanish.
const LEFT: f32 = 0.6;
const RIGHT: f32 = 0.4;
/// Frames of the onset envelope per second, about.
const ONSET_FRAMES_PER_S: f64 = 86.0;
/// Hops in one onset frame: 46 ms.
const ONSET_HOPS: usize = 4;
/// Length of the frames for the key: bins of 2.7 Hz.
const KEY_FRAME_S: f64 = 0.371;
/// Range of the peaks that say something on the key: above, partials; below, the bins are wider than a semitone.
const KEY_RANGE_HZ: (f64, f64) = (110.0, 1760.0);
/// Frames of audio that are looked at in one go.
const CHUNK: usize = 4096;

/// Tempo, key and energy of a stream, from its first two channels.
pub struct MusicMeter {
    chunks: Rechunker,
    mixed: Vec<f32>,
    halvings: Halvings,
    low: Vec<f32>,
    low_rate_hz: f64,
    onset_hop: usize,
    onset_spectrum: PairSpectrum,
    next_onset: usize,
    onsets: OnsetEnvelope,
    key_spectrum: PairSpectrum,
    key_power: Vec<f32>,
    next_key: usize,
    chroma: Chroma,
}

impl MusicMeter {
    /// A meter for a stream.
    pub fn new(sample_rate_hz: u32, channels: usize) -> MusicMeter {
        let rate_hz = f64::from(sample_rate_hz);
        let halvings = Halvings::new(rate_hz, Halvings::count_down_to(rate_hz, LOWEST_RATE_HZ));
        let low_rate_hz = halvings.output_rate_hz();
        let onset_hop = ((low_rate_hz / ONSET_FRAMES_PER_S / 8.0).round() as usize).max(1) * 8;
        let onset_length = ONSET_HOPS * onset_hop;
        let key_length = ((KEY_FRAME_S * low_rate_hz) as usize).next_power_of_two();
        let onset_spectrum = PairSpectrum::new(hann(onset_length), onset_length);
        let bins = onset_spectrum.power.len();
        MusicMeter {
            chunks: Rechunker::new(channels, CHUNK),
            mixed: Vec::new(),
            halvings,
            low: Vec::new(),
            onsets: OnsetEnvelope::new(
                low_rate_hz / onset_length as f64,
                bins,
                low_rate_hz / onset_hop as f64,
            ),
            onset_hop,
            onset_spectrum,
            next_onset: 0,
            key_power: vec![0.0; key_length / 2 + 1],
            key_spectrum: PairSpectrum::new(hann(key_length), key_length),
            next_key: 0,
            chroma: Chroma::default(),
            low_rate_hz,
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let mut chunks = std::mem::replace(&mut self.chunks, Rechunker::new(0, 1));
        chunks.push(block.channels(), |chunk| self.look(chunk));
        self.chunks = chunks;
    }

    fn look(&mut self, chunk: &[Vec<f32>]) {
        let Some(left) = chunk.first() else { return };
        let mut mixed = std::mem::take(&mut self.mixed);
        mixed.clear();
        match chunk.get(1) {
            Some(right) => mixed.extend(left.iter().zip(right).map(|(l, r)| LEFT * l + RIGHT * r)),
            None => mixed.extend_from_slice(left),
        }
        self.halvings.push(&mixed, &mut self.low);
        self.mixed = mixed;
        self.onset_frames();
        self.key_frames();
        let done = self.next_onset.min(self.next_key).min(self.low.len());
        self.low.drain(..done);
        self.next_onset -= done;
        self.next_key -= done;
    }

    /// Two frames by one transform: as if they were left and right.
    fn onset_frames(&mut self) {
        let length = self.onset_spectrum.window_length();
        while self.next_onset + length + self.onset_hop <= self.low.len() {
            let at = self.next_onset;
            let second = at + self.onset_hop;
            self.onset_spectrum
                .transform(&self.low[at..at + length], Some(&self.low[second..second + length]));
            let PairSpectrum { power, difference, .. } = &self.onset_spectrum;
            self.onsets.push_pair(power, difference);
            self.next_onset += 2 * self.onset_hop;
        }
    }

    fn key_frames(&mut self) {
        let length = self.key_spectrum.window_length();
        while self.next_key + 2 * length <= self.low.len() {
            let (first, second) = self.low[self.next_key..self.next_key + 2 * length].split_at(length);
            self.key_spectrum.transform(first, Some(second));
            let bin_hz = self.low_rate_hz / length as f64;
            for sign in [1.0, -1.0] {
                let PairSpectrum { power, difference, .. } = &self.key_spectrum;
                for ((one, power), difference) in self.key_power.iter_mut().zip(power).zip(difference) {
                    *one = 0.5 * (power + sign * difference);
                }
                if self.key_power.iter().sum::<f32>() > KEY_SILENCE {
                    self.chroma.add(&self.key_power, bin_hz, KEY_RANGE_HZ.0, KEY_RANGE_HZ.1);
                }
            }
            self.next_key += 2 * length;
        }
    }

    /// What was measured. `None` where the audio is too short, silent or without onsets.
    pub fn finish(mut self, loudness: &Loudness) -> Music {
        let rest = self.chunks.rest().to_vec();
        self.look(&rest);
        let tempo = self.onsets.tempo();
        let key = key::key(&self.chroma);
        Music {
            tempo_bpm: tempo.as_ref().map(|tempo| tempo.bpm),
            tempo_alternatives_bpm: tempo.as_ref().map_or(Vec::new(), |tempo| tempo.alternatives_bpm.clone()),
            tempo_confidence: tempo.as_ref().map(|tempo| tempo.confidence),
            key: key.as_ref().map(|key| key.name.clone()),
            key_confidence: key.as_ref().map(|key| key.confidence),
            energy: energy(&self.onsets, loudness),
        }
    }
}

/// Frames below −80 dBFS say nothing on the key.
const KEY_SILENCE: f32 = 1e-8;

/// Half loudness (−35 to −8 LUFS), a quarter brightness (level above 2 kHz against all below 5 kHz: −30 to −5 dB), a
/// quarter onsets (0 to 8 per second), each from 0 to 1. A convention of this program, not a standard.
fn energy(onsets: &OnsetEnvelope, loudness: &Loudness) -> Option<f64> {
    let part = |value: f64, low: f64, high: f64| ((value - low) / (high - low)).clamp(0.0, 1.0);
    let loud = part(loudness.integrated_lufs?, -35.0, -8.0);
    let bright = part(units::power_to_db(onsets.brightness()?), -30.0, -5.0);
    let busy = part(onsets.onsets_per_s()?, 0.0, 8.0);
    Some(0.5 * loud + 0.25 * bright + 0.25 * busy)
}
