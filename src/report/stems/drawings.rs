//! Two drawings: the spectrum as a stack of stems, and who plays when.

use super::group_ink;
use crate::model::{Balance, BalanceKind, StemRole, StemSet};
use crate::report::plain;
use crate::units::{clock, db_to_power, octaves};
use maud::{Markup, html};

/// Size of the drawings; they scale with the page.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 44.0;
/// Share of the area from which a stem is named in it.
const NAMED: f64 = 0.10;
/// Columns of time at most.
const COLUMNS: usize = 160;
/// Levels of the activity, below a stem's loudest second.
const STEPS_DB: [f32; 3] = [6.0, 15.0, 30.0];

pub(super) fn spectrum(set: &StemSet) -> Option<Markup> {
    let stems: Vec<(&Balance, StemRole)> = set
        .balance
        .iter()
        .filter(|own| own.kind == BalanceKind::Stem)
        .map(|own| {
            let role =
                set.stems.iter().find(|stem| stem.name == own.name).map_or(StemRole::Other, |stem| stem.role);
            (own, role)
        })
        .collect();
    if stems.is_empty() {
        return None;
    }
    Some(html! {
        p.intro { "Power of the stems in every band of the ear, as shares of all. Brown: drums; green: bass; blue: voices; grey: all else." }
        div.scroll tabindex="0" role="region" aria-label="Spectrum by stem" { (stack(&stems)) }
        h3.sub { "Over time" }
        p.intro { "Dark: near its loudest second. Light: playing." }
        div.scroll tabindex="0" role="region" aria-label="Who plays when" { (activity(&stems, set.set.duration_s)) }
    })
}

/// Stems in the order of their groups, so that one colour lies together.
fn in_groups<'a>(stems: &[(&'a Balance, StemRole)]) -> Vec<(&'a Balance, StemRole)> {
    let mut sorted = stems.to_vec();
    sorted.sort_by_key(|(_, role)| group_ink(*role) as u8);
    sorted
}

/// Outline, colour, place of the name, name.
type Area<'a> = (String, String, Option<(f64, f64)>, &'a str);

fn stack(stems: &[(&Balance, StemRole)]) -> Markup {
    let stems = in_groups(stems);
    let centers_hz: Vec<f64> = stems[0].0.bands.iter().map(|band| band.center_hz).collect();
    let (low_hz, high_hz) =
        (centers_hz.first().copied().unwrap_or(30.0), centers_hz.last().copied().unwrap_or(16_000.0));
    let x = |at_hz: f64| LEFT + (WIDTH - LEFT - 10.0) * octaves(low_hz, at_hz) / octaves(low_hz, high_hz);
    let y = |share: f64| 10.0 + (1.0 - share) * (HEIGHT - 40.0);
    let power = |own: &Balance, band: usize| {
        own.bands.get(band).and_then(|band| band.level_dbfs).map_or(0.0, db_to_power)
    };
    let totals: Vec<f64> = (0..centers_hz.len())
        .map(|band| stems.iter().map(|(own, _)| power(own, band)).sum::<f64>().max(1e-30))
        .collect();
    let mut below = vec![0.0; centers_hz.len()];
    let areas: Vec<Area> = stems
        .iter()
        .map(|(own, role)| {
            let top: Vec<f64> =
                below.iter().enumerate().map(|(band, from)| from + power(own, band) / totals[band]).collect();
            let point = |band: usize, share: f64| format!("{:.1},{:.1}", x(centers_hz[band]), y(share));
            let up = top.iter().enumerate().map(|(band, share)| point(band, *share));
            let down = below.iter().enumerate().rev().map(|(band, share)| point(band, *share));
            let points = up.chain(down).collect::<Vec<_>>().join(" ");
            let widest =
                (0..centers_hz.len()).max_by(|a, b| (top[*a] - below[*a]).total_cmp(&(top[*b] - below[*b])));
            let mean = top.iter().zip(&below).map(|(top, below)| top - below).sum::<f64>() / top.len() as f64;
            let label = widest
                .filter(|_| mean > NAMED / 2.0)
                .filter(|band| top[*band] - below[*band] > NAMED)
                .map(|band| {
                    (x(centers_hz[band]).clamp(LEFT + 60.0, WIDTH - 70.0), y((top[band] + below[band]) / 2.0))
                });
            below = top;
            (points, group_ink(*role).css(), label, own.name.as_str())
        })
        .collect();
    html! {
        svg.wide-drawing viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="Share of each stem in the power of every band" {
            @for (points, ink, _, name) in &areas {
                polygon points=(points) fill=(ink) stroke="var(--paper)" stroke-width="1.5" { title { (plain(name)) } }
            }
            @for (_, _, label, name) in &areas {
                @if let Some((x, y)) = label { text.on x=(format!("{x:.0}")) y=(format!("{:.0}", y + 4.0)) text-anchor="middle" { (plain(name)) } }
            }
            @for (at_hz, words) in [(50.0, "50"), (100.0, "100"), (200.0, "200"), (500.0, "500"), (1000.0, "1k"), (2000.0, "2k"), (5000.0, "5k"), (10000.0, "10k Hz")] {
                text.tick x=(format!("{:.0}", x(at_hz))) y=(format!("{:.0}", HEIGHT - 8.0)) text-anchor="middle" { (words) }
            }
            @for (share, words) in [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")] {
                text.tick x=(format!("{:.0}", LEFT - 6.0)) y=(format!("{:.0}", y(share) + 4.0)) text-anchor="end" { (words) }
            }
        }
    }
}

