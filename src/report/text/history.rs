//! Versions of a song: one line for a bounce, a table and small charts for all of them.

use super::Options;
use super::paint::{Paint, Style};
use crate::model::{Bounce, History, Relation, RowFinding, Severity, Verdict};
use crate::report::measures::{change, figure_or_dash, minus, number};
use crate::report::plain;
use crate::units::Unit;
use std::path::Path;

/// Most versions in the table: the newest.
const VERSIONS_MAX: usize = 40;

/// One bounce, compact: verdict, figures with what moved since the version before, what broke and what was mended.
pub fn bounce(bounce: &Bounce, options: &Options) -> String {
    let paint = Paint::new(options);
    let name = Path::new(&bounce.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (sign, style) = sign(bounce.verdict);
    let mut facts = vec![
        figure_or_dash(bounce.integrated_lufs, Unit::Lufs),
        figure_or_dash(bounce.true_peak_dbtp, Unit::Dbtp),
    ];
    if let Some(distance_db) = bounce.tone_distance_db {
        facts.push(format!("{} dB from {}", number(distance_db, 1), plain(&bounce.profile)));
    }
    let mut out = format!(
        "{}  {} (version {} of {})  {}\n",
        paint.styled(sign, style),
        paint.styled(&plain(&name), Style::Bold),
        bounce.version,
        plain(&bounce.song),
        facts.join(", ")
    );
    let worth: Vec<&RowFinding> =
        bounce.findings.iter().filter(|finding| finding.severity > Severity::Info).collect();
    match &bounce.since {
        None if worth.is_empty() => {}
        None => out += &format!("      {}\n", codes("found", &worth)),
        Some(since) => {
            let mut parts = vec![match since.relation {
                Relation::Identical => "the same audio as before".to_string(),
                Relation::Different => "another recording than before".to_string(),
                _ => match since.gain_db {
                    Some(gain_db) if gain_db.abs() >= 0.05 => format!("{} since", change(gain_db, Unit::Db)),
                    Some(_) => "as loud as before".to_string(),
                    None => {
                        "compared by its measures, since it took the place of the file before".to_string()
                    }
                },
            }];
            let broke: Vec<&RowFinding> =
                since.broke.iter().filter(|finding| finding.severity > Severity::Info).collect();
            let mended: Vec<&RowFinding> =
                since.mended.iter().filter(|finding| finding.severity > Severity::Info).collect();
            if !broke.is_empty() {
                parts.push(codes("broke", &broke));
            }
            if !mended.is_empty() {
                parts.push(codes("mended", &mended));
            }
            parts.extend(since.moved.iter().map(|moved| minus(&plain(moved))));
            out += &format!("      {}\n", parts.join("; "));
        }
    }
    paint.finish(out)
}

fn codes(word: &str, findings: &[&RowFinding]) -> String {
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    format!("{word} {}", codes.join(", "))
}

fn sign(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Pass => ("✓ pass", Style::Good),
        Verdict::Warn => ("▲ warn", Style::Warn),
        Verdict::Fail => ("× fail", Style::Fail),
    }
}

/// A song of the list.
pub fn song_line(song: &str, versions: u32, options: &Options) -> String {
    let count = if versions == 1 { "1 version".to_string() } else { format!("{versions} versions") };
    Paint::new(options).finish(format!("{:<12}  {}", count, plain(song)))
}

/// All versions: a table, and how loudness, peak and distance from the profile went.
pub fn history(history: &History, options: &Options) -> String {
    let paint = Paint::new(options);
    let left_out = history.versions.len().saturating_sub(VERSIONS_MAX);
    let versions = &history.versions[left_out..];
    let mut out = format!("{}\n", paint.styled(&plain(&history.song), Style::Bold));
    let head = "version  verdict      LUFS      dBTP        LU  dB from profile  file";
    out += &format!("{}\n", paint.styled(head, Style::Faint));
    if left_out > 0 {
        out += &format!("  {left_out} older ones: --format json has all\n");
    }
    for bounce in versions {
        let cell = |value: Option<f64>| value.map_or("–".to_string(), |value| number(value, 1));
        let (sign, style) = sign(bounce.verdict);
        let name = Path::new(&bounce.path).file_name().unwrap_or_default().to_string_lossy().into_owned();
        out += &format!(
            "{:>7}  {:<7} {:>9} {:>9} {:>9} {:>16}  {}\n",
            bounce.version,
            paint.styled(sign, style),
            cell(bounce.integrated_lufs),
            cell(bounce.true_peak_dbtp),
            cell(bounce.range_lu),
            cell(bounce.tone_distance_db),
            plain(&name)
        );
    }
    if versions.len() > 1 {
        out += "\n";
        let mut line = |name: &str, unit: Unit, read: fn(&Bounce) -> Option<f64>| {
            let values: Vec<Option<f64>> = versions.iter().map(read).collect();
            let known: Vec<f64> = values.iter().flatten().copied().collect();
            let (Some(first), Some(last)) = (known.first(), known.last()) else { return };
            let moved = change(last - first, unit);
            out += &format!("  {name:<22} {}  {moved} since the first\n", blocks(&values));
        };
        line("loudness", Unit::Lufs, |bounce| bounce.integrated_lufs);
        line("true peak", Unit::Dbtp, |bounce| bounce.true_peak_dbtp);
        line("distance from profile", Unit::Db, |bounce| bounce.tone_distance_db);
    }
    paint.finish(out)
}

/// Values as blocks from the lowest to the highest one.
fn blocks(values: &[Option<f64>]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let lowest = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = (highest - lowest).max(1e-9);
    let block = |value: &Option<f64>| match value {
        Some(value) => BLOCKS[(((value - lowest) / range) * 7.0).round() as usize],
        None => ' ',
    };
    values.iter().map(block).collect()
}
