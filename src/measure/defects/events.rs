//! One fault, one mark: a fault that hits several channels at one time is one event for whoever listens.

use crate::model::{Defects, Mark};

/// Marks this close together are one event: the ear does not tell them apart, and the ends of a gap are found a few
/// samples apart in its channels.
const TOGETHER_S: f64 = 0.005;

/// Joins the marks of all channels, in order of time; the strongest names the channel.
pub(super) fn one_mark_per_event(defects: &mut Defects) {
    for marks in [&mut defects.clicks, &mut defects.dropouts, &mut defects.discontinuities] {
        marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s).then(a.channel.cmp(&b.channel)));
        let joined = std::mem::take(marks).into_iter().fold(Vec::new(), join);
        *marks = joined;
    }
    let Defects { clicks, dropouts, discontinuities, .. } = defects;
    // The edges of a gap are jumps of the waveform too.
    clicks.retain(|mark| !dropouts.iter().any(|gap| touches(mark, gap)));
    discontinuities.retain(|mark| !dropouts.iter().any(|gap| touches(mark, gap)));
    // A click in one channel may look like a jump in another: the stronger reading stays.
    let stronger = |mark: &Mark, others: &[Mark]| {
        !others.iter().any(|other| touches(mark, other) && other.strength_db > mark.strength_db)
    };
    let all_clicks = clicks.clone();
    clicks.retain(|mark| stronger(mark, discontinuities));
    discontinuities.retain(|mark| {
        !all_clicks.iter().any(|other| touches(mark, other) && other.strength_db >= mark.strength_db)
    });
}

/// Adds a mark, or makes it part of the last one: from the first start to the last end, as strong as the stronger.
fn join(mut marks: Vec<Mark>, mark: Mark) -> Vec<Mark> {
    match marks.last_mut() {
        Some(last) if touches(&mark, last) => {
            let end_s = f64::max(last.at_s + last.duration_s, mark.at_s + mark.duration_s);
            last.duration_s = end_s - last.at_s;
            if mark.strength_db > last.strength_db {
                last.strength_db = mark.strength_db;
                last.channel = mark.channel;
            }
        }
        _ => marks.push(mark),
    }
    marks
}

/// Whether two marks overlap, or nearly.
fn touches(a: &Mark, b: &Mark) -> bool {
    a.at_s < b.at_s + b.duration_s + TOGETHER_S && b.at_s < a.at_s + a.duration_s + TOGETHER_S
}
