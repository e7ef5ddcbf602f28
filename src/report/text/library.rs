//! Text for the terminal without a verdict: an analysis alone, profiles, deliveries.

use super::Options;
use super::paint::{Paint, Style};
use crate::model::{Analysis, Confidence, Delivery, Profile, ProfileKBand, Span};
use crate::report::measures::{MEASURES, band_words, change, figure, figure_or_dash, name_of, number};
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
    let mut genres = table(
        options,
        &["profile", "title", "tracks", "confidence", "loudness, LUFS", "peak to loudness, LU"],
    );
    for profile in profiles {
        let provenance = &profile.provenance;
        let typical = |path: &str| {
            let span = profile.spans.get(path);
            span.map_or_else(
                || "–".to_string(),
                |span| format!("{} ({} … {})", number(span.p50, 1), number(span.p10, 1), number(span.p90, 1)),
            )
        };
        genres.add_row([
            profile.name.clone(),
            profile.title.clone(),
            provenance.tracks.to_string(),
            confidence(provenance.confidence).to_string(),
            typical("loudness.integrated_lufs"),
            typical("dynamics.plr_lu"),
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
        spans.add_row([
            name_of(path),
            figure(span.p10, unit),
            figure(span.p50, unit),
            figure(span.p90, unit),
        ]);
    }
    if !profile.spans.is_empty() {
        out += &format!("\n{spans}\n");
    }
    for (heading, rows) in plots(profile).iter().filter(|(_, rows)| !rows.is_empty()) {
        out += &format!("\n{}\n", paint.styled(heading, Style::Bold));
        plot(rows, &paint, &mut out);
    }
    paint.finish(out)
}

/// One row of a plot: what it is of, and its span in decibels.
type Row = (String, Span);

/// What there is to plot of a profile, with headings.
fn plots(profile: &Profile) -> [(&'static str, Vec<Row>); 5] {
    let hertz = |value: f64| figure(value, Unit::Hz);
    let edges = |low_hz: f64, high_hz: f64| band_words((low_hz, high_hz));
    let of_k = |get: fn(&ProfileKBand) -> Option<Span>| -> Vec<Row> {
        let bands = profile.tone.k_bands.iter();
        bands.filter_map(|band| Some((edges(band.low_hz, band.high_hz), get(band)?))).collect()
    };
    let tone =
        profile.tone.bands.iter().map(|band| {
            (hertz(band.center_hz), Span { p10: band.p10_db, p50: band.level_db, p90: band.p90_db })
        });
    let k_width = of_k(|band| band.side_to_mid_db);
    let own_width =
        || profile.width.iter().map(|band| (edges(band.low_hz, band.high_hz), band.side_to_mid_db)).collect();
    [
        ("Spectrum: third octaves relative to their sum", tone.collect()),
        ("Loudness per band, against the whole", of_k(|band| Some(band.level_db))),
        ("Width per band: side against mid", if k_width.is_empty() { own_width() } else { k_width }),
        ("Movement per band: from quiet to loud moments", of_k(|band| band.range_db)),
        (
            "Crest per octave",
            profile.crest.iter().map(|band| (hertz(band.center_hz), band.crest_db)).collect(),
        ),
    ]
}

/// Spans as bars on one scale, `···━━━●━━━···`, with the scale below.
fn plot(rows: &[Row], paint: &Paint, out: &mut String) {
    const LABELS: usize = 29;
    let cells = paint.width.saturating_sub(LABELS + 2).clamp(16, 72);
    let low = rows.iter().map(|(_, span)| span.p10).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(|(_, span)| span.p90).fold(f64::NEG_INFINITY, f64::max);
    let place = |value: f64| {
        (((value - low) / (high - low).max(1e-9) * (cells - 1) as f64).round() as usize).min(cells - 1)
    };
    for (label, span) in rows {
        let bar: String = (0..cells)
            .map(|cell| match cell {
                cell if cell == place(span.p50) => '●',
                cell if (place(span.p10)..=place(span.p90)).contains(&cell) => '━',
                _ => '·',
            })
            .collect();
        *out += &format!("  {label:>15}  {:>9}  {bar}\n", figure(span.p50, Unit::Db));
    }
    let (left, right) = (number(low, 0), format!("{} dB", number(high, 0)));
    let gap = cells.saturating_sub(left.chars().count() + right.chars().count());
    let scale = format!("{}{left}{}{right}", " ".repeat(LABELS + 1), " ".repeat(gap));
    *out += &format!("{}\n", paint.styled(&scale, Style::Faint));
}

/// Two profiles, measure by measure: those that are apart first.
pub fn profile_difference(
    names: (&str, &str),
    rows: &[(String, Span, Span, bool)],
    options: &Options,
) -> String {
    let mut differences = table(options, &["measure", names.0, names.1, "change", ""]);
    let mut sorted: Vec<&(String, Span, Span, bool)> = rows.iter().collect();
    sorted.sort_by_key(|row| !row.3);
    for (path, a, b, apart) in sorted {
        let unit = Unit::of_path(path);
        differences.add_row([
            name_of(path),
            figure(a.p50, unit),
            figure(b.p50, unit),
            change(b.p50 - a.p50, unit),
            if *apart { "apart".to_string() } else { String::new() },
        ]);
    }
    let count = rows.iter().filter(|row| row.3).count();
    Paint::new(options).finish(format!(
        "{differences}\n\n{count} of {} measures are apart: each median lies outside the span of the other.\n",
        rows.len()
    ))
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

pub(super) fn table(options: &Options, header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(options.width.clamp(40, 160) as u16).set_header(header);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}
