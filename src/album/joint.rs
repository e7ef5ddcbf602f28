//! What a joint costs: how far the start of a song is from the end of the one before it, split by reason.

use super::Song;
use crate::model::{Edge, Joint, JointReason, JointReasonKind};
use crate::units::octaves;

/// Weights of the reasons; they sum to 1, so a joint costs 0 to 1. Engineering choice: level is what listeners notice
/// first, tone and energy follow it in part.
const LOUDNESS_WEIGHT: f64 = 0.30;
const TEMPO_WEIGHT: f64 = 0.20;
const KEY_WEIGHT: f64 = 0.20;
const TONE_WEIGHT: f64 = 0.15;
const ENERGY_WEIGHT: f64 = 0.15;

/// Differences that cost the full weight; less costs in proportion.
const FULL_LOUDNESS_LU: f64 = 12.0;
/// A tempo is at most half an octave from the nearest of 1, 2 and 1/2 within an octave either way.
const FULL_TEMPO_OCT: f64 = 0.5;
/// Opposite on the wheel, and the other mode.
const FULL_KEY_STEPS: f64 = 7.0;
const FULL_TONE_DB: f64 = 10.0;
const FULL_ENERGY: f64 = 0.5;

/// What an unknown difference costs, as a share of the weight: neither a reason for nor against.
const UNKNOWN_SHARE: f64 = 0.5;

/// What parting the halves of one stream costs: more than any record's joints together.
pub(super) const PARTED_COST: f64 = 1000.0;

/// Number and letter on the Camelot wheel: neighbours are a fifth apart, letters are modes (A minor, B major).
/// `None` for a text that is no key.
pub fn camelot(key: &str) -> Option<(u8, char)> {
    let (tonic, mode) = key.split_once(' ')?;
    let class = match tonic {
        "C" | "B#" => 0,
        "C#" | "Db" => 1,
        "D" => 2,
        "D#" | "Eb" => 3,
        "E" | "Fb" => 4,
        "F" | "E#" => 5,
        "F#" | "Gb" => 6,
        "G" => 7,
        "G#" | "Ab" => 8,
        "A" => 9,
        "A#" | "Bb" => 10,
        "B" | "Cb" => 11,
        _ => return None,
    };
    // The minor key of the same number is the relative one, three semitones below the major tonic.
    let (relative, letter) = match mode {
        "minor" => (class, 'A'),
        "major" => (class + 9, 'B'),
        _ => return None,
    };
    let number = ((relative + 3) * 7 % 12 + 7) % 12 + 1;
    Some((number, letter))
}

/// Steps on the wheel: around it, and one more for the other mode unless the number is the same (relative keys).
fn wheel_steps(a: (u8, char), b: (u8, char)) -> f64 {
    let around = a.0.abs_diff(b.0);
    f64::from(around.min(12 - around)) + f64::from(u8::from(a.1 != b.1))
}

/// All joints of a record: the cost of every song after every other one.
pub(super) struct Costs<'a> {
    songs: &'a [Song<'a>],
    gains_db: &'a [f64],
    flows: &'a [bool],
    matrix: Vec<Vec<f64>>,
}

