//! Plants, measures, counts.

use super::Track;
use super::ear::AUDIBLE_DB;
use super::plant::{self, Fault};
use super::signals::Random;
use mixproof::audio::Block;
use mixproof::measure::{DefectMeter, PeakMeter, SpectralMeter};
use mixproof::model::{Defects, Hum, Loudness, Mark, Peaks, Stereo};
use std::collections::BTreeMap;

/// What stands this far over the masked threshold is plain to everybody.
const PLAIN_DB: f64 = 10.0;
/// What cannot be measured as a difference, and is heard wherever it is (DC: it is reported wherever it is).
pub const BY_DEFINITION_DB: f64 = 20.0;
/// DC from here on is reported (check DEF001).
const DC: f64 = 0.001;
/// Found at this distance at most.
const NEAR_S: f64 = 0.003;

/// Found and planted: all that is audible, and what of it is plain; alarms where nothing was planted (`None`: not asked).
#[derive(Default)]
pub struct Score {
    pub audible: (usize, usize),
    pub plain: (usize, usize),
    pub alarms: Option<usize>,
    pub notes: Vec<String>,
}

impl Score {
    pub fn add(&mut self, other: Score) {
        for (sum, new) in [(&mut self.audible, other.audible), (&mut self.plain, other.plain)] {
            sum.0 += new.0;
            sum.1 += new.1;
        }
        if let Some(alarms) = other.alarms {
            *self.alarms.get_or_insert(0) += alarms;
        }
        self.notes.extend(other.notes);
    }

    /// One fault, which stands so far over the masked threshold.
    pub fn planted(&mut self, found: bool, over_db: f64, note: impl Fn() -> String) {
        for (class, least_db) in [(&mut self.audible, AUDIBLE_DB), (&mut self.plain, PLAIN_DB)] {
            if over_db >= least_db {
                class.0 += usize::from(found);
                class.1 += 1;
            }
        }
        if !found && over_db >= AUDIBLE_DB {
            self.notes.push(format!("missed {}", note()));
        }
    }

    pub fn alarm(&mut self, count: usize, note: impl Fn() -> String) {
        *self.alarms.get_or_insert(0) += count;
        if count > 0 {
            self.notes.push(format!("alarm {}", note()));
        }
    }
}

pub type Scores = BTreeMap<&'static str, Score>;

fn defects(audio: &Block) -> Defects {
    let mut meter = DefectMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish()
}

