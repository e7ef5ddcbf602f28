//! Tables and bars: one row per stem, the residual per octave, the balance.

use super::{figure_or_nothing, group_ink, verdict_words};
use crate::model::{Balance, BalanceKind, Stem, StemInMix, StemSet, StemState, SumVerdict};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::plain;
use crate::report::text::role_name;
use crate::report::verdict::sentence;
use crate::units::{Unit, clock};
use maud::{Markup, html};

/// One row per stem.
pub(super) fn table(set: &StemSet) -> Markup {
    let balance =
        |stem: &Stem| set.balance.iter().find(|own| own.name == stem.name && own.kind == BalanceKind::Stem);
    let state = |stem: &Stem| set.sum.iter().flat_map(|sum| &sum.stems).find(|own| own.name == stem.name);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of stems" {
            table.stems {
                thead { tr {
                    th scope="col" { "Stem" }
                    @if set.sum.is_some() { th.word scope="col" { "In the mix" } }
                    th.word scope="col" { "Role" } th scope="col" { "Loudness" } th scope="col" { "True peak" }
                    th scope="col" { "Plays" } th scope="col" { "To −18 dBFS" }
                } }
                tbody {
                    @for stem in &set.stems {
                        @let own = balance(stem);
                        tr {
                            th scope="row" { bdi { (plain(&stem.name)) } }
                            @if set.sum.is_some() { td.word { @match state(stem) { Some(own) => { (in_the_mix(own)) } None => { "–" } } } }
                            td.word { (role_name(stem.role)) @if stem.role_confidence < 0.6 && stem.role_confidence > 0.0 { "?" } }
                            td { (figure_or_dash(stem.analysis.loudness.integrated_lufs, Unit::Lufs)) }
                            td { (figure_or_dash(stem.analysis.peaks.true_peak_dbtp, Unit::Dbtp)) }
                            td { @if let Some(own) = own { (format!("{:.0} %", 100.0 * own.active_share)) } @else { "–" } }
                            td { (figure_or_dash(own.and_then(|own| own.staging_gain_db), Unit::Db)) }
                        }
                    }
                }
            }
        }
    }
}

fn in_the_mix(stem: &StemInMix) -> Markup {
    let (class, words) = match stem.state {
        StemState::Present if stem.confidence < 0.5 => ("untold", "cannot be told".to_string()),
        StemState::Present => ("in", format!("present, {}", figure_or_dash(stem.gain_db, Unit::Db))),
        StemState::Missing => ("bad", "missing".to_string()),
        StemState::Doubled => ("out", "doubled".to_string()),
        StemState::Inverted => ("bad", "upside down".to_string()),
        StemState::Shifted => ("bad", format!("{:+} samples", stem.offset_frames.unwrap_or_default())),
        StemState::Drifting => ("bad", format!("drifts {}", figure_or_dash(stem.drift_ppm, Unit::Ppm))),
        StemState::Gain => ("out", format!("level {}", figure_or_dash(stem.gain_db, Unit::Db))),
        StemState::Processed => ("out", "other tone".to_string()),
    };
    html! { span.(class) title=(stem.evidence) { (words) } }
}

