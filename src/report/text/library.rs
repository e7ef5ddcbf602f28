//! Text for the terminal without a verdict: an analysis alone, profiles, deliveries.

use super::Options;
use super::paint::{Paint, Style};
use crate::model::{Analysis, Confidence, Delivery, Profile};
use crate::report::measures::{MEASURES, figure, figure_or_dash};
use crate::report::{clean, plain, title_of};
use crate::units::{Unit, clock};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// What was measured on one file, without a judgement.
pub fn analysis(analysis: &Analysis, options: &Options) -> String {
    let paint = Paint::new(options);
    let source = &analysis.source;
    let mut out = format!(
        "{}  {}\n",
        paint.styled(&plain(&title_of(analysis)), Style::Bold),
        paint.styled(
            &format!(
                "{}, {} {}, {} Hz, {} ch",
                clock(source.duration_s, true),
                clean(&source.container),
                source.bits.map_or_else(|| clean(&source.codec), |bits| format!("{bits} bit")),
                source.sample_rate_hz,
                source.channels
            ),
            Style::Faint
        )
    );
    for measure in MEASURES {
        let value = figure_or_dash((measure.get)(analysis), measure.unit());
        out += &format!("  {:<24}{value:>14}\n", measure.name);
    }
    paint.finish(out)
}

/// The built-in profiles and deliveries, as two tables.
pub fn lists(profiles: &[Profile], deliveries: &[Delivery], options: &Options) -> String {
    let mut genres = table(options, &["profile", "title", "tracks", "confidence", "source"]);
    for profile in profiles {
        let provenance = &profile.provenance;
        genres.add_row([
            profile.name.clone(),
            profile.title.clone(),
            provenance.tracks.to_string(),
            confidence(provenance.confidence).to_string(),
            provenance.source.clone(),
        ]);
    }
    let mut targets = table(options, &["delivery", "title", "loudness", "ceiling", "checked"]);
    for delivery in deliveries {
        targets.add_row([
            delivery.name.clone(),
            delivery.title.clone(),
            figure_or_dash(delivery.integrated_lufs, Unit::Lufs),
            figure(delivery.ceiling_dbtp, Unit::Dbtp),
            delivery.checked_on.clone(),
        ]);
    }
    Paint::new(options).finish(format!("{genres}\n\n{targets}\n"))
}

/// A profile: provenance, spans, spectrum with its spread as bars.
pub fn profile(profile: &Profile, options: &Options) -> String {
    let paint = Paint::new(options);
    let provenance = &profile.provenance;
    let mut out =
        format!("{}\n", paint.styled(&format!("{} ({})", profile.title, profile.name), Style::Bold));
    for (label, text) in [
        ("tracks", provenance.tracks.to_string()),
        ("confidence", confidence(provenance.confidence).to_string()),
        ("source", provenance.source.clone()),
        ("licence", provenance.licence.clone()),
        ("method", provenance.method.clone()),
    ] {
        let lines = super::paint::wrapped(&text, paint.width.saturating_sub(14));
        for (number, line) in lines.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            out += &format!("  {:<12}{line}\n", label);
        }
    }
    let mut spans = table(options, &["measure", "p10", "median", "p90"]);
    for (path, span) in &profile.spans {
        let unit = Unit::of_path(path);
        spans.add_row([path.clone(), figure(span.p10, unit), figure(span.p50, unit), figure(span.p90, unit)]);
    }
    out += &format!("\n{spans}\n");
    if !profile.tone.bands.is_empty() {
        out += "\nSpectrum, third octaves relative to their sum (tenth percentile to ninetieth):\n";
        for band in &profile.tone.bands {
            out += &format!(
                "  {:>9}  {:>9}  {}\n",
                figure(band.center_hz, Unit::Hz),
                figure(band.level_db, Unit::Db),
                spread(band.p10_db, band.level_db, band.p90_db)
            );
        }
    }
    paint.finish(out)
}

/// A delivery: what it demands, what it does at playback, and who says so.
pub fn delivery(delivery: &Delivery, options: &Options) -> String {
    let paint = Paint::new(options);
    let list = |values: Vec<String>| if values.is_empty() { "any".to_string() } else { values.join(", ") };
    let playback = delivery.normalisation.as_ref().map_or_else(
        || "plays as delivered".to_string(),
        |rule| {
            let up = match (rule.raises, rule.raises_until_dbtp) {
                (false, _) => "turns down only".to_string(),
                (true, None) => "turns up and down".to_string(),
                (true, Some(bound_dbtp)) => {
                    format!("turns up until {}, and down", figure(bound_dbtp, Unit::Dbtp))
                }
            };
            format!("at {}; {up}", figure(rule.target_lufs, Unit::Lufs))
        },
    );
    let mut out =
        format!("{}\n", paint.styled(&format!("{} ({})", delivery.title, delivery.name), Style::Bold));
    for (label, text) in [
        ("loudness", figure_or_dash(delivery.integrated_lufs, Unit::Lufs)),
        ("ceiling", figure(delivery.ceiling_dbtp, Unit::Dbtp)),
        ("rates", list(delivery.sample_rates_hz.iter().map(|rate| format!("{rate} Hz")).collect())),
        ("depths", list(delivery.bits.iter().map(|bits| format!("{bits} bit")).collect())),
        ("playback", playback),
        ("source", delivery.source.clone()),
        ("checked on", delivery.checked_on.clone()),
    ] {
        for (number, line) in super::paint::wrapped(&text, paint.width.saturating_sub(14)).iter().enumerate()
        {
            out += &format!("  {:<12}{line}\n", if number == 0 { label } else { "" });
        }
    }
    paint.finish(out)
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// `····━━━●━━━····` on a scale of −60 to 0 dB.
fn spread(low_db: f64, mid_db: f64, high_db: f64) -> String {
    const CELLS: usize = 60;
    let place = |level_db: f64| (((level_db + 60.0) / 60.0 * CELLS as f64).max(0.0) as usize).min(CELLS - 1);
    (0..CELLS)
        .map(|cell| match cell {
            cell if cell == place(mid_db) => '●',
            cell if (place(low_db)..=place(high_db)).contains(&cell) => '━',
            _ => '·',
        })
        .collect()
}

pub(super) fn table(options: &Options, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(options.width.clamp(40, 160) as u16).set_header(header);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}
