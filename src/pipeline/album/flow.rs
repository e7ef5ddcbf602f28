//! What sounds around a song that is a part of a stream, so that its joints stay joints behind processors and at another rate.

use super::song_file::rate_hz;
use super::{AlbumOutput, AlbumSong};
use crate::audio::Block;
use crate::decode::Decoder;
use crate::error::Result;
use crate::model::Album;
use crate::pipeline::{Cut, Surroundings};
use std::ops::Range;
use std::path::Path;

/// Enough for every processor to forget how it began.
const LEAD_S: f64 = 10.0;

/// The surroundings of a song; `None` where no joint of it is gapless.
pub(super) fn around(
    album: &Album,
    songs: &[AlbumSong],
    output: &AlbumOutput,
    song: usize,
) -> Result<Option<Surroundings>> {
    let before = std::iter::successors(Some(song), |after| {
        let joint = album.joints.iter().find(|joint| joint.gapless && joint.to == *after);
        joint.map(|joint| joint.from)
    });
    let before: Vec<usize> = before.skip(1).collect();
    let after = album.joints.iter().find(|joint| joint.gapless && joint.from == song).map(|joint| joint.to);
    if before.is_empty() && after.is_none() {
        return Ok(None);
    }
    let frames = |song: usize| songs[song].analysis.source.frames;
    let track = &album.tracks[song];
    let rates = Rates { from_hz: track.sample_rate_hz, to_hz: rate_hz(album, output, track) };
    let lead = (LEAD_S * f64::from(rates.from_hz)) as u64;
    // Frames of the stream: where the song starts and ends, and from where on the one before it is heard.
    let start: u64 = before.iter().map(|song| frames(*song)).sum();
    let end = start + frames(song);
    let own = before.first().map_or(0, |last| frames(*last));
    let heard = rates.on_both_grids(start.saturating_sub(lead).max(start - own)).min(start);
    let lead_in = match before.first() {
        Some(last) => part(&album.tracks[*last].path, own - (start - heard)..own)?,
        None => Block::empty(usize::from(track.channels), rates.from_hz),
    };
    let lead_out = match after {
        Some(next) => part(&album.tracks[next].path, 0..lead.min(frames(next)))?,
        None => Block::empty(usize::from(track.channels), rates.from_hz),
    };
    Ok(Some(Surroundings {
        lead_in,
        lead_out,
        skip_frames: rates.convert(start) - rates.convert(heard),
        keep_frames: rates.convert(end) - rates.convert(start),
    }))
}

struct Rates {
    from_hz: u32,
    to_hz: u32,
}

impl Rates {
    /// The same moment at the other rate, to the nearest frame.
    fn convert(&self, frame: u64) -> u64 {
        let [from, to] = [self.from_hz, self.to_hz].map(u128::from);
        ((u128::from(frame) * to + from / 2) / from) as u64
    }

    /// The next frame that is one at both rates.
    fn on_both_grids(&self, frame: u64) -> u64 {
        let (mut period, mut rest) = (self.from_hz, self.to_hz);
        while rest > 0 {
            (period, rest) = (rest, period % rest);
        }
        frame.next_multiple_of(u64::from(self.from_hz / period))
    }
}

/// These frames of a file.
fn part(path: &str, frames: Range<u64>) -> Result<Block> {
    let cut = Cut { start: frames.start, end: frames.end, fade_in: 0, fade_out: 0 };
    let mut decoder = Decoder::open(Path::new(path))?;
    let mut block = Block::empty(decoder.channel_count(), decoder.sample_rate_hz());
    let mut part = block.clone();
    while decoder.read(&mut block)? && block.start_frame < frames.end {
        cut.apply(&mut block);
        part.append(&block);
    }
    Ok(part)
}
