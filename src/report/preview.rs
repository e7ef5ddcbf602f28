//! A preview in words, for page, text and Markdown.

use super::measures::{change, figure, figure_or_dash, number};
use super::{clean, plain};
use crate::model::{CodecPlayback, GainHeld, NormalisationScope, PlatformPlayback, Preview};
use crate::units::Unit;
use std::path::Path;

/// Gains below this are called none.
const NOTHING_DB: f64 = 0.05;

/// Why a service plays it as it does.
pub(super) fn platform_note(entry: &PlatformPlayback) -> String {
    let mut notes: Vec<String> = Vec::new();
    let target = figure(entry.target_lufs, Unit::Lufs);
    notes.push(match entry.held_by {
        Some(GainHeld::NeverRaised) => format!("only turns down, to {target}"),
        Some(GainHeld::TruePeak) if entry.gain_db < NOTHING_DB => {
            format!("raises to {target}, but the peaks leave no room")
        }
        Some(GainHeld::TruePeak) => format!("raises to {target}, held by the peaks"),
        None => format!("plays at {target}"),
    });
    if let Some(limited_db) = entry.limited_db {
        notes.push(format!("its limiter takes up to {} off the peaks", figure(limited_db, Unit::Db)));
    }
    if entry.scope == NormalisationScope::Album {
        notes.push(match &entry.set_by {
            Some(path) => {
                let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
                format!("one gain for the album, set by {}", plain(&name))
            }
            None => "one gain for the album as a whole".to_string(),
        });
    }
    notes.join("; ")
}

/// What services do, in a sentence.
pub(super) fn platforms_sentence(preview: &Preview) -> String {
    let tracks = || preview.platforms.iter().filter(|entry| entry.scope == NormalisationScope::Track);
    let down = tracks().filter(|entry| entry.gain_db < -NOTHING_DB).count();
    let up = tracks().filter(|entry| entry.gain_db > NOTHING_DB).count();
    let held = tracks().filter(|entry| entry.held_by == Some(GainHeld::TruePeak)).count();
    let all = tracks().count();
    let mut sentence = format!(
        "Of {all} settings that level loudness, {down} turn this file down, {up} turn it up, {} leave it as it is.",
        all - down - up
    );
    // The settings that people leave on; who chooses a quiet one gets a quiet one.
    let usual = tracks().filter(|entry| entry.target_lufs > -17.0);
    if let Some(deepest) = usual.min_by(|a, b| a.gain_db.total_cmp(&b.gain_db)).filter(|e| e.gain_db < -3.0) {
        let (lost, title) = (figure(-deepest.gain_db, Unit::Db), plain(&deepest.title));
        sentence += &format!(
            " {title} takes {lost} off: a master that is limited less would play just as loud there."
        );
    }
    if held > 0 {
        sentence += " Its peaks keep some of them from raising it all the way.";
    }
    sentence
}

/// Whether a codec's peaks are fine.
pub(super) fn codec_note(codec: &CodecPlayback) -> &'static str {
    match codec.true_peak_dbtp {
        Some(over) if over > 0.0 => "clips",
        Some(_) => "clean",
        None => "",
    }
}

/// The level at which a codec's result is clean.
pub(super) fn clean_below(codec: &CodecPlayback) -> String {
    match codec.true_peak_dbtp {
        Some(over) if over > 0.0 => figure_or_dash(codec.clean_ceiling_dbtp, Unit::Dbtp),
        _ => "as it is".to_string(),
    }
}

/// What becomes of the song on the smallest device and in mono.
pub(super) fn device_sentence(preview: &Preview) -> String {
    let of = |name: &str| preview.devices.iter().find(|device| device.device == name);
    let mut parts = Vec::new();
    if let Some(phone) = of("phone") {
        let bass = match phone.bass_kept_share {
            gone if gone < 0.02 => {
                "nothing of the bass line's fundamentals is left: its overtones have to carry it"
            }
            little if little < 0.2 => "little is left of the bass line",
            _ => "the bass line stays",
        };
        parts.push(format!(
            "On a phone the song is {} quieter, and {bass}.",
            figure(phone.loudness_lost_lu.max(0.0), Unit::Lu)
        ));
    }
    if let Some(mono) = of("mono") {
        let loss = figure(mono.mono_loss_lu, Unit::Lu);
        parts.push(match mono.mono_loss_lu {
            little if little < 1.0 => format!("Mono costs {loss}, which nobody misses."),
            some if some < 3.0 => format!("Mono costs {loss}: wide parts step back."),
            _ => format!("Mono costs {loss}: something cancels."),
        });
    }
    parts.join(" ")
}

/// A balance against the full range: one decimal, with its sign.
pub(super) fn balance(value_db: f64) -> String {
    if value_db <= -59.9 { "gone".to_string() } else { change(value_db, Unit::Db).replace("\u{a0}dB", "") }
}

/// A share of energy in words: percent, or boosted.
pub(super) fn kept(share: f64) -> String {
    match share {
        gone if gone < 0.005 => "none".to_string(),
        boosted if boosted > 1.15 => "boosted".to_string(),
        share => format!("{} %", number(100.0 * share.min(1.0), 0)),
    }
}

/// A preview as text: services, codecs, devices.
pub(super) fn lines(preview: &Preview) -> Vec<Vec<String>> {
    let rows = preview.platforms.iter().map(|entry| {
        let album = if entry.scope == NormalisationScope::Album { ", as an album" } else { "" };
        vec![
            format!("{}{album}", clean(&entry.title)),
            change(entry.gain_db, Unit::Db),
            figure(entry.integrated_lufs, Unit::Lufs),
            figure(entry.true_peak_dbtp, Unit::Dbtp),
            platform_note(entry),
        ]
    });
    rows.collect()
}
