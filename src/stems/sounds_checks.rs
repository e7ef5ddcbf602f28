//! Checks of a set: what is in the files of a set.

use super::registry::{Findings, measured, set_check};
use crate::model::{Severity, Stem, StemSet};
use crate::units::Unit;

set_check! {
    /// ### What it measures
    /// Whether a stem holds any sound above -60 dBFS.
    ///
    /// ### Why it matters
    /// A silent stem is a failed export: a muted track, or one whose output went elsewhere.
    ///
    /// ### What to do
    /// Export it again, or leave it out on purpose and say so.
    ///
    /// ### References
    /// Engineering practice.
    SILENT: "STEM005" "stem-silent" Fail since "0.1.0" => silent
}

set_check! {
    /// ### What it measures
    /// The share of a stem's time without sound: at least 95 %.
    ///
    /// ### Why it matters
    /// Often right (a crash, an effect), now and then a part that stopped by accident.
    ///
    /// ### What to do
    /// Check that nothing is missing from it.
    ///
    /// ### References
    /// Engineering practice.
    MOSTLY_SILENT: "STEM006" "stem-mostly-silent" Info since "0.1.0" => mostly_silent
}

set_check! {
    /// ### What it measures
    /// Stereo stems whose two channels are the same.
    ///
    /// ### Why it matters
    /// They are mono twice: twice the data, and width that a person may look for in vain.
    ///
    /// ### What to do
    /// Export as mono, or check that the stereo source was not summed.
    ///
    /// ### References
    /// Engineering practice.
    DUAL_MONO: "STEM007" "stem-dual-mono" Info since "0.1.0" => dual_mono
}

set_check! {
    /// ### What it measures
    /// Runs of equal samples at the ceiling of a stem.
    ///
    /// ### Why it matters
    /// Clipping of a stem cannot be mended in the mix, and is mixed into everything.
    ///
    /// ### What to do
    /// Lower the track and export again; 24 bits have room.
    ///
    /// ### References
    /// Engineering practice; limits as in PEAK002.
    CLIPPED: "STEM008" "stem-clipped" Warn since "0.1.0" => clipped
}

set_check! {
    /// ### What it measures
    /// Stems in a lossy format, or lossless ones that look like decoded lossy audio, in a set that is lossless.
    ///
    /// ### Why it matters
    /// Coding noise that is masked in a mix comes out when a stem is processed alone.
    ///
    /// ### What to do
    /// Export from the session, not from a copy.
    ///
    /// ### References
    /// Engineering practice.
    LOSSY: "STEM009" "stem-lossy" Warn since "0.1.0" => lossy
}

set_check! {
    /// ### What it measures
    /// Stems whose decoded audio is the same to the bit.
    ///
    /// ### Why it matters
    /// One part is in the set twice and another one may be missing: a bus was exported under two names.
    ///
    /// ### What to do
    /// Find out which of the two names is right and export the other one again.
    ///
    /// ### References
    /// Engineering practice.
    IDENTICAL: "STEM010" "stems-identical" Fail since "0.1.0" => identical
}

set_check! {
    /// ### What it measures
    /// Pairs of stems whose correlation over the song is -0.98 or less.
    ///
    /// ### Why it matters
    /// They cancel when they are added up.
    ///
    /// ### What to do
    /// Find out which of the two is upside down.
    ///
    /// ### References
    /// Engineering practice.
    OPPOSITE: "STEM011" "stems-opposite" Warn since "0.1.0" => opposite
}

set_check! {
    /// ### What it measures
    /// Stems that end in the middle of a sound.
    ///
    /// ### Why it matters
    /// A cut reverb or note is heard wherever the mix ends on it, and cannot be restored.
    ///
    /// ### What to do
    /// Export with a few seconds after the last note.
    ///
    /// ### References
    /// Engineering practice; see DEF007.
    TAIL_CUT: "STEM012" "stem-tail-cut" Warn since "0.1.0" => tail_cut
}

set_check! {
    /// ### What it measures
    /// Crest lost to limiting by the all-pass method, together with peaks that stand at one height: at least a third
    /// of the playing tenths of a second peak within 0.3 dB of the highest.
    ///
    /// ### Why it matters
    /// A limiter of the mix bus was left on while the stems were exported: their sum is not the mix, and their
    /// punch is gone for good.
    ///
    /// ### What to do
    /// Export with the bus empty.
    ///
    /// ### References
    /// MasVis (all-pass crest); engineering practice.
    LIMITED: "STEM018" "stem-limited" Info since "0.1.0" => limited
}

