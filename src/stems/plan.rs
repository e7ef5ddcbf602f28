//! What is proposed for the parts: place, high-pass, corrections, compressor, pan, fader; each with its reason.
//!
//! Where the stems add up to a given mix, somebody has made that balance: then only what repairs the delivery is done
//! unasked, and everything that is taste is opt-in.

use super::remedy::step;
use super::space::{room, send};
use crate::model::{
    Applicability, CompressorSettings, EqBand, EqPhase, EqShape, Masking, Move, MoveStage, PhasePair,
    Placement, Processor, Stem, StemInMix, StemPlan, StemRole, StemSet, StemState, StemsPlan, SumVerdict,
    Together,
};
use crate::units::{db_to_power, finite, power_level_db};

/// A third octave that is this far below the stem's sum holds none of its sound.
const SOUND_DB: f64 = -30.0;
/// Corner of the high-pass against the lowest third octave that holds sound: 1 dB is lost there.
const CORNER: f64 = 0.6;
/// Rumble that is worth a filter: below the corner, against the stem, and absolute.
const RUMBLE_DB: std::ops::Range<f64> = -60.0..-20.0;
const RUMBLE_DBFS: f64 = -75.0;
/// How far rumble rises over the dip between it and the sound.
const HUMP_DB: f64 = 3.0;
/// Corners that make sense.
const CORNERS_HZ: std::ops::Range<f64> = 30.0..180.0;
/// A resonance stands out by this much, nearly always.
const RESONANCE_DB: f64 = 8.0;
const RESONANCE_SHARE: f64 = 0.6;
/// Loudness lost in mono that calls for less width.
const MONO_LOSS_LU: f64 = 3.0;
/// Cuts against masking in one stem.
const MOST_CUTS: usize = 3;
/// Most that a fader is moved for the balance.
const FADER_DB: f64 = 3.0;
/// Stems that make a balance, and how far from it one has to be.
const BALANCED_STEMS: usize = 4;
const FAR_LU: f64 = 6.0;
/// A lead vocal outside of this against the rest is worth a word (engineering choice: rough mixes lie within).
const LEAD_LU: std::ops::RangeInclusive<f64> = -9.0..=3.0;

/// The plan for a set whose sum, masking and balance are known.
pub fn plan(set: &StemSet) -> StemsPlan {
    let stands = set.sum.as_ref().is_some_and(|sum| sum.verdict != SumVerdict::Incomplete);
    let taste = if stands { Applicability::OptIn } else { Applicability::Automatic };
    let phase: &[PhasePair] = set.together.as_ref().map_or(&[], |together| &together.phase);
    let stems: Vec<StemPlan> = set
        .stems
        .iter()
        .filter(|stem| stem.role != StemRole::Mix)
        .filter_map(|stem| {
            let in_mix = set.sum.iter().flat_map(|sum| &sum.stems).find(|own| own.name == stem.name);
            let mut moves: Vec<Move> = Vec::new();
            moves.extend(high_pass(stem, taste));
            moves.extend(resonances(stem));
            moves.extend(unmask(stem, &set.masking, stands));
            moves.extend(compressor(stem));
            moves.extend(width(stem));
            moves.extend(pan(stem, &set.masking));
            moves.extend(fader(stem, in_mix, set.together.as_ref()).or_else(|| level(stem, set)));
            let placement = placement(stem, in_mix, phase);
            let send = send(stem, set);
            (placement.is_some() || send.is_some() || !moves.is_empty()).then(|| StemPlan {
                name: stem.name.clone(),
                content_id: stem.analysis.content_id.clone(),
                placement,
                moves,
                send,
            })
        })
        .collect();
    StemsPlan { space: room(stems.iter().any(|stem| stem.send.is_some())), stems, advice: advice(set) }
}

/// A move with the measure that asked for it.
fn because(measure: &str, step: Move) -> Move {
    Move { because: vec![measure.to_string()], ..step }
}

