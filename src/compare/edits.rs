//! Stretches that were turned up or down in B: where an edit begins and ends, whatever the sections of the song are.

use super::align::Alignment;
use super::revisions::{Revision, Stretch};
use crate::dsp::stats;
use crate::units::db_to_power;

/// Length of the pieces that are looked at, and from one to the next.
const PIECE_S: f64 = 1.0;
const STEP_S: f64 = 0.5;

/// A piece is part of an edit from this change of level on (as that of a section that is told).
const LEAST_DB: f64 = 0.5;

/// Shortest edit: 3 s.
const SHORTEST_S: f64 = 3.0;

/// More stretches than these are no edits: a compressor or a limiter moves the level all the time.
const MOST: usize = 12;

/// Pieces on either side whose median stands for a piece: single notes do not show, edges stay.
const AROUND: usize = 2;

/// Pieces this far below the loudest one do not decide about the level of the whole.
const HEARD_DB: f64 = 20.0;

/// Level of B over A piece by piece; `None` where there is nothing to hear.
pub(super) struct Levels {
    pieces: Vec<Option<f64>>,
    /// Power of A in each piece.
    powers: Vec<f64>,
    length_s: f64,
}

impl Levels {
    pub(super) fn of(a: Revision, b: Revision, alignment: &Alignment) -> Levels {
        let length_s = a.contour.frames.len() as f64 * a.contour.frame_s;
        let count = ((length_s - PIECE_S) / STEP_S).max(0.0) as usize;
        let stretches = (0..count).map(|index| {
            let start_s = index as f64 * STEP_S;
            let stretch = Stretch::of(a, b, alignment, start_s, start_s + PIECE_S);
            (stretch.level_db(), stretch.power_of_a())
        });
        let (pieces, powers) = stretches.unzip();
        Levels { pieces, powers, length_s }
    }

    /// Level of B over A: the median over the loud pieces, so that an edit of some of them is no change of the whole.
    pub(super) fn gain_db(&self) -> Option<f64> {
        let loudest = self.powers.iter().copied().fold(0.0, f64::max);
        let heard = self
            .pieces
            .iter()
            .zip(&self.powers)
            .filter(|(_, power)| **power > loudest * db_to_power(-HEARD_DB));
        stats::median(&mut heard.filter_map(|(level_db, _)| *level_db).collect::<Vec<f64>>())
    }

    /// Start and end of every edit of the level, on the time of A.
    pub(super) fn edits(&self, gain_db: f64) -> Vec<(f64, f64)> {
        let levels: Vec<Option<f64>> = self.pieces.iter().map(|level| level.map(|db| db - gain_db)).collect();
        edits(&levels, self.length_s)
    }
}

fn edits(levels: &[Option<f64>], length_s: f64) -> Vec<(f64, f64)> {
    let count = levels.len();
    let smooth: Vec<Option<f64>> = (0..count)
        .map(|index| {
            let near = &levels[index.saturating_sub(AROUND)..(index + AROUND + 1).min(count)];
            stats::median(&mut near.iter().copied().flatten().collect::<Vec<f64>>())
        })
        .collect();
    let way = |index: usize| match smooth[index] {
        Some(up) if up >= LEAST_DB => 1,
        Some(down) if down <= -LEAST_DB => -1,
        _ => 0,
    };
    let mut found = Vec::new();
    let mut from = 0;
    while from < count {
        let to = from + (from..count).take_while(|index| way(*index) == way(from)).count();
        // A piece that is half inside reads half of the change: the edge lies in its middle.
        let (start_s, end_s) =
            (from as f64 * STEP_S + 0.5 * PIECE_S, (to - 1) as f64 * STEP_S + 0.5 * PIECE_S);
        if way(from) != 0 && end_s - start_s >= SHORTEST_S {
            let start_s = if from == 0 { 0.0 } else { start_s };
            let end_s = if to == count { length_s } else { end_s };
            found.push((start_s, end_s));
        }
        from = to;
    }
    if found.len() > MOST { Vec::new() } else { found }
}
