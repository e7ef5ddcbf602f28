//! Many files read side by side, each where it lies, at one rate, a stretch at a time.

use crate::error::Result;
use crate::model::Stem;
use crate::pipeline::Progress;
use crate::pipeline::aligned::Aligned;
use crate::stems::Alignment;
use crate::stems::fit::FRAME;
use rayon::prelude::*;
use std::f64::consts::PI;
use std::path::Path;

/// Frames of [`FRAME`] that are read at a time.
pub(super) const FRAMES_AT_ONCE: usize = 16;

/// Stems, and the mix behind them where there is one.
pub(super) struct LinedUp {
    readers: Vec<Aligned>,
}

impl LinedUp {
    /// Opens all; files of another rate than `rate_hz` are resampled on the way.
    pub(super) fn open(stems: &[&Stem], mix: Option<&Path>, rate_hz: u32) -> Result<LinedUp> {
        let paths = stems.iter().map(|stem| Path::new(&stem.path)).chain(mix);
        Ok(LinedUp { readers: paths.map(|path| Aligned::open(path, rate_hz)).collect::<Result<_>>()? })
    }

    /// The readers themselves.
    pub(super) fn readers(&mut self) -> &mut [Aligned] {
        &mut self.readers
    }

    /// Reads all stems where they lie, and the mix last where there is one, up to a number of frames; `take` gets the
    /// index of the first frame of [`FRAME`] and the audio.
    pub(super) fn each_stretch(
        &mut self,
        (label, task): (&Path, &'static str),
        alignments: &[Alignment],
        frames: u64,
        progress: &dyn Progress,
        mut take: impl FnMut(usize, &[[Vec<f32>; 2]]) -> Result<()>,
    ) -> Result<()> {
        let at_home = Alignment { found: true, ..Alignment::default() };
        let alignments: Vec<Alignment> = alignments.iter().copied().chain([at_home]).collect();
        let count = (frames as usize).div_ceil(FRAME * FRAMES_AT_ONCE);
        for index in 0..count {
            progress.update(label, task, Some(index as f64 / count as f64));
            let first = index * FRAMES_AT_ONCE;
            let mut audio: Vec<[Vec<f32>; 2]> = self
                .readers
                .par_iter_mut()
                .zip(&alignments)
                .map(|(reader, alignment)| read_stretch(reader, *alignment, first))
                .collect::<Result<_>>()?;
            // Behind the end of what is asked for, nothing plays: stems may be longer than their mix.
            let rest = (frames as usize).saturating_sub(first * FRAME).min(FRAMES_AT_ONCE * FRAME);
            audio.iter_mut().flatten().for_each(|channel| channel[rest..].fill(0.0));
            take(first, &audio)?;
        }
        Ok(())
    }
}

/// The frames of one stretch, each from where the offset puts it.
fn read_stretch(reader: &mut Aligned, alignment: Alignment, first: usize) -> Result<[Vec<f32>; 2]> {
    let mut channels: [Vec<f32>; 2] = Default::default();
    for step in 0..FRAMES_AT_ONCE {
        let at = ((first + step) * FRAME) as u64;
        let frame = if alignment.slope == 0.0 {
            reader.read(at as i64 - alignment.at(at), FRAME)?
        } else {
            read_between(reader, alignment, at)?
        };
        channels.iter_mut().zip(frame).for_each(|(whole, frame)| whole.extend(frame));
    }
    Ok(channels)
}

/// A frame of a stem that drifts, read between its samples.
fn read_between(reader: &mut Aligned, alignment: Alignment, at: u64) -> Result<[Vec<f32>; 2]> {
    let place = |frame: usize| alignment.place(at + frame as u64);
    let first = place(0).floor() as i64 - HALF;
    let last = place(FRAME).ceil() as i64 + HALF;
    let audio = reader.read(first, (last - first + 1) as usize)?;
    let mut out = [Vec::with_capacity(FRAME), Vec::with_capacity(FRAME)];
    for from in (0..FRAME).step_by(SHARED) {
        // Within a few frames, even a great drift moves by a hundredth of one.
        let middle = place(from + SHARED / 2);
        let weights = sinc_weights(middle - middle.floor());
        let start = (middle.floor() as i64 - first) as usize + 1 - HALF as usize - SHARED / 2;
        for (out, audio) in out.iter_mut().zip(&audio) {
            out.extend((start..start + SHARED).map(|start| {
                let taps = &audio[start..start + weights.len()];
                taps.iter().zip(&weights).map(|(x, w)| f64::from(*x) * w).sum::<f64>() as f32
            }));
        }
    }
    Ok(out)
}

/// Half the taps of a sinc under a Hann window.
const HALF: i64 = 24;
/// Frames that share the taps.
const SHARED: usize = 16;

/// Weights of the frames round a place that lies `share` of a frame behind one.
fn sinc_weights(share: f64) -> Vec<f64> {
    (1 - HALF..=HALF)
        .map(|tap| {
            let x = share - tap as f64;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) };
            sinc * (0.5 + 0.5 * (PI * x / HALF as f64).cos())
        })
        .collect()
}
