//! Written songs joined: the continuous file, the sides, the transition reel.

use super::image::Joiner;
use super::song_file::{depth, format, rate_hz};
use super::{AlbumFiles, AlbumOutput, AlbumSong};
use crate::encode::{Format, Writer};
use crate::error::Result;
use crate::model::{Album, Transition};
use crate::pipeline::OutputDepth;
use std::ops::Range;
use std::path::Path;

/// Seconds of either song in the transition reel.
const REEL_S: f64 = 8.0;

/// A record whose songs are written.
pub(super) struct Joined<'a> {
    pub(super) album: &'a Album,
    pub(super) songs: &'a [AlbumSong],
    pub(super) files: &'a AlbumFiles,
    /// Length of every written song, in the order of the record.
    pub(super) frames: &'a [u64],
    pub(super) output: &'a AlbumOutput<'a>,
}

impl Joined<'_> {
    /// The songs at these places as one file, with their gaps and crossfades.
    pub(super) fn stretch(&self, path: &Path, places: Range<usize>) -> Result<()> {
        let mut joiner = self.joiner(path, places.start)?;
        for place in places {
            let track = &self.album.tracks[self.album.order[place]];
            let part = 0..self.frames[place];
            joiner.append(&self.files.songs[place], part, track.gap_after_s, track.crossfade_s)?;
        }
        joiner.finish()
    }

    /// A file per side.
    pub(super) fn sides(&self) -> Result<()> {
        let mut at = 0;
        let sides = self.album.sides.iter().flat_map(|sides| &sides.sides);
        for (side, path) in sides.zip(&self.files.sides) {
            self.stretch(path, at..at + side.songs)?;
            at += side.songs;
        }
        Ok(())
    }

    /// The last and the first seconds around every joint, with its gap or crossfade.
    pub(super) fn reel(&self) -> Result<Vec<Transition>> {
        let reel = self.files.reel.iter().map(|(place, path)| self.transition(*place, path));
        reel.collect()
    }

    fn transition(&self, place: usize, path: &Path) -> Result<Transition> {
        let joint = &self.album.joints[place];
        let track = &self.album.tracks[joint.from];
        let rate_hz = f64::from(rate_hz(self.album, self.output, track));
        let length = ((REEL_S + track.crossfade_s) * rate_hz).round() as u64;
        let ending = self.frames[place].saturating_sub(length)..self.frames[place];
        let starting = 0..self.frames[place + 1].min(length);
        let end_s = (ending.end - ending.start) as f64 / rate_hz;
        let mut joiner = self.joiner(path, place)?;
        joiner.append(&self.files.songs[place], ending, track.gap_after_s, track.crossfade_s)?;
        joiner.append(&self.files.songs[place + 1], starting, 0.0, 0.0)?;
        joiner.finish()?;
        Ok(Transition {
            from: joint.from,
            to: joint.to,
            path: path.display().to_string(),
            end_s,
            start_s: end_s + track.gap_after_s - track.crossfade_s,
        })
    }

    /// A file in the format of the song at a place, in the greatest depth of all songs.
    fn joiner(&self, path: &Path, place: usize) -> Result<Joiner> {
        let depths = self.songs.iter().map(|song| depth(self.album, self.output, song));
        let depth = depths.max_by_key(|depth| depth.bits).unwrap_or(OutputDepth { bits: 24, float: false });
        let track = &self.album.tracks[self.album.order[place]];
        let (sample_rate_hz, channels) = format(self.album, self.output, track);
        let format = Format { sample_rate_hz, channels, bits: depth.bits, float: depth.float };
        let writer = Writer::create(path, format, self.output.force)?;
        Ok(Joiner::new(writer, usize::from(channels), sample_rate_hz))
    }
}