/// Residual per octave.
pub(super) fn sum(set: &StemSet) -> Option<Markup> {
    let sum = set.sum.as_ref()?;
    const FLOOR_DB: f64 = -80.0;
    // Octaves are fitted through windows, which resolve less than the sum of the samples.
    let is_exact = sum.verdict == SumVerdict::Exact;
    Some(html! {
        p.intro {
            (verdict_words(sum.verdict)) " Left of it: " (super::left_of_the_mix(sum)) "."
            @if let Some(words) = super::start_of_the_mix(sum) { " " (sentence(&words)) }
        }
        @if !is_exact {
            dl.bars aria-label="Residual per octave" {
                @for band in &sum.bands {
                    dt { (figure(band.center_hz, Unit::Hz)) }
                    dd {
                        @if let Some(left_db) = band.residual_db {
                            span.bar style=(format!("width:{:.1}%;background:var(--mix)", 60.0 * ((left_db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0))) {}
                        }
                        span.value { (figure_or_nothing(band.residual_db)) }
                    }
                }
            }
        }
        @if !is_exact && !sum.strongest.is_empty() {
            p.meta { "Most of it at " @for (index, at) in sum.strongest.iter().enumerate() { @if index > 0 { ", " } (clock(at.start_s, false)) "–" (clock(at.end_s, false)) } }
        }
    })
}

/// Bars of loudness against the sum: groups, then stems, the loudest first; then the low end.
pub(super) fn balance(set: &StemSet) -> Option<Markup> {
    let role = |name: &str| set.stems.iter().find(|stem| stem.name == name).map(|stem| stem.role);
    let mut stems: Vec<&Balance> = set.balance.iter().filter(|own| own.kind == BalanceKind::Stem).collect();
    stems.sort_by(|a, b| b.relative_lu.unwrap_or(-99.0).total_cmp(&a.relative_lu.unwrap_or(-99.0)));
    let groups: Vec<&Balance> = set.balance.iter().filter(|own| own.kind == BalanceKind::Group).collect();
    let sum = set.balance.iter().find(|own| own.kind == BalanceKind::Sum)?;
    let bar = |own: &Balance, ink: String| {
        let width = own.relative_lu.map_or(0.0, |lu| 60.0 * ((lu + 40.0) / 43.0).clamp(0.0, 1.0));
        html! {
            dt { bdi { (plain(&own.name)) } }
            dd {
                span.bar style=(format!("width:{width:.1}%;background:{ink}")) {}
                span.value { (figure_or_dash(own.relative_lu, Unit::Lu)) }
            }
        }
    };
    let ink =
        |name: &str| role(name).map_or_else(|| "var(--median)".to_string(), |role| group_ink(role).css());
    let group_colour = |name: &str| match name {
        "drums" => "var(--mix)",
        "bass" => "var(--target)",
        "vocals" => "var(--master)",
        _ => "var(--median)",
    };
    let together = set.together.as_ref();
    Some(html! {
        p.intro { "Loudness of each part by itself, against the plain sum (" (figure_or_dash(sum.integrated_lufs, Unit::Lufs)) ")." }
        h3.sub { "Groups" }
        dl.bars { @for own in &groups { (bar(own, group_colour(&own.name).to_string())) } }
        @for own in groups.iter().filter(|own| !own.outside_profile.is_empty()) {
            p.meta {
                (plain(&own.name)) " against the stem profile: "
                @for (index, band) in own.outside_profile.iter().take(6).enumerate() {
                    @if index > 0 { ", " }
                    (figure(band.center_hz, Unit::Hz)) " "
                    @if band.level_db < band.low_db { (figure(band.level_db - band.low_db, Unit::Db)) " under" } @else { (figure(band.level_db - band.high_db, Unit::Db)) " over" }
                }
                ". Mean spectra of 90 songs with an assumed spread: a hint, no more."
            }
        }
        h3.sub { "Stems" }
        dl.bars { @for own in &stems { (bar(own, ink(&own.name))) } }
        @if let Some(together) = together {
            @if let Some(lead) = &together.lead {
                h3.sub { "Lead vocal" }
                p {
                    (crate::report::measures::change(lead.over_rest_lu, Unit::Lu)) " against all else while it sings (" (clock(lead.active_s, false)) ")."
                    @if !lead.buried.is_empty() { " Softest at " @for (index, at) in lead.buried.iter().enumerate() { @if index > 0 { ", " } (clock(at.start_s, false)) } "." }
                }
            }
            @if !together.low_end.is_empty() {
                h3.sub { "The low end, 40 to 120 Hz" }
                ul.plain.owners {
                    @for own in &together.low_end {
                        li {
                            span.when { (clock(own.start_s, false)) "–" (clock(own.end_s, false)) } " "
                            bdi { (plain(&own.owner)) } (format!(" {:.0} %", 100.0 * own.share))
                            @if let Some(rival) = &own.rival { ", shared with " bdi { (plain(rival)) } }
                        }
                    }
                }
            }
            @if !together.phase.is_empty() {
                h3.sub { "Two microphones, one source" }
                ul.plain {
                    @for pair in &together.phase {
                        li {
                            bdi { (plain(&pair.b)) } " lies " (figure(1000.0 * pair.delay_s, Unit::Ms)) " against " bdi { (plain(&pair.a)) }
                            @if pair.inverted { ", upside down" }
                            "; aligned, the two gain " (figure(pair.gained_db, Unit::Db)) "."
                        }
                    }
                }
            }
        }
    })
}
