//! The nine K-weighted bands of the large reference data sets, measured the way the data were.
//!
//! K-filtered channels, 400 ms blocks every 100 ms with a root-Hann window; band loudness of a block = −0.691 +
//! 10 log10 of the power of all channels in the band; gate at −70, then at the mean of
//! the blocks' dB minus 20; arithmetic mean of what remains. The data sets themselves lack 3.01 dB (they sum a
//! one-sided spectrum without its mirror image); the shipped profiles have it added, so both sides are true levels. Side against mid is gated the same way on its own values.

use crate::dsp::stats::Histogram;
use crate::model::KBand;
use crate::units;

/// Number of bands.
pub(super) const K_BANDS: usize = 9;
/// Their edges.
pub(super) const K_BAND_EDGES_HZ: [f64; K_BANDS + 1] =
    [0.0, 148.2, 392.4, 794.7, 1457.6, 2549.7, 4349.2, 7314.2, 12199.3, 22050.0];
/// Distance of the bins of a 400 ms frame, at every rate.
const DATA_BIN_HZ: f64 = 2.5;
/// Absolute gate of the data sets (BS.1770's, applied to each band).
const ABSOLUTE_GATE: f64 = -70.0;
/// Relative gate of the data sets (that of EBU Tech 3342), under the mean of the dB values.
const RELATIVE_GATE_DB: f64 = 20.0;
/// Percentiles whose distance is the range.
const RANGE_SHARES: (f64, f64) = (0.10, 0.95);
/// Relative gate of BS.1770-5, for the broad-band mono loss.
const LOUDNESS_GATE_LU: f64 = 10.0;

/// Where a band of the data sets begins in truth: they take whole bins of a 400 ms frame, edges rounded down.
pub(super) fn k_band_edge_in_data_hz(edge: usize) -> f64 {
    ((K_BAND_EDGES_HZ[edge] / DATA_BIN_HZ).floor() - 0.5).max(0.0) * DATA_BIN_HZ
}

/// K-weighted power of one 400 ms block: |L|² + |R|² and Re(L R*), by band.
#[derive(Clone, Copy, Default)]
pub(super) struct KBlock {
    pub(super) power: [f64; K_BANDS],
    pub(super) cross: [f64; K_BANDS],
}

/// Levels of all blocks, in fixed memory.
pub(super) struct KLevels {
    /// Blocks that are counted together, band by band: the histograms of all bands are more than what a core has at hand.
    waiting: Vec<KBlock>,
    bands: Vec<Histogram>,
    sides: Vec<Histogram>,
    /// By loudness of the block, in steps of 0.1 LU from −70: blocks, their power, their cross power.
    gated: Vec<(u64, f64, f64)>,
}

/// Blocks that wait to be counted: twelve seconds.
const WAITING: usize = 120;
const LEVEL_STEP_DB: f64 = 0.02;
const GATED_STEP_LU: f64 = 0.1;

impl KLevels {
    pub(super) fn new() -> KLevels {
        let histograms =
            || (0..K_BANDS).map(|_| Histogram::new(ABSOLUTE_GATE, 70.0, LEVEL_STEP_DB)).collect();
        KLevels {
            waiting: Vec::with_capacity(WAITING),
            bands: histograms(),
            sides: histograms(),
            gated: vec![(0, 0.0, 0.0); 1400],
        }
    }

    pub(super) fn push(&mut self, block: &KBlock) {
        self.waiting.push(*block);
        if self.waiting.len() == WAITING {
            self.count();
        }
    }

    /// Counts what waits.
    pub(super) fn count(&mut self) {
        for band in 0..K_BANDS {
            for block in &self.waiting {
                self.bands[band].add(units::energy_to_lufs(block.power[band]));
            }
            for block in &self.waiting {
                let (power, cross) = (block.power[band], block.cross[band]);
                if power > 0.0 {
                    let side = (power - 2.0 * cross).max(0.0);
                    let mid = (power + 2.0 * cross).max(f64::MIN_POSITIVE);
                    self.sides[band].add(units::power_to_db(side / mid));
                }
            }
        }
        for block in &self.waiting {
            gate(&mut self.gated, block);
        }
        self.waiting.clear();
    }

    /// The nine bands; `None` where every block was gated out, or above Nyquist.
    pub(super) fn bands(&self, integrated_lufs: Option<f64>, stereo: bool) -> Vec<KBand> {
        (0..K_BANDS)
            .map(|band| {
                let (level, range_db) = gated(&self.bands[band]);
                KBand {
                    low_hz: K_BAND_EDGES_HZ[band],
                    high_hz: K_BAND_EDGES_HZ[band + 1],
                    level_db: level.zip(integrated_lufs).map(|(level, integrated)| level - integrated),
                    range_db,
                    side_to_mid_db: if stereo { gated(&self.sides[band]).0 } else { None },
                }
            })
            .collect()
    }

    /// K-weighted power of (L, R) over that of (M, M), over the blocks that pass both gates of BS.1770-5.
    pub(super) fn mono_loss(&self) -> f64 {
        let total = |from: usize| {
            self.gated[from..].iter().fold((0, 0.0, 0.0), |t, g| (t.0 + g.0, t.1 + g.1, t.2 + g.2))
        };
        let (blocks, power, _) = total(0);
        let threshold_lufs = units::energy_to_lufs(power / blocks as f64) - LOUDNESS_GATE_LU;
        let from = ((threshold_lufs - ABSOLUTE_GATE) / GATED_STEP_LU).max(0.0) as usize;
        let (_, power, cross) = total(from.min(self.gated.len()));
        power / (power / 2.0 + cross)
    }
}

/// Adds a block to those of its loudness.
fn gate(gated: &mut [(u64, f64, f64)], block: &KBlock) {
    let power: f64 = block.power.iter().sum();
    let loudness_lufs = units::energy_to_lufs(power);
    if loudness_lufs >= ABSOLUTE_GATE {
        let step = ((loudness_lufs - ABSOLUTE_GATE) / GATED_STEP_LU) as usize;
        let last = gated.len() - 1;
        let (blocks, sum, cross) = &mut gated[step.min(last)];
        *blocks += 1;
        *sum += power;
        *cross += block.cross.iter().sum::<f64>();
    }
}

/// Mean and range of the values that pass both gates.
fn gated(levels: &Histogram) -> (Option<f64>, Option<f64>) {
    let Some(mean) = levels.mean_from(ABSOLUTE_GATE) else { return (None, None) };
    let threshold = mean - RELATIVE_GATE_DB;
    let (low, high) = RANGE_SHARES;
    let range =
        levels.ranked_from(threshold, high).zip(levels.ranked_from(threshold, low)).map(|(h, l)| h - l);
    (levels.mean_from(threshold), range)
}
