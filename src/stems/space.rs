//! A room that is offered, never given: which parts are dry enough to want one, and how much of it.

use crate::model::{Applicability, Space, SpaceSend, Stem, StemRole, StemSet};

/// A small room to start from (engineering choice): clear of the bass, darker than the parts.
const ROOM: Space = Space { decay_s: 1.0, predelay_s: 0.02, high_pass_hz: 250.0, damping_hz: 6000.0 };
/// A part that falls by 60 dB within this time has hardly a room of its own.
const DRY_S: f64 = 0.45;
/// One that falls within this has none.
const BONE_DRY_S: f64 = 0.2;
/// What the driest get more than those that are just dry enough.
const DRYNESS_DB: f64 = 4.0;

/// Level of the room for the driest part of a kind (engineering choice); none for what carries the low end, for what
/// is a room or an effect already, and for what is not known.
fn wet_db(role: StemRole) -> Option<f64> {
    match role {
        StemRole::LeadVocal => Some(-14.0),
        StemRole::BackingVocal => Some(-10.0),
        StemRole::Snare | StemRole::Toms | StemRole::Guitar | StemRole::Keys => Some(-14.0),
        StemRole::Strings | StemRole::Brass => Some(-12.0),
        StemRole::Drums => Some(-18.0),
        _ => None,
    }
}

/// What is offered for a stem.
pub(super) fn send(stem: &Stem, set: &StemSet) -> Option<SpaceSend> {
    let driest_db = wet_db(stem.role)?;
    let decay_s =
        set.balance.iter().find(|own| own.name == stem.name)?.decay_s.filter(|decay_s| *decay_s <= DRY_S)?;
    let wetness = ((decay_s - BONE_DRY_S) / (DRY_S - BONE_DRY_S)).clamp(0.0, 1.0);
    Some(SpaceSend {
        applicability: Applicability::OptIn,
        wet_db: (driest_db - DRYNESS_DB * wetness).round(),
        reason: format!("it falls silent at a pace of 60 dB in {decay_s:.1} s: hardly a room is in it"),
        confidence: 0.3,
    })
}

/// The room, where anything may be sent to it.
pub(super) fn room(sent: bool) -> Option<Space> {
    sent.then_some(ROOM)
}
