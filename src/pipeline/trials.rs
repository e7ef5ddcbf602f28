//! What compressors and limiters would do to a song, predicted from one pass over it, for `advise`.

use super::stream::Lane;
use crate::advise::{BandTrial, LevelTrial, LevelTrials, LimiterTrial, LimiterTrials, Split};
use crate::audio::Block;
use crate::dsp::stats::percentile;
use crate::measure::LoudnessTrack;
use crate::model::{Analysis, CompressorSettings, Processor};
use crate::process::limiter::LimiterSettings;
use crate::process::{self, LevelTrack, PeakTrack};
use crate::units::{amplitude_to_db, fast_db_to_amplitude, power_level_db};

/// Most entries of a track, 8 MB of them: a longer song has longer ones, so that memory does not grow with it.
const MOST_ENTRIES: f64 = 2.0e6;
/// Lengths that an entry may have: whole numbers of them are a tenth of a second. A limiter's gain hardly changes within the
/// first; with long ones the pass that confirms a prediction more often corrects it.
const ENTRIES_MS: [u32; 7] = [1, 2, 5, 10, 20, 50, 100];

/// Length of an entry for a song.
fn entry_ms(song: &Analysis) -> u32 {
    let fits = |ms: &u32| song.source.duration_s * 1000.0 / f64::from(*ms) <= MOST_ENTRIES;
    ENTRIES_MS.into_iter().find(fits).unwrap_or(ENTRIES_MS[6])
}

/// Values of a level track per tenth of a second, and milliseconds per value.
const SLOTS_PER_TENTH: usize = 25;
const MS_PER_SLOT: usize = 4;
/// Slots of a stretch whose level counts (48 ms, as the short frames of the spectrum), and the share of them below what
/// counts as loud, as [`crate::model::Tone::sibilance_db`] is measured.
const STRETCH_SLOTS: usize = 12;
const LOUD_PERCENTILE: f64 = 0.95;
/// Tenths of a second in a short-term window.
const WINDOW_TENTHS: usize = 30;
/// Windows quieter than the loudness by more than this have no peak to short-term ratio, as in the meter.
const PSR_GATE_LU: f64 = -10.0;
const PSR_PERCENTILE: f64 = 0.05;

/// What a chain without its limiter puts out, millisecond by millisecond or a little coarser.
pub(super) struct LimiterTracks {
    peaks: PeakTrack,
    loudness: LoudnessTrack,
}

impl LimiterTracks {
    pub(super) fn new(
        sample_rate_hz: u32,
        channels: usize,
        least_dbtp: f64,
        song: &Analysis,
    ) -> LimiterTracks {
        let per_s = 1000 / entry_ms(song);
        LimiterTracks {
            peaks: PeakTrack::new(sample_rate_hz, channels, least_dbtp, per_s),
            loudness: LoudnessTrack::new(sample_rate_hz, channels, per_s),
        }
    }

    pub(super) fn lanes(&mut self) -> Vec<Lane<'_>> {
        let LimiterTracks { peaks, loudness } = self;
        let peaks = lane(|block| peaks.push(block));
        vec![peaks, lane(|block| loudness.push(block))]
    }

    pub(super) fn finish(&mut self) {
        self.peaks.finish();
    }
}

impl LimiterTrials for LimiterTracks {
    fn trial(&self, limiter: Option<&Processor>) -> Option<LimiterTrial> {
        let (gains, gain_db) = match limiter {
            Some(Processor::Limiter { ceiling_dbtp, gain_db, lookahead_ms, release_ms, .. }) => {
                let settings = LimiterSettings {
                    ceiling_dbtp: *ceiling_dbtp,
                    gain_db: *gain_db,
                    lookahead_ms: *lookahead_ms,
                    release_ms: *release_ms,
                    bits: None,
                };
                (self.peaks.gains(&settings), *gain_db)
            }
            _ => (vec![1.0], 0.0),
        };
        let least_gain = gains.iter().copied().fold(f32::INFINITY, f32::min);
        Some(LimiterTrial {
            integrated_lufs: self.loudness.integrated_lufs(&gains)?,
            open_true_peak_dbtp: self.peaks.true_peak_dbtp()?,
            reduction_max_db: (gain_db - amplitude_to_db(f64::from(least_gain))).max(0.0),
        })
    }
}

/// What a chain without its compressor puts out, in bands.
pub(super) struct LevelTracks {
    levels: LevelTrack,
    loudness: Option<LoudnessTrack>,
    entry_ms: u32,
    /// True peak over sample peak, which compression does not change much.
    between_samples_db: f64,
}

