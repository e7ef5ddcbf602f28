//! What a file says about its song: text, numbers, cover. It goes along from the source to what is made of it.
//!
//! Statements about the old file's sound (gains, peaks, encoder) stay behind. Everything is bounded: hostile tags cost
//! neither memory nor time, and tags that cannot be read never stop a song.

mod embed;

pub(super) use embed::Embedded;

use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt;
use lofty::picture::PictureType;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, ItemValue, Tag, TagItem, TagType};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Most items carried, and most bytes of one of them.
const MAX_ITEMS: usize = 256;
const MAX_ITEM_BYTES: usize = 64 << 10;

/// Most pictures carried, and most bytes of all of them together; a FLAC block ends at 16 MiB.
const MAX_PICTURES: usize = 16;
const MAX_PICTURE_BYTES: usize = 15 << 20;

/// What is true of a file's coding or level, and so not of the next one's.
const LEFT_BEHIND: [ItemKey; 7] = [
    ItemKey::EncodedBy,
    ItemKey::EncoderSoftware,
    ItemKey::EncoderSettings,
    ItemKey::ReplayGainAlbumGain,
    ItemKey::ReplayGainAlbumPeak,
    ItemKey::ReplayGainTrackGain,
    ItemKey::ReplayGainTrackPeak,
];

/// The same among free keys, by their start.
const LEFT_BEHIND_KEYS: [&str; 10] = [
    "replaygain_",
    "r128_",
    "encode",
    "encoding",
    "itunnorm",
    "itunsmpb",
    "metadata_block_picture",
    "coverart",
    "accuraterip",
    "waveformatextensible",
];

/// Keys of a [`crate::model::Source`]'s tags that every container has a place for.
const STANDARD: [(&str, ItemKey); 13] = [
    ("title", ItemKey::TrackTitle),
    ("artist", ItemKey::TrackArtist),
    ("album", ItemKey::AlbumTitle),
    ("album_artist", ItemKey::AlbumArtist),
    ("track", ItemKey::TrackNumber),
    ("disc", ItemKey::DiscNumber),
    ("date", ItemKey::RecordingDate),
    ("genre", ItemKey::Genre),
    ("composer", ItemKey::Composer),
    ("comment", ItemKey::Comment),
    ("isrc", ItemKey::Isrc),
    ("track_total", ItemKey::TrackTotal),
    ("barcode", ItemKey::Barcode),
];

/// Loudness of a file, for players that level by tags.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaybackGain {
    /// Integrated loudness of the file.
    pub integrated_lufs: f64,
    /// Its highest true peak.
    pub true_peak_dbtp: Option<f64>,
    /// The same of the record that it is a song of.
    pub album: Option<AlbumGain>,
}

/// Loudness of a record, for players that play it at one gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlbumGain {
    /// Loudness of all songs through one gate.
    pub integrated_lufs: f64,
    /// Highest true peak of all songs.
    pub true_peak_dbtp: Option<f64>,
}

/// Tags and pictures of one song.
#[derive(Clone)]
pub struct Tags {
    tag: Tag,
    /// Keys without a place of their own: upper-case Vorbis comments, `TXXX` of ID3, free atoms of MP4.
    free: Vec<(String, String)>,
    gain: Option<PlaybackGain>,
}

impl Default for Tags {
    fn default() -> Tags {
        Tags { tag: Tag::new(TagType::VorbisComments), free: Vec::new(), gain: None }
    }
}

impl Tags {
    /// What is to be carried from a file. `known` are the tags that the decoder has read: they fill in where the file is
    /// of a kind that only it reads (RF64, Wave64), and hold the free keys.
    pub fn read(path: &Path, known: &BTreeMap<String, String>) -> Tags {
        let mut tags = Tags::default();
        // Damaged tags must cost the tags, not the song.
        let read = catch_unwind(AssertUnwindSafe(|| {
            let options = ParseOptions::new().read_properties(false);
            Probe::open(path).ok()?.guess_file_type().ok()?.options(options).read().ok()
        }));
        if let Ok(Some(file)) = read {
            let primary = file.primary_tag_type();
            let (first, others): (Vec<&Tag>, Vec<&Tag>) =
                file.tags().iter().partition(|tag| tag.tag_type() == primary);
            first.into_iter().chain(others).for_each(|tag| tags.take(tag));
        }
        for (name, value) in known {
            match STANDARD.iter().find(|(standard, _)| standard == name) {
                Some((_, key)) if tags.tag.get(*key).is_none() => tags.push(*key, value),
                Some(_) => {}
                None => tags.push_free(name, value),
            }
        }
        tags
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.tag.item_count() == 0
            && self.tag.picture_count() == 0
            && self.free.is_empty()
            && self.gain.is_none()
    }

