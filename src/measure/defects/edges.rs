//! Whether a file starts or ends in the middle of a sound.
//!
//! Loud at the first sample is not enough: a song may start with a drum on its first sample. A cut sound is there at
//! once, at its full level, *and* goes on at that level; a drum rises, or falls off after its hit; a fade goes to
//! nothing. The end is judged the same way, backwards.

use std::collections::VecDeque;

/// How much of both ends is looked at.
const LOOK_S: f64 = 0.3;
/// The edge proper (`standards` §6, cut start/stop).
const EDGE_S: f64 = 0.010;
/// The very edge: a sound that was running is there from the first samples; one that begins rises from zero.
const TIP_S: f64 = 0.00007;
/// Power of −60 dBFS: below, an edge is as good as silent (`standards` §6).
const SILENT: f32 = 1e-6;
/// The very edge has at least this share of the power of the edge: −14 dB.
const TIP_SHARE: f32 = 0.04;
/// The edge has at least this share of the power of what follows: −6 dB. A sound that fades in has less.
const EDGE_SHARE: f32 = 0.25;
/// And at most this multiple: 3 dB. A drum hit has more.
const DECAY_SHARE: f32 = 2.0;

pub(super) struct Edges {
    look: usize,
    edge: usize,
    tip: usize,
    /// Power of the first frames, all channels.
    start: Vec<f32>,
    end: VecDeque<f32>,
}

impl Edges {
    pub(super) fn new(sample_rate_hz: u32) -> Edges {
        let frames = |s: f64| ((s * f64::from(sample_rate_hz)) as usize).max(2);
        Edges {
            look: frames(LOOK_S),
            edge: frames(EDGE_S),
            tip: frames(TIP_S),
            start: Vec::new(),
            end: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>]) {
        let frames = chunk.first().map_or(0, Vec::len);
        let power = |frame: usize| {
            chunk.iter().map(|samples| samples[frame] * samples[frame]).sum::<f32>() / chunk.len() as f32
        };
        let wanted = self.look.saturating_sub(self.start.len()).min(frames);
        self.start.extend((0..wanted).map(power));
        self.end.extend((frames.saturating_sub(self.look)..frames).map(power));
        let surplus = self.end.len().saturating_sub(self.look);
        self.end.drain(..surplus);
    }

    /// Cut at the start, cut at the end.
    pub(super) fn cuts(&self) -> (bool, bool) {
        let backwards: Vec<f32> = self.end.iter().rev().copied().collect();
        (self.is_cut(&self.start), self.is_cut(&backwards))
    }

    /// Power of frames, from the edge inwards.
    fn is_cut(&self, power: &[f32]) -> bool {
        if power.len() < self.look {
            return false;
        }
        let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
        let (tip, edge) = (mean(&power[..self.tip]), mean(&power[..self.edge]));
        let inside = mean(&power[self.edge..]);
        // A hit anywhere near the edge is louder than the rest of what follows.
        let near = power[..5 * self.edge].chunks(self.edge).map(mean).fold(0.0, f32::max);
        let far = mean(&power[power.len() / 2..]);
        edge > SILENT && tip > TIP_SHARE * edge && edge > EDGE_SHARE * inside && near < DECAY_SHARE * far
    }
}
