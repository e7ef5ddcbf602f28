//! Stereo by third octaves: width, correlation, and what is lost in mono, under each other on one frequency axis.

use super::Chart;
use super::canvas::{Align, Canvas, Line, Words};
use super::data::{Data, Positions, Series};
use super::plot::{Frame, Plot};
use crate::error::Result;
use crate::model::{Stereo, StereoBand};
use crate::report::Song;
use crate::report::measures::figure;
use crate::report::palette::Ink;
use crate::units::Unit;

pub(super) static CHART: Chart =
    Chart { name: "stereo", title: "Stereo and mono", height: 460.0, data, draw };

/// Power lost in mono from which a band is worth a look: a quarter of the power and more.
const LOSS_WORTH_A_LOOK_DB: f64 = 4.5;

struct Panel {
    name: &'static str,
    remark: &'static str,
    unit: Unit,
    get: fn(&StereoBand) -> Option<f64>,
    /// Widest range shown, low and high.
    limits: (f64, f64),
    /// Smallest range shown.
    core: (f64, f64),
}

static PANELS: [Panel; 3] = [
    Panel {
        name: "Width",
        remark: "side against mid: up is wider",
        unit: Unit::Db,
        get: |band| band.side_to_mid_db,
        limits: (-48.0, 12.0),
        core: (-24.0, 0.0),
    },
    Panel {
        name: "Correlation",
        remark: "1 same left and right, below 0 cancels in mono",
        unit: Unit::None,
        get: |band| band.correlation,
        limits: (-1.0, 1.0),
        core: (-1.0, 1.0),
    },
    Panel {
        name: "Lost in mono",
        remark: "3 dB is normal for wide sounds, more is cancellation",
        unit: Unit::Db,
        get: |band| band.mono_loss_db,
        limits: (-3.0, 24.0),
        core: (0.0, 6.0),
    },
];

fn data(song: &Song) -> Option<Data> {
    let before = song.before().stereo.as_ref()?;
    if before.bands.is_empty() {
        return None;
    }
    let after = song.after().and_then(|after| after.stereo.as_ref());
    let mut series = Vec::new();
    for panel in &PANELS {
        let of = |stereo: &Stereo| stereo.bands.iter().map(panel.get).collect::<Vec<_>>();
        match after {
            None => series.push(Series::new(panel.name, panel.unit, of(before))),
            Some(after) => {
                series.push(Series::new(format!("{}, before", panel.name), panel.unit, of(before)));
                series.push(Series::new(format!("{}, after", panel.name), panel.unit, of(after)));
            }
        }
    }
    let centers = before.bands.iter().map(|band| band.center_hz).collect();
    Some(Data {
        positions: Positions::Frequencies(centers),
        series,
        sentence: sentence(after.unwrap_or(before)),
    })
}

fn sentence(stereo: &Stereo) -> String {
    if stereo.dual_mono {
        return "Both channels carry the same signal: this is a mono recording in a stereo file.".to_string();
    }
    if stereo.polarity_inverted {
        return "One channel is the other one upside down: in mono this song is silent.".to_string();
    }
    let lost: Vec<&StereoBand> = stereo
        .bands
        .iter()
        .filter(|band| band.mono_loss_db.is_some_and(|loss| loss > LOSS_WORTH_A_LOOK_DB))
        .collect();
    let whole = stereo
        .mono_loss_lu
        .map_or(String::new(), |loss| format!("Folded to mono the song loses {}. ", figure(loss, Unit::Lu)));
    match (lost.first(), lost.last()) {
        (Some(first), Some(last)) if first.center_hz < last.center_hz => format!(
            "{whole}Sounds cancel between {} and {}.",
            figure(first.center_hz, Unit::Hz),
            figure(last.center_hz, Unit::Hz)
        ),
        (Some(only), _) => format!("{whole}Sounds cancel around {}.", figure(only.center_hz, Unit::Hz)),
        _ => format!("{whole}No frequency range cancels."),
    }
}

