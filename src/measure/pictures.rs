//! Spectrogram and goniometer of a stream of any length, in fixed memory.
//!
//! The picture's columns double in length whenever there are too many of them, so that short and long songs get
//! between half and all of [`COLUMNS_MAX`]. Cells hold mean power; the goniometer counts samples.
//!
//! Both are drawings. What nobody can see is not calculated: the goniometer looks at a quarter of the frames, evenly spread, and
//! columns of many transforms are made of every second one.

use crate::audio::Block;
use crate::dsp::bands::BandSum;
use crate::dsp::goniometer::{Directions, PLACED, place};
use crate::dsp::spectrum::PairSpectrum;
use crate::dsp::window::hann;
use crate::model::{Goniometer, Pictures, Spectrogram, levels_to_text};
use crate::units::{amplitude_to_db, octaves, power_to_db, shift_octaves};

/// Most columns of a spectrogram.
const COLUMNS_MAX: usize = 600;
/// Rows, from [`LOW_HZ`] to [`HIGH_HZ`]: 6.4 to an octave.
const ROWS: usize = 60;
const LOW_HZ: f64 = 30.0;
const HIGH_HZ: f64 = 20_000.0;
/// Range of the cells: 63 steps of 1.25 dB below the loudest.
const STEP_DB: f64 = 1.25;
/// Cells of a side of the goniometer while it counts, and of the picture that is made of them.
const SIZE: usize = 512;
const PICTURE: usize = 72;
/// One in so many stretches of [`PLACED`] frames enters the goniometer: 1.5 of every 6 ms.
const GONIOMETER_STEP: usize = 4;
/// Columns of so many frames or more leave every second one out.
const MANY_FRAMES: usize = 4;

/// Draws while the stream runs.
pub struct PictureMeter {
    spectrum: PairSpectrum,
    rows: Vec<BandSum>,
    /// Highest row below half the sample rate.
    high_hz: f64,
    sample_rate_hz: u32,
    stereo: bool,
    /// What no transform has passed yet; its frames are not counted.
    waiting: [Vec<f32>; 2],
    /// Mean power of the finished columns.
    columns: Vec<Vec<f32>>,
    /// Sum of the column in the making, the frames in it, and the frames that it covers.
    sum: Vec<f32>,
    summed: usize,
    covered: usize,
    /// Frames of a column.
    frames_of_column: usize,
    counts: Vec<u32>,
    directions: Directions,
}

impl PictureMeter {
    /// A meter for a stream; channels beyond the second are left out.
    pub fn new(sample_rate_hz: u32, channels: usize) -> PictureMeter {
        // About 90 ms: 4096 at 44.1 and 48 kHz, twice that at twice the rate.
        let size = (4096 * sample_rate_hz as usize / 48_000).next_power_of_two().clamp(1024, 32_768);
        let bin_hz = f64::from(sample_rate_hz) / size as f64;
        let high_hz = HIGH_HZ.min(0.48 * f64::from(sample_rate_hz));
        let step_oct = octaves(LOW_HZ, high_hz) / ROWS as f64;
        let edge_hz = |row: usize| shift_octaves(LOW_HZ, row as f64 * step_oct);
        let row = |row: usize| BandSum::new(edge_hz(row), edge_hz(row + 1), bin_hz, size / 2 + 1, |_| 1.0);
        PictureMeter {
            spectrum: PairSpectrum::new(hann(size), size),
            rows: (0..ROWS).map(row).collect(),
            high_hz,
            sample_rate_hz,
            stereo: channels == 2,
            waiting: Default::default(),
            columns: Vec::new(),
            sum: vec![0.0; ROWS],
            summed: 0,
            covered: 0,
            frames_of_column: 1,
            counts: vec![0; SIZE * SIZE],
            directions: [0.0; 6],
        }
    }

    /// Takes in the next block, of any length.
    pub fn push(&mut self, block: &Block) {
        let last = block.channel_count().min(2) - 1;
        self.waiting[0].extend_from_slice(block.channel(0));
        self.waiting[1].extend_from_slice(block.channel(last));
        let (size, hop) = (self.spectrum.size(), self.spectrum.size() / 2);
        let mut from = 0;
        while self.waiting[0].len() >= from + size {
            let [left, right] = &self.waiting;
            if self.frames_of_column < MANY_FRAMES || self.covered.is_multiple_of(2) {
                self.spectrum.transform(&left[from..from + size], Some(&right[from..from + size]));
                for (sum, row) in self.sum.iter_mut().zip(&self.rows) {
                    *sum += row.of(&self.spectrum.power);
                }
                self.summed += 1;
            }
            if self.stereo {
                count(
                    &left[from..from + hop],
                    &right[from..from + hop],
                    &mut self.counts,
                    &mut self.directions,
                );
            }
            self.end_frame();
            from += hop;
        }
        self.waiting.iter_mut().for_each(|waiting| {
            waiting.drain(..from);
        });
    }

