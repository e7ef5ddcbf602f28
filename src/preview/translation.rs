//! What a device leaves of a song, from its third-octave spectrum: no audio is needed.
//!
//! The power of each band over the loud parts is split into mid and side, taken through the model's response (mean of
//! its power over the band) and weighted by K. That is the loudness of the loud parts, without gates. Where the
//! models' real filters on the audio differ from it, by up to 0.3 LU, the steep edge of a device's range is the reason.

use super::devices::{DEVICES, Device};
use crate::dsp::bands::third_octave_edges_hz;
use crate::dsp::biquad::Coefficients;
use crate::dsp::kweight::KCoefficients;
use crate::model::{Analysis, DevicePlayback};
use crate::units::{db_to_power, finite, octaves, power_to_db, shift_octaves};

/// Places in a band at which a response is read.
const READINGS: usize = 9;

/// Where a kick has its body, and a bass line its fundamentals (open E of a bass guitar: 41 Hz; of most lines: above 60).
const KICK_HZ: (f64, f64) = (40.0, 100.0);
const BASS_HZ: (f64, f64) = (60.0, 250.0);
/// Lows, mids and highs.
const LOW_HZ: (f64, f64) = (0.0, 250.0);
const MID_HZ: (f64, f64) = (250.0, 4000.0);
const HIGH_HZ: (f64, f64) = (4000.0, 40_000.0);

/// One band: its power in the song, split, and the weight of K.
struct Band {
    center_hz: f64,
    mid: f64,
    side: f64,
    weight: f64,
    frequencies_hz: Vec<f64>,
}

/// The song on every model. Empty for a file without a spectrum.
pub fn translations(analysis: &Analysis) -> Vec<DevicePlayback> {
    let rate_hz = f64::from(analysis.source.sample_rate_hz);
    let bands = bands(analysis, rate_hz);
    if bands.is_empty() {
        return Vec::new();
    }
    DEVICES.iter().filter_map(|device| on(device, &bands, rate_hz)).collect()
}

fn bands(analysis: &Analysis, rate_hz: f64) -> Vec<Band> {
    let k = KCoefficients::at(rate_hz);
    let stereo = analysis.stereo.as_ref();
    let tone = analysis.tone.bands.iter().enumerate();
    tone.filter_map(|(index, band)| {
        let power = db_to_power(band.level_db?);
        let image = stereo.and_then(|stereo| stereo.bands.get(index));
        let share = match image.map(|image| (image.side_to_mid_db, image.correlation)) {
            None => 0.0,
            Some((Some(side_to_mid_db), _)) => {
                let ratio = db_to_power(side_to_mid_db);
                ratio / (1.0 + ratio)
            }
            // Nothing in the mid or nothing in the side: the correlation tells which.
            Some((None, correlation)) => f64::from(u8::from(correlation.is_some_and(|c| c < 0.0))),
        };
        let frequencies_hz = readings(index, rate_hz);
        let weight = mean(&frequencies_hz, |hz| k.power_response(hz, rate_hz));
        let center_hz = band.center_hz;
        Some(Band { center_hz, mid: power * (1.0 - share), side: power * share, weight, frequencies_hz })
    })
    .collect()
}

/// Frequencies at even steps of pitch inside a band, below half the sample rate.
fn readings(index: usize, rate_hz: f64) -> Vec<f64> {
    let (low_hz, high_hz) = third_octave_edges_hz(index);
    let step_oct = octaves(low_hz, high_hz) / READINGS as f64;
    let at = |i: usize| shift_octaves(low_hz, (i as f64 + 0.5) * step_oct).min(0.49 * rate_hz);
    (0..READINGS).map(at).collect()
}

fn mean(frequencies_hz: &[f64], power: impl Fn(f64) -> f64) -> f64 {
    frequencies_hz.iter().map(|hz| power(*hz)).sum::<f64>() / frequencies_hz.len() as f64
}

/// A band with its power before, on the device, and on the device if the sides were left alone.
type Powers<'a> = (&'a Band, f64, f64, f64);

fn on(device: &Device, bands: &[Band], rate_hz: f64) -> Option<DevicePlayback> {
    let (both, only_side) = (device.cascade(rate_hz), device.side_cascade(rate_hz));
    let response = |cascade: &[Coefficients], hz: f64| {
        cascade.iter().map(|filter| filter.power_response(hz, rate_hz)).product::<f64>()
    };
    // Per band: what comes in, what comes out, and what would come out if the sides were left alone.
    let powers: Vec<Powers> = bands
        .iter()
        .map(|band| {
            let through = mean(&band.frequencies_hz, |hz| response(&both, hz));
            let sides = mean(&band.frequencies_hz, |hz| response(&both, hz) * response(&only_side, hz))
                * device.side_share
                * device.side_share;
            let whole = band.mid + band.side;
            (band, whole, through * band.mid + sides * band.side, through * whole)
        })
        .collect();
    let sum = |get: fn(&Powers) -> f64| powers.iter().map(get).sum::<f64>();
    let loudness_in = sum(|p| p.0.weight * p.1);
    let loudness_out = sum(|p| p.0.weight * p.2);
    let loudness_wide = sum(|p| p.0.weight * p.3);
    let lost_lu = finite(power_to_db(loudness_in / loudness_out))?;
    let kept = |(low_hz, high_hz): (f64, f64)| {
        let inside = |p: &&Powers| p.0.center_hz >= low_hz && p.0.center_hz < high_hz;
        let (before, after) = powers.iter().filter(inside).fold((0.0, 0.0), |(b, a), p| (b + p.1, a + p.2));
        if before > 0.0 { after / before } else { 1.0 }
    };
    // A part that is all but gone is as far down as the deepest that a person could hear of it.
    let balance = |range| finite(power_to_db(kept(range))).map_or(-60.0, |db| (db + lost_lu).max(-60.0));
    Some(DevicePlayback {
        device: device.name.to_string(),
        title: device.title.to_string(),
        loudness_lost_lu: lost_lu,
        kick_kept_share: kept(KICK_HZ),
        bass_kept_share: kept(BASS_HZ),
        mono_loss_lu: finite(power_to_db(loudness_wide / loudness_out)).unwrap_or(0.0).max(0.0),
        low_db: balance(LOW_HZ),
        mid_db: balance(MID_HZ),
        high_db: balance(HIGH_HZ),
        source: device.source.to_string(),
        limits: device.limits.to_string(),
    })
}
