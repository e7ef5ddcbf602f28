//! Whether a file starts or ends in the middle of a sound.
//!
//! Loud at the first sample is not enough: a song may start with a drum on its first sample. A sound that was cut is there at
//! once, at its full level, *and* goes on at that level; a drum rises, or falls off after its hit; a fade goes to
//! nothing. Most cuts also break a wave off: going back in time, linear prediction does not expect the silence before the file.
//! A sound that begins by itself begins at zero, and it does.
//!
//! The end is judged backwards, and more simply: a sound may begin with its loudest moment, and does not end with it.
//!
//! A loop that ends at the bar line while its sounds run on is cut, and called so: played alone it ends in a click, and
//! only who made it knows that it is meant to be repeated. Notes that end at the bar line, fades and tails are not.

use crate::dsp::level::wide_peak_and_energy;
use crate::dsp::prediction::predictor;
use crate::dsp::stats::percentile;

/// How much of both ends is looked at.
pub(super) const LOOK_S: f64 = 0.3;
/// The edge proper (`standards` §6, cut start/stop).
const EDGE_S: f64 = 0.010;
/// The very edge: a sound that was running is there within a millisecond, wherever its wave was cut; one that begins rises
/// for longer.
const TIP_S: f64 = 0.001;
/// Power of −60 dBFS: below, an edge is as good as silent (`standards` §6).
const SILENT: f32 = 1e-6;
/// And so is an edge 30 dB below the mean of the file: the rest of a fade or of a reverb, ended where nobody listens any more.
const FAINT_SHARE: f64 = 1e-3;
/// The very edge has at least this share of the power of the edge: −13 dB, as a wave of 60 Hz has that was cut at its zero. A linear
/// fade of 3 ms has less.
const TIP_SHARE: f32 = 0.05;
/// The edge of a start has at least this share of the power of what is inside: −6 dB. A sound that fades in has less.
const START_SHARE: f32 = 0.25;
/// An end has this share of it: −12 dB, as the tail of a room of one second has that was chopped off.
const TAIL_SHARE: f32 = 0.06;
/// What a hit at a start is compared with: the level that the louder third of the following hundredths of a second reaches.
const LOUDER_THIRD: f64 = 0.7;
/// Sound that runs on is at most this multiple of it at its start: 3 dB. It was cut if it is there at once, or breaks a wave off.
const DECAY_SHARE: f32 = 2.0;
/// A hit has more, up to 16 dB. It was cut if it is there at once *and* breaks a wave off.
const HIT_SHARE: f32 = 40.0;
/// What is struck or plucked is seldom there at once: it rises for longer than this…
const FIRST_S: f64 = 0.000_1;
/// … to this share of the power of the edge, −13 dB.
const FIRST_SHARE: f32 = 0.05;
/// How much of the sound its prediction is made from, and how far that looks.
const WAVE_S: f64 = 0.025;
const ORDER: usize = 24;
/// A wave breaks off where the silence outside surprises by 15 dB more than the sound itself does, and by half of its greatest
/// surprise within the edge.
const BREAK: f64 = 5.6;
const BREAK_OF_GREATEST: f64 = 0.5;
/// Samples of silence in which that shows.
const BREAK_SAMPLES: usize = 4;

pub(super) struct Edges {
    look: usize,
    edge: usize,
    tip: usize,
    first: usize,
    wave: usize,
    /// Power of the first frames, mean of the channels.
    start: Vec<f32>,
    /// The first samples of each channel.
    waves: Vec<Vec<f32>>,
}

/// Power of one frame, mean of the channels.
fn power(channels: &[&[f32]], frame: usize) -> f32 {
    channels.iter().map(|samples| samples[frame] * samples[frame]).sum::<f32>() / channels.len() as f32
}

