//! Peaks of one channel: the printed filter everywhere, the accurate one where it matters.

use super::clipping::{ClipDetector, ClippedSamples, NEAR_FULL_SCALE};
use crate::dsp::flags::{FLAGS, above, crests, low_bits};
use crate::dsp::level::max_abs;
use crate::dsp::true_peak::{
    FINE_REACH, TABLE_AFTER, TABLE_BEFORE, TABLE_LANES, exceeds, refine, table_limit, table_readings,
};
use crate::measure::slots::{SLOTS_PER_TENTH, slot_start};

/// Samples by which the reading lags behind the input: the reach of the accurate filter, and two to spare.
pub(super) const LAG: usize = FINE_REACH + 7;

/// Samples that are read, or passed over, together.
const BATCH: usize = FLAGS;

/// The printed filter under-reads a crest of up to 18 kHz by at most 0.4 dB (its own response and its grid): a crest
/// more than this factor (0.5 dB) below the highest peak cannot be the highest. Computed over all phases.
const CREST_MARGIN: f32 = 1.06;

/// The same for content up to 20 kHz at 44.1 kHz (2.6 dB). Only the highest crest of a slot is tried at this margin:
/// the crests of such content differ in phase, and the best-read one under-reads by 0.5 dB.
const HIGHEST_CREST_MARGIN: f32 = 1.36;

/// Crests per slot that the accurate filter looks at: this bounds the work on any input.
const CRESTS: usize = 4;

/// An excursion is a stretch with readings above this (−0.3 dB); one whose highest reading lies within the margin of
/// full scale is decided by the accurate filter.
/// Only the first few of a slot are: music has one or two, full-scale noise a hundred, which the printed filter decides.
const OVER_ZONE: f32 = 0.966;
const OVER_SURE: f32 = 1.0 / OVER_ZONE;
const DECISIONS: u32 = 6;

/// What one channel showed. Linear; places in samples.
pub(super) struct ChannelReading {
    pub(super) sample_peak: f32,
    pub(super) table_peak: f32,
    pub(super) fine_peak: f64,
    pub(super) fine_at: f64,
    pub(super) overs: u64,
    pub(super) clipped: ClippedSamples,
}

/// The meter of one channel; see [`super::PeakMeter`].
pub(super) struct ChannelMeter {
    sample_rate_hz: u32,
    /// The last 2 × [`LAG`] samples, and behind them what is being taken in.
    buffer: Vec<f32>,
    /// Number of the sample at `buffer[LAG]`, the next one to be read; negative before the file.
    next: i64,
    /// The tenth of a second being read, its end, and its highest reading so far.
    tenth: usize,
    tenth_end: i64,
    tenth_peak: f32,
    sample_peak: f32,
    sample_at: i64,
    table_peak: f32,
    fine_peak: f64,
    fine_at: f64,
    crests: Crests,
    overs: u64,
    excursion: Option<Crest>,
    /// Excursions that the accurate filter may still decide in this slot.
    decisions: u32,
    clips: ClipDetector,
}

/// A local maximum of the printed filter's reading, between sample `at` and its successor.
#[derive(Debug, Clone, Copy, Default)]
struct Crest {
    reading: f32,
    at: i64,
}

/// The crests of a slot that may be the highest peak.
#[derive(Debug, Clone, Default)]
struct Crests {
    /// The last two readings before the batch.
    before: f32,
    last: f32,
    /// Highest reading of the slot, whether or not it is within [`CREST_MARGIN`].
    top: Crest,
    /// The highest crests within [`CREST_MARGIN`] of the highest peak, highest first.
    highest: [Crest; CRESTS],
}

impl Crests {
    /// Takes in the readings from `at` on; `fine_peak` is the highest peak so far.
    fn take(&mut self, readings: &[f32], highest: f32, at: i64, fine_peak: f32) {
        let threshold = self.threshold(fine_peak);
        self.close(readings[0], at, threshold);
        if highest > self.top.reading && highest > fine_peak / HIGHEST_CREST_MARGIN {
            let offset = readings.iter().position(|reading| *reading == highest).unwrap_or(0);
            self.top = Crest { reading: highest, at: at + offset as i64 };
        }
        let count = readings.len();
        if highest > threshold {
            let mut padded = [0f32; FLAGS + 2];
            padded[0] = self.last;
            padded[1..=count].copy_from_slice(readings);
            let mut found = crests(&padded, threshold) & low_bits(count - 1);
            while found != 0 {
                let i = found.trailing_zeros() as usize;
                found &= found - 1;
                self.insert(Crest { reading: readings[i], at: at + i as i64 });
            }
        }
        self.before = if count > 1 { readings[count - 2] } else { self.last };
        self.last = readings[count - 1];
    }

