//! How much of one stem each of the others hides.
//!
//! A cell (frame, band) of a stem is hidden where the other one excites the same place of both ears by 6 dB more: what
//! a noise has to exceed another by to cover it (noise masking tone, ISO/IEC 11172-3 annex D, model 2). Cells count by
//! their loudness, which grows with the power to 0.23 (Moore, Glasberg and Baer 1997); cells 25 dB below the strongest
//! one of the frame do not count. Per pair and band, levels against each other go into a histogram: so a cut of the
//! stem that hides can be tried later without the audio.

use super::moment::Moment;
use crate::units::db_to_power;

/// Level of the hidden against the hiding one, below which a cell is hidden.
const HIDDEN_DB: f32 = -6.0;
/// Steps of 1 dB below that; the last one holds all that is deeper. The first entry holds what is heard.
const STEPS: usize = 14;
/// Cells that count, below the strongest one of the frame.
const COUNTING_DB: f32 = 25.0;
/// Exponent of loudness.
const LOUDNESS_EXPONENT: f64 = 0.23;
/// Length of the stretches in which places are told.
pub(super) const STRETCH_S: f64 = 5.0;

/// One stem, and all others that may hide it.
pub struct Hidden {
    index: usize,
    bands: usize,
    /// Per other stem, band and step: loudness.
    steps: Vec<f32>,
    /// Per other stem and stretch: loudness that is hidden, and all.
    when: Vec<Vec<[f32; 2]>>,
    /// Per other stem: frames in which both play.
    frames: Vec<u32>,
}

impl Hidden {
    /// The stem at `index` of `count`.
    pub fn new(index: usize, count: usize, bands: usize) -> Hidden {
        Hidden {
            index,
            bands,
            steps: vec![0.0; count * bands * STEPS],
            when: vec![Vec::new(); count],
            frames: vec![0; count],
        }
    }

    /// Takes in one frame of all stems, in a stretch.
    pub fn add(&mut self, moments: &[Moment], stretch: usize) {
        let own = &moments[self.index];
        if !own.active {
            return;
        }
        let ears = &own.levels;
        let best: Vec<f32> = ears[0].iter().zip(&ears[1]).map(|(l, r)| l.max(*r)).collect();
        let counts_from = best.iter().copied().fold(f32::MIN, f32::max) - COUNTING_DB;
        let cells: Vec<(usize, f32)> = best
            .iter()
            .enumerate()
            .filter(|(_, level_db)| **level_db > counts_from)
            .map(|(band, level_db)| (band, db_to_power(LOUDNESS_EXPONENT * f64::from(*level_db)) as f32))
            .collect();
        for (other, moment) in moments.iter().enumerate() {
            if other == self.index || !moment.active {
                continue;
            }
            let (mut hidden, mut all) = (0.0, 0.0);
            for (band, loudness) in &cells {
                // The better ear decides.
                let over =
                    (ears[0][*band] - moment.levels[0][*band]).max(ears[1][*band] - moment.levels[1][*band]);
                let below = HIDDEN_DB - over;
                let step = if below <= 0.0 { 0 } else { (1 + below as usize).min(STEPS - 1) };
                self.steps[(other * self.bands + band) * STEPS + step] += loudness;
                all += loudness;
                if step > 0 {
                    hidden += loudness;
                }
            }
            self.frames[other] += 1;
            let when = &mut self.when[other];
            if when.len() <= stretch {
                when.resize(stretch + 1, [0.0; 2]);
            }
            when[stretch][0] += hidden;
            when[stretch][1] += all;
        }
    }

    /// Frames in which both play.
    pub(super) fn frames(&self, other: usize) -> u32 {
        self.frames[other]
    }

    /// Share of this stem's loudness that the other one hides, once that is turned down by so much per band.
    pub(super) fn share(&self, other: usize, cut_db: &[f64]) -> f64 {
        let (mut hidden, mut all) = (0.0, 0.0);
        for (band, cut_db) in cut_db.iter().enumerate() {
            let (own, total) = self.in_band(other, band, *cut_db);
            hidden += own;
            all += total;
        }
        if all > 0.0 { hidden / all } else { 0.0 }
    }

    /// Loudness that is hidden in a band, and all of it.
    pub(super) fn in_band(&self, other: usize, band: usize, cut_db: f64) -> (f64, f64) {
        let from = (other * self.bands + band) * STEPS;
        let steps = &self.steps[from..from + STEPS];
        let all: f64 = steps.iter().map(|step| f64::from(*step)).sum();
        let cut_db = cut_db.max(0.0);
        // A step holds what lies from step − 1 to step decibels below the limit; part of a step counts in part.
        let hidden = steps.iter().enumerate().skip(1).map(|(step, loudness)| {
            let left = if step == STEPS - 1 { 1.0 } else { (step as f64 - cut_db).clamp(0.0, 1.0) };
            left * f64::from(*loudness)
        });
        (hidden.sum(), all)
    }

    /// Number of bands.
    pub(super) fn bands(&self) -> usize {
        self.bands
    }

    /// Stretches by how much is hidden in them, most first: index and loudness.
    pub(super) fn stretches(&self, other: usize) -> Vec<usize> {
        let mut worst: Vec<(usize, f32)> = self.when[other]
            .iter()
            .enumerate()
            .map(|(index, [hidden, _])| (index, *hidden))
            .filter(|(_, h)| *h > 0.0)
            .collect();
        worst.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        worst.into_iter().map(|(index, _)| index).collect()
    }
}