impl LevelTracks {
    pub(super) fn new(split: &Split, sample_rate_hz: u32, channels: usize, before: &Analysis) -> LevelTracks {
        let bands = match split {
            Split::Whole => process::Split::Whole,
            Split::Crossover(frequencies_hz) => process::Split::Crossover(frequencies_hz.clone()),
            Split::Around(places) => process::Split::Around(places.clone()),
        };
        let peaks = before.peaks.true_peak_dbtp.zip(before.peaks.sample_dbfs);
        LevelTracks {
            levels: LevelTrack::new(&bands, sample_rate_hz, channels),
            loudness: (*split == Split::Whole)
                .then(|| LoudnessTrack::new(sample_rate_hz, channels, 1000 / entry_ms(before))),
            entry_ms: entry_ms(before),
            between_samples_db: peaks
                .map_or(0.0, |(true_peak_dbtp, sample_dbfs)| true_peak_dbtp - sample_dbfs),
        }
    }

    pub(super) fn lanes(&mut self) -> Vec<Lane<'_>> {
        let LevelTracks { levels, loudness, .. } = self;
        let levels = lane(|block| levels.push(block));
        let loudness = loudness.as_mut().map(|loudness| lane(|block| loudness.push(block)));
        std::iter::once(levels).chain(loudness).collect()
    }

    pub(super) fn finish(&mut self) {
        self.levels.finish();
    }
}

impl LevelTrials for LevelTracks {
    fn whole(&self, settings: &CompressorSettings) -> Option<LevelTrial> {
        let loudness = self.loudness.as_ref()?;
        let reductions_db = self.levels.reductions_db(0, settings, f64::INFINITY);
        let change = self.levels.change(0, &reductions_db)?;
        let slots: Vec<f32> = reductions_db.iter().map(|db| fast_db_to_amplitude(-db)).collect();
        let entries = slots.len() * MS_PER_SLOT / self.entry_ms as usize;
        let gains: Vec<f32> =
            (0..entries).map(|entry| slots[entry * self.entry_ms as usize / MS_PER_SLOT]).collect();
        let peaks = self.levels.peaks(0, &reductions_db);
        let peak_dbtp = |peaks: &[f32]| {
            let peak = peaks.iter().copied().fold(0.0, f32::max);
            amplitude_to_db(f64::from(peak)) + self.between_samples_db
        };
        let integrated_lufs = loudness.integrated_lufs(&gains);
        let short_term_lufs = loudness.short_term_lufs(&gains);
        let windows = peaks.windows(WINDOW_TENTHS * SLOTS_PER_TENTH).step_by(SLOTS_PER_TENTH);
        let mut ratios: Vec<f64> = windows
            .zip(&short_term_lufs)
            .filter(|(_, lufs)| integrated_lufs.is_some_and(|whole| **lufs > whole + PSR_GATE_LU))
            .map(|(peaks, lufs)| peak_dbtp(peaks) - lufs)
            .collect();
        Some(LevelTrial {
            plr_lu: integrated_lufs.map(|lufs| peak_dbtp(&peaks) - lufs),
            psr_p05_lu: percentile(&mut ratios, PSR_PERCENTILE),
            range_lu: loudness.range_lu(&gains),
            reduction_mean_db: change.reduction_mean_db,
        })
    }

    fn band(&self, band: usize, settings: &CompressorSettings, most_db: f64) -> Option<BandTrial> {
        let reductions_db = self.levels.reductions_db(band, settings, most_db);
        let change = self.levels.change(band, &reductions_db)?;
        let idle = vec![0.0; reductions_db.len()];
        let [(before_db, all_before), (after_db, all_after)] = [&idle, &reductions_db].map(|reductions_db| {
            let energies = self.levels.energies(band, reductions_db, STRETCH_SLOTS);
            let sum: f64 = energies.iter().sum();
            let mut levels_db: Vec<f64> = energies.iter().filter_map(|e| power_level_db(*e)).collect();
            let loud_db = percentile(&mut levels_db, LOUD_PERCENTILE).unwrap_or(0.0);
            (loud_db - percentile(&mut levels_db, 0.5).unwrap_or(0.0), sum)
        });
        Some(BandTrial {
            crest_db: change.crest_db,
            spread_db: after_db - before_db,
            level_db: power_level_db(all_after / all_before).unwrap_or(0.0),
            reduction_mean_db: change.reduction_mean_db,
        })
    }
}

/// A lane that cannot fail.
fn lane<'a>(mut take: impl FnMut(&Block) + Send + 'a) -> Lane<'a> {
    Box::new(move |block| {
        take(block);
        Ok(())
    })
}
