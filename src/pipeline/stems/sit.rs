//! How the parts sit together: one pass over all stems side by side.

use super::lined_up::{FRAMES_AT_ONCE, LinedUp};
use crate::audio::Block;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::error::Result;
use crate::measure::{LoudnessMeter, PeakMeter, SpectralMeter};
use crate::model::{Balance, Masking, Stem, StemRole, Together};
use crate::pipeline::Progress;
use crate::stems::balance::{Measured, balance, group, lead, low_end, staging};
use crate::stems::conflicts::conflicts;
use crate::stems::fit::FRAME;
use crate::stems::hidden::Hidden;
use crate::stems::microphones::pairs;
use crate::stems::moment::{Listener, Moment};
use crate::stems::sitting::Sitting;
use crate::stems::{Alignment, majority_rate};
use rayon::prelude::*;
use std::path::Path;

/// Stems between which masking is measured; the cost grows with the square.
const MOST_STEMS: usize = 64;
/// Peak below which a stem has nothing to say.
const SILENT_DBFS: f64 = -60.0;
/// Groups with profiles.
const GROUPS: [&str; 4] = ["drums", "bass", "vocals", "other"];

/// What came out of it.
pub(super) struct Sat {
    pub(super) masking: Vec<Masking>,
    pub(super) balance: Vec<Balance>,
    pub(super) together: Together,
}

/// Measures how the stems sit together; `None` for fewer than two that sound.
pub(super) fn sit(stems: &[Stem], progress: &dyn Progress) -> Result<Option<Sat>> {
    let mut taking: Vec<&Stem> = stems
        .iter()
        .filter(|stem| stem.role != StemRole::Mix && stem.analysis.source.channels <= 2)
        .filter(|stem| stem.analysis.peaks.sample_dbfs.is_some_and(|level_dbfs| level_dbfs >= SILENT_DBFS))
        .collect();
    let mut left_out = Vec::new();
    if taking.len() > MOST_STEMS {
        let lufs = |stem: &Stem| stem.analysis.loudness.integrated_lufs.unwrap_or(f64::MIN);
        let mut by_loudness: Vec<f64> = taking.iter().map(|stem| lufs(stem)).collect();
        by_loudness.sort_by(|a, b| b.total_cmp(a));
        let least = by_loudness[MOST_STEMS - 1];
        let mut room = MOST_STEMS;
        taking.retain(|stem| {
            let stays = room > 0 && lufs(stem) >= least;
            room -= usize::from(stays);
            if !stays {
                left_out.push(stem.name.clone());
            }
            stays
        });
    }
    if taking.len() < 2 {
        return Ok(None);
    }
    let rate_hz = majority_rate(stems);
    let frames = taking.iter().map(|stem| frames_at(stem, rate_hz)).max().unwrap_or_default();
    let listener = Listener::new(f64::from(rate_hz));
    let thresholds: Vec<f64> = taking.iter().map(|stem| Listener::threshold(&stem.analysis)).collect();
    let singing = taking.iter().enumerate().filter(|(_, stem)| stem.role == StemRole::LeadVocal);
    let mut sitting = Sitting::new(
        listener.clone(),
        f64::from(rate_hz),
        taking.len(),
        singing.map(|(index, _)| index).collect(),
    );
    let bands = sitting.bands();
    let mut hidden: Vec<Hidden> =
        (0..taking.len()).map(|index| Hidden::new(index, taking.len(), bands)).collect();
    let mut pairs = pairs(&taking);
    let mut sums = Sums::new(&taking, rate_hz);
    let (window, fft) = (hann(FRAME), StereoFft::new(FRAME));
    let mut lined_up = LinedUp::open(&taking, None, rate_hz)?;
    let alignments = vec![Alignment::default(); taking.len()];
    let folder = Path::new(&taking[0].path).parent().unwrap_or(Path::new(""));
    lined_up.each_stretch((folder, "listening"), &alignments, frames, progress, |index, audio| {
        let heard: Vec<Vec<Moment>> = audio
            .par_iter()
            .zip(&thresholds)
            .map_init(
                || fft.clone(),
                |fft, (channels, threshold)| {
                    let frames = channels[0].chunks(FRAME).zip(channels[1].chunks(FRAME));
                    frames
                        .map(|(left, right)| {
                            let mut spectrum = Spectrum::default();
                            fft.transform(&window, left, right, &mut spectrum);
                            listener.hear(spectrum, *threshold)
                        })
                        .collect()
                },
            )
            .collect();
        // From one list per stem to one per frame; what lies behind the end of the song does not count.
        let counted = (frames as usize).div_ceil(FRAME).saturating_sub(index).min(FRAMES_AT_ONCE);
        let mut stems: Vec<_> = heard.into_iter().map(Vec::into_iter).collect();
        let moments: Vec<Vec<Moment>> =
            (0..counted).map(|_| stems.iter_mut().filter_map(Iterator::next).collect()).collect();
        let first = sitting.frames();
        let stretch = |step: usize| sitting.stretch_of(first + step as u64);
        let stretches: Vec<usize> = (0..FRAMES_AT_ONCE).map(stretch).collect();
        hidden.par_iter_mut().with_max_len(1).for_each(|row| {
            moments.iter().zip(&stretches).for_each(|(moments, stretch)| row.add(moments, *stretch));
        });
        pairs.par_iter_mut().for_each(|pair| moments.iter().for_each(|moments| pair.add(moments)));
        rayon::join(|| moments.iter().for_each(|moments| sitting.add(moments)), || sums.add(audio));
        Ok(())
    })?;
    let measured = sums.finish();
    let phase = pairs
        .par_iter()
        .map_init(|| fft.clone(), |fft, pair| pair.judge(fft, &taking, f64::from(rate_hz)))
        .filter_map(|pair| pair)
        .collect();
    Ok(Some(Sat {
        masking: conflicts(&taking, &hidden, &sitting),
        balance: balance(&taking, &sitting, &measured, &crate::profiles::profiles()),
        together: Together {
            left_out,
            lead: lead(&taking, &sitting),
            low_end: low_end(&taking, &sitting),
            phase,
            staging: staging(&measured),
        },
    }))
}

