//! The stereo image: broad-band from exact sums, per band from the spectra of the loud parts.

use super::blocks::{BandPowers, BlockEngine};
use super::layout::BANDS;
use super::moments::Moments;
use crate::dsp::bands::THIRD_OCTAVE_CENTERS_HZ;
use crate::measure::sections::{Labels, is_loud};
use crate::model::{Stereo, StereoBand};
use crate::units;

/// Above this correlation both channels carry the same signal (MTG essentia, FalseStereoDetector).
const DUAL_MONO_CORRELATION: f64 = 0.9995;
/// An upside-down channel mirrors the image: usual music has a correlation of +0.3 to +0.8 (`standards` section 4), widened sounds
/// reach −0.3 by themselves. From here on down more than 5 dB are lost in mono.
const INVERTED_CORRELATION: f64 = -0.4;
/// And it mirrors the whole spectrum: at least this share of the bands that are heard is negative. Widening leaves some of them.
const INVERTED_SHARE: f64 = 0.75;
/// Bands that are heard: within 30 dB of the strongest.
const HEARD_SHARE: f64 = 1e-3;
/// A side that is this much weaker in a band is rounding of the f32 transform, not signal: 60 dB.
const ROUNDING_SHARE: f64 = 1e-6;
/// Likewise a fold-down that is this far down: nothing is left of it.
const FOLDED_AWAY_DB: f64 = 60.0;

pub(super) fn stereo(
    engine: &BlockEngine,
    labels: &Labels,
    moments: &Moments,
    delay_s: Option<f64>,
) -> Stereo {
    let powers = loud_powers(&engine.seconds, labels);
    let bands = (0..BANDS)
        .filter(|band| engine.layout.third[*band].is_some())
        .map(|band| Sides::of(&powers, band..band + 1).band(THIRD_OCTAVE_CENTERS_HZ[band]))
        .collect();
    let correlation = units::finite(moments.correlation());
    let mono_loss_lu =
        units::power_level_db(engine.k_levels.mono_loss()).filter(|loss_lu| loss_lu.abs() < FOLDED_AWAY_DB);
    let polarity_inverted = !moments.silent()
        && correlation.is_some_and(|r| r < INVERTED_CORRELATION)
        && negative_share(&powers) >= INVERTED_SHARE;
    let dual_mono = moments.identical() || correlation.is_some_and(|r| r > DUAL_MONO_CORRELATION);
    Stereo {
        correlation,
        side_to_mid_db: units::power_level_db(moments.side_to_mid()),
        balance_db: units::power_level_db(moments.balance()),
        mono_loss_lu,
        dual_mono,
        polarity_inverted,
        delay_s: delay_s.filter(|_| !dual_mono),
        bands,
    }
}

/// Share of the bands that are heard whose channels move against each other.
fn negative_share(powers: &[(f64, f64, f64)]) -> f64 {
    let strongest = powers.iter().map(|band| band.0).fold(0.0, f64::max);
    let heard: Vec<&(f64, f64, f64)> =
        powers.iter().filter(|band| band.0 > HEARD_SHARE * strongest).collect();
    heard.iter().filter(|band| band.2 < 0.0).count() as f64 / heard.len().max(1) as f64
}

/// Band powers over the seconds that are mostly loud; over all where none is.
fn loud_powers(seconds: &[BandPowers], labels: &Labels) -> Vec<(f64, f64, f64)> {
    let loud = |second: usize| is_loud(labels, second as f64 + 0.5);
    let any = (0..seconds.len()).any(loud);
    (0..BANDS)
        .map(|band| {
            seconds.iter().enumerate().filter(|(second, _)| !any || loud(*second)).fold(
                (0.0, 0.0, 0.0),
                |sum, (_, powers)| {
                    (
                        sum.0 + f64::from(powers.power[band]),
                        sum.1 + f64::from(powers.difference[band]),
                        sum.2 + f64::from(powers.cross[band]),
                    )
                },
            )
        })
        .collect()
}

/// |L|² + |R|², |L|² − |R|² and Re(L R*) of some bands.
struct Sides {
    power: f64,
    difference: f64,
    cross: f64,
}

impl Sides {
    fn of(powers: &[(f64, f64, f64)], bands: std::ops::Range<usize>) -> Sides {
        powers[bands].iter().fold(Sides { power: 0.0, difference: 0.0, cross: 0.0 }, |sum, band| Sides {
            power: sum.power + band.0,
            difference: sum.difference + band.1,
            cross: sum.cross + band.2,
        })
    }

    fn correlation(&self) -> Option<f64> {
        let left = (self.power + self.difference) / 2.0;
        let right = (self.power - self.difference) / 2.0;
        if left.min(right) <= ROUNDING_SHARE * self.power {
            return None;
        }
        units::finite((self.cross / (left * right).sqrt()).clamp(-1.0, 1.0))
    }

    fn band(&self, center_hz: f64) -> StereoBand {
        // Four times the power of mid and side.
        let (mid, side) = (self.power + 2.0 * self.cross, self.power - 2.0 * self.cross);
        let heard = |power: f64| if power > ROUNDING_SHARE * self.power { power } else { 0.0 };
        StereoBand {
            center_hz,
            correlation: self.correlation(),
            side_to_mid_db: units::power_level_db(heard(side) / heard(mid)),
            mono_loss_db: units::power_level_db(2.0 * self.power / heard(mid)),
        }
    }
}