    /// The same for readings from `at` on that are of no interest.
    fn pass_over(&mut self, at: i64, fine_peak: f32) {
        if self.last > 0.0 {
            self.close(0.0, at, self.threshold(fine_peak));
        }
        (self.before, self.last) = (0.0, 0.0);
    }

    /// The last reading before `at` is a crest if it is not less than its neighbours.
    fn close(&mut self, next: f32, at: i64, threshold: f32) {
        if self.last >= self.before && self.last > next && self.last > threshold {
            self.insert(Crest { reading: self.last, at: at - 1 });
        }
    }

    fn threshold(&self, fine_peak: f32) -> f32 {
        self.highest[CRESTS - 1].reading.max(fine_peak / CREST_MARGIN)
    }

    fn insert(&mut self, crest: Crest) {
        if crest.reading <= self.highest[CRESTS - 1].reading {
            return;
        }
        self.highest[CRESTS - 1] = crest;
        let mut i = CRESTS - 1;
        while i > 0 && self.highest[i].reading > self.highest[i - 1].reading {
            self.highest.swap(i, i - 1);
            i -= 1;
        }
    }
}

impl ChannelMeter {
    pub(super) fn new(sample_rate_hz: u32) -> ChannelMeter {
        ChannelMeter {
            sample_rate_hz,
            buffer: vec![0.0; 2 * LAG],
            next: -(LAG as i64),
            tenth: 0,
            tenth_end: slot_start(sample_rate_hz, SLOTS_PER_TENTH) as i64,
            tenth_peak: 0.0,
            sample_peak: 0.0,
            sample_at: 0,
            table_peak: 0.0,
            fine_peak: 0.0,
            fine_at: 0.0,
            crests: Crests::default(),
            overs: 0,
            excursion: None,
            decisions: 0,
            clips: ClipDetector::default(),
        }
    }

    /// Takes in a stretch that does not depend on how the file was cut into blocks, and reads as many samples, [`LAG`]
    /// earlier. `tenths` gets the highest reading per tenth of a second.
    pub(super) fn take(&mut self, samples: &[f32], tenths: &mut Vec<f32>) {
        self.decisions = DECISIONS;
        let done = self.buffer.len() - 2 * LAG;
        self.buffer.copy_within(done.., 0);
        self.buffer.truncate(2 * LAG);
        self.buffer.extend_from_slice(samples);
        let buffer = std::mem::take(&mut self.buffer);
        let first = self.next;
        let end = first + samples.len() as i64;
        while self.next < end {
            let segment_end = end.min(self.tenth_end);
            let from = LAG + (self.next - first) as usize;
            let to = LAG + (segment_end - first) as usize;
            let peak = max_abs(&buffer[from..to]);
            self.tenth_peak = self.tenth_peak.max(peak);
            if peak > self.sample_peak {
                let offset = buffer[from..to].iter().position(|sample| sample.abs() == peak).unwrap_or(0);
                self.sample_peak = peak;
                self.sample_at = self.next + offset as i64;
            }
            for at in (from..to).step_by(BATCH) {
                self.read(&buffer, at, (at + BATCH).min(to));
            }
            self.keep_tenth(tenths);
            if segment_end == self.tenth_end {
                self.tenth += 1;
                self.tenth_end =
                    slot_start(self.sample_rate_hz, SLOTS_PER_TENTH * (self.tenth as u64 + 1)) as i64;
                self.tenth_peak = 0.0;
            }
        }
        self.refine_crests(&buffer, first);
        self.buffer = buffer;
    }

    /// Reads what is left after the last stretch of the file.
    pub(super) fn finish(&mut self, tenths: &mut Vec<f32>) -> ChannelReading {
        self.clips.end_at(self.next + LAG as i64);
        self.take(&[0.0; 2 * LAG], tenths);
        let sample_peak = f64::from(self.sample_peak);
        let (fine_peak, fine_at) = if sample_peak > self.fine_peak {
            (sample_peak, self.sample_at as f64)
        } else {
            (self.fine_peak, self.fine_at)
        };
        ChannelReading {
            sample_peak: self.sample_peak,
            table_peak: self.table_peak,
            fine_peak,
            fine_at,
            // The printed filter may over-read by 0.2 dB: the accurate peak has the last word on whether there are any.
            overs: if fine_peak > 1.0 { self.overs.max(1) } else { 0 },
            clipped: std::mem::take(&mut self.clips).finish(),
        }
    }

    fn keep_tenth(&self, tenths: &mut Vec<f32>) {
        if tenths.len() <= self.tenth {
            tenths.resize(self.tenth + 1, 0.0);
        }
        tenths[self.tenth] = tenths[self.tenth].max(self.tenth_peak);
    }

