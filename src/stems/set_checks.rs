//! Checks of the files of a set against each other.

use super::names::{leading_number, oddities, without_version};
use super::registry::{Findings, measured, set_check};
use crate::model::{Integrity, Severity, Stem, StemSet};
use crate::units::Unit;

set_check! {
    /// ### What it measures
    /// The sample rate of each stem against that of most others.
    ///
    /// ### Why it matters
    /// A session has one rate. A file of another one plays at the wrong speed and pitch, or is resampled
    /// without anybody being told.
    ///
    /// ### What to do
    /// Export the stem again at the rate of the session.
    ///
    /// ### References
    /// AES Recommendation for Delivery of Recorded Music Projects (one rate per session).
    RATE_DIFFERS: "STEM001" "stem-rate-differs" Fail since "0.1.0" => rate_differs
}

set_check! {
    /// ### What it measures
    /// The bit depth of each lossless stem against that of most others.
    ///
    /// ### Why it matters
    /// A lower depth than the rest means another export setting, and rounding without dither.
    ///
    /// ### What to do
    /// Export all stems with one setting: 24 bit, or 32 bit float.
    ///
    /// ### References
    /// AES Recommendation for Delivery of Recorded Music Projects.
    DEPTH_DIFFERS: "STEM002" "stem-depth-differs" Warn since "0.1.0" => depth_differs
}

set_check! {
    /// ### What it measures
    /// The channel count of each stem against that of most others.
    ///
    /// ### Why it matters
    /// Mono stems among stereo ones are welcome where the source is mono; pan and level of the mix are lost
    /// with them.
    ///
    /// ### What to do
    /// Say which pan and pan law they had, or export them in stereo.
    ///
    /// ### References
    /// Engineering practice.
    CHANNELS_DIFFER: "STEM003" "stem-channels-differ" Info since "0.1.0" => channels_differ
}

set_check! {
    /// ### What it measures
    /// The length of each stem against that of most others, to the frame.
    ///
    /// ### Why it matters
    /// Stems of one length line up at zero. A shorter one was trimmed, or starts elsewhere.
    ///
    /// ### What to do
    /// Export all stems from the same start to the same end.
    ///
    /// ### References
    /// AES Recommendation for Delivery of Recorded Music Projects (common start).
    LENGTH_DIFFERS: "STEM004" "stem-length-differs" Warn since "0.1.0" => length_differs
}

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
    /// Names that do not say what plays, that carry words like 'copy' or 'final', stray spaces or characters
    /// that systems refuse.
    ///
    /// ### Why it matters
    /// Names are how two people talk about parts.
    ///
    /// ### What to do
    /// Rename: number, part, version.
    ///
    /// ### References
    /// AES Recommendation for Delivery of Recorded Music Projects (file naming).
    ODD_NAME: "STEM013" "stem-odd-name" Info since "0.1.0" => odd_name
}

set_check! {
    /// ### What it measures
    /// Names that are one but for words and numbers of versions.
    ///
    /// ### Why it matters
    /// Two versions of one part in a set: one of them is not meant.
    ///
    /// ### What to do
    /// Say which one is meant and take the other one out.
    ///
    /// ### References
    /// Engineering practice.
    VERSIONS: "STEM014" "stem-versions" Warn since "0.1.0" => versions
}

set_check! {
    /// ### What it measures
    /// Gaps in the numbers that the names begin with.
    ///
    /// ### Why it matters
    /// A missing number is most often a missing file.
    ///
    /// ### What to do
    /// Check whether a file was forgotten.
    ///
    /// ### References
    /// Engineering practice.
    NUMBER_MISSING: "STEM015" "stem-number-missing" Warn since "0.1.0" => number_missing
}

set_check! {
    /// ### What it measures
    /// Files that end early, whose length is not as declared, or that hold samples that are no numbers.
    ///
    /// ### Why it matters
    /// The audio is not what was sent.
    ///
    /// ### What to do
    /// Send the file again, compressed into an archive with a check sum.
    ///
    /// ### References
    /// Engineering practice.
    DAMAGED: "STEM016" "stem-damaged" Fail since "0.1.0" => damaged
}

/// As in the check of single files: below this there is no sound.
const SILENT_DBFS: f64 = -60.0;
/// Share of the time without sound.
const MOSTLY: f64 = 0.95;
/// Clipped runs from which a stem is named.
const CLIPPED_RUNS: u64 = 3;
/// Correlation from which two stems are opposites.
const OPPOSITE_CORRELATION: f64 = -0.98;

fn is_silent(stem: &Stem) -> bool {
    stem.analysis.peaks.sample_dbfs.is_none_or(|level_dbfs| level_dbfs < SILENT_DBFS)
}

fn is_lossy(stem: &Stem) -> bool {
    stem.analysis.source.bits.is_none()
}