/// A high-pass where there is only rumble.
fn high_pass(stem: &Stem, taste: Applicability) -> Option<Move> {
    if matches!(stem.role, StemRole::Kick | StemRole::Bass) {
        return None;
    }
    let bands = &stem.analysis.tone.bands;
    let lowest = bands.iter().find(|band| band.level_db.is_some_and(|level_db| level_db > SOUND_DB))?;
    let corner_hz = (CORNER * lowest.center_hz).round();
    if !CORNERS_HZ.contains(&corner_hz) {
        return None;
    }
    let levels = || bands.iter().filter_map(|band| Some((band.center_hz, band.level_db?)));
    let below = || levels().filter(|(center_hz, _)| *center_hz < corner_hz);
    // Rumble is a hump of its own: a spectrum that falls off smoothly to the bottom has none.
    let (hump_hz, hump_db) = below().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let between = levels().filter(|(center_hz, _)| *center_hz > hump_hz && *center_hz < lowest.center_hz);
    let dip_db = between.map(|(_, level_db)| level_db).min_by(f64::total_cmp)?;
    if hump_db < dip_db + HUMP_DB {
        return None;
    }
    let rumble_db = power_level_db(below().map(|(_, level_db)| db_to_power(level_db)).sum())?;
    let rms_dbfs = stem.analysis.dynamics.rms_dbfs?;
    if !RUMBLE_DB.contains(&rumble_db) || rms_dbfs + rumble_db < RUMBLE_DBFS {
        return None;
    }
    let reason = format!(
        "nothing of it sounds below {:.0} Hz but rumble, {rumble_db:.0} dB against the stem",
        lowest.center_hz
    );
    let effect = format!("takes the rumble away; {:.0} Hz loses 1 dB", lowest.center_hz);
    let processor = Processor::HighPass { frequency_hz: corner_hz };
    Some(because("tone.bands", step("high-pass", MoveStage::Eq, taste, reason, effect, 0.7, processor)))
}

/// Cuts at narrow peaks that stand still: rooms, cheap microphones. Pitched synthetic parts are left alone.
fn resonances(stem: &Stem) -> Option<Move> {
    const ROOMS: [StemRole; 7] = [
        StemRole::LeadVocal,
        StemRole::BackingVocal,
        StemRole::Guitar,
        StemRole::Snare,
        StemRole::Toms,
        StemRole::Drums,
        StemRole::Keys,
    ];
    if !ROOMS.contains(&stem.role) {
        return None;
    }
    let bands: Vec<EqBand> = stem
        .analysis
        .tone
        .resonances
        .iter()
        .filter(|peak| {
            peak.height_db >= RESONANCE_DB && peak.share >= RESONANCE_SHARE && peak.center_hz > 120.0
        })
        .take(2)
        .map(|peak| EqBand {
            shape: EqShape::Peak,
            center_hz: peak.center_hz.round(),
            gain_db: -(peak.height_db / 3.0).min(4.0),
            q: peak.q.clamp(2.0, 8.0),
        })
        .collect();
    let first = bands.first()?;
    let reason = format!("a resonance at {:.0} Hz rings through it", first.center_hz);
    let effect = format!("{:.1} dB at {:.0} Hz", first.gain_db, first.center_hz);
    let processor = Processor::Eq { bands, phase: EqPhase::Minimum };
    Some(because(
        "tone.resonances",
        step("resonances", MoveStage::Eq, Applicability::OptIn, reason, effect, 0.5, processor),
    ))
}

/// The cuts that the ranked conflicts ask of this stem, in one equaliser.
fn unmask(stem: &Stem, masking: &[Masking], stands: bool) -> Option<Move> {
    let (mut cuts, mut reasons, mut effects): (Vec<EqBand>, Vec<String>, Vec<String>) = Default::default();
    for remedy in
        masking.iter().filter_map(|conflict| conflict.remedy.as_ref()).filter(|own| own.stem == stem.name)
    {
        let Processor::Eq { bands, .. } = &remedy.step.processor else { continue };
        for band in bands {
            // Two cuts within half an octave are one: the deeper.
            let near = cuts.iter().position(|own| (0.7..1.4).contains(&(own.center_hz / band.center_hz)));
            match near {
                Some(place) => cuts[place].gain_db = cuts[place].gain_db.min(band.gain_db),
                None if cuts.len() < MOST_CUTS => cuts.push(band.clone()),
                None => continue,
            }
            reasons.push(remedy.step.reason.clone());
            effects.push(remedy.step.predicted_effect.clone());
        }
    }
    if cuts.is_empty() {
        return None;
    }
    let applicability = if stands { Applicability::OptIn } else { Applicability::Automatic };
    let processor = Processor::Eq { bands: cuts, phase: EqPhase::Minimum };
    Some(step("unmask", MoveStage::Eq, applicability, reasons.join("; "), effects.join("; "), 0.5, processor))
}

