//! The page: verdict, numbers and picture first; then what to fix, what mastering did, and the details.

mod details;
mod figures;
mod first;
mod proposal;
mod record;

pub(super) use record::page as record_page;

use super::palette::{Theme, css_variables};
use super::{Song, plain};
use crate::error::Result;
use crate::report::charts::{INTER_REGULAR, INTER_SEMIBOLD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

static STYLE: &str = include_str!("style.css");
static SCRIPT: &str = include_str!("script.js");

/// SHA-256 of [`SCRIPT`] in base64, for the content security policy; a test computes it again.
const SCRIPT_SHA256: &str = "ZQRqHXz9HKZDTLgcUYeTzWkmlAsbdRTjc3Tvy7VxkUA=";

/// The whole page.
pub(super) fn page(song: &Song) -> Result<String> {
    let charts = figures::charts(song)?;
    let title = plain(&song.title);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_SHA256}'; \
         img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    );
    let sections = [
        ("fix", "To fix in the mix", first::to_fix(song)),
        ("mastering", proposal::heading(song), proposal::moves(song)),
        ("numbers", "The numbers", details::numbers(song)),
        ("charts", "The charts", figures::section(&charts)),
        ("details", "Details", details::details(song)),
    ];
    let sections: Vec<_> =
        sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect();
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(concat!("mixproof ", env!("CARGO_PKG_VERSION")));
                title { (title) " · mixproof" }
                style { (PreEscaped(style())) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                header.top {
                    span.brand { "mixproof" }
                    span.kind { (proposal::kind(song)) }
                    nav aria-label="Sections" {
                        @for (id, name, _) in &sections { a href={ "#" (id) } { (name) } }
                    }
                    button #theme type="button" hidden { "Dark" }
                }
                main #main {
                    (first::first_screen(song, &charts)?)
                    @for (id, name, body) in &sections {
                        section id=(id) aria-labelledby={ (id) "-h" } {
                            h2 id={ (id) "-h" } { (name) }
                            (body)
                        }
                    }
                }
                footer { (details::colophon(song)) }
                div #said .hidden aria-live="polite" {}
                (figures::numbers(&charts))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(body.into_string())
}

/// The style sheet with the colours of both themes and the typeface.
fn style() -> String {
    let (light, dark) = (css_variables(Theme::Light), css_variables(Theme::Dark));
    let face = |weight: u16, font: &[u8]| {
        format!(
            "@font-face{{font-family:Inter;font-weight:{weight};font-display:swap;\
             src:url(data:font/otf;base64,{}) format(\"opentype\")}}",
            base64(font)
        )
    };
    format!(
        "{}{}:root{{color-scheme:light;{light}}}\
         @media(prefers-color-scheme:dark){{:root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\
         :root[data-theme=dark]{{color-scheme:dark;{dark}}}\
         @media print{{:root,:root:not([data-theme=light]),:root[data-theme=dark]{{color-scheme:light;{light}--paper:#fff;--panel:#fff;}}}}\
         {STYLE}",
        face(400, INTER_REGULAR),
        face(600, INTER_SEMIBOLD)
    )
}

/// Base 64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits =
            three.iter().enumerate().fold(0u32, |bits, (i, byte)| bits | u32::from(*byte) << (16 - 8 * i));
        for digit in 0..4 {
            if digit <= three.len() {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

/// A word of the trade with its explanation: shown on hover, on keyboard focus, and read by screen readers.
fn term(id: &str, word: &str, meaning: &str) -> Markup {
    html! {
        span.term tabindex="0" aria-describedby=(id) { (word) span.tip role="tooltip" id=(id) { (meaning) } }
    }
}
