//! Balance, low end and lead vocal in the words of the document.

use super::hidden::STRETCH_S;
use super::sitting::Sitting;
use crate::model::{
    Balance, BalanceBand, BalanceKind, LeadVocal, LowEnd, OutsideProfile, Profile, Staging, Stem, StemRole,
    TimeRange, Tone,
};
use crate::units::power_level_db;

/// RMS of the playing parts that sessions are staged to: 0 VU at −18 dBFS (EBU R 68).
pub const STAGING_DBFS: f64 = -18.0;
/// Stretches of the low end below this share of the strongest are empty.
const LOW_END_FLOOR: f64 = 0.01;
/// Share from which a second stem is a rival.
const RIVAL: f64 = 0.25;
/// A stretch in which the lead is this much softer than over the whole song.
const BURIED_LU: f64 = 6.0;
/// Seconds that it has to sing in a stretch.
const SINGS_S: f64 = 1.5;
/// Third octaves below this level of a group say nothing about its tone.
const FAINT_DB: f64 = -30.0;

/// The group that a role belongs to, by the names of the stem profiles.
pub fn group(role: StemRole) -> Option<&'static str> {
    match role {
        StemRole::Kick | StemRole::Snare | StemRole::Hats | StemRole::Toms | StemRole::Drums => Some("drums"),
        StemRole::Bass => Some("bass"),
        StemRole::LeadVocal | StemRole::BackingVocal => Some("vocals"),
        StemRole::Mix => None,
        _ => Some("other"),
    }
}

/// What was measured on the sum of some stems.
pub struct Measured {
    /// `drums`, …; `sum`.
    pub name: &'static str,
    /// Places of its stems.
    pub stems: Vec<usize>,
    /// Loudness.
    pub integrated_lufs: Option<f64>,
    /// True peak.
    pub true_peak_dbtp: Option<f64>,
    /// Spectrum; `None` where it was not asked for.
    pub tone: Option<Tone>,
}

/// One entry per stem, per group, and for the sum.
pub fn balance(
    stems: &[&Stem],
    sitting: &Sitting,
    measured: &[Measured],
    profiles: &[Profile],
) -> Vec<Balance> {
    let sum_lufs = measured.iter().find(|own| own.name == "sum").and_then(|sum| sum.integrated_lufs);
    let relative = |lufs: Option<f64>| lufs.zip(sum_lufs).map(|(own, sum)| own - sum);
    let frames = sitting.frames.max(1) as f64;
    let low: f64 = sitting.stems.iter().map(|stem| stem.low_in_sum).sum();
    let low_share = |own: f64| if low > 0.0 { (own / low).clamp(0.0, 1.0) } else { 0.0 };
    let spectrum = |powers: &[f64]| -> Vec<BalanceBand> {
        let centers_hz = sitting.listener.bands.centers_hz();
        let band = |(center_hz, power): (&f64, &f64)| BalanceBand {
            center_hz: *center_hz,
            level_dbfs: power_level_db(power / frames),
        };
        centers_hz.iter().zip(powers).map(band).collect()
    };
    let mut entries: Vec<Balance> = stems
        .iter()
        .zip(&sitting.stems)
        .map(|(stem, sums)| {
            let lufs = stem.analysis.loudness.integrated_lufs;
            let rms = power_level_db(sums.active_power / sums.active_frames.max(1) as f64);
            let stereo = stem.analysis.stereo.as_ref();
            Balance {
                name: stem.name.clone(),
                kind: BalanceKind::Stem,
                integrated_lufs: lufs,
                relative_lu: relative(lufs),
                active_share: sums.active_frames as f64 / frames,
                active_rms_dbfs: rms,
                staging_gain_db: rms.map(|rms_dbfs| STAGING_DBFS - rms_dbfs),
                low_end_share: low_share(sums.low_in_sum),
                correlation: stereo.and_then(|stereo| stereo.correlation),
                mono_loss_lu: stereo.and_then(|stereo| stereo.mono_loss_lu),
                decay_s: sums.decay.decay_s(),
                bands: spectrum(&sums.powers),
                level_dbfs_series: sums
                    .seconds
                    .iter()
                    .map(|(power, frames)| {
                        power_level_db(power / f64::from((*frames).max(1))).map(|level| level as f32)
                    })
                    .collect(),
                outside_profile: Vec::new(),
            }
        })
        .collect();
    for own in measured {
        let low_in_sum = own.stems.iter().map(|index| sitting.stems[*index].low_in_sum).sum();
        let name = format!("stem-{}", own.name);
        let profile = profiles.iter().find(|profile| profile.name == name);
        let kind = if own.name == "sum" { BalanceKind::Sum } else { BalanceKind::Group };
        entries.push(Balance {
            name: own.name.to_string(),
            kind,
            integrated_lufs: own.integrated_lufs,
            relative_lu: relative(own.integrated_lufs),
            active_share: own
                .stems
                .iter()
                .map(|index| sitting.stems[*index].active_frames as f64 / frames)
                .fold(0.0, f64::max),
            active_rms_dbfs: None,
            staging_gain_db: None,
            low_end_share: low_share(low_in_sum),
            correlation: None,
            mono_loss_lu: None,
            decay_s: None,
            bands: if kind == BalanceKind::Sum { spectrum(&sitting.sum_powers) } else { Vec::new() },
            level_dbfs_series: Vec::new(),
            outside_profile: own
                .tone
                .iter()
                .zip(profile)
                .flat_map(|(tone, profile)| outside(tone, profile))
                .collect(),
        });
    }
    entries
}