/// A compressor where the level of a part wanders more than its kind should.
fn compressor(stem: &Stem) -> Option<Move> {
    let most_lu = match stem.role {
        StemRole::LeadVocal => 8.0,
        StemRole::Bass => 7.0,
        StemRole::BackingVocal => 10.0,
        StemRole::Guitar | StemRole::Keys => 12.0,
        _ => return None,
    };
    let loudness = &stem.analysis.loudness;
    let range_lu = loudness.range_lu.filter(|range_lu| *range_lu > most_lu)?;
    let loudest = loudness.momentary_max_lufs?;
    let mut playing: Vec<f64> = loudness
        .momentary_lufs
        .iter()
        .flatten()
        .map(|lufs| f64::from(*lufs))
        .filter(|lufs| *lufs > loudest - 20.0)
        .collect();
    let middle = crate::dsp::stats::percentile(&mut playing, 0.5)?;
    let high = crate::dsp::stats::percentile_of_sorted(&playing, 0.95)?;
    let ratio = 2.0;
    let reduction_db = (high - middle) * (1.0 - 1.0 / ratio);
    let settings = CompressorSettings {
        threshold_dbfs: middle.round(),
        ratio,
        knee_db: 6.0,
        attack_ms: 15.0,
        release_ms: 150.0,
        makeup_db: 0.0,
    };
    let reason = format!("its level wanders by {range_lu:.1} LU, more than {most_lu:.0} LU");
    let effect = format!("loud passages come down by {reduction_db:.1} dB");
    Some(because(
        "loudness.range_lu",
        step(
            "compressor",
            MoveStage::Dynamics,
            Applicability::OptIn,
            reason,
            effect,
            0.5,
            Processor::Compressor(settings),
        ),
    ))
}

/// Less width where the fold to mono takes much of a part.
fn width(stem: &Stem) -> Option<Move> {
    let stereo = stem.analysis.stereo.as_ref()?;
    let lost_lu = stereo.mono_loss_lu.filter(|lost_lu| *lost_lu > MONO_LOSS_LU)?;
    let reason = format!("it loses {lost_lu:.1} LU in mono");
    let effect = "less of it is lost in mono; it stands narrower".to_string();
    let processor = Processor::Width { side_gain_db: -3.0, mono_below_hz: None, balance_db: 0.0 };
    Some(because(
        "stereo.mono_loss_lu",
        step("width", MoveStage::Stereo, Applicability::OptIn, reason, effect, 0.5, processor),
    ))
}

/// A pan that a conflict asks for.
fn pan(stem: &Stem, masking: &[Masking]) -> Option<Move> {
    let remedies = masking.iter().filter_map(|conflict| conflict.remedy.as_ref());
    let found = remedies
        .filter(|own| own.stem == stem.name)
        .find(|own| matches!(own.step.processor, Processor::Width { .. }))?;
    // A file with one channel has no sides to pan between.
    (stem.analysis.source.channels > 1).then(|| Move { id: "pan".to_string(), ..found.step.clone() })
}

/// The fader: what the mix says, where there is one; else a lead vocal that is far out.
fn fader(stem: &Stem, in_mix: Option<&StemInMix>, together: Option<&Together>) -> Option<Move> {
    let gain = |applicability, gain_db: f64, reason, effect, confidence| {
        let processor = Processor::Gain { gain_db };
        because(
            "balance",
            step("fader", MoveStage::Loudness, applicability, reason, effect, confidence, processor),
        )
    };
    if let Some(own) = in_mix {
        let gain_db = own.gain_db.and_then(finite)?;
        let named = matches!(own.state, StemState::Gain | StemState::Doubled);
        return named.then(|| {
            let reason = format!("in the given mix {}", own.evidence);
            gain(
                Applicability::Automatic,
                gain_db,
                reason,
                "as loud as in the mix".to_string(),
                own.confidence,
            )
        });
    }
    let lead = together?.lead.as_ref().filter(|lead| lead.stems.contains(&stem.name))?;
    if LEAD_LU.contains(&lead.over_rest_lu) {
        return None;
    }
    let aim = lead.over_rest_lu.clamp(*LEAD_LU.start(), *LEAD_LU.end());
    let gain_db = (aim - lead.over_rest_lu).clamp(-FADER_DB, FADER_DB);
    let reason = format!("the lead vocal lies {:+.1} LU against the rest while it sings", lead.over_rest_lu);
    let effect = format!("{:+.1} LU against the rest", lead.over_rest_lu + gain_db);
    Some(gain(Applicability::OptIn, gain_db, reason, effect, 0.4))
}

