//! Narrow, steady peaks of the long-term spectrum.
//!
//! A note is also a narrow peak. What tells a resonance from one: it stands out in most moments of the song, and it
//! stands alone, without partials at twice, half, three times or a third of its frequency.

use super::layout::Layout;
use crate::dsp::level::add_weighted;
use crate::model::Resonance;
use crate::units;

/// Short frames that are averaged before peaks are looked for: about 190 ms, so that noise stays under the threshold.
const SHORT_FRAMES: usize = 8;
/// Height over the neighbourhood (`standards`: 6 dB), as a power ratio.
const STANDS_OUT: f32 = 4.0;
/// Least height over the neighbourhood in the long-term spectrum.
const MIN_HEIGHT_DB: f64 = 6.0;
/// Least centre frequency over half-power width.
const MIN_Q: f64 = 8.0;
/// Above, the peak is a held note or a whistle, not a ringing room or body.
const MAX_Q: f64 = 45.0;
/// Least share of the frames in which the peak stands out.
const MIN_SHARE: f64 = 0.5;
/// Half width of the neighbourhood: a third of an octave to each side, as a frequency ratio.
const NEIGHBOURHOOD: f64 = 1.26;
/// Below, peaks are notes of the bass.
const LOWEST_HZ: f64 = 200.0;
/// Above, cymbals and codecs make peaks of their own.
const HIGHEST_HZ: f64 = 10_000.0;
/// Bins to each side of a peak that its own window spreads over.
const OWN_BINS: usize = 2;
/// A peak at one of these ratios makes it a partial of a tone, not a resonance.
const PARTIALS: [f64; 6] = [2.0, 0.5, 3.0, 1.0 / 3.0, 1.5, 2.0 / 3.0];
/// Height from which a peak counts as such a partial.
const PARTIAL_HEIGHT_DB: f64 = 4.0;
/// Most resonances that are listed, the highest first.
const MOST: usize = 10;

/// Long-term spectrum of one resolution, and how often each bin stands out of its neighbourhood.
struct Watch {
    bin_hz: f64,
    /// Bins that are looked at.
    bins: std::ops::Range<usize>,
    /// The frames that are being averaged.
    current: Vec<f32>,
    total: Vec<f64>,
    stands: Vec<u32>,
    frames: u32,
    prefix: Vec<f64>,
    /// Neighbourhood of each of `bins`.
    neighbourhoods: Vec<Neighbourhood>,
}

impl Watch {
    fn new(bin_hz: f64, length: usize, low_hz: f64, high_hz: f64) -> Watch {
        let top =
            ((high_hz / bin_hz) as usize).min((length.saturating_sub(2) as f64 / NEIGHBOURHOOD) as usize);
        let bottom = ((low_hz / bin_hz).ceil() as usize).max(4);
        let bins = bottom..top.max(bottom);
        Watch {
            bin_hz,
            neighbourhoods: bins.clone().map(|k| Neighbourhood::of(k, length)).collect(),
            bins,
            current: vec![0.0; length],
            total: vec![0.0; length],
            stands: vec![0; length],
            frames: 0,
            prefix: vec![0.0; length + 1],
        }
    }

    fn add(&mut self, power: &[f32]) {
        add_weighted(&mut self.current, power, 1.0);
    }

    /// Judges the average of the frames since the last call.
    fn judge(&mut self) {
        for (total, power) in self.total.iter_mut().zip(&self.current) {
            *total += f64::from(*power);
        }
        // Sums are needed as far as the neighbourhood of the highest bin.
        let reach = ((self.bins.end as f64 * NEIGHBOURHOOD).ceil() as usize + 2).min(self.current.len());
        let mut sum = 0.0;
        for (prefix, power) in self.prefix[1..].iter_mut().zip(&self.current[..reach]) {
            sum += f64::from(*power);
            *prefix = sum;
        }
        if sum > 0.0 {
            self.frames += 1;
            let bins = self.stands[self.bins.clone()].iter_mut().zip(&self.current[self.bins.clone()]);
            for ((stands, power), neighbourhood) in bins.zip(&self.neighbourhoods) {
                *stands += u32::from(*power > STANDS_OUT * neighbourhood.mean(&self.prefix) as f32);
            }
        }
        self.current.fill(0.0);
    }

    /// Height of bin `k` of the long-term spectrum over its neighbourhood.
    fn height_db(&self, k: usize) -> f64 {
        units::power_to_db(self.total[k] / Neighbourhood::of(k, self.total.len()).mean(&self.prefix))
    }