/// Third octaves in which a group is unlike its profile.
fn outside(tone: &Tone, profile: &Profile) -> Vec<OutsideProfile> {
    let mut outside = Vec::new();
    for span in &profile.tone.bands {
        let own = tone.bands.iter().find(|band| (band.center_hz / span.center_hz - 1.0).abs() < 0.05);
        let Some(level_db) = own.and_then(|band| band.level_db) else { continue };
        let matters = level_db > FAINT_DB || span.level_db > FAINT_DB;
        if matters && !(span.p10_db..=span.p90_db).contains(&level_db) {
            outside.push(OutsideProfile {
                center_hz: span.center_hz,
                level_db,
                low_db: span.p10_db,
                high_db: span.p90_db,
            });
        }
    }
    outside
}

/// The lead vocal against all else; `None` where no stem is one.
pub fn lead(stems: &[&Stem], sitting: &Sitting) -> Option<LeadVocal> {
    let (own, rest, frames) = sitting
        .lead_stretches
        .iter()
        .fold((0.0, 0.0, 0), |(a, b, n), (own, rest, frames)| (a + own, b + rest, n + frames));
    let over_rest_lu = power_level_db(own / rest)?;
    let sings = |frames: u32| f64::from(frames) * sitting.frame_s() >= SINGS_S;
    let mut buried: Vec<(f64, usize)> = sitting
        .lead_stretches
        .iter()
        .enumerate()
        .filter(|(_, (_, _, frames))| sings(*frames))
        .filter_map(|(place, (own, rest, _))| Some((power_level_db(own / rest)?, place)))
        .filter(|(over_lu, _)| *over_lu < over_rest_lu - BURIED_LU)
        .collect();
    buried.sort_by(|a, b| a.0.total_cmp(&b.0));
    let place = |place: usize| {
        let start_s = place as f64 * STRETCH_S;
        TimeRange { start_s, end_s: start_s + STRETCH_S }
    };
    Some(LeadVocal {
        stems: sitting.lead.iter().map(|index| stems[*index].name.clone()).collect(),
        over_rest_lu,
        active_s: f64::from(frames) * sitting.frame_s(),
        buried: buried.into_iter().take(5).map(|(_, at)| place(at)).collect(),
    })
}

/// Who owns the low end, in stretches of five seconds; stretches of one owner are joined.
pub fn low_end(stems: &[&Stem], sitting: &Sitting) -> Vec<LowEnd> {
    let seconds = sitting.stems.iter().map(|stem| stem.low_seconds.len()).max().unwrap_or_default();
    let stretch = STRETCH_S as usize;
    let per_stretch: Vec<Vec<f64>> = (0..seconds.div_ceil(stretch))
        .map(|at| {
            let within = |stem: &super::sitting::StemSums| {
                let low = stem.low_seconds.iter().skip(at * stretch).take(stretch);
                low.map(|x| f64::from(*x)).sum::<f64>()
            };
            sitting.stems.iter().map(within).collect()
        })
        .collect();
    let total = |powers: &[f64]| powers.iter().sum::<f64>();
    let strongest = per_stretch.iter().map(|powers| total(powers)).fold(0.0, f64::max);
    let mut found: Vec<LowEnd> = Vec::new();
    for (at, powers) in per_stretch.iter().enumerate() {
        let all = total(powers);
        if all <= LOW_END_FLOOR * strongest || all <= 0.0 {
            continue;
        }
        let mut ranked: Vec<usize> = (0..powers.len()).collect();
        ranked.sort_by(|a, b| powers[*b].total_cmp(&powers[*a]));
        let Some(owner) = ranked.first() else { continue };
        let rival = ranked
            .get(1)
            .filter(|second| powers[**second] > RIVAL * all)
            .map(|second| stems[*second].name.clone());
        let share = (powers[*owner] / all).clamp(0.0, 1.0);
        let start_s = (at * stretch) as f64;
        let end_s = (start_s + STRETCH_S).min(seconds as f64);
        match found.last_mut() {
            Some(last)
                if last.end_s >= start_s && last.owner == stems[*owner].name && last.rival == rival =>
            {
                let (old, new) = (last.end_s - last.start_s, end_s - start_s);
                last.share = (last.share * old + share * new) / (old + new);
                last.end_s = end_s;
            }
            _ => found.push(LowEnd { start_s, end_s, owner: stems[*owner].name.clone(), share, rival }),
        }
    }
    found
}

/// Levels to work at.
pub fn staging(measured: &[Measured]) -> Staging {
    let peak = measured.iter().find(|own| own.name == "sum").and_then(|sum| sum.true_peak_dbtp);
    Staging {
        target_rms_dbfs: STAGING_DBFS,
        sum_true_peak_dbtp: peak,
        headroom_db: peak.map(|peak_dbtp| -peak_dbtp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_fall_into_the_groups_of_the_profiles() {
        assert_eq!(group(StemRole::Hats), Some("drums"));
        assert_eq!(group(StemRole::BackingVocal), Some("vocals"));
        assert_eq!(group(StemRole::Mix), None);
    }
}
