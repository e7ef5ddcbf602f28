//! How much may be done to a song at all: whether it is already mastered, whose profile it is, how far that may be trusted.

use super::Context;
use crate::model::{Confidence, MoveStage};

/// Crest lost to limiting from which a song counts as limited (all-pass excess; free mixes stay below 1 dB).
const LIMITED_DB: f64 = 2.0;
/// Peak to loudness ratio up to which a song counts as dense (Dynameter: "limited" from 8, "competitive" from 10).
const DENSE_PLR_LU: f64 = 9.5;
/// Peak to loudness ratio above which nothing is taken for a master, however loud.
const OPEN_PLR_LU: f64 = 12.0;
/// Loudness from which a song counts as loud whatever the target.
const LOUD_LUFS: f64 = -14.0;
/// A profile of up to so many tracks is taken for the user's own references (too few for a spread, so no genre).
const REFERENCE_TRACKS: u32 = 9;

/// What the proposal may do.
pub(super) struct Standing {
    /// Why the song is taken for mastered; `None` for a mix.
    pub(super) mastered: Option<String>,
    /// The profile is made of a few references that the user chose: "make it like these".
    pub(super) reference: bool,
    /// Trust in the profile, 0 to 1.
    pub(super) trust: f64,
    /// What the user asked for, per stage, 0 to 1.
    amounts: Vec<(MoveStage, f64)>,
    /// The same for the other stages.
    amount: f64,
}

impl Standing {
    /// Judges song and profile.
    pub(super) fn of(cx: &Context) -> Standing {
        let reference = (1..=REFERENCE_TRACKS).contains(&cx.profile.provenance.tracks);
        let trust = match cx.profile.provenance.confidence {
            // Few tracks say little about a genre, but all about what the user pointed at.
            _ if reference => 1.0,
            Confidence::High => 1.0,
            Confidence::Medium => 0.75,
            Confidence::Low => 0.5,
        };
        let share = |amount: f64| if amount.is_finite() { amount.clamp(0.0, 100.0) / 100.0 } else { 0.0 };
        let amounts = cx.options.stage_amounts.iter().map(|stage| (stage.stage, share(stage.amount)));
        Standing {
            mastered: mastered(cx),
            reference,
            trust,
            amounts: amounts.collect(),
            amount: share(cx.options.amount),
        }
    }

    /// How much of a stage the user asked for, 0 to 1.
    pub(super) fn amount_of(&self, stage: MoveStage) -> f64 {
        self.amounts
            .iter()
            .rev()
            .find(|(named, _)| *named == stage)
            .map_or(self.amount, |(_, amount)| *amount)
    }

    /// What every setting of a tonal, dynamic or stereo stage is scaled by.
    pub(super) fn scale(&self, stage: MoveStage) -> f64 {
        self.amount_of(stage) * self.trust
    }

    /// Whether a stage may have moves. A finished master keeps its tone and image, unless the user pointed at
    /// references that say otherwise.
    pub(super) fn allows(&self, cx: &Context, stage: MoveStage) -> bool {
        if !cx.options.stages.contains(&stage) {
            return false;
        }
        match stage {
            MoveStage::Loudness | MoveStage::Format => true,
            MoveStage::Dynamics => self.amount_of(stage) > 0.0 && self.mastered.is_none(),
            MoveStage::Eq | MoveStage::Stereo => {
                self.amount_of(stage) > 0.0 && (self.mastered.is_none() || self.reference)
            }
        }
    }
}

/// Two of three signs make a master: crest lost to limiting, a small peak to loudness ratio, a loudness at the target.
fn mastered(cx: &Context) -> Option<String> {
    let dynamics = &cx.analysis.dynamics;
    if dynamics.plr_lu.is_none_or(|plr_lu| plr_lu > OPEN_PLR_LU) {
        return None;
    }
    let loud_lufs = cx.delivery.integrated_lufs.map_or(LOUD_LUFS, |target_lufs| target_lufs.max(LOUD_LUFS));
    let signs: Vec<String> = [
        dynamics
            .limited_db
            .filter(|limited_db| *limited_db >= LIMITED_DB)
            .map(|limited_db| format!("{limited_db:.1} dB of crest lost to limiting")),
        dynamics.plr_lu.filter(|plr_lu| *plr_lu <= DENSE_PLR_LU).map(|plr_lu| format!("PLR {plr_lu:.1} LU")),
        cx.analysis
            .loudness
            .integrated_lufs
            .filter(|integrated_lufs| *integrated_lufs >= loud_lufs)
            .map(|integrated_lufs| format!("{integrated_lufs:.1} LUFS")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (signs.len() >= 2).then(|| signs.join(", "))
}
