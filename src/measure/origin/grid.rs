//! The grid of a transform coder: coefficients that it rounded to zero, seen at its own framing only.
//!
//! A coder that decodes to 16 bits leaves, of every coefficient that it had rounded to zero, no more than dither. Looked at with
//! the same transform at the same offset, holes stand among coefficients that sound; one sample beside, there are none. So the
//! count of small coefficients, for every offset of a frame, has one outlier (Yang, Qu and Huang, "Detecting digital audio forgeries by
//! checking frame offsets", ACM MM&Sec 2008; Herre and Schug, "Analysis of decompressed audio – the inverse decoder", AES 109, 2000).
//! Nothing that is done in mixing makes one; what is filtered, equalised or resampled after coding loses it.
//!
//! The transforms: 1024 coefficients with the sine window or the Kaiser–Bessel window of AAC (ISO/IEC 13818-7), and with the
//! power-complementary window of Vorbis, which is 2048 samples long at 44.1 and 48 kHz in its usual encoder. MP3 has a filter bank
//! of its own (`mp3`).

use super::agreement::Agreement;
use super::mp3::{Mp3Grid, PLACE};
use crate::dsp::level::{ROUND, small_among_loud};
use crate::dsp::mdct::{Mdct, kaiser_bessel_window, sine_window, vorbis_window};
use crate::dsp::sampled_frames::SampledFrames;

/// Coefficients of a frame.
const COEFFICIENTS: usize = 1024;
/// Rates at which the coders have frames of that length.
const RATES_HZ: std::ops::RangeInclusive<u32> = 32_000..=48_000;
/// One place is looked at every so often.
const STEP_S: f64 = 5.0;
/// Most places: each costs some milliseconds for every window.
const MOST_PLACES: usize = 6;
/// And most that are looked through with the windows of AAC and Vorbis, three times the trouble of MP3, before one has shown plainly.
const MOST_BLIND_PLACES: usize = 4;
/// What is looked at: coders round little to zero below, and leave nothing above.
const RANGE_HZ: (f64, f64) = (3_000.0, 18_000.0);
/// A coder leaves nothing above this in most places, and what stands there is the rounding to 16 bits: −5 dB of the dither below, 0 dB
/// with dither; 10 dB is a place that no coder has emptied, and the trouble is saved. Lossless music has 15 to 45 dB there.
const CODED_HZ: f64 = 20_700.0;
const CODED: f32 = 10.0 * DITHER * DITHER;
/// Deviation of the dither of 16 bits (rectangular rounding and a triangle of 2 LSB).
pub(super) const DITHER: f32 = 0.5 / 32_768.0;
/// A coefficient below twice the dither is small; one that sounds has six times the dither, in the mean of those round it.
const SMALL: f32 = 4.0 * DITHER * DITHER;
const SOUNDING: f32 = 36.0 * DITHER * DITHER;
/// Least coefficients that sound, for a place to be looked at.
const LEAST_SOUNDING: usize = 100;
/// Deviations that the count at one offset stands over those at all others, from which on one place says what coder to look for:
/// chance gives 4 in 1024, lossless music gave 6.
const PLAIN_DEVIATIONS: f64 = 10.0;
/// Least small coefficients there.
const LEAST_SMALL: f64 = 30.0;
/// Least places that show the same grid of Vorbis, whose offsets agree by 64 samples only: it moves by as much where it changes to
/// short blocks and back.
const LEAST_PLACES: usize = 2;
const ALIKE: u64 = 64;

/// A coder whose grid is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Coder {
    Mp3,
    AacSine,
    AacKaiserBessel,
    Vorbis,
}

const CODERS: [Coder; 4] = [Coder::Mp3, Coder::AacSine, Coder::AacKaiserBessel, Coder::Vorbis];

pub(super) struct GridFinder {
    sampled: Option<SampledFrames>,
    step: u64,
    rate_hz: f64,
    mdct: Mdct,
    windows: [Vec<f32>; 3],
    mid: Vec<f32>,
    coefficients: Vec<f32>,
    squares: Vec<f32>,
    /// Places that came by, and those that were looked at.
    come: u64,
    looked_at: usize,
    /// The coder that one place has shown plainly: a coder keeps its window, and no other is looked for from then on.
    plain: Option<Coder>,
    mp3: Mp3Grid,
    aac: [Agreement; 2],
    /// Offsets at which a place has shown Vorbis.
    vorbis: Vec<u64>,
}

/// What was found.
pub(super) struct Grid {
    pub(super) coder: &'static str,
    pub(super) places: usize,
    pub(super) looked_at: usize,
}

