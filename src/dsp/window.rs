//! Analysis windows, periodic (the form whose shifted copies add up to a constant).

use std::f64::consts::PI;

/// Hann window: leaks little; the squares of its copies do not add up to a constant at half overlap.
pub fn hann(length: usize) -> Vec<f32> {
    root_hann_f64(length).map(|value| (value * value) as f32).collect()
}

/// Square root of the Hann window (sine window): its squares add up to one at half overlap, so that the
/// energies of the frames add up to the energy of the signal.
pub fn root_hann(length: usize) -> Vec<f32> {
    root_hann_f64(length).map(|value| value as f32).collect()
}

/// Value of the Hann window at a place between 0 and 1; 0 outside.
pub fn hann_at(place: f64) -> f64 {
    if (0.0..=1.0).contains(&place) { (PI * place).sin().powi(2) } else { 0.0 }
}

fn root_hann_f64(length: usize) -> impl Iterator<Item = f64> {
    (0..length).map(move |i| (PI * i as f64 / length as f64).sin())
}
