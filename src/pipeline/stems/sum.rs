//! The stems added up, against the mix: how late each lies, what gain it has, what is left.

use super::drifts::relocate;
use super::lined_up::{FRAMES_AT_ONCE, LinedUp};
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::error::{Error, Result};
use crate::model::{Analysis, Stem, StemPair, StemRole, StemSum, SumVerdict};
use crate::pipeline::Progress;
use crate::stems::delay::{MixPower, StemDelay, align, frame_length, frames_of_a_stretch};
use crate::stems::drift::{doubtful, send_home};
use crate::stems::fit::{FRAME, Gain, Gram, Layout, Row, turn_upright};
use crate::stems::reading::Reading;
use crate::stems::residual::Residual;
use crate::stems::state::{Case, judge, judge_twins};
use crate::stems::{Alignment, common, share_line};
use crate::units::{amplitude_to_db, finite};
use rayon::prelude::*;
use std::path::Path;

/// Rounds of fitting at most: each moves the stems by what the last one found.
const ROUNDS: usize = 4;
/// Fits behind a bus: its gain is read with the gains of the fit before.
const BUS_READINGS: usize = 2;
/// Searches for stems that were not found: each takes away what the last one found.
const SEARCHES: usize = 3;
/// Correlation from which a pair of stems is worth a word.
const PAIR_CORRELATION: f64 = 0.98;
/// Peak below which a stem has nothing to compare.
const SILENT_DBFS: f64 = -60.0;

/// The stems that can be compared: audible, mono or stereo, not the mix itself, every sound once.
fn compared<'a>(stems: &'a [Stem], mix: &Analysis) -> Vec<&'a Stem> {
    let mut compared: Vec<&Stem> = Vec::new();
    for stem in stems {
        let audible = stem.analysis.peaks.sample_dbfs.is_some_and(|level_dbfs| level_dbfs >= SILENT_DBFS);
        let stereo = stem.analysis.source.channels <= 2;
        let known = compared.iter().any(|other| other.analysis.content_id == stem.analysis.content_id);
        let is_mix = stem.role == StemRole::Mix || stem.analysis.content_id == mix.content_id;
        if audible && stereo && !known && !is_mix {
            compared.push(stem);
        }
    }
    compared
}

/// Holds stems that were measured against a mix that was; `None` where there is nothing to compare.
///
/// # Errors
/// Those of decoding.
pub fn sum_against_mix(
    stems: &[Stem],
    path: &Path,
    mix: &Analysis,
    progress: &dyn Progress,
) -> Result<Option<StemSum>> {
    let compared = compared(stems, mix);
    let audible = mix.peaks.sample_dbfs.is_some_and(|level_dbfs| level_dbfs >= SILENT_DBFS);
    if compared.is_empty() || !audible {
        return Ok(None);
    }
    let song = Sum { stems: &compared, path, mix, progress };
    let mut alignments = song.delays()?;
    let frames = mix.source.frames;
    let mut line = common(&alignments, frames);
    share_line(&mut alignments, line, frames);
    let (mut gram, mut gains) = song.fit(&mut alignments)?;
    if send_home(&mut alignments, &gains, line) > 0 {
        (gram, gains) = song.fit(&mut alignments)?;
    }
    for _ in 0..SEARCHES {
        let doubtful = doubtful(&alignments, &gains, line);
        if doubtful.is_empty() || song.search(&mut alignments, &gains, &doubtful)? == 0 {
            break;
        }
        line = common(&alignments, frames);
        share_line(&mut alignments, line, frames);
        (gram, gains) = song.fit(&mut alignments)?;
    }
    // The refinement moves a line by parts of a frame.
    line = common(&alignments, frames);
    let residual = song.residual(&alignments, &gains)?;

    let rate_hz = f64::from(mix.source.sample_rate_hz);
    let lossy = |analysis: &Analysis| analysis.source.bits.is_none();
    let coded = lossy(mix) || compared.iter().any(|stem| lossy(&stem.analysis));
    let verdict = residual.verdict(coded);
    let bus = verdict == SumVerdict::Mastered;
    if bus || (coded && verdict == SumVerdict::Close) {
        for _ in 0..if bus { BUS_READINGS } else { 1 } {
            gram = song.gram(&alignments, Some((&gains, bus)))?;
            gains = gram.solve();
        }
    }
    if bus {
        turn_upright(&mut gains);
    }
    progress.done(path);
    let responses = gram.responses();
    let cases: Vec<Case> = compared
        .iter()
        .enumerate()
        .map(|(i, stem)| Case {
            name: &stem.name,
            alignment: alignments[i],
            gain: gains[i],
            response: &responses[i],
            mono: stem.analysis.source.channels == 1,
        })
        .collect();
    let (middle, judged) = judge(&cases, line, rate_hz, verdict);
    let named = |i: usize| compared[i].name.clone();
    Ok(Some(StemSum {
        mix: path.display().to_string(),
        sample_rate_hz: mix.source.sample_rate_hz,
        offset_s: line.offset.round() / rate_hz,
        duration_s: Some(mix.source.duration_s),
        drift_ppm: (line.slope != 0.0).then_some(line.slope * 1e6),
        gain_db: finite(amplitude_to_db(middle)),
        residual_db: residual.left_db(),
        residual_after_eq_db: residual.after_eq_db(),
        residual_after_dynamics_db: residual.after_dynamics_db(),
        verdict,
        bands: residual.bands(),
        strongest: residual.strongest(),
        stems: judge_twins(stems, judged),
        pairs: gram
            .pairs(PAIR_CORRELATION)
            .into_iter()
            .map(|(a, b, correlation)| StemPair { a: named(a), b: named(b), correlation })
            .collect(),
    }))
}

