//! Longer seeded signals that behave like music, for the benchmarks and for tests that need material.
#![allow(dead_code, unreachable_pub, reason = "each user uses some of them")]

use mixproof::audio::Block;
use std::f64::consts::TAU;

/// What the song is made of.
#[derive(Clone, Copy)]
pub(crate) struct Song {
    pub(crate) sample_rate_hz: u32,
    pub(crate) duration_s: f64,
    pub(crate) tempo_bpm: f64,
    /// Semitones above C.
    pub(crate) tonic: i32,
    pub(crate) minor: bool,
    pub(crate) drums: bool,
    pub(crate) seed: u64,
}

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Frequency of a note, in semitones from middle C.
fn note_hz(semitones: i32) -> f64 {
    261.625_565_3 * 2f64.powf(f64::from(semitones) / 12.0)
}

/// From 0 to 1 without a corner.
fn smooth(place: f64) -> f64 {
    (0.25 * TAU * place.clamp(0.0, 1.0)).sin().powi(2)
}

impl Song {
    /// The song as stereo audio; its peak is about −3 dBFS.
    pub(crate) fn render(&self) -> Block {
        let rate = f64::from(self.sample_rate_hz);
        let frames = (self.duration_s * rate) as usize;
        let mut left = vec![0.0f64; frames];
        let mut right = vec![0.0f64; frames];
        let mut random = Random(self.seed);
        let beat_s = 60.0 / self.tempo_bpm;
        // I – vi – IV – V, or i – VI – iv – v; the third and the sixth follow the mode.
        let third = if self.minor { 3 } else { 4 };
        let roots = if self.minor { [0, 8, 5, 7] } else { [0, 9, 5, 7] };
        let thirds = if self.minor { [3, 4, 3, 3] } else { [4, 3, 4, 4] };
        let beats = (self.duration_s / beat_s) as usize;
        for beat in 0..beats {
            let at_s = beat as f64 * beat_s;
            let bar = (beat / 4) % 4;
            let root = self.tonic + roots[bar];
            if beat % 4 == 0 {
                for (voice, interval) in [0, thirds[bar], 7].into_iter().enumerate() {
                    let pan = 0.3 + 0.2 * voice as f64;
                    self.tone(&mut left, &mut right, at_s, 3.8 * beat_s, note_hz(root + interval), 0.06, pan);
                }
            }
            for half in 0..2 {
                let at_s = at_s + half as f64 * beat_s / 2.0;
                self.tone(&mut left, &mut right, at_s, 0.4 * beat_s, note_hz(root - 24), 0.16, 0.5);
            }
            let scale = [0, 2, third, 5, 7, third, 2, 0];
            let melody = self.tonic + scale[(beat * 3 + bar) % 8] + 12;
            self.tone(&mut left, &mut right, at_s, 0.8 * beat_s, note_hz(melody), 0.08, 0.55);
            if self.drums {
                self.hit(&mut left, &mut right, at_s, 0.15, 55.0, 0.0, 0.35, &mut random);
                if beat % 2 == 1 {
                    self.hit(&mut left, &mut right, at_s, 0.12, 190.0, 0.4, 0.12, &mut random);
                }
                for quarter in 0..2 {
                    let at_s = at_s + (0.5 * quarter as f64 + 0.25) * beat_s;
                    self.hit(&mut left, &mut right, at_s, 0.03, 0.0, 1.0, 0.04, &mut random);
                }
            }
        }
        let to_f32 = |x: Vec<f64>| x.into_iter().map(|v| v as f32).collect();
        Block::from_channels(vec![to_f32(left), to_f32(right)], self.sample_rate_hz)
    }

    /// A tone with ten falling partials, a soft onset and a soft end.
    #[allow(clippy::too_many_arguments, reason = "one note")]
    fn tone(
        &self,
        left: &mut [f64],
        right: &mut [f64],
        at_s: f64,
        length_s: f64,
        hz: f64,
        level: f64,
        pan: f64,
    ) {
        let rate = f64::from(self.sample_rate_hz);
        let start = (at_s * rate) as usize;
        let length = (length_s * rate) as usize;
        for i in 0..length.min(left.len().saturating_sub(start)) {
            let t = i as f64 / rate;
            let fade = smooth(t / 0.01) * smooth((length_s - t) / 0.03);
            let decay = (-t / (0.6 * length_s)).exp();
            let partials: f64 = (1..=10)
                .filter(|n| hz * f64::from(*n) < 0.45 * rate)
                .map(|n| (TAU * hz * f64::from(n) * t).sin() / f64::from(n * n))
                .sum();
            let value = level * fade * decay * partials;
            left[start + i] += value * 2.0 * (1.0 - pan);
            right[start + i] += value * 2.0 * pan;
        }
    }

    /// A drum: a falling sine and noise.
    #[allow(clippy::too_many_arguments, reason = "one hit")]
    fn hit(
        &self,
        left: &mut [f64],
        right: &mut [f64],
        at_s: f64,
        decay_s: f64,
        hz: f64,
        noise: f64,
        level: f64,
        random: &mut Random,
    ) {
        let rate = f64::from(self.sample_rate_hz);
        let start = (at_s * rate) as usize;
        let mut last = 0.0;
        let mut phase = 0.0;
        for i in 0..((6.0 * decay_s * rate) as usize).min(left.len().saturating_sub(start)) {
            let t = i as f64 / rate;
            let envelope = (-t / decay_s).exp() * smooth(t / 0.002);
            phase += TAU * hz * (1.0 + 3.0 * (-t / 0.02).exp()) / rate;
            let white = random.bipolar();
            let value = level * envelope * ((1.0 - noise) * phase.sin() + noise * (white - last));
            last = white;
            left[start + i] += value;
            right[start + i] += value;
        }
    }
    Block::from_channels(vec![left, right], sample_rate_hz)
}

/// White noise hard-clipped at full scale.
pub fn noise(duration_s: f64, sample_rate_hz: u32) -> Block {
    let mut noise = Noise(7);
    let frames = (duration_s * f64::from(sample_rate_hz)) as usize;
    let channel =
        |noise: &mut Noise| (0..frames).map(|_| (1.5 * noise.next()).clamp(-1.0, 1.0) as f32).collect();
    Block::from_channels(vec![channel(&mut noise), channel(&mut noise)], sample_rate_hz)
}

/// Chip-music squares at full scale, around 1 kHz.
pub fn squares(duration_s: f64, sample_rate_hz: u32) -> Block {
    let frames = (duration_s * f64::from(sample_rate_hz)) as usize;
    let channel = |frequency_hz: f64| {
        let step = frequency_hz / f64::from(sample_rate_hz);
        (0..frames).map(|i| if (i as f64 * step).fract() < 0.5 { 1.0 } else { -1.0 }).collect()
    };
    Block::from_channels(vec![channel(1000.0), channel(1318.5)], sample_rate_hz)
}
