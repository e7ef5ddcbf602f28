//! From hidden loudness to a ranked list of conflicts, each of the gravest with a move that was tried.

use super::hidden::{Hidden, STRETCH_S};
use super::remedy::{Trial, remedy};
use super::sitting::Sitting;
use crate::model::{Masking, MaskingBand, Stem, StemRole, TimeRange};

/// Shares below this are no conflict.
const LEAST_SHARE: f64 = 0.05;
/// Both play for a second at least.
const LEAST_S: f64 = 1.0;
/// Bands and places that are listed.
const MOST_BANDS: usize = 6;
const MOST_PLACES: usize = 5;
/// Conflicts for which a move is sought, and their least share.
const MOST_REMEDIES: usize = 8;
const REMEDY_SHARE: f64 = 0.2;
const REMEDY_WEIGHT: f64 = 0.08;

/// All pairs in which one stem hides a part of the other, the gravest first.
pub fn conflicts(stems: &[&Stem], hidden: &[Hidden], sitting: &Sitting) -> Vec<Masking> {
    let centers_hz = sitting.listener.bands.centers_hz();
    let mut found: Vec<(usize, usize, Masking)> = Vec::new();
    for (maskee, row) in hidden.iter().enumerate() {
        let active = sitting.stems[maskee].active_frames.max(1) as f64;
        let none = vec![0.0; row.bands()];
        for (masker, stem) in stems.iter().enumerate().filter(|(masker, _)| *masker != maskee) {
            let share = row.share(masker, &none);
            let together_s = f64::from(row.frames(masker)) * sitting.frame_s();
            if share < LEAST_SHARE || together_s < LEAST_S {
                continue;
            }
            let weight = share
                * (f64::from(row.frames(masker)) / active).min(1.0).sqrt()
                * importance(stems[maskee].role)
                * blame(stem.role);
            let mut bands: Vec<(f64, MaskingBand)> = (0..row.bands())
                .map(|band| (row.in_band(masker, band, 0.0), centers_hz[band]))
                .filter(|((hidden, _), _)| *hidden > 0.0)
                .map(|((hidden, all), center_hz)| (hidden, MaskingBand { center_hz, share: hidden / all }))
                .collect();
            bands.sort_by(|a, b| b.0.total_cmp(&a.0));
            let places = row.stretches(masker).into_iter().take(MOST_PLACES);
            found.push((
                masker,
                maskee,
                Masking {
                    masker: stem.name.clone(),
                    maskee: stems[maskee].name.clone(),
                    share,
                    together_s,
                    weight,
                    bands: bands.into_iter().take(MOST_BANDS).map(|(_, band)| band).collect(),
                    at: places
                        .map(|place| place as f64 * STRETCH_S)
                        .map(|start_s| TimeRange { start_s, end_s: start_s + STRETCH_S })
                        .collect(),
                    remedy: None,
                },
            ));
        }
    }
    found.sort_by(|a, b| b.2.weight.total_cmp(&a.2.weight).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
    let mut sought = 0;
    for (masker, maskee, conflict) in &mut found {
        if sought < MOST_REMEDIES && conflict.share >= REMEDY_SHARE && conflict.weight >= REMEDY_WEIGHT {
            sought += 1;
            let trial = Trial { stems, hidden: &hidden[*maskee], sitting, masker: *masker, maskee: *maskee };
            conflict.remedy = remedy(&trial);
        }
    }
    found.into_iter().map(|(_, _, conflict)| conflict).collect()
}

/// How much it matters that a part hides others: the voice is meant to.
fn blame(role: StemRole) -> f64 {
    if role == StemRole::LeadVocal { 0.3 } else { 1.0 }
}

/// How much a part has to be heard by itself: the voice first, textures last (engineering choice).
fn importance(role: StemRole) -> f64 {
    match role {
        StemRole::LeadVocal => 1.0,
        StemRole::Kick | StemRole::Snare | StemRole::Bass | StemRole::Drums => 0.8,
        StemRole::Pad | StemRole::Fx | StemRole::Mix => 0.3,
        StemRole::BackingVocal => 0.5,
        _ => 0.6,
    }
}
