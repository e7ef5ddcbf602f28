//! Tags as each container holds them.

use super::{AlbumGain, PlaybackGain, Tags};
use crate::units::db_to_amplitude;
use lofty::TextEncoding;
use lofty::config::WriteOptions;
use lofty::id3::v2::{ExtendedTextFrame, Frame, Id3v2Tag};
use lofty::mp4::{Atom, AtomData, AtomIdent, Ilst};
use lofty::ogg::tag::VorbisComments;
use lofty::picture::PictureInformation;
use lofty::tag::{ItemKey, ItemValue, Tag, TagExt, TagItem, TagType};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Loudness that ReplayGain 2.0 levels to.
const REPLAY_GAIN_LUFS: f64 = -18.0;

/// Loudness that the R128 gain of Opus levels to (RFC 7845, 5.2.1).
const R128_LUFS: f64 = -23.0;

/// Gain and peak of ReplayGain 2.0, of a song and of its record.
const TRACK_GAIN: [ItemKey; 2] = [ItemKey::ReplayGainTrackGain, ItemKey::ReplayGainTrackPeak];
const ALBUM_GAIN: [ItemKey; 2] = [ItemKey::ReplayGainAlbumGain, ItemKey::ReplayGainAlbumPeak];

/// What the marker of a FLAC file and its stream information take.
const FLAC_HEAD_BYTES: usize = 42;

/// Longest body of a FLAC metadata block (RFC 9639, 8.1).
const FLAC_BLOCK_BYTES: usize = (1 << 24) - 1;

/// How tags are put into a file.
pub(in crate::encode) struct Embedded<'a>(pub(in crate::encode) &'a Tags);

