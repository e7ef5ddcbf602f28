//! After delivery: how loud services play it, what codecs make of its peaks, what is left of it on devices.

use super::first::list;
use super::{Page, term};
use crate::model::{CodecPlayback, DevicePlayback, NormalisationScope, PlatformPlayback, Preview, Severity};
use crate::report::measures::{change, figure, figure_or_dash, number};
use crate::report::preview::{
    balance, clean_below, codec_note, device_sentence, kept, platform_note, platforms_sentence,
};
use crate::report::{Song, clean, plain};
use crate::units::{Unit, clock};
use maud::{Markup, html};

/// The section; `None` where nobody looked.
pub(super) fn section(song: &Song) -> Option<Markup> {
    body(song.preview?)
}

fn body(preview: &Preview) -> Option<Markup> {
    let something =
        !preview.platforms.is_empty() || !preview.devices.is_empty() || !preview.codecs.is_empty();
    something.then(|| {
        html! {
            @if !preview.findings.is_empty() { (list(&preview.findings.iter().collect::<Vec<_>>())) }
            (platforms(preview))
            (codecs(preview))
            (devices(preview))
            (sources(preview))
        }
    })
}

/// The rules and models in full: what a pointer shows, for paper and for those who have none.
fn sources(preview: &Preview) -> Markup {
    let tracks = preview.platforms.iter().filter(|entry| entry.scope == NormalisationScope::Track);
    html! {
        details.fold.spaced {
            summary { "Where the rules and models come from, and what they leave out" }
            dl.facts {
                @for entry in tracks { dt { (plain(&entry.title)) } dd { (rule(entry)) } }
                @for device in &preview.devices { dt { (plain(&device.title)) } dd { (model(device)) } }
            }
        }
    }
}

fn rule(entry: &PlatformPlayback) -> String {
    format!("{}. Checked on {}.", clean(&entry.source), plain(&entry.checked_on))
}

fn model(device: &DevicePlayback) -> String {
    format!("Model from {}. Left out: {}.", clean(&device.source), clean(&device.limits))
}

/// A page of its own, where there is nothing but the preview.
pub(in crate::report) fn page(preview: &Preview, title: &str) -> String {
    let verdict = match preview.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Fail | Severity::Warn) => ("warn", "▲ Look at it", platforms_sentence(preview)),
        _ => ("good", "✓ All right", platforms_sentence(preview)),
    };
    let facts = format!(
        "{}, true peak {}",
        figure_or_dash(preview.integrated_lufs, Unit::Lufs),
        figure_or_dash(preview.true_peak_dbtp, Unit::Dbtp)
    );
    let page = Page {
        title: plain(title),
        kind: "After delivery",
        first: html! {
            section.first aria-labelledby="title" {
                h1.song #title { bdi { (plain(title)) } }
                p.verdict.(verdict.0) { span.badge { (verdict.1) } span.headline { (verdict.2) } }
                p.lead { (facts) }
            }
        },
        sections: body(preview).map(|body| ("delivery", "After delivery", body)).into_iter().collect(),
        footer: html! { p { "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". A model is not the device, and a service changes its rules." } },
        charts: &[],
    };
    page.html()
}

fn table(label: &str, head: Markup, body: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table.numbers.preview { caption.hidden { (label) } thead { tr { (head) } } tbody { (body) } }
        }
    }
}

fn platforms(preview: &Preview) -> Markup {
    if preview.platforms.is_empty() {
        return html! {};
    }
    let most = preview.platforms.iter().map(|entry| entry.gain_db.abs()).fold(3.0, f64::max);
    html! {
        h3.sub { "On streaming services" }
        p.intro { (platforms_sentence(preview)) }
        (table("Playback level on services", html! {
            th scope="col" { "Service" } th scope="col" { "Turned" } th.bars scope="col" { span.hidden { "As a bar" } }
            th scope="col" { "Plays at" } th scope="col" { "True peak there" } th.note scope="col" { "Its rule" }
        }, html! {
            @for (index, entry) in preview.platforms.iter().enumerate() {
                tr {
                    th scope="row" {
                        (term(&format!("rule-{index}"), &title(entry), &rule(entry)))
                    }
                    td { (change(entry.gain_db, Unit::Db)) }
                    td.bars { (gain_bar(entry.gain_db, most)) }
                    td.after { (figure(entry.integrated_lufs, Unit::Lufs)) }
                    td { (figure(entry.true_peak_dbtp, Unit::Dbtp)) }
                    td.note { (platform_note(entry)) }
                }
            }
        }))
    }
}

fn title(entry: &PlatformPlayback) -> String {
    match entry.scope {
        NormalisationScope::Track => plain(&entry.title),
        NormalisationScope::Album => format!("{}, as an album", plain(&entry.title)),
    }
}

