//! The built-in profiles and deliveries as a page: the text of `docs/profiles.md`.

use super::builtin::{deliveries, profiles};
use crate::model::{Confidence, Delivery, Profile, Span};
use crate::units::{Quantity, Unit};
use std::fmt::Write;

/// What stands above the tables.
const INTRODUCTION: &str = "<!-- Generated from reference-profiles/ by the test suite (BLESS=1 cargo test profiles). Do not edit. -->

# Profiles and deliveries

A *profile* says what is typical for a kind of music, measured; a *delivery* says what a target demands. Where the numbers come from and how they were
made: `reference-profiles/README.md`. A profile of your own is built by `profile build`, a delivery of your own is a file like those in
`reference-profiles/delivery/`.

## How a comparison reads

Every measure has a span: the tenth percentile, the median and the ninetieth percentile of the profile's tracks. The distance of a song is given in
*tolerances*: 0 is the median, -1 the tenth percentile, +1 the ninetieth. The *percentile* places the song among the tracks, by a normal distribution
fitted to each side of the median, between 0.1 and 99.9; profiles of fewer than ten tracks give none. No span counts as narrower than 1 dB or
1 LU to each side (0.3 dB/oct of tilt, 0.05 of correlation).

Third-octave spectra are smoothed 1-2-1 over neighbours on both sides, so that the key of a song does not show, and aligned in level by the weighted
median of the differences (weight: one over the squared half-span), so that a heavy bass does not read as missing treble. `measured` is the smoothed,
aligned level.

## The nine K-weighted bands

The large data sets do not measure third octaves but nine bands with edges at 148.2, 392.4, 794.7, 1457.6, 2549.7, 4349.2, 7314.2 and 12199.3 Hz: K-filter
each channel; blocks of 400 ms every 100 ms, root-Hann window, Fourier transform; power of both channels summed in each band; -0.691 + 10 log10; gate at
-70, then at the mean minus 20 dB; the arithmetic mean of the blocks' decibels. `level_db` is that minus integrated loudness, `range_db` the p95 minus the
p10 of the blocks, `side_to_mid_db` the same gated mean of 10 log10(|L-R|^2 / |L+R|^2). mixproof measures the same bands in the same way (`tone.k_bands`) and
compares like with like.
";

/// The page: how a comparison reads, every profile, every delivery.
pub fn markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n## Built-in profiles\n\n| name | title | tracks | confidence | source | licence |\n|---|---|---|---|---|---|\n");
    for profile in profiles() {
        let from = &profile.provenance;
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            profile.name,
            profile.title,
            from.tracks,
            confidence_word(from.confidence),
            from.source,
            from.licence
        );
    }
    for profile in profiles() {
        profile_section(&mut page, &profile);
    }
    page.push_str("\n## Built-in deliveries\n\n| name | target | ceiling | rates, bits | playback | checked | source |\n|---|---|---|---|---|---|---|\n");
    for delivery in deliveries() {
        delivery_row(&mut page, &delivery);
    }
    page
}

/// One profile: method, single measures, third octaves, K-weighted bands.
fn profile_section(page: &mut String, profile: &Profile) {
    let _ = write!(page, "\n### {}\n\n{}.\n\n", profile.name, profile.provenance.method);
    page.push_str("| measure | p10 | median | p90 |\n|---|---|---|---|\n");
    let mut row = |name: &str, unit: Unit, span: &Span| {
        let number = |value: f64| Quantity::new(value, unit).to_string();
        let _ =
            writeln!(page, "| {name} | {} | {} | {} |", number(span.p10), number(span.p50), number(span.p90));
    };
    for (path, span) in &profile.spans {
        row(path, Unit::of_path(path), span);
    }
    for band in &profile.tone.k_bands {
        let name = format!("tone.k_bands[{:.0}-{:.0}]", band.low_hz, band.high_hz);
        row(&format!("{name}.level_db"), Unit::Db, &band.level_db);
        for (field, span) in [("range_db", &band.range_db), ("side_to_mid_db", &band.side_to_mid_db)] {
            if let Some(span) = span {
                row(&format!("{name}.{field}"), Unit::Db, span);
            }
        }
    }
    for band in &profile.tone.bands {
        let span = Span { p10: band.p10_db, p50: band.level_db, p90: band.p90_db };
        row(&format!("tone.bands[{}].level_db", band.center_hz), Unit::Db, &span);
    }
}

/// One delivery.
fn delivery_row(page: &mut String, delivery: &Delivery) {
    let target = delivery
        .integrated_lufs
        .map_or("none".to_string(), |lufs| format!("{lufs:.1} LUFS ± {:.1}", delivery.tolerance_lu));
    let list = |values: Vec<String>| if values.is_empty() { "any".to_string() } else { values.join(" ") };
    let playback = delivery.normalisation.as_ref().map_or("as delivered".to_string(), |service| {
        let raised = match (service.raises, service.raises_until_dbtp) {
            (false, _) => "turned down only".to_string(),
            (true, Some(until_dbtp)) => format!("raised until {until_dbtp:.1} dBTP"),
            (true, None) => "raised, limited".to_string(),
        };
        format!("{:.1} LUFS, {raised}", service.target_lufs)
    });
    let _ = writeln!(
        page,
        "| {} | {target} | {:.1} dBTP | {} Hz, {} bit | {playback} | {} | {} |",
        delivery.name,
        delivery.ceiling_dbtp,
        list(delivery.sample_rates_hz.iter().map(u32::to_string).collect()),
        list(delivery.bits.iter().map(u16::to_string).collect()),
        delivery.checked_on,
        delivery.source
    );
}

/// A confidence as documents write it.
fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}