    /// Sets one of the standard keys, as in [`crate::model::Source`]; other keys become free ones.
    pub fn set(&mut self, name: &str, value: &str) {
        match STANDARD.iter().find(|(standard, _)| *standard == name) {
            Some((_, key)) => {
                self.tag.remove_key(*key);
                self.push(*key, value);
            }
            None => self.push_free(name, value),
        }
    }

    /// The title.
    pub fn title(&self) -> Option<&str> {
        self.tag.get_string(ItemKey::TrackTitle)
    }

    /// Adds ReplayGain 2.0 tags (reference −18 LUFS), or the R128 gain of Opus (RFC 7845, reference −23 LUFS).
    pub fn set_gain(&mut self, gain: PlaybackGain) {
        self.gain = Some(gain);
    }

    /// Takes over what another tag of the same file does not have yet.
    fn take(&mut self, tag: &Tag) {
        let before: Vec<ItemKey> = self.tag.items().map(TagItem::key).collect();
        for item in tag.items().filter(|item| !before.contains(&item.key())) {
            if let ItemValue::Text(text) | ItemValue::Locator(text) = item.value() {
                self.push(item.key(), text);
            }
        }
        if self.tag.picture_count() > 0 {
            return;
        }
        let mut bytes = 0;
        for picture in tag.pictures().iter().take(MAX_PICTURES) {
            bytes += picture.data().len();
            if bytes <= MAX_PICTURE_BYTES {
                let mut picture = picture.clone();
                // The cover of an MP4 file does not say that it is one.
                if tag.tag_type() == TagType::Mp4Ilst {
                    picture.set_pic_type(PictureType::CoverFront);
                }
                self.tag.push_picture(picture);
            }
        }
    }

    fn push(&mut self, key: ItemKey, value: &str) {
        let is_full = self.tag.item_count() as usize + self.free.len() >= MAX_ITEMS;
        let value = bounded(value);
        if !is_full && !value.is_empty() && !LEFT_BEHIND.contains(&key) {
            self.tag.push_unchecked(TagItem::new(key, ItemValue::Text(value)));
        }
    }

    fn push_free(&mut self, raw: &str, value: &str) {
        let is_full = self.tag.item_count() as usize + self.free.len() >= MAX_ITEMS;
        let Some(key) = free_key(raw).filter(|_| !is_full) else { return };
        let value = bounded(value);
        if !value.is_empty() && !self.free.iter().any(|(known, _)| *known == key) {
            self.free.push((key, value));
        }
    }
}

/// The name of a key that no container knows, out of what the decoder calls it; `None` for all others.
fn free_key(raw: &str) -> Option<String> {
    let raw = raw.to_lowercase();
    let name = match raw.split_once(':') {
        Some(("txxx", name)) => name,
        Some(("----", rest)) => rest.rsplit(':').next()?,
        Some(_) => return None,
        // ID3 frames and atoms of MP4 that lofty knows have a place of their own.
        None if raw.len() <= 4 => return None,
        None => &raw,
    };
    let printable = name.chars().all(|c| (' '..='}').contains(&c) && c != '=');
    let key = name.to_uppercase();
    let is_known = ItemKey::from_key(TagType::VorbisComments, &key).is_some();
    let stays = LEFT_BEHIND_KEYS.iter().any(|start| name.starts_with(start));
    (printable && !name.is_empty() && name.len() <= 64 && !is_known && !stays).then_some(key)
}

/// At most [`MAX_ITEM_BYTES`] of a text, without zero bytes.
fn bounded(value: &str) -> String {
    let mut end = value.len().min(MAX_ITEM_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    value[..end].replace('\0', " ").trim().to_string()
}
