//! The gates: from window energies to integrated loudness and loudness range.

use crate::units::{db_to_power, energy_to_lufs, finite, lufs_to_energy};

/// Absolute gate of BS.1770-5 annex 1 and of Tech 3342.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;

/// Relative gate of integrated loudness (BS.1770-5 annex 1), below the mean of what passes the absolute gate.
const RELATIVE_GATE_LU: f64 = -10.0;

/// Relative gate of loudness range (Tech 3342), below the mean of what passes the absolute gate.
const RANGE_GATE_LU: f64 = -20.0;

/// Percentiles between which loudness range spans (Tech 3342).
const RANGE_PERCENTILES: [f64; 2] = [0.10, 0.95];

/// Fewest gated short-term values that give a loudness range: eleven at ten per second cover 4 s of audio.
/// (The standard names no limit; meters mark the value as unstable during the first minute.)
const RANGE_VALUES_MIN: usize = 11;

/// Integrated loudness (BS.1770-5 annex 1) from the mean squares of its gating blocks: 400 ms, every 100 ms, complete
/// blocks only. `None` where no block lies above −70 LUFS.
pub fn integrated_lufs(block_energies: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let gate = relative_gate(block_energies.clone(), RELATIVE_GATE_LU)?;
    finite(energy_to_lufs(mean(block_energies.filter(|energy| *energy > gate))?))
}

/// Loudness range (EBU Tech 3342) from the mean squares of short-term windows, ten per second. `None` where fewer
/// than eleven of them (4 s of audio) pass the gates.
pub fn loudness_range_lu(short_term_energies: impl Iterator<Item = f64> + Clone) -> Option<f64> {
    let gate = relative_gate(short_term_energies.clone(), RANGE_GATE_LU)?;
    let mut gated: Vec<f64> = short_term_energies.filter(|energy| *energy > gate).collect();
    if gated.len() < RANGE_VALUES_MIN {
        return None;
    }
    gated.sort_by(f64::total_cmp);
    let [low, high] = RANGE_PERCENTILES
        .map(|percentile| energy_to_lufs(gated[((gated.len() - 1) as f64 * percentile).round() as usize]));
    finite(high - low)
}

/// Integrated loudness of several files as one programme: the gates see the blocks of all of them together, which is
/// what an album's loudness means (a mean of the files' values is not). Takes the files' `loudness.momentary_lufs`,
/// whose entries are the gating blocks; single precision costs less than 0.00001 LU.
pub fn pooled_integrated_lufs(momentary_lufs: &[&[Option<f32>]]) -> Option<f64> {
    integrated_lufs(energies(momentary_lufs))
}

/// Loudness range of several files as one programme, from their `loudness.short_term_lufs`.
pub fn pooled_range_lu(short_term_lufs: &[&[Option<f32>]]) -> Option<f64> {
    loudness_range_lu(energies(short_term_lufs))
}

fn energies<'a>(series_lufs: &'a [&[Option<f32>]]) -> impl Iterator<Item = f64> + Clone + 'a {
    let values = series_lufs.iter().flat_map(|series| series.iter().flatten());
    values.map(|value_lufs| lufs_to_energy(f64::from(*value_lufs)))
}

/// The energy that values must exceed: both gates in one.
fn relative_gate(energies: impl Iterator<Item = f64>, relative_lu: f64) -> Option<f64> {
    let absolute = lufs_to_energy(ABSOLUTE_GATE_LUFS);
    let relative = mean(energies.filter(|energy| *energy > absolute))? * db_to_power(relative_lu);
    Some(relative.max(absolute))
}

fn mean(energies: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = energies.fold((0.0, 0u64), |(sum, count), energy| (sum + energy, count + 1));
    (count > 0).then(|| sum / count as f64)
}
