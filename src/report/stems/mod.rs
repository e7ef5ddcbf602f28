//! The page on a delivery of stems: verdict, rows, sum, masking, balance, proposals.

mod drawings;
mod masking;
mod proposals;
mod rows;

pub(super) use proposals::{in_words, processor, room, sent};

use super::page::{self, MAIN, Script, Shell, shell};
use super::palette::Ink;
use super::plain;
use crate::model::{Finding, Listening, Severity, StemSet, StemSum, SumVerdict};
use crate::report::measures::{figure, figure_or_dash};
use crate::report::song::{severity_sign, severity_word};
use crate::units::{Unit, clock};
use maud::{Markup, html};

static STYLE: &str = include_str!("style.css");
/// The cells of the heat map.
static CELLS: Script =
    Script { text: include_str!("script.js"), sha256: "n1vY6OB/NtcNnAj7MiEkcWHM89deJ0iLz8v4EF66uZA=" };

/// The page as one HTML file that needs nothing beside itself.
pub(super) fn page(set: &StemSet, title: &str, listening: Option<&Listening>) -> String {
    let sections: Vec<(&str, &str, Markup)> = [
        ("clear", "To clear up", Some(findings(set))),
        ("rows", "The stems", Some(html! { (rows::table(set)) (unheard(set, listening)) })),
        ("sum", "The sum against the mix", rows::sum(set)),
        ("masking", "Who hides whom", masking::masking(set)),
        ("balance", "Balance", rows::balance(set)),
        ("spectrum", "Who plays where", drawings::spectrum(set)),
        ("plan", "What could be done", proposals::plan(set)),
        ("rough", "The rough mix", proposals::rough(set)),
    ]
    .into_iter()
    .filter_map(|(id, name, body)| Some((id, name, body?)))
    .collect();
    let (badge, class, headline) = verdict(set);
    let first = html! {
        section.first aria-labelledby="title" {
            h1.song #title { bdi { (plain(title)) } }
            p.verdict.(class) {
                span.badge { (badge) }
                span.headline { (headline) }
            }
            p.lead { (lead(set)) }
            div.five { @for card in cards(set) { (card) } }
        }
    };
    shell(Shell {
        title: format!("{} · stems", plain(title)),
        kind: "Stems",
        sections: sections.iter().map(|(id, name, _)| (*id, *name)).collect(),
        main: html! {
            (page::main(&first, &sections))
            @if let Some(listening) = listening { (page::player::controls(listening)) }
        },
        footer: html! { p { "Made by mixproof " (env!("CARGO_PKG_VERSION")) ". The files of the delivery were only read." } },
        data: html! { @if let Some(listening) = listening { (page::player::data(listening)) } },
        scripts: [&MAIN, &CELLS].into_iter().chain(listening.map(|_| &page::PLAYER)).collect(),
        style: STYLE,
        loads: "",
    })
}

/// Stems that the player leaves out, where there is one.
fn unheard(set: &StemSet, listening: Option<&Listening>) -> Markup {
    let Some(listening) = listening else { return html! {} };
    let heard = |name: &str| listening.loops.iter().any(|one| one.title == name);
    let left: Vec<String> =
        set.stems.iter().filter(|stem| !heard(&stem.name)).map(|stem| plain(&stem.name)).collect();
    html! { @if !left.is_empty() { p.meta { "Too short, too soft or too many for the player: " (left.join(", ")) "." } } }
}

fn count(set: &StemSet, severity: Severity) -> usize {
    set.findings.iter().filter(|finding| finding.severity == severity).count()
}

fn verdict(set: &StemSet) -> (&'static str, &'static str, String) {
    match (count(set, Severity::Fail), count(set, Severity::Warn)) {
        (0, 0) => ("✓ Ready", "good", "Ready to work with.".to_string()),
        (0, 1) => ("▲ Usable", "warn", "Usable, with one thing to look at.".to_string()),
        (0, warns) => ("▲ Usable", "warn", format!("Usable, with {warns} things to look at.")),
        (1, _) => ("× Not yet", "fail", "One thing to clear up first.".to_string()),
        (fails, _) => ("× Not yet", "fail", format!("{fails} things to clear up first.")),
    }
}

fn lead(set: &StemSet) -> String {
    let format = &set.set;
    let depth = format.bits.map_or_else(|| "lossy".to_string(), |bits| format!("{bits} bit"));
    let sum = set.sum.as_ref().map_or("", |sum| verdict_words(sum.verdict));
    format!(
        "{} stem{} of {}, {}, {depth}. {sum}",
        set.stems.len(),
        if set.stems.len() == 1 { "" } else { "s" },
        clock(format.duration_s, false),
        figure(f64::from(format.sample_rate_hz), Unit::Hz)
    )
}

fn verdict_words(verdict: SumVerdict) -> &'static str {
    match verdict {
        SumVerdict::Exact => "They add up to the mix, to the last bits.",
        SumVerdict::Close => "They add up to the mix, but for a coder or rounding.",
        SumVerdict::Mastered => "They are complete; the mix went through a bus.",
        SumVerdict::Incomplete => "The mix holds something that is in no stem.",
    }
}

