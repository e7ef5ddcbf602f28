//! A catalogue as text: how much there is, what fails, what is there twice, what stands out.

use super::Options;
use super::paint::{Paint, Style};
use crate::model::{ScanSummary, Severity};
use crate::report::measures::{figure, number};
use crate::report::plain;
use crate::units::Unit;

/// Rows of each list.
const LISTED: usize = 12;

/// The summary of a catalogue.
pub fn scan_summary(summary: &ScanSummary, options: &Options) -> String {
    let paint = Paint::new(options);
    let mut out = String::new();
    let hours = number(summary.duration_s / 3600.0, 2);
    let gigabytes = number(summary.size_bytes as f64 / 1e9, 2);
    let head = format!("{}, {hours} hours of audio, {gigabytes} GB", files(summary.files));
    out += &format!("{}\n", paint.styled(&head, Style::Bold));
    let mut parts = vec![format!("{} measured", summary.ok)];
    if summary.failed > 0 {
        parts.push(format!("{} failed", summary.failed));
    }
    if summary.skipped > 0 {
        parts.push(format!("{} skipped", summary.skipped));
    }
    out += &format!("{}\n", parts.join(", "));
    let verdicts = &summary.verdicts;
    let names: Vec<String> = summary.deliveries.iter().map(|name| plain(name)).collect();
    out += &format!(
        "for {}: {} pass, {} with a warning at worst, {} fail\n",
        names.join(", "),
        verdicts.pass,
        verdicts.warn,
        verdicts.fail
    );
    let mut list = |title: &str, lines: Vec<String>, all: u64| {
        if lines.is_empty() {
            return;
        }
        out += &format!("\n{}\n", paint.styled(title, Style::Faint));
        let shown = lines.len().min(LISTED);
        lines.iter().take(LISTED).for_each(|line| out += &format!("  {line}\n"));
        if all > shown as u64 {
            out += &format!("  and {} more\n", all - shown as u64);
        }
    };
    let found = |severity: Severity| {
        let of: Vec<_> = summary.findings.iter().filter(|finding| finding.severity == severity).collect();
        let lines = of
            .iter()
            .map(|finding| format!("{:<8} {:>8}  {}", finding.code, finding.files, plain(&finding.example)));
        (lines.collect::<Vec<_>>(), of.len() as u64)
    };
    let (fails, count) = found(Severity::Fail);
    list("Failing, by check: files, and one of them", fails, count);
    let (warnings, count) = found(Severity::Warn);
    list("Warnings, by check: files, and one of them", warnings, count);
    let errors = summary.errors.iter();
    let lines =
        errors.map(|error| format!("{:<13} {:>6}  {}", error.error_code, error.files, plain(&error.example)));
    list("Not measured, by reason: files, and one of them", lines.collect(), summary.errors.len() as u64);
    let sets = summary.duplicates.iter().map(|set| {
        let names: Vec<String> = set.paths.iter().take(3).map(|path| plain(path)).collect();
        let more = set.paths.len() - names.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}{more}", names.join(" = "))
    });
    let title = format!("The same audio: {} of it beside its first", files(summary.duplicate_files));
    list(&title, sets.collect(), summary.duplicate_sets);
    let outliers = summary.outliers.iter().map(|outlier| {
        let unit = outlier.measured.unit;
        let show = |value: f64| match unit {
            Unit::S => format!("{} s", number(value, 1)),
            _ => figure(value, unit),
        };
        format!(
            "{:<27} {:>12} (median {})  {}",
            outlier.measure,
            show(outlier.measured.value),
            show(outlier.median.value),
            plain(&outlier.path)
        )
    });
    list("Far from the others", outliers.collect(), summary.outliers.len() as u64);
    paint.finish(out)
}

fn files(count: u64) -> String {
    if count == 1 { "1 file".to_string() } else { format!("{count} files") }
}