    fn resonances(&mut self, found: &mut Vec<Resonance>) {
        let mut sum = 0.0;
        for (prefix, total) in self.prefix[1..].iter_mut().zip(&self.total) {
            sum += total;
            *prefix = sum;
        }
        for k in self.bins.clone() {
            let peak = self.total[k];
            let summit = peak > self.total[k - 1] && peak >= self.total[k + 1];
            if !summit || self.height_db(k) < MIN_HEIGHT_DB || self.is_partial(k) {
                continue;
            }
            let q = k as f64 / self.half_power_width(k);
            // The peak may wander by a bin.
            let stands = self.stands[k - 1..=k + 1].iter().max().copied().unwrap_or(0);
            let share = f64::from(stands) / f64::from(self.frames.max(1));
            if (MIN_Q..=MAX_Q).contains(&q) && share > MIN_SHARE {
                let (center_hz, height_db) = (k as f64 * self.bin_hz, self.height_db(k));
                found.push(Resonance { center_hz, height_db, q, share });
            }
        }
    }

    /// Whether another peak stands where a partial of the same tone would be.
    fn is_partial(&self, k: usize) -> bool {
        PARTIALS.iter().any(|ratio| {
            let at = (k as f64 * ratio).round() as usize;
            (at.saturating_sub(1).max(4)..=at + 1)
                .filter(|other| (*other as f64 * NEIGHBOURHOOD) < (self.total.len() - 1) as f64)
                .any(|other| self.height_db(other) > PARTIAL_HEIGHT_DB)
        })
    }

    /// Width in bins between the half-power points, interpolated.
    fn half_power_width(&self, k: usize) -> f64 {
        let half = self.total[k] / 2.0;
        let side = |step: isize| {
            let mut at = k as isize;
            loop {
                let next = at + step;
                let Some(value) = usize::try_from(next).ok().and_then(|next| self.total.get(next)) else {
                    return (at - k as isize).unsigned_abs() as f64;
                };
                if *value <= half {
                    let here = self.total[at as usize];
                    let part = (here - half) / (here - value).max(f64::MIN_POSITIVE);
                    return (at - k as isize).unsigned_abs() as f64 + part;
                }
                at = next;
            }
        };
        side(-1) + side(1)
    }
}

/// The bins a third of an octave round one, the peak's own bins left out.
#[derive(Clone, Copy)]
struct Neighbourhood {
    low: usize,
    own_low: usize,
    own_high: usize,
    high: usize,
    /// One over their number.
    share: f64,
}

impl Neighbourhood {
    /// Of bin `k` of `length`.
    fn of(k: usize, length: usize) -> Neighbourhood {
        let low = (k as f64 / NEIGHBOURHOOD) as usize;
        let high = ((k as f64 * NEIGHBOURHOOD).ceil() as usize + 1).min(length);
        let (own_low, own_high) = (k.saturating_sub(OWN_BINS).max(low), (k + OWN_BINS + 1).min(high));
        let share = 1.0 / ((own_low - low) + (high - own_high)).max(1) as f64;
        Neighbourhood { low, own_low, own_high, high, share }
    }

    /// Mean of the bins, from prefix sums.
    fn mean(&self, prefix: &[f64]) -> f64 {
        let sum = (prefix[self.own_low] - prefix[self.low]) + (prefix[self.high] - prefix[self.own_high]);
        sum.max(f64::MIN_POSITIVE) * self.share
    }
}

/// Peaks in both resolutions.
pub(super) struct Prominence {
    high: Watch,
    low: Watch,
    gathered: usize,
}

impl Prominence {
    pub(super) fn new(layout: &Layout) -> Prominence {
        let highest_hz = HIGHEST_HZ.min(layout.rate_hz / 2.0 / NEIGHBOURHOOD);
        // The short frames resolve a quality of 8 from about 40 bins on.
        let split_hz = 40.0 * layout.short_bin_hz();
        let low_top_hz = split_hz.min(layout.low_rate_hz / 2.0 / NEIGHBOURHOOD);
        Prominence {
            high: Watch::new(layout.short_bin_hz(), layout.short.power.len(), split_hz, highest_hz),
            low: Watch::new(layout.middle_bin_hz(), layout.middle.power.len(), LOWEST_HZ, low_top_hz),
            gathered: 0,
        }
    }

    pub(super) fn add_short(&mut self, power: &[f32]) {
        self.high.add(power);
    }

    pub(super) fn end_short(&mut self) {
        self.gathered += 1;
        if self.gathered == SHORT_FRAMES {
            self.gathered = 0;
            self.high.judge();
        }
    }

    pub(super) fn add_middle(&mut self, power: &[f32]) {
        self.low.add(power);
    }

    pub(super) fn end_middle(&mut self) {
        self.low.judge();
    }

    /// Judges what is left at the end.
    pub(super) fn end(&mut self) {
        if self.gathered > 0 {
            self.gathered = 0;
            self.high.judge();
        }
    }

    pub(super) fn resonances(&mut self) -> Vec<Resonance> {
        let mut found = Vec::new();
        self.low.resonances(&mut found);
        self.high.resonances(&mut found);
        found.sort_by(|a, b| b.height_db.total_cmp(&a.height_db));
        found.truncate(MOST);
        found
    }
}