    /// Reads the samples `from..to` of the buffer, or passes over them where none can matter.
    fn read(&mut self, buffer: &[f32], from: usize, to: usize) {
        let (highest_sample, limit) = table_limit(&buffer[from - TABLE_BEFORE..to + TABLE_AFTER]);
        if highest_sample >= NEAR_FULL_SCALE || self.clips.is_open() {
            self.clips.take(buffer, from..to, self.next);
        }
        let at = self.next;
        self.next += (to - from) as i64;
        let crest_of_interest = self.fine_peak as f32 / HIGHEST_CREST_MARGIN;
        let dull = self.tenth_peak.min(OVER_ZONE).min(crest_of_interest);
        if limit <= dull {
            self.pass_over(at, buffer, from);
            return;
        }
        let mut readings = [0f32; BATCH];
        let count = to - from;
        let whole = count.next_multiple_of(TABLE_LANES);
        table_readings(&buffer[from - TABLE_BEFORE..from + whole + TABLE_AFTER], &mut readings[..whole]);
        readings[count..].fill(0.0);
        let highest = max_abs(&readings);
        self.tenth_peak = self.tenth_peak.max(highest);
        self.table_peak = self.table_peak.max(highest);
        if highest <= OVER_ZONE.min(crest_of_interest) {
            self.pass_over(at, buffer, from);
            return;
        }
        self.crests.take(&readings[..count], highest, at, self.fine_peak as f32);
        if highest > OVER_ZONE || self.excursion.is_some() {
            self.follow(&readings, count, at, buffer, from);
        }
    }

    /// Takes note that nothing from `at` (buffer index `index`) on is of interest.
    fn pass_over(&mut self, at: i64, buffer: &[f32], index: usize) {
        self.crests.pass_over(at, self.fine_peak as f32);
        if let Some(crest) = self.excursion.take() {
            self.overs += u64::from(self.is_over(crest, at, buffer, index));
        }
    }

    /// Opens, continues and closes excursions.
    fn follow(&mut self, readings: &[f32; BATCH], count: usize, at: i64, buffer: &[f32], index: usize) {
        let inside = above(readings, OVER_ZONE);
        let sure = above(readings, OVER_SURE);
        let mut from = 0;
        while from < count {
            if self.excursion.is_none() {
                from += (inside >> from).trailing_zeros() as usize;
            }
            if from >= count {
                return;
            }
            let to = from + (inside >> from).trailing_ones() as usize;
            let mut crest = self.excursion.take().unwrap_or_default();
            if sure & low_bits(to) & !low_bits(from) != 0 {
                crest.reading = f32::INFINITY;
            }
            if crest.reading < OVER_SURE {
                for (i, reading) in readings.iter().enumerate().take(to).skip(from) {
                    if *reading > crest.reading {
                        crest = Crest { reading: *reading, at: at + i as i64 };
                    }
                }
            }
            if to >= count {
                self.excursion = Some(crest);
                return;
            }
            self.overs += u64::from(self.is_over(crest, at + to as i64, buffer, index + to));
            from = to + 1;
        }
    }

    /// Whether an excursion that has just ended at `at` (buffer index `index`) went above full scale.
    fn is_over(&mut self, crest: Crest, at: i64, buffer: &[f32], index: usize) -> bool {
        if crest.reading > OVER_SURE {
            return true;
        }
        // An excursion whose highest point has left the buffer lasted long: its reading is exact enough.
        match index.checked_sub((at - crest.at) as usize).filter(|index| *index > FINE_REACH) {
            Some(index) if self.decisions > 0 => {
                self.decisions -= 1;
                exceeds(buffer, index, 1.0)
            }
            _ => crest.reading > 1.0,
        }
    }

    /// Reads the slot's crests accurately, highest first, and keeps the highest peak. `first` is the number of the
    /// sample at `buffer[LAG]`.
    fn refine_crests(&mut self, buffer: &[f32], first: i64) {
        let top = std::mem::take(&mut self.crests.top);
        let highest = std::mem::take(&mut self.crests.highest);
        self.refine(top, HIGHEST_CREST_MARGIN, buffer, first);
        for crest in highest.iter().filter(|crest| crest.at != top.at) {
            self.refine(*crest, CREST_MARGIN, buffer, first);
        }
    }

    fn refine(&mut self, crest: Crest, margin: f32, buffer: &[f32], first: i64) {
        if f64::from(crest.reading * margin) <= self.fine_peak || crest.reading == 0.0 {
            return;
        }
        let index = (LAG as i64 + crest.at - first) as usize;
        if let Some(peak) = refine(buffer, index, self.fine_peak)
            && peak.amplitude > self.fine_peak
        {
            self.fine_peak = peak.amplitude;
            self.fine_at = crest.at as f64 + peak.offset;
        }
    }
}