impl<'a> Costs<'a> {
    pub(super) fn new(songs: &'a [Song<'a>], gains_db: &'a [f64], flows: &'a [bool]) -> Costs<'a> {
        let mut costs = Costs { songs, gains_db, flows, matrix: Vec::new() };
        let all = 0..songs.len();
        let cost = |from, to| if from == to { 0.0 } else { costs.joint(from, to).cost };
        costs.matrix = all.clone().map(|from| all.clone().map(|to| cost(from, to)).collect()).collect();
        costs
    }

    /// Entry `[from][to]` is the cost of `to` right after `from`.
    pub(super) fn matrix(&self) -> &[Vec<f64>] {
        &self.matrix
    }

    /// A joint with its reasons; its gap is chosen later.
    pub(super) fn joint(&self, from: usize, to: usize) -> Joint {
        let flows_on = |song: usize| self.flows.get(song).copied().unwrap_or(false);
        let gapless = flows_on(from) && to == from + 1;
        let parted = !gapless && (flows_on(from) || (to > 0 && flows_on(to - 1)));
        let mut reasons = Vec::new();
        if !gapless {
            reasons = vec![
                self.loudness(from, to),
                self.tempo(from, to),
                self.key(from, to),
                self.tone(from, to),
                self.energy(from, to),
            ];
            reasons.sort_by(|a, b| b.cost.total_cmp(&a.cost));
        }
        let cost =
            reasons.iter().map(|reason| reason.cost).sum::<f64>() + if parted { PARTED_COST } else { 0.0 };
        Joint { from, to, cost, reasons, gapless, gap_because: String::new() }
    }

    fn edges(&self, from: usize, to: usize) -> (&Edge, &Edge) {
        (&self.songs[from].edges.tail, &self.songs[to].edges.head)
    }

    fn loudness(&self, from: usize, to: usize) -> JointReason {
        let (tail, head) = self.edges(from, to);
        let levels = tail.loudness_lufs.zip(head.loudness_lufs);
        let step_lu = levels.map(|(tail, head)| head + self.gains_db[to] - (tail + self.gains_db[from]));
        let detail = step_lu.map(|step_lu| format!("{step_lu:+.1} LU from the end to the start"));
        reason(
            JointReasonKind::Loudness,
            LOUDNESS_WEIGHT,
            step_lu.map(|lu| lu.abs() / FULL_LOUDNESS_LU),
            1.0,
            detail,
        )
    }

    fn tempo(&self, from: usize, to: usize) -> JointReason {
        let (a, b) = (&self.songs[from].analysis.music, &self.songs[to].analysis.music);
        let tempi = a.tempo_bpm.zip(b.tempo_bpm).filter(|(a, b)| *a > 0.0 && *b > 0.0);
        let distance_oct = tempi.map(|(a, b)| {
            let distance_oct = octaves(a, b);
            // Half and double time feel alike.
            [distance_oct, distance_oct - 1.0, distance_oct + 1.0]
                .map(f64::abs)
                .into_iter()
                .fold(f64::MAX, f64::min)
        });
        let confidence = a.tempo_confidence.unwrap_or(0.0).min(b.tempo_confidence.unwrap_or(0.0));
        let detail = tempi.map(|(a, b)| format!("{a:.0} to {b:.0} BPM"));
        reason(
            JointReasonKind::Tempo,
            TEMPO_WEIGHT,
            distance_oct.map(|oct| oct / FULL_TEMPO_OCT),
            confidence,
            detail,
        )
    }

    fn key(&self, from: usize, to: usize) -> JointReason {
        let (a, b) = (&self.songs[from].analysis.music, &self.songs[to].analysis.music);
        let keys = a.key.as_deref().zip(b.key.as_deref());
        let wheel = keys.and_then(|(a, b)| camelot(a).zip(camelot(b)));
        let share = wheel.map(|(a, b)| wheel_steps(a, b) / FULL_KEY_STEPS);
        let detail = keys
            .zip(wheel)
            .map(|((from, to), (a, b))| format!("{from} to {to} ({}{} to {}{})", a.0, a.1, b.0, b.1));
        let confidence = a.key_confidence.unwrap_or(0.0).min(b.key_confidence.unwrap_or(0.0));
        reason(JointReasonKind::Key, KEY_WEIGHT, share, confidence, detail)
    }

    fn tone(&self, from: usize, to: usize) -> JointReason {
        let (tail, head) = self.edges(from, to);
        let differences: Vec<f64> = tail
            .bands
            .iter()
            .filter_map(|a| {
                let b = head.bands.iter().find(|b| b.center_hz == a.center_hz)?;
                Some((a.level_db - b.level_db).abs())
            })
            .collect();
        let mean_db =
            (!differences.is_empty()).then(|| differences.iter().sum::<f64>() / differences.len() as f64);
        let detail = mean_db.map(|db| format!("octave bands {db:.1} dB apart on average"));
        reason(JointReasonKind::Tone, TONE_WEIGHT, mean_db.map(|db| db / FULL_TONE_DB), 1.0, detail)
    }

    fn energy(&self, from: usize, to: usize) -> JointReason {
        let (tail, head) = self.edges(from, to);
        let energies = tail.energy.zip(head.energy);
        let detail = energies.map(|(a, b)| format!("energy {a:.2} to {b:.2}"));
        let share = energies.map(|(a, b)| (a - b).abs() / FULL_ENERGY);
        reason(JointReasonKind::Energy, ENERGY_WEIGHT, share, 1.0, detail)
    }
}

/// A reason whose cost leans towards "unknown" as confidence falls.
fn reason(
    reason: JointReasonKind,
    weight: f64,
    share: Option<f64>,
    confidence: f64,
    detail: Option<String>,
) -> JointReason {
    let confidence = if share.is_some() { confidence.clamp(0.0, 1.0) } else { 0.0 };
    let share = share.unwrap_or(UNKNOWN_SHARE).min(1.0);
    JointReason {
        reason,
        cost: weight * (confidence * share + (1.0 - confidence) * UNKNOWN_SHARE),
        detail: detail.unwrap_or_else(|| "not known".to_string()),
    }
}
