//! Oscillators: a sine and a sawtooth that does not alias audibly. Frequency may change every sample.

use super::SAMPLE_RATE_HZ;
use crate::units::shift_octaves;
use std::f64::consts::TAU;

/// Frequency of a pitch in semitones: 69 is the A of 440 Hz, as in MIDI, equal temperament.
pub fn pitch_hz(pitch_st: f64) -> f64 {
    shift_octaves(440.0, (pitch_st - 69.0) / 12.0)
}

/// Sine of a number of turns (1 = one period), to 6·10⁻⁸: a Taylor polynomial on a quarter of the circle. Faster
/// than the system's, and the same on every system.
pub fn sine(turns: f64) -> f64 {
    // Folded into −¼ … ¼, where the sine goes from −1 to 1.
    let centred = turns - turns.round();
    let folded = if centred.abs() > 0.25 { centred.signum() * 0.5 - centred } else { centred };
    let x = TAU * folded;
    let square = x * x;
    let inner = 1.0 / 120.0 - square * (1.0 / 5_040.0 - square * (1.0 / 362_880.0 - square / 39_916_800.0));
    x * (1.0 - square * (1.0 / 6.0 - square * inner))
}

/// A position within one period, 0 … 1.
#[derive(Debug, Clone, Copy)]
struct Phase {
    turns: f64,
}

impl Phase {
    /// The present position; then moves on by one sample.
    fn advance(&mut self, step: f64) -> f64 {
        let turns = self.turns;
        let next = turns + step;
        self.turns = if next >= 1.0 { next - 1.0 } else { next };
        turns
    }
}

/// A sine of peak 1.
#[derive(Debug, Clone)]
pub struct Sine {
    phase: Phase,
}

impl Sine {
    /// A sine that starts at zero, rising.
    pub fn new() -> Sine {
        Sine { phase: Phase { turns: 0.0 } }
    }

    /// The next sample.
    pub fn sample(&mut self, frequency_hz: f64) -> f32 {
        sine(self.phase.advance(frequency_hz / SAMPLE_RATE_HZ)) as f32
    }
}

impl Default for Sine {
    fn default() -> Sine {
        Sine::new()
    }
}

/// A rising sawtooth of peak 1 with a polynomial band-limited step (PolyBLEP, Välimäki and Huovilainen 2007).
#[derive(Debug, Clone)]
pub struct Saw {
    phase: Phase,
}

impl Saw {
    /// A sawtooth that starts at `turns` (0 … 1) of its period; 0.5 starts at zero.
    pub fn starting_at(turns: f64) -> Saw {
        Saw { phase: Phase { turns: turns.rem_euclid(1.0) } }
    }

    /// The next sample.
    pub fn sample(&mut self, frequency_hz: f64) -> f32 {
        let step = frequency_hz / SAMPLE_RATE_HZ;
        let turns = self.phase.advance(step);
        let naive = 2.0 * turns - 1.0;
        // The step down at the end of the period is rounded over one sample on both sides.
        let rounding = if turns < step {
            let x = turns / step - 1.0;
            -x * x
        } else if turns > 1.0 - step {
            let x = (turns - 1.0) / step + 1.0;
            x * x
        } else {
            0.0
        };
        (naive - rounding) as f32
    }
}