    fn end_frame(&mut self) {
        self.covered += 1;
        if self.covered == self.frames_of_column {
            self.end_column();
        }
        if self.columns.len() == COLUMNS_MAX {
            let mean = |pair: &[Vec<f32>]| pair[0].iter().zip(&pair[1]).map(|(a, b)| 0.5 * (a + b)).collect();
            self.columns = self.columns.chunks_exact(2).map(mean).collect();
            self.frames_of_column *= 2;
        }
    }

    fn end_column(&mut self) {
        let share = 1.0 / self.summed as f32;
        self.columns.push(self.sum.iter().map(|sum| sum * share).collect());
        self.sum.fill(0.0);
        (self.summed, self.covered) = (0, 0);
    }

    /// The pictures of everything that was pushed.
    pub fn finish(mut self) -> Pictures {
        if self.summed > 0 {
            self.end_column();
        }
        if self.stereo {
            let [left, right] = &mut self.waiting;
            // Silence lies in the middle, which scales nothing, and has no energy.
            let whole = left.len().next_multiple_of(PLACED);
            left.resize(whole, 0.0);
            right.resize(whole, 0.0);
            count(left, right, &mut self.counts, &mut self.directions);
        }
        Pictures { spectrogram: self.spectrogram(), goniometer: self.goniometer() }
    }

    fn spectrogram(&self) -> Option<Spectrogram> {
        let loudest = self.columns.iter().flatten().copied().fold(0.0f32, f32::max);
        if loudest <= 0.0 {
            return None;
        }
        let floor_db = -62.0 * STEP_DB;
        let level = |power: f32| {
            let level_db = power_to_db(f64::from(power / loudest));
            (((level_db - floor_db) / STEP_DB).floor() + 1.0).clamp(0.0, 63.0) as u8
        };
        let hop_s = (self.spectrum.size() / 2) as f64 / f64::from(self.sample_rate_hz);
        Some(Spectrogram {
            step_s: hop_s * self.frames_of_column as f64,
            low_hz: LOW_HZ,
            high_hz: self.high_hz,
            rows: ROWS,
            columns: self.columns.len(),
            floor_db,
            step_db: STEP_DB,
            levels: levels_to_text(self.columns.iter().flatten().map(|power| level(*power))),
        })
    }

    fn goniometer(&self) -> Option<Goniometer> {
        let energy: f64 = self.directions.iter().sum();
        if !self.stereo || energy <= 0.0 {
            return None;
        }
        // The square is cut to what is used, so that a quiet song fills it too.
        let from_middle = |place: usize| (place as i32 * 2 + 1 - SIZE as i32).unsigned_abs().div_ceil(2);
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let half = counted.map(|(cell, _)| from_middle(cell / SIZE).max(from_middle(cell % SIZE))).max()?;
        let half = (half as usize).clamp(8, SIZE / 2);
        let size = PICTURE.min(2 * half);
        let mut cells = vec![0u64; size * size];
        let first = SIZE / 2 - half;
        for row in 0..2 * half {
            for column in 0..2 * half {
                let cell = (row * size / (2 * half)) * size + column * size / (2 * half);
                cells[cell] += u64::from(self.counts[(first + row) * SIZE + first + column]);
            }
        }
        // The middle holds every silence; it is not what the picture is scaled by.
        let middle = |cell: usize| {
            let near = |place: usize| place + 1 >= size / 2 && place <= size / 2;
            near(cell / size) && near(cell % size)
        };
        let most = (0..cells.len()).filter(|cell| !middle(*cell)).map(|cell| cells[cell]).max()?;
        let whole = power_to_db(most.max(2) as f64);
        let level = |count: u64| match count {
            0 => 0,
            count => (1.0 + 62.0 * power_to_db(count as f64) / whole).clamp(1.0, 63.0) as u8,
        };
        Some(Goniometer {
            size,
            edge_dbfs: amplitude_to_db(half as f64 / (SIZE / 2) as f64),
            levels: levels_to_text(cells.into_iter().map(level)),
            direction_share: self.directions.iter().map(|part| part / energy).collect(),
        })
    }
}

/// Counts frames of a whole number of [`PLACED`], one stretch of them in [`GONIOMETER_STEP`].
fn count(left: &[f32], right: &[f32], counts: &mut [u32], directions: &mut Directions) {
    let mut cells = [0u32; PLACED];
    let stretches = left.as_chunks::<PLACED>().0.iter().zip(right.as_chunks::<PLACED>().0);
    for (left, right) in stretches.step_by(GONIOMETER_STEP) {
        place(left, right, SIZE as u16, &mut cells, directions);
        for cell in cells {
            counts[cell as usize] += 1;
        }
    }
}