fn rate_differs(set: &StemSet, found: &mut Findings) {
    let common = set.set.sample_rate_hz;
    for stem in &set.stems {
        let own = stem.analysis.source.sample_rate_hz;
        if own != common {
            let message = format!("sample rate of {own} Hz, the others have {common} Hz");
            let finding = found.push(
                &stem.name,
                message,
                format!("{common} Hz"),
                format!("export it again at {common} Hz"),
            );
            measured(finding, f64::from(own), Unit::Hz);
        }
    }
}

fn depth_differs(set: &StemSet, found: &mut Findings) {
    let Some(common) = set.set.bits else { return };
    for stem in &set.stems {
        if let Some(own) = stem.analysis.source.bits.filter(|own| *own != common) {
            let message = format!("{own} bit, the others have {common}");
            let finding = found.push(
                &stem.name,
                message,
                format!("{common} bit"),
                format!("export it again at {common} bit"),
            );
            if own > common {
                finding.severity = Severity::Info;
            }
        }
    }
}

fn channels_differ(set: &StemSet, found: &mut Findings) {
    let common = set.set.channels;
    for stem in &set.stems {
        let own = stem.analysis.source.channels;
        if own != common {
            let message = format!("{own} channel(s), the others have {common}");
            found.push(
                &stem.name,
                message,
                format!("{common} channels"),
                "say its pan and pan law, or export it like the others",
            );
        }
    }
}

fn length_differs(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let source = &stem.analysis.source;
        if source.sample_rate_hz != set.set.sample_rate_hz || source.frames == set.set.frames {
            continue;
        }
        let frames = source.frames as i64 - set.set.frames as i64;
        let difference_s = frames as f64 / f64::from(source.sample_rate_hz);
        let way = if frames < 0 { "shorter" } else { "longer" };
        let message = format!("{:.3} s ({} frames) {way} than the others", difference_s.abs(), frames.abs());
        let expected = format!("{} frames", set.set.frames);
        let finding = found.push(&stem.name, message, expected, "export all stems from one start to one end");
        measured(finding, difference_s, Unit::S);
        // The last frame of a coder is not a fault of anybody.
        if difference_s.abs() < 0.1 {
            finding.severity = Severity::Info;
        }
    }
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
    for stem in set.stems.iter().filter(|stem| !is_silent(stem)) {
        let series = &stem.analysis.peaks.true_peak_dbtp_series;
        let quiet =
            series.iter().filter(|peak| peak.is_none_or(|peak| f64::from(peak) < SILENT_DBFS)).count();
        let share = quiet as f64 / series.len().max(1) as f64;
        if share >= MOSTLY {
            let message = format!("silent for {:.0} % of its time", 100.0 * share);
            found
                .push(
                    &stem.name,
                    message,
                    "sound for more of the song",
                    "check that nothing is missing from it",
                )
                .confidence = 0.6;
        }
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

fn odd_name(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let odd = oddities(&stem.name);
        if !odd.is_empty() {
            found
                .push(
                    &stem.name,
                    format!("odd name: {}", odd.join(", ")),
                    "number, part, version",
                    "rename it, as in \"07 lead vocal\"",
                )
                .confidence = 0.7;
        }
    }
}

fn versions(set: &StemSet, found: &mut Findings) {
    for (index, stem) in set.stems.iter().enumerate() {
        let part = without_version(&stem.name);
        let odd =
            |name: &str| oddities(name).iter().any(|odd| odd.contains("copy") || odd.contains("version"));
        let twin = set
            .stems
            .iter()
            .enumerate()
            .find(|(other, twin)| *other != index && without_version(&twin.name) == part);
        if let Some((_, twin)) = twin.filter(|_| !part.is_empty() && odd(&stem.name)) {
            found
                .push(
                    &stem.name,
                    format!("another version of {}", twin.name),
                    "one version of each part",
                    "say which one is meant",
                )
                .confidence = 0.7;
        }
    }
}

fn number_missing(set: &StemSet, found: &mut Findings) {
    let mut numbers: Vec<u32> = set.stems.iter().filter_map(|stem| leading_number(&stem.name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    // Only where numbering is the rule.
    if numbers.len() < 3 || numbers.len() * 10 < set.stems.len() * 8 {
        return;
    }
    let missing: Vec<u32> =
        (numbers[0]..numbers[numbers.len() - 1]).filter(|number| !numbers.contains(number)).collect();
    if !missing.is_empty() && missing.len() <= numbers.len() {
        let list: Vec<String> = missing.iter().map(u32::to_string).collect();
        let finding = found.push(
            "the set",
            format!("no file with the number {}", list.join(", ")),
            "numbers without gaps",
            "check whether a file was forgotten",
        );
        finding.confidence = 0.6;
    }
}

fn damaged(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let what = match stem.analysis.integrity {
            Integrity::Ok => continue,
            Integrity::Truncated => "the file ends early",
            Integrity::LengthMismatch => "the length is not the declared one",
            Integrity::NonFinite => "holds samples that are no numbers",
        };
        found.push(&stem.name, what, "a whole file", "send it again");
    }
}
