//! Thresholds of checks that rest on published tables of released tracks, measured again where the tables are at hand.
#![allow(clippy::print_stdout, reason = "a skipped test says so, and figures are for the reader")]

use crate::checks::clean;
use mixproof::checks::{self, Context, Selection};
use mixproof::compare::compare;
use mixproof::model::{KBand, Stage};
use mixproof::profiles;
use std::collections::HashMap;
use std::path::PathBuf;

/// The data sets lack this much in every band (`measure::spectral::k_bands`).
const MIRROR_DB: f64 = 3.01;

type Row = HashMap<String, String>;

/// A table beside the project, one map per track.
fn table(name: &str) -> Option<Vec<Row>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/genre-data").join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: {name} is not beside the project");
        return None;
    };
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(',').collect();
    let row = |line: &str| {
        names.iter().map(|name| name.to_string()).zip(line.split(',').map(String::from)).collect()
    };
    Some(lines.map(row).collect())
}

fn number(row: &Row, column: &str) -> Option<f64> {
    row.get(column)?.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Whether a track of the table is told that it is unlike a profile.
fn is_unlike(row: &Row, profile: &str) -> bool {
    let mut case = clean();
    case.profile = profiles::profile(profile).unwrap();
    case.stage = Stage::Master;
    case.analysis.tone.k_bands = case
        .profile
        .tone
        .k_bands
        .iter()
        .map(|band| {
            // The tables call the bands by their edges, each rounded in its own way.
            let near = |column: &&String| {
                let low = column.strip_prefix("kband_").and_then(|rest| rest.strip_suffix("_rel"));
                let low: Option<f64> = low.and_then(|range| range.split('-').next()?.parse().ok());
                low.is_some_and(|low_hz| (low_hz - band.low_hz).abs() < 2.0)
            };
            let level_db = row.keys().find(near).and_then(|column| number(row, column));
            KBand {
                low_hz: band.low_hz,
                high_hz: band.high_hz,
                level_db: level_db.map(|level_db| level_db + MIRROR_DB),
                range_db: None,
                side_to_mid_db: None,
            }
        })
        .collect();
    assert!(case.analysis.tone.k_bands.iter().filter(|band| band.level_db.is_some()).count() > 6, "{row:?}");
    let deviations = compare(&case.analysis, &case.profile);
    let cx = Context {
        analysis: &case.analysis,
        deviations: &deviations,
        profile: &case.profile,
        delivery: &case.delivery,
        stage: case.stage,
    };
    let only = Selection { select: vec!["unlike-profile".into()], ignore: Vec::new() };
    !checks::run_selected(&cx, &only).is_empty()
}

#[test]
fn songs_of_its_own_kind_are_seldom_unlike_a_profile() {
    let Some(tracks) = table("phaselimiter_568_tracks.csv") else { return };
    let share = |genre: &str, profile: &str| {
        let of: Vec<&Row> = tracks.iter().filter(|row| row["genre"] == genre).collect();
        let unlike = of.iter().filter(|row| is_unlike(row, profile)).count();
        let percent = 100.0 * unlike as f64 / of.len() as f64;
        println!("{genre} against {profile}: {unlike} of {}, {percent:.1} %", of.len());
        percent
    };
    for genre in ["pop", "jazz", "classical"] {
        assert!(share(genre, genre) <= 5.0, "{genre}");
    }
    assert!(share("pop", "popular") <= 5.0);
    assert!(share("classical", "popular") > 45.0);
    assert!(share("classical", "pop") > 60.0);
}

#[test]
fn few_released_tracks_are_as_dense_as_the_checks_call_dense() {
    let (Some(released), Some(kinds)) =
        (table("bakuage_dataset1_tracks.csv"), table("phaselimiter_568_tracks.csv"))
    else {
        return;
    };
    let below = |rows: &[&Row], limit_lu: f64| {
        let plr: Vec<f64> = rows.iter().filter_map(|row| number(row, "plr")).collect();
        let percent =
            100.0 * plr.iter().filter(|plr_lu| **plr_lu < limit_lu).count() as f64 / plr.len() as f64;
        println!("{} tracks, less than {limit_lu} LU from loudness to peak: {percent:.2} %", plr.len());
        percent
    };
    let all: Vec<&Row> = released.iter().collect();
    let loud: Vec<&Row> =
        all.iter().copied().filter(|row| number(row, "lufs_i").is_some_and(|lufs| lufs > -12.0)).collect();
    let of = |genre: &str| kinds.iter().filter(|row| row["genre"] == genre).collect::<Vec<_>>();
    let near = |percent: f64, stated: f64| assert!((percent - stated).abs() < 0.5, "{percent} for {stated}");
    near(below(&all, 8.0), 2.0);
    near(below(&all, 7.0), 0.4);
    near(below(&all, 6.0), 0.1);
    near(below(&of("pop"), 8.0), 8.0);
    near(below(&of("pop"), 6.0), 0.0);
    near(below(&of("jazz"), 7.0), 0.0);
    near(below(&loud, 12.0), 86.5);
}
