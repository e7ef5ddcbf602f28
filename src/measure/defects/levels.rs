//! DC, silence at both ends, noise floor.

use crate::dsp::level::sum_and_energy;
use crate::dsp::stats::Histogram;
use crate::units;

/// Below −80 dBFS a sample is silent.
const SILENCE: f32 = 1e-4;
/// Length of the frames of the noise floor (`standards` §6).
const FLOOR_FRAME_S: f64 = 0.050;
/// Percentile of the frames that is the floor (`standards` §6: the first to the fifth).
const FLOOR_SHARE: f64 = 0.03;

pub(super) struct Levels {
    rate_hz: f64,
    frames: u64,
    sums: Vec<f64>,
    first_sound: Option<u64>,
    last_sound: u64,
    frame_length: usize,
    frame_filled: usize,
    frame_energy: f64,
    /// Energy of all whole frames, and their number.
    energy: f64,
    whole_frames: u64,
    floor: Histogram,
}

impl Levels {
    pub(super) fn new(sample_rate_hz: u32, channels: usize) -> Levels {
        let rate_hz = f64::from(sample_rate_hz);
        Levels {
            rate_hz,
            frames: 0,
            sums: vec![0.0; channels],
            first_sound: None,
            last_sound: 0,
            frame_length: ((FLOOR_FRAME_S * rate_hz) as usize).max(1),
            frame_filled: 0,
            frame_energy: 0.0,
            energy: 0.0,
            whole_frames: 0,
            floor: Histogram::new(-200.0, 60.0, 0.05),
        }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>]) {
        let frames = chunk.first().map_or(0, Vec::len);
        let loud = |x: &f32| x.abs() > SILENCE;
        if self.first_sound.is_none() {
            let first = chunk.iter().filter_map(|samples| samples.iter().position(loud)).min();
            self.first_sound = first.map(|at| self.frames + at as u64);
        }
        if let Some(last) = chunk.iter().filter_map(|samples| samples.iter().rposition(loud)).max() {
            self.last_sound = self.frames + last as u64;
        }
        self.frames += frames as u64;
        let mut at = 0;
        while at < frames {
            let to = (at + self.frame_length - self.frame_filled).min(frames);
            for (sum, samples) in self.sums.iter_mut().zip(chunk) {
                let moments = sum_and_energy(&samples[at..to]);
                *sum += moments[0];
                self.frame_energy += moments[1];
            }
            self.frame_filled += to - at;
            at = to;
            if self.frame_filled == self.frame_length {
                // Digital silence has no level and drops out.
                let mean = self.frame_energy / (self.frame_length * chunk.len()) as f64;
                self.energy += mean;
                self.whole_frames += 1;
                self.floor.add(units::power_to_db(mean));
                self.frame_filled = 0;
                self.frame_energy = 0.0;
            }
        }
    }

    pub(super) fn dc_offset(&self) -> Vec<f64> {
        self.sums.iter().map(|sum| if self.frames > 0 { sum / self.frames as f64 } else { 0.0 }).collect()
    }

    /// A file without any sound is leading silence throughout.
    pub(super) fn leading_silence_s(&self) -> f64 {
        self.first_sound.unwrap_or(self.frames) as f64 / self.rate_hz
    }

    pub(super) fn trailing_silence_s(&self) -> f64 {
        match self.first_sound {
            Some(_) => (self.frames - self.last_sound - 1) as f64 / self.rate_hz,
            None => 0.0,
        }
    }

    /// Mean power of the whole file, all channels.
    pub(super) fn mean_power(&self) -> f64 {
        self.energy / self.whole_frames.max(1) as f64
    }

    pub(super) fn noise_floor_dbfs(&self) -> Option<f64> {
        self.floor.ranked_from(f64::NEG_INFINITY, FLOOR_SHARE)
    }
}
