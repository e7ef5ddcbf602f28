//! What kind of file a song of a record becomes: depth, rate, tags.

use super::{AlbumOutput, AlbumSong};
use crate::encode::FileKind;
use crate::model::{Album, AlbumTrack, DISC_RATE_HZ};
use crate::pipeline::{FileOptions, OutputDepth};

/// Bits that need dither, and those of a disc.
pub(super) const DITHERED_BITS: u16 = 16;

/// Bit depth of a written song: that of a disc, as asked for, or the source's own where the file holds it.
pub(super) fn depth(album: &Album, output: &AlbumOutput, song: &AlbumSong) -> OutputDepth {
    if album.disc {
        return OutputDepth { bits: DITHERED_BITS, float: false };
    }
    let own = || {
        let own = OutputDepth::of_source(&song.analysis.source);
        let held = !own.float || output.file.kind.holds_float();
        if held { own } else { OutputDepth { bits: 24, float: false } }
    };
    match output.file.kind {
        // A lossy file has no grid.
        FileKind::Lossy(_) => OutputDepth { bits: 24, float: false },
        _ => output.depth.unwrap_or_else(own),
    }
}

/// Sample rate of a written song: that of a disc, as asked for, or its own.
pub(super) fn rate_hz(album: &Album, output: &AlbumOutput, track: &AlbumTrack) -> u32 {
    if album.disc { DISC_RATE_HZ } else { output.file.sample_rate_hz.unwrap_or(track.sample_rate_hz) }
}

/// What two songs need to have in common to lie in one file.
pub(super) fn format(album: &Album, output: &AlbumOutput, track: &AlbumTrack) -> (u32, u16) {
    (rate_hz(album, output, track), track.channels)
}

/// The file of a song. Its tags are those of the source, but for what the record says: names, number, codes. A song on its
/// own has no place in a record and no code of one.
pub(super) fn file_options(album: &Album, output: &AlbumOutput, song: usize, alone: bool) -> FileOptions {
    let track = &album.tracks[song];
    let place = album.order.iter().position(|other| *other == song).unwrap_or(0);
    // Without a valid one, none.
    let mut set_tags = vec![("title", track.title.clone()), ("isrc", track.isrc.clone().unwrap_or_default())];
    set_tags.extend(track.performer.clone().map(|performer| ("artist", performer)));
    let of_record = [
        ("album", album.title.clone()),
        ("track", (place + 1).to_string()),
        ("track_total", album.order.len().to_string()),
        ("barcode", album.upc.clone().unwrap_or_default()),
    ];
    set_tags.extend(of_record.map(|(name, value)| (name, if alone { String::new() } else { value })));
    FileOptions { sample_rate_hz: Some(rate_hz(album, output, track)), set_tags, ..output.file.clone() }
}
