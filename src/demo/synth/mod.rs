//! Small signal generators: oscillators, noise, envelopes, filters, drums, echo and reverb.
//!
//! Everything is a value that is asked for one sample after the other, or a function that returns a
//! finished sound. All of it runs at [`SAMPLE_RATE_HZ`], keeps its state in f64, hands out f32 and
//! gives the same samples for the same seed. Nothing here knows notes, bars or songs.

pub mod drums;
mod envelope;
mod filter;
mod oscillator;
mod random;
mod space;
mod stereo;

pub use envelope::{Envelope, decay};
pub use filter::Filter;
pub use oscillator::{Saw, Sine, pitch_hz, sine};
pub use random::Random;
pub use space::{Echo, Reverb};
pub use stereo::Stereo;

/// Rate of every synthesised sound.
pub const SAMPLE_RATE_HZ: f64 = 44_100.0;

/// The frame that lies nearest to a time.
pub fn frame_at(at_s: f64) -> usize {
    (at_s * SAMPLE_RATE_HZ).round().max(0.0) as usize
}

/// Soft saturation: a straight line for small values that bends towards ±1 (`tanh`), odd, so without DC.
pub fn saturate(sample: f32) -> f32 {
    // Padé approximant of tanh, exact to 0.3 % up to 3, where it meets 1.
    let x = sample.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}
