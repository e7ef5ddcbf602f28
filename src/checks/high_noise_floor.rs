//! `DEF010`

use super::Context;
use super::context::series_range;
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::{Unit, clock};

check! {
    /// ### What it measures
    /// The longest stretch of a song with a wide loudness range in which the momentary loudness stands
    /// still (within 1 LU for a second and a half) well below the loudness of the song.
    ///
    /// ### Why it matters
    /// Noise that is hidden at full level shows in intros, pauses and endings, and comes up with mastering
    /// gain.
    ///
    /// ### What to do
    /// Gate or edit the pauses of single tracks; reduce noise gently before the bus compressor.
    ///
    /// ### References
    /// Thresholds are engineering choices: tape of the seventies lies about 55 dB below the music. Noise
    /// of any width that is heard moves by less than 1 LU in windows of 400 ms; quiet music, rain and a
    /// decay move more (of the 32 songs on which the table of `check --summary` is usually printed none
    /// fires). A held note stands still as well, so the confidence is low.
    "DEF010" "high-noise-floor" Info since "0.1.0" => run
}

/// Loudness range from which the quietest parts may be pauses and not music.
const PAUSES_RANGE_LU: f64 = 15.0;
/// Distance below the loudness of the song between which a steady sound is worth a word: nearer it is music, further
/// away nobody hears it.
const BELOW_LU: std::ops::Range<f64> = 12.0..35.0;
/// How little noise moves.
const STEADY_LU: f32 = 1.0;
/// Entries of the momentary loudness, ten per second, that have to stand still.
const STEADY_ENTRIES: usize = 15;

fn run(cx: &Context, found: &mut Findings) {
    let loudness = &cx.analysis.loudness;
    let (Some(integrated_lufs), Some(range_lu)) = (loudness.integrated_lufs, loudness.range_lu) else {
        return;
    };
    if range_lu < PAUSES_RANGE_LU {
        return;
    }
    let Some((first, end, level_lufs)) = longest_steady(&loudness.momentary_lufs, integrated_lufs)
        .filter(|(first, end, _)| end - first >= STEADY_ENTRIES)
    else {
        return;
    };
    let range = series_range(first, end);
    let below_lu = integrated_lufs - level_lufs;
    found
        .info(format!(
            "from {} to {} the level stands still only {below_lu:.1} LU below the loudness of the song",
            clock(range.start_s, true),
            clock(range.end_s, true)
        ))
        .measured(below_lu, Unit::Lu)
        .expected(format!("pauses more than {:.0} LU below the loudness", BELOW_LU.end))
        .at([range])
        .advice(
            Fix::Mix,
            format!(
                "listen at {} for hiss, hum and spill; where there is any, clean the single track that brings it; a held note stays",
                clock(range.start_s, true)
            ),
        )
        .confidence(0.3);
}

/// The longest stretch that stands still in the range of levels that matters: first entry, the one after its last, and
/// its mean level.
fn longest_steady(momentary_lufs: &[Option<f32>], integrated_lufs: f64) -> Option<(usize, usize, f64)> {
    let steady = |first: usize| {
        let (mut low, mut high, mut sum, mut count) = (f32::INFINITY, f32::NEG_INFINITY, 0.0, 0usize);
        for lufs in momentary_lufs[first..].iter().map_while(|lufs| *lufs) {
            (low, high) = (low.min(lufs), high.max(lufs));
            if high - low > STEADY_LU {
                break;
            }
            (sum, count) = (sum + f64::from(lufs), count + 1);
        }
        (first, first + count, sum / count.max(1) as f64)
    };
    (0..momentary_lufs.len())
        .map(steady)
        .filter(|(_, _, level_lufs)| BELOW_LU.contains(&(integrated_lufs - level_lufs)))
        .max_by_key(|(first, end, _)| end - first)
}
