//! The players: each part reads a score and returns its stereo track. Levels between them are the mixer's business.

pub(super) mod bass;
pub(super) mod effects;
pub(super) mod keys;
pub(super) mod kick;
pub(super) mod lead;
pub(super) mod pads;
pub(super) mod snare_hats;
pub(super) mod vocal;

use super::score::{Bar, Groove};

/// Beats of a bar on which the kick plays.
fn kick_beats(bar: &Bar) -> &'static [f64] {
    match (bar.groove, bar.last_of_section) {
        (Groove::Silent, _) => &[],
        (Groove::Sparse, _) => &[0.0],
        (Groove::Backbeat, false) => &[0.0, 1.75, 2.5],
        (Groove::Backbeat, true) => &[0.0, 1.75, 2.5, 3.5],
        (Groove::Driving, false) => &[0.0, 1.0, 2.0, 3.0],
        (Groove::Driving, true) => &[0.0, 1.0, 2.0, 2.75, 3.5],
    }
}
