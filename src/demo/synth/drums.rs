//! Drums as finished sounds: each function returns one hit of about peak 1 that starts and ends at zero.

use super::{Filter, Random, SAMPLE_RATE_HZ, Saw, Sine, decay, saturate};

/// Frames over which a hit fades in: shorter than any ear, long enough not to be a step.
const ONSET_FRAMES: usize = 24;

/// A bass drum: a sine that falls to `base_hz`, with the click of the beater.
pub fn kick(base_hz: f64) -> Vec<f32> {
    let mut random = Random::seeded(0x4B49_434B);
    let mut body = Sine::new();
    let mut click_filter = Filter::new(2800.0, 0.8);
    let hit = decay(0.14, 0.42)
        .zip(decay(0.022, 0.42))
        .zip(decay(0.004, 0.42))
        .map(|((level, sweep), click)| {
            let frequency_hz = base_hz * (1.0 + 3.2 * f64::from(sweep));
            let beater = click * click_filter.band(random.bipolar());
            saturate(1.5 * level * body.sample(frequency_hz)) / 0.92 + 0.5 * beater
        })
        .collect();
    fade_in(hit)
}

/// A snare drum: two modes of the skin and the noise of the wires. Every seed is another stroke.
pub fn snare(seed: u64) -> Vec<f32> {
    let mut random = Random::seeded(seed);
    let (mut low_mode, mut high_mode) = (Sine::new(), Sine::new());
    let (mut wires, mut air) = (Filter::new(1_400.0, 0.7), Filter::new(10_000.0, 0.7));
    let hit = decay(0.055, 0.35)
        .zip(decay(0.09, 0.35))
        .map(|(skin, noise)| {
            // The skin moves inwards first, against the kick that often sounds with it.
            let modes = -0.6 * low_mode.sample(187.0) - 0.35 * high_mode.sample(331.0);
            let rattle = air.low(wires.high(random.bipolar()));
            saturate(1.3 * (skin * modes + 0.75 * noise * rattle))
        })
        .collect();
    fade_in(hit)
}

/// A hi-hat: noise above the vocal range with a metallic ring. `open` lets it sound for a quarter of a second.
pub fn hat(open: bool, seed: u64) -> Vec<f32> {
    let (ring_s, duration_s) = if open { (0.11, 0.4) } else { (0.022, 0.12) };
    let mut random = Random::seeded(seed);
    let mut partials = [3_170.0, 4_230.0, 5_390.0, 6_710.0].map(|hz: f64| (Saw::starting_at(0.5), hz));
    let mut filter = Filter::new(7_600.0, 0.9);
    let mut again = Filter::new(6_200.0, 0.7);
    let hit = decay(ring_s, duration_s)
        .map(|level| {
            let metal: f32 = partials.iter_mut().map(|(saw, hz)| saw.sample(*hz)).sum();
            level * again.high(filter.high(0.8 * random.bipolar() + 0.1 * metal))
        })
        .collect();
    fade_in(hit)
}

/// A cymbal: two seconds of noise that get duller as they fade.
pub fn crash(seed: u64) -> Vec<f32> {
    let mut random = Random::seeded(seed);
    let mut body = Filter::new(3_200.0, 0.7);
    let mut duller = Filter::new(14_000.0, 0.7);
    let hit = decay(0.5, 2.4)
        .enumerate()
        .map(|(index, level)| {
            if index % 64 == 0 {
                let age_s = index as f64 / SAMPLE_RATE_HZ;
                duller.tune(14_000.0 / (1.0 + age_s), 0.7);
            }
            level * duller.low(body.high(random.bipolar()))
        })
        .collect();
    fade_in(hit)
}

fn fade_in(mut hit: Vec<f32>) -> Vec<f32> {
    for (index, sample) in hit.iter_mut().take(ONSET_FRAMES).enumerate() {
        *sample *= index as f32 / ONSET_FRAMES as f32;
    }
    hit
}
