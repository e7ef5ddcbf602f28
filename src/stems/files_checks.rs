//! Checks of a set: formats and names of the files of a set.

use super::names::{leading_number, oddities, without_version};
use super::registry::{Findings, measured, set_check};
use crate::model::{Integrity, Severity, StemSet};
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

set_check! {
    /// ### What it measures
    /// Stems that are shorter than most others and begin with sound at once.
    ///
    /// ### Why it matters
    /// Most often the silence before the first note was trimmed: laid at zero, the part plays too early, and
    /// nothing in the file says where it belongs.
    ///
    /// ### What to do
    /// Export it from the start of the song, silence included.
    ///
    /// ### References
    /// AES Recommendation for Delivery of Recorded Music Projects (common start).
    START_DIFFERS: "STEM017" "stem-start-trimmed" Warn since "0.1.0" => start_differs
}

/// Shorter than the others by this much, and sound within this much of its start.
const TRIMMED_S: f64 = 0.5;
const AT_ONCE_S: f64 = 0.05;

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

/// A mix may end a breath earlier or later than its stems.
const MIX_LENGTH_S: f64 = 0.5;

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
    let Some((sum, mix_s)) = set.sum.as_ref().and_then(|sum| Some((sum, sum.duration_s?))) else { return };
    let longer_s = mix_s - sum.offset_s - set.set.duration_s;
    if longer_s.abs() >= MIX_LENGTH_S {
        let message = if longer_s < 0.0 {
            format!(
                "ends {:.1} s before the stems: what they hold behind its end was not compared",
                -longer_s
            )
        } else {
            format!("goes on for {longer_s:.1} s after the stems")
        };
        let finding =
            found.push("the mix", message, "the length of the stems", "check that it is the same version");
        measured(finding, longer_s, Unit::S).severity = Severity::Info;
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

fn start_differs(set: &StemSet, found: &mut Findings) {
    for stem in &set.stems {
        let source = &stem.analysis.source;
        let short_s = set.set.duration_s - source.duration_s;
        let leads = |other: &crate::model::Stem| other.analysis.defects.leading_silence_s < AT_ONCE_S;
        // Where the song itself begins at once for most, that says nothing.
        let usual = 2 * set.stems.iter().filter(|other| leads(other)).count() > set.stems.len();
        if short_s > TRIMMED_S && leads(stem) && !usual && stem.analysis.peaks.sample_dbfs.is_some() {
            let message = format!(
                "begins with sound at once and is {short_s:.2} s shorter: its start seems to be trimmed"
            );
            let advice = "export it from the start of the song, silence included";
            let finding = found.push(&stem.name, message, "a file from the start of the song", advice);
            measured(finding, short_s, Unit::S).confidence = 0.6;
        }
    }
}