fn activity(stems: &[(&Balance, StemRole)], duration_s: f64) -> Markup {
    const ROW: f64 = 18.0;
    const NAMES: f64 = 190.0;
    let stems = in_groups(stems);
    let seconds = stems.iter().map(|(own, _)| own.level_dbfs_series.len()).max().unwrap_or(1).max(1);
    let per_column = seconds.div_ceil(COLUMNS);
    let columns = seconds.div_ceil(per_column);
    let wide = (WIDTH - NAMES - 10.0) / columns as f64;
    let height = ROW * stems.len() as f64 + 24.0;
    let runs = |own: &Balance| -> Vec<(f64, f64, usize)> {
        let loudest = own.level_dbfs_series.iter().flatten().copied().fold(f32::MIN, f32::max);
        let mut runs: Vec<(f64, f64, usize)> = Vec::new();
        for (column, levels) in own.level_dbfs_series.chunks(per_column).enumerate() {
            let level = levels.iter().flatten().copied().fold(f32::MIN, f32::max);
            let Some(step) = STEPS_DB.iter().position(|below| level >= loudest - below) else { continue };
            let from = NAMES + column as f64 * wide;
            match runs.last_mut() {
                Some(last) if last.2 == step && (last.0 + last.1 - from).abs() < 0.01 => last.1 += wide,
                _ => runs.push((from, wide, step)),
            }
        }
        runs
    };
    html! {
        svg.wide-drawing viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label="When each stem plays" {
            @for (row, (own, role)) in stems.iter().enumerate() {
                @let y = ROW * row as f64;
                text.tick.name x=(format!("{:.0}", NAMES - 8.0)) y=(format!("{:.0}", y + 13.0)) text-anchor="end" { (short(&own.name)) }
                @for (x, width, step) in runs(own) {
                    rect x=(format!("{x:.1}")) y=(format!("{:.1}", y + 2.0)) width=(format!("{width:.1}")) height=(format!("{:.1}", ROW - 4.0)) fill=(group_ink(*role).css()) fill-opacity=(["1", "0.6", "0.3"][step]) {}
                }
            }
            @for quarter in 0..5u8 {
                @let share = f64::from(quarter) / 4.0;
                text.tick x=(format!("{:.0}", NAMES + share * (WIDTH - NAMES - 10.0))) y=(format!("{:.0}", height - 5.0)) text-anchor=(match quarter { 0 => "start", 4 => "end", _ => "middle" }) { (clock(share * duration_s, false)) }
            }
        }
    }
}

/// A name that fits beside a row.
fn short(name: &str) -> String {
    let name = plain(name);
    if name.chars().count() <= 24 { name } else { name.chars().take(23).chain(['…']).collect() }
}
