//! Comparison: distances in tolerances, percentiles, and what alignment and smoothing leave out.

use crate::checks::clean;
use mixproof::compare::compare;
use mixproof::model::{Analysis, Deviation, Profile, WidthBand};
use mixproof::profiles;

fn find<'a>(deviations: &'a [Deviation], measure: &str) -> &'a Deviation {
    deviations.iter().find(|deviation| deviation.measure == measure).unwrap_or_else(|| panic!("no {measure}"))
}

fn against(analysis: &Analysis, profile: &Profile, measure: &str) -> Deviation {
    find(&compare(analysis, profile), measure).clone()
}

#[test]
fn the_middle_and_the_edges_of_a_span_read_as_such() {
    let mut case = clean();
    let span = case.profile.spans["loudness.integrated_lufs"];
    for (value, tolerances, percentile) in
        [(span.p10, -1.0, 10.0), (span.p50, 0.0, 50.0), (span.p90, 1.0, 90.0)]
    {
        case.analysis.loudness.integrated_lufs = Some(value);
        let deviation = against(&case.analysis, &case.profile, "loudness.integrated_lufs");
        assert!((deviation.tolerances - tolerances).abs() < 1e-9);
        assert!((deviation.percentile.unwrap() - percentile).abs() < 0.01);
        assert_eq!(deviation.measured, value);
        assert_eq!(
            (deviation.expected.low, deviation.expected.mid, deviation.expected.high),
            (span.p10, span.p50, span.p90)
        );
    }
}

#[test]
fn every_measure_of_both_sides_is_there_once_and_in_order() {
    let case = clean();
    let deviations = compare(&case.analysis, &case.profile);
    let names: Vec<&str> = deviations.iter().map(|deviation| deviation.measure.as_str()).collect();
    for name in [
        "loudness.integrated_lufs",
        "loudness.range_lu",
        "dynamics.plr_lu",
        "dynamics.crest_db",
        "tone.tilt_db_per_oct",
        "tone.bands[31.5].level_db",
        "tone.bands[250].level_db",
        "tone.bands[20000].level_db",
        "tone.k_bands[0-148].level_db",
        "tone.k_bands[148-392].range_db",
        "tone.k_bands[12199-22050].side_to_mid_db",
    ] {
        assert_eq!(names.iter().filter(|known| **known == name).count(), 1, "{name}");
    }
    // 5 single measures, 31 third octaves, 9 bands with level, range and width. The nine width bands of the profile
    // are the same bands again and are not compared twice.
    assert_eq!(deviations.len(), 5 + 31 + 27);
    // The middle of a profile lies in the middle of it, but for the smoothing of a curved spectrum.
    let furthest = deviations.iter().map(|deviation| deviation.tolerances.abs()).fold(0.0, f64::max);
    assert!(furthest < 1.0, "{furthest}");
}

#[test]
fn measures_that_one_side_lacks_are_left_out() {
    let mut case = clean();
    case.analysis.loudness.range_lu = None;
    case.analysis.stereo = None;
    case.analysis.tone.k_bands[3].level_db = None;
    case.analysis.tone.bands.truncate(28);
    let deviations = compare(&case.analysis, &case.profile);
    assert!(deviations.iter().all(|deviation| deviation.measure != "loudness.range_lu"));
    assert!(deviations.iter().all(|deviation| deviation.measure != "tone.k_bands[795-1458].level_db"));
    assert!(deviations.iter().any(|deviation| deviation.measure == "tone.k_bands[795-1458].range_db"));
    assert!(deviations.iter().all(|deviation| deviation.measure != "tone.bands[12500].level_db"));
}

#[test]
fn a_heavy_bass_does_not_read_as_missing_treble() {
    let mut case = clean();
    let before = compare(&case.analysis, &case.profile);
    // 12 dB more below 80 Hz: relative to the sum of all bands, everything else falls by several dB.
    for band in case.analysis.tone.bands.iter_mut() {
        let change_db = if band.center_hz < 80.0 { 12.0 } else { 0.0 };
        band.level_db = band.level_db.map(|level_db| level_db + change_db - 5.0);
    }
    let after = compare(&case.analysis, &case.profile);
    for center in ["400", "1000", "4000", "10000"] {
        let name = format!("tone.bands[{center}].level_db");
        let moved_db = find(&after, &name).measured - find(&before, &name).measured;
        assert!(moved_db.abs() < 0.7, "{name} moved by {moved_db}");
    }
    let moved_db =
        find(&after, "tone.bands[50].level_db").measured - find(&before, "tone.bands[50].level_db").measured;
    assert!((moved_db - 12.0).abs() < 0.7, "{moved_db}");
}

#[test]
fn a_spectrum_is_compared_whatever_its_reference() {
    let mut case = clean();
    let before = compare(&case.analysis, &case.profile);
    for band in &mut case.analysis.tone.bands {
        band.level_db = band.level_db.map(|level_db| level_db - 17.0);
    }
    for (a, b) in before.iter().zip(compare(&case.analysis, &case.profile)) {
        assert!((a.tolerances - b.tolerances).abs() < 1e-9, "{}", a.measure);
    }
}

#[test]
fn one_loud_note_is_smoothed_to_half_of_itself() {
    let mut case = clean();
    let name = "tone.bands[500].level_db";
    let before = against(&case.analysis, &case.profile, name).measured;
    case.analysis.tone.bands.iter_mut().filter(|band| band.center_hz == 500.0).for_each(|band| {
        band.level_db = band.level_db.map(|level_db| level_db + 6.0);
    });
    let after = against(&case.analysis, &case.profile, name).measured;
    assert!((after - before - 3.0).abs() < 0.3, "{}", after - before);
}

#[test]
fn tiny_spreads_do_not_explode() {
    let mut case = clean();
    let span = case.profile.spans.get_mut("loudness.range_lu").unwrap();
    (span.p10, span.p50, span.p90) = (6.0, 6.0, 6.0);
    case.analysis.loudness.range_lu = Some(6.5);
    let deviation = against(&case.analysis, &case.profile, "loudness.range_lu");
    assert!((deviation.tolerances - 0.5).abs() < 1e-9);
    assert_eq!(deviation.percentile, None);
    assert_eq!((deviation.expected.low, deviation.expected.high), (5.0, 7.0));
}

#[test]
fn width_bands_of_their_own_are_compared_with_the_third_octaves() {
    let mut case = clean();
    let span = mixproof::model::Span { p10: -12.0, p50: -9.5, p90: -5.0 };
    case.profile.width = vec![WidthBand { low_hz: 355.0, high_hz: 710.0, side_to_mid_db: span }];
    let deviation = against(&case.analysis, &case.profile, "stereo.bands[355-710].side_to_mid_db");
    // 400, 500 and 630 Hz lie at −7.5 dB each.
    assert_eq!(deviation.measured, -7.5);
    assert!((deviation.tolerances - 2.0 / 4.5).abs() < 1e-9);
}

#[test]
fn a_profile_of_few_tracks_has_tolerances_but_no_percentiles() {
    let case = clean();
    let recipe = profiles::Recipe { name: "one".into(), ..Default::default() };
    let profile = profiles::build(&[(&case.analysis, 1.0)], &recipe).unwrap();
    let deviations = compare(&case.analysis, &profile);
    assert!(deviations.len() > 40);
    for deviation in deviations {
        assert_eq!(deviation.percentile, None, "{}", deviation.measure);
        // A song against itself.
        assert!(deviation.tolerances.abs() < 0.02, "{}: {}", deviation.measure, deviation.tolerances);
    }
}
