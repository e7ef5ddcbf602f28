//! Gaps in running sound.
//!
//! A rest in the music decays into silence and starts with an attack; in a dropout the sound is there at full level to
//! the last sample before the gap, and again from the first one after it, at the same level.

use super::MOST_MARKS;
use crate::model::Mark;
use crate::units;

/// Below −66 dBFS there is a gap.
const QUIET: f32 = 5e-4;
/// Samples that are looked at together at first.
const CELL: usize = 16;
/// Shortest gap.
const SHORTEST_S: f64 = 0.001;
/// Longest gap (`standards` §6 goes to 3.5 s; from half a second on, it is a stop that someone wanted).
const LONGEST_S: f64 = 0.5;
/// Sound on either side that is compared with the very edge.
const SIDE_S: f64 = 0.010;
/// Sound between two gaps is at least this long; otherwise the gaps are part of a waveform, or of a rhythm.
const APART_S: f64 = 0.050;
/// The very edge of the gap.
const TIP_S: f64 = 0.001;
/// Mean power on both sides: −40 dBFS, more than 20 dB over the gap.
const RUNNING: f32 = 1e-4;
/// The very edge has at least this share of the power beside it: −15 dB, as a wave of the bass near its zero has.
const TIP_SHARE: f32 = 0.03;
/// The gap lies at least this far below both sides: 50 dB. Less is a wave that rests near zero.
const DEPTH: f32 = 1e5;
/// Both sides differ by less than 15 dB.
const SIDES_RATIO: f32 = 30.0;
/// Strength of a gap of digital silence: the range of 16 bits.
const DIGITAL_SILENCE_DB: f64 = 96.0;

pub(super) struct DropoutFinder {
    rate_hz: f64,
    side: usize,
    tip: usize,
    shortest: usize,
    longest: usize,
    apart: u64,
    /// End of the last gap of any kind.
    last_end: Option<u64>,
    /// What a gap is judged by: the newest samples, from `start` on.
    held: Vec<f32>,
    start: u64,
    /// First cell that has not been looked at, in samples of the stream.
    next: u64,
    /// First sample of the gap that is open.
    gap: Option<u64>,
    marks: Vec<Mark>,
}

