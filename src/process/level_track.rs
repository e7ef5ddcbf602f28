//! What compressors would do at any setting, from one pass over the audio: for a search without a render per step.

use super::dynamic_eq::BandLevel;
use super::stage::CHUNK;
use crate::audio::Block;
use crate::dsp::crossover::Crossover;
use crate::dsp::envelope::{Ballistics, EnvelopeDetector, StaticCurve};
use crate::model::CompressorSettings;
use crate::units;

/// Slots per second: mastering compressors are slow against 4 ms.
const SLOTS_PER_SECOND: u32 = 250;

/// Slots below this level have no sound, as in the meters.
const SOUND_ABOVE_DBFS: f64 = -70.0;

/// The bands that are listened to.
#[derive(Debug, Clone, PartialEq)]
pub enum Split {
    /// One band: everything.
    Whole,
    /// Bands between ascending crossover frequencies.
    Crossover(Vec<f64>),
    /// Band-passes, each by centre and Q.
    Around(Vec<(f64, f64)>),
}

/// Levels of the bands of a stream, four milliseconds at a time: 3 kB per band and second of audio.
pub struct LevelTrack {
    splitter: Splitter,
    bands: Vec<BandTrack>,
    sample_rate_hz: u32,
    waiting: [Vec<f32>; 2],
    channels: usize,
    frames: u64,
}

/// How the bands are made.
enum Splitter {
    Whole(Box<EnvelopeDetector>),
    Crossover(Box<Parts>),
    Around(Vec<BandLevel>),
}

/// A crossover, and what listens to each of its bands.
struct Parts {
    crossover: Crossover,
    detectors: Vec<EnvelopeDetector>,
    buffers: Vec<[Vec<f32>; 2]>,
}

/// One band.
#[derive(Default)]
struct BandTrack {
    /// Sum of the detector's power in each slot.
    detected: Vec<f32>,
    /// Sum of squares of both channels.
    energies: Vec<f32>,
    /// Greatest sample.
    peaks: Vec<f32>,
}

/// What a compressor would do to a band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandChange {
    /// Mean gain reduction, over the slots that have sound.
    pub reduction_mean_db: f64,
    /// Most gain reduction.
    pub reduction_max_db: f64,
    /// Change of peak over RMS.
    pub crest_db: f64,
}

impl LevelTrack {
    /// An empty track for a mono or stereo stream.
    pub fn new(split: &Split, sample_rate_hz: u32, channels: usize) -> LevelTrack {
        let rate_hz = f64::from(sample_rate_hz);
        let (splitter, bands) = match split {
            Split::Whole => (Splitter::Whole(Box::new(EnvelopeDetector::new(sample_rate_hz, rate_hz))), 1),
            Split::Crossover(frequencies_hz) => {
                let tops_hz = frequencies_hz.iter().copied().chain([rate_hz]);
                let detectors: Vec<_> =
                    tops_hz.map(|top_hz| EnvelopeDetector::new(sample_rate_hz, top_hz)).collect();
                let bands = detectors.len();
                let buffers = (0..bands).map(|_| [vec![0.0; CHUNK], vec![0.0; CHUNK]]).collect();
                let crossover = Crossover::new(frequencies_hz, rate_hz);
                (Splitter::Crossover(Box::new(Parts { crossover, detectors, buffers })), bands)
            }
            Split::Around(places) => {
                let level = |(center_hz, q): &(f64, f64)| BandLevel::new(*center_hz, *q, sample_rate_hz);
                (Splitter::Around(places.iter().map(level).collect()), places.len())
            }
        };
        LevelTrack {
            splitter,
            bands: (0..bands).map(|_| BandTrack::default()).collect(),
            sample_rate_hz: sample_rate_hz.max(1),
            waiting: Default::default(),
            channels: channels.max(1),
            frames: 0,
        }
    }

