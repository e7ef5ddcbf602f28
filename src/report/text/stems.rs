//! Text for the terminal: a delivery of stems.

use super::paint::{Paint, Style};
use super::{Options, finding};
use crate::model::{Finding, Severity, StemInMix, StemRole, StemSet, StemState, StemSum, SumVerdict};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::plain;
use crate::report::stems::{figure_or_nothing, left_of_the_mix, start_of_the_mix};
use crate::units::{Unit, clock};

/// A delivery: one row per stem, the sum against the mix, the findings.
pub fn stems(set: &StemSet, options: &Options) -> String {
    let paint = Paint::new(options);
    let fails = set.findings.iter().filter(|finding| finding.severity == Severity::Fail).count();
    let warns = set.findings.iter().filter(|finding| finding.severity == Severity::Warn).count();
    let (verdict, style) = match (fails, warns) {
        (0, 0) => ("✓ ready to work with".to_string(), Style::Good),
        (0, warns) => (format!("▲ usable, with {warns} to look at"), Style::Warn),
        (fails, _) => (format!("× not as it should be: {fails} to clear up first"), Style::Fail),
    };
    let format = &set.set;
    let depth = format.bits.map_or_else(|| "lossy".to_string(), |bits| format!("{bits} bit"));
    let head = format!(
        "{} stem{}, {}, {}, {depth}, {} ch",
        set.stems.len(),
        if set.stems.len() == 1 { "" } else { "s" },
        clock(format.duration_s, true),
        figure(f64::from(format.sample_rate_hz), Unit::Hz),
        format.channels
    );
    let mut out = format!("{}\n{}\n\n", paint.styled(&head, Style::Bold), paint.styled(&verdict, style));
    table(set, &paint, &mut out);
    if let Some(sum) = &set.sum {
        against_the_mix(sum, &paint, &mut out);
    }
    super::together::together(set, &paint, &mut out);
    for (title, severity) in
        [("To clear up", Severity::Fail), ("Worth a look", Severity::Warn), ("Notes", Severity::Info)]
    {
        let group: Vec<&Finding> =
            set.findings.iter().filter(|finding| finding.severity == severity).collect();
        if group.is_empty() {
            continue;
        }
        out += &format!("\n{}\n", paint.styled(title, Style::Bold));
        for same in alike(group) {
            let message = format!("{}: {}", subjects(&same), same[0].message);
            finding(&Finding { message, ..same[0].clone() }, &paint, &mut out);
        }
    }
    paint.finish(out)
}

/// Subjects of one finding that are named one by one.
const NAMED: usize = 6;

/// Findings that say the same, in word and place, of several stems.
fn alike(findings: Vec<&Finding>) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let says = |other: &Finding| {
            (&other.code, &other.message, &other.advice) == (&finding.code, &finding.message, &finding.advice)
                && other.at == finding.at
        };
        match groups.iter_mut().find(|group| says(group[0])) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Of whom it is said.
fn subjects(findings: &[&Finding]) -> String {
    let mut names: Vec<String> = findings.iter().map(|finding| plain(&finding.subject)).collect();
    if names.len() > NAMED + 1 {
        let others = names.split_off(NAMED).len();
        return format!("{} and {others} others", names.join(", "));
    }
    names.join(", ")
}

fn table(set: &StemSet, paint: &Paint, out: &mut String) {
    let width =
        set.stems.iter().map(|stem| plain(&stem.name).chars().count()).max().unwrap_or(4).clamp(4, 32);
    let held = if set.sum.is_some() { "  in the mix" } else { "" };
    let header = format!("  {:width$}  {:<14}{:>12}{:>12}{held}", "stem", "role", "loudness", "true peak");
    *out += &format!("{}\n", paint.styled(&header, Style::Faint));
    for stem in &set.stems {
        let name: String = plain(&stem.name).chars().take(width).collect();
        let sure = if stem.role_confidence < 0.6 && stem.role != StemRole::Other { "?" } else { "" };
        let line = format!(
            "  {name:width$}  {:<14}{:>12}{:>12}",
            format!("{}{sure}", role_name(stem.role)),
            figure_or_dash(stem.analysis.loudness.integrated_lufs, Unit::Lufs),
            figure_or_dash(stem.analysis.peaks.true_peak_dbtp, Unit::Dbtp)
        );
        let state = set.sum.iter().flat_map(|sum| &sum.stems).find(|own| own.name == stem.name);
        *out += &format!(
            "{line}{}\n",
            state.map_or_else(String::new, |own| format!("  {}", in_the_mix(own, paint)))
        );
    }
}