impl Embedded<'_> {
    /// Chunks for the end of a WAV file: `LIST INFO` for what it knows, `id3 ` for everything.
    pub(in crate::encode) fn wave_chunks(&self) -> io::Result<Vec<u8>> {
        let mut info = b"INFO".to_vec();
        for item in self.generic(TagType::RiffInfo).items() {
            let Some((id, text)) = item.key().map_key(TagType::RiffInfo).zip(item.value().text()) else {
                continue;
            };
            if let Ok(id) = <&[u8; 4]>::try_from(id.as_bytes()) {
                let text = text.bytes().chain([0]).collect();
                info.extend(chunk(id, text, u32::to_le_bytes));
            }
        }
        let mut chunks = chunk(b"LIST", info, u32::to_le_bytes);
        chunks.extend(chunk(b"id3 ", self.id3()?, u32::to_le_bytes));
        Ok(chunks)
    }

    /// The chunk for the end of an AIFF file.
    pub(in crate::encode) fn aiff_chunks(&self) -> io::Result<Vec<u8>> {
        Ok(chunk(b"ID3 ", self.id3()?, u32::to_be_bytes))
    }

    /// Copies a FLAC file without tags to one with them.
    pub(in crate::encode) fn flac(&self, from: &mut File, to: &mut File) -> io::Result<()> {
        const LAST: u8 = 0x80;
        const COMMENTS: u8 = 4;
        const PICTURE: u8 = 6;
        from.seek(SeekFrom::Start(0))?;
        let mut head = [0; FLAC_HEAD_BYTES];
        from.read_exact(&mut head)?;
        head[4] &= !LAST;
        to.write_all(&head)?;
        let mut tag = self.generic(TagType::VorbisComments);
        let pictures: Vec<_> = tag.pictures().to_vec();
        (0..pictures.len()).rev().for_each(|index| drop(tag.remove_picture(index)));
        let mut blocks = vec![(COMMENTS, comments(&self.vorbis(tag)))];
        for picture in &pictures {
            let information = PictureInformation::from_picture(picture).unwrap_or_default();
            blocks.push((PICTURE, picture.as_flac_bytes(information, false)));
        }
        blocks.retain(|(_, body)| body.len() <= FLAC_BLOCK_BYTES);
        let count = blocks.len();
        for (index, (kind, body)) in blocks.into_iter().enumerate() {
            let last = if index + 1 == count { LAST } else { 0 };
            let [_, a, b, c] = (body.len() as u32).to_be_bytes();
            to.write_all(&[kind | last, a, b, c])?;
            to.write_all(&body)?;
        }
        io::copy(from, to).map(drop)
    }

    /// Copies an MP3 file without tags to one with them.
    pub(in crate::encode) fn mp3(&self, from: &mut File, to: &mut File) -> io::Result<()> {
        to.write_all(&self.id3()?)?;
        from.seek(SeekFrom::Start(0))?;
        io::copy(from, to).map(drop)
    }

    /// Writes into an Ogg Vorbis or Opus file. Holds the file in memory.
    pub(in crate::encode) fn ogg(&self, file: &mut File, is_opus: bool) -> io::Result<()> {
        let mut comments = if is_opus {
            let mut tag = self.0.tag.clone();
            tag.re_map(TagType::VorbisComments);
            VorbisComments::from(tag)
        } else {
            VorbisComments::from(self.generic(TagType::VorbisComments))
        };
        self.0.free.iter().for_each(|(key, value)| comments.push(key.clone(), value.clone()));
        if let Some(gain) = self.0.gain.filter(|_| is_opus) {
            let mut push = |key: &str, lufs: f64| {
                // Q7.8: steps of 1/256 dB.
                let steps = ((R128_LUFS - lufs) * 256.0).round().clamp(-32_768.0, 32_767.0);
                comments.push(key.to_string(), format!("{steps:.0}"));
            };
            push("R128_TRACK_GAIN", gain.integrated_lufs);
            if let Some(album) = gain.album {
                push("R128_ALBUM_GAIN", album.integrated_lufs);
            }
        }
        file.seek(SeekFrom::Start(0))?;
        comments.save_to(file, WriteOptions::default()).map_err(io::Error::other)
    }

    /// Writes into an MP4 file. Holds the file in memory.
    pub(in crate::encode) fn mp4(&self, file: &mut File) -> io::Result<()> {
        let mut atoms = Ilst::from(self.generic(TagType::Mp4Ilst));
        for (key, value) in &self.0.free {
            let ident = AtomIdent::Freeform {
                mean: Cow::Borrowed("com.apple.iTunes"),
                name: Cow::Owned(key.clone()),
            };
            atoms.insert(Atom::new(ident, AtomData::UTF8(value.clone())));
        }
        file.seek(SeekFrom::Start(0))?;
        atoms.save_to(file, WriteOptions::default()).map_err(io::Error::other)
    }

    /// The tags that have a place of their own in a format, with ReplayGain.
    fn generic(&self, kind: TagType) -> Tag {
        let mut tag = self.0.tag.clone();
        if let Some(PlaybackGain { integrated_lufs, true_peak_dbtp, album }) = self.0.gain {
            let mut push = |[gain, peak]: [ItemKey; 2], lufs: f64, dbtp: Option<f64>| {
                let mut item = |key, text| tag.push_unchecked(TagItem::new(key, ItemValue::Text(text)));
                item(gain, format!("{:.2} dB", REPLAY_GAIN_LUFS - lufs));
                if let Some(dbtp) = dbtp {
                    item(peak, format!("{:.6}", db_to_amplitude(dbtp)));
                }
            };
            push(TRACK_GAIN, integrated_lufs, true_peak_dbtp);
            if let Some(AlbumGain { integrated_lufs, true_peak_dbtp }) = album {
                push(ALBUM_GAIN, integrated_lufs, true_peak_dbtp);
            }
        }
        tag.re_map(kind);
        tag
    }

    fn vorbis(&self, tag: Tag) -> VorbisComments {
        let mut comments = VorbisComments::from(tag);
        self.0.free.iter().for_each(|(key, value)| comments.push(key.clone(), value.clone()));
        comments
    }

    fn id3(&self) -> io::Result<Vec<u8>> {
        let mut tag = Id3v2Tag::from(self.generic(TagType::Id3v2));
        for (key, value) in &self.0.free {
            let frame = ExtendedTextFrame::new(TextEncoding::UTF8, key.clone(), value.clone());
            tag.insert(Frame::UserText(frame));
        }
        // They come in any order; the same tags are to give the same bytes.
        let mut frames: Vec<Frame<'static>> = tag.into_iter().collect();
        frames.sort_by_key(|frame| match frame {
            Frame::UserText(text) => (frame.id_str().to_string(), text.description.to_string()),
            _ => (frame.id_str().to_string(), String::new()),
        });
        let mut tag = Id3v2Tag::new();
        frames.into_iter().for_each(|frame| drop(tag.insert(frame)));
        let mut bytes = Vec::new();
        tag.dump_to(&mut bytes, WriteOptions::default().preferred_padding(0)).map_err(io::Error::other)?;
        Ok(bytes)
    }
}

/// A chunk of the IFF family, padded to even length; nothing for an empty body.
fn chunk(name: &[u8; 4], body: Vec<u8>, bytes: impl Fn(u32) -> [u8; 4]) -> Vec<u8> {
    if body.is_empty() {
        return body;
    }
    let mut out = name.to_vec();
    out.extend(bytes(body.len() as u32));
    out.extend(&body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// The body of a comment block (RFC 9639, 8.6).
fn comments(comments: &VorbisComments) -> Vec<u8> {
    let vendor = concat!("mixproof ", env!("CARGO_PKG_VERSION"));
    let mut out = (vendor.len() as u32).to_le_bytes().to_vec();
    out.extend(vendor.bytes());
    out.extend((comments.items().len() as u32).to_le_bytes());
    for (key, value) in comments.items() {
        out.extend(((key.len() + 1 + value.len()) as u32).to_le_bytes());
        out.extend(key.bytes());
        out.push(b'=');
        out.extend(value.bytes());
    }
    out
}