set_check! {
    /// ### What it measures
    /// High-rate stems without content above a lower rate's Nyquist frequency, where others have some.
    ///
    /// ### Why it matters
    /// It was resampled on its way: a sample from a library, or a file of another session.
    ///
    /// ### What to do
    /// Ask where it comes from; nothing has to be done where the source is that way.
    ///
    /// ### References
    /// As in the check of single files, ORIG family.
    UPSAMPLED: "STEM019" "stem-upsampled" Info since "0.1.0" => upsampled
}

/// As in the check of single files: below this there is no sound.
const SILENT_DBFS: f64 = -60.0;
/// Share of the time without sound.
const MOSTLY: f64 = 0.95;
/// Mostly silent stems up to this number are named one by one.
const MANY_SPARSE: usize = 3;
/// Clipped runs from which a stem is named.
const CLIPPED_RUNS: u64 = 3;
/// Tenths of a second that play: within this of the highest peak; how many there have to be.
const PLAYING_DB: f64 = 20.0;
const LIMITED_PLACES: usize = 50;
/// Peaks of one height, and crest lost to limiting (two decibels are no longer an accident of the sound).
const LEVEL_DB: f64 = 0.3;
const LIMITED_DB: f64 = 2.0;
/// Correlation from which two stems are opposites.
const OPPOSITE_CORRELATION: f64 = -0.98;

fn is_silent(stem: &Stem) -> bool {
    stem.analysis.peaks.sample_dbfs.is_none_or(|level_dbfs| level_dbfs < SILENT_DBFS)
}

fn is_lossy(stem: &Stem) -> bool {
    stem.analysis.source.bits.is_none()
}

fn silent(set: &StemSet, found: &mut Findings) {
    for stem in set.stems.iter().filter(|stem| is_silent(stem)) {
        found.push(
            &stem.name,
            "holds no sound",
            "sound above -60 dBFS",
            "export it again, or leave it out on purpose",
        );
    }
}

fn mostly_silent(set: &StemSet, found: &mut Findings) {
    let quiet_share = |stem: &Stem| {
        let series = &stem.analysis.peaks.true_peak_dbtp_series;
        let quiet =
            series.iter().filter(|peak| peak.is_none_or(|peak| f64::from(peak) < SILENT_DBFS)).count();
        quiet as f64 / series.len().max(1) as f64
    };
    let sparse: Vec<(&Stem, f64)> = set
        .stems
        .iter()
        .filter(|stem| !is_silent(stem))
        .map(|stem| (stem, quiet_share(stem)))
        .filter(|(_, share)| *share >= MOSTLY)
        .collect();
    let (expected, advice) = ("sound for more of the song", "check that nothing is missing from it");
    if sparse.len() > MANY_SPARSE {
        // Fills and effects come in numbers: one line for all of them.
        let names: Vec<&str> = sparse.iter().map(|(stem, _)| stem.name.as_str()).collect();
        let message =
            format!("{} stems are silent for 95 % of their time or more: {}", names.len(), names.join(", "));
        found.push("the set", message, expected, "check that nothing is missing from them").confidence = 0.6;
        return;
    }
    for (stem, share) in sparse {
        let message = format!("silent for {:.0} % of its time", 100.0 * share);
        found.push(&stem.name, message, expected, advice).confidence = 0.6;
    }
}

fn dual_mono(set: &StemSet, found: &mut Findings) {
    let double = |stem: &&Stem| stem.analysis.stereo.as_ref().is_some_and(|stereo| stereo.dual_mono);
    for stem in set.stems.iter().filter(|stem| !is_silent(stem)).filter(double) {
        found.push(
            &stem.name,
            "stereo file whose two channels are the same",
            "two different channels, or a mono file",
            "export it as mono, or check that its stereo source was not summed",
        );
    }
}

