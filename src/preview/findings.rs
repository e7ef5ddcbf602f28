//! What is worth knowing about a file after delivery: the family PREV.

use crate::model::{Finding, Fix, Preview, Severity, TimeRange};
use crate::units::{Quantity, Unit};

/// A kind of finding on a preview: its names and what it means.
pub struct FindingKind {
    /// Stable code.
    pub code: &'static str,
    /// Stable name.
    pub name: &'static str,
    /// The worst that it reports.
    pub severity: Severity,
    /// What it measures, why it matters, what to do.
    pub documentation: &'static str,
}

static CODEC_OVERS: FindingKind = FindingKind {
    code: "PREV001",
    name: "codec-overs",
    severity: Severity::Warn,
    documentation: "The file was encoded at a delivery bit rate and decoded again, and its true peak then passes full scale. Encoders move peaks; players that decode to integers clip what is over. Up to 1 dB is a note, since the clipped samples are few and short (EBU R 128 and AES TD1008 keep masters at -1 dBTP for this reason); more is a warning. Master with a lower ceiling, or with --codec-safe, which lowers it until no codec at hand clips and proves it.",
};
static SERVICE_LIMITS: FindingKind = FindingKind {
    code: "PREV002",
    name: "service-limits-peaks",
    severity: Severity::Info,
    documentation: "A service raises the file and has to hold its peaks back with a limiter of its own (Spotify in its setting \"loud\"). That limiter is not yours: what it takes off is said in decibels. More than 6 dB is mentioned, which few songs need. A master whose peaks lie nearer to its loudness meets less of it; so does one that is left as dynamic as it is and heard at the normal setting.",
};
static QUIET_ON_DEVICE: FindingKind = FindingKind {
    code: "PREV003",
    name: "quiet-on-device",
    severity: Severity::Info,
    documentation: "On the model of a small device the song is more than 6 LU quieter than over the full range: most of its loudness lies where that device plays nothing. A model is not the device; listen to it in the report's player. Parts that have to be heard there need overtones above 300 Hz (saturation, a layer an octave up), which is work for the mix.",
};
static SIDES_LOST: FindingKind = FindingKind {
    code: "PREV004",
    name: "sides-lost-on-device",
    severity: Severity::Info,
    documentation: "On a device that plays one channel the song loses more than 3 LU because left and right cancel or the sides are left out: as much as two channels lose that have nothing in common. Widen less, or keep what carries the song in the middle.",
};

/// All kinds, in the order of their codes.
pub static FINDINGS: &[&FindingKind] = &[&CODEC_OVERS, &SERVICE_LIMITS, &QUIET_ON_DEVICE, &SIDES_LOST];

/// Overs up to this are a note, above it a warning.
const FEW_OVERS_DBTP: f64 = 1.0;
/// What a service's limiter may take off unmentioned.
const LIMITED_DB: f64 = 6.0;
/// Loudness that a device may lose unmentioned.
const QUIETER_LU: f64 = 6.0;
/// The same for what is lost with the sides.
const SIDES_LU: f64 = 3.0;

/// The documentation of a kind, by code or name.
pub fn explain(code_or_name: &str) -> Option<String> {
    let word = code_or_name.trim();
    let called = |name: &str| name.eq_ignore_ascii_case(word);
    let kind = FINDINGS.iter().find(|kind| called(kind.code) || called(kind.name))?;
    Some(format!("# {} {}\n\n{}\n", kind.code, kind.name, kind.documentation))
}

/// What there is to say about a preview: of each kind the worst case, so that no device or codec is counted twice.
pub fn findings(preview: &Preview) -> Vec<Finding> {
    [codec_overs(preview), service_limits(preview), quiet(preview), sides(preview)]
        .into_iter()
        .flatten()
        .collect()
}

