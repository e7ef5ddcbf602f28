//! `TONE009`

use super::Context;
use super::context::{UNLIKE_TOLERANCES, band_edges, band_words};
use super::registry::{Findings, check};
use crate::model::Fix;
use crate::units::Unit;

check! {
    /// ### What it measures
    /// The distance of the whole spectrum from the profile: the root mean square of its nine K-weighted
    /// bands in tolerances, each counted up to 3.
    ///
    /// ### Why it matters
    /// Against a profile of another kind of music every advice is wrong: chamber music is not popular music
    /// without bass. Beyond the limit the other checks of the tone keep silent.
    ///
    /// ### What to do
    /// Choose the profile of the song's own kind, or build one from references. Where the kind is right,
    /// the balance of the mix is far off, and an equaliser on the whole will not mend it.
    ///
    /// ### References
    /// Of the tracks that the profiles pop, jazz and classical were made from (phaselimiter_568_tracks) at
    /// most one in twenty lies beyond 1.75 from its own profile, but every second classical one from popular
    /// music. `cargo test genre_tables` measures it again where the tables are at hand.
    "TONE009" "unlike-profile" Info since "0.1.0" => run
}

/// How many of the bands that are furthest off are named.
const NAMED: usize = 2;

fn run(cx: &Context, found: &mut Findings) {
    let Some(tolerances) = cx.unlikeness().filter(|_| cx.is_unlike_profile()) else { return };
    let mut bands = cx.k_band_deviations(".level_db", 0.0, 22_050.0);
    bands.sort_by(|a, b| b.tolerances.abs().total_cmp(&a.tolerances.abs()));
    let furthest: Vec<String> = bands
        .iter()
        .take(NAMED)
        .filter_map(|band| {
            let (low_hz, high_hz) = band_edges(&band.measure)?;
            let distance_db = band.measured - band.expected.mid;
            let side = if distance_db > 0.0 { "over" } else { "under" };
            Some(format!("{:.1} dB {side} it {}", distance_db.abs(), band_words(low_hz, high_hz)))
        })
        .collect();
    found
        .info(format!(
            "the spectrum is {tolerances:.2} tolerances away from {}: {}",
            cx.profile_name(),
            furthest.join(" and ")
        ))
        .measured(tolerances, Unit::None)
        .expected(format!("at most {UNLIKE_TOLERANCES:.2} tolerances, as 19 of 20 songs of its kind"))
        .advice(
            Fix::None,
            "another kind of music: choose another profile (`profile list`) or build one from references, and leave the equaliser alone; where the profile is the right one, the balance of the mix is far off",
        )
        .confidence(cx.profile_confidence());
}