/// The stems and the mix, read side by side in several passes.
struct Sum<'a> {
    stems: &'a [&'a Stem],
    path: &'a Path,
    mix: &'a Analysis,
    progress: &'a dyn Progress,
}

impl Sum<'_> {
    fn open(&self) -> Result<LinedUp> {
        LinedUp::open(self.stems, Some(self.path), self.mix.source.sample_rate_hz)
    }

    /// First pass: how late every stem lies in the mix.
    fn delays(&self) -> Result<Vec<Alignment>> {
        let frames = self.mix.source.frames;
        let fft = StereoFft::new(frame_length(frames));
        let size = fft.size();
        let stretch = frames_of_a_stretch(frames);
        let mut lined_up = self.open()?;
        let Some((mix, readers)) = lined_up.readers().split_last_mut() else { return Ok(Vec::new()) };
        let mut delays: Vec<StemDelay> = self.stems.iter().map(|_| StemDelay::new(&fft)).collect();
        let mut power = MixPower::new(size);
        let (mut own, mut spectrum) = (fft, Spectrum::default());
        let count = frames.div_ceil(size as u64).max(1) as usize;
        let mut begun = 0;
        for index in 0..count {
            self.progress.update(self.path, "aligning", Some(index as f64 / count as f64));
            let from = (index * size) as i64;
            let [left, right] = mix.read(from, size)?;
            own.transform(&[], &left, &right, &mut spectrum);
            power.add(&spectrum);
            readers.par_iter_mut().zip(&mut delays).try_for_each(|(reader, delay)| {
                let [left, right] = reader.read(from, size)?;
                delay.add(&spectrum, &left, &right);
                Ok::<(), Error>(())
            })?;
            if (index + 1 - begun == stretch && count - index > stretch) || index + 1 == count {
                let weights = power.end_stretch();
                let middle = (begun + index + 1) as f64 / 2.0 * size as f64;
                delays.par_iter_mut().for_each(|delay| delay.end_stretch(&weights, middle));
                begun = index + 1;
            }
        }
        let weights = power.weights();
        delays.par_iter_mut().for_each(|delay| delay.finish(&weights));
        Ok(align(&delays))
    }

    /// Gains of all stems, and their places to the frame.
    fn fit(&self, alignments: &mut [Alignment]) -> Result<(Gram, Vec<Gain>)> {
        let mut gram = self.gram(alignments, None)?;
        let mut gains = gram.solve();
        for _ in 1..ROUNDS {
            let both = alignments.iter_mut().zip(&gains);
            if both.filter_map(|(one, gain)| one.refine(gain).then_some(())).count() == 0 {
                break;
            }
            gram = self.gram(alignments, None)?;
            gains = gram.solve();
        }
        Ok((gram, gains))
    }

    /// Looks for stems that the fit did not find where they were put; gives how many moved.
    fn search(&self, alignments: &mut [Alignment], gains: &[Gain], doubtful: &[usize]) -> Result<usize> {
        let frames = self.mix.source.frames;
        relocate(&mut self.open()?, frames, alignments, gains, doubtful, (self.path, self.progress))
    }

    /// Second pass: the normal equations; with gains of a first fit, places count by what that left unexplained, and a
    /// bus is taken out where there is one.
    fn gram(&self, alignments: &[Alignment], first_fit: Option<(&[Gain], bool)>) -> Result<Gram> {
        let layout = Layout::new();
        let window = hann(FRAME);
        let signals = self.stems.len() + 1;
        let mut rows: Vec<Row> = (0..signals).map(|index| Row::new(index, signals, &layout)).collect();
        let ffts = StereoFft::new(FRAME);
        self.each_stretch("fitting", alignments, |first, audio| {
            let mut spectra: Vec<Vec<Spectrum>> = audio
                .par_iter()
                .map_init(
                    || ffts.clone(),
                    |fft, channels| {
                        let mut spectrum = Spectrum::default();
                        let frames = channels[0].chunks(FRAME).zip(channels[1].chunks(FRAME));
                        frames
                            .map(|(left, right)| {
                                fft.transform(&window, left, right, &mut spectrum);
                                layout.sort(&spectrum)
                            })
                            .collect()
                    },
                )
                .collect();
            let readings: Vec<Reading> = first_fit.map_or_else(Vec::new, |(gains, bus)| {
                let read = |step| Reading::new(&layout, &at(&spectra, step), gains, bus);
                (0..FRAMES_AT_ONCE).into_par_iter().map(read).collect()
            });
            if let Some(mix) = spectra.last_mut() {
                mix.iter_mut().zip(&readings).for_each(|(mix, reading)| reading.undo_bus(mix));
            }
            rows.par_iter_mut().with_max_len(1).for_each(|row| {
                for step in 0..FRAMES_AT_ONCE {
                    row.add(&layout, &at(&spectra, step), first + step, readings.get(step));
                }
            });
        })?;
        Ok(Gram::new(&rows, &layout))
    }

    /// Last pass: the mix minus the fitted sum.
    fn residual(&self, alignments: &[Alignment], gains: &[Gain]) -> Result<Residual> {
        let mut residual = Residual::new(f64::from(self.mix.source.sample_rate_hz));
        self.each_stretch("subtracting", alignments, |first, audio| {
            let Some((mix, stems)) = audio.split_last() else { return };
            let sums: Vec<Vec<f64>> = (0..2usize)
                .into_par_iter()
                .map(|channel| {
                    let mut sum = vec![0f64; mix[channel].len()];
                    for (stem, gain) in stems.iter().zip(gains) {
                        sum.iter_mut()
                            .zip(&stem[channel])
                            .for_each(|(sum, x)| *sum += gain.amount * f64::from(*x));
                    }
                    sum
                })
                .collect();
            for step in 0..FRAMES_AT_ONCE {
                let place = step * FRAME..(step + 1) * FRAME;
                residual.add(
                    ((first + step) * FRAME) as u64,
                    [&mix[0][place.clone()], &mix[1][place.clone()]],
                    [&sums[0][place.clone()], &sums[1][place]],
                );
            }
        })?;
        Ok(residual)
    }

    fn each_stretch(
        &self,
        task: &'static str,
        alignments: &[Alignment],
        mut take: impl FnMut(usize, &[[Vec<f32>; 2]]),
    ) -> Result<()> {
        self.open()?.each_stretch(
            (self.path, task),
            alignments,
            self.mix.source.frames,
            self.progress,
            |first, audio| {
                take(first, audio);
                Ok(())
            },
        )
    }
}

/// One frame of all signals.
fn at(spectra: &[Vec<Spectrum>], step: usize) -> Vec<&Spectrum> {
    spectra.iter().map(|signal| &signal[step]).collect()
}
