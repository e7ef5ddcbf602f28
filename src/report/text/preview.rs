//! What happens after delivery, for the terminal.

use super::library::table;
use super::paint::{Paint, Style, wrapped};
use super::{Options, finding};
use crate::model::Preview;
use crate::report::measures::{change, figure, figure_or_dash, number};
use crate::report::preview::{clean_below, codec_note, device_sentence, kept, lines, platforms_sentence};
use crate::report::{clean, plain};
use crate::units::{Unit, clock};
use comfy_table::{CellAlignment, Table};
use std::path::Path;

/// Services, codecs and devices as three tables.
pub fn preview(preview: &Preview, options: &Options) -> String {
    let paint = Paint::new(options);
    let name = Path::new(&preview.path).file_name().unwrap_or_default().to_string_lossy();
    let facts = format!(
        "{}, {}",
        figure_or_dash(preview.integrated_lufs, Unit::Lufs),
        figure_or_dash(preview.true_peak_dbtp, Unit::Dbtp)
    );
    let mut out =
        format!("{}  {}\n", paint.styled(&plain(&name), Style::Bold), paint.styled(&facts, Style::Faint));
    let mut part = |sentence: String, table: Table| {
        out.push('\n');
        wrapped(&sentence, paint.width).iter().for_each(|line| out += &format!("{line}\n"));
        out += &format!("{table}\n");
    };
    if !preview.platforms.is_empty() {
        let mut table = table(options, &["service", "turned", "plays at", "true peak", "its rule"]);
        for row in lines(preview) {
            table.add_row(row);
        }
        part(platforms_sentence(preview), right(table, 1..4));
    }
    if !preview.codecs.is_empty() {
        let mut table = table(
            options,
            &["codec", "true peak after", "", "overs", "worst at", "bandwidth", "clean below"],
        );
        for codec in &preview.codecs {
            table.add_row([
                format!("{} {} kb/s", clean(&codec.title), number(codec.bitrate_kbps, 0)),
                figure_or_dash(codec.true_peak_dbtp, Unit::Dbtp),
                codec_note(codec).to_string(),
                codec.over_count.to_string(),
                codec.worst_at_s.map_or("–".to_string(), |at_s| clock(at_s, true)),
                figure_or_dash(codec.bandwidth_hz, Unit::Hz),
                clean_below(codec),
            ]);
        }
        part("Encoded at delivery bit rates and decoded again:".to_string(), right(table, 1..2));
    }
    if !preview.devices.is_empty() {
        let heads = ["device", "loudness lost", "kick kept", "bass kept", "sides lost", "low", "mid", "high"];
        let mut table = table(options, &heads);
        for device in &preview.devices {
            table.add_row([
                clean(&device.title),
                figure(device.loudness_lost_lu, Unit::Lu),
                kept(device.kick_kept_share),
                kept(device.bass_kept_share),
                figure(device.mono_loss_lu, Unit::Lu),
                change(device.low_db, Unit::Db),
                change(device.mid_db, Unit::Db),
                change(device.high_db, Unit::Db),
            ]);
        }
        part(format!("{} (Models, not products.)", device_sentence(preview)), right(table, 1..8));
    }
    for found in &preview.findings {
        out.push('\n');
        finding(found, &paint, &mut out);
    }
    for missing in &preview.missing_codecs {
        out += &format!("{}: {}\n", clean(&missing.codec), clean(&missing.how));
    }
    paint.finish(out)
}

fn right(mut table: Table, columns: std::ops::Range<usize>) -> Table {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
