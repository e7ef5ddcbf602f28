//! The page: verdict, numbers and picture first; then what to fix, what mastering did, and the details.

mod comparison;
mod details;
mod figures;
mod first;
mod history;
mod index;
pub(super) mod player;
mod preview;
mod profile;
mod proposal;
mod record;

pub(super) use record::page as record_page;

pub(super) use comparison::page as comparison;
pub(super) use history::page as history;
pub(super) use preview::page as preview;
pub(super) use profile::page as profile;
pub(super) use proposal::page as plan;

use super::palette::{Theme, css_variables};
use super::{Song, base64, plain};
use crate::error::Result;
use crate::report::charts::{Figure, INTER_REGULAR, INTER_SEMIBOLD};
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) use index::index;

static STYLE: &str = include_str!("style.css");
static PLAYER_STYLE: &str = include_str!("player.css");

/// A script and its SHA-256 in base64, for the content security policy; a test computes the hashes again.
pub(super) struct Script {
    pub(super) text: &'static str,
    pub(super) sha256: &'static str,
}

/// Theme, charts, places of findings: on every page.
pub(super) static MAIN: Script =
    Script { text: include_str!("script.js"), sha256: "tVAoMY59sD45kU2op5aKIyTPq87hYWHnVo/MSG55PD4=" };
/// The player.
pub(super) static PLAYER: Script =
    Script { text: include_str!("player.js"), sha256: "oSJp8O9CnHESxzaACVqZLi5OF5iFG4P5V1LbhizwaD8=" };
/// The sortable table of an index.
static INDEX: Script =
    Script { text: include_str!("index.js"), sha256: "Zp3uYzNcN/17CCKalwXU45AVEOBNDM8MkTyqGImEw6g=" };

/// What goes into the frame of every page.
pub(super) struct Shell<'a> {
    pub(super) title: String,
    /// What kind of page it is, beside the name of the program.
    pub(super) kind: &'a str,
    /// Anchors and names of the sections.
    pub(super) sections: Vec<(&'a str, &'a str)>,
    pub(super) main: Markup,
    pub(super) footer: Markup,
    /// Inert data for the scripts.
    pub(super) data: Markup,
    pub(super) scripts: Vec<&'a Script>,
    /// What only this kind of page needs beside the common style.
    pub(super) style: &'static str,
    /// What only this kind of page may load beside data inside of itself, as in a content security policy.
    pub(super) loads: &'static str,
}

/// The whole page of a song.
pub(super) fn page(song: &Song) -> Result<String> {
    let charts = figures::charts(song)?;
    let sections = [
        ("fix", "To fix in the mix", first::to_fix(song)),
        ("mastering", proposal::heading(song), proposal::moves(song)),
        ("numbers", "The numbers", details::numbers(song)),
        ("delivery", "After delivery", preview::section(song)),
        ("charts", "The charts", figures::section(&charts)),
        ("details", "Details", details::details(song)),
    ];
    let sections: Vec<_> =
        sections.into_iter().filter_map(|(id, name, body)| Some((id, name, body?))).collect();
    let main = html! {
        (main(&first::first_screen(song, &charts)?, &sections))
        @if let Some(listening) = song.listening { (player::controls(listening)) }
    };
    let mut scripts = vec![&MAIN];
    scripts.extend(song.listening.map(|_| &PLAYER));
    Ok(shell(Shell {
        title: plain(&song.title),
        kind: proposal::kind(song),
        sections: sections.iter().map(|(id, name, _)| (*id, *name)).collect(),
        main,
        footer: details::colophon(song),
        data: html! {
            (figures::numbers(&charts))
            @if let Some(listening) = song.listening { (player::data(listening)) }
        },
        scripts,
        style: "",
        loads: "",
    }))
}

/// A page without a player: its first screen, its sections, and its charts for the script.
struct Page<'a> {
    title: String,
    /// What kind of report it is, beside the name of the program.
    kind: &'a str,
    first: Markup,
    /// Id, heading and body.
    sections: Vec<(&'static str, &'a str, Markup)>,
    footer: Markup,
    charts: &'a [Figure],
}

impl Page<'_> {
    fn html(self) -> String {
        shell(Shell {
            title: self.title,
            kind: self.kind,
            sections: self.sections.iter().map(|(id, name, _)| (*id, *name)).collect(),
            main: main(&self.first, &self.sections),
            footer: self.footer,
            data: figures::numbers(self.charts),
            scripts: vec![&MAIN],
            style: "",
            loads: "",
        })
    }
}

/// The first screen, and the sections under their headings.
pub(super) fn main(first: &Markup, sections: &[(&str, &str, Markup)]) -> Markup {
    html! {
        (first)
        @for (id, name, body) in sections {
            section id=(id) aria-labelledby={ (id) "-h" } {
                h2 id={ (id) "-h" } { (name) }
                (body)
            }
        }
    }
}

/// Head, bar, main part, foot: what every page has.
pub(super) fn shell(shell: Shell) -> String {
    let hashes: Vec<String> =
        shell.scripts.iter().map(|script| format!("'sha256-{}'", script.sha256)).collect();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src {}; \
         img-src data:; font-src data:; {}connect-src 'none'; base-uri 'none'; form-action 'none'",
        hashes.join(" "),
        shell.loads
    );
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
                title { (shell.title) " · mixproof" }
                style { (PreEscaped(style())) (PreEscaped(shell.style)) }
            }
            body {
                a.skip href="#main" { "Skip to the report" }
                header.top {
                    span.brand { "mixproof" }
                    span.kind { (shell.kind) }
                    nav aria-label="Sections" {
                        @for (id, name) in &shell.sections { a href={ "#" (id) } { (name) } }
                    }
                    button #theme type="button" hidden { "Dark" }
                }
                main #main { (shell.main) }
                footer { (shell.footer) }
                div #said .hidden aria-live="polite" {}
                (shell.data)
                @for script in &shell.scripts { script { (PreEscaped(script.text)) } }
            }
        }
    };
    body.into_string()
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
         {STYLE}{PLAYER_STYLE}",
        face(400, INTER_REGULAR),
        face(600, INTER_SEMIBOLD)
    )
}

/// A word of the trade with its explanation: shown on hover, on keyboard focus, and read by screen readers.
fn term(id: &str, word: &str, meaning: &str) -> Markup {
    html! {
        span.term tabindex="0" aria-describedby=(id) { (word) span.tip role="tooltip" id=(id) { (meaning) } }
    }
}
