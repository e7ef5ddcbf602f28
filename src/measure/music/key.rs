//! The key: correlation of the pitch classes with a profile of each of the 24 keys.

use crate::dsp::chroma::{CLASSES, Chroma};

/// Profiles `bgate` of Faraldo, Jordà and Herrera (2017), tonic first: weights that suit popular and electronic music.
const MAJOR: [f64; CLASSES] = [1.0, 0.0, 0.42, 0.0, 0.53, 0.37, 0.0, 0.77, 0.0, 0.38, 0.21, 0.30];
const MINOR: [f64; CLASSES] = [1.0, 0.0, 0.36, 0.39, 0.0, 0.38, 0.0, 0.74, 0.27, 0.0, 0.42, 0.23];
const NAMES: [&str; CLASSES] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
/// Least correlation with the best profile: noise and drums stay below.
const LEAST_CORRELATION: f64 = 0.5;
/// Gap to the runner-up that counts as certain.
const CERTAIN_GAP: f64 = 0.2;

/// The most likely key.
pub(super) struct Key {
    /// As in `C major`, `F# minor`.
    pub(super) name: String,
    /// The gap to the runner-up, 0.2 of correlation being 1.
    pub(super) confidence: f64,
}

pub(super) fn key(chroma: &Chroma) -> Option<Key> {
    let classes = chroma.classes()?;
    let mut ranking: Vec<(f64, usize, &str)> = (0..CLASSES)
        .flat_map(|tonic| {
            [
                (correlation(&classes, &MAJOR, tonic), tonic, "major"),
                (correlation(&classes, &MINOR, tonic), tonic, "minor"),
            ]
        })
        .collect();
    ranking.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, tonic, mode) = ranking[0];
    (best > LEAST_CORRELATION).then(|| Key {
        name: format!("{} {mode}", NAMES[tonic]),
        confidence: ((best - ranking[1].0) / CERTAIN_GAP).clamp(0.0, 1.0),
    })
}

/// Pearson correlation of the pitch classes with a profile turned to a tonic.
fn correlation(classes: &[f64; CLASSES], profile: &[f64; CLASSES], tonic: usize) -> f64 {
    let mean = |values: &[f64; CLASSES]| values.iter().sum::<f64>() / CLASSES as f64;
    let (mean_x, mean_y) = (mean(classes), mean(profile));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for class in 0..CLASSES {
        let x = classes[(class + tonic) % CLASSES] - mean_x;
        let y = profile[class] - mean_y;
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    xy / (xx * yy).sqrt().max(f64::MIN_POSITIVE)
}