fn finding(
    kind: &FindingKind,
    subject: &str,
    measured: Quantity,
    message: String,
    advice: String,
) -> Finding {
    Finding {
        code: kind.code.to_string(),
        name: kind.name.to_string(),
        severity: kind.severity,
        subject: subject.to_string(),
        message,
        measured: Some(measured),
        expected: None,
        at: Vec::new(),
        fix: Fix::Master,
        advice,
        confidence: 0.7,
    }
}

fn codec_overs(preview: &Preview) -> Option<Finding> {
    let peak = |codec: &&crate::model::CodecPlayback| codec.true_peak_dbtp.unwrap_or(f64::MIN);
    let worst = preview.codecs.iter().max_by(|a, b| peak(a).total_cmp(&peak(b)))?;
    let over_dbtp = worst.true_peak_dbtp.filter(|peak_dbtp| *peak_dbtp > 0.0)?;
    let clean = preview.codecs.iter().filter_map(|codec| codec.clean_ceiling_dbtp).reduce(f64::min);
    let known = preview.codecs.iter().all(|codec| codec.clean_ceiling_dbtp.is_some());
    let ceiling = clean.filter(|_| known).map_or(String::new(), |clean_dbtp| {
        format!(": turned down to a true peak of {clean_dbtp:.1} dBTP it came out clean")
    });
    let message = format!(
        "{} at {:.0} kb/s lifts the true peak to {over_dbtp:+.1} dBTP, {} times over full scale",
        worst.title, worst.bitrate_kbps, worst.over_count
    );
    let advice = format!("master with a lower ceiling, or with --codec-safe{ceiling}");
    let mut found =
        finding(&CODEC_OVERS, &worst.title, Quantity::new(over_dbtp, Unit::Dbtp), message, advice);
    found.severity = if over_dbtp > FEW_OVERS_DBTP { Severity::Warn } else { Severity::Info };
    found.at = worst.worst_at_s.map(|at_s| TimeRange { start_s: at_s, end_s: at_s }).into_iter().collect();
    found.confidence = 0.95;
    Some(found)
}

fn service_limits(preview: &Preview) -> Option<Finding> {
    let limited = preview.platforms.iter().filter_map(|entry| Some((entry, entry.limited_db?)));
    let (entry, limited_db) =
        limited.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, limited_db)| *limited_db > LIMITED_DB)?;
    let message = format!(
        "{} raises it by {:.1} dB, and its limiter takes up to {limited_db:.1} dB off the peaks",
        entry.title, entry.gain_db
    );
    let advice = "listen to the highest peaks under a limiter; leave it where that setting does not matter"
        .to_string();
    Some(finding(&SERVICE_LIMITS, &entry.title, Quantity::new(limited_db, Unit::Db), message, advice))
}

fn quiet(preview: &Preview) -> Option<Finding> {
    let lost = |device: &&crate::model::DevicePlayback| device.loudness_lost_lu;
    let worst = preview.devices.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)))?;
    let lost_lu = Some(worst.loudness_lost_lu).filter(|lost_lu| *lost_lu > QUIETER_LU)?;
    let message =
        format!("on the model \"{}\" it is {lost_lu:.1} LU quieter than over the full range", worst.title);
    let advice = "give what has to be heard there overtones above 300 Hz, in the mix".to_string();
    let mut found =
        finding(&QUIET_ON_DEVICE, &worst.title, Quantity::new(lost_lu, Unit::Lu), message, advice);
    found.fix = Fix::Mix;
    Some(found)
}

fn sides(preview: &Preview) -> Option<Finding> {
    let lost = |device: &&crate::model::DevicePlayback| device.mono_loss_lu;
    let worst = preview.devices.iter().max_by(|a, b| lost(a).total_cmp(&lost(b)))?;
    let lost_lu = Some(worst.mono_loss_lu).filter(|lost_lu| *lost_lu > SIDES_LU)?;
    let message = format!("on the model \"{}\" {lost_lu:.1} LU are lost with the sides", worst.title);
    let advice = "widen less, or keep what carries the song in the middle".to_string();
    Some(finding(&SIDES_LOST, &worst.title, Quantity::new(lost_lu, Unit::Lu), message, advice))
}