impl GridFinder {
    pub(super) fn new(sample_rate_hz: u32) -> GridFinder {
        let size = (3 * COEFFICIENTS).max(PLACE);
        let step = ((STEP_S * f64::from(sample_rate_hz)) as usize).max(size);
        GridFinder {
            sampled: RATES_HZ.contains(&sample_rate_hz).then(|| SampledFrames::new(size, step)),
            step: step as u64,
            rate_hz: f64::from(sample_rate_hz),
            mdct: Mdct::new(COEFFICIENTS),
            windows: [
                sine_window(2 * COEFFICIENTS),
                kaiser_bessel_window(2 * COEFFICIENTS, 4.0),
                vorbis_window(2 * COEFFICIENTS),
            ],
            mid: Vec::new(),
            coefficients: vec![0.0; COEFFICIENTS],
            squares: vec![0.0; COEFFICIENTS],
            come: 0,
            looked_at: 0,
            plain: None,
            mp3: Mp3Grid::new(),
            aac: [Agreement::new(COEFFICIENTS), Agreement::new(COEFFICIENTS)],
            vorbis: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: Option<&[f32]>) {
        let Some(mut sampled) = self.sampled.take() else { return };
        sampled.push(left, right, |left, right| {
            self.mid.clear();
            match right {
                Some(right) => self
                    .mid
                    .extend(left.iter().zip(right).map(|(l, r)| (l + r) * std::f32::consts::FRAC_1_SQRT_2)),
                None => self.mid.extend_from_slice(left),
            }
            self.look(left, right);
        });
        self.sampled = Some(sampled);
    }

    /// Looks for grids in the newest place.
    fn look(&mut self, left: &[f32], right: Option<&[f32]>) {
        let start = self.come * self.step;
        self.come += 1;
        if self.looked_at == MOST_PLACES || self.grid().is_some() || !self.may_be_coded() {
            return;
        }
        self.looked_at += 1;
        let blind = self.looked_at <= MOST_BLIND_PLACES;
        let wanted = self.plain;
        let asked = |coder: &Coder| wanted.map_or(blind || *coder == Coder::Mp3, |wanted| wanted == *coder);
        for coder in CODERS.into_iter().filter(asked) {
            let plain = match coder {
                Coder::Mp3 => self.mp3.look(start, left, right) > PLAIN_DEVIATIONS,
                Coder::AacSine => self.look_for_aac(0, start),
                Coder::AacKaiserBessel => self.look_for_aac(1, start),
                Coder::Vorbis => self.look_for_vorbis(start),
            };
            if plain {
                self.plain = Some(coder);
                return;
            }
        }
    }

    fn look_for_aac(&mut self, window: usize, start: u64) -> bool {
        let counts = self.counts(window);
        self.aac[window].add(start, &counts).0 > PLAIN_DEVIATIONS
    }

    fn look_for_vorbis(&mut self, start: u64) -> bool {
        let counts = self.counts(self.windows.len() - 1);
        let (deviations, offset) = Agreement::new(COEFFICIENTS).add(start, &counts);
        let plain = deviations > PLAIN_DEVIATIONS && counts.iter().any(|count| *count >= LEAST_SMALL);
        if plain {
            self.vorbis.push(offset);
        }
        plain
    }

    /// Small coefficients at every offset.
    fn counts(&mut self, window: usize) -> Vec<f64> {
        (0..COEFFICIENTS).map(|offset| self.small_at(window, offset).0 as f64).collect()
    }

    /// Whether the place sounds, and holds nothing that a coder leaves out.
    fn may_be_coded(&mut self) -> bool {
        // Of the windows, that of Vorbis leaks least from the bass.
        let sounding = self.small_at(self.windows.len() - 1, 0).1;
        let above = &self.coefficients[self.bin(CODED_HZ)..];
        let power = above.iter().map(|c| c * c).sum::<f32>() / above.len().max(1) as f32;
        sounding >= LEAST_SOUNDING && power < CODED
    }

    fn bin(&self, hz: f64) -> usize {
        ((2.0 * hz / self.rate_hz * COEFFICIENTS as f64) as usize).clamp(ROUND, COEFFICIENTS - ROUND)
    }

    /// Small coefficients among those that sound, and all that sound, at an offset.
    fn small_at(&mut self, window: usize, offset: usize) -> (usize, usize) {
        let frame = &self.mid[offset..offset + 2 * COEFFICIENTS];
        self.mdct.transform(&self.windows[window], frame, &mut self.coefficients);
        let (from, to) = (self.bin(RANGE_HZ.0), self.bin(RANGE_HZ.1));
        for (square, coefficient) in self.squares.iter_mut().zip(&self.coefficients) {
            *square = coefficient * coefficient;
        }
        small_among_loud(&self.squares[from - ROUND..to + ROUND], SMALL, SOUNDING)
    }

    /// The grid that several places show.
    pub(super) fn grid(&self) -> Option<Grid> {
        let aac = self.aac.iter().filter_map(Agreement::places).max();
        let alike =
            |offset: &u64| self.vorbis.iter().filter(|other| *other % ALIKE == offset % ALIKE).count();
        let vorbis = self.vorbis.iter().map(alike).max().filter(|places| *places >= LEAST_PLACES);
        let found = |coder, places: usize| Grid { coder, places, looked_at: self.looked_at };
        self.mp3
            .places()
            .map(|places| found("MP3", places))
            .or_else(|| aac.map(|places| found("AAC", places)))
            .or_else(|| vorbis.map(|places| found("Vorbis", places)))
    }
}
