//! The report as Markdown, for mails, issues and wikis.

use super::measures::{MEASURES, change, figure, figure_or_dash, name_of, number};
use super::moves::{condition, confidence, cost, name, settings};
use super::preview::{device_sentence, lines, platforms_sentence};
use super::song::{needs_the_mix, severity_sign, severity_word};
use super::verdict::{sentence, verdict};
use super::{Song, clean, places_apart, plain};
use crate::model::Finding;
use crate::units::{Unit, clock};

/// The whole report.
pub(super) fn markdown(song: &Song) -> String {
    let verdict = verdict(song);
    let mut out = format!("# {}\n\n", escape(&plain(&song.title)));
    out += &format!(
        "**{} {}**\n\n{}\n",
        verdict.outcome.sign(),
        escape(&verdict.headline),
        escape(&verdict.detail)
    );
    if !song.silent() {
        out += &numbers(song);
    }
    let (in_mix, rest): (Vec<&Finding>, Vec<&Finding>) =
        song.findings().into_iter().partition(|finding| needs_the_mix(finding));
    out += &findings("To fix in the mix", &in_mix);
    out += &moves(song);
    let new: Vec<&Finding> = song.findings_after().into_iter().filter(|f| song.is_new(f)).collect();
    out += &findings("New on the written file", &new);
    out += &findings("Other findings", &rest);
    out += &after_delivery(song);
    out += &format!(
        "\nCompared with {} ({} tracks), checked for {}. mixproof {}\n",
        escape(&song.profile_title()),
        song.profile.provenance.tracks,
        escape(&song.delivery_title()),
        env!("CARGO_PKG_VERSION")
    );
    out
}

/// Services, codecs and devices.
fn after_delivery(song: &Song) -> String {
    let Some(preview) = song.preview else { return String::new() };
    let mut out = String::new();
    if !preview.platforms.is_empty() {
        out += &format!("\n## After delivery\n\n{}\n\n", escape(&platforms_sentence(preview)));
        out += "| Service | Turned | Plays at | True peak there | Its rule |\n|---|---:|---:|---:|---|\n";
        for row in lines(preview) {
            let cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
            out += &format!("| {} |\n", cells.join(" | "));
        }
    }
    for codec in &preview.codecs {
        let peak = figure_or_dash(codec.true_peak_dbtp, Unit::Dbtp);
        let (title, rate) = (escape(&plain(&codec.title)), number(codec.bitrate_kbps, 0));
        out += &format!("\n* {title} {rate} kb/s: true peak {peak}, {} overs", codec.over_count);
    }
    out += &findings("Worth knowing after delivery", &preview.findings.iter().collect::<Vec<_>>());
    if !preview.devices.is_empty() {
        out += &format!("\n\n{}\n", escape(&device_sentence(preview)));
    }
    out
}

fn numbers(song: &Song) -> String {
    let title = escape(&song.profile_title());
    let span = song.span_words();
    let second = song.after().is_some();
    let mut out = String::from("\n## The numbers\n\n");
    out += &if second {
        format!("| Measure | Before | After | Change | {title}, {span} |\n|---|---:|---:|---:|---:|\n")
    } else {
        format!("| Measure | This song | {title}, {span} |\n|---|---:|---:|\n")
    };
    for measure in MEASURES {
        let unit = measure.unit();
        let before = (measure.get)(song.before());
        let after = song.after().and_then(measure.get);
        if before.is_none() && after.is_none() {
            continue;
        }
        out += &format!("| {} | {} |", measure.name, figure_or_dash(before, unit));
        if second {
            let difference =
                after.zip(before).map_or("–".to_string(), |(after, before)| change(after - before, unit));
            out += &format!(" {} | {difference} |", figure_or_dash(after, unit));
        }
        let span = song.span(measure).map_or("–".to_string(), |span| {
            format!("{} … {}", number(span.p10, unit.decimals()), figure(span.p90, unit))
        });
        out += &format!(" {span} |\n");
    }
    out
}

fn findings(title: &str, findings: &[&Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut out = format!("\n## {title}\n\n");
    for finding in findings {
        let (sign, word) = (severity_sign(finding.severity), severity_word(finding.severity));
        out += &format!(
            "- {sign} **{}** {}",
            escape(&sentence(&finding.message)),
            escape(&sentence(&finding.advice))
        );
        if !finding.at.is_empty() {
            let places: Vec<String> =
                places_apart(&finding.at, 8).iter().map(|range| clock(range.start_s, true)).collect();
            out += &format!(" At {}.", places.join(", "));
        }
        out += &format!(" _{word}, {} {}_\n", escape(&finding.code), escape(&finding.name));
    }
    out
}

fn moves(song: &Song) -> String {
    let Some(plan) = song.plan() else { return String::new() };
    let title = if song.render.is_some() { "What mastering did" } else { "What mastering proposes" };
    let mut out = format!("\n## {title}\n\n");
    if song.leaves_alone() {
        out += "Already fits: nothing to do.\n";
    }
    for (index, a_move) in plan.moves.iter().enumerate() {
        let dialled = settings(&a_move.processor).join("; ");
        out += &format!("{}. **{}**: {}. ", index + 1, name(&a_move.processor), escape(&dialled));
        out += &format!(
            "{} Effect: {}",
            escape(&sentence(&a_move.reason)),
            escape(&sentence(&a_move.predicted_effect))
        );
        let condition = condition(a_move.applicability, song.render.is_some())
            .map_or(String::new(), |words| format!(", {}", words.to_lowercase()));
        out += &format!(" _{}{condition}_\n", confidence(a_move.confidence));
    }
    if let Some(words) = song.render.and_then(|render| render.audibility.as_ref()).and_then(cost) {
        out += &format!("\n{}\n", escape(&words));
    }
    for missed in song.render.map_or(&[][..], |render| &render.missed) {
        let unit = Unit::of_path(&missed.measure);
        out += &format!(
            "\nMissed: {} {} instead of {}. {}\n",
            escape(&name_of(&missed.measure)),
            figure(missed.measured, unit),
            figure(missed.predicted, unit),
            escape(&sentence(&missed.reason))
        );
    }
    for unresolved in song.unmended() {
        out += &format!("\nNot mended: {}\n", escape(&sentence(&unresolved.advice)));
    }
    out
}

/// Text that Markdown takes as text: on one line, with its signs escaped.
fn escape(text: &str) -> String {
    clean(text).chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        out
    })
}