fn draw(song: &Song, data: &Data, canvas: &Canvas) -> Result<Frame> {
    let per_panel = data.series.len() / PANELS.len();
    let (top, bottom) = (0.0, canvas.height - 24.0);
    let height = (bottom - top) / PANELS.len() as f64;
    let mut frame = None;
    for (index, panel) in PANELS.iter().enumerate() {
        let series = &data.series[index * per_panel..(index + 1) * per_panel];
        let highest = series.iter().filter_map(Series::max).fold(panel.core.1, f64::max).min(panel.limits.1);
        let lowest = series.iter().filter_map(Series::min).fold(panel.core.0, f64::min).max(panel.limits.0);
        let panel_top = top + height * index as f64;
        let plot = Plot::over_frequency(canvas, (18.0, 22400.0), (lowest, highest))
            .below(panel_top + 32.0)
            .above(panel_top + height - 6.0);
        if index == 0 {
            width_span(&plot, song)?;
        }
        head(&plot, panel, per_panel > 1 && index == 0)?;
        plot.vertical("", 4)?;
        if panel.core.0 <= 0.0 && panel.unit == Unit::None {
            plot.horizontal_line(0.0, Line::solid(Ink::Axis, 1.2))?;
        }
        let lines = match per_panel {
            1 => vec![Line::solid(Ink::Mix, 2.2)],
            _ => vec![Line::dashed(Ink::Mix, 1.8, 5.0, 3.0), Line::solid(Ink::Master, 2.2)],
        };
        for (series, line) in series.iter().zip(lines) {
            plot.series(data, series, line)?;
        }
        if index + 1 == PANELS.len() {
            let axis =
                Plot::over_frequency(canvas, (18.0, 22400.0), (0.0, 1.0)).below(bottom - 8.0).above(bottom);
            axis.frequency_axis()?;
        }
        frame.get_or_insert(plot.frame);
        if let Some(frame) = &mut frame {
            frame.bottom = plot.frame.bottom;
        }
    }
    Ok(frame.unwrap_or(Plot::over_time(canvas, 1.0, (0.0, 1.0)).frame))
}

fn head(plot: &Plot, panel: &Panel, with_key: bool) -> Result<()> {
    let y = plot.frame.top - 13.0;
    let name = Words::new(Ink::Text, 13.0, Align::Left).bold();
    let symbol = panel.unit.symbol();
    let title = if symbol.is_empty() { panel.name.to_string() } else { format!("{}, {symbol}", panel.name) };
    plot.canvas.words(&title, (0.0, y), name)?;
    let width = plot.canvas.width_of(&title, name)? + 10.0;
    let remark = Words::new(Ink::Muted, 12.0, Align::Left);
    let room = plot.canvas.width - width - if with_key { 150.0 } else { 0.0 };
    if plot.canvas.width_of(panel.remark, remark)? < room {
        plot.canvas.words(panel.remark, (width, y), remark)?;
    }
    if with_key {
        let key = Words::new(Ink::Text, 12.0, Align::Right);
        let right = plot.canvas.width;
        plot.canvas.words("After", (right, y), key)?;
        plot.canvas
            .line(&[(right - 58.0, y - 4.0), (right - 38.0, y - 4.0)], Line::solid(Ink::Master, 2.2))?;
        plot.canvas.words("Before", (right - 70.0, y), key)?;
        let line = [(right - 136.0, y - 4.0), (right - 116.0, y - 4.0)];
        plot.canvas.line(&line, Line::dashed(Ink::Mix, 1.8, 5.0, 3.0))?;
    }
    Ok(())
}

/// The profile's span of the width, where it has one.
fn width_span(plot: &Plot, song: &Song) -> Result<()> {
    for band in &song.profile.width {
        let (from, to) = (plot.x(band.low_hz.max(18.0)), plot.x(band.high_hz));
        let span = &band.side_to_mid_db;
        if span.p90 > plot.y_from && span.p10 < plot.y_to {
            plot.canvas.rectangle((from, plot.y(span.p90)), (to, plot.y(span.p10)), Ink::Band)?;
        }
    }
    Ok(())
}
