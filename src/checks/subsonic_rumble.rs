//! `TONE002`

use super::Context;
use super::context::hertz;
use super::registry::{Findings, check};
use crate::model::{Fix, Severity};
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The third octaves at 20 and 25 Hz against the strongest one from 40 to 160 Hz, where they hold at least a
    /// hundredth of the power of the song.
    ///
    /// ### Why it matters
    /// Rumble below the music eats headroom, drives limiters and moves loudspeaker cones without being
    /// heard.
    ///
    /// ### What to do
    /// A high-pass of 12 dB per octave at 20 to 30 Hz; in a mix, on the channel that rumbles.
    ///
    /// ### References
    /// Masters for vinyl lose everything below 20 Hz. That 10 dB under the bass is worth a word and 6 dB a
    /// warning are engineering choices: the mean spectrum of popular music lies 25 to 35 dB under it there.
    "TONE002" "subsonic-rumble" Warn since "0.1.0" => run
}

/// Distance under the bass that subsonic bands must keep.
const LEAST_DISTANCE_DB: f64 = 10.0;
/// Level relative to the whole spectrum from which rumble takes headroom: a hundredth of the power.
const LEAST_LEVEL_DB: f64 = -20.0;

/// Nearer than this it is plain rumble; up to ten decibels it may be the deepest note of a synthesiser (engineering choice).
const PLAIN_DB: f64 = 6.0;

fn run(cx: &Context, found: &mut Findings) {
    let strongest = |low_hz: f64, high_hz: f64| {
        cx.analysis
            .tone
            .bands
            .iter()
            .filter(|band| (low_hz..=high_hz).contains(&band.center_hz))
            .filter_map(|band| Some((band.center_hz, band.level_db?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    };
    let (Some((at_hz, rumble_db)), Some((_, bass_db))) = (strongest(19.0, 26.0), strongest(39.0, 165.0))
    else {
        return;
    };
    let distance_db = bass_db - rumble_db;
    if distance_db >= LEAST_DISTANCE_DB || rumble_db < LEAST_LEVEL_DB {
        return;
    }
    found
        .push(
            if distance_db < PLAIN_DB { Severity::Warn } else { Severity::Info },
            format!(
                "rumble: {} lies {:.1} dB {} the strongest bass band",
                hertz(at_hz),
                distance_db.abs(),
                if distance_db < 0.0 { "over" } else { "under" }
            ),
        )
        .measured(distance_db, Unit::Db)
        .expected(format!("at least {LEAST_DISTANCE_DB:.0} dB under it"))
        .advice(Fix::Master, "look for the track that rumbles below 30 Hz and high-pass it there; else a high-pass of 12 dB per octave at 25 Hz on the whole")
        .confidence(0.7);
}
