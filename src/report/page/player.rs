//! The player: loops of the song at equal loudness. Works without any request; the sounds lie in the page.

use super::term;
use crate::model::{DeviceTake, Listening, Loop};
use crate::report::charts::json_text;
use crate::report::{base64, plain};
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// The controls, at the foot of the window; the script brings them to life.
pub(in crate::report) fn controls(listening: &Listening) -> Markup {
    let meaning = format!(
        "The louder one always seems better, so all versions play at one integrated loudness of the loop. Sounds are {}.",
        listening.quality
    );
    html! {
        section.player #player aria-label="Listen" hidden {
            div.row {
                button #play type="button" aria-label="Play" aria-pressed="false" { span aria-hidden="true" {} }
                label.place { span.hidden { "Loop" } select #loop {} }
                label.line { span.hidden { "Position in the loop" } input #seek type="range" min="0" step="0.01" value="0"; }
                output #clock { "0:00.0" }
            }
            div.row {
                fieldset.versions #versions { legend.hidden { "Version" } }
                label.through hidden[listening.devices.is_empty()] { span { "Heard on" } select #through { option { "Full range" } } }
                details.blind #blind {
                    summary { "Blind" span { " test" } }
                    div.sheet {
                        p { "X is version 1 or version 2. Which?" }
                        p.buttons {
                            button type="button" data-what="0" { "Play 1" } button type="button" data-what="1" { "Play 2" }
                            button type="button" data-what="x" { "Play X" }
                        }
                        p.buttons {
                            button type="button" data-what="is0" { "X is 1" } button type="button" data-what="is1" { "X is 2" }
                        }
                        p #score aria-live="polite" { "No answer yet." }
                    }
                }
                details.blind.keys {
                    summary { "Keys" }
                    div.sheet {
                        dl.facts {
                            dt { kbd { "Tab" } } dd { "into the player, where all other keys work" }
                            dt { kbd { "Space" } } dd { "play, pause" }
                            dt { kbd { "1" } "–" kbd { "9" } } dd { "the version of that number, at the same place" }
                            dt { kbd { "," } " " kbd { "." } } dd { "a second back, a second on" }
                            dt { kbd { "↑" } " " kbd { "↓" } } dd { "in a list: the loop before, the next one" }
                        }
                    }
                }
                p.matched {
                    (term("tip-matched", "Equally loud", &meaning)) (format!(" within {} LU", listening.matched_within_lu)) span.at-level { " at " output #level {} }
                }
            }
        }
    }
}

/// The sounds, as data for the script.
pub(in crate::report) fn data(listening: &Listening) -> Markup {
    html! { script type="application/json" id="listening" { (PreEscaped(json(listening))) } }
}

fn json(listening: &Listening) -> String {
    // A sound that several loops share is written once.
    let mut sounds: Vec<&[u8]> = Vec::new();
    let mut out = format!("{{\"rate\":{},\"loops\":[", listening.sample_rate_hz);
    for (index, one) in listening.loops.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        out.push_str(&loop_json(one, &mut sounds));
    }
    out.push_str("],\"devices\":[");
    for (index, device) in listening.devices.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        out.push_str(&device_json(device));
    }
    out.push_str("],\"sounds\":[");
    for (index, sound) in sounds.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\"{}\"", base64(sound));
    }
    out.push_str("]}");
    out
}

fn loop_json<'a>(one: &'a Loop, sounds: &mut Vec<&'a [u8]>) -> String {
    let mut takes = Vec::new();
    for take in &one.takes {
        let known = sounds.iter().position(|sound| *sound == take.packed.as_slice());
        let sound = known.unwrap_or_else(|| {
            sounds.push(&take.packed);
            sounds.len() - 1
        });
        let on: Vec<String> = take.device_gains_db.iter().map(|gain_db| format!("{gain_db:.3}")).collect();
        takes.push(format!(
            "{{\"id\":{},\"title\":{},\"sound\":{sound},\"gain\":{:.3},\"on\":[{}]}}",
            json_text(&take.id),
            json_text(&plain(&take.title)),
            take.gain_db,
            on.join(",")
        ));
    }
    format!(
        "{{\"title\":{},\"start\":{:.3},\"end\":{:.3},\"level\":{:.2},\"takes\":[{}]}}",
        json_text(&plain(&one.title)),
        one.start_s,
        one.end_s,
        one.common_lufs,
        takes.join(",")
    )
}

fn device_json(device: &DeviceTake) -> String {
    let filters = |filters: &[[f64; 5]]| {
        let each: Vec<String> = filters.iter().map(|five| format!("{five:?}")).collect();
        format!("[{}]", each.join(","))
    };
    let side = device.side_filters.as_ref().map_or("null".to_string(), |side| filters(side));
    format!(
        "{{\"id\":{},\"title\":{},\"filters\":{},\"side\":{side},\"share\":{}}}",
        json_text(&device.id),
        json_text(&plain(&device.title)),
        filters(&device.filters),
        device.side_share
    )
}