    /// Takes the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        for (index, waiting) in self.waiting.iter_mut().enumerate() {
            waiting.extend_from_slice(block.channel(index % self.channels));
        }
        let whole = self.waiting[0].len() / CHUNK * CHUNK;
        let [left, right] = std::mem::take(&mut self.waiting);
        for (left, right) in left[..whole].chunks_exact(CHUNK).zip(right[..whole].chunks_exact(CHUNK)) {
            self.take(left, right, CHUNK);
        }
        self.waiting = [left[whole..].to_vec(), right[whole..].to_vec()];
    }

    /// Takes what is left, after the last block.
    pub fn finish(&mut self) {
        let [mut left, mut right] = std::mem::take(&mut self.waiting);
        let frames = left.len();
        if frames > 0 {
            left.resize(CHUNK, 0.0);
            right.resize(CHUNK, 0.0);
            self.take(&left, &right, frames);
        }
    }

    /// One chunk, of which `frames` are audio.
    fn take(&mut self, left: &[f32], right: &[f32], frames: usize) {
        let mut power = [0.0f32; CHUNK];
        let (rate, at) = (self.sample_rate_hz, self.frames);
        match &mut self.splitter {
            Splitter::Whole(detector) => {
                detector.power(left, right, &mut power);
                let channels = left.iter().copied().zip(right.iter().copied());
                self.bands[0].add(&power[..frames], channels, rate, at);
            }
            Splitter::Crossover(parts) => {
                let Parts { crossover, detectors, buffers } = &mut **parts;
                crossover.split(left, right, buffers);
                for ((detector, [left, right]), band) in
                    detectors.iter_mut().zip(buffers).zip(&mut self.bands)
                {
                    detector.power(left, right, &mut power);
                    let channels = left.iter().copied().zip(right.iter().copied());
                    band.add(&power[..frames], channels, rate, at);
                }
            }
            Splitter::Around(levels) => {
                for (level, band) in levels.iter_mut().zip(&mut self.bands) {
                    level.power(left, right, &mut power);
                    let channels = level.frames.iter().map(|frame| (frame[0] as f32, frame[1] as f32));
                    band.add(&power[..frames], channels, rate, at);
                }
            }
        }
        self.frames += frames as u64;
    }

    /// The reduction of each slot of a band; no more than `most_db`. Empty for a band that does not exist.
    pub fn reductions_db(&self, band: usize, settings: &CompressorSettings, most_db: f64) -> Vec<f32> {
        let Some(track) = self.bands.get(band) else { return Vec::new() };
        let curve = StaticCurve::new(settings.threshold_dbfs, settings.ratio, settings.knee_db);
        let frames = self.sample_rate_hz as f32 / SLOTS_PER_SECOND as f32;
        let mut ballistics =
            [Ballistics::new(settings.attack_ms, settings.release_ms, f64::from(SLOTS_PER_SECOND))];
        let mut all = Vec::with_capacity(track.detected.len() + CHUNK);
        for slots in track.detected.chunks(CHUNK) {
            let mut asked_db = [[0.0f32; CHUNK]];
            for (asked_db, power) in asked_db[0].iter_mut().zip(slots) {
                let level_dbfs = units::fast_power_to_db(power / frames);
                *asked_db = curve.reduction_db(level_dbfs).min(most_db as f32);
            }
            Ballistics::follow(&mut ballistics, &mut asked_db);
            all.extend_from_slice(&asked_db[0][..slots.len()]);
        }
        all
    }

    /// What reductions do to a band; `None` for a band without sound.
    pub fn change(&self, band: usize, reductions_db: &[f32]) -> Option<BandChange> {
        let track = self.bands.get(band)?;
        let frames = self.sample_rate_hz as f32 / SLOTS_PER_SECOND as f32;
        let sound_above = frames * units::db_to_power(SOUND_ABOVE_DBFS) as f32;
        let (mut sum_db, mut sounding, mut max_db) = (0.0f64, 0u32, 0.0f32);
        let (mut energies, mut peaks) = ([0.0f64; 2], [0.0f32; 2]);
        // A peak meets the gain of the moment before it: reduction follows it.
        let mut gain_before = 1.0;
        for (slot, reduction_db) in reductions_db.iter().enumerate().take(track.energies.len()) {
            if track.energies[slot] > sound_above {
                sum_db += f64::from(*reduction_db);
                sounding += 1;
            }
            max_db = max_db.max(*reduction_db);
            let gain = units::fast_db_to_amplitude(-reduction_db);
            energies[0] += f64::from(track.energies[slot]);
            energies[1] += f64::from(track.energies[slot] * gain * gain);
            peaks[0] = peaks[0].max(track.peaks[slot]);
            peaks[1] = peaks[1].max(track.peaks[slot] * gain.max(gain_before));
            gain_before = gain;
        }
        if sounding == 0 || peaks[1] <= 0.0 {
            return None;
        }
        let crest_db =
            [0, 1].map(|i| units::power_to_db(f64::from(peaks[i]) * f64::from(peaks[i]) / energies[i]));
        Some(BandChange {
            reduction_mean_db: sum_db / f64::from(sounding),
            reduction_max_db: f64::from(max_db),
            crest_db: crest_db[1] - crest_db[0],
        })
    }

    /// The greatest sample of each slot of a band, under reductions.
    pub fn peaks(&self, band: usize, reductions_db: &[f32]) -> Vec<f32> {
        let Some(track) = self.bands.get(band) else { return Vec::new() };
        let mut gain_before = 1.0f32;
        let lowered = track.peaks.iter().zip(reductions_db).map(|(peak, reduction_db)| {
            let gain = units::fast_db_to_amplitude(-reduction_db);
            let lowered = peak * gain.max(gain_before);
            gain_before = gain;
            lowered
        });
        lowered.collect()
    }

    /// Energy of each stretch of so many slots of a band, under reductions.
    pub fn energies(&self, band: usize, reductions_db: &[f32], stretch: usize) -> Vec<f64> {
        let Some(track) = self.bands.get(band) else { return Vec::new() };
        let weighed: Vec<f32> = track
            .energies
            .iter()
            .zip(reductions_db)
            .map(|(energy, reduction_db)| {
                let gain = units::fast_db_to_amplitude(-reduction_db);
                energy * gain * gain
            })
            .collect();
        weighed.chunks_exact(stretch.max(1)).map(|slots| slots.iter().map(|e| f64::from(*e)).sum()).collect()
    }
}

impl BandTrack {
    /// Adds frames, the first of which has the number `at` in the stream.
    fn add(&mut self, power: &[f32], channels: impl Iterator<Item = (f32, f32)>, rate_hz: u32, at: u64) {
        for ((index, power), (left, right)) in power.iter().enumerate().zip(channels) {
            let slot = ((at + index as u64) * u64::from(SLOTS_PER_SECOND) / u64::from(rate_hz)) as usize;
            if slot >= self.detected.len() {
                for values in [&mut self.detected, &mut self.energies, &mut self.peaks] {
                    values.resize(slot + 1, 0.0);
                }
            }
            self.detected[slot] += power;
            self.energies[slot] += left * left + right * right;
            self.peaks[slot] = self.peaks[slot].max(left.abs()).max(right.abs());
        }
    }
}