impl DropoutFinder {
    pub(super) fn new(sample_rate_hz: u32) -> DropoutFinder {
        let rate_hz = f64::from(sample_rate_hz);
        let frames = |s: f64| ((s * rate_hz) as usize).max(2);
        DropoutFinder {
            rate_hz,
            side: frames(SIDE_S),
            tip: frames(TIP_S),
            shortest: frames(SHORTEST_S),
            longest: frames(LONGEST_S),
            apart: frames(APART_S) as u64,
            last_end: None,
            held: Vec::new(),
            start: 0,
            next: 0,
            gap: None,
            marks: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, samples: &[f32]) {
        self.held.extend_from_slice(samples);
        let end = self.start + self.held.len() as u64;
        // A gap is judged once the sound after it is there.
        while self.next + (CELL + self.side) as u64 <= end {
            let at = (self.next - self.start) as usize;
            let cell = &self.held[at..at + CELL];
            let quiet = cell.iter().fold(true, |quiet, x| quiet & (x.abs() < QUIET));
            match (quiet, self.gap) {
                (true, None) => self.gap = Some(self.next),
                (false, Some(gap)) => {
                    self.judge(gap);
                    self.gap = None;
                }
                _ => {}
            }
            self.next += CELL as u64;
        }
        self.forget();
    }

    /// Drops what lies before the sound beside an open gap, or beside the next one; of a gap that is too long, its beginning, too.
    fn forget(&mut self) {
        let before = (self.side + CELL) as u64;
        let longest = (self.longest + 2 * CELL) as u64;
        let open = self.gap.unwrap_or(self.next).max(self.next.saturating_sub(longest));
        let drop = open.saturating_sub(before).saturating_sub(self.start);
        self.held.drain(..drop as usize);
        self.start += drop;
    }

    /// Looks at a gap that began in the cell `gap` and ended in the cell that comes next.
    fn judge(&mut self, gap: u64) {
        // The exact edges lie within a cell to either side.
        let loud = |x: &f32| x.abs() >= QUIET;
        let after = (self.next - self.start) as usize;
        let Some(to) = self.held[after..after + CELL].iter().position(loud).map(|at| after + at) else {
            return;
        };
        // What began with the stream, or is far too long, has no exact beginning; it is still what a later gap is near to.
        let begin = match gap.checked_sub(self.start + CELL as u64) {
            Some(first) => {
                let first = first as usize;
                let cell = &self.held[first..first + CELL];
                self.start + cell.iter().rposition(loud).map_or(first, |at| first + at + 1) as u64
            }
            None => gap,
        };
        let end = self.start + to as u64;
        let length = (end - begin) as usize;
        if length < self.shortest {
            return;
        }
        if let Some(last) = self.last_end.replace(end).filter(|last| begin < last + self.apart) {
            let at_s = last as f64 / self.rate_hz;
            self.marks.pop_if(|mark| (mark.at_s + mark.duration_s - at_s).abs() * self.rate_hz < 1.5);
            return;
        }
        let held = begin.checked_sub(self.start).map(|from| from as usize).filter(|from| *from >= self.side);
        let Some(from) = held.filter(|_| length <= self.longest) else {
            return;
        };
        let mean = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32;
        let before = &self.held[from - self.side..from];
        let behind = &self.held[to..to + self.side];
        let (left, right) = (mean(before), mean(behind));
        let abrupt = mean(&before[self.side - self.tip..]) > TIP_SHARE * left
            && mean(&behind[..self.tip]) > TIP_SHARE * right;
        let alike = left < SIDES_RATIO * right && right < SIDES_RATIO * left;
        let inside = mean(&self.held[from..to]).max(f32::MIN_POSITIVE);
        let deep = left.min(right) > DEPTH * inside;
        if left.min(right) > RUNNING && deep && abrupt && alike && self.marks.len() < MOST_MARKS {
            self.marks.push(Mark {
                at_s: begin as f64 / self.rate_hz,
                duration_s: length as f64 / self.rate_hz,
                channel: 0,
                strength_db: units::power_to_db(f64::from(left.min(right) / inside)).min(DIGITAL_SILENCE_DB),
            });
        }
    }

    pub(super) fn finish(self, channel: u16) -> Vec<Mark> {
        self.marks.into_iter().map(|mark| Mark { channel, ..mark }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::random::SplitMix64;

    /// Starts of the dropouts in six seconds of noise, which is quiet from and to some times, all in milliseconds.
    fn found(quiet_ms: &[(usize, usize)]) -> Vec<f64> {
        let mut random = SplitMix64::new(3, 0);
        let mut samples: Vec<f32> = (0..6 * 44_100).map(|_| 0.5 * random.triangular() as f32).collect();
        for (from, to) in quiet_ms {
            samples[from * 441 / 10..to * 441 / 10].fill(0.0);
        }
        // One quiet cell, as every fade begins with.
        samples[..CELL].fill(0.0);
        let mut finder = DropoutFinder::new(44_100);
        samples.chunks(4096).for_each(|chunk| finder.push(chunk));
        finder.finish(0).into_iter().map(|mark| (1000.0 * mark.at_s).round()).collect()
    }

    #[test]
    fn a_gap_soon_after_another_is_part_of_it_however_long_that_was() {
        assert_eq!(found(&[(30, 35)]), [30.0], "a quiet cell is no gap");
        assert!(found(&[(0, 5), (30, 35)]).is_empty());
        for stop_ms in [200, 450, 550, 1000, 2500, 4000] {
            let end = 500 + stop_ms;
            let alone = if stop_ms < 500 { vec![500.0] } else { Vec::new() };
            assert_eq!(found(&[(500, end)]), alone, "{stop_ms}");
            assert!(found(&[(500, end), (end + 30, end + 35)]).is_empty(), "{stop_ms}");
            assert!(found(&[(465, 470), (500, end)]).is_empty(), "{stop_ms}");
            let apart = [alone, vec![(end + 80) as f64]].concat();
            assert_eq!(found(&[(500, end), (end + 80, end + 85)]), apart, "{stop_ms}");
        }
    }
}
