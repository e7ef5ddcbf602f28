//! The heat map of masking: who hides (columns) whom (rows); a cell opens its bands and times.

use crate::model::{Masking, StemSet};
use crate::report::measures::figure;
use crate::report::plain;
use crate::units::{Unit, clock};
use maud::{Markup, html};

/// Conflicts that are listed in words.
const LISTED: usize = 8;
/// Share from which a cell is coloured fully.
const FULL: f64 = 0.8;

pub(super) fn masking(set: &StemSet) -> Option<Markup> {
    let first = set.masking.first()?;
    let named = |name: &str| set.masking.iter().any(|own| own.masker == name || own.maskee == name);
    let names: Vec<&str> =
        set.stems.iter().map(|stem| stem.name.as_str()).filter(|name| named(name)).collect();
    let cell = |masker: &str, maskee: &str| {
        set.masking.iter().enumerate().find(|(_, own)| own.masker == masker && own.maskee == maskee)
    };
    Some(html! {
        p.intro {
            "Share of a part's loudness that another one covers while both play, in both ears. Rows are hidden, columns hide. "
            "Choose a cell for bands and times."
        }
        div.scroll tabindex="0" role="region" aria-label="Masking matrix" {
            table.heat {
                thead { tr {
                    td { span.hidden { "Hidden part, by hiding part" } }
                    @for name in &names { th scope="col" { span { bdi { (plain(name)) } } } }
                } }
                tbody {
                    @for maskee in &names {
                        tr {
                            th scope="row" { bdi { (plain(maskee)) } }
                            @for masker in &names {
                                @match cell(masker, maskee) {
                                    Some((index, own)) => {
                                        td {
                                            button.cell type="button" data-conflict=(index)
                                                aria-label=(format!("{} hides {:.0} % of {}", plain(masker), 100.0 * own.share, plain(maskee)))
                                                style=(format!("background:color-mix(in srgb,var(--mix) {:.0}%,var(--paper))", 45.0 * (own.share / FULL).min(1.0)))
                                            { (format!("{:.0}", 100.0 * own.share)) }
                                        }
                                    }
                                    None if masker == maskee => { td.self { } }
                                    None => { td { } }
                                }
                            }
                        }
                    }
                }
            }
        }
        div #chosen aria-live="polite" { (words(first, 0, false)) }
        @for (index, own) in set.masking.iter().enumerate() { template id=(format!("conflict-{index}")) { (words(own, index, false)) } }
        h3.sub { "The conflicts that matter most" }
        ol.conflicts { @for (index, own) in set.masking.iter().take(LISTED).enumerate() { li { (words(own, index, true)) } } }
        @if let Some(together) = set.together.as_ref().filter(|together| !together.left_out.is_empty()) {
            p.meta { (together.left_out.len()) " of the softest stems were left out of this." }
        }
    })
}

fn words(own: &Masking, index: usize, listed: bool) -> Markup {
    html! {
        div.conflict data-index=(index) {
            p {
                strong { bdi { (plain(&own.masker)) } } " hides " (format!("{:.0} %", 100.0 * own.share)) " of "
                strong { bdi { (plain(&own.maskee)) } } " in the " (clock(own.together_s, false)) " that both play."
            }
            p.meta {
                span { "Most round " @for (place, band) in own.bands.iter().take(4).enumerate() { @if place > 0 { ", " } (figure(band.center_hz.round(), Unit::Hz)) (format!(" ({:.0} %)", 100.0 * band.share)) } }
                span { "at " @for (place, at) in own.at.iter().take(4).enumerate() { @if place > 0 { ", " } (clock(at.start_s, false)) } }
            }
            @if let Some(remedy) = own.remedy.as_ref().filter(|_| listed) {
                p.effect {
                    "Tried: " (super::proposals::in_words(&remedy.step)) " on " bdi { (plain(&remedy.stem)) }
                    (format!(": {:.0} % stay hidden, the sum changes by ", 100.0 * remedy.remaining_share)) (figure(remedy.sum_change_lu, Unit::Lu))
                    @if remedy.sum_change_db.abs() >= 0.05 { ", most at " (figure(remedy.sum_change_hz.round(), Unit::Hz)) " (" (figure(remedy.sum_change_db, Unit::Db)) ")" }
                    "."
                }
            }
        }
    }
}
