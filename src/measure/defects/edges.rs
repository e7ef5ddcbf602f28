//! Whether a file starts or ends in the middle of a sound.
//!
//! Loud at the first sample is not enough: a song may start with a drum on its first sample. A cut sound is there at
//! once, at its full level, *and* goes on at that level; a drum rises, or falls off after its hit; a fade goes to
//! nothing. The end is judged the same way, backwards, but for one thing: a sound may begin with its loudest moment, and
//! does not end with it.
//!
//! A loop that ends at the bar line while its sounds run on is cut, and called so: played alone it ends in a click, and
//! only who made it knows that it is meant to be repeated. Notes that end at the bar line, fades and tails are not.

use crate::dsp::stats::percentile;

/// How much of both ends is looked at.
const LOOK_S: f64 = 0.3;
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
/// The edge has at least this share of the power of what follows: −6 dB. A sound that fades in has less.
const EDGE_SHARE: f32 = 0.25;
/// And at most this multiple of what the louder third of the following hundredths of a second has: 3 dB. A drum hit has more.
const DECAY_SHARE: f32 = 2.0;
const LOUDER_THIRD: f64 = 0.7;
/// Unless it is there from the first sample on, as what is struck or plucked seldom is: it rises for longer than this.
const FIRST_S: f64 = 0.000_1;
/// Least share of the power of the edge there.
const FIRST_SHARE: f32 = 0.25;
/// Then a start may be this much louder than what follows, 6 dB: a hit of noise that begins at its loudest falls further. What goes
/// before an end has only to sound: nothing ends by itself at its loudest.
const DECAY_AT_ONCE: (f32, f32) = (4.0, f32::INFINITY);

pub(super) struct Edges {
    look: usize,
    edge: usize,
    tip: usize,
    first: usize,
    /// Power of the first frames, mean of the channels.
    start: Vec<f32>,
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
            start: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>]) {
        let frames = chunk.first().map_or(0, Vec::len);
        let wanted = self.look.saturating_sub(self.start.len()).min(frames);
        if wanted > 0 {
            let channels: Vec<&[f32]> = chunk.iter().map(Vec::as_slice).collect();
            self.start.extend((0..wanted).map(|frame| power(&channels, frame)));
        }
    }

    /// Cut at the start, cut at the end, of a file of the given mean power. `newest` are the last frames of every channel:
    /// half a second, where there were as many.
    pub(super) fn cuts(&self, file_power: f64, newest: &[&[f32]]) -> (bool, bool) {
        let held = newest.first().map_or(0, |samples| samples.len());
        let backwards: Vec<f32> =
            (held.saturating_sub(self.look)..held).rev().map(|frame| power(newest, frame)).collect();
        let least = SILENT.max((FAINT_SHARE * file_power) as f32);
        (self.is_cut(&self.start, least, DECAY_AT_ONCE.0), self.is_cut(&backwards, least, DECAY_AT_ONCE.1))
    }

    /// Power of frames, from the edge inwards, the least power of an edge that counts, and how much louder than the inside one may be
    /// that is there at once.
    fn is_cut(&self, power: &[f32], least: f32, decay_at_once: f32) -> bool {
        if power.len() < self.look {
            return false;
        }
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (tip, edge) = (mean(&power[..self.tip]), mean(&power[..self.edge]));
        let inside = mean(&power[self.edge..]);
        // A hit at the edge is louder than what follows; in running sound some of that is as loud.
        let mut following: Vec<f64> =
            power[self.edge..].chunks(self.edge).map(|part| f64::from(mean(part))).collect();
        let louder = percentile(&mut following, LOUDER_THIRD).unwrap_or_default() as f32;
        let at_once = mean(&power[..self.first]) > FIRST_SHARE * edge;
        edge > least
            && tip > TIP_SHARE * edge
            && edge > EDGE_SHARE * inside
            && (edge < DECAY_SHARE * louder || at_once && louder > least && edge < decay_at_once * louder)
    }
}