fn hum_in(audio: &Block) -> Option<Hum> {
    let mut meter = SpectralMeter::with_hum(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish_with_hum(&Loudness::default()).2
}

fn peaks(audio: &Block) -> Peaks {
    let mut meter = PeakMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish()
}

fn stereo(audio: &Block) -> Option<Stereo> {
    let mut meter = SpectralMeter::new(audio.sample_rate_hz(), audio.channel_count());
    meter.push(audio);
    meter.finish(&Loudness { integrated_lufs: Some(-14.0), ..Loudness::default() }).1
}

fn shown(marks: &[Mark]) -> String {
    let one = |mark: &Mark| format!("{:.3} s c{} {:.0} dB", mark.at_s, mark.channel, mark.strength_db);
    marks.iter().take(8).map(one).collect::<Vec<_>>().join(", ")
}

/// Alarms in the music as it is.
pub fn clean(track: &Track, scores: &mut Scores) {
    let found = defects(&track.audio);
    // Some files do end in the middle of a sound: the ear says which, as of planted faults.
    let over_db = plant::end_over_db(&track.audio);
    let what = || format!("{}: its end, {over_db:.0} dB over", track.name);
    scores.entry("cut end, as they are").or_default().planted(found.cut_end, over_db, what);
    scores.entry("cut end").or_default().alarm(usize::from(found.cut_end && over_db < AUDIBLE_DB), what);
    let mut alarms = |name, count: usize, what: String| {
        scores.entry(name).or_default().alarm(count, || format!("{}: {what}", track.name));
    };
    alarms("clicks", found.clicks.len(), shown(&found.clicks));
    alarms("discontinuities", found.discontinuities.len(), shown(&found.discontinuities));
    alarms("dropouts", found.dropouts.len(), shown(&found.dropouts));
    let hum = hum_in(&track.audio);
    alarms("hum", usize::from(hum.is_some()), format!("{hum:?}"));
    alarms("cut start", usize::from(found.cut_start), String::from("starts in a sound"));
    if let Some(stereo) = stereo(&track.audio) {
        alarms("polarity", usize::from(stereo.polarity_inverted), format!("{:?}", stereo.correlation));
        alarms("channel delay", usize::from(stereo.delay_s.is_some()), format!("{:?}", stereo.delay_s));
    }
}

/// Whether a mark lies at the fault.
fn hit(fault: &Fault, marks: &[&Mark], any_channel: bool) -> bool {
    marks.iter().any(|mark| {
        (mark.at_s - fault.at_s).abs() < NEAR_S && (any_channel || usize::from(mark.channel) == fault.channel)
    })
}

/// A kind of fault: plants it, and says what was found.
type Kind = (&'static str, fn(&Track, u64, &mut Scores));

const KINDS: [Kind; 8] = [
    ("clicks", clicks),
    ("dropouts", dropouts),
    ("hum", hum),
    ("DC", dc),
    ("cuts", cuts),
    ("clipping", clipping),
    ("polarity", polarity),
    ("delay", delay),
];

/// Faults of every kind (or of the one that is asked for), one kind at a time.
pub fn planted(track: &Track, only: Option<&str>, scores: &mut Scores) {
    let seed =
        track.name.bytes().fold(17, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    KINDS
        .iter()
        .enumerate()
        .filter(|(_, kind)| only.is_none_or(|only| kind.0 == only))
        .for_each(|(index, kind)| (kind.1)(track, seed + index as u64, scores));
}

fn clicks(track: &Track, seed: u64, scores: &mut Scores) {
    let mut audio = track.audio.clone();
    let faults = plant::clicks(&mut audio, seed);
    let found = defects(&audio);
    let marks: Vec<&Mark> = found.clicks.iter().chain(&found.discontinuities).collect();
    let score = scores.entry("clicks").or_default();
    for fault in &faults {
        score.planted(hit(fault, &marks, false), fault.over_db, || note(track, fault));
    }
}

fn dropouts(track: &Track, seed: u64, scores: &mut Scores) {
    let mut audio = track.audio.clone();
    let faults = plant::dropouts(&mut audio, seed);
    let found = defects(&audio);
    let marks: Vec<&Mark> = found.dropouts.iter().collect();
    let score = scores.entry("dropouts").or_default();
    for fault in &faults {
        score.planted(hit(fault, &marks, true), fault.over_db, || note(track, fault));
    }
}

fn hum(track: &Track, _: u64, scores: &mut Scores) {
    for (base_hz, over_db) in [(50.0, 3.0), (59.95, 3.0), (50.05, 10.0), (60.0, 10.0)] {
        let level_dbfs = plant::masked_hum_dbfs(&track.audio, base_hz) + over_db;
        let mut audio = track.audio.clone();
        plant::hum(&mut audio, base_hz, level_dbfs);
        let hum = hum_in(&audio);
        let found = hum.as_ref().is_some_and(|hum| (hum.base_hz - base_hz).abs() < 0.3);
        scores.entry("hum").or_default().planted(found, over_db, || {
            format!("{}: {base_hz} Hz at {level_dbfs:.0} dBFS, found {hum:?}", track.name)
        });
    }
}

fn dc(track: &Track, seed: u64, scores: &mut Scores) {
    let mut random = Random(seed);
    let mut audio = track.audio.clone();
    let channel = (random.next_u64() % audio.channel_count() as u64) as usize;
    let offset = (0.003 + 0.02 * random.unit()) as f32 * if random.unit() > 0.5 { 1.0 } else { -1.0 };
    audio.channel_mut(channel).iter_mut().for_each(|x| *x += offset);
    let found = defects(&audio).dc_offset[channel];
    let before = track.audio.channel(channel).iter().map(|x| f64::from(*x)).sum::<f64>();
    let expected = before / track.audio.frames() as f64 + f64::from(offset);
    // The mean is the definition of DC; what a clean file has is no false alarm, and none are counted.
    let near = (found - expected).abs() < 1e-4 && (found.abs() >= DC || expected.abs() < DC);
    let what = || format!("{}: {expected} read as {found}", track.name);
    scores.entry("DC").or_default().planted(near, BY_DEFINITION_DB, what);
}

fn cuts(track: &Track, seed: u64, scores: &mut Scores) {
    let mut random = Random(seed);
    for _ in 0..12 {
        let Some((part, over_db)) = plant::cut_out(&track.audio, &mut random) else { continue };
        let found = defects(&part);
        let length_s = part.frames() as f64 / f64::from(part.sample_rate_hz());
        let what = || format!("{}: {length_s:.1} s of it, {over_db:.0?} dB over", track.name);
        scores.entry("cut start").or_default().planted(found.cut_start, over_db[0], what);
        scores.entry("cut end").or_default().planted(found.cut_end, over_db[1], what);
    }
    for (at_s, part) in plant::between_rests(&track.audio) {
        let found = defects(&part);
        let what = || format!("{}: from {at_s:.3} s", track.name);
        let mut let_be =
            |name, found: bool| scores.entry(name).or_default().planted(!found, BY_DEFINITION_DB, what);
        let_be("starts after rests, let be", found.cut_start);
        let_be("ends before rests, let be", found.cut_end);
    }
}

fn clipping(track: &Track, seed: u64, scores: &mut Scores) {
    let mut audio = track.audio.clone();
    let faults = plant::clipping(&mut audio, seed);
    let runs = peaks(&audio).clipped;
    for fault in &faults {
        let found =
            runs.iter().any(|run| run.start_s < fault.at_s + fault.length_s && run.end_s > fault.at_s);
        scores.entry("clipping").or_default().planted(found, fault.over_db, || note(track, fault));
    }
}

/// The ear model, for one ear, does not know this fault. An upside-down channel is a fault in music of a usual image: correlation
/// from +0.3 on (standards digest, section 4: +0.3 to +0.8; upside down, folding to mono then costs 4.6 dB or more).
fn polarity(track: &Track, _: u64, scores: &mut Scores) {
    if stereo(&track.audio).and_then(|before| before.correlation).is_none_or(|r| r < 0.3) {
        return;
    }
    let mut audio = track.audio.clone();
    audio.channel_mut(1).iter_mut().for_each(|x| *x = -*x);
    let Some(after) = stereo(&audio) else { return };
    scores.entry("polarity").or_default().planted(after.polarity_inverted, BY_DEFINITION_DB, || {
        format!("{}: {:.1?} LU lost in mono, r {:.2?}", track.name, after.mono_loss_lu, after.correlation)
    });
}

/// Nor this one: a delay of 0.3 to 5.3 ms moves the image (all the way from about 1 ms on) where both channels carry much of one
/// signal: correlation from 0.5 on.
fn delay(track: &Track, seed: u64, scores: &mut Scores) {
    let before = stereo(&track.audio).and_then(|before| before.correlation);
    if before.is_none_or(|r| r < 0.5) {
        return;
    }
    let mut audio = track.audio.clone();
    let rate = f64::from(audio.sample_rate_hz());
    let delay = (rate * (0.0003 + 0.005 * Random(seed).unit())) as usize;
    let right = audio.channel_mut(1);
    right.copy_within(..right.len() - delay, delay);
    let found_s = stereo(&audio).and_then(|stereo| stereo.delay_s);
    let delay_s = delay as f64 / rate;
    let near = found_s.is_some_and(|found_s| (found_s.abs() - delay_s).abs() < 1e-4);
    scores.entry("channel delay").or_default().planted(near, BY_DEFINITION_DB, || {
        format!("{}: {delay_s:.4} s read as {found_s:?}, r {before:.2?}", track.name)
    });
}

fn note(track: &Track, fault: &Fault) -> String {
    format!(
        "{}: {:.3} s c{} {} {:.0} dB over",
        track.name, fault.at_s, fault.channel, fault.what, fault.over_db
    )
}