/// Up to five numbers.
fn cards(set: &StemSet) -> Vec<Markup> {
    let card = |name: &str, value: String, words: String| {
        html! { div.card { p.name { (name) } p.big { (value) } p.place { (words) } } }
    };
    let mut cards = Vec::new();
    if let Some(sum) = &set.sum {
        let left = sum.residual_db.map_or_else(|| "nothing".to_string(), |left_db| figure(left_db, Unit::Db));
        cards.push(card("Left of the mix", left, "once the fitted sum is taken away".to_string()));
        let named = sum.stems.iter().filter(|stem| stem.state != crate::model::StemState::Present).count();
        cards.push(card(
            "Not as in the mix",
            named.to_string(),
            format!("of {} stems compared", sum.stems.len()),
        ));
    }
    if let Some(together) = &set.together {
        let headroom = figure_or_dash(together.staging.headroom_db, Unit::Db);
        cards.push(card("Headroom", headroom, "of the plain sum, below full scale".to_string()));
        if let Some(lead) = &together.lead {
            let over = figure(lead.over_rest_lu, Unit::Lu);
            cards.push(card(
                "Lead vocal",
                over,
                format!("against all else, over {}", clock(lead.active_s, false)),
            ));
        }
    }
    if let Some(worst) = set.masking.first() {
        let share = format!("{:.0} %", 100.0 * worst.share);
        let words = format!("{} under {}", plain(&worst.maskee), plain(&worst.masker));
        cards.push(card("Most hidden", share, words));
    }
    cards
}

fn findings(set: &StemSet) -> Markup {
    let mut findings: Vec<&Finding> = set.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let (grave, notes): (Vec<&Finding>, Vec<&Finding>) =
        findings.into_iter().partition(|finding| finding.severity > Severity::Info);
    let list = |findings: &[&Finding]| {
        html! {
            ul.findings {
                @for finding in findings {
                    li.(severity_class(finding.severity)) {
                        span.sign aria-hidden="true" { (severity_sign(finding.severity)) }
                        div {
                            h3 { span.hidden { (severity_word(finding.severity)) ": " } bdi { (plain(&finding.subject)) } ": " (finding.message) }
                            p.advice { (capital(&finding.advice)) "." }
                            p.meta {
                                span { (finding.code) " " (finding.name) }
                                @if !finding.at.is_empty() {
                                    span { "at " @for (index, at) in finding.at.iter().take(8).enumerate() { @if index > 0 { ", " } (clock(at.start_s, false)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        @if grave.is_empty() { p.calm { "Nothing has to be asked of the sender." } } @else { (list(&grave)) }
        @if !notes.is_empty() {
            details.fold.spaced { summary { (notes.len()) " notes" } (list(&notes)) }
        }
    }
}

fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "fail",
        Severity::Warn => "warn",
        Severity::Info => "info",
    }
}

/// A sentence begins with a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// The ink of a group of roles.
fn group_ink(role: crate::model::StemRole) -> Ink {
    use crate::model::StemRole as Role;
    match role {
        Role::Kick | Role::Snare | Role::Hats | Role::Toms | Role::Drums => Ink::Mix,
        Role::Bass => Ink::Target,
        Role::LeadVocal | Role::BackingVocal => Ink::Master,
        _ => Ink::Median,
    }
}

/// A level, or that there is none.
pub(super) fn figure_or_nothing(level_db: Option<f64>) -> String {
    level_db.map_or_else(|| "nothing".to_string(), |level_db| figure(level_db, Unit::Db))
}

/// What the fitted sum leaves of the mix, and how much less with a bus, where a bus explains anything.
pub(super) fn left_of_the_mix(sum: &StemSum) -> String {
    const TELLING_DB: f64 = 1.0;
    let mut words = figure_or_nothing(sum.residual_db);
    let less = |after_db: Option<f64>| after_db.zip(sum.residual_db).is_some_and(|(a, b)| a < b - TELLING_DB);
    if less(sum.residual_after_eq_db) {
        words += &format!("; with an equaliser on the bus {}", figure_or_nothing(sum.residual_after_eq_db));
    }
    if less(sum.residual_after_dynamics_db) {
        words += &format!("; with dynamics {}", figure_or_nothing(sum.residual_after_dynamics_db));
    }
    words
}

/// Where the mix starts, if not with the stems.
pub(super) fn start_of_the_mix(sum: &StemSum) -> Option<String> {
    let late_ms = 1000.0 * sum.offset_s;
    let side = if late_ms > 0.0 { "later" } else { "earlier" };
    let start = (late_ms.abs() >= 0.05)
        .then(|| format!("the mix starts {} {side} than the stems", figure(late_ms.abs(), Unit::Ms)));
    let drift = sum.drift_ppm.map(|ppm| {
        let way = if ppm > 0.0 { "slower" } else { "faster" };
        format!("the mix runs {} {way} than the stems", figure(ppm.abs(), Unit::Ppm))
    });
    let words: Vec<String> = start.into_iter().chain(drift).collect();
    (!words.is_empty()).then(|| words.join("; "))
}
