//! How much a processor reduced the gain: at most, on average, and in each tenth of a second.

use super::stage::CHUNK;
use crate::model::Meter;
use crate::units;

/// Values per second in the document.
const SLOTS_PER_SECOND: u64 = 10;

/// Frames below this level (the absolute gate of BS.1770-5) have no sound: they do not count in the mean.
const SOUND_ABOVE_DBFS: f64 = -70.0;

/// Gain reduction of a stream, in the time of the source.
pub(super) struct Reduction {
    sample_rate_hz: u64,
    /// Frames by which the processor's output is behind the source.
    latency: u64,
    frames: u64,
    max_db: f32,
    sum_db: f64,
    sounding: u64,
    slots_db: Vec<f32>,
    sound_above: f32,
}

impl Reduction {
    /// Nothing measured yet; `latency` is that of all processors up to and including this one.
    pub(super) fn new(sample_rate_hz: u32, latency: usize) -> Reduction {
        Reduction {
            sample_rate_hz: u64::from(sample_rate_hz),
            latency: latency as u64,
            frames: 0,
            max_db: 0.0,
            sum_db: 0.0,
            sounding: 0,
            slots_db: Vec::new(),
            sound_above: units::db_to_amplitude(SOUND_ABOVE_DBFS) as f32,
        }
    }

    /// Takes one chunk: the reduction of each frame (0 or more) and what went in.
    pub(super) fn push(&mut self, reduction_db: &[f32; CHUNK], left: &[f32], right: &[f32]) {
        // Eight sums side by side are one vector loop.
        let (mut sums_db, mut counts) = ([0.0f32; 8], [0u32; 8]);
        for start in (0..CHUNK).step_by(8) {
            for lane in 0..8 {
                let index = start + lane;
                let sounds = (left[index].abs() > self.sound_above) | (right[index].abs() > self.sound_above);
                sums_db[lane] += if sounds { reduction_db[index] } else { 0.0 };
                counts[lane] += u32::from(sounds);
            }
        }
        self.sum_db += sums_db.iter().map(|sum_db| f64::from(*sum_db)).sum::<f64>();
        self.sounding += u64::from(counts.iter().sum::<u32>());
        let mut at = 0;
        while at < CHUNK {
            let frame = self.frames + at as u64;
            let Some(frame) = frame.checked_sub(self.latency) else {
                at += (self.latency - frame).min((CHUNK - at) as u64) as usize;
                continue;
            };
            let slot = frame * SLOTS_PER_SECOND / self.sample_rate_hz;
            let next_slot_frame = ((slot + 1) * self.sample_rate_hz).div_ceil(SLOTS_PER_SECOND);
            let end = CHUNK.min(at + (next_slot_frame - frame) as usize);
            // Floats that are not negative are ordered as their bits are, and integers have a vector maximum.
            let bits =
                reduction_db[at..end].iter().map(|reduction_db| reduction_db.max(0.0).to_bits() as i32);
            let most_db = f32::from_bits(bits.fold(0, i32::max) as u32);
            self.slots_db.resize(self.slots_db.len().max(slot as usize + 1), 0.0);
            if let Some(slot_db) = self.slots_db.last_mut() {
                *slot_db = slot_db.max(most_db);
            }
            self.max_db = self.max_db.max(most_db);
            at = end;
        }
        self.frames += CHUNK as u64;
    }

    /// Takes one chunk without any reduction.
    pub(super) fn push_idle(&mut self, left: &[f32], right: &[f32]) {
        self.push(&[0.0; CHUNK], left, right);
    }

    /// The stream has so many frames: what was measured on the padding behind it does not count.
    pub(super) fn end_at(&mut self, frames: u64) {
        self.slots_db.truncate((frames * SLOTS_PER_SECOND).div_ceil(self.sample_rate_hz) as usize);
    }

    /// The document.
    pub(super) fn meter(&self, id: &str) -> Meter {
        Meter {
            id: id.to_string(),
            gain_reduction_max_db: Some(f64::from(self.max_db)),
            gain_reduction_mean_db: Some(self.sum_db / (self.sounding.max(1)) as f64),
            gain_reduction_db: self.slots_db.clone(),
        }
    }
}