fn clipped(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let runs = stem.analysis.peaks.clipped_runs;
        if runs >= CLIPPED_RUNS {
            let finding = found.push(
                &stem.name,
                format!("clipped in {runs} places"),
                "no clipping",
                "lower the track and export it again",
            );
            finding.at = stem
                .analysis
                .peaks
                .clipped
                .iter()
                .take(20)
                .map(|run| crate::model::TimeRange { start_s: run.start_s, end_s: run.end_s })
                .collect();
        }
    }
}

fn lossy(set: &StemSet, found: &mut Findings) {
    let lossy = set.stems.iter().filter(|stem| is_lossy(stem)).count();
    if lossy == set.stems.len() && lossy > 0 {
        let codec = &set.stems[0].analysis.source.codec;
        let finding = found.push(
            "all stems",
            format!("all {lossy} stems are lossy ({codec})"),
            "lossless stems: WAV, AIFF, FLAC",
            "ask for an export from the session, if there is one",
        );
        finding.severity = Severity::Info;
        return;
    }
    for stem in &set.stems {
        let source = &stem.analysis.source;
        if is_lossy(stem) {
            found.push(
                &stem.name,
                format!("lossy file ({}) among lossless ones", source.codec),
                "a lossless file",
                "export it again from the session",
            );
        } else if stem.analysis.origin.lossy_suspect == Some(true) {
            let finding = found.push(
                &stem.name,
                "lossless file that looks like decoded lossy audio",
                "audio that was never coded",
                "ask where it comes from",
            );
            finding.severity = Severity::Info;
            finding.confidence = 0.5;
        }
    }
}

fn identical(set: &StemSet, found: &mut Findings) {
    for (index, stem) in set.stems.iter().enumerate() {
        let same = |other: &&Stem| other.analysis.content_id == stem.analysis.content_id;
        if let Some(first) = set.stems[..index].iter().find(same).filter(|_| !is_silent(stem)) {
            let message = format!("the same audio as {}, to the bit", first.name);
            found.push(
                &stem.name,
                message,
                "a part of its own",
                "find out which of the two names is right, and export the other part again",
            );
        }
    }
}

fn opposite(set: &StemSet, found: &mut Findings) {
    for pair in
        set.sum.iter().flat_map(|sum| &sum.pairs).filter(|pair| pair.correlation <= OPPOSITE_CORRELATION)
    {
        let finding = found.push(
            &pair.b,
            format!("{} upside down", pair.a),
            "parts that add up",
            "find out which of the two is upside down",
        );
        measured(finding, pair.correlation, Unit::None);
    }
}

fn tail_cut(set: &StemSet, found: &mut Findings) {
    for stem in set.stems.iter().filter(|stem| stem.analysis.defects.cut_end) {
        found.push(
            &stem.name,
            "ends in the middle of a sound",
            "an end that has died away",
            "export it with a few seconds after the last note",
        );
    }
}

fn limited(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let peaks = &stem.analysis.peaks;
        let Some(highest) = peaks.true_peak_dbtp else { continue };
        let playing: Vec<f64> = peaks
            .true_peak_dbtp_series
            .iter()
            .flatten()
            .map(|peak| f64::from(*peak))
            .filter(|peak| *peak > highest - PLAYING_DB)
            .collect();
        let level = playing.iter().filter(|peak| **peak > highest - LEVEL_DB).count();
        let lost_db = stem.analysis.dynamics.limited_db.unwrap_or_default();
        if playing.len() >= LIMITED_PLACES && 3 * level > playing.len() && lost_db > LIMITED_DB {
            let message = format!(
                "looks limited: {lost_db:.1} dB of crest are lost, and its peaks stand at one height"
            );
            let advice = "check that the bus was empty when it was exported";
            let finding = found.push(&stem.name, message, "a stem that went through no limiter", advice);
            measured(finding, lost_db, Unit::Db).confidence = 0.5;
        }
    }
}

fn upsampled(set: &StemSet, found: &mut Findings) {
    let suspect = |stem: &&Stem| stem.analysis.origin.upsampled_suspect == Some(true);
    let suspects = set.stems.iter().filter(suspect).count();
    for stem in set.stems.iter().filter(suspect).filter(|_| suspects < set.stems.len()) {
        found
            .push(
                &stem.name,
                "holds nothing above the range of a lower sample rate, unlike others",
                "content up to half the sample rate",
                "ask where it comes from",
            )
            .confidence = 0.5;
    }
}
