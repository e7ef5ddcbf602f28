//! What plays in a stem: from its name, else, less surely, from its sound.

use super::names::words;
use crate::model::{Analysis, StemRole};

/// Words and what they mean, the more telling ones first. A word also matches as the beginning of a longer one where
/// it has at least four letters.
const WORDS: &[(&str, StemRole)] = &[
    ("bgvox", StemRole::BackingVocal),
    ("bgv", StemRole::BackingVocal),
    ("bvox", StemRole::BackingVocal),
    ("bv", StemRole::BackingVocal),
    ("backing", StemRole::BackingVocal),
    ("backvox", StemRole::BackingVocal),
    ("choir", StemRole::BackingVocal),
    ("harmony", StemRole::BackingVocal),
    ("harmonies", StemRole::BackingVocal),
    ("adlib", StemRole::BackingVocal),
    ("gang", StemRole::BackingVocal),
    ("vocal", StemRole::LeadVocal),
    ("vox", StemRole::LeadVocal),
    ("voc", StemRole::LeadVocal),
    ("voice", StemRole::LeadVocal),
    ("rap", StemRole::LeadVocal),
    ("singer", StemRole::LeadVocal),
    ("kick", StemRole::Kick),
    ("kik", StemRole::Kick),
    ("bd", StemRole::Kick),
    ("bassdrum", StemRole::Kick),
    ("snare", StemRole::Snare),
    ("sn", StemRole::Snare),
    ("snr", StemRole::Snare),
    ("clap", StemRole::Snare),
    ("rimshot", StemRole::Snare),
    ("hihat", StemRole::Hats),
    ("hats", StemRole::Hats),
    ("hat", StemRole::Hats),
    ("hh", StemRole::Hats),
    ("cymbal", StemRole::Hats),
    ("crash", StemRole::Hats),
    ("ride", StemRole::Hats),
    ("shaker", StemRole::Hats),
    ("tambourine", StemRole::Hats),
    ("toms", StemRole::Toms),
    ("tom", StemRole::Toms),
    ("floortom", StemRole::Toms),
    ("drum", StemRole::Drums),
    ("drums", StemRole::Drums),
    ("beat", StemRole::Drums),
    ("perc", StemRole::Drums),
    ("percussion", StemRole::Drums),
    ("overhead", StemRole::Drums),
    ("oh", StemRole::Drums),
    ("loop", StemRole::Drums),
    ("fill", StemRole::Drums),
    ("break", StemRole::Drums),
    ("conga", StemRole::Drums),
    ("bongo", StemRole::Drums),
    ("bass", StemRole::Bass),
    ("sub", StemRole::Bass),
    ("guitar", StemRole::Guitar),
    ("gtr", StemRole::Guitar),
    ("git", StemRole::Guitar),
    ("guit", StemRole::Guitar),
    ("acoustic", StemRole::Guitar),
    ("leadguitar", StemRole::Guitar),
    ("piano", StemRole::Keys),
    ("keys", StemRole::Keys),
    ("key", StemRole::Keys),
    ("organ", StemRole::Keys),
    ("rhodes", StemRole::Keys),
    ("wurli", StemRole::Keys),
    ("clav", StemRole::Keys),
    ("keyboard", StemRole::Keys),
    ("pad", StemRole::Pad),
    ("pads", StemRole::Pad),
    ("texture", StemRole::Pad),
    ("drone", StemRole::Pad),
    ("ambience", StemRole::Pad),
    ("string", StemRole::Strings),
    ("strings", StemRole::Strings),
    ("violin", StemRole::Strings),
    ("viola", StemRole::Strings),
    ("cello", StemRole::Strings),
    ("strgs", StemRole::Strings),
    ("brass", StemRole::Brass),
    ("horn", StemRole::Brass),
    ("horns", StemRole::Brass),
    ("trumpet", StemRole::Brass),
    ("trombone", StemRole::Brass),
    ("sax", StemRole::Brass),
    ("flute", StemRole::Brass),
    ("fx", StemRole::Fx),
    ("sfx", StemRole::Fx),
    ("effect", StemRole::Fx),
    ("effects", StemRole::Fx),
    ("riser", StemRole::Fx),
    ("noise", StemRole::Fx),
    ("reverb", StemRole::Fx),
    ("verb", StemRole::Fx),
    ("delay", StemRole::Fx),
    ("scratch", StemRole::Fx),
    ("impact", StemRole::Fx),
    ("sweep", StemRole::Fx),
    ("synth", StemRole::Synth),
    ("syn", StemRole::Synth),
    ("arp", StemRole::Synth),
    ("lead", StemRole::Synth),
    ("pluck", StemRole::Synth),
    ("melody", StemRole::Synth),
    ("sine", StemRole::Synth),
    ("saw", StemRole::Synth),
    ("mix", StemRole::Mix),
    ("master", StemRole::Mix),
    ("mixdown", StemRole::Mix),
    ("fullmix", StemRole::Mix),
];
/// Letters from which a word also counts as the beginning of another one.
const BEGINNING: usize = 4;
/// How sure a name makes, and several words that disagree.
const BY_NAME: f64 = 0.9;
const BY_UNCLEAR_NAME: f64 = 0.7;
/// How sure the sound makes, at best.
const BY_SOUND: f64 = 0.5;

/// What plays, and how sure that is.
pub fn role(name: &str, analysis: &Analysis) -> (StemRole, f64) {
    let words = words(name);
    let mut roles: Vec<StemRole> = Vec::new();
    for (word, role) in WORDS {
        let matches =
            words.iter().any(|own| own == word || (word.len() >= BEGINNING && own.starts_with(word)));
        if matches && !roles.contains(role) {
            roles.push(*role);
        }
    }
    // The bass of a bass guitar, the lead of a lead vocal, the hat of a beat name nothing else.
    if roles.contains(&StemRole::Bass) && roles.contains(&StemRole::Guitar) {
        return (StemRole::Bass, BY_NAME);
    }
    match roles.as_slice() {
        [] => by_sound(analysis),
        [only] => (*only, BY_NAME),
        [first, ..] if words.iter().any(|word| word == "lead") && roles.len() == 2 => (*first, BY_NAME),
        [first, ..] => (*first, BY_UNCLEAR_NAME),
    }
}

/// Where the power lies, and whether it comes in strokes.
fn by_sound(analysis: &Analysis) -> (StemRole, f64) {
    let share = |low_hz: f64, high_hz: f64| -> f64 {
        let inside = analysis.tone.bands.iter().filter(|band| (low_hz..high_hz).contains(&band.center_hz));
        inside.filter_map(|band| band.level_db).map(crate::units::db_to_power).sum()
    };
    let crest_db = analysis.dynamics.crest_db.unwrap_or_default();
    let (low, high) = (share(0.0, 180.0), share(4500.0, 30_000.0));
    match (low, high, crest_db) {
        (low, _, crest_db) if low > 0.8 && crest_db > 14.0 => (StemRole::Kick, BY_SOUND * 0.8),
        (low, _, _) if low > 0.75 => (StemRole::Bass, BY_SOUND),
        (_, high, crest_db) if high > 0.7 && crest_db > 12.0 => (StemRole::Hats, BY_SOUND),
        (low, high, crest_db) if crest_db > 17.0 && low > 0.1 && high > 0.03 => {
            (StemRole::Drums, BY_SOUND * 0.8)
        }
        _ => (StemRole::Other, 0.0),
    }
}
