//! Whether two files are one stream, cut.

use super::Song;

/// The step from one file to the next may be this many times the largest step around it: within a running waveform the
/// largest of a hundred steps is seldom exceeded by much.
const LARGEST_STEP: f32 = 2.0;

/// Level of the last and the first moments may differ by this factor of power (3 dB).
const POWER_FACTOR: f32 = 2.0;

/// Whether the second song runs on where the first one stops: both files are cut in the middle of a sound, of one rate
/// and layout, and the waveform goes on across the joint as it does beside it.
pub fn is_gapless(first: &Song, second: &Song) -> bool {
    let (a, b) = (&first.analysis.source, &second.analysis.source);
    let (tail, head) = (&first.edges.tail, &second.edges.head);
    // A song is no continuation of itself, however it ends.
    let same = first.analysis.content_id == second.analysis.content_id;
    if same || a.sample_rate_hz != b.sample_rate_hz || a.channels != b.channels || !tail.cut || !head.cut {
        return false;
    }
    let channels = tail.samples.len();
    channels > 0
        && channels == head.samples.len()
        && tail.samples.iter().zip(&head.samples).all(|(before, after)| runs_on(before, after))
}

fn runs_on(before: &[f32], after: &[f32]) -> bool {
    let (Some(last), Some(first)) = (before.last(), after.first()) else { return false };
    let largest_step =
        |samples: &[f32]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0f32, f32::max);
    let power = |samples: &[f32]| samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32;
    let around = largest_step(before).max(largest_step(after));
    let (before, after) = (power(before), power(after));
    let alike = before <= POWER_FACTOR * after && after <= POWER_FACTOR * before;
    alike && (first - last).abs() <= LARGEST_STEP * around
}