/// Length of a stem at another rate.
pub(super) fn frames_at(stem: &Stem, rate_hz: u32) -> u64 {
    let source = &stem.analysis.source;
    source.frames * u64::from(rate_hz) / u64::from(source.sample_rate_hz.max(1))
}

/// Meters on the sums of groups and of all.
struct Sums {
    rate_hz: u32,
    sums: Vec<GroupSum>,
}

struct GroupSum {
    name: &'static str,
    stems: Vec<usize>,
    loudness: LoudnessMeter,
    peaks: Option<PeakMeter>,
    tone: Option<SpectralMeter>,
}

impl Sums {
    fn new(stems: &[&Stem], rate_hz: u32) -> Sums {
        let places = |name: &'static str| -> Vec<usize> {
            let own = stems.iter().enumerate().filter(|(_, stem)| group(stem.role) == Some(name));
            own.map(|(index, _)| index).collect()
        };
        let mut groups: Vec<(&'static str, Vec<usize>)> =
            GROUPS.iter().map(|name| (*name, places(name))).filter(|(_, stems)| !stems.is_empty()).collect();
        groups.push(("sum", (0..stems.len()).collect()));
        let sums = groups
            .into_iter()
            .map(|(name, stems)| GroupSum {
                name,
                stems,
                loudness: LoudnessMeter::new(rate_hz, 2),
                peaks: (name == "sum").then(|| PeakMeter::new(rate_hz, 2)),
                tone: (name != "sum").then(|| SpectralMeter::new(rate_hz, 2)),
            })
            .collect();
        Sums { rate_hz, sums }
    }

    fn add(&mut self, audio: &[[Vec<f32>; 2]]) {
        let rate_hz = self.rate_hz;
        self.sums.par_iter_mut().with_max_len(1).for_each(|sum| {
            let channels = (0..2usize)
                .map(|channel| {
                    let mut added = vec![0f32; audio[0][channel].len()];
                    for stem in &sum.stems {
                        added.iter_mut().zip(&audio[*stem][channel]).for_each(|(sum, x)| *sum += x);
                    }
                    added
                })
                .collect();
            let block = Block::from_channels(channels, rate_hz);
            sum.loudness.push(&block);
            if let Some(peaks) = &mut sum.peaks {
                peaks.push(&block);
            }
            if let Some(tone) = &mut sum.tone {
                tone.push(&block);
            }
        });
    }

    fn finish(self) -> Vec<Measured> {
        self.sums
            .into_iter()
            .map(|sum| {
                let loudness = sum.loudness.finish();
                Measured {
                    name: sum.name,
                    stems: sum.stems,
                    integrated_lufs: loudness.integrated_lufs,
                    true_peak_dbtp: sum.peaks.and_then(|peaks| peaks.finish().true_peak_dbtp),
                    tone: sum.tone.map(|tone| tone.finish(&loudness).0),
                }
            })
            .collect()
    }
}