/// Down to the left, up to the right.
fn gain_bar(gain_db: f64, most_db: f64) -> Markup {
    let width = 38.0 * gain_db.abs() / most_db;
    let left = if gain_db < 0.0 { 40.0 - width } else { 40.0 };
    html! {
        svg.bar viewBox="0 0 80 12" aria-hidden="true" {
            rect.up[gain_db > 0.0] x=(format!("{left:.1}")) y="2" width=(format!("{width:.1}")) height="8" {}
            line x1="40" x2="40" y1="0" y2="12" {}
        }
    }
}

fn codecs(preview: &Preview) -> Markup {
    if preview.codecs.is_empty() && preview.missing_codecs.is_empty() {
        return html! {};
    }
    html! {
        h3.sub { "After encoding" }
        p.intro {
            "The file encoded at delivery bit rates and decoded again. Encoders move peaks: what passes 0 dBTP there clips in many players."
        }
        @if !preview.codecs.is_empty() {
            (table("After encoding", html! {
                th scope="col" { "Codec" } th scope="col" { "True peak after" } th scope="col" { "Overs" }
                th scope="col" { "Worst at" } th scope="col" { "Bandwidth" }
                th scope="col" { (term("tip-clean", "Clean below", "The true peak that this song may have so that nothing passes 0 dBTP after this codec; proved by encoding it at that level.")) }
                th.note scope="col" { "Made by" }
            }, html! { @for codec in &preview.codecs { (codec_row(codec)) } }))
        }
        @for missing in &preview.missing_codecs { p.meta { (plain(&missing.codec)) ": " (clean(&missing.how)) } }
    }
}

fn codec_row(codec: &CodecPlayback) -> Markup {
    html! {
        tr {
            th scope="row" { (plain(&codec.title)) " " (number(codec.bitrate_kbps, 0)) "\u{a0}kb/s" }
            td { (figure_or_dash(codec.true_peak_dbtp, Unit::Dbtp)) " " (codec_note(codec)) }
            td { (codec.over_count) }
            td {
                @match codec.worst_at_s {
                    Some(at_s) if codec.over_count > 0 => {
                        button.at type="button" data-from=(format!("{at_s:.3}")) data-to=(format!("{at_s:.3}")) { (clock(at_s, true)) }
                    },
                    Some(at_s) => (clock(at_s, true)),
                    None => "–",
                }
            }
            td { (figure_or_dash(codec.bandwidth_hz, Unit::Hz)) }
            td { (clean_below(codec)) }
            td.note { (plain(&codec.encoder)) }
        }
    }
}

fn devices(preview: &Preview) -> Markup {
    if preview.devices.is_empty() {
        return html! {};
    }
    html! {
        h3.sub { "On loudspeakers and phones" }
        p.intro { (device_sentence(preview)) }
        (table("On devices", html! {
            th scope="col" { "Device" }
            th scope="col" { (term("tip-lost", "Loudness lost", "How much quieter the song is there than over the full range, at the same setting.")) }
            th scope="col" { (term("tip-kick", "Kick kept", "Energy from 40 to 100 Hz that the device plays. What is gone lives on only in overtones.")) }
            th scope="col" { (term("tip-bass", "Bass line kept", "Energy from 60 to 250 Hz that the device plays.")) }
            th scope="col" { (term("tip-sides", "Sides lost", "Loudness that cancels or is left out because the device mixes left and right.")) }
            th.balance scope="col" { (term("tip-balance", "Low · mid · high", "Up to 250 Hz, up to 4 kHz and above, against the full range at equal loudness, in dB.")) }
        }, html! { @for (index, device) in preview.devices.iter().enumerate() { (device_row(index, device)) } }))
        p.meta { "Models from typical figures, not measurements of products: each with its source and its limits below." }
    }
}

fn device_row(index: usize, device: &DevicePlayback) -> Markup {
    html! {
        tr {
            th scope="row" { (term(&format!("device-{index}"), &plain(&device.title), &model(device))) }
            td { (figure(device.loudness_lost_lu, Unit::Lu)) }
            td { (share(device.kick_kept_share)) }
            td { (share(device.bass_kept_share)) }
            td { (figure(device.mono_loss_lu, Unit::Lu)) }
            td.balance {
                span.three {
                    @for value in [device.low_db, device.mid_db, device.high_db] { span.num { (balance(value)) } }
                }
            }
        }
    }
}

/// A share as a word or a percentage, with a bar.
fn share(share: f64) -> Markup {
    let width = 40.0 * share.clamp(0.0, 1.0);
    html! {
        span.out[share < 0.1] { (kept(share)) } " "
        svg.bar.share viewBox="0 0 40 12" aria-hidden="true" {
            rect.whole x="0" y="3" width="40" height="6" {}
            rect.up x="0" y="3" width=(format!("{width:.1}")) height="6" {}
        }
    }
}
