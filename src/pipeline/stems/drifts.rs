//! Stems that the fit did not find where it looked: the rest of the mix is searched for them, moment by moment.

use super::lined_up::LinedUp;
use crate::dsp::stereo_fft::{Spectrum, StereoFft};
use crate::dsp::window::hann;
use crate::error::Result;
use crate::pipeline::Progress;
use crate::stems::Alignment;
use crate::stems::drift::{Track, moment_length};
use crate::stems::fit::Gain;
use rayon::prelude::*;
use std::path::Path;

/// Looks for the doubtful stems in what the fit left of the mix, and puts them where they are found; gives how many
/// moved. The mix is the last file of the line.
pub(super) fn relocate(
    lined_up: &mut LinedUp,
    frames: u64,
    alignments: &mut [Alignment],
    gains: &[Gain],
    doubtful: &[usize],
    (label, progress): (&Path, &dyn Progress),
) -> Result<usize> {
    let size = moment_length(frames);
    let fft = StereoFft::new(size);
    // Without a window, the edges of the moments are the same in both, and answer to each other at once.
    let window = hann(size);
    let mut tracks: Vec<(usize, Track)> = doubtful.iter().map(|stem| (*stem, Track::new(&fft))).collect();
    let at_home = Alignment { found: true, ..Alignment::default() };
    let count = frames.div_ceil(size as u64).max(1);
    for index in 0..count {
        progress.update(label, "following", Some(index as f64 / count as f64));
        let from = index * size as u64;
        let middle = from + size as u64 / 2;
        let mut spectra: Vec<Spectrum> = lined_up
            .readers()
            .par_iter_mut()
            .zip(alignments.par_iter().chain(rayon::iter::once(&at_home)))
            .map_init(
                || fft.clone(),
                |fft, (reader, alignment)| {
                    let [left, right] = reader.read(from as i64 - alignment.at(middle), size)?;
                    let mut spectrum = Spectrum::default();
                    fft.transform(&window, &left, &right, &mut spectrum);
                    Ok(spectrum)
                },
            )
            .collect::<Result<_>>()?;
        let Some(mut left) = spectra.pop() else { break };
        for (stem, gain) in spectra.iter().zip(gains) {
            let amount = gain.amount as f32;
            left.re.iter_mut().zip(&stem.re).for_each(|(left, x)| *left -= amount * x);
            left.im.iter_mut().zip(&stem.im).for_each(|(left, x)| *left -= amount * x);
        }
        tracks.par_iter_mut().for_each(|(stem, track)| {
            let late = alignments[*stem].at(middle);
            track.add(&spectra[*stem], &left, gains[*stem].amount, middle as f64, late);
        });
    }
    Ok(tracks.iter().filter(|(stem, track)| track.correct(&mut alignments[*stem])).count())
}