/// Without a mix to follow: a fader for parts that are far from where their kind lies in a static balance, half of
/// the way. A start for the ear, no more.
fn level(stem: &Stem, set: &StemSet) -> Option<Move> {
    let lufs = |stem: &Stem| stem.analysis.loudness.integrated_lufs.map(|lufs| lufs - standing_lu(stem.role));
    let mut all: Vec<f64> =
        set.stems.iter().filter(|own| own.role != StemRole::Mix).filter_map(lufs).collect();
    if set.sum.is_some() || all.len() < BALANCED_STEMS {
        return None;
    }
    let middle = crate::dsp::stats::median(&mut all)?;
    let far_lu = lufs(stem)? - middle;
    if far_lu.abs() < FAR_LU {
        return None;
    }
    let gain_db = (-far_lu / 2.0).clamp(-2.0 * FADER_DB, 2.0 * FADER_DB);
    let way = if far_lu > 0.0 { "louder" } else { "softer" };
    let reason =
        format!("{:.1} LU {way} than its kind stands in a static balance of these parts", far_lu.abs());
    let effect = format!("{gain_db:+.1} dB, half of the way");
    let processor = Processor::Gain { gain_db };
    Some(because(
        "balance",
        step("fader", MoveStage::Loudness, Applicability::OptIn, reason, effect, 0.3, processor),
    ))
}

/// Where a part stands against the middle of all: all equally loud but for the voice in front and what lies behind
/// (Perez Gonzalez and Reiss, Automatic gain and fader control, DAFx 2009, start from equal loudness; the offsets are
/// an engineering choice).
fn standing_lu(role: StemRole) -> f64 {
    match role {
        StemRole::LeadVocal => 3.0,
        StemRole::Drums | StemRole::Kick | StemRole::Snare | StemRole::Bass => 1.0,
        StemRole::BackingVocal | StemRole::Pad | StemRole::Hats => -3.0,
        StemRole::Fx => -4.0,
        _ => 0.0,
    }
}

/// Place and polarity: as in the mix, where it is known; else against the other microphone.
fn placement(stem: &Stem, in_mix: Option<&StemInMix>, phase: &[PhasePair]) -> Option<Placement> {
    if let Some(own) = in_mix.filter(|own| matches!(own.state, StemState::Inverted | StemState::Shifted)) {
        return Some(Placement {
            applicability: Applicability::Automatic,
            later_frames: if own.state == StemState::Shifted {
                own.offset_frames.unwrap_or_default()
            } else {
                0
            },
            invert: own.inverted,
            reason: format!("so it lies in the given mix: {}", own.evidence),
            confidence: own.confidence,
        });
    }
    let pair = phase.iter().find(|pair| pair.b == stem.name)?;
    let turned = if pair.inverted { " and is upside down" } else { "" };
    Some(Placement {
        applicability: Applicability::OptIn,
        later_frames: -pair.delay_frames,
        invert: pair.inverted,
        reason: format!(
            "it lies {:+.2} ms against {}{turned}; aligned, the two gain {:.1} dB",
            1000.0 * pair.delay_s,
            pair.a,
            pair.gained_db
        ),
        confidence: pair.confidence,
    })
}

/// What is left to a person.
fn advice(set: &StemSet) -> Vec<String> {
    let mut advice = Vec::new();
    for conflict in &set.masking {
        if let Some(remedy) =
            conflict.remedy.as_ref().filter(|own| own.step.applicability == Applicability::Advice)
        {
            advice.push(remedy.step.reason.clone());
        }
    }
    for stem in set.sum.iter().flat_map(|sum| &sum.stems).filter(|stem| stem.state == StemState::Missing) {
        advice.push(format!("{} is not in the given mix: mute it to match, or ask", stem.name));
    }
    advice
}
