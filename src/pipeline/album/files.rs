//! What the files of a written record are called.

use super::song_file::format;
use super::{AlbumOutput, ddp};
use crate::album::{file_name, written_name};
use crate::error::{Error, Result};
use crate::model::Album;
use std::path::PathBuf;

/// The files of a written record.
pub struct AlbumFiles {
    /// The songs, in their order.
    pub songs: Vec<PathBuf>,
    /// The CUE sheet.
    pub cue: PathBuf,
    /// The plan, with what was measured.
    pub document: PathBuf,
    /// The report.
    pub report: PathBuf,
    /// MD5 of everything that sounds.
    pub checksums: PathBuf,
    /// One continuous file, where one is written.
    pub image: Option<PathBuf>,
    /// Its PQ sheet.
    pub pq: Option<PathBuf>,
    /// A file per side.
    pub sides: Vec<PathBuf>,
    /// A DDP file set, where one is written: its folder and files.
    pub ddp: Option<(PathBuf, Vec<PathBuf>)>,
    /// The songs on their own, where they are written: index into `tracks`, and the file.
    pub singles: Vec<(usize, PathBuf)>,
    /// A file per joint: its place in the order, and the file.
    pub reel: Vec<(usize, PathBuf)>,
}

impl AlbumFiles {
    /// Names for a record in a folder.
    ///
    /// # Errors
    /// [`Error::Usage`] where two songs would have one name.
    pub fn new(album: &Album, output: &AlbumOutput) -> Result<AlbumFiles> {
        let folder = output.folder;
        let title = file_name(&album.title);
        let names: Vec<String> = (0..album.order.len()).map(|place| written_name(album, place)).collect();
        for (place, name) in names.iter().enumerate() {
            if names[..place].iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
                return Err(Error::usage(format!(
                    "names \"{}\": two songs would be called \"{name}\"; put {{number}} into it",
                    album.names
                )));
            }
        }
        // A crossfade exists only where the songs are one file, and a disc is one programme.
        let image = output.image
            || output.ddp
            || album.disc
            || album.tracks.iter().any(|track| track.crossfade_s > 0.0);
        let sides = album.sides.iter().flat_map(|sides| &sides.sides);
        let joins = |place: &usize| !ends_a_side(album, *place) && one_format(album, output, *place);
        let ddp = folder.join("DDP");
        let joints = (0..album.joints.len()).filter(|_| output.reel).filter(joins);
        let ending = output.file.kind.ending();
        Ok(AlbumFiles {
            songs: names.iter().map(|name| folder.join(format!("{name}.{ending}"))).collect(),
            cue: folder.join(format!("{title}.cue")),
            document: folder.join("album.json"),
            report: folder.join("album.html"),
            checksums: folder.join("checksums.md5"),
            image: image.then(|| folder.join(format!("{title}.wav"))),
            pq: image.then(|| folder.join(format!("{title}.pq.txt"))),
            sides: sides.map(|side| folder.join(format!("{title} - side {}.wav", side.name))).collect(),
            ddp: output.ddp.then(|| (ddp.clone(), ddp::files(album, &ddp))),
            singles: album
                .order
                .iter()
                .zip(&names)
                .filter(|(song, _)| output.singles && album.tracks[**song].single.is_some())
                .map(|(song, name)| (*song, folder.join("singles").join(format!("{name}.{ending}"))))
                .collect(),
            reel: joints.map(|place| (place, folder.join("transitions").join(transition(place)))).collect(),
        })
    }

    /// Everything that sounds.
    pub fn audio(&self) -> Vec<&PathBuf> {
        let others = self.singles.iter().chain(&self.reel).map(|(_, path)| path);
        self.songs.iter().chain(&self.image).chain(&self.sides).chain(others).collect()
    }

    /// Whether anything is made of the written songs.
    pub fn joins(&self) -> bool {
        self.image.is_some() || !self.sides.is_empty() || !self.reel.is_empty()
    }

    /// Everything.
    pub fn all(&self) -> Vec<&PathBuf> {
        let sheets = [&self.cue, &self.document, &self.report, &self.checksums];
        let ddp = self.ddp.iter().flat_map(|(_, files)| files);
        self.audio().into_iter().chain(sheets).chain(&self.pq).chain(ddp).collect()
    }
}

fn transition(place: usize) -> String {
    format!("{:02} to {:02}.wav", place + 1, place + 2)
}

fn ends_a_side(album: &Album, place: usize) -> bool {
    let ends = album.sides.iter().flat_map(|sides| &sides.sides).scan(0, |at, side| {
        *at += side.songs;
        Some(*at)
    });
    ends.into_iter().any(|end| end == place + 1)
}

/// Whether the two songs of a joint can be heard in one file.
fn one_format(album: &Album, output: &AlbumOutput, place: usize) -> bool {
    let joint = &album.joints[place];
    let [from, to] = [joint.from, joint.to].map(|song| format(album, output, &album.tracks[song]));
    from == to
}
