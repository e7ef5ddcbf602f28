//! The names of single measures: which JSON path of `analysis/1` is which number, and the smoothing of spectra
//! that every comparison uses.

use super::{Analysis, StereoBand, Tone};

/// Reads one number from an analysis.
type Reader = fn(&Analysis) -> Option<f64>;

/// Every single-valued measure that a profile may have a span for, by its JSON path.
const SCALARS: &[(&str, Reader)] = &[
    ("loudness.integrated_lufs", |a| a.loudness.integrated_lufs),
    ("loudness.range_lu", |a| a.loudness.range_lu),
    ("loudness.momentary_max_lufs", |a| a.loudness.momentary_max_lufs),
    ("loudness.short_term_max_lufs", |a| a.loudness.short_term_max_lufs),
    ("dynamics.crest_db", |a| a.dynamics.crest_db),
    ("dynamics.plr_lu", |a| a.dynamics.plr_lu),
    ("dynamics.psr_min_lu", |a| a.dynamics.psr_min_lu),
    ("dynamics.psr_p05_lu", |a| a.dynamics.psr_p05_lu),
    ("dynamics.dr_db", |a| a.dynamics.dr_db),
    ("dynamics.limited_db", |a| a.dynamics.limited_db),
    ("tone.tilt_db_per_oct", |a| a.tone.tilt_db_per_oct),
    ("stereo.correlation", |a| a.stereo.as_ref().and_then(|stereo| stereo.correlation)),
    ("stereo.side_to_mid_db", |a| a.stereo.as_ref().and_then(|stereo| stereo.side_to_mid_db)),
    ("stereo.mono_loss_lu", |a| a.stereo.as_ref().and_then(|stereo| stereo.mono_loss_lu)),
];

impl Analysis {
    /// The number behind a single-valued path such as `loudness.integrated_lufs`; `None` where it was not
    /// measurable, or where no such path exists (see [`scalar_paths`]).
    pub fn scalar(&self, path: &str) -> Option<f64> {
        SCALARS.iter().find(|(known, _)| *known == path).and_then(|(_, read)| read(self))
    }
}

/// The single-valued paths that a profile may have a span for.
pub fn scalar_paths() -> impl Iterator<Item = &'static str> {
    SCALARS.iter().map(|(path, _)| *path)
}

/// Sibilance from which s sounds are likely to be sharp (engineering choice; no figure is published): a rough mix with a
/// lead voice reads 4.1 dB, and 7.6 dB once the s range of its voice is added again with 10 dB more.
pub const SIBILANCE_LIMIT_DB: f64 = 7.0;

impl Tone {
    /// The third octaves as `(center_hz, level_db)`, smoothed 1-2-1 over neighbours in dB, so that the key of
    /// a song (single notes of bass and voice) does not show in a comparison. Bands without a level are left out.
    pub fn smoothed_bands(&self) -> Vec<(f64, f64)> {
        let bands: Vec<(f64, f64)> =
            self.bands.iter().filter_map(|band| Some((band.center_hz, band.level_db?))).collect();
        (0..bands.len())
            .map(|i| {
                let below = i.checked_sub(1).and_then(|i| bands.get(i)).map(|band| band.1);
                let above = bands.get(i + 1).map(|band| band.1);
                let mut sum_db = 2.0 * bands[i].1;
                let mut weight = 2.0;
                for neighbour_db in [below, above].into_iter().flatten() {
                    sum_db += neighbour_db;
                    weight += 1.0;
                }
                (bands[i].0, sum_db / weight)
            })
            .collect()
    }
}

/// Side against mid over a range of frequencies: the mean of the third octaves whose centres lie in it.
/// `None` where no band in the range has a value.
pub fn side_to_mid_between_db(bands: &[StereoBand], low_hz: f64, high_hz: f64) -> Option<f64> {
    let levels: Vec<f64> = bands
        .iter()
        .filter(|band| band.center_hz >= low_hz && band.center_hz < high_hz)
        .filter_map(|band| band.side_to_mid_db)
        .collect();
    (!levels.is_empty()).then(|| levels.iter().sum::<f64>() / levels.len() as f64)
}