fn in_the_mix(stem: &StemInMix, paint: &Paint) -> String {
    let gain = figure_or_dash(stem.gain_db, Unit::Db);
    match stem.state {
        StemState::Present if stem.confidence < 0.5 => paint.styled("cannot be told", Style::Faint),
        StemState::Present => format!("present {}", paint.styled(&gain, Style::Faint)),
        StemState::Missing => paint.styled("missing", Style::Fail),
        StemState::Doubled => paint.styled("doubled", Style::Warn),
        StemState::Inverted => paint.styled("upside down", Style::Fail),
        StemState::Shifted => {
            let frames = stem.offset_frames.unwrap_or_default();
            paint.styled(&format!("{frames:+} samples"), Style::Fail)
        }
        StemState::Drifting => {
            paint.styled(&format!("drifts {}", figure_or_dash(stem.drift_ppm, Unit::Ppm)), Style::Fail)
        }
        StemState::Gain => paint.styled(&format!("level {gain}"), Style::Warn),
        StemState::Processed => paint.styled("other tone", Style::Warn),
    }
}

fn against_the_mix(sum: &StemSum, paint: &Paint, out: &mut String) {
    let (words, style) = match sum.verdict {
        SumVerdict::Exact => ("the stems add up to the mix, to the last bits", Style::Good),
        SumVerdict::Close => ("the stems add up to the mix, but for a coder or rounding", Style::Good),
        SumVerdict::Mastered => ("the stems are complete; the mix went through a bus", Style::Info),
        SumVerdict::Incomplete => ("the mix holds something that is in no stem", Style::Fail),
    };
    *out +=
        &format!("\n{}  {}\n", paint.styled("Sum against the mix", Style::Bold), paint.styled(words, style));
    *out += &format!("  left: {}; gain {}\n", left_of_the_mix(sum), figure_or_dash(sum.gain_db, Unit::Db));
    if let Some(words) = start_of_the_mix(sum) {
        *out += &format!("  {words}\n");
    }
    if sum.verdict == SumVerdict::Exact {
        return;
    }
    let bands: Vec<String> = sum
        .bands
        .iter()
        .map(|band| format!("{} {}", figure(band.center_hz, Unit::Hz), figure_or_nothing(band.residual_db)))
        .collect();
    for line in
        super::paint::wrapped(&format!("per octave: {}", bands.join(", ")), paint.width.saturating_sub(2))
    {
        *out += &format!("  {}\n", paint.styled(&line, Style::Faint));
    }
}

/// A role in words.
pub(in crate::report) fn role_name(role: StemRole) -> &'static str {
    match role {
        StemRole::Kick => "kick",
        StemRole::Snare => "snare",
        StemRole::Hats => "hats",
        StemRole::Toms => "toms",
        StemRole::Drums => "drums",
        StemRole::Bass => "bass",
        StemRole::Guitar => "guitar",
        StemRole::Keys => "keys",
        StemRole::Synth => "synth",
        StemRole::Pad => "pad",
        StemRole::LeadVocal => "lead vocal",
        StemRole::BackingVocal => "backing vocal",
        StemRole::Strings => "strings",
        StemRole::Brass => "brass",
        StemRole::Fx => "effects",
        StemRole::Mix => "mix",
        StemRole::Other => "-",
    }
}
