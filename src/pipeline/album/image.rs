//! One continuous file from the written songs: gaps of silence, equal-power crossfades, gapless joints as they are.

use crate::audio::Block;
use crate::decode::Decoder;
use crate::encode::Writer;
use crate::error::Result;
use crate::pipeline::Cut;
use std::f64::consts::FRAC_PI_2;
use std::ops::Range;
use std::path::Path;

/// Puts songs one behind the other.
pub(super) struct Joiner {
    writer: Writer,
    rate_hz: f64,
    /// What the song before has left for the crossfade; empty without one.
    outgoing: Block,
}

impl Joiner {
    pub(super) fn new(writer: Writer, channels: usize, sample_rate_hz: u32) -> Joiner {
        let outgoing = Block::empty(channels, sample_rate_hz);
        Joiner { writer, rate_hz: f64::from(sample_rate_hz), outgoing }
    }

    /// Appends the frames `part` of a song, then `gap_s` of silence; its last `crossfade_s` wait for the next song.
    pub(super) fn append(
        &mut self,
        path: &Path,
        part: Range<u64>,
        gap_s: f64,
        crossfade_s: f64,
    ) -> Result<()> {
        let cut = Cut { start: part.start, end: part.end, fade_in: 0, fade_out: 0 };
        let frames = |s: f64| (s * self.rate_hz).round() as usize;
        let (gap, crossfade) = (frames(gap_s), frames(crossfade_s));
        let mut decoder = Decoder::open(path)?;
        let mut block = self.outgoing.clone();
        block.clear();
        // Frames that are not written yet: the fade-in while it is incomplete, then what may be the fade-out.
        let mut held = block.clone();
        let fade = self.outgoing.frames();
        let mut faded = fade == 0;
        while decoder.read(&mut block)? {
            if block.start_frame >= part.end {
                break;
            }
            cut.apply(&mut block);
            held.append(&block);
            if !faded && held.frames() >= fade {
                equal_power(&self.outgoing, &mut held);
                faded = true;
            }
            if faded && held.frames() > crossfade {
                let ready = held.frames() - crossfade;
                self.writer.write(&held.slice(0, ready))?;
                held.drop_front(ready);
            }
        }
        if !faded {
            // The song is shorter than the fade: the rest of the one before fades into silence.
            held.resize(fade);
            equal_power(&self.outgoing, &mut held);
        }
        self.outgoing.clear();
        if crossfade > 0 {
            self.outgoing = held;
            return Ok(());
        }
        self.writer.write(&held)?;
        let silence = Block::silent(held.channel_count(), gap, held.sample_rate_hz());
        self.writer.write(&silence)
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.writer.write(&self.outgoing)?;
        self.writer.finish()
    }
}

/// Mixes the end of a song into the start of the next: cosine down, sine up, so that the power of songs that have
/// nothing in common stays the same.
fn equal_power(outgoing: &Block, incoming: &mut Block) {
    let frames = outgoing.frames();
    for (channel, samples) in incoming.channels_mut().iter_mut().enumerate() {
        for (index, (new, old)) in samples.iter_mut().zip(outgoing.channel(channel)).enumerate() {
            let angle = FRAC_PI_2 * (index as f64 + 0.5) / frames as f64;
            *new = (f64::from(*old) * angle.cos() + f64::from(*new) * angle.sin()) as f32;
        }
    }
}