impl Edges {
    pub(super) fn new(sample_rate_hz: u32) -> Edges {
        let frames = |s: f64| ((s * f64::from(sample_rate_hz)) as usize).max(2);
        Edges {
            look: frames(LOOK_S),
            edge: frames(EDGE_S),
            tip: frames(TIP_S),
            first: frames(FIRST_S),
            wave: frames(WAVE_S),
            start: Vec::new(),
            waves: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>]) {
        let frames = chunk.first().map_or(0, Vec::len);
        let wanted = self.look.saturating_sub(self.start.len()).min(frames);
        if wanted > 0 {
            let channels: Vec<&[f32]> = chunk.iter().map(Vec::as_slice).collect();
            self.start.extend((0..wanted).map(|frame| power(&channels, frame)));
            self.waves.resize(channels.len(), Vec::new());
            for (wave, samples) in self.waves.iter_mut().zip(channels) {
                wave.extend(samples.iter().take(self.wave - wave.len()));
            }
        }
    }

    /// Cut at the start, cut at the end, of a file of the given mean power. `newest` are the last frames of every channel:
    /// [`LOOK_S`] or more, where there were as many.
    pub(super) fn cuts(&self, file_power: f64, newest: &[&[f32]]) -> (bool, bool) {
        let held = newest.first().map_or(0, |samples| samples.len());
        let backwards: Vec<f32> =
            (held.saturating_sub(self.look)..held).rev().map(|frame| power(newest, frame)).collect();
        let least = SILENT.max((FAINT_SHARE * file_power) as f32);
        (self.is_cut_start(least), self.is_cut_end(&backwards, least))
    }

    fn is_cut_start(&self, least: f32) -> bool {
        let Some(Levels { tip, edge, inside }) = self.levels(&self.start) else { return false };
        if edge < least || edge < START_SHARE * inside || tip < TIP_SHARE * edge {
            return false;
        }
        // A hit is louder than what follows; in running sound some of that is as loud.
        let mut following: Vec<f64> =
            self.start[self.edge..].chunks(self.edge).map(|part| f64::from(mean(part))).collect();
        let louder = percentile(&mut following, LOUDER_THIRD).unwrap_or_default() as f32;
        let is_at_once = mean(&self.start[..self.first]) > FIRST_SHARE * edge;
        let breaks_off = || self.waves.iter().any(|wave| self.breaks_off(wave));
        if edge < DECAY_SHARE * louder {
            is_at_once || breaks_off()
        } else {
            is_at_once && edge < HIT_SHARE * louder && breaks_off()
        }
    }

    /// Whether the start of a wave is no start.
    fn breaks_off(&self, wave: &[f32]) -> bool {
        let mut backwards: Vec<f32> = wave.iter().rev().copied().collect();
        let Some(predictor) = predictor(&backwards, &[], ORDER) else { return false };
        let sound = backwards.len();
        backwards.resize(sound + BREAK_SAMPLES, 0.0);
        let residual = predictor.residual(&backwards);
        let (within, outside) = residual.split_at(sound);
        let usual = (wide_peak_and_energy(within).1 / sound as f64).sqrt();
        let greatest = wide_peak_and_energy(&within[sound.saturating_sub(self.edge)..]).0;
        let surprise = wide_peak_and_energy(outside).0;
        surprise > BREAK * usual && surprise > BREAK_OF_GREATEST * greatest
    }

    fn is_cut_end(&self, backwards: &[f32], least: f32) -> bool {
        let Some(Levels { tip, edge, inside }) = self.levels(backwards) else { return false };
        edge > least && tip > TIP_SHARE * edge && edge > TAIL_SHARE * inside
    }

    /// Of power from the edge inwards; `None` for less than is looked at.
    fn levels(&self, power: &[f32]) -> Option<Levels> {
        (power.len() >= self.look).then(|| Levels {
            tip: mean(&power[..self.tip]),
            edge: mean(&power[..self.edge]),
            inside: mean(&power[self.edge..]),
        })
    }
}

/// Mean power of the very edge, of the edge, and of what lies inside.
struct Levels {
    tip: f32,
    edge: f32,
    inside: f32,
}

fn mean(part: &[f32]) -> f32 {
    part.iter().sum::<f32>() / part.len() as f32
}
